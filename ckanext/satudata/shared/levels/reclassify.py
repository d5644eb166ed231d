"""Reclassification as one operation: preview, one transaction, and a clean-up that a killed process does not lose.

Everything in the portal's database changes in the caller's transaction; from its commit on nothing of what was closed
is served, for `domain.access.may_download` and the DataStore's actions read those rows. What lies elsewhere (public
copies, DataStore tables, an index that knows no transactions) is named in the record and removed afterwards
(`shared.levels.reclassify_cleanup`), by the same process or by the next run of `resume`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import classification as rules
from ckanext.satudata.domain.access import PROCESS, DatasetStage, Level
from ckanext.satudata.domain.errors import Conflict, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.reclassification import Kind, check_narrowing
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import actors, clock, journal, notices, raw_writes, words
from ckanext.satudata.shared.files import grants, served, uploads
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import classification, tombstone
from ckanext.satudata.shared.levels.reclassify_cleanup import clean_up, pending
from ckanext.satudata.shared.levels.reclassify_plan import (
    Subject,
    closed_by,
    level_named,
    level_of_row,
    plan_of,
    released,
    scope_of,
    subject_of,
)
from ckanext.satudata.shared.publishing import answers, approved, datasets, licences, permits, posts, traces
from ckanext.satudata.shared.revision import revisions

EVENTS = {
    Kind.NARROWING: "dataset_reclassified",
    Kind.WITHDRAWAL: "dataset_withdrawn",
    Kind.WIDENING: "dataset_opened",
}


LISTS = ("exposed", "elsewhere")
"""What a record keeps besides counts: since when what is closed was open, and where posts of it still stand."""


@dataclass(frozen=True)
class Done:
    """What was done. Call `finish` once after the commit."""

    record_id: str
    package_id: str
    name: str

    def finish(self) -> None:
        """Removes what lies outside the database; what cannot be removed now is tried again by `resume`."""
        clean_up(self.record_id)


def narrow(
    session: Session,
    package_id: str,
    to_level: str,
    *,
    actor: Actor,
    reason: str,
    resource_id: str | None = None,
    ground: Mapping[str, str] | None = None,
    form_key: str | None = None,
) -> Done:
    """Makes a published dataset, or one of its resources, stricter: at once, provisionally. Does not commit.

    Terbatas: the description stays, files and addresses go. Tertutup: a resource leaves the description, a dataset
    leaves its stub. Opens the task for the test that must follow. The same `form_key` is answered as the first time.
    Raises NotAllowed, Conflict, Invalid (`domain.reclassification.check_narrowing`), NotThere.
    """
    new = level_named(to_level)
    package, state = datasets.locked(session, package_id)
    if form_key:
        form_key = uploads.checked_key(form_key, actor.user_id)
        before = session.scalars(Reclassification.asked_by(form_key)).one_or_none()
        if before is not None:
            if (before.package_id, before.to_level, before.resource_id) != (package.id, new.value, resource_id or None):
                raise Conflict("This form was used for something else.", field="key", mend="Load the page again.")
            return Done(before.id, package.id, package.name)
    subject = subject_of(session, package, state, resource_id)
    check_narrowing(actors.again(actor), package.owner_org, DatasetStage(state.state), subject.old, new, reason)
    return _carry_out(subject, new, Kind.NARROWING, actor, reason, _stated(ground or {}, new), form_key)


def withdraw(session: Session, package_id: str, *, actor: Actor, reason: str = "") -> Done:
    """Takes a published dataset back: a stub that tells harvesters so stays, nothing of before in it. Does not commit.

    The former description is kept in our table, the files in the vault; personal links to them end.
    Raises NotAllowed, and Conflict where it is not published.
    """
    package, state = datasets.locked(session, package_id)
    require_withdrawer(actor)
    if DatasetStage(state.state) is not DatasetStage.PUBLISHED:
        raise Conflict("Only a published dataset can be withdrawn.", field="state")
    subject = subject_of(session, package, state, None)
    return _carry_out(subject, Level.TERTUTUP, Kind.WITHDRAWAL, actor, reason, {}, None)


def require_withdrawer(actor: Actor) -> None:
    """Walidata takes back, and the portal itself; the roles of now count, not those of before a lock was waited for."""
    if not actors.again(actor).has_anywhere(Role.WALIDATA, Role.SYSTEM, process=PROCESS):
        raise NotAllowed("Only Walidata withdraws a dataset.")


def _stated(ground: Mapping[str, str], new: Level) -> dict[str, str]:
    """What is named of the ground already, as it is stored; what is missing the test will name."""
    read = rules.read(ground, new)
    found = rules.faults(read, clock.today())
    if found:
        raise rules.Faulty(found)
    return {name: value for name, value in read.values.items() if value}


# ---------------------------------------------------------------- the one transaction


def _carry_out(
    subject: Subject,
    new: Level,
    kind: Kind,
    actor: Actor,
    reason: str,
    ground: dict[str, str],
    form_key: str | None,
) -> Done:
    session, package, state = subject.session, subject.package, subject.state
    answers.hold(session)
    closed, now = closed_by(subject, new), clock.now()
    revisions.void_openings(session, package.id)
    planned = plan_of(subject, new, kind)
    exposed, left = _exposed(subject, closed, now, planned.leaves_stub), pending(session, closed, package.id)
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package.id})
    former = json.loads(json.dumps(shown, default=str))
    with permits.permit(session, package.id):
        erased = traces.erase(session, scope_of(subject, new, closed))
        if planned.leaves_stub:
            tombstone.make(session, package)
        else:
            _close(subject, new, closed, former, ground)
    for file in session.scalars(ResourceFile.of_package(package.id)):
        if file.is_released and file.resource_id in {resource.id for resource in closed}:
            file.retired_at = now
    with raw_writes.writing(session, DatasetState):
        if planned.leaves_stub:
            state.state, state.former, state.withdrawn_at = DatasetStage.WITHDRAWN.value, former, now
        if subject.is_whole and kind is Kind.NARROWING:
            state.access_level = new.value
    ended = {"grants": _end_links(subject, new, actor, reason)}
    closed_ids = [resource.id for resource in closed]
    elsewhere = posts.take_down(session, package.id, closed_ids, actor=actor, now=now)
    ended |= {"answers": answers.take_down(session, package.id, planned.hidden, actor=actor)}
    if not planned.leaves_stub:
        approved.mark(session, package.id, actor)
    search_index.write_along(package.id, hides=True)
    record = Reclassification(
        id=new_id(),
        package_id=package.id,
        resource_id=planned.resource_id,
        organization_id=package.owner_org,
        kind=kind.value,
        from_level=subject.old.value,
        to_level=new.value,
        title=planned.title,
        reason=reason,
        ground=ground,
        by_id=actor.user_id,
        by_name=actor.name,
        at=now,
        provisional=kind is Kind.NARROWING,
        done={**planned.counts, **erased, **ended, "exposed": exposed, "elsewhere": elsewhere},
        pending=left,
        form_key=form_key,
    )
    session.add(record)
    session.flush()
    note(session, record, actor)
    if kind is Kind.NARROWING:
        _ask_for_test(session, record, actor)
    return Done(record.id, record.package_id, package.name)


def _ask_for_test(session: Session, record: Reclassification, actor: Actor) -> None:
    """What was narrowed at once is provisional: its case asks for test and decision, and those concerned are told."""
    case = classification.open_case(
        session,
        record.package_id,
        rules.Cause.PROVISIONAL.value,
        resource_id=record.resource_id,
        actor=actor,
        data={"proposal": record.ground} if record.ground else None,
    )
    record.case_id = case.id
    agency = record.organization_id
    for role, organization_id in ((Role.PPID, None), (Role.PRODUCER_HEAD, agency), (Role.PPID_PEMBANTU, agency)):
        notices.queue(
            session,
            "dataset_reclassified",
            to_role=role,
            organization_id=organization_id,
            params={"case_id": case.id, "to_level": record.to_level},
            key=f"reclassified:{record.id}:{role.value}",
        )
    session.flush()


@notices.mail("dataset_reclassified")
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """Without a title: mails are read in open places."""
    level = words.LEVELS[params["to_level"]]
    lines = [
        tk._("The access to published data of your agency or government was narrowed to {level}, at once.").format(
            level=level
        ),
        tk._("This is provisional: a consequence test and a decision must follow."),
        notices.site_url(f"/meja/{params['case_id']}"),
    ]
    return tk._("Access to data was narrowed to {level}").format(level=level), "\n\n".join(lines)


def note(session: Session, record: Reclassification, actor: Actor) -> None:
    """Journals what was done, with its counts."""
    counts = {key: value for key, value in record.done.items() if key not in LISTS and value}
    journal.append(
        session,
        EVENTS[Kind(record.kind)],
        actor=actor,
        subject=("dataset", record.package_id),
        payload={
            "from_level": record.from_level,
            "to_level": record.to_level,
            **({"resource_id": record.resource_id} if record.resource_id else {}),
            **counts,
        },
        text=record.reason or None,
    )


def _close(
    subject: Subject, new: Level, closed: list[model.Resource], former: dict[str, Any], ground: dict[str, str]
) -> None:
    """Closes resources of a description that stays public."""
    now = clock.now().replace(tzinfo=None)
    described = {resource["id"]: resource for resource in former["resources"]}
    for resource in closed:
        file, _ = datasets.file_of(subject.session, resource.id)
        real_format = file.real_format if file is not None else resource.format
        own = {"access_level": new.value, **ground}
        if subject.is_whole:
            own = {"access_level": new.value, served.LEVEL_FROM: "dataset"}
        if new is Level.TERTUTUP:
            _withhold(subject, described[resource.id], file, own)
            tombstone.scrub(resource)
            continue
        served.hide_row(resource, real_format or "")
        kept = {key: value for key, value in resource.extras.items() if key != served.LEVEL_FROM}
        resource.extras = {**kept, **own}
        resource.metadata_modified = now
    # CKAN copies unchanged resources by their position, and fails over a gap.
    for position, resource in enumerate(one for one in subject.package.resources_all if one.state == "active"):
        resource.position = position
    if subject.is_whole:
        subject.package.extras = {**(subject.package.extras or {}), "access_level": new.value, **ground}
    level = new.value if subject.is_whole else subject.state.access_level
    left = [level_of_row(subject.state, one) for one in subject.package.resources_all if one.state == "active"]
    left = left or [new for _ in closed]  # of files that went out of the description nothing may be taken either
    stated = subject.package.license_id or ""
    subject.package.license_id = licences.to_serve(subject.session, subject.state, level, left, stated)
    subject.package.metadata_modified = now


def _withhold(subject: Subject, described: dict[str, Any], file: ResourceFile | None, own: dict[str, str]) -> None:
    """Keeps the description of a resource that leaves the public one, where only officers read it."""
    kept = {**{key: value for key, value in described.items() if key != served.LEVEL_FROM}, **own}
    if file is None:
        file = ResourceFile(
            resource_id=kept["id"], package_id=subject.package.id, version=1, real_format=kept.get("format") or ""
        )
        subject.session.add(file)
    served.hide(kept, file.real_format)
    file.withheld, file.retired_at = kept, clock.now()


def _end_links(subject: Subject, new: Level, actor: Actor, reason: str) -> int:
    """Tertutup data are given to nobody: personal links end. What is Terbatas is given by such links; they go on."""
    if new is not Level.TERTUTUP:
        return 0
    resource_id = subject.resource.id if subject.resource is not None else None
    ended = grants.revoke_dataset(
        subject.session, subject.package.id, actor=actor, reason=reason, resource_id=resource_id
    )
    return len(ended)


def described_since(session: Session, state: DatasetState) -> datetime | None:
    """Since when the description has been public without a break; what is opened or released anew meanwhile is none."""
    restored = session.scalars(Reclassification.restored(state.package_id)).first()
    return restored.at if restored is not None else state.first_published_at


def _exposed(subject: Subject, closed: list[model.Resource], now: datetime, leaves_stub: bool) -> list[dict[str, Any]]:
    """Since when what is closed now had been open: kept here, since a later release writes over those dates.

    The description is among it only where it goes too.
    """
    session, until = subject.session, now.isoformat()
    found: list[dict[str, Any]] = [
        {
            "resource_id": file.resource_id,
            "version": file.version,
            "from": file.released_at.isoformat() if file.released_at else None,
            "until": until,
        }
        for file in released(session, closed)
    ]
    since = described_since(session, subject.state)
    if leaves_stub and since is not None:
        found.append({"resource_id": None, "from": since.isoformat(), "until": until})
    return found
