"""What differs between two versions of a process: its steps, its head, its text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from ckanext.satudata.domain.sop import END, STAY, Exit, Sop, Step, Waktu

OF_STEP = tuple(one.name for one in fields(Step) if one.name not in ("no", "line"))
OF_SOP = ("title", "first", "reading", "waktu", "until", "start")


class Kind(str, Enum):
    """What became of a step or of a part of the head."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """`step`: its number, empty for the process itself and its form. `key`: the field; `old` and `new` as text."""

    kind: Kind
    step: str
    key: str
    old: str
    new: str


def differences(old: Sop, new: Sop) -> list[Difference]:
    """Everything that differs, the process itself first, then its form, then step by step in the new order."""
    found = [*_of_mapping("", _values(old, OF_SOP), _values(new, OF_SOP))]
    found += _of_mapping("", _flat(old), _flat(new))
    before, after = ({row.no: row for row in sop.rows} for sop in (old, new))
    for no in dict.fromkeys((*after, *before)):
        if no in before and no in after:
            found += _of_mapping(no, _values(before[no], OF_STEP), _values(after[no], OF_STEP))
        elif no in after:
            found.append(Difference(Kind.ADDED, no, "uraian", "", after[no].uraian))
        else:
            found.append(Difference(Kind.REMOVED, no, "uraian", before[no].uraian, ""))
    return found


def text_difference(old: str, new: str) -> list[str]:
    """The lines of both texts that differ, with three lines around, as `diff -u` writes them."""
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3))[2:]


def _of_mapping(step: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*new, *old)):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            kind = Kind.CHANGED if before and after else Kind.ADDED if after else Kind.REMOVED
            yield Difference(kind, step, key, before, after)


def _flat(sop: Sop) -> dict[str, str]:
    """The form as keys and texts."""
    parts = {"head": sop.form.head, "identifikasi": sop.form.identification, "standar": sop.form.service_standard}
    found = {f"{part}.{key}": _text(value) for part, values in parts.items() for key, value in values.items()}
    return found | {f"pelaksana.{role.value}": name for role, name in sop.form.columns.items()}


def _values(one: Sop | Step, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _text(getattr(one, name)) for name in names}


def _text(value: Any) -> str:
    """A value as the file would write it."""
    if value is None or value == ():
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, Waktu):
        return f"{value.count} {value.unit.value}"
    if isinstance(value, Exit):
        return _exit(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{_text(key)}: {_text(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    if hasattr(value, "__dataclass_fields__"):
        pairs = ((one.name, _text(getattr(value, one.name))) for one in fields(value))
        return "; ".join(f"{name}: {text}" for name, text in pairs if text)
    return str(value)


def _exit(exit_: Exit) -> str:
    """`8 (operator; needs note)`."""
    more = [", ".join(role.value for role in exit_.by)]
    more += [f"needs {', '.join(exit_.needs)}"] if exit_.needs else []
    more += [f"closes {', '.join(exit_.closes)}"] if exit_.closes else []
    more += [text for text, said in (("cancels", exit_.cancels), (exit_.agency_from, exit_.agency_from)) if said]
    more += [exit_.label] if exit_.label else []
    return f"{', '.join(exit_.to) or (STAY if exit_.stays else END)} ({'; '.join(filter(None, more))})"
