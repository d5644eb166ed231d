"""The stores are swept, and the doctor sees where tables and stores differ."""

import io
import os
import time

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.shared import vault
from ckanext.satudata.shared.care import doctor, upkeep
from ckanext.satudata.shared.files import store


@pytest.fixture(autouse=True)
def empty_stores(with_plugins, satudata_db, ckan_config, monkeypatch, tmp_path):
    for name in ("vault", "public"):
        monkeypatch.setitem(ckan_config, f"ckanext.satudata.{name}.path", str(tmp_path / name))


def kept() -> vault.VaultObject:
    row = vault.put(model.Session, io.BytesIO(b"a"), name="a.csv", purpose="resource", created_by=None)
    model.Session.commit()
    return row


def stray(name: str) -> os.PathLike:
    """A file that no row names, two days and a bit old."""
    kept_location = store.write(model.Session, name, io.BytesIO(b"left by a kill"))["location"]
    model.Session.commit()
    path = store.local_path(name, kept_location)
    old = time.time() - 3 * upkeep.STRAY_SECONDS
    os.utime(path, (old, old))
    return path


def said() -> set[str]:
    return {problem.what for problem in doctor.examine() if problem.check == "stores"}


def test_what_a_kill_left_is_named_and_swept_and_nothing_else():
    row, young, paths = kept(), store.write(model.Session, "vault", io.BytesIO(b"b")), [stray("vault"), stray("public")]
    assert {text.split()[0] for text in said()} == {"{count}", "Files"}
    upkeep.sweep()
    assert not any(os.path.exists(path) for path in paths)
    for location in (row.location, young["location"]):
        assert store.local_path("vault", location).exists()
    assert said() == set()


def test_a_file_that_is_gone_is_a_danger():
    store.local_path("vault", kept().location).unlink()
    (problem,) = [one for one in doctor.examine() if one.check == "stores"]
    assert problem.danger and problem.params == {"count": 1}


def test_a_vault_that_others_can_read_is_a_danger(tmp_path):
    kept()
    (tmp_path / "vault").chmod(0o755)
    assert any("look into" in text for text in said())


def test_every_plugins_missing_migration_is_named():
    assert not [one for one in doctor.examine() if one.check == "tables"]
    model.Session.execute(sa.text("update activity_alembic_version set version_num = 'older'"))
    (problem,) = [one for one in doctor.examine() if one.check == "tables"]
    model.Session.rollback()
    assert problem.params == {"plugin": "activity"}
