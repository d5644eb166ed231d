"""Opening further: through verifier, head and Walidata, and nothing before; a stub becomes the dataset again."""

from __future__ import annotations

import json
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from freezegun import freeze_time

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import approved, clock, inbox
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = "Berisi nama penerima bantuan."
PERIOD = {"access_ground": "17a", "access_basis": "SK Wali Kota 1/2026", "access_until": "2029-12-31"}


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def team(clerk):
    org = clerk["org"]["id"]
    wide = {role: officer(role) for role in ("walidata", "ppid", "ppid_superior")}
    return wide | {"second": officer("walidata")} | {role: officer(role, org) for role in ("verifier", "producer_head")}


@pytest.fixture
def public(clerk):
    resources = [{"name": "Tabel", "upload": upload()}, {"name": "Tautan", "url": "https://tempat-lain.test/a.xlsx"}]
    tags = [{"name": "kependudukan"}]
    return publish(make(clerk, clerk["org"], notes="Catatan", tags=tags, resources=resources)["id"])


def narrow(user, dataset, to_level, **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": REASON, **kw}
    return helpers.call_action("satudata_dataset_reclassify", as_user(user), **asked)


def command(person, case, name, **payload):
    return helpers.call_action("satudata_case_command", as_user(person), id=case, command=name, **payload)


def shown(dataset):
    model.Session.expire_all()
    return helpers.call_action("package_show", {"user": "", "ignore_auth": False}, id=dataset["id"])


def opened(team, case, to_level, **payload):
    """The whole way of a wish for a more open level."""
    command(team["walidata"], case, "submit", to_level=to_level, **payload)
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    return command(team["second"], case, "publish")


def download(app, dataset, resource):
    return app.flask_app.test_client().get(f"/dataset/{dataset['id']}/resource/{resource['id']}/download")


def test_from_terbatas_to_terbuka_nothing_opens_before_walidata_publishes(app, public, team):
    table = public["resources"][0]
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    command(team["walidata"], case, "submit", to_level="terbuka")
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    assert shown(public)["access_level"] == "terbatas" and download(app, public, table).status_code == 403
    command(team["second"], case, "publish")
    now = shown(public)
    assert now["access_level"] == "terbuka" and not now.get("access_ground")
    assert [one["url"] for one in now["resources"]] == [one["url"] for one in public["resources"]]
    assert download(app, public, table).data == CSV
    record = model.Session.query(Reclassification).filter_by(kind="widening").one()
    assert (record.from_level, record.to_level, record.case_id) == ("terbatas", "terbuka", case)
    assert record.finished_at and list(approved.changed(model.Session)) == []


def test_a_stub_becomes_the_dataset_again_under_the_same_id(app, public, team):
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    assert shown(public)["resources"] == []
    opened(team, case, "terbatas", **PERIOD)
    now = shown(public)
    assert (now["id"], now["name"], now["title"]) == (public["id"], public["name"], public["title"])
    assert [tag["name"] for tag in now["tags"]] == ["kependudukan"] and now["access_ground"] == "17a"
    assert [one["format"] for one in now["resources"]] == ["HTML", "HTML"]
    assert "tempat-lain" not in json.dumps(now) and download(app, public, now["resources"][0]).status_code == 403
    state = model.Session.get(DatasetState, public["id"])
    assert (state.state, state.former, state.withdrawn_at) == (DatasetStage.PUBLISHED.value, None, None)
    proposed = helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=public["id"])
    opened(team, proposed["id"], "terbuka")
    assert [one["url"] for one in shown(public)["resources"]] == [one["url"] for one in public["resources"]]
    assert download(app, public, public["resources"][0]).data == CSV
    assert list(approved.changed(model.Session)) == []
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=public["id"])
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_classification_propose", as_user(team["ppid"]), id=public["id"])


def test_one_file_comes_back_into_the_description(app, public, team):
    table, link = public["resources"]
    case = narrow(team["walidata"], public, "tertutup", resource_id=table["id"])["case_id"]
    assert [one["id"] for one in shown(public)["resources"]] == [link["id"]]
    opened(team, case, "terbuka")
    now = shown(public)
    assert {one["id"] for one in now["resources"]} == {table["id"], link["id"]}
    back = next(one for one in now["resources"] if one["id"] == table["id"])
    technical = {"id": link["id"], "last_modified": "2026-01-31T00:00:00"}
    tk.get_action("resource_patch")({"ignore_auth": True, "user": team["walidata"]["name"]}, technical)
    assert back["name"] == "Tabel" and not back.get("access_level")
    assert download(app, public, table).data == CSV
    assert model.Session.scalars(ResourceFile.newest([table["id"]])).one().withheld is None


def test_narrowed_meanwhile_nothing_is_opened(public, team):
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    command(team["walidata"], case, "submit", to_level="terbuka")
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    narrow(team["ppid"], public, "tertutup")
    with pytest.raises(tk.ValidationError) as refused:
        command(team["second"], case, "publish")
    assert "conflict" in refused.value.error_dict and shown(public)["resources"] == []


def test_a_wish_that_opens_nothing_or_names_no_ground_is_refused(public, team):
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    for asked, field in (
        ({"to_level": "tertutup"}, "to_level"),
        ({"to_level": ""}, "to_level"),
        ({"to_level": "terbatas"}, "access_ground"),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            command(team["walidata"], case, "submit", **asked)
        assert field in refused.value.error_dict


def test_the_test_of_what_left_a_stub_is_recorded_and_decided(public, team):
    record = narrow(team["walidata"], public, "tertutup")
    command(team["walidata"], record["case_id"], "record", **PERIOD)
    command(team["ppid"], record["case_id"], "approve")
    assert model.Session.get(DatasetState, public["id"]).former["access_ground"] == "17a"
    assert "17a" not in json.dumps(shown(public))
    found = helpers.call_action("satudata_reclassification_show", as_user(team["ppid"]), id=record["id"])
    assert found["standing"] == "tested"


def test_an_overdue_test_stands_on_the_desk_of_ppid_and_superior(public, team):
    narrow(team["walidata"], public, "terbatas")
    watching = [actor_for(model.User.get(team[who]["id"])) for who in ("ppid", "ppid_superior")]
    for actor in watching:
        assert not [row for row in inbox.rows(model.Session, actor) if row.case.process == "classification"]
    with freeze_time(clock.now() + timedelta(days=60)):
        for actor in watching:
            rows = [row for row in inbox.rows(model.Session, actor) if row.case.process == "classification"]
            assert [(row.group, row.late, row.exits) for row in rows] == [(inbox.OVERDUE, True, ())]
        other = actor_for(model.User.get(officer(Role.REDAKTUR)["id"]))
        assert not inbox.rows(model.Session, other)
