"""Where a request goes: to the agencies that are asked, to another body, apart, together, or nowhere at all.

001-6 and 001-7, with what the law adds (UU 14/2008 art. 22(7)b, d). Runs inside the one transaction of a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict, Invalid, SatudataError, too_long
from ckanext.satudata.domain.ppid_request import DIP_RESULTS, LONGEST, QUESTION_AT_LEAST, cleaned
from ckanext.satudata.domain.process import named_agencies
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, asked, clocks, dip, reaching, requests, splitting
from ckanext.satudata.ppid.effects import PROCESS, forget_parts, issue, issue_to_applicant, request_of
from ckanext.satudata.shared import crypto, effects, params
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.sop import sops

_HOST = re.compile(r"[^\s./]+(?:\.[^\s./]+)+")
SAME_PERSON = ("name", "email", "phone", "nik")
"""By which of the applicant's data two requests are seen to be of one person."""
APART = ("nik", "institution", "legal_number")
"""What two requests of one applicant do not give differently."""


@effects.checks(PROCESS, "route")
def route_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """Agencies that are there, and what the list says."""
    if str(payload.get("dip_result") or "") not in DIP_RESULTS:
        yield Invalid("Record what the public information list says about the data.", field="dip_result")
    agencies = [model.Group.get(one) for one in named_agencies(payload.get("organization_id"))]
    if not agencies or not all(one is not None and one.is_organization and one.state == "active" for one in agencies):
        yield Invalid("Choose an agency.", field="organization_id")


@effects.on(PROCESS, "route")
def route(run: Run) -> None:
    """PPID checked the DIP and asks each agency's PPID Pembantu by letter (001-6, 001-7)."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    agencies = named_agencies(run.payload["organization_id"])
    _settle_others(run, request, agencies)
    request.organization_id = run.case.organization_id = agencies[0]
    if kept.completed_at is None:
        kept.completed_at = run.now
    request.dip_result = str(run.payload["dip_result"])
    kept.dip = dip.recorded(run.session, run.payload, run.actor.name) | {
        "at": run.now.isoformat(),
        "by": run.actor.user_id,
    }
    run.journal("dip_checked", payload={"result": kept.dip["result"], "found": dip.ids(kept.dip)})
    note, facts = params.text(run.payload, "note"), requests.facts_of(request)
    for agency in agencies:
        due_on = next((step.due_on for step in run.opened if step.organization_id == agency and step.due_on), None)
        theirs = replace(facts, producer=letters.organization_title(agency))
        draft = texts.request_to_pembantu(theirs, due_on or facts.due_on, note)
        issue(run, request, draft, letters.ppid_signatory(run.actor, run.case.process))


def _settle_others(run: Run, request: PpidRequest, agencies: Sequence[str]) -> None:
    """Where agencies have decided before: who is asked anew decides anew; of the others goes on who still counts.

    `keep` names these; without it each decision stands, so that none is lost unsaid.
    """
    sop = sops.of_version(run.session, run.case.sop_version_id)
    decided = [one for one in asked.decided(run.session, request) if one]
    keep = _kept(run.payload.get("keep"), decided, agencies)
    dropped = [one for one in decided if one not in agencies and one not in keep]
    for agency in (*agencies, *dropped):
        forget_parts(run.session, request, run.now, agency)
    for step in run.session.scalars(CaseStep.open_of(run.case.id)):
        if step.organization_id in dropped:
            step.done_at = run.now
    run.session.flush()
    asked.close_idle(run.session, request, sop, run.now)
    asked.open_owed(run, request)
    if others := [one for one in decided if one not in agencies]:
        kept = [one for one in others if one not in dropped]
        run.journal("decisions_kept", payload={"kept": kept, "dropped": dropped})


def _kept(said: Any, decided: Sequence[str], agencies: Sequence[str]) -> Sequence[str]:
    """The agencies whose decision is said to stand; every one where nothing is said.

    Raises Invalid for one that has decided nothing, and for one that is asked anew at once.
    """
    if said is None:
        return decided
    if not isinstance(said, (str, list, tuple)) or not all(isinstance(one, str) for one in said):
        raise Invalid("Name the agencies whose decision stands.", field="keep")
    groups = [model.Group.get(one) for one in named_agencies(said)]
    kept = [group.id if group is not None else "" for group in groups]
    if not set(kept) <= set(decided):
        raise Invalid(
            "This agency has no decision that could stand.",
            field="keep",
            mend="Name only agencies that have decided on this request.",
        )
    if both := set(kept) & set(agencies):
        raise Invalid(
            "It decides anew, and its decision is to stand: {agencies}.",
            field="keep",
            mend="Take one of the two ticks away.",
            agencies=asked.called(both),
        )
    return kept


@effects.on(PROCESS, "take_over")
def take_over(run: Run) -> None:
    """The office that answers does the step of a silent agency; raises Conflict while its time still runs."""
    step, office = run.step, requests.ANSWERED_BY[run.case.process].value
    if step.role == office:
        raise Conflict("This step was taken over already.")
    if step.due_at is not None and step.due_at >= run.now:
        raise Conflict("The agency has time until {date}; a step is taken over once that has passed.", date=step.due_on)
    step.stands_for, step.role, step.assignee_id = step.role, office, None
    request_of(run)  # nobody else decides meanwhile


# ---------------------------------------------------------------- the short ends


@effects.checks(PROCESS, "already_public")
def link_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """An address on the web, or a dataset that everybody sees."""
    link = params.text(payload, "link")
    if link and not public_link(link):
        yield Invalid(
            "Give the address of the data: a public dataset of this portal, or a web address.",
            field="link",
            mend="For example: https://… or the name of the dataset.",
        )


def public_link(text: str) -> str:
    """The address behind what was typed: a web address as it is, a public dataset's page; empty where it is neither."""
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    own = re.search(r"/dataset/([^/?#\s]+)", text) if text.startswith(site) else None
    if own is None and text.startswith(("https://", "http://")):
        return text if len(text) <= 500 and _has_host(text) else ""
    try:
        shown = tk.get_action("package_show")({"user": ""}, {"id": own[1] if own else text.rsplit("/", 1)[-1]})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return ""
    # That there is limited data is public too: only what anybody may take answers the request.
    if not any(access.is_open(model.Session, one["id"]) for one in shown["resources"]):
        return ""
    return str(tk.config["ckan.site_url"]).rstrip("/") + tk.url_for("dataset.read", id=shown["name"], locale="default")


