"""An officers' list as CSV: one line for each role, as a secretariat keeps it in a spreadsheet.

Separators, encodings and line ends are those of `text_table`, dates those of `written`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ckanext.satudata.domain import list_file, mail_address, text_table, written
from ckanext.satudata.domain.appointment import GRANTABLE, Appointment, faults
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
    "akun",
)
REQUIRED = (("email", "akun"), "peran", "nomor_surat")
MOST_LINES = 1_000
"""Each costs some twenty-five statements, in the preview too, while the one who asked waits."""

FIELD_OF = {
    "user": "akun",
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
    "staf": Role.STAFF,
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


@dataclass(frozen=True)
class Line:
    """One line of the list: its number in the spreadsheet (the header is 1), its cells, and what came of it.

    `unit_id` is the agency that was found. Either `appointment` is there, or `errors`, each with its column.
    """

    number: int
    cells: dict[str, str]
    unit_id: str | None = None
    appointment: Appointment | None = None
    errors: tuple[Invalid, ...] = ()

    @property
    def email(self) -> str:
        """The person's address in lower case."""
        return self.cells.get("email", "").lower()

    @property
    def account(self) -> str:
        """The login name of the person, where the list gives one."""
        return self.cells.get("akun", "")


@dataclass
class Taking:
    """Collects every fault of a line or a form instead of stopping at the first."""

    errors: dict[str, Invalid] = field(default_factory=dict)

    def take(self, name: str, read: Callable[[], Any], otherwise: Any = None) -> Any:
        try:
            return read()
        except Invalid as error:
            self.errors[name] = error
            return otherwise

    def appointment(
        self, typed: Mapping[str, str], unit_id: str | None, named: frozenset[str], known: Iterable[str] | None
    ) -> Appointment:
        """The appointment made of what was `typed`, by form field; counts only where `errors` stays empty.

        `unit_id` and the processes `named` are read already; `known` is as in `appointment.faults`.
        """

        def on(name: str) -> date | None:
            return self.take(name, lambda: parse_date(typed[name], name))

        held = Held(
            # Where the role cannot be read, one that may be held either way: its own faults are not asked then.
            role=self.take("role", lambda: parse_role(typed["role"]), Role.DESIGNER),
            organization_id=unit_id,
            kind=self.take("kind", lambda: parse_kind(typed["kind"]), HoldKind.DEFINITIVE),
            processes=named,
            valid_from_on=on("valid_from_on"),
            valid_until_on=on("valid_until_on"),
        )
        found = Appointment(held, typed["letter_number"], on("letter_on"))
        unread = set(self.errors)
        for error in faults(found, known):
            if error.field not in unread and not (error.field == "processes" and "kind" in unread):
                self.errors.setdefault(error.field, error)
        return found


def template() -> str:
    """The empty list with one example line of an invented person."""
    example = (
        "siti@dinas.example", "Siti Contoh", "operator", "dinas-contoh", "definitif", "", "01/01/2026", "31/12/2026",
        "800/12/2026", "20/12/2025", "",
    )  # fmt: skip
    return written_out([example])


def written_out(lines: Iterable[Iterable[str]]) -> str:
    """The list as text, heads first."""
    return text_table.written_out(COLUMNS, lines)


def read(
    content: bytes | str, agency_of: Callable[[str], str | None], processes: frozenset[str] | None = None
) -> list[Line]:
    """The lines of the file, each checked whole; raises `Invalid` where the file as a whole cannot be read.

    `agency_of` gives the id for an agency's id, name or title, or None.
    """
    rows = list_file.rows(list_file.decode(content), COLUMNS, REQUIRED, MOST_LINES)
    lines = [_line(number, cells, agency_of, processes) for number, cells in rows]
    if not lines:
        raise Invalid("The file has no line below the header.", field="file", mend="Add one line for each role.")
    return lines


def parse_date(text: str, field: str) -> date | None:
    """A date from a form or a cell, None where empty; raises `Invalid`."""
    text = text.strip()
    if not text:
        return None
    try:
        found = written.day(text)
        if 1945 <= found.year <= 2200:
            return found
    except ValueError:
        pass
    raise Invalid("{value} is not a date.", field=field, mend="Write it as 31/12/2026 or 2026-12-31.", value=text[:40])


def parse_role(text: str) -> Role:
    """A role from its code or its Indonesian name; raises `Invalid`."""
    if not text.strip():
        raise Invalid("The role is missing.", field="role", mend="Choose a role from the list.")
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
    return mail_address.checked(text.strip().lower())


def _line(
    number: int, cells: dict[str, str], agency_of: Callable[[str], str | None], processes: frozenset[str] | None
) -> Line:
    taking = Taking()
    if cells.get("email") or not cells.get("akun"):
        taking.take("email", lambda: parse_email(cells.get("email", "")))
    unit_id = taking.take("organization_id", lambda: _unit(cells.get("unit", ""), agency_of))
    typed = {field: cells.get(column, "") for field, column in FIELD_OF.items()}
    named = frozenset(typed["processes"].replace("|", " ").split())
    appointment = taking.appointment(typed | {"letter_number": typed["letter_number"][:200]}, unit_id, named, processes)
    for error in taking.errors.values():
        error.field = FIELD_OF.get(error.field, error.field)
    found = tuple(sorted(taking.errors.values(), key=lambda error: COLUMNS.index(error.field)))
    return Line(number, cells, unit_id, None if found else appointment, found)


def _unit(text: str, agency_of: Callable[[str], str | None]) -> str | None:
    found = agency_of(text) if text else None
    if text and found is None:
        raise Invalid(
            "No agency is called {value}.",
            field="organization_id",
            mend="Write its short name as in its address.",
            value=text[:60],
        )
    return found
