"""Actions on the registers and on what is published of requests. Parameters and results: docs/objections.md."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.report import Period, parse_on
from ckanext.satudata.model.public_answer import PublicAnswer
from ckanext.satudata.ppid import publishing, register_files, registers, requests
from ckanext.satudata.shared import clock, params, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_objection_register_list",
    "satudata_public_answer_list",
    "satudata_public_answer_propose",
    "satudata_public_answer_review",
    "satudata_public_answer_withdraw",
    "satudata_request_register_full_list",
    "satudata_request_register_list",
]
DECISIONS = ("", *words.OUTCOMES)
MOST = 100


def period_of(data_dict: dict[str, Any]) -> Period:
    """The days asked for; this year where none are named. Raises Invalid."""
    today = clock.today()
    from_on = parse_on(data_dict["from_on"], "from_on") if data_dict.get("from_on") else date(today.year, 1, 1)
    until_on = parse_on(data_dict["until_on"], "until_on") if data_dict.get("until_on") else today
    return Period.checked(from_on, until_on, today)


def _part(data_dict: dict[str, Any]) -> dict[str, int]:
    limit = min(params.whole(data_dict, "limit", 20, 0, 10**9), MOST)
    return {"limit": limit, "offset": params.whole(data_dict, "offset", 0, 0, 10**9)}


@tk.side_effect_free
@boundary
def satudata_request_register_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The public register of requests, newest first: nothing of it tells who asked. It holds what PPID answers.

    :param from_on: first day of receipt (optional, default the first of this year)
    :param until_on: last day (optional, default today)
    :param decision: `granted`, `granted_in_part`, `refused`, `withdrawn` or `open` (optional)
    :param limit: rows, 100 at most (optional, default 20)
    :param offset: rows to pass over (optional)
    :returns: `count`, `results` (`number`, `received_on`, `agency`, `question` only where PPID published it,
        `decision`, `reason`, `noticed_on`, `days`: working days to the notice), `figures` of the period (`total`,
        `decisions`, `reasons`, `median_days`, `answered`, `overdue`: unanswered past the legal day, `on_time`,
        `on_time_share` in percent of those answered or overdue)
    """
    tk.check_access("satudata_request_register_list", context, data_dict)
    session, period = model.Session, period_of(data_dict)
    decision = params.text(data_dict, "decision")
    if decision not in DECISIONS:
        raise Invalid("Choose from the list.", field="decision")
    found = registers.figures(session, period)
    return {
        "count": registers.public_count(session, period, decision),
        "results": [_plain(row) for row in registers.public_rows(session, period, decision, **_part(data_dict))],
        "figures": {
            "total": found.total,
            "decisions": dict(found.decisions),
            "reasons": dict(found.reasons),
            "median_days": found.median_days,
            "answered": found.answered,
            "overdue": found.overdue,
            "on_time": found.on_time,
            "on_time_share": found.on_time_share,
        },
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


@boundary
def satudata_request_register_full_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The register of requests with its prescribed columns, applicants named. For PPID; taking it is journalled.

    Walidata gets the requests of government offices, which it answers, PPID all others.

    :param from_on: first day of receipt (optional, default the first of this year)
    :param until_on: last day (optional, default today)
    :param limit: rows, 100 at most (optional, default 20)
    :param offset: rows to pass over (optional)
    :returns: `count`, `columns`, `results`: one list of cells for each row, the oldest first
    """
    return _full("requests", "satudata_request_register_full_list", context, data_dict)


@boundary
def satudata_objection_register_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The register of objections with its prescribed columns, applicants named. For PPID and the superior; journalled.

    :param from_on: first day of receipt (optional, default the first of this year)
    :param until_on: last day (optional, default today)
    :param limit: rows, 100 at most (optional, default 20)
    :param offset: rows to pass over (optional)
    :returns: `count`, `columns`, `results`: one list of cells for each row, the oldest first
    """
    return _full("objections", "satudata_objection_register_list", context, data_dict)


def _full(name: str, action: str, context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    tk.check_access(action, context, data_dict)
    session, actor, period = model.Session, actor_of(context), period_of(data_dict)
    register_files.require_reader(actor, name)
    part, kept = _part(data_dict), requests.served_by(actor)
    rows = list(registers.rows(session, name, period, kept, **part))
    with transaction():
        register_files.note(session, name, period, len(rows), "json", actor=actor)
    return {
        "count": registers.count(session, name, period, kept),
        "columns": [tk._(column.head) for column in registers.COLUMNS[name]],
        "results": [[cell.isoformat() if isinstance(cell, date) else cell for cell in row] for row in rows],
    }


@tk.side_effect_free
@boundary
def satudata_public_answer_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Answers of general interest that were published, the newest first.

    :param limit: rows, 100 at most (optional, default 20)
    :param offset: rows to pass over (optional)
    :returns: `count`, `results` (`title`, `question`, `answer`, `published_at`)
    """
    tk.check_access("satudata_public_answer_list", context, data_dict)
    found = list(model.Session.scalars(PublicAnswer.published()))
    part = _part(data_dict)
    return {
        "count": len(found),
        "results": [
            {
                "title": row.title,
                "question": row.question,
                "answer": row.answer,
                "published_at": row.reviewed_at.isoformat() if row.reviewed_at else None,
            }
            for row in found[part["offset"] : part["offset"] + part["limit"]]
        ],
    }


@boundary
def satudata_public_answer_propose(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write what is published of a request: PPID's act, Walidata's of what a government office asked; it is public once
    another person has read it.

    :param request: id, ref or number of the request
    :param question: the question as everybody may read it; it stands in the public register
    :param title: title of the answer (needed with `answer`)
    :param answer: the answer (optional: without it only the question is published)
    :returns: `id`, `state`, `proposed_at`
    """
    tk.check_access("satudata_public_answer_propose", context, data_dict)
    request, title, question, answer = (
        params.text(data_dict, name) for name in ("request", "title", "question", "answer")
    )
    with transaction():
        row = publishing.propose(model.Session, request, title, question, answer, actor=actor_of(context))
    return _state(row)


@boundary
def satudata_public_answer_review(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Agree that a text is published, or not. The office that answers, or PPID's superior; not who wrote it.

    :param id: its id
    :param seen: `proposed_at` of the text that was read
    :param agrees: `true` publishes it
    :returns: `id`, `state`, `proposed_at`
    """
    tk.check_access("satudata_public_answer_review", context, data_dict)
    id_, seen, agrees = params.text(data_dict, "id"), params.text(data_dict, "seen"), params.flag(data_dict, "agrees")
    with transaction():
        row = publishing.review(model.Session, id_, seen, agrees, actor=actor_of(context))
    return _state(row)


@boundary
def satudata_public_answer_withdraw(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a published text down at once. Who may review.

    :param id: its id
    :returns: `id`, `state`, `proposed_at`
    """
    tk.check_access("satudata_public_answer_withdraw", context, data_dict)
    with transaction():
        row = publishing.withdraw(model.Session, params.text(data_dict, "id"), actor=actor_of(context))
    return _state(row)


def _state(row: PublicAnswer) -> dict[str, Any]:
    return {"id": row.id, "state": row.state, "proposed_at": row.proposed_at.isoformat()}
