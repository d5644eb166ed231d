"""The dirt of real portals: every record comes in as a draft of its agency, and what was mended is told per record."""

from __future__ import annotations

import uuid

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.logic.schema import default_create_package_schema
from ckan.tests import factories, helpers

from ckanext.satudata.domain import harvested
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import as_user, operator
from ckanext.satudata.tests.access.test_harvested_in import REMOTE, imported, source
from ckanext.satudata.tests.factories import officer

DIRTY = {
    "title": "Jumlah <b>siswa</b> &amp; guru",
    "name": "jumlah-siswa-dan-guru-" + "x" * 120,
    "notes": "<p>Data siswa<br>per kecamatan</p>",
    "tags": [{"name": "pendidikan, siswa; SD/MI"}, {"name": "a"}, {"name": "guru & staf"}],
    "license_id": None,
    "jadwal_pemutakhiran": "tahunana",
    "periode_data": "-000001-11-29",
    "extras": [
        {"key": "cakupan wilayh", "value": "Kota Malang"},
        {"key": "sumber", "value": "Dinas Pendidikan"},
        {"key": "penanggung", "value": "A"},
        {"key": "penanggung", "value": "B"},
        {"key": "kosong", "value": ""},
        {"key": "access_level", "value": "terbuka"},
        {"key": "private", "value": "false"},
    ],
    "resources": [
        {"name": "Satu", "url": "/unduh/data siswa.csv", "format": "CSV", "description": "<i>lama</i>"},
        {"name": "Dua", "url": "http://[rusak", "format": "XLS"},
        {"name": "Tiga", "url": None, "format": ""},
    ],
}


def test_each_kind_of_dirt_is_read_and_told():
    data, remarks = harvested.read(DIRTY, "https://lain.example/katalog")
    assert data["title"] == "Jumlah siswa & guru" and data["notes"] == "Data siswa per kecamatan"
    assert len(data["name"]) == 100
    assert [tag["name"] for tag in data["tags"]] == ["pendidikan", "siswa", "SD MI", "guru staf"]
    assert data["jadwal_pemutakhiran"] == "tahunan" and data["cakupan_wilayah"] == "35.73"
    assert data["sumber_referensi"] == "Dinas Pendidikan"
    assert data["periode_data"] == "" and "-000001-11-29" in data["catatan_impor"]
    kept = {one["key"]: one["value"] for one in data["extras"]}
    assert kept == {"penanggung": "A | B", "access_level_asal": "terbuka", "private_asal": "false"}
    assert [one["url"] for one in data["resources"]] == ["https://lain.example/unduh/data%20siswa.csv", "", ""]
    assert "http://[rusak" in data["resources"][1]["description"] and data["resources"][0]["description"] == "lama"
    told = {remark.cell for remark in remarks}
    assert {
        "title",
        "name",
        "notes",
        "tag_string",
        "jadwal_pemutakhiran",
        "periode_data",
        "cakupan_wilayah",
        "extras",
    } < told
    assert "resources" in told


@pytest.mark.parametrize(
    "said", ["Tahunan", "1 Tahun Sekali", "R/P1Y", "Bulanan", "Triwulan", "3 Bulan Sekali", "Semesteran", "2", "", None]
)
def test_frequencies_as_they_are_written(said):
    data, remarks = harvested.read({"jadwal_pemutakhiran": said})
    assert data["jadwal_pemutakhiran"] or said in ("2", "", None)
    assert (data.get("catatan_impor") or "") == ("jadwal_pemutakhiran: 2" if said == "2" else "")


def test_a_clean_record_stays_as_it_is():
    assert harvested.read(REMOTE) == (REMOTE, [])


@pytest.mark.parametrize(
    "dirt", [{"tags": "a, b"}, {"extras": "x"}, {"resources": ["x", None]}, {"title": 7}, {"notes": ["a"]}]
)
def test_whatever_its_type_nothing_breaks(dirt):
    harvested.read(dirt)


@pytest.fixture
def harvest_tables(with_plugins, migrate_db_for):
    migrate_db_for("harvest")


@pytest.mark.with_plugins("harvest", "ckan_harvester")
@pytest.mark.usefixtures("with_plugins", "satudata_db", "harvest_tables")
def test_a_dirty_record_becomes_a_draft_and_its_report_is_read_by_its_officers(app):
    mine, walidata = operator(), officer(Role.WALIDATA)
    made = source(factories.SysadminWithToken(), mine["org"])
    ids = [f"8d0f8b6e-0000-4000-8000-00000000000{number}" for number in range(2)]
    for id_ in ids:
        resources = [{**one, "id": str(uuid.uuid4())} for one in DIRTY["resources"]]
        record = {**REMOTE, **DIRTY, "id": id_, "owner_org": mine["org"]["id"], "resources": resources}
        assert imported(made["id"], record)[1] == []
        package = model.Package.get(id_)
        assert package.owner_org == mine["org"]["id"] and package.private
        assert datasets.stage_of(model.Session, id_) is DatasetStage.DRAFT
    # As DCAT's harvesters call it: our own form's rules hold.
    site = {"ignore_auth": True, "user": tk.config["ckan.site_id"], "return_id_only": True}
    by_dcat = str(uuid.uuid4())
    dirty = {**DIRTY, "resources": [dict(one) for one in DIRTY["resources"]]}
    assert helpers.call_action("package_create", site, **dirty, id=by_dcat, owner_org=mine["org"]["id"]) == by_dcat
    assert helpers.call_action("satudata_harvest_report_show", as_user(mine), id=by_dcat)["remarks"]
    for user in (mine, walidata):
        found = helpers.call_action("satudata_harvest_report_show", as_user(user), id=ids[0])
        assert {"tag_string", "resources", "periode_data"} < {one["field"] for one in found["remarks"]}
    page = app.get(f"/dataset/{ids[0]}", headers={"Authorization": mine["token"]}).body
    assert 'id="panen"' in page and "-000001-11-29" in page
    listed = helpers.call_action("satudata_harvest_report_list", as_user(walidata), id=made["id"])
    assert {one["id"] for one in listed} == set(ids)
    for user in (factories.UserWithToken(), operator()):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            helpers.call_action("satudata_harvest_report_show", as_user(user), id=ids[0])
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("satudata_harvest_report_list", as_user(user), id=made["id"])
    # Harvested again it is the same draft, and one report.
    again = {
        **REMOTE,
        **DIRTY,
        "id": ids[0],
        "owner_org": mine["org"]["id"],
        "tags": [{"name": "baru!"}],
        "resources": [],
    }
    assert imported(made["id"], again)[1] == []
    model.Session.expire_all()
    assert [tag.name for tag in model.Package.get(ids[0]).get_tags()] == ["baru"]
    helpers.call_action("harvest_source_clear", as_user(walidata), id=made["id"])
    assert helpers.call_action("satudata_harvest_report_list", as_user(walidata), id=made["id"]) == []


@pytest.mark.usefixtures("with_plugins")
def test_no_extra_has_the_name_of_a_key_that_ckan_reads_itself():
    reserved = {*default_create_package_schema()} - {"resources", "tags"}
    sent = {**DIRTY, "extras": [{"key": key, "value": "x"} for key in sorted(reserved)]}
    data, _ = harvested.read(sent, "https://lain.example/katalog")
    assert reserved & {one["key"] for one in data["extras"]} == set()
