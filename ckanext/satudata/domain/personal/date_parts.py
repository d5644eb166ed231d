"""Dates of birth whose day, month and year stand in columns of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ckanext.satudata.domain.personal.kinds import NOT_BIRTH, words_of

if TYPE_CHECKING:
    from ckanext.satudata.domain.personal.columns import Column

PARTS = {"day": (1, 31), "month": (1, 12), "year": (1900, 2099)}
"""What a heading may name, with the least and the greatest number."""
_WORDS = {
    "day": re.compile(r"\b(?:tgl|tanggal|tg|hari|hr|day|dd)\b"),
    "month": re.compile(r"\b(?:bln|bulan|bl|month|mm)\b"),
    "year": re.compile(r"\b(?:thn|tahun|th|year|yyyy)\b"),
}
_BIRTH = re.compile(r"\b(?:lahir|lhr|kelahiran|birth)\b")
_WHOLE = re.compile(r"\b(?:tgl|tanggal) (?:lahir|lhr|kelahiran)\b")
_ORDERS = (("day", "month", "year"), ("year", "month", "day"), ("month", "day", "year"))


def part_of(head: str) -> str:
    """The one part of a date that a heading names, "" where it names none or the whole."""
    words = words_of(head)
    # Above three columns the whole may be named once more.
    for said in (_WHOLE.sub("", words, count=1), words):
        named = [part for part, pattern in _WORDS.items() if pattern.search(said)]
        if len(named) == 1:
            return named[0]
    return ""


def births(columns: Sequence[Column], has_person: bool) -> Iterator[int]:
    """The places of columns that together tell births: a heading says so, or years beside persons are spread so."""
    for at in range(len(columns) - 2):
        three = columns[at : at + 3]
        if not any(all(column.is_part(part) for column, part in zip(three, order, strict=True)) for order in _ORDERS):
            continue
        words = " ".join(column.words for column in three)
        is_spread = has_person and max(column.spread() for column in three) >= 20 and not NOT_BIRTH.search(words)
        if _BIRTH.search(words) or is_spread:
            yield from range(at, at + 3)
