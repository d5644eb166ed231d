"""The dashboards of this site: those that lie here, and the government's own beside them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import dashboard_definition
from ckanext.satudata.domain.dashboard_definition import Definition
from ckanext.satudata.reports import definitions

OURS = Path(__file__).parent
OWN = "dasbor"
"""Of the government's own folder of reports: where its dashboards lie, if it has any."""


def current() -> dict[str, Definition]:
    """By name; a government's own file takes the place of ours of the same name. Raises BadSop: the start stops."""
    return _read(tk.config["ckanext.satudata.reports.folder"])


@lru_cache(maxsize=4)
def _read(folder: str) -> dict[str, Definition]:
    own = Path(folder, OWN) if folder else None
    return definitions.read_all([OURS, *([own] if own and own.is_dir() else [])], dashboard_definition.read)
