"""Levels in a change of a published dataset: nothing that was restricted comes back open by the way."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import actors, journal
from ckanext.satudata.shared.actors import ANONYMOUS
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.levels import classification, reclassify, widening
from ckanext.satudata.shared.revision import revisions
from ckanext.satudata.tests.access.support import as_user, upload, with_minutes
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.publication.support import NEW, OLD, call, command, public, send, through_review

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = "Memuat nama (contoh)."
GROUND = {"access_ground": "17h", "access_basis": "UU 27/2022 (contoh)", "access_until": "2099-12-31"}


def narrow(officers, dataset, level, resource_id=None, **kw):
    walidata = actors.actor_for(model.User.get(officers["walidata"]["id"]))
    done = reclassify.narrow(
        model.Session, dataset["id"], level, actor=walidata, reason=WHY, resource_id=resource_id, **kw
    )
    model.Session.commit()
    done.finish()
    return done


def decide(officers, dataset, resource_id=None):
    """PPID decides the test of what was narrowed at once."""
    case = classification.find_case(model.Session, dataset["id"], resource_id).id
    command(officers["walidata"], case, "record", **with_minutes("record", GROUND))
    command(officer("ppid"), case, "approve", **with_minutes("approve", {}))


def is_open(resource_id):
    return access.ask(model.Session, ANONYMOUS, resource_id).is_allowed


def taken_away(officers, dataset, level):
    """The id of a file that was narrowed at once, and taken away by a change before its test."""
    first = dataset["resources"][0]["id"]
    narrow(officers, dataset, level, first)
    take_away(officers, dataset, first)
    return first


def add(officers, dataset, **resource):
    return call(officers["operator"], "resource_create", package_id=dataset["id"], **resource)


def take_away(officers, dataset, resource_id):
    mine = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    left = [one for one in mine["resources"] if one["id"] != resource_id]
    call(officers["operator"], "package_update", **{**mine, "resources": left})
    through_review(officers, dataset)


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_what_was_narrowed_and_taken_away_is_not_opened_under_its_id(officers, dataset, level):
    first = taken_away(officers, dataset, level)
    add(officers, dataset, id=first, name="Lagi", upload=upload("b.csv"))
    with pytest.raises(tk.ValidationError) as refused:
        send(officers, dataset)
    assert "access_level" in refused.value.error_dict
    shown = call(officers["operator"], "satudata_revision_show", id=dataset["id"])
    assert any("Lagi" in flag for flag in shown["flags"])
    assert not is_open(first)


def test_nor_under_another_id_with_its_bytes(officers, dataset):
    first = dataset["resources"][0]["id"]
    narrow(officers, dataset, "tertutup", first)
    made = add(officers, dataset, name="Salinan", upload=upload("x.csv", OLD))
    with pytest.raises(tk.ValidationError):
        send(officers, dataset)
    call(officers["operator"], "resource_patch", id=made["id"], upload=upload("x.csv", NEW))
    through_review(officers, dataset)
    assert is_open(made["id"]) and not is_open(first)


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_a_restored_version_brings_it_back_as_strict_as_it_left(officers, dataset, level):
    first = taken_away(officers, dataset, level)
    call(officers["operator"], "satudata_version_restore", id=dataset["id"], number=1)
    shown = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    back = next(one for one in shown["resources"] if one["id"] == first)
    assert back["access_level"] == level
    back.update(GROUND)
    call(officers["operator"], "package_update", **shown)
    through_review(officers, dataset)
    assert not is_open(first)


def test_once_tested_it_is_opened_as_everything_is(officers, dataset):
    first = dataset["resources"][0]["id"]
    narrow(officers, dataset, "terbatas", first, ground=GROUND)
    decide(officers, dataset, first)
    take_away(officers, dataset, first)
    add(officers, dataset, id=first, name="Lagi", upload=upload("b.csv"))
    shown = call(officers["operator"], "satudata_revision_show", id=dataset["id"])
    assert any("Lagi" in flag and "Terbatas" in flag for flag in shown["flags"])
    through_review(officers, dataset)
    assert is_open(first)
    newest = model.Session.scalars(Reclassification.of(dataset["id"])).all()[-1]
    assert (newest.resource_id, newest.from_level, newest.to_level) == (first, "terbatas", "terbuka")


@pytest.mark.parametrize("token", [True, False])
def test_a_form_from_before_a_narrowing_opens_nothing(officers, dataset, token):
    mine = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    narrow(officers, dataset, "terbatas", ground=GROUND)
    decide(officers, dataset)
    if not token:
        mine.pop("satudata_revision")
    mine["notes"] = "Satu kata lain."
    with pytest.raises(tk.ValidationError) as refused:
        call(officers["operator"], "package_update", **mine)
    assert "access_level" in refused.value.error_dict
    now = refused.value.error_dict["satudata_revision_now"][0]
    # Who chooses the level once more, knowing of it, proposes to open.
    saved = call(officers["operator"], "package_update", **{**mine, "satudata_revision": now})
    assert saved["access_level"] == "terbuka" and public(dataset)["access_level"] == "terbatas"


def test_a_narrowing_voids_what_an_approved_change_would_open(officers, dataset):
    narrow(officers, dataset, "terbatas", ground=GROUND)
    decide(officers, dataset)
    call(officers["operator"], "package_patch", id=dataset["id"], access_level="terbuka")
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    narrow(officers, dataset, "tertutup")
    assert revisions.open_of(model.Session, dataset["id"]).content.get("opens") is None
    walidata = actors.actor_for(model.User.get(officers["walidata"]["id"]))
    again = widening.widen(
        {"user": ""},
        model.Session,
        dataset["id"],
        "terbatas",
        from_level="tertutup",
        actor=walidata,
        reason=WHY,
        ground=GROUND,
    )
    model.Session.commit()
    again.finish()
    with pytest.raises(tk.ValidationError):
        command(officers["walidata"], case, "publish")
    model.Session.rollback()
    assert public(dataset)["access_level"] == "terbatas"
    assert not is_open(dataset["resources"][0]["id"])


@pytest.fixture
def topic(officers, dataset):
    """A topic that Walidata keeps, with the dataset in it."""
    made = call(officers["walidata"], "group_create", name="pendidikan")
    helpers.call_action("member_create", id=made["id"], object=dataset["id"], object_type="package", capacity="public")
    return made


def topics(dataset):
    return [group["name"] for group in public(dataset)["groups"]]


def test_a_dataset_in_a_topic_is_changed_by_who_does_not_keep_it(officers, dataset, topic):
    user = officers["operator"]
    call(user, "package_patch", id=dataset["id"], title="Jumlah murid")
    shown = call(user, "satudata_dataset_show_for_edit", id=dataset["id"])
    assert [group["name"] for group in shown["groups"]] == ["pendidikan"]
    call(user, "package_update", **{**shown, "notes": "Lain."})
    call(user, "package_revise", match={"id": dataset["id"]}, update={"notes": "Lagi."})
    call(user, "resource_patch", id=dataset["resources"][0]["id"], name="Kesatu")
    with pytest.raises(tk.ValidationError) as refused:
        call(user, "package_patch", id=dataset["id"], groups=[])
    assert "groups" in refused.value.error_dict


def test_topics_stay_what_they_are_when_a_change_is_published(officers, dataset, topic):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Jumlah murid")
    other = call(officers["walidata"], "group_create", name="anak")
    for group, add in ((topic, False), (other, True)):
        action = "member_create" if add else "member_delete"
        data = {"id": group["id"], "object": dataset["id"], "object_type": "package"}
        helpers.call_action(action, as_user(officers["walidata"]), **data, **({"capacity": "public"} if add else {}))
    through_review(officers, dataset)
    assert topics(dataset) == ["anak"]


def test_a_keyword_of_a_published_dataset_stays_and_the_refusal_is_told(dataset):
    admin = factories.SysadminWithToken()
    with pytest.raises(tk.NotAuthorized):
        call(admin, "tag_delete", id="siswa")
    assert {tag["name"] for tag in public(dataset)["tags"]} == {"siswa", "sekolah"}


def test_an_erased_reason_stands_nowhere_else(officers, dataset):
    narrow(officers, dataset, "terbatas")
    entry = model.Session.query(Journal).filter_by(event="dataset_reclassified", subject_id=dataset["id"]).one()
    walidata = actors.actor_for(model.User.get(officer("ppid")["id"]))
    journal.erase_note(model.Session, entry.id, actor=walidata, reason="Memuat nama orang.")
    model.Session.commit()
    assert [one.reason for one in model.Session.scalars(Reclassification.of(dataset["id"]))] == [""]
