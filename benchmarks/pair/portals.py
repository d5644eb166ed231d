"""The two portals: their inis, databases and web processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psycopg2
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("VAR", ROOT / "var")) / "bench"
BESIDE = "scheming_datasets scheming_organizations dcat activity datastore"
PLUGINS = {
    "bare": f"satudata_search {BESIDE}",
    "ours": "satudata satudata_access satudata_publication satudata_ppid satudata_reports satudata_search " + BESIDE,
}
"""The same engine and the same other plugins on both sides."""
PLAIN = {
    "title": "not_empty unicode_safe",
    "name": "not_empty unicode_safe name_validator package_name_validator",
    "tag_string": "ignore_missing tag_string_convert",
    "owner_org": "owner_org_validator unicode_safe",
}


class Portal:
    """One of the two, `bare` or `ours`."""

    def __init__(self, name: str):
        self.name = name
        self.folder = FOLDER / name
        self.ini, self.tables_ini = self.folder / "ckan.ini", self.folder / "tables.ini"
        self.port = _free_port()
        self.database = f"bench_{name}_test"
        self.url = re.sub(r"/\w+(?=\?|$)", f"/{self.database}", os.environ["TEST_SQLALCHEMY_URL"], count=1)
        self.env = os.environ | {"CKAN_INI": str(self.ini), "CKAN_SQLALCHEMY_URL": self.url}
        self.application = "deploy.local.wsgi:application"
        self.process: subprocess.Popen | None = None
        self.made: dict[str, Any] = {}

    def write_ini(self) -> None:
        """The ini of `make up`, with these plugins; without ours, the same fields with CKAN's own validators."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = (ROOT / "deploy" / "local" / "ckan.ini.in").read_text()
        values = {"SECRET": "for-benchmarks-only", "PORT": str(self.port), "VAR": str(self.folder)}
        for key, value in (values | {"SMTP": "127.0.0.1:9", "SOLR": ""}).items():
            text = text.replace(f"@{key}@", value)
        text = text.replace("ckan.site_id = satudata", f"ckan.site_id = bench_{self.name}")
        key = ROOT / "ckanext" / "satudata" / "tests" / "for-tests-only.key"
        text = text.replace(f"{self.folder}/satudata.key", str(key))
        # The tables of all our plugins on both sides, also where they stay empty: the engine's are among them.
        self.tables_ini.write_text(text.replace("@PLUGINS@", PLUGINS["ours"]))
        if self.name == "bare":
            text = re.sub(r"ckanext.satudata:schemas/(\w+).yaml", rf"file://{self.folder}/\1.yaml", text)
            text = re.sub(r"(?m)^(ckanext\.(satudata|dcat)|ckan\.auth\.route_after_login).*\n", "", text)
            for kind in ("dataset", "organization"):
                schema = yaml.safe_load((ROOT / "ckanext/satudata/schemas" / f"{kind}.yaml").read_text())
                (self.folder / f"{kind}.yaml").write_text(yaml.safe_dump(plain(schema)))
        self.ini.write_text(text.replace("@PLUGINS@", PLUGINS[self.name]))

    def fill(self, datasets: int) -> None:
        """Tables and content; what was there before goes."""
        for kept in ("storage", "vault", "public"):
            shutil.rmtree(self.folder / kept, ignore_errors=True)
        (self.folder / "storage").mkdir()
        self.make_tables()
        self.run("benchmarks/pair/content.py", BENCH_DATASETS=str(datasets))

    def make_tables(self) -> None:
        """A new database with empty tables; what was there before goes."""
        with server() as cursor:
            cursor.execute(f"drop database if exists {self.database} with (force)")
            cursor.execute(f"create database {self.database} encoding 'utf8' template template0")
        self.run("deploy/local/upgrade.py", CKAN_INI=str(self.tables_ini))

    def run(self, script: str, **env: str) -> None:
        """Runs a script of ours with the portal's settings; ends with its words where it fails."""
        with (self.folder / "fill.log").open("wb") as log:
            done = subprocess.run(
                [sys.executable, script], cwd=ROOT, env=self.env | env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        if done.returncode:
            sys.exit(f"{script} failed:\n{(self.folder / 'fill.log').read_text()[-3000:]}")

    def start(self) -> None:
        """The web process as `make up` runs it, but one worker, so that both sides are equally warm."""
        self.made = json.loads(self.ini.with_suffix(".json").read_text())
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--threads", "4"]
        command += ["--keep-alive", "600", "--graceful-timeout", "1", "--worker-tmp-dir", "/dev/shm"]
        with (self.folder / "web.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, self.application],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        until = time.monotonic() + 180
        while time.monotonic() < until and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/3/action/status_show", timeout=60)
                return
            except OSError:
                time.sleep(0.3)
        sys.exit(f"{self.name} does not answer:\n{(self.folder / 'web.log').read_text()[-3000:]}")

    def stop(self) -> None:
        """Ends the web process."""
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def processes(self) -> list[int]:
        """The worker and the database's processes that serve it (none where PostgreSQL runs elsewhere)."""
        parent = self.process.pid
        found = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        with server() as cursor:
            cursor.execute("select pid from pg_stat_activity where datname = %s", (self.database,))
            backends = [row[0] for row in cursor]
        for pid in backends:
            command = Path(f"/proc/{pid}/cmdline")
            if command.exists() and self.database.encode() in command.read_bytes():
                found.append(pid)
        return found

    def void(self) -> None:
        """What was kept of the index's answers is void, as after any change of a dataset."""
        connection = psycopg2.connect(self.url)
        with connection, connection.cursor() as cursor:
            cursor.execute("insert into satudata_search_change (stamp) values ((random() * 1e15)::bigint)")
        connection.close()


class Empty(Portal):
    """The portal with our plugins, in a database of its own whose tables are empty."""

    def __init__(self, name: str):
        super().__init__("ours")
        self.folder = FOLDER / name
        self.ini, self.tables_ini = self.folder / "ckan.ini", self.folder / "tables.ini"
        database = f"bench_{name}_test"
        self.url, self.database = self.url.replace(self.database, database), database
        self.env |= {"CKAN_INI": str(self.ini), "CKAN_SQLALCHEMY_URL": self.url}

    def make(self) -> None:
        """Empty tables."""
        (self.folder / "storage").mkdir(parents=True, exist_ok=True)
        self.write_ini()
        self.make_tables()


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A scheming schema without anything of ours: the same fields, CKAN's and scheming's validators and snippets."""
    for key in ("fields", "dataset_fields", "resource_fields"):
        own = PLAIN if key == "dataset_fields" else {}
        schema[key] = [_plain_field(field, own) for field in schema.get(key, ())]
    return {key: value for key, value in schema.items() if value}


def _plain_field(field: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in field.items()
        if key in ("field_name", "label", "form_snippet", "display_snippet") and "satudata" not in str(value)
    }
    if field.get("choices_helper"):
        kept.pop("form_snippet", None)
        kept.pop("display_snippet", None)
    if field.get("preset") == "resource_url_upload":
        kept["preset"] = field["preset"]
    if validators := field.get("validators"):
        words = [word for word in validators.split() if "satudata" not in word] + ["unicode_safe"]
        kept["validators"] = own.get(field["field_name"]) or " ".join(dict.fromkeys(words))
    return kept


class server:
    """A cursor at the server of the tests' databases, each statement its own transaction."""

    def __enter__(self):
        self.connection = psycopg2.connect(os.environ["TEST_SQLALCHEMY_URL"])
        self.connection.autocommit = True
        return self.connection.cursor()

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
