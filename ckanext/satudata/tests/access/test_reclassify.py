"""Narrowing: the preview, the act at once, its record, and who may."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudata.access.cli import reclassify as reclassify_cli
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import grants, store
from ckanext.satudata.shared.levels import reclassify, reclassify_cleanup
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = "Berisi nama penerima bantuan."
LINK = "https://tempat-lain.test/gaji.xlsx"


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


@pytest.fixture
def public(clerk):
    """A published dataset with a file and a link."""
    resources = [{"name": "Tabel", "upload": upload()}, {"name": "Tautan", "url": LINK}]
    return publish(make(clerk, clerk["org"], notes="Catatan rahasia", resources=resources)["id"])


def narrow(user, dataset, to_level="terbatas", **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": REASON, **kw}
    return helpers.call_action("satudata_dataset_reclassify", as_user(user), **asked)


def shown(dataset):
    return helpers.call_action("package_show", {"user": "", "ignore_auth": False}, id=dataset["id"])


def copies(dataset):
    """Which public copies of the dataset's files are there."""
    rows = model.Session.scalars(ResourceFile.of_package(dataset["id"]))
    return {row.public_location for row in rows} & store.locations("public")


def status(app, dataset, resource):
    path = f"/dataset/{dataset['id']}/resource/{resource['id']}/download"
    return app.flask_app.test_client().get(path).status_code


def test_terbatas_keeps_the_description_and_closes_every_way_to_the_data(app, public, walidata):
    table, link = public["resources"]
    assert status(app, public, table) == 200
    before = public["metadata_modified"]
    record = narrow(walidata, public)
    now = shown(public)
    assert (now["title"], now["name"], now["access_level"]) == (public["title"], public["name"], "terbatas")
    assert now["metadata_modified"] > before, "harvesters read it again"
    for resource in now["resources"]:
        assert resource["url"].endswith(f"/minta-data/{resource['id']}")
        assert resource["format"] == "HTML" and not resource.get("hash") and not resource.get("size")
    assert [resource["data_format"] for resource in now["resources"]] == ["CSV", "XLSX"]
    assert status(app, public, table) == 403 and status(app, public, link) == 403
    assert "tempat-lain" not in json.dumps(now)
    assert not copies(public)
    assert record["counts"]["files"] == 1 and record["counts"]["links"] == 1
    assert record["finished_at"] and record["pending"] == 0 and record["standing"] == "provisional"
    kept = model.Session.scalars(ResourceFile.newest([table["id"]])).one()
    assert vault.read_bytes(model.Session, kept.vault_object_id) == CSV


def test_the_case_of_a_narrowing_waits_for_test_and_decision(public, walidata):
    record = narrow(walidata, public, access_ground="17h", access_basis="UU 27/2022 tentang Pelindungan Data Pribadi")
    case = model.Session.get(Case, record["case_id"])
    assert case.data["cause"] == "provisional" and case.data["proposal"]["access_ground"] == "17h"
    assert shown(public)["access_ground"] == "17h"
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "dataset_reclassified")).one()
    assert entry.payload["from_level"] == "terbuka" and entry.payload["files"] == 1
    told = model.Session.scalars(sa.select(Outbox.to_role).where(Outbox.kind == "dataset_reclassified")).all()
    assert sorted(told) == ["ppid", "ppid_pembantu", "producer_head"]


def test_tertutup_leaves_a_stub_and_the_former_description_in_our_table(app, public, walidata):
    narrow(walidata, public, "tertutup")
    stub = shown(public)
    assert stub["name"] == f"ditarik-{public['id']}" and stub["organization"]["id"] == public["organization"]["id"]
    assert not stub["resources"] and not stub["notes"] and "rahasia" not in json.dumps(stub).lower()
    state = model.Session.get(DatasetState, public["id"])
    assert (state.state, state.access_level) == (DatasetStage.WITHDRAWN.value, "tertutup")
    assert state.former["title"] == public["title"]
    assert app.flask_app.test_client().get(f"/dataset/{public['name']}").status_code == 404


