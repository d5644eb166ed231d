"""Scanned papers (decrees, minutes): PDFs in the vault, and how they are given out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import journal, vault
from ckanext.satudata.shared.files import inspect

MOST_BYTES = 20 * 1024 * 1024
FIELD = "scan"


def is_given(upload: Any) -> bool:
    """Whether a form or call brought a file; an empty file field is none."""
    if upload in (None, ""):
        return False
    return not hasattr(upload, "filename") or bool(upload.filename)


def check_is_file(upload: Any, field: str) -> None:
    """Raises Invalid for what is no file."""
    if getattr(upload, "stream", None) is None:
        raise Invalid(
            "This is no file, but the text of a field.",
            field=field,
            mend="Send the file itself as a part of multipart/form-data.",
        )


def take_in(
    session: Session,
    upload: Any,
    field: str,
    *,
    purpose: str,
    by: str | None,
    max_bytes: int,
    content_type: str | None = None,
) -> VaultObject:
    """Looks into an uploaded file and puts it into the vault, without a commit. Raises Invalid at `field`."""
    check_is_file(upload, field)
    try:
        # What cannot be read twice (a program's stream) is stored as it comes.
        if hasattr(upload.stream, "seek"):
            inspect.check(upload.stream, upload.filename)
        return vault.put(
            session,
            upload.stream,
            name=upload.filename,
            content_type=content_type,
            purpose=purpose,
            created_by=by,
            max_bytes=max_bytes,
        )
    except Invalid as fault:
        fault.field = field
        raise


def keep(session: Session, upload: Any, purpose: str, actor: Actor) -> VaultObject:
    """Checks the PDF and puts it into the vault, in the caller's transaction. Raises Invalid at `scan`."""
    check_is_file(upload, FIELD)
    if not str(upload.filename).lower().endswith(".pdf"):
        raise Invalid("The scan must be a PDF.", field=FIELD, mend="Save or scan it as PDF and choose it again.")
    return take_in(
        session,
        upload,
        FIELD,
        purpose=purpose,
        by=actor.user_id,
        max_bytes=MOST_BYTES,
        content_type="application/pdf",
    )


def about(session: Session, scan_id: str | None, url: str) -> dict[str, Any] | None:
    """`filename`, `size`, `sha256`, `url` of a scan; None where there is none."""
    row = session.get(VaultObject, scan_id) if scan_id else None
    if row is None or row.deleted_at is not None:
        return None
    return {"filename": row.original_name, "size": row.size_bytes, "sha256": row.sha256, "url": url}


def give(session: Session, scan_id: str, subject: tuple[str, str], actor: Actor) -> tuple[Any, dict[str, str]]:
    """The bytes, block by block, and the headers; journalled and committed. Ask first who may have it.

    Raises NotThere.
    """
    stored = vault.get(session, scan_id)
    stream = vault.open_stream(session, scan_id)
    journal.append(session, "scan_viewed", actor=actor, subject=subject, payload={"sha256": stored.sha256})
    session.commit()
    return stream, {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(stored.size_bytes),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.original_name)}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def site_url(endpoint: str, **values: Any) -> str:
    """The absolute address of a page, the same in every language."""
    return tk.url_for(endpoint, _external=True, locale="default", **values)
