"""What is held of an applicant: copied out, held by law, erased; and in no table, log or Redis in clear."""

import io
import json
import logging
import zipfile
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.legal_hold import Objected
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.model.ppid_survey import PpidSurvey
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import erasure, jobs, privacy, requests, standing, survey
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES, EMAIL, NAME, NIK
from ckanext.satudata.tests.ppid.test_way_through import confirmed, handed_over  # noqa: F401 - fixture
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def closed(handed_over, give, people):  # noqa: F811
    """A granted request whose applicant has the data."""
    row = confirmed(handed_over)
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    give(row.case_id, "deliver", people.ppid)
    process.apply({}, row.case_id, "close", actor=APPLICANT)
    return again(row)


def again(row):
    model.Session.expire_all()
    return model.Session.get(PpidRequest, row.id)


def later(days):
    return freeze_time(clock.now() + timedelta(days=days), tick=True)


def ask(row):
    case = erasure.ask(model.Session, row.id)
    model.Session.commit()
    return case.id


def events(row):
    return model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == row.case_id)).all()


def tracked(app, row):
    """The tracking page's address, opened for this browser."""
    typed = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    return app.post("/permohonan/lacak", data=typed, follow_redirects=False).headers["Location"]


def test_the_applicant_takes_everything_along(app, closed):
    page = tracked(app, closed)
    shown = app.get(page).body
    assert "Data pribadi Anda" in shown and "keberatan masih dapat diajukan" in shown
    answer = app.post(f"{page}/salinan")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    held = json.loads(archive.read("data.json"))
    assert held["applicant"]["name"] == NAME and held["applicant"]["nik"] == NIK
    assert held["request"]["question"] == ASKED["question"] and held["files"][0]["sha256"]
    assert {"started", "granted", "delivered"} <= {entry["event"] for entry in held["journal"]}
    letters = [name for name in archive.namelist() if name.startswith("surat/")]
    assert len(letters) == 2 and archive.read(letters[0]).startswith(b"%PDF")
    assert "Petugas" not in archive.read("data.json").decode(), "no officer's name"
    assert "applicant_data_exported" in events(again(closed))
    foreign = app.flask_app.test_client().post(f"{page}/salinan")
    assert foreign.status_code == 303 and not foreign.data.startswith(b"PK")


def test_erasure_is_asked_decided_with_a_reason_and_waits_for_the_law(app, closed, give, people, page, mail_sink):
    path, number = tracked(app, closed), closed.number
    assert app.post(f"{path}/hapus").status_code == 400
    app.post(f"{path}/hapus", data={"sure_erase": "true"}, follow_redirects=False)
    case_id = ask(again(closed))
    assert model.Session.query(Case).filter_by(process="erasure").count() == 1, "asked again it is the same"
    desk = page(people.ppid, f"/meja/{case_id}").body
    assert number in desk and "keberatan masih dapat diajukan" in desk and NAME not in desk
    with pytest.raises(Invalid):
        give(case_id, "approve", people.ppid, {})
    notices.send_waiting()
    mail_sink.clear()
    assert give(case_id, "approve", people.ppid, {"note": "Permintaan sah"})["waits"]
    row = again(closed)
    assert row.name is not None and standing.for_applicant(model.Session, row)["own_data"]["held"]
    notices.send_waiting()
    (mail,) = mail_sink.to(EMAIL)
    assert number in text_of(mail) and NAME not in text_of(mail)
    assert jobs.erase_applicants() == 0
    with later(80):
        assert jobs.erase_applicants() == 1
        row = again(closed)
        assert row.erased_at and all(getattr(row, name) is None for name in PERSONAL)
        assert "sudah dihapus" in app.get(tracked(app, row)).body
        named = model.Session.scalars(sa.select(Letter).where(Letter.kind == "receipt")).one()
        assert named.content is not None, "the archive's time still runs"
    with later(61 * 30 + 80):
        assert jobs.erase_applicants() == 1
        named = again(closed) and model.Session.scalars(sa.select(Letter).where(Letter.kind == "receipt")).one()
        assert named.content is None and named.sha256 and model.Session.get(VaultObject, named.vault_id).deleted_at
        between = model.Session.scalars(sa.select(Letter).where(Letter.kind == "delivery_ppid")).one()
        assert between.content is None, "it repeats the words of the question"
        assert app.get(f"/surat/{named.check_code}").status_code == 200
    assert {"applicant_erased", "letters_erased"} <= set(events(row))


def test_a_refused_erasure_tells_why(app, closed, give, people):
    give(ask(closed), "refuse", people.ppid, {"note": "Dipakai dalam pemeriksaan Inspektorat"})
    assert "Dipakai dalam pemeriksaan Inspektorat" in app.get(tracked(app, closed)).body
    assert again(closed).erasure_granted_at is None


def test_nothing_passes_by_the_hold(closed, monkeypatch):
    with pytest.raises(Conflict):
        privacy.erase(model.Session, closed, actor=APPLICANT, cause="asked")
    waiting = [lambda session, request: [Objected(due_on=clock.today())]]
    monkeypatch.setattr(privacy, "_objected", waiting)
    with later(3000):
        assert jobs.erase_applicants() == 0, "an objection that nobody answered"
        monkeypatch.setattr(privacy, "_objected", [])
        assert jobs.erase_applicants() == 1


def test_the_survey_is_answered_once_and_kept_without_the_request(app, closed):
    path = tracked(app, closed)
    assert "Bagaimana pelayanannya?" in app.get(path).body
    assert app.post(f"{path}/survei", data={"service": "9"}).status_code == 400
    assert app.post(f"{path}/survei", data={"service": "3", "fit": "partly"}, follow_redirects=False).status_code == 303
    assert app.post(f"{path}/survei", data={"service": "1", "fit": "no"}).status_code == 409
    row = model.Session.query(PpidSurvey).one()
    assert {column.name for column in PpidSurvey.__table__.columns} == {"id", "month", "decision", "service", "fit"}
    found = survey.figures(model.Session, row.month, row.month)
    assert (found.answers, found.service, found.fits) == (1, 3.0, {"yes": 0, "partly": 1, "no": 0})
    assert "Bagaimana pelayanannya?" not in app.get(path).body


def test_nothing_of_the_applicant_lies_in_clear(closed, app, people, page, caplog):
    """Every row of every table, Redis and what was logged, after a whole way; PPID sees them all the same."""
    with caplog.at_level(logging.DEBUG):
        path = tracked(app, closed)
        shown = page(people.ppid, f"/meja/{closed.case_id}").body
        app.get(f"{path}x")
        app.post("/permohonan/baru", data={**ASKED, "consent": ""})
        notices.send_waiting()
    assert NAME in shown, "the positive control"
    secrets = {sign for canary in CANARIES for sign in (canary, canary.encode().hex())}
    tables = model.Session.scalars(sa.text("select tablename from pg_tables where schemaname = 'public'")).all()
    assert "satudata_ppid_request" in tables
    for table in tables:
        rows = model.Session.scalars(sa.text(f'select t::text from "{table}" t')).all()
        assert not [row for row in rows for secret in secrets if secret in row], table
    redis = connect_to_redis()
    kept = b"".join(key + (redis.dump(key) or b"") for key in redis.scan_iter("*"))
    said = caplog.text
    assert not [secret for secret in CANARIES if secret.encode() in kept or secret in said]
