"""The shape that each key of SOP files has: one text, a list of texts, keys of its own. What has another is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from ckanext.satudata.domain.sop_text import Faults, Lined


class Plain(str, Enum):
    """What has no keys of its own; the value says how it is written."""

    TEXT = "one text"
    TEXTS = "one text, or a list of texts: [first, second]"


@dataclass(frozen=True)
class Keys:
    """Keys with the shape of each; `rest` is that of all others. `texts`: a text or a list of them will do as well."""

    of: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None
    texts: bool = False


@dataclass(frozen=True)
class Rows:
    """A list, each row with keys."""

    row: Keys


Shape: TypeAlias = "Plain | Keys | Rows"

TEXT, TEXTS = Plain.TEXT, Plain.TEXTS
_PEOPLE: Mapping[str, Shape] = {"reminders": TEXTS, "stand_in": TEXT, "override": TEXTS}
_EXIT = Keys(
    {
        "to": TEXTS,
        "by": TEXTS,
        "needs": TEXTS,
        "cancels": TEXT,
        "closes": TEXTS,
        "agency_from": TEXT,
        "label": TEXT,
        "except": TEXTS,
    },
    texts=True,
)
_ROW = Keys(
    {
        **_PEOPLE,
        **dict.fromkeys(("no", "uraian", "waktu", "keterangan", "within", "not_a_step", "guestbook"), TEXT),
        **dict.fromkeys(("in_turn", "extra", "pauses"), TEXT),
        **dict.fromkeys(("pelaksana", "kelengkapan", "output", "tautan", "not_same_as", "disposition"), TEXTS),
        "exits": Keys(rest=_EXIT),
        "needs": Keys(rest=TEXTS),
    }
)
FORM = Keys(
    {
        "head": Keys(rest=TEXTS),
        "pelaksana": Keys(rest=TEXT),
        "identifikasi": Keys(rest=TEXTS),
        "service_standard": Keys(rest=TEXTS),
    }
)
"""A signed form."""
PROCESS = Keys(
    {
        **_PEOPLE,
        **dict.fromkeys(("process", "title", "formulir", "reading", "start", "waktu", "until"), TEXT),
        "head": FORM.of["head"],
        "mulai": Keys({"by": TEXTS, "dates": TEXTS, "after": TEXT, "each_agency": TEXT}),
        "steps": Rows(_ROW),
        "anytime": Keys(rest=_EXIT),
        "outputs": Keys(rest=TEXT),
    }
)
"""A process file."""


def check(data: Lined, shape: Keys, faults: Faults, step: str = "") -> None:
    """Adds a fault for every value of another shape and takes it out, so that nothing reads it."""
    for key in list(data):
        wanted = shape.of.get(key, shape.rest)
        if wanted is None:
            continue  # An unknown key, which is told where the known ones are.
        value = data[key]
        wrong = _wrong(value, wanted)
        if wrong:
            fault = f"`{key}` is {wrong}."
            faults.add(data.line_of(key), step, fault, f"Write {_written(key, wanted)} (docs/sop.md).")
            del data[key]
        elif isinstance(wanted, Keys) and isinstance(value, Lined):
            check(value, wanted, faults, step or key)
        elif isinstance(wanted, Rows):
            for row in value:
                if isinstance(row, Lined):
                    check(row, wanted.row, faults, _number(row))


def _wrong(value: Any, wanted: Shape) -> str:
    """What it is instead; empty where the shape fits."""
    if isinstance(wanted, Rows):
        return "" if isinstance(value, list) else _named(value)
    if isinstance(wanted, Keys) and isinstance(value, Lined):
        return "" if value else "a mapping without keys"
    takes_list = wanted is TEXTS or (isinstance(wanted, Keys) and wanted.texts)
    if isinstance(value, list) and takes_list:
        if all(isinstance(item, str) and item.strip() for item in value):
            return ""
        return "a list with something in it that is no text"
    takes_text = takes_list or wanted is TEXT
    return "" if isinstance(value, str) and takes_text else _named(value)


def _named(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Lined):
        return "a mapping"
    return f"the text {value[:40]!r}" if value else "empty"


def _written(key: str, wanted: Shape) -> str:
    if isinstance(wanted, Plain):
        return wanted.value
    if isinstance(wanted, Rows):
        return f"`{key}:` and below it the rows, each with a dash"
    known = ", ".join(wanted.of)
    return f"`{key}: {{key: value}}`" + (f" with the keys {known}" if known else "") + ", or leave it out"


def _number(row: Lined) -> str:
    no = row.get("no")
    return no if isinstance(no, str) else ""
