"""Everything that is held of an applicant, for the applicant (UU 27/2022 arts. 7 and 13)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import former_giving, links, privacy, requests
from ckanext.satudata.shared import clock, journal, vault
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letter_annexes, letters


def told(session: Any, request: PpidRequest) -> dict[str, Any]:
    """What is held, as JSON values, without officers' names; that it was taken is journalled. No commit."""
    journal.append(
        session,
        "applicant_data_exported",
        actor=APPLICANT,
        case_id=request.case_id,
        subject=(requests.SUBJECT, request.id),
    )
    given = former_giving.of_request(session, request)
    return {
        "exported_at": clock.now().isoformat(),
        "request": {
            "number": request.number,
            "received_at": request.received_at.isoformat(),
            "question": request.question,
            "purpose": request.purpose,
            "form": request.form,
            "obtain": request.obtain,
            "sending": request.sending,
            "language": request.language,
            "decision": request.decision,
            "closed_at": _iso(request.closed_at),
        },
        "applicant": {"kind": request.applicant_kind, **requests.person_of(request)},
        "email_confirmed_at": _iso(request.confirmed_at),
        "erased_at": _iso(request.erased_at),
        "letters": [
            {"kind": row.kind, "number": row.number, "dated_on": row.dated_on.isoformat(), "sha256": row.sha256}
            for row in _letters(session, request)
        ],
        "files": [_file(one) for one in links.given(session, request)],
        "given": {"way": given.way, "form": given.form, "given_at": _iso(given.given_at), "cost": given.cost}
        if given
        else None,
        "kept_because": [
            {"cause": hold.cause.value, "until": hold.until.isoformat() if hold.until else None}
            for hold in privacy.holds(session, request)
        ],
        "journal": _journal(session, request),
        **{one.name: one.told(session, request) for one in privacy.kept()},
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None


def _letters(session: Any, request: PpidRequest) -> list[Letter]:
    rows = session.scalars(Letter.of_subject(requests.SUBJECT, request.id))
    return [row for row in rows if letters.is_for_applicant(row)]


def _file(one: links.Given) -> dict[str, Any]:
    facts = {"name": one.file.filename, "size": one.file.size, "sha256": one.file.sha256}
    accepted = {"downloads": one.grant.downloads, "terms_accepted_at": _iso(one.grant.terms_accepted_at)}
    return {**facts, "link_until": one.grant.until_at.isoformat(), **accepted}


def _journal(session: Any, request: PpidRequest) -> list[dict[str, str]]:
    """What was done with the request, looks at the person included; by which role, never by whom."""
    rows = session.execute(
        sa.select(Journal.at, Journal.event).where(Journal.case_id == request.case_id).order_by(Journal.position)
    )
    return [{"at": row.at.isoformat(), "event": row.event} for row in rows]


def archive(session: Any, request: PpidRequest) -> bytes:
    """The same as a ZIP: the JSON, the letters to the applicant, and the papers the applicant sent. No commit."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.json", json.dumps(told(session, request), ensure_ascii=False, indent=2))
        packed.writestr("baca-saya.txt", tk._("This is what the portal holds about you and your request.") + "\r\n")
        for row in _letters(session, request):
            name = letters.filename(LetterKind(row.kind), row.number)
            _add(packed, session, f"surat/{name}", row.vault_id)
            for annex in letter_annexes.of(session, [row])[row.id]:
                folder = f"surat/{name.removesuffix('.pdf')}"
                _add(packed, session, f"{folder}/{letter_annexes.filename(annex)}", annex.vault_id)
        giving = session.get(PpidGiving, request.id)
        if giving is not None and giving.receipt_id:
            _add(packed, session, "tanda-terima.pdf", giving.receipt_id)
        for one in privacy.kept():
            for name, content in one.files(session, request):
                packed.writestr(f"{one.name}/{name}", content)
    return body.getvalue()


def _add(packed: zipfile.ZipFile, session: Any, name: str, vault_id: str) -> None:
    try:
        packed.writestr(name, vault.read_bytes(session, vault_id))
    except NotThere:  # erased
        return
