"""The mail that tells officers a step waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.sop import lent
from ckanext.satudata.shared.words import long_date
from ckanext.satudata.shared.work import desk

NOBODY_TO_MAIL = {Role.APPLICANT, Role.SYSTEM}


def announce(session: Any, case: Case, sop: Sop, opened: Iterable[CaseStep], *, returned: bool) -> None:
    """A mail to whoever has to act now; without a title, since mails are read in open places.

    Who has several steps of the case at once is told of the one that is due first.
    """
    told = set()
    for step in sorted(opened, key=lambda one: (one.due_at is None, one.due_at or one.opened_at)):
        office = (step.role, step.organization_id, step.assignee_id)
        if Role(step.role) in NOBODY_TO_MAIL or office in told:
            continue
        told.add(office)
        whom = {"to_user": step.assignee_id} if step.assignee_id else {
            "to_role": step.role, "organization_id": step.organization_id
        }  # fmt: skip
        notices.queue(
            session,
            "step_opened",
            **whom,
            params={
                "case_id": case.id,
                "process": sop.title,
                "step": lent.said(sop.step(step.no).uraian),
                "due_on": step.due_on.isoformat() if step.due_on else None,
                "returned": returned,
                "phone": Command.APPROVE in sop.step(step.no).exits,
            },
            # A step that comes to another office is told of there.
            key=f"step:{step.id}:{step.role}:{step.organization_id or ''}" if step.stands_for else f"step:{step.id}",
        )


@notices.mail("step_opened")
def step_opened(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: case_id, process, step, due_on (ISO date or None), returned, phone (a word may do)."""
    _ = tk._
    subject = _("{process}: a case was returned to you") if params.get("returned") else _("{process}: a case waits")
    case = model.Session.get(Case, params["case_id"])
    about = desk.presenter(case.process).reference(case) if case is not None else ""
    lines = [_("A step waits for you: {step}.").format(step=params["step"])]
    if params.get("due_on"):
        lines.append(_("It is due on {date}.").format(date=long_date(date.fromisoformat(params["due_on"]))))
    lines.append(_("Open it here: {url}").format(url=notices.site_url(f"/meja/{params['case_id']}")))
    if params.get("phone"):
        url = notices.site_url(f"/hp/{params['case_id']}")
        lines.append(_("On a phone, with a mailed code and without a password: {url}").format(url=url))
    lines.append(config.government_name())
    title = subject.format(process=params["process"])
    return f"{title} ({about})" if about else title, "\n\n".join(lines)


@notices.mail("due_moved")
def due_moved(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: count, moved: [{case_id, step, from, to (ISO dates)}], the first of them."""
    _ = tk._
    lines = [
        _(
            "The calendar of working days was changed; {count} due times of steps that wait for you moved with it."
        ).format(count=params["count"])
    ]
    for one in params["moved"]:
        before, after = (long_date(date.fromisoformat(one[end])) for end in ("from", "to"))
        url = notices.site_url(f"/meja/{one['case_id']}")
        lines.append(
            _("{step}: from {before} to {after}. {url}").format(step=one["step"], before=before, after=after, url=url)
        )
    if params["count"] > len(params["moved"]):
        lines.append(_("All that waits for you: {url}").format(url=notices.site_url("/meja")))
    lines.append(config.government_name())
    return _("Due times have moved"), "\n\n".join(lines)
