"""Overrides on a real case: asked, then confirmed or declined by a second person. The law is in `domain.override`.

A room says what its own rows must follow, and may refuse what its law does not allow (a request without an answer
cannot simply end):

    @override.follows("preparation")
    def follow(done: override.Done) -> None: ...

It runs in the transaction, may only take back or refuse, and never publishes, opens, delivers or gives out anything.
Where a case may not be put at all it says beforehand:

    @override.checks("preparation")
    def check(session, case, instance, to) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import override as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.domain.sop import END
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.model.override import ASKED, CONFIRMED, DECLINED, OVERTAKEN, Override
from ckanext.satudata.shared import actors, clock, journal, notices, process, raw_writes
from ckanext.satudata.shared.work import moves, step_mail


@dataclass(frozen=True)
class Done:
    """A case that two persons have put at step `to` (`end`: ended)."""

    session: Any
    case: Case
    instance: Instance
    """As it was before."""
    to: str
    now: datetime

    def lies_behind(self, no: str) -> bool:
        """Whether the case still has step `no` behind it, where it now is."""
        return self.to != END and self.to != no and rules.lies_before(self.instance.sop, no, self.to)


Follow = Callable[[Done], None]
_follows: dict[str, Follow] = {}


def follows(name: str) -> Callable[[Follow], Follow]:
    """Binds what the rows of a process's room must follow."""

    def bind(function: Follow) -> Follow:
        _follows[name] = function
        return function

    return bind


Check = Callable[[Any, Case, Instance, str], None]
_checks: dict[str, Check] = {}


def checks(name: str) -> Callable[[Check], Check]:
    """Binds what a process's room refuses: raises Conflict where the case may not be put at that step."""

    def bind(function: Check) -> Check:
        _checks[name] = function
        return function

    return bind


def _check(session: Any, case: Case, instance: Instance, to: str) -> None:
    rules.check(instance, to)
    if case.process in _checks:
        _checks[case.process](session, case, instance, to)


def ask(session: Any, case_id: str, to: str, reason: str, *, actor: Actor, key: str | None = None) -> dict[str, Any]:
    """Asks that the case be put at step `to`, or ended; nothing moves yet. No commit. Returns `summary`.

    The same `key` of the same person answers as the first time. Raises NotThere, NotAllowed, Invalid, Conflict.
    """
    case = process.locked(session, case_id, actor)
    said = {"to": to, "reason": reason}
    if (known := process.repeated(session, case, actor, key, "override", said=said)) is not None:
        return known
    instance = process.instance_of(session, case)
    rules.require_asker(instance, actor)
    _check(session, case, instance, to)
    rules.check_reason(reason)
    before = session.scalars(Override.waiting(case_id)).one_or_none()
    if before is not None and before.version == case.version:
        raise Conflict("Another override of this case waits for its answer.", mend="It is confirmed or declined first.")
    with raw_writes.writing(session, Override):
        if before is not None:
            before.state = OVERTAKEN
            session.flush()
        payload = {"from_steps": [step.no for step in instance.open], "to_step": to}
        entry = _note(session, case, "override_asked", actor, payload, reason)
        row = Override(
            case_id=case.id,
            version=case.version,
            state=ASKED,
            asked_by=actor.user_id,
            asked_by_name=actor.name,
            asked_at=clock.now(),
            asked_entry=entry.id,
            **payload,
        )
        session.add(row)
        session.flush()
    _tell(session, row, case, instance)
    return process.remember(session, case, actor, key, "override", summary(row), said=said)


def answer(
    session: Any, override_id: str, agrees: bool, note: str, *, actor: Actor, key: str | None = None
) -> dict[str, Any]:
    """The second person's word: the case is moved, or stays where it is. No commit. Returns `summary`.

    Raises NotThere, NotAllowed (no role, or who asked), Invalid (a refusal without a note), Conflict where the case
    went on meanwhile or another has answered.
    """
    asked = session.get(Override, override_id)
    if asked is None:
        raise NotThere("There is no such override.")
    case = process.locked(session, asked.case_id, actor)
    session.refresh(asked)
    command = "override_confirm" if agrees else "override_decline"
    said = {"id": override_id, "note": note}
    if (known := process.repeated(session, case, actor, key, command, said=said)) is not None:
        return known
    instance = process.instance_of(session, case)
    rules.require_confirmer(instance, actor, asked.asked_by)
    if asked.state != ASKED:
        raise Conflict(
            "Meanwhile {name} has answered ({at}).",
            mend="Look at the case as it is now.",
            name=process.called(asked.answered_by_name or ""),
            at=asked.answered_at or asked.asked_at,
        )
    if asked.version != case.version:
        raise Conflict("The case went on after this was asked.", mend="Ask anew if it is stuck again.")
    if not agrees and not note.strip():
        raise Invalid("Write a note: what must be changed, or why.", field="note")
    with raw_writes.writing(session, Override, Case, CaseStep):
        if agrees:
            _carry_out(session, case, instance, asked.to_step, actor)
        payload = {"from_steps": asked.from_steps, "to_step": asked.to_step, "by": asked.asked_by_name}
        entry = _note(session, case, rules.EVENT if agrees else "override_declined", actor, payload, note)
        asked.state = CONFIRMED if agrees else DECLINED
        asked.answered_by, asked.answered_by_name = actor.user_id, actor.name
        asked.answered_at, asked.answered_entry = clock.now(), entry.id
    return process.remember(session, case, actor, key, command, summary(asked), said=said)


