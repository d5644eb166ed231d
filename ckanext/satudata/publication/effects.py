"""What the commands of the `preparation` process mean for a dataset (000-7, 000-8, 000-10).

The law stands here, inside the one write path, so it holds for every caller: an incomplete dataset cannot be
sent, what is being reviewed cannot change, and only `publish` releases. The case of a change of published data names
the revision (`case.data["revision"]`); it goes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.classification import FIELDS, Faulty
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.revision import RevisionState
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import effects, process
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.levels import classification, narrowings
from ckanext.satudata.shared.publishing import approvals, datasets, release, sendable
from ckanext.satudata.shared.revision import revision_release, revisions
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import override

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


def revision_of(run: Run) -> str:
    """The id of the revision that this case is about; empty for a dataset's first draft."""
    return str(run.case.data.get("revision") or "")


@effects.on(PROCESS, "submit")
def submit(run: Run) -> None:
    """Sends a draft to the verifier (000-7); from now on nobody can change it."""
    # Nobody takes a field away between this look and the move.
    datasets.lock(run.session, model.Package.get(run.case.subject_id))
    _require_same_agency(run)
    if revision_of(run):
        _submit_revision(run)
        return
    shown = described(run.case.subject_id)
    _require_whole(shown)
    restricted = narrowings.of_draft(run.session, run.case.subject_id)
    narrowings.require_all_tested(run.session, [former for former, _ in restricted.values()])
    _require_files(run, shown, {one["id"]: datasets.file_of(run.session, one["id"])[0] for one in shown["resources"]})
    # Whoever saved the draft, under whatever role, may not check it afterwards (four eyes).
    run.step.hands = sorted({*run.step.hands, *datasets.state_of(run.session, run.case.subject_id).editors})
    datasets.move(run.session, run.case.subject_id, DatasetStage.IN_REVIEW)
    process.stamp_data(run.session, run.case.id, sent=approvals.hash_of(run.session, run.case.subject_id))


def _submit_revision(run: Run) -> None:
    revision = revisions.locked(run.session, revision_of(run))
    copy = revisions.read(run.session, run.case.subject_id)
    shown = copy.dressed()
    revision_release.check_opening(run.session, copy)
    public = {one["id"] for one in copy.public["resources"]}
    # What the restriction of public data lacks is asked for in its own case.
    decides = bool(revisions.opens(copy)) or any(
        one.get("access_level") for one in copy.content["resources"] if one["id"] not in public
    )
    _require_whole(shown, decides=decides)
    _require_files(run, shown, copy.files)
    if not revisions.differs(copy):
        raise Conflict("Nothing differs from what is public.", field="state", mend="Discard this change.")
    run.step.hands = sorted({*run.step.hands, *revision.editors})
    revisions.move(run.session, revision, RevisionState.IN_REVIEW)


def _require_whole(shown: dict[str, Any], *, decides: bool = True) -> None:
    """Nothing is missing or wrong; of restrictions only where this `decides` about one."""
    gaps = [gap for gap in metadata.missing(shown) if decides or gap.field not in (*FIELDS, metadata.FILES)]
    if gaps:
        raise Incomplete(gaps)
    if decides and (faults := classification.wrong(shown)):
        raise Faulty(faults)


