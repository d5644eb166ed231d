"""Levels in a change of a published dataset: nothing that was restricted comes back open by the way."""

from __future__ import annotations

import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import actors, journal
from ckanext.satudata.shared.actors import ANONYMOUS
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.levels import classification, narrowings, reclassify, widening
from ckanext.satudata.shared.revision import revisions
from ckanext.satudata.tests.access.support import as_user, make, operator, upload, with_minutes
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
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


def edited(officers, dataset):
    """The dataset as its operator's form has it, with the token."""
    return call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])


def propose_open(officers, dataset):
    token = edited(officers, dataset)["satudata_revision"]
    call(officers["operator"], "package_patch", id=dataset["id"], access_level="terbuka", satudata_revision=token)


def approved(officers, dataset):
    """The case of what was sent, with both approvals."""
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    return case


def refused_to_publish(officers, case):
    with pytest.raises(tk.ValidationError) as refused:
        command(officers["walidata"], case, "publish")
    model.Session.rollback()
    return str(refused.value)


def widen(officers, dataset, level, old, resource_id=None):
    """As far as this level, as the last step of its own case does."""
    about = dataset["id"], level
    done = widening.widen(
        {"user": ""},
        model.Session,
        *about,
        from_level=old,
        sealed=widening.seal(model.Session, *about, resource_id),
        actor=actors.actor_for(model.User.get(officers["walidata"]["id"])),
        reason=WHY,
        ground=GROUND,
        resource_id=resource_id,
    )
    model.Session.commit()
    done.finish()


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
    propose_open(officers, dataset)
    case = approved(officers, dataset)
    narrow(officers, dataset, "tertutup")
    assert revisions.open_of(model.Session, dataset["id"]).content.get("opens") is None
    widen(officers, dataset, "terbatas", "tertutup")
    refused_to_publish(officers, case)
    assert public(dataset)["access_level"] == "terbatas"
    assert not is_open(dataset["resources"][0]["id"])


def test_what_the_dataset_opens_does_not_carry_a_file_that_was_narrowed_since(officers, dataset):
    first = dataset["resources"][0]["id"]
    narrow(officers, dataset, "terbatas", ground=GROUND)
    decide(officers, dataset)
    propose_open(officers, dataset)
    case = approved(officers, dataset)
    narrow(officers, dataset, "tertutup", first)
    decide(officers, dataset, first)
    widen(officers, dataset, "terbatas", "tertutup", first)
    refused_to_publish(officers, case)
    assert public(dataset)["access_level"] == "terbatas" and not is_open(first)


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_nor_does_an_approved_change_bring_its_bytes(officers, dataset, level):
    first = dataset["resources"][0]["id"]
    copied = add(officers, dataset, name="Salinan", upload=upload("x.csv", OLD))
    case = approved(officers, dataset)
    narrow(officers, dataset, level, first, ground=GROUND)
    refused_to_publish(officers, case)
    decide(officers, dataset, first)
    assert "narrowed since" in refused_to_publish(officers, case)
    assert not is_open(copied["id"])
    flags = call(officers["operator"], "satudata_revision_show", id=dataset["id"])["flags"]
    assert any("sent again" in flag for flag in flags) and any("Salinan" in flag for flag in flags)
    # Back at a level that checks it is still what was sent before: its operator sends it anew, and all agree anew.
    command(officers["walidata"], case, "return_", note="Aksesnya dibatasi sejak disetujui.")
    assert approved(officers, dataset) == case
    command(officers["walidata"], case, "publish")
    assert is_open(copied["id"]) and not is_open(first)


WAYS = {
    "resource_update": lambda read, file: {**file, "description": "Lain."},
    "package_patch": lambda read, file: {"id": read["id"], "notes": "Lain.", "resources": read["resources"]},
    "package_update": lambda read, file: {
        **{key: value for key, value in read.items() if key != "metadata_modified"},
        "notes": "Lain.",
    },
}


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
@pytest.mark.parametrize("way", WAYS)
def test_who_does_not_say_what_he_read_opens_nothing_that_was_narrowed(officers, dataset, way, level):
    user, first = officers["operator"], dataset["resources"][0]["id"]
    read = call(user, "package_show", id=dataset["id"])
    sent = WAYS[way](read, next(one for one in read["resources"] if one["id"] == first))
    assert call(user, way, **sent)
    call(user, "satudata_revision_discard", id=dataset["id"])
    narrow(officers, dataset, level, first, ground=GROUND)
    decide(officers, dataset, first)
    with pytest.raises(tk.ValidationError) as refused:
        call(user, way, **sent)
    assert "access_level" in refused.value.error_dict
    assert revisions.open_of(model.Session, dataset["id"]) is None
    token = refused.value.error_dict["satudata_revision_now"][0]
    call(user, way, **{**sent, "satudata_revision": token})
    assert revisions.open_of(model.Session, dataset["id"]).content["opens"][first]["from"] == level


