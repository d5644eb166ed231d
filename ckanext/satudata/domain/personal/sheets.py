"""What the columns of one table of a file hold, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ckanext.satudata.domain.personal import held, hints, links, numbers, unnamed
from ckanext.satudata.domain.personal.columns import Column, Verdict
from ckanext.satudata.domain.personal.date_parts import part_of
from ckanext.satudata.domain.personal.gathered import Gathered
from ckanext.satudata.domain.personal.kinds import HINTS, Finding, Kind, Where, said_by, words_of
from ckanext.satudata.domain.personal.labelled import Labels, labels_of
from ckanext.satudata.domain.personal.place import Block, Place, Sheet
from ckanext.satudata.domain.personal.readers import framed
from ckanext.satudata.domain.spreadsheet import letters_of

SEVERAL = "Several values in one cell ({places})"
UNNAMED = "Days or long numbers under headings that do not say what they are ({places})"
BESIDE = "Several values in texts beside the table ({places})"


@dataclass(frozen=True)
class Outline:
    """A table as its columns: what a person chooses from. Headings that hold personal data are left out."""

    sheet: str
    heads: list[str]
    rows: int
    hidden_rows: int
    is_hidden: bool
    hidden_columns: list[int]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))


def findings(sheet: Sheet, outlines: list[Outline] | None = None) -> list[Finding]:
    """What was found in a table, in the order of its columns; then what stands outside it. Adds to `outlines`."""
    table = _Table(sheet)
    columns, labelled = table.of_columns(), table.of_labels()
    found = [*_rightly_named(columns, labelled), *table.of_heads(), *table.of_lines()]
    told = {(one.column, one.kind) for one in found}
    found += [one for one in table.of_packed() if (one.column, one.kind) not in told]
    table.say_unclear({one.column for one in [*found, *labelled] if one.kind not in HINTS})
    told = {(one.column, one.kind) for one in found}
    found += [one for one in labelled if (one.column, one.kind) not in told]
    found += [
        Finding(
            sheet.name, at, table.place.head(at), kind, 0.0, 0.9, Where.HIDDEN if sheet.is_hidden else Where.COMMENT
        )
        for at, text in sheet.comments
        for kind in numbers.in_text(text)
    ]
    found += [
        Finding(sheet.name, None, "", kind, 0.0, 0.9, Where.TITLE)
        for text in sheet.texts
        for kind in numbers.in_text(text)
    ]
    found += _behind(sheet, table.place.heads, {(one.column, one.kind) for one in found})
    if outlines is not None:
        outlines.append(table.outline())
    return list(dict.fromkeys(found))


def _behind(sheet: Sheet, heads: list[str], told: set[tuple[int | None, Kind]]) -> list[Finding]:
    """Where links lead, and texts in formulas, by column; without what the column's cells show as well."""
    if not sheet.links:
        return []
    # A link behind the name of a district leads to whom it leads to; one under "Telepon kantor" to the office.
    said = [head if said_by(head) or numbers.CARE.search(words_of(head)) else "" for head in heads]
    behind = _Table(links.as_sheet(sheet, sheet.links, said))
    where, beyond = Where.HIDDEN if sheet.is_hidden else Where.COMMENT, len(behind.place.heads) - 1
    named = [*heads, *[""] * (beyond + 1 - len(heads))]
    found = []
    for one in behind.of_columns():
        at = one.column or 0
        if (at, one.kind) not in told and (one.kind not in HINTS or one.kind is Kind.FREE_TEXT):
            found.append(replace(one, column=None if at == beyond else at, header=named[at], where=where))
    return found


def _rightly_named(columns: list[Finding], labelled: list[Finding]) -> list[Finding]:
    """What columns hold by their own rules, without NIK that words within the sheet call KK."""
    shares = {(one.column, one.kind): one.share for one in labelled}

    def is_card(one: Finding) -> bool:
        by_label = shares.get((one.column, Kind.KK), 0.0)
        return one.kind is Kind.NIK and by_label >= one.share and (one.column, Kind.NIK) not in shares

    return [one for one in columns if not is_card(one)]


