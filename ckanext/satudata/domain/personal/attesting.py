"""The word of a person that a file holds no personal data that is not masked, and what it is worth (SOP 001 step 10).

It is bound to bytes: to the sha256 of every file in force, one for one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ckanext.satudata.domain.errors import Conflict, Invalid, Several
from ckanext.satudata.domain.personal.kinds import HINTS, Kind
from ckanext.satudata.domain.refusal import names_act

STATEMENT_AT_LEAST = 20
"""Characters of the statement."""


@dataclass(frozen=True)
class Ground:
    """Why found personal data may be given as it is: msgid for officers, and what the letter prints."""

    title: str
    text: str
    names_act: bool = False


NOT_PERSONAL = "not_personal"
GROUNDS = {
    "own_data": Ground("It is the applicant's own data", "data pribadi pemohon sendiri (Pasal 7 UU 27/2022)"),
    "consent": Ground(
        "The persons agreed to it in writing",
        "orang yang bersangkutan memberi persetujuan tertulis (Pasal 18 ayat (2) huruf a UU 14/2008)",
    ),
    "public_office": Ground(
        "It is about persons in public office, as such",
        "berkaitan dengan jabatan publik orang yang bersangkutan (Pasal 18 ayat (2) huruf b UU 14/2008)",
    ),
    "law": Ground(
        "An Act demands that it is given",
        "pemberiannya diwajibkan undang-undang (Pasal 20 ayat (2) huruf c UU 27/2022)",
        names_act=True,
    ),
    NOT_PERSONAL: Ground(
        "The scan errs: it is no personal data", "temuan pemindaian telah dilihat dan bukan data pribadi"
    ),
}
"""The only grounds; without one, what the scan finds is masked (001-10)."""


@dataclass(frozen=True)
class Word:
    """What the officer says of one file, where it is not what he says of all."""

    ground: str = ""
    statement: str = ""


def word_of(sha256: str, own: Mapping[str, Word], ground: str, statement: str) -> Word:
    """What counts for one file: its own ground and words, else those for all."""
    said = own.get(sha256, Word())
    return Word(said.ground or ground, said.statement.strip() or statement)


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


def check(
    in_force: Mapping[str, Inspection],
    *,
    seen: Collection[str],
    checked: bool,
    statement: str,
    ground: str = "",
    own: Mapping[str, Word] = MappingProxyType({}),
) -> None:
    """Refuses an attestation of other files than those in force, or one without the person's word.

    `in_force`: sha256 of each file with what the scan says of it; `seen`: those on the officer's screen; `statement`:
    what he looked at himself, asked for where the scan does not answer for a file, or finds personal data in it;
    then a `ground` of `GROUNDS` too. `own`: ground and words of single files, by sha256, before those for all.
    Raises Conflict, Invalid at `ground` or `statement`, with the sha256 behind it where the file has its own.
    """
    if not in_force:
        raise Conflict("No file was handed over yet.", mend="Return it to the PPID Pembantu.")
    if set(seen) != set(in_force):
        raise Conflict(
            "Another file was handed over meanwhile; the check counts for exactly one file.",
            field="sha256",
            mend="Look at the file that is in force now.",
        )
    found: list[Invalid] = []
    for sha256, inspection in in_force.items():
        said, at = word_of(sha256, own, ground, statement), f"_{sha256}" if sha256 in own else ""
        if inspection is Inspection.FOUND:
            found += _whole_faults(said.ground, said.statement, at)
        elif inspection not in ANSWERED and len(said.statement.strip()) < STATEMENT_AT_LEAST:
            found.append(
                Invalid(
                    "The scan does not answer for the file.",
                    field=f"statement{at}",
                    mend="Wait for it, or write what you looked at yourself and what you saw.",
                )
            )
    if not checked:
        found.append(
            Invalid(
                "Confirm that you looked at the file and that it holds no personal data that is not masked.",
                field="checked",
            )
        )
    Several.refuse(found)


def _whole_faults(ground: str, statement: str, at: str) -> Iterator[Invalid]:
    """Found personal data is masked, or given on a ground with its reasons."""
    if ground not in GROUNDS:
        yield Invalid(
            "The scan finds personal data in the file.",
            field=f"ground{at}",
            mend="Mask it, or choose on what ground it may be given as it is.",
        )
    if len(statement.strip()) < STATEMENT_AT_LEAST:
        yield Invalid(
            "Write why it may be given, and what you looked at yourself.",
            field=f"statement{at}",
            mend="The letter to the applicant says it.",
        )
    elif ground in GROUNDS and GROUNDS[ground].names_act and not names_act(statement):
        yield Invalid("Name the Act that demands it.", field=f"statement{at}", mend="For example: UU 27/2022.")
