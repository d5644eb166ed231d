"""The words that are planted: each stands in one place only, so that a leak names the field it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

LETTERS = "bcdfghjmnp"
WORD = re.compile(rf"zqk[{LETTERS}]{{4}}x")
TOKEN = re.compile(r"[a-z0-9_\-]{8,}")
NOBODY = "nobody"
"""No insider's task: what is gone, replaced or kept as a number only. Some read it elsewhere, such as in the trash."""
SECRET = "secret"
"""Not even an insider may find it: keys, tokens, passwords, places in the vault."""


@dataclass(frozen=True)
class Canary:
    """`text` as searched for, `where` it was planted; `by` whom it must be found: an insider, NOBODY or SECRET."""

    text: str
    where: str
    by: str
    may: tuple[str, ...] = ()
    """Outsiders who may read it too, such as officers of any agency."""
    alone: bool = False
    """No other insider may read it either, who runs the portal included."""


class Book:
    """Every canary by its text."""

    def __init__(self) -> None:
        self.canaries: dict[str, Canary] = {}
        self._odd = re.compile("(?!)")

    def word(self, where: str, by: str = "operator", may: tuple[str, ...] = (), *, alone: bool = False) -> str:
        """A new word; lower case letters, so that it goes through every name, slug and encoding.

        No vowels, for stems; no digits, which a search would find in the ids of what is public.
        """
        number = "".join(LETTERS[int(digit)] for digit in f"{len(self.canaries):04d}")
        return self._keep(f"zqk{number}x", where, by, may, alone)

    def known(self, text: str, where: str, by: str = SECRET, may: tuple[str, ...] = (), *, alone: bool = False) -> str:
        """A secret that the portal itself made: an id, a token, a place in the vault, a hash, a date."""
        assert len(text) >= 8, text
        return self._keep(text.lower(), where, by, may, alone)

    def _keep(self, text: str, where: str, by: str, may: tuple[str, ...], alone: bool) -> str:
        if text in self.canaries:
            return text
        self.canaries[text] = Canary(text, where, by, may, alone)
        odd = [one for one in self.canaries if not WORD.fullmatch(one) and not TOKEN.fullmatch(one)]
        self._odd = re.compile("|".join(map(re.escape, odd)) or "(?!)")
        return text

    def found(self, text: str) -> set[str]:
        """The canaries in a text, whatever its case."""
        lowered = text.lower()
        met = {one for one in WORD.findall(lowered) if one in self.canaries}
        met.update(one for one in TOKEN.findall(lowered) if one in self.canaries)
        met.update(self._odd.findall(lowered))
        return met
