"""Steps given to a person, vacant roles told of before a case is stuck, stand-ins: on a real database."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices, process
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.care import doctor, journal_seals
from ckanext.satudata.shared.orders import vacancies
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.sop.test_walks import governed  # noqa: F401  (a fixture)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")


def call(action, user, /, **data):
    return helpers.call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def begin(agency, user):
    actor = actor_for(model.User.get(user["id"]))
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d", organization_id=agency, actor=actor
    )
    model.Session.commit()
    return case.id


def give(case_id, user, command, **data):
    return call("satudata_case_command", user, id=case_id, command=command, **data)


def step_of(case_id):
    return model.Session.scalars(CaseStep.open_of(case_id)).first()


def end(user, role):
    row = model.Session.query(OfficerRole).filter_by(user_id=user["id"], role=role.value).one()
    row.ended_at = clock.now()
    model.Session.commit()


def told():
    return [row for row in notices.waiting() if row.kind == vacancies.KIND]


class Office:
    def __init__(self):
        self.agency = factories.Organization()["id"]
        self.operator, self.verifier, self.second, self.head = (
            officer(role, self.agency) for role in (Role.OPERATOR, Role.VERIFIER, Role.VERIFIER, Role.PRODUCER_HEAD)
        )
        self.walidata = officer(Role.WALIDATA)
        self.case_id = begin(self.agency, self.operator)


@pytest.fixture
def office():
    return Office()


def reassign(office, by, user, **data):
    step = next(s for s in model.Session.scalars(CaseStep.open_of(office.case_id)) if s.role == "verifier")
    name = user["name"] if user else ""
    return call("satudata_case_reassign", by, id=office.case_id, step_id=step.id, user=name, **data)


def test_a_step_is_given_by_who_may_to_who_can(office):
    give(office.case_id, office.operator, "submit")
    for by in (office.operator, office.verifier, factories.Sysadmin()):
        with pytest.raises(tk.NotAuthorized):
            reassign(office, by, office.second)
    for whom in (office.operator, office.head):
        with pytest.raises(tk.ValidationError):
            reassign(office, office.head, whom)
    first = reassign(office, office.head, office.second, note="Cuti.", key="k")
    assert reassign(office, office.head, office.second, note="Cuti.", key="k") == first
    assert [row.to_user for row in notices.waiting() if row.kind == "step_given"] == [office.second["id"]]
    with pytest.raises(tk.NotAuthorized):
        give(office.case_id, office.verifier, "approve")
    assert call("satudata_inbox", office.verifier)["count"] == 0
    assert call("satudata_inbox", office.second)["count"] == 1
    reassign(office, office.walidata, None)
    give(office.case_id, office.verifier, "approve")
    events = [entry["event"] for entry in call("satudata_case_show", office.head, id=office.case_id)["journal"]]
    assert events == ["started", "submitted", "step_given", "step_given", "approved"]
    assert list(journal_seals.verify(model.Session)) == []


def test_a_step_that_is_done_is_given_to_nobody(office):
    step = step_of(office.case_id).id
    give(office.case_id, office.operator, "submit")
    with pytest.raises(tk.ValidationError) as refused:
        call("satudata_case_reassign", office.head, id=office.case_id, step_id=step, user=office.operator["name"])
    assert "conflict" in refused.value.error_dict


def test_who_may_not_know_of_the_case_learns_nothing(office):
    stranger = officer(Role.PRODUCER_HEAD, factories.Organization()["id"])
    with pytest.raises(tk.ObjectNotFound):
        call("satudata_case_reassign", stranger, id=office.case_id, step_id=step_of(office.case_id).id, user="")


def test_a_vacant_role_is_found_as_soon_as_a_case_begins_and_told_once():
    agency, walidata = factories.Organization()["id"], officer(Role.WALIDATA)
    operator, head = officer(Role.OPERATOR, agency), officer(Role.PRODUCER_HEAD, agency)
    assert vacancies.find(model.Session) == []
    case_id = begin(agency, operator)
    (gap,) = call("satudata_vacancy_list", walidata)
    assert (gap["role"], gap["organization_id"], gap["now"], gap["later"]) == ("verifier", agency, 0, 1)
    (shown,) = call("satudata_case_show", operator, id=case_id)["vacancies"]
    assert (shown["no"], shown["role"], shown["is_open"]) == ("8", "verifier", False)
    for _ in range(2):
        vacancies.look()
    assert len(told()) == 1
    give(case_id, operator, "submit")
    assert [(gap.role, gap.now) for gap in vacancies.find(model.Session)] == [(Role.VERIFIER, 1)]
    (problem,) = [one for one in doctor.examine() if one.check == "vacancies"]
    assert problem.danger and "{names}" in problem.what
    verifier = officer(Role.VERIFIER, agency, kind="plt")
    assert vacancies.find(model.Session) == []
    vacancies.look()
    end(verifier, Role.VERIFIER)
    vacancies.look()
    assert len(told()) == 2
    with pytest.raises(tk.NotAuthorized):
        call("satudata_vacancy_list", head)


def test_walidata_is_told_once_there_is_one():
    agency = factories.Organization()["id"]
    begin(agency, officer(Role.OPERATOR, agency))
    vacancies.look()
    assert told() == []
    officer(Role.WALIDATA)
    vacancies.look()
    assert len(told()) == 1 and {gap["role"] for gap in told()[0].params["gaps"]} == {"producer_head", "verifier"}


def test_a_step_that_four_eyes_leave_to_nobody_is_found_with_its_case(office):
    end(office.second, Role.VERIFIER)
    hold(office.operator["id"], Role.VERIFIER, office.agency)
    end(office.verifier, Role.VERIFIER)
    give(office.case_id, office.operator, "submit")
    (gap,) = vacancies.find(model.Session)
    assert (gap.role, gap.case_id, gap.now) == (Role.VERIFIER, office.case_id, 1)
    shown = call("satudata_case_show", office.head, id=office.case_id)["vacancies"]
    assert [(one["role"], one["barred"]) for one in shown] == [("verifier", True)]


def test_one_officer_who_would_check_himself_is_found_before_he_has_worked(office):
    assert vacancies.find(model.Session) == []
    for user in (office.verifier, office.second):
        end(user, Role.VERIFIER)
    hold(office.operator["id"], Role.VERIFIER, office.agency)
    (gap,) = vacancies.find(model.Session)
    assert (gap.role, gap.now, gap.later) == (Role.VERIFIER, 0, 1)
    officer(Role.OPERATOR, office.agency)
    assert vacancies.find(model.Session) == []


def test_the_mail_names_role_and_agency_and_no_case(office):
    end(office.verifier, Role.VERIFIER)
    end(office.second, Role.VERIFIER)
    vacancies.look()
    row = told()[0]
    subject, body = notices._mails[row.kind](row.params)
    title = model.Group.get(office.agency).title
    assert title in body and "/admin/satudata" in body and subject and office.case_id not in body


def test_an_agency_of_one_officer_gets_its_stand_in_and_never_the_same_person(governed):  # noqa: F811
    governed("default")
    agency, walidata, other = factories.Organization()["id"], officer(Role.WALIDATA), officer(Role.WALIDATA)
    alone = officer(Role.OPERATOR, agency)
    for role in (Role.VERIFIER, Role.PRODUCER_HEAD):
        hold(alone["id"], role, agency)
    case_id = begin(agency, alone)
    give(case_id, alone, "submit")
    step = step_of(case_id)
    assert (step.role, step.organization_id, step.stands_for) == ("walidata", None, "verifier")
    with pytest.raises(tk.NotAuthorized):
        give(case_id, alone, "approve")
    assert [row.to_role for row in notices.waiting() if row.kind == "step_opened"] == ["walidata"]
    give(case_id, walidata, "approve")
    assert step_of(case_id).stands_for == "producer_head"
    with pytest.raises(tk.NotAuthorized):
        give(case_id, walidata, "approve")
    give(case_id, other, "approve")
    give(case_id, walidata, "publish")
    shown = call("satudata_case_show", walidata, id=case_id)
    assert [step["stands_for"] is not None for step in shown["steps"]] == [False, True, True, False]
    assert [entry["event"] for entry in shown["journal"]].count("stand_in_named") == 2
    assert list(journal_seals.verify(model.Session)) == []


def test_the_step_goes_back_once_the_agency_has_somebody(governed):  # noqa: F811
    governed("default")
    agency = factories.Organization()["id"]
    officer(Role.WALIDATA)
    alone = officer(Role.OPERATOR, agency)
    case_id = begin(agency, alone)
    give(case_id, alone, "submit")
    assert step_of(case_id).role == "walidata"
    verifier = officer(Role.VERIFIER, agency)
    vacancies.look()
    model.Session.expire_all()
    step = step_of(case_id)
    assert (step.role, step.organization_id, step.stands_for) == ("verifier", agency, None)
    give(case_id, verifier, "approve")


def test_the_parent_agency_stands_in_where_the_file_names_it(governed, tmp_path):  # noqa: F811
    folder = tmp_path / "sop"
    folder.mkdir()
    text = (sops.OURS / "default" / "preparation.yaml").read_text(encoding="utf-8")
    (folder / "preparation.yaml").write_text(text.replace("stand_in: walidata", "stand_in: parent_agency"))
    governed(str(folder))
    parent, agency = factories.Organization()["id"], factories.Organization()["id"]
    child = model.Group.get(agency)
    model.Session.add(model.Member(group=child, table_id=parent, table_name="group", capacity="parent"))
    model.Session.commit()
    alone, above = officer(Role.OPERATOR, agency), officer(Role.VERIFIER, parent)
    case_id = begin(agency, alone)
    give(case_id, alone, "submit")
    step = step_of(case_id)
    assert (step.role, step.organization_id, step.stands_for) == ("verifier", parent, "verifier")
    give(case_id, above, "approve")
    told = model.Session.query(Outbox).filter_by(kind="step_opened", organization_id=parent)
    assert [row.to_role for row in told.order_by(Outbox.created_at)] == ["verifier", "producer_head"]


def test_the_screens_list_what_is_vacant_and_give_a_step(app, office):
    give(office.case_id, office.operator, "submit")
    headers = {"Authorization": office.head["token"]}
    page = app.get(f"/meja/{office.case_id}", headers=headers).body
    assert 'id="alihkan"' in page
    step = next(s for s in model.Session.scalars(CaseStep.open_of(office.case_id)) if s.role == "verifier")
    sent = {"step_id": step.id, "user": office.second["id"], "note": "", "key": "a"}
    app.post(f"/meja/{office.case_id}/alihkan", headers=headers, data=sent, follow_redirects=False, status=302)
    assert office.second["fullname"] in app.get(f"/meja/{office.case_id}", headers=headers).body
    app.post(f"/meja/{office.case_id}/alihkan", headers=headers, data={**sent, "key": "b"}, status=422)
    end(office.head, Role.PRODUCER_HEAD)
    own = {"Authorization": office.walidata["token"]}
    agency = model.Group.get(office.agency).title
    for address in ("/admin/satudata", "/admin/satudata/jabatan-kosong.csv"):
        assert agency in app.get(address, headers=own).body
    app.get("/admin/satudata/jabatan-kosong.csv", headers={"Authorization": office.verifier["token"]}, status=404)
