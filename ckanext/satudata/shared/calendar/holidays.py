"""Fills the holidays table: from the `holidays` package, and by decree, which the package never changes again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import holidays as package
import sqlalchemy as sa

from ckanext.satudata.domain import holiday_list
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.holiday import COLLECTIVE_LEAVE, NATIONAL, WORKING, Holiday
from ckanext.satudata.shared import clock, journal

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


@dataclass(frozen=True)
class Imported:
    """What becomes of one line: `new`, `changed`, `unchanged`, `repeated` or `error`."""

    line: holiday_list.Line
    outcome: str
    errors: tuple[SatudataError, ...] = ()


def put(session: Any, actor: Actor, on: date, name: str, kind: str, decree: str) -> Holiday:
    """Stores a day off by decree, also in place of what the package guessed. No commit.

    Raises `Invalid` for a day that has passed, `Conflict` for one that a decree has set already.
    """
    if kind == WORKING:
        return open_again(session, actor, on, decree)
    row = session.get(Holiday, on, with_for_update=True, populate_existing=True)
    if row is not None and row.source != FROM_PACKAGE and row.kind != WORKING:
        raise Conflict("This day is a holiday already.", field="on", mend="See the list below.")
    return _store(session, actor, row, on, name, kind, decree)


def open_again(session: Any, actor: Actor, on: date, decree: str) -> Holiday:
    """Makes a day off a working day by decree. No commit. Raises `NotThere` or `Invalid`."""
    row = session.get(Holiday, on, with_for_update=True, populate_existing=True)
    if row is None or row.kind == WORKING:
        raise NotThere("This day is not in the list.")
    return _store(session, actor, row, on, row.name, WORKING, decree)


def _store(session: Any, actor: Actor, row: Holiday | None, on: date, name: str, kind: str, decree: str) -> Holiday:
    if on <= clock.today():
        raise Invalid("The day has passed.", field="on", mend="Only days to come can be changed.")
    if row is None:
        row = Holiday(on=on)
        session.add(row)
    row.name, row.kind, row.source, row.estimated = name, kind, decree, False
    session.flush()
    event = "holiday_removed" if kind == WORKING else "holiday_added"
    payload = {"on": on.isoformat(), "name": name, "kind": kind, "decree": decree}
    journal.append(session, event, actor=actor, subject=("holiday", on.isoformat()), payload=payload)
    return row


def import_list(session: Any, actor: Actor, content: bytes | str, decree: str, whole: bool) -> list[Imported]:
    """Stores the days of a CSV list and says what became of each line. No commit: drop it where one has an error.

    With `whole` the list is all there is of its years: days to come that it does not name are working days, by
    `decree`. A line without a decree's number takes `decree`, and needs none where the day stands so already.
    """
    lines = holiday_list.read(content, decree)
    if whole and not decree:
        raise Invalid("The decree is missing.", field="decree", mend="Enter the number of the decree.")
    seen: set[date] = set()
    found = []
    for line in lines:
        found.append(_import(session, actor, line, seen))
        seen |= {line.on} - {None}
    if whole and not any(one.errors for one in found):
        years = {on.year for on in seen}
        for row in session.scalars(Holiday.in_order().where(Holiday.on > clock.today(), Holiday.kind != WORKING)).all():
            if row.on.year in years and row.on not in seen:
                open_again(session, actor, row.on, decree)
                gone = holiday_list.Line(0, {}, row.on, row.name, WORKING, decree)
                found.append(Imported(gone, "removed"))
    return found


def _import(session: Any, actor: Actor, line: holiday_list.Line, seen: set[date]) -> Imported:
    if line.errors or line.on is None:
        return Imported(line, "error", line.errors)
    if line.on in seen:
        error = Invalid("This day stands twice in the list.", field="tanggal", mend="Take one of the lines out.")
        return Imported(line, "error", (error,))
    row = session.get(Holiday, line.on, with_for_update=True, populate_existing=True)
    stands = row is not None and (row.name, row.kind) == (line.name, line.kind) and not row.estimated
    if stands and line.decree in ("", row.source):
        return Imported(line, "unchanged")
    is_off = row is not None and row.kind != WORKING
    # Days that have passed stay as they were counted; a list of the whole year may name them.
    if is_off is (line.kind != WORKING) and (not is_off or line.on <= clock.today()):
        return Imported(line, "unchanged")
    if not line.decree:
        mend = "Enter the number of the decree in the column nomor_sk, or one for the whole list."
        return Imported(line, "error", (Invalid("The decree is missing.", field="nomor_sk", mend=mend),))
    try:
        _store(session, actor, row, line.on, line.name, line.kind, line.decree)
    except Invalid as error:
        error.field = "tanggal"
        return Imported(line, "error", (error,))
    return Imported(line, "changed" if row is not None else "new")
