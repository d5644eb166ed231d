"""Addresses and keywords made from what people write, within CKAN's limits."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

LONGEST = 100
"""CKAN's limit for the name of a dataset, in characters."""


def slug(title: str, longest: int = LONGEST) -> str:
    """A name of at most `longest` characters, cut at a word; at least two characters."""
    text = unicodedata.normalize("NFKD", html.unescape(title)).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if len(words) > longest:
        cut = words[: longest + 1].rsplit("-", 1)[0]
        words = cut if len(cut) >= longest // 2 else words[:longest]
    words = words.strip("-")
    return words if len(words) >= 2 else f"data-{words}".strip("-")


def free(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, or with -2, -3 ... the first that is not taken; never longer than the limit."""
    number, found = 1, name
    while is_taken(found):
        number += 1
        end = f"-{number}"
        found = name[: LONGEST - len(end)].rstrip("-") + end
    return found


def tags(text: str) -> list[str]:
    """Keywords parted by comma or semicolon that CKAN takes: letters, digits, space, `-_.`; 2–100 characters."""
    found = []
    for part in re.split(r"[,;|\n]", html.unescape(text)):
        word = re.sub(r"\s+", " ", re.sub(r"[^\w \-.]", " ", part)).strip()[:100].strip()
        if len(word) >= 2 and word not in found:
            found.append(word)
    return found
