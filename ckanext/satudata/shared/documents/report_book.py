"""A report as a workbook: summary, charts that the program draws itself, a sheet for each table, sources.

Cells hold real numbers and dates; titles of charts are read from cells, since a title beginning with `=` is a formula.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import xlsxwriter

from ckanext.satudata.domain import signs
from ckanext.satudata.domain.report import Chart, Drawing, Kind, Report, month_start
from ckanext.satudata.shared.documents import sheets
from ckanext.satudata.shared.documents.quick_sheet import QuickSheet
from ckanext.satudata.shared.documents.sheets import Forms

_A4 = 9
_TALL = 20
"""Lines of a sheet that a chart takes, of 20 pixels each."""
_BAR = "#12406B"


def as_xlsx(
    report: Report,
    about: list[tuple[str, str]],
    *,
    translate: Callable[[str], str],
    zone: tzinfo,
    locale: str | None = None,
) -> bytes:
    """The workbook. `about` are the lines of its last sheet, label and text; without any there is none.

    `locale` writes the numbers inside sentences; cells hold real ones.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {**sheets.TEXT_STAYS_TEXT, "in_memory": True}) as book:
        book.set_properties({"title": translate(report.title), "created": report.as_of_at.replace(tzinfo=None)})
        forms, names = Forms.of(book), set[str]()

        def sheet(title: str) -> Any:
            made = book.add_worksheet(sheets.sheet_name(translate(title), names), QuickSheet)
            made.set_paper(_A4)
            made.set_landscape()
            made.fit_to_pages(1, 0)
            if report.mark:
                made.set_header(f"&C{translate(report.mark).replace('&', '&&')}")
            return made

        _pairs(sheet("Summary"), _summary(report, translate, zone, locale), forms)
        if report.charts:
            _charts(book, sheet("Charts"), report, translate, locale, forms)
        for table in report.tables:
            page = sheet(table.title)
            page.repeat_rows(0)
            sheets.write_table(page, table, translate, zone, forms)
        if about:
            _pairs(sheet("Sources and definitions"), about, forms)
    return target.getvalue()


def _pairs(sheet: Any, pairs: list[tuple[str, str]], forms: Forms) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    for number, (label, value) in enumerate(pairs):
        if label:
            sheet.write_string(number, 0, label, forms.head)
        if value:
            sheet.write_string(number, 1, value, forms.text)


def _summary(
    report: Report, translate: Callable[[str], str], zone: tzinfo, locale: str | None
) -> list[tuple[str, str]]:
    head = [
        ("Report", translate(report.title)),
        *sheets.summary_lines(report, translate, zone),
        ("Source", translate("Journal, cases and download counts of the portal")),
    ]
    if report.mark:
        head.insert(0, ("Note", translate(report.mark)))
    said = [("", sheets.sentence(finding, translate, locale)) for finding in report.findings]
    texts = [(block.title, "\n".join(block.paragraphs)[: sheets.LONGEST_CELL]) for block in report.blocks]
    return [*((translate(label), value) for label, value in head), ("", ""), *said, ("", ""), *texts]


def _charts(
    book: xlsxwriter.Workbook,
    sheet: Any,
    report: Report,
    translate: Callable[[str], str],
    locale: str | None,
    forms: Forms,
) -> None:
    """Each chart beside the cells it is drawn from: the finding, a head, then a line for each bar or month."""
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 16)
    line = 0
    for chart in report.charts:
        sheet.write_string(line, 0, sheets.sentence(chart.said, translate, locale), forms.head)
        sheet.write_string(line + 1, 1, chart.about, forms.head)
        last = line + 1
        for last, (label, number) in enumerate(chart.bars, start=line + 2):
            if chart.drawing is Drawing.LINE:
                sheet.write_datetime(last, 0, month_start(label), forms.of_kind(Kind.MONTH))
            else:
                sheet.write_string(last, 0, label, forms.text)
            if number is not None:
                sheet.write_number(last, 1, number, forms.of_kind(chart.kind))
        about = {"description": signs.held(chart.about)}
        sheet.insert_chart(line, 3, _native(book, sheet.get_name(), chart, line, last), about)
        line = max(last, line + _TALL) + 3


def _native(book: xlsxwriter.Workbook, sheet: str, chart: Chart, line: int, last: int) -> Any:
    is_line = chart.drawing is Drawing.LINE
    drawn = book.add_chart({"type": "line" if is_line else "bar"})
    drawn.add_series(
        {
            "name": [sheet, line + 1, 1],
            "categories": [sheet, line + 2, 0, last, 0],
            "values": [sheet, line + 2, 1, last, 1],
            "fill": {"color": _BAR},
            "line": {"color": _BAR},
            "marker": {"type": "circle", "size": 6, "fill": {"color": _BAR}, "border": {"color": _BAR}},
            "data_labels": {"value": True},
            "gap": 60,
        }
    )
    drawn.set_title({"name": [sheet, line, 0], "name_font": {"size": 12}, "overlay": False})
    drawn.set_legend({"none": True})
    form = "#,##0" if chart.kind is Kind.COUNT else "#,##0.00"
    numbers = {"min": 0, "num_format": form, "name": [sheet, line + 1, 1], "name_font": {"size": 9, "bold": False}}
    if is_line:
        drawn.set_x_axis({"date_axis": True, "num_format": "mmm yyyy", "major_unit_type": "months"})
        drawn.set_y_axis(numbers)
    else:
        # The first line of the cells stands on top, as on paper, and the numbers stay below. In a chart of bars `x` are
        # the labels.
        drawn.set_x_axis({"reverse": True, "crossing": "max"})
        drawn.set_y_axis(numbers)
    drawn.set_size({"width": 720, "height": 20 * _TALL})
    return drawn
