"""Levels and restrictions in a working copy: those of today, and what the copy would open further.

Levels of what is public are read from the public rows, so that a narrowing holds in the working copy at once; the
content of an open revision keeps only what it would open further, and from which level. What left the public
description keeps the level it had then: brought back, by its id or its bytes, more open than that, it is opened.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ckanext.satudata.domain.access import Level, effective_level, level_of
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.revision import OPENS
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.levels import narrowings
from ckanext.satudata.shared.levels.narrowings import Former

RESTRICTION = ("access_level", *FIELDS)


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
    """Resources of a working copy with the id or the bytes of one of this agency that is or was restricted."""
    known = {one["id"]: effective_level(public["access_level"], one.get("access_level")) for one in public["resources"]}
    ids = [one["id"] for one in content["resources"]]
    changed = {id_: files[id_] for id_ in ids if id_ in files and _id_of(files[id_]) != _id_of(public_files.get(id_))}
    found: dict[str, Former] = {}
    for id_ in ids:
        file = changed.get(id_)
        sources = set() if id_ in known else {id_}
        sources |= {*narrowings.same_within(session, package_id, file)} - {id_} if file is not None else set()
        levels = [
            (known.get(one) or narrowings.level_when_it_left(session, package_id, one), one) for one in sorted(sources)
        ]
        formers = [Former(package_id, one, level) for level, one in levels if level is not None]
        other = narrowings.elsewhere(session, package_id, file) if file is not None else None
        strictest = max([*formers, *([other] if other else [])], key=lambda one: one.level.strictness, default=None)
        if strictest is not None and strictest.level is not Level.TERBUKA:
            found[id_] = strictest
    return found


def _id_of(file: ResourceFile | None) -> str | None:
    return file.id if file is not None else None
