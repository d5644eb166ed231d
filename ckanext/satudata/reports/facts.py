"""What the reports are made of, read in one place from journal, cases, requests and download counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.dissemination import DownloadCount, Facts, Published, RequestFact, StepDone
from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import case_view


def dissemination(session: Any, period: Period) -> Facts:
    """The facts of the period, whole days in the government's zone."""
    start, end = _span(period)
    return Facts(
        published=tuple(_published(session, start, end)),
        steps=tuple(_steps(session, start, end)),
        requests=tuple(_requests(session, start, end)),
        downloads=tuple(_downloads(session, start, end)),
    )


def _span(period: Period) -> tuple[datetime, datetime]:
    """The first instant of the period and the first one after it."""
    zone = clock.zone()
    start = datetime.combine(period.from_on, time(), zone)
    return start, datetime.combine(period.until_on + timedelta(days=1), time(), zone)


def _published(session: Any, start: datetime, end: datetime) -> Iterable[Published]:
    """Each dataset that became public for the first time; by whom, tells the journal of its case."""
    rows = session.execute(
        sa.select(DatasetState.package_id, DatasetState.first_published_at, DatasetState.access_level).where(
            DatasetState.first_published_at >= start, DatasetState.first_published_at < end
        )
    ).all()
    about = _datasets(session, [row.package_id for row in rows])
    by = _publishers(session, {row.package_id: row.first_published_at for row in rows})
    for row in rows:
        title, organization = about.get(row.package_id) or (_hidden(row.package_id), "")
        yield Published(title, organization, row.access_level, row.first_published_at, by.get(row.package_id, ""))


def _publishers(session: Any, released: dict[str, datetime]) -> dict[str, str]:
    """The display name of whoever gave the command, by dataset."""
    events = session.execute(
        sa.select(Journal.subject_id, Journal.at, Journal.actor_name)
        .where(Journal.event == "published", Journal.subject_type == "dataset", Journal.subject_id.in_(released))
        .order_by(Journal.id)
    ).all()
    # The command is journalled just before the release of the same transaction.
    names = {row.subject_id: row.actor_name for row in events if row.at <= released[row.subject_id]}
    shown = case_view.display_names(session, set(names.values()))
    return {package_id: shown.get(name, name) for package_id, name in names.items()}


def _steps(session: Any, start: datetime, end: datetime) -> Iterable[StepDone]:
    """Steps finished by a command of their own; those another one closed took nobody's time."""
    rows = session.execute(
        sa.select(CaseStep, Case.process, Case.sop_version_id, Case.organization_id)
        .join(Case, Case.id == CaseStep.case_id)
        .where(CaseStep.done_at >= start, CaseStep.done_at < end, CaseStep.command.is_not(None))
    ).all()
    calendar = clock.calendar(session)
    titles = _organizations(session, {row.organization_id for row in rows})
    for step, process, version, organization_id in rows:
        sop = sops.of_version(session, version)
        yield StepDone(
            process=sop.title or process,
            step=step.no,
            uraian=sop.step(step.no).uraian,
            role=step.role,
            organization=titles.get(organization_id, ""),
            worked_days=calendar.worked_days(step.opened_at, step.done_at),
            late=bool(step.due_at and step.done_at > step.due_at),
        )


def _requests(session: Any, start: datetime, end: datetime) -> Iterable[RequestFact]:
    """Requests by the day they were received; answered once the letter has left."""
    answered = sa.exists().where(CaseStep.case_id == PpidRequest.case_id, CaseStep.command == "deliver")
    rows = session.execute(
        sa.select(PpidRequest.organization_id, PpidRequest.decision, answered.label("answered")).where(
            PpidRequest.received_at >= start, PpidRequest.received_at < end
        )
    ).all()
    titles = _organizations(session, {row.organization_id for row in rows})
    for row in rows:
        outcome = row.decision if row.decision and (row.answered or row.decision == "withdrawn") else "open"
        yield RequestFact(titles.get(row.organization_id) or tk._("Not routed to an agency yet"), outcome)


def _downloads(session: Any, start: datetime, end: datetime) -> Iterable[DownloadCount]:
    """Completed downloads by dataset and kind of client. Personal links count for the dataset that was asked for."""
    package_id = sa.func.coalesce(Download.package_id, model.Resource.package_id, PpidRequest.dataset_id)
    rows = session.execute(
        sa.select(
            package_id.label("package_id"),
            PpidRequest.organization_id,
            Download.client,
            sa.func.count().label("count"),
        )
        .outerjoin(model.Resource, model.Resource.id == Download.resource_id)
        .outerjoin(Grant, Grant.id == Download.grant_id)
        .outerjoin(PpidRequest, PpidRequest.case_id == Grant.case_id)
        .where(Download.at >= start, Download.at < end, downloads.counted())
        .group_by(package_id, PpidRequest.organization_id, Download.client)
    ).all()
    about = _datasets(session, [row.package_id for row in rows if row.package_id])
    titles = _organizations(session, {row.organization_id for row in rows})
    for row in rows:
        if row.package_id is None:
            found = tk._("Files given on request"), titles.get(row.organization_id, "")
        else:
            found = about.get(row.package_id) or (_hidden(row.package_id), "")
        yield DownloadCount(*found, client_kind=row.client, count=row.count)


def _datasets(session: Any, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Title and producer of datasets; what is not public now keeps its producer and loses its title.

    A report leaves the portal as a file, and nobody can say who will read it (docs/decisions/reports.md).
    """
    rows = session.execute(
        sa.select(
            model.Package.id,
            model.Package.title,
            model.Package.name,
            model.Package.private,
            model.Package.state,
            model.Group.title.label("organization"),
            DatasetState.state.label("stage"),
            DatasetState.access_level,
        )
        .outerjoin(model.Group, model.Group.id == model.Package.owner_org)
        .outerjoin(DatasetState, DatasetState.package_id == model.Package.id)
        .where(model.Package.id.in_(set(ids)))
    )
    return {
        row.id: ((row.title or row.name) if _is_public(row) else _hidden(row.id), row.organization or "")
        for row in rows
    }


def _is_public(row: Any) -> bool:
    published = row.stage in (None, DatasetStage.PUBLISHED.value) and row.access_level != Level.TERTUTUP.value
    return published and row.state == model.State.ACTIVE and not row.private


def _hidden(package_id: str) -> str:
    return tk._("Dataset that is not public any more ({id})").format(id=package_id[:8])


def _organizations(session: Any, ids: Iterable[str | None]) -> dict[str | None, str]:
    wanted = [id_ for id_ in ids if id_]
    rows = session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.id.in_(wanted))
    )
    return {row.id: row.title or row.name for row in rows}
