"""Maluku Utara's analysis report: from pinned data through Kasie, Kabid and Kadis to a dataset of its own."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories

from ckanext.satudata.domain import imports
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.publishing import approved
from ckanext.satudata.tests.access.support import make
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.posts.support import act, opened, paper, picture, write

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


class Office:
    """The ladder of the steward's office, an agency, open data; a report begun by Kasie."""

    def __init__(self):
        self.agency = ckan_factories.Organization(title="Dinas Kominfo")["id"]
        roles = (Role.SECTION_HEAD, Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD, Role.STAFF)
        self.kasie, self.kabid, self.kadis, self.staff = (officer(role) for role in roles)
        self.data = opened()
        about = {"process": "analysis_report", "organization_id": self.agency, "title": "Analisis 2025"}
        self.case = act("satudata_case_start", self.kasie, **about)["id"]

    def give(self, who, command, **payload):
        return act("satudata_case_command", who, id=self.case, command=command, **payload)

    def write(self):
        return write(self.kasie, self.case, self.data["resources"][0]["id"])

    def published(self):
        self.write()
        self.give(self.kasie, "record")
        self.write()
        self.give(self.kasie, "submit")
        for who in (self.kabid, self.kadis):
            self.give(who, "approve")
        return self.give(self.staff, "publish")


