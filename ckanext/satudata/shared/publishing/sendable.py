"""What may not go to review: a file that nobody can read, one without content, one made to fill the memory.

Anything else that is wrong in a file is a warning (`shared.files.quality`), because a verifier can judge it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from ckanext.satudata.domain import packed, spreadsheet
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.text_table import SEPARATORS
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import store

MOST_UNPACKED = 2 << 30
BOMB_BYTES, BOMB_RATIO = 256 << 20, 150
"""An archive that unpacks to more than so many bytes, and so many times itself, was made to fill the memory.

Spreadsheets unpack to some thirty times their size at most.
"""
_HEAD = 1 << 18
_ARCHIVES = frozenset({"XLSX", "DOCX", "PPTX", "ODS", "ODT", "ZIP"})


def require(session: Session, file: ResourceFile, name: str) -> None:
    """Raises Invalid (field `resources`) for a file of the vault that may not be sent; `name` is how it is told."""
    kept = session.get(VaultObject, file.vault_object_id) if file.vault_object_id else None
    if kept is None or kept.deleted_at is not None:
        return
    format_ = file.real_format.upper()
    try:
        if format_ in ("CSV", "TSV"):
            _require_rows(kept, name)
        elif format_ in _ARCHIVES:
            with _path(kept) as path:
                _require_small(path, kept.size_bytes, name)
                if format_ == "XLSX":
                    _require_cells(path, name)
    except packed.Damaged as error:
        raise _refusal("The file “{name}” is broken and cannot be opened.", name) from error


def _require_rows(kept: VaultObject, name: str) -> None:
    text = b""
    for block in store.open_at("vault", kept.location):
        text += block
        if len(text) >= _HEAD:
            return  # so long a text has more than headings
    lines = [line for line in text.decode("utf-8-sig", "replace").splitlines() if line.strip(SEPARATORS + '|" ')]
    if len(lines) < 2:
        raise _refusal("The file “{name}” has no rows below its headings.", name)


def _require_small(path: Path, size: int, name: str) -> None:
    unpacked = packed.unpacked_size(path)
    if unpacked > MOST_UNPACKED or (unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * size):
        raise Invalid(
            "The file “{name}” unpacks to {megabytes} MB: it could fill the memory of whoever opens it.",
            field="resources",
            mend="Save it anew in the program that it comes from, or split it, and upload that.",
            name=name,
            megabytes=unpacked >> 20,
        )


def _require_cells(path: Path, name: str) -> None:
    try:
        with path.open("rb") as source:
            rows = spreadsheet.rows(source, most_rows=500, most_columns=spreadsheet.MOST_COLUMNS)
    except packed.TooMuch:
        return  # large is no fault
    filled = [row for row in rows if any(cell not in (None, "") for cell in row)]
    if len(filled) < 2:
        raise _refusal("The file “{name}” has no rows below its headings.", name)


def _refusal(message: str, name: str) -> Invalid:
    mend = "Open the file, save it again and upload it."
    return Invalid(message, field="resources", mend=mend, name=name)


@contextmanager
def _path(kept: VaultObject) -> Iterator[Path]:
    local = store.local_path("vault", kept.location)
    if local is not None:
        yield local
        return
    with tempfile.NamedTemporaryFile() as copy:
        for block in store.open_at("vault", kept.location):
            copy.write(block)
        copy.flush()
        yield Path(copy.name)
