"""The chart of a released file, from the whole of it. Asked like a download; kept, since a released copy stays."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from sqlalchemy.orm import Session

from ckanext.satudata.domain import chart
from ckanext.satudata.domain.errors import Invalid, SatudataError, TooMany
from ckanext.satudata.shared.actors import ANONYMOUS
from ckanext.satudata.shared.files import access, preview, store

KEPT = 2000
"""Outcomes that a process keeps, a few kilobytes each: more than there are tables on a portal."""
_PATIENCE = 3
"""Seconds after which who waits for the chart of another file is told to come again."""


class _Copy(NamedTuple):
    """A released copy, whose bytes never change, and what its dataset says of its figures."""

    location: str
    format: str
    unit: str
    measure_kind: str


_Refusal = tuple[str, dict[str, object]]
"""Message and its params: the error itself would hold the whole table."""
_kept: dict[_Copy, chart.Chart | _Refusal | None] = {}
_one_at_once = Lock()


def of_resource(session: Session, resource_id: str, *, unit: str, measure_kind: str) -> chart.Chart | None:
    """The chart; None where the public may not have the file, or no chart would be right.

    `unit` and `measure_kind` are the dataset's `satuan` and `ukuran`. Raises Invalid as `preview.of_resource`, and
    TooMany while others are being reckoned.
    """
    answer = access.ask(session, ANONYMOUS, resource_id)
    file = answer.file
    if not answer.is_allowed or answer.kept is None or file is None or not file.public_location:
        return None
    if file.real_format.upper() not in preview.FORMATS:
        return None
    preview.check_size(file.real_format, answer.kept.size_bytes)
    found = _outcome(_Copy(file.public_location, file.real_format, unit, measure_kind))
    if isinstance(found, tuple):
        raise Invalid(found[0], **found[1])
    return found


def _outcome(copy: _Copy) -> chart.Chart | _Refusal | None:
    """The chart or the refusal, reckoned once in this process; one at once, so that pages go on."""
    if copy in _kept:
        return _kept[copy]
    if not _one_at_once.acquire(timeout=_PATIENCE):
        raise TooMany("Other charts are being drawn. Try again in a moment.")
    try:
        if copy not in _kept:
            if len(_kept) >= KEPT:
                _kept.clear()
            _kept[copy] = _reckon(copy)
        return _kept[copy]
    finally:
        _one_at_once.release()


def _reckon(copy: _Copy) -> chart.Chart | _Refusal | None:
    content = b"".join(store.open_at("public", copy.location))
    try:
        heads, rows = preview.whole(content, copy.format)
    except SatudataError as error:
        return error.message, error.params
    return chart.of_table(heads, rows, unit=copy.unit, measure_kind=copy.measure_kind)
