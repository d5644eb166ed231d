"""Where a request stands, in words a citizen understands; nothing about the person, no officer's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.giving import Way
from ckanext.satudata.domain.letters import SUBJECTS, LetterKind
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.ppid_request import LINK_NOT_RECEIVED, MISSING
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.statutory import DAYS, Clock, Reading
from ckanext.satudata.domain.workdays import Due
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    addresses,
    clocks,
    erasure,
    government,
    links,
    objection_standing,
    page_told,
    requests,
    survey,
    time_told,
    wrong_address,
)
from ckanext.satudata.shared import clock, wording, words
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.shared.documents import letter_annexes, letter_scans, letters
from ckanext.satudata.shared.files import grants, link_words
from ckanext.satudata.shared.sop import sops


def _(text: str) -> str:
    """Marks a message; translated when it is shown."""
    return text


READY = _("Your data is ready. You can download it below.")
# What a step is for, told by the commands that lead out of it: other governments number their steps differently.
SENTENCES: tuple[tuple[Command, str], ...] = (
    (Command.REPAIR, _("Something is missing in your request. The letter below says what; write it here in time.")),
    (Command.ROUTE, _("{office} is checking whether the data exists and which agency has it.")),
    (Command.GRANT, _("{agency} is deciding whether the data can be given.")),
    (Command.NOTIFY, _("The decision is made. {office} is writing you the notice that says it.")),
    (Command.HANDOVER, _("The data may be given. {agency} is preparing the file.")),
    (Command.ATTEST, _("{office} is making sure that the file holds nobody's personal data.")),
    (Command.FORWARD, _("{agency} is writing down why the data cannot be given.")),
    (Command.DELIVER, _("{office} is writing the letter to you.")),
    (Command.CLOSE, READY),
)
IN_PART = _("A part of the data may be given. {agency} is preparing the file.")
UNSURE = _(
    "Confirm the official e-mail address of your office first, with the code from the mail: Walidata, which answers "
    "offices of the government, begins once that is done."
)
ENDED = {
    "refused": _("The data cannot be given. The letter below says why, and what you can do."),
    "withdrawn": _("You withdrew this request."),
    "not_processed": _("Your request was incomplete and was not completed in time, so it is not processed."),
    "already_public": _("The data is already public. You can take it without a request."),
    "passed_on": _("Another body holds the data. The letter below names it."),
    "merged": _("The same request of yours is served under another number."),
    "lapsed": _(
        "This request was closed, because nobody confirmed its e-mail address in time. The number stays in the "
        "register; you can send the request again."
    ),
}
REFUSED_OFFICE = _("The data cannot be given. The letter below says why.")
DONE = {
    "submit": _("Request received"),
    "route": _("Passed on to the agency that has the data"),
    "grant": _("The agency decided to give the data"),
    "grant_in_part": _("The agency decided to give part of the data"),
    "refuse": _("The agency decided that the data cannot be given"),
    "not_held": _("The agency does not have the data"),
    "handover": _("The agency handed the file over"),
    "attest": _("The file was checked for personal data"),
    "forward": _("The agency gave its reasons"),
    "deliver": _("Answer sent to you"),
    "return_": _("Sent back to be worked on again"),
    "close": _("Receipt confirmed"),
    "withdraw": _("Request withdrawn"),
    "expire": _("Closed, because nobody confirmed the e-mail address"),
    "lapse": _("Closed after the time to answer had passed"),
    "complete": _("The request is complete"),
    "incomplete": _("You were asked for what is missing"),
    "repair": _("You sent what was missing"),
    "notify": _("Written notice sent to you"),
    "pass_on": _("You were sent to the body that holds the data"),
    "already_public": _("You were told where the data lies open"),
    "merge": _("Merged with another request of yours"),
}

CAN = frozenset({"close", "repair", "withdraw"})
"""What the applicant does on the page by a button."""
DECISIONS = frozenset({"grant", "grant_in_part", "refuse", "not_held"})
AFTERWARDS = frozenset({"handover", "attest", "forward"})
"""What shows which decision it was, before the written notice says so."""
DECIDED = _("The agency has decided; the notice to you says how")

RECORDED = {
    "repair": _("What you gave at the office was recorded"),
    "withdraw": _("Your withdrawal was recorded by the office"),
}
"""The same where an officer recorded what the applicant did not send on the page."""


def for_applicant(session: Any, request: PpidRequest) -> dict[str, Any]:
    """What the tracking page and action show."""
    own = clocks.of(session, request)
    calendar, now = clock.calendar(session), clock.now()
    due = own.due(calendar, now)
    case = session.get(Case, request.case_id) if request.case_id else None
    steps = list(session.scalars(CaseStep.of([case.id]))) if case else []
    open_steps = [step for step in steps if step.done_at is None]
    commands = _commands(session, case, open_steps)
    answered_at, is_answered = _answered_at(steps), any(step.command in requests.ANSWERS for step in steps)
    told_at = [at for at in (own.notified_at, answered_at) if at is not None]
    is_told = request.decided_at is not None and any(request.decided_at <= at for at in told_at)
    given = links.given(session, request)
    link = together([one for one in given if one.standing.cause not in links.FORMER])
    sent_at = addresses.code_sent_at(session, request)
    is_missing = _is_missing(session, request, link)
    return {
        "ref": request.ref,
        "number": request.number,
        "office": words.office(requests.office_of(request)),
        "question": request.question,
        "dataset": page_told.dataset(request),
        "received_at": request.received_at.isoformat(),
        "due_on": due.due_on.isoformat(),
        "due_why": due_told(own, due),
        "due_told": time_told.until(own, calendar, now),
        "late": requests.process_of(request.applicant_kind) == requests.PROCESS
        and own.notified_at is None
        and own.is_late(calendar, now),
        **_way(session, request, own),
        "not_given": page_told.not_given(session, request) if is_told else [],
        "extended_told": page_told.extended(
            clocks.seen(session, request.id), time_told.before_extension(own, calendar)
        ),
        "reopened": page_told.is_reopened(steps),
        "sentence": _told(
            objection_standing.lead(session, request, is_reopened=page_told.is_reopened(steps)),
            _of_link(session, request, link) or _sentence(session, request, commands),
            is_over=case is not None and case.ended_at is not None,
        ),
        **_step_due(session, case, open_steps),
        "answered_at": _iso(answered_at),
        "agency": _titles(requests.producers(request)),
        "state": "closed" if case is not None and case.ended_at else "open",
        "decision": request.decision
        if case is not None and (case.ended_at or is_told or "close" in commands)
        else None,
        "has_email": request.email is not None,
        "confirmed": request.confirmed_at is not None,
        "address_wrong": wrong_address.is_known(session, request),
        "code_sent_at": sent_at.isoformat() if sent_at else None,
        "code_of": page_told.code_of(session, request),
        "can": sorted(
            commands.keys() & CAN - ({"close"} if is_missing else set()) - ({"withdraw"} if is_answered else set())
        ),
        "link_until": _iso(until_of(given)),
        "link_state": link.state,
        "link_state_at": _iso(link.at),
        "files": [_file(one) for one in given],
        "survey": survey.is_open(session, request) and not is_missing,
        "own_data": erasure.standing(session, request),
        **_counter(session, request),
        "link_ended_why": tk._(words.LINK_ENDED.get(link.cause, words.LINK_ENDED[""])) if link.state == "ended" else "",
        "timeline": _timeline(session, request, steps, told_until=max(told_at, default=None)),
        "letters": _letters(session, request),
    }


def _told(objection: str, said: str, *, is_over: bool) -> str:
    """An objection is what a finished request is about now; beside one that runs it comes second."""
    return objection if objection and is_over else " ".join(filter(None, (said, objection)))


def together(given: list[links.Given]) -> grants.Standing:
    """What became of the personal links of a request: of one that works where there is one, else of the last.

    `none` where none was given.
    """
    alive = [one.standing for one in given if one.standing.state == "alive"]
    return (alive or [one.standing for one in reversed(given)] or [grants.Standing("none")])[0]


def due_told(own: Clock, due: Due) -> list[str]:
    """How the due date came about: its days, and what moved it beside holidays."""
    told = why(due)
    if own.days != DAYS:
        told.append(tk._("No Act sets a time for offices of the government; these are the days of the SOP's steps."))
    if own.reading is Reading.COMPLETE:
        told.append(tk._("The time runs from the day on which the request was found complete."))
    if own.extended_at:
        told.append(tk._("The time was extended once by 7 working days, as the law allows."))
    if own.paused_since:
        told.append(tk._("The time stands still until you send what is missing."))
    return told


def _way(session: Any, request: PpidRequest, own: Clock) -> dict[str, Any]:
    """What is asked of the applicant, what is promised, and where else the request went."""
    kept = clocks.seen(session, request.id)
    origin = session.get(PpidRequest, kept.split_from_id) if kept.split_from_id else None
    into = session.get(PpidRequest, kept.merged_into_id) if kept.merged_into_id else None
    children = session.scalars(sa.select(PpidRequest).where(PpidRequest.id.in_(PpidHandling.split_off(request.id))))
    return {
        "paused": own.paused_since is not None,
        "extended": own.extended_at is not None,
        "notified_at": own.notified_at.isoformat() if own.notified_at else None,
        "promised_on": kept.promised_on.isoformat() if kept.promised_on else None,
        "missing": [
            *(tk._(MISSING[code][0]) for code in kept.missing if code in MISSING),
            *filter(None, [kept.missing_note]),
        ]
        if own.paused_since
        else [],
        "missing_codes": list(kept.missing) if own.paused_since else [],
        "public_link": kept.public_link,
        "split_from": origin.number if origin else None,
        "split_off": [{"number": row.number, "code": requests.tracking_code(row)} for row in children],
        "purpose": request.purpose if own.paused_since else "",
        "came_with": page_told.came_with(request) if own.paused_since else [],
        "passed_to": kept.passed_to if request.decision == "passed_on" else None,
        "again": tk.url_for("satudata_ppid.new", **_again(request))
        if request.decision in ("not_processed", "lapsed")
        else "",
        "merged_into": into.number if into else None,
    }


def _again(request: PpidRequest) -> dict[str, str]:
    """What a new request starts with; its words do not stand in an address."""
    words = {"dataset": request.dataset_id or "", "resource": request.resource_id or "", "again": request.ref}
    return {name: value for name, value in words.items() if value}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def until_of(given: list[links.Given]) -> datetime | None:
    """Until when the last of the links works; None where none was given."""
    return max((one.grant.until_at for one in given), default=None)


def _file(one: links.Given) -> dict[str, Any]:
    """A file that was given, for the applicant; `link` is the path of its page while it works."""
    return {
        "name": one.file.filename,
        "size": one.file.size,
        "sha256": one.file.sha256,
        "link": one.path if one.standing.state == "alive" else None,
        "link_state": one.standing.state,
        "link_until": one.grant.until_at.isoformat(),
        "downloads_left": one.downloads_left,
        "told": " ".join(link_words.told(one.standing)),
    }


def _counter(session: Any, request: PpidRequest) -> dict[str, Any]:
    """How the data is had where it lies at the counter; empty words else."""
    row = session.get(PpidGiving, request.id)
    if row is None:
        return {"way": None, "given_at": None, "cost": 0}
    return {"way": row.way, "given_at": _iso(row.given_at), "cost": row.cost}


def link_facts(session: Any, request: PpidRequest) -> list[dict[str, Any]]:
    """What PPID sees of the personal links, one row for each file; empty where none was given."""
    shown = []
    for one in links.given(session, request):
        try:
            links.check_renewable(session, request, one.file)
        except Conflict as refusal:
            fixed = words.error_text(refusal)
        else:
            fixed = ""
        state = {"state": one.standing.state, "at": one.standing.at, "until": one.grant.until_at}
        shown.append({"file_id": one.file.id, "name": one.file.filename, **state, "not_renewable": fixed})
    return shown


def _letters(session: Any, request: PpidRequest) -> list[dict[str, Any]]:
    """The letters that are the applicant's."""
    rows = session.scalars(Letter.of_subject(requests.SUBJECT, request.id))
    theirs = [letter for letter in rows if letters.is_for_applicant(letter)]
    hashes, annexes = letter_scans.hashes(session, theirs), letter_annexes.of(session, theirs)
    return [
        {
            "id": letter.id,
            "kind": letter.kind,
            "number": letter.number,
            "title": SUBJECTS[LetterKind(letter.kind)],
            "dated_on": letter.dated_on.isoformat(),
            "annexes": letter_annexes.shown(annexes[letter.id]),
            **hashes[letter.id],
        }
        for letter in theirs
    ]


