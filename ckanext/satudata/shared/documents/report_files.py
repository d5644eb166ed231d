"""A report as a file: XLSX, PDF, DOCX, CSV or JSON, all from the same cells.

A document speaks one language throughout: `locale` decides words, numbers and dates together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import starmap, zip_longest
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.report import (
    Block,
    Cell,
    Chapter,
    Chart,
    Column,
    Drawing,
    Finding,
    Kind,
    Period,
    Report,
    Table,
)
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.documents import docx, letters, pdf, report_book, report_docx, report_page, sheets


@dataclass(frozen=True)
class Format:
    """A file format: its ending and what a browser calls it."""

    ending: str
    content_type: str


FORMATS = {
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": Format("pdf", "application/pdf"),
    "docx": Format("docx", docx.TYPE),
    "csv": Format("csv", "text/csv; charset=utf-8"),
    "json": Format("json", "application/json"),
}


def format_of(name: str) -> Format:
    """The format of that name. Raises `Invalid`."""
    try:
        return FORMATS[str(name or "").lower()]
    except KeyError:
        raise Invalid(
            "This format is not made.", field="format", mend="Choose one of {known}.", known=", ".join(FORMATS)
        ) from None


def render(
    report: Report,
    format_name: str,
    *,
    signatory: letters.Signatory,
    filed: bool = False,
    locale: str | None = None,
    table: str | None = None,
) -> bytes:
    """The bytes of the report. `table`, for CSV only, is the key of the one table that is wanted.

    Raises `Invalid` for a format or table that is not made.
    """
    wanted = format_of(format_name).ending
    tongue = str(wording.locale_of(locale))
    with wording.speaking(tongue):
        if wanted == "json":
            return json.dumps(as_dict(report, locale=tongue), ensure_ascii=False, indent=1).encode()
        said = in_words(report)
        if wanted in ("pdf", "docx"):
            content = report_page.content(said, signatory, filed, tongue)
            return (
                report_docx.report(content, report.as_of_at)
                if wanted == "docx"
                else pdf.render("report", content, at=report.as_of_at)
            )
        args: dict[str, Any] = {"translate": tk._, "zone": wording.time_zone()}
        if wanted == "xlsx":
            return report_book.as_xlsx(said, report_page.sources(said), locale=tongue, **args)
        return sheets.as_csv(_table(said, table), **args) if table else sheets.all_as_csv(said, locale=tongue, **args)


def _table(report: Report, key: str) -> Table:
    for table in report.tables:
        if table.key == key:
            return table
    known = ", ".join(table.key for table in report.tables)
    raise Invalid("This report has no such table.", field="table", mend="Choose one of {known}.", known=known)


def table_title(report: Report, key: str) -> str:
    """The title of the table of that key, in the portal's own language; empty where it is "" or none."""
    with wording.speaking(tk.config["ckan.locale_default"]):
        return next((tk._(table.title) for table in report.tables if table.key == key), "")


def in_words(report: Report) -> Report:
    """The report with every code in the language of the moment."""
    return replace(report, tables=tuple(_said(table) for table in report.tables))


def _said(table: Table) -> Table:
    said = {number: _words(column, table, number) for number, column in enumerate(table.columns) if column.words}
    if not said:
        return table
    rows = tuple(
        tuple(said[number].get(cell, cell) if number in said else cell for number, cell in enumerate(row))
        for row in table.rows
    )
    return replace(table, rows=rows)


def _words(column: Column, table: Table, number: int) -> dict[Cell, str]:
    """Each code of a column in words: looked up once, however many rows it stands in."""
    used = {row[number] for row in table.rows} - {None} if column.kind is Kind.CODE else set()
    return {cell: words.code_name(column.words, str(cell)) for cell in used}


def as_dict(report: Report, *, locale: str | None = None) -> dict[str, Any]:
    """The report in JSON values: real numbers, ISO dates, codes with their words beside them."""
    with wording.speaking(str(wording.locale_of(locale))):
        return _dict(report, locale)


def _dict(report: Report, locale: str | None) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": tk._(report.title),
        "mark": tk._(report.mark) if report.mark else "",
        "period": {"from_on": report.period.from_on.isoformat(), "until_on": report.period.until_on.isoformat()},
        "narrowed": [{"label": tk._(label), "text": text} for label, text in report.narrowed],
        "as_of_at": report.as_of_at.isoformat(),
        "findings": [sheets.sentence(finding, tk._, locale) for finding in report.findings],
        "sentences": [_sentence_dict(finding, locale) for finding in report.findings],
        "facts": list(report.facts),
        "version": report.version,
        "charts": [_chart_dict(chart, locale) for chart in report.charts],
        "tables": [table_dict(table) for table in report.tables],
        "blocks": [asdict(block) for block in report.blocks],
        "chapters": [{"title": chapter.title, "holds": list(chapter.holds)} for chapter in report.chapters],
    }


