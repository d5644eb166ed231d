"""Reports made in the background, and the schedules that ask for them."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report as reading
from ckanext.satudata.domain import report_job as rules
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report_job import State
from ckanext.satudata.model.report_job import ReportJob, ReportSchedule
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.reports import jobs, making, schedules
from ckanext.satudata.shared import actors, clock, params, vault
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_report_job_cancel",
    "satudata_report_job_create",
    "satudata_report_job_file",
    "satudata_report_job_list",
    "satudata_report_job_show",
    "satudata_report_schedule_create",
    "satudata_report_schedule_delete",
    "satudata_report_schedule_list",
]


@boundary
def satudata_report_job_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have a report made in the background. Who asks for what is being made already gets that one.

    :param name, from_on, until_on: as for `satudata_report_show`, with its filters
    :param formats: list of file formats; all of them without it
    :returns: as `satudata_report_job_show`
    """
    tk.check_access("satudata_report_job_create", context, data_dict)
    actor = actors.actor_of(context)
    with transaction() as one:
        job_id = jobs.ask(model.Session, actor, data_dict).id
        one.afterwards.append(lambda: jobs.begin(job_id))
    return _told(jobs.found(model.Session, actor, job_id), actor)


@boundary
@tk.side_effect_free
def satudata_report_job_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A report in the background.

    :param id: its id
    :returns: `id`, `asked` (name, period, filters), `title`, `state` (waiting, running, done, failed, cancelled),
        `stage` (`facts`, or the format that is being made), `done` of `total` parts, `seconds_left` as far as can be
        told, `is_interrupted` (no worker has it in hand; it goes on by itself), `asked_at`, `ended_at`, `kept_until`,
        `files` (format to `size` and `sha256`), `fault` in words, `people` (who asked), `is_scheduled`, `is_mine`
        (whether one may stop it)
    """
    tk.check_access("satudata_report_job_show", context, data_dict)
    actor = actors.actor_of(context)
    return _told(jobs.found(model.Session, actor, params.text(data_dict, "id")), actor)


@boundary
@tk.side_effect_free
def satudata_report_job_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The reports in the background that are kept, the newest first.

    :param limit, offset: 50 from the first without them
    :returns: `jobs`: each as `satudata_report_job_show` gives it
    """
    tk.check_access("satudata_report_job_list", context, data_dict)
    actor = actors.actor_of(context)
    limit, offset = params.whole(data_dict, "limit", 50, 1, 1000), params.whole(data_dict, "offset", 0, 0, 10**6)
    return {"jobs": [_told(row, actor) for row in jobs.listed(model.Session, actor, limit, offset)]}


@boundary
@tk.side_effect_free
def satudata_report_job_file(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A file of a report that was made in the background.

    :param id: of the job
    :param format: one of its `files`
    :returns: as `satudata_report_render`
    """
    tk.check_access("satudata_report_job_file", context, data_dict)
    session = model.Session
    row = jobs.found(session, actors.actor_of(context), params.text(data_dict, "id"))
    name = params.text(data_dict, "format").lower()
    if row.state != State.DONE.value or name not in row.formats:
        raise NotThere("This file is not there.")
    file = row.files[name]
    content = vault.read_bytes(session, file["vault_id"])
    kept = session.get_one(VaultObject, file["vault_id"])
    return {
        "filename": kept.original_name,
        "content_type": kept.content_type,
        "size": len(content),
        "sha256": kept.sha256,
        "content": base64.b64encode(content).decode(),
    }


@boundary
def satudata_report_job_cancel(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Stop a report in the background. It goes on where others have asked for it too.

    :param id: of the job
    :returns: as `satudata_report_job_show`
    """
    tk.check_access("satudata_report_job_cancel", context, data_dict)
    actor = actors.actor_of(context)
    with transaction():
        row = jobs.cancel(model.Session, actor, params.text(data_dict, "id"))
    return _told(row, actor)


def _told(row: ReportJob, actor: Actor) -> dict[str, Any]:
    session, kept = model.Session, timedelta(days=rules.KEPT_DAYS)
    people = [user.fullname or user.name for user in map(model.User.get, row.people) if user is not None]
    is_running = row.state == State.RUNNING.value
    in_hand = is_running and jobs.is_in_hand(session, row.id)
    return {
        "id": row.id,
        "asked": row.asked,
        "title": making.called(row.asked["name"]),
        "state": row.state,
        "stage": row.stage if is_running else "",
        "done": row.done + len(row.files),
        "total": row.total + len({jobs.FIRST, *row.formats}),
        "is_interrupted": is_running and not in_hand,
        "seconds_left": _seconds_left(session, row) if in_hand else None,
        "asked_at": row.asked_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "kept_until": (row.ended_at + kept).isoformat() if row.ended_at else None,
        "formats": row.formats,
        "files": {
            name: {key: file[key] for key in ("size", "sha256")}
            for name, file in row.files.items()
            if name in row.formats
        },
        "fault": jobs.fault_text(row),
        "people": people,
        "is_scheduled": row.schedule_id is not None,
        "is_mine": rules.may_stop(actor, row.people, row.schedule_id is not None),
    }


def _seconds_left(session: Any, row: ReportJob) -> int | None:
    last = session.scalars(ReportJob.last_done(row.asked["name"])).first()
    before = last.ended_at - last.started_at if last is not None else None
    done, total = row.done + len(row.files), row.total + len({jobs.FIRST, *row.formats})
    left = rules.remaining(row.started_at, clock.now(), done, total, before)
    return None if left is None else round(left.total_seconds())


# ---------------------------------------------------------------- schedules


@boundary
@tk.side_effect_free
def satudata_report_schedule_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """When reports are made by themselves.

    :returns: `schedules`: `id`, `name`, `title`, `span` (month, quarter, semester, year), `day`, `next_on`, `from_on`
        and `until_on` of the next report, `set_by`
    """
    tk.check_access("satudata_report_schedule_list", context, data_dict)
    reading.require_reader(actors.actor_of(context))
    return {"schedules": [_schedule(row) for row in model.Session.scalars(ReportSchedule.all())]}


@boundary
def satudata_report_schedule_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have a report made by itself after each period. Walidata's officers are told by mail. For Walidata.

    :param name: one of `satudata_report_list`
    :param span: `month`, `quarter`, `semester` or `year`, as the report allows
    :param day: day of the month after the period, 1 to 31; moved to the next working day
    :returns: as an entry of `satudata_report_schedule_list`
    """
    tk.check_access("satudata_report_schedule_create", context, data_dict)
    with transaction():
        row = schedules.create(model.Session, actors.actor_of(context), data_dict)
    return _schedule(row)


@boundary
def satudata_report_schedule_delete(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A report is not made by itself any more. For Walidata.

    :param id: of the schedule
    """
    tk.check_access("satudata_report_schedule_delete", context, data_dict)
    with transaction():
        schedules.remove(model.Session, actors.actor_of(context), params.text(data_dict, "id"))
    return {}


def _schedule(row: ReportSchedule) -> dict[str, Any]:
    due = schedules.coming(model.Session, row)
    user = model.User.get(row.set_by) if row.set_by else None
    return {
        "id": row.id,
        "name": row.asked["name"],
        "title": making.called(row.asked["name"]),
        "span": row.span,
        "day": row.day,
        "next_on": max(due.on, clock.today()).isoformat(),
        "from_on": due.period.from_on.isoformat(),
        "until_on": due.period.until_on.isoformat(),
        "set_by": (user.fullname or user.name) if user else "",
    }
