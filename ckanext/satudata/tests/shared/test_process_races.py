"""Fifty officers at once on one case, a thousand times: one decision, and everybody else is told of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import ckan.model as model
import pytest

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import journal, process
from ckanext.satudata.tests.shared.test_process import OPERATOR, events, give, person

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),  # five minutes where nothing else runs
    pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound"),
]

OFFICERS, ROUNDS = 50, 1000
TWINS = 5
"""So many of them are one person whose browser sends the same form (one key) again and again."""
WAYS = ("approve", "return_")


def sent():
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    give(case.id, "submit", OPERATOR)
    return case.id


def gives(number, case_id, ready):
    """One officer's command, at the same moment as everybody's: the person, and the answer or the refusal."""
    name = "kembar" if number < TWINS else f"v{number}"
    command = "approve" if number < TWINS else WAYS[number % 2]
    try:
        ready.wait()
        return name, give(case_id, command, person(name, Role.VERIFIER), {"note": "n"}, key=f"{case_id}-{name}")
    except Exception as error:
        return name, error
    finally:
        model.Session.remove()


def test_fifty_officers_a_thousand_times():
    with ThreadPoolExecutor(OFFICERS) as pool:
        for turn in range(ROUNDS):
            case_id, ready = sent(), threading.Barrier(OFFICERS)
            asked = [pool.submit(gives, number, case_id, ready) for number in range(OFFICERS)]
            check(turn, case_id, [one.result() for one in asked])
    assert list(journal.verify(model.Session)) == []


def check(turn, case_id, got):
    """One decision, and every refusal says who, what, where and when."""
    done = [(name, answer) for name, answer in got if isinstance(answer, dict)]
    refused = [answer for _name, answer in got if not isinstance(answer, dict)]
    assert [error for error in refused if not isinstance(error, Conflict)] == [], turn
    (decider,) = {name for name, _answer in done}
    assert len(done) == (TWINS if decider == "kembar" else 1), turn
    assert all(answer == done[0][1] for _name, answer in done), "a repeat answers as the first time"
    assert {error.params["name"] for error in refused} == {decider}, turn
    assert {error.params["step"] for error in refused} == {"8"} and all(error.params["at"] for error in refused), turn
    (command,) = {error.params["command"].value for error in refused}
    assert events(case_id) == ["started", "submitted", {"approve": "approved", "return_": "returned"}[command]], turn
    steps = model.Session.scalars(CaseStep.of([case_id])).all()
    assert [step.done_by for step in steps if step.no == "8" and step.command] == [decider], turn
