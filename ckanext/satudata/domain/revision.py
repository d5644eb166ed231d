"""A revision: the one open working copy of a published dataset, and the versions it is compared with.

Content is what people decide about: fields, tags, groups and resources, without what CKAN or jobs set. `files` names
for each resource the version of its file. Both are plain JSON values; here is what is said of them, purely.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class RevisionState(str, Enum):
    """Where a revision stands. The first three are open: a dataset has at most one such."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    """A version: what the public saw from a day on."""
    DISCARDED = "discarded"


OPEN = (RevisionState.DRAFT, RevisionState.IN_REVIEW, RevisionState.APPROVED)

EXITS: dict[RevisionState, frozenset[RevisionState]] = {
    RevisionState.DRAFT: frozenset({RevisionState.IN_REVIEW, RevisionState.DISCARDED}),
    RevisionState.IN_REVIEW: frozenset({RevisionState.DRAFT, RevisionState.APPROVED}),
    RevisionState.APPROVED: frozenset({RevisionState.DRAFT, RevisionState.IN_REVIEW, RevisionState.PUBLISHED}),
    RevisionState.PUBLISHED: frozenset(),
    RevisionState.DISCARDED: frozenset(),
}

RESOURCE = "resources/"
"""A part that begins so is one resource."""
ORDER = "order"
OPENS = "opens"
"""Under this key an open revision keeps what it would open further: see `levels`."""


@dataclass(frozen=True)
class Started:
    """What a save began from. `revision` is empty for the public version; `saves` how often it was saved by then."""

    revision: str
    saves: int
    knows_levels: bool = True
    """Whether it began after the newest narrowing: what was narrowed since is not opened by who does not know of it."""

    @classmethod
    def read(cls, token: str, published: str, mark: str) -> Started:
        """What a token says; `published` is the base of the version that is public now, `mark` its newest narrowing.

        Nothing said is the public version. Anything else that is not known began from something that is no more.
        """
        base, _, said = token.partition(_MARK)
        knows = said == mark
        if not base or base == published:
            return cls("", 0, knows)
        revision, _, saves = base.rpartition(".")
        is_known = revision and saves.isdigit() and len(saves) < 10
        return cls(revision, int(saves), knows) if is_known else cls(base, 0, knows)


_MARK = "~"


def token_of(base: str, mark: str) -> str:
    """The token of a working copy or of what is public, as it stands."""
    return f"{base}{_MARK}{mark}"


def base_of(revision: str, saves: int) -> str:
    """What a token names of a working copy."""
    return f"{revision}.{saves}"


def plain(value: Any) -> Any:
    """The value without what only its way through a form or JSON changes; empty is None."""
    if isinstance(value, Mapping):
        found = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item is not None} or None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value] or None
    if value in (None, ""):
        return None
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    return str(value)


def parts(content: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """The content cut into what is changed by itself: each field, each resource with its file, the order."""
    found = {key: plain(value) for key, value in content.items() if key not in ("resources", OPENS)}
    resources = content.get("resources") or []
    for one in resources:
        found[RESOURCE + one["id"]] = plain({**one, "file": files.get(one["id"])})
    for key, opened in (content.get(OPENS) or {}).items():
        found[f"{OPENS}/{key}"] = plain(opened)
    found[ORDER] = [one["id"] for one in resources] or None
    return {key: value for key, value in found.items() if value is not None}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The names of the parts that differ."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def stale(
    before: Mapping[str, Any], after: Mapping[str, Any], started: Started, revision: str, touched: Mapping[str, int]
) -> set[str]:
    """Of the parts (`parts`) that a save would change, those that somebody else changed after it began.

    `revision` is the open working copy ("" where there is none), `touched` the number of the save that last changed
    each part. What began from something that is no more may change nothing; what began before a narrowing, or does not
    say when, may open nothing.
    """
    differing = changed(before, after)
    if started.revision not in ("", revision):
        return differing
    saves = started.saves if started.revision else 0
    opening = {name for name in differing if name.startswith(f"{OPENS}/") and name in after}
    opening = set() if started.knows_levels else opening
    return opening | {name for name in differing if touched.get(name, 0) > saves}


def digest(content: Mapping[str, Any], facts: Mapping[str, str], opens: Mapping[str, Any] | None = None) -> str:
    """sha256 of exactly this content; `facts` says for each resource what its file is (its own sha256 or address).

    With `opens` also of what would be opened, from which level to which, and of the narrowing that was known then.
    """
    said = {"content": plain(content), "files": plain(facts), **({"opens": plain(opens)} if opens else {})}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
