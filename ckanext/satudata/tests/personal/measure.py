"""How many of the findings that there are the scan makes (recall), and how many that it makes are there (precision)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import openpyxl

from ckanext.satudata.domain.personal import scan
from ckanext.satudata.domain.personal.kinds import HINTS
from ckanext.satudata.tests.personal.tables import Case, write

_HINTS = {kind.value for kind in HINTS}


class Score:
    """Counts over kinds with a structure; `wrong` names what was missed and what was not there."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def take(self, case: Case, told: dict) -> None:
        """Compares what was told of a case with what it holds."""
        found = {
            (one["sheet"], one["column"], one["kind"]) for one in told["findings"] or [] if one["kind"] not in _HINTS
        }
        truth = {one for one in case.truth() if one[2] not in _HINTS}
        self.counts.update(right=len(found & truth), missed=len(truth - found), extra=len(found - truth))
        for word, ones in (("missed", truth - found), ("extra", found - truth)):
            for _, at, kind in ones:
                head = case.cols[at].head if at is not None and at < len(case.cols) else "-"
                self.wrong.append(f"{word} {kind} in {case.name}.{case.form} column {at} {head!r}")
        if "not_inspected" in told:
            self.wrong.append(f"{case.name}.{case.form}: {told['not_inspected']}")

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.counts["right"] / max(1, self.counts["right"] + self.counts["missed"])

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        return self.counts["right"] / max(1, self.counts["right"] + self.counts["extra"])


def score(cases: Iterable[Case], folder: Path) -> Score:
    """Writes, scans and compares."""
    made = Score()
    for number, case in enumerate(cases):
        path = write(case, folder, 7 + number)
        made.take(case, scan.of_file(path))
        path.unlink()
    return made


def told_of(tmp_path: Path, rows: Iterable[list]) -> dict:
    """What the scan says of a spreadsheet with these rows."""
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return scan.of_file(path)
