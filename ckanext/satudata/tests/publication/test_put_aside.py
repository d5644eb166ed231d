"""A save that could not take all that was sent says what it left, field by field."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.tests.access.support import as_user, make, operator, publish

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def clerk():
    return operator()


def fields(answer):
    return [one["field"] for one in answer.get("satudata_put_aside", [])]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"private": False}, ["private"]),
        ({"type": "harvest"}, ["type"]),
        ({"state": "draft"}, ["state"]),
        ({"private": False, "type": "harvest", "title": "Lain"}, ["private", "type"]),
        ({"name": "gaji-pegawai"}, ["name"]),
        ({"title": "Lain"}, []),
        ({"private": True, "state": "active", "type": "dataset"}, []),
    ],
)
def test_a_saved_draft_says_what_it_did_not_take(clerk, sent, said):
    draft = make(clerk, clerk["org"])
    answer = helpers.call_action("package_patch", as_user(clerk), id=draft["id"], **sent)
    assert fields(answer) == said
    assert all(one["text"] for one in answer.get("satudata_put_aside", []))
    for name in said:
        assert answer[name] == draft[name]


def test_what_was_told_is_no_part_of_the_dataset(clerk):
    draft = make(clerk, clerk["org"])
    answer = helpers.call_action("package_patch", as_user(clerk), id=draft["id"], private=False)
    again = helpers.call_action("package_update", as_user(clerk), **answer)
    assert fields(again) == []
    shown = helpers.call_action("package_show", as_user(clerk), id=draft["id"])
    assert "satudata_put_aside" not in shown and not shown.get("extras")


def test_a_new_draft_says_so_too(clerk):
    made = make(clerk, clerk["org"], private=False, state="active")
    assert fields(made) == ["private", "name"]
    assert "Walidata publishes it" in made["satudata_put_aside"][0]["text"]


def test_a_change_of_what_is_published_says_that_the_type_stays(clerk):
    dataset = publish(make(clerk, clerk["org"])["id"])
    answer = helpers.call_action("package_patch", as_user(clerk), id=dataset["id"], type="harvest", title="Lain")
    assert fields(answer) == ["type"]


def test_making_private_in_bulk_takes_nothing_published_back_and_says_who_does(clerk):
    admin, org = factories.SysadminWithToken(), clerk["org"]
    dataset = publish(make(clerk, org)["id"])
    for agency in (org["id"], org["name"]):
        with pytest.raises(tk.ValidationError) as refused:
            helpers.call_action("bulk_update_private", as_user(admin), datasets=[dataset["id"]], org_id=agency)
        assert "Ask Walidata to withdraw them" in str(refused.value.error_dict)
    assert model.Package.get(dataset["id"]).private is False


@pytest.mark.parametrize("action", ["bulk_update_private", "bulk_update_delete"])
def test_a_bulk_command_passes_nothing_over_in_silence(clerk, action):
    admin, org = factories.SysadminWithToken(), clerk["org"]
    draft = make(clerk, org)
    for ids, agency in (([draft["id"], "tidak-ada"], org["id"]), ([draft["id"]], factories.Organization()["id"])):
        with pytest.raises(tk.ValidationError) as refused:
            helpers.call_action(action, as_user(admin), datasets=ids, org_id=agency)
        assert "datasets" in refused.value.error_dict
    assert model.Package.get(draft["id"]).state == "active"
    helpers.call_action("bulk_update_private", as_user(admin), datasets=[draft["id"]], org_id=org["id"])
    assert model.Package.get(draft["id"]).private is True


@pytest.mark.parametrize("action", ["bulk_update_private", "bulk_update_delete"])
def test_a_bulk_command_tells_no_member_without_a_role_which_drafts_there_are(clerk, action):
    org, member, said = clerk["org"], factories.UserWithToken(), []
    helpers.call_action("member_create", id=org["id"], object=member["id"], object_type="user", capacity="admin")
    draft = make(clerk, org)["id"]
    for asked in (draft, "8d0f8b6e-0000-4000-8000-00000000dead"):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized)) as refused:
            helpers.call_action(action, as_user(member), datasets=[asked], org_id=org["id"])
        said.append((type(refused.value), str(refused.value)))
    assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["harvest", "foo", "showcase"])
def test_a_type_that_no_plugin_provides_is_refused(clerk, kind):
    for user in (clerk, factories.SysadminWithToken()):
        with pytest.raises(tk.ValidationError) as refused:
            make(user, clerk["org"], type=kind)
        assert list(refused.value.error_dict) == ["type"] and kind in refused.value.error_dict["type"][0]
    assert make(clerk, clerk["org"], type="dataset")["type"] == "dataset"
