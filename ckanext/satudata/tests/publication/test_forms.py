"""The operator's forms: two buttons, nothing lost, and each fault told at its field in the reader's language."""

from __future__ import annotations

import io
import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from werkzeug.datastructures import FileStorage

from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import publish
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

CSV = b"tahun,nilai\n2024,7\n"


def call(person, action, **data):
    return tk.get_action(action)({"user": person["name"], "auth_user_obj": model.User.get(person["id"])}, data)


@pytest.fixture
def draft(officers, agency):
    def make(**changes):
        file = FileStorage(io.BytesIO(CSV), filename="murid.csv")
        data = full_dataset(owner_org=agency["id"], **{"resources": [{"name": "Tabel", "upload": file}], **changes})
        return call(officers["operator"], "package_create", **data)

    return make


def hidden(page, name):
    found = BeautifulSoup(page.body, "html.parser").select_one(f"input[name={name}]")
    assert found is not None, name
    return found["value"]


def fields(page):
    """What a browser would send of the dataset form."""
    soup, values = BeautifulSoup(page.body, "html.parser").select_one("form#dataset-edit"), {}
    for item in soup.select("input[name], textarea[name]"):
        if item.get("type") not in ("radio", "checkbox") or item.has_attr("checked"):
            values[item["name"]] = item.get("value", "") if item.name == "input" else item.text.strip()
    for item in soup.select("select[name]"):
        chosen = item.select_one("option[selected]")
        values[item["name"]] = chosen["value"] if chosen else ""
    return values


def stage(dataset_id):
    model.Session.expire_all()
    return model.Session.get(DatasetState, dataset_id).state


def new_form(agency, **changes):
    return {"_ckan_phase": "1", "save": "draft", "title": "Jumlah Guru", "owner_org": agency["id"],
            "access_level": "terbuka", **changes}  # fmt: skip


def test_the_form_has_two_buttons_and_no_leftovers(browse, officers, agency):
    page = browse(officers["operator"], "/dataset/new").body
    assert "Simpan draf" in page and "Kirim ke verifikator" in page
    soup = BeautifulSoup(page, "html.parser").select_one("form#dataset-edit")
    assert not soup.select("select[name=private], [name^=extras], [name=groups], #field-name, [value=go-metadata]")
    assert not re.search(r"Publish|Visibility|Previous|CKAN", soup.text)


def test_a_draft_saved_by_the_form_leads_to_its_file_and_stands_among_the_drafts(browse, officers, agency):
    saved = browse(officers["operator"], "/dataset/new", new_form(agency))
    assert saved.status_code == 302 and saved.location.endswith("/resource/new")
    page = browse(officers["operator"], "/meja/data/draf").body
    assert "Jumlah Guru" in page and 'href="/meja/data/draf?format=csv"' in page
    listed = browse(officers["operator"], "/meja/data/draf?format=csv")
    assert listed.mimetype == "text/csv" and "\nJumlah Guru;" in listed.body.replace("\r", "")


def test_a_double_click_makes_one_dataset_and_one_file(browse, officers, agency):
    operator = officers["operator"]
    form = new_form(agency, satudata_form_key=hidden(browse(operator, "/dataset/new"), "satudata_form_key"))
    first, again = (browse(operator, "/dataset/new", form) for _ in range(2))
    assert first.location == again.location
    name = re.search(r"/dataset/([^/]+)/", first.location).group(1)
    key = hidden(browse(operator, f"/dataset/{name}/resource/new"), "satudata_form_key")
    for _ in range(2):
        file = {"id": "", "save": "go-dataset-complete", "satudata_form_key": key, "upload": (io.BytesIO(CSV), "a.csv")}
        assert browse(operator, f"/dataset/{name}/resource/new", file).status_code == 302
    assert len(call(operator, "package_show", id=name)["resources"]) == 1


def test_send_on_the_form_saves_and_sends_or_says_what_is_missing(browse, officers, draft):
    dataset, operator = draft(satuan=""), officers["operator"]
    page = browse(operator, f"/dataset/edit/{dataset['name']}")
    form = fields(page) | {"save": "satudata-send"}
    saved = browse(operator, f"/dataset/edit/{dataset['name']}", form)
    assert saved.status_code == 302 and saved.location.endswith(f"/dataset/{dataset['name']}")
    assert stage(dataset["id"]) == "draft"
    assert "#field-satuan" in browse(operator, f"/dataset/{dataset['name']}").body
    form = fields(browse(operator, f"/dataset/edit/{dataset['name']}")) | {"save": "satudata-send", "satuan": "orang"}
    browse(operator, f"/dataset/edit/{dataset['name']}", form)
    assert stage(dataset["id"]) == "in_review"


