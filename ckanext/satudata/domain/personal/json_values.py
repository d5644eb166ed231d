"""Objects in JSON that stand for a single value, and names in them that are values themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ckanext.satudata.domain.personal import held

KEY = "kunci"
"""The heading of the names of objects that are rows."""
VALUE = "nilai"
"""The heading of what stands under such a name."""
_VALUES = frozenset(
    {
        "value",
        "@value",
        "_value",
        "$value",
        "rawvalue",
        "v",
        "val",
        "#text",
        "_text",
        "__text",
        "#cdata",
        "text",
        "$t",
        "$",
        "nilai",
        "isi",
    }
)
"""Names of the value in an object that holds one, and says of what sort it is."""
_BESIDE = frozenset(
    {
        "type",
        "@type",
        "datatype",
        "xml:lang",
        "lang",
        "language",
        "@language",
        "f",
        "format",
        "unit",
        "satuan",
        "tipe",
        "jenis",
    }
)
_DEEPEST = 4
_DIGITS = re.compile(r"[0-9](?:[^0-9]*[0-9]){3}")


def bare(value: Any, deep: int = 0) -> Any:
    """The one value that an object, or a list of one, was made to hold; else what is given."""
    if deep > _DEEPEST:
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        told = bare(value[0], deep + 1)
        return value if isinstance(told, dict) else told
    if not isinstance(value, dict) or not 0 < len(value) <= 1 + len(_BESIDE):
        return value
    named = [key for key in value if str(key).lower() in _VALUES]
    if len(named) != 1 or not all(key in named or str(key).lower() in _BESIDE for key in value):
        return value
    told = bare(value[named[0]], deep + 1)
    return value if isinstance(told, (dict, list)) else told


def by_keys(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of an object whose names are values themselves: days, numbers of persons, or names above such."""
    if not _is_by_keys(value, 0):
        return None
    told = list(value.values())
    # What stands below has names of its own, or is one row each.
    is_below = all(isinstance(one, dict) for one in told) and len({frozenset(one) for one in told}) > len(told) / 2 > 1
    return [{KEY: key, VALUE: _pairs(one) if is_below else one} for key, one in value.items()]


def _pairs(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [{KEY: key, VALUE: one} for key, one in value.items()]


def is_value(key: str) -> bool:
    """Whether a name is a day or a long number."""
    return bool(_DIGITS.search(key)) and _is_value(key)


@lru_cache(maxsize=2000)
def _is_value(key: str) -> bool:
    told = held.held(key)
    return bool(told.years or told.numbers)


def _is_by_keys(value: Any, deep: int) -> bool:
    if not isinstance(value, dict) or not value or deep > _DEEPEST:
        return False
    if all(map(is_value, value)):
        return True
    return all(_is_by_keys(one, deep + 1) for one in value.values())