def _of_link(session: Any, request: PpidRequest, link: grants.Standing) -> str:
    """What became of the links, and what the applicant does now; empty once the data was handed over at the counter."""
    giving = session.get(PpidGiving, request.id)
    if giving is not None and giving.given_at is not None:
        return ""
    return " ".join(filter(None, link_words.told(link)))


def _is_missing(session: Any, request: PpidRequest, link: grants.Standing) -> bool:
    """Whether the applicant cannot have the data: nobody is asked whether it arrived, nor how the answer was.

    The links were ended before any download, or because another person or another file was at the end of them.
    """
    giving = session.get(PpidGiving, request.id)
    if link.state != "ended" or (giving is not None and giving.given_at is not None):
        return False
    if link.cause in LINK_NOT_RECEIVED:
        return True
    return not any(grant.downloads for grant in grants.of_case(session, request.case_id or ""))


def why(due: Due) -> list[str]:
    """How the due date came about, in the reader's language: the count with its holidays, and what never counts."""
    return [
        f"{due_dates.explanation(due)}.",
        tk._("The day of receipt does not count, nor do days on which the offices are closed."),
    ]


def _commands(session: Any, case: Case | None, open_steps: list[CaseStep]) -> dict[str, list[CaseStep]]:
    """The open steps by the commands that lead out of them."""
    found: dict[str, list[CaseStep]] = defaultdict(list)
    for step in open_steps if case is not None else ():
        for exit_ in sops.of_version(session, case.sop_version_id).step(step.no).exits:
            found[exit_.value].append(step)
    return found


