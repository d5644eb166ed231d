"""What two versions of a table differ in: rows, columns, and statistics that moved much.

Rows are told apart by key columns (declared, or found: columns in which no two rows of either version agree), else by
what they hold and where they stand. Cells are compared as texts, numbers as numbers, however they are written.
Everything is done column by column, on hashes of 64 bits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ckanext.satudata.domain.column_types import Kind
from ckanext.satudata.domain.table_parts import NUMBERS, Table, Told, as_numbers
from ckanext.satudata.domain.vocabulary import plainly

SAMPLES, CELL = 10, 120
"""Rows of each kind that are shown, and characters of a cell."""
_MOST_KEY = 5
_RENAMED = 0.7
"""Share of values that a column and one of another name must have in common to be the same."""
_SEED = 20
_MOVED = 0.2
"""A mean, sum, least or greatest value that moves by this share is told; a share of empty cells, by a quarter of it."""
_KEY_WORDS = re.compile(
    r"\b(kode|kd|id|nik|nip|npsn|nisn|tahun|bulan|triwulan|semester|periode|tanggal|code|year|month|quarter|date)\b"
)
_NO_KEY = frozenset({"no", "nomor", "no urut", "nomor urut", "number", ""})
"""Running numbers: a row that is put in moves them all."""
_WORDS = (Kind.TEXT, Kind.CODE, Kind.DATE, Kind.INSTANT)


@dataclass(frozen=True)
class _Pair:
    """The same column in both versions."""

    old: int
    new: int


def compare(old: Table, new: Table, asked: Sequence[str] = (), told: Told = lambda share: None) -> dict[str, Any]:
    """Plain JSON values: `rows` {before, after, same, changed, added, removed}, `key` {kind: declared | guessed |
    position, columns, doubled}, `columns` {added, removed, renamed, types, changed}, `statistics` and `samples`.
    """
    pairs = [_Pair(at, new.heads.index(head)) for at, head in enumerate(old.heads) if head in new.heads]
    renamed = _renamed(old, new, pairs)
    pairs += renamed
    told(0.1)
    key, kind = _key(old, new, pairs, asked)
    told(0.3)
    same, left, right = _matched(old, new, pairs, key)
    told(0.6)
    changed = same.filter(pl.col("differs")) if key else same
    cells = {pair: _unequal(old, new, pair, changed) for pair in pairs}
    changes = {new.heads[pair.new]: int(found.sum()) for pair, found in cells.items()}
    told(0.8)
    doubled = 0 if not key else old.rows - distinct(old, [pair.old for pair in key])
    return {
        "rows": {
            "before": old.rows,
            "after": new.rows,
            "same": old.rows - len(left) - len(changed),
            "changed": len(changed),
            "added": len(right),
            "removed": len(left),
        },
        "key": {"kind": kind, "columns": [new.heads[pair.new] for pair in key], "doubled": doubled},
        "columns": {
            "before": old.heads,
            "after": new.heads,
            "added": [head for at, head in enumerate(new.heads) if at not in {pair.new for pair in pairs}],
            "removed": [head for at, head in enumerate(old.heads) if at not in {pair.old for pair in pairs}],
            "renamed": [[old.heads[pair.old], new.heads[pair.new]] for pair in renamed],
            "types": _types(old, new, pairs),
            "changed": [[head, count] for head, count in changes.items() if count],
        },
        "statistics": _statistics(old, new, pairs),
        "samples": {
            "changed": _changed_rows(old, new, changed, cells, key),
            "added": _whole_rows(new, right),
            "removed": _whole_rows(old, left),
        },
    }


# ---------------------------------------------------------------- columns


def _renamed(old: Table, new: Table, pairs: list[_Pair]) -> list[_Pair]:
    """Columns of one version only that hold, in the first rows, mostly the values of one of the other version only."""
    olds = [at for at in range(len(old.heads)) if at not in {pair.old for pair in pairs}][:20]
    news = [at for at in range(len(new.heads)) if at not in {pair.new for pair in pairs}][:20]
    found = []
    sets = [
        {at: set(table.frame.select(f"c{at}").head(20_000).collect().to_series().drop_nulls()) for at in ats}
        for table, ats in ((old, olds), (new, news))
    ]
    for at in olds:
        shares = {
            other: len(sets[0][at] & sets[1][other]) / max(1, min(len(sets[0][at]), len(sets[1][other])))
            for other in news
            if old.columns[at].kind is new.columns[other].kind and old.columns[at].kind is not Kind.EMPTY
        }
        best = max(shares, key=lambda other: (shares[other], other == at), default=None)
        if best is not None and shares[best] >= _RENAMED:
            found.append(_Pair(at, best))
            news.remove(best)
    return found


def _types(old: Table, new: Table, pairs: list[_Pair]) -> list[dict[str, str]]:
    kinds = [(pair, old.columns[pair.old].kind, new.columns[pair.new].kind) for pair in pairs]
    return [
        {"column": new.heads[pair.new], "before": was.value, "after": now.value}
        for pair, was, now in kinds
        if was is not now and Kind.EMPTY not in (was, now)
    ]


# ---------------------------------------------------------------- rows


def _key(old: Table, new: Table, pairs: list[_Pair], names: Sequence[str]) -> tuple[list[_Pair], str]:
    by_name = {name: pair for pair in pairs for name in (plainly(old.heads[pair.old]), plainly(new.heads[pair.new]))}
    asked = [by_name.get(plainly(name)) for name in names]
    if asked and all(asked):
        return [pair for pair in asked if pair is not None], "declared"
    found = guess(old, [pair.old for pair in pairs])
    by_place = {pair.old: pair for pair in pairs}
    key = [by_place[at] for at in found]
    if key and distinct(new, [pair.new for pair in key]) == new.rows and len(key) < max(2, len(pairs)):
        return key, "guessed"
    return [], "position"


def guess(table: Table, places: Sequence[int]) -> list[int]:
    """The columns of these that tell every row from every other, as few as can be found; empty where none do.

    Quantities are none: they may differ by chance, and are what changes.
    """
    useful = [at for at in places if _may_be_key(table, at)]
    counts = {at: table.texts(at).n_unique() for at in useful}
    single = next((at for at in useful if counts[at] == table.rows), None)
    if single is not None:
        return [single]
    chosen: list[int] = []
    count = 1
    for at in useful:
        if len(chosen) == _MOST_KEY or count == table.rows:
            break
        more = distinct(table, [*chosen, at]) if chosen else counts[at]
        if more > count:
            chosen, count = [*chosen, at], more
    if count < table.rows:
        return []
    for at in chosen[:-1]:
        rest = [other for other in chosen if other != at]
        if distinct(table, rest) == table.rows:
            chosen = rest
    return chosen


def _may_be_key(table: Table, at: int) -> bool:
    column, name = table.columns[at], plainly(table.heads[at])
    if column.kind in (Kind.EMPTY, Kind.DECIMAL) or (column.kind is Kind.WHOLE and name in _NO_KEY):
        return False
    return column.kind in _WORDS or column.kind is Kind.TRUTH or bool(_KEY_WORDS.search(name))


def key_columns(table: Table) -> list[int]:
    """The columns of a table that may tell its rows apart: all but quantities."""
    return [at for at in range(len(table.heads)) if _may_be_key(table, at)]


def distinct(table: Table, places: Sequence[int]) -> int:
    """How many rows differ in these columns."""
    return _hashed([table.texts(at) for at in places]).n_unique()


def _hashed(columns: Sequence[pl.Series]) -> pl.Series:
    """One number for each row, of all its cells."""
    found = columns[0].hash(_SEED)
    for number, column in enumerate(columns[1:], start=1):
        frame = pl.DataFrame([found.alias("a"), column.hash(_SEED + number).alias("b")])
        found = frame.select(pl.struct("a", "b").hash(_SEED)).to_series()
    return found


def _comparable(table: Table, at: int, *, as_number: bool) -> pl.Series:
    """The cells of a column as they are compared."""
    texts = table.texts(at)
    if not as_number:
        return texts
    numbers = as_numbers(texts, table.marks[at] or ".")
    frame = pl.DataFrame([texts.alias("text"), numbers.alias("number")])
    # Adding nought makes of -0 what it is.
    shown = (pl.col("number") + 0.0).cast(pl.String)
    return frame.select(pl.coalesce(shown, "text")).to_series()


def _both(old: Table, new: Table, pair: _Pair) -> tuple[pl.Series, pl.Series]:
    are_numbers = all(
        table.columns[at].kind in NUMBERS and table.marks[at] for table, at in ((old, pair.old), (new, pair.new))
    )
    return (
        _comparable(old, pair.old, as_number=are_numbers),
        _comparable(new, pair.new, as_number=are_numbers),
    )


def _row_hashes(old: Table, new: Table, pairs: Sequence[_Pair]) -> tuple[pl.Series, pl.Series]:
    """As `_hashed`, for both versions, one column after the other so that few are in memory."""
    found: list[pl.Series] = []
    for number, pair in enumerate(pairs):
        hashes = [cells.hash(_SEED + number) for cells in _both(old, new, pair)]
        if found:
            joined = [pl.DataFrame([one.alias("a"), two.alias("b")]) for one, two in zip(found, hashes, strict=True)]
            hashes = [frame.select(pl.struct("a", "b").hash(_SEED)).to_series() for frame in joined]
        found = hashes
    if not found:
        return pl.zeros(old.rows, pl.UInt64, eager=True), pl.zeros(new.rows, pl.UInt64, eager=True)
    return found[0], found[1]


def _matched(
    old: Table, new: Table, pairs: Sequence[_Pair], key: Sequence[_Pair]
) -> tuple[pl.DataFrame, list[int], list[int]]:
    """Rows in both (`old`, `new`: places from 0; by key also `differs`), and those of only one version.

    Without a key the first are those only that changed: what is the same, wherever it stands, is left out; of the rest
    those count as one row that stand in the same place.
    """
    whole = _row_hashes(old, new, pairs)
    hashes = _row_hashes(old, new, key) if key else whole
    sides = [
        pl.DataFrame({name: pl.int_range(len(of), dtype=pl.UInt32, eager=True), "key": of, "whole": all_})
        for name, of, all_ in zip(("old", "new"), hashes, whole, strict=True)
    ]
    if any(side["key"].n_unique() < len(side) for side in sides):
        # The n-th of those with the same key is the n-th of them in the other version.
        sides = [
            side.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).over("key").alias("again")) for side in sides
        ]
        on = ["key", "again"]
    else:
        on = ["key"]
    left, right = sides
    rest = left.join(right, on=on, how="anti"), right.join(left, on=on, how="anti")
    if key:
        both = left.join(right, on=on, suffix="_new").with_columns(differs=pl.col("whole") != pl.col("whole_new"))
        return both.select("old", "new", "differs").sort("new"), _places(rest[0], "old"), _places(rest[1], "new")
    both = rest[0].join(rest[1], left_on="old", right_on="new", coalesce=False).select("old", "new").sort("new")
    alone = [side.join(both, on=name, how="anti") for side, name in zip(rest, ("old", "new"), strict=True)]
    return both, _places(alone[0], "old"), _places(alone[1], "new")


def _places(side: pl.DataFrame, name: str) -> list[int]:
    return side[name].sort().to_list()


def _unequal(old: Table, new: Table, pair: _Pair, changed: pl.DataFrame) -> pl.Series:
    """For each changed row whether it changed in this column."""
    before, after = _both(old, new, pair)
    return before.gather(changed["old"]).ne_missing(after.gather(changed["new"]))


# ---------------------------------------------------------------- what is shown


def _cut(cell: str | None) -> str:
    text = cell or ""
    return text if len(text) <= CELL else text[:CELL] + "…"


def _changed_rows(
    old: Table, new: Table, changed: pl.DataFrame, cells: dict[_Pair, pl.Series], key: Sequence[_Pair]
) -> list[dict[str, Any]]:
    shown = changed.head(SAMPLES)
    olds, news = shown["old"].to_list(), shown["new"].to_list()
    numbers = old.row_numbers(olds), new.row_numbers(news)
    rows: list[dict[str, Any]] = [
        {"before": was, "after": now, "key": [], "cells": []} for was, now in zip(*numbers, strict=True)
    ]
    for pair, unequal in cells.items():
        if pair not in key and not unequal.head(SAMPLES).any():
            continue
        was, now = old.texts(pair.old).gather(olds), new.texts(pair.new).gather(news)
        for place, row in enumerate(rows):
            if pair in key:
                row["key"].append(_cut(now[place]))
            elif unequal[place]:
                row["cells"].append([new.heads[pair.new], _cut(was[place]), _cut(now[place])])
    return rows


def _whole_rows(table: Table, places: Sequence[int]) -> list[dict[str, Any]]:
    shown = [*places[:SAMPLES]]
    if not shown:
        return []
    columns = [table.texts(at).gather(shown) for at in range(len(table.heads))]
    return [
        {"row": number, "cells": [_cut(column[place]) for column in columns]}
        for place, number in enumerate(table.row_numbers(shown))
    ]


# ---------------------------------------------------------------- statistics


def _statistics(old: Table, new: Table, pairs: Sequence[_Pair]) -> list[dict[str, Any]]:
    """The columns whose figures moved much: `before` and `after` are figures, `moved` the names of those that did."""
    found = []
    for pair in pairs:
        before, after = _figures(old, pair.old), _figures(new, pair.new)
        names = moved(before, after)
        if names:
            found.append({"column": new.heads[pair.new], "before": before, "after": after, "moved": names})
    return found


def _figures(table: Table, at: int) -> dict[str, float]:
    """Share of empty cells, and of a column of numbers mean, sum, least and greatest."""
    nulls = table.frame.select(pl.col(f"c{at}").null_count()).collect().item() / table.rows
    # Years and codes have no mean.
    numbers = None if _KEY_WORDS.search(plainly(table.heads[at])) else table.numbers(at)
    if numbers is None or not numbers.count():
        return {"empty": nulls}
    told = {name: float(getattr(numbers, name)()) for name in ("mean", "sum", "min", "max")}
    return {"empty": nulls} | {name: value for name, value in told.items() if math.isfinite(value)}


def moved(before: dict[str, float], after: dict[str, float]) -> list[str]:
    """The figures that moved much; those that only one version has are left out."""
    found = []
    for name in before.keys() & after.keys():
        was, now = before[name], after[name]
        if name == "empty":
            much = abs(now - was) >= _MOVED / 4
        else:
            much = abs(now - was) > _MOVED * max(abs(was), abs(now)) and not math.isclose(was, now, abs_tol=1e-12)
        if much:
            found.append(name)
    return sorted(found)
