"""One number of a report or a dashboard as its file names it, and whether it can be counted at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ckanext.satudata.domain.report import Column, Kind
from ckanext.satudata.domain.report_codes import CODES
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.sop_text import Faults

_MEASURE = re.compile(
    r"(?P<facts>\w+) (?P<what>count|share|distinct|sum|median|longest)(?: (?P<of>\w+))?"
    r"(?: where (?P<where>\w+)=(?P<values>[\w|()-]+))?"
)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.A)


class What(str, Enum):
    """What a measure counts."""

    COUNT = "count"
    SHARE = "share"
    """Per cent of all, of those that `where` names."""
    DISTINCT = "distinct"
    SUM = "sum"
    MEDIAN = "median"
    LONGEST = "longest"


@dataclass(frozen=True)
class Measure:
    """One number: `<facts> count | share | distinct C | sum C | median C | longest C [where C=value|value]`."""

    facts: str
    what: What
    of: str = ""
    where: str = ""
    values: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at."""
        return tuple(filter(None, (self.of, self.where)))

    @property
    def kind(self) -> Kind:
        """How it is written."""
        whole = self.what in (What.COUNT, What.DISTINCT) or (
            self.what is not What.MEDIAN and self.of and FACTS[self.facts][self.of].kind is Kind.COUNT
        )
        return Kind.COUNT if whole else Kind.DECIMAL


class Measures:
    """Reads measures of one file; what cannot be counted becomes a fault."""

    def __init__(self, faults: Faults):
        self.faults = faults

    def known(self, name: str, line: int, where: str) -> Mapping[str, Column]:
        """The columns of a set of facts; none, and a fault, where there is no such set."""
        if name not in FACTS:
            self.faults.add(line, where, f"There are no facts {name!r}.", f"Known are {', '.join(FACTS)}.")
        return FACTS.get(name, {})

    def has(self, facts: str, column: str, line: int, where: str) -> bool:
        """Whether known facts have that column; a fault where they have not."""
        if facts in FACTS and column not in FACTS[facts]:
            known = ", ".join(FACTS[facts])
            self.faults.add(line, where, f"{facts!r} has no column {column!r}.", f"Known are {known}.")
            return False
        return facts in FACTS

    def read(self, text: Any, line: int, where: str) -> Measure | None:
        """The measure, or a fault and None."""
        found = _MEASURE.fullmatch(text) if isinstance(text, str) else None
        if not found:
            mend = "Write for example `steps median days` or `requests count where outcome=granted|refused`."
            self.faults.add(line, where, f"{text!r} is no measure.", mend)
            return None
        facts, what, of = found["facts"], What(found["what"]), found["of"] or ""
        known = self.known(facts, line, where)
        needs = what not in (What.COUNT, What.SHARE)
        if needs != bool(of):
            mend = f"Write the column after `{what.value}`." if needs else f"Leave {of!r} out."
            self.faults.add(line, where, f"{text!r} does not name what is counted.", mend)
            return None
        if not all(self.has(facts, column, line, where) for column in (of, found["where"]) if column):
            return None
        if needs and known and what is not What.DISTINCT and known[of].kind not in (Kind.COUNT, Kind.DECIMAL):
            self.faults.add(line, where, f"{of!r} holds no numbers.", "Take a column of numbers, or count.")
            return None
        if what is What.SHARE and not found["where"]:
            self.faults.add(line, where, f"{text!r}: a share of what?", "Add `where …=…`.")
            return None
        values = tuple((found["values"] or "").split("|"))
        if found["where"] and not self.chosen(found["where"], known[found["where"]], values, line, where):
            return None
        return Measure(facts, what, of, found["where"] or "", values) if known else None

    def chosen(self, name: str, column: Column, values: tuple[str, ...], line: int, where: str) -> bool:
        """Whether facts can be chosen by these values of a column; a fault where none would ever be found."""
        if column.kind in (Kind.COUNT, Kind.DECIMAL, Kind.INSTANT, Kind.DATE):
            fault = f"{name!r} holds numbers or times; `where` cannot name them."
            self.faults.add(line, where, fault, "Choose by a column of codes, texts, months, or true and false.")
            return False
        if column.kind is Kind.FLAG and len(values) != 1:
            self.faults.add(line, where, f"{name!r} is asked for true and false at once.", "Leave `where` out.")
            return False
        wrong = [value for value in values if not _may_be(column, value)]
        for value in wrong:
            self.faults.add(line, where, f"{name!r} is never {value!r}.", _mend(column))
        return not wrong


def _may_be(column: Column, value: str) -> bool:
    if column.kind is Kind.MONTH:
        return bool(_MONTH.fullmatch(value))
    known = _values(column)
    return value in known if known else bool(value)


def _values(column: Column) -> Collection[str]:
    return ("true", "false") if column.kind is Kind.FLAG else CODES.get(column.words, ())


def _mend(column: Column) -> str:
    if column.kind is Kind.MONTH:
        return "Write a month, such as 2026-10."
    known = _values(column)
    return f"Known are {', '.join(known)}." if known else "Write a text after each `|`."
