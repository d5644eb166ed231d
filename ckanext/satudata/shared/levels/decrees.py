"""The decrees' table: read, written, and asked by the forms that refer to a decree.

The law stands in `domain/decree.py`. Nothing here commits but `scans.give`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.domain.access import DatasetStage, Level, level_of
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, Several
from ckanext.satudata.domain.letters import tanggal
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.decree import Decree, DecreeRow
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, journal, vault, wording
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.hidden import blind

SUBJECT = "decree"


def exists(session: Session, decree_id: str) -> bool:
    """Whether there is a decree of this id."""
    return session.get(Decree, decree_id) is not None


def last_day(session: Session, decree_id: str) -> date | None:
    """The last day on which a decree is in force; None where it has none, or there is no such decree."""
    row = session.get(Decree, decree_id) if decree_id else None
    return row.in_force_until_on if row is not None else None


def choices(session: Session, on: date | None = None, keep: str = "") -> list[tuple[str, str]]:
    """(id, label) of the decrees in force on that day (default today), the latest first.

    `keep` is the id that a form holds already: it stays to be chosen after its end.
    """
    rows = list(session.scalars(Decree.in_force(on or clock.today())))
    kept = session.get(Decree, keep) if keep and keep not in {row.id for row in rows} else None
    return [(row.id, label(row)) for row in [*rows, *filter(None, [kept])]]


def label(row: Decree) -> str:
    """How a decree is cited: kind, number and day, in the language of the moment."""
    return tk._("{kind} number {number} of {day}").format(
        kind=tk._(rules.DECREE_KINDS[row.kind]), number=row.number, day=wording.day(row.dated_on)
    )


def cited(row: Decree) -> str:
    """How letters cite it."""
    return f"{rules.CITED[row.kind]} Nomor {row.number} tanggal {tanggal(row.dated_on)} tentang {row.title}"


def label_of(session: Session, decree_id: str | None) -> str:
    """The same by id; empty for none and for one that is not there."""
    row = session.get(Decree, decree_id) if decree_id else None
    return label(row) if row is not None else ""


def find(session: Session, decree_id: str) -> Decree:
    """The decree. Raises NotThere."""
    row = session.get(Decree, decree_id)
    if row is None:
        raise NotThere("There is no such decree.")
    return row


def create(context: Mapping[str, Any], actor: Actor, sent: Mapping[str, str], rows: Any, upload: Any) -> Decree:
    """Records a decree. `rows`: None, text, or a list of {what, level, dataset}. Raises Several, Conflict."""
    rules.require_writer(actor)
    session = model.Session()
    text, found = _checked(context, sent, rows)
    row = Decree(created_by=actor.user_id)
    _store(session, row, text)
    _set_rows(session, row.id, found or [])
    if scans.is_given(upload):
        row.scan_id = scans.keep(session, upload, "decree", actor).id
    session.flush()
    _journal(session, "decree_recorded", row, actor, rows=len(found or []))
    return row


def update(
    context: Mapping[str, Any], actor: Actor, decree_id: str, sent: Mapping[str, str], rows: Any, upload: Any
) -> Decree:
    """Corrects a decree, or sets its last day; what is not sent stays. Raises as `create`, and NotThere."""
    rules.require_writer(actor)
    session = model.Session()
    row = session.scalars(Decree.locked(decree_id).execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotThere("There is no such decree.")
    text, found = _checked(context, {**_as_sent(row), **sent}, rows)
    changed = sorted(name for name, value in vars(text).items() if getattr(row, name) != value)
    _store(session, row, text)
    if found is not None:
        _set_rows(session, row.id, found)
        changed.append("rows")
    if scans.is_given(upload):
        former, row.scan_id = row.scan_id, scans.keep(session, upload, "decree", actor).id
        session.flush()
        if former:
            vault.delete(session, former)
        changed.append("scan")
    _journal(session, "decree_changed", row, actor, fields=changed)
    return row


def delete(session: Session, actor: Actor, decree_id: str) -> None:
    """Removes a decree that nothing refers to. Raises NotAllowed, NotThere, Conflict for one in use."""
    rules.require_writer(actor)
    row = session.scalars(Decree.locked(decree_id)).one_or_none()
    if row is None:
        raise NotThere("There is no such decree.")
    if is_used(session, row.id):
        raise Conflict(
            "This decree is in use.", field="id", mend="Set its last day instead: it stays in the list as ended."
        )
    _journal(session, "decree_deleted", row, actor)
    scan = row.scan_id
    session.execute(sa.delete(DecreeRow).where(DecreeRow.decree_id == row.id))
    session.delete(row)
    session.flush()
    if scan:
        vault.delete(session, scan)


def is_used(session: Session, decree_id: str) -> bool:
    """Whether a dataset, a resource, a proposal or minutes refer to the decree, or a line of it names a dataset."""
    package, resource = model.Package.__table__, model.Resource.__table__
    mentions = (
        sa.exists().where(DecreeRow.decree_id == decree_id, DecreeRow.dataset_id.is_not(None)),
        sa.exists().where(Minutes.decree_id == decree_id),
        sa.exists().where(package.c.extras["access_decree"].astext == decree_id, package.c.state != "deleted"),
        sa.exists().where(
            sa.cast(resource.c.extras, sa.Text).contains(decree_id, autoescape=True), resource.c.state == "active"
        ),
        sa.exists().where(ResourceFile.withheld["access_decree"].astext == decree_id),
        sa.exists().where(sa.cast(DatasetState.former, sa.Text).contains(decree_id, autoescape=True)),
        sa.exists().where(Case.ended_at.is_(None), Case.data["proposal"]["access_decree"].astext == decree_id),
    )
    return bool(session.scalar(sa.select(sa.or_(*mentions))))


def shown(session: Session, context: Mapping[str, Any], actor: Actor, row: Decree) -> dict[str, Any]:
    """The decree in plain values, with the lines and the scan that this person may have."""
    rules.require_reader(actor)
    lines = _lines(session, row.id)
    url = scans.site_url("satudata_decrees.scan", decree_id=row.id)
    return {
        **summary(row),
        "rows": [
            {
                "no": line.no,
                "what": line.what,
                "level": line.level,
                "dataset_id": package.id if package is not None and blind.sees(context, package) else None,
                "dataset": package.name if package is not None and blind.sees(context, package) else None,
            }
            for line, package, strictest in lines
            if rules.sees_row(actor, strictest, package.owner_org if package is not None else None)
        ],
        "scan": scans.about(session, row.scan_id, url) if _may_take(actor, lines) else None,
        "in_use": is_used(session, row.id),
    }


def summary(row: Decree) -> dict[str, Any]:
    """What a list says of a decree."""
    text = rules.DecreeText(row.kind, row.number, row.title, row.dated_on, row.in_force_from_on, row.in_force_until_on)
    return {
        "id": row.id,
        **_as_sent(row),
        "label": label(row),
        "state": text.state(clock.today()),
        "has_scan": row.scan_id is not None,
    }


def may_take_scan(session: Session, actor: Actor, row: Decree) -> bool:
    """Whether the person may have the scan."""
    return row.scan_id is not None and _may_take(actor, _lines(session, row.id))


def is_for_everybody(session: Session, row: Decree) -> bool:
    """Whether the paper of a decree may go to whoever asks for what it excludes: it is there, its rows were entered,
    and none is about closed data, or about data that is not described in public."""
    lines = _lines(session, row.id)
    if row.scan_id is None or not lines or any(level == Level.TERTUTUP.value for _, _, level in lines):
        return False
    named = {package.id for _, package, _ in lines if package is not None}
    described = sa.select(sa.func.count()).where(
        DatasetState.package_id.in_(named), DatasetState.state == DatasetStage.PUBLISHED.value
    )
    return session.scalar(described) == len(named)


def lines_about(session: Session, row: Decree, dataset_id: str) -> list[DecreeRow]:
    """The lines of the annex about one dataset."""
    return [line for line, _, _ in _lines(session, row.id) if dataset_id and line.dataset_id == dataset_id]


def form_text(session: Session, decree_id: str) -> str:
    """The lines of the annex as the form shows them."""
    return rules.text_of_rows(
        rules.DecreeRow(line.no, line.what, line.level, package.name if package is not None else "")
        for line, package, _ in _lines(session, decree_id)
    )


Line = tuple[DecreeRow, "model.Package | None", str]


def _lines(session: Session, decree_id: str) -> list[Line]:
    """Each line with its dataset and the stricter of its own level and the dataset's present one."""
    found = session.execute(
        DecreeRow.of([decree_id])
        .add_columns(model.Package, DatasetState.access_level)
        .outerjoin(model.Package, model.Package.id == DecreeRow.dataset_id)
        .outerjoin(DatasetState, DatasetState.package_id == DecreeRow.dataset_id)
    )
    return [
        (line, package, max((level_of(line.level), level_of(now or line.level)), key=lambda one: one.strictness).value)
        for line, package, now in found
    ]


