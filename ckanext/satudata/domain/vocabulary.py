"""Closed and suggested lists of the metadata form, read from `vocabularies/` (each with source and date)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent.parent / "vocabularies"


@dataclass(frozen=True)
class Term:
    """One word of a list; `label` by language, `uri` its address in a public authority table or ""."""

    value: str
    label: Mapping[str, str]
    uri: str = ""
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """A list of terms. `is_open` lists are suggestions: other words are taken too."""

    name: str
    source: str
    date: str
    terms: tuple[Term, ...]
    is_open: bool = False
    _by_value: dict[str, Term] = field(default_factory=dict, repr=False, compare=False)

    def get(self, value: str | None) -> Term | None:
        """The term of that value; None for a word that is not in the list."""
        if not self._by_value:
            self._by_value.update({term.value: term for term in self.terms})
        return self._by_value.get(value or "")

    def label(self, value: str | None, language: str) -> str:
        """The word a person reads; the value itself where the list does not know it."""
        term = self.get(value)
        return (term.label.get(language) or term.label["id"]) if term else value or ""

    def find(self, text: str) -> Term | None:
        """The term written that way: its value, a label or a listed spelling, case and punctuation apart."""
        plain = plainly(text)
        return self.get(text) or next((term for term in self.terms if plain in _spellings(term)), None)


def plainly(text: str) -> str:
    """Lower case, punctuation to single spaces: the form in which spellings are compared."""
    return re.sub(r"[^0-9a-z]+", " ", text.casefold()).strip()


def _spellings(term: Term) -> set[str]:
    return {plainly(word) for word in (term.value, *term.label.values(), *term.spellings)}


@lru_cache(maxsize=1)
def vocabularies() -> dict[str, Vocabulary]:
    """Every list by name; read once in the life of a process."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, body in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            terms = tuple(
                Term(item["value"], item["label"], item.get("uri", ""), tuple(item.get("spellings", ())))
                for item in body["items"]
            )
            found[name] = Vocabulary(name, body["source"], body["date"], terms, body.get("open", False))
    found["wilayah"] = _areas()
    return found


def vocabulary(name: str) -> Vocabulary:
    """One list. Raises KeyError for a name that is not in `vocabularies/`."""
    return vocabularies()[name]


def _areas() -> Vocabulary:
    with (FOLDER / "wilayah.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    terms = tuple(Term(row["kode"], {"id": row["nama"], "en": row["nama"]}) for row in rows)
    return Vocabulary("wilayah", "Kepmendagri 300.2.2-2138/2025", "2025-04-25", terms)


def is_area_code(code: str) -> bool:
    """Whether a code of level 1 or 2 can be right.

    The shipped list names all provinces, and the regencies and cities of some (docs/metadata.md). Where it
    names a province's, no other code is taken; elsewhere the shape decides: regencies 01–69, cities 71–99.
    """
    areas = vocabulary("wilayah")
    match = re.fullmatch(r"(\d\d)(?:\.(\d\d))?", code)
    if not match or areas.get(match[1]) is None:
        return False
    if match[2] is None or areas.get(code):
        return True
    return match[1] not in _provinces_named() and match[2] not in ("00", "70")


@lru_cache(maxsize=1)
def _provinces_named() -> frozenset[str]:
    """The provinces whose regencies and cities the list names."""
    return frozenset(term.value[:2] for term in vocabulary("wilayah").terms if "." in term.value)
