"""A published dataset changes through a revision: the public sees the old version until the new one is published."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers

from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.revision import revision_release
from ckanext.satudata.tests.access.support import upload
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


def test_what_the_public_sees_stays_until_the_change_is_published(officers, dataset):
    before = public(dataset)
    answer = call(
        officers["operator"], "package_patch", id=dataset["id"], title="Jumlah murid", tags=[{"name": "murid"}]
    )
    assert answer["title"] == "Jumlah murid" and [tag["name"] for tag in answer["tags"]] == ["murid"]
    assert answer["satudata_revision"]
    assert public(dataset) == before
    for_edit = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    assert for_edit["title"] == "Jumlah murid"
    through_review(officers, dataset)
    after = public(dataset)
    assert after["title"] == "Jumlah murid" and [tag["name"] for tag in after["tags"]] == ["murid"]
    assert after["name"] == before["name"]
    assert [one["id"] for one in after["resources"]] == [one["id"] for one in before["resources"]]
    assert after["metadata_modified"] > before["metadata_modified"]


def test_a_new_file_takes_the_place_of_the_old_one_with_the_publication(officers, dataset):
    first, second = (one["id"] for one in dataset["resources"])
    old_copy = model.Session.query(ResourceFile).filter_by(resource_id=first).one().public_location
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    assert bytes_of(first) == OLD
    through_review(officers, dataset)
    assert bytes_of(first) == NEW and bytes_of(second) == OLD
    shown = public(dataset)["resources"]
    assert shown[0]["url"].endswith("/baru.csv") and shown[1]["url"].endswith("/dua.csv")
    assert old_copy not in store.locations("public"), "what the public had before goes at once"
    assert_in_order()


def test_what_a_process_that_ended_too_early_leaves_the_next_one_does(officers, dataset, monkeypatch):
    first = dataset["resources"][0]["id"]
    old_copy = model.Session.query(ResourceFile).filter_by(resource_id=first).one().public_location
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    monkeypatch.setattr(notices, "begin", lambda row_id: None)
    through_review(officers, dataset)
    assert old_copy in store.locations("public")
    assert revision_release.resume() == 1
    assert old_copy not in store.locations("public")
    assert_in_order()


def test_ids_of_new_resources_hold_at_once(officers, dataset):
    user = officers["operator"]
    made = call(user, "resource_create", package_id=dataset["id"], name="Tiga", upload=upload("tiga.csv", NEW))
    assert made["satudata_revision"]
    call(user, "resource_patch", id=made["id"], name="Ketiga")
    call(user, "resource_update", id=made["id"], name="Ketiga", description="Lagi")
    assert call(user, "resource_show", id=made["id"])["description"] == "Lagi"
    ids = [one["id"] for one in dataset["resources"]]
    ordered = call(user, "package_resource_reorder", id=dataset["id"], order=[made["id"]])
    assert ordered["order"] == [made["id"], *ids]
    call(user, "resource_delete", id=ids[0])
    with pytest.raises(tk.ObjectNotFound):
        helpers.call_action("resource_show", {"user": "", "ignore_auth": False}, id=made["id"])
    assert [one["id"] for one in public(dataset)["resources"]] == ids
    through_review(officers, dataset)
    assert [one["id"] for one in public(dataset)["resources"]] == [made["id"], ids[1]]
    assert bytes_of(made["id"]) == NEW
    assert_in_order()


def test_emptied_stays_emptied(officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], tags=[], resources=[])
    shown = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    assert shown["tags"] == [] and shown["resources"] == []
    call(officers["operator"], "package_patch", id=dataset["id"], title="Lain")
    shown = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    assert shown["tags"] == [] and shown["resources"] == [] and shown["title"] == "Lain"


def test_a_stale_save_is_refused_field_by_field(officers, dataset):
    mine = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    call(officers["colleague"], "package_patch", id=dataset["id"], title="Punya rekan")
    with pytest.raises(tk.ValidationError) as refused:
        call(officers["operator"], "package_update", **{**mine, "title": "Punya saya"})
    assert "Punya rekan" in refused.value.error_dict["title"][0]
    token = refused.value.error_dict["satudata_revision_now"][0]
    # What nobody else touched may be saved, whatever it began from.
    saved = call(officers["operator"], "package_update", **{**mine, "title": "Punya rekan", "notes": "Dari saya"})
    assert saved["notes"] == "Dari saya" and saved["title"] == "Punya rekan"
    assert saved["satudata_revision"] != token
    # A caller without a token who read what is public is as stale.
    with pytest.raises(tk.ValidationError):
        call(officers["operator"], "package_update", **public(dataset))


def test_revise_works_on_the_working_copy(officers, dataset):
    user = officers["operator"]
    one = call(user, "package_revise", match={"id": dataset["id"]}, update={"title": "Satu"})["package"]
    with pytest.raises(tk.ValidationError):
        call(user, "package_revise", match={"id": dataset["id"], "satudata_revision": "lain"}, update={"title": "X"})
    match = {"id": dataset["id"], "satudata_revision": one["satudata_revision"]}
    two = call(user, "package_revise", match=match, update={"notes": "Dua"})["package"]
    assert (two["title"], two["notes"]) == ("Satu", "Dua")


def test_a_discarded_change_is_gone(officers, dataset):
    first = dataset["resources"][0]["id"]
    files = len(store.locations("vault"))
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    assert len(store.locations("vault")) == files + 1
    call(officers["operator"], "satudata_revision_discard", id=dataset["id"])
    assert len(store.locations("vault")) == files
    shown = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    assert shown["resources"][0]["satudata_file"]["name"] == "satu.csv"
    assert model.Session.scalars(sa.select(Revision).where(Revision.state == "draft")).all() == []


def test_what_is_in_review_is_frozen_and_comes_back(officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Jumlah murid")
    case = send(officers, dataset)
    with pytest.raises(tk.ValidationError, match="being reviewed"):
        call(officers["operator"], "package_patch", id=dataset["id"], title="Lagi")
    with pytest.raises(tk.ValidationError):
        call(officers["operator"], "satudata_revision_discard", id=dataset["id"])
    command(officers["verifier"], case, "return_", note="Judul keliru")
    call(officers["operator"], "package_patch", id=dataset["id"], title="Banyaknya murid")
    assert through_review(officers, dataset) == case
    assert public(dataset)["title"] == "Banyaknya murid"


def test_who_edited_it_does_not_check_it(officers, dataset):
    call(officers["walidata"], "package_patch", id=dataset["id"], title="Jumlah murid")
    case = send(officers, dataset)
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    assert model.Session.query(Revision).filter_by(state="approved").one().editors == [officers["walidata"]["id"]]


def test_nothing_changed_is_no_revision(officers, dataset):
    mine = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    answer = call(officers["operator"], "package_update", **mine)
    call(officers["operator"], "package_update", **public(dataset))
    assert answer["satudata_revision"] == mine["satudata_revision"]
    assert model.Session.query(Revision).count() == 0
    assert model.Session.query(VaultObject).count() == 2
    with pytest.raises(tk.ValidationError, match="waits to be sent"):
        send(officers, dataset)


def test_the_exposure_names_each_version_of_a_file_with_its_days(officers, dataset, browse):
    first, second = (one["id"] for one in dataset["resources"])

    def spans(*resources):
        found = call(officers["walidata"], "satudata_dataset_exposure_show", id=dataset["id"])["open"]
        return [(one["version"], one["from"], one["until"]) for one in found if one["resource_id"] in resources]

    ((_, since, _),) = spans(first)
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    through_review(officers, dataset)
    (one, begun, ended), (two, since_then, still) = spans(first)
    assert (one, begun, two, still) == (1, since, 2, None)
    assert since < ended <= since_then
    assert spans(second) == [(1, since, None)]
    page = browse(officers["walidata"], f"/meja/paparan/{dataset['id']}").body
    assert "Satu (berkas versi ke-1)" in page and "Satu (berkas versi ke-2)" in page and "Dua (berkas" not in page
    # What was narrowed stands once.
    why = {"to_level": "terbatas", "reason": "Berisi nama penerima bantuan."}
    call(officers["walidata"], "satudata_dataset_reclassify", id=dataset["id"], resource_id=first, **why)
    (former, last) = spans(first)
    assert former == (1, since, ended) and last[:2] == (2, since_then) and last[2] > since_then


def test_versions_stay(officers, dataset):
    for title in ("Dua", "Tiga"):
        call(officers["operator"], "package_patch", id=dataset["id"], title=title)
        through_review(officers, dataset)
    rows = model.Session.scalars(Revision.versions_of(dataset["id"])).all()
    assert [(row.number, row.content["title"]) for row in rows] == [(3, "Tiga"), (2, "Dua"), (1, "Jumlah siswa")]
