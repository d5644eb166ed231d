"""What the pages of visitors say, and what they leave out."""

from __future__ import annotations

from datetime import datetime

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib.search import rebuild
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.helpers.home import satudata_home_numbers
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.look.places import make, publish, settle

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def place():
    return settle()


def _main(app, path, **options):
    page = BeautifulSoup(app.get(path, **options).body, "html.parser")
    mains, heads = page.select("main, [role=main]"), page.find_all("h1")
    assert (len(mains), len(heads)) == (1, 1), f"{path}: {len(mains)} main, {len(heads)} h1"
    return mains[0]


def _text(main):
    return " ".join(main.get_text(" ").split())


def test_withdrawn_data_say_so_and_nothing_else(app, place):
    done = reclassify.withdraw(model.Session, model.Package.get(place["open"]).id, actor=SYSTEM)
    model.Session.commit()
    done.finish()
    name = model.Package.get(done.package_id).name
    main = _main(app, f"/dataset/{name}")
    text = _text(main)
    assert f"ditarik dari publik pada {wording.day(clock.today(), locale='id')}" in text
    assert main.select("a[href^='/permohonan/baru']")
    for word in ("Lisensi", "notspecified", "Kelengkapan", "Kutip", "curl", "Unduh", "Belum ada berkas", "Qx"):
        assert word not in text, word


def test_what_lies_behind_the_ask_page_shows_its_real_format(app, place):
    listed = _main(app, "/dataset/")
    formats = {item.get_text() for item in listed.select(".sd-format")}
    assert formats == {"CSV"}
    facet = {link["href"] for link in listed.select(".sd-filters a") if "vocab_format" in link["href"]}
    assert len(facet) == 1
    found = _main(app, "/dataset/?vocab_format=CSV")
    assert len(found.select(".sd-result")) == 2
    main = _main(app, f"/dataset/{place['limited']}")
    assert {item.get_text() for item in main.select(".sd-format")} == {"CSV"}


def test_draft_never_reads_as_if_it_were_public(app, place):
    head = {"Authorization": place["operator"]["token"]}
    dataset, name = place["draft"], model.Package.get(place["draft"]).name
    for stage, word in ((None, "Draf"), (datasets.DatasetStage.IN_REVIEW, "Sedang diperiksa")):
        if stage:
            datasets.move(model.Session, dataset, stage)
            model.Session.commit()
        main = _main(app, f"/dataset/{name}", headers=head)
        header, text = _text(main.select_one(".sd-page-header")), _text(main)
        assert word in header and "Akan Terbuka" in header
        for said in ("Dirilis", "Kutip", "curl"):
            assert said not in text, said
        assert "Dirilis" not in _text(_main(app, f"/dataset/{name}/resource/{place['file']}", headers=head))
    assert "Dirilis" in _text(_main(app, f"/dataset/{place['open']}"))


def test_first_rows_of_a_text_file_stand_there_unasked(app, place):
    main = _main(app, f"/dataset/{place['open']}")
    assert [cell.get_text() for cell in main.select(".sd-preview td")] == ["1", "2"]
    main = _main(app, f"/dataset/{place['open']}/resource/{place['open_file']}")
    assert main.select(".sd-preview td") and main.select_one(".sd-page-header a.sd-btn-primary")
    assert not _main(app, f"/dataset/{place['limited']}").select(".sd-preview")


def test_citation_and_addresses_are_those_of_the_release_in_every_language(app, place):
    with freeze_time("2025-12-31 20:00"):
        name = publish(make(place, "qx-kutipan", "terbuka"))
    row = model.Package.get(name)
    row.metadata_modified = datetime(2027, 3, 1)
    model.Session.commit()
    for prefix in ("", "/en"):
        main = _main(app, f"{prefix}/dataset/{name}")
        citation = main.select_one("#citation").get_text()
        # 20.00 UTC of the last day of the year is the next year here.
        assert citation.startswith("Qxdinas (2026). Qxkutipan.")
        assert f"http://test.ckan.net/dataset/{name} (" in citation
        assert main.find("pre").get_text() == f'curl "http://test.ckan.net/api/3/action/package_show?id={name}"'
        assert main.select_one("progress")


def test_licence_and_area_are_named_in_indonesian_once(app, place):
    made = make(place, "qx-lisensi", "terbuka")
    dataset = model.Package.get(made["id"])
    dataset.license_id = "cc-by"
    dataset.extras["cakupan_wilayah"] = "35.73"
    model.Session.commit()
    text = _text(_main(app, f"/dataset/{publish(made)}"))
    assert text.count("Creative Commons") == 1 and "Creative Commons Atribusi" in text
    assert "Kota Malang (35.73)" in text


