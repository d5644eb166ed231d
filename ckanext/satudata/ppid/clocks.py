"""The statutory clocks of requests, read from what is stored; the rules are `domain.statutory`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import statutory
from ckanext.satudata.domain.sop import Command, Sop
from ckanext.satudata.domain.statutory import Clock, Reading
from ckanext.satudata.domain.workdays import Due, Pause
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.sop import sops


def handling(session: Any, request_id: str) -> PpidHandling:
    """How the request was handled so far, to be written to; made where there is none."""
    found = session.get(PpidHandling, request_id, populate_existing=True)
    if found is None:
        found = PpidHandling(request_id=request_id)
        session.add(found)
        session.flush()
    return found


def begin(session: Any, request: PpidRequest, *, like: PpidHandling | None = None) -> PpidHandling:
    """The clock starts by the option as it stands now, or as that of the request it was split off from (`like`)."""
    kept = handling(session, request.id)
    kept.clock_from = (like.clock_from if like else None) or config.clock_reading().value
    if like is not None:
        kept.split_from_id, kept.completed_at = like.request_id, like.completed_at
        # The law allows one extension; a part does not get another, nor lose the one that was given.
        kept.extended_at, kept.extension_code = like.extended_at, like.extension_code
        stood = of(session, session.get_one(PpidRequest, like.request_id)).pauses
        kept.earlier_pauses = [{"from": one.from_.isoformat(), "to": one.to.isoformat()} for one in stood]
    session.flush()
    calendar = clock.calendar(session)
    kept.told_due_on = of(session, request).due(calendar, clock.now()).due_on
    kept.told_calendar = calendar.version
    return kept


def seen(session: Any, request_id: str) -> PpidHandling:
    """The same, to be read."""
    return session.get(PpidHandling, request_id) or PpidHandling(
        request_id=request_id, missing=[], repairs=[], dip={}, missing_note="", warned_day=0, earlier_pauses=[]
    )


def due(request: PpidRequest) -> Due:
    """When the written notice of the request is due, by the holidays as they stand now."""
    session = model.Session
    return of(session, request).due(clock.calendar(session), clock.now())


def of(session: Any, request: PpidRequest) -> Clock:
    """The clock of one request."""
    return of_many(session, [request])[request.id]


def of_many(session: Any, requests: Collection[PpidRequest]) -> dict[str, Clock]:
    """The clocks of requests by their id, with three queries."""
    ids = [request.id for request in requests]
    notes = {
        row.request_id: row for row in session.scalars(sa.select(PpidHandling).where(PpidHandling.request_id.in_(ids)))
    }
    followed = _sops(session, [request.case_id for request in requests if request.case_id])
    steps = _steps(session, followed)
    now_read = config.clock_reading()
    found = {}
    for request in requests:
        own, note = steps.get(request.case_id or "", []), notes.get(request.id)
        paused = [step for step, pauses in own if pauses]
        before = [
            Pause(datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["to"]))
            for one in (note.earlier_pauses if note else [])
        ]
        answered = [step.done_at for step, _ in own if step.command == Command.DELIVER.value and step.done_at]
        found[request.id] = Clock(
            received_at=request.received_at,
            reading=Reading(note.clock_from) if note and note.clock_from else now_read,
            completed_at=note.completed_at if note else None,
            pauses=(*before, *(Pause(step.opened_at, step.done_at) for step in paused if step.done_at)),
            paused_since=min((step.opened_at for step in paused if not step.done_at), default=None),
            extended_at=note.extended_at if note else None,
            notified_at=(note.notified_at if note else None) or min(answered, default=None),
            days=statutory.days_of(followed[request.case_id]) if request.case_id in followed else statutory.DAYS,
        )
    return found


def _sops(session: Any, case_ids: Collection[str]) -> dict[str, Sop]:
    """The files that the cases follow."""
    versions = session.execute(sa.select(Case.id, Case.sop_version_id).where(Case.id.in_(case_ids))).all()
    return {row.id: sops.of_version(session, row.sop_version_id) for row in versions}


def _steps(session: Any, followed: Mapping[str, Sop]) -> dict[str, list[tuple[CaseStep, bool]]]:
    """The steps of the cases, each with whether the clock stands while it is open."""
    found = defaultdict(list)
    for step in session.scalars(CaseStep.of(followed)):
        found[step.case_id].append((step, followed[step.case_id].step(step.no).pauses))
    return found
