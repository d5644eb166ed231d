"""The reports of this site: those that lie here, and the government's own folder beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeVar

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report_definition
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.sop_text import BadSop, Problem
from ckanext.satudata.shared.sop import sops

OURS = Path(__file__).parent


class _Named(Protocol):
    @property
    def name(self) -> str: ...


D = TypeVar("D", bound=_Named)


def every() -> dict[str, Definition]:
    """By name; a government's own file takes the place of ours of the same name. Raises BadSop: the start stops."""
    return _read(tk.config["ckanext.satudata.reports.folder"])


def current() -> dict[str, Definition]:
    """Those of the processes that this site runs."""
    running = sops.current()
    return {name: one for name, one in every().items() if not one.only_with or one.only_with in running}


@lru_cache(maxsize=4)
def _read(folder: str) -> dict[str, Definition]:
    own = Path(folder) if folder else None
    if own and not own.is_dir():
        mend = "Correct ckanext.satudata.reports.folder, or leave it empty."
        raise BadSop((Problem(str(own), 1, "", "There is no such folder.", mend),))
    return read_all([OURS, *([own] if own else [])], report_definition.read)


def read_all(places: Iterable[Path], read: Callable[[str, str], D]) -> dict[str, D]:
    """What lies in these folders, by name; a later one takes the place of an earlier. Raises BadSop with all faults."""
    found: dict[str, D] = {}
    problems: list[Problem] = []
    for place in places:
        problems += [
            Problem(str(path), 1, "", "The file would not be read.", "Let its name end in .yaml.")
            for path in sorted(place.glob("*.yml"))
        ]
        here: dict[str, Path] = {}
        for path in sorted(place.glob("*.yaml")):
            try:
                one = read(path.read_text(encoding="utf-8"), str(path))
            except BadSop as fault:
                problems += fault.problems
                continue
            except UnicodeDecodeError:
                problems.append(Problem(str(path), 1, "", "The file is not UTF-8 text.", "Save it as UTF-8."))
                continue
            if one.name in here:
                fault = f"`name` is {one.name!r}, as in {here[one.name].name}."
                problems.append(Problem(str(path), 1, "", fault, "Give each its own."))
            found[one.name], here[one.name] = one, path
    if problems:
        raise BadSop(tuple(problems))
    return found