def test_downloads_of_the_first_page_are_those_of_the_report(app, place):
    dataset = model.Package.get(place["open"]).id
    for channel, client in (
        ("file", "browser"),
        ("grant", "script"),
        ("officer", "browser"),
        ("file", "internal"),
        ("file", "robot"),
    ):
        downloads.record(model.Session, package_id=dataset, resource_id=None, channel=channel, client=client)
    model.Session.commit()
    today = clock.today()
    from ckanext.satudata.domain.report import Period
    from ckanext.satudata.reports import facts

    with app.flask_app.test_request_context("/"):
        told = facts.source(facts.Asked.of(model.Session, Period(today.replace(day=1), today)), "downloads")
        counted = model.Session.scalar(sa.select(sa.func.count()).select_from(told))
        assert satudata_home_numbers()["downloads"] == counted == 2


def test_agency_tells_only_what_it_has(app, place):
    main = _main(app, f"/organization/about/{place['agency']}")
    assert "Qxketerangan" in _text(main)
    assert not [row for row in main.select("dl > div") if not row.dd.get_text(strip=True)]
    for word in ("qx-dinas", "Logo", "Pengikut", "Anggota"):
        assert word not in _text(main)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/dataset/",
        "/organization/",
        "/organization/qx-dinas",
        "/group/",
        "/permohonan",
        "/permohonan/baru",
        "/sop",
        "/sop/request",
        "/about",
        "/pengembang",
    ],
)
def test_public_pages_have_one_main_and_one_head(app, place, path):
    assert _main(app, path)


TYPED = {"notes": "Qxpanjang <b>sekali</b>\n\nqxdua", "title": "Qxjudul", "save": "draft", "password1": "qxrahasia"}


@pytest.mark.parametrize("path", ["/dataset/edit/{draft}", "/dataset/edit/tidak-ada"])
def test_a_form_sent_after_the_session_ended_keeps_its_text(app, place, path):
    """The same for what exists and for what does not: nobody learns anything by it."""
    client, address = app.flask_app.test_client(), path.format(**place)
    own = {"Origin": "http://test.ckan.net"}
    answer = client.post(address, data=TYPED, headers=own, base_url="http://test.ckan.net")
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    assert answer.status_code == 403 and "no-store" in answer.headers["Cache-Control"]
    form = page.select_one(f"main form[action='{address}']")
    kept = {field["name"]: field.get_text() for field in form.select("textarea")}
    assert {name: text.lstrip("\n") for name, text in kept.items()} == {
        name: text for name, text in TYPED.items() if name != "password1"
    }
    assert page.select_one("main a[href='/user/login'][target=_blank]")
    assert "qxrahasia" not in str(page) and "Sesi Anda sudah berakhir" in page.h1.get_text()
    for stranger in ({"Origin": "https://lain.example"}, {}):
        refused = client.post(address, data=TYPED, headers=stranger, base_url="http://test.ckan.net")
        assert refused.status_code >= 400 and "Qxpanjang" not in refused.get_data(as_text=True)


def test_login_keeps_the_name_and_says_the_fault_at_the_form(app, place):
    page = BeautifulSoup(app.post("/user/login", data={"login": "qx-operator", "password": "x"}).body, "html.parser")
    assert page.select_one("#field-login")["value"] == "qx-operator"
    assert len(page.select("main .sd-error-summary")) == 1 and not page.select(".flash-messages")
    assert page.select_one("#field-password")["value"] == ""


def test_no_account_page_asks_another_host_for_a_picture(app, place):
    head = {"Authorization": place["operator"]["token"]}
    for path in (
        "/user/qx-operator",
        "/user/edit",
        "/dashboard/",
        "/dashboard/datasets",
        "/dataset/activity/{draft}",
        "/user/activity/qx-operator",
        "/dataset/edit/{draft}",
    ):
        main = _main(app, path.format(**place), headers=head)
        assert not main.select("img") and "avatar" not in str(main), path


def test_pages_of_an_agency_have_one_main_and_one_head(app, place):
    head = {"Authorization": factories.SysadminWithToken()["token"]}
    for path in ("members", "manage_members", "edit", "activity", "delete", "bulk_process"):
        _main(app, f"/organization/{path}/{place['agency']}", headers=head)
    _main(app, f"/dataset/delete/{place['draft']}", headers=head)
    listed = _main(app, f"/organization/bulk_process/{place['agency']}", headers=head)
    assert len(listed.select(".sd-result")) == 3 and not listed.select("button[name^=bulk_action]")


def test_a_filter_in_use_is_named_in_words(app, place):
    assert "Kata kunci: qxkunci" in _text(_main(app, "/dataset/?tags=qxkunci"))