@pytest.fixture
def at(monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudata.sop", "maluku_utara")
    return Office()


def test_it_is_begun_for_an_agency_since_it_ends_in_a_dataset(at):
    with pytest.raises(tk.ValidationError) as refused:
        act("satudata_case_start", at.kasie, process="analysis_report", title="Analisis 2026")
    assert set(refused.value.error_dict) == {"organization_id"}


def test_it_becomes_a_dataset_linked_both_ways(at, app):
    name = at.published()["dataset"]
    made = act("package_show", None, id=name)
    assert made["jenis_data"] == "publikasi" and made["title"] == "Sekolah di kota ini"
    assert (made["license_id"], made["periode_data"], made["access_level"]) == ("cc-by", "2025", "terbuka")
    assert [one["format"] for one in made["resources"]] == ["PDF"]
    fetched = app.get(made["resources"][0]["url"].partition("test.ckan.net")[2] or made["resources"][0]["url"])
    kept = model.Session.query(VaultObject).filter_by(purpose="post").one()
    assert len(fetched.data) == kept.size_bytes
    assert f"/dataset/{name}" in app.get(f"/dataset/{at.data['name']}").body
    page = app.get(f"/dataset/{name}").body
    assert f"/dataset/{at.data['name']}" in page and "Data yang dipakai" in page
    assert f"/dataset/{name}" in app.get("/publikasi").body and made["id"] in app.get("/publikasi/umpan.atom").body
    (listed,) = act("satudata_post_list", None, package_id=at.data["id"])
    assert (listed["kind"], listed["dataset_id"], listed["drawings"]) == ("report", made["id"], [])


def test_its_case_speaks_of_a_report(at, app):
    page = lambda who: app.get(f"/meja/{at.case}", headers={"Authorization": who["token"]}).body  # noqa: E731
    at.write()
    at.give(at.kasie, "record")
    assert "Lihat dahulu apa yang belum ada" in page(at.kasie)
    at.write()
    act("satudata_post_save", at.kasie, id=at.case, version=2, period="2019-2025")
    told = page(at.kasie)
    assert "Lihat dahulu ringkasan dan berkasnya" in told and "Berkas laporan" in told and "gambar" not in told
    assert "2019–2025" in told and "2019/2025" not in told
    at.give(at.kasie, "submit")
    assert "Setujui laporan analisis" in page(at.kabid)


def test_it_is_released_as_every_dataset_is(at):
    name = at.published()["dataset"]
    id_ = model.Package.get(name).id
    state = model.Session.get(DatasetState, id_)
    assert state.state == "published" and state.first_published_at is not None
    events = model.Session.scalars(sa.select(Journal.event).where(Journal.subject_id == id_).order_by(Journal.id)).all()
    assert events.index("report_became_dataset") < events.index(approved.EVENT)
    assert id_ not in set(approved.changed(model.Session))


def test_it_takes_papers_only_and_needs_all_of_them(at):
    at.write()
    at.give(at.kasie, "record")
    with pytest.raises(tk.ValidationError) as refused:
        act("satudata_post_save", at.kasie, id=at.case, version=1, file=picture(), alt="x")
    assert "file" in refused.value.error_dict
    act("satudata_post_save", at.kasie, id=at.case, version=1, title="A", caption="B", file=paper(), alt="Laporan")
    with pytest.raises(tk.ValidationError) as refused:
        at.give(at.kasie, "submit")
    assert "period" in str(refused.value.error_dict)
    with pytest.raises(tk.ValidationError):
        act("satudata_post_save", at.kasie, id=at.case, version=2, period="lama sekali")


def test_the_ladder_is_climbed_by_different_people_and_leads_back(at):
    at.write()
    at.give(at.kasie, "record")
    at.write()
    at.give(at.kasie, "submit")
    for who in (at.kasie, at.kadis, at.staff, ckan_factories.Sysadmin()):
        with pytest.raises((tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound)):
            at.give(who, "approve")
    at.give(at.kabid, "approve")
    at.give(at.kadis, "return_", note="Bab dua.")
    assert act("satudata_post_draft_show", at.kasie, id=at.case)["editable"]
    assert act("satudata_post_list", None) == []
    assert model.Session.query(model.Package).count() == 1


def test_when_its_data_are_withdrawn_the_report_stays_and_names_them_no_more(at, app):
    name = at.published()["dataset"]
    id_, walidata = model.Package.get(name).id, officer(Role.WALIDATA)
    act("satudata_dataset_withdraw", walidata, id=at.data["id"], reason="Keliru.")
    page = app.get(f"/dataset/{name}").body
    assert "Sekolah menurut kecamatan" not in page and "Sekolah di kota ini" in page
    feed = app.get("/publikasi/umpan.atom").body
    assert id_ in feed and "menurut kecamatan" not in feed
    # The report itself leaves as a dataset does.
    act("satudata_dataset_withdraw", walidata, id=name, reason="Keliru juga.")
    assert name not in app.get("/publikasi").body and act("satudata_post_list", None) == []


def test_a_publication_comes_of_a_report_and_in_no_other_way(at, app):
    """Far less is demanded of its description: nobody may choose it for figures, nor the portal itself."""
    mine = at.data["operator"]
    edit = app.get("/dataset/new", headers={"Authorization": mine["token"]}).body
    assert 'value="geospasial"' in edit and 'value="publikasi"' not in edit
    draft = make(mine, mine["org"], title="Gaji", name="gaji", jenis_data="statistik")
    unchecked = {"ignore_auth": True, "user": mine["name"]}
    for name, sent in (
        ("package_create", {"title": "Gaji lagi", "owner_org": mine["org"]["id"], "access_level": "terbuka"}),
        ("package_patch", {"id": draft["id"]}),
        ("package_patch", {"id": at.data["id"]}),
    ):
        for context in ({"user": mine["name"]}, unchecked):
            with pytest.raises(tk.ValidationError) as refused:
                tk.get_action(name)(dict(context), {**sent, "jenis_data": "publikasi"})
            assert "Only an approved analysis report" in refused.value.error_dict["jenis_data"][0]
    made = act("package_show", None, id=at.published()["dataset"])
    changed = tk.get_action("package_patch")(dict(unchecked), {"id": made["id"], "notes": "Ringkasan lain"})
    assert changed["jenis_data"] == "publikasi"


def test_a_list_that_says_publication_keeps_it_as_a_note():
    found = imports.read([["Nama Data", "jenis_data"], ["Gaji", "Laporan Analisis"]], lambda _name: None)
    (row,) = found.rows
    assert "jenis_data" not in row.fields and "Laporan Analisis" in row.fields["catatan_impor"]
