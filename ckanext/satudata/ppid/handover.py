"""The files of a request inside the vault: handed over by PPID Pembantu, checked for personal data by PPID.

Runs inside the one transaction of a command; the rules are in `domain.personal.attesting` and hold for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, too_long
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.personal import attesting
from ckanext.satudata.domain.personal.attesting import Inspection
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import config, custody, drafts, file_facts, requests
from ckanext.satudata.ppid.effects import PROCESS, issue, request_of, signatory_of
from ckanext.satudata.shared import effects, journal, notices, params, vault
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.personal import file_scan

SCAN = "handover_scan"
MOST_FILES = 20
"""That one handover brings."""
PERIOD_LONGEST = 100


@effects.checks(PROCESS, "handover")
def handover_faults(payload: Mapping[str, Any]) -> Iterator[Invalid]:
    """The period that was typed."""
    return iter(too_long(params.text(payload, "period"), "period", PERIOD_LONGEST))


@effects.on(PROCESS, "handover")
def handover(run: Run) -> None:
    """PPID Pembantu hands files over inside the vault, with a letter (001-9).

    They take the place of those that the same agency handed over before, and of their masked copies.
    """
    request = request_of(run)
    agency = run.step.organization_id or run.case.organization_id
    taken = [_row(run, request.id, agency, *one) for one in _stored_files(run, agency)]
    run.session.execute(
        sa.update(PpidHandover)
        .where(
            PpidHandover.request_id == request.id,
            PpidHandover.replaced_at.is_(None),
            sa.or_(PpidHandover.organization_id == agency, PpidHandover.organization_id.is_(None)),
        )
        .values(replaced_at=run.now)
    )
    run.session.add_all(taken)
    run.session.flush()
    for row in taken:
        run.journal("file_handed_over", payload={"sha256": row.sha256, "size": row.size, "source": row.source})
        run.follow_up(SCAN, vault_id=row.vault_id)
    draft = texts.delivery_to_ppid(
        replace(requests.facts_of(request), producer=letters.organization_title(agency)),
        [file_facts.of(row) for row in taken],
        str(run.payload.get("note") or "").strip(),
    )
    signatory, office = signatory_of(run, agency)
    issue(run, request, draft, signatory, office)


def _row(
    run: Run, request_id: str, agency: str | None, stored: VaultObject, version: ResourceFile | None
) -> PpidHandover:
    return PpidHandover(
        request_id=request_id,
        vault_id=stored.id,
        resource_id=version.resource_id if version else None,
        resource_version=version.version if version else None,
        sha256=stored.sha256,
        filename=stored.original_name,
        size=stored.size_bytes,
        source="dataset" if version else "upload",
        period=None if version else params.text(run.payload, "period") or None,
        organization_id=agency,
        given_at=run.now,
        given_by=run.actor.user_id or "",
    )


def _stored_files(run: Run, agency: str | None) -> list[tuple[VaultObject, ResourceFile | None]]:
    """The files, each once, and which version of which resource each is where it comes from a dataset."""
    found: list[tuple[VaultObject, ResourceFile | None]] = [
        (_stored(run, one), None) for one in uploads_of(run.payload)
    ]
    for resource_id in texts_of(run.payload.get("resource_id")):
        there = access.handable(run.session, resource_id, agency)
        if there is None:
            raise Invalid(
                "This is no approved file of your agency's published data.", field="resource_id", mend="Upload it here."
            )
        found.append((there[1], there[0]))
    if not found:
        raise Invalid("Choose the file to hand over.", field="upload", mend="Upload it, or pick it from the dataset.")
    if len(found) > MOST_FILES:
        raise Invalid("At most {most} files are handed over at once.", field="upload", most=MOST_FILES)
    once = {stored.sha256: (stored, version) for stored, version in reversed(found)}
    return [(stored, version) for stored, version in found if once[stored.sha256][0] is stored]


def uploads_of(payload: Mapping[str, Any]) -> list[Any]:
    """The files of `upload`, one or a list, and of `upload_2`, `upload_3` …; fields left empty are passed over."""
    names = [name for name in payload if name == "upload" or name.startswith("upload_")]
    sent = [payload[name] for name in sorted(names)]
    flat = [one for some in sent for one in (some if isinstance(some, list) else [some])]
    return [one for one in flat if getattr(one, "filename", "")]


def texts_of(value: Any) -> list[str]:
    """One text or a list of them, each once; texts may hold several, with blanks between."""
    some = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(word for one in some if isinstance(one, str) for word in one.split()))


def _stored(run: Run, upload: Any) -> VaultObject:
    most = config.handover_megabytes() * 1024 * 1024
    return scans.take_in(run.session, upload, "upload", purpose="handover", by=run.actor.user_id, max_bytes=most)


@notices.work(SCAN)
def scan(params: Mapping[str, Any]) -> None:
    """Looks what a file holds of persons, once it was handed over or made."""
    stored = model.Session.scalars(VaultObject.live(params["vault_id"])).one_or_none()
    if stored is not None:
        file_scan.begun(model.Session, stored)


def rescan(session: Any, handover_id: str, actor: Actor) -> file_scan.FileScan:
    """Tries a scan that failed once more; journalled, no commit of it. Raises NotThere, Conflict."""
    row = session.get(PpidHandover, handover_id)
    request = session.get(PpidRequest, row.request_id) if row is not None else None
    if row is None or request is None or not access.of_case(serves=custody.may_look(actor, request, row)):
        raise NotThere("This file is not there.")
    kept = vault.get(session, row.vault_id)
    if file_scan.known(session, kept).inspection is not Inspection.FAILED:
        raise Conflict("The scan of this file did not fail.", mend="Load the page of the case again.")
    subject = (requests.SUBJECT, request.id)
    told = {"sha256": row.sha256}
    journal.append(session, "scan_repeated", actor=actor, case_id=request.case_id, subject=subject, payload=told)
    return file_scan.again(session, kept)


@effects.on(PROCESS, "attest")
def attest(run: Run) -> None:
    """PPID confirms that exactly these bytes hold no personal data that is not masked (001-10)."""
    rows = drafts.files_in_force(run.session, request_of(run))
    statement, ground = params.text(run.payload, "statement"), params.text(run.payload, "ground")
    inspected = {row.sha256: Inspection.CLEAN if row.attested else _inspection(run.session, row) for row in rows}
    own = _own_words(run.payload, inspected)
    attesting.check(
        inspected,
        seen=texts_of(run.payload.get("sha256")),
        checked=str(run.payload.get("checked") or "").lower() in ("true", "on", "1"),
        statement=statement,
        ground=ground,
        own=own,
    )
    words = attesting.words_of(inspected, own, attesting.Word(ground, statement))
    # A word that no file needs is of them all.
    of_all = attesting.Word() if words else attesting.Word("", statement)
    for row in [row for row in rows if not row.attested]:
        row.attested_sha256, row.attested_at, row.attested_by = row.sha256, run.now, run.actor.user_id
        said = words.get(row.sha256) or own.get(row.sha256) or of_all
        row.statement = said.statement or None
        row.ground = said.ground if inspected[row.sha256] is Inspection.FOUND else None
        told = {"sha256": row.sha256, **({"ground": row.ground} if row.ground else {})}
        run.journal("personal_data_check_attested", payload=told, text=row.statement)


def _own_words(payload: Mapping[str, Any], of: Collection[str]) -> dict[str, attesting.Word]:
    """Ground and words of single files: `ground_<sha256>`, `statement_<sha256>`."""
    found = {}
    for sha256 in of:
        names = [f"{name}_{sha256}" for name in ("ground", "statement")]
        if any(name in payload for name in names):
            found[sha256] = attesting.Word(*(params.text(payload, name) for name in names))
    return found


def _inspection(session: Any, row: PpidHandover) -> Inspection:
    """What the scan says of the bytes that are to be attested."""
    stored = vault.get(session, row.vault_id)
    return file_scan.known(session, stored).inspection if stored.sha256 == row.sha256 else Inspection.FAILED
