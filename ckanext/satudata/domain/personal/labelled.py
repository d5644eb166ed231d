"""Values that a word in the sheet itself names: left of them, as in a form or a table that lies on its side, or above
them, as in a second table below the first. A column's own rules see only what most of its cells are.

Kept are counts; of the cells no more than `columns.Gathered` keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from ckanext.satudata.domain.personal import numbers, shapes
from ckanext.satudata.domain.personal.columns import NAMES_NIK, Column
from ckanext.satudata.domain.personal.gathered import Gathered, is_label
from ckanext.satudata.domain.personal.kinds import (
    HINTS,
    OFFICE,
    PERSON,
    Kind,
    Where,
    is_office_phone,
    said_by,
    words_of,
)

_MOST_ROWS = 1000
"""Rows with labels in a column that are looked at in a block, evenly spread where there are more."""
_MOST_LABELS = 200
"""Different headings within a sheet under which cells are gathered."""
_MOST_PLACES = 30_000
"""Columns with values beside labels that are told, for each kind and label."""
_OFTEN = 3
"""A label that stands more often in a block is no name of a row that goes on to the right."""
_LEAST_SHARE = 0.1
_BETWEEN = re.compile(r"[:=.\-–\s]*")
_NUMBERING = re.compile(r"[0-9]{1,3}[.)]?|[A-Za-z][.)]")
_NUMBER = re.compile(r"'?[0-9][0-9 .,\-/:|]*")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SHAPES = [(shape, re.compile(shape.pattern)) for shape in shapes.SHAPES]
_NAMES_NUMBER = re.compile(r"\b(?:no|nomor|nmr|norek\w*)\b")
_NAMES_PHONE = re.compile(r"\b(?:no\w*|nomor|hp|wa|whats ?app|handphone|hand phone|ponsel|seluler|telp?|telepon|tlp)\b")
_DATED = re.compile(r"\b(?:tgl\w*|tanggal|ttl|dob|date)\b")
CARDS = frozenset({Kind.NIK, Kind.KK})


@dataclass(frozen=True)
class Labelled:
    """A kind under a label: `column` of the values (None outside the table), how many."""

    column: int | None
    label: str
    kind: Kind
    count: int
    confidence: float
    where: Where


class Labels:
    """Takes the rows of a sheet in their order, part by part."""

    def __init__(self) -> None:
        self._gathered: dict[tuple[int, str, Where], Gathered] = {}
        self._open: dict[int, Gathered] = {}
        """Under a heading within the sheet: columns whose cells below belong to it."""
        self._has_begun = False
        self._left: dict[tuple[int, str, Kind, Where], int] = {}
        self._unlike: Counter[tuple[int, str, Where]] = Counter()
        """Numbers as long as a NIK beside labels that name one, which are none."""

    def take(
        self, frame: pl.DataFrame, labels: Mapping[int, frozenset[str]], where: Where, heads: Sequence[str] = ()
    ) -> None:
        """Adds rows, in which these `labels` stand by column; cells below the own `heads` are judged already."""
        if not self._open and not any(labels.values()):
            return
        found, steps = _places(frame, labels)
        counts = Counter(one for named in found.values() for one in named.items())
        known = set(enumerate(heads))
        headings: dict[int, dict[int, str]] = {}
        for row, named in found.items():
            cells = [cell or "" for cell in frame.row(row)]
            often = {at for at, label in named.items() if counts[at, label] > _OFTEN}
            if not self._take_left(cells, named, often, where, steps) and not any(map(_is_value, cells)):
                headings[row] = dict(one for one in named.items() if one not in known)
        # A heading is followed by values: of labels one below the other the last may be one.
        headings = {row: named for row, named in headings.items() if not set(named) & set(headings.get(row + 1, ()))}
        if headings or self._open:
            self._take_below(frame, headings, where)

    def close(self) -> None:
        """What comes next stands apart from what came before."""
        self._open = {}

    def found(self) -> Iterator[Labelled]:
        """What the labels name and the values are."""
        for (at, label, kind, where), count in self._left.items():
            if kind in CARDS and count < self._unlike[at, label, where]:
                continue
            yield Labelled(_column(at, where), label, kind, count, 0.85, where)
        for (at, label, where), cells in self._gathered.items():
            for verdict in Column(label, cells).structured():
                if verdict.kind not in HINTS and verdict.share >= _LEAST_SHARE:
                    count = round(verdict.share * cells.filled)
                    yield Labelled(_column(at, where), label, verdict.kind, count, min(0.9, verdict.confidence), where)

    # ------------------------------------------------------------ left of a value

    def _take_left(
        self,
        cells: list[str],
        named: dict[int, str],
        often: set[int],
        where: Where,
        steps: Mapping[tuple[int, str], int],
    ) -> bool:
        is_any = False
        for at, label in named.items():
            is_first = at not in often and all(not cell or _NUMBERING.fullmatch(cell) for cell in cells[:at])
            for right in range(at + 1, len(cells)):
                cell = cells[right]
                if not cell or _BETWEEN.fullmatch(cell):
                    continue
                if right in named:
                    break
                if kind := named_value(label, cell):
                    key = (right, label, kind, where)
                    if key in self._left or len(self._left) < _MOST_PLACES:
                        self._left[key] = self._left.get(key, 0) + steps[at, label]
                    is_any = True
                elif len(cell) == 16 and cell.isdecimal():
                    self._unlike[right, label, where] += steps[at, label]
                if not is_first:
                    break
        return is_any

    # ------------------------------------------------------------ above values

    def _take_below(self, frame: pl.DataFrame, headings: dict[int, dict[int, str]], where: Where) -> None:
        """The cells from each heading to the next one, or to an empty row below the first value."""
        blank = frame.select(pl.all_horizontal(pl.all().is_null()).alias("is"))["is"].arg_true().to_list()
        parts: dict[int, tuple[Gathered, list[pl.Series]]] = {}
        begin = 0
        for row in [*sorted(headings), len(frame)]:
            if self._open:
                end = self._end(begin, row, blank)
                for at, gathered in self._open.items():
                    if at < frame.width and end > begin:
                        parts.setdefault(id(gathered), (gathered, []))[1].append(
                            frame.to_series(at).slice(begin, end - begin)
                        )
                if end < row:
                    self._open = {}
            if row < len(frame):
                self._begin(headings[row], where)
            begin = row + 1
        for gathered, cells in parts.values():
            gathered.take(pl.concat(cells))

    def _begin(self, named: dict[int, str], where: Where) -> None:
        self._open, self._has_begun = {}, False
        for at, label in named.items():
            key = (at, label, where)
            if key in self._gathered or len(self._gathered) < _MOST_LABELS:
                self._open[at] = self._gathered.setdefault(key, Gathered(said=said_by(label)))

    def _end(self, begin: int, row: int, blank: list[int]) -> int:
        """Where the rows of the open heading end."""
        empty = set(blank)
        while not self._has_begun and begin < row and begin in empty:
            begin += 1
        self._has_begun = self._has_begun or begin < row
        return next((at for at in blank if begin <= at < row), row)


def labels_of(frame: pl.DataFrame) -> dict[int, frozenset[str]]:
    """The labels in a few rows, by column."""
    return {
        at: frozenset(cell for cell in frame.to_series(at).drop_nulls().to_list() if is_label(cell))
        for at in range(frame.width)
    }


def _places(
    frame: pl.DataFrame, labels: Mapping[int, frozenset[str]]
) -> tuple[dict[int, dict[int, str]], dict[tuple[int, str], int]]:
    """The rows in which labels stand, with the columns and texts of these; of a label, for how many each row counts."""
    found: dict[int, dict[int, str]] = {}
    steps: dict[tuple[int, str], int] = {}
    for at, texts in labels.items():
        if at >= frame.width:
            continue
        cells = frame.to_series(at)
        for text in sorted(texts):
            rows = (cells == text).arg_true()
            steps[at, text] = len(rows) * len(texts) // _MOST_ROWS + 1
            for row in rows.gather_every(steps[at, text]).to_list():
                found.setdefault(row, {})[at] = text
    return {row: dict(sorted(found[row].items())) for row in sorted(found)}, steps


def _column(at: int, where: Where) -> int | None:
    return at if where is Where.CELLS else None


def _is_value(cell: str) -> bool:
    """Whether a cell is no heading."""
    return (
        len(cell) > 60 or "@" in cell or bool(_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) and len(cell) > 2)
    )


@lru_cache(maxsize=20_000)
def named_value(label: str, cell: str) -> Kind | None:
    """The kind that a label names, if the one value beside it is of it.

    One value proves less than a column: amounts, counts and numbers of offices are none.
    """
    said, words = said_by(label), words_of(label)
    is_office = bool(OFFICE.search(words)) and not PERSON.search(words)
    names = {
        shape.name
        for shape, pattern in _SHAPES
        if shape.least <= len(cell.encode()) <= shape.most
        and (shape.kind is None or shape.kind is said)
        and pattern.fullmatch(cell)
    }
    if said is None or not names:
        return None
    digits = numbers.digits_of(cell)
    if said in CARDS:
        return _card(said, names, words, digits)
    if said in (Kind.NIP, Kind.BPJS) and "nik" in names and numbers.is_nik(digits):
        return Kind.NIK
    return said if _FITS[said](names, words, cell, digits, is_office) else None


def _card(said: Kind, names: set[str], words: str, digits: str) -> Kind | None:
    if "nik" in names and numbers.is_nik(digits):
        return said
    if names & {"gapped16", "decimal16"} and numbers.is_nik(digits):
        return Kind.NIK_DAMAGED if said is Kind.NIK else said
    return Kind.NIK_DAMAGED if "nik_misfit" in names and NAMES_NIK.search(words) else None


def _phone(names: set[str], words: str, cell: str, digits: str, is_office: bool) -> bool:
    if is_office and is_office_phone(words):
        return False
    is_bare = "bare_mobile" in names and not digits.endswith("000") and bool(_NAMES_PHONE.search(words))
    is_mobile = ("mobile" in names or is_bare) and numbers.is_phone(cell)
    return is_mobile or ("fixed" in names and bool(PERSON.search(words)))


def _account(names: set[str], words: str, cell: str, digits: str, is_office: bool) -> bool:
    is_number = "account" in names and "budget" not in names and len(digits) >= 10 and not digits.endswith("000")
    # Beside "rekening" alone an amount may stand.
    return is_number and (bool(_NAMES_NUMBER.search(words)) or digits.startswith("0") or len(digits) >= 13)


def _birth_date(names: set[str], words: str, cell: str, digits: str, is_office: bool) -> bool:
    is_dated = bool(names & {"date_serial", "date_digits"}) and bool(_DATED.search(words))
    return is_dated or bool(names & {"date", "place_date", "date_plain", "date_loose"})


_FITS = {
    Kind.NIP: lambda names, *_: "nip" in names,
    Kind.NPWP: lambda names, *_: bool(names & {"npwp_written", "digits15", "npwp16"}),
    Kind.BPJS: lambda names, *_: "bpjs" in names,
    Kind.PASSPORT: lambda names, *_: "passport" in names,
    Kind.EMAIL: lambda names, words, cell, digits, is_office: (
        "email" in names and not is_office and not numbers.is_nobodys_mail(cell)
    ),
    Kind.BANK_ACCOUNT: _account,
    Kind.PHONE: _phone,
    Kind.PLATE: lambda names, *_: "plate" in names,
    Kind.BIRTH_DATE: _birth_date,
}
