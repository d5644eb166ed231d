"""Masking by column: what becomes of the cells of a copy that leaves the office (SOP 001 step 10, UU 27/2022)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

import polars as pl

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.personal.kinds import Kind


class Method(str, Enum):
    """What becomes of a column."""

    KEEP = "keep"
    REMOVE = "remove"
    BLANK = "blank"
    """The heading stays, the cells are emptied."""
    PARTLY = "partly"
    YEAR = "year"
    AGE_BAND = "age_band"
    DISTRICT = "district"
    """The kecamatan out of an address."""


GENERAL = (Method.YEAR, Method.AGE_BAND, Method.DISTRICT)
"""What may find nothing in a cell, which is then emptied."""
ENDINGS = ("csv", "xlsx")
MOST_GROUPED = 5
"""Columns by which rows are counted."""
MOST_DIGITS = 6
"""Of the place of a column."""
BAND, OLDEST = 10, 80
"""Years of an age band, and the age from which there is one only."""


@dataclass(frozen=True)
class SheetPlan:
    """One table: `columns` by their place from 0, those not named are removed. `is_counted`: of the columns that stay
    only how many rows have the same cells is told."""

    sheet: str
    columns: Mapping[int, Method]
    is_counted: bool = False

    def staying(self) -> list[tuple[int, Method]]:
        """The columns of the copy, in their order."""
        return sorted((at, method) for at, method in self.columns.items() if method is not Method.REMOVE)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `read` takes them."""
        columns = {str(at): method.value for at, method in sorted(self.columns.items())}
        return {"sheet": self.sheet, "columns": columns, "is_counted": self.is_counted}


