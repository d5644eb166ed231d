"""Drafts from one XLSX: all or none, none twice, errors by cell, in the browser and by the API."""

import io

import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from openpyxl.utils import get_column_letter
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain import imports
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.finding import dataset_list
from ckanext.satudata.shared.people import membership
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.support import bombs

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

HEAD = ["ID DDD", "Nama Data", "Produsen Data", "Klasifikasi Data", "Frekuensi"]


@pytest.fixture
def agency():
    return {**factories.Organization(title="Dinas Kesehatan"), "by": factories.Sysadmin()["name"]}


def book(*rows):
    made = openpyxl.Workbook()
    for row in [["DAFTAR DATA"], HEAD, *rows]:
        made.active.append(row)
    target = io.BytesIO()
    made.save(target)
    return FileStorage(io.BytesIO(target.getvalue()), filename="daftar.xlsx")


def send(agency, upload, user=None, **more):
    # Not call_action: that ignores auth, and this action asks for each row's agency.
    return tk.get_action("satudata_dataset_list_import")({"user": user or agency["by"]}, {"upload": upload, **more})


def count():
    return model.Session.query(model.Package).count()


GOOD = [
    ["DDD-1", "Jumlah Bidan", "Dinas Kesehatan", "Terbuka", "1 Tahun Sekali"],
    ["DDD-2", "Jumlah Dokter", "dinas kesehatn", "Terbatas", "2"],
]


def test_a_dry_run_makes_nothing(agency):
    found = send(agency, book(*GOOD), dry_run=True)
    assert (found["to_create"], found["created"], count()) == (2, [], 0)
    assert [mark["cell"] for mark in found["remarks"]] == ["E3", "C4", "E4"]
    assert "Dinas Kesehatan" in found["remarks"][1]["text"]


def test_rows_become_private_drafts_once(agency):
    made = send(agency, book(*GOOD))
    assert len(made["created"]) == 2
    shown = helpers.call_action("package_show", {"user": agency["by"]}, id=made["created"][0])
    assert shown["private"] and shown["title"] == "Jumlah Bidan" and shown["jadwal_pemutakhiran"] == "tahunan"
    found = helpers.call_action("package_search", {"user": agency["by"]}, q="bidan", include_private=True)
    assert found["count"] == 1
    again = send(agency, book(*GOOD, ["DDD-3", "Jumlah Apotek", "Dinas Kesehatan", "Terbuka", ""]))
    assert (len(again["created"]), again["existing"], count()) == (1, [3, 4], 3)


def test_one_wrong_cell_and_nothing_is_made(agency):
    with pytest.raises(tk.ValidationError) as refused:
        send(agency, book(*GOOD, ["DDD-3", "Jumlah Apotek", "Dinas Antah", "Terbuka", ""]))
    assert list(refused.value.error_dict) == ["C5"]
    assert count() == 0


def test_a_row_that_ckan_refuses_takes_the_others_with_it(agency, monkeypatch):
    from ckanext.satudata.domain import imports

    monkeypatch.setattr(imports, "is_area_code", lambda code: True)
    upload = book(*GOOD)
    filled = openpyxl.load_workbook(upload.stream)
    filled.active["F2"], filled.active["F4"] = "Wilayah", "99.99"
    target = io.BytesIO()
    filled.save(target)
    with pytest.raises(tk.ValidationError) as refused:
        send(agency, FileStorage(io.BytesIO(target.getvalue()), filename="x.xlsx"))
    assert "F4" in refused.value.error_dict
    assert count() == 0


@pytest.mark.parametrize("content", [b"", b"<html><table></table></html>", b"PK\x03\x04broken"])
def test_what_is_no_list_is_refused_with_a_mend(agency, content):
    with pytest.raises(tk.ValidationError) as refused:
        send(agency, FileStorage(io.BytesIO(content), filename="daftar.xlsx"))
    assert "XLSX" in refused.value.error_dict["upload"][0]


