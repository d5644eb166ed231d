"""How requests show themselves on the officers' desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.letters import FOR_APPLICANT, LetterKind
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.personal import attesting
from ckanext.satudata.domain.refusal import OF_A_PART, REASONS, Reason, ReasonGroup
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    applicant_files,
    at_counter,
    by_hand,
    clocks,
    config,
    counter,
    custody,
    desk_asking,
    drafts,
    handover,
    letter_desk,
    objections,
    reaching,
    requests,
    standing,
    way_desk,
)
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.documents import case_letters, letter_scans, letters
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.work import desk

FORMS = {
    **way_desk.FORMS,
    "route": "ppid/desk/route.html",
    "grant_in_part": "ppid/desk/refuse.html",
    "refuse": "ppid/desk/refuse.html",
    "not_held": "ppid/desk/not_held.html",
    "handover": "ppid/desk/handover.html",
    "attest": "ppid/desk/attest.html",
    "deliver": "ppid/desk/deliver.html",
}
GROUPS = {
    ReasonGroup.EXCLUDED: "Excluded information (Act 14/2008, article 17)",
    ReasonGroup.NOT_HELD: "Not held (article 6)",
    ReasonGroup.ADMINISTRATIVE: "The request itself",
}


NEEDS = {
    "act": "Name the Act below.",
    "body": "Name the body that has the data below.",
    "link": "Give the link below.",
}

NOT_THE_OFFICE: dict[str, Any] = {"links": [], "counter": None, "objections": [], "asking": None}


@desk.presents(requests.GOVERNMENT)
@desk.presents(requests.PROCESS)
class RequestPresenter(desk.Presenter):
    """Requests on `/meja`."""

    def title(self, case: Case) -> str:
        """Number and what is asked; never the applicant."""
        return self.titles([case]).get(case.id, "")

    def reference(self, case: Case) -> str:
        """The register number."""
        return requests.find(model.Session, case.subject_id).number

    def numbered(self, part: str) -> Any:
        """By the register number; never by what was asked, which is not for everybody who reads the journal."""
        return sa.select(PpidRequest.id).where(PpidRequest.number.icontains(part, autoescape=True))

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """The same for many, with one query."""
        rows = model.Session.execute(
            sa.select(PpidRequest.case_id, PpidRequest.number, PpidRequest.question).where(
                PpidRequest.case_id.in_([case.id for case in cases])
            )
        )
        return {row.case_id: f"{row.number} · {' '.join(row.question.split())[:90]}" for row in rows}

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        """What is asked and until when; who asks only for PPID."""
        request = requests.find(model.Session, case.subject_id)
        is_lawful = case.process == requests.PROCESS
        found: list[tuple[str, Any]] = [
            (tk._("Register number"), request.number),
            (tk._("Answer due by law") if is_lawful else tk._("Answer by"), way_desk.due_said(model.Session, request)),
            (tk._("Dataset"), requests.title_of(request)),
            (tk._("Data asked for"), request.question),
            (tk._("Purpose"), request.purpose),
            (tk._("Agency"), way_desk.agencies(model.Session, request)),
            (tk._("How it is wanted"), desk_asking.wanted(request)),
            *desk_asking.entered(request),
        ]
        if requests.answers(actor, request):
            person = requests.show_person(model.Session, request, actor)
            found += [
                *desk_asking.who(request, person),
                *desk_asking.lacking(model.Session, request, is_open=case.ended_at is None),
                (tk._("Applicant"), person["name"]),
                (tk._("Organization"), person["institution"]),
                (tk._("Address"), person["address"]),
                (tk._("Occupation"), person["occupation"]),
                (tk._("Contact"), " · ".join(filter(None, (person["phone"], person["email"])))),
                (
                    tk._("E-mail address"),
                    (tk._("confirmed") if request.confirmed_at else tk._("not confirmed")) if person["email"] else "",
                ),
            ]
        return found

    def offers(self, case: Case, command: str) -> bool:
        """No extension that the law does not know, no step taken over while the agency has time, nothing withdrawn that
        was answered."""
        session, now = model.Session, clock.now()
        if command == Command.EXTEND.value:
            own = clocks.of(session, requests.find(session, case.subject_id))
            is_over = own.extended_at or own.notified_at
            return not is_over and now <= own.due(clock.calendar(session), now).due_at
        if command == Command.TAKE_OVER.value:
            waiting = session.scalars(CaseStep.open_of(case.id))
            return any(step.organization_id and step.due_at and step.due_at < now for step in waiting)
        return command != Command.WITHDRAW.value or not requests.is_answered(session, case.id)

    def step_moved(self, session: Any, case: Case, role: str, before: date, after: date) -> None:
        """The applicant was told until when to send what is missing."""
        request = requests.find(session, case.subject_id)
        if role == Role.APPLICANT.value:
            about = {"request_id": request.id, "from": before.isoformat(), "to": after.isoformat()}
            reaching.mail(session, request, "ppid_repair_moved", about)

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        """What is recorded in the applicant's name is no act of the officer's own."""
        return tk._(way_desk.RECORDED[command]) if command in way_desk.RECORDED else ""

    def arranged(self, case: Case, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What is due first on top, what is seldom given last."""
        return way_desk.arranged(model.Session, case, commands)

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        """The fields of each command."""
        return FORMS.get(command)

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        """Choices, and what the officer has to see to decide."""
        request = requests.find(model.Session, case.subject_id)
        hint = way_desk.note_hint(command)
        data: dict[str, Any] = {
            "request_row": request,
            "note_hint": hint,
            **way_desk.form_data(request, case, command, actor),
        }
        if command == "route":
            data.update(way_desk.agency_choices(_agencies(), request))
        elif command in ("refuse", "grant_in_part"):
            data["part_grounds"] = _reasons(OF_A_PART)
            data["reason_groups"] = data["part_grounds"] if command == "grant_in_part" else _reasons()
        elif command == "handover":
            data["files"] = _vault_files(request)
            data["most"] = handover.MOST_FILES
            data["megabytes"] = config.handover_megabytes()
        elif command == "attest":
            data["held"] = [one for one in custody.of_request(model.Session, request, actor) if one.in_force]
            data["with_people"] = _with_people(data["held"])
            data["grounds"] = _grounds() if data["with_people"] else []
            data["to_tell"] = [one.row.sha256 for one in data["held"] if not _is_answered(one)]
        elif command == "deliver":
            data["files"] = drafts.files_in_force(model.Session, request)
            data["form"] = request.form
            data["link_days"] = config.link_days()
            data["address"] = requests.address_state(request)
            data["refused_because"] = tk._(REASONS[request.refusal_code].title) if request.refusal_code else ""
        return data

    def panel(self, case: Case, actor: Actor) -> str | None:
        """Letters and files."""
        return "ppid/desk/panel.html"

    def look_first(self, panel_data: dict[str, Any]) -> str:
        """Letters and files, where there are some; what is asked stands above already."""
        if panel_data["files"]:
            return tk._("Look first at the letters and files of this request")
        return tk._("Look first at the letters of this request") if panel_data["letters"] else ""

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        """Letters of the request and the files handed over."""
        request = requests.find(model.Session, case.subject_id)
        rows = model.Session.scalars(Letter.of_subject(requests.SUBJECT, case.subject_id))
        return {
            "way": way_desk.way(model.Session, request, case, actor),
            "letters": letter_desk.rows(
                model.Session, [row for row in rows if may_read_letter(actor, row, request)], actor, case.process
            ),
            "files": custody.of_request(model.Session, request, actor),
            "request_id": request.id,
            **(self._office_only(request, case) if requests.answers(actor, request) else NOT_THE_OFFICE),
        }

    def _office_only(self, request: PpidRequest, case: Case) -> dict[str, Any]:
        """What only the office sees that answers the applicant."""
        return {
            "links": standing.link_facts(model.Session, request),
            "counter": counter.facts(model.Session, request),
            "objections": [
                tk._("Objection {number} is with the superior, who answers by {date}.").format(
                    number=row.number, date=wording.day(objections.answer_due(row).due_on, weekday=True)
                )
                for row in objections.of_request(model.Session, request)
                if row.outcome is None
            ],
            "asking": desk_asking.panel(model.Session, request, is_open=case.ended_at is None),
        }

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        """The letters that the officer may read, and every file handed over; that goes to PPID and the giver only."""
        request = requests.find(model.Session, case.subject_id)
        seen = [
            row
            for row in model.Session.scalars(Letter.of_subject(requests.SUBJECT, case.subject_id))
            if may_read_letter(actor, row, request)
        ]
        files = model.Session.scalars(PpidHandover.all_of(request.id))
        found = letter_desk.papers(model.Session, seen, case.process)
        found += [_handed(row, custody.may_look(actor, request, row)) for row in files]
        return found + (applicant_files.papers(model.Session, request) if requests.answers(actor, request) else [])

    def custody(self, case: Case, actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
        """As the page of the case tells it."""
        request = requests.find(model.Session, case.subject_id)
        return [(one.row.filename, one.facts()) for one in custody.of_request(model.Session, request, actor)]

    def papers_taken(self, case: Case, papers: Sequence[desk.Paper], actor: Actor) -> None:
        """Letters to and from the applicant name him: taking them is a look at the person."""
        request = requests.find(model.Session, case.subject_id)
        taken = {paper.vault_id for paper in papers if paper.vault_id}
        applicant_files.taken(model.Session, request, taken, actor)
        rows = model.Session.scalars(Letter.of_subject(requests.SUBJECT, case.subject_id))
        named = [row for row in rows if letters.is_for_applicant(row)]
        signed = letter_scans.latest(model.Session, named)
        if taken & {row.vault_id for row in (*named, *signed.values())}:
            requests.show_person(model.Session, request, actor)

    def warning(self, case: Case) -> str:
        """The legal time for the answer has passed and the applicant has none."""
        request = requests.find(model.Session, case.subject_id)
        own, calendar = clocks.of(model.Session, request), clock.calendar(model.Session)
        due = own.due(calendar, clock.now())
        if case.ended_at is not None or request.closed_at or own.notified_at or clock.now() <= due.due_at:
            return ""
        if case.process != requests.PROCESS:
            said = tk._("The answer was promised by {date}, and the office that asks has none yet.")
        else:
            said = tk._("The time the law gives for the answer ran out on {date}, and the applicant has none yet.")
        return said.format(date=wording.day(due.due_on, weekday=True))

    def has_preview(self, case: Case, command: str) -> bool:
        """Every command that writes a letter, and the refusals, whose letter the next step writes."""
        return command in drafts.DECIDING or super().has_preview(case, command)

    def proposed(
        self, case: Case, command: str, payload: dict[str, Any], actor: Actor, step_id: str | None = None
    ) -> case_letters.Proposed:
        """The letter as it would be."""
        if command in drafts.DECIDING:
            return drafts.refusal_of_agency(model.Session, case, command, payload, actor)
        return super().proposed(case, command, payload, actor, step_id)

    def letter_seen(self, case: Case, kind: LetterKind, actor: Actor) -> None:
        """A letter to the applicant names him: a look at the person."""
        if kind in FOR_APPLICANT:
            requests.show_person(model.Session, requests.find(model.Session, case.subject_id), actor)

    def told(self, answer: dict[str, Any]) -> list[str]:
        """The letters that were issued, and whether the applicant was told."""
        said = letter_desk.told(answer)
        request = requests.find(model.Session, answer["subject_id"])
        if answer.get("command") == "deliver" and not by_hand.is_needed(request):
            said.append(tk._("A mail tells the applicant that the answer is there."))
        return said + ([by_hand.said(request)] if _is_by_hand(answer, request) else [])

    def told_links(self, answer: dict[str, Any]) -> list[tuple[str, str]]:
        """The text to send by hand."""
        request = requests.find(model.Session, answer["subject_id"])
        return way_desk.to_part(answer) + (by_hand.texts(request) if _is_by_hand(answer, request) else [])

    def before(self, case: Case, command: str) -> str:
        """That no mail will tell the applicant."""
        said = by_hand.said(requests.find(model.Session, case.subject_id)) if by_hand.tells(command) else ""
        if not said:
            return ""
        there = tk._("The page to follow the request shows it with number and code; letters can be printed here.")
        return f"{said} {there}"

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        """Text fields; the files of a handover, the hashes of an attestation."""
        payload = way_desk.read_payload(command, super().read_payload(command, form, files))
        if command == "handover":
            payload["upload"] = files.getlist("upload")
            payload["resource_id"] = form.getlist("resource_id")
        elif command in way_desk.RECORDED:
            payload |= {kind.value: files.get(kind.value) for kind in at_counter.FILES}
        elif command == "attest":
            payload["sha256"] = form.getlist("sha256")
        return payload


def _is_by_hand(answer: dict[str, Any], request: PpidRequest) -> bool:
    """Whether the command was for the applicant, and no mail can tell of it."""
    return by_hand.is_needed(request) and by_hand.tells(str(answer.get("command") or ""))


def may_read_letter(actor: Actor, letter: Letter, request: PpidRequest) -> bool:
    """Letters to and from the applicant carry the name: they are PPID's, and the superior's who answers an objection.
    The others are the agency's too."""
    if letters.is_for_applicant(letter):
        return requests.answers(actor, request) or objections.is_before(model.Session, actor, request)
    if requests.answers(actor, request) or actor.has_anywhere(
        Role.PPID_SUPERIOR, Role.AUDITOR, process=requests.PROCESS
    ):
        return True
    return requests.is_pembantu_of(actor, request)


def _handed(row: PpidHandover, serves: bool) -> desk.Paper:
    return desk.Paper(
        tk._("Masked copy") if row.made_from else tk._("File handed over"),
        filename=row.filename,
        vault_id=row.vault_id,
        sha256=row.sha256,
        size=row.size,
        dated_on=requests.local_date(row.given_at),
        url=scans.site_url("satudata_ppid_files.handover", handover_id=row.id) if serves else "",
        serves=serves,
    )


def _agencies() -> list[tuple[str, str]]:
    rows = model.Session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.name)
        .where(model.Group.is_organization.is_(True), model.Group.state == "active")
        .order_by(model.Group.title, model.Group.name)
    )
    return [(row.id, row.title or row.name) for row in rows]