def _has_host(address: str) -> bool:
    """Whether a web address leads to a host by its name, and carries no password there."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (
        bool(_HOST.fullmatch(parts.hostname or ""))
        and "@" not in parts.netloc
        and not any(sign.isspace() for sign in address)
    )


@effects.on(PROCESS, "already_public")
def already_public(run: Run) -> None:
    """The fast end: the data lies open to all, and the notice says where (art. 22(7)d)."""
    request = request_of(run)
    kept = _end(run, request, "already_public")
    kept.public_link = public_link(params.text(run.payload, "link"))
    draft = texts.already_public(requests.facts_of(request), kept.public_link)
    issue_to_applicant(run, request, draft, letters.ppid_signatory(run.actor))


@effects.on(PROCESS, "pass_on")
def pass_on(run: Run) -> None:
    """Another body holds it: the notice names it (art. 22(7)a, b)."""
    request = request_of(run)
    kept = _end(run, request, "passed_on")
    kept.passed_to = params.text(run.payload, "body")[:300]
    draft = texts.forwarding(requests.facts_of(request), kept.passed_to)
    issue_to_applicant(run, request, draft, letters.ppid_signatory(run.actor))


@effects.on(PROCESS, "merge")
def merge(run: Run) -> None:
    """The same applicant asked the same before: the older request goes on, this one ends. Raises Invalid."""
    request = request_of(run)
    try:
        other = requests.find(run.session, params.text(run.payload, "number"))
    except SatudataError:
        other = None
    case = run.session.get(Case, other.case_id) if other is not None and other.case_id else None
    if other is None or case is None or case.ended_at is not None or other.id == request.id:
        raise Invalid("There is no other open request with this number.", field="number")
    if not _is_same_person(request, other):
        raise Invalid(
            "That request is another applicant's: each has a right to an answer of his own.",
            field="number",
            mend="Merge only requests of one applicant.",
        )
    if (other.received_at, other.number_count) > (request.received_at, request.number_count):
        raise Invalid("Merge into the older request: its time runs already.", field="number")
    if clocks.of(run.session, other).paused_since is not None:
        raise Invalid(
            "The older request waits for its applicant to complete it, and may be closed without an answer.",
            field="number",
            mend="Merge once it is complete, or answer this one by itself.",
        )
    _end(run, request, "merged").merged_into_id = other.id
    addresses.confirm_as(run.session, other, request, actor=run.actor)
    draft = texts.merged(requests.facts_of(request), other.number)
    issue_to_applicant(run, request, draft, letters.ppid_signatory(run.actor))


def _is_same_person(one: PpidRequest, other: PpidRequest) -> bool:
    """Whether the NIK agrees, or the name with e-mail address or telephone number: several may share these.

    Who asks for a company, or for another one, is another applicant, as is who gave another NIK.
    """
    if one.applicant_kind != other.applicant_kind or any(_differs(one, other, name) for name in APART):
        return False
    said = [{name: _plain(crypto.unseal(getattr(row, name))) for name in SAME_PERSON} for row in (one, other)]
    same = {name for name in SAME_PERSON if said[0][name] and said[0][name] == said[1][name]}
    return "nik" in same or {"name"} < same


def _differs(one: PpidRequest, other: PpidRequest, name: str) -> bool:
    told = {_plain(crypto.unseal(getattr(row, name))) for row in (one, other)}
    return len(told - {""}) > 1


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum() or sign == "@")


def _end(run: Run, request: PpidRequest, decision: str) -> Any:
    """Ends a request that nobody has decided on. Raises Conflict where one of several agencies has."""
    decided = asked.decided(run.session, request)
    if asked.givers(decided) or (decided and _is_worked_on(run)):
        raise Conflict(
            "A decision on this request is in force: {agencies}.",
            mend="The applicant gets an answer with it: route the rest, or take it over.",
            agencies=asked.called(decided) or "PPID",
        )
    # It was put back here, before agencies are asked: a refusal to which the applicant objected.
    forget_parts(run.session, request, run.now)
    kept = clocks.handling(run.session, request.id)
    request.decision, request.decided_at, request.decided_by = decision, run.now, run.actor.user_id
    request.closed_at = run.now
    kept.notified_at = kept.notified_at or run.now
    return kept


WORK = frozenset({Command.GRANT, Command.HANDOVER, Command.ATTEST, Command.FORWARD, Command.DELIVER})


def _is_worked_on(run: Run) -> bool:
    """Whether an agency, or the office with what an agency decided, has the request beside this step."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    staying = [step.no for step in run.session.scalars(CaseStep.open_of(run.case.id)) if step.id != run.step.id]
    numbers = [*(step.no for step in run.moved.closes), *staying]
    return any(WORK & sop.step(no).exits.keys() for no in numbers)


