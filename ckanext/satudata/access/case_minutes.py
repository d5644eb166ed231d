"""The minutes (berita acara) that a consequence test and a discussion carry: chosen, or written with the command."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.shared import params
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import minutes

KEPT = {"test": "minutes_id", "discussion": "discussion_id"}
"""Kind of the minutes to the key of `case.data` that names them."""

_MISSING = {
    "test": "The minutes of the consequence test are missing.",
    "discussion": "The minutes of the discussion are missing.",
}


def of_command(run: Run, kind: str, *, again: bool = True) -> str:
    """The id of the minutes that go with a command. Raises Invalid where there are none, or wrong ones.

    `minutes_id` names stored ones; `held_on` and `result` make new ones, of this case; without either those count that
    the case has already, if they may (`again`).
    """
    wanted = params.text(run.payload, "minutes_id")
    written = {name: params.text(run.payload, name) for name in ("held_on", "result")}
    if wanted:
        return _chosen(run, wanted, kind)
    if any(written.values()):
        sent = {**written, "kind": kind, "subject": title(run.case), "case_id": run.case.id}
        return minutes.create(run.context, run.actor, sent, None)[0].id
    kept = run.case.data.get(KEPT[kind]) if again else None
    if not kept:
        raise Invalid(
            _MISSING[kind],
            field="minutes_id",
            mend="Choose them, or write here on which day it was held and what came of it.",
        )
    return str(kept)


def _chosen(run: Run, wanted: str, kind: str) -> str:
    row = run.session.get(Minutes, wanted)
    if row is None or row.kind != kind or row.dataset_id not in (None, run.case.subject_id):
        raise Invalid(
            "There are no such minutes of this dataset.",
            field="minutes_id",
            mend="Choose them from the list, or record them first.",
        )
    return wanted


def title(case: Case) -> str:
    """What the data are or were called."""
    state, package = model.Session.get(DatasetState, case.subject_id), model.Session.get(model.Package, case.subject_id)
    former = (state.former or {}).get("title") if state is not None else ""
    return (former or (package.title if package is not None else "") or tk._("Dataset that no longer exists"))[:500]
