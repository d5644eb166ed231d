"""Service hours of each weekday, as a form asks for them, and as the option writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ckanext.satudata.domain.errors import Invalid, Several
from ckanext.satudata.domain.workdays import DAY_NAMES, Hours, parse_hours


def by_day(hours: Hours) -> dict[str, str]:
    """The hours of each weekday (`mon` … `sun`): `08.00–12.00, 13.00–15.00`; empty where the offices are closed."""
    return {
        name: ", ".join(f"{opens:%H.%M}–{closes:%H.%M}" for opens, closes in hours.get(number, ()))
        for number, name in enumerate(DAY_NAMES)
    }


def from_days(typed: Mapping[str, str]) -> str:
    """The option's text from what was typed for each weekday. Raises `Several`, each with its weekday as field."""
    errors, parts = [], []
    for name in DAY_NAMES:
        text = re.sub(r"\s*(?:–|—|-|s/d|s\.d\.|sampai)\s*", "-", typed.get(name, "").lower())
        stretches = re.sub(r"(\d)\.(\d)", r"\1:\2", re.sub(r"\b(\d)(?=[.:])", r"0\1", text))
        stretches = " ".join(re.split(r"[\s,;]+", stretches.strip(" ,;")))
        if not stretches:
            continue
        try:
            parse_hours(f"{name} {stretches}")
        except Invalid:
            mend = "Write the hours as 08.00–12.00, 13.00–15.00; leave it empty where the offices are closed."
            errors.append(Invalid("These hours cannot be read.", field=name, mend=mend))
        parts.append((name, stretches))
    if not parts:
        errors.append(Invalid("Service hours name no day at all.", field=DAY_NAMES[0]))
    Several.refuse(errors)
    return written(parse_hours("; ".join(f"{name} {stretches}" for name, stretches in parts)))


def written(hours: Hours) -> str:
    """The option's text; weekdays with the same hours in one part."""
    parts: list[tuple[list[int], str]] = []
    for number in sorted(hours):
        text = " ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in hours[number])
        if parts and parts[-1][1] == text and parts[-1][0][-1] == number - 1:
            parts[-1][0].append(number)
        else:
            parts.append(([number], text))
    names = [(DAY_NAMES[days[0]], DAY_NAMES[days[-1]], text) for days, text in parts]
    return "; ".join(f"{first if first == last else f'{first}-{last}'} {text}" for first, last, text in names)
