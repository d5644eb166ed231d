"""The versions of each process: since when, how many cases run and ran under each, and their texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.sop_version import SopVersion
from ckanext.satudata.shared.sop import sops


@dataclass(frozen=True)
class Version:
    """`number`: its place among the versions of the process, the oldest 1. `since`: when the first case began under it,
    None where none has. `open`, `ended`: cases."""

    id: str
    number: int
    process: str
    title: str
    government: str
    running: bool
    since: datetime | None
    open: int
    ended: int


@dataclass(frozen=True)
class Text:
    """A version as values and as it was written."""

    sop: Sop
    source: str


def by_process(session: Any) -> dict[str, list[Version]]:
    """The versions of every process, the running one first, then the newest."""
    ended = sa.func.count(Case.ended_at)
    counted = sa.select(Case.sop_version_id, sa.func.count(Case.id) - ended, ended).group_by(Case.sop_version_id)
    cases = {version: (int(still), int(done)) for version, still, done in session.execute(counted)}
    running = {name: sop.version for name, sop in sops.current().items()}
    kept = {row.id: row for row in session.scalars(sa.select(SopVersion).order_by(SopVersion.loaded_at.desc()))}
    numbers: dict[str, int] = {}
    places: Counter[str] = Counter()
    for row in sorted(kept.values(), key=lambda row: (row.loaded_at, row.id)):
        places[row.process] += 1
        numbers[row.id] = places[row.process]
    found: dict[str, list[Version]] = {}
    for name, version in running.items():
        row = kept.get(version)
        still, done = cases.get(version, (0, 0))
        since = row.loaded_at if row else None
        title = sops.running(name).title
        number = numbers.get(version, places[name] + 1)
        found[name] = [Version(version, number, name, title, sops.source(name), True, since, still, done)]
    for row in kept.values():
        if row.id != running.get(row.process):
            title = sops.of_version(session, row.id).title
            counts, number = cases.get(row.id, (0, 0)), numbers[row.id]
            older = Version(row.id, number, row.process, title, row.government, False, row.loaded_at, *counts)
            found.setdefault(row.process, []).append(older)
    return found


def text(session: Any, version: str, field: str) -> Text:
    """A version that runs or once ran. Raises NotThere, which names `field`."""
    source = sops.text_of_running(version)
    if not source:
        row = session.get(SopVersion, version) if version else None
        if row is None:
            raise NotThere("There is no such version.", field=field)
        source = row.source
    return Text(sop_file.read_stored(source), source)
