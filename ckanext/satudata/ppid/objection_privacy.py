"""What objections and the disputes after them keep of an applicant, and how long they hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.dispute import Kind
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.legal_hold import Objected
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.objection import DisputeEvent, Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import objections, privacy, requests
from ckanext.satudata.shared import crypto, vault

ENDS = {(Kind.WITHDRAWN.value, None), (Kind.CARRIED_OUT.value, None), (Kind.MEDIATION.value, "agreed")}
"""Kind and outcome of what ends a dispute at once."""
MAY_BE_APPEALED = {Kind.RULING.value, Kind.APPEAL.value, Kind.CASSATION.value}
"""After these the next court has its time; nobody records that none was called."""


@privacy.objections
def objected(session: Any, request: PpidRequest) -> Iterator[Objected]:
    """Each objection, as the rule of the legal hold sees it."""
    for row in objections.of_request(session, request):
        case = session.get(Case, row.case_id) if row.case_id else None
        ended_at = row.answered_at or (case.ended_at if case is not None else None)
        answered_on = requests.local_date(ended_at) if row.outcome and ended_at else None
        due_on = objections.answer_due(row).due_on
        last = session.scalars(DisputeEvent.of_objection(row.id)).all()[-1:]
        if not last:
            yield Objected(due_on, answered_on)
        elif (last[0].kind, last[0].outcome or None) in ENDS:
            yield Objected(due_on, last[0].happened_on, "ended")
        elif last[0].kind in MAY_BE_APPEALED:
            yield Objected(due_on, last[0].happened_on, "ruled")
        else:
            yield Objected(due_on, answered_on, "open")


def _told(session: Any, request: PpidRequest) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "received_at": row.received_at.isoformat(),
            "ground": row.ground,
            "words": crypto.unseal(row.words),
            "proxy": crypto.unseal(row.proxy),
            "outcome": row.outcome,
            "reasons": crypto.unseal(row.reasons),
            "dispute": [
                {"kind": event.kind, "on": event.happened_on.isoformat(), "number": event.number}
                for event in session.scalars(DisputeEvent.of_objection(row.id))
            ],
        }
        for row in objections.of_request(session, request)
    ]


def _scans(session: Any, request: PpidRequest) -> Iterator[tuple[str, str]]:
    """Names and vault ids of the papers."""
    for row in objections.of_request(session, request):
        events = session.scalars(DisputeEvent.of_objection(row.id)).all()
        ids = [row.scan_id, row.minutes_id, row.former_receipt_id, *(event.scan_id for event in events)]
        for count, vault_id in enumerate(filter(None, ids), start=1):
            yield f"{count}-{row.id[:8]}.pdf", vault_id


def _files(session: Any, request: PpidRequest) -> Iterable[tuple[str, bytes]]:
    for name, vault_id in _scans(session, request):
        try:
            yield name, vault.read_bytes(session, vault_id)
        except NotThere:
            continue


def _erase(session: Any, request: PpidRequest) -> None:
    for _name, vault_id in _scans(session, request):
        privacy.delete(session, vault_id)
    of_these = sa.select(Objection.id).where(Objection.request_id == request.id)
    emptied = {"words": None, "proxy": None, "reasons": None}
    session.execute(sa.update(Objection).where(Objection.request_id == request.id).values(**emptied))
    session.execute(sa.update(DisputeEvent).where(DisputeEvent.objection_id.in_(of_these)).values(note=None))


privacy.keeps(privacy.Kept("objections", _told, _files, _erase))