def _may_take(actor: Actor, lines: Iterable[Line]) -> bool:
    return rules.may_take_scan(
        actor, [(strictest, package.owner_org if package is not None else None) for _, package, strictest in lines]
    )


def _checked(
    context: Mapping[str, Any], sent: Mapping[str, str], rows: Any
) -> tuple[rules.DecreeText, list[DecreeRow] | None]:
    text, faults = rules.decree_of(sent, clock.today())
    found = None
    if rows is not None:
        typed, wrong = rules.rows_of_text(rows) if isinstance(rows, str) else rules.checked_rows(*_of_list(rows))
        faults = [*faults, *wrong]
        found = [_row(context, row, faults) for row in typed]
    if faults or text is None:
        raise Several(faults)
    return text, found


def _of_list(rows: Any) -> tuple[list[rules.DecreeRow], list[Invalid]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid("The rows are a list of objects.", field="rows", mend="Each has what, level and dataset.")
    told = ({name: str(row.get(name) or "").strip() for name in ("what", "level", "dataset")} for row in rows)
    return [rules.DecreeRow(number, **row) for number, row in enumerate(told, start=1)], []


def _row(context: Mapping[str, Any], row: rules.DecreeRow, faults: list[Invalid]) -> DecreeRow:
    package = dataset_of(context, row.dataset)
    if row.dataset and package is None:
        faults.append(rules.row_of_unknown_dataset(row.no))
    return DecreeRow(no=row.no, what=row.what, level=row.level, dataset_id=package.id if package is not None else None)


def dataset_of(context: Mapping[str, Any], reference: str) -> model.Package | None:
    """The dataset of that id, name or page address, if the caller may know of it."""
    name = reference.rstrip("/").rsplit("/", 1)[-1]
    package = model.Package.get(name) if name else None
    known = package is not None and package.state == "active" and blind.sees(context, package)
    return package if known else None


def _set_rows(session: Session, decree_id: str, rows: Iterable[DecreeRow]) -> None:
    session.execute(sa.delete(DecreeRow).where(DecreeRow.decree_id == decree_id))
    for row in rows:
        row.decree_id = decree_id
        session.add(row)
    session.flush()


def _store(session: Session, row: Decree, text: rules.DecreeText) -> None:
    try:
        with session.begin_nested():
            for name, value in vars(text).items():
                setattr(row, name, value)
            session.add(row)
    except sa.exc.IntegrityError as error:
        raise Conflict(
            "A decree of this kind, number and day is recorded already.", field="number", mend="Open it in the list."
        ) from error


def _as_sent(row: Decree) -> dict[str, str]:
    found = {name: getattr(row, name) for name in FIELDS}
    return {name: value.isoformat() if isinstance(value, date) else value or "" for name, value in found.items()}


FIELDS = ("kind", "number", "title", "dated_on", "in_force_from_on", "in_force_until_on")


def _journal(session: Session, event: str, row: Decree, actor: Actor, **payload: Any) -> None:
    journal.append(
        session,
        event,
        actor=actor,
        subject=(SUBJECT, row.id),
        payload={"number": row.number, **payload},
    )
