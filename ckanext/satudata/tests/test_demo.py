"""The demonstration government: what a load leaves, that a second one doubles nothing, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.demo import catalogue, load
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import journal

TITLES = (
    "Jumlah Tenaga Kesehatan Menurut Jenis",
    "Data Pasien Penyakit Menular Khusus",
    "Cakupan Imunisasi Dasar Lengkap",
    "Kunjungan Puskesmas Menurut Bulan",
    "Jumlah Sekolah Menurut Status",
)


@pytest.fixture
def chosen():
    return [subject for subject in catalogue.subjects() if subject.title in TITLES]


@pytest.fixture
def demo_portal(with_plugins, satudata_db, ckan_config, monkeypatch, tmp_path):
    """A portal that says it is a demonstration; its storage lies in a folder of the test."""
    monkeypatch.setitem(ckan_config, "ckanext.satudata.demo", True)
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path / "storage"))
    return tmp_path


def _states():
    model.Session.expire_all()
    return Counter(model.Session.scalars(sa.select(DatasetState.state)))


def test_a_small_load_in_every_state_and_no_doubles(demo_portal, chosen):
    counts = load.load(again=False, chosen=chosen)
    expected = {"published": 1, "draft": 2, "approved": 1, "in_review": 1}
    assert counts["datasets"] == 5 and _states() == expected
    assert list(journal.verify(model.Session)) == []
    times = list(model.Session.scalars(sa.select(Journal.at).order_by(Journal.id)))
    assert times == sorted(times)
    assert counts["downloads"] == model.Session.scalar(sa.select(sa.func.count(Download.id))) > 100
    assert not model.Session.scalars(
        sa.select(Outbox.id).where(Outbox.sent_at.is_(None), Outbox.to_email.is_(None))
    ).all()
    accounts = json.loads((demo_portal / "demo" / "accounts.json").read_text())
    assert {"name", "password", "api_token", "roles", "organization", "note"} <= set(accounts[0])
    assert "sysadmin" in accounts[0]["roles"]

    assert load.load(again=False, chosen=chosen) is None
    # A load that was broken off is begun anew, not added to.
    (demo_portal / "demo" / "loading").touch()
    load.load(again=False, chosen=chosen)
    assert _states() == expected and not (demo_portal / "demo" / "loading").exists()


def test_a_real_portal_is_never_emptied(demo_portal, ckan_config, monkeypatch, chosen):
    monkeypatch.setattr(load.reset, "empty", lambda: pytest.fail("emptied"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.demo", False)
    with pytest.raises(load.NotADemo):
        load.load(again=True, chosen=chosen)


def test_the_catalogue_names_every_level_state_and_officer():
    subjects = catalogue.subjects()
    assert len(subjects) == 60 and len(catalogue.AGENCIES) == 12 and len(catalogue.OFFICERS) == 15
    assert {subject.level for subject in subjects} == {"terbuka", "terbatas", "tertutup"}
    assert {subject.state for subject in subjects} == {
        *("draft", "in_review", "with_head", "returned", "approved", "published", "withdrawn")
    }
    for subject in subjects:
        assert [catalogue.holder(role, subject.agency) for role in ("operator", "verifier", "ppid_pembantu")]
