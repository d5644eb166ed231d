"""From text to the words that are compared: split, lower case, accents folded, stem.

The rules of splitting are those of the `text` and `text_general` types of CKAN's `config/solr/schema.xml`
(Lucene's WordDelimiterGraphFilter), so that both engines find the same datasets.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from ckanext.satudata.search.fields import Kind

LOWER, UPPER, DIGIT = 1, 2, 4
MAX_WORD = 255  # Lucene's whitespace tokenizer cuts longer runs
GAP = 100  # positions between two values of one field, so that no phrase reaches across

_UNFOLDED = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d",
        "Ð": "D", "þ": "th", "Þ": "TH", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "n", "‘": "'",
        "’": "'", "“": '"', "”": '"', "–": "-", "—": "-",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """The text with plain letters in place of accented ones: `Naïve Ærø` becomes `Naive AEro`."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.translate(_UNFOLDED))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


_local = threading.local()


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """The stem of a lower-case word: `pendidikan` and `didik` are one in Indonesian."""
    stemmers = _local.__dict__.setdefault("stemmers", {})  # a stemmer keeps state: one for each thread
    if language not in stemmers:
        stemmers[language] = snowballstemmer.stemmer(language)
    return stemmers[language].stemWord(word)


def _kind(char: str) -> int:
    category = unicodedata.category(char)
    if category == "Ll":
        return LOWER
    if category == "Lu":
        return UPPER
    if category[0] == "L" or category[0] == "M" and ord(char) > 255:
        return LOWER | UPPER
    if category == "Nd" or category[0] == "N" and ord(char) > 255:
        return DIGIT
    return 0


def _breaks(last: int, now: int, case: bool) -> bool:
    """Whether a word ends between characters of these kinds; `case`: also where upper case follows lower."""
    if last & now:
        return False
    if not case and last & (LOWER | UPPER) and now & (LOWER | UPPER):
        return False
    return not (last & UPPER and now & (LOWER | UPPER))


def _parts(chunk: str, case: bool) -> Iterator[tuple[str, bool]]:
    """The words in a run without blanks, each with whether it is a number."""
    start, last = None, 0
    for at, char in enumerate(chunk + " "):
        now = _kind(char)
        if start is not None and (not now or _breaks(last, now, case)):
            yield chunk[start:at], bool(last & DIGIT)
            start = None
        if now and start is None:
            start = at
        last = now


def _without_possessive(parts: list[tuple[str, bool]], chunk: str) -> list[tuple[str, bool]]:
    """Drops the `s` of `'s`, as Lucene does."""
    kept, at = [], 0
    for word, number in parts:
        start = chunk.index(word, at)
        at = start + len(word)
        follows = chunk[at : at + 1]
        if (
            word in ("s", "S")
            and start > 1
            and chunk[start - 1] == "'"
            and (not follows or not _kind(follows))
            and kept
        ):
            continue
        kept.append((word, number))
    return kept


def _joined(parts: list[tuple[str, bool]]) -> Iterator[tuple[int, str]]:
    """Neighbouring words (or numbers) written together, at the place of the first: `wi-fi` gives `wifi`."""
    start = 0
    for at in range(1, len(parts) + 1):
        if at == len(parts) or parts[at][1] != parts[start][1]:
            if at - start > 1:
                yield start, "".join(word for word, _ in parts[start:at])
            start = at


def words(text: str, kind: Kind, language: str, *, join: bool = False) -> list[tuple[int, str]]:
    """`[(position, word), ...]`, positions from 0; with `join` as they are indexed, without as they are asked for."""
    found: list[tuple[int, str]] = []
    position = 0
    for run in text.split():
        for cut in range(0, len(run), MAX_WORD):
            inside, width = _analysed(run[cut : cut + MAX_WORD], kind, language, join)
            found += [(position + at, word) for at, word in inside]
            position += width
    return found


@lru_cache(maxsize=20_000)
def _analysed(chunk: str, kind: Kind, language: str, join: bool) -> tuple[tuple[tuple[int, str], ...], int]:
    """The words in a run without blanks with their places in it, and how many places it takes."""
    parts = _without_possessive(list(_parts(chunk, kind is Kind.TEXT)), chunk)
    found = [(at, word) for at, (word, _) in enumerate(parts)]
    if join:
        found += _joined(parts)
    return tuple((at, as_indexed(word, kind, language)) for at, word in found), max(len(parts), 1)


def as_indexed(word: str, kind: Kind, language: str) -> str:
    """One word as it stands in the index."""
    word = word.lower()
    return stem(fold(word), language) if kind is Kind.TEXT else word
