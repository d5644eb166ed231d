"""What two versions of a dataset differ in, in words: for reviewers, editors and the list of versions."""

from __future__ import annotations

import os.path
import textwrap
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata, table_keys
from ckanext.satudata.domain.access import Level, effective_level
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.revision import RevisionState, plain
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.files import access, looks, preview
from ckanext.satudata.shared.levels import narrowings
from ckanext.satudata.shared.revision import revisions

SHORT = 120
LEAD = 40
"""Characters of a value where it is told in one line."""

Side = tuple[Mapping[str, Any], Mapping[str, ResourceFile]]
"""The whole content of a version, and the row of each of its files."""


def of_working_copy(session: Session, actor: Actor, copy: revisions.Copy) -> dict[str, Any]:
    """What the working copy changes of what is public, see `between`."""
    found = between(session, actor, (copy.public, copy.public_files), (copy.content, copy.files))
    return {**found, "flags": [*_narrowed_since(session, copy), *_brought_back(copy), *found["flags"]]}


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `between` found, one short sentence for each field and file."""
    kinds = {
        "added": tk._("new file"),
        "removed": tk._("file taken away"),
        "changed": tk._("file changed"),
        "described": tk._("description of the file changed"),
    }
    told = [f"{one['label']}: {' → '.join(_apart(one['before'], one['after']))}" for one in found["fields"]]
    return told + [f"{one['name']}: {kinds[one['kind']]}" for one in found["files"]]


def _apart(before: str, after: str) -> tuple[str, str]:
    """Both, short; of long texts from a few words before where they part."""
    same = len(os.path.commonprefix([before, after]))
    cut = before.rfind(" ", 0, max(same - LEAD, 0)) + 1 if max(len(before), len(after)) > SHORT else 0
    ahead = "… " if cut else ""
    return ahead + _short(before[cut:]), ahead + _short(after[cut:])


def _short(text: str) -> str:
    return textwrap.shorten(text, SHORT, placeholder=" …") or "–"


def between(session: Session, actor: Actor, before: Side, after: Side) -> dict[str, Any]:
    """`fields` and `files` that differ, and `flags`: what a reviewer must not overlook, one sentence each.

    A field is `{field, label, before, after}`. A file is `{id, name, kind, fields, before, after, rows}`: `kind` is
    added, removed, changed or described (its description only), `before` and `after` are its facts or None, see
    `_facts`; `rows` what two tables differ in, see `_rows`, or None. Into files is looked only for who may have them.
    """
    fields = _fields(before[0], after[0], {"resources"})
    files = _files(session, actor, before, after)
    old, new = ([one["id"] for one in side[0]["resources"]] for side in (before, after))
    kept_old, kept_new = [one for one in old if one in new], [one for one in new if one in old]
    if kept_old != kept_new:
        names = {one["id"]: one.get("name") or tk._("File without a name") for one in after[0]["resources"]}
        fields.append(
            {
                "field": "order",
                "label": tk._("Order of the files"),
                "before": " · ".join(names[one] for one in kept_old),
                "after": " · ".join(names[one] for one in kept_new),
            }
        )
    return {"fields": fields, "files": files, "flags": _flags(before[0], after[0], files)}


def _fields(before: Mapping[str, Any], after: Mapping[str, Any], ignored: set[str]) -> list[dict[str, str]]:
    labels = {row["field_name"]: row for row in metadata.fields()}
    order = {name: place for place, name in enumerate(labels)}
    found = []
    for name in sorted({*before, *after} - ignored, key=lambda one: (order.get(one, len(order)), one)):
        if plain(before.get(name)) != plain(after.get(name)):
            found.append(
                {
                    "field": name,
                    "label": _label(name, labels.get(name)),
                    "before": _in_words(name, before.get(name), labels.get(name)),
                    "after": _in_words(name, after.get(name), labels.get(name)),
                }
            )
    return found


_OTHER_LABELS = {
    "tags": "Keywords",
    "groups": "Topics",
    "license_id": "Licence",
    "name": "Name of the file",
    "description": "Description",
    "data_format": "Format",
    "extras": "Other fields",
}


def _label(name: str, field: Mapping[str, Any] | None) -> str:
    if name in _OTHER_LABELS:
        return str(tk._(_OTHER_LABELS[name]))
    return str(tk._(field["label"])) if field else name


def _in_words(name: str, value: Any, field: Mapping[str, Any] | None) -> str:
    if value in (None, "", [], {}):
        return ""
    if name == "access_level":
        return words.LEVELS.get(str(value), str(value))
    if name == "groups":
        groups = (model.Group.get(str(one)) for one in value)
        return ", ".join(group.display_name for group in groups if group is not None)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {item}" for key, item in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field and field.get("vocabulary"):
        return vocabulary(field["vocabulary"]).label(str(value), tk.h.lang())
    return str(value)


def _files(session: Session, actor: Actor, before: Side, after: Side) -> list[dict[str, Any]]:
    old, new = ({one["id"]: one for one in side[0]["resources"]} for side in (before, after))
    found = []
    for id_ in [*new, *(one for one in old if one not in new)]:
        was, now = old.get(id_), new.get(id_)
        file_was, file_now = before[1].get(id_) if was else None, after[1].get(id_) if now else None
        facts = _facts(session, file_was), _facts(session, file_now)
        is_other = _mark(facts[0]) != _mark(facts[1])
        rows = _rows(session, actor, file_was, file_now, now or {}) if is_other else None
        if rows and rows["found"]:
            for told, side in zip(facts, ("before", "after"), strict=True):
                told |= {"columns": rows["found"]["columns"][side], "rows": rows["found"]["rows"][side]}
        fields = _fields(was, now, {"id"}) if was and now else []
        if was and now and not is_other and not fields:
            continue
        kind = "added" if not was else "removed" if not now else "changed" if is_other else "described"
        name = (now or was or {}).get("name") or tk._("File without a name")
        shown = {"before": facts[0] if is_other else None, "after": facts[1] if is_other or not was else None}
        found.append({"id": id_, "name": name, "kind": kind, "fields": fields, **shown, "rows": rows})
    return found


def _mark(facts: Mapping[str, Any] | None) -> Any:
    return (facts.get("sha256"), facts.get("address")) if facts else None


def _facts(session: Session, file: ResourceFile | None) -> dict[str, Any] | None:
    """`name`, `format`, `size` in words, `size_bytes` and `sha256`, or `address`; None where there is nothing.

    Of a table that was looked into also `columns` and `rows`.
    """
    if file is None or not (file.vault_object_id or file.address):
        return None
    kept = session.get(VaultObject, file.vault_object_id) if file.vault_object_id else None
    if kept is None:
        return {"address": file.address, "format": file.real_format}
    found: dict[str, Any] = {
        "name": kept.original_name,
        "format": file.real_format,
        "size_bytes": kept.size_bytes,
        "size": wording.size(kept.size_bytes),
        "sha256": kept.sha256,
    }
    return found


def _rows(
    session: Session, actor: Actor, was: ResourceFile | None, now: ResourceFile | None, resource: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What the rows of two versions of a table differ in, for who may have both; None for what is no table.

    `state` is waiting, running, done or failed, `share` how much is done; `found` see `domain.row_diff.compare`, or
    None; `fault` the msgid and params of why nothing was found, or None.
    """
    files = [_table_for(session, actor, file) for file in (was, now)]
    if files[0] is None or files[1] is None:
        return None
    key = table_keys.declared(resource.get("key_columns"))
    look = looks.of(session, "diff", [files[0], files[1]], key=key)
    return {"state": look.state, "share": look.share, "found": look.result, "fault": look.fault}