def _carry_out(session: Any, case: Case, instance: Instance, to: str, actor: Actor) -> None:
    """Closes what is open, without a command, and opens the step; then the room's own rows follow."""
    now = clock.now()
    _check(session, case, instance, to)
    jump = rules.jump(instance, to, calendar=clock.calendar(session), now=now)
    opened = moves.put(session, case, instance, jump.opens, actor, outcome=rules.EVENT if jump.ended else None)
    follow = _follows.get(case.process)
    if follow is not None:
        follow(Done(session, case, instance, to, now))
    process.mark(session, case)
    step_mail.announce(session, case, instance.sop, opened, returned=False)


def _note(session: Any, case: Case, event: str, actor: Actor, payload: Mapping[str, Any], text: str) -> Journal:
    subject = (case.subject_type, case.subject_id)
    return journal.append(
        session, event, actor=actor, case_id=case.id, subject=subject, payload=payload, text=text.strip() or None
    )


def _tell(session: Any, row: Override, case: Case, instance: Instance) -> None:
    """A mail to everybody who may confirm, without a title."""
    told = {row.asked_by}
    for role in rules.confirmers(instance):
        for user in actors.users_holding(role, case.organization_id, case.process):
            if user.id not in told:
                told.add(user.id)
                params = {"case_id": case.id, "process": instance.sop.title, "name": row.asked_by_name}
                notices.queue(
                    session, "override_asked", to_user=user.id, params=params, key=f"override:{row.id}:{user.id}"
                )


@notices.mail("override_asked")
def _asked_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    address = notices.site_url(f"/meja/{params['case_id']}")
    return (
        tk._("Your confirmation is asked: {process}").format(**params),
        tk._(
            "{name} asks that a case be moved outside the SOP “{process}”. It needs a second person.\n\n"
            "Read the reason and confirm or decline: {address}"
        ).format(name=process.called(params["name"]), process=params["process"], address=address),
    )


def summary(row: Override) -> dict[str, Any]:
    """An override in plain values, without its texts."""
    return {
        "id": row.id,
        "case_id": row.case_id,
        "state": row.state,
        "from_steps": row.from_steps,
        "to_step": row.to_step,
        "asked_by": row.asked_by_name,
        "asked_at": row.asked_at.isoformat(),
        "answered_by": row.answered_by_name,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }


def of_case(session: Any, case: Case, instance: Instance, actor: Actor) -> list[dict[str, Any]]:
    """The overrides of a case with their texts, the newest first; `may_answer`: this person may confirm or decline."""
    return [
        {
            **summary(row),
            "state": state_of(row, case.version),
            "asked_by_title": process.called(row.asked_by_name),
            "answered_by_title": process.called(row.answered_by_name) if row.answered_by_name else "",
            "to_title": _title(instance, row.to_step),
            "reason": _text(session, row.asked_entry),
            "note": _text(session, row.answered_entry),
            "may_answer": state_of(row, case.version) == ASKED and _may_answer(instance, actor, row),
        }
        for row in session.scalars(Override.of_case(case.id))
    ]


def _title(instance: Instance, no: str) -> str:
    return f"{no} · {instance.sop.step(no).uraian}" if no in instance.sop.steps else ""


def state_of(row: Override, version: int | None) -> str:
    """Its state, where the case is at that version: one that waits is overtaken by any command."""
    return OVERTAKEN if row.state == ASKED and row.version != version else row.state


def _may_answer(instance: Instance, actor: Actor, row: Override) -> bool:
    try:
        rules.require_confirmer(instance, actor, row.asked_by)
    except NotAllowed:
        return False
    return True


def _text(session: Any, entry_id: int | None) -> str:
    found = session.get(JournalText, entry_id) if entry_id else None
    return (found.text or "") if found else ""


def targets(session: Any, case: Case, instance: Instance, actor: Actor) -> list[dict[str, str]] | None:
    """The steps at which this person may ask to put the case; None for who may not ask, or with nothing open."""
    try:
        rules.require_asker(instance, actor)
        rules.check(instance, END)
    except (NotAllowed, Conflict):
        return None
    found = [step for step in rules.targets(instance) if _is_allowed(session, case, instance, step.no)]
    return [{"no": step.no, "uraian": step.uraian} for step in found]


def _is_allowed(session: Any, case: Case, instance: Instance, to: str) -> bool:
    try:
        _check(session, case, instance, to)
    except (Conflict, Invalid, NotAllowed):
        return False
    return True
