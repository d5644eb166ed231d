"""The kinds of values in a dataset and its resources as callers send them.

CKAN's validators and our gate read them unasked and fail on another kind. Here each is refused first, by its field,
for drafts and for changes of what is published alike.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.shared import params, words

LISTS = ("resources", "tags", "groups", "extras", "relationships_as_subject", "relationships_as_object")
"""Fields of a dataset that are lists of names with values."""
_CORE = frozenset(
    {"id", "name", "title", "notes", "url", "author", "author_email", "maintainer", "maintainer_email", "license_id"}
    | {"owner_org", "state", "type", "version", "metadata_modified"}
    | {"satudata_revision", "satudata_form_key", "satudata_seen"}
)
_CORE_RESOURCE = frozenset(
    {"id", "package_id", "url", "url_type", "name", "description", "format", "hash", "state", "position", "data_format"}
    | {"mimetype", "mimetype_inner", "cache_url", "resource_type", "size", "created", "last_modified"}
    | {"satudata_revision", "satudata_form_key", "satudata_seen"}
)


def dataset(sent: Mapping[str, Any]) -> None:
    """Looks at a dataset, whole or some of its fields. Raises `tk.ValidationError` with every field, and the mend."""
    errors = _of(sent, _texts("dataset_fields") | _CORE, ("private",))
    for name in ("owner_org", "tag_string"):
        # By these CKAN looks things up, a number too.
        if not isinstance(sent.get(name), (str, type(None))):
            errors[name] = [_said("This must be text.", "Enter it again.")]
    for name in LISTS:
        if name in sent:
            errors |= _of_list(name, sent[name])
    if errors:
        raise tk.ValidationError(errors)


def resource(sent: Mapping[str, Any]) -> None:
    """The same for one resource."""
    errors = _of_resource(sent)
    if errors:
        raise tk.ValidationError(errors)


def order(sent: Mapping[str, Any]) -> None:
    """The same for `order` of `package_resource_reorder`."""
    ids = tk.get_or_bust(dict(sent), "order")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or len({*ids}) != len(ids):
        raise tk.ValidationError({"order": [tk._("This must be a list of ids, each of them once.")]})


def revision(sent: Mapping[str, Any]) -> None:
    """The same for what `package_revise` is to write: `update`, and `update__…` with the path in the name."""
    update = sent.get("update")
    if isinstance(update, str):
        try:
            update = json.loads(update)
        except ValueError:
            update = None  # CKAN says so
    if isinstance(update, Mapping):
        dataset(update)
    for name, value in sent.items():
        _, *path = str(name).split("__")
        if not str(name).startswith("update__") or not path:
            continue
        is_list = len(path) == 1 or path[1] == "extend"
        dataset({path[0]: value if is_list else [value if len(path) == 2 else {path[2]: value}]})


def _of(sent: Mapping[str, Any], texts: Iterable[str], flags: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in texts:
        if isinstance(sent.get(name), (list, tuple, Mapping)):
            found[name] = [_said("This must be text.", "Enter it again.")]
    for name in flags:
        try:
            params.flag(sent, name)
        except Invalid as error:
            found[name] = [words.error_text(error)]
    return found


def _of_resource(sent: Mapping[str, Any]) -> dict[str, Any]:
    return _of(sent, _texts("resource_fields") | _CORE_RESOURCE, ("clear_upload",))


def _of_list(name: str, sent: Any) -> dict[str, Any]:
    """The errors of one list, as CKAN tells them: those of resources by place, others in a sentence."""
    if not isinstance(sent, list) or not all(isinstance(one, Mapping) for one in sent):
        said = _said("This must be a list of names with values.", "Send it as package_show gives it.")
        # CKAN takes errors of these apart, and fails on text.
        return {"tag_string" if name == "tags" else name: [{"key": [said]}] if name == "extras" else [said]}
    if name == "resources":
        errors = [_of_resource(one) for one in sent]
        return {name: errors} if any(errors) else {}
    wrong = next((field for one in sent for field in _wrong_names(name, one)), None)
    if wrong is None:
        return {}
    told = [_said("This must be text.", "Enter it again.")]
    if name in ("tags", "extras"):
        return {"tag_string": told} if name == "tags" else {name: [{"key": told}]}
    return {name: [f"{wrong}: {told[0]}"]}


def _wrong_names(name: str, one: Mapping[str, Any]) -> list[str]:
    """The fields of one entry by which CKAN looks it up, and cannot."""
    needed = {"tags": "name", "extras": "key"}.get(name, "")
    looked_up = ("id", "name", "key", "subject", "object", "type", "vocabulary_id")
    return [
        field
        for field in looked_up
        if not isinstance(one.get(field), str) and (field == needed or one.get(field) is not None)
    ]


def _said(message: str, mend: str) -> str:
    return words.error_text(Conflict(message, mend=mend))


@functools.cache
def _texts(part: str) -> frozenset[str]:
    return frozenset(row["field_name"] for row in metadata.fields(part))
