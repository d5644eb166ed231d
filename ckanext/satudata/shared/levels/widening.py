"""Opening further what is published, and restoring what left a stub: the last step of a review, in its transaction.

Nothing is opened before: until then the files lie in the vault, and what a stub replaced lies in our table.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import DatasetStage, Level, effective_level, level_of
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.reclassification import Kind, uncovered
from ckanext.satudata.domain.revision import plain
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, raw_writes
from ckanext.satudata.shared.files import served
from ckanext.satudata.shared.finding import search_index
from ckanext.satudata.shared.levels import classification, narrowings, reclassify, reclassify_plan
from ckanext.satudata.shared.levels.reclassify import Done
from ckanext.satudata.shared.publishing import approvals, approved, dataset_names, datasets, release
from ckanext.satudata.shared.revision import revision_content as contents
from ckanext.satudata.shared.revision import revision_levels as levels

_MADE_BY_CKAN = frozenset(
    {"organization", "relationships_as_object", "relationships_as_subject", "num_resources", "num_tags", "isopen"}
)


def level_now(session: Session, package_id: str, resource_id: str | None) -> Level:
    """The level from which data that are or were public would be opened; the dataset is locked.

    Raises Conflict, NotThere.
    """
    package = session.get(model.Package, package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    return _level_now(session, package, datasets.lock(session, package), resource_id)


def check(session: Session, package_id: str, to_level: str, resource_id: str | None) -> tuple[Level, Level]:
    """The level now and the wanted one; the dataset is locked. Raises Conflict, Invalid, NotThere."""
    package = session.get(model.Package, package_id)
    if package is None:
        raise NotThere("There is no such dataset.")
    state = datasets.lock(session, package)
    old, new = _level_now(session, package, state, resource_id), reclassify_plan.level_named(to_level)
    if new.strictness >= old.strictness:
        raise Invalid(
            "This would open nothing.",
            field="to_level",
            mend="Choose a level that is more open than the present one.",
        )
    if resource_id is not None:
        effective_level(state.access_level, new.value)
    return old, new


def widen(
    context: dict[str, Any],
    session: Session,
    package_id: str,
    to_level: str,
    *,
    from_level: str,
    actor: Actor,
    reason: str,
    sealed: Mapping[str, Any],
    resource_id: str | None = None,
    ground: Mapping[str, str] | None = None,
    case_id: str | None = None,
) -> Done:
    """Makes a published dataset, one of its resources, or what left a stub, more open. Does not commit.

    `from_level` is the level from which the review began, `sealed` what it was about (`seal`): narrowed since, or with
    other files, nothing is opened. `ground` are the `access_…` fields of what is Terbatas from now on.
    Raises Conflict, Invalid, NotThere.
    """
    old, new = check(session, package_id, to_level, resource_id)
    if old.value != from_level:
        raise Conflict(
            "The level was changed while this was decided.",
            field="to_level",
            mend="Return the case: it must be decided from the level of today.",
        )
    require_sealed(session, package_id, to_level, resource_id, sealed)
    package = session.get_one(model.Package, package_id)
    state, now = datasets.state_of(session, package_id), clock.now()
    restored = state.state == DatasetStage.WITHDRAWN.value
    data = _former(session, package, state) if restored else _shown(package_id)
    values = dict(ground or {}) if new is not Level.TERBUKA else {}
    with raw_writes.writing(session, DatasetState):
        if resource_id is None:
            state.access_level = new.value
            _restate(data, new.value, values)
            for resource in data["resources"]:
                served.forget_level(resource)
        else:
            _open_resource(session, data, state, resource_id, new, values)
        classification.drop_idle(data)
        files = release.project(session, data, state)
        name = dataset_names.free(session, state.former["name"], package_id) if state.former else package.name
        data.update(private=False, name=name)
        release.write_public(context, package, data)
        if state.former:
            package.creator_user_id = state.former.get("creator_user_id")
            package.metadata_created = datetime.fromisoformat(state.former["metadata_created"])
        state.state, state.published_at = DatasetStage.PUBLISHED.value, now
        state.former = state.withdrawn_at = None
    approved.mark(session, package_id, actor)
    approvals.served_at_once(session, package_id, approvals.Kind.OPENING, case_id=case_id)
    search_index.write_along(package_id, hides=False)
    classification.overrule(session, package_id)
    test = classification.ask_for_tests(session, package_id, actor=actor).get(resource_id)
    record = Reclassification(
        id=new_id(),
        package_id=package_id,
        resource_id=resource_id,
        organization_id=package.owner_org,
        kind=Kind.WIDENING.value,
        from_level=old.value,
        to_level=new.value,
        title=str(data.get("title") or name),
        reason=reason,
        ground=values,
        by_id=actor.user_id,
        by_name=actor.name,
        at=now,
        provisional=test is not None,
        case_id=test.id if test is not None else case_id,
        done={"files": files},
        pending=[{"what": "index", "id": package_id}, *([{"what": "load", "id": package_id}] if files else [])],
    )
    session.add(record)
    session.flush()
    reclassify.note(session, record, actor)
    return Done(record.id, package_id, name)


# ---------------------------------------------------------------- what an approval is about


def seal(session: Session, package_id: str, to_level: str, resource_id: str | None) -> dict[str, Any]:
    """What would be opened, to be kept with the proposal: `{narrowed, parts}`, compared by `require_sealed`.

    `narrowed` is the newest narrowing that is known of; `parts` has a hash of each file that would be more open: of its
    bytes or address, of what the public would learn of it, and of where its bytes are restricted in the agency. Of what
    left a stub also one of the description, under "".
    """
    package, state = session.get_one(model.Package, package_id), datasets.state_of(session, package_id)
    new = reclassify_plan.level_named(to_level)
    is_stub = state.state == DatasetStage.WITHDRAWN.value
    described = _described(session, package, state)
    newest = {file.resource_id: file for file in session.scalars(ResourceFile.newest(list(described)))}
    facts = contents.facts_of(session, newest)
    parts = {}
    for id_, said in described.items():
        if resource_id is None and not _follows(state, said, new, is_stub):
            continue
        if resource_id in (None, id_):
            other = narrowings.elsewhere(session, package_id, newest[id_]) if id_ in newest else None
            held = (other.level.value, narrowings.stamp(session, other.package_id, other.resource_id)) if other else ()
            hidden = is_stub or (id_ in newest and newest[id_].withheld is not None)
            parts[id_] = _hash([facts.get(id_, ""), _told(contents.of_resource(said)) if hidden else {}, held])
    if is_stub and resource_id is None:
        parts[""] = _hash(_told(contents.of_dict(state.former or {})))
    return {"narrowed": narrowings.stamp(session, package_id, resource_id), "parts": parts}


def changed_since(
    session: Session, package_id: str, to_level: str, resource_id: str | None, sealed: Mapping[str, Any]
) -> tuple[bool, list[str]]:
    """Whether something was narrowed since `sealed`, and the names of new or other files ("": the description)."""
    now = seal(session, package_id, to_level, resource_id)
    package, state = session.get_one(model.Package, package_id), datasets.state_of(session, package_id)
    described = _described(session, package, state)
    others = uncovered(sealed.get("parts") or {}, now["parts"])
    names = [str(described[id_].get("name") or "–") if id_ else "" for id_ in others]
    return now["narrowed"] != sealed.get("narrowed"), names


def require_sealed(
    session: Session, package_id: str, to_level: str, resource_id: str | None, sealed: Mapping[str, Any]
) -> None:
    """Raises Conflict where it is not what was proposed: narrowed since, or with new or other files."""
    is_narrowed, names = changed_since(session, package_id, to_level, resource_id, sealed)
    if is_narrowed or names:
        raise Conflict(
            "What would be opened is not what was proposed: it was narrowed, or its files were changed, since.",
            field="to_level",
            mend="Return the case, so that it is sent through review again; the page of the case says what changed.",
        )


def _described(session: Session, package: model.Package, state: DatasetState) -> dict[str, dict[str, Any]]:
    """The resources of what is or was public, kept-back ones too, by id."""
    if state.state == DatasetStage.WITHDRAWN.value:
        listed = copy.deepcopy((state.former or {}).get("resources") or [])
    else:
        listed = _shown(package.id)["resources"]
    kept = session.scalars(ResourceFile.of_package(package.id).where(ResourceFile.withheld.is_not(None)))
    found = {one["id"]: one for one in [*listed, *(dict(file.withheld or {}) for file in kept)]}
    for one in found.values():
        served.forget_level(one)
    return found


def _follows(state: DatasetState, said: Mapping[str, Any], new: Level, is_stub: bool) -> bool:
    """Whether a file would be more open once its dataset is."""
    own = level_of(said["access_level"]) if said.get("access_level") else new
    after = max(own, new, key=lambda level: level.strictness)
    before = Level.TERTUTUP if is_stub else max(own, level_of(state.access_level), key=lambda level: level.strictness)
    return after.strictness < before.strictness


def _told(said: Mapping[str, Any]) -> Any:
    """A description without its level, which is what is decided."""
    return plain({key: value for key, value in said.items() if key not in levels.RESTRICTION})


def _hash(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _level_now(session: Session, package: model.Package, state: DatasetState, resource_id: str | None) -> Level:
    stage = DatasetStage(state.state)
    if stage is DatasetStage.WITHDRAWN and state.former and resource_id is None:
        return Level.TERTUTUP
    if stage is not DatasetStage.PUBLISHED:
        raise Conflict(
            "Only what is or was public is opened this way.",
            field="state",
            mend="A dataset that was never public goes through its own review.",
        )
    if resource_id is None:
        return level_of(state.access_level)
    file = _withheld(session, package.id, resource_id)
    if file is not None:
        return Level.TERTUTUP
    resource = session.get(model.Resource, resource_id)
    if resource is None or resource.package_id != package.id or resource.state != "active":
        raise NotThere("There is no such file in this dataset.")
    return reclassify_plan.level_of_row(state, resource)


def _withheld(session: Session, package_id: str, resource_id: str) -> ResourceFile | None:
    file = session.scalars(ResourceFile.newest([resource_id])).one_or_none()
    return file if file is not None and file.package_id == package_id and file.withheld else None


def _shown(package_id: str) -> dict[str, Any]:
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    return copy.deepcopy(shown)


def _former(session: Session, package: model.Package, state: DatasetState) -> dict[str, Any]:
    """The description that the stub replaced, as it may be written again."""
    data = {key: value for key, value in copy.deepcopy(state.former or {}).items() if key not in _MADE_BY_CKAN}
    data.update(id=package.id, owner_org=package.owner_org, state="active")
    data["groups"] = [
        {"id": group["id"]}
        for group in data.get("groups") or []
        if (known := session.get(model.Group, group["id"])) is not None and known.state == "active"
    ]
    return data


def _restate(described: dict[str, Any], level: str, values: Mapping[str, str]) -> None:
    described["access_level"] = level
    for name in FIELDS:
        described[name] = values.get(name, "")


def _open_resource(
    session: Session, data: dict[str, Any], state: DatasetState, resource_id: str, new: Level, values: dict[str, str]
) -> None:
    file = _withheld(session, data["id"], resource_id)
    if file is not None:
        data["resources"].append(dict(file.withheld or {}))
    described = next(one for one in data["resources"] if one["id"] == resource_id)
    described.pop(served.LEVEL_FROM, None)
    own = "" if new is level_of(state.access_level) else new.value
    _restate(described, own, values if own else {})