def test_a_fault_is_told_at_its_field_and_the_typed_text_stays(browse, officers, agency):
    page = browse(officers["operator"], "/dataset/new", new_form(agency, title="", satuan="ekor", periode_data="kapan"))
    soup = BeautifulSoup(page.body, "html.parser")
    links = {link["href"] for link in soup.select(".sd-error-summary a")}
    assert {"#field-title", "#field-periode_data"} <= links
    assert soup.select_one("#field-satuan")["value"] == "ekor" and soup.select_one("#field-title") is not None


def test_who_saves_over_a_colleague_is_shown_both_and_decides(browse, officers, draft):
    dataset, operator = draft(), officers["operator"]
    address = f"/dataset/edit/{dataset['name']}"
    mine = fields(browse(operator, address)) | {"save": "draft", "satuan": "ekor"}
    call(officers["colleague"], "package_patch", id=dataset["id"], satuan="jiwa", konsep="Konsep baru")
    page = browse(operator, address, mine)
    assert page.status_code == 200
    told = BeautifulSoup(page.body, "html.parser").select_one(".sd-error-summary").text
    assert "jiwa" in told and "ekor" in told and "Konsep baru" in told
    assert call(operator, "package_show", id=dataset["id"])["satuan"] == "jiwa"
    again = fields(page) | {"save": "draft"}
    assert again["satuan"] == "ekor"
    assert browse(operator, address, again).status_code == 302
    assert call(operator, "package_show", id=dataset["id"])["satuan"] == "ekor"


def test_a_file_added_meanwhile_is_no_reason_to_refuse_a_description(browse, officers, draft):
    dataset, operator = draft(), officers["operator"]
    address = f"/dataset/edit/{dataset['name']}"
    mine = fields(browse(operator, address)) | {"save": "draft", "satuan": "ekor"}
    call(officers["colleague"], "resource_create", package_id=dataset["id"], url="https://contoh.example/a.csv")
    assert browse(operator, address, mine).status_code == 302
    shown = call(operator, "package_show", id=dataset["id"])
    assert shown["satuan"] == "ekor" and len(shown["resources"]) == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("murid.xlsx", b"PK\x03\x04rusak", "rusak dan tidak dapat dibuka"),
        ("murid.csv", b"", "kosong"),
        ("murid.csv", b"%PDF-1.7 x", "isinya PDF"),
        ("murid.xls", b"<html><table></table></html>", "isinya HTML"),
        ("murid.csv", "nama\nÉlise\n".encode("latin-1"), "Baris 2"),
        ("murid.csv", "nama\nbudi\n".encode("utf-16"), "UTF-16"),
        ("besar.csv", b"a,b\n" * 300_000, "1 MB"),
    ],
)
def test_a_bad_file_is_refused_at_its_field(browse, officers, draft, ckan_config, monkeypatch, name, content, told):
    monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 1)
    dataset = draft()
    form = {"id": "", "save": "go-dataset-complete", "name": "Tabel kedua", "upload": (io.BytesIO(content), name)}
    page = browse(officers["operator"], f"/dataset/{dataset['name']}/resource/new", form)
    soup = BeautifulSoup(page.body, "html.parser")
    assert told in soup.select_one("#error-upload").text
    assert soup.select_one("#field-name")["value"] == "Tabel kedua"
    assert len(call(officers["operator"], "package_show", id=dataset["id"])["resources"]) == 1


def test_a_files_form_without_file_and_address_is_refused_and_stores_nothing(browse, officers, draft):
    dataset, operator = draft(), officers["operator"]
    address = f"/dataset/{dataset['name']}/resource/new"
    key = hidden(browse(operator, address), "satudata_form_key")
    form = {"id": "", "save": "go-dataset-complete", "satudata_form_key": key, "url": " ", "name": "Tabel kedua"}
    soup = BeautifulSoup(browse(operator, address, form).body, "html.parser")
    assert "Belum ada berkas" in soup.select_one("#error-upload").text
    assert soup.select_one(".sd-error-summary a[href='#field-upload']") and soup.select_one("#field-name")["value"]
    assert len(call(operator, "package_show", id=dataset["id"])["resources"]) == 1
    named = form | {"url": "https://contoh.example/b.csv"}
    assert browse(operator, address, named).status_code == 302
    assert len(call(operator, "package_show", id=dataset["id"])["resources"]) == 2


