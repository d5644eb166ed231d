"""How a dataset's review shows itself on the desk."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import access
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.publication import comments, effects, papers, review
from ckanext.satudata.shared import words
from ckanext.satudata.shared.files import access as ask
from ckanext.satudata.shared.files import preview, quality
from ckanext.satudata.shared.hidden import labels
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.publishing import approvals, datasets
from ckanext.satudata.shared.revision import revising, revision_diff, revisions
from ckanext.satudata.shared.work import desk

HINTS = 5
"""Findings in files that a summary tells; the case tells all."""


@desk.presents(effects.PROCESS)
class ReviewPresenter(desk.DatasetPresenter):
    """Title, facts and the description itself, with its files, for who checks it."""

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        shown = self._shown(case, actor)
        if shown is None:
            return []
        organization, copy = shown.get("organization") or {}, self._copy(case)
        stage = datasets.stage_of(model.Session, case.subject_id).value
        if copy is not None and copy.revision is not None:
            stage = copy.revision.state
        return [
            (tk._("Producer"), organization.get("title") or ""),
            (tk._("Access level"), tk._(str(shown.get("access_level", "")).capitalize())),
            (tk._("Stage"), tk._(access.STAGE_WORDS[stage])),
            (tk._("Completeness"), f"{tk.h.satudata_completeness(shown)['score']} %"),
        ]

    def summary(self, case: Case, actor: Actor) -> dict[str, Any]:
        """The facts, what would change of what is public (of new data which files there are), what the files show."""
        found, copy = super().summary(case, actor), self._copy(case)
        shown = self._shown(case, actor)
        if shown is not None and copy is not None:
            differences = revision_diff.of_working_copy(model.Session(), actor, copy)
            found["lines"], found["flags"] = revision_diff.lines(differences), differences["flags"]
        elif shown is not None:
            files = (one.get("satudata_file") for one in shown["resources"])
            found["lines"] = [f"{file['name']} ({tk.h.satudata_size(file['size'])})" for file in files if file]
            found["flags"] = self._warnings(case)
        if shown is not None and case.ended_at is None:
            looked = quality.of_dataset(model.Session(), actor, shown)["files"]
            hints = [f"{file['name']}: {one['text']}" for file in looked for one in file["findings"]]
            found["flags"] = [*found["flags"], *hints[:HINTS]]
        return found

    def content(self, case: Case) -> str:
        copy = self._copy(case)
        if copy is not None and copy.revision is not None:
            return copy.revision.hash
        there = model.Package.get(case.subject_id) is not None and not case.data.get("revision")
        return approvals.hash_of(model.Session(), case.subject_id) if there else super().content(case)

    def mend(self, case: Case, actor: Actor) -> tuple[str, str] | None:
        stage = datasets.stage_of(model.Session, case.subject_id)
        change = revisions.open_of(model.Session(), case.subject_id) if case.data.get("revision") else None
        if change is not None and change.state == RevisionState.DRAFT.value:
            stage = access.DatasetStage.DRAFT
        if stage is not access.DatasetStage.DRAFT or not review.may_submit(actor, case.organization_id):
            return None
        return tk.h.url_for("dataset.edit", id=case.subject_id), tk._("Change the description")

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        if command == "return_":
            return "publication/snippets/return_form.html"
        return "publication/snippets/what_publishing_does.html" if command == "publish" else None

    def form_is_needed(self, case: Case, command: str, step_no: str) -> bool:
        """Comments on fields may be left out."""
        return command != "return_" and super().form_is_needed(case, command, step_no)

    def read_payload(self, command: str, form: Any, files: Any) -> dict[str, Any]:
        payload = super().read_payload(command, form, files)
        if command == "return_":
            payload["comments"] = comments.of_form(form)
        return payload

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        if command == "return_":
            fields = [(field, tk._(label)) for field, label in comments.labels().items()]
            return {"fields": fields, "rows": comments.ROWS}
        row = model.Session.get(DatasetState, case.subject_id) if command == "publish" else None
        copy = self._copy(case) if row is not None else None
        if copy is not None:
            return {"level": copy.content["access_level"], "is_change": True}
        return {"level": row.access_level} if row else {}

    def panel(self, case: Case, actor: Actor) -> str | None:
        return "publication/snippets/review_panel.html"

    def look_first(self, panel_data: dict[str, Any]) -> str:
        return tk._("Look first at the files and the description") if panel_data.get("pkg") else ""

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        shown = self._shown(case, actor)
        wanted = tk.request.args.get("lihat", "")
        # Only of files that the person may download here as well.
        files = (
            {one["id"]: one["satudata_file"] for one in shown["resources"] if "satudata_file" in one} if shown else {}
        )
        tables = {id_ for id_, file in files.items() if file["format"].upper() in preview.KEPT_FORMATS}
        found = {
            "comments": comments.of_case(model.Session(), case),
            "pkg": shown,
            "case_id": case.id,
            "tables": tables,
            "looked_at": "",
            "preview": None,
            "fault": "",
            "warnings": self._warnings(case) if shown is not None else [],
        }
        copy = self._copy(case)
        if shown is not None and copy is not None:
            found["differences"] = revision_diff.of_working_copy(model.Session(), actor, copy)
            found["where"] = tk.url_for("satudata_revision.download", id=case.subject_id, resource_id="FILE")
        if wanted in files:
            found["looked_at"] = wanted
            try:
                found["preview"] = self._preview(actor, copy, wanted)
            except Invalid as fault:
                found["fault"] = words.error_text(fault)
        return found

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        """The files that are or were reviewed, each for who may download it; of who sees none of them nothing."""
        return papers.of_review(model.Session(), case, actor)

    def told(self, answer: dict[str, Any]) -> list[str]:
        if "is_public" not in answer:
            return []
        return [tk._("The dataset is public now.") if answer["is_public"] else tk._("The dataset is kept closed.")]

    def _shown(self, case: Case, actor: Actor) -> dict[str, Any] | None:
        """The description with its files; None for who may follow the case and not see the dataset (an auditor)."""
        package = model.Package.get(case.subject_id)
        actor = stand_ins.reader(model.Session, actor, package) if package is not None else actor
        if package is None or not (
            access.reads_unpublished(actor, package.owner_org) or labels.knows_everybody(package)
        ):
            return None
        copy = self._copy(case)
        if copy is not None:
            if not access.reads_unpublished(actor, package.owner_org):
                return None
            return revising.shown(model.Session(), package.id, with_files=True)
        try:
            shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": case.subject_id})
        except tk.ObjectNotFound:
            return None
        return datasets.for_edit(model.Session, shown) if access.reads_unpublished(actor, package.owner_org) else shown

    @staticmethod
    def _warnings(case: Case) -> list[str]:
        """Of a first draft that is not published yet."""
        if case.data.get("revision") or case.ended_at is not None:
            return []
        return revision_diff.of_draft(model.Session(), case.subject_id)

    @staticmethod
    def _copy(case: Case) -> revisions.Copy | None:
        """The working copy that the case is about, while it is open; what came of it later, the versions tell."""
        id_, session = case.data.get("revision"), model.Session()
        if not id_ or not revisions.has_working_copy(session, case.subject_id):
            return None
        copy = revisions.read(session, case.subject_id)
        return copy if copy.revision is not None and copy.revision.id == id_ else None

    @staticmethod
    def _preview(actor: Actor, copy: revisions.Copy | None, resource_id: str) -> preview.Preview | None:
        if copy is None:
            return preview.of_kept(model.Session, actor, resource_id)
        package = model.Session.get_one(model.Package, copy.state.package_id)
        return preview.of_answer(ask.ask_revision(model.Session(), actor, package, copy.files[resource_id]))
