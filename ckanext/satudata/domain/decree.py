"""Decrees and minutes: what they must say, who writes them and who reads them.

A decree (SK) fixes which data are open, limited and closed; minutes (berita acara) record a consequence test or a
discussion. Sources: Malang SOP 000 steps 1, 2 and 4, Jember SOP 003 step 2; PerKI 1/2021 art. 49.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ckanext.satudata.domain.access import AGENCY_READERS, STEWARD_READERS, Level
from ckanext.satudata.domain.errors import Invalid, NotAllowed, too_long
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.officer_list import parse_date

PROCESS = "classification"
"""A role held a.n. counts here only if it is held for this process."""

WRITERS = (Role.WALIDATA, Role.PPID)
WHOLE_READERS = (*STEWARD_READERS, Role.PPID, Role.AUDITOR)
"""Who reads what concerns every agency."""

DECREE_KINDS = {
    "head_decree": "Decree of the head of the region",
    "head_regulation": "Regulation of the head of the region",
    "ppid_decree": "Decree of the information officer (PPID)",
    "agency_decree": "Decree of the head of an agency",
    "other": "Other decree",
}
"""Code to msgid."""

CITED = {
    "head_decree": "Keputusan Kepala Daerah",
    "head_regulation": "Peraturan Kepala Daerah",
    "ppid_decree": "Keputusan PPID",
    "agency_decree": "Keputusan Kepala Perangkat Daerah",
    "other": "Keputusan",
}
"""The same in letters, which are Indonesian whatever the reader's language."""

MINUTES_KINDS = {"test": "Consequence test", "discussion": "Discussion of the lists"}
"""000-1 and 000-2."""

MOST_ROWS = 2000
LONGEST = {"number": 200, "title": 500, "what": 500, "subject": 500, "result": 10_000}
"""Characters."""


@dataclass(frozen=True)
class DecreeRow:
    """One line of a decree's annex. `dataset` is what the writer named: an id or a name, or empty."""

    no: int
    what: str
    level: str
    dataset: str = ""


@dataclass(frozen=True)
class DecreeText:
    """What a decree says, checked. `in_force_until_on` None: until it is ended."""

    kind: str
    number: str
    title: str
    dated_on: date
    in_force_from_on: date
    in_force_until_on: date | None

    def state(self, on: date) -> str:
        """`future`, `in_force` or `ended` on that day; both ends count."""
        if on < self.in_force_from_on:
            return "future"
        return "ended" if self.in_force_until_on is not None and self.in_force_until_on < on else "in_force"


@dataclass(frozen=True)
class MinutesText:
    """What minutes say, checked. No persons' names are asked for."""

    kind: str
    held_on: date
    subject: str
    result: str


def may_write(actor: Actor) -> bool:
    """Walidata and PPID; a system administrator holds neither by that alone."""
    return actor.has_anywhere(*WRITERS, process=PROCESS)


def require_writer(actor: Actor) -> None:
    """Raises NotAllowed for everybody but Walidata and PPID."""
    if not may_write(actor):
        raise NotAllowed("Only Walidata and PPID record decrees and minutes.", mend="Send it to one of them.")


def reads_whole(actor: Actor) -> bool:
    """Whether the person reads what concerns every agency, closed data too."""
    return actor.is_sysadmin or actor.has_anywhere(*WHOLE_READERS, process=PROCESS) or _holds_everywhere(actor)


def _holds_everywhere(actor: Actor) -> bool:
    return any(
        held.role in AGENCY_READERS and held.organization_id is None and held.counts_for(PROCESS) for held in actor.held
    )


def agencies_of(actor: Actor) -> frozenset[str]:
    """The agencies whose officers' papers the person reads."""
    return frozenset(
        held.organization_id
        for held in actor.held
        if held.role in AGENCY_READERS and held.organization_id and held.counts_for(PROCESS)
    )


def may_read(actor: Actor) -> bool:
    """Whether the person reads any decree or minutes at all."""
    return reads_whole(actor) or bool(agencies_of(actor))


def require_reader(actor: Actor) -> None:
    """Raises NotAllowed for who reads none."""
    if not may_read(actor):
        raise NotAllowed("Only officers read decrees, minutes and the lists behind them.", mend="Log in as an officer.")


def sees_row(actor: Actor, level: str, organization_id: str | None) -> bool:
    """Whether the person may read this line of an annex: the words of closed data are its agency's and the whole
    readers' only."""
    return level != Level.TERTUTUP.value or reads_whole(actor) or organization_id in agencies_of(actor)


def may_take_scan(actor: Actor, rows: Iterable[tuple[str, str | None]]) -> bool:
    """Whether the person may have the scan of a decree with these rows (level, agency).

    The paper shows every row, so it goes to who may read them all; one whose rows were not entered may list anything.
    """
    rows = list(rows)
    return reads_whole(actor) or bool(rows) and may_read(actor) and all(sees_row(actor, *row) for row in rows)


