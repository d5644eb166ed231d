"""The reports of this site: those that lie here, and the government's own folder beside them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report_definition
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.sop_text import BadSop, Problem

OURS = Path(__file__).parent


def current() -> dict[str, Definition]:
    """By name; a government's own file takes the place of ours of the same name. Raises BadSop: the start stops."""
    return _read(tk.config["ckanext.satudata.reports.folder"])


@lru_cache(maxsize=4)
def _read(folder: str) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    problems: list[Problem] = []
    for place in (OURS, Path(folder) if folder else None):
        if place is None:
            continue
        if not place.is_dir():
            mend = "Correct ckanext.satudata.reports.folder, or leave it empty."
            raise BadSop((Problem(str(place), 1, "", "There is no such folder.", mend),))
        for path in sorted(place.glob("*.yaml")):
            try:
                one = report_definition.read(path.read_text(encoding="utf-8"), str(path))
                found[one.name] = one
            except BadSop as fault:
                problems += fault.problems
            except UnicodeDecodeError:
                problems.append(Problem(str(path), 1, "", "The file is not UTF-8 text.", "Save it as UTF-8."))
    if problems:
        raise BadSop(tuple(problems))
    return found