def _sentence_dict(finding: Finding, locale: str | None) -> dict[str, Any] | None:
    """What its numbers lead by; None where they lead nowhere."""
    if not finding.key:
        return None
    numbers = {name: value for name, value in finding.params.items() if isinstance(value, (int, float))}
    written = {name: wording.number(value, locale=locale) for name, value in numbers.items()}
    return {"key": finding.key, "message": tk._(finding.message), "params": finding.params, "written": written}


def _chart_dict(chart: Chart, locale: str | None) -> dict[str, Any]:
    return {
        "said": sheets.sentence(chart.said, tk._, locale),
        "about": chart.about,
        "kind": chart.kind.value,
        "bars": [list(bar) for bar in chart.bars],
        "left": chart.left,
        "drawing": chart.drawing.value,
        "table": chart.table,
        "measure": chart.measure,
        "groups": [[_json(cell) for cell in group] for group in chart.groups],
    }


def table_dict(table: Table) -> dict[str, Any]:
    """A table in JSON values."""
    columns = []
    for number, column in enumerate(table.columns):
        about: dict[str, Any] = {"head": tk._(column.head), "kind": column.kind.value}
        if column.kind is Kind.CODE:
            used = sorted({str(row[number]) for row in table.rows if row[number] is not None})
            about["words"] = {code: words.code_name(column.words, code) for code in used}
        columns.append(about)
    rows = [[_json(cell) for cell in row] for row in table.rows]
    told = {"key": table.key, "title": tk._(table.title), "columns": columns, "rows": rows, "empty": tk._(table.empty)}
    return {**told, "names": list(table.names)}


def of_dict(kept: Mapping[str, Any]) -> Report:
    """The report that `as_dict` wrote, its sentences and codes in the words in which it was written."""
    period = Period(*(date.fromisoformat(kept["period"][day]) for day in ("from_on", "until_on")))
    return Report(
        name=kept["name"],
        title=kept["title"],
        period=period,
        as_of_at=datetime.fromisoformat(kept["as_of_at"]),
        findings=tuple(starmap(_finding_of, zip_longest(kept["findings"], kept.get("sentences", ())))),
        tables=tuple(_table_of(table) for table in kept["tables"]),
        mark=kept["mark"],
        charts=tuple(_chart_of(chart) for chart in kept.get("charts", ())),
        facts=tuple(kept.get("facts", ())),
        version=kept.get("version", ""),
        narrowed=tuple((one["label"], one["text"]) for one in kept.get("narrowed", ())),
        blocks=tuple(Block(**block) for block in kept.get("blocks", ())),
        chapters=tuple(Chapter(one["title"], tuple(one["holds"])) for one in kept.get("chapters", ())),
    )


def _finding_of(text: str, sentence: Mapping[str, Any] | None) -> Finding:
    return Finding(**sentence) if sentence else Finding("{sentence}", {"sentence": text})


def _chart_of(kept: Mapping[str, Any]) -> Chart:
    bars = tuple((label, number) for label, number in kept["bars"])
    return Chart(
        Finding("{sentence}", {"sentence": kept["said"]}),
        kept["about"],
        Kind(kept["kind"]),
        bars,
        kept["left"],
        Drawing(kept.get("drawing", Drawing.BARS)),
        kept.get("table", ""),
        kept.get("measure", ""),
        tuple(tuple(group) for group in kept.get("groups", ())),
    )


def _table_of(kept: Mapping[str, Any]) -> Table:
    kinds = [Kind(column["kind"]) for column in kept["columns"]]
    said = [column.get("words", {}) for column in kept["columns"]]
    heads = (
        Column(column["head"], Kind.TEXT if kind is Kind.CODE else kind)
        for column, kind in zip(kept["columns"], kinds, strict=True)
    )
    rows = tuple(
        tuple(_cell_of(kind, words_.get(str(cell), cell)) for kind, words_, cell in zip(kinds, said, row, strict=True))
        for row in kept["rows"]
    )
    codes = tuple(tuple(row) for row in kept["rows"])
    return Table(kept["key"], kept["title"], tuple(heads), rows, kept["empty"], tuple(kept.get("names", ())), codes)


def _cell_of(kind: Kind, cell: Any) -> Cell:
    if cell is None or kind not in (Kind.DATE, Kind.INSTANT):
        return cell
    return date.fromisoformat(cell) if kind is Kind.DATE else datetime.fromisoformat(cell)


def _json(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, (date, datetime)) else cell
