"""The one clock; tests freeze it, and the loader of the demonstration sets it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import ckan.lib.helpers as h
import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.workdays import Calendar, parse_hours
from ckanext.satudata.model.base import hands, utcnow
from ckanext.satudata.model.holiday import COLLECTIVE_LEAVE, WORKING, Holiday


def now() -> datetime:
    """The present instant, zoned, in UTC."""
    return utcnow()


@contextmanager
def set_to(at: datetime) -> Iterator[None]:
    """Puts the clock of this thread to an instant while the block runs. For the demonstration's past only."""
    token = hands.set(at.astimezone(timezone.utc))
    try:
        yield
    finally:
        hands.reset(token)


def today() -> date:
    """The present day where the government sits (`ckan.display_timezone`)."""
    return now().astimezone(h.get_display_timezone()).date()


def zone() -> ZoneInfo:
    """The government's time zone (`ckan.display_timezone`)."""
    return ZoneInfo(str(h.get_display_timezone()))


def calendar(session: Any = None) -> Calendar:
    """Holidays, working week and service hours as they stand now.

    A year counts as decreed once its collective leave is in the table and no date of it is an estimate.
    """
    rows = (session or model.Session).execute(_DAYS)
    return _calendar(tuple(map(tuple, rows)), tk.config["ckanext.satudata.service_hours"], zone())


_DAYS = Holiday.in_order().with_only_columns(Holiday.on, Holiday.name, Holiday.kind, Holiday.estimated)


@lru_cache(maxsize=4)
def _calendar(days: tuple[tuple[date, str, str, bool], ...], hours: str, zone: ZoneInfo) -> Calendar:
    """Made once for what was read; whatever was changed makes another."""
    estimated = {on.year for on, _name, _kind, is_estimate in days if is_estimate}
    decreed = {on.year for on, _name, kind, _is_estimate in days if kind == COLLECTIVE_LEAVE} - estimated
    return Calendar(
        holidays=MappingProxyType({on: name for on, name, kind, _is_estimate in days if kind != WORKING}),
        decreed_years=frozenset(decreed),
        hours=parse_hours(hours),
        zone=zone,
    )
