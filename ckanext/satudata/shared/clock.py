"""The one clock; tests freeze it."""

from __future__ import annotations

from datetime import date, datetime, timezone

import ckan.lib.helpers as h


def now() -> datetime:
    """The present instant, zoned, in UTC."""
    return datetime.now(timezone.utc)


def today() -> date:
    """The present day where the government sits (`ckan.display_timezone`)."""
    return now().astimezone(h.get_display_timezone()).date()
