"""The numbers of a report on the page: each leads to what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup, escape

from ckanext.satudata.domain.report import Finding, Table
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.reports import detail
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.documents import report_page, sheets


@dataclass(frozen=True)
class Clicks:
    """Makes links of the numbers of one report. `asked`: its parameters."""

    definition: Definition
    asked: dict[str, str]

    def sentence(self, finding: Finding) -> str:
        """The sentence, each of its numbers a link."""
        if not finding.key:
            return sheets.sentence(finding, tk._)
        values = {
            name: self._link(wording.number(value), value, sentence=finding.key, measure=name)
            for name, value in finding.params.items()
            if isinstance(value, (int, float))
        }
        return Markup(escape(tk._(finding.message))).format(**{**finding.params, **values})

    def row(self, table: Table, number: int) -> list[Any]:
        """The cells of a row, each number a link."""
        width, places = detail.places(self.definition, table)
        row, codes = table.rows[number], (table.codes or table.rows)[number]
        group = [detail.written(code) for code in codes[:width]]
        cells: list[Any] = [report_page.shown(*one) for one in zip(table.columns, row, strict=True)]
        for place in places:
            at = {"table": table.key, "measure": table.names[place], "cell": group}
            cells[place] = self._link(cells[place], row[place], **at)
        return cells

    def _link(self, text: str, value: Any, **place: Any) -> str | Markup:
        """Nothing counted leads nowhere."""
        if not value:
            return text
        url = tk.h.url_for("satudata_report_detail.index", **self.asked, **place)
        return Markup('<a href="{}">{}</a>').format(url, text)
