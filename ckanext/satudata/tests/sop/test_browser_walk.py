"""The SOPs of every government, from first row to last, in a browser with the real roles."""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.posts.support import opened, paper, picture
from ckanext.satudata.tests.sop.test_form_walks import ON_THE_WAY
from ckanext.satudata.tests.sop.test_walks import WHOLE
from ckanext.satudata.tests.support import way
from ckanext.satudata.tests.test_path_browser import (  # noqa: F401  (fixtures)
    Visitor,
    fill,
    government,
    save_draft,
    send,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.usefixtures("with_plugins")]

PEOPLE = {"producer_head": "head", "verifier": "verifier", "operator": "operator", "walidata": "walidata"}


def document(visitor, case, command, file, picture=""):
    visitor.give(case, command, picture, output_1_file=file, output_1_number="188/2026", output_1_on="2026-01-05")


def test_a_decree_and_the_post_that_follows_it(visit, tmp_path):  # noqa: F811
    file = tmp_path / "rancangan.csv"
    file.write_text("nama,jumlah\nA,1\n")
    drawing = tmp_path / "poster.png"
    drawing.write_bytes(picture().stream.read())
    opened()
    people = {role: visit(key) for role, key in PEOPLE.items()}
    walidata, head = people["walidata"], people["producer_head"]
    walidata.go("/meja/baru")
    walidata.shot("proses-baru")
    fill(walidata.page, "process", "decree")
    fill(walidata.page, "title", "Data yang disebarluaskan 2026")
    walidata.page.click("main form .sd-actions button[type=submit]")
    walidata.page.wait_for_load_state()
    case = walidata.page.url.rsplit("/", 1)[-1].split("?")[0]
    walidata.shot("proses-berkas")
    document(walidata, case, "record", file, "proses-dokumen")
    document(walidata, case, "record", file)
    walidata.shot("proses-selesai")

    head.go("/meja?process=channel_post")
    head.page.click("text=Data yang disebarluaskan 2026")
    case = head.page.url.rsplit("/", 1)[-1].split("?")[0]
    post = sops.running("channel_post")
    for no in ("5", "6", "7", "8", "8", "9"):
        step = post.step(no)
        command = next(iter(step.exits)).value
        needs = {"note": "Laksanakan menurut keputusan"} if no in ("5", "6") else {}
        roles = [role.value for role in step.pelaksana]
        for role in roles if no == "8" else roles[:1]:
            officer = people[role]
            if no == "7":
                # Before it is whole there is nothing to send.
                assert command not in officer.commands(case)
                draft(officer, case, drawing)
            if command not in officer.commands(case):
                continue
            if no == "9":
                needs = {"channel": "instagram", "address": "https://instagram.com/p/1", "screenshot": drawing}
            officer.give(case, command, **needs)
    head.go(f"/meja/{case}")
    assert "Selesai" in head.text()
    head.shot("publikasi-berkas")
    visitor = visit()
    visitor.go("/publikasi")
    visitor.page.click("text=Sekolah di kota ini")
    visitor.page.wait_for_load_state()
    visitor.shot("publikasi-halaman")
    assert "Sumber: Sekolah menurut kecamatan" in visitor.text()
    assert not Visitor.too_wide


def draft(operator, case, drawing):
    """Picks the data and writes the post, on its own pages."""
    page = operator.page
    operator.go(f"/meja/{case}/publikasi/data?q=sekolah")
    page.click("button[name=pick]")
    page.wait_for_load_state()
    operator.shot("publikasi-data")
    page.click("text=Keterangan dan gambar")
    page.wait_for_load_state()
    words = {"title": "Sekolah di kota ini", "caption": "Klojen punya 12 sekolah.", "tags": "#sekolah"}
    for name, value in {**words, "file": drawing, "alt": "Peta sekolah"}.items():
        fill(page, name, value)
    page.click("main form .form-actions button[type=submit]")
    page.wait_for_load_state()
    assert page.locator(".alert-success").count() == 1, operator.text()
    operator.shot("publikasi-keterangan")


class Office:
    """An agency of another government, an officer for each role of its SOPs, each at a browser."""

    def __init__(self, portal, new_page, names):
        self.portal, self.new_page, self.visitors = portal, new_page, {}
        self.sops = {name: sops.running(name) for name in names}
        self.agency = factories.Organization(title="Dinas Pendidikan", description="Urusan pendidikan.")
        begun = {role for sop in self.sops.values() if sop.start for role in sop.start.by}
        roles = begun | {role for sop in self.sops.values() for role in sop.roles}
        self.names = {role: self._user(role) for role in roles}

    def _user(self, role):
        name = f"petugas-{role.value.replace('_', '-')}"
        user = factories.User(name=name, fullname=name, email=f"{name}@nusasari.example", password=way.PASSWORD)
        hold(user["id"], role, None if role in WHOLE else self.agency["id"])
        if role is Role.OPERATOR:
            member = {"id": self.agency["id"], "object": user["id"], "object_type": "user", "capacity": "editor"}
            call_action("member_create", **member)
        return name

    def at(self, role):
        if role not in self.visitors:
            self.visitors[role] = Visitor(self.portal, self.new_page, self, role)
        return self.visitors[role]

    def walk(self, name, starter, files, title="Sekolah 2026"):
        """Begins a process by hand and brings it to its end; returns the numbers of the steps."""
        first = self.at(starter)
        first.go("/meja/baru")
        fill(first.page, "process", name)
        fill(first.page, "title", title)
        if first.page.locator("[name=organization_id]").count():
            fill(first.page, "organization_id", self.agency["id"])
        first.page.click("main form .sd-actions button[type=submit]")
        first.page.wait_for_load_state()
        return self.finish(name, urlsplit(first.page.url).path.rsplit("/", 1)[1], files)

    def finish(self, name, case, files):
        """Each open step by who holds its role, until the case is finished."""
        sop, walked = self.sops[name], []
        reader = self.names[next(iter(sop.roles))]
        while True:
            model.Session.rollback()
            shown = call_action("satudata_case_show", {"user": reader}, id=case)
            if shown["ended_at"]:
                return walked
            step = shown["open_steps"][0]
            walked += [step["no"]] if step["no"] not in walked else []
            who = self.at(Role(step["role"]))
            who.go(f"/meja/{case}")
            write(who, case, files)
            agreeing = next(iter(sop.step(step["no"]).exits)).value
            assert agreeing in who.commands(case) - set(ON_THE_WAY)
            box = who.page.locator(f"details[data-command={agreeing}]").first
            inputs = box.locator("input[type=file][name^=output_]").all()
            sent = {field.get_attribute("name"): files["table"] for field in inputs}
            if box.locator("[name=channel]").count():
                sent |= {"channel": "instagram", "address": "https://instagram.com/p/1", "screenshot": files["picture"]}
            who.give(case, agreeing, f"{name}-{step['no']}", **sent)


