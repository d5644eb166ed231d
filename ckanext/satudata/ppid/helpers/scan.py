"""What the scan for personal data found, as pages show it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.shared.personal import scan_words
from ckanext.satudata.shared.personal.file_scan import FileScan


def satudata_not_inspected(one: dict[str, Any]) -> str:
    """What of a file was not looked into."""
    return scan_words.not_inspected(one)


def satudata_scan_rows(scan: FileScan) -> list[tuple[str, str]]:
    """Each column with what was found in it, in the order of the file; what stands outside the tables too."""
    rows: dict[tuple[str, int | None], list[str]] = {}
    heads: dict[tuple[str, int | None], str] = {}
    for one in scan.findings:
        place = (one["sheet"], one["column"])
        heads[place] = heads.get(place) or one["header"]
        said = rows.setdefault(place, [])
        if (text := scan_words.finding(one)) not in said:
            said.append(text)
    return [(_place(*place, heads[place]), "; ".join(said)) for place, said in rows.items()]


def _place(sheet: str, column: int | None, head: str) -> str:
    name = tk._("outside the table") if column is None else scan_words.column(column, head)
    return f"{sheet}: {name}" if sheet else name
