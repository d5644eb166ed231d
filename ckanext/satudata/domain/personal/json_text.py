"""The text of a JSON file, read piece by piece: only one of the values that stand in it is in memory at a time."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

from ckanext.satudata.domain.packed import Damaged
from ckanext.satudata.domain.personal.readers import MOST_RECORD, Unreadable, encoding_of

_WHOLE = 8 << 20
"""Characters up to which an object is read as a whole."""
_PIECE = 1 << 20
_BETWEEN, _COLON = re.compile(r"[\s,]*"), re.compile(r"\s*:\s*")
_DECODER = json.JSONDecoder()


class Text:
    """The text of a file; `rest` is what was read of it and not used up."""

    def __init__(self, source: IO[bytes]):
        encoding = encoding_of(source.read(4))
        source.seek(0)
        self._stream = codecs.getreader(encoding)(source, "replace")
        self.is_last = False
        self.rest = ""
        while not self.is_last and len(self.rest) < _WHOLE:
            self.more()
        self.rest = self.rest.lstrip("\ufeff \t\r\n")

    def more(self) -> None:
        """Reads on. Raises Unreadable where too much is held."""
        if len(self.rest) > MOST_RECORD:
            raise Unreadable("Row that is too long")
        block = self._stream.read(_PIECE)
        self.is_last = not block
        self.rest += block

    def all(self) -> str:
        """All that is left. Raises Unreadable."""
        while not self.is_last:
            self.more()
        return self.rest


def decoded(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at that place of a text, and where it ends. Raises Unreadable, JSONDecodeError."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        # A number of more digits than Python reads.
        raise Unreadable("Damaged file") from error
    except RecursionError as error:
        raise Unreadable("JSON that is nested too deeply") from error


def are_lines(text: str) -> bool:
    """Whether each line is a list of its own."""
    line, _, below = text.partition("\n")
    try:
        return below.lstrip().startswith("[") and not line[decoded(line, 0)[1] :].strip()
    except json.JSONDecodeError:
        return False


def elements(text: Text, *, is_list: bool) -> Iterator[Any]:
    """The elements of the list in which a text stands, up to its end, or what stands in it one after the other.

    Only one is in memory at a time.
    """
    while True:
        at = 0
        while True:
            found = _BETWEEN.match(text.rest, at)
            begin = found.end() if found else at
            if is_list and text.rest.startswith("]", begin):
                text.rest = text.rest[begin + 1 :]
                return
            try:
                value, end = decoded(text.rest, begin) if begin < len(text.rest) else (None, -1)
            except json.JSONDecodeError as error:
                if text.is_last:
                    raise Damaged("JSON") from error
                break
            # A number at the end of what was read may go on.
            if end < 0 or (end == len(text.rest) and not text.is_last):
                break
            yield value
            at = end
        text.rest = text.rest[at:]
        if text.is_last:
            if is_list:
                raise Damaged("JSON")
            return
        text.more()


def left_open(text: str) -> tuple[int, str, dict[str, Any]] | None:
    """Of an object that goes on beyond a text: the place in its list that does, its name, and what stands before it."""
    members: dict[str, Any] = {}
    key, at = "", 1
    while True:
        found = _BETWEEN.match(text, at)
        at = found.end() if found else at
        try:
            key, at = decoded(text, at)
            colon = _COLON.match(text, at)
            if not isinstance(key, str) or colon is None:
                return None
            at = colon.end()
            members[key], end = decoded(text, at)
        except json.JSONDecodeError:
            return (at + 1, key, members) if text.startswith("[", at) else None
        at = end
