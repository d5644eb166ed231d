"""Gap-free numbers by kind, year and agency.

The series' row is locked by the caller's transaction: a second caller waits, and a rollback gives the number back.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.number_series import NumberSeries

MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
FIELDS = frozenset({"urut", "tahun", "bulan", "bulan_romawi", "unit", "jenis", "klasifikasi"})


@dataclass(frozen=True)
class Number:
    """A number as the register counts it and as letters print it."""

    count: int
    year: int
    text: str


def take(
    session: Session, kind: str, on: date, *, organization_id: str | None = None, unit: str = "", code: str = ""
) -> Number:
    """The next number of the series, in the caller's transaction; no commit.

    `on` is the local date that chooses the year; `unit` and `code` fill the pattern's `{unit}` and `{jenis}`.
    Take the request's number before a letter's: the same order everywhere keeps two transactions from waiting for
    each other for ever.
    """
    count = count_up(session, kind, on.year, organization_id)
    return Number(count, on.year, written(pattern_of(kind, organization_id), count, on, unit, code))


def count_up(session: Session, kind: str, year: int, organization_id: str | None = None, by: int = 1) -> int:
    """The series' count after `by` more; its row is locked until the transaction ends."""
    first = insert(NumberSeries).values(kind=kind, year=year, organization_id=organization_id or "", last=by)
    statement = first.on_conflict_do_update(
        index_elements=["kind", "year", "organization_id"], set_={"last": NumberSeries.last + by}
    ).returning(NumberSeries.last)
    return int(session.execute(statement).scalar_one())


def hold(session: Session, kind: str, year: int, organization_id: str | None = None) -> None:
    """Locks the series and takes nothing from it."""
    count_up(session, kind, year, organization_id, by=0)


def pattern_of(kind: str, organization_id: str | None = None) -> str:
    """The pattern of a kind: the agency's own (its fields `pola_nomor_<kind>`, `pola_nomor`), else the kind's option,
    else the general one."""
    organization = model.Group.get(organization_id) if organization_id else None
    for name in (f"pola_nomor_{kind}", "pola_nomor"):
        if organization is not None and organization.extras.get(name):
            return str(organization.extras[name])
    own = f"ckanext.satudata.number_pattern.{kind}"
    # Which kinds there are is the rooms' business, so most of these options are declared nowhere.
    if own in tk.config and tk.config[own]:
        return tk.config[own]
    return tk.config["ckanext.satudata.number_pattern"]


def written(pattern: str, count: int, on: date, unit: str = "", code: str = "") -> str:
    """A number by its pattern: `{urut}/PPID/{tahun}` → `12/PPID/2026`. Raises Invalid for an unknown field."""
    check_pattern(pattern)
    return pattern.format(
        urut=count,
        tahun=on.year,
        bulan=f"{on.month:02d}",
        bulan_romawi=MONTHS[on.month - 1],
        unit=unit or "-",
        jenis=code or "-",
        klasifikasi=tk.config["ckanext.satudata.number_classification"],
    )


def check_pattern(pattern: str) -> None:
    """Refuses a pattern with unknown fields, or without the count or the year (numbers would repeat)."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        raise Invalid("The number pattern {pattern} cannot be read.", field="pattern", pattern=pattern) from error
    if not names <= FIELDS:
        raise Invalid(
            "The number pattern {pattern} has an unknown field.",
            mend="Known fields: {known}.",
            field="pattern",
            pattern=pattern,
            known=", ".join(sorted(FIELDS)),
        )
    if not {"urut", "tahun"} <= names:
        raise Invalid(
            "The number pattern {pattern} needs the fields urut and tahun, or numbers repeat.",
            field="pattern",
            pattern=pattern,
        )
