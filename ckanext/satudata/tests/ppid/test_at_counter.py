"""What the applicant brings to the counter, sends by letter or says by telephone: PPID records it in his name."""

import io

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, clocks, completing, jobs, requests, standing
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.ppid.conftest import upload
from ckanext.satudata.tests.ppid.test_statutory_way import MONDAY, fresh, here

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

SCAN = b"%PDF-1.7\nsurat\n%%EOF\n"
CAME = {"channel": "counter", "received_at": "2026-03-04", "note": "Pemohon datang sendiri ke meja layanan."}
PURPOSE = {"purpose": "Penelitian tesis tentang layanan kesehatan"}


@pytest.fixture
def lacking(asked, row_of, give, people, freezer):
    """A request of Monday 2 March that was found incomplete the same day; it is Thursday now."""
    freezer.move_to(MONDAY)
    row = row_of(asked())
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose", "identity"]})
    freezer.move_to("2026-03-05 02:00:00")
    return fresh(row)


def entries(row, event):
    return model.Session.scalars(sa.select(Journal).where(Journal.case_id == row.case_id, Journal.event == event)).all()


def test_what_was_missing_is_recorded_at_the_counter_with_its_day_and_evidence(lacking, give, people):
    sent = {**CAME, **PURPOSE, "address": "Jalan Canary 9", "identity": upload(SCAN, "ktp.pdf")}
    give(lacking.case_id, "repair", people.ppid, {**sent, "evidence": upload(SCAN, "formulir.pdf")})
    row = fresh(lacking)
    assert row.purpose == PURPOSE["purpose"] and requests.person_of(row)["address"] == "Jalan Canary 9"
    assert here(row) == [("5a", "ppid"), ("7", "ppid")]
    kinds = {file.kind for file in model.Session.scalars(ApplicantFile.of_request(row.id))}
    assert kinds == {"identity", "evidence"}
    (pause,) = clocks.of(model.Session, row).pauses
    assert requests.local_date(pause.to).isoformat() == "2026-03-04", "the time runs from the day it came"
    (entry,) = entries(row, "taken_at_counter")
    assert entry.actor_name == people.ppid["name"] and entry.payload["received_at"].startswith("2026-03-04")
    assert "Canary" not in str([one.payload for one in model.Session.scalars(sa.select(Journal))])
    told = standing.for_applicant(model.Session, row)["timeline"]
    assert "recorded" in told[-1]["title"] and "You sent" not in told[-1]["title"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_at": "2026-03-06"}, "received_at"),
        ({"received_at": "2026-03-01"}, "received_at"),
        ({"received_at": ""}, "received_at"),
        ({"channel": ""}, "channel"),
        ({"channel": "online"}, "channel"),
        ({"channel": "letter"}, "evidence"),
        ({"note": ""}, "note"),
    ],
)
@pytest.mark.parametrize("command", ["repair", "withdraw"])
def test_what_an_officer_records_says_how_and_when_it_came_and_stands_on_evidence(
    lacking, give, people, command, changes, field
):
    with pytest.raises(Invalid) as refused:
        give(lacking.case_id, command, people.ppid, {**CAME, **PURPOSE, **changes})
    assert field in {one.field for one in getattr(refused.value, "errors", [refused.value])}
    row = fresh(lacking)
    assert here(row) == [("5b", "applicant")] and row.closed_at is None
    assert not model.Session.scalars(ApplicantFile.of_request(row.id)).all()


def test_a_withdrawal_by_letter_is_recorded_with_its_scan(lacking, give, people):
    sent = {**CAME, "channel": "letter", "note": "", "evidence": upload(SCAN, "surat.pdf")}
    give(lacking.case_id, "withdraw", people.ppid, sent)
    row = fresh(lacking)
    assert row.decision == "withdrawn" and requests.local_date(row.closed_at).isoformat() == "2026-03-04"
    assert entries(row, "taken_by_letter") and not here(row)
    (scan,) = model.Session.scalars(ApplicantFile.of_request(row.id))
    assert scan.kind == "evidence"


def test_it_is_the_office_that_records_and_the_applicant_needs_no_evidence(lacking, give, people):
    for one in (people.pembantu, people.auditor):
        for command in ("repair", "withdraw"):
            with pytest.raises((NotAllowed, NotThere)):
                give(lacking.case_id, command, one, {**CAME, **PURPOSE})
    files = applicant_files.received({"identity": upload(SCAN, "ktp.pdf")}, applicant_files.APPLICANTS, "")
    completing.send_repair(lacking, {**PURPOSE, "received_at": "2026-03-03", "channel": "counter"}, files)
    assert not entries(lacking, "taken_at_counter")
    (pause,) = clocks.of(model.Session, fresh(lacking)).pauses
    assert requests.local_date(pause.to).isoformat() == "2026-03-05", "he does not choose his day"


def test_what_was_recorded_in_time_is_not_closed_as_incomplete(lacking, give, people, freezer):
    give(lacking.case_id, "repair", people.ppid, {**CAME, **PURPOSE})
    freezer.move_to("2026-03-09 02:00:00")
    assert jobs.lapse_unrepaired() == 0 and model.Session.get(PpidRequest, lacking.id).closed_at is None


def test_the_case_page_offers_it_to_ppid(asked, row_of, give, page, people):
    lacking = row_of(asked())
    give(lacking.case_id, "incomplete", people.ppid, {"missing": ["purpose", "identity"]})
    shown = page(people.ppid, f"/en/meja/{lacking.case_id}").body
    for words in ("Record what the applicant brought", "Record that the applicant withdraws"):
        assert words in shown
    assert 'name="received_at"' in shown and 'name="evidence"' in shown
    sent = {
        **CAME,
        **PURPOSE,
        "received_at": clock.today().isoformat(),
        "evidence": (io.BytesIO(SCAN), "surat.pdf"),
        "key": "k1",
    }
    answer = page(people.ppid, f"/meja/{lacking.case_id}/repair", sent)
    assert answer.status_code == 302, answer.body
    assert [file.kind for file in model.Session.scalars(ApplicantFile.of_request(lacking.id))] == ["evidence"]
