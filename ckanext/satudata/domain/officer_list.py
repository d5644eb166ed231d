"""An officers' list as CSV: one line for each role, as a secretariat keeps it in a spreadsheet.

Both `,` and `;` (what a spreadsheet set to Indonesian writes) separate; UTF-8 with or without mark, or
Windows-1252. Dates are 2026-01-31, 31/01/2026 or 31-01-2026.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from ckanext.satudata.domain.appointment import GRANTABLE, Appointment, check
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Held, HoldKind, Role

COLUMNS = (
    "email",
    "nama",
    "peran",
    "unit",
    "jenis",
    "proses",
    "mulai",
    "sampai",
    "nomor_surat",
    "tanggal_surat",
)
REQUIRED = ("email", "peran", "nomor_surat")
MAX_BYTES = 300_000
"""About 3,000 lines; the preview carries the list in its own form, which CKAN bounds."""

FIELD_OF = {
    "role": "peran",
    "organization_id": "unit",
    "kind": "jenis",
    "processes": "proses",
    "valid_from_on": "mulai",
    "valid_until_on": "sampai",
    "letter_number": "nomor_surat",
    "letter_on": "tanggal_surat",
}
"""Form field to column, so that an error names what stands in the file."""

_ROLE_NAMES = {
    "kepala produsen data": Role.PRODUCER_HEAD,
    "kepala produsen": Role.PRODUCER_HEAD,
    "verifikator": Role.VERIFIER,
    "pengawas": Role.AUDITOR,
    "atasan ppid": Role.PPID_SUPERIOR,
    "ppid pembantu": Role.PPID_PEMBANTU,
    "tim desain": Role.DESIGNER,
    "kasie": Role.SECTION_HEAD,
    "kabid": Role.DIVISION_HEAD,
    "kadis": Role.DEPARTMENT_HEAD,
} | {role.value.replace("_", " "): role for role in GRANTABLE}

_KIND_NAMES = {
    "": HoldKind.DEFINITIVE,
    "definitif": HoldKind.DEFINITIVE,
    "definitive": HoldKind.DEFINITIVE,
    "plt": HoldKind.PLT,
    "plh": HoldKind.PLH,
    "an": HoldKind.AN,
}

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


@dataclass(frozen=True)
class Line:
    """One line of the list: its number in the file (the header is 1), its cells, and what came of it."""

    number: int
    cells: dict[str, str]
    appointment: Appointment | None = None
    error: Invalid | None = None

    @property
    def email(self) -> str:
        """The person's address in lower case."""
        return self.cells.get("email", "").lower()


def template() -> str:
    """The empty list with one example line of an invented person."""
    example = (
        "siti@dinas.example,Siti Contoh,operator,dinas-contoh,definitif,,01/01/2026,31/12/2026,800/12/2026,20/12/2025"
    )
    return ",".join(COLUMNS) + "\r\n" + example + "\r\n"


def read(
    content: bytes | str, agency_of: Callable[[str], str | None], processes: frozenset[str] | None = None
) -> list[Line]:
    """The lines of the file, each checked; raises `Invalid` where the file as a whole cannot be read.

    `agency_of` gives the id for an agency's id, name or title, or None.
    """
    rows = _rows(decode(content))
    lines = [_line(number, cells, agency_of, processes) for number, cells in rows]
    if not lines:
        raise Invalid("The file has no line below the header.", field="file", mend="Add one line for each role.")
    return lines


def parse_date(text: str, field: str) -> date | None:
    """A date from a form or a cell, None where empty; raises `Invalid`."""
    text = text.strip()
    if not text:
        return None
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if 1945 <= found.year <= 2200:
            return found
    raise Invalid("{value} is not a date.", field=field, mend="Write it as 31/12/2026 or 2026-12-31.", value=text[:40])


def parse_role(text: str) -> Role:
    """A role from its code or its Indonesian name; raises `Invalid`."""
    found = _ROLE_NAMES.get(re.sub(r"[\s_]+", " ", text.strip().lower()))
    if found is None:
        raise Invalid("Unknown role: {value}.", field="role", mend="Choose a role from the list.", value=text[:40])
    return found


def parse_kind(text: str) -> HoldKind:
    """The footing from its code or abbreviation (Plt., Plh., a.n.); raises `Invalid`."""
    found = _KIND_NAMES.get(text.strip().lower().replace(".", ""))
    if found is None:
        raise Invalid(
            "Unknown kind of appointment: {value}.",
            field="kind",
            mend="Write definitif, plt, plh or an.",
            value=text[:40],
        )
    return found


def parse_email(text: str) -> str:
    """The address in lower case; raises `Invalid`."""
    text = text.strip().lower()
    if len(text) > 200 or not _EMAIL.fullmatch(text):
        raise Invalid(
            "{value} is not an e-mail address.",
            field="email",
            mend="Write it as name@agency.go.id.",
            value=text[:60] or "—",
        )
    return text


def decode(content: bytes | str) -> str:
    """The text of a list; raises `Invalid` for what is too long or no text."""
    if isinstance(content, str):
        content = content.encode("utf-8", errors="replace")
    if len(content) > MAX_BYTES:
        raise Invalid("The file is larger than 300 kB.", field="file", mend="Split it into smaller lists.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(
            "This is a spreadsheet, not a CSV file.", field="file", mend="Save it as CSV and choose it again."
        )
    if b"\x00" in content:
        raise Invalid(
            "This is not a text file.", field="file", mend="Save the list as CSV (UTF-8) and choose it again."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    header = text.split("\n", 1)[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise Invalid(
                "The column {column} is missing in the first line.",
                field="file",
                mend="Start from the template.",
                column=missing[0],
            )
        found = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, {n: c.strip() for n, c in zip(names, cells, strict=False)}))
        return found
    except csv.Error as error:
        raise Invalid(
            "Line {line} cannot be read as CSV.", field="file", mend="Check the quotation marks.", line=reader.line_num
        ) from error


def _line(number, cells, agency_of, processes) -> Line:
    try:
        parse_email(cells.get("email", ""))
        return Line(number, cells, _appointment(cells, agency_of, processes))
    except Invalid as error:
        error.field = FIELD_OF.get(error.field, error.field)
        return Line(number, cells, error=error)


def _appointment(cells, agency_of, processes) -> Appointment:
    unit = cells.get("unit", "")
    organization_id = agency_of(unit) if unit else None
    if unit and organization_id is None:
        raise Invalid(
            "No agency is called {value}.",
            field="organization_id",
            mend="Write its short name as in its address.",
            value=unit[:60],
        )
    held = Held(
        role=parse_role(cells.get("peran", "")),
        organization_id=organization_id,
        kind=parse_kind(cells.get("jenis", "")),
        processes=frozenset(cells.get("proses", "").replace("|", " ").split()),
        valid_from_on=parse_date(cells.get("mulai", ""), "valid_from_on"),
        valid_until_on=parse_date(cells.get("sampai", ""), "valid_until_on"),
    )
    letter_on = parse_date(cells.get("tanggal_surat", ""), "letter_on")
    return check(Appointment(held, cells.get("nomor_surat", "")[:200], letter_on), processes)