def sees_minutes(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person may read minutes about data of this agency; None: they are about no single agency."""
    return reads_whole(actor) or organization_id is not None and organization_id in agencies_of(actor)


def decree_of(sent: Mapping[str, str], today: date) -> tuple[DecreeText | None, list[Invalid]]:
    """The decree, or None and all that is wrong with it, each fault at its field."""
    faults = [*_texts(sent, "number", "title"), *_kind(sent, DECREE_KINDS)]
    dated_on = _date(sent, "dated_on", faults, needed=True)
    from_on = _date(sent, "in_force_from_on", faults) or dated_on
    until_on = _date(sent, "in_force_until_on", faults)
    if dated_on and dated_on > today:
        faults.append(
            Invalid("The decree is dated in the future.", field="dated_on", mend="Record it once it is signed.")
        )
    if from_on and until_on and until_on < from_on:
        faults.append(
            Invalid("It would end before it is in force.", field="in_force_until_on", mend="Choose a later last day.")
        )
    if faults or dated_on is None or from_on is None:
        return None, faults
    return DecreeText(sent["kind"], sent["number"], sent["title"], dated_on, from_on, until_on), []


def minutes_of(sent: Mapping[str, str], today: date) -> tuple[MinutesText | None, list[Invalid]]:
    """The minutes, or None and all that is wrong with them, each fault at its field."""
    faults = [*_texts(sent, "subject", "result"), *_kind(sent, MINUTES_KINDS)]
    held_on = _date(sent, "held_on", faults, needed=True)
    if held_on and held_on > today:
        faults.append(Invalid("The meeting lies in the future.", field="held_on", mend="Record it once it was held."))
    if faults or held_on is None:
        return None, faults
    return MinutesText(sent["kind"], held_on, sent["subject"], sent["result"]), []


def rows_of_text(text: str) -> tuple[list[DecreeRow], list[Invalid]]:
    """The rows of an annex, typed or pasted from a spreadsheet: a line each, `data | level | dataset` or with tabs."""
    found, faults = [], []
    lines = [line for line in text.splitlines() if line.strip(" \t|")]
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t" if "\t" in line else "|")]
        row = DecreeRow(number, *(cells + ["", "", ""])[:3])
        found.append(row)
        if len(cells) > 3:
            faults.append(_row_fault(number, "Line {line} has more than three parts.", "Part them with | only."))
    return checked_rows(found, faults)


def checked_rows(rows: list[DecreeRow], faults: list[Invalid]) -> tuple[list[DecreeRow], list[Invalid]]:
    """The rows with their levels as codes; what is wrong is added to the faults, which are returned too."""
    if len(rows) > MOST_ROWS:
        return [], [Invalid("A decree has at most {most} rows here.", field="rows", most=MOST_ROWS)]
    checked = []
    for row in rows:
        level = row.level.strip().lower()
        if not row.what or len(row.what) > LONGEST["what"]:
            faults.append(
                _row_fault(row.no, "Line {line} does not name its data.", "Name it in at most 500 characters.")
            )
        if level not in {one.value for one in Level}:
            faults.append(
                _row_fault(row.no, "Line {line} has no level.", "Write Terbuka, Terbatas or Tertutup after the data.")
            )
        checked.append(DecreeRow(row.no, row.what, level, row.dataset))
    return checked, faults


def row_of_unknown_dataset(line: int) -> Invalid:
    """The fault of a row that names a dataset that is not there, or that the writer may not know of."""
    return _row_fault(
        line, "Line {line} names a dataset that is not there.", "Copy its address, or leave that part empty."
    )


def text_of_rows(rows: Iterable[DecreeRow]) -> str:
    """The rows as the form shows them, so that `rows_of_text` reads the same again."""
    return "\n".join(" | ".join(filter(None, [row.what.replace("|", "/"), row.level, row.dataset])) for row in rows)


def _row_fault(line: int, message: str, mend: str) -> Invalid:
    return Invalid(message, field="rows", mend=mend, line=line)


def _texts(sent: Mapping[str, str], *names: str) -> list[Invalid]:
    faults = []
    for name in names:
        text = sent.get(name) or ""
        if not text:
            faults.append(Invalid(_MISSING[name], field=name, mend=_MENDS[name]))
        faults += too_long(text, name, LONGEST[name])
    return faults


_MISSING = {
    "number": "The number of the decree is missing.",
    "title": "The title of the decree is missing.",
    "subject": "What was discussed is missing.",
    "result": "The result is missing.",
}
_MENDS = {
    "number": "Copy it from the decree.",
    "title": "Write what the decree is about.",
    "subject": "Write which data was tested or discussed.",
    "result": "Write what was found and decided, without names of persons.",
}


def _kind(sent: Mapping[str, str], kinds: Mapping[str, str]) -> list[Invalid]:
    if sent.get("kind") in kinds:
        return []
    return [Invalid("Choose the kind from the list.", field="kind")]


def _date(sent: Mapping[str, str], name: str, faults: list[Invalid], needed: bool = False) -> date | None:
    try:
        found = parse_date(sent.get(name) or "", name)
    except Invalid as fault:
        faults.append(fault)
        return None
    if found is None and needed:
        faults.append(Invalid("The date is missing.", field=name, mend="Choose a day."))
    return found
