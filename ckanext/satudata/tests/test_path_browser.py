"""The way of a dataset and of a request, as officers and a citizen go it in a browser.

With PICTURES=yes in the environment each page is also kept in var/screenshots.
Malang's two SOPs in short form. The citizen sits at a telephone 360 px wide and has no account.
"""

from __future__ import annotations

import io
import os
import re
import time
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import ckan.model as model
import pypdf
import pytest
import sqlalchemy as sa

from ckanext.satudata.model.download import Download
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.support import way
from ckanext.satudata.tests.support.mail import text_of
from ckanext.satudata.tests.support.portal import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("with_plugins")]

PICTURES = ROOT / "var" / "screenshots" if os.environ.get("PICTURES") == "yes" else None
TITLE = "Kunjungan Pasien Menurut Kecamatan"
LIMITED_TITLE = "Pasien Menurut Penyakit"
SEND = "button:has-text('Kirim ke verifikator')"
QUESTION = "Jumlah pasien per kecamatan tahun 2023 dan 2024"


class Visitor:
    """A person at a browser of their own; `key` of `way.OFFICERS` logs in, None is anybody."""

    too_wide: ClassVar[list[str]] = []

    def __init__(self, portal, new_page, government, key=None, width=1280):
        self.portal, self.width = portal, width
        self.page = new_page(width=width, height=740 if width < 500 else 900)
        self.page.on("response", self._seen)
        self.faults: list[str] = []
        if key:
            self.go("/user/login")
            self.page.fill("#field-login", government.names[key])
            self.page.fill("#field-password", way.PASSWORD)
            self.page.click("main form button[type=submit]")
            self.page.wait_for_url(lambda address: "/user/login" not in address)

    def _seen(self, response):
        if response.status >= 500 or not response.url.startswith((self.portal.url, "data:", "blob:")):
            self.faults.append(f"{response.status} {response.url}")

    def go(self, path):
        """Opens a page and returns its status."""
        return self.page.goto(self.portal.url + path).status

    def shot(self, name):
        """The page at both widths; those that stand out to the right on a telephone are collected in `too_wide`."""
        assert not self.faults, self.faults
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 740 if width < 500 else 900})
            if PICTURES:
                PICTURES.mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
            if width == 360:
                wide = self._width_of_content()
                if wide > 360:
                    self.too_wide.append(f"{name}: {wide} px")
        self.page.set_viewport_size({"width": self.width, "height": 740 if self.width < 500 else 900})

    def _width_of_content(self):
        """How wide the page is once it has been laid out anew, which takes a busy machine a moment."""
        for _ in range(10):
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if wide <= 360:
                break
            time.sleep(0.2)
        return wide

    def text(self):
        return self.page.inner_text("body")

    def commands(self, case):
        """The commands the case's page offers."""
        self.go(f"/meja/{case}")
        return {found.get_attribute("data-command") for found in self.page.locator("details[data-command]").all()}

    def give(self, case, command, picture="", **fields):
        """Gives a command on the case's page."""
        self.go(f"/meja/{case}")
        box = self.page.locator(f"details[data-command={command}]").first
        if box.get_attribute("open") is None:
            box.locator("summary").first.click()
        for name, value in fields.items():
            fill(box, name, value)
        if picture:
            self.shot(picture)
        box.locator("button[type=submit]:not([formaction])").click()
        self.page.wait_for_load_state()
        assert self.page.locator(".alert-success").count() == 1, self.text()


def fill(scope, name, value):
    """Fills whatever kind of field has this name."""
    found = scope.locator(f"[name='{name}']")
    kind = found.first.evaluate("field => field.type || field.tagName")
    if kind == "radio":
        scope.locator(f"[name='{name}'][value='{value}']").check()
    elif kind == "checkbox":
        found.check()
    elif kind.startswith("select"):
        found.select_option(value)
    elif kind == "file":
        found.set_input_files(value)
    else:
        found.fill(value)


@pytest.fixture
def government(live_portal):
    return way.settle(live_portal)


@pytest.fixture
def files(tmp_path):
    return way.files(tmp_path)