def test_one_file_is_closed_and_the_others_stay(app, public, walidata):
    table, link = public["resources"]
    narrow(walidata, public, "terbatas", resource_id=table["id"])
    now = shown(public)
    assert now["access_level"] == "terbuka"
    assert [one.get("access_level") or "" for one in now["resources"]] == ["terbatas", ""]
    assert now["resources"][1]["url"] == LINK
    assert status(app, public, table) == 403
    narrow(walidata, public, "tertutup", resource_id=link["id"])
    assert [one["id"] for one in shown(public)["resources"]] == [table["id"]]
    withheld = model.Session.scalars(ResourceFile.newest([link["id"]])).one().withheld
    assert withheld["name"] == "Tautan" and withheld["access_level"] == "tertutup" and LINK not in json.dumps(withheld)
    editing = helpers.call_action("satudata_dataset_show_for_edit", as_user(walidata), id=public["id"])
    assert [one["id"] for one in editing["resources"]] == [table["id"], link["id"]]


def test_what_ckan_remembers_goes_in_the_same_transaction(public, walidata):
    table = public["resources"][0]
    view = {"resource_id": table["id"], "view_type": "text_view", "title": "Pratinjau"}
    session = model.Session
    session.execute(
        sa.text(
            """insert into resource_view (id, resource_id, title, view_type, "order") values ('v', :r, '', '', 0)"""
        ),
        {"r": view["resource_id"]},
    )
    session.execute(
        sa.text(
            "insert into tracking_raw (user_key, url, tracking_type, access_timestamp) values"
            " ('u', :one, 'page', now()), ('u', :two, 'resource', now()), ('u', '/dataset/lain', 'page', now())"
        ),
        {"one": f"/id/dataset/{public['name']}", "two": table["url"]},
    )
    session.execute(
        sa.text("insert into activity (id, user_id, object_id, activity_type) values ('a', 'u', :id, 'changed')"),
        {"id": public["id"]},
    )
    session.commit()
    helpers.call_action("follow_dataset", as_user(walidata), id=public["id"])
    plan = helpers.call_action(
        "satudata_dataset_reclassify_preview", as_user(walidata), id=public["id"], to_level="tertutup"
    )
    wanted = {"views": 1, "tracking": 2, "activity": 1, "followers": 1, "files": 1, "links": 1}
    assert {name: plan["counts"][name] for name in wanted} == wanted and plan["leaves_stub"]
    assert shown(public)["title"] == public["title"], "a preview changes nothing"
    record = narrow(walidata, public, "tertutup")
    assert {name: record["counts"][name] for name in wanted} == wanted
    left = (
        session.scalar(sa.text("select count(*) from tracking_raw")),
        session.scalar(sa.text("select count(*) from resource_view")),
    )
    assert left == (1, 0)


def test_personal_links_end_with_tertutup_and_live_on_with_terbatas(public, walidata):
    table = public["resources"][0]
    kept = model.Session.scalars(ResourceFile.newest([table["id"]])).one().vault_object_id
    terms = {"until": clock.now().replace(year=2099), "max_downloads": 3, "reason": "001/PPID/2026", "actor": SYSTEM}
    grant, _ = grants.issue(model.Session, vault_object_id=kept, to_email="a@contoh.test", **terms)
    model.Session.commit()
    narrow(walidata, public)
    model.Session.refresh(grant)
    assert grant.revoked_at is None
    assert narrow(walidata, public, "tertutup", resource_id=table["id"])["counts"]["grants"] == 1
    model.Session.refresh(grant)
    assert grant.revoked_at is not None
    with pytest.raises(Conflict):
        grants.issue(model.Session, vault_object_id=kept, to_email="a@contoh.test", **terms)
    model.Session.rollback()


