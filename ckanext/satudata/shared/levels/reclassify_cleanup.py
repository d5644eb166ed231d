"""After a reclassification: what lies outside the database is removed, by the process that asked or by the next one.

Nothing of it is served meanwhile. Each step may be done twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins as p
from sqlalchemy.orm import Session

from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import clock, optional, periodic
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
    session = model.Session
    record = session.get(Reclassification, record_id, populate_existing=True)
    if record is None or record.finished_at is not None:
        return True
    package_id, todo = record.package_id, list(record.pending)
    session.commit()
    left = [one for one in todo if not _removed(package_id, one)]
    record = session.scalars(Reclassification.locked(record_id)).one_or_none()
    if record is not None and record.finished_at is None:
        record.pending = left
        record.finished_at = None if left else clock.now()
    session.commit()
    return not left


@periodic.every(minutes=1, name="reclassifications")
def resume() -> int:
    """Goes on with what a killed process, or a store that did not answer, left; returns how many are finished now."""
    waiting = list(model.Session.scalars(Reclassification.unfinished()))
    model.Session.commit()
    return sum(clean_up(record_id) for record_id in waiting)


def _removed(package_id: str, todo: Mapping[str, str]) -> bool:
    """Does one step; False where it must be tried again. Nothing of it is served meanwhile."""
    try:
        STEPS[todo["what"]](todo["id"])
    except Exception:
        model.Session.rollback()
        log.exception("Of the reclassified dataset %s, %s %s is still there", package_id, todo["what"], todo["id"])
        return False
    return True


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
