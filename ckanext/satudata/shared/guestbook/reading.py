"""What officers read of the guestbook: figures, and for who keeps it the persons; each look at those is journalled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import guestbook, officer_list
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest
from ckanext.satudata.model.institution import Institution, Spelling
from ckanext.satudata.shared import clock, crypto, journal, params
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.guestbook import retention

MOST = 20
"""Rows of a table of the largest."""

Span = tuple[datetime | None, datetime | None]


def span(sent: Mapping[str, Any]) -> Span:
    """The first instant of `from_on` and the first after `until_on`; None where open. Raises Invalid."""
    days = [officer_list.parse_date(params.text(sent, name), name) for name in ("from_on", "until_on")]
    if days[0] and days[1] and days[0] > days[1]:
        raise Invalid(
            "The period ends before it begins.", field="until_on", mend="Choose an end on or after the start."
        )
    start, end = (datetime.combine(day, time(), clock.zone()) if day else None for day in days)
    return start, end + timedelta(days=1) if end else None


def within(column: Any, given: Span) -> sa.ColumnElement[bool]:
    """Whether the instant lies in the span."""
    start, end = given
    bounds = [column >= start] if start else []
    return sa.and_(sa.true(), *bounds, *([column < end] if end else []))


def institution_name() -> sa.ColumnElement[str]:
    """The name an officer decided on, for a statement that joins spelling and institution outwards.

    What nobody decided on and nobody can any more, as its words ended with the last person who wrote them, waits for no
    one.
    """
    waits = sa.case((Spelling.written.is_not(None), tk._("Not reviewed yet")), else_=tk._("Institution no longer kept"))
    return sa.func.coalesce(Institution.name, waits)


def figures(session: Session, actor: Actor, given: Span) -> dict[str, Any]:
    """Counts of downloads in the span, of the agencies whose figures the officer reads. Raises NotAllowed."""
    guestbook.require_counts(actor)
    agencies = guestbook.agencies_of(actor)
    wanted = sa.and_(within(Download.at, given), downloads.counted(), Download.channel.in_(downloads.OPEN))
    if agencies is not None:
        own = sa.select(model.Package.id).where(model.Package.owner_org.in_(sorted(agencies)))
        wanted = sa.and_(wanted, Download.package_id.in_(own))
    signed = sa.and_(wanted, Download.profession.is_not(None))
    total, with_name = session.execute(
        sa.select(sa.func.count(), sa.func.count(Download.profession)).where(wanted)
    ).one()
    return {
        "downloads": total,
        "signed": with_name,
        "professions": _largest(session, Download.profession, signed),
        "institutions": [
            *_largest(session, institution_name(), sa.and_(signed, Institution.id.is_not(None))),
            *_largest(session, institution_name(), sa.and_(signed, Institution.id.is_(None))),
        ],
        "datasets": _largest(session, _title(), signed),
    }


def _largest(session: Session, of: Any, wanted: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    count = sa.func.count().label("count")
    rows = session.execute(
        sa.select(of.label("name"), count)
        .select_from(Download)
        .outerjoin(Spelling, Spelling.id == Download.spelling_id)
        .outerjoin(Institution, Institution.id == Spelling.institution_id)
        .outerjoin(model.Package, model.Package.id == Download.package_id)
        .where(wanted)
        .group_by(of)
        .order_by(count.desc(), of)
        .limit(MOST)
    )
    return [{"name": name, "count": number} for name, number in rows]


def _title() -> sa.ColumnElement[str]:
    """What is not public any more has no title here: figures leave the portal as files."""
    package = model.Package
    is_public = sa.and_(package.private.is_(False), package.state == model.State.ACTIVE)
    title = sa.func.coalesce(sa.func.nullif(package.title, ""), package.name)
    return sa.case((is_public, title), else_=tk._("Dataset that is not public any more"))


def persons(session: Session, actor: Actor, given: Span, *, limit: int, offset: int, export: bool) -> dict[str, Any]:
    """`count`, and `persons` from the newest on; the look is journalled. No commit. Raises NotAllowed."""
    guestbook.require_persons(actor)
    wanted = within(Guest.at, given)
    count = session.scalar(sa.select(sa.func.count()).select_from(Guest).where(wanted)) or 0
    fetched = sa.select(sa.func.count()).where(Download.guest_id == Guest.id).correlate(Guest).scalar_subquery()
    rows = session.execute(
        sa.select(Guest, Spelling.written, Institution.name, fetched)
        .join(Spelling, Spelling.id == Guest.spelling_id)
        .outerjoin(Institution, Institution.id == Spelling.institution_id)
        .where(wanted)
        .order_by(Guest.at.desc(), Guest.id)
        .limit(limit)
        .offset(offset)
    ).all()
    event = "guestbook_taken" if export else "guestbook_read"
    journal.append(session, event, actor=actor, subject=retention.SUBJECT, payload={"count": len(rows)})
    return {
        "count": count,
        "persons": [
            {
                "signed_at": guest.at.isoformat(),
                "name": crypto.unseal(guest.name),
                "profession": guest.profession,
                "institution": name or crypto.unseal(written),
                "email": crypto.unseal(guest.email),
                "purpose": crypto.unseal(guest.purpose),
                "downloads": number,
            }
            for guest, written, name, number in rows
        ],
    }