def test_a_files_form_without_its_hidden_fields_is_refused_in_words(browse, officers, draft):
    dataset = draft()
    rid = call(officers["operator"], "package_show", id=dataset["id"])["resources"][0]["id"]
    for address in (f"/dataset/{dataset['name']}/resource/new", f"/dataset/{dataset['name']}/resource/{rid}/edit"):
        page = browse(officers["operator"], address, {"name": "Tabel kedua"})
        assert page.status_code == 400 and "tidak lengkap" in page.body


def test_open_data_with_an_empty_file_are_not_sent(officers, draft):
    dataset = draft()
    # As a list or a harvester names a file that is still to come.
    known = call(officers["operator"], "package_show", id=dataset["id"])["resources"]
    empty = {"name": "Tabel tanpa isi"}
    call(officers["operator"], "package_patch", id=dataset["id"], resources=[*known, empty])
    with pytest.raises(tk.ValidationError) as refusal:
        call(officers["operator"], "satudata_dataset_submit", id=dataset["id"])
    assert "Tabel tanpa isi" in str(refusal.value.error_dict["resources"])
    assert stage(dataset["id"]) == "draft"


def test_a_file_more_open_than_its_dataset_is_refused_at_the_field(browse, officers, draft):
    dataset = draft(
        access_level="terbatas", access_ground="17h", access_basis="UU 14/2008 pasal 17", access_until="2030-01-01"
    )
    form = {"id": "", "save": "go-dataset-complete", "access_level": "terbuka", "upload": (io.BytesIO(CSV), "a.csv")}
    page = browse(officers["operator"], f"/dataset/{dataset['name']}/resource/new", form)
    assert "#field-access_level" in page.body and page.status_code == 200
    looser = draft(resources=[{"url": "https://contoh.example/a.csv", "access_level": "terbuka"}])
    with pytest.raises(tk.ValidationError) as refusal:
        call(officers["operator"], "package_patch", id=looser["id"], access_level="tertutup")
    assert "access_level" in refusal.value.error_dict


def test_a_file_is_shown_by_name_and_size_replaced_and_taken_away(browse, officers, draft):
    dataset, operator = draft(), officers["operator"]
    resource = dataset["resources"][0]["id"]
    address = f"/dataset/{dataset['name']}/resource/{resource}/edit"
    own = BeautifulSoup(browse(operator, address).body, "html.parser").select_one(".sd-own-file").text
    assert "murid.csv" in own and "19 B" in own
    odd = "../..\\gaji <b>é " + "x" * 300 + ".csv"
    form = {"id": resource, "save": "go-dataset-complete", "url": "", "name": "Tabel"}
    saved = browse(operator, address, form | {"upload": (io.BytesIO(CSV + b"2025,8\n"), odd)})
    assert saved.status_code == 302 and saved.location.endswith(dataset["name"])
    page = browse(operator, address)
    name = datasets.file_of(model.Session, resource)[1].original_name
    assert len(name) <= 200 and name.endswith(".csv") and "/" not in name and "<b>" not in page.body
    assert browse(operator, f"/dataset/{dataset['id']}/resource/{resource}/download/x").data.endswith(b"2025,8\n")
    browse(operator, address, form)
    assert datasets.file_of(model.Session, resource)[1].original_name == name, "saving without a file keeps it"
    browse(operator, address, form | {"clear_upload": "true"})
    assert datasets.file_of(model.Session, resource)[1] is None


def test_the_verifier_reads_the_description_and_downloads_the_files(browse, officers, draft):
    dataset, verifier = draft(), officers["verifier"]
    case = call(officers["operator"], "satudata_dataset_submit", id=dataset["id"])["id"]
    soup = BeautifulSoup(browse(verifier, f"/meja/{case}").body, "html.parser")
    assert "Murid kelas 1 sampai 6" in soup.text and "kecamatan; jenis kelamin" in soup.text
    link = soup.find("a", string="murid.csv")["href"]
    assert browse(verifier, link).data == CSV
    ids = [item["id"] for item in soup.select("[id]")]
    assert len(ids) == len(set(ids))


