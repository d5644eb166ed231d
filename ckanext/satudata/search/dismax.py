"""Solr's dismax: words as a person types them, looked for in several fields."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchQueryError

from ckanext.satudata.search.clauses import Best, Boosted, Gathered, Nothing, Phrase, Unreadable, Word

MAX_WORDS = 200


def read(text: str, *, fields: dict[str, float], tie: float, mm: str) -> object:
    """The clause: every word may stand in any of `fields`; `mm` says how many of them must be there.

    Only quotation marks, + and - before a word, and AND, OR, NOT have a meaning; anything else is text.
    """
    gathered = Gathered(default_and=False)
    conjunction = sign = None
    tokens = _tokens(text if text.count('"') % 2 == 0 else text.replace('"', " "))
    if len(tokens) > MAX_WORDS:
        raise SearchQueryError(tk._("The query has more than {most} words").format(most=MAX_WORDS))
    for mark, word, phrase in tokens:
        if not phrase and not mark and word in ("AND", "OR", "&&", "||"):
            conjunction = "AND" if word in ("AND", "&&") else "OR"
            continue
        if not phrase and not mark and word in ("NOT", "!"):
            sign = "-"
            continue
        make = Phrase if phrase else Word
        choices = [make(name, word, every=False) if not phrase else make(name, word) for name in fields]
        weighted = [
            Boosted(choice, weight) if weight != 1 else choice
            for choice, weight in zip(choices, fields.values(), strict=True)
        ]
        gathered.add(Best(tuple(weighted), tie), conjunction, mark or sign)
        conjunction = sign = None
    return gathered.clause(mm) if gathered.items else Nothing()


def weights(qf: str) -> dict[str, float]:
    """`title^4 text` as `{"title": 4.0, "text": 1.0}`."""
    found: dict[str, float] = {}
    for part in qf.split():
        name, _, weight = part.partition("^")
        try:
            found[name] = float(weight) if weight else 1.0
        except ValueError as error:
            raise SearchQueryError(f"qf cannot be read: {part!r}") from error
    return found


def _tokens(text: str) -> list[tuple[str | None, str, bool]]:
    """`[(+, - or None, word, whether it was in quotation marks), ...]`."""
    tokens = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        mark = None
        if text[at] in "+-":
            mark = text[at]
            at += 1
            if text[at : at + 1] in ("+", "-"):
                raise Unreadable("Two signs before a word cannot be read")
        if at < len(text) and text[at] == '"':
            end = text.find('"', at + 1)
            word, phrase = text[at + 1 : end], True
            at = end + 1
        else:
            start = at
            while at < len(text) and not text[at].isspace() and text[at] != '"':
                at += 1
            word, phrase = text[start:at], False
        if word.strip():
            tokens.append((mark, word.replace("\\", "") if not phrase else word, phrase))
    return tokens
