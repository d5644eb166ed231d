"""What one command for many may do: the rules beside those of the command itself.

003-3: where publishing is the approval, Walidata publishes many at once only of what the operator sent as filled,
complete and Terbuka; the rest is looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from ckanext.satudata.domain.access import Level, level_of


class Bulk(str, Enum):
    """Commands that may be given for many datasets at once."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    RETURN = "return_"
    COPY = "copy"
    NARROW = "narrow"
    """Undoes the publication of many: each dataset is narrowed by itself, with its own record and test."""


MOST = 10_000
"""Datasets of one command."""


def why_left_out(level: object, levels_of_files: Iterable[object], gaps: Sequence[str]) -> str:
    """Why a dataset is not published with many where that is the approval (msgid with `{fields}`); empty: it is."""
    if level_of(level) is not Level.TERBUKA:
        return "It is not Terbuka: publish it by itself."
    if any(one and level_of(one) is not Level.TERBUKA for one in levels_of_files):
        return "One of its files is not Terbuka: publish it by itself."
    if gaps:
        return "It is not complete: {fields}. Return it to the operator."
    return ""


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def years_of(text: str) -> list[int]:
    """The years that a text names."""
    return [int(found) for found in _YEAR.findall(text)]


def of_year(text: str, year: int) -> str:
    """A title with the last year it names moved on to `year`, a span by as much at both ends; without one it is added.

    "Jumlah siswa 2024" → "Jumlah siswa 2025"; "Tahun 2020-2024" → "Tahun 2021-2025".
    """
    named = years_of(text)
    if not named:
        return f"{text.strip()} {year}"
    by = year - max(named)
    return _YEAR.sub(lambda found: str(int(found[0]) + by), text)
