"""Mails to who objected. They tell number, dates and where it stands, and nothing of what was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.ppid import objections, reaching
from ckanext.satudata.shared import notices, wording


@notices.mail("ppid_objection_received")
def received(params: Mapping[str, Any]) -> tuple[str, str]:
    """Number, and until when the superior answers."""
    row = model.Session.get_one(Objection, params["objection_id"])
    lines = [
        tk._("We have received your objection. It is registered under number {number}.").format(number=row.number),
        tk._("The PPID's superior answers in writing by {date} at the latest.").format(
            date=wording.day(objections.answer_due(row).due_on, weekday=True)
        ),
    ]
    return tk._("Objection {number}").format(number=row.number), _with_address(row, lines)


@notices.mail("ppid_objection_moved")
def moved(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """The last day of the superior is another one than was told; nothing once there is an answer."""
    row = model.Session.get(Objection, params["objection_id"])
    if row is None or row.outcome is not None:
        return None
    before, after = date.fromisoformat(params["from"]), objections.answer_due(row).due_on
    said = tk._("The last day for the answer to your objection {number} has moved from {before} to {after}.")
    lines = [
        said.format(
            number=row.number, before=wording.day(before, weekday=True), after=wording.day(after, weekday=True)
        ),
        tk._("The calendar of days on which offices are closed was changed. You need do nothing."),
    ]
    return tk._("New last day for the answer to your objection {number}").format(number=row.number), _with_address(
        row, lines
    )


@notices.mail("ppid_objection_answered")
def answered(params: Mapping[str, Any]) -> tuple[str, str]:
    """That there is an answer, and where."""
    row = model.Session.get_one(Objection, params["objection_id"])
    lines = [
        tk._("Your objection {number} has been answered.").format(number=row.number),
        tk._("The letter says what was decided, why, and what you can do then."),
    ]
    return tk._("Answer to your objection {number}").format(number=row.number), _with_address(row, lines)


def _with_address(row: Objection, lines: list[str]) -> str:
    request = objections.request_of(model.Session, row)
    lines.append(tk._("Follow your request here: {url}").format(url=reaching.page(request.number)))
    if not request.confirmed_at:
        lines.append(tk._("If you did not send this request, you need do nothing."))
    lines.append(config.government_name())
    return "\n\n".join(lines)