@dataclass(frozen=True)
class Plan:
    """The copy: its tables, those not named are left out, and how it is written."""

    sheets: tuple[SheetPlan, ...]
    ending: str

    def of(self, sheet: str) -> SheetPlan | None:
        """What becomes of a table."""
        return next((one for one in self.sheets if one.sheet == sheet), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `read` takes them."""
        return {"sheets": [one.as_json() for one in self.sheets], "ending": self.ending}


def read(said: Any, outlines: Sequence[Mapping[str, Any]]) -> Plan:
    """The plan of plain values: `{"sheets": [{"sheet", "columns": {"0": "keep"}, "is_counted"}], "ending"}`.

    `outlines` are the tables that the scan found. Raises Invalid.
    """
    if not isinstance(said, Mapping) or not isinstance(said.get("sheets"), list):
        raise Invalid("Say for each column what becomes of it.", field="plan")
    widths = {one["sheet"]: len(one["heads"]) for one in outlines if not one["is_hidden"]}
    sheets = tuple(_sheet(one, widths) for one in said["sheets"])
    ending = said.get("ending", "csv")
    if ending not in ENDINGS:
        raise Invalid("Choose CSV or XLSX.", field="ending")
    if not sheets or len({one.sheet for one in sheets}) < len(sheets):
        raise Invalid("Choose at least one table.", field="plan")
    if ending == "csv" and len(sheets) > 1:
        raise Invalid("A CSV file holds one table.", field="ending", mend="Choose XLSX, or leave the others out.")
    return Plan(sheets, ending)


def _sheet(said: Any, widths: Mapping[str, int]) -> SheetPlan:
    name = said.get("sheet") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or name not in widths or not isinstance(said.get("columns"), Mapping):
        raise Invalid("There is no such table in the file.", field="plan")
    columns = {}
    for at, method in said["columns"].items():
        if not str(at).isdecimal() or len(str(at)) > MOST_DIGITS or int(at) >= widths[name]:
            raise Invalid("There is no such column in the table.", field="plan")
        try:
            columns[int(at)] = Method(method)
        except ValueError:
            raise Invalid("Choose from the list what becomes of the column.", field="plan") from None
    plan = SheetPlan(name, columns, said.get("is_counted") is True)
    if not plan.staying():
        raise Invalid("At least one column of a table must stay.", field="plan")
    if plan.is_counted and len(plan.staying()) > MOST_GROUPED:
        raise Invalid(
            "Rows are counted by at most {most} columns.", field="plan", mend="Remove other columns.", most=MOST_GROUPED
        )
    return plan


def proposed(kinds: Sequence[str]) -> Method:
    """What is proposed for a column in which the scan found these kinds."""
    found = {Kind(kind) for kind in kinds}
    if not found:
        return Method.KEEP
    if found == {Kind.BIRTH_DATE}:
        return Method.YEAR
    if found == {Kind.ADDRESS}:
        return Method.DISTRICT
    return Method.REMOVE


# ---------------------------------------------------------------- cells


def masked(cells: pl.Series, method: Method, today: date) -> pl.Series:
    """The cells of a column as the copy has them; empty ones are null and stay so."""
    if method is Method.BLANK:
        return pl.Series(cells.name, [None] * len(cells), dtype=pl.String)
    if method is Method.PARTLY:
        return pl.select(_partly(cells)).to_series().alias(cells.name)
    if method is Method.YEAR:
        return _year(cells)
    if method is Method.AGE_BAND:
        return _age_band(cells, today)
    if method is Method.DISTRICT:
        return _district(cells)
    return cells


def _partly(cells: pl.Series) -> pl.Expr:
    """Of numbers their begin, of addresses for mail the server, of words the first letters. How long it was stays
    hidden."""
    text = pl.lit(cells)
    digits = text.str.replace_all(r"[^0-9]", "")
    is_number = ~text.str.contains(r"\p{L}{2}")
    words = text.str.replace_all(r"[0-9]+", "***").str.replace_all(r"(\p{L})[\p{L}'’]*\.?", "${1}***")
    number = pl.when(digits.str.len_chars() >= 10).then(digits.str.slice(0, 4)).otherwise(pl.lit("")) + "******"
    mail = text.str.replace(r"^.*?([^\s@])[^\s@]*@([^\s@]+).*$", "${1}***@${2}")
    return (
        pl.when(text.is_null()).then(pl.lit(None, dtype=pl.String))
        .when(text.str.contains(r"^\S+@\S+$")).then(mail)
        .when(is_number).then(number)
        .otherwise(words)
    )  # fmt: skip


def _year(cells: pl.Series) -> pl.Series:
    stands_alone = cells.str.extract(r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)")
    packed = cells.str.extract(r"^((?:19|20)[0-9]{2})(?:0[1-9]|1[0-2])[0-3][0-9]$")
    return stands_alone.fill_null(packed)


def _age_band(cells: pl.Series, today: date) -> pl.Series:
    """Out of an age, or out of a date of birth the age reached in this year."""
    told = cells.str.extract(r"(?i)^([0-9]{1,3})(?:[.,][0-9]+)?(?: *(?:tahun|thn|th|years?)\.?)?$").cast(pl.Int32)
    born = _year(cells).cast(pl.Int32)
    ages = pl.DataFrame({"age": told.fill_null(today.year - born)})
    lower = pl.col("age") // BAND * BAND
    band = lower.cast(pl.String) + "–" + (lower + BAND - 1).cast(pl.String)
    return ages.select(
        pl.when(~pl.col("age").is_between(0, 120)).then(pl.lit(None, dtype=pl.String))
        .when(pl.col("age") >= OLDEST).then(pl.lit(f"{OLDEST}+"))
        .otherwise(band).alias(cells.name)
    ).to_series()  # fmt: skip


def _district(cells: pl.Series) -> pl.Series:
    found = cells.str.extract(r"(?i)\bkec(?:amatan)?\b[.: ]*((?:[\p{L}']+)(?:[ -][\p{L}']+){0,2})")
    of_others = r"(?i)[ -](?:kab|kabupaten|kota|kodya|prov|provinsi|kel|kelurahan|desa|kode|rt|rw|indonesia)\b.*$"
    return found.str.replace(of_others, "").str.to_titlecase()
