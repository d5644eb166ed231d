"""Malang's decree and the post that follows it, from first row to last, in a browser with the real roles."""

from __future__ import annotations

import pytest

from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.posts.support import opened, picture
from ckanext.satudata.tests.test_path_browser import Visitor, fill, government, visit  # noqa: F401  (fixtures)

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
