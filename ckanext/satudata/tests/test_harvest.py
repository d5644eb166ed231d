"""A province harvests the portal: a second, stock CKAN in a process of its own, and DCAT read by rdflib.

The harvesting portal has its own configuration, database, Redis database and files. Of ours it has the search
engine only, in place of a Solr.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import ckan.model as model
import pytest
import rdflib
import requests
import sqlalchemy as sa
from ckan.tests import helpers
from rdflib.namespace import DCAT, DCTERMS, RDF

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import approve, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.search.conftest import migrate
from ckanext.satudata.tests.support import worker
from ckanext.satudata.tests.support.portal import BIN, ROOT

pytestmark = pytest.mark.usefixtures("with_plugins")

INI = """
[DEFAULT]
debug = false
[app:main]
use = egg:ckan
SECRET_KEY = for-the-harvesting-portal
ckan.site_id = provinsi
ckan.site_url = http://provinsi.example
ckan.plugins = satudata_search harvest ckan_harvester
ckan.storage_path = {folder}/storage
sqlalchemy.url = {database}
ckan.redis.url = {redis}
"""
DATABASE = worker.named("harvester")
OPEN = b"kecamatan,murid\nKlojen,12\n"
HIDDEN = "RAHASIA-BELUM-TERBIT"


class Harvester:
    """The other portal. `ask(command, …)` sends a command to its process and waits for the answer."""

    def __init__(self, folder):
        self.url = re.sub(r"/\w+(?=\?|$)", f"/{DATABASE}", os.environ["CKAN_SQLALCHEMY_URL"], count=1)
        if urlsplit(self.url).path != f"/{DATABASE}":
            pytest.fail(f"cannot name the database of the harvesting portal in {self.url}")
        self._make_database()
        address, number = os.environ["CKAN_REDIS_URL"].rsplit("/", 1)
        redis = f"{address}/{(int(number) + 7) % 15 + 1}"  # neither the portal's 0 nor any tests' own
        self.ini = folder / "provinsi.ini"
        self.ini.write_text(INI.format(folder=folder, database=self.url.replace("%", "%%"), redis=redis))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CKAN", "TEST_", "PYTEST"))}
        self.env = kept | {"CKAN_INI": str(self.ini)}
        done = subprocess.run([BIN / "ckan", "db", "upgrade"], cwd=folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        migrate(self.url)
        self.log = (folder / "provinsi.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ckanext.satudata.tests.support.harvester"],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def _make_database(self):
        engine = sa.create_engine(os.environ["CKAN_SQLALCHEMY_URL"], isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"drop database if exists {DATABASE} with (force)"))
            connection.execute(sa.text(f"create database {DATABASE}"))
        engine.dispose()

    def ask(self, command, **given):
        self.process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise AssertionError("the harvesting portal ended:\n" + self.log.read()[-4000:])
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.log.close()


@pytest.fixture
def harvester(tmp_path):
    made = Harvester(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def contents(live_portal):
    """Three public datasets (one limited) and some of every other stage: `(public, makes a draft and gives its id)`."""
    clerk = operator()

    def made(title, level="terbuka", file=OPEN):
        return make(
            clerk,
            clerk["org"],
            level,
            **{**full_dataset(title=title, access_level=level), "name": ""},
            resources=[{"name": "Tabel", "upload": upload("murid.csv", file)}],
        )["id"]

    public = [
        publish(made("Jumlah Murid")),
        publish(made("Jumlah Guru")),
        publish(made("Daftar Siswa Penerima", "terbatas", HIDDEN.encode())),
    ]
    made(f"Draf {HIDDEN}")
    datasets.move(model.Session, made(f"Diperiksa {HIDDEN}"), DatasetStage.IN_REVIEW)
    approve(made(f"Diperiksa {HIDDEN}"))
    model.Session.commit()
    made(f"Tertutup {HIDDEN}", "tertutup")
    return public, made


def agrees(portal, answer):
    """The copy holds exactly what anybody finds here, word for word, and nothing else."""
    assert not answer["errors"] and not answer["stats"]["errored"]
    ours = {row["id"]: row for row in portal.api().action.package_search(rows=1000)["results"]}
    held = {row["id"]: row for row in answer["held"]}
    assert set(held) == set(ours)
    assert HIDDEN not in json.dumps(answer)
    for row in ours.values():
        copy = held[row["id"]]
        assert (copy["title"], copy["notes"], copy["license_id"]) == (row["title"], row["notes"], row["license_id"])
        assert [res["url"] for res in copy["resources"]] == [res["url"] for res in row["resources"]]
    return held


def test_a_province_holds_exactly_the_public_set(live_portal, contents, harvester):
    public, made = contents
    source = harvester.ask("prepare", url=live_portal.url)["id"]

    first = harvester.ask("harvest", source_id=source)
    held = agrees(live_portal, first)
    assert first["stats"]["added"] == len(public) == 3
    for row in public:
        answer = requests.get(held[row["id"]]["resources"][0]["url"], timeout=30)
        assert answer.status_code == 200
        assert (answer.content == OPEN) is (row["access_level"] == "terbuka")
        assert HIDDEN not in answer.text

    added = publish(made("Jumlah Sekolah"))
    second = harvester.ask("harvest", source_id=source)
    assert added["id"] in agrees(live_portal, second)
    assert second["stats"]["added"] == 1

    walidata = officer("walidata")
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=added["id"], reason="Salah hitung")
    third = harvester.ask("harvest", source_id=source)
    held = agrees(live_portal, third)
    stub = held[added["id"]]
    assert (stub["title"], stub["notes"], stub["resources"]) == ("Data ditarik", "", [])
    # The stock harvester keeps the name that it gave when it first saw the dataset; nothing else of it stays.
    assert "Jumlah Sekolah" not in json.dumps(third)


def test_what_was_narrowed_is_overwritten_in_the_province(live_portal, harvester):
    """The stock harvester never deletes: its copy must come to hold nothing of before, but for its own address."""
    clerk, walidata = operator(), officer("walidata")
    secret = {"notes": "kanari catatan", "konsep": "kanari konsep", "tags": [{"name": "kanari-tag"}]}
    files = [
        {"name": "kanari tabel", "description": "kanari uraian", "upload": upload("kanari-berkas.csv", OPEN)},
        {"name": "kanari tautan", "url": "https://kanari-alamat.test/data.xlsx"},
    ]
    described = full_dataset(title="kanari judul", name="penerima", access_level="terbuka", **secret)
    made = publish(make(clerk, clerk["org"], **{**described, "resources": files})["id"])
    source = harvester.ask("prepare", url=live_portal.url)["id"]

    def copy():
        answer = harvester.ask("harvest", source_id=source)
        assert not answer["errors"] and not answer["stats"]["errored"], answer
        return next(row for row in answer["held"] if row["id"] == made["id"])

    def narrow(level):
        asked = {"id": made["id"], "to_level": level, "reason": "Berisi nama penerima bantuan."}
        return helpers.call_action("satudata_dataset_reclassify", as_user(walidata), **asked)

    before = copy()
    text = json.dumps(before)
    assert not [word for word in ("kanari judul", "kanari-tag", "kanari-berkas", "kanari-alamat") if word not in text]

    narrow("terbatas")
    limited = copy()
    text = json.dumps(limited)
    assert limited["title"] == "kanari judul"
    assert not [word for word in ("kanari-berkas", "kanari-alamat", before["resources"][0]["hash"]) if word in text]
    assert [one["format"] for one in limited["resources"]] == ["HTML", "HTML"]
    assert all("/minta-data/" in one["url"] for one in limited["resources"])

    narrow("tertutup")
    stub = copy()
    assert "kanari" not in json.dumps({**stub, "name": ""}) and stub["title"] == "Data ditarik"
    assert (stub["notes"], stub["resources"], stub["tags"]) == ("", [], [])
    ours = {"access_level", "access_ground", "konsep"}
    assert not [extra for extra in stub.get("extras", []) if extra["key"] in ours]
    assert stub["name"] == "penerima", "its own address is the other portal's: see docs/harvesting.md"


def test_dcat_holds_exactly_the_public_set(live_portal, contents):
    public, _ = contents
    text = requests.get(f"{live_portal.url}/catalog.ttl", timeout=60).text
    assert HIDDEN not in text
    graph = rdflib.Graph().parse(data=text, format="turtle")
    titles = {str(graph.value(node, DCTERMS.title)) for node in graph.subjects(RDF.type, DCAT.Dataset)}
    assert titles == {row["title"] for row in public}
    for row in public:
        one = rdflib.Graph().parse(
            data=requests.get(f"{live_portal.url}/dataset/{row['name']}.ttl", timeout=60).text, format="turtle"
        )
        (node,) = one.subjects(RDF.type, DCAT.Dataset)
        assert str(one.value(node, DCTERMS.title)) == row["title"]
        assert one.value(node, DCTERMS.accessRights) is not None
        addresses = {str(address) for address in one.objects(None, DCAT.accessURL)}
        assert bool([address for address in addresses if "/minta-data/" in address]) is (
            row["access_level"] == "terbatas"
        )
