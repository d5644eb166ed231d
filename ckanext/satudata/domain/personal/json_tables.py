"""The tables of a JSON file as `place.Sheet`: objects in lists or one after the other, rows that are lists. In bounded
memory: `json_text` reads the file, `json_rows` makes rows of what stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ckanext.satudata.domain.packed import Damaged
from ckanext.satudata.domain.personal import json_values
from ckanext.satudata.domain.personal.json_rows import (
    DEEPEST,
    HEADS,
    LOOK,
    NO_TABLE,
    dumped,
    heads_beside,
    holds_rows,
    is_row,
    is_rows,
    listed,
    objects,
    pass_over,
    plain_name,
    tells,
    under_heads,
    width_of,
)
from ckanext.satudata.domain.personal.json_text import Text, are_lines, decoded, elements, left_open
from ckanext.satudata.domain.personal.kinds import HINTS
from ckanext.satudata.domain.personal.place import Block, Sheet
from ckanext.satudata.domain.personal.readers import Unreadable
from ckanext.satudata.domain.personal.sheets import findings

_MANY = 5
"""Lists beside each other whose names are told with their rows."""


def of_json(path: Path) -> Iterator[Sheet]:
    """Objects in lists, wherever they stand, or one after the other, and rows that are lists with headings beside them,
    as one sheet; nested ones as columns `a.b`. Lists of lists with their headings on top, if any, each as its own.

    What stands beside the lists counts as a title.
    """
    with path.open("rb") as source:
        text = Text(source)
        if text.rest.startswith("[") and not are_lines(text.rest):
            text.rest = text.rest[1:]
            yield from _of_list(text)
        else:
            yield from _of_objects(text)


def _of_objects(text: Text) -> Iterator[Sheet]:
    """One object with its tables, or several one after the other."""
    try:
        value, end = decoded(text.rest, 0)
    except json.JSONDecodeError as error:
        opened = None if text.is_last else left_open(text.rest)
        if opened is not None:
            at, key, members = opened
            text.rest = text.rest[at:]
            yield from _of_open(text, key, members)
            return
        try:
            value, end = decoded(text.all(), 0)
        except json.JSONDecodeError:
            raise Damaged("JSON") from error
    while not text.is_last and _is_blank(text.rest[end:]):
        text.more()
    if isinstance(value, dict) and _is_blank(text.rest[end:]):
        yield from _of_value(value)
    else:
        first, values = _begun(elements(text, is_list=False))
        yield listed("", values) if is_row(first) else objects(values)


def _is_blank(text: str) -> bool:
    return not text.strip()


def _of_list(text: Text) -> Iterator[Sheet]:
    """The one sheet of a list whose elements are read one by one."""
    first, values = _begun(elements(text, is_list=True))
    sheet = listed("", values) if is_row(first) else objects(values)
    _last(sheet, lambda: _rest(text, sheet))
    yield sheet


def _of_open(text: Text, key: str, members: Mapping[str, Any]) -> Iterator[Sheet]:
    """The sheets of an object that is too large to be held: of its list in which the text stands, and what follows."""
    after: dict[str, Any] = {}
    first, values = _begun(elements(text, is_list=True))
    heads = heads_beside(members, len(first)) if is_row(first) else None
    tables: list[_Table] = []

    def read_on() -> None:
        after.update(_rest(text, sheet))
        tables.extend(_tables(after, "", {**members, **after}, 0))
        if is_listed and heads_beside(after, len(first)) is not None:
            pass_over(sheet.passed, NO_TABLE)

    def rows() -> Iterator[Any]:
        yield from under_heads(values, heads)
        read_on()
        for one in tables:
            yield from one.rows if one.is_named else ()

    is_listed = is_row(first) and heads is None
    sheet = listed(key, values) if is_listed else objects(rows())
    sheet.texts.append(dumped(members))
    if _is_unclear({name: one for name, one in members.items() if not isinstance(one, list)}):
        pass_over(sheet.passed, NO_TABLE)
    if is_listed:
        _last(sheet, read_on)
    yield sheet
    if is_listed and any(one.is_named for one in tables):
        yield objects(chain.from_iterable(one.rows for one in tables if one.is_named))
    yield from (listed(one.name, one.rows) for one in tables if not one.is_named)


def _begun(values: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    """The first that is not empty, and all from there."""
    first = next((one for one in values if one not in (None, [])), None)
    return first, chain([] if first is None else [first], values)


def _last(sheet: Sheet, then: Callable[[], Any]) -> None:
    """Does something once the blocks of a sheet were read."""
    blocks = sheet.blocks

    def read() -> Iterator[Block]:
        yield from blocks
        then()

    sheet.blocks = read()


def _rest(text: Text, sheet: Sheet) -> dict[str, Any]:
    """What an object names after its list, {} where it is none; as text it belongs to the sheet."""
    rest = text.all().strip().lstrip(",").strip()
    sheet.texts.append(rest)
    if not rest.strip("}]"):
        return {}
    try:
        after, end = decoded("{" + rest, 0)
    except json.JSONDecodeError:
        after, end = {}, 0
    if _is_unclear(after) or (rest[max(0, end - 1) :].strip() and any(mark in rest for mark in "{[")):
        pass_over(sheet.passed, NO_TABLE)
    return after


def _of_value(value: dict[str, Any]) -> Iterator[Sheet]:
    """The tables of an object, wherever they stand; one without such is a row itself, or several by its names."""
    tables = list(_tables(value, "", value, 0))
    if not tables:
        yield objects([value])
        return
    named = [one.rows for one in tables if one.is_named]
    rest = _without(value, {id(one.of) for one in tables}, 0)
    texts, passed = [dumped(rest)], [NO_TABLE] if _hides_rows(rest) or _is_unclear(rest) else []
    if named:
        sheet = objects(chain.from_iterable(named), texts)
        sheet.passed += passed
        yield sheet
    for one in tables:
        if not one.is_named:
            sheet = listed(one.name, one.rows)
            if not named:
                sheet.texts += texts
                sheet.passed += passed
            yield sheet


@dataclass(frozen=True)
class _Table:
    name: str
    of: list[Any]
    rows: Iterable[Any]
    is_named: bool


def _tables(value: Any, name: str, whole: Mapping[str, Any], deep: int) -> Iterator[_Table]:
    headed = 0
    is_keyed = isinstance(value, dict) and _is_keyed(value)
    for key, one in value.items() if isinstance(value, dict) and deep < DEEPEST else ():
        path = f"{name}.{key}" if name else str(key)
        if is_rows(one):
            # What is told once is told of the first.
            heads = None if headed else heads_beside(value, width_of(one)) or heads_beside(whole, width_of(one), deep=6)
            headed += heads is not None
            rows = one if heads is None else under_heads(one, heads)
            yield _Table(path, one, _keyed(rows, path) if is_keyed else rows, heads is not None)
        elif isinstance(one, list) and one and all(isinstance(row, dict) for row in one[:LOOK]):
            if not _is_said(key, one, value):
                yield _Table(path, one, _keyed(one, path) if is_keyed else one, True)
        else:
            yield from _tables(one, path, whole, deep + 1)


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether the names of lists tell what their rows do not: there are many, or they are days or numbers."""
    lists = [key for key, one in value.items() if isinstance(one, list) and one]
    return len(lists) >= _MANY or any(map(json_values.is_value, lists))


