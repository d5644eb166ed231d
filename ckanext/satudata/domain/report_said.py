"""The texts of a report or a dashboard in the portal's languages, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from ckanext.satudata.domain.sop_text import Faults, Lined

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Words:
    """A text in the portal's languages."""

    by_language: Mapping[str, str]

    def said(self, language: str) -> str:
        """In that language (`id`, `id_ID` or `en`), else in the first that the file has."""
        return self.by_language.get(language[:2]) or next(iter(self.by_language.values()), "")


def all_languages(said: Iterable[Words | None]) -> tuple[str, ...]:
    """Each text of those in each of its languages."""
    return tuple(text for words in said if words for text in words.by_language.values())


class Texts:
    """Reads the texts of one file; what no page can show becomes a fault."""

    def __init__(self, faults: Faults):
        self.faults = faults

    def words(self, data: Lined, key: str, step: str = "", *, needed: bool = True) -> Words | None:
        """What stands under a key; None where nothing stands there or it is no text."""
        if key not in data:
            if needed:
                self.faults.add(data.line, step, f"`{key}` is missing.", "Write it as {id: …, en: …}.")
            return None
        value, line = data[key], data.line_of(key)
        by_language = value if isinstance(value, Lined) else {"id": value}
        if not by_language or not set(by_language) <= {"id", "en"}:
            self.faults.add(line, step, f"`{key}` is in no language of the portal.", "Write it as {id: …, en: …}.")
            return None
        wrong = [text for text in by_language.values() if not _is_text(text)]
        for text in wrong:
            fault = f"`{key}` is empty." if text in ("", None) else f"`{key}` is {str(text)[:60]!r}."
            self.faults.add(line, step, fault, "Write a text in every language that is named.")
        return None if wrong else Words(dict(by_language))

    def places(self, said: Words | None, known: Collection[str], line: int, step: str, mend: str) -> None:
        """A fault for braces that do not pair, hold more than a name, or name what has no value."""
        for text in said.by_language.values() if said else ():
            try:
                parts = list(Formatter().parse(text))
            except ValueError:
                fault = f"The braces of {text[:60]!r} do not pair."
                self.faults.add(line, step, fault, "Write {name}, or {{ and }} for braces that are shown.")
                continue
            for _, name, form, turned in parts:
                if name is None or (name in known and not (form or turned)):
                    continue
                if form or turned or not re.fullmatch(r"\w+", name):
                    fault = f"The braces of {text[:60]!r} hold more than a name."
                    self.faults.add(line, step, fault, "Write {name} and nothing else between the braces.")
                else:
                    self.faults.add(line, step, f"`{{{name}}}` has no value.", mend)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _CONTROL.search(value)
