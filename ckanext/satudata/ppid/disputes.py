"""Records what happens in a dispute before the Komisi Informasi; the portal decides nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import dispute as rules
from ckanext.satudata.domain import objection
from ckanext.satudata.domain.errors import Conflict, NotAllowed
from ckanext.satudata.domain.objection import PROCESS, SUBJECT
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import parse_on
from ckanext.satudata.model.objection import DisputeEvent, Objection
from ckanext.satudata.ppid import objections
from ckanext.satudata.shared import clock, crypto, journal
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import objection_words

RECORDERS = (Role.PPID, Role.PPID_SUPERIOR)


def may_record(actor: Actor) -> bool:
    """Whether the actor keeps the record of disputes."""
    return actor.has_anywhere(*RECORDERS, process=PROCESS)


def windows_of(row: Objection) -> tuple[objection.DisputeWindow, ...]:
    """When a dispute may be brought about this objection, by the holidays as they stand now: after the superior's
    silence, and after the answer."""
    return objection.dispute_windows(row.received_at, row.answered_at, clock.calendar())


def window_of(row: Objection, brought_on: date | None = None) -> objection.DisputeWindow:
    """The one in which a dispute was brought on that day; without a day the last."""
    return objection.dispute_window(row.received_at, row.answered_at, clock.calendar(), brought_on)


def can_begin(row: Objection) -> bool:
    """Whether a dispute can have begun: it is answered, or the superior's time is over; not once it was taken back."""
    if row.outcome == objection.Outcome.WITHDRAWN.value:
        return False
    return row.outcome is not None or clock.now() > objections.answer_due(row).due_at


def add(session: Session, objection_id: str, values: Mapping[str, Any], *, actor: Actor) -> DisputeEvent:
    """Records one thing that happened; no commit. `scan`: its document, a PDF.

    Raises NotThere, NotAllowed, Conflict where a dispute cannot have begun yet, Invalid at each field.
    """
    if not may_record(actor):
        raise NotAllowed("Only {roles} may do this.", roles=RECORDERS)
    row = objections.find(session, objection_id)
    session.refresh(row, with_for_update=True)
    if row.outcome == objection.Outcome.WITHDRAWN.value:
        raise Conflict("This objection was taken back; no dispute follows it.")
    if not can_begin(row):
        raise Conflict(
            "The objection waits for its answer.",
            mend="A dispute can begin once it is answered, or once the superior's time is over.",
        )
    typed = values.get("happened_on")
    on = parse_on(typed, "happened_on") if typed else None
    before = [(one.kind, one.happened_on) for one in session.scalars(DisputeEvent.of_objection(row.id))]
    event = rules.checked(values, on, before, earliest=windows_of(row)[0].opens_on, today=clock.today())
    kept = scans.keep(session, values.get("scan"), objections.PURPOSE, actor) if _brings(values) else None
    made = DisputeEvent(
        objection_id=row.id,
        kind=event.kind.value,
        happened_on=event.happened_on,
        body=event.body,
        number=event.number,
        outcome=event.outcome or None,
        note=crypto.seal(event.note),
        scan_id=kept.id if kept else None,
        added_at=clock.now(),
        added_by=actor.user_id,
    )
    session.add(made)
    session.flush()
    payload = {
        "kind": made.kind,
        "on": made.happened_on.isoformat(),
        **({"outcome": made.outcome} if made.outcome else {}),
    }
    journal.append(
        session, "dispute_recorded", actor=actor, case_id=row.case_id, subject=(SUBJECT, row.id), payload=payload
    )
    return made


def _brings(values: Mapping[str, Any]) -> bool:
    return scans.is_given(values.get("scan"))


def shown(session: Session, row: Objection, *, with_files: bool = False) -> list[dict[str, Any]]:
    """What happened, in plain values and in words; note and document only for officers."""
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "kind_name": tk._(objection_words.DISPUTES[one.kind]),
            "happened_on": one.happened_on.isoformat(),
            "body": one.body,
            "number": one.number,
            "outcome": one.outcome,
            "outcome_name": tk._(objection_words.DISPUTE_OUTCOMES[one.outcome]) if one.outcome else "",
            **({"note": crypto.unseal(one.note), "file": _file(session, one)} if with_files else {}),
        }
        for one in session.scalars(DisputeEvent.of_objection(row.id))
    ]


def is_brought(session: Session, row: Objection) -> bool:
    """Whether a dispute about it is recorded."""
    return session.scalars(DisputeEvent.of_objection(row.id).limit(1)).first() is not None


def _file(session: Session, one: DisputeEvent) -> dict[str, Any] | None:
    url = scans.site_url("satudata_objection.scan", objection_id=one.objection_id, what=one.id)
    return scans.about(session, one.scan_id, url)


def scans_of(session: Session, row: Objection) -> list[dict[str, Any]]:
    """The documents of the dispute, as the case's file lists them."""
    found = []
    for one in session.scalars(DisputeEvent.of_objection(row.id)):
        about = _file(session, one)
        if about is not None:
            found.append({"title": tk._(objection_words.DISPUTES[one.kind]), "vault_id": one.scan_id, "about": about})
    return found


def is_late(row: Objection, event: Mapping[str, Any]) -> bool:
    """Whether the dispute was brought after its 14 working days, counted in the window in which it was brought; what
    that means the commission decides."""
    on = date.fromisoformat(event["happened_on"])
    return event["kind"] == "filed" and on > window_of(row, on).until.due_on
