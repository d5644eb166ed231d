"""The time of the answer in words: until when, how much of it is left, what moved it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.statutory import EXTENSION_DAYS, Clock, day_of
from ckanext.satudata.domain.workdays import Calendar, Due, Unit
from ckanext.satudata.shared import wording


def until(own: Clock, calendar: Calendar, now: datetime) -> str:
    """The last day with what is left until then; once the notice has gone out only that it was late, if it was."""
    due = own.due(calendar, now)
    if own.notified_at is not None and own.notified_at > due.due_at:
        told = tk._("{date} (the notice went out late, on {sent})")
        return told.format(date=wording.day(due.due_on, weekday=True), sent=wording.day(own.notified_at))
    if own.notified_at is not None or own.paused_since is not None:
        return wording.day(due.due_on, weekday=True)
    return with_left(due, calendar, now)


def with_left(due: Due, calendar: Calendar, now: datetime) -> str:
    """The last day, and in brackets how much is left until then."""
    said = wording.day(due.due_on, weekday=True)
    return f"{said} ({left(due, calendar, now.astimezone(calendar.zone).date())})"


def left(due: Due, calendar: Calendar, today: date) -> str:
    """How many working days are left, or by how many the last day has passed."""
    if today == due.due_on:
        return tk._("today is the last day")
    if today < due.due_on:
        count = due.count - day_of(due, today)
        return tk.ungettext("{count} working day left", "{count} working days left", count).format(count=count)
    days = (due.due_on + timedelta(days=one) for one in range(1, (today - due.due_on).days + 1))
    count = sum(map(calendar.is_working_day, days))
    if not count:
        return tk._("passed")
    return tk.ungettext("{count} working day late", "{count} working days late", count).format(count=count)


def counted(own: Clock, calendar: Calendar, now: datetime) -> str:
    """Which working day of the time today is, or that of the notice; empty while it stands, before it and after it."""
    due, at = own.due(calendar, now), own.notified_at or now
    day = day_of(due, at.astimezone(calendar.zone).date())
    if own.paused_since is not None or not day or at > due.due_at:
        return ""
    return tk._("{day} of {count}").format(day=day, count=due.count)


def before_extension(own: Clock, calendar: Calendar) -> str:
    """The last day as it was before the extension; empty where there was none."""
    if own.extended_at is None:
        return ""
    due = calendar.due(own.start_at, own.count - EXTENSION_DAYS, Unit.WORKING_DAYS, own.pauses)
    return wording.day(due.due_on)
