"""The one chart that a table allows, and its exact figures. What could mislead is no chart.

Amounts are added up only where adding them means something, never over years, and totals are not counted twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ckanext.satudata.domain.figures import Cell, Time, is_missing, month_of, numbers, time_of

BARS, DAYS, TIMES = 12, 60, 120
"""Most categories shown, the largest ones; most days, before they are put together; most times of any kind."""

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
_STOCK = re.compile(r"\b(stok|stock|saldo|sisa|persediaan|kumulatif|cumulative|penduduk|populasi|kapasitas)\b")
"""What is there on a day is not added to what is there on the next."""
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
    """`label` is a category as written or a time; `rows` of the file make the value."""

    label: str | Time
    value: Decimal
    rows: int


@dataclass(frozen=True)
class Chart:
    """`measure` and `by` are headings as written; `how` is `sum`, `mean`, or empty where each point is one row.

    `points` are in the order of time, or else the largest first; `left_out` counts the categories beyond those,
    `totals` the file's own rows of totals, which are not in it. `span` is `month` or `year` where the file tells
    too many days to show each: the first and the last of the spans may not be whole.
    """

    measure: str
    by: str
    unit: str
    how: str
    over_time: bool
    points: tuple[Point, ...]
    left_out: int = 0
    totals: int = 0
    span: str = ""


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
    totals = _totals(columns, kept)
    kept = [at for at in kept if at not in totals]
    own, is_mixed = _unit(columns, kept)
    unit = own or unit
    about = f"{measure.words} {unit} {measure_kind}".lower()
    how = "sum" if not _RATE.search(about) and _AMOUNT.search(about) else "mean"
    found = _times(columns, kept, measure)
    labels: Sequence[str | Time]
    span = ""
    if found is not None:
        times, by = found
        labels, span = _few(times)
        if is_mixed or (span and how == "sum" and _STOCK.search(about)):
            return None
    else:
        is_mixed = is_mixed or any(_varies(c, kept) for c in columns if _is_time(c.words))
        category = _category(columns, kept, may_add=not is_mixed)
        if category is None:
            return None
        labels, by = [str(category.cells[at]) for at in kept], category.head
    more = _region_totals(columns, kept, measure.values) if how == "sum" and len(set(labels)) < len(labels) else set()
    pairs = [(label, measure.values[at]) for label, at in zip(labels, kept, strict=True) if at not in more]
    points, is_single = _points(pairs, how)
    over_time = found is not None
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
        span=span,
    )


def may_fit(heads: Sequence[str], rows: Sequence[Sequence[Cell]], mark: str | None = None) -> bool:
    """Whether the first rows of a longer table promise a chart of the whole: a quantity that can be told apart.

    What looks like a time in these rows must be one that is understood, for it will differ further down.
    """
    columns = _columns(heads, rows, mark)
    measure = _measure(columns)
    if measure is None or measure.values is None:
        return False
    kept = [at for at, value in enumerate(measure.values) if value is not None]
    _unit_told, is_mixed = _unit(columns, kept)
    if _times(columns, kept, measure, is_part=True) is not None:
        return not is_mixed
    is_mixed = is_mixed or any(_is_time(c.words) for c in columns if c is not measure)
    return _category(columns, kept, may_add=not is_mixed) is not None


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


def _totals(columns: Sequence[_Column], kept: Sequence[int]) -> set[int]:
    """The rows in which a column of words says that they are totals of others."""
    found: set[int] = set()
    for column in columns:
        if column.values is None:
            called = {
                cell for cell in dict.fromkeys(column.cells) if isinstance(cell, str) and _TOTAL.fullmatch(_low(cell))
            }
            found.update(at for at in kept if called and column.cells[at] in called)
    return found


def _low(cell: Cell) -> str:
    return str(cell).strip().lower()


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


def _times(
    columns: Sequence[_Column], kept: Sequence[int], measure: _Column, *, is_part: bool = False
) -> tuple[list[Time], str] | None:
    """The time of each row, and its heading, where the table tells one time for each and they differ.

    In a part of the table they need not differ yet.
    """
    heads = [c for c in columns if c is not measure and _is_time(c.words) and (is_part or _varies(c, kept))]
    whole = [c for c in heads if c.words in _TIME_HEADS]
    months = [c for c in heads if c.words in _MONTH_HEADS]
    if len(heads) > len(whole) + len(months):
        return None
    told = [(column, _read_times(column, kept)) for column in whole]
    days = [(column, times) for column, times in told if times and times[0].unit == "day"]
    if len(days) == 1:
        # Columns of its year and month must say the same again.
        column, times = days[0]
        agree = all(_agree(times, others) for other, others in told if other is not column)
        agree = agree and all(
            month_of(c.cells[at]) == time.month for c in months for at, time in zip(kept, times, strict=True)
        )
        return (times, column.head) if agree else None
    if len(whole) > 1 or len(months) > 1:
        return None
    if months:
        # A month alone has its year in a column that does not vary, or nowhere.
        years = whole or [c for c in columns if c.words in _TIME_HEADS]
        found = _read_times(years[0], kept) if len(years) == 1 else None
        numbered = [month_of(months[0].cells[at]) for at in kept]
        if found is None or found[0].unit != "year" or None in numbered:
            return None
        return [Time(time.year, month=month or 0) for time, month in zip(found, numbered, strict=True)], months[0].head
    return (told[0][1], told[0][0].head) if told and told[0][1] else None


def _agree(days: Sequence[Time], others: Sequence[Time] | None) -> bool:
    """Whether the others are the months or years in which the days lie."""
    return others is not None and all(a.within(b.unit) == b for a, b in zip(days, others, strict=True))


def _read_times(column: _Column, kept: Sequence[int]) -> list[Time] | None:
    """The column's times, all of one unit; None where a cell is none."""
    read = {cell: time_of(cell) for cell in dict.fromkeys(column.cells[at] for at in kept)}
    times = [time for at in kept if (time := read[column.cells[at]]) is not None]
    return times if times and len(times) == len(kept) and len({time.unit for time in times}) == 1 else None


