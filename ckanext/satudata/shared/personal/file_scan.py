"""What the scan for personal data says of a file of the vault; kept are kinds, columns and shares, never a cell.

Who asks has asked for the file before. The scan is a piece of work of `shared.files.looks`: small files at once, large
ones by a job, which is begun again where it was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.personal.attesting import Inspection, inspection_of
from ckanext.satudata.model.look import Look
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.files import looks


@dataclass(frozen=True)
class FileScan:
    """`findings`, `not_inspected` as `domain.personal.scan.of_file` gives them; `tables` the outlines of its tables."""

    inspection: Inspection
    findings: list[dict[str, Any]]
    not_inspected: list[dict[str, Any]]
    tables: list[dict[str, Any]]

    def of_column(self, sheet: str, at: int) -> list[dict[str, Any]]:
        """What was found in a column."""
        return [one for one in self.findings if one["sheet"] == sheet and one["column"] == at]

    def beside(self, sheet: str) -> list[dict[str, Any]]:
        """What was found outside the columns of a table."""
        return [one for one in self.findings if one["sheet"] == sheet and one["column"] is None]


def begun(session: Session, kept: VaultObject) -> FileScan:
    """The scan as it stands; begun where nobody has yet. Commits in a session of its own."""
    return _told(looks.of(session, "scan", [_file(kept)]))


def again(session: Session, kept: VaultObject) -> FileScan:
    """As `begun`; a scan that failed is tried once more."""
    return _told(looks.again(session, "scan", [_file(kept)]))


def known(session: Session, kept: VaultObject) -> FileScan:
    """The scan as it stands; begins nothing."""
    return _told(looks.known(session, "scan", [_file(kept)]))


def ending_of(kept: VaultObject) -> str:
    """The ending of a file's name, by which it is read."""
    return PurePath(kept.original_name).suffix.removeprefix(".").lower()


def _file(kept: VaultObject) -> looks.File:
    return kept, ending_of(kept)


def _told(look: Look | None) -> FileScan:
    if look is None or not look.is_over:
        return FileScan(Inspection.PENDING, [], [], [])
    result = look.result
    if result is None:
        return FileScan(Inspection.FAILED, [], [], [])
    return FileScan(
        inspection_of(result), result["findings"] or [], result.get("not_inspected", []), result.get("tables", [])
    )