def test_a_mail_server_that_is_down_stops_no_command(officers, draft, mail_sink):
    mail_sink.stop()
    dataset = draft()
    call(officers["operator"], "satudata_dataset_submit", id=dataset["id"])
    assert stage(dataset["id"]) == "in_review"
    assert notices.send_waiting()[1] == 2, "the mails to verifier and head wait for their next try"
    mail_sink.start()


def test_walidata_withdraws_with_a_reason_after_being_told(browse, officers, draft):
    dataset, walidata = draft(), officers["walidata"]
    publish(dataset["id"])
    address = f"/meja/data/{dataset['id']}/tarik"
    assert browse(officers["operator"], address, expect_errors=True).status_code == 404
    assert "tidak dapat dibatalkan" in browse(walidata, address).body
    refused = browse(walidata, address, {"reason": " "}, expect_errors=True)
    assert refused.status_code == 422 and "#field-reason" in refused.body and stage(dataset["id"]) == "published"
    assert browse(walidata, address, {"reason": "Angkanya salah"}).status_code == 302
    assert stage(dataset["id"]) == "withdrawn"
    entry = model.Session.query(Journal).filter_by(event="dataset_withdrawn").one()
    assert entry.subject_id == dataset["id"]


def test_the_published_address_of_withdrawn_data_leads_to_the_page_that_says_so(app, browse, officers, draft):
    dataset, walidata = draft(), officers["walidata"]
    shown = publish(dataset["id"])
    name, rid = shown["name"], shown["resources"][0]["id"]
    assert browse(walidata, f"/meja/data/{dataset['id']}/tarik", {"reason": "Angkanya salah"}).status_code == 302
    for address in (f"/dataset/{name}", f"/dataset/{name}/resource/{rid}"):
        page = app.get(address)
        assert page.status_code == 200 and "ditarik" in page.body and page.request.path.endswith(dataset["id"])
    assert app.get(f"/dataset/{name}.ttl").status_code == 200
    assert app.get(f"/dataset/{name}-lain", expect_errors=True).status_code == 404


def test_no_form_is_offered_for_what_cannot_be_changed_now(browse, officers, draft):
    operator, dataset = officers["operator"], draft()
    name, file = dataset["name"], dataset["resources"][0]["id"]
    forms = [f"/dataset/{name}/resource/new", f"/dataset/{name}/resource/{file}/edit", f"/dataset/edit/{name}"]
    assert all("<textarea" in browse(operator, address).body for address in forms)
    assert "Tambah berkas" in browse(operator, f"/dataset/resources/{name}").body
    case = call(operator, "satudata_dataset_submit", id=dataset["id"])["id"]
    for address in forms:
        page = BeautifulSoup(browse(operator, address).body, "html.parser")
        assert "Mintalah pemeriksa mengembalikannya" in page.main.text and not page.select("main textarea")
        assert {f"/dataset/{name}", f"/meja/{case}"} <= {link["href"] for link in page.select("main a[href]")}
    listed = browse(operator, f"/dataset/resources/{name}").body
    assert "Tambah berkas" not in listed and "Mintalah pemeriksa mengembalikannya" in listed
    assert f'href="/dataset/edit/{name}"' not in browse(operator, f"/dataset/{name}").body
    sent = browse(operator, forms[0], {"name": "Terlambat", "save": "go-dataset-complete", "url": ""})
    assert sent.status_code == 409 and sent.body.count("sedang diperiksa") == 1


def test_a_description_that_comes_too_late_is_kept_and_refused_once(browse, officers, draft):
    operator, dataset = officers["operator"], draft()
    typed = fields(browse(operator, f"/dataset/edit/{dataset['name']}"))
    typed |= {"title": "Judul yang terlambat", "save": "draft"}
    call(operator, "satudata_dataset_submit", id=dataset["id"])
    page = BeautifulSoup(browse(operator, f"/dataset/edit/{dataset['name']}", typed).body, "html.parser")
    (line,) = page.select(".sd-error-summary li")
    assert "sedang diperiksa" in line.text and line.select_one(f'a[href="/dataset/{dataset["name"]}"]')
    assert page.select_one("#field-title")["value"] == "Judul yang terlambat"
