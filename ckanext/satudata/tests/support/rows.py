"""The DataStore of the tests, with what `ckan datastore set-permissions` makes."""

from __future__ import annotations

from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import ckanext.datastore
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url


def owners_engine() -> Engine:
    """The owner's engine on the DataStore, in which is what `ckan datastore set-permissions` makes.

    Some fixtures of CKAN drop it.
    """
    database = make_url(tk.config["ckan.datastore.write_url"]).database
    owner = sa.create_engine(model.meta.engine.url.set(database=database), isolation_level="AUTOCOMMIT")
    set_permissions(owner)
    return owner


def set_permissions(owner: Engine) -> None:
    """Does in the database of this engine what `ckan datastore set-permissions` does, unless it was done."""
    write, read = (make_url(tk.config[f"ckan.datastore.{way}_url"]) for way in ("write", "read"))
    main, database = model.meta.engine.url, owner.url.database
    with owner.connect() as connection:
        if connection.scalar(sa.text("select to_regproc('populate_full_text_trigger')")) is None:
            names = {"maindb": main.database, "datastoredb": database, "mainuser": main.username}
            text = Path(ckanext.datastore.__file__).with_name("set_permissions.sql").read_text()
            text = text.format(**names, writeuser=write.username, readuser=read.username)
            # Through the driver: the text has percent signs.
            connection.connection.cursor().execute(text.split(f"\\connect {database}", 1)[1])


@pytest.fixture
def datastore(with_plugins):
    """A DataStore that takes rows."""
    owners_engine().dispose()
