"""The JSON Schema of SOP files, for editors: it knows the shape; what needs all steps at once the reader checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any

from ckanext.satudata.domain import sop_file, sop_form, sop_meaning
from ckanext.satudata.domain.guestbook import Mode
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import END, STAY, Command, Process, StandIn
from ckanext.satudata.domain.sop_outputs import KNOWN
from ckanext.satudata.domain.workdays import Unit

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Schema = {"type": ["string", "number", "null"]}
WORDS: Schema = {"type": ["string", "number"], "minLength": 1}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": WORDS}]}
STEPS: Schema = {**WORDS, "not": {"enum": [END, STAY]}}
FLAG: Schema = {"type": "boolean"}


def process_schema() -> Schema:
    """Of a process file."""
    return {
        "$schema": DRAFT,
        "title": "SOP: one process of one government",
        **_closed(sop_file.TOP_KEYS, _TOP, required=("process", "title", "steps")),
        "$defs": {
            "role": _names(Role, sop_meaning.NEVER_WORKS),
            "officers": _one_or_list(_names(Role, sop_meaning.NO_OFFICERS)),
            "limit": {"type": "string", "pattern": f"^(?=[0-9]*[1-9])[0-9]{{1,4}} +({_any(Unit)})$"},
            "time": {"anyOf": [{"$ref": "#/$defs/limit"}, {"type": "string", "pattern": sop_file.WORD_OF_TIME}]},
            "row": _closed(sop_file.STEP_KEYS, _STEP, required=("no", "uraian")),
            "to": {
                "anyOf": [
                    WORDS,
                    {"type": "array", "items": WORDS, "minItems": 1, "maxItems": 1},
                    {"type": "array", "items": STEPS, "minItems": 2, "uniqueItems": True},
                ]
            },
            "exit": _exit(sop_file.EXIT_KEYS),
            "anytime": _exit(sop_file.ANYTIME_KEYS),
        },
    }


def form_schema() -> Schema:
    """Of a signed form in `formulir/`."""
    return {
        "$schema": DRAFT,
        "title": "SOP: the signed form that processes are part of",
        **_closed(
            sop_form.FORM_KEYS,
            {
                "head": _closed(sop_form.HEAD_KEYS, required=sop_form.HEAD_NEEDS),
                "pelaksana": {"type": "object", "propertyNames": _names(Role), "additionalProperties": WORDS},
                "identifikasi": _closed(sop_form.IDENTIFICATION_KEYS),
                "service_standard": _closed(sop_form.STANDARD_KEYS, required=sop_form.STANDARD_KEYS),
            },
            required=("head",),
        ),
    }


def _closed(keys: Iterable[str], known: dict[str, Schema] | None = None, required: Iterable[str] = ()) -> Schema:
    """An object with these keys and no others; a key that `known` does not describe is a text or a list of texts."""
    return {
        "type": "object",
        "properties": {key: (known or {}).get(key, TEXTS) for key in keys},
        "required": list(required),
        "additionalProperties": False,
    }


def _one_or_list(item: Schema, *, least: int = 0) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": least}]}


def _exit(keys: Iterable[str]) -> Schema:
    return {"anyOf": [{"$ref": "#/$defs/to"}, _closed(keys, _EXIT, required=("to",))]}


def _names(kind: type[Enum], without: Collection[Enum] = ()) -> Schema:
    return {"enum": [item.value for item in kind if item not in without]}


def _any(kind: type[Enum]) -> str:
    return "|".join(item.value for item in kind)


def _bindings() -> Schema:
    made = {maker: "|".join(sorted(what)) for maker, what in KNOWN.items()}
    makers = [
        {"pattern": f"^{maker.value}( ({what}))+$"} if what else {"const": maker.value} for maker, what in made.items()
    ]
    return {"type": "object", "additionalProperties": {"type": "string", "anyOf": makers}, "minProperties": 1}


_FIELDS: Schema = {
    "enum": sorted(
        {sop_meaning.NOTE}.union(*(names for forms in sop_meaning.FIELDS.values() for names in forms.values()))
    )
}
_NEEDS: Schema = _one_or_list(_FIELDS)
_OFFICERS: Schema = {"$ref": "#/$defs/officers"}
_COMMON: dict[str, Schema] = {
    "reminders": _one_or_list({"type": "integer", "minimum": -999, "maximum": 999}),
    "stand_in": _names(StandIn),
    "override": _OFFICERS,
    "waktu": {"$ref": "#/$defs/time"},
}
_DAY: Schema = {"type": "string", "pattern": "^(0[1-9]|1[0-2])-[0-3][0-9]$"}
_START: dict[str, Schema] = {
    "by": _OFFICERS,
    "dates": _one_or_list(_DAY),
    "after": {"type": "string", "pattern": rf"^({_any(Process)})(\.({_any(Command)}))?$"},
    "each_agency": FLAG,
}
_EXIT: dict[str, Schema] = {
    "to": {"$ref": "#/$defs/to"},
    "by": _one_or_list(_names(Role, {Role.AUDITOR})),
    "needs": _NEEDS,
    "cancels": FLAG,
    "closes": _one_or_list(WORDS),
    "agency_from": {"const": sop_meaning.AGENCY},
    "label": WORDS,
}
_STEP: dict[str, Schema] = {
    **_COMMON,
    "no": STEPS,
    "keterangan": TEXT,
    "uraian": WORDS,
    "pelaksana": _one_or_list({"$ref": "#/$defs/role"}, least=1),
    "pauses": FLAG,
    "tautan": _one_or_list({"type": "string", "pattern": r"^https?://\S+$"}),
    "exits": {
        "type": "object",
        "propertyNames": _names(Command),
        "additionalProperties": {"$ref": "#/$defs/exit"},
        "minProperties": 1,
    },
    "needs": {
        "type": "object",
        "propertyNames": _names(Command),
        "additionalProperties": _NEEDS,
        "minProperties": 1,
    },
    "in_turn": FLAG,
    "extra": FLAG,
    "disposition": _OFFICERS,
    "within": WORDS,
    "not_a_step": WORDS,
    "guestbook": _names(Mode),
}
_TOP: dict[str, Schema] = {
    **_COMMON,
    "process": _names(Process),
    "title": WORDS,
    "formulir": {"type": "string", "pattern": r"^\w+$"},
    "head": _closed(sop_form.HEAD_KEYS),
    "reading": TEXT,
    "start": WORDS,
    "waktu": {"$ref": "#/$defs/limit"},
    "until": _DAY,
    "mulai": {
        **_closed(sop_file.START_KEYS, _START),
        "anyOf": [{"required": [key]} for key in ("by", "dates", "after")],
    },
    "steps": {"type": "array", "items": {"$ref": "#/$defs/row"}, "minItems": 1},
    "anytime": {
        "type": "object",
        "propertyNames": _names(Command),
        "additionalProperties": {"$ref": "#/$defs/anytime"},
        "minProperties": 1,
    },
    "outputs": _bindings(),
}
