"""Masked copies of the files of a request: ordered by PPID, made after the commit, in force in the original's place.

An order is kept in a row until its copy is there: what was lost with a process is made by the next look or by the job.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from redis.exceptions import RedisError

from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.personal import masking as rules
from ckanext.satudata.domain.personal.masking import Plan
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_masking import PpidMasking
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import config, custody, requests
from ckanext.satudata.ppid.handover import SCAN
from ckanext.satudata.shared import clock, journal, notices, periodic, vault, words
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access, looks
from ckanext.satudata.shared.personal import file_scan
from ckanext.satudata.shared.personal.file_scan import FileScan
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.transaction import transaction

log = logging.getLogger(__name__)

SAMPLE = 20
"""Rows of each table in the preview."""
LOOKED_AT = 45
"""Seconds that somebody waits for the preview."""
_LOST = timedelta(seconds=looks.SECONDS + 120)
"""After which an order that says nothing was lost with its process."""


@dataclass(frozen=True)
class Maskable:
    """A file that may be masked now: as it was handed over, with what the scan says of it."""

    request: PpidRequest
    row: PpidHandover
    kept: VaultObject
    scan: FileScan


def maskable(session: Any, handover_id: str, actor: Actor) -> Maskable:
    """The file behind a handover, or behind the copy that stands in its place.

    Raises NotThere for who may not know of it, NotAllowed for who is not PPID, Conflict where its check is over.
    """
    row = session.get(PpidHandover, handover_id)
    request = session.get(PpidRequest, row.request_id) if row is not None else None
    if row is None or request is None or not access.of_case(serves=custody.may_look(actor, request, row)):
        raise NotThere("This file is not there.")
    requests.check_answers(actor, request)
    original = session.get(PpidHandover, row.made_from) if row.made_from else row
    _check_in_force(session, request, original)
    kept = vault.get(session, original.vault_id)
    return Maskable(request, original, kept, file_scan.begun(session, kept))


def _check_in_force(session: Any, request: PpidRequest, original: PpidHandover) -> None:
    """Raises Conflict where the file was replaced by another than its own copy, or is not being checked."""
    in_force = session.scalars(PpidHandover.latest_of(request.id))
    if original.id not in {found.made_from or found.id for found in in_force}:
        raise Conflict("Another file was handed over meanwhile.", mend="Look at the file that is in force now.")
    case = session.get(Case, request.case_id)
    steps = session.scalars(CaseStep.open_of(case.id)) if case is not None else ()
    exits = (sops.of_version(session, case.sop_version_id).step(step.no).exits for step in steps)
    if not any(exit_ is Command.ATTEST for found in exits for exit_ in found):
        raise Conflict("Files are masked while PPID checks them for personal data.")


def plan_of(file: Maskable, said: Any) -> Plan:
    """The plan that was typed. Raises Invalid."""
    if not any(not one["is_hidden"] for one in file.scan.tables):
        raise Invalid(
            "No table of this file could be read.",
            field="plan",
            mend="Return it to the PPID Pembantu and ask for it as CSV or XLSX.",
        )
    return rules.read(said, file.scan.tables)


def order(session: Any, handover_id: str, said: Any, *, actor: Actor) -> PpidMasking:
    """Orders a masked copy; no commit. Raises as `maskable` and `plan_of`."""
    file = maskable(session, handover_id, actor)
    _hold(session, file.request)
    _check_in_force(session, file.request, file.row)
    now = clock.now()
    row = PpidMasking(
        handover_id=file.row.id,
        plan=plan_of(file, said).as_json(),
        state="waiting",
        asked_by=actor.user_id or "",
        asked_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def ordered(session: Any, handover_id: str, said: Any, *, actor: Actor) -> PpidMasking:
    """As `order`, committed and begun; the order as it is then."""
    with transaction() as mark:
        order_id = order(session, handover_id, said, actor=actor).id
        mark.afterwards.append(lambda: begin(order_id))
    session.expire_all()
    return session.get_one(PpidMasking, order_id)


def _hold(session: Any, request: PpidRequest) -> None:
    """Holds the case, so that no command is given meanwhile."""
    session.scalars(sa.select(Case).where(Case.id == request.case_id).with_for_update()).one()


def begin(masking_id: str) -> None:
    """After the commit of `order`: makes a small copy at once, leaves a large one, or one that takes long, to a job."""
    row = model.Session.get_one(PpidMasking, masking_id)
    if model.Session.get_one(PpidHandover, row.handover_id).size <= looks.SMALL:
        make(masking_id, seconds=looks.PATIENCE)
        model.Session.refresh(row)
        if row.state != "waiting":
            return
    try:
        tk.enqueue_job(make, [masking_id], title="satudata mask", rq_kwargs={"timeout": looks.SECONDS + 60})
    except RedisError as error:
        log.warning("A masked copy waits for the periodic work, Redis does not answer: %s", error)


@periodic.every(minutes=5, name="ppid-lost-maskings")
def make_lost() -> None:
    """Makes the copies whose process was lost."""
    for id_ in model.Session.scalars(PpidMasking.unfinished(clock.now() - _LOST)).all():
        make(id_)


def make(masking_id: str, *, seconds: float = looks.SECONDS) -> None:
    """Makes the copy, unless somebody does already. Safe to repeat: an order has one copy at most.

    `seconds`: what takes longer waits for a job, or has failed where this is one.
    """
    session = model.Session
    with transaction():
        row = session.scalars(PpidMasking.locked(masking_id)).one_or_none()
        is_taken = row is not None and row.state == "running" and clock.now() - row.changed_at < _LOST
        if row is None or row.state in ("done", "failed") or is_taken:
            return
        row.state, row.changed_at = "running", clock.now()
    try:
        _made(session, masking_id, seconds)
    except SatudataError as refusal:
        session.rollback()
        if isinstance(refusal, looks.TooLong) and seconds < looks.SECONDS:
            _left(session, masking_id)
            return
        _failed(session, masking_id, refusal)
    except Exception as error:
        session.rollback()
        # Its text may hold cells of the file.
        log.error("A masked copy failed: %s", type(error).__name__)
        _failed(session, masking_id, Invalid("The copy could not be made."))


def _left(session: Any, masking_id: str) -> None:
    with transaction():
        row = session.scalars(PpidMasking.locked(masking_id)).one()
        row.state, row.changed_at = "waiting", clock.now()


def _failed(session: Any, masking_id: str, refusal: SatudataError) -> None:
    with transaction():
        row = session.scalars(PpidMasking.locked(masking_id)).one()
        row.state, row.changed_at = "failed", clock.now()
        row.fault = {"message": refusal.message, "mend": refusal.mend, "params": refusal.params}


def fault_text(row: PpidMasking) -> str | None:
    """Why the copy was not made, in words."""
    fault = row.fault
    return words.error_text(Invalid(fault["message"], mend=fault["mend"], **fault["params"])) if fault else None


def _made(session: Any, masking_id: str, seconds: float) -> None:
    asked = session.get_one(PpidMasking, masking_id)
    original = session.get_one(PpidHandover, asked.handover_id)
    kept = vault.get(session, original.vault_id)
    scan, plan, ending = file_scan.known(session, kept), asked.plan, asked.plan["ending"]
    session.commit()  # no lock and no transaction while a large file is read
    with looks.copied([kept]) as (folder, [path]):
        target = Path(folder, "salinan")
        given = {**_given("mask", path, kept, plan, scan), "target": str(target)}
        told = looks.apart(given, lambda share: None, seconds=seconds)
        with transaction() as mark, target.open("rb") as content:
            row = _kept(session, masking_id, content, f"{PurePath(kept.original_name).stem}-samaran.{ending}", told)
            row_id = notices.follow_up(session, SCAN, {"vault_id": row.vault_id})
            mark.afterwards.append(lambda: notices.begin(row_id))


def _kept(session: Any, masking_id: str, content: Any, name: str, told: dict[str, Any]) -> PpidHandover:
    """The copy in the vault, in force in the place of the original and of its former copies; no commit."""
    asked = session.get_one(PpidMasking, masking_id)
    original = session.get_one(PpidHandover, asked.handover_id)
    request = session.get_one(PpidRequest, original.request_id)
    _hold(session, request)
    asked = session.scalars(PpidMasking.locked(masking_id)).one()
    _check_in_force(session, request, original)
    now, actor = clock.now(), actor_for(model.User.get(asked.asked_by))
    stored = vault.put(session, content, name=name, purpose="handover", created_by=asked.asked_by)
    _replace(session, original, now)
    row = PpidHandover(
        request_id=request.id,
        vault_id=stored.id,
        resource_id=original.resource_id,
        resource_version=original.resource_version,
        sha256=stored.sha256,
        filename=stored.original_name,
        size=stored.size_bytes,
        source="masked",
        organization_id=original.organization_id,
        period=original.period,
        made_from=original.id,
        masking={"plan": asked.plan, "tables": told["tables"]},
        given_at=now,
        given_by=asked.asked_by,
    )
    session.add(row)
    session.flush()
    asked.state, asked.changed_at, asked.copy_id = "done", now, row.id
    _note(session, request, actor, "file_masked", {"sha256": row.sha256, "made_from": original.sha256})
    return row


def _replace(session: Any, original: PpidHandover, now: Any) -> None:
    session.execute(
        sa.update(PpidHandover)
        .where(
            sa.or_(PpidHandover.id == original.id, PpidHandover.made_from == original.id),
            PpidHandover.replaced_at.is_(None),
        )
        .values(replaced_at=now)
    )


def drop(session: Any, handover_id: str, *, actor: Actor) -> PpidHandover:
    """Puts the original in force again in the place of its masked copy; no commit. Returns it. Raises as `maskable`."""
    file = maskable(session, handover_id, actor)
    _hold(session, file.request)
    _check_in_force(session, file.request, file.row)
    if file.row.replaced_at is None:
        raise Conflict("This file has no masked copy.")
    _replace(session, file.row, clock.now())
    file.row.replaced_at = None
    session.flush()
    _note(session, file.request, actor, "masking_dropped", {"sha256": file.row.sha256})
    return file.row


def preview(session: Any, handover_id: str, said: Any, *, actor: Actor) -> list[dict[str, Any]]:
    """What became of each table, with its first rows as `sample`; nothing is kept but the look in the journal.

    No commit. Raises as `order`.
    """
    file = maskable(session, handover_id, actor)
    plan = plan_of(file, said)
    with looks.copied([file.kept]) as (_folder, [path]):
        given = _given("mask_sample", path, file.kept, plan.as_json(), file.scan)
        told = looks.apart({**given, "rows": SAMPLE}, lambda share: None, seconds=LOOKED_AT)
    _note(session, file.request, actor, "masking_previewed", {"sha256": file.row.sha256})
    return told["tables"]


def _given(work: str, path: Path, kept: VaultObject, plan: dict[str, Any], scan: FileScan) -> dict[str, Any]:
    return {
        "work": work,
        "folder": tempfile.gettempdir(),
        "files": [(str(path), file_scan.ending_of(kept))],
        "plan": plan,
        "tables": scan.tables,
        "today": clock.today().isoformat(),
        "least": config.small_cells(),
    }


def _note(session: Any, request: PpidRequest, actor: Actor, event: str, payload: dict[str, Any]) -> None:
    subject = (requests.SUBJECT, request.id)
    journal.append(session, event, actor=actor, case_id=request.case_id, subject=subject, payload=payload)