def _titles(agencies: Iterable[str | None]) -> str:
    return ", ".join(filter(None, map(letters.organization_title, dict.fromkeys(agencies))))


def _sentence(session: Any, request: PpidRequest, commands: Mapping[str, list[CaseStep]]) -> str:
    if commands and not government.is_sure(request):
        return tk._(UNSURE)
    giving, role = session.get(PpidGiving, request.id), requests.office_of(request)
    # The answer itself ended the case where its last open step was that of a refusal.
    is_last = giving is not None and request.closed_at == giving.answered_at
    if giving is not None and giving.way == Way.COUNTER.value and (is_last or Command.CLOSE.value in commands):
        return tk._("Your data lies ready at the counter of {office}.").format(office=words.office(role))
    office = tk._("The information officer (PPID)") if role is Role.PPID else words.office(role)
    if is_last:
        return tk._(READY)
    for command, sentence in SENTENCES:
        if command.value in commands:
            is_part = command is Command.HANDOVER and request.decision == "granted_in_part"
            agency = _titles(step.organization_id for step in commands[command.value]) or tk._("The agency")
            return tk._(IN_PART if is_part else sentence).format(agency=agency, office=office)
    if request.decision == "refused" and role is not Role.PPID:
        return tk._(REFUSED_OFFICE)
    if request.decision in ENDED:
        return tk._(ENDED[request.decision])
    return tk._("This request is finished.")


