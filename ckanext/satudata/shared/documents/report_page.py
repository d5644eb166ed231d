"""What a report says on paper: finished text in one language, for the PDF and the DOCX alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.report import Block, Cell, Chapter, Chart, Column, Kind, Report, Table, month_start
from ckanext.satudata.domain.report_facts import ABOUT, CALLED
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.documents import charts, letters, pdf, sheets

_LONGEST_RUN = 18
_LINE = 64
"""Letters that fit into a line of a sentence; a hash is copied whole."""
MOST_ROWS = 1000
"""Of a table on paper, some thirty pages: a paper of a thousand pages helps nobody, and takes gigabytes to be made."""


def shown(column: Column, cell: Cell, locale: str | None = None) -> str:
    """A cell as people read it; a code is in words already or becomes so here."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        at = wording.as_instant(cell)
        return f"{wording.day(at, locale=locale)}, {at:%H.%M}"
    if isinstance(cell, date):
        return wording.day(cell, locale=locale)
    if isinstance(cell, (int, float)):
        return wording.number(cell, places=2 if column.kind is Kind.DECIMAL else None, locale=locale)
    if column.kind is Kind.MONTH:
        return wording.month(month_start(cell), locale=locale)
    return words.code_name(column.words, cell) if column.kind is Kind.CODE else cell


def content(report: Report, signatory: letters.Signatory, filed: bool, locale: str) -> dict[str, Any]:
    """What the template of the PDF and the DOCX are given: finished text and drawings only."""
    show: Callable[[Column, Cell], str] = lambda column, cell: _breakable(shown(column, cell, locale)) or "–"  # noqa: E731
    period = tk._("{start} to {end}").format(
        start=wording.day(report.period.from_on, locale=locale), end=wording.day(report.period.until_on, locale=locale)
    )
    number = partial(wording.number, locale=locale)
    place = tk.config["ckanext.satudata.letter.place"]
    return {
        "lang": locale[:2],
        "letterhead": letters.letterhead(),
        "title": tk._(report.title),
        "mark": tk._(report.mark) if report.mark else "",
        "facts": [
            [tk._("Period of the report"), period],
            *([tk._(label), _breakable(text)] for label, text in report.narrowed),
            [tk._("Figures as of"), wording.instant(report.as_of_at, locale=locale)],
            [tk._("Source"), tk._("Journal, cases and download counts of the portal")],
            [tk._("Definition"), _definition(report)],
            [tk._("Status"), tk._("Filed") if filed else tk._("Draft, not filed")],
        ],
        "summary": tk._("Summary"),
        "findings": [_breakable(sheets.sentence(finding, tk._, locale), _LINE) for finding in report.findings],
        "charts": [_drawn(chart, locale) for chart in report.charts],
        "parts": [_part(part, show, number) for part in report.in_order() if not (filed and is_left_out(part))],
        "definitions": _how_counted(),
        "place_date": f"{place}, {wording.day(report.as_of_at, locale=locale)}",
        "signatory": signatory.shown,
        "pages": tk._("Page {page} of {pages}"),
        "unprinted_note": tk._("□: a letter or picture that cannot be printed; the other formats hold the whole text."),
    }


def is_left_out(part: Chapter | Block | Table) -> bool:
    """Whether it is a text that nobody wrote: a report that is filed does not call it unwritten for ever."""
    return isinstance(part, Block) and not part.paragraphs


def _part(
    part: Chapter | Block | Table, show: Callable[[Column, Cell], str], number: Callable[[int], str]
) -> dict[str, Any]:
    if isinstance(part, Chapter):
        return {"kind": "chapter", "title": part.title}
    if isinstance(part, Block):
        written = [_breakable(text) for text in part.paragraphs]
        return {"kind": "block", "title": part.title, "paragraphs": written, "empty": tk._("Not written yet.")}
    rows, count = part.rows[:MOST_ROWS], len(part.rows)
    cut = tk._("The first {shown} of {count} rows; all of them are in the XLSX, CSV and JSON files of this report.")
    return {
        "kind": "table",
        "title": tk._(part.title),
        "cut": cut.format(shown=number(len(rows)), count=number(count)) if len(rows) < count else "",
        "widths": _widths(part),
        "heads": [tk._(column.head) for column in part.columns],
        "kinds": [column.kind.value for column in part.columns],
        "rows": [[show(column, cell) for column, cell in zip(part.columns, row, strict=True)] for row in rows],
        "empty": tk._(part.empty),
    }