# ---------------------------------------------------------------- splitting


@effects.checks(PROCESS, "split")
def split_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """Both parts say what is asked for."""
    for field in ("question", "rest"):
        text = _part(payload, field)
        if len(text) < QUESTION_AT_LEAST and (text or field == "question"):
            yield Invalid(
                "Write which data is asked for.", field=field, mend="Name the subject, the years and the area."
            )
        yield from too_long(text, field, LONGEST["question"])


def _part(payload: Mapping[str, Any], field: str) -> str:
    return cleaned({"question": payload.get(field)})["question"]


@effects.on(PROCESS, "split")
def split(run: Run) -> None:
    """A part becomes a request of its own, with its own number and the same day of receipt: no time is lost by it."""
    request, kept = request_of(run), clocks.handling(run.session, run.case.subject_id)
    child = splitting.split_off(run.session, request, kept, _part(run.payload, "question"), actor=run.actor)
    if rest := _part(run.payload, "rest"):
        before = {"at": run.now.isoformat(), "question": request.question, "purpose": request.purpose}
        kept.repairs, request.question = [*kept.repairs, before], rest
    run.answer["split"] = {"id": child.id, "number": child.number}
    run.journal("request_split", payload={"number": child.number})
    about = {"request_id": child.id, "from_id": request.id}
    reaching.mail(run.session, request, "ppid_request_split", about, key=f"ppid-split:{child.id}")
