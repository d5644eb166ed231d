"""Written orders on a real database: down the chain, bound to person and day, back up as reports, on paper."""

from __future__ import annotations

import io
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.sop.test_walks import governed  # noqa: F401  (a fixture)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ORDER = "Publikasikan data rilis triwulan II, dahulukan Instagram."


class Office:
    """An agency with the whole chain, and a second operator."""

    def __init__(self):
        self.agency = factories.Organization()["id"]
        self.head, self.verifier, self.operator, self.second = (
            officer(role, self.agency) for role in (Role.PRODUCER_HEAD, Role.VERIFIER, Role.OPERATOR, Role.OPERATOR)
        )

    def start(self, **data):
        made = call("satudata_case_start", self.head, process="channel_post", organization_id=self.agency,
                    title="Rilis triwulan", **data)  # fmt: skip
        return made["id"]


@pytest.fixture
def office():
    return Office()


@pytest.fixture
def case_id(office):
    return office.start()


def call(action, user, /, **data):
    return helpers.call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def order(case_id, user, **data):
    return call("satudata_case_command", user, id=case_id, command="record", **{"note": ORDER, **data})


def shown(case_id, user):
    return call("satudata_case_show", user, id=case_id)


def paper(name="surat.csv"):
    return FileStorage(io.BytesIO(b"nama,jumlah\nA,1\n"), filename=name)


def commands(case_id, user):
    return [item["command"] for item in shown(case_id, user)["commands"]]


def test_the_chain_goes_down_as_the_file_says_and_stands_on_the_case(office, case_id):
    order(case_id, office.head)
    order(case_id, office.verifier, note="Siapkan unggahan.", to_user=office.operator["name"])
    first, second = shown(case_id, office.operator)["dispositions"]
    assert (first["from_role"], first["to_role"], first["to"]) == ("producer_head", "verifier", None)
    assert (second["from"], second["to"]) == (office.verifier["name"], office.operator["name"])
    assert (first["instruction"], second["instruction"]) == (ORDER, "Siapkan unggahan.")
    events = [entry["event"] for entry in shown(case_id, office.head)["journal"]]
    assert events.count("disposition_given") == 2 and list(journal_seals.verify(model.Session)) == []


def test_an_acting_head_orders_as_such(office, case_id):
    acting = officer(Role.PRODUCER_HEAD, office.agency, kind="plh", user={"fullname": "Ani Contoh"})
    order(case_id, acting)
    (given,) = shown(case_id, office.verifier)["dispositions"]
    assert given["from_title"] == "Plh. Ani Contoh"


def test_an_order_needs_its_instruction(office, case_id):
    with pytest.raises(tk.ValidationError) as refused:
        order(case_id, office.head, note=" ")
    assert "note" in refused.value.error_dict


def test_who_is_named_alone_has_the_step_and_is_told(office, case_id):
    order(case_id, office.head)
    order(case_id, office.verifier, to_user=office.operator["name"])
    assert "return_" in commands(case_id, office.operator) and commands(case_id, office.second) == []
    with pytest.raises(tk.NotAuthorized, match="diberikan|given"):
        call("satudata_case_command", office.second, id=case_id, command="return_", note="x")
    desk = call("satudata_inbox", office.second)
    assert (desk["count"], desk["rows"]) == (0, [])
    (row,) = call("satudata_inbox", office.operator)["rows"]
    assert row["disposition"]["instruction"] == ORDER and row["given_to"]
    told = [row.to_user for row in notices.waiting() if row.kind == "step_opened" and row.to_user]
    assert told == [office.operator["id"]]


def test_who_left_loses_the_step_to_the_others_and_keeps_the_name(office, case_id):
    order(case_id, office.head)
    order(case_id, office.verifier, to_user=office.operator["name"])
    role = model.Session.query(OfficerRole).filter_by(user_id=office.operator["id"]).one()
    role.ended_at = clock.now()
    model.Session.commit()
    assert "return_" in commands(case_id, office.second)
    assert call("satudata_inbox", office.second)["count"] == 1
    assert shown(case_id, office.head)["dispositions"][1]["to"] == office.operator["name"]
    with pytest.raises(tk.NotAuthorized):
        call("satudata_inbox", office.operator)


