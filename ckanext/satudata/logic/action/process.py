"""The desk's actions: inbox, case, command, due date."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.process import Instance, OpenStep
from ckanext.satudata.domain.sop import Exit
from ckanext.satudata.domain.workdays import Pause, Unit
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import clock, notices, params, periodic, process, words
from ckanext.satudata.shared.actors import actor_of, known
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.calendar import due_dates, holidays
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.orders import dispositions
from ckanext.satudata.shared.sop import lent, sops
from ckanext.satudata.shared.work import case_file, case_view, desk, inbox, together

__all__ = [
    "satudata_case_command",
    "satudata_case_command_many",
    "satudata_case_file_show",
    "satudata_case_list_ended",
    "satudata_case_show",
    "satudata_due_date_show",
    "satudata_inbox",
]

OWN = ("id", "command", "key", "step_id")


@periodic.every(minutes=1)
def send_outbox() -> None:
    """Sends the mails that wait."""
    notices.send_waiting()


@periodic.every(minutes=60 * 24)
def seed_holidays() -> None:
    """Takes up holidays that a newer edition of the package knows; open due times follow (`due_dates`)."""
    holidays.seed(model.Session)
    model.Session.commit()


@tk.side_effect_free
@boundary
def satudata_inbox(context, data_dict):
    """What waits for the caller, over all roles and processes.

    Optional `process`, `limit` (1-500, default 25), `offset`. Returns `{"count", "more", "groups": {overdue, today,
    week, later, waiting}, "rows": [{"case_id", "process", "title", "step", "uraian", "role", "from", "since", "due_at",
    "due_on", "due_provisional", "due_explanation", "late", "returned", "given_to", "disposition", "group",
    "commands"}]}`. `count`: the steps the caller has to do; `more`: rows follow these; `groups`: how many of the `rows`
    are in each; `returned`: sent back to this step; `given_to`: to whom alone the step was given; `disposition`:
    `{from, instruction}` of the order by which it came; `due_explanation`: how the due time came about. Rows in
    `waiting` are with others and not in `count`: an auditor sees all cases there. A command is `{"command", "label",
    "many"}`; `many`: `satudata_case_command_many` takes it.
    """
    actor = actor_of(context)
    tk.check_access("satudata_inbox", known(context, actor), data_dict)
    limit, offset = params.whole(data_dict, "limit", 25, 1, 500), params.whole(data_dict, "offset", 0, 0, 10**6)
    wanted = params.text(data_dict, "process") or None
    page = inbox.page(model.Session, actor, limit=limit, offset=offset, process=wanted)
    # Of a whole desk whose work ends on this page it is known.
    count = None if wanted else page.count
    return {
        "count": inbox.count(model.Session, actor) if count is None else count,
        "more": page.more,
        "groups": {name: sum(row.group == name for row in page.rows) for name in inbox.GROUPS},
        "rows": _inbox_rows(page.rows),
    }


def _inbox_rows(found: list[inbox.Row]) -> list[dict[str, Any]]:
    session = model.Session
    titles = desk.titles([row.case for row in found])
    names = case_view.display_names(session, {row.step.opened_by_name for row in found})
    orders = dispositions.by_step(session, [row.step.id for row in found])
    rows, calendar = [], clock.calendar(session)
    # A page repeats a few words many times; looking one up in the catalogue costs more than the rest of its row.
    role_name, person = functools.cache(words.role_name), functools.cache(_person)
    known: dict[tuple[str, ...], tuple[str, bool]] = {}
    for row in found:
        instance = Instance(sops.of_version(session, row.case.sop_version_id), row.case.organization_id, ())
        rows.append(
            {
                "case_id": row.case.id,
                "process": row.case.process,
                "process_title": instance.sop.title,
                "title": titles[row.case.id],
                "organization_id": row.case.organization_id,
                "step_id": row.step.id,
                "step": row.step.no,
                "uraian": lent.said(instance.sop.step(row.step.no).uraian),
                "role": row.step.role,
                "role_name": role_name(row.step.role),
                "from": names.get(row.step.opened_by_name, row.step.opened_by_name),
                "given_to": person(row.step.assignee_id),
                "disposition": orders.get(row.step.id),
                "since": row.step.opened_at.isoformat(),
                "due_at": row.step.due_at.isoformat() if row.step.due_at else None,
                "due_on": row.step.due_on.isoformat() if row.step.due_on else None,
                "due_provisional": row.step.due_provisional,
                "due_explanation": due_dates.explanation_of(row.step, instance.sop, calendar, row.case.received_at),
                "late": row.late,
                "returned": row.returned,
                "group": row.group,
                "commands": [_command(known, instance, exit_, row.case, step) for step, exit_ in row.exits],
            }
        )
    return rows


def _command(
    known: dict[tuple[str, ...], tuple[str, bool]], instance: Instance, exit_: Exit, case: Case, step: OpenStep
) -> dict[str, Any]:
    """A button; its usual words, and whether the SOP lets it be given to many, are found once for each exit."""
    code, presenter = exit_.command.value, desk.presenter(case.process)
    key = (case.sop_version_id, step.no, step.part.value, step.role.value, code, case.subject_type)
    if key not in known:
        usual = exit_.label or case_view.usual_label(instance, exit_, case.subject_type, step)
        known[key] = usual, together.is_plain_exit(instance, exit_, step)
    usual, plain = known[key]
    label = exit_.label or presenter.command_label(case, code, step.no) or usual
    return {"command": code, "label": label, "many": plain and not presenter.form_is_needed(case, code, step.no)}


def _person(user_id: str | None) -> str | None:
    user = model.User.get(user_id) if user_id else None
    return user.display_name if user else None


@tk.side_effect_free
@boundary
def satudata_case_list_ended(context, data_dict):
    """Finished cases the caller worked on (an auditor: all), the newest end first.

    Optional `limit` (1-200, default 50) and `offset`. Returns `[{"case_id", "process", "process_title", "title",
    "organization_id", "received_at", "ended_at", "outcome", "outcome_name"}]`.
    """
    tk.check_access("satudata_case_list_ended", context, data_dict)
    found = inbox.ended(
        model.Session,
        actor_of(context),
        limit=params.whole(data_dict, "limit", 50, 1, 200),
        offset=params.whole(data_dict, "offset", 0, 0, 10**6),
    )
    titles = desk.titles(found)
    return [
        {
            "case_id": case.id,
            "process": case.process,
            "process_title": process.instance_of(model.Session, case, []).sop.title,
            "title": titles[case.id],
            "organization_id": case.organization_id,
            "received_at": case.received_at.isoformat(),
            "ended_at": case.ended_at.isoformat(),
            "outcome": case.outcome,
            "outcome_name": words.outcome_name(case.outcome, case.subject_type),
        }
        for case in found
    ]


@tk.side_effect_free
@boundary
def satudata_case_show(context, data_dict):
    """A case: where it stands, its steps, what the caller may do now (`commands`), its journal. Needs `id`."""
    tk.check_access("satudata_case_show", context, data_dict)
    actor = actor_of(context)
    case = process.seen(model.Session, params.text(data_dict, "id"), actor)
    return case_view.show(model.Session, case, actor)


@tk.side_effect_free
@boundary
def satudata_case_file_show(context, data_dict):
    """A case as a file: where its PDF and the ZIP of its originals are fetched, and what the originals are.

    Needs `id`. Returns `{"pdf", "zip": addresses, fetched with the caller's token (`zip` null for who may have no
    document), "papers": [{"kind", "filename",
    "sha256", "size", "number", "dated_on", "url", "in_zip"}]}`. What the caller may not have has no `url` and is not
    `in_zip`; an output that is only number and date has no `filename`. Taking either file is journalled.
    """
    tk.check_access("satudata_case_file_show", context, data_dict)
    actor = actor_of(context)
    case = process.seen(model.Session, params.text(data_dict, "id"), actor)
    address = {form: scans.site_url(f"satudata_case_file.{form}", case_id=case.id) for form in ("pdf", "zip")}
    return {
        **(address if case_file.may_take_originals(model.Session, case, actor) else {**address, "zip": None}),
        "papers": [
            {
                "kind": paper.kind,
                "filename": paper.filename or None,
                "sha256": paper.sha256 or None,
                "size": paper.size if paper.filename else None,
                "number": paper.number,
                "dated_on": paper.dated_on.isoformat() if paper.dated_on else None,
                "url": paper.url if paper.serves else None,
                "in_zip": paper.serves,
            }
            for paper in case_file.papers(model.Session, case, actor)
        ],
    }


@boundary
def satudata_case_command(context, data_dict):
    """Give a command to a case: `{id, command, key, step_id, …}` and what the command needs (`note`, …).

    `key` (any text of yours): the same key again answers as the first time and changes nothing. `step_id`: the
    step you saw; if somebody finished it meanwhile you are told who and what. Returns where the case stands.
    """
    tk.check_access("satudata_case_command", context, data_dict)
    command = data_dict.get("command")
    if not isinstance(command, str) or not command:
        raise Invalid("Say which command.", field="command")
    payload = {name: value for name, value in data_dict.items() if name not in OWN}
    key, step_id = (params.text(data_dict, name) or None for name in ("key", "step_id"))
    return process.apply(context, params.text(data_dict, "id"), command, payload, key, step_id=step_id)


@boundary
def satudata_case_command_many(context, data_dict):
    """Approve or return many cases: `{command, cases: [{"id", "step_id"}], key, note}`, 25 at most.

    Each case is decided as `satudata_case_command` decides it, by itself and with its own commit: what is refused keeps
    nothing of the others back. `key`: the same key again answers each as the first time. Returns `{"done": how many,
    "results": [{"id", "step_id", "title", "done", "outcome", "error"}]}` in the order sent; `error` says why not.
    """
    tk.check_access("satudata_case_command_many", context, data_dict)
    cases = data_dict.get("cases")
    if not isinstance(cases, list) or not all(isinstance(one, dict) for one in cases):
        raise Invalid("Give a list of {example}.", field="cases", example='{"id": …, "step_id": …}')
    steps = {params.text(one, "step_id"): params.text(one, "id") for one in cases}
    if len(steps) < len(cases) or "" in steps:
        mend = "Name for each case the step that you saw; `satudata_inbox` gives it."
        raise Invalid("Each case needs its own `step_id`.", field="cases", mend=mend)
    note, key = (params.text(data_dict, name) for name in ("note", "key"))
    found = together.give(context, params.text(data_dict, "command"), steps, note, key or None)
    return {"done": sum(one.error is None for one in found), "results": together.told(found, steps, actor_of(context))}


@tk.side_effect_free
@boundary
def satudata_due_date_show(context, data_dict):
    """When something is due, and why then.

    `{"start": ISO instant with zone, "count", "unit": working_days|calendar_days|working_minutes,
    "pauses": [{"from", "to"}]}` gives `{"due_at", "due_on", "days": [{"date", "counted", "reason"}],
    "explanation", "provisional"}`. The day of receipt is not counted, nor are days strictly between the two ends
    of a pause; the end of a length in calendar days is not moved off a holiday. Minutes run in service hours. At most
    2,000 working days, 5,000 calendar days or 500,000 minutes, 100 pauses, and 10,000 days from start to end.
    """
    tk.check_access("satudata_due_date_show", context, data_dict)
    due = clock.calendar().due(
        _instant(data_dict.get("start"), "start"),
        params.whole(data_dict, "count", None, 0, 10**6),
        params.text(data_dict, "unit") or Unit.WORKING_DAYS.value,
        _pauses(data_dict.get("pauses")),
    )
    return {
        "due_at": due.due_at.astimezone(clock.zone()).isoformat(),
        "due_on": due.due_on.isoformat(),
        "days": [
            {"date": day.date.isoformat(), "counted": day.counted, "reason": due_dates.reason(day.reason)}
            for day in due.days
        ],
        "explanation": due_dates.explanation(due),
        "provisional": due.provisional,
    }


def _pauses(sent: Any) -> list[Pause]:
    try:
        # A GET can only send text.
        pauses = json.loads(sent) if isinstance(sent, str) and sent.strip() else sent or []
    except (ValueError, RecursionError):
        pauses = None
    if not isinstance(pauses, list) or not all(isinstance(pause, dict) for pause in pauses):
        raise Invalid("Give a list of {example}.", field="pauses", example='{"from": …, "to": …}')
    return [Pause(*(_instant(pause.get(end), "pauses") for end in ("from", "to"))) for pause in pauses]


def _instant(value: Any, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise Invalid("Give an instant like 2026-03-16T09:00:00+07:00.", field=field) from None
    if at.tzinfo is None:
        raise Invalid("The instant needs a time zone.", field=field)
    return at
