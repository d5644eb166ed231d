"""The slip to take along: number, days, code; for the browser that sent the request and the officer who entered it."""

import io

import ckan.model as model
import pypdf
import pytest

from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, requests
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.tests.ppid.conftest import ASKED

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "no_limits")


def text_of(answer):
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)


def test_who_asks_with_a_telephone_number_prints_number_days_and_code(app):
    client = app.flask_app.test_client()
    sent = client.post("/permohonan/baru", data={**ASKED, "email": "", "key": "k"})
    row = model.Session.query(PpidRequest).one()
    path = f"/permohonan/lacak/{row.ref}/tanda-terima.pdf"
    assert path in client.get(sent.headers["Location"]).get_data(as_text=True)
    letters = model.Session.query(Letter).count()
    told = text_of(client.get(path))
    with wording.speaking("id"):
        due = wording.day(clocks.due(row).due_on, weekday=True)
    for words in (row.number, requests.tracking_code(row), due, "Slip Permohonan Data"):
        assert words in told
    assert "Canary" not in told and model.Session.query(Letter).count() == letters, "kept nowhere"
    assert "Slip of a request" in text_of(client.get(f"/en{path}"))
    stranger = app.flask_app.test_client().get(path)
    assert stranger.status_code != 200 or b"%PDF" not in stranger.data
    proven = app.flask_app.test_client()
    proven.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    assert proven.get(path).status_code in (302, 303), "the code is shown to the browser that sent it only"
    assert requests.tracking_code(row) not in str([one.payload for one in model.Session.query(Journal)])


def test_the_officers_slip_is_for_the_browser_that_has_just_entered_the_request(people, page):
    typed = {**ASKED, "channel": "counter", "received_at": clock.today().isoformat(), "key": "k"}
    assert page(people.ppid, "/meja/permohonan/baru", typed).status_code == 302
    row = model.Session.query(PpidRequest).one()
    path = f"/meja/permohonan/{row.ref}/tanda-terima.pdf"
    assert page(people.ppid, path).status_code == 200
    assert page(people.pembantu, path).status_code == 404


def test_ppid_makes_the_slip_anew_for_who_lost_the_code_and_the_journal_has_it(asked, row_of, people, page):
    row = row_of(asked())
    path = f"/meja/permohonan/{row.ref}/tanda-terima"
    code = requests.tracking_code(row)
    assert path in page(people.ppid, f"/meja/{row.case_id}").get_data(as_text=True)
    assert page(people.ppid, path).status_code == page(people.ppid, f"{path}.pdf").status_code == 404
    for other in (people.pembantu, people.auditor):
        assert page(other, path, {}).status_code == 404
    assert page(people.ppid, path, {}).status_code == 303
    assert code in page(people.ppid, path).get_data(as_text=True) and code in text_of(page(people.ppid, f"{path}.pdf"))
    entries = model.Session.query(Journal).filter(Journal.event == "slip_made_anew").all()
    assert [entry.actor_id for entry in entries] == [people.ppid["id"]] and entries[0].chain == row.case_id
    assert code not in str([entry.payload for entry in entries])
