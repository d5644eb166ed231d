"""The inbox reads open steps only: a page at a time, with the same statements however much there is."""

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, process, raw_writes
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.work import inbox
from ckanext.satudata.tests.access.test_statements import statements
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")


class Office:
    def __init__(self):
        self.agency = factories.Organization()["id"]
        self.people = {role: officer(role, self.agency) for role in (Role.OPERATOR, Role.VERIFIER)}
        self.cases = []

    def actor(self, role):
        return actor_for(model.User.get(self.people[role]["id"]))

    def start(self, count=1):
        for _ in range(count):
            case = process.start(
                model.Session,
                "preparation",
                subject_type="dataset",
                subject_id=f"data {len(self.cases)}",
                organization_id=self.agency,
                actor=self.actor(Role.OPERATOR),
            )
            self.cases.append(case.id)
        model.Session.commit()

    def give(self, role, command, case_id, **payload):
        process.apply({}, case_id, command, payload, actor=self.actor(role))

    def open_steps(self, case_id):
        model.Session.expire_all()
        return model.Session.scalars(CaseStep.open_of(case_id)).all()


@pytest.fixture
def office():
    return Office()


def ask(user, **data):
    return tk.get_action("satudata_inbox")({"user": user["name"], "auth_user_obj": model.User.get(user["name"])}, data)


def test_pages_follow_one_another_and_end_with_what_others_have(office):
    office.start(5)
    for case_id in office.cases[:2]:
        office.give(Role.OPERATOR, "submit", case_id)
    pages = [ask(office.people[Role.OPERATOR], limit=2, offset=offset) for offset in (0, 2, 4)]
    seen = [row["case_id"] for page in pages for row in page["rows"]]
    assert seen == [*office.cases[2:], *office.cases[:2]]
    assert [page["more"] for page in pages] == [True, True, False]
    assert {page["count"] for page in pages} == {3}
    assert [row["group"] for row in pages[2]["rows"]] == ["waiting"]
    assert ask(office.people[Role.OPERATOR], limit=2, offset=6)["rows"] == []


def test_open_steps_know_who_worked_and_who_is_barred(office):
    office.start()
    (case_id,) = office.cases
    operator, verifier = (office.people[role]["id"] for role in (Role.OPERATOR, Role.VERIFIER))
    (step,) = office.open_steps(case_id)
    assert (step.worked, step.barred) == ([operator], [])
    office.give(Role.OPERATOR, "submit", case_id)
    assert {(step.role, tuple(step.barred)) for step in office.open_steps(case_id)} == {
        ("verifier", (operator,)),
        ("producer_head", (operator,)),
    }
    office.give(Role.VERIFIER, "approve", case_id)
    (head,) = office.open_steps(case_id)
    assert head.worked == sorted([operator, verifier]) and head.barred == head.worked
    hold(verifier, Role.PRODUCER_HEAD, office.agency)
    assert inbox.count(model.Session, office.actor(Role.VERIFIER)) == 0
    (row,) = ask(office.people[Role.VERIFIER])["rows"]
    assert (row["group"], row["commands"]) == ("waiting", [])


def test_what_was_open_before_is_marked_by_the_worker(office):
    office.start(3)
    with raw_writes.writing(model.Session, CaseStep):
        model.Session.execute(sa.update(CaseStep).values(worked=sa.null(), barred=sa.null()))
    model.Session.commit()
    assert ask(office.people[Role.OPERATOR])["count"] == 3
    inbox.mark_rest()
    (step,) = office.open_steps(office.cases[0])
    assert step.worked == [office.people[Role.OPERATOR]["id"]]
    assert inbox.mark_some(model.Session, 1) == 0


def test_several_roles_make_one_desk_each_for_its_agency_and_processes(office):
    office.start(4)
    for case_id in office.cases[:2]:
        office.give(Role.OPERATOR, "submit", case_id)
    elsewhere = Office()
    elsewhere.start()
    deputy = factories.User()
    hold(deputy["id"], Role.OPERATOR, office.agency)
    hold(deputy["id"], Role.VERIFIER, office.agency, kind="an", processes=["preparation"])
    hold(deputy["id"], Role.PRODUCER_HEAD, office.agency, kind="an", processes=["collection"])
    pages = [ask(deputy, limit=3, offset=offset) for offset in (0, 3)]
    assert [len(page["rows"]) for page in pages] == [3, 1] and {page["count"] for page in pages} == {4}
    seen = [(row["case_id"], row["role"]) for page in pages for row in page["rows"]]
    wanted = [(id_, "verifier") for id_ in office.cases[:2]] + [(id_, "operator") for id_ in office.cases[2:]]
    assert sorted(seen) == sorted(wanted)
    whole = ask(deputy, process="preparation")
    assert (len(whole["rows"]), whole["count"]) == (4, 4)
    assert ask(deputy, process="collection")["rows"] == []


def test_a_step_given_to_somebody_is_on_that_desk_alone_for_as_long_as_the_role_is_held(office):
    office.start(2)
    second = officer(Role.OPERATOR, office.agency)
    first = office.people[Role.OPERATOR]
    with raw_writes.writing(model.Session, CaseStep):
        for step in office.open_steps(office.cases[0]):
            step.assignee_id = second["id"]
    model.Session.commit()
    assert [row["case_id"] for row in ask(second)["rows"] if row["commands"]] == office.cases
    assert [(row["case_id"], row["group"] == "waiting") for row in ask(first)["rows"]] == [
        (office.cases[1], False),
        (office.cases[0], True),
    ]
    assert (ask(first)["count"], ask(second)["count"]) == (1, 2)
    assert (ask(first, limit=1)["count"], ask(second, limit=1)["count"]) == (1, 2)
    model.Session.execute(
        sa.update(OfficerRole).where(OfficerRole.user_id == second["id"]).values(ended_at=clock.now())
    )
    model.Session.commit()
    assert {row["group"] for row in ask(first)["rows"]} != {"waiting"} and ask(first)["count"] == 2
    with pytest.raises(tk.NotAuthorized):
        ask(second)


def test_roles_are_asked_once_and_what_the_page_holds_is_not_counted_again(office):
    office.start(3)
    user = office.people[Role.OPERATOR]
    counted = []
    for limit in (25, 2):
        ask(user, limit=limit)
        with statements() as sent:
            assert ask(user, limit=limit)["count"] == 3
        assert len([one for one in sent if one.startswith("SELECT satudata_officer_role.role")]) == 1
        counted.append(len([one for one in sent if "count(*)" in one]))
    assert counted == [0, 1]


def test_more_cases_ask_no_more_statements(office):
    auditor = officer(Role.AUDITOR)
    office.start(3)
    counted = []
    for _round in range(2):
        for case_id in office.cases[-2:]:
            office.give(Role.OPERATOR, "submit", case_id)
        for user in (*office.people.values(), auditor):
            ask(user)
            with statements() as sent:
                ask(user)
            counted.append(len(sent))
        office.start(12)
    assert counted[:3] == counted[3:] and max(counted) < 10, counted
