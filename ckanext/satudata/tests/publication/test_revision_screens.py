"""What officers see of a change that is not published, and of the versions that were."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared import optional
from ckanext.satudata.tests.access.support import republish, upload
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.publication.support import NEW, OLD, bytes_of, call, public, send, through_review

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def page(response, status=200):
    assert response.status_code == status, response.body[:2000]
    return BeautifulSoup(response.body, "html.parser")


def form_of(found):
    form = next(one for one in found.select("form") if one.select_one("[name=title]"))
    values = {one["name"]: one.get("value", "") for one in form.select("input[name]") if one.get("type") != "radio"}
    values |= {one["name"]: one.get("value", "") for one in form.select("input[type=radio][checked]")}
    values |= {one["name"]: one.text.strip("\r\n") for one in form.select("textarea[name]")}
    for one in form.select("select[name]"):
        chosen = one.select_one("option[selected]")
        values[one["name"]] = chosen["value"] if chosen else ""
    return values


def edit(dataset):
    return f"/dataset/edit/{dataset['name']}"


def test_the_form_loads_and_saves_the_working_copy(browse, officers, dataset):
    user = officers["operator"]
    call(user, "package_patch", id=dataset["id"], title="Dari API", tags=[{"name": "baru"}])
    values = form_of(page(browse(user, edit(dataset))))
    assert (values["title"], values["tag_string"]) == ("Dari API", "baru") and values["satudata_revision"]
    saved = browse(user, edit(dataset), {**values, "title": "Dari formulir", "tag_string": "", "save": "draft"})
    assert saved.status_code == 302 and saved.headers["location"].endswith(f"/meja/data/{dataset['name']}/perubahan")
    now = call(user, "satudata_dataset_show_for_edit", id=dataset["id"])
    assert now["title"] == "Dari formulir" and now["tags"] == [] and len(now["resources"]) == 2
    assert public(dataset)["title"] == "Jumlah siswa"
    again = form_of(page(browse(user, edit(dataset))))
    assert again["tag_string"] == ""
    assert browse(user, edit(dataset), {**again, "save": "draft"}).status_code == 302
    (row,) = model.Session.scalars(sa.select(Revision).where(Revision.state == "draft"))
    assert row.saves == 2


def test_a_stale_form_keeps_what_was_typed(browse, officers, dataset):
    values = form_of(page(browse(officers["operator"], edit(dataset))))
    call(officers["colleague"], "package_patch", id=dataset["id"], title="Punya rekan")
    found = page(browse(officers["operator"], edit(dataset), {**values, "title": "Punya saya", "save": "draft"}))
    typed = form_of(found)
    assert typed["title"] == "Punya saya" and "Punya rekan" in found.text
    assert browse(officers["operator"], edit(dataset), {**typed, "save": "draft"}).status_code == 302
    now = call(officers["operator"], "satudata_dataset_show_for_edit", id=dataset["id"])
    assert now["title"] == "Punya saya"


def test_the_way_of_a_change_by_its_screens(browse, officers, dataset):
    user, first = officers["operator"], dataset["resources"][0]["id"]
    where = f"/dataset/{dataset['name']}"
    assert "belum terbit" not in browse(user, where).body
    files = {"upload": upload("baru.csv", NEW), "name": "Satu", "url": "", "save": "go-dataset-complete"}
    assert browse(user, f"{where}/resource/{first}/edit", files, content_type="multipart/form-data").status_code == 302
    files = {"upload": upload("tiga.csv", OLD), "name": "Tiga", "url": "", "id": "", "save": "go-dataset-complete"}
    made = browse(user, f"{where}/resource/new", files, content_type="multipart/form-data")
    assert made.status_code == 302
    new = call(user, "satudata_dataset_show_for_edit", id=dataset["id"])["resources"][2]
    assert new["satudata_file"]["name"] == "tiga.csv"
    assert "tiga.csv" in browse(user, f"{where}/resource/{new['id']}/edit").body
    assert new["id"] in browse(user, f"/dataset/resources/{dataset['name']}").body
    assert page(browse(user, where)).select_one("a[href$='/perubahan']") is not None
    told = page(browse(user, f"/meja/data/{dataset['id']}/perubahan")).text
    for word in ("baru.csv", "2 baris", "wilayah", "Tiga", "tiga.csv"):
        assert word in told
    got = browse(user, f"/meja/data/{dataset['id']}/perubahan/berkas/{first}")
    assert got.status_code == 200 and got.body.encode() == NEW
    case = send(officers, dataset)
    for who in ("verifier", "producer_head", "walidata"):
        review = page(browse(officers[who], f"/meja/{case}")).text
        assert "baru.csv" in review and "wilayah" in review
    looked = browse(officers["verifier"], f"/meja/{case}?lihat={first}").body
    assert "wilayah" in looked and "2025" in looked
    for who in (factories.UserWithToken(), officers["operator"] | {"token": ""}):
        for address in (
            f"/meja/data/{dataset['id']}/perubahan",
            f"/meja/data/{dataset['id']}/perubahan/berkas/{first}",
        ):
            assert browse(who, address).status_code in (403, 404)
    assert browse(user, edit(dataset)).status_code == 200
    assert "sedang diperiksa" in browse(user, edit(dataset)).body


def test_discarding_by_the_screen(browse, officers, dataset):
    call(officers["operator"], "package_patch", id=dataset["id"], title="Dari API")
    address = f"/meja/data/{dataset['id']}/perubahan"
    assert "Buang perubahan" in browse(officers["operator"], address).body
    browse(officers["verifier"], f"{address}/buang", {})
    assert "Dari API" in browse(officers["operator"], address).body
    assert browse(officers["operator"], f"{address}/buang", {}).status_code == 302
    assert "Dari API" not in browse(officers["operator"], address).body


def test_versions_are_compared_and_brought_back(browse, officers, dataset):
    user, first = officers["operator"], dataset["resources"][0]["id"]
    call(user, "package_patch", id=dataset["id"], title="Jumlah murid")
    call(user, "resource_patch", id=first, upload=upload("baru.csv", NEW))
    republish(dataset["id"])
    address = f"/meja/data/{dataset['id']}/versi"
    told = page(browse(user, f"{address}?dari=2&ke=1")).text
    for word in ("Jumlah murid", "Jumlah siswa", "baru.csv", "wilayah", "kehilangan 1 dari 2 barisnya"):
        assert word in told
    assert browse(user, f"{address}?dari=2&ke=9").status_code == 404
    assert browse(user, f"{address}/1/pulihkan", {}).status_code == 302
    now = call(user, "satudata_dataset_show_for_edit", id=dataset["id"])
    assert now["title"] == "Jumlah siswa" and now["resources"][0]["satudata_file"]["name"] == "satu.csv"
    assert public(dataset)["title"] == "Jumlah murid" and bytes_of(first) == NEW
    through_review(officers, dataset)
    assert public(dataset)["title"] == "Jumlah siswa" and bytes_of(first) == OLD
    listed = call(officers["walidata"], "satudata_version_list", id=dataset["id"])
    assert [(one["number"], one["restored"]) for one in listed] == [(3, 1), (2, None), (1, None)]
    assert call(user, "satudata_version_compare", id=dataset["id"], old=1, new=3)["fields"] == []


def test_the_first_version_stands_in_the_list_with_who_published_it(browse, officers, agency):
    fields = full_dataset(owner_org=agency["id"], title="Jumlah guru", name="jumlah-guru")
    draft = call(officers["operator"], "package_create", **fields, resources=[{"name": "A", "upload": upload("a.csv")}])
    listed = [call(officers["walidata"], "satudata_version_list", id=draft["id"])]
    through_review(officers, draft)
    listed.append(call(officers["walidata"], "satudata_version_list", id=draft["id"]))
    assert call(officers["operator"], "satudata_version_compare", id=draft["id"], old=1, new=1)["fields"] == []
    with pytest.raises(tk.ValidationError, match="Nothing differs"):
        call(officers["operator"], "satudata_version_restore", id=draft["id"], number=1)
    told = page(browse(officers["operator"], f"/meja/data/{draft['id']}/versi")).select_one("table").text
    call(officers["operator"], "package_patch", id=draft["id"], title="Guru")
    through_review(officers, draft)
    listed.append(call(officers["walidata"], "satudata_version_list", id=draft["id"]))
    name = listed[1][0]["by"]
    assert name and name in told
    assert [[(one["number"], one["by"], one["is_current"]) for one in found] for found in listed] == [
        [],
        [(1, name, True)],
        [(2, name, True), (1, name, False)],
    ]
    assert listed[1][0]["published_at"] == listed[2][1]["published_at"]
    assert {one["restored"] for found in listed for one in found} == {None} and "memulihkan" not in told


def test_a_second_connection_sees_old_or_new_and_never_a_mix(officers, dataset, monkeypatch):
    """Between the two it looks at what the transaction wrote so far, and sees nothing of it."""
    from ckanext.satudata.shared.publishing import approved

    user, first = officers["operator"], dataset["resources"][0]["id"]
    call(user, "package_patch", id=dataset["id"], title="Jumlah murid")
    call(user, "resource_patch", id=first, upload=upload("baru.csv", NEW))
    seen = []
    statement = sa.text(
        "select p.title, r.url, f.version from package p join resource r on r.package_id = p.id and r.id = :id "
        "join satudata_resource_file f on f.resource_id = r.id and f.released_at is not null and f.retired_at is null"
    )

    def look():
        with model.meta.engine.connect() as other:
            seen.append([tuple(row) for row in other.execute(statement, {"id": first})])

    mark = approved.mark
    monkeypatch.setattr(approved, "mark", lambda *args: (mark(*args), look()))
    look()
    republish(dataset["id"])
    look()
    old = [("Jumlah siswa", "satu.csv", 1)]
    assert seen == [old, old, [("Jumlah murid", "baru.csv", 2)]]


def test_rows_of_a_replaced_file_are_not_read(officers, dataset):
    first = dataset["resources"][0]["id"]
    call(officers["operator"], "resource_patch", id=first, upload=upload("baru.csv", NEW))
    row = model.Session.scalars(Revision.open_of(dataset["id"])).one()
    from ckanext.satudata.shared import raw_writes

    assert not optional._rows_are_stale(first)
    with raw_writes.writing(model.Session, Revision):
        row.pending = [{"what": "rows", "id": first}]
    assert optional._rows_are_stale(first) and not optional._rows_are_stale(dataset["resources"][1]["id"])


def test_an_incremental_harvest_gets_what_was_published_today(officers, dataset):
    before = public(dataset)["metadata_modified"]
    call(officers["operator"], "package_patch", id=dataset["id"], title="Jumlah murid")
    wanted = {"fq": f'metadata_modified:[{before[:23]}Z TO *] -metadata_modified:"{before[:23]}Z"'}
    assert public(dataset)["metadata_modified"] == before
    republish(dataset["id"])
    found = call(officers["operator"], "package_search", **wanted)
    assert [one["title"] for one in found["results"]] == ["Jumlah murid"]
