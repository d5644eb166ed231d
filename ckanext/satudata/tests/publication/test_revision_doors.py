"""Every way to a published dataset: none changes what the public sees, and what is closed stays closed."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.shared.revision import revisions
from ckanext.satudata.tests.access.support import as_user, upload
from ckanext.satudata.tests.publication.support import (
    NEW,
    OLD,
    assert_in_order,
    bytes_of,
    call,
    command,
    public,
    send,
    through_review,
)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

NOBODY = {"user": "", "ignore_auth": False}


def narrow(officers, dataset, level, **kw):
    walidata = actor_for(model.User.get(officers["walidata"]["id"]))
    done = reclassify.narrow(model.Session, dataset["id"], level, actor=walidata, reason="Memuat nama.", **kw)
    model.Session.commit()
    done.finish()


def working(officers, dataset):
    return call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])


def rows():
    model.Session.expire_all()
    return model.Session.query(Revision).filter(Revision.state.in_(["draft", "in_review", "approved"])).all()


DOORS = {
    "package_update": lambda d: {**d, "title": "Lain"},
    "package_patch": lambda d: {"id": d["id"], "title": "Lain"},
    "package_revise": lambda d: {"match": {"id": d["id"]}, "update": {"title": "Lain"}},
    "resource_create": lambda d: {"package_id": d["id"], "name": "Lain", "upload": upload("lain.csv", NEW)},
    "resource_update": lambda d: {"id": d["resources"][0]["id"], "name": "Lain", "upload": upload("lain.csv", NEW)},
    "resource_patch": lambda d: {"id": d["resources"][0]["id"], "url": "https://lain.test/lain.csv"},
    "resource_delete": lambda d: {"id": d["resources"][0]["id"]},
    "package_resource_reorder": lambda d: {"id": d["id"], "order": [d["resources"][1]["id"]]},
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", ["operator", "walidata", "sysadmin", "in somebody's name"])
def test_who_may_edit_makes_a_working_copy_and_changes_nothing_public(officers, dataset, who, door):
    before = public(dataset)
    user = factories.SysadminWithToken() if who == "sysadmin" else officers.get(who, officers["operator"])
    context = as_user(user)
    if who == "in somebody's name":
        context["ignore_auth"] = True
    helpers.call_action(door, context, **DOORS[door](before))
    assert public(dataset) == before
    assert bytes_of(before["resources"][0]["id"]) == OLD
    assert [row.editors for row in rows()] == [[user["id"]]]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", ["verifier", "producer_head", "stranger", "visitor", "admin", "program"])
def test_nobody_else_makes_one(officers, agency, dataset, who, door):
    before = public(dataset)
    if who == "program":
        context = {"ignore_auth": True, "user": tk.config["ckan.site_id"]}
    elif who == "visitor":
        context = dict(NOBODY)
    else:
        user = officers.get(who) or factories.UserWithToken()
        if who == "admin":
            helpers.call_action(
                "member_create", id=agency["id"], object=user["id"], object_type="user", capacity="admin"
            )
        context = as_user(user)
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        helpers.call_action(door, context, **DOORS[door](before))
    assert public(dataset) == before and rows() == []


@pytest.mark.parametrize(
    "changes",
    [{"state": "deleted"}, {"private": True}, {"name": "nama-lain"}, {"state": "draft"}, {"owner_org": "other"}],
)
def test_its_frame_is_no_part_of_a_change(officers, dataset, changes):
    other = factories.Organization()
    if "owner_org" in changes:
        changes = {"owner_org": other["id"]}
    before = public(dataset)
    for user in (officers["walidata"], factories.SysadminWithToken()):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
            call(user, "package_patch", id=dataset["id"], **changes)
    assert public(dataset) == before and rows() == []


def test_other_actions_do_not_touch_it(officers, agency, dataset):
    before, admin = public(dataset), factories.SysadminWithToken()
    ids = {"datasets": [dataset["id"]], "org_id": agency["id"]}
    call(officers["operator"], "package_patch", id=dataset["id"], title="Rahasia")
    for action, data in (
        ("bulk_update_public", ids),
        ("bulk_update_private", ids),
        ("package_owner_org_update", {"id": dataset["id"], "organization_id": factories.Organization()["id"]}),
        ("datastore_upsert", {"resource_id": before["resources"][0]["id"], "records": [], "force": True}),
    ):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)):
            call(admin, action, **data)
    package = model.Package.get(dataset["id"])
    package.title = "Rahasia"
    with pytest.raises(NotAllowed):
        model.Session.flush()
    model.Session.rollback()
    with pytest.raises(NotAllowed):
        model.Session.query(Revision).update({"state": "approved"})
    model.Session.rollback()
    assert public(dataset) == before


def test_a_type_cannot_be_changed(officers, dataset):
    call(officers["walidata"], "package_patch", id=dataset["id"], type="harvest", title="Lain")
    through_review(officers, dataset)
    assert public(dataset)["type"] == "dataset"


def test_technical_writes_pass_and_make_no_revision(officers, dataset):
    hand = {"ignore_auth": True, "user": tk.config["ckan.site_id"]}
    first = dataset["resources"][0]["id"]
    for data in ({"datastore_active": True}, {"last_modified": "2026-01-02T03:04:05"}):
        for action in ("resource_patch", "resource_update"):
            shown = helpers.call_action("resource_show", {"ignore_auth": True}, id=first)
            sent = {**shown, **data} if action == "resource_update" else {"id": first, **data}
            helpers.call_action(action, dict(hand), **sent)
    assert rows() == []
    call(officers["operator"], "package_patch", id=dataset["id"], title="Lain")
    helpers.call_action("resource_patch", dict(hand), id=first, last_modified="2026-02-02T03:04:05")
    (row,) = rows()
    assert row.saves == 1
    seen = public(dataset)["resources"][0]
    assert seen["datastore_active"] is True and seen["last_modified"].startswith("2026-02-02")
    through_review(officers, dataset)
    seen = public(dataset)["resources"][0]
    assert seen["datastore_active"] is True and seen["last_modified"].startswith("2026-02-02")


def test_only_its_editors_see_the_working_copy(officers, dataset, app):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Rahasia sekali")
    made = call(
        officers["operator"], "resource_create", package_id=dataset["id"], name="Baru", url="https://r.test/x.csv"
    )
    for context in (dict(NOBODY), as_user(officers["operator"]), {"ignore_auth": True}):
        for extra in ({}, {"for_update": True}, {"for_edit": True}):
            shown = helpers.call_action("package_show", {**context, **extra}, id=dataset["id"])
            edits = bool(extra) and context.get("user") and not context["ignore_auth"]
            assert (shown["title"] == "Rahasia sekali") is bool(edits), (context, extra)
    for user in (None, factories.UserWithToken(), officers["verifier"]):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            helpers.call_action("resource_show", as_user(user), id=made["id"])
        unknown = "00000000-1111-4222-8333-444455556666"
        answers = []
        for id_ in (made["id"], unknown):
            with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as refused:
                helpers.call_action("resource_patch", as_user(user), id=id_, name="x")
            answers.append(type(refused.value))
        assert answers[0] is answers[1]
    found = helpers.call_action("package_search", as_user(officers["operator"]), q="Rahasia", include_private=True)
    assert found["count"] == 0
    assert "Rahasia" not in app.get(f"/dataset/{dataset['name']}").body


def test_a_narrowing_wins_over_an_open_change(officers, dataset):
    first = dataset["resources"][0]["id"]
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    narrow(officers, dataset, "terbatas")
    assert working(officers, dataset)["access_level"] == "terbatas"
    through_review(officers, dataset)
    shown = public(dataset)
    assert shown["access_level"] == "terbatas"
    assert all("/minta-data/" in one["url"] for one in shown["resources"])
    assert_in_order()


def test_a_narrowing_wins_over_an_approved_change(officers, dataset):
    call(officers["operator"], "resource_create", package_id=dataset["id"], name="Tiga", upload=upload("t.csv", NEW))
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    second = dataset["resources"][1]["id"]
    narrow(officers, dataset, "tertutup", resource_id=second)
    narrow(officers, dataset, "terbatas")
    command(officers["walidata"], case, "publish")
    shown = public(dataset)
    assert len(shown["resources"]) == 2 and second not in [one["id"] for one in shown["resources"]]
    assert {one["access_level"] for one in shown["resources"]} == {"terbatas"}
    assert_in_order()


def test_what_was_narrowed_at_once_is_not_opened_by_a_change(officers, dataset):
    narrow(officers, dataset, "terbatas")
    token = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])["satudata_revision"]
    asked = {"id": dataset["id"], "access_level": "terbuka"}
    with pytest.raises(tk.ValidationError, match="satudata_revision"):
        call(officers["operator"], "package_patch", **asked)
    answer = call(officers["operator"], "package_patch", **asked, satudata_revision=token)
    assert answer["access_level"] == "terbuka"
    with pytest.raises(tk.ValidationError, match="consequence test"):
        send(officers, dataset)


def test_a_change_does_not_close(officers, dataset):
    with pytest.raises(tk.ValidationError, match="takes effect at once"):
        call(officers["operator"], "package_patch", id=dataset["id"], access_level="terbatas")
    with pytest.raises(tk.ValidationError, match="takes effect at once"):
        call(officers["operator"], "resource_patch", id=dataset["resources"][0]["id"], access_level="terbatas")
    assert rows() == []


def test_a_withdrawal_stops_the_change_and_leaves_it_to_its_officers(officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Lain")
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    call(officers["walidata"], "satudata_dataset_withdraw", id=dataset["id"], reason="Keliru")
    with pytest.raises(tk.ValidationError, match="not public any more"):
        command(officers["walidata"], case, "publish")
    assert public(dataset)["title"] == "Data ditarik" and public(dataset)["resources"] == []
    command(officers["walidata"], case, "return_", note="Sudah ditarik")
    assert [row.state for row in rows()] == [RevisionState.DRAFT.value]
    assert_in_order()


def test_what_was_approved_is_exactly_what_is_published(officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Lain")
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    from ckanext.satudata.shared import raw_writes

    (row,) = rows()
    with raw_writes.writing(model.Session, Revision):
        row.content = {**row.content, "title": "Diselipkan"}
    model.Session.commit()
    with pytest.raises(tk.ValidationError, match="not what was sent"):
        command(officers["walidata"], case, "publish")
    assert public(dataset)["title"] == dataset["title"]
    assert revisions