def test_nobody_is_ordered_who_does_not_hold_the_role(office, case_id):
    for person in (office.second["name"], "tidak-ada"):
        with pytest.raises(tk.ValidationError) as refused:
            order(case_id, office.head, to_user=person)
        assert "to_user" in refused.value.error_dict
    assert shown(case_id, office.head)["dispositions"] == []


def test_an_order_shortens_the_time_and_never_lengthens_it(office, case_id):
    order(case_id, office.head)
    for on in ((clock.today() + timedelta(days=90)).isoformat(), "2020-01-01", "besok"):
        with pytest.raises(tk.ValidationError) as refused:
            order(case_id, office.verifier, order_due_on=on)
        assert "order_due_on" in refused.value.error_dict
    today = clock.today().isoformat()
    order(case_id, office.verifier, order_due_on=today)
    step = shown(case_id, office.operator)["open_steps"][0]
    assert step["due_on"] == today
    row = model.Session.get(CaseStep, step["id"])
    assert row.ordered_until_on == clock.today()


def test_attachments_lie_in_the_vault_for_the_officers_of_the_process(app, office, case_id):
    order(case_id, office.head, attachment_1=paper(), attachment_2=paper("lampiran.csv"))
    (given,) = shown(case_id, office.verifier)["dispositions"]
    assert [one["file"]["filename"] for one in given["attachments"]] == ["surat.csv", "lampiran.csv"]
    url = given["attachments"][0]["file"]["url"]
    headers = {"Authorization": office.operator["token"]}
    assert app.get(url, headers=headers).body.startswith("nama,jumlah")
    stranger = officer(Role.OPERATOR, factories.Organization()["id"])
    app.get(url, headers={"Authorization": stranger["token"]}, status=404)
    with pytest.raises(tk.ValidationError):
        order(case_id, office.verifier, **{f"attachment_{number}": paper() for number in range(1, 7)})


def test_a_repeated_key_gives_one_order(office, case_id):
    first = order(case_id, office.head, key="k")
    assert order(case_id, office.head, key="k") == first
    assert len(shown(case_id, office.head)["dispositions"]) == 1


def test_the_report_goes_back_up_once(office, case_id):
    order(case_id, office.head)
    order(case_id, office.verifier, to_user=office.operator["name"])
    mine = shown(case_id, office.operator)["dispositions"][1]
    assert mine["may_report"] and not shown(case_id, office.second)["dispositions"][1]["may_report"]
    with pytest.raises(tk.NotAuthorized):
        call("satudata_disposition_report", office.second, id=mine["id"], report="Sudah.")
    with pytest.raises(tk.ValidationError):
        call("satudata_disposition_report", office.operator, id=mine["id"], report=" ")
    asked = {"id": mine["id"], "report": "Sudah diunggah.", "key": "r"}
    first = call("satudata_disposition_report", office.operator, **asked)
    assert call("satudata_disposition_report", office.operator, **asked) == first
    with pytest.raises(tk.ValidationError):
        call("satudata_disposition_report", office.operator, id=mine["id"], report="Lagi.")
    told = shown(case_id, office.verifier)["dispositions"][1]
    assert (told["report"], told["reported_by"]) == ("Sudah diunggah.", office.operator["name"])
    mails = model.Session.query(Outbox).filter_by(kind="disposition_reported").all()
    assert [mail.to_user for mail in mails] == [office.verifier["id"]]
    assert list(journal_seals.verify(model.Session)) == []


def test_a_returned_step_comes_back_to_whom_it_was_given(office, case_id):
    order(case_id, office.head, to_user=office.verifier["name"])
    hold((other := officer(Role.VERIFIER, office.agency))["id"], Role.VERIFIER, office.agency, ended_at=clock.now())
    call("satudata_case_command", office.verifier, id=case_id, command="return_", note="Kurang jelas.")
    order(case_id, office.head, note="Lebih jelas.", to_user=other["name"])
    order(case_id, other)
    call("satudata_case_command", office.operator, id=case_id, command="return_", note="Kurang jelas.")
    assert commands(case_id, office.verifier) == [] and "record" in commands(case_id, other)


