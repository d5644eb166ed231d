"""Actions of the administration: options, mail queue, doctor, journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import appointment, officer_list
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.journal import Journal, JournalText
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, journal, notices, params, settings, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.care import doctor
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text
from ckanext.satudata.shared.work import about, case_view

PAGE = 50


def _manager(context: dict[str, Any], data_dict: dict[str, Any]):
    tk.check_access("satudata_admin", context, data_dict)
    actor = actor_of(context)
    appointment.require_manager(actor)
    return actor


@boundary
@tk.side_effect_free
def satudata_settings_show(context, data_dict):
    """The government's own options: form field to value."""
    _manager(context, data_dict)
    return settings.current()


@boundary
def satudata_settings_update(context, data_dict):
    """Stores the given options (see `satudata_settings_show`), all or none."""
    actor = _manager(context, data_dict)
    with transaction():
        errors = settings.save(model.Session, actor, data_dict)
        if errors:
            raise tk.ValidationError({field: [error_text(one) for one in found] for field, found in errors.items()})
    settings.spread()
    return settings.current()


@boundary
@tk.side_effect_free
def satudata_mail_list(context, data_dict):
    """Mails and follow-ups (`to` is `portal`): those that wait first, then the newest sent or dropped ones.

    Addresses of applicants are not shown.

    `about` is as in `satudata_journal_search`, `person` the officer it goes to, `error_text` why it did not leave.

    :param state: `waiting`, `failing` (tried in vain), `sent` or `dropped`; all by default
    :param limit: at most this many, up to 200 (default); :param offset: after this many
    """
    actor = _manager(context, data_dict)
    states = {
        "waiting": Outbox.waits(),
        "failing": Outbox.tried_in_vain(),
        "sent": Outbox.sent_at.is_not(None),
        "dropped": Outbox.dropped_at.is_not(None),
    }
    query = sa.select(Outbox).order_by(
        Outbox.waits().desc(), Outbox.attempts.desc(), Outbox.created_at.desc(), Outbox.id
    )
    state = params.text(data_dict, "state")
    if state and state not in states:
        raise Invalid("Choose from the list.", field="state")
    if state:
        query = query.where(states[state])
    most, skipped = (_count(data_dict, name, top) for name, top in (("limit", PAGE * 4), ("offset", 0)))
    rows = model.Session.scalars(query.limit(min(most, PAGE * 4)).offset(skipped)).all()
    told, agencies = about.mails(model.Session, rows, actor), about.agencies(model.Session)
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "kind_name": words.mail_name(row.kind),
            "to": _to(row),
            "role": row.to_role,
            "role_name": words.role_name(row.to_role) if row.to_role else "",
            "organization_title": agencies.get(row.organization_id or "", ""),
            **told[row.id],
            "state": "sent" if row.sent_at else "dropped" if row.dropped_at else "waiting",
            "attempts": row.attempts,
            "last_error": row.last_error or "",
            "error_text": words.mail_error(row.last_error, row.kind),
            "created_at": row.created_at.isoformat(),
            "next_try_at": row.next_try_at.isoformat(),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        }
        for row in rows
    ]


def _to(row: Outbox) -> str:
    if row.kind in words.FOLLOW_UPS:
        return "portal"
    return "role" if row.to_role else "user" if row.to_user else "address"


@boundary
def satudata_mail_retry(context, data_dict):
    """Sends the waiting mail `id` at the worker's next turn."""
    _manager(context, data_dict)
    with transaction():
        row = _waiting_mail(data_dict)
        row.next_try_at = clock.now()
    return {"id": row.id}


@boundary
def satudata_mail_drop(context, data_dict):
    """Gives the waiting mail `id` up; `reason` goes to the journal."""
    actor = _manager(context, data_dict)
    reason = _needed(data_dict, "reason", "The reason is missing.", "Say why this mail must not be sent.")
    with transaction():
        row = _waiting_mail(data_dict)
        row.dropped_at, row.to_email = clock.now(), None
        journal.append(
            model.Session,
            "mail_dropped",
            actor=actor,
            subject=("mail", row.id),
            payload={"kind": row.kind, "attempts": row.attempts},
            text=reason,
        )
    return {"id": row.id}


