"""Fixtures of the whole suite. CKAN's test fixtures empty what they find, so other databases are refused."""

from __future__ import annotations

import logging
import os
import shutil
from urllib.parse import urlsplit

import pytest

from ckanext.satudata.tests.support import kept
from ckanext.satudata.tests.support.browser import browser, new_page, page  # noqa: F401
from ckanext.satudata.tests.support.kept import app, with_plugins  # noqa: F401
from ckanext.satudata.tests.support.mail import _mail_sink, mail_sink  # noqa: F401
from ckanext.satudata.tests.support.portal import _live_portal, live_portal  # noqa: F401
from ckanext.satudata.tests.support.rows import datastore  # noqa: F401
from ckanext.satudata.tests.support.s3 import _s3, s3  # noqa: F401


def pytest_configure(config):
    """Refuses to start on any database but one named `…_test` and Redis database 0."""
    if not config.getoption("--ckan-ini", default=None):
        return
    for key in ("CKAN_SQLALCHEMY_URL", "CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL"):
        name = urlsplit(os.environ.get(key, "")).path.lstrip("/")
        if not name.endswith("_test"):
            pytest.exit(f"{key} must name a database that ends in _test, not {name!r}: tests empty it.", 4)
    redis = urlsplit(os.environ.get("CKAN_REDIS_URL", ""))
    if redis.path.lstrip("/") in ("", "0"):
        pytest.exit("CKAN_REDIS_URL must name a Redis database other than 0: tests empty it.", 4)


def pytest_sessionfinish(session):
    """Removes the files that tests uploaded (test.ini says where they lie); one test uploads 2 GB."""
    for name in ("storage", "vault", "public", "lain"):
        shutil.rmtree(session.config.rootpath / "var" / "test" / name, ignore_errors=True)


@pytest.fixture
def unbound(monkeypatch):
    """No room's effects: for cases about subjects that are made up."""
    from ckanext.satudata.shared import effects

    monkeypatch.setattr(effects, "_effects", {})
    monkeypatch.setattr(effects, "_checks", {})


def pytest_runtest_setup(item):
    """A test that does not ask for plugins gets none of those kept for others."""
    if "with_plugins" not in item.fixturenames:
        kept.drop()


_migrated = False


def _wake_loggers():
    """A migration configures logging by file, which silences every logger made before."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.fixture
def satudata_db(clean_db, migrate_db_for):
    """Empty databases: CKAN's tables and ours, at the newest migration."""
    global _migrated
    import ckan.model as model
    import ckan.plugins as p
    import sqlalchemy as sa

    from ckanext.satudata.shared import raw_writes

    if not _migrated:
        for plugin in ("satudata", "activity"):
            if p.plugin_loaded(plugin):
                migrate_db_for(plugin)
        _migrated = p.plugin_loaded("activity") and p.plugin_loaded("satudata")
    _wake_loggers()
    with model.meta.engine.begin() as connection:
        names = [
            name
            for name in sa.inspect(connection).get_table_names()
            if name.startswith("satudata_") and name != "satudata_alembic_version"
        ]
        if names:
            # Replica mode passes by the triggers that refuse to change the journal.
            connection.execute(sa.text("set local session_replication_role = replica"))
            with raw_writes.hand(connection):
                for name in names:
                    connection.execute(sa.text(f'delete from "{name}"'))