@pytest.fixture
def visit(live_portal, new_page, government):
    return lambda key=None, width=1280: Visitor(live_portal, new_page, government, key, width)


def save_draft(operator, government, files, picture="", **fields):
    """The two steps of the form: description, then files. Returns the address of the draft's page."""
    operator.go("/dataset/new")
    about = {"notes": "Pasien yang dilayani puskesmas di setiap kecamatan.", "owner_org": government.agency["id"]}
    for name, value in {**full_dataset(), **about, **fields}.items():
        fill(operator.page.locator("form#dataset-edit"), name, value)
    if picture:
        operator.shot(f"{picture}-1-deskripsi")
    operator.page.click("form#dataset-edit button[name=save][value=draft]")
    operator.page.wait_for_url("**/resource/new")
    for number, (label, path) in enumerate(files):
        form = operator.page.locator("form#resource-edit")
        fill(form, "upload", str(path))
        fill(form, "name", label)
        if picture and not number:
            operator.shot(f"{picture}-2-berkas")
        last = number == len(files) - 1
        form.locator(f"button[name=save][value={'go-dataset-complete' if last else 'again'}]").click()
        operator.page.wait_for_load_state()
    return urlsplit(operator.page.url).path


def send(operator, path):
    """Sends the draft; returns its case."""
    operator.go(path)
    operator.page.click(SEND)
    operator.page.wait_for_url("**/meja/*")
    return urlsplit(operator.page.url).path.rsplit("/", 1)[1]


def test_the_way_through(live_portal, government, files, visit, mail_sink):
    case = dataset_is_prepared(visit, government, files)
    nobody_finds(visit, government, TITLE)
    dataset_is_published(visit, files, case)
    limited = limited_dataset_is_published(visit, government, files)
    secrets = (*way.hidden_in_vault(), files.xlsx.read_bytes()[:200])
    nothing_leaks(visit, limited, secrets)
    citizen, number = citizen_asks(visit, mail_sink, live_portal)
    officers_give(visit, government, files, number)
    citizen_receives(citizen, visit, mail_sink, live_portal, files, number)
    second_request_is_refused(visit, government, limited)
    nothing_leaks(visit, limited, secrets)
    walidata_reports(visit)
    assert not Visitor.too_wide


def dataset_is_prepared(visit, government, files):
    operator = visit("operator")
    operator.shot("operator-setelah-masuk")
    operator.go("/meja")
    operator.shot("meja-kosong")
    path = save_draft(
        operator,
        government,
        [("Kunjungan harian 2024", files.csv), ("Metodologi", files.pdf)],
        picture="draf",
        title=TITLE,
        satuan="",
        definisi="",
    )
    operator.go("/meja/data/draf")
    assert TITLE in operator.text()
    operator.shot("draf-saya")
    operator.go(path)
    missing = operator.page.locator("section[aria-labelledby=review-stage] li")
    assert missing.count() == 2 and not operator.page.locator(SEND).count()
    operator.shot("draf-belum-lengkap")
    missing.locator("a", has_text="Definisi").click()
    operator.page.wait_for_url("**#field-definisi")
    form = operator.page.locator("form#dataset-edit")
    fill(form, "definisi", "Setiap pasien yang datang dihitung satu kali sehari.")
    fill(form, "satuan", "lembar")
    operator.shot("draf-dilengkapi")
    form.locator("button[name=save][value=draft]").click()
    operator.page.wait_for_load_state()
    operator.go(path)
    operator.shot("draf-lengkap")
    case = send(operator, path)
    operator.shot("berkas-operator-terkirim")

    verifier = visit("verifier")
    verifier.go("/meja")
    assert TITLE in verifier.text()
    verifier.shot("meja-verifikator")
    verifier.go(f"/meja/{case}")
    shown = verifier.text()
    assert files.csv.name in shown and files.pdf.name in shown and "Setiap pasien yang datang" in shown
    verifier.give(case, "return_", picture="berkas-verifikator", note=way.NOTE)

    operator.go(f"/meja/{case}")
    assert way.NOTE in operator.text()
    operator.shot("berkas-dikembalikan")
    operator.go(path.replace("/dataset/", "/dataset/edit/"))
    fill(operator.page.locator("form#dataset-edit"), "satuan", "orang")
    operator.page.locator("form#dataset-edit button[name=save][value=draft]").click()
    operator.page.wait_for_load_state()
    assert send(operator, path) == case

    # One person in both roles approves once; the head is somebody else.
    operator.portal.api(government.tokens["admin"]).action.satudata_officer_assign(
        user=government.names["verifier"],
        role="producer_head",
        organization_id=government.agency["id"],
        letter_number="800/2/2026",
    )
    verifier.give(case, "approve")
    assert "approve" not in verifier.commands(case)
    head = visit("head")
    head.give(case, "approve", picture="berkas-kepala")
    return case


