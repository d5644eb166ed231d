"""How long the steps of a process really take: of finished steps, in days of the calendar, without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.sop_version import SopVersion
from ckanext.satudata.shared.hidden import labels
from ckanext.satudata.shared.sop import sops

FEWEST = 3
"""Cases below which nothing is said: one or two would tell of a single person's work."""
OF_DATA = ("dataset", "classification")
"""Subjects whose id is a dataset's: only public ones count, so that the numbers tell nothing of the others."""


@dataclass(frozen=True)
class Taken:
    """Of one step: how many cases passed it, the time in which half of them and nine in ten did."""

    cases: int
    median: timedelta
    nine_in_ten: timedelta


def of(session: Any, sop: Sop) -> dict[str, Taken]:
    """The times by step number. Cases of an older version count where the step said the same then."""
    alike = _versions(session, sop)
    took = CaseStep.done_at - CaseStep.opened_at
    spread = sa.func.percentile_cont(sa.literal_column("array[0.5, 0.9]")).within_group(took)
    rows = session.execute(
        sa.select(CaseStep.no, sa.func.count(Case.id.distinct()), spread)
        .join(Case, Case.id == CaseStep.case_id)
        .where(Case.process == sop.process.value, CaseStep.done_at.is_not(None), CaseStep.command.is_not(None))
        .where(sa.tuple_(Case.sop_version_id, CaseStep.no).in_(alike), _may_be_counted())
        .group_by(CaseStep.no)
        .having(sa.func.count(Case.id.distinct()) >= FEWEST)
    )
    return {no: Taken(int(cases), *spread) for no, cases, spread in rows}


def _versions(session: Any, sop: Sop) -> list[tuple[str, str]]:
    """Version and number of every step that said what the running one says."""
    kept = session.scalars(sa.select(SopVersion.id).where(SopVersion.process == sop.process.value))
    every = [sop, *(sops.of_version(session, version) for version in kept if version != sop.version)]
    return [
        (one.version, no)
        for one in every
        for no, step in one.steps.items()
        if no in sop.steps and (step.uraian, step.pelaksana) == (sop.steps[no].uraian, sop.steps[no].pelaksana)
    ]


def _may_be_counted() -> sa.ColumnElement[bool]:
    public = sa.select(model.Package.id).where(
        model.Package.state == "active", model.Package.private.is_(False), model.Package.type != labels.SOURCE_TYPE
    )
    return sa.or_(Case.subject_type.not_in(OF_DATA), Case.subject_id.in_(public))
