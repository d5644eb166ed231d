"""The drawing of every government's procedure tables: marks, lines that lead from mark to mark, connectors, paper."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typst

from ckanext.satudata.domain import sop_chart, sop_file, sop_flow, sop_paper
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop_flow import Flow, Shape

FOLDER = Path(sop_file.__file__).parent.parent / "sop"
GOVERNMENTS = ("malang", "magetan", "jember", "maluku_utara", "default")


def read(government: str) -> dict:
    found = {}
    for path in sorted((FOLDER / government).glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        name = sop_file.form_named(text)
        form = (FOLDER / government / "formulir" / f"{name}.yaml").read_text(encoding="utf-8") if name else ""
        found[path.stem] = sop_file.read(text, str(path), (form, "form", name) if name else None)
    return found


def order(no: str) -> tuple:
    return tuple(int(digits or 0) for digits in re.findall(r"\d+", no))


def forms(government: str) -> dict[str, Flow]:
    sops, found = read(government), {}
    for name in dict.fromkeys(sop.form.name or process for process, sop in sops.items()):
        parts = {process: sop for process, sop in sops.items() if (sop.form.name or process) == name}
        rows = [(process, row) for process, sop in parts.items() for row in sop.rows if not row.extra]
        rows.sort(key=lambda one: order(one[1].no))
        placed, columns = sop_flow.under_headings(rows, next(iter(parts.values())).form.columns)
        found[name] = sop_flow.of_form(placed, parts, columns)
    return found


def flows() -> list:
    every = []
    for government in GOVERNMENTS:
        every += [pytest.param(flow, id=f"{government}-{name}") for name, flow in forms(government).items()]
        every += [
            pytest.param(sop_flow.of_process(sop), id=f"{government}-{name}-runs")
            for name, sop in read(government).items()
        ]
    return every


def at(flow: Flow, no: str) -> int:
    return next(place for place in range(len(flow.rows)) if flow.number(place) == no)


def reach(page, start: tuple[float, float]) -> set[tuple[float, float]]:
    """Every point that lines lead to from there, in columns and bands; lines that only cross do not meet."""
    lines = {
        ((x + one.x1, y + one.y1), (x + one.x2, y + one.y2))
        for y, band in enumerate(page)
        for x, cell in enumerate(band.cells)
        for one in cell.strokes
    }
    near = lambda one: (round(one[0], 2), round(one[1], 2))  # noqa: E731
    found, open_ = {near(start)}, [near(start)]
    while open_:
        here = open_.pop()
        for ends in lines:
            one, other = map(near, ends)
            between = min(one[0], other[0]) <= here[0] <= max(one[0], other[0]) and min(one[1], other[1]) <= here[
                1
            ] <= max(one[1], other[1])
            for end in (one, other) if between else ():
                if end not in found:
                    found.add(end)
                    open_.append(end)
    return found


@pytest.mark.parametrize("flow", flows())
def test_every_performer_has_one_mark_and_every_line_arrives(flow):
    page = sop_chart.one_page(flow)
    column = {role: number for number, role in enumerate(flow.columns)}
    assert len(page) == len(flow.rows)
    for row, band in zip(flow.rows, page, strict=True):
        marked = {flow.columns[number] for number, cell in enumerate(band.cells) if cell.marks}
        assert marked == set(row.roles)
        assert all(mark.shape is row.shape for cell in band.cells for mark in cell.marks)
    for arrow in flow.arrows:
        target = page[arrow.target].cells[column[arrow.target_role]].marks[0]
        assert target.enters
        start, end = (
            (column[arrow.source_role] + 0.5, arrow.source + 0.5),
            (column[arrow.target_role] + 0.5, arrow.target + 0.5),
        )
        assert end in reach(page, start), arrow
    entered = {arrow.target for arrow in flow.arrows}
    assert all(place in entered for place, row in enumerate(flow.rows) if row.roles and place)


@pytest.mark.parametrize("flow", flows())
def test_a_line_that_leaves_the_page_goes_on_at_the_connector_of_the_same_letter(flow):
    numbers = range(len(flow.rows))
    pages = [list(numbers[start : start + 3]) for start in numbers[::3]]
    drawn = sop_chart.draw(flow, pages)
    page_of = {row: number for number, rows in enumerate(pages) for row in rows}
    letters: dict[int, set[str]] = {}
    for number, page in enumerate(drawn):
        letters[number] = {mark.letter for band in page for cell in band.cells for mark in cell.marks if mark.letter}
        assert [band.row for band in page if band.row is not None] == pages[number]
    split = [arrow for arrow in flow.arrows if page_of[arrow.source] != page_of[arrow.target]]
    assert bool(split) == any(letters.values())
    for arrow in split:
        assert letters[page_of[arrow.source]] & letters[page_of[arrow.target]]
    for page in drawn:
        for place, band in enumerate(page):
            if band.row is None:
                links = [mark for cell in band.cells for mark in cell.marks]
                assert links and all(mark.shape is Shape.LINK for mark in links) and place in (0, len(page) - 1)


@pytest.mark.parametrize("flow", flows())
def test_lines_to_different_rows_never_share_a_lane(flow):
    page = sop_chart.one_page(flow)
    column = {role: number for number, role in enumerate(flow.columns)}
    seen: dict[tuple[int, float], list[tuple[float, float, int]]] = {}
    for arrow in flow.arrows:
        if abs(arrow.source - arrow.target) < 1 or arrow.target == arrow.source + 1:
            continue
        low, high = sorted((arrow.source + 0.5, arrow.target + 0.1))
        place = column[arrow.source_role]
        lanes = [
            x
            for x in (*sop_chart.LEFT, *sop_chart.RIGHT)
            if all(
                any(one.x1 == one.x2 == x for one in page[band].cells[place].strokes)
                for band in range(int(low), int(high) + 1)
                if min(high, band + 1) - max(low, band) > 0.01
            )
        ]
        assert lanes, arrow
        seen.setdefault((place, lanes[0]), []).append((low, high, arrow.target))
    assert page


@pytest.mark.parametrize("flow", flows())
def test_no_two_words_stand_at_one_place(flow):
    for band in sop_chart.one_page(flow):
        for cell in band.cells:
            places = [(word.x, word.y) for word in cell.words]
            assert len(places) == len(set(places)) and all(0 < y < 1 for _x, y in places)


def test_a_form_has_the_columns_of_the_signed_one_and_no_more():
    flow = forms("malang")["penyebarluasan_data"]
    assert flow.columns == (Role.WALIDATA, Role.PRODUCER_HEAD, Role.VERIFIER, Role.OPERATOR)
    assert flow.rows[at(flow, "2")].roles == (Role.WALIDATA,), "PPID stands under Walidata's heading"
    assert Role.PPID in sop_flow.of_process(read("malang")["classification"]).columns


def test_malangs_check_sends_back_from_two_columns_side_by_side():
    flow = forms("malang")["penyebarluasan_data"]
    check = at(flow, "8")
    assert flow.rows[check].shape is Shape.CHOICE
    assert set(flow.rows[check].roles) == {Role.VERIFIER, Role.PRODUCER_HEAD}
    assert flow.ways(check) == [("sesuai", "9"), ("tidak sesuai", "7")]
    words = [word.text for cell in sop_chart.one_page(flow)[check].cells for word in cell.words]
    assert sorted(words) == ["sesuai", "sesuai", "tidak sesuai", "tidak sesuai"]
    assert [flow.ways(at(flow, no))[0][1] for no in ("2", "4", "9", "10")] == ["3", "5", "10", "11"]


def test_the_request_branches_as_the_signed_form_does():
    flow = forms("malang")["pemanfaatan_data"]
    assert flow.ways(at(flow, "5")) == [("", "6")], "row 6 is done in the act of row 7, and stands before it"
    assert flow.ways(at(flow, "8"))[:2] == [("diberikan", "9"), ("ditolak", "14")]
    assert {number for _word, number in flow.ways(at(flow, "10"))} == {"13", "11"}
    assert flow.ways(at(flow, "12")) == [("", "")], "the candidate for next year's list holds nothing up"
    assert ("15", "8") in flow.undrawn


def test_heads_in_turn_stand_one_after_the_other():
    flow = forms("maluku_utara")["data_statistik_sektoral"]
    check = at(flow, "5")
    inside = [arrow for arrow in flow.arrows if arrow.source == arrow.target == check]
    assert [(one.source_role, one.target_role) for one in inside] == [(Role.DIVISION_HEAD, Role.DEPARTMENT_HEAD)]
    cells = sop_chart.one_page(flow)[check].cells
    assert cells[flow.columns.index(Role.DEPARTMENT_HEAD)].marks[0].enters == ("left",)
    onward = [arrow.source_role for arrow in flow.arrows if arrow.source == check and arrow.target == at(flow, "6")]
    assert onward == [Role.DEPARTMENT_HEAD]


def test_a_heading_has_no_mark_and_the_portals_own_steps_are_not_on_the_form():
    assert forms("magetan")["penyebarluasan_data"].rows[1].roles == ()
    form, runs = forms("jember")["diseminasi_data"], sop_flow.of_process(read("jember")["preparation"])
    assert "2a" not in [form.number(place) for place in range(len(form.rows))]
    assert "2a" in [runs.number(place) for place in range(len(runs.rows))]


def test_pages_hold_what_fits_and_the_end_is_never_alone():
    heights = [11.0, *[40.0] * 7, 11.0]
    pages = sop_paper.pages(heights, 20.0)
    assert [row for page in pages for row in page] == list(range(9)) and len(pages) > 1
    for page in pages:
        assert sum(heights[row] for row in page) <= sop_paper.HEIGHT - 20.0
    assert len(pages[-1]) > 1


def test_every_text_fits_the_height_reckoned_for_it():
    """typst measures each text in its column."""
    wanted = []
    for government in GOVERNMENTS:
        for sop in read(government).values():
            columns = sop_paper.widths(len(sop.form.columns) or 4)
            for row in sop.rows:
                notes = (*filter(None, [row.keterangan]), *row.tautan)
                texts = ((row.uraian,), row.kelengkapan, (), row.output, notes)
                for items, width in zip(texts, columns.texts, strict=True):
                    reckoned = sum(sop_paper.lines(item, width) for item in items) * sop_paper.LINE
                    wanted.append({"texts": list(items), "width": width - sop_paper.PADDING, "height": reckoned})
    source = """
    #let data = json(bytes(sys.inputs.data))
    #set text(font: "Libertinus Serif", size: 8pt, lang: "id", hyphenate: false)
    #set par(leading: 0.45em, spacing: 0.45em)
    #for one in data { context [#metadata(measure(
      width: one.width * 1mm, one.texts.map(text).join(linebreak())).height.mm()) <high>] }
    """
    answer = typst.query(
        source.encode(), "<high>", field="value", ignore_system_fonts=True, sys_inputs={"data": json.dumps(wanted)}
    )
    measured = json.loads(answer)
    assert len(measured) == len(wanted) > 200
    assert [(one, high) for one, high in zip(wanted, measured, strict=True) if high > one["height"] + 1.0] == []
