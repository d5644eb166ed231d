"""Pages lead only where the person may go, offer only what is taken, and say what is true of data without files."""

from __future__ import annotations

import csv
import io

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.levels import classification, information_lists
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import restricted

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

CHANGES = "/meja/reklasifikasi"
PAGES = ("/meja/masa-berlaku", "/meja/informasi-dikecualikan", "/keputusan", "/berita-acara")


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def public(clerk):
    return publish(make(clerk, clerk["org"], license_id="cc-by")["id"])


@pytest.fixture
def look(app):
    """`look(address, person)`: the page, which is there."""

    def page(address, person=None, status=200, **form):
        headers = {"Authorization": person["token"]} if person else {}
        asked = app.post if form else app.get
        args = {"data": form} if form else {}
        answer = asked(address, headers=headers, expect_errors=True, follow_redirects=False, **args)
        assert answer.status_code == status, (address, answer.status_code)
        return BeautifulSoup(answer.body, "html.parser")

    return page


def said(node):
    return " ".join(node.get_text(" ").split())


def narrow(user, dataset, to_level, **ground):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": "Berisi nama penerima bantuan.", **ground}
    return helpers.call_action("satudata_dataset_reclassify", as_user(user), **asked)


def command(user, dataset, name, **payload):
    case = classification.find_case(model.Session, dataset["id"])
    return helpers.call_action("satudata_case_command", as_user(user), id=case.id, command=name, **payload)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    "role", [Role.OPERATOR, Role.VERIFIER, Role.PPID_PEMBANTU, Role.AUDITOR, Role.PPID_SUPERIOR, Role.PRODUCER_HEAD]
)
def test_the_strip_leads_where_the_role_may_go(look, clerk, role):
    of_agency = role in (Role.OPERATOR, Role.VERIFIER, Role.PPID_PEMBANTU, Role.PRODUCER_HEAD)
    person = officer(role, clerk["org"]["id"]) if of_agency else officer(role)
    start = CHANGES if role is Role.PPID_SUPERIOR else PAGES[0]
    links = [link["href"] for link in look(start, person).select("nav[aria-label='Pengecualian dan keputusan'] a")]
    assert start in links and (CHANGES in links) is (role in (Role.AUDITOR, Role.PPID_SUPERIOR, Role.PRODUCER_HEAD))
    for link in links:
        look(link, person)


def test_a_system_administrator_is_led_to_no_page_of_another_role(look):
    admin = factories.SysadminWithToken()
    assert not look(PAGES[0], admin).select(f"a[href='{CHANGES}']")


def test_the_desk_of_the_superior_leads_to_the_page_of_changes(look):
    desk = look("/meja", officer(Role.PPID_SUPERIOR))
    assert desk.select(f"a[href='{CHANGES}']") and not desk.select(f"a[href='{PAGES[0]}']")


def test_titles_lead_those_who_may_open_them(look, clerk):
    walidata, other = officer(Role.WALIDATA), officer(Role.AUDITOR)
    shut = publish(make(clerk, clerk["org"], level="tertutup", **restricted())["id"])
    for page in PAGES[:2]:
        for person, there in ((walidata, True), (other, False)):
            rows = look(page, person).select("tbody th")
            links = [row for row in rows if row.select(f"a[href='/dataset/{shut['id']}']")]
            assert rows and bool(links) is there
    assert look("/meja/daftar-data/tertutup", walidata).select(f"a[href='/dataset/{shut['id']}']")
    assert not look("/meja/daftar-data/tertutup", other).select(f"a[href='/dataset/{shut['id']}']")


@pytest.mark.parametrize("page", PAGES)
def test_each_table_is_also_a_file(look, app, public, page):
    walidata = officer(Role.WALIDATA)
    narrow(walidata, public, "terbatas")
    act = {"number": "188/1/CONTOH", "title": "Data yang dikecualikan", "dated_on": "2026-01-05"}
    helpers.call_action("satudata_decree_create", as_user(walidata), kind="head_decree", **act)
    held = {"kind": "test", "held_on": "2026-01-10", "subject": "Uji", "result": "Diuji."}
    helpers.call_action("satudata_minutes_create", as_user(walidata), **held)
    rows = look(page, walidata).select("tbody tr")
    (link,) = [one["href"] for one in look(page, walidata).select("a[href*='format=csv']")]
    body = app.get(link, headers={"Authorization": walidata["token"]}).get_data(as_text=True)
    heads, *lines = csv.reader(io.StringIO(body.lstrip("\ufeff")), delimiter=";")
    assert len(lines) == len(rows) == 1 and {len(line) for line in lines} == {len(heads)} and len(heads) > 3


