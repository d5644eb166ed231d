"""What differs between a report as it was filed and the same report made again: cell by cell. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ckanext.satudata.domain.report import Cell, Column, Report, Table


@dataclass(frozen=True)
class Change:
    """One cell that differs. `row`: the cells that tell its row from others. `column` None: the whole row is new
    (`before` None) or gone (`after` None)."""

    table: str
    row: tuple[Cell, ...]
    column: Column | None
    before: Cell
    after: Cell


def changes(before: Report, after: Report, keys: Mapping[str, int]) -> tuple[Change, ...]:
    """`keys`: how many of the first columns tell one row of a table from others; all of them where it is not there."""
    then, now = ({table.key: table for table in report.tables} for report in (before, after))
    found: list[Change] = []
    for key in dict.fromkeys((*then, *now)):
        old, new = then.get(key), now.get(key)
        table = new or old
        assert table is not None
        count = keys.get(key, len(table.columns))
        found += _of_table(table, _rows(old, count), _rows(new, count), count)
    return tuple(found)


def _rows(table: Table | None, count: int) -> dict[tuple[Cell, ...], tuple[Cell, ...]]:
    """Rows by what tells them from others; of rows that are wholly alike each has its number."""
    seen: Counter[tuple[Cell, ...]] = Counter()
    found = {}
    for row in table.rows if table else ():
        key = row[:count]
        numbered = (*key, seen[key])
        found[numbered] = row
        seen[key] += 1
    return found


def _of_table(
    table: Table,
    old: Mapping[tuple[Cell, ...], tuple[Cell, ...]],
    new: Mapping[tuple[Cell, ...], tuple[Cell, ...]],
    count: int,
) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            cells = was or now or ()
            whole = " · ".join(str(cell) for cell in cells[count:] if cell is not None) or "1"
            yield Change(table.title, key[:-1], None, whole if was else None, whole if now else None)
            continue
        for column, before, after in zip(table.columns[count:], was[count:], now[count:], strict=False):
            if before != after:
                yield Change(table.title, key[:-1], column, before, after)
