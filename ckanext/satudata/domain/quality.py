"""What is wrong in a table that is to be sent to review: told as warnings, each with its mend.

`frictionless` looks at headings, kinds of values and doubled rows of the first 200,000 rows; what must be known of all
rows (empty columns, keys, area codes) is asked of the columns. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import frictionless
import polars as pl
from frictionless import fields

from ckanext.satudata.domain import area_codes, row_diff
from ckanext.satudata.domain.column_types import Kind, pattern_of
from ckanext.satudata.domain.table_parts import Table, Told
from ckanext.satudata.domain.vocabulary import plainly

MOST_ROWS, MOST_ERRORS = 200_000, 1000
"""Rows that frictionless looks at, and faults after which it stops."""
_EMPTY, _DOUBLED = 0.2, 0.1
"""Share of empty cells from which a column is told; share of doubled keys up to which columns may be meant as a key."""
_BATCH = 20_000
_EXAMPLES = 3
_UNITS = 20
_TOTAL = re.compile(r"(?:sub ?)?(?:total|jumlah)\b.*", re.IGNORECASE)

Finding = dict[str, Any]
"""`code`, `message` and `mend` (msgids), `params`."""


def check(table: Table, key: Sequence[str] = (), told: Told = lambda share: None) -> dict[str, Any]:
    """`rows` and `columns` (their number), `looked_at` (rows), `units` that a column of units says, `findings`."""
    findings = [*_layout(table), *_by_frictionless(table)]
    told(0.5)
    findings += [*_empty(table), *_keys(table, key), *_areas(table), *_totals(table)]
    return {
        "rows": table.rows,
        "columns": len(table.heads),
        "looked_at": min(table.rows, MOST_ROWS),
        "units": _units(table),
        "findings": findings,
    }


def _finding(code: str, **params: Any) -> Finding:
    message, mend = FINDINGS[code]
    return {"code": code, "message": message, "mend": mend, "params": params}


FINDINGS: Mapping[str, tuple[str, str]] = {
    "titles": (
        "The table begins in row {row}: titles or merged headings stand above it.",
        "Let the first row be the headings, one for each column; write titles into the description.",
    ),
    "blank_rows": (
        "{count} rows are empty, the first is row {row}.",
        "Delete them; programs take them for the end of the table.",
    ),
    "blank_label": ("Column {number} has no heading.", "Give each column a heading, or delete an empty one."),
    "duplicate_label": ("The heading “{column}” stands over several columns.", "Give each column a name of its own."),
    "kinds": (
        "In “{column}” ({kind}) {count} cells are written otherwise, the first in row {row}.",
        "Write all cells of a column alike, numbers without units and words; leave empty what is not known.",
    ),
    "kinds_many": (
        "In “{column}” ({kind}) more than {count} cells are written otherwise, the first in row {row}.",
        "Write all cells of a column alike, numbers without units and words; leave empty what is not known.",
    ),
    "doubled_rows": ("{count} rows stand there twice, the first is row {row}.", "Delete what stands twice."),
    "empty_column": ("The column “{column}” is empty.", "Delete it, or fill it."),
    "gaps": (
        "In “{column}” {count} of {rows} cells are empty.",
        "Fill them, or say in the description why they are not known.",
    ),
    "doubled_keys": (
        "{count} rows agree with another in {columns}, but not in their figures.",
        "Look which of them is right, or add the column that tells them apart.",
    ),
    "doubled_declared": (
        "{count} rows have the declared key ({columns}) of another.",
        "Look which of them is right, or name all columns of the key.",
    ),
    "no_such_key": (
        "The declared key names columns that the table does not have: {columns}.",
        "Write the headings as they stand in the table, in the form of the file.",
    ),
    "area_codes": (
        "In “{column}” {count} cells are no area codes of the ministry of home affairs, such as {examples}.",
        "Write 35, 35.73, 35.73.01 or 35.73.01.1001, in a column that is formatted as text, so that no zero is lost.",
    ),
    "totals": (
        "Row {row} is a total: who adds up the column counts everything twice.",
        "Delete rows of totals; whoever needs them adds up.",
    ),
}
"""code → what is said, and the mend."""


def _layout(table: Table) -> Iterator[Finding]:
    if table.above > 1:
        yield _finding("titles", row=table.above + 1)
    rows = table.frame.select("row").collect().to_series()
    steps = rows.diff().fill_null(rows[0])
    gaps = (steps > 1).arg_true()
    if len(gaps):
        count, first = int((steps - 1).sum()), int(rows[gaps[0]] - steps[gaps[0]] + 1)
        yield _finding("blank_rows", count=count, row=first + table.above)


def _by_frictionless(table: Table) -> Iterator[Finding]:
    schema = frictionless.Schema(fields=[_field(table, at) for at in range(len(table.heads))])
    resource = frictionless.Resource(data=lambda: _rows(table), format="inline", schema=schema)
    checklist = frictionless.Checklist(checks=[frictionless.checks.duplicate_row()])
    report = resource.validate(checklist, limit_errors=MOST_ERRORS, limit_rows=MOST_ROWS)
    errors: list[Any] = report.tasks[0].errors
    places = {head: at for at, head in enumerate(table.heads)}
    kinds: dict[str, list[int]] = {}
    doubled: list[int] = []
    for error in errors:
        if error.type == "blank-label":
            yield _finding("blank_label", number=error.field_number)
        elif error.type == "duplicate-label":
            yield _finding("duplicate_label", column=error.label)
        elif error.type == "constraint-error":
            kinds.setdefault(error.field_name, []).append(error.row_number)
        elif error.type == "duplicate-row":
            doubled.append(error.row_number)
    for name, numbers in kinds.items():
        code = "kinds_many" if len(errors) >= MOST_ERRORS else "kinds"
        kind = table.columns[places[name]].kind.value
        (row,) = table.row_numbers([min(numbers) - 2])
        yield _finding(code, column=name, kind=kind, count=len(numbers), row=row)
    if doubled:
        (row,) = table.row_numbers([min(doubled) - 2])
        yield _finding("doubled_rows", count=len(doubled), row=row)


def _field(table: Table, at: int) -> fields.StringField:
    pattern = pattern_of(table.columns[at].kind)
    return fields.StringField(name=table.heads[at], constraints={"pattern": pattern} if pattern else {})


def _rows(table: Table) -> Iterator[list[str | None]]:
    yield [head or None for head in table.named]
    names = [f"c{at}" for at in range(len(table.heads))]
    for begin in range(0, min(table.rows, MOST_ROWS), _BATCH):
        yield from map(list, table.frame.select(names).slice(begin, _BATCH).collect().iter_rows())


def _empty(table: Table) -> Iterator[Finding]:
    for at, column in enumerate(table.columns):
        nulls = table.frame.select(pl.col(f"c{at}").null_count()).collect().item()
        if nulls == table.rows:
            yield _finding("empty_column", column=table.heads[at])
        elif nulls >= _EMPTY * table.rows and column.kind is not Kind.EMPTY:
            yield _finding("gaps", column=table.heads[at], count=nulls, rows=table.rows)


def _keys(table: Table, key: Sequence[str]) -> Iterator[Finding]:
    """Rows with the key of another; without one, rows that agree in all that tells rows apart but not in figures."""
    if key:
        found = {plainly(head): at for at, head in enumerate(table.heads)}
        missing = [name for name in key if plainly(name) not in found]
        doubled = 0 if missing else table.rows - row_diff.distinct(table, [found[plainly(name)] for name in key])
        if missing:
            yield _finding("no_such_key", columns=", ".join(missing))
        elif doubled:
            yield _finding("doubled_declared", count=doubled, columns=", ".join(key))
        return
    places = row_diff.key_columns(table)
    if not places or len(places) == len(table.heads):
        return
    doubled = row_diff.distinct(table, range(len(table.heads))) - row_diff.distinct(table, places)
    if 0 < doubled <= _DOUBLED * table.rows:
        yield _finding("doubled_keys", count=doubled, columns=", ".join(table.heads[at] for at in places))


def _areas(table: Table) -> Iterator[Finding]:
    for at, head in enumerate(table.heads):
        if not area_codes.is_heading(head):
            continue
        counts = table.texts(at).drop_nulls().value_counts()
        wrong = [(code, count) for code, count in counts.iter_rows() if not area_codes.is_code(code)]
        if wrong:
            examples = ", ".join(sorted(code for code, _ in wrong)[:_EXAMPLES])
            yield _finding("area_codes", column=head, count=sum(count for _, count in wrong), examples=examples)


def _totals(table: Table) -> Iterator[Finding]:
    begin = max(0, table.rows - 5)
    for at, column in enumerate(table.columns):
        cells = table.texts(at).slice(begin).to_list() if column.kind is Kind.TEXT else []
        found = next((place for place, cell in enumerate(cells, begin) if cell and _TOTAL.fullmatch(cell)), None)
        if found is not None:
            yield _finding("totals", row=table.row_numbers([found])[0])
            return


def _units(table: Table) -> list[str]:
    at = next((at for at, head in enumerate(table.heads) if plainly(head) in ("satuan", "unit")), None)
    return [] if at is None else sorted(table.texts(at).drop_nulls().unique().to_list())[:_UNITS]
