"""Pages in a real browser: accessible at both widths, light on a first visit, walked with Tab."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import ckan.model as model
import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.tests.look.places import add_change, add_officers, add_posts, give, make, publish, settle

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("with_plugins")]

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
MOST = 250_000
"""Bytes that a first visit may transfer."""
PAGES = {
    None: [
        "/",
        "/dataset/?q=qx",
        "/dataset/?q=nihil",
        "/dataset/{open}",
        "/dataset/{open}?pratinjau={open_file}",
        "/dataset/{chart}?grafik={chart_file}",
        "/dataset/{months}?grafik={months_file}",
        "/dataset/{limited}",
        "/dataset/{open}/resource/{open_file}",
        "/organization/{agency}",
        "/organization/about/{agency}",
        "/pengembang",
        "/group/",
        "/user/login",
        "/permohonan/baru?dataset={limited}",
        "/permohonan/lacak",
        "/sop/request",
        "/standar-pelayanan/pengaduan",
        "/daftar-informasi-publik",
        "/daftar-informasi-dikecualikan",
        "/publikasi",
        "/publikasi/{post}",
        "/statistik",
        "/unduh/{open_file}/berkas",
        "/laporan-layanan",
        "/sop",
        "/standar-pelayanan",
        "/hp/{draft_post}",
    ],
    "operator": ["/meja", "/dataset/new", "/dataset/{draft}", "/dataset/{draft}/resource/new", "/meja/impor-daftar"]
    + ["/meja/{draft_post}", "/meja/{draft_post}/publikasi", "/meja/{draft_post}/publikasi/data"]
    + ["/meja/{shown_post}", "/meja/{shown_post}/publikasi/kanal", "/meja/data/draf", "/meja/data/{changed}/perubahan"]
    + ["/user/qx-operator", "/user/edit", "/dashboard/", "/dashboard/datasets", "/dataset/activity/{draft}"],
    "head": ["/meja/{change_case}", "/meja/lembar", "/meja/bersama?langkah={change_step}", "/meja/baru"],
    "ppid": [
        "/laporan/uraian?name=service&from_on=2025-01-01&until_on=2025-12-31",
        "/meja",
        "/meja/{case}",
        "/meja/masa-berlaku",
        "/meja/informasi-dikecualikan",
        "/keputusan",
    ]
    + ["/meja/informasi-dikecualikan/{limited_id}", "/keputusan/{decree}/ubah", "/berita-acara/baru"],
    "manager": ["/ckan-admin", "/ckan-admin/trash", "/laporan", "/admin/satudata", "/admin/satudata/pemerintah"]
    + ["/organization/bulk_process/{agency}", "/group/new", "/dasbor/walidata", "/admin/satudata/surel"],
    "walidata": ["/meja/data/terbit", "/meja/buku-tamu/orang", "/meja/buku-tamu/instansi", "/meja/buku-tamu/aturan"],
}
SELDOM = {
    None: ["/sop/channel_post", "/standar-pelayanan/pengaduan/lacak"],
    "operator": ["/meja/data/salin", "/meja/data/{changed}/versi"],
    "head": ["/meja/perangkat", "/meja/selesai"],
    "walidata": ["/meja/lembar", "/meja/data/massal/{batch}"],
    "manager": ["/admin/satudata/sop", "/admin/satudata/hari-libur", "/admin/satudata/hari-libur/impor"]
    + ["/admin/satudata/jam-layanan", "/admin/satudata/di-luar-sop"],
}
"""Looked at in `make test-long` only."""
BARS = "qxnama;qxjumlah\n" + "\n".join(
    f"Qxkecamatan yang namanya panjang sekali {at};{at}.000.000,5" for at in range(1, 16)
)
MONTHS = "bulan,qxjumlah\n" + "\n".join(f"{2020 + at // 12}-{at % 12 + 1:02d},{at * 1234567}" for at in range(48))
CHECK = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter(found => ['serious', 'critical'].includes(found.impact))
  .map(found => found.id + ': ' + found.nodes.map(node => node.html.slice(0, 160) + ' | ' + node.target
    + ' | ' + (node.any[0] ? node.any[0].message : '')).join('; '))"""
OUT_OF_CARD = """() => [...document.querySelectorAll('.sd-card table')].filter(table =>
  !table.closest('.sd-scroll, .sd-sideways, .sd-many, .sd-sop-scroll') && table.getBoundingClientRect().width
  && table.getBoundingClientRect().right > table.closest('.sd-card').getBoundingClientRect().right)
  .map(table => 'a table is wider than its card: ' + table.innerText.slice(0, 60))"""
TOO_WIDE = "() => document.documentElement.scrollWidth > window.innerWidth + 1"


@pytest.fixture
def place(live_portal):
    found = settle()
    add_officers(found)
    for kind, content in {"chart": BARS, "months": MONTHS}.items():
        made = make(found, f"qx-{kind}", "terbuka", {"qx.csv": content.encode()})
        found |= {kind: publish(made), f"{kind}_file": made["resources"][0]["id"]}
    add_posts(found, found["chart_file"])
    return found


@pytest.fixture
def whole_place(place):
    """With a change that waits for the head."""
    chart = model.Session.get_one(model.Resource, place["chart_file"])
    add_change(place, chart.package_id, chart.id)
    return place