def test_a_disposition_begins_a_post_where_the_file_says_so(governed, office):  # noqa: F811
    governed("jember")
    with pytest.raises(tk.ValidationError) as refused:
        office.start()
    assert "note" in refused.value.error_dict
    case_id = office.start(note=ORDER, to_user=office.second["name"], attachment_1=paper(), key="a")
    assert office.start(note=ORDER, key="a") == case_id
    with pytest.raises(tk.ValidationError, match="key"):
        call("satudata_case_start", office.head, process="channel_post", organization_id=office.agency,
             title="Lain", note=ORDER, key="a")  # fmt: skip
    (given,) = shown(case_id, office.second)["dispositions"]
    assert (given["instruction"], given["to"], len(given["attachments"])) == (ORDER, office.second["name"], 1)
    assert "withdraw" in commands(case_id, office.second) and commands(case_id, office.operator) == []
    assert [row.to_user for row in notices.waiting() if row.kind == "step_opened"] == [office.second["id"]]
    # Who does the step himself begins it without an order.
    own = call("satudata_case_start", office.operator, process="channel_post", organization_id=office.agency, title="x")
    assert shown(own["id"], office.operator)["dispositions"] == []


def test_the_sheet_is_for_those_of_the_case(app, office, case_id):
    order(case_id, office.head, attachment_1=paper())
    (given,) = shown(case_id, office.verifier)["dispositions"]
    url = f"/meja/{case_id}/disposisi/{given['id']}/lembar.pdf"
    answer = app.get(url, headers={"Authorization": office.verifier["token"]})
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "private, no-store"
    stranger = officer(Role.OPERATOR, factories.Organization()["id"])
    for who in ({}, {"Authorization": stranger["token"]}):
        app.get(url, headers=who, status=404)
    app.get(f"/meja/{case_id}/disposisi/lain/lembar.pdf", headers={"Authorization": office.head["token"]}, status=404)


def test_the_desk_and_the_case_show_the_order_and_take_the_report(app, office, case_id):
    order(case_id, office.head, to_user=office.verifier["name"])
    own = {"Authorization": office.verifier["token"]}
    assert ORDER in app.get("/meja", headers=own).body
    page = app.get(f"/meja/{case_id}", headers=own)
    assert ORDER in page.body and "Lembar Disposisi" in page.body and "attachments" in page.body
    (given,) = shown(case_id, office.verifier)["dispositions"]
    address = f"/meja/{case_id}/disposisi/{given['id']}"
    assert app.post(address, headers=own, data={"report": ""}, status=422)
    app.post(address, headers=own, data={"report": "Beres.", "key": "a"}, follow_redirects=False, status=302)
    assert "Beres." in app.get(f"/meja/{case_id}", headers={"Authorization": office.head["token"]}).body


def test_the_form_gives_the_order_with_its_files(app, office, case_id):
    step = shown(case_id, office.head)["open_steps"][0]["id"]
    sent = {"note": ORDER, "to_user": office.verifier["id"], "order_due_on": "", "step_id": step}
    sent["attachments"] = [(io.BytesIO(b"nama\nA\n"), "a.csv"), (io.BytesIO(b"nama\nB\n"), "b.csv")]
    headers = {"Authorization": office.head["token"]}
    app.post(f"/meja/{case_id}/record", headers=headers, data=sent, follow_redirects=False, status=302,
             content_type="multipart/form-data")  # fmt: skip
    (given,) = shown(case_id, office.verifier)["dispositions"]
    assert given["to"] == office.verifier["name"] and len(given["attachments"]) == 2


def test_the_form_that_begins_a_post_asks_for_the_order(app, governed, office):  # noqa: F811
    governed("jember")
    headers = {"Authorization": office.head["token"]}
    page = app.get("/meja/baru", headers=headers).body
    assert 'name="order_due_on"' in page and office.second["fullname"] in page
    sent = {"process": "channel_post", "title": "Rilis", "organization_id": office.agency, "key": "a"}
    assert app.post("/meja/baru", headers=headers, data=sent, status=422)
    app.post("/meja/baru", headers=headers, data={**sent, "note": ORDER}, follow_redirects=False, status=302)
    assert 'name="order_due_on"' not in app.get("/meja/baru", headers={"Authorization": office.operator["token"]}).body
