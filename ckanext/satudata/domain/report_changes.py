"""What differs between a report as it was filed and the same report made again: cell by cell. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ckanext.satudata.domain.report import Cell, Column, Report, Table

Cells = tuple[tuple[Column, Cell], ...]
"""Cells of a row, each with its column."""


@dataclass(frozen=True)
class Change:
    """One cell that differs. `row`: the cells that tell its row from others. `column` None: the whole row is new
    (`before` None) or gone (`after` None); the other has its further cells."""

    table: str
    row: Cells
    column: Column | None
    before: Cell | Cells
    after: Cell | Cells


def changes(before: Report, after: Report, keys: Mapping[str, int]) -> tuple[Change, ...]:
    """`keys`: how many of the first columns tell one row of a table from others; all of them where it is not there."""
    then, now = ({table.key: table for table in report.tables} for report in (before, after))
    found: list[Change] = []
    for key in dict.fromkeys((*then, *now)):
        old, new = then.get(key), now.get(key)
        table = new or old
        assert table is not None
        count = keys.get(key, len(table.columns))
        found += _of_table(table.title, _rows(old, count), _rows(new, count), count)
    return tuple(found)


def _rows(table: Table | None, count: int) -> dict[tuple[Cell, ...], Cells]:
    """Rows by what tells them from others; of rows that are wholly alike each has its number."""
    seen: Counter[tuple[Cell, ...]] = Counter()
    found = {}
    for row in table.rows if table else ():
        key = row[:count]
        numbered = (*key, seen[key])
        found[numbered] = tuple(zip(table.columns, row, strict=True)) if table else ()
        seen[key] += 1
    return found


def _of_table(
    table: str,
    old: Mapping[tuple[Cell, ...], Cells],
    new: Mapping[tuple[Cell, ...], Cells],
    count: int,
) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            cells = was or now or ()
            whole = tuple(one for one in cells[count:] if one[1] is not None)
            yield Change(table, cells[:count], None, whole if was else None, whole if now else None)
            continue
        for (_, before), (column, after) in zip(was[count:], now[count:], strict=False):
            if before != after:
                yield Change(table, now[:count], column, before, after)
