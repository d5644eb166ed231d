"""The letters of a request as drafts: made by a command, or looked at before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import giving
from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.refusal import Refusal, checked
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, file_facts, links, parts, requests
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import case_letters, letters

DECIDING = ("refuse", "not_held")
"""They write no letter, but the next step's letter says what is decided here."""


def latest_handover(session: Any, request: PpidRequest) -> PpidHandover | None:
    """The file in force of a request."""
    return session.scalars(PpidHandover.latest_of(request.id)).first()


def files_in_force(session: Any, request: PpidRequest) -> list[PpidHandover]:
    """The files that the answer gives, in the order they were handed over."""
    return list(session.scalars(PpidHandover.latest_of(request.id)))


def typed_reason(payload: Mapping[str, Any]) -> tuple[str, str, str]:
    """Code, explanation and detail of the ground as they were typed."""
    code, explanation, detail = (str(payload.get(name) or "") for name in ("reason_code", "note", "detail"))
    return code, explanation, detail


def typed_not_held(payload: Mapping[str, Any]) -> tuple[str, str, str]:
    """The same of "not held" (UU 14/2008 art. 6(3)e)."""
    return typed_reason({**payload, "reason_code": "6(3)e"})


def reason_of(payload: Mapping[str, Any]) -> Refusal:
    """The ground that was typed. Raises what is wrong with it."""
    return checked(*typed_reason(payload))


def not_held_of(payload: Mapping[str, Any]) -> Refusal:
    """The ground of "not held". Raises what is wrong with it."""
    return checked(*typed_not_held(payload))


def refusal_of(request: PpidRequest) -> Refusal:
    """The stored ground, checked again. Raises Conflict where there is none."""
    if not request.refusal_code:
        raise Conflict("No reason was recorded for this refusal.", mend="Return it to the PPID Pembantu.")
    return checked(request.refusal_code, request.refusal_explanation or "", request.refusal_detail or "")


def refusal_to_ppid(session: Any, request: PpidRequest, agency: str | None) -> texts.Draft:
    """Letter 001-14: what this agency does not give."""
    told = parts.in_letters(session, request, agency)
    facts = replace(requests.facts_of(request), producer=letters.organization_title(agency))
    refused = [part for part in told if part.refusal]
    return texts.refusal_to_ppid(facts, (refused and refused[0].refusal) or refusal_of(request), refused)


def refusal_to_applicant(request: PpidRequest) -> texts.Draft:
    """Letter 001-15."""
    told = parts.in_letters(model.Session, request)
    return texts.refusal_to_applicant(requests.facts_of(request), refusal_of(request), told)


HOW = {
    ("see", "soft"): "melihat data di loket {office}",
    ("see", "hard"): "melihat data tercetak di loket {office}",
    ("copy", "soft"): "diambil di loket {office} pada media penyimpanan",
    ("copy", "hard"): "diambil di loket {office} sebagai salinan tercetak",
}
PAID = {"cash": "tunai", "transfer": "transfer", "qris": "QRIS"}


def delivery_to_applicant(
    session: Any, request: PpidRequest, files: Sequence[PpidHandover], how: giving.Giving, until_at: datetime
) -> texts.Draft:
    """Letter 001-13. Raises as `links.check_files`. `until_at` is when links end."""
    links.check_files(session, request, files)
    withheld = refusal_of(request) if request.decision == "granted_in_part" else None
    is_link, facts = how.way is giving.Way.LINK, requests.facts_of(request)
    return texts.delivery_to_applicant(
        facts,
        file_facts.given(session, request, files),
        requests.local_date(until_at) if is_link else None,
        config.terms(),
        withheld,
        by_mail=requests.address_state(request) == "confirmed",
        how="" if is_link else HOW[how.manner.value, how.form.value].format(office=facts.office),
        cost=f"Rp{wording.number(how.cost, locale='id')} ({PAID[how.payment]})" if how.cost else "tidak ada",
        parts=parts.in_letters(session, request),
    )


def refusal_of_agency(
    session: Any, case: Case, command: str, payload: dict[str, Any], actor: Actor
) -> case_letters.Proposed:
    """The letter that a refusal will lead to (001-14), looked at while it is decided: it does not name the applicant.

    Raises what is wrong with the ground.
    """
    request = session.scalars(sa.select(PpidRequest).where(PpidRequest.id == case.subject_id)).one()
    refusal = {"refuse": reason_of, "not_held": not_held_of}[command](payload)
    draft = texts.refusal_to_ppid(requests.facts_of(request), refusal)
    agency = case.organization_id
    return case_letters.Proposed(draft, agency, letters.pembantu_signatory(actor, agency))