def _waiting_mail(data_dict: dict[str, Any]) -> Outbox:
    row = model.Session.get(Outbox, params.text(data_dict, "id"), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere("No such mail.")
    if row.sent_at or row.dropped_at:
        raise Conflict("This mail does not wait any more.", mend="Reload the list.")
    return row


@boundary
def satudata_mail_test(context, data_dict):
    """Queues a test mail to the caller's own address."""
    actor = _manager(context, data_dict)
    user = model.User.get(actor.user_id)
    if user is None or not user.email:
        raise Invalid("Your account has no e-mail address.", mend="Add one to your profile.")
    with transaction():
        notices.queue(model.Session, "test_mail", to_user=user.id, key=f"test:{new_id()}")
    return {"to": user.email}


@notices.mail("test_mail")
def _test_mail(params):
    government = tk.config["ckanext.satudata.government_name"]
    return (
        tk._("Test mail of {government}").format(government=government),
        tk._("This mail shows that the portal of {government} can send mails. Nothing is to be done.").format(
            government=government
        ),
    )


@boundary
@tk.side_effect_free
def satudata_doctor_show(context, data_dict):
    """What is wrong with the installation: `check`, `danger`, `what`, `mend`, `page` (address, or empty)."""
    _manager(context, data_dict)
    found = []
    for problem in doctor.examine():
        what, mend = problem.text()
        page = tk.url_for(problem.page, **problem.asked) if problem.page else ""
        found.append({"check": problem.check, "danger": problem.danger, "what": what, "mend": mend, "page": page})
    return found


@boundary
@tk.side_effect_free
def satudata_journal_search(context, data_dict):
    """Entries of the journal, newest first, for auditor and Walidata.

    :param event:, :param case_id:, :param subject_id: filters
    :param about: an id, a register number, part of a dataset's title or of a person's name
    :param actor: login name, or part of the full name
    :param since:, :param until: days, both count
    :param page: from 1; 50 on each
    :returns: `count` and `entries`, each with its `payload` as stored, `details` in words (`label`, `value`) and
        `about` (`kind`: `case`, `dataset`, `user` or empty; `id`; `title`). Notes of cases stand on the case's own
        page only; `has_note` says that there is one.
    """
    tk.check_access("satudata_journal_search", context, data_dict)
    actor = actor_of(context)
    if not appointment.may_read_journal(actor):
        raise NotAllowed("Only auditor and Walidata read the journal.")
    where = _journal_filters(data_dict)
    page = params.whole(data_dict, "page", 1, 1, 10_000)
    rows = model.Session.execute(
        sa.select(Journal, JournalText.text)
        .outerjoin(JournalText, JournalText.journal_id == Journal.id)
        .where(*where)
        .order_by(Journal.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(Journal).where(*where))
    return {"count": count, "page": page, "pages": -(-count // PAGE), "entries": _entries(rows.all(), actor)}


def _journal_filters(data_dict: dict[str, Any]) -> list[Any]:
    where: list[Any] = []
    for name, column in (
        ("event", Journal.event),
        ("case_id", Journal.case_id),
        ("subject_id", Journal.subject_id),
    ):
        value = params.text(data_dict, name)
        if value:
            where.append(column == value)
    for name, like in (("about", about.matching), ("actor", about.by_person)):
        value = params.text(data_dict, name)
        if value:
            where.append(like(value))
    zone = tk.h.get_display_timezone()
    since = officer_list.parse_date(params.text(data_dict, "since"), "since")
    until = officer_list.parse_date(params.text(data_dict, "until"), "until")
    if since:
        where.append(Journal.at >= _midnight(since, zone))
    if until:
        where.append(Journal.at < _midnight(until + timedelta(days=1), zone))
    return where


def _midnight(on: date, zone: Any) -> datetime:
    start = datetime.combine(on, datetime.min.time())
    return zone.localize(start) if hasattr(zone, "localize") else start.replace(tzinfo=zone)


def _entries(rows: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    session = model.Session
    case_ids = {entry.case_id for entry, _text in rows}
    cases, known = about.cases(session, case_ids, actor), about.sops_of(session, case_ids)
    subjects = about.subjects(session, [(entry.subject_type, entry.subject_id) for entry, _text in rows])
    names = case_view.display_names(session, {entry.actor_name for entry, _text in rows})
    agencies = about.agencies(session)
    return [
        {
            **_entry(entry, text),
            "actor_title": names.get(entry.actor_name, entry.actor_name),
            "about": cases.get(entry.case_id) or subjects.get((entry.subject_type, entry.subject_id)),
            "details": about.details(session, entry, known.get(entry.case_id), agencies),
        }
        for entry, text in rows
    ]


def _entry(entry: Journal, text: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "event": entry.event,
        "event_name": words.event_name(entry.event),
        "actor": entry.actor_name,
        "case_id": entry.case_id,
        "subject_type": entry.subject_type,
        "subject_name": words.subject_name(entry.subject_type),
        "subject_id": entry.subject_id,
        "payload": entry.payload,
        # A note in a case may name an applicant; the case's own page decides who reads it.
        "text": text or "" if entry.case_id is None else "",
        "has_note": bool(text),
    }


def _count(data_dict: dict[str, Any], name: str, otherwise: int) -> int:
    text = str(data_dict.get(name, otherwise))
    if not text.isdecimal() or len(text) > 9:
        raise Invalid("Give a whole number.", field=name)
    return int(text)


def _needed(data_dict: dict[str, Any], name: str, message: str, mend: str) -> str:
    value = " ".join(params.text(data_dict, name).split())
    if not value:
        raise Invalid(message, field=name, mend=mend)
    if len(value) > 300:
        raise Invalid("The text is too long.", field=name, mend="Use at most 300 characters.")
    return value