CELLS = (
    "DAFTAR DATA, KOTA;;\r\nNama Data;Produsen Data;Klasifikasi Data\r\nJumlah Bidan, 2024;Dinas Kesehatan;Terbuka\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize(("separator", "end"), [(";", "\r"), (";", "\n"), ("\t", "\r\n")])
def test_a_csv_as_spreadsheets_save_it(agency, encoding, separator, end):
    content = CELLS.replace(";", separator).replace("\r\n", end).encode(encoding)
    found = send(agency, FileStorage(io.BytesIO(content), filename="daftar.csv"), dry_run=True)
    assert (found["rows"], found["to_create"], [r for r in found["remarks"] if r["is_error"]]) == (1, 1, [])


@pytest.mark.parametrize("content", [b"Nama Data\0", b'Nama Data,Produsen Data\n"a', b"\xff\xfea"])
def test_a_csv_that_is_none_is_refused(agency, content):
    with pytest.raises(tk.ValidationError) as refused:
        send(agency, FileStorage(io.BytesIO(content), filename="daftar.csv"))
    assert list(refused.value.error_dict) == ["upload"]


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (lambda: "<row>" + "<c><v>1</v></c>" * 600_000 + "</row>", "200 kolom"),
        (lambda: ("<row>" + "<c><v>1</v></c>" * 150 + "</row>") * 4000, "jauh lebih banyak"),
        (lambda: "<row>" + "<c/>" * 300 + "<c><v>1</v></c></row>", "200 kolom"),
        (lambda: "<row/>" + " " * (61 << 20), "jauh lebih banyak"),
    ],
)
def test_a_packed_bomb_is_refused_before_anybody_waits(agency, row, part, monkeypatch):
    monkeypatch.setattr(dataset_list, "lock", lambda session: pytest.fail("others wait for this list"))
    content = bombs.book(bombs.HEAD + row() + bombs.END)
    assert len(content) < 200_000
    upload = FileStorage(io.BytesIO(content), filename="x.xlsx")
    with pytest.raises(tk.ValidationError) as refused, wording.speaking("id"):
        send(agency, upload)
    assert part in refused.value.error_dict["upload"][0]


def test_a_dry_run_tells_nothing_of_hidden_datasets(agency):
    hidden = full_dataset(title="Rahasia", owner_org=agency["id"], id_ddd="DDD-9", access_level="tertutup")
    helpers.call_action("package_create", {"user": agency["by"]}, name="rahasia", **hidden)
    other = factories.Organization(title="Dinas Sosial")
    operator = officer(Role.OPERATOR, other["id"])
    membership.project(model.Session, operator["id"])
    model.Session.commit()
    rows = [["DDD-9", "Apa saja", "Dinas Sosial", "Terbuka", ""], ["", "Rahasia", "Dinas Kesehatan", "Terbuka", ""]]
    assert send(agency, book(*rows), user=operator["name"], dry_run=True)["existing"] == []
    assert send(agency, book(*rows), dry_run=True)["existing"] == [3, 4]


def test_walidata_loads_the_list_of_all_agencies_and_drafts(app, agency):
    factories.Organization(title="Dinas Sosial")
    walidata = officer(Role.WALIDATA)
    head = {"Authorization": walidata["token"]}
    assert app.get("/meja/impor-daftar", headers=head).status_code == 200
    rows = [*GOOD, ["DDD-3", "Jumlah Panti", "Dinas Sosial", "Terbuka", ""]]
    made = send(agency, book(*rows), user=walidata["name"])
    assert len(made["created"]) == 3
    page = app.get("/dataset/new", headers=head)
    assert page.status_code == 200 and "Dinas Sosial" in page.body and "Dinas Kesehatan" in page.body
    tk.get_action("package_patch")({"user": walidata["name"]}, {"id": made["created"][2], "notes": "Diubah"})
    limited = officer(Role.WALIDATA, kind="an", processes=["report"])
    assert app.get("/meja/impor-daftar", headers={"Authorization": limited["token"]}, status=404)
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("package_create")({"user": limited["name"]}, {"title": "x", "owner_org": agency["id"]})


def test_the_template_offers_the_lists_and_is_read_again(agency):
    filled = openpyxl.load_workbook(io.BytesIO(dataset_list.template()))
    sheet, lists = filled.worksheets
    heads = {cell.value.removesuffix(" *"): cell.column for cell in sheet[1]}
    offered = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    for head, word in (("Produsen Data", "Dinas Kesehatan"), ("Jenis Data", "Statistik")):
        where = offered[f"{get_column_letter(heads[head])}2"].split("$")[1]
        assert word in [cell.value for cell in lists[where]]
    assert len(offered) == len(imports.LISTS) + 1
    for head, value in (("Nama Data", "Jumlah Bidan"), ("Produsen Data", "Dinas Kesehatan")):
        sheet.cell(2, heads[head], value)
    level = next(at for name, at in heads.items() if name == "Klasifikasi data")
    sheet.cell(2, level, "Terbuka")
    target = io.BytesIO()
    filled.save(target)
    found = send(agency, FileStorage(io.BytesIO(target.getvalue()), filename="x.xlsx"), dry_run=True)
    assert (found["to_create"], found["remarks"]) == (1, [])


