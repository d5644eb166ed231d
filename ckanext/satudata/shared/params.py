"""Parameters of actions as callers send them: anything JSON can say. What is of another kind is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudata.domain.errors import Invalid, too_long

LONGEST = 10_000
"""Characters of any text that an action takes or the journal stores; most take fewer."""


def text(sent: Mapping[str, Any], name: str) -> str:
    """The text under that name, without blanks around; empty where there is none. Raises Invalid."""
    value = sent.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Invalid("This must be text.", field=name, mend="Enter it again.")
    return bounded(str(value).strip(), name)


def bounded(found: str, name: str) -> str:
    """The same text. Raises Invalid for a longer one than LONGEST."""
    for fault in too_long(found, name, LONGEST):
        raise fault
    return found


def whole(sent: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int:
    """The whole number under that name; where there is none `default`, and without a default that is refused.

    Raises Invalid, also outside its bounds.
    """
    value = sent.get(name)
    if default is not None and (value is None or value == ""):
        return default
    try:
        number = int(str(value).strip()) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None:
        raise Invalid("Give a whole number.", field=name)
    if not least <= number <= most:
        raise Invalid("The number must lie between {least} and {most}.", field=name, least=least, most=most)
    return number


def flag(sent: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """Yes or no under that name, as JSON or as the words of a form; `default` where there is none. Raises Invalid."""
    value = sent.get(name)
    if value is None or value == "":
        return default
    word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise Invalid("This must be true or false.", field=name)
