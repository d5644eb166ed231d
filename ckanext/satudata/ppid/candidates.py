"""Requested data for next year's Daftar Data: proposed beside the delivery, entered by Walidata (001-11, 001-12).

Walidata gets what PPID attested and no other file. Delivery waits for none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import erasing
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.list_candidate import ListCandidate
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, requests
from ckanext.satudata.ppid.effects import PROCESS, request_of
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.effects import Run

CANDIDATE = "list_candidate"


@effects.on(PROCESS, "attest")
def propose(run: Run) -> None:
    """The data become a candidate, once for a request, of the agency whose files they are."""
    request = request_of(run)
    files = drafts.files_in_force(run.session, request)
    agency = next((file.organization_id for file in files if file.organization_id), request.organization_id)
    row = run.session.scalars(ListCandidate.of_request(request.id)).one_or_none()
    if row is not None and row.listed_at is None:
        row.organization_id = agency
    if row is None:
        row = ListCandidate(
            request_id=request.id,
            year=requests.local_date(run.now).year + 1,
            source=request.number,
            # Walidata and the auditor read it, who never learn who asked.
            title=erasing.without_person(request.question, requests.person_of(request)),
            organization_id=agency,
            dataset_id=request.dataset_id or None,
            proposed_at=run.now,
        )
        run.session.add(row)


@effects.on(CANDIDATE, "record")
def pass_on(run: Run) -> None:
    """PPID passes the attested files on to Walidata (001-11); Walidata enters the row (001-12)."""
    request = request_behind(run.session, run.case)
    if request is None:
        return
    files = drafts.files_in_force(run.session, request)
    if not files or not all(row.attested for row in files):
        raise Conflict(
            "To Walidata go only files whose personal-data check is confirmed.",
            mend="Confirm the check of the request.",
        )
    row = run.session.scalars(ListCandidate.of_request(request.id)).one_or_none()
    if run.moved.ended and row is not None:
        row.listed_at, row.listed_by = run.now, run.actor.user_id


def request_behind(session: Any, case: Case) -> PpidRequest | None:
    """The request that a candidate's case follows."""
    query = sa.select(PpidRequest).where(PpidRequest.case_id == str(case.data.get("after") or ""))
    return session.scalars(query).one_or_none()


def for_walidata(session: Any, actor: Actor, request: PpidRequest, row: PpidHandover) -> bool:
    """Whether Walidata may open a file: one in force that was attested, once PPID passed it on."""
    if not (row.attested and row.replaced_at is None and actor.has_anywhere(Role.WALIDATA, process=CANDIDATE)):
        return False
    return bool(_passed_on(session, [request.case_id or ""]))


def _passed_on(session: Any, case_ids: Sequence[str]) -> list[str]:
    """Of these requests' cases those whose files PPID passed on."""
    query = (
        sa.select(Case.data["after"].astext)
        .join(CaseStep, CaseStep.case_id == Case.id)
        .where(
            Case.process == CANDIDATE,
            Case.data["after"].astext.in_(case_ids),
            CaseStep.command == "record",
            CaseStep.role == Role.PPID.value,
        )
    )
    return list(session.scalars(query))


def listed(session: Any, year: int) -> list[dict[str, Any]]:
    """The candidates in plain values."""
    rows = list(session.scalars(ListCandidate.of_year(year)))
    agencies = {row.organization_id for row in rows if row.organization_id}
    query = sa.select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.id.in_(agencies))
    titles = {id_: title or name for id_, title, name in session.execute(query)}
    return [
        {
            "year": row.year,
            "source": row.source,
            "title": row.title,
            "organization_id": row.organization_id,
            "organization_title": titles.get(row.organization_id or "", ""),
            "dataset_id": row.dataset_id,
            "proposed_at": row.proposed_at.isoformat(),
            "listed_at": row.listed_at.isoformat() if row.listed_at else None,
        }
        for row in rows
    ]
