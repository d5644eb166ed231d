"""What the public may know of a dataset's past, in sentences: its releases, changed levels and withdrawal."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.reclassification import Kind
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import process, wording
from ckanext.satudata.shared.actors import actor_for


def satudata_history(dataset_id: str) -> list[str]:
    """The sentences, newest first; none for what was never public.

    Told from the stage's own row, which holds public instants only: drafts, reviews, notes and persons stand in
    the case. A withdrawn dataset tells the day of that only, as its stub does.
    """
    row = model.Session.get(DatasetState, dataset_id)
    if row is None or row.first_published_at is None:
        return []
    if row.state == DatasetStage.WITHDRAWN.value and row.withdrawn_at is not None:
        return [tk._("Withdrawn on {day}.").format(day=wording.day(row.withdrawn_at))]
    released = wording.day(row.first_published_at)
    if row.state != DatasetStage.PUBLISHED.value:
        return []
    records = list(model.Session.scalars(Reclassification.of(dataset_id)))
    whole = [record for record in records if record.resource_id is None]
    sentence = (
        tk._("Released on {day} by {agency}.")
        if (whole[0].from_level if whole else row.access_level) == Level.TERBUKA.value
        else tk._("Description released on {day} by {agency}; the data are given on request.")
    )
    told = [sentence.format(day=released, agency=_agency(dataset_id))]
    changes = [(wording.day(record.at), _change(record).format(day=wording.day(record.at))) for record in records]
    told = [text for _day, text in reversed(changes) if text] + told
    changed = wording.day(row.published_at) if row.published_at else released
    # An opening is a change, too, and stands there already.
    is_told = changed in {released, *(day for day, _text in changes)}
    return told if is_told else [tk._("Changed on {day}.").format(day=changed), *told]


def _change(record: Reclassification) -> str:
    """What the public may know of a changed level; "" for what it may not: a file that left the description."""
    if record.resource_id is not None:
        if Level.TERTUTUP.value in (record.from_level, record.to_level):
            return ""
        if record.to_level == Level.TERBUKA.value:
            return tk._("One of the files opened on {day}.")
        return tk._("One of the files restricted on {day}; it is given on request.")
    if record.kind != Kind.WIDENING.value:
        restricted = tk._("Restricted on {day}; the data are given on request.")
        return restricted if record.to_level == Level.TERBATAS.value else tk._("Withdrawn on {day}.")
    if record.to_level == Level.TERBUKA.value:
        return tk._("Opened on {day}: everybody may download the data.")
    return tk._("Published again on {day}; the data are given on request.")


def satudata_review_address(dataset_id: str) -> str:
    """The page of the dataset's newest review, for officers who may open it; empty for everybody else."""
    user = tk.current_user
    if not getattr(user, "is_authenticated", False):
        return ""
    case = model.Session.scalars(Case.about("dataset", dataset_id)).first()
    if case is None or not process.may_see(model.Session, case, actor_for(user)):
        return ""
    return tk.url_for("satudata_desk.read", case_id=case.id)


def _agency(dataset_id: str) -> str:
    package = model.Session.get(model.Package, dataset_id)
    agency = model.Group.get(package.owner_org) if package is not None and package.owner_org else None
    return agency.display_name if agency is not None else config.government_name()
