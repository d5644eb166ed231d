"""Where a table begins: titles above it, headings that are merged over several columns or rows, one for each column."""

from __future__ import annotations

from ckanext.satudata.domain.errors import Invalid

MOST_HEADINGS = 4
"""Rows that merged headings may take."""


def split(found: list[list[str]], width: int) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """The lines above the table, its rows of headings, and the rows below, all as wide as the table.

    `found` are the first rows with a filled cell. Raises Invalid where nothing stands below the headings.
    """
    below = [[*row, *[""] * (width - len(row))] for row in found]
    titles = []
    while len(below) > 2 and width > 1 and below[0][0] and not any(below[0][1:]):
        titles.append(below.pop(0)[0])
    if len(below) < 2:
        raise Invalid("The file has no rows.")
    heads = [below.pop(0)]
    while len(heads) < MOST_HEADINGS and len(below) > 1 and _goes_on(heads, below[0]):
        heads.append(below.pop(0))
    return titles, heads, below


def _goes_on(heads: list[list[str]], below: list[str]) -> bool:
    """Whether the row below is heading too: the first has gaps, and its first cell reaches down or is missing yet."""
    has_gaps = "" in heads[0][1:]
    return has_gaps and (not below[0] if heads[0][0] else not heads[-1][0])


def merged(heads: list[list[str]]) -> list[str]:
    """One heading for each column: a merged one counts for the empty cells to its right that have one below."""
    parts: list[list[str]] = [[] for _ in heads[0]]
    for number, row in enumerate(heads):
        left = ""
        for at, cell in enumerate(row):
            left = cell or left
            word = cell or (left if any(lower[at] for lower in heads[number + 1 :]) else "")
            if word and word not in parts[at]:
                parts[at].append(word)
    return [" / ".join(words) for words in parts]