def nobody_finds(visit, government, title):
    for key in (None, "stranger"):
        outsider = visit(key)
        for path in (
            "/",
            "/dataset/?q=kunjungan",
            "/organization/dinas-kesehatan",
            "/feeds/dataset.atom",
            "/catalog.ttl",
        ):
            answer = outsider.page.request.get(outsider.portal.url + path)
            assert answer.status == 200 and title not in answer.text(), path
        assert outsider.go("/dataset/kunjungan-pasien-menurut-kecamatan") == 404
        if key is None:
            outsider.shot("tidak-ada-halaman")
            outsider.go("/dataset/?q=kunjungan")
            assert not outsider.page.locator(".alert").count()
            outsider.shot("pencarian-tanpa-hasil")


def dataset_is_published(visit, files, case):
    walidata = visit("walidata")
    walidata.go("/meja")
    walidata.shot("meja-walidata")
    walidata.give(case, "publish", picture="berkas-walidata")
    walidata.shot("berkas-terbit")

    anybody = visit()
    anybody.go("/")
    anybody.shot("beranda")
    anybody.page.fill("main input[name=q], .sd-hero input[name=q]", "kunjungan")
    anybody.page.keyboard.press("Enter")
    anybody.page.wait_for_url(lambda address: "q=kunjungan" in address)
    anybody.shot("pencarian")
    anybody.page.click(f"a:has-text('{TITLE}')")
    anybody.page.wait_for_url("**/dataset/kunjungan-pasien-menurut-kecamatan")
    shown = anybody.text()
    assert "Setiap pasien yang datang" in shown and "Metode Pengumpulan" in shown
    anybody.shot("data-terbuka")
    anybody.page.locator(".sd-file a:has-text('Unduh')").first.click()
    anybody.page.wait_for_url("**/unduh/**")
    anybody.shot("buku-tamu")
    for name, text in (("name", "Warga Contoh"), ("institution", "Perorangan"), ("email", "warga@contoh.example")):
        anybody.page.fill(f"#field-{name}", text)
    anybody.page.select_option("#field-profession", "researcher")
    anybody.page.check("#field-consent")
    with anybody.page.expect_download() as begun:
        anybody.page.click("button:has-text('Kirim dan unduh')")
    assert Path(begun.value.path()).read_bytes() == files.csv.read_bytes()
    anybody.shot("unduhan-dimulai")
    anybody.page.click("a:has-text('Kembali ke data')")
    anybody.page.wait_for_url("**/resource/**")
    anybody.go("/dataset/kunjungan-pasien-menurut-kecamatan")
    anybody.page.locator(".sd-file h3 a").first.click()
    anybody.page.wait_for_load_state()
    anybody.shot("berkas-terbuka")
    for path in ("/catalog.ttl", "/dataset/kunjungan-pasien-menurut-kecamatan.ttl", "/feeds/dataset.atom"):
        assert TITLE in anybody.page.request.get(anybody.portal.url + path).text()
    anybody.go("/organization/dinas-kesehatan")
    anybody.shot("produsen")


