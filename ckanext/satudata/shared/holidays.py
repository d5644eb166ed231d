"""Fills the holidays table from the `holidays` package; what a decree set is never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import holidays as package
import sqlalchemy as sa

from ckanext.satudata.model.holiday import COLLECTIVE_LEAVE, NATIONAL, Holiday
from ckanext.satudata.shared import clock

FIRST_YEAR = 2020
ESTIMATE = " (perkiraan)"
FROM_PACKAGE = "package"


def years() -> range:
    """The years a portal needs: the past it imports, this one and the next two."""
    return range(FIRST_YEAR, clock.today().year + 3)


def seed(session: Any, wanted: Iterable[int] | None = None) -> int:
    """Stores national holidays and collective leave of those years, and returns how many days changed.

    In the caller's transaction. Rows of a decree stay; rows of the package follow its newer edition.
    """
    wanted = list(wanted if wanted is not None else years())
    fresh = dict(_days(wanted))
    stored = {row.on: row for row in session.scalars(Holiday.in_order()) if row.on.year in wanted}
    changed = 0
    for on, (name, kind, estimated) in fresh.items():
        row = stored.get(on)
        if row is None:
            session.add(Holiday(on=on, name=name, kind=kind, source=FROM_PACKAGE, estimated=estimated))
        elif row.source == FROM_PACKAGE and (row.name, row.kind, row.estimated) != (name, kind, estimated):
            row.name, row.kind, row.estimated = name, kind, estimated
        else:
            continue
        changed += 1
    gone = [on for on, row in stored.items() if row.source == FROM_PACKAGE and on not in fresh]
    if gone:
        session.execute(sa.delete(Holiday).where(Holiday.on.in_(gone)))
    session.flush()
    return changed + len(gone)


def _days(wanted: list[int]) -> Iterable[tuple[date, tuple[str, str, bool]]]:
    # Collective leave first: where both fall on one day, the holiday names it.
    for category, kind in (("government", COLLECTIVE_LEAVE), ("public", NATIONAL)):
        found = package.country_holidays("ID", years=wanted, categories=category, language="id")
        for on, name in found.items():
            yield on, (name.replace(ESTIMATE, ""), kind, ESTIMATE in name)
