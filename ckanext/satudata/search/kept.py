"""Answers that are kept until the index changes.

Which documents a search finds, in which order, and what is counted in them is kept in each web process under what was
asked: the query, all filters (permission labels are one of them), the order, the language. An answer holds as long as
the index is in the state it was found in. The state is read with every search, in the caller's transaction and so with
the caller's pending writes, and comes out of the same statement as the answer: an answer is never older than the index
it is shown for, whatever is committed or rolled back meanwhile.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

import ckan.plugins.toolkit as tk

#: Positions (eight bytes each) that the answers kept may hold together.
MOST_POSITIONS = 2_000_000


@dataclass
class Answer:
    """The documents found, by position and in order, in one state of the index; counts are added as asked for."""

    state: int | None
    positions: array
    counts: dict[Hashable, dict[str, list]] = field(default_factory=dict)


_kept: OrderedDict[Hashable, Answer] = OrderedDict()
_lock = threading.Lock()
_size = 0


def get(name: Hashable) -> Answer | None:
    """The answer, in whatever state of the index it was found."""
    with _lock:
        answer = _kept.get(name)
        if answer is not None:
            _kept.move_to_end(name)
        return answer


def put(name: Hashable, answer: Answer) -> None:
    """Keeps an answer, and the most recently used others as far as there is room."""
    global _size
    most = int(tk.config.get("ckanext.satudata.search.kept_answers") or 0)
    with _lock:
        before = _kept.pop(name, None)
        _size += len(answer.positions) - (len(before.positions) if before else 0)
        _kept[name] = answer
        while _kept and (len(_kept) > most or _size > MOST_POSITIONS):
            _size -= len(_kept.popitem(last=False)[1].positions)
