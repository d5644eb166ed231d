"""The papers that go with a letter: kept beside it as they were sent, whatever becomes of the original."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.letters import Enclosure
from ckanext.satudata.model.decree import Decree
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_annex import LetterAnnex
from ckanext.satudata.shared import vault
from ckanext.satudata.shared.levels import decrees

PURPOSE = "letter_annex"


def enclose(session: Session, letter: Letter, enclosed: Sequence[Enclosure], by: str | None) -> None:
    """Puts a copy of each paper beside the letter; no commit. Raises NotThere where one is gone meanwhile."""
    for position, one in enumerate(enclosed, start=1):
        decree = session.get(Decree, one.decree_id)
        if decree is None or decree.scan_id is None:
            raise NotThere("There is no such decree.")
        scan = vault.get(session, decree.scan_id)
        kept = vault.put(
            session,
            io.BytesIO(vault.read_bytes(session, scan.id)),
            name=scan.original_name,
            content_type="application/pdf",
            purpose=PURPOSE,
            created_by=by,
        )
        session.add(
            LetterAnnex(
                letter_id=letter.id,
                position=position,
                name=decrees.cited(decree),
                decree_id=decree.id,
                vault_id=kept.id,
                sha256=kept.sha256,
                size=kept.size_bytes,
            )
        )
    session.flush()


def of(session: Session, found: Sequence[Letter]) -> dict[str, list[LetterAnnex]]:
    """The annexes of letters, by the letter's id."""
    rows = session.scalars(LetterAnnex.of(*(letter.id for letter in found))) if found else ()
    grouped: dict[str, list[LetterAnnex]] = defaultdict(list)
    for row in rows:
        grouped[row.letter_id].append(row)
    return grouped


def find(session: Session, letter: Letter, annex_id: str) -> LetterAnnex:
    """An annex of this letter. Raises NotThere."""
    row = session.get(LetterAnnex, annex_id)
    if row is None or row.letter_id != letter.id:
        raise NotThere("There is no such letter.")
    return row


def filename(row: LetterAnnex) -> str:
    """A name for the downloaded file: `Lampiran-1-Keputusan-….pdf`."""
    words = f"Lampiran {row.position} {row.name}"
    return "-".join("".join(sign if sign.isalnum() else " " for sign in words).split())[:120] + ".pdf"


def shown(rows: Sequence[LetterAnnex]) -> list[dict[str, Any]]:
    """Annexes in plain values."""
    return [{"id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256} for row in rows]
