"""One act on many things, each in a transaction of its own: what fails takes nothing with it and is told by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import ckan.model as model

from ckanext.satudata.domain.errors import Conflict, SatudataError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What became of one: the act's answer, or why it was not done."""

    id: str
    answer: Any = None
    error: SatudataError | None = None


def each(ids: Iterable[str], act: Callable[[str], Any]) -> list[Result]:
    """Does the act, which commits by itself, to every id once, in this order.

    A fault of our own is logged and told as such; the others are done all the same.
    """
    return [_one(id_, act) for id_ in dict.fromkeys(ids)]


def _one(id_: str, act: Callable[[str], Any]) -> Result:
    try:
        return Result(id_, answer=act(id_))
    except SatudataError as refusal:
        model.Session.rollback()
        return Result(id_, error=refusal)
    except Exception:
        model.Session.rollback()
        log.exception("Of many, %s was not done", id_)
        return Result(
            id_, error=Conflict("This could not be done now; nothing of it was stored.", mend="Try it again.")
        )
