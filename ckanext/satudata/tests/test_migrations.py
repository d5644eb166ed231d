"""Every migration goes up and down on tables that hold rows, one step at a time."""

import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import ckanext.satudata as package
from ckanext.satudata.tests.support import worker

FOLDER = Path(str(package.__path__[0])) / "migration" / "satudata"
NAME = worker.named("migrations")


@pytest.fixture
def engine(ckan_config):
    """A new, empty database on the tests' server."""
    admin = sa.create_engine(tk.config["sqlalchemy.url"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database if exists {NAME} with (force)"))
        connection.execute(sa.text(f"create database {NAME} template template0"))
        made = sa.create_engine(urlunsplit(urlsplit(tk.config["sqlalchemy.url"])._replace(path=f"/{NAME}")))
        yield made
        made.dispose()
        connection.execute(sa.text(f"drop database {NAME} with (force)"))
    admin.dispose()


@pytest.fixture
def migrations(engine) -> Config:
    config = Config(FOLDER / "alembic.ini")
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", engine.url.render_as_string(hide_password=False).replace("%", "%%"))
    config.attributes["configure_logger"] = False
    return config


def shape(engine) -> dict:
    """Tables, columns, indexes and constraints of ours."""
    found = sa.inspect(engine)
    return {
        table: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)},
            sorted(str(index["name"]) for index in found.get_indexes(table)),
            sorted(str(one["name"]) for one in found.get_unique_constraints(table)),
        )
        for table in found.get_table_names()
        if table != "satudata_alembic_version"
    }


def value(column: dict, number: int):
    """Something that the column takes."""
    kind = {"ARRAY": list, "TSVECTOR": str}.get(column["type"].__visit_name__) or column["type"].python_type
    text = f"{column['name']}-{number}"[: getattr(column["type"], "length", None) or 60]
    made = {str: text, int: number, float: 1.0, bool: True, bytes: b"1", dict: {}, list: []}
    made |= {datetime.datetime: datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)}
    made |= {datetime.date: datetime.date(2026, 1, number)}
    return made[kind]


def fill(engine) -> None:
    """Two rows in every table of ours that is empty."""
    found = sa.inspect(engine)
    with engine.begin() as connection:
        # Passes by foreign keys and by the triggers that guard the journal.
        connection.execute(sa.text("set local session_replication_role = replica"))
        for name in found.get_table_names():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            if name == "satudata_alembic_version" or connection.scalar(sa.select(sa.func.count()).select_from(table)):
                continue
            columns = [one for one in found.get_columns(name) if not one["nullable"] and one["default"] is None]
            for number in (1, 2):
                connection.execute(table.insert().values({one["name"]: value(one, number) for one in columns}))


def test_every_step_goes_up_and_down_on_filled_tables(engine, migrations):
    steps = [one.revision for one in ScriptDirectory.from_config(migrations).walk_revisions()][::-1]
    shapes = []
    for step in steps:
        command.upgrade(migrations, step)
        shapes.append(shape(engine))
        fill(engine)
    for number, step in reversed(list(enumerate(steps))):
        assert shape(engine) == shapes[number], step
        command.downgrade(migrations, steps[number - 1] if number else "base")
    assert shape(engine) == {}
    command.upgrade(migrations, "head")
    assert shape(engine) == shapes[-1]


def test_the_tables_are_those_of_the_models(engine, migrations):
    import importlib
    import pkgutil

    import ckanext.satudata.model as models
    from ckanext.satudata.model.base import metadata

    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    command.upgrade(migrations, "head")
    made = shape(engine)
    wanted = {name: set(table.columns.keys()) for name, table in metadata.tables.items()}
    assert {name: set(columns) for name, (columns, _, _) in made.items()} == wanted
