"""What the desk shows of a request on its way: the legal time, the plan, the lists of information, the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context

from ckanext.satudata.domain import statutory
from ckanext.satudata.domain.decision import GRANTED, NOT_HELD, REFUSED, WHOLE
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.ppid_request import MISSING, lackable
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.domain.statutory import EXTENSION_DAYS, EXTENSION_REASONS
from ckanext.satudata.domain.workdays import Unit
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asked, at_counter, clocks, dip, gaps, page_told, requests, standing, time_told
from ckanext.satudata.shared import clock, params, wording, words
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import asking_words, request_words

FORMS = {
    "incomplete": "ppid/desk/incomplete.html",
    "extend": "ppid/desk/extend.html",
    "notify": "ppid/desk/notify.html",
    "already_public": "ppid/desk/already_public.html",
    "pass_on": "ppid/desk/pass_on.html",
    "merge": "ppid/desk/merge.html",
    "split": "ppid/desk/split.html",
    "take_over": "ppid/desk/take_over.html",
    "return_": "ppid/desk/return.html",
    "repair": "ppid/desk/repair.html",
    "withdraw": "ppid/desk/withdraw.html",
}
RECORDED = {
    "repair": N_("Record what the applicant brought"),
    "withdraw": N_("Record that the applicant withdraws"),
}
"""What PPID does in the applicant's name, see `at_counter`."""
LISTS = {"dip": N_("DIP"), "dik": N_("DIK"), "dataset": N_("Dataset")}
PARTS = {GRANTED: N_("given"), REFUSED: N_("not given"), NOT_HELD: N_("not held")}
PART_ROWS = 5
PART_SHOWN = 2
"""Rows that stand unfolded, as few parts are usual."""
TICKED = "agency:"
"""Begins the name of each agency's box in the form that routes a request."""

KEPT = "keep:"
"""The same of those whose decision stands."""

NOTE_PRINTED = ("route", "handover")
NOTE_KEPT = (
    "complete", "already_public", "pass_on", "merge", "split", "take_over", "grant", "notify", "attest", "deliver"
)  # fmt: skip
"""Commands whose note goes into a letter, and whose note stays with the officers; the other forms say it themselves."""


def note_hint(command: str) -> str:
    """Who will read the note of a command."""
    if command in NOTE_PRINTED:
        return tk._("It is printed in the letter.")
    return note_for_officers() if command in NOTE_KEPT else ""


def note_for_officers() -> str:
    """That a note goes nowhere else."""
    return tk._("For officers only: it is kept in the journal and stands in no letter.")


SELDOM = ("pass_on", "merge", "split", "extend", "withdraw")
"""Commands that few requests need: they stand folded behind the others."""


