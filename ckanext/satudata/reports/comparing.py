"""A filed report beside the same report made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report_changes
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Cell, Column, Report
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import definitions, making
from ckanext.satudata.shared.documents import report_files, report_page, sheets


def since_filing(session: Any, actor: Actor, row: FiledReport) -> dict[str, Any]:
    """As `satudata_report_compare` returns it. Raises `Conflict` where the site has no such report any more."""
    wanted = definitions.current().get(row.name)
    if wanted is None:
        raise Conflict("This report cannot be made again: its definition is not there any more.")
    locale = tk.config["ckan.locale_default"]
    filed = making.as_filed(session, row)
    made = making.make(session, actor, making.of_row(row).params, locale=locale)
    # In the words in which it was filed, so that a code is no other thing than its word.
    again = report_files.of_dict(report_files.as_dict(made, locale=locale))
    keys = {table.key: len(table.by) for table in wanted.tables if table.by}
    changes = report_changes.changes(filed, again, keys)
    return {
        "filed": row.as_of_at.isoformat(),
        "now": made.as_of_at.isoformat(),
        "same_definition": row.definition in ("", wanted.version),
        "changes": [
            *_sentences(filed, again, locale),
            *(
                {
                    "table": one.table,
                    "row": " · ".join(report_page.shown(*told) or "–" for told in one.row),
                    "column": one.column.head if one.column else "",
                    "before": _said(one.before, one.column),
                    "after": _said(one.after, one.column),
                }
                for one in changes
            ),
        ],
    }


def _sentences(filed: Report, again: Report, locale: str) -> Iterator[dict[str, str]]:
    """The sentences of the summary that count something and differ, in words: what explains the report or seals it
    belongs to one of the two alone."""
    then, now = (
        {one.key: sheets.sentence(one, str, locale) for one in report.findings if one.key} for report in (filed, again)
    )
    for key in dict.fromkeys((*then, *now)):
        before, after = then.get(key, ""), now.get(key, "")
        if before != after:
            yield {"table": tk._("Summary"), "row": "", "column": tk._("Sentence"), "before": before, "after": after}


def _said(told: Cell | report_changes.Cells, column: Column | None) -> str:
    """A cell as its table shows it; of a whole row each of its cells below the head of its column."""
    if isinstance(told, tuple):
        return " · ".join(f"{column.head}: {report_page.shown(column, cell)}" for column, cell in told) or "1"
    return report_page.shown(column, told) if column else ""