def write(who, case, files):
    """A post or report: data, text and files, where the case leads to their pages."""
    page = who.page
    if page.locator(f"#isi a[href='/meja/{case}/publikasi/data']").count():
        who.go(f"/meja/{case}/publikasi/data?q=sekolah")
        if not page.locator("button[name=drop]").count():
            page.locator("button[name=pick]").first.click()
            page.wait_for_load_state()
        who.go(f"/meja/{case}")
    if page.locator(f"#isi a[href='/meja/{case}/publikasi']").count() and not page.locator("#isi .sd-prose").count():
        who.go(f"/meja/{case}/publikasi")
        is_report = page.locator("[name=period]").count()
        words = {"title": "Sekolah di kota ini", "caption": "Klojen punya 12 sekolah.", "alt": "Peta sekolah"}
        words |= {"period": "2025", "file": files["paper"]} if is_report else {"file": files["picture"]}
        for name, value in words.items():
            fill(page, name, value)
        page.click("main form .form-actions button[type=submit]")
        page.wait_for_load_state()
        assert page.locator(".alert-success").count() == 1, who.text()


@pytest.fixture
def office(live_portal, new_page, tmp_path, monkeypatch):
    """`office(government, names)` on a portal that runs that government's files; `.files` for its steps."""
    begun = []

    def settled(name, names, time_zone="Asia/Jakarta"):
        options = {"ckanext__satudata__sop": name, "ckan__display_timezone": time_zone}
        begun.append(live_portal.with_options(**options))
        begun[0].__enter__()
        for option, value in options.items():
            monkeypatch.setitem(tk.config, option.replace("__", "."), value)
        return Office(live_portal, new_page, names)

    yield settled
    for one in begun:
        one.__exit__(None, None, None)


@pytest.fixture
def files(tmp_path):
    made = {
        "table": ("daftar.csv", b"kecamatan,jumlah\nKlojen,12\n"),
        "picture": ("poster.png", picture().stream.read()),
        "paper": ("laporan.pdf", paper().stream.read()),
    }
    for name, body in made.values():
        (tmp_path / name).write_bytes(body)
    return {kind: str(tmp_path / name) for kind, (name, _body) in made.items()}


def public_post(at):
    anybody = Visitor(at.portal, at.new_page, at)
    anybody.go("/publikasi")
    anybody.page.click("text=Sekolah di kota ini")
    anybody.page.wait_for_load_state()
    assert "Klojen punya 12 sekolah." in anybody.text()
    assert not Visitor.too_wide


def test_magetan_by_its_designers_and_its_editor(office, files):
    at = office("magetan", ["channel_post"])
    opened()
    assert at.walk("channel_post", Role.REDAKTUR, files) == ["2", "3", "4", "5", "6", "7", "8"]
    public_post(at)


def test_jember_from_the_check_of_the_schedule_to_the_report(office, files):
    at = office("jember", ["release_check", "preparation", "channel_post", "report"])
    opened()
    assert at.walk("release_check", Role.WALIDATA, files) == ["1", "2"]
    operator = at.at(Role.OPERATOR)
    path = save_draft(operator, at, [("Tabel", files["table"])], title="Jumlah siswa")
    assert at.finish("preparation", send(operator, path), files) == ["3"]
    assert "Jumlah siswa" in call_action("package_show", {"user": ""}, id="jumlah-siswa")["title"]
    assert at.walk("channel_post", Role.OPERATOR, files) == ["4", "5", "6"]
    walidata = at.at(Role.WALIDATA)
    walidata.go("/laporan")
    walidata.page.check("form[action='/laporan/arsipkan'] [name=sure]")
    walidata.page.click("form[action='/laporan/arsipkan'] button[type=submit]")
    walidata.page.wait_for_load_state()
    assert walidata.page.locator(".alert-success").count() == 1
    public_post(at)


def test_maluku_utara_in_its_own_time_from_the_letter_to_the_published_analysis(office, files):
    at = office("maluku_utara", ["collection", "analysis_report"], "Asia/Jayapura")
    opened()
    assert at.walk("collection", Role.STAFF, files) == ["1", "2", "2a"]
    assert " WIT" in at.at(Role.STAFF).text()
    assert at.walk("analysis_report", Role.SECTION_HEAD, files) == ["3", "4", "5", "6"]
    anybody = Visitor(at.portal, at.new_page, at)
    anybody.go("/dataset/?q=sekolah")
    assert "Sekolah di kota ini" in anybody.text()
    assert not Visitor.too_wide
