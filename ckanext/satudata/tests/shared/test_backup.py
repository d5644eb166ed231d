"""A backup brought back into empty databases and folders holds what there was, byte by byte."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.care import backup
from ckanext.satudata.tests.support import worker
from ckanext.satudata.tests.support.rows import owners_engine, set_permissions

ROOT = Path(__file__).resolve().parents[4]
INI = """
[app:main]
use = config:{test_ini}
ckan.storage_path = {folder}/storage
ckanext.satudata.key_file = {folder}/satudata.key
ckanext.satudata.vault.path = {folder}/satudata-vault
ckanext.satudata.public.path = {folder}/satudata-public
"""


def named(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def contents(url: str) -> dict[str, list]:
    """Every row of every table."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote
        found = {
            table: sorted(str(row) for row in connection.execute(sa.text(f"select * from {quote(table)}")))
            for table in sa.inspect(connection).get_table_names()
        }
    engine.dispose()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def filled(ckan_config, monkeypatch, tmp_path):
    """A portal with a row of everything: dataset, DataStore table, files, vault, key."""
    folder = tmp_path / "old"
    (folder / "satudata-vault" / "ab").mkdir(parents=True)
    (folder / "satudata-vault" / "ab" / "cdef").write_bytes(b"not open \x00\xff")
    (folder / "storage" / "resources").mkdir(parents=True)
    (folder / "storage" / "resources" / "a file").write_bytes(b"open")
    crypto.create_key_file(folder / "satudata.key")
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(folder / "storage"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.key_file", str(folder / "satudata.key"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.vault.path", str(folder / "satudata-vault"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.public.path", str(folder / "satudata-public"))
    factories.Organization()
    owners_engine().dispose()
    engine = sa.create_engine(tk.config["ckan.datastore.write_url"])
    with engine.begin() as connection:
        connection.execute(sa.text('drop table if exists "a-table"'))
        connection.execute(sa.text('create table "a-table" (nilai int)'))
        connection.execute(sa.text('insert into "a-table" values (1), (2)'))
        connection.execute(
            sa.text(
                'create trigger zfulltext before insert on "a-table" for each row '
                "when (false) execute function populate_full_text_trigger()"
            )
        )
    yield folder
    with engine.begin() as connection:
        connection.execute(sa.text('drop table "a-table"'))
    engine.dispose()


@pytest.fixture
def empty_databases():
    """Two new databases on the tests' server; the writer owns the second."""
    admin = sa.create_engine(tk.config["sqlalchemy.url"], isolation_level="AUTOCOMMIT")
    names = (worker.named("restored"), worker.named("restored_datastore"))
    with admin.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"drop database if exists {name} with (force)"))
            key = "ckan.datastore.write_url" if "datastore" in name else "sqlalchemy.url"
            connection.execute(
                sa.text(f"create database {name} template template0 owner {urlsplit(tk.config[key]).username}")
            )
        yield {
            "CKAN_SQLALCHEMY_URL": named(tk.config["sqlalchemy.url"], names[0]),
            "CKAN_DATASTORE_WRITE_URL": named(tk.config["ckan.datastore.write_url"], names[1]),
            "CKAN_DATASTORE_READ_URL": named(tk.config["ckan.datastore.read_url"], names[1]),
        }
        for name in names:
            connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


def run(env: dict, *arguments: str) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).parent / "ckan", "satudata", *arguments]
    return subprocess.run(command, env=os.environ | env, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_what_was_backed_up_comes_back(filled, empty_databases, tmp_path):
    model.Session.commit()
    backup.backup(tmp_path / "backup")

    owner = named(tk.config["sqlalchemy.url"], urlsplit(empty_databases["CKAN_DATASTORE_WRITE_URL"]).path[1:])
    engine = sa.create_engine(owner, isolation_level="AUTOCOMMIT")
    set_permissions(engine)
    engine.dispose()
    new = tmp_path / "new"
    new.mkdir()
    (new / "live.ini").write_text(INI.format(test_ini=ROOT / "test.ini", folder=new))
    crypto.create_key_file(new / "satudata.key")  # as the first start makes one
    done = run(empty_databases | {"CKAN_INI": str(new / "live.ini")}, "restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr

    was, now = contents(tk.config["sqlalchemy.url"]), contents(empty_databases["CKAN_SQLALCHEMY_URL"])
    assert was["group"] and now == was
    assert contents(empty_databases["CKAN_DATASTORE_WRITE_URL"])["a-table"] == ["(1,)", "(2,)"]
    for folder in ("storage", "satudata-vault"):
        assert files(new / folder) == files(filled / folder) != {}
    assert (new / "satudata.key").read_bytes() == (filled / "satudata.key").read_bytes()
    assert (new / "satudata.key").stat().st_mode & 0o077 == 0

    again = run(empty_databases | {"CKAN_INI": str(new / "live.ini")}, "restore", str(tmp_path / "backup"))
    assert again.returncode != 0 and "not empty" in again.stderr


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_a_datastore_that_holds_nothing_yet_is_no_obstacle(filled, empty_databases, ckan_config, monkeypatch, tmp_path):
    url = empty_databases["CKAN_DATASTORE_WRITE_URL"]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text('create table "_table_stats" (resource_id name)'))
    monkeypatch.setitem(ckan_config, "ckan.datastore.write_url", url)
    model.Session.commit()
    backup.backup(tmp_path / "backup")
    dump = str(tmp_path / "backup" / "database" / "datastore.dump")
    subprocess.run(["pg_restore", "--single-transaction", f"--dbname={url}", dump], check=True)
    assert contents(url) == {"_table_stats": []}
    engine.dispose()


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_a_changed_missing_or_added_file_is_noticed(filled, tmp_path):
    backup.backup(tmp_path / "backup")
    backup.verify(tmp_path / "backup")
    vault = tmp_path / "backup" / "files" / "vault"
    (vault / "ab" / "cdef").write_bytes(b"changed")
    with pytest.raises(backup.BackupError, match="changed"):
        backup.verify(tmp_path / "backup")
    (vault / "added").write_bytes(b"")
    with pytest.raises(backup.BackupError, match="added"):
        backup.restore(tmp_path / "backup")
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.backup(tmp_path / "backup")
