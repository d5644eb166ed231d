"""After a reclassification: what lies outside the database is removed, by the process that asked or by the next one.

Nothing of it is served meanwhile. Each step may be done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import clock, optional, periodic, raw_writes
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels.reclassify_plan import has_rows, released

log = logging.getLogger(__name__)


def pending(session: Session, closed: list[model.Resource], package_id: str) -> list[dict[str, str]]:
    """What must be removed once it is committed that these resources are closed."""
    objects = [file.public_location for file in released(session, closed) if file.public_location]
    tables = [resource.id for resource in closed] if p.plugin_loaded("datastore") else []
    return [
        {"what": "index", "id": package_id},
        *({"what": "object", "id": location} for location in objects),
        *({"what": "rows", "id": resource_id} for resource_id in tables),
    ]


def clean_up(record_id: str) -> bool:
    """Removes what a reclassification left outside the database; True once nothing is pending. Commits.

    Safe to repeat, and to run twice at once.
    """
    if not work_off(Reclassification, record_id, STEPS):
        return False
    session = model.Session
    record = session.scalars(Reclassification.locked(record_id)).one_or_none()
    if record is not None and record.finished_at is None:
        record.finished_at = clock.now()
    session.commit()
    return True


def work_off(
    kind: type[Reclassification | Revision], record_id: str, steps: Mapping[str, Callable[[str], Any]]
) -> bool:
    """Does what a record says is pending and strikes it out, step by step; True once nothing is left. Commits.

    Each step holds the record: who waited for it finds the step struck out. So a table is not dropped by the slower
    of two after another one was loaded in its place. What fails stays, and is tried again.
    """
    session = model.Session
    record = session.get(kind, record_id, populate_existing=True)
    todo = list(record.pending) if record is not None else []
    session.commit()
    for one in todo:
        if (record := session.scalars(_held(kind, record_id, one)).one_or_none()) is not None:
            try:
                steps[one["what"]](one["id"])
            except Exception:
                session.rollback()
                log.exception("Of %s, %s %s is still to be done", record_id, one["what"], one["id"])
                continue
            # The step may have committed.
            if (record := session.scalars(_held(kind, record_id, one)).one_or_none()) is not None:
                with raw_writes.writing(session, kind):
                    record.pending = [other for other in record.pending if other != one]
                    session.flush()
        session.commit()
    left = session.scalar(sa.select(kind.pending).where(kind.id == record_id))
    session.commit()
    return not left


def _held(kind: type[Reclassification | Revision], record_id: str, one: Mapping[str, str]) -> sa.Select[Any]:
    found = sa.select(kind).where(kind.id == record_id, kind.pending.contains([dict(one)]))
    return found.with_for_update().execution_options(populate_existing=True)


@periodic.every(minutes=1, name="reclassifications")
def resume() -> int:
    """Goes on with what a killed process, or a store that did not answer, left; returns how many are finished now."""
    waiting = list(model.Session.scalars(Reclassification.unfinished()))
    model.Session.commit()
    return sum(clean_up(record_id) for record_id in waiting)


def _remove_object(location: str) -> None:
    store.remove("public", location)


def _drop_rows(resource_id: str) -> None:
    """CKAN's `datastore_delete` would want to change the resource, which may be gone; the table goes all the same."""
    if has_rows(resource_id, strictly=True):
        from ckanext.datastore.backend import DatastoreBackend

        DatastoreBackend.get_active_backend().delete({}, {"resource_id": resource_id})


STEPS: dict[str, Callable[[str], Any]] = {
    "index": search_index.finish,
    "object": _remove_object,
    "rows": _drop_rows,
    "load": optional.load_rows,
}
