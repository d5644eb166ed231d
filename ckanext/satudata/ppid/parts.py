"""The decided parts of a request as letters print them, with what a refusal stands on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.decision import ASKED, GRANTED, TESTED, WHOLE
from ckanext.satudata.domain.letters import tanggal
from ckanext.satudata.domain.refusal import REASONS, Refusal, checked
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.decree import Decree
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.levels import decrees, restrictions


def in_letters(session: Any, request: PpidRequest, agency: str | None = None) -> list[texts.Part]:
    """The parts in force; of one agency only where it is named. Empty for what was decided before there were parts.

    Where several agencies decided, each part says whose it is.
    """
    rows = list(session.scalars(PpidPart.in_force(request.id)))
    is_several = agency is None and len({row.organization_id for row in rows}) > 1
    return [
        in_letter(session, request, row, names_agency=is_several)
        for row in rows
        if agency is None or row.organization_id == agency
    ]


def in_letter(session: Any, request: PpidRequest, row: PpidPart, *, names_agency: bool = False) -> texts.Part:
    """One part, with the test and the decree that it stands on."""
    agency = letters.organization_title(row.organization_id) if names_agency else ""
    what = f"data yang dimohon dari {agency}" if agency and row.what == WHOLE else row.what
    refusal = _refusal_of(row)
    if refusal is None:
        return texts.Part(what, None, agency=agency)
    decree = session.get(Decree, row.decree_id) if row.decree_id else None
    goes_along = decree is not None and decrees.is_for_everybody(session, decree)
    cited = decrees.cited(decree) if decree is not None else ""
    return texts.Part(
        what,
        refusal,
        annex=cited if goes_along else "",
        enclosure=texts.Enclosure(decree.id) if decree is not None and goes_along else None,
        basis="" if goes_along else _basis(session, request, row, decree),
        test=_test(session, row),
        agency=agency,
    )


def _refusal_of(row: PpidPart) -> Refusal | None:
    if row.decision == GRANTED or row.reason_code not in REASONS:
        return None
    return checked(row.reason_code, row.explanation or "", row.detail or "")


def _basis(session: Any, request: PpidRequest, row: PpidPart, decree: Decree | None) -> str:
    """The decree with its lines about this dataset, where its paper lists data that not everybody may know of, or is
    not recorded; else what the restriction itself names."""
    if decree is not None:
        lines = decrees.lines_about(session, decree, request.dataset_id or "")
        told = "; ".join(f"baris {line.no}: {line.what} ({line.level})" for line in lines)
        return f"{decrees.cited(decree)}. Petikan lampirannya: {told}" if told else decrees.cited(decree)
    if not row.test_state or not request.dataset_id:
        return ""
    for resource_id in dict.fromkeys((row.resource_id or request.resource_id or "", "")):
        standing = restrictions.one(session, request.dataset_id, resource_id)
        if standing is not None and standing.basis:
            return standing.basis
    return ""


def _test(session: Any, row: PpidPart) -> str:
    """The consequence test behind a refusal under art. 17, by the day of its minutes (Berita Acara)."""
    if row.test_state != TESTED or not row.test_case_id:
        return "dimulai menurut Pasal 19 UU 14/2008" if row.test_state == ASKED else ""
    case = session.get(Case, row.test_case_id)
    minutes = session.get(Minutes, str(case.data.get("minutes_id") or "")) if case is not None else None
    if minutes is not None:
        return f"telah dilakukan; Berita Acara Uji Konsekuensi tanggal {tanggal(minutes.held_on)}"
    tested_at = session.scalar(
        sa.select(sa.func.max(RestrictionTest.tested_at)).where(RestrictionTest.case_id == row.test_case_id)
    )
    return f"telah dilakukan; Lembar Pengujian tanggal {tanggal(requests.local_date(tested_at))}" if tested_at else ""
