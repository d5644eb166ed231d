"""The chain of custody of a request's files: who gave each, of what it was made, who looked, who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_masking import PpidMasking
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import candidates, requests
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.personal import file_scan
from ckanext.satudata.shared.personal.file_scan import FileScan

LOOKED = ("handover_viewed", "masking_previewed")


@dataclass(frozen=True)
class Held:
    """A file, with names as people read them. `looked`: who opened it and when. `scan` is None for who may not look
    at the file."""

    row: PpidHandover
    agency: str
    given_by: str
    made_from: str
    attested_by: str
    looked: list[tuple[str, datetime]]
    may_look: bool
    scan: FileScan | None
    order: PpidMasking | None
    """The last masked copy that was asked for."""

    @property
    def looked_text(self) -> str:
        """Who opened it and when, each person once with the last time."""
        return "; ".join(f"{name}, {wording.instant(at)}" for name, at in dict(self.looked).items())

    def facts(self) -> list[tuple[str, str]]:
        """Where it has been, as (label, value); what is empty is left out."""
        row, is_copy = self.row, bool(self.row.made_from)
        by = f"{self.given_by}, {self.agency}" if self.agency and not is_copy else self.given_by
        attested = f"{self.attested_by}, {wording.instant(row.attested_at)}" if row.attested and row.attested_at else ""
        found = [
            (tk._("Masked by") if is_copy else tk._("Handed over by"), by),
            (tk._("When"), wording.instant(row.given_at)),
            (tk._("Made from"), self.made_from),
            ("SHA-256", row.sha256),
            (tk._("Replaced"), wording.instant(row.replaced_at) if row.replaced_at else ""),
            (tk._("Opened by"), self.looked_text),
            (tk._("Check confirmed by"), attested),
            (tk._("Looked at, in their words"), row.statement or ""),
        ]
        return [(label, value) for label, value in found if value]

    @property
    def in_force(self) -> bool:
        """Whether it is what is checked and given."""
        return self.row.replaced_at is None


def may_look(actor: Actor, request: PpidRequest, row: PpidHandover) -> bool:
    """Who opens a file: PPID, the PPID Pembantu of the agency that gave it, Walidata what was passed on."""
    agency = row.organization_id or request.organization_id
    if requests.answers(actor, request) or (
        agency and actor.has(Role.PPID_PEMBANTU, agency, requests.process_of(request.applicant_kind))
    ):
        return True
    return candidates.for_walidata(model.Session, actor, request, row)


def of_request(session: Any, request: PpidRequest, actor: Actor) -> list[Held]:
    """Every file that the request ever had, those in force first, then the newest."""
    rows = list(session.scalars(PpidHandover.all_of(request.id)))
    people = {one for row in rows for one in (row.given_by, row.attested_by) if one}
    names = {
        user.id: user.display_name for user in session.scalars(sa.select(model.User).where(model.User.id.in_(people)))
    }
    entries = session.scalars(
        sa.select(Journal)
        .where(Journal.case_id == request.case_id, Journal.event.in_(LOOKED))
        .order_by(Journal.position)
    ).all()
    files = {row.id: row.filename for row in rows}
    found = [
        Held(
            row,
            letters.organization_title(row.organization_id) if row.organization_id else "",
            names.get(row.given_by, ""),
            files.get(row.made_from or "", ""),
            names.get(row.attested_by or "", ""),
            [
                (words.called(entry.actor_name), entry.at)
                for entry in entries
                if entry.payload.get("sha256") == row.sha256
            ],
            may,
            _scan(session, row) if may else None,
            session.scalars(PpidMasking.of(row.made_from or row.id)).first(),
        )
        for row in reversed(rows)
        for may in [access.of_case(serves=may_look(actor, request, row))]
    ]
    return sorted(found, key=lambda held: not held.in_force)


def _scan(session: Any, row: PpidHandover) -> FileScan | None:
    kept = session.scalars(VaultObject.live(row.vault_id)).one_or_none()
    return file_scan.begun(session, kept) if kept is not None and row.replaced_at is None else None
