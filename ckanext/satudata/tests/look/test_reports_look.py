"""Reports, dashboards and the desk of the guestbook in a real browser, with figures and charts in them."""

from __future__ import annotations

import io
from pathlib import Path

import ckan.model as model
import pypdf
import pytest
from ckan.tests import helpers

import ckanext.satudata
from ckanext.satudata.domain.guestbook import Entry, Signed
from ckanext.satudata.reports import definitions
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.guestbook import signing
from ckanext.satudata.tests.look.places import add_officers, settle
from ckanext.satudata.tests.look.test_browser import AXE, CHECK, TOO_WIDE

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("with_plugins")]

YEAR = "from_on={year}-01-01&until_on={year}-12-31"
DETAIL = f"/laporan/rincian?name=monthly&{YEAR}&table=producers&measure=downloads&cell=Qxdinas"
PAGES = {
    "walidata": [f"/laporan?{YEAR}&compare=before", DETAIL, "/laporan?from_on=x", "/laporan/antrean", "/laporan/jadwal"]
    + ["/laporan/antrean/{job}", "/laporan/arsip/{filed}/beda", "/meja/buku-tamu", "/meja/buku-tamu/orang"]
    + ["/meja/buku-tamu/instansi", f"/laporan?name=guestbook&{YEAR}"]
    + ["/dasbor/walidata", "/dasbor/agency", "/en/dasbor/walidata"],
    "ppid": [f"/laporan?name=service&{YEAR}", "/dasbor/ppid", "/laporan/antrean"],
    None: ["/statistik", "/buku-tamu/data-saya", "/laporan-layanan"],
}


@pytest.fixture
def place(live_portal):
    found = settle()
    add_officers(found)
    dataset = model.Package.get(found["open"]).id
    for client in ("browser", "script", "browser"):
        downloads.record(model.Session, package_id=dataset, resource_id=None, channel="file", client=client)
    # A word without end, as the form of the guestbook takes it.
    endless = Entry("Q" * 200, "student", "W" * 200, "qx@contoh.example", "")
    guest = signing.sign(model.Session(), endless)
    about = {"package_id": dataset, "resource_id": None, "resource_version": None}
    signed = Signed(guest.id, guest.profession, guest.spelling_id)
    downloads.keep(model.Session(), **about, channel="file", client="browser", signed=signed)
    model.Session.commit()
    year = clock.today().year
    month = {"from_on": f"{year - 1}-12-01", "until_on": f"{year - 1}-12-31"}
    given = {"name": "qx-walidata"} | found["walidata"]
    call = lambda action, **data: helpers.call_action(  # noqa: E731
        action, {"user": given["name"], "auth_user_obj": model.User.get(given["name"])}, **data
    )
    call("satudata_report_schedule_create", name="monthly", span="month", day=5)
    job = call("satudata_report_job_create", name="monthly", formats=["csv"], **month)["id"]
    filed = call("satudata_report_file", name="dissemination", **month)["report"]
    return found | {"year": year, "job": job, "filed": filed}


def faults(portal, page, address, answers=200):
    """What axe finds serious, and what is wider than the screen, at both widths."""
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(portal.url + address)
    assert answer.status == answers, address
    page.add_script_tag(path=str(AXE))
    found = []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        found += [f"{address} {width}: {fault}" for fault in page.evaluate(CHECK)]
        if page.evaluate(TOO_WIDE):
            found.append(f"{address} {width}: wider than the screen")
    return found


def test_nothing_serious_on_what_officers_read(live_portal, place, new_page):
    found = []
    for who, paths in PAGES.items():
        page = new_page(extra_http_headers={"Authorization": place[who]["token"]} if who else {})
        for path in paths:
            found += faults(live_portal, page, path.format(**place), 422 if path.endswith("=x") else 200)
            if path.startswith(("/laporan?from_on={", "/laporan?name")):
                assert page.locator(".sd-report-chart svg").count() > 0, path
    assert not found, "\n".join(found)


def test_in_print_no_heading_of_a_closed_table_stands_alone_at_the_foot_of_a_page(page):
    css = (Path(ckanext.satudata.__file__).parent / "assets" / "css" / "satudata.css").read_text()
    rows = "".join(f"<tr><td>Baris {number}</td></tr>" for number in range(40))
    table = f"<table class='sd-table'><thead><tr><th>A</th></tr></thead><tbody>{rows}</tbody></table>"
    head = "<details class='sd-fold'><summary><h2>Menurut petugas</h2> (40)</summary>"
    for above in range(18, 27):
        fill = "<p style='height:10mm;margin:0'>isi</p>" * above
        part = f"<section class='sd-card sd-report-table'>{head}{table}</details></section>"
        page.set_content(f"<style>{css}</style><main class='sd-main'>{fill}{part}</main>")
        texts = [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
        (found,) = (text for text in texts if "Menurut petugas" in text)
        assert "Baris" in found, above


@pytest.mark.long
def test_nothing_serious_on_any_report(live_portal, place, new_page):
    page, found = new_page(extra_http_headers={"Authorization": place["walidata"]["token"]}), []
    for name in definitions.current():
        for language in ("", "/en"):
            found += faults(live_portal, page, f"{language}/laporan?name={name}&{YEAR}&compare=before".format(**place))
    assert not found, "\n".join(found)


def test_a_bar_leads_to_its_facts_and_tab_passes_it_by(live_portal, place, new_page):
    page = new_page(extra_http_headers={"Authorization": place["walidata"]["token"]})
    page.goto(live_portal.url + f"/laporan?name=monthly&{YEAR}".format(**place))
    assert page.locator(".sd-report-chart a:not([tabindex='-1'])").count() == 0
    page.locator(".sd-report-chart svg:visible a").first.click()
    assert "/laporan/rincian" in page.url and page.locator("tbody tr").count() == 4
