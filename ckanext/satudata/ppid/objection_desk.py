"""How objections show themselves on the officers' desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.objection import PROCESS, Ground
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    disputes,
    letter_desk,
    objection_effects,
    objections,
    reaching,
    requests,
    time_told,
    way_desk,
)
from ckanext.satudata.ppid.presenter import may_read_letter
from ckanext.satudata.shared import clock, crypto, process, wording
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import desk

FORMS = {
    "grant": "ppid/objection/uphold.html",
    "refuse": "ppid/objection/reject.html",
    "settle": "ppid/objection/settle.html",
}


@desk.presents(PROCESS)
class ObjectionPresenter(desk.Presenter):
    """By number and ground; who objects and why only for who serves it."""

    def title(self, case: Case) -> str:
        return self.titles([case]).get(case.id, "")

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        wanted = (
            sa.select(Objection.case_id, Objection.number, Objection.ground, PpidRequest.question)
            .join(PpidRequest, PpidRequest.id == Objection.request_id)
            .where(Objection.case_id.in_([case.id for case in cases]))
        )
        return {
            row.case_id: f"{row.number} · {' '.join(row.question.split())[:60]} "
            f"({tk._(rules.GROUNDS[Ground(row.ground)].title)})"
            for row in model.Session.execute(wanted)
        }

    def reference(self, case: Case) -> str:
        return objections.of_case(model.Session, case).number

    def numbered(self, part: str) -> Any:
        return sa.select(Objection.id).where(Objection.number.icontains(part, autoescape=True))

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        session = model.Session
        row = objections.of_case(session, case)
        request = objections.request_of(session, row)
        due = objections.answer_due(row)
        found: list[tuple[str, Any]] = [
            (tk._("Number of the objection"), row.number),
            (tk._("Request"), request.number),
            (tk._("Ground"), f"{row.ground}. {tk._(rules.GROUNDS[Ground(row.ground)].title)}"),
            (
                tk._("Answer due by law"),
                time_told.with_left(due, clock.calendar(), clock.now()) if row.outcome is None else "",
            ),
            (tk._("Data asked for"), request.question),
        ]
        if objections.works_on(actor):
            who = objections.person(session, row, actor)
            found += [
                (tk._("What the applicant says"), crypto.unseal(row.words)),
                (tk._("Applicant"), who["name"]),
                (tk._("Proxy"), crypto.unseal(row.proxy)),
                (tk._("Contact"), " · ".join(filter(None, (who["phone"], who["email"])))),
                (tk._("Reasons of the superior"), crypto.unseal(row.reasons)),
            ]
        return found

    def warning(self, case: Case) -> str:
        row = objections.of_case(model.Session, case)
        due = objections.answer_due(row)
        if row.outcome is not None or clock.now() <= due.due_at:
            return ""
        text = tk._("The time the law gives for the answer ran out on {date}, and the applicant has none yet.")
        return text.format(date=wording.day(due.due_on, weekday=True))

    def step_moved(self, session: Any, case: Case, role: str, before: date, after: date) -> None:
        """Who objected was told until when the superior answers."""
        row = objections.of_case(session, case)
        request = objections.request_of(session, row)
        if role == Role.PPID_SUPERIOR.value and request.confirmed_at:
            reaching.mail(
                session, request, "ppid_objection_moved", {"objection_id": row.id, "from": before.isoformat()}
            )

    def offers(self, case: Case, command: str) -> bool:
        ground = Ground(objections.of_case(model.Session, case).ground)
        return command != Command.SETTLE.value or ground in rules.AMICABLE

    def subject_label(self, case: Case) -> str:
        row = objections.of_case(model.Session, case)
        return tk._("Open request %(number)s", number=objections.request_of(model.Session, row).number)

    def subject_url(self, case: Case) -> str | None:
        """The request's case, for who may know of it."""
        request = objections.request_of(model.Session, objections.of_case(model.Session, case))
        of_request = model.Session.get(Case, request.case_id) if request.case_id else None
        if of_request is None or not process.may_see(model.Session, of_request, actor_for(tk.current_user)):
            return None
        return str(tk.url_for("satudata_desk.read", case_id=of_request.id))

    def verb(self, commands: Collection[str]) -> str:
        """Granting is not the task, answering is."""
        both = {Command.GRANT.value, Command.REFUSE.value}
        return tk._("Answer the objection") if both <= set(commands) else ""

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        return FORMS.get(command)

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        session = model.Session
        row = objections.of_case(session, case)
        ways = objection_effects.ways_back(session, objections.request_of(session, row))
        return {
            "note_hint": way_desk.note_for_officers(),
            "ways": [(way.step.no, _way_label(way)) for way in ways],
            "usual": rules.usual_way_back(ways, Ground(row.ground)),
        }

    def panel(self, case: Case, actor: Actor) -> str | None:
        return "ppid/objection/panel.html"

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        session = model.Session
        row = objections.of_case(session, case)
        request = objections.request_of(session, row)
        return {
            "row": row,
            "request": request,
            "letters": letter_desk.rows(
                model.Session, [one for one in _letters(row) if may_read_letter(actor, one, request)], actor
            ),
            "papers": _scans(session, row) if objections.works_on(actor) else [],
            "events": disputes.shown(session, row, with_files=objections.works_on(actor)),
            "may_add": disputes.can_begin(row) and disputes.may_record(actor),
            "dispute_until": disputes.window_of(row).until.due_on if disputes.can_begin(row) else None,
        }

    def look_first(self, panel_data: dict[str, Any]) -> str:
        return tk._("Look first at the letters of this request") if panel_data["letters"] else ""

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        session = model.Session
        row = objections.of_case(session, case)
        request = objections.request_of(session, row)
        seen = [one for one in _letters(row, own_only=True) if may_read_letter(actor, one, request)]
        found = letter_desk.papers(session, seen)
        if not objections.works_on(actor):
            return found
        return found + [
            desk.Paper(one["title"], vault_id=one["vault_id"], serves=True, **one["about"])
            for one in _scans(session, row) + disputes.scans_of(session, row)
        ]

    def papers_taken(self, case: Case, papers: Sequence[desk.Paper], actor: Actor) -> None:
        session = model.Session
        objections.person(session, objections.of_case(session, case), actor)

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        payload = super().read_payload(command, form, files)
        if command == Command.SETTLE.value and files.get("scan"):
            payload["scan"] = files["scan"]
        return payload

    def letter_seen(self, case: Case, kind: LetterKind, actor: Actor) -> None:
        session = model.Session
        objections.person(session, objections.of_case(session, case), actor)

    def told(self, answer: dict[str, Any]) -> list[str]:
        said = letter_desk.told(answer)
        if "mailed" in answer:
            said.append(
                tk._("A mail tells the applicant that the answer is there.")
                if answer["mailed"]
                else tk._(
                    "No confirmed e-mail address is there: tell the applicant by telephone that there is an answer."
                )
            )
        return said


def _way_label(way: rules.WayBack) -> str:
    label = f"{way.step.no} · {way.step.uraian}"
    if way.is_here:
        return tk._("{step} (where it stands now)").format(step=label)
    return tk._("{step} (a new decision is made)").format(step=label) if way.forgets else label


def _letters(row: Objection, *, own_only: bool = False) -> list[Letter]:
    """The letters of the objection; with those of the request, on which it is decided."""
    rows = model.Session.scalars(Letter.of_subject(requests.SUBJECT, row.request_id))
    return [one for one in rows if not own_only or one.case_id == row.case_id]


def _scans(session: Any, row: Objection) -> list[dict[str, Any]]:
    """The letter it came in, the minutes of an agreement, the receipt of what was given before."""
    found = []
    for what, title, vault_id in (
        ("surat", tk._("Letter of the objection"), row.scan_id),
        ("berita-acara", tk._("Minutes of the agreement"), row.minutes_id),
        ("tanda-terima", tk._("Signed receipt of what was given before"), row.former_receipt_id),
    ):
        url = scans.site_url("satudata_objection.scan", objection_id=row.id, what=what)
        about = scans.about(session, vault_id, url)
        if about is not None:
            found.append({"title": title, "vault_id": vault_id, "about": about})
    return found
