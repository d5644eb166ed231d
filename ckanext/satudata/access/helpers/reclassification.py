"""Whom the dataset page offers the wizard and the report of what was open."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ckanext.satudata.access import records
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.reclassification import PROCESS, may_narrow
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.views import gate

__all__ = [
    "satudata_may_propose",
    "satudata_may_propose_files",
    "satudata_may_reclassify",
    "satudata_open_classification",
    "satudata_reads_exposure",
    "satudata_withdrawal",
]


def satudata_may_propose_files() -> bool:
    """Whether the person may ask for a more open level of single files."""
    return actor_of(gate.context()).has_anywhere(Role.WALIDATA, process=PROCESS)


def satudata_may_propose(package_id: str) -> bool:
    """Whether the person may ask for a more open level of what is or was public, and there is one.

    Not while a case about it is open: what is proposed is proposed there.
    """
    if classification.find_case(model.Session, package_id) is not None:
        return False
    state = model.Session.get(DatasetState, package_id)
    if state is None or not actor_of(gate.context()).has_anywhere(Role.WALIDATA, process=PROCESS):
        return False
    is_stub = state.state == DatasetStage.WITHDRAWN.value
    return is_stub or state.state == DatasetStage.PUBLISHED.value and state.access_level != Level.TERBUKA.value


def satudata_may_reclassify(package_id: str) -> bool:
    """Whether the wizard is for this person and this dataset: published, and not yet as strict as can be."""
    package, state = model.Package.get(package_id), model.Session.get(DatasetState, package_id)
    if package is None or state is None or state.state != DatasetStage.PUBLISHED.value:
        return False
    return state.access_level != Level.TERTUTUP.value and may_narrow(actor_of(gate.context()), package.owner_org)


def satudata_reads_exposure(package_id: str) -> bool:
    """Whether the person reads what was open of this dataset."""
    package, state = model.Package.get(package_id), model.Session.get(DatasetState, package_id)
    was_public = state is not None and state.first_published_at is not None
    return package is not None and was_public and records.may_read(actor_of(gate.context()), package.owner_org)


def satudata_open_classification(package_id: str) -> str:
    """The id of the open case about the dataset's restriction; "" where there is none that the person may see."""
    case = classification.find_case(model.Session, package_id)
    return case.id if case is not None and process.may_see(model.Session, case, actor_of(gate.context())) else ""


def satudata_withdrawal(package_id: str) -> dict[str, Any] | None:
    """For who reads the records: what left the stub (`id`, `title`, `reason`, `at`); None for everybody else."""
    state = model.Session.get(DatasetState, package_id)
    if state is None or state.state != DatasetStage.WITHDRAWN.value or not satudata_reads_exposure(package_id):
        return None
    done = list(model.Session.scalars(Reclassification.of(package_id)))
    record = next((one for one in reversed(done) if one.resource_id is None), None)
    title = str((state.former or {}).get("title") or (record.title if record else ""))
    return {
        "title": title,
        "id": record.id if record else "",
        "reason": record.reason if record else "",
        "at": record.at.isoformat() if record else "",
    }