def limited_dataset_is_published(visit, government, files):
    operator = visit("operator")
    path = save_draft(
        operator,
        government,
        [("Tabel 1", files.xlsx)],
        title=LIMITED_TITLE,
        access_level="terbatas",
        access_ground="17h",
        access_basis="UU 14/2008 pasal 17 huruf h",
        access_until="2030-12-31",
    )
    case = send(operator, path)
    for key in ("verifier", "head"):
        visit(key).give(case, "approve")
    visit("walidata").give(case, "publish")
    return "pasien-menurut-penyakit"


def nothing_leaks(visit, name, secrets):
    anybody = visit()
    get = lambda path: anybody.page.request.get(anybody.portal.url + path)  # noqa: E731
    shown = get(f"/api/3/action/package_show?id={name}").json()["result"]
    (resource,) = shown["resources"]
    pages = [
        "/",
        "/dataset/?q=pasien",
        f"/dataset/{name}",
        f"/dataset/{name}.ttl",
        "/catalog.ttl",
        "/feeds/dataset.atom",
    ]
    pages += [f"/dataset/{name}/resource/{resource['id']}", f"/minta-data/{resource['id']}", "/permohonan"]
    for path in pages:
        answer = get(path)
        assert answer.status == 200, path
        way.nothing_of(secrets, answer.body())
    download = get(f"/dataset/{name}/resource/{resource['id']}/download/{way.SECRET_NAME}.xlsx")
    assert download.status == 403
    way.nothing_of([secret for secret in secrets if secret != way.SECRET_NAME], download.body())
    anybody.go(f"/dataset/{name}/resource/{resource['id']}")
    anybody.shot("berkas-terbatas")
    anybody.go(f"/dataset/{name}/resource/{resource['id']}/download/x.xlsx")
    anybody.shot("berkas-terbatas-ditolak")


def citizen_asks(visit, mail_sink, portal):
    citizen = visit(width=360)
    citizen.go("/dataset/?q=pasien")
    citizen.page.click(f"a:has-text('{LIMITED_TITLE}')")
    citizen.page.wait_for_load_state()
    citizen.shot("data-terbatas")
    number = ask(citizen, picture="permohonan")
    portal.tick()
    code = re.search(r"\b\d{6}\b", text_of(mail_sink.wait(1, to=way.CITIZEN["email"])[0]))[0]
    citizen.page.fill("#field-code", code)
    citizen.page.click("button:has-text('Konfirmasi alamat')")
    citizen.page.wait_for_load_state()
    assert not citizen.page.locator("#field-code").count()
    citizen.shot("permohonan-terkonfirmasi")
    assert number in letter_text(citizen, 0)
    return citizen, number


def ask(citizen, picture=""):
    """From the dataset's page to the register number."""
    citizen.page.click(".sd-answer a.sd-btn")
    citizen.page.wait_for_url("**/permohonan/baru*")
    form = citizen.page.locator("form[action$='/permohonan/baru']")
    if picture:
        citizen.shot(f"{picture}-formulir")
        form.locator("button.sd-btn-primary").click()
        citizen.page.wait_for_load_state()
        assert citizen.page.locator(".sd-error").count() >= 3
        citizen.shot(f"{picture}-kurang")
    for name, value in {**way.CITIZEN, "question": QUESTION, "citizen": True, "consent": True}.items():
        fill(form, name, value)
    form.locator("button.sd-btn-primary").click()
    citizen.page.wait_for_url("**/permohonan/lacak/*")
    number = citizen.page.locator("h1").inner_text().split()[-1]
    shown = citizen.text()
    assert number in shown and "Jawaban paling lambat" in shown
    if picture:
        citizen.shot(f"{picture}-terdaftar")
    return number


def letter_text(visitor, position):
    """The words of one of the letters listed on the page."""
    link = visitor.page.locator("a:has(+ :text('PDF')), section[aria-labelledby=letters-title] li a").nth(position)
    answer = visitor.page.request.get(visitor.portal.url + urlsplit(link.get_attribute("href")).path)
    assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.body())).pages)


def case_on_desk(officer, number):
    """Opens the request's case from the desk."""
    officer.go("/meja")
    officer.page.locator("tr", has_text=number).locator("a").first.click()
    officer.page.wait_for_url("**/meja/*")
    return urlsplit(officer.page.url).path.rsplit("/", 1)[1]