def test_an_operator_of_one_agency_writes_no_drafts_for_another(agency):
    user = factories.User()
    own = factories.Organization(title="Dinas Sosial", users=[{"name": user["name"], "capacity": "editor"}])
    hold(user["id"], Role.OPERATOR, own["id"])
    with pytest.raises(tk.ValidationError) as refused:
        send(agency, book(*GOOD), user=user["name"])
    assert set(refused.value.error_dict) == {"C3", "C4"}
    with pytest.raises(tk.NotAuthorized):
        send(agency, book(*GOOD), user=factories.User()["name"])
    assert count() == 0


def test_a_membership_without_a_role_opens_nothing(app, agency):
    user = factories.UserWithToken()
    for capacity in ("editor", "admin"):
        factories.Organization(users=[{"name": user["name"], "capacity": capacity}])
    for path in ("/meja/impor-daftar", "/meja/impor-daftar/templat.xlsx"):
        assert app.get(path, headers={"Authorization": user["token"]}).status_code == 404
    with pytest.raises(tk.NotAuthorized):
        send(agency, book(*GOOD), user=user["name"])


def test_the_page_checks_then_imports(app, agency):
    by = factories.SysadminWithToken()
    head = {"Authorization": by["token"]}
    assert app.get("/meja/impor-daftar").status_code in (403, 404)
    empty = app.get("/meja/impor-daftar/templat.xlsx", headers=head)
    heads = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(empty.data)).active[1]]
    assert "Nama Data *" in heads and "Produsen Data *" in heads and not [head for head in heads if "_" in head]
    upload = book(*GOOD)
    given = {"upload": (upload.stream, "daftar.xlsx"), "do": "check"}
    page = app.post("/meja/impor-daftar", data=given, headers=head, content_type="multipart/form-data")
    assert page.status_code == 200 and "E4" in page.body and count() == 0
    kept = page.body.split('name="kept" value="')[1].split('"')[0]
    page = app.post("/meja/impor-daftar", data={"kept": kept, "kept_name": "d.xlsx", "do": "import"}, headers=head)
    assert page.status_code == 200 and count() == 2


def test_faults_stand_before_notes_with_their_columns_and_nothing_is_offered(app, agency):
    head = {"Authorization": factories.SysadminWithToken()["token"]}

    def post(do, *rows):
        given = {"upload": (book(*rows).stream, "daftar.xlsx"), "do": do}
        answer = app.post(
            "/meja/impor-daftar", data=given, headers=head, content_type="multipart/form-data", expect_errors=True
        )
        return answer.status_code, BeautifulSoup(answer.body, "html.parser").main

    wrong = ["DDD-8", "Jumlah Bidan", "Dinas Entah", "Terbuka", ""]
    for do, status in (("check", 200), ("import", 409)):
        found, page = post(do, *GOOD, wrong)
        first, second = page.select("table")
        assert found == status and count() == 0
        assert [row.th.text for row in first.select("tbody tr")] == ["C5"]
        assert first.select_one("[data-label=Kolom]").text == "Produsen Data"
        assert second.find_parent("details") is not None and "E4" in second.text
        assert not page.select("button[value=import]") and page.select("button[value=check]")
    assert post("check", *GOOD)[1].select("button[value=import]")


def test_a_slip_that_stands_in_every_row_is_compared_once(agency, monkeypatch):
    looked = []
    near = dataset_list.difflib.get_close_matches
    monkeypatch.setattr(dataset_list.difflib, "get_close_matches", lambda *args: looked.append(args) or near(*args))
    found = dataset_list.Organizations(model.Session)
    assert {found.find("Dinas Kesehatn") for _ in range(9)} == {(agency["id"], "Dinas Kesehatan")}
    imports._near.cache_clear()
    assert {imports._near("frekuensi", "tahunann") for _ in range(9)} == {"tahunan"}
    assert len(looked) == 2
