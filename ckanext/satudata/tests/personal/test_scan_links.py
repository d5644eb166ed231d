"""Where links of cells lead is looked at as what the cells hold: masking the text of a cell leaves its link."""

from __future__ import annotations

import zipfile
from random import Random
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
import xlsxwriter

from ckanext.satudata.domain import sheet_stream
from ckanext.satudata.domain.personal import links, scan
from ckanext.satudata.tests.personal import values

CHANCE = Random(5)
MAILS = [values.mail(CHANCE) for _ in range(30)]
PHONES = [f"62812345{n:05d}" for n in range(30)]
OFFICES = [f"https://dinas{n}.nusasarikota.go.id/layanan?id={n}" for n in range(29)] + ["mailto:info@dishub.example"]
SHOWN = {
    "address": ([f"mailto:{one}?subject=Kader" for one in MAILS], "email"),
    "chat": ([f"https://wa.me/{one}" for one in PHONES], "phone"),
    "chat with a text": ([f"https://api.whatsapp.com/send?phone={one}&text=Halo" for one in PHONES], "phone"),
    "telephone": ([f"tel:+{one}" for one in PHONES], "phone"),
}


def _found(path):
    return {(one["sheet"], one["column"], one["kind"], one["where"]) for one in scan.of_file(path)["findings"]}


def _xlsx(tmp_path, targets, change=lambda cell, target: setattr(cell, "hyperlink", target), head="Kader"):
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Rekap"
    sheet.append(["Kecamatan", head])
    for at, target in enumerate(targets, start=2):
        sheet.append(["Sukamaju", "***"])
        change(sheet.cell(at, 2), target)
    book.save(path)
    return path


def _ods(tmp_path, cells):
    path = tmp_path / "a.ods"
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    rows = [f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in ("Kecamatan", "Kader")]
    lines = ["".join(rows), *(f"{rows[0].replace('Kecamatan', 'Sukamaju')}{cell}" for cell in cells)]
    lines = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    content = f"<office:d {names} xmlns:xlink='http://www.w3.org/1999/xlink'><table:table table:name='Rekap'>{lines}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", f"{content}</table:table></office:d>")
    return path


@pytest.mark.parametrize("shape", SHOWN)
def test_where_the_links_of_a_column_lead(tmp_path, shape):
    targets, kind = SHOWN[shape]
    found = {("Rekap", 1, kind, "comment")}
    assert _found(_xlsx(tmp_path, targets)) == found
    linked = (f"<text:p><text:a xlink:href={quoteattr(one)}>***</text:a></text:p>" for one in targets)
    assert _found(_ods(tmp_path, (f"<table:table-cell>{one}</table:table-cell>" for one in linked))) == found


@pytest.mark.parametrize("shape", SHOWN)
def test_texts_in_formulas(tmp_path, shape):
    targets, kind = SHOWN[shape]
    found = {("Rekap", 1, kind, "comment")}
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        sheet = book.add_worksheet("Rekap")
        sheet.write_row(0, 0, ["Kecamatan", "Kader"])
        for row, target in enumerate(targets, start=1):
            sheet.write(row, 0, "Sukamaju")
            sheet.write_formula(row, 1, f'=HYPERLINK("{target}","Hubungi")', value="Hubungi")
    assert scan.of_file(tmp_path / "b.xlsx").get("not_inspected") is None
    assert _found(tmp_path / "b.xlsx") == found
    formulas = (quoteattr(f'of:=HYPERLINK("{one}";"Hubungi")') for one in targets)
    cells = (f"<table:table-cell table:formula={one}><text:p>Hubungi</text:p></table:table-cell>" for one in formulas)
    assert _found(_ods(tmp_path, cells)) == found


def test_what_the_cells_show_as_well_is_told_once(tmp_path):
    def shown(cell, target):
        cell.value, cell.hyperlink = target.removeprefix("mailto:"), target

    assert _found(_xlsx(tmp_path, [f"mailto:{one}" for one in MAILS], shown)) == {("Rekap", 1, "email", "cells")}


def test_links_to_offices_are_nothing_found(tmp_path):
    assert _found(_xlsx(tmp_path, OFFICES, head="Situs")) == set()


@pytest.mark.parametrize(("head", "is_found"), [("Kecamatan", True), ("Telepon kantor", False), ("Hotline", False)])
def test_whose_link_it_is_the_heading_says_where_it_names_a_number(tmp_path, head, is_found):
    path = _xlsx(tmp_path, SHOWN["chat"][0], head=head)
    assert _found(path) == ({("Rekap", 1, "phone", "comment")} if is_found else set())
    assert [one["header"] for one in scan.of_file(path)["findings"]] == [head] * is_found


def test_the_one_link_among_many_and_what_it_says(tmp_path):
    targets = [*OFFICES, f"mailto:{MAILS[0]}", *OFFICES]
    assert {one[1:3] for one in _found(_xlsx(tmp_path, targets))} == {(1, "email")}
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.append(["Kecamatan", "Kader"])
    for _ in range(28):
        book.active.append(["Sukamaju", "***"])
    book.active["B9"].hyperlink = "https://kota.example/kader"
    book.active["B9"].hyperlink.tooltip = f"KTP {values.nik(CHANCE)}"
    book.save(path)
    assert {one[1:3] for one in _found(path)} == {(1, "free_text")}


def test_links_of_pictures_and_of_no_cell(tmp_path):
    path = _xlsx(tmp_path, OFFICES[:3])
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    rels = f"<Relationships><Relationship Id='a' Type='{kind}' Target='mailto:{MAILS[0]}' TargetMode='External'/>"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/drawings/_rels/drawing9.xml.rels", f"{rels}</Relationships>")
    assert _found(path) == {("", None, "email", "hidden")}


def test_a_sheet_that_is_written_in_an_unusual_way(tmp_path):
    path, new = _xlsx(tmp_path, SHOWN["address"][0]), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w") as archive:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                formula = '<c r="D2"><f>"KTP "&amp;"' + values.nik(CHANCE) + '"</f><v>1</v></c></row>'
                text = content.decode().replace("</row>", formula, 1)
                content = b"\xff\xfe" + f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16-le")
            archive.writestr(name, content)
    assert _found(new) == {("Rekap", 1, "email", "comment"), ("Rekap", 3, "nik", "comment")}


def test_a_mark_that_stands_between_two_pieces(tmp_path, monkeypatch):
    path = _xlsx(tmp_path, MAILS, lambda cell, one: setattr(cell, "value", f'=HYPERLINK("mailto:{one}","x")'))
    monkeypatch.setattr(sheet_stream, "_BLOCK", 1)
    (found,) = scan.of_file(path)["findings"]
    assert (found["column"], found["kind"], found["share"]) == (1, "email", 1.0)


@pytest.mark.parametrize(
    ("target", "led"),
    [
        ("mailto:a@b.example?subject=x", "a@b.example"),
        ("mailto:a@b.example?cc=c@d.example", "a@b.example; cc=c@d.example"),
        ("tel:0812-3456-7890", "0812-3456-7890"),
        ("https://wa.me/6281234567890", "+6281234567890"),
        ("whatsapp://send?phone=081234567890", "081234567890"),
        ("MAILTO:a%40b.example", "a@b.example"),
        ("https://kota.example/a b", "https://kota.example/a b"),
    ],
)
def test_the_address_behind_a_link(target, led):
    assert links.led_to(target) == led
