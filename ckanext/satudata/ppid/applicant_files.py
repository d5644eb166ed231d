"""What applicants attach, encrypted in the vault: kept with a draft or a request, erased in time."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import pictures, requests
from ckanext.satudata.shared import clock, crypto, journal, limits, vault
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import desk

NAMES = {
    FileKind.IDENTITY.value: N_("Identity document"),
    FileKind.POWER.value: N_("Power of attorney"),
    FileKind.EVIDENCE.value: N_("Scan of what came on paper"),
}
_ENDINGS = {pictures.PDF: "pdf", pictures.JPEG: "jpg"}

Files = Mapping[FileKind, pictures.Attached]


APPLICANTS = (FileKind.IDENTITY, FileKind.POWER)
"""What an applicant attaches; the scan is the officer's."""
CALLS_PER_HOUR = 40
"""Calls with files from one network address: looking at pictures costs."""


def received(sent: Mapping[str, Any], kinds: Collection[FileKind], address: str) -> dict[FileKind, pictures.Attached]:
    """What was attached, by kind, made fit to be kept. Raises Several with the fault of each file, TooMany.

    `address`: the network address whose calls are counted; empty for officers.
    """
    if address and any(getattr(sent.get(kind.value), "filename", "") for kind in kinds):
        limits.spend("ppid-upload", address, limit=CALLS_PER_HOUR, seconds=3600)
    found, faults = {}, []
    for kind in kinds:
        try:
            attached = pictures.read(sent.get(kind.value), kind.value)
        except Invalid as fault:
            faults.append(fault)
            continue
        if attached:
            found[kind] = attached
    Several.refuse(faults)
    return found


def keep(session: Any, files: Files, *, request_id: str | None = None, draft_id: str | None = None) -> None:
    """Encrypts the files into the vault, in the caller's transaction; of a kind in a draft the last one counts."""
    for kind, attached in files.items():
        if draft_id:
            old = sa.select(ApplicantFile).where(ApplicantFile.draft_id == draft_id, ApplicantFile.kind == kind.value)
            for row in session.scalars(old).all():
                _forget(session, row)
        body, key = crypto.seal_file(attached.body)
        # Neither name nor type of the clear file stands in the vault's table.
        stored = vault.put(
            session,
            io.BytesIO(body),
            name=f"{kind.value}.enc",
            content_type="application/octet-stream",
            purpose="applicant",
            created_by=None,
        )
        session.add(
            ApplicantFile(
                request_id=request_id,
                draft_id=draft_id,
                kind=kind.value,
                vault_id=stored.id,
                file_key=key,
                name=crypto.seal(vault.clean_name(attached.name)),
                content_type=attached.content_type,
                size=len(attached.body),
                added_at=clock.now(),
            )
        )
    session.flush()


def of_draft(session: Any, draft_id: str) -> dict[FileKind, ApplicantFile]:
    """What is kept with a draft, by kind."""
    return {FileKind(row.kind): row for row in session.scalars(ApplicantFile.of_draft(draft_id))}


def move(session: Any, draft_id: str, request_id: str, without: Collection[FileKind] = ()) -> None:
    """Gives the files of a draft to the request that was made of it, but for kinds that came anew."""
    for kind, row in of_draft(session, draft_id).items():
        if kind in without:
            _forget(session, row)
        else:
            row.draft_id, row.request_id = None, request_id
    session.flush()


def find(session: Any, file_id: str) -> tuple[ApplicantFile | None, PpidRequest | None]:
    """A file and the request it belongs to; nothing of either while it lies with a draft. Asks nobody."""
    row = session.get(ApplicantFile, file_id)
    request = session.get(PpidRequest, row.request_id) if row is not None and row.request_id else None
    return (row, request) if request is not None else (None, None)


def clear(session: Any, row: ApplicantFile) -> bytes:
    """The clear bytes. Asks nobody and journals nothing: for the applicant's own copy of the data."""
    return crypto.unseal_file(vault.read_bytes(session, row.vault_id), row.file_key)


def opened(session: Any, row: ApplicantFile, request: PpidRequest, actor: Actor) -> bytes:
    """The clear bytes. Each look is journalled and committed before a byte leaves (UU 27/2022 art. 31)."""
    body = clear(session, row)
    _note(session, row, request, actor)
    session.commit()
    return body


def _note(session: Any, row: ApplicantFile, request: PpidRequest, actor: Actor) -> None:
    journal.append(
        session,
        "applicant_file_viewed",
        actor=actor,
        case_id=request.case_id,
        subject=("ppid_request", request.id),
        payload={"file": row.kind},
    )


def url(row: ApplicantFile) -> str:
    """Where the office that answers opens it."""
    return str(tk.url_for("satudata_ppid_applicant.file", file_id=row.id, _external=True, locale="default"))


def listed(session: Any, request_id: str) -> list[dict[str, Any]]:
    """What was attached: `kind`, `title`, `size`, `added_at`, and `url`, which opens for the office only; no name."""
    return [
        {
            "kind": row.kind,
            "title": tk._(NAMES[row.kind]),
            "size": row.size,
            "added_at": row.added_at.isoformat(),
            "url": url(row),
        }
        for row in session.scalars(ApplicantFile.of_request(request_id))
    ]


def papers(session: Any, request: PpidRequest) -> list[desk.Paper]:
    """The applicant's documents among the papers of a case; ask first whether the reader's office answers."""
    return [
        desk.Paper(
            tk._(NAMES[row.kind]),
            filename=filename(row, request),
            vault_id=row.vault_id,
            size=row.size,
            dated_on=requests.local_date(row.added_at),
            url=url(row),
            serves=True,
            clear=partial(crypto.unseal_file, key=row.file_key),
        )
        for row in session.scalars(ApplicantFile.of_request(request.id))
    ]


def taken(session: Any, request: PpidRequest, vault_ids: Collection[str], actor: Actor) -> None:
    """Journals the look at each of the documents that are taken away with the case; no commit."""
    for row in session.scalars(ApplicantFile.of_request(request.id)):
        if row.vault_id in vault_ids:
            _note(session, row, request, actor)


def copy(session: Any, from_id: str, to_id: str) -> None:
    """The documents of one request for another of the same applicant, each under a key of its own. No commit."""
    files = {
        FileKind(row.kind): pictures.Attached(clear(session, row), row.content_type, crypto.unseal(row.name))
        for row in session.scalars(ApplicantFile.of_request(from_id))
    }
    keep(session, files, request_id=to_id)


def filename(row: ApplicantFile, request: PpidRequest) -> str:
    """A name for the downloaded file that tells nothing about the person: `identity-12-PPID-2026.jpg`."""
    number = "-".join("".join(sign if sign.isalnum() else " " for sign in request.number).split())
    return f"{row.kind}-{number}.{_ENDINGS[row.content_type]}"


def erase(session: Any, request_id: str) -> int:
    """Deletes the files of a request with their keys; returns how many. No commit."""
    rows = session.scalars(ApplicantFile.of_request(request_id)).all()
    for row in rows:
        _forget(session, row)
    return len(rows)


def erase_draft(session: Any, draft_id: str) -> None:
    """The same for a draft."""
    for row in session.scalars(ApplicantFile.of_draft(draft_id)).all():
        _forget(session, row)


def _forget(session: Any, row: ApplicantFile) -> None:
    vault.delete(session, row.vault_id)
    session.delete(row)
    session.flush()