class _Table:
    """Reads the blocks of a sheet once."""

    def __init__(self, sheet: Sheet):
        self._sheet, self.place = sheet, Place(sheet)
        self._shown: list[Gathered] = []
        self._hidden: list[Gathered] = []
        self._rows = self._hidden_rows = 0
        self._labels = Labels()
        for block in self.place.body():
            if not self._rows:
                self._take_lines(self.place.titles, Where.TITLE)
                self._labels.close()
            self._rows += len(block.frame)
            self._take(block)
        self._take_lines(self.place.feet, Where.FOOTER)

    def _take_lines(self, lines: list[list[str]], where: Where) -> None:
        if lines:
            frame = framed([[cell or None for cell in line] for line in lines])
            self._labels.take(frame, labels_of(frame), where)

    def _take(self, block: Block) -> None:
        labels: dict[int, frozenset[str]] = {}
        if block.hidden is not None and block.hidden.any():
            self._hidden_rows += int(block.hidden.sum())
            self._add(self._hidden, block.frame.filter(block.hidden), labels)
            self._add(self._shown, block.frame.filter(~block.hidden), labels)
        else:
            self._add(self._shown, block.frame, labels)
        self._labels.take(block.frame, labels, Where.CELLS, self.place.heads)

    def _add(self, to: list[Gathered], frame: pl.DataFrame, labels: dict[int, frozenset[str]]) -> None:
        while len(to) < frame.width:
            head = self.place.head(len(to))
            to.append(Gathered(said=said_by(head), part=part_of(head)))
        for at, gathered in enumerate(to[: frame.width]):
            gathered.take(frame.to_series(at))
            if gathered.labels:
                labels[at] = labels.get(at, frozenset()) | gathered.labels

    # ------------------------------------------------------------ what is told

    def outline(self) -> Outline:
        """The table's columns."""
        width = max(len(self.place.heads), len(self._shown), len(self._hidden))
        heads = ["" if numbers.in_text(head) else head for head in map(self.place.head, range(width))]
        hidden = sorted(at for at in self._sheet.hidden_columns if at < width)
        return Outline(self._sheet.name, heads, self._rows, self._hidden_rows, self._sheet.is_hidden, hidden)

    def of_columns(self) -> list[Finding]:
        shown = self._judged(self._shown)
        found = []
        for at, column in enumerate(shown):
            is_hidden = self._sheet.is_hidden or at in self._sheet.hidden_columns
            found += [self._finding(at, one, Where.HIDDEN if is_hidden else Where.CELLS) for one in column]
        for at, column in enumerate(self._judged(self._hidden)):
            known = {one.kind for one in shown[at]} if at < len(shown) else set()
            found += [self._finding(at, one, Where.HIDDEN) for one in column if one.kind not in known]
        return sorted(found, key=lambda one: one.column or 0)

    def _judged(self, gathered: list[Gathered]) -> list[list[Verdict]]:
        return hints.judged(
            [Column(self.place.head(at), cells) for at, cells in enumerate(gathered)], self.place.titles
        )

    def _finding(self, at: int | None, verdict: Verdict, where: Where) -> Finding:
        return Finding(
            self._sheet.name, at, self.place.head(at), verdict.kind, verdict.share, verdict.confidence, where
        )

    def of_packed(self) -> list[Finding]:
        """What stands in cells that hold several values, by the place of their column. Says what stays unclear."""
        found = []
        for at, cells in [*enumerate(self._shown), *enumerate(self._hidden)]:
            if not cells.several.tells(cells.filled, cells.texts):
                continue
            within = cells.several.sheet(self.place.head(at))
            told = [] if within is None else [one for one in findings(within) if one.kind not in HINTS]
            is_hidden = self._sheet.is_hidden or at in self._sheet.hidden_columns or at >= len(self._shown)
            where = Where.HIDDEN if is_hidden else Where.CELLS
            # Of the column once for each kind, whichever value within holds most of it.
            most = {one.kind: one for one in sorted(told, key=lambda one: (one.share, one.confidence))}
            found += [
                replace(one, sheet=self._sheet.name, column=at, header=self.place.head(at), where=where)
                for one in most.values()
            ]
            self._say(SEVERAL, at)
        return found

    def say_unclear(self, told: set[int | None]) -> None:
        """Says of which columns, but for those `told`, nothing is known, and of which texts beside the table."""
        for gathered in (self._shown, self._hidden):
            columns = [Column(self.place.head(at), cells) for at, cells in enumerate(gathered)]
            for at in sorted(set(unnamed.unclear(columns, hints.judged(columns, self.place.titles)))):
                if at not in told:
                    self._say(UNNAMED, at)
        lines = ["; ".join(filter(None, line)) for line in [*self.place.titles, *self.place.feet, self.place.heads]]
        beside = [self._sheet.name, *lines, *([] if self._sheet.is_json else self._sheet.texts)]
        beside += [
            line for at, text in self._sheet.comments for line in ([text] if at is not None else text.splitlines())
        ]
        masses = [held.held(text) for at, text in self._sheet.comments if at is None]
        if any(held.held(line).is_record for line in beside) or any(one.is_mass for one in masses):
            self._say(BESIDE, None)

    def _say(self, what: str, at: int | None) -> None:
        place = " ".join(filter(None, [self._sheet.name, "" if at is None else letters_of(at)]))
        places = self._sheet.unclear.setdefault(what, [])
        if place not in places:
            places.append(place)

    def of_labels(self) -> list[Finding]:
        """What is told by words within the sheet."""
        found: dict[tuple[int | None, Kind], Finding] = {}
        for one in self._labels.found():
            is_hidden = self._sheet.is_hidden or one.column in self._sheet.hidden_columns
            share = min(1.0, one.count / max(1, self._filled(one.column))) if one.column is not None else 0.0
            before = found.get((one.column, one.kind))
            found[one.column, one.kind] = Finding(
                self._sheet.name,
                one.column,
                "" if one.column is None else one.label,
                one.kind,
                min(1.0, share + (before.share if before else 0.0)),
                one.confidence,
                Where.HIDDEN if is_hidden else one.where,
            )
        return list(found.values())

    def _filled(self, at: int) -> int:
        return sum(columns[at].filled for columns in (self._shown, self._hidden) if at < len(columns))

    def of_heads(self) -> list[Finding]:
        return [
            self._finding(at, Verdict(kind, 0.0, 0.9), Where.HIDDEN if self._sheet.is_hidden else Where.HEADER)
            for at, head in enumerate(self.place.heads)
            for kind in numbers.in_text(head)
        ]

    def of_lines(self) -> list[Finding]:
        """Of the lines above and below; a line is read with the one before it, which may say what its number is."""
        found = []
        for lines, where in ((self.place.titles, Where.TITLE), (self.place.feet, Where.FOOTER)):
            text = "\n".join("; ".join(cell for cell in line if cell) for line in lines)
            where = Where.HIDDEN if self._sheet.is_hidden else where
            found += [self._finding(None, Verdict(kind, 0.0, 0.9), where) for kind in numbers.in_text(text)]
        return [Finding(one.sheet, None, "", one.kind, 0.0, one.confidence, one.where) for one in found]
