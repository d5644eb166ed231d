"""Which rows this browser has shown number and code of: a citizen without an account goes on without typing both again.

It holds for a day and for the last five of each kind; in the signed session, so that nobody writes it himself.
"""

from __future__ import annotations

import time

from flask import session as browser

SECONDS = 24 * 3600
MOST = 5


def remember(kind: str, id_: str, *, new: bool = False) -> None:
    """Notes that number and code were shown; `new`: this browser has just sent it, and sees the code once more."""
    held = {key: value for key, value in (browser.get(kind) or {}).items() if value[0] > time.time()}
    was_new = bool(held.get(id_, [0, False])[1])
    held[id_] = [int(time.time()) + SECONDS, new or was_new]
    browser[kind] = dict(sorted(held.items(), key=lambda item: item[1][0])[-MOST:])


def is_known(kind: str, id_: str) -> bool:
    """Whether this browser may see it."""
    return _held(kind, id_)[0] > time.time()


def is_new(kind: str, id_: str) -> bool:
    """Whether this browser sent it."""
    held = _held(kind, id_)
    return held[0] > time.time() and bool(held[1])


def _held(kind: str, id_: str) -> list[float]:
    found: list[float] = (browser.get(kind) or {}).get(id_) or [0, False]
    return found
