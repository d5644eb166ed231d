"""Dates, numbers and sizes in the visitor's language."""

from __future__ import annotations

from datetime import date, datetime

from ckan.lib import helpers as core
from markupsafe import Markup

from ckanext.satudata.shared import wording


def satudata_date(value: date | datetime | str | None, weekday: bool = False) -> str:
    """`3 Agustus 2026`; empty for nothing."""
    return wording.day(value, weekday=weekday) if value else ""


def satudata_datetime(value: datetime | str | None) -> str:
    """`Senin, 3 Agustus 2026 pukul 14.00 WIB`; empty for nothing."""
    return wording.instant(value) if value else ""


def satudata_number(value: float | str | None, places: int | None = None) -> str:
    """`1.234.567,8`; empty for nothing."""
    if value is None or value == "":
        return ""
    return wording.number(float(value) if isinstance(value, str) else value, places=places)


def satudata_size(value: int | str | None) -> str:
    """`2,4 MB`; empty for nothing."""
    return "" if value is None or value == "" else wording.size(int(value))


def render_datetime(
    datetime_: datetime | str | None,
    date_format: str | None = None,
    with_hours: bool = False,
    with_seconds: bool = False,
) -> str:
    """CKAN's helper of this name, with day, month and hour in the order of the language and the portal's zone.

    CKAN writes "November 21, 2026, 19:05 (WIB)" in every language.
    """
    at = core._datestamp_to_datetime(datetime_)
    if at is None or date_format:
        return core.render_datetime(datetime_, date_format, with_hours, with_seconds)
    return wording.instant(at) if with_hours or with_seconds else wording.day(at)


def satudata_with_code(text: str) -> Markup:
    """A sentence whose names between backticks are code: `url` as `<code>url</code>`."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(text.split("`"))
    )
