"""The demonstration government: what a load leaves, that a second one doubles nothing, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.demo import catalogue, load, requests
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.disposition import Disposition
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.model.institution import Spelling
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.post import Post
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.guestbook import retention
from ckanext.satudata.shared.work import inbox

TITLES = (
    "Jumlah Tenaga Kesehatan Menurut Jenis",
    "Data Pasien Penyakit Menular Khusus",
    "Cakupan Imunisasi Dasar Lengkap",
    "Kunjungan Puskesmas Menurut Bulan",
    "Jumlah Sekolah Menurut Status",
)

FARTHEST = {
    "close": "closed",
    "deliver": "delivered",
    "attest": "attested",
    "handover": "handed_over",
    "grant": "granted",
    "route": "routed",
}


@pytest.fixture
def chosen():
    return [subject for subject in catalogue.subjects() if subject.title in TITLES]


@pytest.fixture
def asked_for(chosen):
    """Those and the limited ones that requests of every way are about."""
    titles = ("Rekam Kasus Tuberkulosis", "Penerima Beasiswa", "Keluarga Penerima Manfaat", "Perselisihan Hubungan")
    limited = [subject for subject in catalogue.subjects() if subject.title.startswith(titles)]
    return [*chosen, *limited]


@pytest.fixture
def demo_portal(with_plugins, satudata_db, ckan_config, monkeypatch, tmp_path):
    """A portal that says it is a demonstration; its storage lies in a folder of the test."""
    monkeypatch.setitem(ckan_config, "ckanext.satudata.demo", True)
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path / "storage"))
    return tmp_path


def _states():
    model.Session.expire_all()
    return Counter(model.Session.scalars(sa.select(DatasetState.state)))


def test_each_screen_has_something_to_show(demo_portal, asked_for):
    counts = load.load(again=False, chosen=asked_for)
    expected = {"published": 5, "draft": 2, "approved": 1, "in_review": 1}
    assert counts["datasets"] == 9 and _states() == expected
    assert _ways() == Counter(plan.way for plan in _told(asked_for)) and set(_ways()) == set(requests.WAYS)
    tests = sa.select(Case).where(Case.process == "refusal_test", Case.ended_at.is_(None))
    assert len(model.Session.scalars(tests).all()) == 1, "the refusal of what no dataset holds waits for its test"
    journal_seals.seal()
    assert list(journal_seals.verify(model.Session)) == []
    times = list(model.Session.scalars(sa.select(Journal.at).order_by(Journal.id)))
    assert times == sorted(times)
    _check_downloads(counts)
    _check_guests()
    _check_office()
    accounts = json.loads((demo_portal / "demo" / "accounts.json").read_text())
    assert {"name", "password", "api_token", "roles", "organization", "note"} <= set(accounts[0])
    assert "sysadmin" in accounts[0]["roles"]
    assert load.load(again=False, chosen=asked_for) is None


def _told(chosen):
    titles = [subject.title for subject in chosen if subject.state == "published"]
    return [plan for plan in requests.PLANS if any(plan.dataset in title for title in titles)]


def _ways():
    """How many requests have come how far, read from their rows."""
    return Counter(_way(row) for row in model.Session.scalars(sa.select(PpidRequest)))


def _way(row):
    done = set(model.Session.scalars(sa.select(CaseStep.command).where(CaseStep.case_id == row.case_id)))
    if "withdraw" in done:
        return "withdrawn"
    if "not_held" in done:
        return "not_held"
    if "incomplete" in done:
        return "incomplete"
    outcomes = list(model.Session.scalars(sa.select(Objection.outcome).where(Objection.request_id == row.id)))
    if outcomes:
        return "objection_answered" if outcomes == ["rejected"] else "objected"
    if "refuse" in done:
        return "refused" if "deliver" in done else "decided_refused"
    if "grant_in_part" in done:
        return "in_part"
    for command, way in FARTHEST.items():
        if command in done:
            return way
    return "confirmed" if row.confirmed_at else "new"


def _check_downloads(counts):
    session, zone = model.Session, clock.zone()
    rows = session.execute(sa.select(Download.at, Download.channel)).all()
    assert counts["downloads"] == len([row for row in rows if row.channel == "file"]) > 100
    assert [row for row in rows if row.channel == "grant"]
    months = {f"{row.at.astimezone(zone):%Y-%m}" for row in rows if row.channel == "file"}
    first, wanted = clock.today().replace(day=1), []
    for _ in range(12):
        first = (first - timedelta(days=1)).replace(day=1)
        wanted.append(f"{first:%Y-%m}")
    assert set(wanted) <= months and min(row.at for row in rows).astimezone(zone).date() <= first + timedelta(days=2)


def _check_guests():
    """What the desk says is to be reviewed can be reviewed, once the persons of long ago are dropped."""
    session = model.Session
    retention.drop_old()
    open_ = sa.select(Spelling.written).where(Spelling.institution_id.is_(None))
    assert all(session.scalars(open_)) and len(session.scalars(open_).all()) == 2
    kept = session.scalars(sa.select(Guest)).all()
    assert kept and all(crypto.unseal(one.email).endswith("@example.test") for one in kept)
    by = sa.select(Download.spelling_id, Guest.spelling_id).join(Guest, Guest.id == Download.guest_id)
    assert all(own == signed for own, signed in session.execute(by)), "a download and its person name one institution"


def _check_office():
    session = model.Session
    reports = session.scalars(FiledReport.newest()).all()
    assert len(reports) == 3 and all(row.files for row in reports)
    assert session.scalar(sa.select(sa.func.count(Invitation.id)).where(Invitation.accepted_at.is_(None))) == 1
    held = session.scalars(sa.select(Outbox).where(Outbox.sent_at.is_(None), Outbox.to_email.is_(None))).all()
    assert sorted(row.attempts for row in held) == [1, 6] and all(row.last_error for row in held)
    assert [bool(post.published_at) for post in session.scalars(sa.select(Post).order_by(Post.created_at))] == [
        True,
        False,
    ]
    assert session.scalar(sa.select(sa.func.count(Disposition.id))) >= 2
    for name in ("walidata", "ppid", "pengawas"):
        assert inbox.rows(session, actor_for(model.User.get(name)), limit=5), name


def test_a_load_that_was_broken_off_is_begun_anew(demo_portal, chosen):
    few = chosen[:2]
    load.load(again=False, chosen=few)
    expected = _states()
    (demo_portal / "demo" / "loading").touch()
    load.load(again=False, chosen=few)
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
