"""The clock as others see it: the open action, and the sentence beside every due time."""

import json
import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers

from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.shared import process
from ckanext.satudata.shared.calendar import holidays
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

START = "2026-03-16T10:00:00+07:00"
ASK = "/api/3/action/satudata_due_date_show"


@pytest.fixture
def decreed():
    holidays.seed(model.Session, [2026])
    model.Session.commit()


def test_anybody_may_ask_by_get_and_by_post_in_both_languages(app, decreed):
    pause = {"from": "2026-03-25T09:00:00+07:00", "to": "2026-03-27T09:00:00+07:00"}
    asked = {"start": START, "count": 3, "unit": "working_days", "pauses": [pause]}
    posted = app.post(ASK, json=asked).json["result"]
    assert app.get(ASK, query_string={**asked, "pauses": json.dumps([pause])}).json["result"] == posted
    assert posted["due_on"] == "2026-03-27" and posted["due_at"] == "2026-03-27T23:59:59+07:00"
    counted = [day["date"] for day in posted["days"] if day["counted"]]
    assert counted == ["2026-03-17", "2026-03-25", "2026-03-27"]
    assert re.match(
        r"3 hari kerja sejak Senin 16 Maret; libur: 18–24 Maret \(.*Nyepi.*\); jeda: 26 Maret; "
        r"jatuh Jumat 27 Maret 2026$",
        posted["explanation"],
    )
    english = app.post(f"/en{ASK}", json=asked).json["result"]
    assert english["explanation"].startswith("3 working days from Monday 16 March; days off: 18–24 March")


def test_minutes_run_in_magetans_service_hours(app):
    """Friday 11.15: a quarter of an hour before the break, half an hour after it, the rest on Monday."""
    asked = {"start": "2026-06-05T11:15:00+07:00", "count": 60, "unit": "working_minutes"}
    told = app.post(ASK, json=asked).json["result"]
    assert told["due_at"] == "2026-06-08T08:15:00+07:00" and told["due_on"] == "2026-06-08"
    assert [(day["date"][-2:], day["counted"]) for day in told["days"]] == [
        ("05", True),
        ("06", False),
        ("07", False),
        ("08", True),
    ]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"count": 1}, "start"),
        ({"start": START}, "count"),
        ({"start": START, "count": 2001}, "count"),
        ({"start": START, "count": 10**30}, "count"),
        ({"start": START, "count": True}, "count"),
        ({"start": START, "count": 1.5}, "count"),
        ({"start": START, "count": 1, "unit": ["working_days"]}, "unit"),
        ({"start": START, "count": 1, "pauses": [{"from": START}]}, "pauses"),
        ({"start": START, "count": 1, "pauses": [{"from": START, "to": "2026-03-01T00:00:00+07:00"}]}, "pauses"),
        ({"start": START, "count": 1, "pauses": [{"from": START, "to": START}] * 101}, "pauses"),
        ({"start": START, "count": 1, "pauses": "[" * 100_000}, "pauses"),
        ({"start": START, "count": 1, "pauses": [{"from": START, "to": "2800-03-01T00:00:00+07:00"}]}, "count"),
    ],
)
def test_bad_questions_name_the_field(app, asked, field):
    answer = app.post(ASK, json=asked, status=409).json["error"]
    assert answer[field] and answer[field][0], answer


@pytest.mark.usefixtures("unbound")
def test_case_and_inbox_say_how_the_due_time_came_about():
    author = Actor("o", "o", (Held(Role.OPERATOR, "dinas"),))
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=author
    )
    model.Session.commit()
    reader = officer(Role.OPERATOR, "dinas")
    context = {"user": reader["name"], "auth_user_obj": model.User.get(reader["id"])}
    (step,) = tk.get_action("satudata_case_show")(context, {"id": case.id})["steps"]
    (row,) = tk.get_action("satudata_inbox")(context, {})["rows"]
    assert re.match(r"\d+ hari kerja sejak \w+ \d+ \w+.*; jatuh ", row["due_explanation"])
    assert step["due_explanation"] == row["due_explanation"]


def test_the_limits_are_written_down():
    assert "2,000 working days" in helpers.call_action("help_show", name="satudata_due_date_show")