def test_the_form_of_one_file_from_before_a_narrowing_opens_nothing(officers, dataset, browse):
    user, first = officers["operator"], dataset["resources"][0]["id"]
    where = f"/dataset/{dataset['name']}/resource/{first}/edit"
    form = {"save": "go-metadata", "id": first, "name": "Satu", "access_level": ""}

    def filled():
        found = re.search(r'name="satudata_seen" value="([^"]+)"', browse(user, where).body)
        return {**form, "satudata_seen": found.group(1)}

    before = filled()
    narrow(officers, dataset, "terbatas", first, ground=GROUND)
    decide(officers, dataset, first)
    answer = browse(user, where, before)
    assert answer.status_code == 200 and "Akses dipersempit sementara itu" in answer.body
    assert revisions.open_of(model.Session, dataset["id"]) is None
    # The page that refuses knows of it: saved once more, it proposes to open.
    assert browse(user, where, filled()).status_code == 302
    assert revisions.open_of(model.Session, dataset["id"]).content["opens"][first]["to"] == ""


def test_who_read_it_since_says_so_by_its_date(officers, dataset):
    first = dataset["resources"][0]["id"]
    narrow(officers, dataset, "terbatas", first, ground=GROUND)
    decide(officers, dataset, first)
    read = call(officers["operator"], "resource_show", id=first)
    call(officers["operator"], "resource_update", **{**read, "access_level": ""})
    assert revisions.open_of(model.Session, dataset["id"]).content["opens"][first]["to"] == ""


def test_a_token_of_before_a_narrowing_does_not_count_again_once_levels_are_the_same(officers, dataset):
    narrow(officers, dataset, "terbatas", ground=GROUND)
    decide(officers, dataset)
    propose_open(officers, dataset)
    mine = edited(officers, dataset)
    narrow(officers, dataset, "tertutup", ground=GROUND)
    widen(officers, dataset, "terbatas", "tertutup")
    with pytest.raises(tk.ValidationError):
        call(officers["operator"], "package_update", **{**mine, "notes": "Lain."})


@pytest.fixture
def twin(officers, agency):
    """A draft of the same agency with the same bytes."""
    made = full_dataset(owner_org=agency["id"], title="Jumlah siswa lagi", name="jumlah-siswa-lagi")
    return call(
        officers["operator"], "package_create", **made, resources=[{"name": "Kembar", "upload": upload("k.csv", OLD)}]
    )


def test_what_was_narrowed_does_not_come_back_by_another_dataset(officers, dataset, twin, browse):
    first, copied = dataset["resources"][0]["id"], twin["resources"][0]["id"]
    case = approved(officers, twin)
    narrow(officers, dataset, "tertutup", first)
    assert not is_open(copied) and refused_to_publish(officers, case)
    page = browse(officers["walidata"], f"/meja/{case}").body
    assert "Kembar" in page and "pernah dibatasi: Tertutup, sekarang Terbuka" in page
    command(officers["walidata"], case, "return_", note="Aksesnya dibatasi sejak disetujui.")
    with pytest.raises(tk.ValidationError, match="consequence test"):
        send(officers, twin)
    decide(officers, dataset, first)
    assert approved(officers, twin) == case
    command(officers["walidata"], case, "publish")
    assert is_open(copied)


def test_what_another_agency_keeps_closed_nobody_finds_out_by_uploading(officers, dataset):
    other = factories.Organization()
    clerk = operator(other)
    draft = make(clerk, other, resources=[{"name": "Sama", "upload": upload("s.csv", OLD)}])
    narrow(officers, dataset, "tertutup", dataset["resources"][0]["id"])
    assert narrowings.of_draft(model.Session, draft["id"]) == {}


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
