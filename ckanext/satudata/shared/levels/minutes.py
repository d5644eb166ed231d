"""The minutes' table: written once, read by who may read what they are about.

The law stands in `domain/decree.py`. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.domain.errors import Invalid, NotThere, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.shared import clock, journal, process
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.hidden import blind
from ckanext.satudata.shared.levels import decrees

SUBJECT = "minutes"
_ABOUT_DATASETS = ("dataset", "classification")
"""Subjects of cases whose `subject_id` is a dataset's."""


def create(
    context: Mapping[str, Any], actor: Actor, sent: Mapping[str, str], upload: Any, key: str = ""
) -> tuple[Minutes, bool]:
    """Records minutes; (row, whether it is new). The same `key` again gives the first one.

    `sent`: kind, held_on, subject, result and, each optional, dataset (id, name or address), decree_id, case_id.
    Raises Several with every fault at its field, NotAllowed.
    """
    rules.require_writer(actor)
    session = model.Session()
    if key:
        session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"satudata:minutes:{key}", 0)))
        )
        made = session.scalars(sa.select(Minutes).where(Minutes.form_key == key)).one_or_none()
        if made is not None:
            return made, False
    text, faults = rules.minutes_of(sent, clock.today())
    about = _about(session, context, actor, sent, faults)
    if faults or text is None:
        raise Several(faults)
    scan = scans.keep(session, upload, SUBJECT, actor) if scans.is_given(upload) else None
    row = Minutes(
        **vars(text), **about, form_key=key or None, created_by=actor.user_id, scan_id=scan.id if scan else None
    )
    session.add(row)
    session.flush()
    journal.append(
        session,
        "minutes_recorded",
        actor=actor,
        case_id=row.case_id,
        subject=(SUBJECT, row.id),
        payload={"on": row.held_on.isoformat(), **({"sha256": scan.sha256} if scan else {})},
    )
    return row, True


def _about(
    session: Session, context: Mapping[str, Any], actor: Actor, sent: Mapping[str, str], faults: list[Invalid]
) -> dict[str, str | None]:
    """The ids of what the minutes belong to; what is not there is a fault at its field."""
    package = decrees.dataset_of(context, sent.get("dataset") or "")
    if sent.get("dataset") and package is None:
        faults.append(Invalid("There is no such dataset.", field="dataset", mend="Copy its address from its page."))
    decree_id, case_id = sent.get("decree_id") or None, sent.get("case_id") or None
    if decree_id and not decrees.exists(session, decree_id):
        faults.append(Invalid("There is no such decree.", field="decree_id", mend="Choose it from the list."))
    case = session.get(Case, case_id) if case_id else None
    if case_id and (case is None or not process.may_see(session, case, actor)):
        faults.append(Invalid("There is no such case.", field="case_id", mend="Open the case and begin from there."))
    dataset_id = package.id if package is not None else None
    if case is not None and case.subject_type in _ABOUT_DATASETS:
        if dataset_id not in (None, case.subject_id):
            faults.append(
                Invalid("The case is about another dataset.", field="case_id", mend="Leave one of them empty.")
            )
        dataset_id = case.subject_id
    return {"dataset_id": dataset_id, "decree_id": decree_id, "case_id": case_id}


def find(session: Session, actor: Actor, minutes_id: str) -> Minutes:
    """The minutes, for who may read them. Raises NotThere, and NotAllowed for who reads none."""
    rules.require_reader(actor)
    found = session.execute(_select().where(Minutes.id == minutes_id)).one_or_none()
    if found is None or not rules.sees_minutes(actor, found.agency):
        raise NotThere("There are no such minutes.")
    return found[0]


def listed(
    session: Session,
    actor: Actor,
    *,
    dataset_id: str = "",
    decree_id: str = "",
    case_id: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[Minutes], int]:
    """The minutes that the person may read, the latest first, and how many there are. Raises NotAllowed."""
    rules.require_reader(actor)
    query = _select()
    if not rules.reads_whole(actor):
        query = query.where(_AGENCY.in_(rules.agencies_of(actor)))
    for column, value in (
        (Minutes.dataset_id, dataset_id), (Minutes.decree_id, decree_id), (Minutes.case_id, case_id),
    ):  # fmt: skip
        if value:
            query = query.where(column == value)
    count = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    query = query.order_by(Minutes.held_on.desc(), Minutes.created_at.desc(), Minutes.id).offset(offset).limit(limit)
    return [row for row, _ in session.execute(query)], count


_AGENCY = sa.func.coalesce(model.Package.owner_org, Case.organization_id)


def _select() -> Any:
    return (
        sa.select(Minutes, _AGENCY.label("agency"))
        .outerjoin(model.Package, model.Package.id == Minutes.dataset_id)
        .outerjoin(Case, Case.id == Minutes.case_id)
    )


def shown(session: Session, context: Mapping[str, Any], row: Minutes) -> dict[str, Any]:
    """The minutes in plain values; ask `find` first who may read them."""
    package = session.get(model.Package, row.dataset_id) if row.dataset_id else None
    known = package is not None and blind.sees(context, package)
    return {
        **summary(row),
        "result": row.result,
        "dataset": package.name if known else None,
        "dataset_title": package.title if known else None,
        "decree": decrees.label_of(session, row.decree_id),
        "scan": scans.about(session, row.scan_id, scans.site_url("satudata_minutes.scan", minutes_id=row.id)),
    }


def summary(row: Minutes) -> dict[str, Any]:
    """What a list says of minutes."""
    return {
        "id": row.id,
        "kind": row.kind,
        "kind_label": tk._(rules.MINUTES_KINDS[row.kind]),
        "held_on": row.held_on.isoformat(),
        "subject": row.subject,
        "dataset_id": row.dataset_id,
        "decree_id": row.decree_id,
        "case_id": row.case_id,
        "has_scan": row.scan_id is not None,
    }
