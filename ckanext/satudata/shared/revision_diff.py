"""What two versions of a dataset differ in, in words: for reviewers, editors and the list of versions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import Level, effective_level
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.revision import plain
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import access, preview, revisions, store, wording, words

Side = tuple[Mapping[str, Any], Mapping[str, ResourceFile]]
"""The whole content of a version, and the row of each of its files."""


def of_working_copy(session: Session, actor: Actor, copy: revisions.Copy) -> dict[str, Any]:
    """What the working copy changes of what is public, see `between`."""
    return between(session, actor, (copy.public, copy.public_files), (copy.content, copy.files))


def between(session: Session, actor: Actor, before: Side, after: Side) -> dict[str, Any]:
    """`fields` and `files` that differ, and `flags`: what a reviewer must not overlook, one sentence each.

    A field is `{field, label, before, after}`. A file is `{id, name, kind, fields, before, after}`: `kind` is added,
    removed, changed or described (its description only), `before` and `after` are its facts or None, see `_facts`.
    Into files is looked only for who may have them.
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
        if is_other:
            for file, told in ((file_was, facts[0]), (file_now, facts[1])):
                _look_into(session, actor, file, told)
        fields = _fields(was, now, {"id"}) if was and now else []
        if was and now and not is_other and not fields:
            continue
        kind = "added" if not was else "removed" if not now else "changed" if is_other else "described"
        name = (now or was or {}).get("name") or tk._("File without a name")
        shown = {"before": facts[0] if is_other else None, "after": facts[1] if is_other or not was else None}
        found.append({"id": id_, "name": name, "kind": kind, "fields": fields, **shown})
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


def _look_into(session: Session, actor: Actor, file: ResourceFile | None, told: dict[str, Any] | None) -> None:
    """Adds `columns` and `rows` of a table that is not too large, for who may have the file."""
    package = session.get(model.Package, file.package_id) if file is not None and file.package_id else None
    if file is None or told is None or package is None or file.real_format.upper() not in preview.FORMATS:
        return
    answer = access.ask_revision(session, actor, package, file)
    if not answer.is_allowed or answer.kept is None or answer.kept.deleted_at is not None:
        return
    table = _table(answer.kept.location, file.real_format.upper(), answer.kept.size_bytes)
    if table is not None:
        told["columns"], told["rows"] = list(table[0]), table[1]


@functools.lru_cache(maxsize=256)
def _table(location: str, format_: str, size: int) -> tuple[tuple[str, ...], int] | None:
    """Headings and number of rows of a file, which never changes; None for one too large or no table."""
    try:
        preview.check_size(format_, size)
        heads, rows = preview.whole(b"".join(store.open_at("vault", location)), format_)
    except Invalid:
        return None
    return tuple(heads), len(rows)


def _flags(before: Mapping[str, Any], after: Mapping[str, Any], files: list[dict[str, Any]]) -> list[str]:
    flags = _opened(before, after)
    for one in files:
        if one["kind"] == "removed":
            flags.append(tk._("The file “{name}” is taken away.").format(name=one["name"]))
        was, now = one["before"] or {}, one["after"] or {}
        if one["kind"] != "changed" or "columns" not in was or "columns" not in now:
            continue
        gone = [column for column in was["columns"] if column not in now["columns"]]
        new = [column for column in now["columns"] if column not in was["columns"]]
        if gone or new:
            text = tk._("The columns of “{name}” change: gone {gone}; new {new}.")
            flags.append(text.format(name=one["name"], gone=", ".join(gone) or "–", new=", ".join(new) or "–"))
        if now["rows"] < was["rows"]:
            text = tk._("“{name}” has {count} rows fewer: {before}, now {after}.")
            counts = {"count": was["rows"] - now["rows"], "before": was["rows"], "after": now["rows"]}
            told = {key: wording.number(value) for key, value in counts.items()}
            flags.append(text.format(name=one["name"], **told))
    return flags


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
