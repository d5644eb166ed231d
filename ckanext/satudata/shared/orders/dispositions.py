"""Written orders on a real case: given with the command that hands the step on, or with the beginning of a case.

The addressee alone has the step, where a person is named; it is due on the order's day. The law is in
`domain.disposition`; the report back is in `shared.orders.disposition_reports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import disposition as rules
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.officer import Actor, HoldKind, Role
from ckanext.satudata.domain.process import Instance, Moved, OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command, Exit, Sop
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.disposition import Disposition
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.shared import clock, journal, params, raw_writes, words
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.work import instances, outputs

GIVEN = "disposition_given"
ATTACHMENT = "Lampiran disposisi"
"""What an attachment is called among the case's documents."""


def faults(sop: Sop, moved: Moved, payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """What is wrong with the order of a command, before anything is written."""
    if rules.given_with(sop, moved.step.no, moved.step.part, moved.command) is None:
        return
    if not params.text(payload, "note"):
        yield Invalid(rules.NEEDED, field="note")
    yield from _faults_of_fields(payload)


def _faults_of_fields(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    try:
        _read(payload)
        for field, upload in _files(payload):
            scans.check_is_file(upload, field)
    except Invalid as fault:
        yield fault
    known = {f"{rules.FILE}{index}" for index in range(1, rules.MOST_FILES + 1)}
    if any(name.startswith(rules.FILE) and name not in known and scans.is_given(payload[name]) for name in payload):
        yield Invalid("At most {most} files.", field=f"{rules.FILE}1", most=rules.MOST_FILES)


def take(run: Run, sop: Sop) -> None:
    """Gives the order that comes with this command, in its transaction; nothing where the file names none."""
    role = instances.part_of(run.step)
    to = rules.given_with(sop, run.step.no, role, Command(run.command))
    opened = next((row for row in run.opened if instances.part_of(row) is to), None)
    if to is None or opened is None or run.entry is None:
        return
    giver = _Giver(role, run.actor, run.step.done_as)
    _give(run.session, run.case, opened, giver, run.payload, files_of=run.step, entry_id=run.entry.id)


def begin(session: Any, case: Case, opened: CaseStep, giver: Role, actor: Actor, payload: Mapping[str, Any]) -> None:
    """Gives the order that begins a case, in the caller's transaction. Raises Several."""
    missing = [] if params.text(payload, "note") else [Invalid(rules.NEEDED, field="note")]
    Several.refuse([*missing, *_faults_of_fields(payload)])
    footing = actor.footing(giver, case.organization_id, case.process)
    acting = footing.value if footing not in (None, HoldKind.DEFINITIVE) else None
    with raw_writes.writing(session, CaseStep):
        _give(session, case, opened, _Giver(giver, actor, acting), payload, files_of=opened)


@dataclass(frozen=True)
class _Giver:
    role: Role
    actor: Actor
    acting: str | None


def _give(
    session: Any,
    case: Case,
    opened: CaseStep,
    giver: _Giver,
    payload: Mapping[str, Any],
    *,
    files_of: CaseStep,
    entry_id: int | None = None,
) -> None:
    """Stores the order, binds its step to the addressee and the day, keeps the attachments. Raises Invalid.

    `entry_id`: the journal's entry with the instruction; without it the order's own entry takes it up.
    """
    asked = _read(payload)
    rules.check_due(asked.due_on, opened.due_on)
    person = _bind(session, case, instances.instance_of(session, case), opened, asked)
    kept = [
        outputs.attach(session, files_of, ATTACHMENT, field, upload, giver.actor) for field, upload in _files(payload)
    ]
    text = params.text(payload, "note") if entry_id is None else None
    entry = _journal(session, case, opened, giver, person, [file.sha256 for file in kept], text)
    row = Disposition(
        case_id=case.id,
        step_id=opened.id,
        files_of=files_of.id,
        from_role=giver.role.value,
        from_user_id=giver.actor.user_id,
        from_name=giver.actor.name,
        from_as=giver.acting,
        to_role=instances.part_of(opened).value,
        to_user_id=opened.assignee_id,
        to_name=person,
        due_on=opened.due_on,
        given_at=clock.now(),
        given_entry=entry_id or entry.id,
        reported_by_name="",
    )
    with raw_writes.writing(session, Disposition):
        session.add(row)


def _journal(
    session: Any, case: Case, opened: CaseStep, giver: _Giver, person: str, hashes: list[str], text: str | None
) -> Journal:
    said = {
        "step": opened.no,
        "role": giver.role.value,
        "to_role": instances.part_of(opened).value,
        "to_user": person,
        "due_on": opened.due_on.isoformat() if opened.due_on else "",
        "attachments": hashes,
        "acting": giver.acting,
    }
    return journal.append(
        session,
        GIVEN,
        actor=giver.actor,
        case_id=case.id,
        subject=(case.subject_type, case.subject_id),
        payload={name: value for name, value in said.items() if value},
        text=text,
    )


def _bind(session: Any, case: Case, instance: Instance, opened: CaseStep, asked: rules.Order) -> str:
    """Gives the step to the addressee and puts it at the order's day; the addressee's name, empty for the role."""
    name = ""
    if asked.to_user:
        step = next(step for step in instance.open if step.id == opened.id)
        person = instances.person_for(instance, step, asked.to_user, "to_user")
        opened.assignee_id, name = person.id, person.name
    if asked.due_on:
        opened.ordered_until_on = asked.due_on
        due = due_dates.of_step(opened, instance.sop, clock.calendar(session), case.received_at)
        if due:
            opened.due_at, opened.due_on, opened.due_provisional = due.due_at, due.due_on, due.provisional
    return name


def _read(payload: Mapping[str, Any]) -> rules.Order:
    return rules.read(params.text(payload, "to_user"), params.text(payload, "order_due_on"), clock.today())


def _files(payload: Mapping[str, Any]) -> list[tuple[str, Any]]:
    fields = [f"{rules.FILE}{index}" for index in range(1, rules.MOST_FILES + 1)]
    return [(field, payload[field]) for field in fields if scans.is_given(payload.get(field))]


def asked_of(instance: Instance, step: OpenStep, exit_: Exit) -> dict[str, Any] | None:
    """What the form of a command asks of an order: to which role it goes and who holds it; None where it gives none."""
    to = rules.given_with(instance.sop, step.no, step.part, exit_.command)
    if to is None:
        return None
    # Performers in turn hand it on inside the step.
    no = step.no if to in instance.sop.step(step.no).pelaksana else _opens(instance.sop, exit_, to)
    agency = None if to in GOVERNMENT_WIDE else instance.organization_id
    people = instances.candidates(instance, OpenStep("", no, to, agency))
    return {
        "to_role": to.value,
        "to_role_name": words.role_name(to),
        "people": [{"id": user.id, "name": user.display_name} for user in people],
    }


def _opens(sop: Sop, exit_: Exit, to: Role) -> str:
    return next((no for no in exit_.to if to in sop.step(no).pelaksana), exit_.to[0])


def of_case(session: Any, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """The orders of a case with their texts, as they were given; `may_report`: this person may report back."""
    rows = list(session.scalars(Disposition.of([case.id])))
    texts = _texts(session, rows)
    files = outputs.of_case(session, case.id) if rows else []
    return [
        {
            "id": row.id,
            "step_id": row.step_id,
            "from_role": row.from_role,
            "from": row.from_name,
            "from_title": words.acting(row.from_as, words.called(row.from_name)),
            "to_role": row.to_role,
            "to_role_name": words.role_name(row.to_role),
            "to": row.to_name or None,
            "to_title": words.called(row.to_name) if row.to_name else "",
            "from_role_name": words.role_name(row.from_role),
            "due_on": row.due_on.isoformat() if row.due_on else None,
            "given_at": row.given_at.isoformat(),
            "instruction": texts.get(row.given_entry),
            "attachments": [one for one in files if one["step_id"] == row.files_of and one["name"] == ATTACHMENT],
            "reported_at": row.reported_at.isoformat() if row.reported_at else None,
            "reported_by": row.reported_by_name or None,
            "reported_by_title": words.called(row.reported_by_name) if row.reported_by_name else "",
            "report": texts.get(row.reported_entry),
            "may_report": may_report(row, case, actor),
        }
        for row in rows
    ]


def by_step(session: Any, step_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What the desk says of the orders by which these steps opened: `from` and `instruction`, by step id."""
    rows = list(session.scalars(Disposition.for_steps(), {"step_ids": list(step_ids)}))
    texts = _texts(session, rows)
    return {
        row.step_id: {
            "from": words.acting(row.from_as, words.called(row.from_name)),
            "instruction": texts.get(row.given_entry) or "",
        }
        for row in rows
    }


def may_report(row: Disposition, case: Case, actor: Actor) -> bool:
    """Whether the person is the addressee, and has not reported yet; nobody reports to himself."""
    if row.reported_at is not None or actor.user_id in (None, row.from_user_id):
        return False
    if row.to_user_id:
        return row.to_user_id == actor.user_id
    role = Role(row.to_role)
    if role in GOVERNMENT_WIDE:
        return actor.has_anywhere(role, process=case.process)
    return actor.has(role, case.organization_id, case.process)


def _texts(session: Any, rows: Iterable[Disposition]) -> dict[int | None, str | None]:
    """Instructions and reports by their entry; what was erased is None."""
    ids = {entry for row in rows for entry in (row.given_entry, row.reported_entry) if entry}
    found = session.scalars(sa.select(JournalText).where(JournalText.journal_id.in_(ids))) if ids else ()
    return {text.journal_id: text.text for text in found}
