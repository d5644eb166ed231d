"""Dashboards: who may see which, and what a tile says. Pure.

A dashboard is of the whole government, of one agency, or for everybody; its file says which (`dashboard_definition`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import PROCESS, Cell, Kind, Period, may_read

PUBLIC_FACTS = ("opened", "used", "asked")
"""All that a dashboard for everybody may count: each is read from what is public now, and names nothing else."""
MONTHS = 12


@dataclass(frozen=True)
class Audience:
    """For whom a dashboard is. No roles: everybody. `of_agency`: each holder of a role sees his own agency."""

    roles: tuple[Role, ...] = ()
    of_agency: bool = False
    process: str = PROCESS
    """A role held a.n. counts only if it is held for this process."""

    @property
    def is_public(self) -> bool:
        """Whether everybody sees it."""
        return not self.roles


def may_see(actor: Actor, audience: Audience) -> bool:
    """Whether the person may see it at all, of whichever agency."""
    return (
        audience.is_public
        or actor.is_sysadmin
        or actor.has_anywhere(*audience.roles, process=audience.process)
        or (audience.of_agency and may_read(actor))
    )


def own_agencies(actor: Actor, audience: Audience) -> list[str]:
    """Ids of the agencies whose dashboard the person sees by a role held there."""
    held = (one for one in actor.held if one.role in audience.roles and one.counts_for(audience.process))
    return list(dict.fromkeys(one.organization_id for one in held if one.organization_id))


def require(actor: Actor, audience: Audience, agency_id: str | None) -> None:
    """Raises `NotAllowed` for who may not see it, of that agency; `Invalid` where an agency must or must not be named.

    The readers of the whole government's reports see each agency's.
    """
    if not may_see(actor, audience):
        raise NotAllowed("This dashboard is not for you.", mend="Ask Walidata for the figures that you need.")
    if not audience.of_agency:
        if agency_id is not None:
            raise Invalid("This dashboard is not of one agency.", field="producer", mend="Leave the agency out.")
        return
    if agency_id is None:
        raise Invalid("Which agency is meant?", field="producer", mend="Choose an agency.")
    if not (may_read(actor) or any(actor.has(role, agency_id, audience.process) for role in audience.roles)):
        raise NotAllowed("You see the dashboard of your own agency only.", mend="Ask Walidata for the figures.")


@dataclass(frozen=True)
class Point:
    """A number of a trend (`label`: `2026-10` or `2026`) or of a group (`label`: in the reader's words)."""

    label: str
    value: Cell


@dataclass(frozen=True)
class Tile:
    """One tile as it is shown: texts in the reader's language, numbers as they are.

    `groups` are the largest; `left` more are not shown. `unit`: `%` or nothing.
    """

    key: str
    title: str
    value: Cell
    kind: Kind
    unit: str
    note: str
    trend: tuple[Point, ...]
    trend_kind: Kind
    trend_unit: str
    trend_title: str
    groups: tuple[Point, ...]
    groups_kind: Kind
    groups_unit: str
    groups_title: str
    left: int
    link: str
    link_text: str


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as it is shown. `agency`: name of the one that it is of, empty for the whole government."""

    name: str
    title: str
    lead: str
    agency: str
    period: Period
    as_of_at: datetime
    tiles: tuple[Tile, ...]
    mark: str = ""


def months_until(today: date, count: int = MONTHS) -> list[str]:
    """The last months up to this one, `2026-10`, the oldest first."""
    last = today.year * 12 + today.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(last - count + 1, last + 1)]


def years_until(today: date, first: str | None) -> list[str]:
    """The years from the first one that has a number up to this one; this one alone without any."""
    begin = int(first) if first else today.year
    return [str(year) for year in range(min(begin, today.year), today.year + 1)]