def test_only_walidata_ppid_and_the_agencys_head_narrow(public, clerk):
    org = clerk["org"]
    admin = factories.SysadminWithToken()
    for nobody in (clerk, admin, officer(Role.VERIFIER, org["id"]), operator(), officer(Role.AUDITOR)):
        with pytest.raises(tk.NotAuthorized):
            narrow(nobody, public)
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action(
                "satudata_dataset_reclassify_preview", as_user(nobody), id=public["id"], to_level="terbatas"
            )
    other = factories.Organization()
    with pytest.raises(tk.NotAuthorized):
        narrow(officer(Role.PRODUCER_HEAD, other["id"]), public)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("satudata_dataset_reclassify")(
            {"ignore_auth": True, "user": admin["name"]}, {"id": public["id"], "to_level": "terbatas", "reason": REASON}
        )
    assert shown(public)["access_level"] == "terbuka"
    narrow(officer(Role.PRODUCER_HEAD, org["id"]), public)
    narrow(officer(Role.PPID), public, "tertutup")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"reason": "jelek"}, "reason"),
        ({"to_level": "terbuka"}, "conflict"),
        ({"to_level": "rahasia"}, "to_level"),
        ({"access_ground": "6(3)e"}, "access_ground"),
        ({"key": "x"}, "satudata_form_key"),
    ],
)
def test_what_cannot_be_narrowed_so_says_which_field(public, walidata, asked, field):
    with pytest.raises(tk.ValidationError) as refused:
        narrow(walidata, public, **asked)
    assert field in refused.value.error_dict
    assert shown(public)["access_level"] == "terbuka"
    with pytest.raises(tk.ObjectNotFound):
        narrow(walidata, public, resource_id="tidak-ada")


def test_a_dry_run_and_a_double_post(public, walidata):
    plan = narrow(walidata, public, dry_run=True)
    assert plan["to_level"] == "terbatas" and shown(public)["access_level"] == "terbuka"
    first = narrow(walidata, public, key="formulir-yang-sama")
    assert narrow(walidata, public, key="formulir-yang-sama")["id"] == first["id"]
    assert model.Session.query(Reclassification).count() == 1
    for other in ({"to_level": "tertutup"}, {"resource_id": public["resources"][0]["id"]}):
        with pytest.raises(tk.ValidationError, match="key"):
            narrow(walidata, public, key="formulir-yang-sama", **other)
    with pytest.raises(tk.ValidationError):
        narrow(walidata, public)


def test_a_key_sent_again_after_an_opening_answers_as_the_first_time_and_closes_nothing(public, clerk, walidata):
    asked = {"key": "formulir-yang-sama", "resource_id": public["resources"][0]["id"]}
    first = narrow(walidata, public, **asked)
    team = [(officer(role, clerk["org"]["id"]), "approve") for role in (Role.VERIFIER, Role.PRODUCER_HEAD)]
    payload = {"to_level": "terbuka", "note": "Bukan data pribadi lagi."}
    for who, command in [(walidata, "submit"), *team, (officer(Role.WALIDATA), "publish")]:
        given = payload if command == "submit" else {}
        helpers.call_action("satudata_case_command", as_user(who), id=first["case_id"], command=command, **given)
    model.Session.expire_all()
    before, events = shown(public), model.Session.query(Journal).count()
    again = narrow(walidata, public, **asked)
    told = ("id", "case_id", "from_level", "to_level", "at", "reason", "counts", "finished_at")
    assert {name: again[name] for name in told} == {name: first[name] for name in told}
    assert again["standing"] == "opened"
    assert shown(public) == before and model.Session.query(Journal).count() == events
    assert not before["resources"][0].get("access_level") and copies(public)


def test_a_hidden_dataset_is_none(app, clerk, walidata):
    draft = make(clerk, clerk["org"])
    stranger = operator()
    ppid = officer(Role.PPID)
    for path in (f"/meja/paparan/{draft['id']}", f"/dataset/{draft['id']}/klasifikasi"):
        answer = app.flask_app.test_client().get(path, headers={"Authorization": ppid["token"]})
        assert answer.status_code == 404 and draft["title"] not in answer.text
    for action, more in (
        ("satudata_dataset_reclassify_preview", {"to_level": "terbatas"}),
        ("satudata_dataset_reclassify", {"to_level": "terbatas", "reason": REASON}),
        ("satudata_dataset_exposure_show", {}),
    ):
        for who in (stranger, ppid):
            with pytest.raises(tk.ObjectNotFound):
                helpers.call_action(action, as_user(who), id=draft["id"], **more)
    with pytest.raises(tk.ValidationError):
        narrow(walidata, draft)


