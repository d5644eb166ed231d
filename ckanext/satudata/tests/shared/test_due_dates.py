"""Open due times follow the calendar, say how they came about, and finished steps stay as they were."""

from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.holiday import Holiday
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import clock, process
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")

OPERATOR = Actor("o", "o", (Held(Role.OPERATOR, "dinas"),))


@pytest.fixture
def case_id():
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    process.apply({}, case.id, "submit", actor=OPERATOR)
    return case.id


def steps(case_id):
    model.Session.expire_all()
    return list(model.Session.scalars(CaseStep.of([case_id])))


def as_walidata(action, **data):
    user = officer("walidata")
    return tk.get_action(action)({"user": user["name"], "auth_user_obj": model.User.get(user["id"])}, data)


def first_working_day_ahead():
    on, calendar = clock.today() + timedelta(days=1), clock.calendar()
    while not calendar.is_working_day(on):
        on += timedelta(days=1)
    return on


def test_a_day_off_moves_what_is_open_and_taking_it_back_moves_it_back(case_id):
    before = {step.id: step.due_on for step in steps(case_id)}
    on = first_working_day_ahead()
    answer = as_walidata("satudata_holiday_add", on=on.isoformat(), name="Hari jadi kota", decree="188/1/2026")
    after = {step.id: step.due_on for step in steps(case_id)}
    open_ids = {step.id for step in steps(case_id) if step.done_at is None}
    assert answer["moved"] == len(open_ids) == 2
    assert {key for key in before if before[key] != after[key]} == open_ids
    assert all(after[key] > before[key] for key in open_ids)
    events = model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == case_id)).all()
    assert events.count("due_moved") == 2
    assert as_walidata("satudata_holiday_remove", on=on.isoformat(), decree="188/2/2026")["moved"] == 2
    assert {step.id: step.due_on for step in steps(case_id)} == before


def test_the_case_names_the_holiday_on_the_way(case_id):
    model.Session.add(Holiday(on=first_working_day_ahead(), name="Hari jadi kota", kind="local", source="1"))
    model.Session.commit()
    auditor = officer("auditor")
    context = {"user": auditor["name"], "auth_user_obj": model.User.get(auditor["id"])}
    shown = tk.get_action("satudata_case_show")(context, {"id": case_id})
    told = [step["due_explanation"] for step in shown["steps"]]
    assert told[0] == "" and all("Hari jadi kota" in text for text in told[1:])
