"""Reminds officers of what waits for them: one mail a day and person, before it is due, when it is, and afterwards.

A mail names step, case and due date; whose request or which data it is stands on the desk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import config
from ckanext.satudata.domain import reminders
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.workdays import Calendar
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_mail import OfficerMail
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import actors, clock, notices, periodic
from ckanext.satudata.shared.sop import lent, sops
from ckanext.satudata.shared.words import long_date
from ckanext.satudata.shared.work import desk, inbox

log = logging.getLogger(__name__)

KIND = "desk_waits"
LANGUAGES = ("id", "en")
MOST = 100
"""Steps that a mail names one by one."""
SECONDS = 20
"""A run stops after so long and goes on with the next one."""


@periodic.every(minutes=5, name="reminders")
def remind() -> None:
    """Queues today's mails once the offices are open; on a day off nothing, the next working day makes up for it.

    Each person's mail and the day until which she was told are one transaction: a run that was missed or killed loses
    nothing, and a second run on the same day finds nobody left.
    """
    session, until = model.Session, time.monotonic() + SECONDS
    calendar, now = clock.calendar(session), clock.now().astimezone(clock.zone())
    if not calendar.has_opened(now):
        return
    for user_id in session.scalars(_not_told(now.date())).all():
        try:
            remind_person(session, user_id, calendar, now.date())
            session.commit()
        except Exception:
            # One person's broken case must not keep the others' mails back.
            session.rollback()
            log.exception("What waits for %s could not be told; it is tried again with the next run", user_id)
        if time.monotonic() > until:
            return


def _not_told(today: date) -> sa.Select[tuple[str]]:
    """Who holds a role today and was not told yet."""
    held = OfficerRole.not_ended(today).where(AccountProof.holds_for(OfficerRole.user_id)).subquery()
    told = sa.select(OfficerMail.user_id).where(OfficerMail.told_on >= today)
    people = sa.select(held.c.user_id).distinct().where(held.c.user_id.not_in(told))
    return people.order_by(held.c.user_id)


def remind_person(session: Any, user_id: str, calendar: Calendar, today: date) -> bool:
    """Queues the person's mail of this day where there is something to say; says whether it did. No commit."""
    told_on = _begin(session, user_id)
    if told_on is not None and told_on >= today:
        return False  # another worker was faster
    user = model.User.get(user_id)
    if user is None or user.state != model.State.ACTIVE:
        return False
    actor = actors.actor_for(user)
    mine = [row for row in inbox.rows(session, actor, limit=MOST) if row.exits]
    after = told_on or today - timedelta(days=1)
    due = [row.step.id for row in mine if _is_due(session, row, calendar, after, today)]
    session.execute(sa.update(OfficerMail).where(OfficerMail.user_id == user_id).values(told_on=today))
    wants = choice(session, user_id).digest or tk.config["ckanext.satudata.daily_digest"]
    if not due and (wants != reminders.DAILY or not mine):
        return False
    key = f"{KIND}:{user_id}:{today.isoformat()}"
    _drop_older(session, user_id, key)
    if wants == reminders.DAILY:
        params = {"steps": [row.step.id for row in mine], "count": inbox.count(session, actor)}
    else:
        params = {"steps": due, "count": len(due)}
    params["on"] = today.isoformat()
    notices.queue(session, KIND, to_user=user_id, params=params, key=key)
    return True


def _begin(session: Any, user_id: str) -> date | None:
    """Until which day the person was told, her row held until the transaction ends."""
    new = insert(OfficerMail).values(user_id=user_id, language="", digest="")
    session.execute(new.on_conflict_do_nothing(index_elements=["user_id"]))
    held = sa.select(OfficerMail.told_on).where(OfficerMail.user_id == user_id).with_for_update()
    return session.scalar(held)


def _is_due(session: Any, row: inbox.Row, calendar: Calendar, after: date, today: date) -> bool:
    """Whether a reminder of the step falls on a day that was not told of yet: by its SOP, or else by the option."""
    if row.step.due_on is None:
        return False
    own = sops.of_version(session, row.case.sop_version_id).step(row.step.no).reminders
    offsets = own or reminders.parse(tk.config["ckanext.satudata.reminders"])
    return reminders.is_reached(calendar, row.step.due_on, offsets, after, today)


def _drop_older(session: Any, user_id: str, key: str) -> None:
    """Gives up the person's earlier mails that never left: the new one (`key`) says all of it."""
    older = Outbox.waits() & (Outbox.kind == KIND) & (Outbox.to_user == user_id) & (Outbox.key != key)
    session.execute(sa.update(Outbox).where(older).values(dropped_at=clock.now()))


def choice(session: Any, user_id: str) -> OfficerMail:
    """What the person chose; an empty choice where she chose nothing."""
    return session.get(OfficerMail, user_id, populate_existing=True) or OfficerMail(
        user_id=user_id, language="", digest=""
    )


def choose(session: Any, user_id: str, *, language: str, digest: str) -> None:
    """Stores the choice. No commit. Raises Invalid."""
    for field, value, known in (("language", language, LANGUAGES), ("digest", digest, reminders.DIGESTS)):
        if value and value not in known:
            raise Invalid("Choose from the list.", field=field)
    _begin(session, user_id)
    chosen = sa.update(OfficerMail).where(OfficerMail.user_id == user_id)
    session.execute(chosen.values(language=language, digest=digest))


@notices.mail(KIND)
def desk_waits(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """`params`: on (ISO date), steps (ids), count. What was done meanwhile is left out; None where nothing is left."""
    _ = tk._
    rows = _open(params["steps"])
    if not rows:
        return None
    today = clock.today()
    lines = [_("This waits for you on {date}:").format(date=long_date(date.fromisoformat(params["on"])))]
    lines += [_line(number, step, case, today) for number, (step, case) in enumerate(rows, start=1)]
    more = params["count"] - len(params["steps"])
    if more > 0:
        lines.append(_("And {count} more: {url}").format(count=more, url=notices.site_url("/meja")))
    lines.append(
        _("How often you get this mail, and in which language: {url}").format(url=notices.site_url("/meja/surel"))
    )
    lines.append(config.government_name())
    late = sum(step.due_at is not None and step.due_at < clock.now() for step, _case in rows)
    subject = _("{count} steps wait for you, {late} of them late") if late else _("{count} steps wait for you")
    return subject.format(count=len(rows) + max(more, 0), late=late), "\n\n".join(lines)


def _open(ids: list[str]) -> list[tuple[CaseStep, Case]]:
    query = sa.select(CaseStep, Case).join(Case, Case.id == CaseStep.case_id)
    query = query.where(CaseStep.id.in_(ids), CaseStep.done_at.is_(None))
    by_due = query.order_by(CaseStep.due_at.asc().nulls_last(), CaseStep.opened_at, CaseStep.id)
    return [(step, case) for step, case in model.Session.execute(by_due)]


def _line(number: int, step: CaseStep, case: Case, today: date) -> str:
    _ = tk._
    sop = sops.of_version(model.Session, case.sop_version_id)
    about = desk.presenter(case.process).reference(case)
    what = f"{sop.title}: {lent.said(sop.step(step.no).uraian)}" + (f" ({about})" if about else "")
    if step.due_on is None or step.due_at is None:
        when = _("no time is set")
    elif step.due_at < clock.now():
        when = _("late, was due on {date}").format(date=long_date(step.due_on))
    elif step.due_on == today:
        when = _("due today")
    else:
        when = _("due {date}").format(date=long_date(step.due_on))
    return f"{number}. {what}\n{when}\n{notices.site_url(f'/meja/{case.id}')}"