@pytest.mark.timeout(900)  # a hundred pages, in a browser that may get little of a busy machine
def test_nothing_serious_at_both_widths(live_portal, whole_place, new_page):
    _look_at(PAGES, live_portal, whole_place, new_page)


@pytest.mark.long
def test_nothing_serious_on_pages_that_are_seldom_open(live_portal, whole_place, new_page):
    give("qx-kepala", whole_place["change_case"], "approve")
    user = {"user": "qx-walidata", "auth_user_obj": model.User.get("qx-walidata")}
    whole_place["batch"] = call_action("satudata_dataset_bulk", user, command="publish", ids=[whole_place["changed"]])[
        "id"
    ]
    _look_at(SELDOM, live_portal, whole_place, new_page)


def _look_at(pages, live_portal, place, new_page):
    faults = {}
    for who, paths in pages.items():
        headers = {"Authorization": place[who]["token"]} if who else {}
        page = new_page(extra_http_headers=headers)
        for path in paths:
            address = path.format(**place)
            page.set_viewport_size({"width": 1280, "height": 900})
            answer = page.goto(live_portal.url + address)
            assert answer.status == 200, address
            page.add_script_tag(path=str(AXE))
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 740})
                found = page.evaluate(CHECK)
                if page.evaluate(TOO_WIDE):
                    found.append("wider than the screen")
                if found:
                    faults[f"{who or 'visitor'} {address} {width}"] = found
    assert not faults, "\n".join(f"{where}\n    " + "\n    ".join(what) for where, what in faults.items())


def test_a_long_address_stays_within_its_notice(live_portal, place, new_page):
    """Told to whose roles rest."""
    user = model.User.get(place["operator"]["id"])
    user.email = f"{'kepala_bidang_' * 4}@nusasari.example"
    model.Session.commit()
    page = new_page(extra_http_headers={"Authorization": place["operator"]["token"]}, width=360)
    page.goto(live_portal.url + "/dashboard/datasets")
    notice = page.locator(".sd-notice").first
    assert user.email in notice.inner_text() and not page.evaluate(TOO_WIDE)
    assert notice.evaluate("node => node.scrollWidth <= node.clientWidth")
    page.add_script_tag(path=str(AXE))
    assert page.evaluate(CHECK) == []


@pytest.mark.parametrize("path", ["/", "/dataset/?q=qx", "/dataset/{open}", "/permohonan/baru"])
def test_first_visit_is_light_and_loads_nothing_from_elsewhere(live_portal, place, new_page, path):
    page = new_page()
    hosts, sizes, network = set(), [], page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: hosts.add(urlsplit(event["request"]["url"]).netloc))
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(live_portal.url + path.format(**place), wait_until="networkidle")
    assert hosts - {""} == {urlsplit(live_portal.url).netloc}
    assert 5_000 < sum(sizes) <= MOST


def test_scripts_of_ckan_speak_indonesian(live_portal, place, new_page):
    page = new_page(extra_http_headers={"Authorization": place["manager"]["token"]})
    page.goto(live_portal.url + "/group/new", wait_until="networkidle")
    buttons = page.locator(".image-upload a.btn:visible")
    buttons.first.wait_for()  # the script that makes them
    assert [text.strip() for text in buttons.all_inner_texts()] == ["Unggah", "Tautan"]


def test_keyboard_reaches_content_menu_and_search(live_portal, place, page):
    page.goto(live_portal.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "sd-skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0"), "the skip link shows on focus"
    walked = []
    for _ in range(25):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))
    assert walked.index("/dataset/") < walked.index("/user/login") < walked.index("q"), walked
    page.goto(live_portal.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('#content, main, .sd-main')"), "Enter leads past the menu"


def test_menu_opens_on_a_telephone(live_portal, place, new_page):
    page = new_page(width=360, height=740)
    page.goto(live_portal.url)
    link = page.get_by_role("link", name="Masuk").first
    assert not link.is_visible()
    button = page.get_by_role("button", name="Menu")
    button.press("Enter")
    assert link.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not link.is_visible() and button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("node => node === document.activeElement"), "who closes the menu is back at its button"
    page.keyboard.press("Escape")
    assert not link.is_visible(), "Escape opens nothing"


def test_tables_stay_within_their_cards_on_screens_of_every_width(live_portal, place, new_page):
    page = new_page(extra_http_headers={"Authorization": place["ppid"]["token"]})
    for path in ("/meja", "/permohonan/register", f"/meja/{place['case']}"):
        page.goto(live_portal.url + path)
        for width in (1280, 1024, 820, 768, 360):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate(OUT_OF_CARD) == [], (path, width)
            if path == "/meja":
                button = page.locator(".sd-desk .sd-desk-do .btn").first
                box = button.bounding_box()
                assert box["width"] >= 170 and box["x"] + box["width"] <= width, (width, box)


def test_the_form_shows_what_this_applicant_gives(live_portal, new_page):
    page = new_page()
    page.goto(live_portal.url + "/permohonan/baru")

    def seen(kind):
        page.check(f'[name="applicant_kind"][value="{kind}"]')
        names = ("institution", "legal_number", "power_number", "nik")
        return {name for name in names if page.locator(f'[name="{name}"]').is_visible()}

    assert [seen(kind) for kind in ("person", "legal_entity", "group", "government")] == [
        {"nik"},
        {"nik", "institution", "legal_number"},
        {"nik", "institution", "power_number"},
        {"institution"},
    ]
