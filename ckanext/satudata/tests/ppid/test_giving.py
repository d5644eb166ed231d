"""Several files, each with its own link; terms accepted once; a program's token; the counter."""

import io
from datetime import timedelta
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, jobs, links, requests
from ckanext.satudata.shared import clock, notices, vault
from ckanext.satudata.shared.files import grants
from ckanext.satudata.tests.ppid.conftest import ACCEPTED, EMAIL
from ckanext.satudata.tests.ppid.test_way_through import confirmed, handed_over  # noqa: F401 - fixture
from ckanext.satudata.tests.support import whole_files
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

SECOND = b"kecamatan,jumlah\nBlimbing,7\n"
PDF = whole_files.pdf("Tanda terima")


def _second(row):
    """Another file of the same request, attested as the first is."""
    kept = vault.put(model.Session, io.BytesIO(SECOND), name="kedua.csv", purpose="handover", created_by=None)
    first = drafts.latest_handover(model.Session, row)
    facts = {"request_id": row.id, "vault_id": kept.id, "sha256": kept.sha256, "attested_sha256": kept.sha256}
    more = {"filename": "kedua.csv", "size": kept.size_bytes, "source": "upload", "given_by": first.given_by}
    added = PpidHandover(**facts, **more, given_at=first.given_at + timedelta(seconds=1))
    model.Session.add(added)
    model.Session.flush()
    return [first, added]


@pytest.fixture
def attested(handed_over, give, people):  # noqa: F811
    """A request whose file is checked; to a confirmed address."""
    row = confirmed(handed_over)
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).first()
    give(row.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    return model.Session.get(PpidRequest, row.id)


@pytest.fixture
def two(attested, give, people, monkeypatch):
    """A delivered request with two files; what was given."""
    files = _second(attested)
    model.Session.commit()
    ids = [file.id for file in files]
    in_order = sa.select(PpidHandover).where(PpidHandover.id.in_(ids)).order_by(PpidHandover.given_at)
    monkeypatch.setattr(drafts, "files_in_force", lambda session, request: list(session.scalars(in_order)))
    give(attested.case_id, "deliver", people.ppid)
    return plain(attested.id)


def plain(request_id):
    """What was given, as values that outlive a call of the app."""
    model.Session.expire_all()
    given = links.given(model.Session, model.Session.get(PpidRequest, request_id))
    return [
        SimpleNamespace(
            request_id=request_id,
            path=one.path,
            name=one.file.filename,
            file_id=one.file.id,
            grant_id=one.grant.id,
            state=one.standing.state,
        )
        for one in given
    ]


def left(given):
    model.Session.expire_all()
    found = [model.Session.get(Grant, one.grant_id) for one in given]
    return [grant.max_downloads - grant.downloads for grant in found]


def events(row):
    model.Session.expire_all()
    return model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == row.case_id)).all()


def request_of(given):
    return model.Session.get(PpidRequest, given[0].request_id)


def test_each_file_has_a_link_and_the_terms_are_accepted_once(app, two, mail_sink):
    first, second = two
    assert first.path != second.path and left(two) == [5, 5]
    for one in two:
        page = app.get(one.path)
        assert one.name in page.body and "ketentuan" in page.body.lower()
        assert app.get(f"{one.path}/ketentuan.txt").status_code == 200
    assert app.post(first.path, follow_redirects=False).status_code == 422 and left(two) == [5, 5]
    where = app.post(first.path, data=ACCEPTED, follow_redirects=False).headers["Location"]
    assert app.get(where.removeprefix("http://test.ckan.net")).data != SECOND
    begun = app.post(second.path, follow_redirects=False)
    assert begun.status_code == 303, "accepted for the whole request"
    where = begun.headers["Location"].removeprefix("http://test.ckan.net")
    assert app.get(where).data == SECOND
    assert app.get(where, headers={"Range": "bytes=5-"}).data == SECOND[5:]
    assert app.flask_app.test_client().head(second.path).status_code == 200
    assert left(two) == [4, 4]
    assert events(request_of(two)).count("grant_terms_accepted") == 1
    text = app.get(f"{second.path}/ketentuan.txt").body
    assert request_of(two).number in text and "kedua.csv" in text and "sumbernya" in text
    notices.send_waiting()
    mail = next(mail for mail in mail_sink.to(EMAIL) if "/berkas/" in text_of(mail))
    assert first.path in text_of(mail) and second.path in text_of(mail)
    tracked = call_action(
        "satudata_ppid_request_track",
        number=request_of(two).number,
        tracking_code=requests.tracking_code(request_of(two)),
    )
    assert [file["name"] for file in tracked["files"]] == [one.name for one in two]
    assert tracked["files"][1]["link"].endswith(second.path) and tracked["files"][1]["downloads_left"] == 4


