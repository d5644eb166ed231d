"""The signed form of an SOP, as the browser shows it and as a PDF: head, procedure table, drawing, worksheet.

The words of the form are Indonesian in every language: it is an official paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain import sop_chart, sop_flow, sop_paper
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Sop, Step, Waktu
from ckanext.satudata.domain.sop_chart import Band
from ckanext.satudata.domain.sop_flow import Flow, Row, Shape
from ckanext.satudata.domain.workdays import Unit
from ckanext.satudata.shared import actors, clock, wording, words
from ckanext.satudata.shared.documents import letters, pdf
from ckanext.satudata.shared.sop import sops

TIMES = {
    Unit.WORKING_DAYS: words.N_("{count} working days"),
    Unit.CALENDAR_DAYS: words.N_("{count} days"),
    Unit.WORKING_MINUTES: words.N_("{count} minutes"),
}
MARKS = {
    Shape.BOUND: words.N_("begin or end"),
    Shape.WORK: words.N_("work"),
    Shape.CHOICE: words.N_("decision"),
}
OFFICE = (
    ("nomor", "Nomor SOP"),
    ("pembuatan", "Tanggal Pembuatan"),
    ("revisi", "Tanggal Revisi"),
    ("pengesahan", "Tanggal Pengesahan"),
    ("efektif", "Tanggal Efektif"),
)
"""The right side of the head; a date that the form does not have is left out with its name."""
BLOCKS = (
    ("dasar_hukum", "Dasar Hukum"),
    ("kualifikasi", "Kualifikasi Pelaksana"),
    ("keterkaitan", "Keterkaitan"),
    ("peralatan", "Peralatan/Perlengkapan"),
    ("peringatan", "Peringatan"),
    ("pencatatan", "Pencatatan dan Pendataan"),
)
WORKSHEET = (
    ("judul", "Judul SOP"),
    ("jenis_kegiatan", "Jenis Kegiatan"),
    ("penanggung_jawab", "Penanggung Jawab"),
    ("produk", "Produk"),
    ("kegiatan", "Kegiatan"),
    ("ruang_lingkup", "Ruang Lingkup"),
    ("langkah_awal", "Langkah Awal"),
    ("langkah_utama", "Langkah Utama"),
    ("langkah_akhir", "Langkah Akhir"),
)


@dataclass(frozen=True)
class Head:
    """The head of a form as it is printed: pairs of heading and value, and blocks of heading and texts."""

    government: str
    offices: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    position: str
    officer: str
    name: str
    blocks: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Printed:
    """One form. `parts`: the processes that run its rows; `government`: the folder that it comes from."""

    process: str
    title: str
    government: str
    own: bool
    head: Head | None
    columns: tuple[str, ...]
    flow: Flow
    parts: tuple[Sop, ...]
    worksheet: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def readings(self) -> list[str]:
        """How unclear places are read, by the files of the form."""
        return list(dict.fromkeys(sop.reading for sop in self.parts if sop.reading))


def printed(process: str) -> Printed:
    """The form that the running process is part of. Raises NotThere."""
    here, rows = sops.running(process), sops.form_rows(process)
    everything = sops.current()
    parts = {name: everything[name] for name, _step in rows} or {process: here}
    placed, columns = sop_flow.under_headings(rows, here.form.columns)
    flow = sop_flow.of_form(placed, parts, columns)
    names = [here.form.columns.get(role) or words.role_name(role) for role in flow.columns]
    sheet = tuple((title, _texts(here.form.identification.get(key))) for key, title in WORKSHEET)
    return Printed(
        process=process,
        title=str(here.head.get("nama") or here.title),
        government=sops.source(process),
        own=sops.is_own(process),
        head=_head(here) if here.head else None,
        columns=tuple(names),
        flow=flow,
        parts=tuple(parts.values()),
        worksheet=sheet if here.form.identification else (),
    )


def _head(sop: Sop) -> Head:
    given = sop.head
    facts = tuple((title, str(given.get(key) or "")) for key, title in OFFICE if key in given)
    revision = str(given.get("revisi_ke") or "")
    if revision:
        facts = tuple(
            (title, f"{value} (Revisi ke-{revision})" if title == "Tanggal Revisi" else value) for title, value in facts
        )
    return Head(
        government=str(given.get("pemerintah") or config.government_name()),
        offices=tuple(str(given[key]) for key in ("perangkat_daerah", "bidang", "seksi") if given.get(key)),
        facts=facts,
        position=str(given.get("jabatan_pengesah") or ""),
        officer=_officer(),
        name=str(given.get("nama") or ""),
        blocks=tuple((title, _texts(given.get(key))) for key, title in BLOCKS),
    )


def _officer() -> str:
    """The head of the department by the officers' table; empty where nobody is, or where several are."""
    found = actors.users_holding(Role.DEPARTMENT_HEAD)
    return (found[0].fullname or found[0].name) if len(found) == 1 else ""


