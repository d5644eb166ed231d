"""What a request lacks that the law demands of its applicant: the completeness check shows and names it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import applicant
from ckanext.satudata.domain.applicant import FileKind, Shown
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, requests


def of(session: Any, request: PpidRequest) -> tuple[str, ...]:
    """Codes of `domain.ppid_request.MISSING`; nothing of one whose applicant's data was erased."""
    if request.erased_at is not None:
        return ()
    kinds = session.scalars(sa.select(ApplicantFile.kind).where(ApplicantFile.request_id == request.id))
    text = {**requests.person_of(request), "applicant_kind": request.applicant_kind}
    shown = Shown(is_citizen=request.is_citizen, files={FileKind(kind) for kind in kinds})
    return applicant.gaps(text, shown, config.demands())
