"""What is asked of CKAN's own actions over the API, looked at first: they hand anything on, and fail on it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared import params
from ckanext.satudata.shared.boundary import check_storable

TEXTS = frozenset((
    "id", "q", "fq", "sort", "order_by", "type", "user", "username", "incomplete", "organization_id", "group_id",
    "resource_id", "package_id", "vocabulary_id", "object_type", "capacity", "state", "name",
))  # fmt: skip
TEXTS_OR_LISTS = ("query", "groups", "organizations")
FLAGS = ("all_fields",)
WHOLE = ("rows", "start", "limit", "offset", "page")
MOST = 2**31 - 1
NEEDED = {"group_autocomplete": "q", "organization_autocomplete": "q"}
OTHER_KINDS = frozenset({("datastore_search", "q"), ("datastore_search", "sort")})
"""Where CKAN takes more than text."""
MAPPINGS = frozenset({("tag_search", "fields"), ("tag_autocomplete", "fields")})
WRITES = ("_create", "_update", "_patch", "_revise")
"""Actions whose validators look at every value themselves, as `groups` of a dataset."""


def looked_at(action: str, sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with numbers as text where text is meant. Raises Invalid, naming the field.

    What no table can hold is refused for every action; kinds are looked at for CKAN's and other plugins' only, since
    ours read their parameters themselves.
    """
    check_storable(sent)
    if action.startswith("satudata_"):
        return sent
    found = dict(sent)
    for name, value in sent.items():
        if name in TEXTS:
            if value is not None and not isinstance(value, str) and (action, name) not in OTHER_KINDS:
                found[name] = params.text(sent, name)
        elif name in WHOLE:
            if value in (None, ""):
                del found[name]  # an empty number is none; CKAN fails on it
            else:
                params.whole(sent, name, None, 0, MOST)
        elif name in FLAGS:
            params.flag(sent, name)
        elif name in TEXTS_OR_LISTS and value is not None and not (action.endswith(WRITES) or _is_words(value)):
            found[name] = params.text(sent, name)
    if (action, "fields") in MAPPINGS and not isinstance(sent.get("fields"), (dict, type(None))):
        raise Invalid(tk._("This must be names with values."), field="fields")
    needed = NEEDED.get(action)
    if needed and not found.get(needed):
        raise Invalid(tk._("Missing value"), field=needed)
    return found


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
