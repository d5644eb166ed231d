"""How requested data for next year's Daftar Data show themselves on the desk."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.list_candidate import ListCandidate
from ckanext.satudata.ppid import candidates, custody, drafts
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.work import desk


@desk.presents(candidates.CANDIDATE)
class CandidatePresenter(desk.Presenter):
    """What was asked and the attested files; nothing of the applicant."""

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