def test_one_of_two_links_is_ended_and_renewed_by_itself(app, two, people, page):
    first, second = two
    row, was = request_of(two), second.path
    as_ppid = {"user": people.ppid["name"]}
    ended = {"id": row.id, "file": first.file_id, "reason": "Uji", "cause": "file"}
    assert call_action("satudata_ppid_link_end", dict(as_ppid), **ended)["ended"] == 1
    assert app.get(first.path).status_code == 410 and app.get(was).status_code == 200
    desk = page(people.ppid, f"/meja/{row.case_id}").body
    assert f"berkas={second.file_id}" in desk and "kedua.csv" in desk
    with pytest.raises(tk.ValidationError):
        call_action("satudata_ppid_link_renew", dict(as_ppid), id=row.id, file=first.file_id)
    with pytest.raises(tk.ObjectNotFound):
        call_action("satudata_ppid_link_renew", dict(as_ppid), id=row.id, file="x")
    call_action("satudata_ppid_link_renew", dict(as_ppid), id=row.id)
    now = plain(row.id)
    assert [one.state for one in now] == ["ended", "alive"] and now[1].path != was
    assert model.Session.query(Grant).count() == 3


def test_a_file_that_nobody_checked_is_given_with_none(attested, give, people, monkeypatch):
    files = _second(attested)
    files[1].attested_sha256 = None
    model.Session.commit()
    monkeypatch.setattr(drafts, "files_in_force", lambda session, request: session.query(PpidHandover).all())
    with pytest.raises(Conflict):
        give(attested.case_id, "deliver", people.ppid)
    assert model.Session.query(Grant).count() == model.Session.query(PpidGiving).count() == 0


def test_a_program_sends_the_token_as_a_header_and_is_counted_the_same(app, two):
    one = two[1]
    client = app.flask_app.test_client()
    mine = {"X-Satudata-Berkas": one.path.rsplit("/", 1)[1]}
    refused = client.get("/berkas", headers=mine)
    assert refused.status_code == 428 and refused.json["error"]["terms"] and left([one]) == [5]
    accepts = {**mine, "X-Satudata-Ketentuan": "setuju"}
    assert client.head("/berkas", headers=accepts).status_code == 200 and left([one]) == [5]
    assert client.get("/berkas", headers=accepts).data == SECOND and left([one]) == [4]
    assert client.get("/berkas", headers={**mine, "Range": "bytes=9-"}).data == SECOND[9:] and left([one]) == [4]
    assert client.head("/berkas", headers=mine).status_code == 200 and left([one]) == [4]
    assert client.get("/berkas", headers=mine).data == SECOND and left([one]) == [3], "the whole file again counts"
    with freeze_time(clock.now() + timedelta(days=20)):
        gone = client.get("/berkas", headers=mine)
    assert gone.status_code == 410 and gone.json["error"]["code"] == "grant_expired"
    for headers in ({}, {"X-Satudata-Berkas": "x"}):
        assert client.get("/berkas", headers=headers).status_code == 404


