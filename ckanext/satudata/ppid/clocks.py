"""The statutory clocks of requests, read from what is stored; the rules are `domain.statutory`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.statutory import Clock
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


def seen(session: Any, request_id: str) -> PpidHandling:
    """The same, to be read."""
    return session.get(PpidHandling, request_id) or PpidHandling(
        request_id=request_id, missing=[], repairs=[], dip={}, missing_note="", warned_day=0
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
    steps = _steps(session, [request.case_id for request in requests if request.case_id])
    reading = config.clock_reading()
    found = {}
    for request in requests:
        own, note = steps.get(request.case_id or "", []), notes.get(request.id)
        paused = [step for step, pauses in own if pauses]
        answered = [step.done_at for step, _ in own if step.command == Command.DELIVER.value and step.done_at]
        found[request.id] = Clock(
            received_at=request.received_at,
            reading=reading,
            completed_at=note.completed_at if note else None,
            pauses=tuple(Pause(step.opened_at, step.done_at) for step in paused if step.done_at),
            paused_since=min((step.opened_at for step in paused if not step.done_at), default=None),
            extended_at=note.extended_at if note else None,
            notified_at=(note.notified_at if note else None) or min(answered, default=None),
        )
    return found


def _steps(session: Any, case_ids: Collection[str]) -> dict[str, list[tuple[CaseStep, bool]]]:
    """The steps of the cases, each with whether the clock stands while it is open."""
    versions = dict(session.execute(sa.select(Case.id, Case.sop_version_id).where(Case.id.in_(case_ids))).all())
    found = defaultdict(list)
    for step in session.scalars(CaseStep.of(versions)):
        sop = sops.of_version(session, versions[step.case_id])
        found[step.case_id].append((step, sop.step(step.no).pauses))
    return found