def _keyed(rows: Iterable[Any], path: str) -> Iterator[Any]:
    """Rows with the name of their list."""
    for row in rows:
        yield (
            {**row, json_values.KEY: path} if isinstance(row, dict) else [*row, path] if isinstance(row, list) else row
        )


def _is_unclear(rest: Any) -> bool:
    """Whether something of persons may stand in what belongs to no table."""
    if not isinstance(rest, dict) or not rest:
        return False
    try:
        sheet = objects([rest])
        found = findings(sheet)
    except Unreadable:
        return True
    return bool(sheet.unclear) or any(one.kind not in HINTS for one in found)


def _is_said(key: str, told: list[Any], value: Mapping[str, Any]) -> bool:
    """Whether a list tells the headings of rows beside it."""
    beside = [one for one in value.values() if one is not told and is_rows(one)]
    return plain_name(key) in HEADS and any(width_of(one) == len(told) for one in beside)


def _without(value: Any, tables: set[int], deep: int) -> Any:
    if not isinstance(value, dict) or deep >= DEEPEST:
        return value
    return {key: _without(one, tables, deep + 1) for key, one in value.items() if id(one) not in tables}


def _hides_rows(value: Any, deep: int = 0) -> bool:
    """Whether rows stand in what belongs to no table."""
    if deep > DEEPEST:
        return True
    if isinstance(value, str):
        return holds_rows(value)
    if isinstance(value, dict):
        return any(_hides_rows(one, deep + 1) for one in value.values())
    if isinstance(value, list) and sum(isinstance(one, str) and json_values.is_value(one) for one in value) >= _MANY:
        return not all(isinstance(one, str) and json_values.is_value(one) for one in value)
    return isinstance(value, list) and any(
        _hides_rows(one, deep + 1) or (isinstance(one, list) and any(map(tells, one))) for one in value
    )
