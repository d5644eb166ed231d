"""The outputs of steps that are done by hand: asked for with the command, kept in the vault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.domain.sop_outputs import Maker
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, params
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import scans

PREFIX = "output_"
SUBJECT = "case_output"
MOST_BYTES = 100 * 1024 * 1024
LONGEST_NUMBER = 500


@dataclass(frozen=True)
class Slot:
    """One output a command brings; its fields are `output_<index>_file`, `_number` and `_on`."""

    index: int
    name: str

    def field(self, part: str) -> str:
        """The payload's field for `file`, `number` or `on`."""
        return f"{PREFIX}{self.index}_{part}"


@dataclass(frozen=True)
class Given:
    """What was sent for a slot."""

    slot: Slot
    upload: Any
    number: str
    dated_on: date | None


def slots(sop: Sop, no: str, command: Command | str) -> tuple[Slot, ...]:
    """The outputs that the command brings by hand: those of the step without a maker, when it agrees."""
    step = sop.step(no)
    if next(iter(step.exits)) != command:
        return ()
    named = [name for name in step.output if name in sop.outputs and sop.outputs[name].maker is Maker.UPLOAD]
    return tuple(Slot(index, name) for index, name in enumerate(named, start=1))


def faults(
    session: Session, case_id: str, sop: Sop, no: str, command: Command, payload: Mapping[str, Any]
) -> Iterator[Invalid]:
    """What is missing or wrong in the outputs of a command; the files themselves are looked at when they are taken."""
    asked = slots(sop, no, command)
    there = former(session, case_id) if asked else set()
    for slot in asked:
        try:
            given = _read(slot, payload)
        except Invalid as fault:
            yield fault
            continue
        if not _brings(given) and slot.name not in there:
            yield Invalid(
                "“{name}” is missing.",
                field=slot.field("file"),
                mend="Choose the file, or write its number and date.",
                name=slot.name,
            )


def former(session: Session, case_id: str) -> set[str]:
    """The names of the outputs that a case has already: a later round may leave them as they are."""
    return set(session.scalars(sa.select(CaseOutput.name).where(CaseOutput.case_id == case_id)))


def take(run: Run, sop: Sop) -> None:
    """Keeps what the command brings, in its transaction. Raises Invalid for a file that is none."""
    for slot in slots(sop, run.step.no, run.command):
        given = _read(slot, run.payload)
        if not _brings(given):
            continue
        field = given.slot.field("file")
        stored = _keep(run.session, given.upload, field, run.actor.user_id) if given.upload is not None else None
        row = CaseOutput(
            case_id=run.case.id,
            step_id=run.step.id,
            name=slot.name,
            number=given.number,
            dated_on=given.dated_on,
            vault_id=stored.id if stored else None,
            added_by=run.actor.user_id,
            added_by_name=run.actor.name,
            added_at=run.now,
        )
        run.session.add(row)
        run.session.flush()
        run.journal(
            "output_added",
            payload={"name": slot.name, "number": given.number, **({"sha256": stored.sha256} if stored else {})},
        )


def of_case(session: Session, case_id: str) -> list[dict[str, Any]]:
    """The outputs of a case in plain values, in the order they came."""
    rows = session.execute(
        sa.select(CaseOutput, VaultObject)
        .outerjoin(VaultObject, VaultObject.id == CaseOutput.vault_id)
        .where(CaseOutput.case_id == case_id)
        .order_by(CaseOutput.added_at, CaseOutput.id)
    )
    return [_shown(row, stored) for row, stored in rows]


def _read(slot: Slot, payload: Mapping[str, Any]) -> Given:
    """What was sent. Raises Several with every fault at its field."""
    found: list[Invalid] = []
    number, dated_on = params.text(payload, slot.field("number")), None
    typed = params.text(payload, slot.field("on"))
    if len(number) > LONGEST_NUMBER:
        text = "This is too long: at most {most} characters."
        found.append(Invalid(text, field=slot.field("number"), most=LONGEST_NUMBER))
    try:
        dated_on = date.fromisoformat(typed) if typed else None
    except ValueError:
        found.append(Invalid("This is no date.", field=slot.field("on"), mend="Write it like 2026-03-16."))
    if dated_on and dated_on > clock.today():
        found.append(
            Invalid("This day is still to come.", field=slot.field("on"), mend="Write the document's own date.")
        )
    upload = payload.get(slot.field("file"))
    try:
        if scans.is_given(upload):
            scans.check_is_file(upload, slot.field("file"))
    except Invalid as fault:
        found.append(fault)
    if not scans.is_given(upload) and bool(number) != bool(typed):
        field, what = (slot.field("on"), "date") if number else (slot.field("number"), "number")
        found.append(Invalid("Without a file the document has a number and a date.", field=field, mend=_ALSO[what]))
    Several.refuse(found)
    return Given(slot, upload if scans.is_given(upload) else None, number, dated_on)


_ALSO = {"date": "Write its date too, or choose the file.", "number": "Write its number too, or choose the file."}


def _brings(given: Given) -> bool:
    return given.upload is not None or bool(given.number)


def _keep(session: Session, upload: Any, field: str, user_id: str | None) -> VaultObject:
    return scans.take_in(session, upload, field, purpose=SUBJECT, by=user_id, max_bytes=MOST_BYTES)


def attach(session: Session, step: CaseStep, name: str, field: str, upload: Any, actor: Actor) -> VaultObject:
    """Keeps a file with the case that no output asks for, under that name, in the caller's transaction."""
    stored = _keep(session, upload, field, actor.user_id)
    row = CaseOutput(
        case_id=step.case_id,
        step_id=step.id,
        name=name,
        vault_id=stored.id,
        added_by=actor.user_id,
        added_by_name=actor.name,
        added_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return stored


def _shown(row: CaseOutput, stored: VaultObject | None) -> dict[str, Any]:
    there = stored is not None and stored.deleted_at is None
    url = scans.site_url("satudata_work.output", case_id=row.case_id, output_id=row.id) if there else ""
    return {
        "id": row.id,
        "step_id": row.step_id,
        "name": row.name,
        "number": row.number,
        "dated_on": row.dated_on.isoformat() if row.dated_on else None,
        "by": row.added_by_name,
        "at": row.added_at.isoformat(),
        "file": {"filename": stored.original_name, "size": stored.size_bytes, "sha256": stored.sha256, "url": url}
        if there and stored
        else None,
    }