# ---------------------------------------------------------------- commands and words


def offered(look, user, dataset):
    """Command to button, as the page of the case has them."""
    page = look(f"/meja/{classification.find_case(model.Session, dataset['id']).id}", user)
    return {one["data-command"]: said(one.summary) for one in page.select("details.sd-command")}


def test_a_restriction_is_not_offered_to_be_forgotten(look, public):
    walidata = officer(Role.WALIDATA)
    narrow(walidata, public, "terbatas")
    assert "withdraw" not in offered(look, walidata, public) and "record" in offered(look, walidata, public)


def test_a_mere_proposal_may_be_given_up_and_its_buttons_name_the_level(look, clerk):
    walidata, org = officer(Role.WALIDATA), clerk["org"]
    dataset = publish(make(clerk, org, level="terbatas", **restricted())["id"])
    case = helpers.call_action("satudata_classification_propose", as_user(walidata), id=dataset["id"])
    assert "withdraw" in offered(look, walidata, dataset)
    (level,) = look(f"/meja/{case['id']}?tindakan=submit", walidata).select("[name=to_level]")
    assert level["value"] == "terbuka" and level.has_attr("checked")
    command(walidata, dataset, "submit", to_level="terbuka", note="Sudah tidak perlu dibatasi.")
    verifier, head = officer(Role.VERIFIER, org["id"]), officer(Role.PRODUCER_HEAD, org["id"])
    assert offered(look, verifier, dataset)["approve"] == "Setujui menjadi Terbuka"
    command(verifier, dataset, "approve")
    command(head, dataset, "approve")
    assert offered(look, walidata, dataset)["publish"] == "Ubah menjadi Terbuka sekarang"
    command(walidata, dataset, "publish", note="Dibuka.")
    page = said(look(f"/meja/{case['id']}", walidata))
    assert "Dibuka, " in page and "Pengecualian sebelumnya" in page and "UU 27/2022" in page
    assert "Yang diperketat" not in page and "Perkara ini sudah selesai." in page
    (record,) = helpers.call_action("satudata_reclassification_list", as_user(walidata), kind="widening")["results"]
    page = said(look(f"{CHANGES}/{record['id']}", walidata))
    assert "disingkirkan" not in page and "Berkas yang kini boleh diunduh siapa pun 1" in page


def test_codes_are_said_in_words_and_a_mere_basis_under_its_own_name(look, public):
    walidata = officer(Role.WALIDATA)
    record = narrow(walidata, public, "terbatas", access_ground="17h")
    page = said(look(f"{CHANGES}/{record['id']}", walidata))
    assert "Pasal 17 huruf h UU 14/2008" in page and "17h" not in page
    assert "17h" not in said(look(CHANGES, walidata)) and "huruf h" in said(look(CHANGES, walidata))
    record = narrow(walidata, public, "tertutup", access_basis="UU 27/2022")
    facts = {
        row.dt.get_text(): said(row.dd)
        for row in look(f"{CHANGES}/{record['id']}", walidata).select("dl.sd-facts > div")
    }
    assert facts["Dasar hukum pengecualian"] == "UU 27/2022"


def test_stored_minutes_show_in_the_case_and_stand_first_in_its_form(look, public):
    walidata = officer(Role.WALIDATA)
    narrow(walidata, public, "terbatas")
    case = classification.find_case(model.Session, public["id"])
    form = look(f"/meja/{case.id}?tindakan=record", walidata).select_one("details[open]")
    names = [field["name"] for field in form.select("[name]")]
    assert names.index("held_on") < names.index("access_ground") and "minutes_id" not in names
    assert "Hanya bila tidak ada" not in said(form) and "belum dicatat" in said(look(f"/meja/{case.id}", walidata))
    assert said(look(f"/berita-acara/baru?case_id={case.id}", walidata)).count(public["title"]) == 1
    held = {"kind": "test", "held_on": "2026-01-10", "subject": "Uji", "result": "Diuji.", "case_id": case.id}
    helpers.call_action("satudata_minutes_create", as_user(walidata), **held)
    assert "10 Januari 2026, tersimpan" in said(look(f"/meja/{case.id}", walidata))


