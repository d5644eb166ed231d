"""Quality before sending: hints for the operator and the verifier; only what nobody can read is held back."""

from __future__ import annotations

import io
import zipfile

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.shared.files import looks
from ckanext.satudata.shared.publishing import datasets, sendable
from ckanext.satudata.tests.access.support import upload
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.publication.support import call, command, send, through_review
from ckanext.satudata.tests.support import bombs

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

FAULTY = b"kode_wilayah;jumlah;;satuan\n35.73.01;12;;ekor\n99.99;3;;ekor\nJumlah;15;;ekor\n"


def draft(officers, agency, name="data.csv", content=FAULTY):
    given = full_dataset(owner_org=agency["id"], title="Jumlah ternak", name="ternak", satuan="orang")
    return call(
        officers["operator"], "package_create", **given, resources=[{"name": "Satu", "upload": upload(name, content)}]
    )


def hints(page):
    return [one.text for one in BeautifulSoup(page.body, "html.parser").select("#mutu li")]


def quality_of(page):
    found = BeautifulSoup(page.body, "html.parser").select_one("#mutu")
    return " ".join(found.text.split()) if found else ""


def test_the_operator_and_the_verifier_read_the_same_hints(browse, officers, agency):
    dataset = draft(officers, agency)
    found = call(officers["operator"], "satudata_quality_show", id=dataset["id"])
    (file,) = found["files"]
    assert (file["state"], file["rows"], file["columns"]) == ("done", 3, 4) and len(file["findings"]) >= 4
    page = browse(officers["operator"], f"/dataset/{dataset['id']}")
    before = quality_of(page)
    for word in ("Kolom 3", "99.99", "ekor", "orang", "Baris 4 berisi jumlah"):
        assert word in before, before
    assert call(officers["verifier"], "satudata_quality_show", id=dataset["id"]) == found
    case = send(officers, dataset)
    assert hints(browse(officers["verifier"], f"/meja/{case}")) == hints(page) != []
    # It stays with the version, after it is public and for nobody else.
    command(officers["verifier"], case, "approve")
    command(officers["producer_head"], case, "approve")
    command(officers["walidata"], case, "publish")
    assert call(officers["verifier"], "satudata_quality_show", id=dataset["id"])["files"] == found["files"]
    stranger = factories.UserWithToken()
    with pytest.raises(tk.NotAuthorized):
        call(stranger, "satudata_quality_show", id=dataset["id"])
    assert not quality_of(browse(stranger, f"/dataset/{dataset['id']}"))


def test_a_change_of_public_data_is_looked_into_as_it_would_be(browse, officers, dataset):
    first = dataset["resources"][0]["id"]
    call(officers["operator"], "resource_patch", id=first, upload=upload("satu.csv", FAULTY))
    assert "99.99" in quality_of(browse(officers["operator"], f"/meja/data/{dataset['id']}/perubahan"))
    through_review(officers, dataset)


def zip_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("data.csv", b"0" * 3_000_000)
    return out.getvalue()


def empty_book():
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["tahun", "nilai"])
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("judul.csv", b"tahun,nilai\n,\n\n", "headings"),
        ("kosong.xlsx", empty_book(), "headings"),
        ("bom.zip", zip_bomb(), "MB"),
    ],
)
def test_what_nobody_can_read_is_not_sent(officers, agency, monkeypatch, name, content, word):
    monkeypatch.setattr(sendable, "BOMB_BYTES", 2_000_000)
    dataset = draft(officers, agency, name, content)
    with pytest.raises(tk.ValidationError) as refused:
        send(officers, dataset)
    assert word in str(refused.value.error_dict["resources"])
    model.Session.rollback()
    assert datasets.stage_of(model.Session, dataset["id"]) is DatasetStage.DRAFT


def test_a_wide_or_odd_spreadsheet_is_sent(officers, agency):
    # What a careful reader refuses for its size is no fault, and what it cannot compare neither.
    sheet = bombs.HEAD + "<row r='1'>" + "<c><v>1</v></c>" * 600 + "</row><row r='2'><c><v>1</v></c></row>"
    dataset = draft(officers, agency, "lebar.xlsx", bombs.book(sheet + bombs.END))
    (file,) = call(officers["operator"], "satudata_quality_show", id=dataset["id"])["files"]
    assert file["state"] == "failed" and file["findings"] == []
    assert send(officers, dataset)


def test_large_files_are_looked_into_by_a_job(browse, officers, agency, monkeypatch):
    queued = []
    monkeypatch.setattr(looks, "SMALL", 10)
    monkeypatch.setattr(looks.tk, "enqueue_job", lambda *args, **more: queued.append(args[1]))
    dataset = draft(officers, agency)
    assert "0 %" in quality_of(browse(officers["operator"], f"/dataset/{dataset['id']}"))
    assert send(officers, dataset)
    looks.run(queued[0][0])
    (file,) = call(officers["verifier"], "satudata_quality_show", id=dataset["id"])["files"]
    assert file["state"] == "done" and file["findings"]


def test_the_empty_table_to_fill_in(browse, officers, agency):
    dataset = draft(officers, agency)
    answer = browse(officers["operator"], f"/meja/data/{dataset['id']}/templat")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["kode_wilayah", "nama_wilayah", "tahun", "kecamatan", "jenis_kelamin", "nilai", "satuan"]
    assert rows[1][0] == "35.73" and rows[1][2] == 2019 and rows[1][-1] == "orang"
    assert sheet["A2"].number_format == "@"
    assert browse(factories.UserWithToken(), f"/meja/data/{dataset['id']}/templat").status_code == 404


def test_who_reads_several_cases_together_sees_what_the_files_show(browse, officers, agency):
    dataset = draft(officers, agency)
    send(officers, dataset)
    (row,) = [one for one in call(officers["verifier"], "satudata_inbox")["rows"] if one["title"] == "Jumlah ternak"]
    assert {one["command"]: one["many"] for one in row["commands"]} == {"approve": True, "return_": True}
    page = browse(officers["verifier"], f"/meja/bersama?langkah={row['step_id']}")
    shown = " ".join(BeautifulSoup(page.body, "html.parser").select_one("section.sd-card").text.split())
    for word in ("Jumlah ternak", "Terbuka", "data.csv", "Kolom 3", officers["operator"]["fullname"]):
        assert word in shown, word