def _step_due(session: Any, case: Case | None, open_steps: list[CaseStep]) -> dict[str, str | None]:
    """By when the step is done that has least time, and how that day came about."""
    first = min((step for step in open_steps if step.due_at), key=lambda step: step.due_at, default=None)
    if case is None or first is None or first.due_on is None:
        return {"step_due_on": None, "step_due_why": ""}
    sop, calendar = sops.of_version(session, case.sop_version_id), clock.calendar(session)
    due = due_dates.of_step(first, sop, calendar, case.received_at)
    return {"step_due_on": first.due_on.isoformat(), "step_due_why": f"{due_dates.explanation(due)}." if due else ""}


def _answered_at(steps: list[CaseStep]) -> datetime | None:
    """When the answer went to the applicant."""
    days = [step.done_at for step in steps if step.command == Command.DELIVER.value and step.done_at]
    return max(days, default=None)


def _timeline(
    session: Any, request: PpidRequest, steps: list[CaseStep], *, told_until: datetime | None
) -> list[dict[str, str]]:
    """What was done; where several agencies were asked, by which of them.

    `told_until`: when the last notice or answer went out; it tells a decision first.
    """
    is_several = len(requests.asked_agencies(session, request.case_id)) > 1
    told = objection_standing.events(session, request)
    for step in steps:
        is_told = bool(step.done_at and told_until and step.done_at <= told_until)
        if step.done_at is not None and step.command and (is_told or step.command not in AFTERWARDS):
            agency = letters.organization_title(step.organization_id) if is_several else ""
            by_office = RECORDED.get(step.command) if step.done_by else None
            said = by_office or DONE.get(step.command, step.command)
            title = tk._(DECIDED if step.command in DECISIONS and not is_told else said)
            told.append((step.done_at, f"{title} ({agency})" if agency else title))
    kept = clocks.seen(session, request.id)
    if kept.extended_at is not None:
        told.append((kept.extended_at, tk._("The time to answer was extended")))
    in_order = sorted(told, key=lambda one: one[0])
    return [{"state": "done", "title": title, "when": wording.instant(at)} for at, title in in_order]