def test_what_was_withdrawn_is_in_no_list_and_no_count_for_people(app, place):
    """The stub that tells harvesters so stays in the index; agency cards count as the agency's own page does."""
    group = factories.Group(name="qx-grup", title="Qxgrup", packages=[{"id": model.Package.get(place["open"]).id}])
    rebuild(place["open"])
    head = {"Authorization": place["operator"]["token"]}
    paths = ("/organization/", "/organization/qx-dinas", "/user/qx-operator", f"/group/{group['name']}", "/group/")
    before = {path: _text(_main(app, path)) for path in paths}
    assert "2 dataset" in before["/organization/"] and "2 dataset" in before["/organization/qx-dinas"]
    assert "1 dataset" in before["/group/"] and "1 dataset" in before["/group/qx-grup"]
    assert "Qxterbuka" in before["/user/qx-operator"]
    assert "3 dataset" in _text(_main(app, "/organization/", headers=head))
    done = reclassify.withdraw(model.Session, model.Package.get(place["open"]).id, actor=SYSTEM)
    model.Session.commit()
    done.finish()
    after = {path: _text(_main(app, path)) for path in paths}
    assert "1 dataset" in after["/organization/"] and "1 dataset" in after["/organization/qx-dinas"]
    assert "0 dataset" in after["/group/"] and "0 dataset" in after["/group/qx-grup"]
    for path, text in after.items():
        assert "Data ditarik" not in text, path
    assert "Qxterbatas" in after["/user/qx-operator"]


@pytest.mark.ckan_config("ckanext.satudata.logo", "")
def test_an_emptied_logo_leaves_the_portals_own_mark(app):
    page = BeautifulSoup(app.get("/about").body, "html.parser")
    assert page.select_one(".sd-brand img")["src"] == page.select_one("link[rel=icon]")["href"] == "/satudata/logo.svg"


def test_english_pages_mark_what_is_indonesian(app, place):
    """Words of law stay Indonesian on every screen; elsewhere they are glossed and marked for screen readers."""
    for path, word in {"open": "Terbuka (open)", "limited": "Terbatas (limited)"}.items():
        badge = _main(app, f"/en/dataset/{place[path]}").select_one(".sd-page-header .sd-badge")
        assert (_text(badge), badge.select_one("[lang=id]").get_text()) == (word, word.split()[0])
    listed = _main(app, "/en/dataset/")
    assert {_text(badge) for badge in listed.select(".sd-result .sd-badge")} == {"Terbuka (open)", "Terbatas (limited)"}
    assert "Terbatas (limited)" in _text(listed.select_one(".sd-filters")) and "&lt;span" not in str(listed)
    assert "Terbatas (limited)" in _text(_main(app, "/en/dataset/?access_level=terbatas").select_one(".sd-pills"))
    own = _main(app, "/dataset/")
    assert {_text(badge) for badge in own.select(".sd-result .sd-badge")} == {"Terbuka", "Terbatas"}
    head = {"Authorization": place["operator"]["token"]}
    draft = _main(app, f"/en/dataset/{place['draft']}", headers=head)
    assert "planned: Terbuka (open)" in _text(draft) and "&lt;span" not in str(draft)
    sop = _main(app, "/en/sop/request")
    assert sop.h1.select("[lang=id]") and sop.select_one(".sd-sop-paper")["lang"] == "id"
    assert not [row for row in sop.select(".sd-table tbody th") if not row.select("[lang=id]")]
    assert _main(app, "/en/sop").select("th a[lang=id]")


def test_names_of_the_api_are_code_not_markdown(app):
    main = _main(app, "/pengembang")
    assert "`" not in main.get_text() and main.select("p > code")


def test_activity_of_a_dataset_names_day_and_time(app, place):
    head = {"Authorization": place["operator"]["token"]}
    page = _main(app, f"/dataset/activity/{place['draft']}", headers=head)
    assert page.select(".sd-activity li")
    for item in page.select(".sd-activity li"):
        assert wording.instant(item.time["datetime"], locale="id") in _text(item) and "pukul" in _text(item)
    assert [tab.get_text(strip=True) for tab in page.select(".page-header .nav-tabs li")] == [
        "Data",
        "Riwayat kegiatan",
    ]
    for word in ("Ikuti", "Pengikut"):
        assert word not in _text(page)


def test_an_agency_that_is_not_there_is_no_group(app):
    text = _text(BeautifulSoup(app.get("/organization/tidak-ada", status=404).body, "html.parser").main)
    assert "Instansi ini tidak ditemukan" in text and "Grup" not in text
    assert "Grup" in app.get("/group/tidak-ada", status=404).body