def _table_for(session: Session, actor: Actor, file: ResourceFile | None) -> looks.File | None:
    """The file, where it is a table in the vault that the person may have."""
    package = session.get(model.Package, file.package_id) if file is not None and file.package_id else None
    if file is None or package is None or file.real_format.upper() not in preview.FORMATS:
        return None
    answer = access.ask_revision(session, actor, package, file)
    if not answer.is_allowed or answer.kept is None or answer.kept.deleted_at is not None:
        return None
    return answer.kept, file.real_format.upper()


def _flags(before: Mapping[str, Any], after: Mapping[str, Any], files: list[dict[str, Any]]) -> list[str]:
    flags = _opened(before, after)
    for one in files:
        if one["kind"] == "removed":
            flags.append(tk._("The file “{name}” is taken away.").format(name=one["name"]))
        if one["rows"]:
            flags += _row_flags(one["name"], one["rows"])
    return flags


def _row_flags(name: str, rows: Mapping[str, Any]) -> list[str]:
    if rows["state"] == "failed":
        return [tk._("The rows of “{name}” could not be compared. Look into both files.").format(name=name)]
    if rows["found"] is None:
        return [tk._("The rows of “{name}” are not compared yet.").format(name=name)]
    columns, counts, flags = rows["found"]["columns"], rows["found"]["rows"], []
    gone, new = columns["removed"], columns["added"]
    if gone:
        flags.append(tk._("“{name}” loses columns: {columns}.").format(name=name, columns=", ".join(gone)))
    if new:
        flags.append(tk._("“{name}” gets new columns: {columns}.").format(name=name, columns=", ".join(new)))
    for before, after in columns["renamed"]:
        text = tk._("In “{name}” the column {before} is called {after} now.")
        flags.append(text.format(name=name, before=before, after=after))
    for one in columns["types"]:
        text = tk._("In “{name}” the column {column} holds another kind of values: {before}, now {after}.")
        flags.append(text.format(name=name, column=one["column"], before=tk._(one["before"]), after=tk._(one["after"])))
    if counts["removed"]:
        text = tk._("“{name}” loses {removed} of its {before} rows.")
        told = {key: wording.number(counts[key]) for key in ("removed", "before")}
        flags.append(text.format(name=name, **told))
    return flags


