"""Brings the tables of CKAN and its plugins up to date (database and ini of the environment).

Starting CKAN takes seconds, so the heads of the migrations on disk are first compared with those in the
database, which needs no CKAN; only when they differ does `ckan db upgrade` run, in this process.
"""

import configparser
import os
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from alembic.config import Config
from alembic.script import ScriptDirectory


def plugins(ini: Path) -> list[str]:
    """`ckan.plugins` of an ini and the inis it uses."""
    parser = configparser.RawConfigParser(defaults={"here": str(ini.parent)})
    parser.read(ini)
    main = parser["app:main"]
    if "ckan.plugins" in main:
        return main["ckan.plugins"].split()
    scheme, _, other = main.get("use", "").partition(":")
    return plugins(ini.parent / other) if scheme == "config" else []


def migrations(names: list[str]) -> dict[str, Path]:
    """Version table -> folder of migrations, of CKAN (`alembic_version`) and of each plugin that has some."""
    ckan = Path(find_spec("ckan").origin).parent
    found = {"alembic_version": ckan / "migration"}
    modules = {point.name: point.value for point in entry_points(group="ckan.plugins")}
    for name in names:
        package = modules.get(name, "").split(":")[0].split(".")[:2]
        spec = find_spec(".".join(package)) if len(package) == 2 else None
        folder = Path(spec.origin).parent / "migration" / name if spec and spec.origin else None
        if folder and folder.is_dir():
            found[f"{name}_alembic_version"] = folder
    return found


def heads(folder: Path) -> set[str]:
    """The newest revisions on disk."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    return set(ScriptDirectory.from_config(config).get_heads())


def current(cursor, table: str) -> set[str]:
    """The revisions the database is at."""
    cursor.execute("select to_regclass(%s)", (table,))
    if cursor.fetchone()[0] is None:
        return set()
    cursor.execute(f'select version_num from "{table}"')
    return {row[0] for row in cursor}


def up_to_date(ini: Path) -> bool:
    """Whether no migration waits."""
    connection = psycopg2.connect(os.environ["CKAN_SQLALCHEMY_URL"])
    try:
        with connection.cursor() as cursor:
            return all(current(cursor, table) == heads(folder) for table, folder in migrations(plugins(ini)).items())
    finally:
        connection.close()


if __name__ == "__main__":
    if not up_to_date(Path(os.environ["CKAN_INI"])):
        from ckan.cli.cli import ckan

        ckan(["db", "upgrade"], standalone_mode=False)
        sys.exit(ckan(["satudata", "holidays", "seed"]))
