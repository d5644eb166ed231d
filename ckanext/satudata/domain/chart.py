"""The one chart that a table allows, and its exact figures. What could mislead is no chart.

Amounts are added up only where adding them means something, never over years, and totals are not counted twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ckanext.satudata.domain.figures import Cell, is_missing, month_of, numbers, time_of

BARS, TIMES = 12, 60
"""Most categories shown, the largest ones; most times."""

_NO_QUANTITY = re.compile(
    r"\b(kode|code|id|tahun|year|nomor|no|bulan|month|lat|latitude|long?|lng|longitude|lintang|bujur|koordinat|nik|nip"
    r"|telepon|telp|hp|pos|rt|rw|rank|peringkat|urut|npsn|nss|x|y)\b"
)
_TIME_HEADS = frozenset(
    ["tahun", "year", "thn", "tahun data", "tahun ajaran", "tahun anggaran", "periode", "periode data", "period"]
    + ["tanggal", "date", "bulan tahun"]
)
_MONTH_HEADS = frozenset(["bulan", "month"])
_OTHER_TIMES = re.compile(r"\b(tahun|year|periode|period|tanggal|date|triwulan|kuartal|quarter|semester|minggu|week)\b")
_UNIT_HEADS = frozenset(["satuan", "unit"])
_MIXED_HEADS = frozenset(["indikator", "variabel", "uraian", "indicator", "variable", "jenis data", "elemen"])
_TOTAL = re.compile(
    r"(grand |sub ?)?total( .*)?|jumlah( total| keseluruhan| seluruh(nya)?)?|seluruh(nya)?|keseluruhan|semua( .*)?"
    r"|l ?\+ ?p|laki[- ]laki (dan|\+|&) perempuan"
)
_REGION = re.compile(r"(kota|kabupaten|kab|provinsi|prov)\b")
_RATE = re.compile(
    r"%|\b(persen|persentase|percent|percentage|rasio|ratio|rata|rerata|average|mean|median|indeks|index|laju|rate"
    r"|tingkat|proporsi|skor|score|harga|price|usia|umur|age|suhu|kepadatan|density|cakupan|per|angka|kadar|skala)\b"
)
_AMOUNT = re.compile(
    r"\b(jumlah|jml|total|banyak|banyaknya|count|number|volume|produksi|realisasi|anggaran|pagu|luas|panjang"
    r"|orang|jiwa|keluarga|kk|rumah tangga|unit|buah|kasus|kejadian|kunjungan|dokumen|sekolah|aduan|rupiah|ton"
    r"|kilogram|kg|liter|hektare|hektar|ha|ekor|persons|households)\b"
)


@dataclass(frozen=True)
class Point:
    """`label` is a category as written or a time of `figures.time_of`; `rows` of the file make the value."""

    label: str
    value: Decimal
    rows: int


@dataclass(frozen=True)
class Chart:
    """`measure` and `by` are headings as written; `how` is `sum`, `mean`, or empty where each point is one row.

    `points` are in the order of time, or else the largest first; `left_out` counts the categories beyond those,
    `totals` the file's own rows of totals, which are not in it.
    """

    measure: str
    by: str
    unit: str
    how: str
    over_time: bool
    points: tuple[Point, ...]
    left_out: int = 0
    totals: int = 0


@dataclass(frozen=True)
class _Column:
    at: int
    head: str
    words: str
    cells: list[Cell]
    values: list[Decimal | None] | None


def of_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    unit: str = "",
    measure_kind: str = "",
    mark: str | None = None,
) -> Chart | None:
    """The chart of a whole table; None where none would be right.

    `unit` and `measure_kind` are the dataset's `satuan` and `ukuran`; `mark` is the decimal mark where it is known.
    """
    columns = _columns(heads, rows, mark)
    measure = _measure(columns)
    if measure is None or measure.values is None:
        return None
    kept = [at for at, value in enumerate(measure.values) if value is not None]
    totals = {at for at in kept if any(_is_total(c.cells[at]) for c in columns if c.values is None)}
    kept = [at for at in kept if at not in totals]
    own, is_mixed = _unit(columns, kept)
    unit = own or unit
    about = f"{measure.words} {unit} {measure_kind}".lower()
    how = "sum" if not _RATE.search(about) and _AMOUNT.search(about) else "mean"
    labels, over_time, by = _times(columns, kept, measure)
    if labels is not None and is_mixed:
        return None
    if labels is None:
        is_mixed = is_mixed or any(_varies(c, kept) for c in columns if _is_time(c.words))
        found = _category(columns, kept, may_add=not is_mixed)
        if found is None:
            return None
        labels, by = [str(found.cells[at]) for at in kept], found.head
    more = _region_totals(columns, kept, measure.values) if how == "sum" and len(set(labels)) < len(labels) else set()
    pairs = [(label, measure.values[at]) for label, at in zip(labels, kept, strict=True) if at not in more]
    points, is_single = _points(pairs, how)
    if not len(points) > 1 or (over_time and len(points) > TIMES):
        return None
    points.sort(key=(lambda point: point.label) if over_time else (lambda point: -point.value))
    shown = points if over_time else points[:BARS]
    return Chart(
        measure=measure.head,
        by=by,
        unit=unit,
        how="" if is_single else how,
        over_time=over_time,
        points=tuple(shown),
        left_out=len(points) - len(shown),
        totals=len(totals) + len(more),
    )


def may_fit(heads: Sequence[str], rows: Sequence[Sequence[Cell]], mark: str | None = None) -> bool:
    """Whether the first rows promise a chart of the whole: a quantity, and something to tell its values apart."""
    columns = _columns(heads, rows, mark)
    return _measure(columns) is not None and any(c.values is None or c.words in _TIME_HEADS for c in columns)


def _columns(heads: Sequence[str], rows: Sequence[Sequence[Cell]], mark: str | None) -> list[_Column]:
    columns = []
    for at, head in enumerate(heads):
        cells = [row[at] for row in rows]
        words = re.sub(r"[\W_]+", " ", head).strip().lower()
        columns.append(_Column(at, head, words, cells, numbers(cells, mark)))
    return columns


def _measure(columns: Sequence[_Column]) -> _Column | None:
    """The column of quantities: the one called total, or else the last."""
    found = [
        column
        for column in columns
        if column.values is not None
        and column.words
        and not _NO_QUANTITY.search(column.words)
        and not _is_time(column.words)
        and 2 * sum(value is not None for value in column.values) > len(column.values)
    ]
    named = [column for column in found if column.words in ("jumlah", "total")]
    best = named or found
    return best[-1] if best else None


def _is_total(cell: Cell) -> bool:
    return isinstance(cell, str) and _TOTAL.fullmatch(cell.strip().lower()) is not None


def _is_time(words: str) -> bool:
    return words in _MONTH_HEADS or _OTHER_TIMES.search(words) is not None


def _varies(column: _Column, kept: Sequence[int]) -> bool:
    return len({str(column.cells[at]).strip() for at in kept}) > 1


def _unit(columns: Sequence[_Column], kept: Sequence[int]) -> tuple[str, bool]:
    """The unit that a column names, and whether the rows tell of several things: those are not added up."""
    unit, is_mixed = "", False
    for column in columns:
        if column.words in _UNIT_HEADS and column.values is None:
            units = {str(column.cells[at]).strip() for at in kept}
            unit, is_mixed = (units.pop(), is_mixed) if len(units) == 1 else ("", True)
        is_mixed = is_mixed or (column.words in _MIXED_HEADS and _varies(column, kept))
    return ("" if is_missing(unit) else unit), is_mixed


def _times(columns: Sequence[_Column], kept: Sequence[int], measure: _Column) -> tuple[list[str] | None, bool, str]:
    """The time of each row where the table tells one time for each and they differ: (times, True, heading)."""
    nothing: tuple[None, bool, str] = (None, False, "")
    heads = [c for c in columns if c is not measure and _is_time(c.words) and _varies(c, kept)]
    whole = [c for c in heads if c.words in _TIME_HEADS]
    months = [c for c in heads if c.words in _MONTH_HEADS]
    if len(whole) > 1 or len(months) > 1 or len(heads) > len(whole) + len(months):
        return nothing
    if months:
        # A month alone has its year in a column that does not vary, or nowhere.
        years = whole or [c for c in columns if c.words in _TIME_HEADS]
        if len(years) != 1:
            return nothing
        numbered = [(time_of(years[0].cells[at]), month_of(months[0].cells[at])) for at in kept]
        if any(year is None or len(year) != 4 or month is None for year, month in numbered):
            return nothing
        return [f"{year}-{month:02d}" for year, month in numbered], True, months[0].head
    found = [time_of(whole[0].cells[at]) for at in kept] if whole else [None]
    if None in found or len({len(time or "") for time in found}) != 1:
        return nothing
    return [time for time in found if time], True, whole[0].head


def _category(columns: Sequence[_Column], kept: Sequence[int], *, may_add: bool) -> _Column | None:
    """The column of words by which values are told apart: the first with few of them, or the one with fewest."""
    found: list[tuple[int, _Column]] = []
    for column in columns:
        if column.values is not None or _is_time(column.words) or column.words in _UNIT_HEADS:
            continue
        if _NO_QUANTITY.search(column.words) or any(is_missing(column.cells[at]) for at in kept):
            continue
        count = len({column.cells[at] for at in kept})
        if count > 1 and (may_add or count == len(kept)):
            found.append((count, column))
    few = [column for count, column in found if count <= BARS]
    return few[0] if few else min(found, key=lambda one: one[0])[1] if found else None


def _region_totals(columns: Sequence[_Column], kept: Sequence[int], values: Sequence[Decimal | None]) -> set[int]:
    """Rows of a whole city or regency among its districts: named so alone, and worth as much as all the others."""
    for column in columns:
        named = {at for at in kept if _REGION.match(str(column.cells[at]).lower())} if column.values is None else set()
        rest = [at for at in kept if at not in named]
        names = {str(column.cells[at]) for at in named}, {str(column.cells[at]) for at in rest}
        if len(names[0]) == 1 and len(names[1]) > 1:
            whole, parts = (sum((values[at] or Decimal() for at in rows), Decimal()) for rows in (named, rest))
            if whole == parts:
                return named
    return set()


def _points(pairs: Sequence[tuple[str, Decimal | None]], how: str) -> tuple[list[Point], bool]:
    """One point for each label, and whether each is one row of the file."""
    sums: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    for label, value in pairs:
        sums[label] = sums.get(label, Decimal()) + (value or Decimal())
        counts[label] = counts.get(label, 0) + 1
    worth: Callable[[str], Decimal] = sums.__getitem__ if how == "sum" else lambda label: sums[label] / counts[label]
    return [Point(label, worth(label), counts[label]) for label in sums], all(n == 1 for n in counts.values())