def of_draft(session: Session, package_id: str) -> list[str]:
    """What a reviewer of a first draft must not overlook: bytes that are restricted elsewhere in the agency."""
    named = {row.id: row.name for row in session.query(model.Resource).filter_by(package_id=package_id)}
    text, flags = tk._("The file “{name}” holds what is or was restricted: {before}, now {after}."), []
    for id_, (former, after) in narrowings.of_draft(session, package_id).items():
        before, now = words.LEVELS[former.level.value], words.LEVELS[after.value]
        flags.append(text.format(name=named[id_] or tk._("File without a name"), before=before, after=now))
    return flags


def _brought_back(copy: revisions.Copy) -> list[str]:
    """What was restricted and would be open to more people under this id, or under another one."""
    opened, flags = revisions.opens(copy), []
    for one in copy.content["resources"]:
        if one["id"] not in opened or one["id"] not in copy.former:
            continue
        text = tk._("The file “{name}” holds what is or was restricted: {before}, now {after}.")
        if copy.former[one["id"]].resource_id == one["id"]:
            text = tk._("The file “{name}” was restricted when it was taken away: {before}, now {after}.")
        before, after = (words.LEVELS[level.value] for level in opened[one["id"]])
        flags.append(text.format(name=one.get("name") or tk._("File without a name"), before=before, after=after))
    return flags


def _narrowed_since(session: Session, copy: revisions.Copy) -> list[str]:
    state = copy.revision.state if copy.revision is not None else RevisionState.DRAFT.value
    if state == RevisionState.DRAFT.value or revisions.is_reviewed(session, copy):
        return []
    return [tk._("Access was narrowed since this was sent to review: it must be returned and sent again.")]


def _opened(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Everything that would be open to more people than before."""
    flags = []
    outer = Level(before["access_level"]), Level(after["access_level"])
    if outer[1].strictness < outer[0].strictness:
        text = tk._("The dataset is opened further: {before}, now {after}.")
        flags.append(text.format(before=words.LEVELS[outer[0].value], after=words.LEVELS[outer[1].value]))
    old = {one["id"]: one for one in before["resources"]}
    for one in after["resources"]:
        if one["id"] not in old:
            continue
        levels = (
            effective_level(outer[0].value, old[one["id"]].get("access_level")),
            effective_level(outer[1].value, one.get("access_level")),
        )
        if levels[1].strictness < levels[0].strictness:
            text = tk._("The file “{name}” is opened further: {before}, now {after}.")
            name = one.get("name") or tk._("File without a name")
            told = [words.LEVELS[level.value] for level in levels]
            flags.append(text.format(name=name, before=told[0], after=told[1]))
    return flags