def _texts(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def time_text(waktu: Waktu | None, otherwise: str = "") -> str:
    """A time of the `Mutu Baku` in words."""
    return tk._(TIMES[waktu.unit]).format(count=waktu.count) if waktu else otherwise


def texts_of(step: Step | None) -> tuple[tuple[str, ...], ...]:
    """The texts of a row: Uraian, Kelengkapan, Waktu, Output, Keterangan; each a list of items."""
    if step is None:
        return ((), (), (), (), ())
    notes = (*filter(None, [step.keterangan]), *step.tautan)
    time = tuple(filter(None, [time_text(step.waktu, step.waktu_text)]))
    return ((step.uraian,), _listed(step.kelengkapan), time, _listed(step.output), notes)


def _listed(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"- {item}" for item in items) if len(items) > 1 else items


def said(form: Printed, position: int, column: int) -> str:
    """What a mark says to who cannot see it: `Walidata: decision; sesuai: row 3; tidak sesuai: row 1`."""
    row = form.flow.rows[position]
    if form.flow.columns[column] not in row.roles:
        return ""
    ways = [
        ": ".join(filter(None, (label, tk._("row {number}").format(number=number) if number else tk._("end"))))
        for label, number in form.flow.ways(position)
    ]
    mark = tk._("begin") if position == 0 else tk._("end") if row.step is None else tk._(MARKS[row.shape])
    leads = tk._("goes on to {rows}").format(rows=", ".join(ways)) if ways else ""
    return "; ".join(filter(None, (f"{form.columns[column]}: {mark}", leads)))


def as_pdf(process: str) -> bytes:
    """The form on paper."""
    with wording.speaking("id"):
        form = printed(process)
        return pdf.render("sop", page_data(form), at=clock.now())


def page_data(form: Printed) -> dict[str, Any]:
    """What the typst template is given."""
    columns = sop_paper.widths(len(form.columns))
    heights = [sop_paper.height(row.shape, texts_of(row.step), columns) for row in form.flow.rows]
    head_height = sop_paper.head_height(form.columns, columns)
    pages = sop_chart.draw(form.flow, sop_paper.pages(heights, head_height)) if form.flow.rows else []
    return {
        "title": form.title,
        "mark": letters.SAMPLE if config.demo() else "",
        "logo": letters.letterhead()["logo"],
        "head": asdict(form.head) if form.head else None,
        "columns": list(form.columns),
        "widths": asdict(columns),
        "pages": [[_band(form, band, heights) for band in page] for page in pages],
        "legend": [[shape.value, tk._(MARKS[shape])] for shape in MARKS],
        "readings": form.readings,
        "undrawn": undrawn(form),
        "source": source_text(form),
        "worksheet": [list(pair) for pair in form.worksheet],
    }


def undrawn(form: Printed) -> str:
    """The returns that the drawing leaves out, in one sentence; empty where there are none."""
    pairs = ", ".join(f"{source} → {target}" for source, target in form.flow.undrawn)
    return tk._("May be returned as well, without a line in the form: {rows}.").format(rows=pairs) if pairs else ""


def source_text(form: Printed) -> str:
    """Where the form comes from, in one sentence."""
    if form.own:
        return tk._("From the SOP folder {folder} of this portal.").format(folder=form.government)
    return tk._("From the folder default: the SOPs of this government do not regulate it.")


def _band(form: Printed, band: Band, heights: list[float]) -> dict[str, Any]:
    row: Row | None = form.flow.rows[band.row] if band.row is not None else None
    return {
        "height": heights[band.row] if band.row is not None else sop_paper.CONNECTORS,
        "no": row.step.no if row and row.step else "",
        "texts": [list(items) for items in texts_of(row.step if row else None)],
        "cells": [_cell(form, band, at) for at in range(len(form.columns))],
    }


def _cell(form: Printed, band: Band, column: int) -> Mapping[str, Any]:
    cell = band.cells[column]
    marks = [
        {"shape": mark.shape.value, "x": mark.x, "enters": list(mark.enters), "text": _inside(form, band, mark)}
        for mark in cell.marks
    ]
    spoken = said(form, band.row, column) if band.row is not None else ""
    letters_here = ", ".join(mark.letter for mark in cell.marks if mark.letter)
    return {
        "marks": marks,
        "strokes": [[stroke.x1, stroke.y1, stroke.x2, stroke.y2] for stroke in cell.strokes],
        "words": [asdict(word) for word in cell.words],
        "said": spoken or (tk._("connector {letters}").format(letters=letters_here) if letters_here else ""),
    }


def _inside(form: Printed, band: Band, mark: sop_chart.Mark) -> str:
    """What is written in a mark: the letter of a connector, `Mulai` and `Selesai`."""
    if mark.letter or band.row is None:
        return mark.letter
    if form.flow.rows[band.row].step is not None:
        return ""
    return "Mulai" if band.row == 0 else "Selesai"
