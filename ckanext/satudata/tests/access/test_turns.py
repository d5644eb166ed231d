"""A dataset is locked before its cases, whoever begins: nobody decides on what was changed a moment before."""

from __future__ import annotations

import threading
import time

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, republish, with_minutes
from ckanext.satudata.tests.access.test_in_turn import waiting
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

TESTED = {"access_ground": "17a", "access_basis": "SK Wali Kota 1/2026", "access_until": "2029-12-31"}
HOLD = "select 1 from satudata_dataset_state where package_id = :id for update"
LOOK = "select 1 from satudata_case where id = :id for update nowait"


def narrow(who, dataset, level):
    return helpers.call_action(
        "satudata_dataset_reclassify", as_user(who), id=dataset["id"], to_level=level, reason="Memuat nama."
    )


def give(who, case, command, **payload):
    return helpers.call_action(
        "satudata_case_command", as_user(who), id=case, command=command, **with_minutes(command, payload)
    )


def behind(app, dataset, change, call):
    """What `call` answered or raised, which began while the dataset was held; till then it may lock no case."""
    got = []

    def run():
        with app.flask_app.test_request_context("/"):
            try:
                got.append(call())
            except Exception as error:
                got.append(error)
            finally:
                model.Session.remove()

    cases = model.Session.scalars(sa.select(Case.id).where(Case.subject_id == dataset["id"])).all()
    model.Session.rollback()
    thread = threading.Thread(target=run)
    with model.meta.engine.begin() as holder, raw_writes.hand(holder):
        holder.execute(sa.text(HOLD), {"id": dataset["id"]})
        thread.start()
        while not waiting():
            time.sleep(0.02)
        for case in cases:
            holder.execute(sa.text(LOOK), {"id": case})
        change(holder)
    thread.join()
    model.Session.expire_all()
    return got[0]


def test_an_approval_sees_what_was_narrowed_while_it_waited(app):
    mine, walidata, ppid = operator(), officer(Role.WALIDATA), officer(Role.PPID)
    dataset = publish(make(mine, mine["org"])["id"])
    case = narrow(walidata, dataset, "terbatas")["case_id"]
    give(walidata, case, "record", **TESTED)

    def narrowed(holder):
        level = sa.text("update satudata_dataset_state set access_level = 'tertutup' where package_id = :id")
        holder.execute(level, {"id": dataset["id"]})

    said = behind(app, dataset, narrowed, lambda: give(ppid, case, "approve"))
    assert "diperketat" in str(said) or "dipersempit" in str(said), said
    assert model.Session.get(Case, case).ended_at is None


@pytest.mark.parametrize(
    "command, given",
    [("submit", {"to_level": "terbuka", "note": "Bukan data pribadi lagi."}), ("withdraw", {"note": "Batal."})],
)
def test_a_command_holds_the_dataset_before_the_case(app, command, given):
    mine, walidata = operator(), officer(Role.WALIDATA)
    dataset = publish(make(mine, mine["org"], level="terbatas")["id"])
    case = classification.open_case(model.Session, dataset["id"], "proposed", actor=SYSTEM).id
    model.Session.commit()
    said = behind(app, dataset, lambda holder: None, lambda: give(walidata, case, command, **given))
    assert isinstance(said, dict), said


def ends(who):
    """The end of this person's roles."""
    until = sa.text("update satudata_officer_role set valid_until_on = current_date - 2 where user_id = :id")
    return lambda holder: holder.execute(until, {"id": who["id"]})


def test_a_role_that_ends_while_its_holder_waits_decides_nothing_any_more(app):
    mine, walidata, ppid = operator(), officer(Role.WALIDATA), officer(Role.PPID)
    dataset = publish(make(mine, mine["org"])["id"])
    case = narrow(walidata, dataset, "terbatas")["case_id"]
    give(walidata, case, "record", **TESTED)
    said = behind(app, dataset, ends(ppid), lambda: give(ppid, case, "approve"))
    assert isinstance(said, Exception), said
    assert model.Session.get(Case, case).ended_at is None


@pytest.mark.parametrize("level", ["terbuka", "tertutup"])
@pytest.mark.parametrize("action", ["satudata_dataset_withdraw", "package_delete"])
def test_who_is_walidata_no_more_takes_nothing_back(app, action, level):
    mine, walidata = operator(), officer(Role.WALIDATA)
    dataset = publish(make(mine, mine["org"], level=level)["id"])
    before = state_of(dataset)
    said = behind(
        app,
        dataset,
        ends(walidata),
        lambda: helpers.call_action(action, as_user(walidata), id=dataset["id"], reason="Salah terbit."),
    )
    assert isinstance(said, (tk.NotAuthorized, tk.ValidationError)), said
    assert state_of(dataset) == before


CHANGES = {
    "package_patch": lambda d: {"id": d["id"], "notes": "Telat."},
    "resource_create": lambda d: {"package_id": d["id"], "url": "https://lain.test/lain.csv"},
    "resource_patch": lambda d: {"id": d["resources"][0]["id"], "name": "Telat"},
    "resource_update": lambda d: {"id": d["resources"][0]["id"], "name": "Telat"},
    "resource_delete": lambda d: {"id": d["resources"][0]["id"]},
    "package_resource_reorder": lambda d: {"id": d["id"], "order": [d["resources"][0]["id"]]},
    "satudata_version_restore": lambda d: {"id": d["id"], "number": 1},
    "satudata_revision_discard": lambda d: {"id": d["id"]},
}


OF_DRAFTS = [action for action in CHANGES if not action.startswith("satudata_")]


@pytest.mark.parametrize(
    "stage, action", [*(("published", action) for action in CHANGES), *(("draft", action) for action in OF_DRAFTS)]
)
def test_who_is_operator_no_more_changes_nothing(app, action, stage):
    mine = operator()
    dataset = make(mine, mine["org"])
    if stage == "published":
        publish(dataset["id"])
        helpers.call_action("package_patch", as_user(mine), id=dataset["id"], notes="Satu.")
        if action == "satudata_version_restore":
            republish(dataset["id"])
    before = saves_of(dataset)
    said = behind(
        app, dataset, ends(mine), lambda: helpers.call_action(action, as_user(mine), **CHANGES[action](dataset))
    )
    assert isinstance(said, (tk.NotAuthorized, tk.ObjectNotFound)), said
    assert saves_of(dataset) == before


def saves_of(dataset):
    """The working copies that there are, and what the core row says."""
    rows = model.Session.execute(
        sa.select(Revision.state, Revision.saves).where(Revision.package_id == dataset["id"])
    ).all()
    package = model.Package.get(dataset["id"])
    return rows, package.notes, [(one.name, one.state) for one in package.resources_all]


def state_of(dataset):
    return model.Session.get(DatasetState, dataset["id"]).state
