"""Fifty officers at once on one case, a thousand times: one decision, and everybody else is told of it."""

from __future__ import annotations

import threading

import ckan.model as model
import pytest

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import journal, process
from ckanext.satudata.tests.shared.test_process import OPERATOR, events, give, person

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")]

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


class Crowd:
    """Threads that stay; in each round all of them give a command to the same case at the same moment."""

    def __init__(self):
        self.go, self.done = threading.Barrier(OFFICERS + 1), threading.Barrier(OFFICERS + 1)
        self.case_id, self.got = None, []
        for number in range(OFFICERS):
            threading.Thread(target=self.officer, args=(number,), daemon=True).start()

    def officer(self, number):
        name = "kembar" if number < TWINS else f"v{number}"
        actor, command = person(name, Role.VERIFIER), "approve" if number < TWINS else WAYS[number % 2]
        while True:
            self.go.wait()
            if self.case_id is None:
                return
            try:
                got = give(self.case_id, command, actor, {"note": "n"}, key=f"{self.case_id}-{name}")
            except Exception as error:
                got = error
            finally:
                model.Session.remove()
            self.got.append((name, got))
            self.done.wait()

    def round(self, case_id):
        self.case_id, self.got = case_id, []
        self.go.wait()
        if case_id is not None:
            self.done.wait()
        return self.got


def test_fifty_officers_a_thousand_times():
    crowd = Crowd()
    try:
        for turn in range(ROUNDS):
            case_id = sent()
            got = crowd.round(case_id)
            done = [(name, answer) for name, answer in got if isinstance(answer, dict)]
            refused = [answer for _name, answer in got if not isinstance(answer, dict)]
            assert {name for name, _answer in done} in ({done[0][0]},), turn
            assert len(done) == (TWINS if done[0][0] == "kembar" else 1), turn
            assert all(answer == done[0][1] for _name, answer in done), "a repeat answers as the first time"
            assert [error for error in refused if not isinstance(error, Conflict)] == [], turn
            # Who, what, where and when.
            assert {error.params["name"] for error in refused} == {done[0][0]}
            assert all(
                error.params["command"] and error.params["step"] == "8" and error.params["at"] for error in refused
            )
            assert events(case_id) == [
                "started",
                "submitted",
                "approved" if refused[0].params["command"] == "approve" else "returned",
            ]
            decided = [
                step for step in model.Session.scalars(CaseStep.of([case_id])) if step.no == "8" and step.command
            ]
            assert [step.done_by for step in decided] == [done[0][0]]
    finally:
        crowd.round(None)
    assert list(journal.verify(model.Session)) == []
