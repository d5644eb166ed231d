"""What the public may know of a dataset's past, in sentences: its releases and its withdrawal, and nothing before."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import process, wording
from ckanext.satudata.shared.actors import actor_for


def satudata_history(dataset_id: str) -> list[str]:
    """The sentences, newest first; none for what was never public.

    Told from the stage's own row, which holds public instants only: drafts, reviews, notes and persons stand in
    the case. A withdrawn dataset tells its days and neither agency nor level, as its stub does.
    """
    row = model.Session.get(DatasetState, dataset_id)
    if row is None or row.first_published_at is None:
        return []
    released = wording.day(row.first_published_at)
    if row.state == DatasetStage.WITHDRAWN.value and row.withdrawn_at is not None:
        withdrawn = wording.day(row.withdrawn_at)
        return [tk._("Withdrawn on {day}.").format(day=withdrawn), tk._("Released on {day}.").format(day=released)]
    if row.state != DatasetStage.PUBLISHED.value:
        return []
    sentence = (
        tk._("Released on {day} by {agency}.")
        if row.access_level == Level.TERBUKA.value
        else tk._("Description released on {day} by {agency}; the data are given on request.")
    )
    told = [sentence.format(day=released, agency=_agency(dataset_id))]
    changed = wording.day(row.published_at) if row.published_at else released
    return [tk._("Changed on {day}.").format(day=changed), *told] if changed != released else told


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
