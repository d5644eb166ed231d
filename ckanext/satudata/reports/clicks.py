"""The numbers of a report on the page: each leads to what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup, escape

from ckanext.satudata.domain.report import Chart, Finding, Table
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.reports import detail
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import report_page, sheets


@dataclass(frozen=True)
class Clicks:
    """Makes links of the numbers of one report. `asked`: its parameters; `version`: of the definition that made it."""

    definition: Definition
    asked: dict[str, str]
    version: str = ""

    @property
    def _is_same(self) -> bool:
        """Whether the report was made by the definition that stands now: its sentences are known by their place."""
        return self.version in ("", self.definition.version)

    def sentence(self, finding: Finding) -> str:
        """The sentence, each of its numbers a link."""
        if not finding.key or not self._is_same:
            return sheets.sentence(finding, tk._)
        values = {
            name: _link(
                finding.written.get(name) or wording.number(value),
                self._address(value, sentence=finding.key, measure=name),
            )
            for name, value in finding.params.items()
            if isinstance(value, (int, float))
        }
        unknown = {name: "–" for name, value in finding.params.items() if value is None}
        return Markup(escape(tk._(finding.message))).format(**{**finding.params, **unknown, **values})

    def bars(self, chart: Chart) -> list[str]:
        """The address behind each bar or point; "" where it leads nowhere."""
        if not self._is_same or not chart.measure:
            return []
        at = {"table": chart.table, "measure": chart.measure}
        pairs = zip(chart.bars, chart.groups, strict=True)
        return [
            self._address(number, **at, cell=[detail.written(one) for one in group]) for (_, number), group in pairs
        ]

    def row(self, table: Table, number: int) -> list[Any]:
        """The cells of a row, each number a link."""
        width, places = detail.places(self.definition, table)
        row, codes = table.rows[number], (table.codes or table.rows)[number]
        group = [detail.written(code) for code in codes[:width]]
        cells: list[Any] = [report_page.shown(*one) or "–" for one in zip(table.columns, row, strict=True)]
        for place in places:
            at = {"table": table.key, "measure": table.names[place], "cell": group}
            cells[place] = _link(cells[place], self._address(row[place], **at))
        return cells

    def _address(self, value: Any, **place: Any) -> str:
        """Nothing counted leads nowhere."""
        return tk.h.url_for("satudata_report_detail.index", **self.asked, **place) if value else ""


def _link(text: str, url: str) -> str | Markup:
    return Markup('<a href="{}">{}</a>').format(url, text) if url else text
