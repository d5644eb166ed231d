"""The planted world, made once for all tests of this folder, with every plugin the portal is to live beside."""

from __future__ import annotations

import json
import time
from pathlib import Path

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.common import config
from ckan.config import middleware
from ckan.lib import files, jobs, search
from ckan.tests import helpers

from ckanext.satudata.tests.access.matrix import oracles, planting, planting_datasets, planting_offices
from ckanext.satudata.tests.access.matrix.calls import Tally
from ckanext.satudata.tests.support.rows import owners_engine

BESIDE = (
    "harvest ckan_harvester dcat_json_interface structured_data croissant datatables_view text_view image_view "
    "webpage_view stats tracking resource_proxy xloader"
)
"""On top of `test.ini`: what portals run beside ours."""
_kept: dict = {}


@pytest.fixture(scope="package", autouse=True)
def _unload(tally):
    yield
    if _kept:
        _write_size(tally)
        _empty(_kept["engine"])
        for queue in jobs.get_all_queues():
            queue.empty()
        _kept.clear()
        p.unload_all()
        files.storages.reset()


def _write_size(tally):
    """`var/test/matrix.json`: how big the matrix is, as far as it was run, for docs/security.md."""
    size = {
        "actions": len(tally.actions),
        "routes": len(tally.routes),
        "personas": len(tally.personas),
        "canaries": len(_kept["at"].book.canaries) if "at" in _kept else 0,
        "requests": tally.requests,
        "seconds": round(time.monotonic() - tally.began),
        "faults": sorted(tally.faults)[:100],
        "reached": len(tally.reached),
        "found by insiders": len(set().union(*tally.found.values())),
    }
    place = Path(__file__).parents[5] / "var" / "test" / "matrix.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(size, indent=1) + "\n")


def _empty(engine):
    """Drops the tables of rows, which other tests would count as left behind."""
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if len(name) == 36:
                connection.execute(sa.text(f'drop table "{name}"'))
    engine.dispose()


@pytest.fixture(scope="session")
def tally():
    """What all tests of this folder called and found."""
    return Tally()


@pytest.fixture
def house(request):
    """Plugins, application and configuration; CKAN's fixtures put the configuration back before each test."""
    if "config" not in _kept:
        listed = config["ckan.plugins"]
        config["ckan.plugins"] = (listed.split() if isinstance(listed, str) else list(listed)) + BESIDE.split()
        folder = request.getfixturevalue("tmp_path_factory").mktemp("kantor")
        storage = {"type": "ckan:fs", "path": str(folder), "initialize": "true"}
        config.update({f"ckan.files.storage.{planting_offices.STORAGE}.{key}": value for key, value in storage.items()})
        p.load_all()
        request.getfixturevalue("reset_storages")()
        _kept["app"] = helpers._get_test_app()
        # A fault is answered as on a portal in production.
        _kept["app"].flask_app.testing = False
        _kept["app"].flask_app.config["PROPAGATE_EXCEPTIONS"] = False
        _kept["context"] = middleware._internal_test_request_context
        request.getfixturevalue("satudata_db")
        search.clear_all()  # a Solr outlives the tables
        for plugin in ("satudata", "activity", "harvest"):
            request.getfixturevalue("migrate_db_for")(plugin)
        _kept["engine"] = owners_engine()
        _kept["config"] = config.copy()
    config.clear()
    config.update(_kept["config"])
    middleware._internal_test_request_context = _kept["context"]
    return _kept["app"]


@pytest.fixture
def at(house, tally):
    """The `World`, planted when the first test asks for it; `before`: what outsiders saw without the hidden part."""
    if "at" not in _kept:
        made = planting.World()
        planting.settle(made)
        planting_datasets.known(made)
        planting_offices.grantee(made)
        model.Session.commit()
        made.before = oracles.seen(made, house, tally)
        planting_datasets.unknown(made)
        planting_offices.offices(made)
        planting_offices.rows(made, _kept["engine"])
        planting.note_vault(made)
        model.Session.commit()
        _kept["at"] = made
        _kept["config"] = tk.config.copy()
    model.Session.expire_all()
    return _kept["at"]
