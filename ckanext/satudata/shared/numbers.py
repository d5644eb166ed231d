"""Gap-free numbers by kind, year and agency.

The series' row is locked by the caller's transaction: a second caller waits, and a rollback gives the number back.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date

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
    first = insert(NumberSeries).values(kind=kind, year=on.year, organization_id=organization_id or "", last=1)
    statement = first.on_conflict_do_update(
        index_elements=["kind", "year", "organization_id"], set_={"last": NumberSeries.last + 1}
    ).returning(NumberSeries.last)
    count = session.execute(statement).scalar_one()
    return Number(count, on.year, written(pattern_of(kind), count, on, unit, code))


def pattern_of(kind: str) -> str:
    """The pattern of a kind: its own option, else the general one."""
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
