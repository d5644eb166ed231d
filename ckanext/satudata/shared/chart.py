"""The chart of a released file, from the whole of it. Asked like a download; kept, since a released copy stays."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from ckanext.satudata.domain import chart
from ckanext.satudata.shared import access, preview
from ckanext.satudata.shared.actors import ANONYMOUS


def of_resource(session: Session, resource_id: str, *, unit: str, measure_kind: str) -> chart.Chart | None:
    """The chart; None where the public may not have the file, or no chart would be right.

    `unit` and `measure_kind` are the dataset's `satuan` and `ukuran`. Raises Invalid as `preview.of_resource`.
    """
    answer = access.ask(session, ANONYMOUS, resource_id)
    file = answer.file
    if not answer.is_allowed or answer.kept is None or file is None or not file.public_location:
        return None
    if file.real_format.upper() not in preview.FORMATS:
        return None
    return _of_copy(file.public_location, file.real_format, answer.kept.size_bytes, unit, measure_kind)


@lru_cache(maxsize=64)
def _of_copy(location: str, format_: str, size: int, unit: str, measure_kind: str) -> chart.Chart | None:
    heads, rows = preview.whole(location, format_, size)
    return chart.of_table(heads, rows, unit=unit, measure_kind=measure_kind)
