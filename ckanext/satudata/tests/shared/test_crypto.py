"""Applicants' data is unreadable without the key file, and keys can be changed."""

import stat

import ckan.model as model
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.shared import crypto


@pytest.fixture
def key_file(tmp_path, ckan_config, monkeypatch):
    path = tmp_path / "keys" / "satudata.key"
    crypto.create_key_file(path)
    monkeypatch.setitem(ckan_config, "ckanext.satudata.key_file", str(path))
    return path


def test_new_key_file_is_the_owners_and_never_overwritten(key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        crypto.create_key_file(key_file)


def test_what_is_sealed_opens_again_and_looks_different_each_time(key_file):
    first, second = crypto.seal("Siti Contoh"), crypto.seal("Siti Contoh")
    assert first != second
    assert b"Siti" not in first
    assert crypto.unseal(first) == crypto.unseal(second) == "Siti Contoh"


def test_nothing_seals_to_nothing(key_file):
    assert crypto.seal("") is None and crypto.seal(None) is None
    assert crypto.unseal(None) == ""


@pytest.mark.parametrize("content", ["", "not a key\n"])
def test_damaged_key_file_is_named(key_file, content):
    key_file.write_text(content)
    with pytest.raises(crypto.KeyMissing, match=str(key_file)):
        crypto.keys()


def test_missing_key_file_is_named_with_the_mend(key_file):
    key_file.unlink()
    with pytest.raises(crypto.KeyMissing, match="Restore it from the backup"):
        crypto.seal("x")


def test_missing_option_is_named(ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.key_file", None)
    with pytest.raises(crypto.KeyMissing, match="key_file"):
        crypto.keys()


def test_foreign_key_opens_nothing(key_file):
    sealed = crypto.seal("Siti Contoh")
    key_file.write_bytes(Fernet.generate_key())
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(sealed)


def test_every_personal_column_is_sealed():
    sealed = {column.name for column in crypto.sealed_columns()[PpidRequest.__table__]}
    assert sealed == {*PERSONAL}


def _request(**values):
    basic = dict.fromkeys(("applicant_kind", "question", "purpose", "form", "tracking_hash"), "x")
    return PpidRequest(ref="r", number="1", number_count=1, number_year=2026, key_hash="k", **basic | values)


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_rotation_leaves_no_value_that_needs_the_old_key(key_file):
    from ckanext.satudata.model.base import utcnow

    model.Session.add(_request(name=crypto.seal("Siti Contoh"), received_at=utcnow()))
    model.Session.commit()
    old = key_file.read_bytes()
    crypto.add_key()
    with model.meta.engine.begin() as connection:
        assert crypto.reseal(connection) == 1
    crypto.prune_keys()
    assert old.strip() not in key_file.read_bytes()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    stored = model.Session.execute(sa.select(PpidRequest.__table__.c.name)).scalar_one()
    assert crypto.unseal(stored) == "Siti Contoh"


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_rotation_stops_before_it_changes_anything_when_a_value_is_unreadable(key_file):
    from ckanext.satudata.model.base import utcnow

    model.Session.add(_request(name=b"damaged", address=crypto.seal("Jalan Contoh 1"), received_at=utcnow()))
    model.Session.commit()
    with pytest.raises(crypto.Unreadable), model.meta.engine.begin() as connection:
        crypto.reseal(connection)
    assert crypto.unseal(model.Session.execute(sa.select(PpidRequest.address)).scalar_one()) == "Jalan Contoh 1"


def test_codes_are_readable_and_stable():
    code = crypto.derived_code("tracking", "abc")
    assert code == crypto.derived_code("tracking", "abc") != crypto.derived_code("tracking", "abd")
    assert len(code) == 10 and not set(code) & set("01IO")
