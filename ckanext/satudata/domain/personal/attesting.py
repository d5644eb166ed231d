"""The word of a person that a file holds no personal data that is not masked, and what it is worth (SOP 001 step 10).

It is bound to bytes: to the sha256 of every file in force, one for one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.personal.kinds import HINTS, Kind

STATEMENT_AT_LEAST = 20
"""Characters of the statement."""


class Inspection(str, Enum):
    """How far the scan answers for a file."""

    PENDING = "pending"
    FAILED = "failed"
    PARTLY = "partly"
    """Something of it, or all, was not inspected."""
    FOUND = "found"
    """Data with a structure that is a person's: NIK, phone, …"""
    HINTS = "hints"
    """Only what a person must judge: names, addresses, texts."""
    CLEAN = "clean"


ANSWERED = frozenset({Inspection.HINTS, Inspection.CLEAN})
"""Where the scan answers for the file; a person looks at it all the same."""


def inspection_of(result: Mapping[str, Any]) -> Inspection:
    """What a finished scan (`scan.of_file`) amounts to."""
    kinds = {Kind(one["kind"]) for one in result["findings"] or ()}
    if kinds - HINTS:
        return Inspection.FOUND
    if result["findings"] is None or result.get("not_inspected"):
        return Inspection.PARTLY
    return Inspection.HINTS if kinds else Inspection.CLEAN


def check(in_force: Mapping[str, Inspection], *, seen: Collection[str], checked: bool, statement: str) -> None:
    """Refuses an attestation of other files than those in force, or one without the person's word.

    `in_force`: sha256 of each file with what the scan says of it; `seen`: those on the officer's screen; `statement`:
    what he looked at himself, asked for where the scan does not answer for a file, or finds personal data in it.
    Raises Conflict, Invalid.
    """
    if not in_force:
        raise Conflict("No file was handed over yet.", mend="Return it to the PPID Pembantu.")
    if set(seen) != set(in_force):
        raise Conflict(
            "Another file was handed over meanwhile; the check counts for exactly one file.",
            field="sha256",
            mend="Look at the file that is in force now.",
        )
    if not checked:
        raise Invalid(
            "Confirm that you looked at the file and that it holds no personal data that is not masked.",
            field="checked",
        )
    if set(in_force.values()) <= ANSWERED or len(statement.strip()) >= STATEMENT_AT_LEAST:
        return
    if Inspection.FOUND in in_force.values():
        raise Invalid(
            "The scan finds personal data in the file.",
            field="statement",
            mend="Mask it, or write why it may be given, and what you looked at yourself.",
        )
    raise Invalid(
        "The scan does not answer for the file.",
        field="statement",
        mend="Wait for it, or write what you looked at yourself and what you saw.",
    )
