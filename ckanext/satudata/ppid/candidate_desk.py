"""How requested data for next year's Daftar Data show themselves on the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.list_candidate import ListCandidate
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import candidates, custody, drafts
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk


@desk.presents(candidates.CANDIDATE)
class CandidatePresenter(desk.Presenter):
    """What was asked and the attested files; nothing of the applicant."""

    def title(self, case: Case) -> str:
        """What was asked, and the request that it was."""
        return self.titles([case])[case.id]

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """The same for many, with one query."""
        behind = Case.data["after"].astext
        rows = model.Session.execute(
            sa.select(Case.id, ListCandidate.title, ListCandidate.source)
            .join(PpidRequest, PpidRequest.case_id == behind)
            .join(ListCandidate, ListCandidate.request_id == PpidRequest.id)
            .where(Case.id.in_([case.id for case in cases]))
        )
        said = {
            row.id: tk._("Candidate for the Daftar Data: {what} ({number})").format(
                what=" ".join(row.title.split())[:90], number=row.source
            )
            for row in rows
        }
        return {case.id: said.get(case.id) or desk.begun_as(case) for case in cases}

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        """What comes of it: the files go to Walidata, then the row stands on the list."""
        if command != Command.RECORD.value:
            return ""
        performers = sops.of_version(model.Session, case.sop_version_id).step(step_no).pelaksana
        if Role.PPID in performers:
            return tk._("Pass the files on to Walidata")
        return tk._("Enter into the Daftar Data") if Role.WALIDATA in performers else ""

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        """The row for the list."""
        request = candidates.request_behind(model.Session, case)
        row = model.Session.scalars(ListCandidate.of_request(request.id)).one_or_none() if request else None
        if row is None:
            return super().facts(case, actor)
        return [
            (tk._("Daftar Data of the year"), str(row.year)),
            (tk._("Register number"), row.source),
            (tk._("Data asked for"), row.title),
            (tk._("Agency"), letters.organization_title(row.organization_id)),
        ]

    def panel(self, case: Case, actor: Actor) -> str | None:
        """The attested files."""
        return "ppid/desk/candidate.html"

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        """Attested files, with whether the person may open each."""
        request = candidates.request_behind(model.Session, case)
        files = drafts.files_in_force(model.Session, request) if request else []
        return {
            "files": [{"row": row, "may_look": custody.may_look(actor, request, row)} for row in files if row.attested]
        }
