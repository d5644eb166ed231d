"""Counted rows of which none may be told that are few: small cells are suppressed, and those that would reveal them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain, combinations

Cell = tuple[str, ...]


def suppressed(counts: Mapping[Cell, int], least: int) -> set[Cell]:
    """The cells that are not told: those below `least`, and others of their row, column or total.

    Whoever knows the sum of a line gets the one cell in it that is missing by taking off the others, and of several
    that they are few together. So in every line (all cells that agree in some of their columns, the whole table among
    them) with suppressed cells there are two at least, and together not fewer than `least` rows, as far as the line
    has others; the smallest are taken. Cells without any row are known to be empty and are no help.
    """
    hidden = {cell for cell, count in counts.items() if count < least}
    lines = _lines(counts)
    is_changed = bool(hidden)
    while is_changed:
        is_changed = False
        for line in lines:
            if more := _more(line, hidden, counts, least):
                hidden.update(more)
                is_changed = True
    return hidden


def _lines(counts: Mapping[Cell, int]) -> list[list[Cell]]:
    width = len(next(iter(counts), ()))
    found: list[list[Cell]] = []
    for fixed in chain.from_iterable(combinations(range(width), size) for size in range(width)):
        lines: defaultdict[Cell, list[Cell]] = defaultdict(list)
        for cell in counts:
            lines[tuple(cell[at] for at in fixed)].append(cell)
        found += [sorted(line, key=lambda cell: (counts[cell], cell)) for line in lines.values() if len(line) > 1]
    return found


def _more(line: list[Cell], hidden: set[Cell], counts: Mapping[Cell, int], least: int) -> list[Cell]:
    """Of a line, smallest first, those that must be suppressed too."""
    there = [cell for cell in line if cell in hidden]
    if not there:
        return []
    number, rows = len(there), sum(counts[cell] for cell in there)
    more: list[Cell] = []
    for cell in line:
        if number >= 2 and rows >= least:
            break
        if cell not in hidden:
            more.append(cell)
            number, rows = number + 1, rows + counts[cell]
    return more