def arranged(session: Any, case: Case, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is due first on top, and marked where something else stands beside it; what is seldom given last."""
    due = {step.id: step.due_at for step in session.scalars(CaseStep.open_of(case.id)) if step.due_at}
    usual = [one for one in commands if one["command"] not in SELDOM]
    if not usual:
        return commands
    latest = max(due.values(), default=case.received_at)
    when = [due.get(one["step_id"], latest) for one in usual]
    soonest = min(when) if len(set(when)) > 1 else None
    sorted_ = [one for _at, one in sorted(zip(when, usual, strict=True), key=lambda pair: pair[0])]
    first = [{**one, "first": due.get(one["step_id"], latest) == soonest} for one in sorted_]
    return first + [{**one, "rare": True} for one in commands if one["command"] in SELDOM]


def read_payload(command: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A form's payload with what its several fields mean together."""
    if command == "incomplete":
        payload["missing"] = [code for code in MISSING if payload.get(f"missing_{code}")]
    if command == "route":
        ticked = [payload.pop(name) for name in list(payload) if name.startswith(TICKED)]
        payload["organization_id"] = ",".join(filter(None, (params.text(payload, "organization_id"), *ticked)))
        if payload.get("keep_asked"):
            # The boxes stay beside it: a draft shows them again as they were.
            payload["keep"] = ",".join(payload[name] for name in list(payload) if name.startswith(KEPT))
        payload["dip_found"] = [
            payload[name] for name in sorted(payload) if name.startswith("dip_") and name[4:].isdigit()
        ]
    return payload


def form_data(request: PpidRequest, case: Case, command: str, actor: Actor) -> dict[str, Any]:
    """Choices of these commands, and what has to be seen to decide."""
    session = model.Session
    if command == "route":
        return {**_list_choices(session, request, actor), "decided": _standing_choices(session, request)}
    if command == "incomplete":
        found = gaps.of(session, request)
        return {
            "missing": [(code, tk._(MISSING[code][0])) for code in lackable(request.applicant_kind, found)],
            "gaps": found,
            "gaps_told": [tk._(MISSING[code][0]) for code in found],
        }
    if command == "extend":
        own, calendar, now = clocks.of(session, request), clock.calendar(session), clock.now()
        longer = statutory.DAYS + EXTENSION_DAYS
        extended = calendar.due(own.start_at, longer, Unit.WORKING_DAYS, own.pauses)
        reasons = [(code, tk._(title)) for code, (title, _text) in EXTENSION_REASONS.items()]
        return {
            "due_on": own.due(calendar, now).due_on,
            "extended_on": extended.due_on,
            "extension_reasons": reasons,
        }
    if command == "notify":
        rows = list(session.scalars(PpidPart.in_force(request.id)))
        return {
            "parts": [{"what": _what(row), "decision": tk._(PARTS[row.decision])} for row in rows],
            "is_given": any(row.decision == GRANTED for row in rows),
            "promised_on": promised_on(session, case),
        }
    if command in RECORDED:
        kept = clocks.seen(session, request.id)
        told = [tk._(MISSING[code][0]) for code in kept.missing if code != "other"]
        return {
            "channels": [(one.value, tk._(asking_words.CHANNELS[one.value])) for one in at_counter.EVENTS],
            "missing": [*told, *filter(None, [kept.missing_note])],
            "note_when": tk._("needed without a scan"),
        }
    if command == "return_":
        return {"asked_agencies": [(box.removeprefix(KEPT), told) for box, told in _standing_choices(session, request)]}
    if command in ("refuse", "grant_in_part"):
        package = model.Package.get(request.dataset_id) if request.dataset_id else None
        files = [(one.id, one.name or one.id) for one in package.resources] if package is not None else []
        return {
            "part_rows": max(PART_ROWS, min(len(files), 20)),
            "part_shown": max(PART_SHOWN, min(len(files), PART_ROWS)),
            "part_files": files[:20],
            "part_decisions": [(value, tk._(text)) for value, text in PARTS.items()],
        }
    return {}


def agency_choices(agencies: Sequence[tuple[str, str]], request: PpidRequest) -> dict[str, Any]:
    """The agencies as the form that routes shows them: `(id, title, box, ticked, shown)`, those ticked first.

    What was searched for narrows them; what is ticked always stays.
    """
    form: Mapping[str, str] = tk.request.form if has_request_context() else {}
    sought = " ".join(form.get("agency_q", "").casefold().split())
    usual = set() if form else asked.to_ask(model.Session, request)
    rows = []
    for id_, title in agencies:
        box = TICKED + id_
        is_ticked = id_ in usual or bool(form.get(box))
        if is_ticked or all(word in title.casefold() for word in sought.split()):
            rows.append({"id": id_, "title": title, "box": box, "ticked": is_ticked})
    rows.sort(key=lambda row: not row["ticked"])
    return {"agencies": rows, "agency_q": form.get("agency_q", ""), "agency_count": len(agencies)}


def _standing_choices(session: Any, request: PpidRequest) -> list[tuple[str, str]]:
    """The agencies whose decision stands unless the form that routes says otherwise: box, and what they decided."""
    found = []
    for agency, parts in asked.decided(session, request).items():
        is_mixed = len({one.decision for one in parts}) > 1 and asked.gives(parts)
        told = (
            tk._("given in part") if is_mixed else ", ".join(dict.fromkeys(tk._(PARTS[one.decision]) for one in parts))
        )
        found += [(f"{KEPT}{agency}", f"{letters.organization_title(agency)}: {told}")] if agency else []
    return found


def _list_choices(session: Any, request: PpidRequest, actor: Actor) -> dict[str, Any]:
    """What the lists hold of the words, for the form that routes; what is ticked stays and comes first."""
    form: Mapping[str, str] = tk.request.form if has_request_context() else {}
    ticked = [form[name] for name in sorted(form) if name.startswith("dip_") and name[4:].isdigit()]
    kept = dip.named(session, ticked, actor.name)
    sought = _words(request)
    found = [hit for hit in dip.search(session, actor.name, sought) if hit.key not in {one.key for one in kept}]
    return {
        "dip_hits": [(hit, True) for hit in kept] + [(hit, False) for hit in found],
        "dip_q": sought,
        "dip_lists": _told(LISTS),
    }


def to_part(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The way to what a command has split off."""
    if not answer.get("split"):
        return []
    part = requests.find(model.Session, answer["split"]["id"])
    address = tk.url_for("satudata_desk.read", case_id=part.case_id)
    return [(tk._("Open the new request {number}").format(number=part.number), address)]


def _told(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: tk._(text) if text else "" for name, text in texts.items()}


def _words(request: PpidRequest) -> str:
    """The words to look for: what PPID typed in the form, else the question's own."""
    typed = tk.request.form.get("dip_q", "") if has_request_context() else ""
    return " ".join((typed or requests.title_of(request) or request.question).split())[:300]


def promised_on(session: Any, case: Case) -> str:
    """When the data comes if every step still to come takes its own time: the suggestion for the notice."""
    sop = sops.of_version(session, case.sop_version_id)
    goal = next((no for no, step in sop.steps.items() if Command.CLOSE in step.exits), "")
    open_steps = {step.no for step in session.scalars(CaseStep.open_of(case.id))}
    here = {no for no in open_steps if Command.NOTIFY not in sop.step(no).exits}
    days = statutory.days_to(sop, here, goal) if goal else 0
    on = clock.calendar(session).shift(clock.today(), days) if days else clock.today() + timedelta(days=1)
    return on.isoformat()


def due_said(session: Any, request: PpidRequest) -> str:
    """Until when the answer is due; that the time stands still, where it does."""
    own = clocks.of(session, request)
    return paused_told(own) or time_told.until(own, clock.calendar(session), clock.now())


def paused_told(own: statutory.Clock) -> str:
    """Since when the time stands still; empty while it runs."""
    if own.paused_since is None:
        return ""
    since = wording.day(own.paused_since, weekday=True)
    return tk._("The time stands still since {date}, until the applicant sends what is missing.").format(date=since)


def way(session: Any, request: PpidRequest, case: Case, actor: Actor) -> dict[str, Any]:
    """Everything the panel shows of the request's way."""
    own, calendar, now = clocks.of(session, request), clock.calendar(session), clock.now()
    kept, due = clocks.seen(session, request.id), own.due(calendar, now)
    sop = sops.of_version(session, case.sop_version_id)
    return {
        "is_lawful": statutory.is_lawful(sop.process),
        "due_told": time_told.until(own, calendar, now),
        "notified_at": own.notified_at,
        "paused": paused_told(own) if own.notified_at is None else "",
        "promised_on": kept.promised_on,
        "extended": page_told.extended(kept, time_told.before_extension(own, calendar)),
        "day": time_told.counted(own, calendar, now),
        "why": standing.due_told(own, due),
        **_plan(session, case, sop, own, due.due_on),
        "parts": [_part(row) for row in session.scalars(PpidPart.in_force(request.id))],
        "repairs": kept.repairs,
        "related": related(session, request, kept),
        "dip": kept.dip,
        "dip_result": tk._(words.DIP_RESULTS[kept.dip["result"]]) if kept.dip.get("result") else "",
        "dip_lists": _told(LISTS),
    }


def _plan(session: Any, case: Case, sop: Sop, own: statutory.Clock, last_on: Any) -> dict[str, Any]:
    """The steps to the notice, planned backwards; nothing once it has gone or its last day has passed, nor while that
    day still moves."""
    calendar, today = clock.calendar(session), clock.today()
    if own.notified_at is not None or own.paused_since is not None or case.ended_at is not None or today > last_on:
        return {"plan": [], "fits": True}
    open_steps = {step.no: step for step in session.scalars(CaseStep.open_of(case.id))}
    planned = statutory.plan(sop, open_steps, last_on, calendar, today)
    first = open_steps.get(planned[0].no) if planned else None
    return {
        "plan": [
            (
                f"{one.no}. {sop.step(one.no).uraian}",
                tk.ungettext("{count} working day", "{count} working days", one.days).format(count=one.days),
                wording.day(one.latest_on, weekday=True),
            )
            for one in planned
        ],
        "fits": statutory.fits(planned, today, first.due_on if first is not None else None),
    }


def _what(row: PpidPart) -> str:
    """What the part is about, in the officer's language where it is the whole."""
    return tk._("all data asked for") if row.what == WHOLE else row.what


def _part(row: PpidPart) -> tuple[str, ...]:
    reason = REASONS.get(row.reason_code or "")
    ground = f"{tk._(reason.title)} ({reason.basis})" if reason else ""
    test = request_words.TESTS.get(row.test_state or "", "")
    return (
        _what(row),
        letters.organization_title(row.organization_id),
        tk._(PARTS[row.decision]),
        ground,
        tk._(test) if test else "",
    )


def agencies(session: Any, request: PpidRequest) -> str:
    """The agencies that are asked; before that the one that has the dataset."""
    return ", ".join(filter(None, map(letters.organization_title, requests.producers(request))))


def related(session: Any, request: PpidRequest, kept: PpidHandling) -> list[str]:
    """Numbers of the requests it was split from or into, or merged with."""
    merged = sa.select(PpidHandling.request_id).where(PpidHandling.merged_into_id == request.id)
    ids = [kept.split_from_id, kept.merged_into_id]
    query = sa.select(PpidRequest.number).where(
        sa.or_(
            PpidRequest.id.in_(list(filter(None, ids))),
            PpidRequest.id.in_(PpidHandling.split_off(request.id)),
            PpidRequest.id.in_(merged),
        )
    )
    return sorted(session.scalars(query))
