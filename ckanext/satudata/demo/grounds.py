"""Limited data from before grounds were asked for: one waits for its consequence test, one for the word of PPID."""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.model as model

from ckanext.satudata.demo import wording
from ckanext.satudata.demo.catalogue import Subject
from ckanext.satudata.demo.datasets import RECORDED, WAITING, Told
from ckanext.satudata.demo.government import act
from ckanext.satudata.demo.timeline import Story
from ckanext.satudata.domain.classification import FIELDS, Cause
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import approved, permits


def stories(now: datetime, chosen: list[Subject], told: Told) -> list[Story]:
    """Of the chosen subjects those that have such a past."""
    return [
        _story(subject, now - timedelta(days=3), told)
        for subject in chosen
        if subject.title in (WAITING, RECORDED) and subject.state == "published"
    ]


def _story(subject: Subject, at: datetime, told: Told) -> Story:
    yield at
    dataset = told.ids[subject.title]
    _forget_ground(dataset)
    case = classification.open_case(model.Session, dataset, Cause.UNTESTED.value, actor=SYSTEM).id
    model.Session.commit()
    if subject.title == WAITING:
        return
    yield at + timedelta(days=1)
    result = wording.restriction(subject, clock.today().replace(day=1) + timedelta(days=5 * 365))
    note = "Hasil uji memuat nama perusahaan dan kadar limbah per proses produksi (contoh)."
    minutes = {"held_on": clock.today().isoformat(), "result": note}
    act("walidata", "satudata_case_command", id=case, command="record", note=note, **result, **minutes)


def _forget_ground(dataset: str) -> None:
    """What was published before this rule states no ground: no action can make it so any more."""
    session, package = model.Session, model.Package.get(dataset)
    with permits.permit(session, dataset):
        package.extras = {name: value for name, value in package.extras.items() if name not in FIELDS}
    approved.mark(session, dataset, SYSTEM)