def test_one_fault_is_told_once(public):
    stated = {"access_ground": "17a", "access_basis": "Perda 1/2020", "access_permanent": "true"}
    with pytest.raises(classification.classification.Faulty) as caught:
        classification.checked(model.Session, stated, classification.Level.TERBATAS)
    assert [fault.field for fault in caught.value.faults] == ["access_permanent"]


# ---------------------------------------------------------------- the public's page


@pytest.mark.parametrize(("level", "badge"), [("terbatas", "berkas atas permohonan"), ("tertutup", "tidak ada berkas")])
def test_data_whose_only_file_is_not_open_promise_no_download(look, public, level, badge):
    walidata = officer(Role.WALIDATA)
    file = public["resources"][0]["id"]
    preview = look(f"/dataset/{public['id']}/klasifikasi?what={file}&to_level={level}", walidata)
    assert "Tidak ada lagi berkas yang boleh diunduh siapa pun" in said(preview)
    narrow(walidata, public, level, resource_id=file)
    page = look(f"/dataset/{public['name']}")
    assert badge in said(page.select_one(".sd-page-header")) and badge in said(
        look("/dataset").select_one(".sd-result")
    )
    assert "CC-BY" not in said(page.select_one("aside")) and "Siapa pun boleh mengunduh" not in said(page)
    asks = page.select("main a.sd-btn-primary")
    assert [said(one) for one in asks] == ["Ajukan permohonan data ini"] and "tidak perlu akun" in said(page).lower()
    assert ", atas permohonan" in said(look("/daftar-informasi-publik").select_one("tbody"))
    if level == "terbatas":
        assert "CC-BY" not in said(look(f"/dataset/{public['name']}/resource/{file}"))


def test_an_open_file_keeps_its_licence_beside_a_limited_one(look, clerk):
    files = [{"name": "Buka", "upload": upload()}, {"name": "Batas", "upload": upload(), "access_level": "terbatas"}]
    files[1] |= restricted()
    dataset = publish(make(clerk, clerk["org"], resources=files, license_id="cc-by")["id"])
    page = look(f"/dataset/{dataset['name']}")
    assert "CC-BY" in said(page.select_one("aside"))
    kept = {one["name"]: said(look(f"/dataset/{dataset['name']}/resource/{one['id']}")) for one in dataset["resources"]}
    assert "CC-BY" in kept["Buka"] and "CC-BY" not in kept["Batas"]


def test_a_chosen_file_that_is_lost_is_said_with_the_first_fault(app, clerk):
    dataset = make(clerk, clerk["org"])
    typed = {"name": "Tabel", "access_level": "terbatas", "access_ground": "17b", "access_permanent": "true"}
    sent = {**typed, "id": "", "save": "go-dataset-complete", "upload": upload("rahasia.csv")}
    answer = app.post(
        f"/dataset/{dataset['name']}/resource/new",
        data=sent,
        headers={"Authorization": clerk["token"]},
        expect_errors=True,
        follow_redirects=False,
    )
    page = BeautifulSoup(answer.body, "html.parser")
    assert "Pilih berkasnya lagi: “rahasia.csv”" in said(page.select_one(".sd-error-summary"))
    assert said(page.select_one("h1:not(.hide-heading)")) == "Tambah berkas"


# ---------------------------------------------------------------- lists


@pytest.mark.parametrize(
    ("basis", "decree", "twice"),
    [
        ("SK 188/99/2026", "Keputusan kepala daerah Nomor 188/99/2026 tanggal 5 Januari 2026", True),
        ("Keputusan Nomor 188/99/2026.", "Keputusan kepala daerah Nomor 188/99/2026", True),
        ("UU 27/2022", "Keputusan kepala daerah Nomor 188/99/2026", False),
        ("SK 188/98/2026", "Keputusan kepala daerah Nomor 188/99/2026", False),
        ("SK 188/99/2026", "", False),
    ],
)
def test_a_basis_that_only_names_the_cited_decree_is_not_said_twice(basis, decree, twice):
    assert information_lists.is_said_by(basis, decree) is twice


def test_the_list_of_limited_data_says_provisional_as_its_pages_do(look, public):
    walidata = officer(Role.WALIDATA)
    narrow(walidata, public, "terbatas", access_basis="Berlaku setelah uji konsekuensi.")
    assert "sementara; Berlaku setelah uji konsekuensi" in said(look("/daftar-data/terbatas"))
    assert ".;" not in said(look("/daftar-data/terbatas"))
    assert look("/").select("footer a[href='/daftar-data/terbatas']")
    assert "1 row, as of" in said(look("/en/daftar-data/terbatas"))
