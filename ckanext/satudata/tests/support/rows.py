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
    write, read = (make_url(tk.config[f"ckan.datastore.{way}_url"]) for way in ("write", "read"))
    main = model.meta.engine.url
    owner = sa.create_engine(main.set(database=write.database), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        if connection.scalar(sa.text("select to_regproc('populate_full_text_trigger')")) is None:
            names = {"maindb": main.database, "datastoredb": write.database, "mainuser": main.username}
            text = Path(ckanext.datastore.__file__).with_name("set_permissions.sql").read_text()
            text = text.format(**names, writeuser=write.username, readuser=read.username)
            # Through the driver: the text has percent signs.
            connection.connection.cursor().execute(text.split(f"\\connect {write.database}", 1)[1])
    return owner


@pytest.fixture
def datastore(with_plugins):
    """A DataStore that takes rows."""
    owners_engine().dispose()
