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


def words_of(in_force: Mapping[str, Inspection], own: Mapping[str, Word], for_one: Word) -> dict[str, Word]:
    """What counts for each file that needs words, by sha256: its own; where one file needs words, `for_one` too.

    Words for several files at once are nobody's look at any of them.
    """
    needing = [sha256 for sha256, inspection in in_force.items() if inspection not in ANSWERED]
    beside = for_one if len(needing) == 1 else Word()
    said = {sha256: own.get(sha256, Word()) for sha256 in needing}
    return {
        sha256: Word(one.ground or beside.ground, one.statement.strip() or beside.statement.strip())
        for sha256, one in said.items()
    }


class Inspection(str, Enum):
    """How far the scan answers for a file."""

    PENDING = "pending"
    FAILED = "failed"
    PARTLY = "partly"
    """Something of it, or all, was not inspected."""
    FOUND = "found"
    """A person's data: NIK, phone, …, texts with such, health (UU 27/2022 art. 4(2)), names beside what tells more."""
    HINTS = "hints"
    """Names, addresses or places alone: a person judges what they tell."""
    CLEAN = "clean"


ANSWERED = frozenset({Inspection.CLEAN})
"""Where the scan answers for the file; a person looks at it all the same."""
_ALONE = HINTS - {Kind.FREE_TEXT, Kind.HEALTH}
"""What is a hint as long as nothing else stands beside a name."""


def inspection_of(result: Mapping[str, Any]) -> Inspection:
    """What a finished scan (`scan.of_file`) amounts to."""
    kinds = {Kind(one["kind"]) for one in result["findings"] or ()}
    if kinds - _ALONE or (Kind.NAME in kinds and len(kinds) > 1):
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
    what he looked at himself, asked for where the scan does not answer for a file, or finds something in it; for
    personal data a `ground` of `GROUNDS` too. `own`: ground and words of single files, by sha256; see `words_of`.
    Raises Conflict, Invalid at `ground` or `statement`, with the sha256 behind it where files have their own.
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
    words = words_of(in_force, own, Word(ground, statement))
    for sha256, said in words.items():
        at = f"_{sha256}" if sha256 in own or len(words) > 1 else ""
        found += _FAULTS[in_force[sha256]](said, at)
    if not checked:
        found.append(
            Invalid(
                "Confirm that you looked at the file and that it holds no personal data that is not masked.",
                field="checked",
            )
        )
    Several.refuse(found)


def _whole_faults(said: Word, at: str) -> Iterator[Invalid]:
    """Found personal data is masked, or given on a ground with its reasons."""
    if said.ground not in GROUNDS:
        yield Invalid(
            "The scan finds personal data in the file.",
            field=f"ground{at}",
            mend="Mask it, or choose on what ground it may be given as it is.",
        )
    if len(said.statement) < STATEMENT_AT_LEAST:
        yield Invalid(
            "Write why it may be given, and what you looked at yourself.",
            field=f"statement{at}",
            mend="The letter to the applicant says it.",
        )
    elif said.ground in GROUNDS and GROUNDS[said.ground].names_act and not names_act(said.statement):
        yield Invalid("Name the Act that demands it.", field=f"statement{at}", mend="For example: UU 27/2022.")


def _hint_faults(said: Word, at: str) -> Iterator[Invalid]:
    """Of what may be personal data a person says why it is none, or why it may be given."""
    if len(said.statement) < STATEMENT_AT_LEAST:
        yield Invalid(
            "The scan finds what may be personal data.",
            field=f"statement{at}",
            mend="Mask it, or write why it is none or may be given. The letter to the applicant says it.",
        )


def _silent_faults(said: Word, at: str) -> Iterator[Invalid]:
    """Of what the scan does not answer for a person says what was looked at."""
    if len(said.statement) < STATEMENT_AT_LEAST:
        yield Invalid(
            "The scan does not answer for the file.",
            field=f"statement{at}",
            mend="Wait for it, or write what you looked at yourself and what you saw.",
        )


_FAULTS = {
    Inspection.PENDING: _silent_faults,
    Inspection.FAILED: _silent_faults,
    Inspection.PARTLY: _silent_faults,
    Inspection.FOUND: _whole_faults,
    Inspection.HINTS: _hint_faults,
}
