"""Empties a demonstration portal. Called only where `ckanext.satudata.demo` is true."""

from __future__ import annotations

import shutil
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import search
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.model.base import Base
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.files import store


def empty() -> None:
    """Rows of CKAN and ours, files, vault, DataStore, index, counted attempts."""
    model.Session.remove()
    search.clear_all()
    model.Session.commit()
    model.repo.delete_all()
    model.Session.remove()
    with model.meta.engine.begin() as connection:
        _empty_ours(connection)
    for name in ("vault", "public"):
        for location in store.locations(name):
            store.remove(name, location)
    for folder in ("resources", "uploads"):
        shutil.rmtree(Path(tk.config["ckan.storage_path"]) / folder, ignore_errors=True)
    _empty_datastore()
    redis = connect_to_redis()
    for key in redis.scan_iter("satudata:limit:*"):
        redis.delete(key)


def _empty_ours(connection: sa.Connection) -> None:
    there = set(sa.inspect(connection).get_table_names())
    names = [table.name for table in Base.metadata.sorted_tables if table.name in there]
    guarded = [name for name in names if name.startswith("satudata_journal")]
    # Triggers refuse to empty the journal; its owner may lay them aside, and only until this transaction ends.
    for name in guarded:
        connection.execute(sa.text(f'alter table "{name}" disable trigger user'))
    with raw_writes.hand(connection):
        connection.execute(sa.text("truncate " + ", ".join(f'"{name}"' for name in names)))
    for name in guarded:
        connection.execute(sa.text(f'alter table "{name}" enable trigger user'))


def _empty_datastore() -> None:
    url = tk.config.get("ckan.datastore.write_url")
    if not url:
        return
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        quote = connection.dialect.identifier_preparer.quote
        for name in sa.inspect(connection).get_table_names():
            if not name.startswith("_"):
                connection.execute(sa.text(f"drop table {quote(name)} cascade"))
    engine.dispose()
