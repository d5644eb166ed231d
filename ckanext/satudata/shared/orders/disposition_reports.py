"""The way back up: who got an order reports to who gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.disposition import Disposition
from ckanext.satudata.shared import actors, clock, journal, notices, process, raw_writes
from ckanext.satudata.shared.orders import dispositions
from ckanext.satudata.shared.work import desk

REPORTED = "disposition_reported"


def report(session: Any, disposition_id: str, text: str, *, actor: Actor, key: str | None = None) -> dict[str, Any]:
    """Reports what was done, once, in the caller's transaction; the giver is told by mail. Also where the case ended.

    The same `key` of the same person answers as the first time. Raises NotThere, NotAllowed, Invalid, Conflict.
    """
    row = session.get(Disposition, disposition_id)
    if row is None:
        raise NotThere("There is no such disposition.")
    case = process.locked(session, row.case_id, actor)
    session.refresh(row)
    actor = actors.again(actor)
    if (known := process.repeated(session, case, actor, key, REPORTED, said={"text": text})) is not None:
        return known
    if row.reported_at is not None:
        raise Conflict(
            "Meanwhile {name} has reported ({at}).",
            mend="Look at the case as it is now.",
            name=process.called(row.reported_by_name),
            at=row.reported_at,
        )
    if not dispositions.may_report(row, case, actor):
        raise NotAllowed("Only who got the disposition reports on it.", mend="Ask the addressee.")
    if not text.strip():
        raise Invalid("Write what was done.", field="report")
    entry = journal.append(
        session,
        REPORTED,
        actor=actor,
        case_id=case.id,
        subject=(case.subject_type, case.subject_id),
        payload={"role": row.to_role, "to_role": row.from_role, "to_user": row.from_name},
        text=text.strip(),
    )
    with raw_writes.writing(session, Disposition):
        row.reported_at, row.reported_entry = clock.now(), entry.id
        row.reported_by, row.reported_by_name = actor.user_id, actor.name
    if row.from_user_id:
        params = {"case_id": case.id, "name": actor.name}
        notices.queue(session, REPORTED, to_user=row.from_user_id, params=params, key=f"{REPORTED}:{row.id}")
    answer = {"id": row.id, "case_id": case.id, "reported_at": row.reported_at.isoformat()}
    return process.remember(session, case, actor, key, REPORTED, answer, said={"text": text})


@notices.mail(REPORTED)
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: case_id, name (of who reports)."""
    case = model.Session.get(Case, params["case_id"])
    about = desk.presenter(case.process).reference(case) if case is not None else ""
    title = tk._("A disposition of yours was reported on")
    lines = [
        tk._("{name} has reported on your disposition.").format(name=process.called(params["name"])),
        tk._("Read it here: {url}").format(url=notices.site_url(f"/meja/{params['case_id']}")),
        config.government_name(),
    ]
    return f"{title} ({about})" if about else title, "\n\n".join(lines)
