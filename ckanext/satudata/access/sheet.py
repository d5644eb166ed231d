"""The two reports as CSV and XLSX."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.access import wording
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.report import Column, Kind, Period, Report, Table
from ckanext.satudata.shared import clock, words
from ckanext.satudata.shared.documents import report_book, sheets

N_ = wording.N_


def grounds() -> list[tuple[str, str]]:
    """The grounds of article 17 to choose from: code and words."""
    return [(code, f"{tk._(ground.title)} ({ground.basis})") for code, ground in GROUNDS.items()]


def of_records(records: list[dict[str, Any]], format_: str) -> bytes:
    """What was narrowed, withdrawn and opened."""
    heads = (
        Column(N_("Day and time"), Kind.INSTANT),
        Column(N_("Data")),
        Column(N_("What was done")),
        Column(N_("From level")),
        Column(N_("To level")),
        Column(N_("By")),
        Column(N_("Reason")),
        Column(N_("Ground of the restriction")),
        Column(N_("Tested")),
        Column(N_("Clean-up")),
    )
    rows = tuple(
        (
            datetime.fromisoformat(one["at"]),
            f"{one['title']}: {one['resource_name']}" if one["resource_name"] else one["title"],
            wording.kind(one["kind"]),
            wording.level(one["from_level"]),
            wording.level(one["to_level"]),
            one["by"],
            one["reason"],
            " · ".join(wording.grounds(one["ground"])),
            wording.standing(one["standing"]),
            tk._("finished") if one["finished_at"] else tk._("still going on"),
        )
        for one in records
    )
    table = Table("reclassifications", N_("Changes of levels of published data"), heads, rows, N_("None yet."))
    return _made(N_("Changes of levels of published data"), (table,), format_)


def of_exposure(found: dict[str, Any], format_: str) -> bytes:
    """What was open, and how often it was fetched."""
    spans = Table(
        "open",
        N_("What was open"),
        (
            Column(N_("What")),
            Column(N_("Version"), Kind.COUNT),
            Column(N_("Open from"), Kind.INSTANT),
            Column(N_("Open until"), Kind.INSTANT),
        ),
        tuple(
            (
                one["name"] or (one["resource_id"] or tk._("The description")),
                one["version"],
                _instant(one["from"]),
                _instant(one["until"]),
            )
            for one in found["open"]
        ),
        N_("Nothing of it was ever open."),
    )
    counts: list[tuple[Any, ...]] = [
        (words.code_name("client", one["client"]), one["count"], _instant(one["first_at"]), _instant(one["last_at"]))
        for one in found["downloads"]["by_client"]
    ]
    counts += [
        (tk._("Personal links given"), found["grants"]["links"], None, None),
        (tk._("Downloads by personal links"), found["grants"]["downloads"], None, None),
        (tk._("Permissions given to accounts"), found["grants"]["to_accounts"], None, None),
        (tk._("Downloads by accounts that were given files"), found["grants"]["account_downloads"], None, None),
        (tk._("Requests for these data"), found["requests"], None, None),
    ]
    counts += [
        (
            tk._("Account {name}").format(name=one["name"] or one["user"]),
            one["downloads"],
            _instant(one["first_given_at"]),
            _instant(one["last_given_at"]),
        )
        for one in found["grants"].get("accounts", [])
    ]
    officers = found["downloads"]["officers"]
    days = _instant(officers["first_at"]), _instant(officers["last_at"])
    counts.append((tk._("Downloads by officers for their work (no exposure)"), officers["total"], *days))
    reached = Table(
        "reached",
        N_("Whom it reached, as far as the portal records it"),
        (
            Column(N_("By what")),
            Column(N_("How many"), Kind.COUNT),
            Column(N_("First day"), Kind.INSTANT),
            Column(N_("Last day"), Kind.INSTANT),
        ),
        tuple(counts),
    )
    return _made(N_("What was open of these data"), (spans, reached), format_)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _made(title: str, tables: tuple[Table, ...], format_: str) -> bytes:
    if format_ == "csv":
        return b"\r\n".join(sheets.as_csv(one, translate=tk._, zone=clock.zone()) for one in tables)
    days = [cell.date() for one in tables for row in one.rows for cell in row if isinstance(cell, datetime)]
    period = Period(min([*days, clock.today()]), clock.today())
    report = Report("reclassification", title, period, clock.now(), (), tables)
    return report_book.as_xlsx(report, [], translate=tk._, zone=clock.zone())
