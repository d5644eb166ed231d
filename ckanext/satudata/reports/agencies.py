"""Which agency a fact is of, and what it was called then: both are those of the day, not of today.

An agency that was renamed, or whose data went to another, stands under both names; the report says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy import orm

from ckanext.satudata.domain.report import Finding
from ckanext.satudata.model.agency_past import FormerName, FormerOwner
from ckanext.satudata.shared import wording


def first(*texts: Any) -> sa.ColumnElement[str]:
    """The first text that is not empty."""
    return sa.func.coalesce(*(sa.func.nullif(text, "") for text in texts[:-1]), texts[-1])


def changes(session: Any, since: datetime) -> tuple[datetime, ...]:
    """When since then an agency got another name, or data another agency; in order. Between two of them all stays."""
    ends = (sa.select(row.until_at).where(row.until_at > since) for row in (FormerName, FormerOwner))
    return tuple(session.scalars(sa.union(*ends).order_by("until_at")))


def stretch(at: Any, changed: Sequence[datetime]) -> sa.ColumnElement[int]:
    """Between which two of these changes an instant lies."""
    if not changed:
        return sa.literal(0)
    ends = sa.cast(list(changed), sa.ARRAY(sa.DateTime(timezone=True)))
    return sa.func.width_bucket(at, ends, type_=sa.Integer)


def own_changes(since: datetime) -> sa.Subquery:
    """Of each dataset (`package_id`) the instants since then (`ends`) between which it has one agency with one name.

    The fewer there are, the fewer rows are told apart. Where data went to another agency, any agency's name counts.
    """
    package = model.Package
    moved = sa.select(FormerOwner.until_at).where(FormerOwner.package_id == package.id, FormerOwner.until_at > since)
    renamed = sa.select(FormerName.until_at).where(FormerName.until_at > since)
    own = renamed.where(FormerName.organization_id == package.owner_org)
    ends = sa.case(
        (moved.correlate(package).exists(), _array(sa.union(moved.correlate(package), renamed))),
        else_=_array(own.correlate(package)),
    )
    return sa.select(package.id.label("package_id"), ends.label("ends")).subquery("own_changes")


def _array(instants: Any) -> sa.ColumnElement[Any]:
    kind = sa.ARRAY(sa.DateTime(timezone=True))
    return sa.func.array(instants.order_by("until_at").scalar_subquery(), type_=kind)


def name(organization_id: Any, at: Any = None, otherwise: str = "") -> sa.ColumnElement[str]:
    """What the agency was called at that instant; its present name without one. `otherwise`: where there is none."""
    agency = orm.aliased(model.Group)
    called = sa.select(first(agency.title, agency.name)).where(agency.id == organization_id)
    present = called.correlate_except(agency).scalar_subquery()
    gone = _without(organization_id, otherwise)
    if at is None:
        return sa.func.coalesce(present, gone)
    return sa.func.coalesce(_then(FormerName, "organization_id", organization_id, at, "title"), present, gone)


def _without(organization_id: Any, otherwise: str) -> sa.ColumnElement[str]:
    """What is said where there is no agency, or none any more."""
    none = otherwise or tk._("No single agency")
    return sa.case((organization_id.is_(None), none), else_=tk._("Agency that is no longer registered"))


def named(found: sa.Select, organization_id: Any, otherwise: str = "") -> sa.Select:
    """Facts with `producer`, the present name, by a join: for very many of them."""
    agency = orm.aliased(model.Group)
    names = sa.select(agency.id, first(agency.title, agency.name).label("name")).subquery("names")
    producer = sa.func.coalesce(names.c.name, _without(organization_id, otherwise)).label("producer")
    return found.add_columns(producer).outerjoin(names, names.c.id == organization_id)


def owner(package_id: Any, at: Any = None) -> sa.ColumnElement[str]:
    """The id of the agency whose data the dataset was at that instant; whose it is, without one."""
    package = orm.aliased(model.Package)
    # Asked within another look-up, it would not find the fact's row by itself.
    present = sa.select(package.owner_org).where(package.id == package_id).correlate_except(package).scalar_subquery()
    if at is None:
        return present
    return sa.func.coalesce(_then(FormerOwner, "package_id", package_id, at, "organization_id"), present)


def _then(kept: Any, key: str, id_: Any, at: Any, wanted: str) -> Any:
    """What ended first after that instant."""
    row = orm.aliased(kept)
    found = sa.select(getattr(row, wanted)).where(getattr(row, key) == id_, row.until_at > at)
    return found.order_by(row.until_at).limit(1).correlate_except(row).scalar_subquery()


def explained(session: Any, since: datetime, shown: set[str], producer: str = "") -> Iterable[Finding]:
    """Why agencies stand under other names than today's. `shown`: the texts of the report; `producer`: the id of the
    agency that it is narrowed to."""
    present = dict(session.execute(sa.select(model.Group.id, _TITLE)).all())
    names = session.scalars(FormerName.since(since)).all()
    for place, row in enumerate(names):
        if row.title not in shown and row.organization_id != producer:
            continue
        later = next((one.title for one in names[place + 1 :] if one.organization_id == row.organization_id), None)
        now = later or present.get(row.organization_id)
        about = {"former": row.title, "day": wording.day(row.until_at), "now": now or ""}
        yield Finding(_RENAMED if now else _ENDED, about)
    yield from _moved(session, since, shown, present)


_TITLE = first(model.Group.title, model.Group.name)
_RENAMED = "{former} has been called {now} since {day}; what happened before that day stands under its former name."
_ENDED = "{former} ended on {day}; what happened before that day stands under its name."
_MOVED = "{count} datasets of {former} went to {now}, the last on {day}; what happened before stands under {former}."


def _moved(session: Any, since: datetime, shown: set[str], present: dict[str, str]) -> Iterable[Finding]:
    went: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], datetime] = {}
    rows = session.scalars(FormerOwner.since(since)).all()
    ids = {row.package_id for row in rows}
    package = model.Package
    owned = dict(session.execute(sa.select(package.id, package.owner_org).where(package.id.in_(ids))).all())
    for place, row in enumerate(rows):
        later = (one.organization_id for one in rows[place + 1 :] if one.package_id == row.package_id)
        way = (row.organization_id, next(later, None) or owned.get(row.package_id) or "")
        went[way] += 1
        last[way] = row.until_at
    for (former, now), count in went.items():
        names = {"former": present.get(former, ""), "now": present.get(now, "")}
        if names["former"] in shown and names["now"]:
            yield Finding(_MOVED, {**names, "count": count, "day": wording.day(last[former, now])})
