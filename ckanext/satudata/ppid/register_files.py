"""The officers' registers as files: XLSX for any number of rows, PDF for what can be printed. Each is journalled."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from typing import IO, Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.objection import PROCESS as OBJECTIONS
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import Kind, Period, Table
from ckanext.satudata.ppid import registers, requests
from ckanext.satudata.shared import clock, journal, wording
from ckanext.satudata.shared.documents import letters, pdf, report_page, sheets

FORMATS = ("xlsx", "pdf")
IN_MEMORY = 8 * 1024 * 1024
READERS = {"requests": (Role.PPID, Role.WALIDATA), "objections": (Role.PPID, Role.PPID_SUPERIOR)}
"""The registers name applicants: they are read by who serves them."""


def may_read(actor: Actor, name: str) -> bool:
    """Whether the actor keeps the register, or of requests a part of it."""
    return requests.is_office(actor) if name == "requests" else actor.has_anywhere(*READERS[name], process=OBJECTIONS)


def require_reader(actor: Actor, name: str) -> None:
    """Raises NotAllowed for everybody else, whoever runs the portal included."""
    if not may_read(actor, name):
        raise NotAllowed("Only {roles} may do this.", roles=READERS[name])


def note(session: Any, name: str, period: Period, rows: int, format_: str, *, actor: Actor) -> None:
    """Journals that a register was taken; no commit."""
    days = {"from_on": period.from_on.isoformat(), "until_on": period.until_on.isoformat()}
    payload = {**days, "rows": rows, "format": format_}
    journal.append(session, "register_taken", actor=actor, subject=("register", name), payload=payload)


def made(session: Any, name: str, period: Period, format_: str, *, actor: Actor) -> IO[bytes]:
    """The register of the period as an open file at its beginning; journalled and committed.

    Raises NotAllowed, Invalid for a format that is not made, and for a PDF of more rows than can be printed.
    """
    require_reader(actor, name)
    if format_ not in FORMATS:
        raise Invalid("This format is not made.", field="format", mend="Choose one of {known}.", known="XLSX, PDF")
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller reads it, then lets it go
    write, kept = _as_xlsx if format_ == "xlsx" else _as_pdf, requests.served_by(actor)
    rows = write(session, name, period, kept, target)
    note(session, name, period, rows, format_, actor=actor)
    session.commit()
    target.seek(0)
    return target


def _table(name: str, kept: Collection[str]) -> Table:
    return Table(name, registers.title(name, kept), registers.COLUMNS[name], ())


def _as_xlsx(session: Any, name: str, period: Period, kept: Collection[str], target: IO[bytes]) -> int:
    notes = [f"{label}: {value}" for label, value in _facts(period)]
    rows = registers.rows(session, name, period, kept)
    return sheets.rows_as_xlsx(target, _table(name, kept), rows, notes, translate=tk._, zone=wording.time_zone())


def _as_pdf(session: Any, name: str, period: Period, kept: Collection[str], target: IO[bytes]) -> int:
    count = registers.count(session, name, period, kept)
    if count > rules.PDF_MOST:
        raise Invalid(
            "The period has {count} rows; a PDF takes {most}.",
            field="format",
            mend="Choose a shorter period, or XLSX.",
            count=count,
            most=rules.PDF_MOST,
        )
    columns = registers.COLUMNS[name]
    rows = [
        [report_page.shown(column, cell) for column, cell in zip(columns, row, strict=True)]
        for row in registers.rows(session, name, period, kept)
    ]
    page = {
        "lang": str(wording.locale_of())[:2],
        "letterhead": letters.letterhead(),
        "title": tk._(registers.title(name, kept)),
        "mark": letters.SAMPLE if config.demo() else "",
        "facts": [[label, value] for label, value in _facts(period)],
        "heads": [tk._(column.head) for column in columns],
        "widths": [2 if column.kind is Kind.TEXT else 1 for column in columns],
        "rows": rows,
        "empty": tk._(_table(name, kept).empty),
        "pages": tk._("Page {page} of {pages}"),
        "unprinted_note": tk._("□: a letter or picture that cannot be printed; the other formats hold the whole text."),
    }
    target.write(pdf.render("register", page, at=clock.now()))
    return len(rows)


def _facts(period: Period) -> list[tuple[str, str]]:
    between = tk._("{start} to {end}").format(start=wording.day(period.from_on), end=wording.day(period.until_on))
    return [(tk._("Register period"), between), (tk._("As of"), wording.instant(clock.now()))]