def _with_people(held: Sequence[custody.Held]) -> list[str]:
    """The sha256 of the files in which the scan finds personal data."""
    found = [one for one in held if not one.row.attested and one.scan]
    return [one.row.sha256 for one in found if one.scan.inspection is attesting.Inspection.FOUND]


def _is_answered(held: custody.Held) -> bool:
    """Whether no words are needed: the scan finds nothing, or they were said."""
    return held.row.attested or (held.scan is not None and held.scan.inspection in attesting.ANSWERED)


def _grounds() -> list[tuple[str, str]]:
    """On what personal data may be given as it is."""
    return [(code, tk._(ground.title)) for code, ground in attesting.GROUNDS.items()]


def _reasons(among: Mapping[str, Reason] = REASONS) -> list[dict[str, Any]]:
    return [
        {
            "label": tk._(label),
            "reasons": [(reason.code, tk._(reason.title)) for reason in among.values() if reason.group is group],
            "explained": [
                {
                    "code": reason.code,
                    "title": tk._(reason.title),
                    "text": reason.text,
                    "basis": reason.basis,
                    "needs": tk._(NEEDS[reason.needs]) if reason.needs else "",
                }
                for reason in among.values()
                if reason.group is group
            ],
        }
        for group, label in GROUPS.items()
    ]


def _vault_files(request: PpidRequest) -> list[tuple[str, str]]:
    package = model.Package.get(request.dataset_id) if request.dataset_id else None
    if package is None or package.owner_org != request.organization_id:
        return []
    found = []
    for resource in package.resources:
        handable = access.handable(model.Session, resource.id, request.organization_id)
        if handable is not None:
            kept = handable[1]
            found.append((resource.id, f"{resource.name or kept.original_name} ({wording.size(kept.size_bytes)})"))
    return found