def _drawn(chart: Chart, locale: str) -> dict[str, Any]:
    said = sheets.sentence(chart.said, tk._, locale)
    left = tk._("{count} more stand in the table below.").format(count=chart.left) if chart.left else ""
    return {
        "said": _breakable(said, _LINE),
        "alt": chart_alt(chart, said),
        "svg": charts.svg(chart, locale=locale),
        "left": left,
    }


def chart_alt(chart: Chart, said: str) -> str:
    """The chart in words, for who does not see it."""
    return tk._("{said} The same numbers stand in the table: {about}.").format(said=said, about=chart.about)


def sources(report: Report) -> list[tuple[str, str]]:
    """What the figures are made of and how they are counted: (label, text)."""
    told = [(tk._("Definition"), _definition(report)), (tk._("How this is counted"), _how_counted())]
    return [*told, *((tk._(CALLED[name]), tk._(ABOUT[name])) for name in report.facts if name in ABOUT)]


def _definition(report: Report) -> str:
    return tk._("{name}, version {version}").format(name=report.name, version=report.version[:12] or "–")


def _how_counted() -> str:
    return tk._(
        "Working days are counted by service hours and the holidays of this government: from noon to noon of the "
        "next working day is one. A dataset that is not public keeps its numbers, not its title."
    )


_FIXED_CM = {Kind.MONTH: 3, Kind.COUNT: 1.6, Kind.DECIMAL: 1.6, Kind.DATE: 2.2, Kind.INSTANT: 3.6}
_CM_A_LETTER, _CM_BESIDE = 0.16, 0.35
"""What a letter of the tables takes at most, and what stands beside a cell's text."""
_PAGE_CM, _MOST_LETTERS, _ROWS_ASKED = 16.8, 45, 1000
"""Width of a table; letters of a line that a text wishes for at most; rows that are looked at for it."""


def _widths(table: Table) -> list[dict[str, Any]]:
    """Each column gets what its longest word needs, and of what is left a share by the length of its texts."""
    columns = [_needs(table, number) for number in range(len(table.columns))]
    least, wanted = sum(one[0] for one in columns), sum(one[1] for one in columns)
    if least >= _PAGE_CM or wanted == least:
        sizes = [one[0] for one in columns]
    elif wanted >= _PAGE_CM:
        sizes = [low + (high - low) * (_PAGE_CM - least) / (wanted - least) for low, high in columns]
    else:
        texts = sum(high for low, high in columns if high > low)
        sizes = [high + (high > low) * high * (_PAGE_CM - wanted) / texts for low, high in columns]
    if sum(sizes) < _PAGE_CM:
        sizes[0] += _PAGE_CM - sum(sizes)
    return [{"fixed": False, "size": round(size, 2)} for size in sizes]


def _needs(table: Table, number: int) -> tuple[float, float]:
    """Centimetres that a column cannot do without, and those that it would use."""
    column = table.columns[number]
    words_ = tk._(column.head).split()
    texts = [] if column.kind in _FIXED_CM else [str(row[number] or "") for row in table.rows[:_ROWS_ASKED]]
    longest = max((min(len(word), _LONGEST_RUN) for word in (*words_, *" ".join(texts).split())), default=1)
    least = max(_FIXED_CM.get(column.kind, 0), longest * _CM_A_LETTER + _CM_BESIDE)
    lengths = sorted(len(text) for text in texts if text)
    usual = lengths[int(len(lengths) * 0.8)] if lengths else 0
    return least, max(least, min(usual, _MOST_LETTERS) * _CM_A_LETTER + _CM_BESIDE)


def _breakable(text: str, longest: int = _LONGEST_RUN) -> str:
    """Allows a line break inside a run without spaces that no column, or no line, could hold."""
    return " ".join(
        pdf.ZERO_WIDTH_SPACE.join(word[start : start + longest] for start in range(0, len(word), longest))
        if len(word) > longest
        else word
        for word in text.split(" ")
    )