def test_a_program_whose_download_another_of_its_requests_took_is_counted_once_more(app, two, monkeypatch):
    one, spend = two[1], grants.spend
    client = app.flask_app.test_client()
    headers = {"X-Satudata-Berkas": one.path.rsplit("/", 1)[1], "X-Satudata-Ketentuan": "setuju"}

    def raced(session, grant_id, **how):
        counted = spend(session, grant_id, **how)
        session.flush()
        assert grants.take(session, counted.id, start=0, length=len(SECOND), size=len(SECOND))
        monkeypatch.setattr(grants, "spend", spend)
        return counted

    monkeypatch.setattr(grants, "spend", raced)
    assert client.get("/berkas", headers=headers).data == SECOND and left([one]) == [3]
    for grant in model.Session.query(Grant):
        grant.downloads = 4
    model.Session.commit()
    monkeypatch.setattr(grants, "spend", raced)
    answer = client.get("/berkas", headers=headers)
    assert answer.status_code == 410 and answer.json["error"]["code"] == "ended" and left([one]) == [0]


def counter(row, user, body=PDF, **typed):
    scan = SimpleNamespace(filename="tanda-terima.pdf", stream=io.BytesIO(body)) if body else None
    return call_action("satudata_ppid_receipt_record", {"user": user["name"]}, id=row.id, scan=scan, **typed)


def test_at_the_counter_the_receipt_closes_the_request(attested, give, people, page, app):
    row, today = attested, clock.today().isoformat()
    too_early = (clock.today() - timedelta(days=1)).isoformat()
    with pytest.raises(tk.ValidationError):
        counter(row, people.ppid)
    paid = {"manner": "copy", "copy_form": "hard", "cost": "15000", "payment": "cash"}
    answer = give(row.case_id, "deliver", people.ppid, {"way": "counter", **paid})
    assert [letter["kind"] for letter in answer["letters"]] == ["delivery_applicant"]
    assert model.Session.query(Grant).count() == 0
    given = model.Session.get(PpidGiving, row.id)
    assert (given.way, given.form, given.cost, given.given_at) == ("counter", "hard", 15000, None)
    with freeze_time(clock.now() + timedelta(days=10)):
        assert jobs.close_delivered() == 0, "nobody has fetched it"
    for wrong in ({"body": None}, {}, *({"paid_on": day} for day in ("2999-01-01", "kemarin", too_early))):
        with pytest.raises(tk.ValidationError):
            counter(row, people.ppid, **{**paid, **wrong})
    for user in (people.pembantu, people.auditor):
        with pytest.raises(tk.NotAuthorized):
            counter(row, user, **paid, paid_on=today)
    assert "Serahkan tepat" in page(people.ppid, f"/permohonan/loket/{row.id}").body
    for wrong in ({"cost": "20000", "payment": "cash"}, {"cost": "15000", "payment": "gold"}):
        with pytest.raises(tk.ValidationError):
            counter(row, people.ppid, **wrong, paid_on=today)
    made = counter(row, people.ppid, paid_on=today)
    assert (given.form, given.cost, given.payment) == ("hard", 15000, "cash"), "as the answer said"
    model.Session.expire_all()
    row = model.Session.get(PpidRequest, row.id)
    assert row.closed_at and model.Session.get(Case, row.case_id).ended_at and made["sha256"]
    with pytest.raises(tk.ValidationError):
        counter(row, people.ppid, **paid, paid_on=today)
    receipt = f"/permohonan/loket/{row.id}/tanda-terima"
    assert page(people.ppid, receipt).data == PDF and page(people.pembantu, receipt).status_code == 404
    assert {"data_handed_over_counter", "identity_viewed"} <= set(events(row))
    proof = {"number": row.number, "tracking_code": requests.tracking_code(row)}
    app.post("/permohonan/lacak", data=proof, follow_redirects=False)
    said = app.get(f"/permohonan/lacak/{row.ref}").body
    assert "Data diserahkan di loket PPID pada" in said and "Biaya yang dibayar Rp15.000." in said


def test_what_nobody_fetches_at_the_counter_closes_with_the_time_of_a_link(attested, give, people):
    give(attested.case_id, "deliver", people.ppid, {"way": "counter", "manner": "see"})
    with freeze_time(clock.now() + timedelta(days=15)):
        assert jobs.close_delivered() == 1
