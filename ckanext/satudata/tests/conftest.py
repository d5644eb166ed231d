"""Fixtures of the whole suite. CKAN's test fixtures empty what they find, so other databases are refused."""

from __future__ import annotations

import logging
import os
import shutil
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins as p
import pytest
import sqlalchemy as sa
from ckan.common import config
from ckan.model import user
from passlib.hash import pbkdf2_sha512
from sqlalchemy.orm import close_all_sessions

from ckanext.satudata.shared import raw_writes
from ckanext.satudata.tests.support import kept, worker
from ckanext.satudata.tests.support.browser import browser, new_page, page  # noqa: F401
from ckanext.satudata.tests.support.kept import app, with_plugins  # noqa: F401
from ckanext.satudata.tests.support.mail import _mail_sink, mail_sink  # noqa: F401
from ckanext.satudata.tests.support.portal import _live_portal, live_portal  # noqa: F401
from ckanext.satudata.tests.support.rows import datastore  # noqa: F401
from ckanext.satudata.tests.support.s3 import _s3, s3  # noqa: F401

QUICK_HASH = pbkdf2_sha512.using(rounds=1)
"""Passwords at full strength took a seventh of the run."""


def pytest_configure(config):
    """Refuses to start on any database but one named `…_test` and Redis database 0."""
    if not config.getoption("--ckan-ini", default=None):
        return
    worker.set_apart(config)
    for key in ("CKAN_SQLALCHEMY_URL", "CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL"):
        name = urlsplit(os.environ.get(key, "")).path.lstrip("/")
        if not name.endswith("_test"):
            pytest.exit(f"{key} must name a database that ends in _test, not {name!r}: tests empty it.", 4)
    redis = urlsplit(os.environ.get("CKAN_REDIS_URL", ""))
    if redis.path.lstrip("/") in ("", "0"):
        pytest.exit("CKAN_REDIS_URL must name a Redis database other than 0: tests empty it.", 4)


def pytest_collection_modifyitems(items):
    """Who draws in a forked process comes first: threads that a test before it has begun do not survive the fork."""
    items.sort(key=lambda item: item.get_closest_marker("draws_in_a_fork") is None)


def pytest_make_parametrize_id(val, argname):
    """Files and long texts are not the names of tests: some hold 60 MB, some the time at which they were made."""
    return argname if isinstance(val, (bytes, str)) and len(val) > 80 else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Who runs what in a run with workers."""
    return worker.Scheduler(config, log)


def pytest_sessionfinish(session):
    """Removes the files that tests uploaded (test.ini says where they lie); one test uploads 2 GB."""
    for name in ("storage", "vault", "public", "lain"):
        shutil.rmtree(worker.FILES / name, ignore_errors=True)


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
    # A live portal takes such a hash for an old one, and hashes anew at log-in.
    user.pbkdf2_sha512 = pbkdf2_sha512 if "live_portal" in item.fixturenames else QUICK_HASH


_migrated = False


def _wake_loggers():
    """A migration configures logging by file, which silences every logger made before."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.fixture
def clean_db(reset_db):
    """CKAN's own, which asks for and empties a hundred tables one by one, at the cost of two."""
    if not model.repo.tables_created_and_initialised:
        reset_db()
    # CKAN's migrations leave an engine without a pool, which costs a connection for each query.
    if isinstance(model.meta.engine.pool, sa.NullPool):
        model.meta.engine.dispose()
        model.init_model(sa.engine_from_config(dict(config)))
    close_all_sessions()
    with model.meta.engine.begin() as connection:
        _empty(connection)


def _empty(connection):
    tables = [name for name in sa.inspect(connection).get_table_names() if not name.endswith("alembic_version")]
    filled = " union all ".join(f"select '{name}' where exists (select 1 from \"{name}\")" for name in tables)
    if names := connection.scalars(sa.text(filled)).all():
        with raw_writes.hand(connection):
            # Replica mode passes by foreign keys and by the triggers that refuse to change the journal.
            emptied = "; ".join(f'delete from "{name}"' for name in names)
            connection.execute(sa.text(f"set local session_replication_role = replica; {emptied}"))


@pytest.fixture
def satudata_db(clean_db, migrate_db_for):
    """Empty databases: CKAN's tables and ours, at the newest migration."""
    global _migrated
    if not _migrated:
        for plugin in ("satudata", "activity"):
            if p.plugin_loaded(plugin):
                migrate_db_for(plugin)
        _migrated = p.plugin_loaded("activity") and p.plugin_loaded("satudata")
    if _migrated:
        with model.meta.engine.begin() as connection, raw_writes.hand(connection):
            # Else the next start of the portal would find what a test left.
            connection.execute(sa.text("insert into satudata_arrival values (1, now()) on conflict do nothing"))
    _wake_loggers()