def officers_give(visit, government, files, number):
    ppid = visit("ppid")
    ppid.go("/meja")
    ppid.shot("meja-ppid")
    case = case_on_desk(ppid, number)
    assert way.CITIZEN["name"] in ppid.text()
    ticked = {f"agency:{government.agency['id']}": True}
    ppid.give(case, "route", picture="ppid-teruskan", dip_result="listed", **ticked)
    pembantu = visit("pembantu")
    assert case_on_desk(pembantu, number) == case
    assert way.CITIZEN["name"] not in pembantu.text()
    pembantu.give(case, "grant", picture="pembantu-putusan")
    pembantu.give(case, "handover", picture="pembantu-serah", upload=str(files.xlsx))
    ppid.give(case, "attest", picture="ppid-periksa", checked=True)
    ppid.give(case, "deliver", picture="ppid-sampaikan")
    ppid.shot("ppid-tersampaikan")


def citizen_receives(citizen, visit, mail_sink, portal, files, number):
    portal.tick()
    answer = text_of(mail_sink.wait(3, to=way.CITIZEN["email"])[2])
    link = urlsplit(re.search(r"https?://\S+/berkas/\S+", answer)[0]).path
    citizen.page.reload()
    citizen.shot("permohonan-dijawab")
    assert number in letter_text(citizen, 1)
    citizen.go(link)
    citizen.shot("tautan-pribadi")
    before = downloads()
    with citizen.page.expect_download() as begun:
        citizen.page.check("input[name=terms]")
        citizen.page.click("button:has-text('Unduh berkas')")
    assert Path(begun.value.path()).read_bytes() == files.xlsx.read_bytes()
    assert downloads() == before + 1
    stranger = visit(width=360)
    assert stranger.go(link[:-4] + "abcd") == 404
    stranger.shot("tautan-tidak-dikenal")
    citizen.page.go_back()
    citizen.go(f"/permohonan/lacak?no={number}")
    citizen.shot("lacak")


def downloads():
    """How many downloads by personal link are on record."""
    model.Session.rollback()
    return model.Session.scalar(sa.select(sa.func.count()).where(Download.channel == "grant"))


def second_request_is_refused(visit, government, name):
    citizen = visit(width=360)
    citizen.go(f"/dataset/{name}")
    number = ask(citizen)
    ppid, pembantu = visit("ppid"), visit("pembantu")
    case = case_on_desk(ppid, number)
    ppid.give(case, "route", dip_result="excluded", **{f"agency:{government.agency['id']}": True})
    pembantu.go(f"/meja/{case}")
    box = pembantu.page.locator("details[data-command=refuse]")
    box.locator("summary").first.click()
    box.locator("button[type=submit]:not([formaction])").click()
    pembantu.page.wait_for_load_state()
    assert pembantu.page.locator("details[data-command=refuse] .sd-error").count()
    pembantu.shot("pembantu-tolak-tanpa-alasan")
    pembantu.give(case, "refuse", reason_code="17h", note=way.WHY)
    pembantu.give(case, "forward", picture="pembantu-surat-penolakan")
    ppid.give(case, "deliver", picture="ppid-penolakan")
    citizen.page.reload()
    citizen.shot("permohonan-ditolak")
    words = letter_text(citizen, 1)
    assert number in words and "riwayat kesehatan" in words


def walidata_reports(visit):
    assert visit("operator").go("/laporan") == 404
    walidata = visit("walidata")
    walidata.go("/laporan")
    assert TITLE not in walidata.text(), "the month that is over"
    walidata.page.get_by_role("link", name="Bulan ini").click()
    shown = walidata.text()
    assert TITLE in shown and LIMITED_TITLE in shown
    walidata.shot("laporan")
    for kind, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        period = urlsplit(walidata.page.url).query
        answer = walidata.page.request.get(f"{walidata.portal.url}/laporan/unduh/dissemination.{kind}?{period}")
        assert answer.status == 200 and answer.body().startswith(start)
