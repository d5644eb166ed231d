"""Levels and restrictions in a working copy: those of today, and what the copy would open further.

Levels of what is public are read from the public rows, so that a narrowing holds in the working copy at once; the
content of an open revision keeps only what it would open further, and from which level. What left the public
description keeps the level it had then: brought back, by its id or its bytes, more open than that, it is opened.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Level, effective_level, level_of
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.revision import OPENS
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.revision import Revision

RESTRICTION = ("access_level", *FIELDS)


@dataclass(frozen=True)
class Former:
    """What a resource of a working copy was before: under which id, and how strict."""

    resource_id: str
    level: Level


def split(whole: dict[str, Any], public: Mapping[str, Any]) -> dict[str, Any]:
    """The content as an open revision keeps it: of what is public without level and restriction, beside what it opens.

    Raises Conflict where something would become stricter, or a restriction another: that has its own ways.
    """
    outer, opens = public["access_level"], {}
    found = {key: value for key, value in whole.items() if key not in RESTRICTION}
    opened = _opened(whole, outer, whole.get("access_level") or outer, public)
    if opened:
        opens["dataset"] = opened
    known = {one["id"]: one for one in public["resources"]}
    found["resources"] = []
    for one in whole["resources"]:
        old = known.get(one["id"])
        if old is None:
            found["resources"].append(one)
            continue
        before = effective_level(outer, old.get("access_level")).value
        after = effective_level(whole.get("access_level"), one.get("access_level")).value
        own = None  # what merely follows its dataset is opened with it
        if one.get("access_level") or old.get("access_level"):
            own = _opened(one, before, after, old, stays="dataset" in opens and not old.get("access_level"))
        if own:
            opens[one["id"]] = own
        found["resources"].append({key: value for key, value in one.items() if key not in RESTRICTION})
    if opens:
        found[OPENS] = opens
    return found


def _opened(
    new: Mapping[str, Any], before: str, after: str, old: Mapping[str, Any], *, stays: bool = False
) -> dict[str, Any] | None:
    """What is opened; with `stays` also what keeps its level while its dataset is opened."""
    was, wanted = level_of(before), level_of(after)
    if wanted.strictness > was.strictness:
        raise Conflict(
            "What is public is not closed by a change that waits for its review.",
            field="access_level",
            mend="Use “Change the access” on the page of the dataset: it takes effect at once.",
        )
    if wanted is was and not stays:
        differs = [name for name in FIELDS if name in new and (new[name] or "") != (old.get(name) or "")]
        if differs and was is not Level.TERBUKA:
            raise Conflict(
                "The restriction of published data is decided in its own case, not by a change of the description.",
                field=differs[0],
                mend="Use “Change the access” on the page of the dataset.",
            )
        return None
    values = {name: new[name] for name in FIELDS if new.get(name)}
    return {"from": was.value, "to": new.get("access_level") or "", **values}


def join(content: Mapping[str, Any], public: Mapping[str, Any]) -> dict[str, Any]:
    """The whole content of an open revision: with the levels and restrictions of today.

    What was narrowed since stays so: a proposal to open holds from the level only from which it was made.
    """
    whole = {key: copy.deepcopy(value) for key, value in content.items() if key != OPENS}
    opens = content.get(OPENS) or {}
    outer = public["access_level"]
    _restrict(whole, public, opens.get("dataset"), outer)
    known = {one["id"]: one for one in public["resources"]}
    for one in whole["resources"]:
        old = known.get(one["id"])
        if old is not None:
            _restrict(one, old, opens.get(one["id"]), effective_level(outer, old.get("access_level")).value)
        inner = level_of(one.get("access_level")) if one.get("access_level") else None
        if inner is not None and inner.strictness < level_of(whole["access_level"]).strictness:
            one["access_level"] = ""  # a new file follows a dataset that was narrowed meanwhile
    return whole


def _restrict(new: dict[str, Any], old: Mapping[str, Any], opened: Mapping[str, Any] | None, level: str) -> None:
    for name in RESTRICTION:
        new.pop(name, None)
        if old.get(name):
            new[name] = old[name]
    if opened and opened["from"] == level:
        for name in FIELDS:
            new.pop(name, None)
        new.update({name: value for name, value in opened.items() if name in FIELDS})
        new["access_level"] = opened["to"]


def opened(
    content: Mapping[str, Any], public: Mapping[str, Any], former: Mapping[str, Former]
) -> dict[str | None, tuple[Level, Level]]:
    """What an open revision opens further today: resource (None: the dataset) → from which level, to which."""
    whole, known = join(content, public), {one["id"]: one for one in public["resources"]}
    outer = level_of(public["access_level"])
    found: dict[str | None, tuple[Level, Level]] = {}
    if level_of(whole["access_level"]) is not outer:
        found[None] = (outer, level_of(whole["access_level"]))
    for one in whole["resources"]:
        old, back = known.get(one["id"]), former.get(one["id"])
        after = effective_level(whole["access_level"], one.get("access_level"))
        if back is not None and after.strictness < back.level.strictness:
            found[one["id"]] = (back.level, after)
        elif old is not None and old.get("access_level"):
            before = effective_level(outer.value, old["access_level"])
            if before is not after:
                found[one["id"]] = (before, after)
    return found


# ---------------------------------------------------------------- what left the public description


def brought_back(
    session: Session,
    package_id: str,
    public: Mapping[str, Any],
    public_files: Mapping[str, ResourceFile],
    content: Mapping[str, Any],
    files: Mapping[str, ResourceFile],
) -> dict[str, Former]:
    """Resources of a working copy with the id or the bytes of one of this dataset that is or was restricted."""
    known = {one["id"]: effective_level(public["access_level"], one.get("access_level")) for one in public["resources"]}
    ids = [one["id"] for one in content["resources"]]
    changed = {id_: files[id_] for id_ in ids if id_ in files and _id_of(files[id_]) != _id_of(public_files.get(id_))}
    sources = {(id_, id_) for id_ in ids if id_ not in known}
    sources |= {(id_, other) for id_, other in _with_the_same(session, package_id, changed) if other != id_}
    found: dict[str, Former] = {}
    for id_, source in sorted(sources):
        level = known.get(source) or _level_when_it_left(session, package_id, source)
        if level is not None and (id_ not in found or level.strictness > found[id_].level.strictness):
            found[id_] = Former(source, level)
    return {id_: former for id_, former in found.items() if former.level is not Level.TERBUKA}


def _id_of(file: ResourceFile | None) -> str | None:
    return file.id if file is not None else None


def _with_the_same(session: Session, package_id: str, files: Mapping[str, ResourceFile]) -> Iterator[tuple[str, str]]:
    """Each of these resources with every one of the dataset that has or had the same bytes or address."""
    for id_, file in files.items():
        if file.address:
            same = ResourceFile.of_package(package_id).where(ResourceFile.address == file.address)
        elif file.vault_object_id:
            same = ResourceFile.same_bytes(file.vault_object_id).where(ResourceFile.package_id == package_id)
        else:
            continue
        yield from ((id_, row.resource_id) for row in session.scalars(same))


def said_last(session: Session, package_id: str, resource_id: str) -> dict[str, str] | None:
    """Level and restriction of a resource in the newest version that has it; None where none has.

    The level is that which held: its own, or the dataset's.
    """
    has_it = Revision.content["resources"].contains([{"id": resource_id}])
    version = session.scalars(Revision.versions_of(package_id).where(has_it).limit(1)).one_or_none()
    if version is None:
        return None
    said = next(one for one in version.content["resources"] if one["id"] == resource_id)
    level = effective_level(version.content["access_level"], said.get("access_level"))
    return {**{name: said[name] for name in FIELDS if said.get(name)}, "access_level": level.value}


def _level_when_it_left(session: Session, package_id: str, resource_id: str) -> Level | None:
    said = said_last(session, package_id, resource_id)
    return level_of(said["access_level"]) if said is not None else None
