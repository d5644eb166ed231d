"""Days off as CSV: one line for each day, as a secretariat copies them from the decree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ckanext.satudata.domain import list_file, text_table
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer_list import parse_date

COLUMNS = ("tanggal", "nama", "jenis", "nomor_sk")
REQUIRED = ("tanggal", "nama")
MOST_LINES = 500
LONGEST = 300
"""Characters of a name or of a decree's number."""

KIND_NAMES = {
    "national": "Hari libur nasional",
    "collective_leave": "Cuti bersama",
    "local": "Libur daerah",
    "working": "Hari kerja",
}
"""What a list calls each kind; the code is read too."""
_KINDS = {name.lower(): code for code, name in KIND_NAMES.items()} | {code: code for code in KIND_NAMES}


@dataclass(frozen=True)
class Line:
    """One line: its number in the spreadsheet and what it says, or its `errors`, each with its column."""

    number: int
    cells: dict[str, str]
    on: date | None = None
    name: str = ""
    kind: str = ""
    decree: str = ""
    errors: tuple[Invalid, ...] = ()


def template() -> str:
    """The empty list with example lines."""
    return written_out(
        [("17/08/2026", "Hari Kemerdekaan", "national", ""), ("01/04/2026", "Hari Jadi Kota", "local", "")]
    )


def written_out(lines: Iterable[tuple[str, str, str, str]]) -> str:
    """The list as text, heads first; the third of each line is the code of its kind."""
    return text_table.written_out(COLUMNS, ((on, name, KIND_NAMES.get(kind, kind), by) for on, name, kind, by in lines))


def read(content: bytes | str, decree: str = "") -> list[Line]:
    """The lines of the file, each checked whole; raises `Invalid` where the file as a whole cannot be read.

    `decree` is the number of lines that name none.
    """
    found = [_line(*row, decree) for row in list_file.rows(list_file.decode(content), COLUMNS, REQUIRED, MOST_LINES)]
    if not found:
        raise Invalid("The file has no line below the header.", field="file", mend="Add one line for each day.")
    return found


def _line(number: int, cells: dict[str, str], decree: str) -> Line:
    errors: list[Invalid] = []
    on, kind = None, ""
    try:
        on = parse_date(cells.get("tanggal", ""), "tanggal")
        if on is None:
            raise Invalid("The day is missing.", field="tanggal", mend="Enter the day off.")
    except Invalid as error:
        errors.append(error)
    try:
        kind = parse_kind(cells.get("jenis", ""), "jenis")
    except Invalid as error:
        errors.append(error)
    name, number_of = cells.get("nama", ""), cells.get("nomor_sk", "") or decree
    if not name:
        errors.append(Invalid("The name is missing.", field="nama", mend="Say what the day off is for."))
    errors += [
        Invalid("The text is too long.", field=column, mend="Use at most 300 characters.")
        for column, text in (("nama", name), ("nomor_sk", number_of))
        if len(text) > LONGEST
    ]
    return Line(number, cells, on, name, kind, number_of, tuple(errors))


def parse_kind(text: str, field: str) -> str:
    """The kind's code, from a code or from its Indonesian name; a local day off where nothing is said."""
    found = _KINDS.get(text.strip().lower().replace("_", " ")) or _KINDS.get(text.strip().lower() or "local")
    if found is None:
        raise Invalid(
            "Unknown kind of day: {value}.",
            field=field,
            mend="Write Hari libur nasional, Cuti bersama, Libur daerah or Hari kerja.",
            value=text[:40],
        )
    return found
