"""What the commands of the `preparation` process mean for a dataset (000-7, 000-8, 000-10).

The law stands here, inside the one write path, so it holds for every caller: an incomplete dataset cannot be
sent, what is being reviewed cannot change, and only `publish` releases.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.classification import Faulty
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared import classification, datasets, effects, override, release
from ckanext.satudata.shared.effects import Run

PROCESS = "preparation"
SUBJECT = "dataset"


class Incomplete(Invalid):
    """Fields that must be filled before the verifier sees the dataset; `gaps` are `metadata.Missing`."""

    def __init__(self, gaps: list[metadata.Missing]):
        super().__init__(
            "{count} fields must still be filled before this dataset can be sent: {fields}.",
            field=gaps[0].field,
            mend="Fill them and send again; what you have saved stays saved.",
            count=len(gaps),
            fields=", ".join(tk._(gap.label) for gap in gaps),
        )
        self.gaps = gaps


def described(dataset_id: str) -> dict[str, Any]:
    """The dataset as stored, for the portal's own checks."""
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": dataset_id})


@effects.on(PROCESS, "submit")
def submit(run: Run) -> None:
    """Sends a draft to the verifier (000-7); from now on nobody can change it."""
    # Nobody takes a field away between this look and the move.
    datasets.lock(run.session, model.Package.get(run.case.subject_id))
    _require_same_agency(run)
    shown = described(run.case.subject_id)
    gaps = metadata.missing(shown)
    if gaps:
        raise Incomplete(gaps)
    if faults := classification.wrong(shown):
        raise Faulty(faults)
    _require_files(run, shown)
    # Whoever saved the draft, under whatever role, may not check it afterwards (four eyes).
    run.step.hands = sorted({*run.step.hands, *datasets.state_of(run.session, run.case.subject_id).editors})
    datasets.move(run.session, run.case.subject_id, DatasetStage.IN_REVIEW)


def _require_files(run: Run, shown: dict[str, Any]) -> None:
    """What is to be open has something behind each of its files: an empty one would be a download of nothing."""
    if shown.get("access_level") != "terbuka":
        return
    for resource in shown["resources"]:
        if (resource.get("access_level") or "terbuka") != "terbuka":
            continue
        file, kept = datasets.file_of(run.session, resource["id"])
        if kept is None and not (file is not None and file.address):
            raise Invalid(
                "The file “{name}” is empty: nothing was uploaded and no web address is named.",
                field="resources",
                mend="Upload it or delete it, then send again.",
                name=resource.get("name") or tk._("File without a name"),
            )


def _require_same_agency(run: Run) -> None:
    """Who checks is of the agency that answers for the data: no decision once the dataset is another's."""
    package = model.Package.get(run.case.subject_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    if package.owner_org != run.case.organization_id:
        raise Conflict(
            "This dataset belongs to another agency now.",
            mend="Cancel or return this review; the other agency sends the dataset itself.",
        )


@effects.on(PROCESS, "return_")
@effects.on(PROCESS, "withdraw")
def reopen(run: Run) -> None:
    """Back to the operator as a draft."""
    if datasets.stage_of(run.session, run.case.subject_id) is not DatasetStage.DRAFT:
        datasets.move(run.session, run.case.subject_id, DatasetStage.DRAFT)


@effects.on(PROCESS, "approve")
def approve(run: Run) -> None:
    """Approved once nobody is left who must check it (000-8: verifier and head)."""
    _require_same_agency(run)
    if run.opened:
        datasets.move(run.session, run.case.subject_id, DatasetStage.APPROVED)


@effects.on(PROCESS, "publish")
def publish(run: Run) -> None:
    """Walidata releases what was approved (000-10)."""
    _require_same_agency(run)
    released = release.release(run.context, run.case.subject_id, actor=run.actor)
    run.answer["dataset"] = released.name
    run.answer["is_public"] = released.is_public
    run.follow_up("dataset_released", package_id=released.package_id, files=released.files)


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Where two persons put the case outside the SOP: what is not checked is a draft, or is checked once more.

    It stays approved only at the step that publishes, which no override reaches past a check.
    """
    stage = datasets.stage_of(done.session, done.case.subject_id)
    steps = done.instance.sop.steps
    if stage not in (DatasetStage.IN_REVIEW, DatasetStage.APPROVED):
        return
    if done.to in steps and Command.PUBLISH in steps[done.to].exits:
        return
    datasets.move(done.session, done.case.subject_id, DatasetStage.DRAFT)
    sent = any(done.lies_behind(no) for no, step in steps.items() if Command.SUBMIT in step.exits)
    if sent:
        datasets.move(done.session, done.case.subject_id, DatasetStage.IN_REVIEW)
