"""Dates, instants, numbers and sizes as people of a language write them.

`locale` is `id` or `en`; without one it is that of the request, or the portal's default outside a request
(mails, letters, jobs).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_timezone_name
from babel.numbers import format_decimal
from ckan.config import middleware
from flask import has_app_context
from flask_babel import force_locale

_UNITS = ("B", "kB", "MB", "GB", "TB")


def N_(text: str) -> str:
    """Marks a text for the catalogues; translated where it is shown."""
    return text


def locale_of(locale: str | None = None) -> Locale:
    """Babel's locale; one that it does not know becomes Indonesian."""
    return _parsed(locale or _current())


@lru_cache(maxsize=64)
def _parsed(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("id")


def _current() -> str:
    try:
        spoken = tk.h.lang()
    except (RuntimeError, AttributeError, TypeError):
        spoken = None
    return spoken or tk.config["ckan.locale_default"]


@contextmanager
def speaking(locale: str | None = None) -> Iterator[None]:
    """Translates into `locale` (default: the portal's language), also where no request runs.

    Catalogues hang on a Flask application; a worker and the command line have none of their own and borrow CKAN's.
    """
    with ExitStack() as stack:
        if not has_app_context():
            stack.enter_context(middleware._internal_test_request_context.app.app_context())
        stack.enter_context(force_locale(locale or tk.config["ckan.locale_default"]))
        yield


def time_zone() -> ZoneInfo:
    """The government's own zone (`ckan.display_timezone`); Jakarta where none or the server's is set."""
    name = tk.config.get("ckan.display_timezone") or "Asia/Jakarta"
    return ZoneInfo("Asia/Jakarta" if name == "server" else name)


def as_instant(value: datetime | str) -> datetime:
    """An aware instant in the government's zone. CKAN's naive values and strings are UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return value.astimezone(time_zone())


def as_date(value: date | datetime | str) -> date:
    """The day that `value` falls on in the government's zone; a string may be a date or an instant."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    if isinstance(value, (datetime, str)):
        return as_instant(value).date()
    return value


def day(value: date | datetime | str, *, weekday: bool = False, locale: str | None = None) -> str:
    """`3 Agustus 2026`, with `weekday` `Senin, 3 Agustus 2026`."""
    return format_date(as_date(value), "EEEE, d MMMM y" if weekday else "d MMMM y", locale=locale_of(locale))


def month(value: date | datetime | str, *, locale: str | None = None) -> str:
    """`Agustus 2026`."""
    return format_date(as_date(value), "MMMM y", locale=locale_of(locale))


def instant(value: datetime | str, *, locale: str | None = None) -> str:
    """`Senin, 3 Agustus 2026 pukul 14.00 WIB`; English `Monday, 3 August 2026 at 14:00 WIB`."""
    at = as_instant(value)
    tongue = locale_of(locale)
    # The zone's short name is Indonesian in every language: nobody here says "GMT+7".
    zone = get_timezone_name(at, width="short", locale="id")
    if tongue.language == "id":
        return f"{day(at, weekday=True, locale='id')} pukul {at:%H.%M} {zone}"
    return f"{day(at, weekday=True, locale=str(tongue))} at {at:%H:%M} {zone}"


def number(value: float, *, places: int | None = None, locale: str | None = None) -> str:
    """`1.234.567,8`; `places` fixes the digits after the comma, else as many as there are, at most three."""
    pattern = None if places is None else "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, format=pattern, locale=locale_of(locale))


def size(count: int, *, locale: str | None = None) -> str:
    """Bytes in words: `2,4 MB` (thousands, as file managers and telephone bills count)."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    shown = round(amount, 1) if unit else int(amount)
    return f"{number(int(shown) if shown == int(shown) else shown, locale=locale)} {_UNITS[unit]}"