def _require_files(run: Run, shown: dict[str, Any], files: Mapping[str, ResourceFile | None]) -> None:
    """What is to be open has something behind each of its files: an empty one would be a download of nothing.

    No file is one that nobody can read, see `shared.publishing.sendable`.
    """
    for resource in shown["resources"]:
        if (brought := files.get(resource["id"])) is not None:
            sendable.require(run.session, brought, resource.get("name") or tk._("File without a name"))
    if shown.get("access_level") != "terbuka":
        return
    for resource in shown["resources"]:
        if (resource.get("access_level") or "terbuka") != "terbuka":
            continue
        file = files.get(resource["id"])
        if file is None or not (file.vault_object_id or file.address):
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
    """Back to the operator as a draft; sent back to a level that checks, it goes on being reviewed."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    is_checked_again = bool(run.opened) and not any(Command.SUBMIT in sop.step(step.no).exits for step in run.opened)
    if revision_of(run):
        _reopen_revision(run, is_checked_again)
        return
    stage = datasets.stage_of(run.session, run.case.subject_id)
    if stage is DatasetStage.DRAFT or (is_checked_again and stage is DatasetStage.IN_REVIEW):
        return
    datasets.move(run.session, run.case.subject_id, DatasetStage.DRAFT)
    if is_checked_again:
        datasets.move(run.session, run.case.subject_id, DatasetStage.IN_REVIEW)


def _reopen_revision(run: Run, is_checked_again: bool) -> None:
    revision = revisions.locked(run.session, revision_of(run), to_go_on=False)
    state = RevisionState(revision.state)
    if state is RevisionState.DRAFT or (is_checked_again and state is RevisionState.IN_REVIEW):
        return
    revisions.move(run.session, revision, RevisionState.IN_REVIEW if is_checked_again else RevisionState.DRAFT)


@effects.on(PROCESS, "approve")
def approve(run: Run) -> None:
    """One level agrees to what was sent; it is approved once nobody is left who must check it (000-8, 004-5)."""
    _require_same_agency(run)
    sop = sops.of_version(run.session, run.case.sop_version_id)
    # However many check it, one after the other or side by side: agreed is what may be published now.
    if any(Command.PUBLISH in sop.step(step.no).exits for step in run.opened):
        _agree(run, approvals.Kind.REVIEW)
    elif revision_of(run):
        revisions.require_reviewed(run.session, revisions.locked(run.session, revision_of(run)))
    else:
        datasets.lock(run.session, model.Package.get(run.case.subject_id))
        now = approvals.hash_of(run.session, run.case.subject_id)
        approvals.require_sent(run.case.data.get("sent"), now)


def _agree(run: Run, kind: approvals.Kind) -> None:
    if revision_of(run):
        revision = revisions.locked(run.session, revision_of(run))
        approvals.agree_to_change(run.session, revision, kind=kind, case_id=run.case.id)
    else:
        sent = run.case.data.get("sent")
        approvals.agree(run.session, run.case.subject_id, kind=kind, case_id=run.case.id, sent=sent)


def _is_checked(run: Run) -> bool:
    """False where the SOP has no step that approves: then publishing what was sent is the approval (003-3)."""
    sop = sops.of_version(run.session, run.case.sop_version_id)
    return any(Command.APPROVE in step.exits for step in sop.steps.values())


@effects.on(PROCESS, "publish")
def publish(run: Run) -> None:
    """Walidata releases what was approved (000-10)."""
    _require_same_agency(run)
    if not _is_checked(run):
        _agree(run, approvals.Kind.PUBLICATION)
    if revision_of(run):
        released = revision_release.swap(run.context, revision_of(run), actor=run.actor)
        run.follow_up("revision_published", revision_id=revision_of(run))
    else:
        released = release.release(run.context, run.case.subject_id, actor=run.actor)
        run.follow_up("dataset_released", package_id=released.package_id, files=released.files)
    run.answer["dataset"] = released.name
    run.answer["is_public"] = released.is_public


@override.follows(PROCESS)
def follow(done: override.Done) -> None:
    """Where two persons put the case outside the SOP: what is not checked is a draft, or is checked once more.

    It stays approved only at the step that publishes, which no override reaches past a check.
    """
    steps = done.instance.sop.steps
    if done.to in steps and Command.PUBLISH in steps[done.to].exits:
        return
    sent = any(done.lies_behind(no) for no, step in steps.items() if Command.SUBMIT in step.exits)
    if done.case.data.get("revision"):
        revision = revisions.locked(done.session, str(done.case.data["revision"]), to_go_on=False)
        to = RevisionState.IN_REVIEW if sent else RevisionState.DRAFT
        if RevisionState(revision.state) not in (RevisionState.DRAFT, to):
            revisions.move(done.session, revision, to)
        return
    stage = datasets.stage_of(done.session, done.case.subject_id)
    if stage not in (DatasetStage.IN_REVIEW, DatasetStage.APPROVED):
        return
    datasets.move(done.session, done.case.subject_id, DatasetStage.DRAFT)
    if sent:
        datasets.move(done.session, done.case.subject_id, DatasetStage.IN_REVIEW)