def test_what_a_store_does_not_give_up_is_removed_later_and_never_served(app, public, walidata, monkeypatch):
    table = public["resources"][0]

    def away(name, location):
        raise OSError("store is away")

    monkeypatch.setattr(store, "remove", away)
    record = narrow(walidata, public)
    assert record["finished_at"] is None and record["pending"] == 1
    assert copies(public) and status(app, public, table) == 403
    assert reclassify_cleanup.resume() == 0
    monkeypatch.undo()
    assert reclassify_cleanup.resume() == 1 and not copies(public)
    assert model.Session.get(Reclassification, record["id"]).finished_at is not None
    assert reclassify_cleanup.resume() == 0


def test_what_fails_half_way_changes_nothing(public, walidata, monkeypatch, app):
    def broken(*_args, **_kw):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(reclassify, "note", broken)
    with pytest.raises(RuntimeError):
        narrow(walidata, public)
    assert shown(public)["resources"][1]["url"] == LINK and status(app, public, public["resources"][0]) == 200
    assert copies(public) and not model.Session.query(Reclassification).count()


def test_the_records_are_read_by_who_answers_for_them(public, walidata, clerk):
    record = narrow(walidata, public)
    head = officer(Role.PRODUCER_HEAD, clerk["org"]["id"])
    other = officer(Role.PRODUCER_HEAD, factories.Organization()["id"])
    for reader in (walidata, officer(Role.AUDITOR), officer(Role.PPID), head):
        found = helpers.call_action("satudata_reclassification_list", as_user(reader))
        assert [one["id"] for one in found["results"]] == [record["id"]]
        assert found["results"][0]["reason"] == REASON
        assert helpers.call_action("satudata_reclassification_show", as_user(reader), id=record["id"])["by"]
    assert helpers.call_action("satudata_reclassification_list", as_user(other))["count"] == 0
    with pytest.raises(tk.ObjectNotFound):
        helpers.call_action("satudata_reclassification_show", as_user(other), id=record["id"])
    for nobody in (clerk, factories.SysadminWithToken(), None):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("satudata_reclassification_list", as_user(nobody))


def test_what_was_open_is_told_with_its_days_and_downloads(app, public, walidata):
    table = public["resources"][0]
    client = app.flask_app.test_client()
    client.get(f"/dataset/{public['id']}/resource/{table['id']}/download", headers={"User-Agent": "python-requests/2"})
    narrow(walidata, public)
    found = helpers.call_action("satudata_dataset_exposure_show", as_user(walidata), id=public["id"])
    mine = next(span for span in found["open"] if span["resource_id"] == table["id"])
    assert mine["from"] < mine["until"] and mine["name"] == "Tabel"
    assert found["downloads"]["clients"] == {"script": 1} and found["downloads"]["first_at"]
    assert "request_numbers" not in found["grants"]
    ppid = officer(Role.PPID)
    found = helpers.call_action("satudata_dataset_exposure_show", as_user(ppid), id=public["id"])
    assert "request_numbers" in found["grants"]
    assert model.Session.query(Download).count() == 1


def test_the_command_shows_and_does_it(public, walidata, clerk):
    def run(*options, by=walidata):
        asked = [public["id"], "terbatas", "--by", by["name"], *options]
        return CliRunner().invoke(reclassify_cli.reclassify, asked)

    dry = run("--dry-run")
    assert dry.exit_code == 0 and json.loads(dry.output)["counts"]["files"] == 1
    assert run().exit_code == 1 and run("--reason", REASON, by=clerk).exit_code == 1
    assert shown(public)["access_level"] == "terbuka"
    done = run("--reason", REASON, "--ground", "17h")
    assert done.exit_code == 0 and json.loads(done.output)["ground"] == {"access_ground": "17h"}
    assert shown(public)["access_level"] == "terbatas"
