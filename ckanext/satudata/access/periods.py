"""The daily look at periods that end: it makes work and opens nothing (issue B §1).

What has been told stands in the outbox under a key of its own for each occasion, so that a second run, or one after
days without any, tells nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain import period
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, notices, periodic, words
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.hidden import labels
from ckanext.satudata.shared.levels import classification, restrictions
from ckanext.satudata.shared.levels.restrictions import Restricted

log = logging.getLogger(__name__)

TOLD = (Role.WALIDATA, Role.PPID)
MAIL = "period_ends"
PAGE = "/meja/masa-berlaku"


@periodic.every(minutes=24 * 60, name="restriction_periods")
def watch() -> int:
    """Opens a case and queues mails for each restriction whose day is near or over; returns how many.

    Each restriction is a transaction of its own: one that cannot be handled does not stop the others.
    """
    session, today = model.Session, clock.today()
    waiting = _waiting(session, today)
    session.rollback()
    done = 0
    for row, occasions in waiting:
        try:
            _tell(session, row, occasions)
            session.commit()
            done += 1
        except Exception:
            session.rollback()
            log.exception("The period of a restriction of dataset %s could not be handled", row.package_id)
    return done


def _waiting(session: Any, today: date) -> list[tuple[Restricted, list[period.Occasion]]]:
    found = restrictions.select()
    near = (today + timedelta(days=period.SOON_DAYS)).isoformat()
    rows = session.execute(sa.select(found).where(found.c.due <= near).order_by(found.c.due, found.c.package_id))
    every = []
    for one in rows:
        row = restrictions.restricted(one._mapping)
        every += [(row, occasion) for occasion in period.occasions((row.until, row.review), today)]
    told = _told(session, [_key(row, occasion, TOLD[0]) for row, occasion in every])
    new: dict[tuple[str, str], tuple[Restricted, list[period.Occasion]]] = {}
    for row, occasion in every:
        if _key(row, occasion, TOLD[0]) not in told:
            new.setdefault((row.package_id, row.resource_id), (row, []))[1].append(occasion)
    return list(new.values())


def _told(session: Any, keys: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 1000):
        found |= set(session.scalars(sa.select(Outbox.key).where(Outbox.key.in_(keys[start : start + 1000]))))
    return found


def _tell(session: Any, row: Restricted, occasions: Iterable[period.Occasion]) -> None:
    case = classification.open_case(
        session, row.package_id, "period", resource_id=row.resource_id or None, actor=SYSTEM
    )
    for occasion in occasions:
        for role in TOLD:
            notices.queue(
                session,
                MAIL,
                to_role=role,
                params={
                    "case_id": case.id,
                    "package_id": row.package_id,
                    "resource_id": row.resource_id,
                    "on": occasion.on.isoformat(),
                    "kind": occasion.kind,
                },
                key=_key(row, occasion, role),
            )


def _key(row: Restricted, occasion: period.Occasion, role: Role) -> str:
    return f"period:{row.package_id}:{row.resource_id}:{occasion.name}:{role.value}"


@notices.mail(MAIL)
def period_ends(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: case_id, package_id, resource_id, on (ISO date), kind. What is closed is not named: mails lie open."""
    _ = tk._
    day = words.long_date(date.fromisoformat(params["on"]))
    subject = _("A restriction ends soon") if params["kind"] == "soon" else _("A restriction has reached its day")
    sentence = (
        _("The restriction of {data} ends or is to be reviewed on {day}.")
        if params["kind"] == "soon"
        else _("The restriction of {data} ended or was to be reviewed on {day}.")
    )
    lines = [
        sentence.format(data=_called(params["package_id"], params["resource_id"]), day=day),
        _("Nothing was opened by this: what is limited or closed stays so until you decide anew."),
        _("Open the case here: {url}").format(url=notices.site_url(f"/meja/{params['case_id']}")),
        _("All periods: {url}").format(url=notices.site_url(PAGE)),
        config.government_name(),
    ]
    return subject, "\n\n".join(lines)


def _called(package_id: str, resource_id: str) -> str:
    package = model.Session.get(model.Package, package_id)
    if package is None or not labels.knows_everybody(package):
        return tk._("closed data")
    return tk._("a file of “{title}”").format(title=package.title) if resource_id else f"“{package.title}”"
