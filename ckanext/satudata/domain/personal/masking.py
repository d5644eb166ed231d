"""Masking by column: what becomes of the cells of a copy that leaves the office (SOP 001 step 10, UU 27/2022)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

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
