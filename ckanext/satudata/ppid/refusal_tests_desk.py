"""How the consequence test of refused data that is not in the catalogue shows itself on the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import refusal_tests
from ckanext.satudata.ppid.refusal_tests import DECREE_STEP, PROCESS, TEST_STEP
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.levels import decrees
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import desk, request_words

LABELS = {
    ("record", TEST_STEP): N_("Record the result of the consequence test"),
    ("record", DECREE_STEP): N_("State the decree of exclusion"),
    ("approve", "2"): N_("Approve: the refusal stands on the test"),
    ("refuse", "2"): N_("The test does not carry the refusal"),
    ("close", DECREE_STEP): N_("End without a decree of its own"),
}


@desk.presents(PROCESS)
class RefusalTestPresenter(desk.Presenter):
    """By the request's number: what was refused, on which ground, what the test found. Nothing of the applicant."""

    def title(self, case: Case) -> str:
        """The request's number."""
        return self.titles([case])[case.id]

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """The same for many."""
        said = tk._("Consequence test for the refusal of request {number}")
        return {case.id: said.format(number=case.data["request"]) for case in cases}

    def reference(self, case: Case) -> str:
        """The request's register number."""
        return str(case.data["request"])

    def numbered(self, part: str) -> Any:
        """By the register number."""
        return sa.select(PpidRequest.id).where(PpidRequest.number.icontains(part, autoescape=True))

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        """What is tested, and what came of it."""
        row, record = refusal_tests.part_of(model.Session, case), _minutes(case)
        if row is None:
            return []
        reason = REASONS.get(row.reason_code or "")
        counts = "" if row.replaced_at is None else tk._("no: the request was decided anew")
        return [
            (tk._("Register number"), case.data["request"]),
            (tk._("Data asked for"), refusal_tests.asked_for(model.Session, case)),
            (tk._("Agency"), letters.organization_title(row.organization_id)),
            (tk._("Ground of the refusal"), f"{tk._(reason.title)} ({reason.basis})" if reason else ""),
            (tk._("Explanation"), row.explanation or ""),
            (tk._("Act, body, decree or link"), row.detail or ""),
            (tk._("The refusal still counts"), counts),
            (tk._("Consequence test"), tk._(request_words.TESTS[row.test_state]) if row.test_state else ""),
            (tk._("Minutes of the test"), wording.day(record.held_on) if record else tk._("not recorded yet")),
            (tk._("Result of the test"), record.result if record else ""),
            (tk._("Decree"), decrees.label_of(model.Session, row.decree_id)),
        ]

    def offers(self, case: Case, command: str) -> bool:
        """A refusal that counts is tested; one that counts no more is closed."""
        return (command == "withdraw") != refusal_tests.is_needed(model.Session, case) or command == "return_"

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        """What comes of it."""
        if command == "withdraw":
            return tk._("Close: the refusal counts no more")
        label = LABELS.get((command, step_no))
        return tk._(label) if label else ""

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        """The minutes, or the decree."""
        return {TEST_STEP: "ppid/desk/refusal_test.html", DECREE_STEP: "ppid/desk/refusal_decree.html"}.get(
            step_no if command == "record" else ""
        )

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        """Decrees in force, and what was found before the case was returned."""
        record = _minutes(case)
        return {
            "decrees": decrees.choices(model.Session),
            "held_on": record.held_on.isoformat() if record else "",
            "result": record.result if record else "",
        }

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        """With the scan of the minutes, where one was chosen."""
        payload = super().read_payload(command, form, files)
        return {**payload, "scan": files["scan"]} if files.get("scan") else payload

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        """The scanned minutes."""
        record = _minutes(case)
        if record is None:
            return []
        about = scans.about(model.Session, record.scan_id, "")
        title = tk._("Minutes of the test")
        if about is None:
            return [desk.Paper(title, dated_on=record.held_on)]
        facts = {name: about[name] for name in ("filename", "size", "sha256")}
        return [desk.Paper(title, vault_id=record.scan_id, dated_on=record.held_on, serves=True, **facts)]


def _minutes(case: Case) -> Minutes | None:
    found: Minutes | None = model.Session.get(Minutes, str(case.data.get("minutes_id") or ""))
    return found