def _few(times: list[Time]) -> tuple[list[Time], str]:
    """The times themselves; of many days the months in which they lie, of many months the years; and which of it.

    What a file tells by day are happenings, which may be added up. Of a figure for each month nobody knows that.
    """
    different = set(times)
    if len(different) <= DAYS or times[0].unit != "day":
        return times, ""
    for span in ("month", "year"):
        cut = {time: time.within(span) for time in different}
        if len({*cut.values()}) <= TIMES:
            break
    return [cut[time] for time in times], span


def _category(columns: Sequence[_Column], kept: Sequence[int], *, may_add: bool) -> _Column | None:
    """The column of words by which values are told apart: the first with few of them, or the one with fewest."""
    found: list[tuple[int, _Column]] = []
    for column in columns:
        if column.values is not None or _is_time(column.words) or column.words in _UNIT_HEADS:
            continue
        different = {column.cells[at] for at in kept}
        if _NO_QUANTITY.search(column.words) or any(is_missing(cell) for cell in different):
            continue
        count = len(different)
        if count > 1 and (may_add or count == len(kept)):
            found.append((count, column))
    few = [column for count, column in found if count <= BARS]
    return few[0] if few else min(found, key=lambda one: one[0])[1] if found else None


def _region_totals(columns: Sequence[_Column], kept: Sequence[int], values: Sequence[Decimal | None]) -> set[int]:
    """Rows of a whole city or regency among its districts: named so alone, and worth as much as all the others."""
    for column in columns:
        if column.values is not None:
            continue
        regions = {cell for cell in dict.fromkeys(column.cells) if _REGION.match(str(cell).lower())}
        named = {at for at in kept if column.cells[at] in regions}
        rest = [at for at in kept if at not in named]
        names = {str(column.cells[at]) for at in named}, {str(column.cells[at]) for at in rest}
        if len(names[0]) == 1 and len(names[1]) > 1:
            whole, parts = (sum((values[at] or Decimal() for at in rows), Decimal()) for rows in (named, rest))
            if whole == parts:
                return named
    return set()


def _points(pairs: Sequence[tuple[str | Time, Decimal | None]], how: str) -> tuple[list[Point], bool]:
    """One point for each label, and whether each is one row of the file."""
    groups: dict[str | Time, list[Decimal]] = {}
    for label, value in pairs:
        groups.setdefault(label, []).append(value or Decimal())
    points = [
        Point(label, sum(values, Decimal()) / (1 if how == "sum" else len(values)), len(values))
        for label, values in groups.items()
    ]
    return points, all(point.rows == 1 for point in points)
