"""How a dataset's review shows itself on the desk."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import access
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.publication import effects, review
from ckanext.satudata.shared import datasets, desk, labels, preview, words


@desk.presents(effects.PROCESS)
class ReviewPresenter(desk.DatasetPresenter):
    """Title, facts and the description itself, with its files, for who checks it."""

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        shown = self._shown(case, actor)
        if shown is None:
            return []
        organization = shown.get("organization") or {}
        return [
            (tk._("Producer"), organization.get("title") or ""),
            (tk._("Access level"), tk._(str(shown.get("access_level", "")).capitalize())),
            (tk._("Stage"), tk._(datasets.STAGE_WORDS[datasets.stage_of(model.Session, case.subject_id).value])),
            (tk._("Completeness"), f"{tk.h.satudata_completeness(shown)['score']} %"),
        ]

    def mend(self, case: Case, actor: Actor) -> tuple[str, str] | None:
        stage = datasets.stage_of(model.Session, case.subject_id)
        if stage is not access.DatasetStage.DRAFT or not review.may_submit(actor, case.organization_id):
            return None
        return tk.h.url_for("dataset.edit", id=case.subject_id), tk._("Change the description")

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        return "publication/snippets/what_publishing_does.html" if command == "publish" else None

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        row = model.Session.get(DatasetState, case.subject_id) if command == "publish" else None
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
        found = {"pkg": shown, "case_id": case.id, "tables": tables, "looked_at": "", "preview": None, "fault": ""}
        if wanted in files:
            found["looked_at"] = wanted
            try:
                found["preview"] = preview.of_kept(model.Session, actor, wanted)
            except Invalid as fault:
                found["fault"] = words.error_text(fault)
        return found

    def told(self, answer: dict[str, Any]) -> list[str]:
        if "is_public" not in answer:
            return []
        return [tk._("The dataset is public now.") if answer["is_public"] else tk._("The dataset is kept closed.")]

    def _shown(self, case: Case, actor: Actor) -> dict[str, Any] | None:
        """The description with its files; None for who may follow the case and not see the dataset (an auditor)."""
        package = model.Package.get(case.subject_id)
        if package is None or not (
            access.reads_unpublished(actor, package.owner_org) or labels.knows_everybody(package)
        ):
            return None
        try:
            shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": case.subject_id})
        except tk.ObjectNotFound:
            return None
        return datasets.for_edit(model.Session, shown) if access.reads_unpublished(actor, package.owner_org) else shown
