"""The decided parts of a request as letters print them."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.decision import GRANTED
from ckanext.satudata.domain.refusal import REASONS, Refusal, checked
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared.levels import decrees


def in_letters(session: Any, request: PpidRequest, agency: str | None = None) -> list[texts.Part]:
    """The parts in force; of one agency only where it is named. Empty for what was decided before there were parts."""
    rows = session.scalars(PpidPart.in_force(request.id))
    return [in_letter(session, row) for row in rows if agency is None or row.organization_id == agency]


def in_letter(session: Any, row: PpidPart) -> texts.Part:
    """One part, with the decree that is annexed."""
    return texts.Part(row.what, _refusal_of(row), decrees.label_of(session, row.decree_id))


def _refusal_of(row: PpidPart) -> Refusal | None:
    if row.decision == GRANTED or row.reason_code not in REASONS:
        return None
    return checked(row.reason_code, row.explanation or "", row.detail or "")
