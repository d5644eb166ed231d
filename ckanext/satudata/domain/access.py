"""Levels of access, the stages of a dataset, and the one answer to "may this person download this?".

Sources: Malang SOP 000 step 2, Jember SOP 003 step 2; UU 14/2008 art. 17.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Role


class Level(str, Enum):
    """Terbuka: description and data public. Terbatas: description public, data on request. Tertutup: neither."""

    TERBUKA = "terbuka"
    TERBATAS = "terbatas"
    TERTUTUP = "tertutup"

    @property
    def strictness(self) -> int:
        """0 for the most open."""
        return list(Level).index(self)


class DatasetStage(str, Enum):
    """Where a dataset stands on its way to the public."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    CLOSED = "closed"
    """Approved as Tertutup and kept: registered, never shown to the public."""
    WITHDRAWN = "withdrawn"


STAGE_WORDS = {
    "draft": "Draft",
    "in_review": "In review",
    "approved": "Approved, not yet published",
    "published": "Published",
    "closed": "Approved and kept closed",
    "withdrawn": "Withdrawn",
}
"""Status words (msgids), the same on every screen."""

STAGE_EXITS: dict[DatasetStage, frozenset[DatasetStage]] = {
    DatasetStage.DRAFT: frozenset({DatasetStage.IN_REVIEW}),
    DatasetStage.IN_REVIEW: frozenset({DatasetStage.DRAFT, DatasetStage.APPROVED}),
    DatasetStage.APPROVED: frozenset({DatasetStage.DRAFT, DatasetStage.PUBLISHED, DatasetStage.CLOSED}),
    DatasetStage.CLOSED: frozenset({DatasetStage.DRAFT}),
    DatasetStage.PUBLISHED: frozenset({DatasetStage.WITHDRAWN}),
    DatasetStage.WITHDRAWN: frozenset({DatasetStage.PUBLISHED}),
}

PROCESS = "preparation"
"""The process in which datasets are handled: a role held a.n. counts for them only if it is held for this one."""

AGENCY_READERS = (
    Role.OPERATOR,
    Role.VERIFIER,
    Role.PRODUCER_HEAD,
    Role.PPID_PEMBANTU,
    Role.SECTION_HEAD,
    Role.DIVISION_HEAD,
    Role.DEPARTMENT_HEAD,
)
"""Who at an agency sees its datasets and files before, or without, publication; every agency's, where the role is held
for the whole government."""

STEWARD_READERS = (Role.WALIDATA,)
"""Who sees every agency's."""

DECIDERS = ("request", "classification")
"""The processes in which PPID decides about what is not open: who may have it, and whether it stays so."""


def level_of(value: object) -> Level:
    """The level a stored value means; what is missing or unknown is the strictest."""
    try:
        return Level(str(value))
    except ValueError:
        return Level.TERTUTUP


def effective_level(dataset: object, resource: object, name: str = "") -> Level:
    """The level of a resource: its own, or its dataset's where it has none.

    Raises Invalid where the resource would be looser than its dataset, which names it where `name` is given.
    """
    outer = level_of(dataset)
    if resource in (None, ""):
        return outer
    inner = level_of(resource)
    if inner.strictness < outer.strictness:
        raise Invalid(
            "The file “{name}” cannot be more open than its dataset."
            if name
            else "A resource cannot be more open than its dataset.",
            field="access_level",
            mend="Choose the level of the dataset or a stricter one for this resource.",
            **({"name": name} if name else {}),
        )
    return inner


@dataclass(frozen=True)
class Target:
    """What is known about the file that someone asks for."""

    stage: DatasetStage
    level: Level
    organization_id: str | None
    is_released: bool
    """The very version asked for is the one that was released."""


@dataclass(frozen=True)
class GrantFacts:
    """What is known about the permission that someone shows."""

    until_at: datetime
    downloads: int
    max_downloads: int
    is_revoked: bool
    is_for_this_file: bool


class Refusal(str, Enum):
    """Why a download is refused; the screen has a sentence for each."""

    NOT_PUBLIC = "not_public"
    ON_REQUEST = "on_request"
    GRANT_FOREIGN = "grant_foreign"
    GRANT_REVOKED = "grant_revoked"
    GRANT_EXPIRED = "grant_expired"
    GRANT_SPENT = "grant_spent"


@dataclass(frozen=True)
class Allowed:
    """The download may go on. `channel` is what the count is kept under."""

    channel: str


@dataclass(frozen=True)
class Refused:
    """The download may not go on."""

    reason: Refusal


def may_download(actor: Actor, target: Target, now: datetime, grant: GrantFacts | None = None) -> Allowed | Refused:
    """Whether this person may have this file now. `now` is an instant with zone."""
    if target.stage is DatasetStage.PUBLISHED and target.level is Level.TERBUKA and target.is_released:
        return Allowed("file")
    if grant is not None:
        return may_use_grant(grant, now)
    if reads_unpublished(actor, target.organization_id) or _decides_about(actor, target):
        return Allowed("officer")
    public_description = target.stage is DatasetStage.PUBLISHED and target.level is Level.TERBATAS
    return Refused(Refusal.ON_REQUEST if public_description else Refusal.NOT_PUBLIC)


def may_have_case_file(*, serves: bool, is_theirs: bool = False) -> Allowed | Refused:
    """Whether a file of a request goes to this person: what was handed over, a letter.

    `serves`: an officer who serves the request; `is_theirs`: a letter to the applicant, who has proved to be it.
    """
    if serves:
        return Allowed("officer")
    return Allowed("applicant") if is_theirs else Refused(Refusal.NOT_PUBLIC)


GIVERS = (Role.PPID, Role.WALIDATA)
"""Who gives somebody's account a file of a published dataset: PPID by a request, Walidata to another agency."""


def may_give(actor: Actor) -> bool:
    """Whether the person gives files of Terbatas datasets to accounts; a system administrator needs a role for it."""
    return actor.has_anywhere(*GIVERS)


def may_use_grant(grant: GrantFacts, now: datetime) -> Allowed | Refused:
    """Whether a permission still holds; each reason has its own page."""
    if not grant.is_for_this_file:
        return Refused(Refusal.GRANT_FOREIGN)
    if grant.is_revoked:
        return Refused(Refusal.GRANT_REVOKED)
    if now >= grant.until_at:
        return Refused(Refusal.GRANT_EXPIRED)
    if grant.downloads >= grant.max_downloads:
        return Refused(Refusal.GRANT_SPENT)
    return Allowed("grant")


def reads_unpublished(actor: Actor, organization_id: str | None) -> bool:
    """Whether the person sees what this agency has not published."""
    if actor.is_sysadmin or actor.has_anywhere(*STEWARD_READERS, process=PROCESS):
        return True
    return organization_id is not None and any(actor.has(role, organization_id, PROCESS) for role in AGENCY_READERS)


def _decides_about(actor: Actor, target: Target) -> bool:
    """PPID tests, narrows and gives what is not open; an agency's drafts are none of its business."""
    is_closed = target.stage is DatasetStage.WITHDRAWN or (
        target.stage in (DatasetStage.PUBLISHED, DatasetStage.CLOSED) and target.level is not Level.TERBUKA
    )
    return is_closed and any(actor.has_anywhere(Role.PPID, process=process) for process in DECIDERS)
