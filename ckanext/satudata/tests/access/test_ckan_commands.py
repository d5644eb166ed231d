"""CKAN's own commands and a program's session: what is no draft does not vanish, and where it did, that is found."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan
from ckan.tests import helpers

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import approve, as_user, make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def draft():
    mine = operator()
    return make(mine, mine["org"])


def stands(dataset):
    """State of the core row and of ours."""
    model.Session.expire_all()
    package, state = model.Package.get(dataset["id"]), model.Session.get(DatasetState, dataset["id"])
    return package and package.state, state and state.state


def withdraw(dataset):
    walidata = as_user(officer(Role.WALIDATA))
    return helpers.call_action("satudata_dataset_withdraw", walidata, id=dataset["id"], reason="Salah terbit.")


def in_review(dataset):
    datasets.move(model.Session, dataset["id"], DatasetStage.IN_REVIEW)
    model.Session.commit()


def approved(dataset):
    approve(dataset["id"])
    model.Session.commit()


def stub(dataset):
    publish(dataset["id"])
    withdraw(dataset)


STAGES = {"in_review": in_review, "approved": approved, "published": lambda d: publish(d["id"]), "withdrawn": stub}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", ["delete", "purge"])
def test_what_is_no_draft_is_refused_in_a_sentence(cli, draft, command, stage):
    STAGES[stage](draft)
    said = cli.invoke(ckan, ["dataset", command, draft["id"]])
    assert said.exit_code == 1 and isinstance(said.exception, SystemExit), said.output
    assert said.output.startswith("Error: ") and len(said.output) > 40
    assert stands(draft) == ("active", stage)
    if stage == "published":
        assert "Walidata" in said.output
        assert helpers.call_action("package_show", {"user": "", "ignore_auth": False}, id=draft["id"])


def test_drafts_go_and_what_is_unknown_is_said_to_be(cli, draft):
    assert cli.invoke(ckan, ["dataset", "delete", draft["name"]]).exit_code == 0
    assert stands(draft) == ("deleted", "draft")
    assert cli.invoke(ckan, ["dataset", "purge", draft["id"]]).exit_code == 0
    assert stands(draft) == (None, None)
    assert cli.invoke(ckan, ["dataset", "delete", draft["id"]]).exit_code == 1


@pytest.mark.parametrize("end", ["delete", "purge", "statement"])
def test_no_program_ends_what_is_published(draft, end):
    publish(draft["id"])
    package = model.Package.get(draft["id"])
    with pytest.raises(NotAllowed):
        if end == "statement":
            model.Session.query(model.Package).filter_by(id=draft["id"]).update({"state": "deleted"})
        else:
            getattr(package, end)()
        model.Session.flush()
    model.Session.rollback()
    assert stands(draft) == ("active", "published")


def test_what_was_deleted_past_the_portal_is_found_and_withdrawn(cli, draft):
    publish(draft["id"])
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("update package set state = 'deleted' where id = :id"), {"id": draft["id"]})
    found = {one.kind: one for one in audit.examine(model.Session)}
    assert found["lost_datasets"].names == (draft["id"],)
    assert "satudata_dataset_withdraw" in found["lost_datasets"].mend
    withdraw(draft)
    assert stands(draft) == ("active", "withdrawn")
    assert draft["id"] in [one["id"] for one in helpers.call_action("satudata_withdrawn_list")]
    assert "lost_datasets" not in {one.kind for one in audit.examine(model.Session)}


def test_only_walidata_brings_it_back_as_a_stub(draft):
    publish(draft["id"])
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("update package set state = 'deleted' where id = :id"), {"id": draft["id"]})
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        helpers.call_action(
            "satudata_dataset_withdraw", as_user(officer(Role.AUDITOR)), id=draft["id"], reason="Salah terbit."
        )
    model.Session.rollback()
    assert stands(draft) == ("deleted", "published")
