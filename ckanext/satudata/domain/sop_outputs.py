"""What comes of each step: every name in an `output` column has a maker, a record or an upload slot.

A file binds its names in `outputs: {name: "letter refusal_ppid"}`: a maker's kind, then what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ckanext.satudata.domain.letters import LetterKind
from ckanext.satudata.domain.sop_text import Faults, Lined


class Maker(str, Enum):
    """Who makes an output."""

    LETTER = "letter"
    LIST = "list"
    REPORT = "report"
    RECORD = "record"
    """A row that the command itself writes."""
    UPLOAD = "upload"
    """Nobody yet: the performer finishes the step with the file, or with its number and date."""


RECORDS: Mapping[str, str] = MappingProxyType(
    {
        "analysis": "the analysis report: its files, title, summary and period, in versions",
        "answer": "the answer, mailed and shown to who has number and code",
        "approval": "the decision in the journal",
        "availability": "what the public information list says, kept with the request",
        "caption": "the title and the text of the post, with alternative texts",
        "channel": "the channel log: where and when it was shown, by whom",
        "consequence_test": "the result of the consequence test, with its minutes",
        "dataset": "the draft of the dataset with its files",
        "decision": "the decision on the request, with its coded reason",
        "disposition": "the order given with the command, in the journal",
        "download": "the file behind the applicant's personal link, or the open download",
        "drawing": "the drawings of the post, in the vault",
        "erasure": "the decision on the erasure, in the journal",
        "exclusion": "the decree of exclusion on which the refusal stands",
        "handover": "the file that changes hands inside the vault",
        "page": "a page of the portal",
        "post": "the post: its data, drawings and text, in versions",
        "publication": "what the public sees since then",
        "selection": "the picked data, each in the version that was public then",
    }
)
"""Records that commands and pages make, and what they are."""

KNOWN: Mapping[Maker, frozenset[str]] = MappingProxyType(
    {
        Maker.LETTER: frozenset(kind.value for kind in LetterKind),
        Maker.LIST: frozenset({"dip", "dik", "terbatas", "tertutup"}),
        Maker.REPORT: frozenset({"dissemination", "semester", "service"}),
        Maker.RECORD: frozenset(RECORDS),
        Maker.UPLOAD: frozenset(),
    }
)
"""What each maker can make. `upload` makes nothing: it is an empty slot."""


@dataclass(frozen=True)
class Output:
    """One bound name. `what`: the letter's kind, the lists, the report, the record; empty for an upload."""

    name: str
    maker: Maker
    what: tuple[str, ...] = ()


def read(data: Any, line: int, faults: Faults) -> Mapping[str, Output]:
    """The bindings of a file."""
    if data is None:
        return MappingProxyType({})
    if not isinstance(data, Lined):
        faults.add(line, "", "`outputs` is no mapping.", "Write `outputs: {name of the output: upload}`.")
        return MappingProxyType({})
    found = {str(name): _one(str(name), str(value), data.line, faults) for name, value in data.items()}
    return MappingProxyType({name: output for name, output in found.items() if output})


def _one(name: str, value: str, line: int, faults: Faults) -> Output | None:
    kind, *what = value.split() or [""]
    maker = faults.one(Maker, kind, line, "outputs", f"maker of “{name}”")
    if maker is None:
        return None
    known = KNOWN[maker]
    for one in what:
        if one not in known:
            fault = f"“{name}” names the {maker.value} {one!r}, which is not there."
            faults.add(line, "outputs", fault, f"Known are {', '.join(sorted(known)) or 'none: write `upload` alone'}.")
    if known and not what:
        faults.add(line, "outputs", f"“{name}” does not say which {maker.value}.", f"Name one of {sorted(known)}.")
    return Output(name, maker, tuple(what))
