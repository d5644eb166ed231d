"""Facts of the steps that waited when a month ended: what a number of today was before."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from ckanext.satudata.domain.sop import Process
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.reports import agencies, step_facts
from ckanext.satudata.reports.facts import NUMBER, NUMBERED, TIME, WEIGHT, Asked, months_of, reads
from ckanext.satudata.shared import clock

_PLACES = _SINCE, _UNTIL, _DUE = "since_end", "until_end", "due_end"
"""Of a step: after how many of the ends it was opened, up to which it waited, how many its due time outlasts."""


@reads("waited")
def _waited(asked: Asked) -> sa.Select:
    """Every step, once for each end of a month at which it was open; the last end is now."""
    return _at_ends(asked, sa.true())


@reads("ran")
def _ran(asked: Asked) -> sa.Select:
    """The same of requests."""
    return _at_ends(asked, Case.process == Process.REQUEST.value)


NUMBERED["waited"] = NUMBERED["ran"] = NUMBERED["steps"]


def _at_ends(asked: Asked, of: sa.ColumnElement[bool]) -> sa.Select:
    ends = _ends(asked)
    waited = _waiting_at(asked, ends)
    step = orm.aliased(CaseStep, waited, adapt_on_names=True)
    found = step_facts.of_cases(asked, of, *(waited.c[name] for name in _PLACES), step=step)
    if asked.columns is not None:
        kept = {*asked.columns, "agency", *_PLACES, NUMBER}
        columns = [column for column in found.selected_columns if column.key in kept]
        found = found.with_only_columns(*columns, maintain_column_froms=True)
    steps = found.subquery("steps")
    if asked.together:
        steps = sa.select(*steps.c, sa.func.count().label(WEIGHT)).group_by(*steps.c).subquery("groups")
    each = _told(asked, ends)
    waits = sa.and_(each.c.number > steps.c[_SINCE], each.c.number <= steps.c[_UNTIL])
    shown = [column for column in steps.c if column.key not in _PLACES]
    late = (steps.c[_DUE] < each.c.number).label("late")
    told = [column for column in each.c if column.key != "number"]
    return asked.with_agency(
        sa.select(*shown, late, *told).select_from(steps.join(each, waits)), steps.c.agency, each.c.at
    )


def _waiting_at(asked: Asked, ends: list[datetime]) -> sa.Subquery:
    """The steps that waited at any of the ends. Finished ones apart from open ones: of the many finished an index alone
    tells the few that did."""
    since, until = agencies.stretch(CaseStep.opened_at, ends), agencies.stretch(CaseStep.done_at, ends)
    due = sa.func.coalesce(agencies.stretch(CaseStep.due_at, ends), len(ends))
    held = [CaseStep.case_id, CaseStep.role, *([CaseStep.no] if asked.wants("process", "step", "what") else [])]

    def part(until_end: sa.ColumnElement[int], wanted: sa.ColumnElement[bool]) -> sa.Select:
        places = zip((since, until_end, due), _PLACES, strict=True)
        return sa.select(*held, *(place.label(name) for place, name in places)).where(wanted)

    ended = part(until, sa.and_(CaseStep.done_at >= ends[0], since < until))
    still = part(sa.literal(len(ends)), sa.and_(CaseStep.done_at.is_(None), CaseStep.opened_at < ends[-1]))
    return sa.union_all(ended, still).subquery("waited_at")


def _ends(asked: Asked) -> list[datetime]:
    """When the months of the period end; the last is the period's end, or now."""
    last = min(asked.end, clock.now())
    return sorted({*(at for at in months_of(asked.start, last) if at > asked.start), last})


def _told(asked: Asked, ends: list[datetime]) -> sa.Values:
    """Each end by its number: its last instant, the month that ends, and in which of `Asked.times` that is."""
    kinds: dict[str, Any] = {"number": sa.Integer, "at": sa.DateTime(timezone=True), "month": sa.String}
    rows: list[tuple[Any, ...]] = []
    for number, end in enumerate(ends, start=1):
        at = (end - timedelta(microseconds=1)).astimezone(clock.zone())
        rows.append((number, at, f"{at:%Y-%m}", *([bisect_right(asked.times, at)] if asked.times else [])))
    if asked.times:
        kinds[TIME] = sa.Integer
    return sa.values(*(sa.column(name, kind) for name, kind in kinds.items()), name="ends").data(rows)
