"""A portal that really runs: gunicorn and CKAN's worker on the databases of the tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ckanext.satudata.tests.support import worker
from ckanext.satudata.tests.support.mail import MailSink, free_port

ROOT = worker.ROOT
BIN = Path(sys.executable).parent
APPLICATION = f"satudata-live-{worker.NAME or 'test'}"
SITE_ID = "test.satudata.live"
"""Names the queue: its worker runs to the end of the session, and must not take the jobs of tests without a portal."""

# On top of test.ini: what a portal in production would have.
OVERLAY = """
[DEFAULT]
testing = false
[app:main]
use = config:{test_ini}
testing = false
WTF_CSRF_ENABLED = true
ckan.site_id = {site_id}
ckan.site_url = {url}
ckan.storage_path = {storage}
ckan.max_resource_size = 3072
sqlalchemy.pool_pre_ping = true
smtp.server = {smtp}
ckan.jobs.timeout = 120
"""


class LivePortal:
    """`url`, `ini`, `storage`, `log`; see the methods. One for the whole session: reset it, do not restart it."""

    def __init__(self, folder: Path, mail: MailSink):
        self.folder, self.mail = folder, mail
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.storage = folder / "storage"
        self.ini = folder / "live.ini"
        self.env = os.environ | {"CKAN_INI": str(self.ini), "PORT": str(self.port), "PGAPPNAME": APPLICATION}
        self._name_own_socket()
        self.processes: dict[str, subprocess.Popen] = {}

    def _name_own_socket(self) -> None:
        # The portal reaches PostgreSQL through a link of its own, which `without_database` takes away.
        found = re.search(r"[?&]host=(/[^&]*)", self.env["CKAN_SQLALCHEMY_URL"])
        self.link, self.sockets = self.folder / "pg", Path(found.group(1)) if found else None
        if self.sockets:
            self.link.symlink_to(self.sockets)
            for key in ("CKAN_SQLALCHEMY_URL", "CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL"):
                self.env[key] = self.env[key].replace(str(self.sockets), str(self.link))

    @contextmanager
    def without_database(self):
        """For this portal, and only for it, PostgreSQL is gone: its connections end and no new one comes."""
        import sqlalchemy as sa
        from ckan import model

        if not self.sockets:
            pytest.skip("the database is not reached by a socket")
        self.link.unlink()
        try:
            with model.meta.engine.begin() as connection:
                ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = :name"
                connection.execute(sa.text(ended), {"name": APPLICATION})
            yield
        finally:
            self.link.symlink_to(self.sockets)

    def start(self) -> None:
        """Starts web and worker and waits until the API answers."""
        self.storage.mkdir(exist_ok=True)
        values = {"url": self.url, "storage": self.storage, "smtp": self.mail.address, "site_id": SITE_ID}
        self.ini.write_text(OVERLAY.format(test_ini=worker.INI, **values))
        subprocess.run([sys.executable, "deploy/local/upgrade.py"], cwd=ROOT, env=self.env, check=True)
        self.start_web()
        self.start_worker()
        self.wait_for_web()

    def start_web(self) -> None:
        """One process with eight threads: enough for double clicks and races, light on a small machine."""
        self._start(
            "web",
            [BIN / "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--threads", "8", "--timeout", "120"]
            + ["--worker-tmp-dir", "/dev/shm", "deploy.local.wsgi:application"],
        )

    def start_worker(self) -> None:
        """CKAN's own worker, which is the scheduler too."""
        self._start("worker", [BIN / "ckan", "jobs", "worker"])

    def _start(self, name: str, command: list) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=worker.end_with_parent,
            )

    def wait_for_web(self, seconds: float = 90) -> None:
        """Waits until the API answers; fails with the log's end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.processes["web"].poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api/3/action/status_show", timeout=10)
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the live portal does not answer:\n" + self.log("web")[-4000:])

    def log(self, name: str) -> str:
        """What `web` or `worker` wrote so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @contextmanager
    def with_options(self, **options: str):
        """Web and worker begun anew with these options of `[app:main]` (`__` for a dot), and again without."""
        plain = self.ini.read_text()
        try:
            self._begin_anew(plain + "".join(f"{key.replace('__', '.')} = {value}\n" for key, value in options.items()))
            yield
        finally:
            self._begin_anew(plain)

    def _begin_anew(self, ini: str) -> None:
        self.stop()
        self.ini.write_text(ini)
        self.start_web()
        self.start_worker()
        self.wait_for_web()

    def stop(self) -> None:
        """Ends both, with their children."""
        for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 10)):
            for process in self.processes.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            for process in self.processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)

    def ckan(self, *args: str) -> str:
        """Runs `ckan …` against this portal and returns what it printed."""
        done = subprocess.run([BIN / "ckan", *args], cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, user: str) -> str:
        """A new API token of an existing user (name)."""
        import ckan.plugins.toolkit as tk

        context = {"ignore_auth": True, "user": user}
        return tk.get_action("api_token_create")(context, {"user": user, "name": "test"})["token"]

    def api(self, token: str | None = None):
        """A `ckanapi.RemoteCKAN` with this token, or anonymous."""
        import ckanapi

        return ckanapi.RemoteCKAN(self.url, apikey=token)

    def sysadmin(self):
        """A `ckanapi.RemoteCKAN` of a new sysadmin."""
        from ckan.tests import factories

        return self.api(self.token(factories.Sysadmin()["name"]))

    def hold_ticks(self) -> None:
        """Puts a tick far ahead, so that none runs amid a test; `tick` does."""
        from ckan.lib.redis import connect_to_redis

        prefix = f"ckan:{SITE_ID}:default"
        connect_to_redis().zadd(f"rq:scheduled:{prefix}", {f"satudata-tick-{SITE_ID}-".replace(".", "-"): 4e9})

    def tick(self) -> None:
        """Lets the worker run all periodic work now (mails, reminders) and waits for it."""
        import ckan.plugins.toolkit as tk

        from ckanext.satudata.shared import periodic

        self.wait_for_jobs(after=tk.enqueue_job(periodic.tick, kwargs={"force": True}).id)

    def wait_for_jobs(self, seconds: float = 60, after: str = "") -> None:
        """Waits until the worker has nothing queued or running, and until the job `after` has ended.

        Between the queue and its start a job stands in neither of the two lists.
        """
        import ckan.lib.jobs as jobs

        queue = jobs.get_queue()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            awaited = queue.fetch_job(after) if after else None
            has_ended = awaited is None or awaited.is_finished or awaited.is_failed
            if has_ended and queue.is_empty() and not queue.started_job_registry.get_job_ids():
                return
            time.sleep(0.1)
        raise AssertionError("the worker does not finish:\n" + self.log("worker")[-4000:])


@pytest.fixture(scope="session")
def _live_portal(tmp_path_factory, _mail_sink, reset_db):
    reset_db()
    portal = LivePortal(tmp_path_factory.mktemp("live"), _mail_sink)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
        shutil.rmtree(portal.storage, ignore_errors=True)


@pytest.fixture
def live_portal(_live_portal, satudata_db, reset_redis, mail_sink, ckan_config, monkeypatch):
    """The running `LivePortal`, emptied: databases, files, Redis, mails.

    Data may be made in this process too (list `with_plugins` first): same databases, site id, secret and storage.
    """
    reset_redis()
    _live_portal.hold_ticks()
    for found in _live_portal.storage.iterdir():
        if found.name != "i18n":  # the words of CKAN's scripts, which the portal wrote when it started
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(_live_portal.storage))
    monkeypatch.setitem(ckan_config, "ckan.site_url", _live_portal.url)
    monkeypatch.setitem(ckan_config, "ckan.site_id", SITE_ID)
    return _live_portal
