"""Whatever kind of value a change carries, it is taken or refused by its field; never a fault of the server."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import translated
from ckanext.satudata.shared.hidden import asked
from ckanext.satudata.tests.access.support import as_user, make, publish

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ODD = (
    None, "", 0, 1.5, True, [], {}, ["a"], [1], [None], [{}], [[]], {"a": 1}, "\0", [{"id": None}], [{"id": ["a"]}],
    [{"id": 1}], [{"name": 1}], [{"name": ["a"]}], [{"key": "a"}], [{"key": ["a"], "value": 1}],
    [{"key": "a", "value": {"b": 1}}], "2026-13-45", 10**40, [{"url": {"a": 1}}], [{"id": "x" * 500}],
    [{"access_level": ["terbuka"]}], [{"position": "x", "size": "y", "format": {"a": 1}}], [{"upload": {"a": 1}}],
)  # fmt: skip
PLAIN = (*ODD[:15], "2026-13-45", 10**40)
FIELDS = (
    "title", "name", "notes", "tags", "tag_string", "resources", "groups", "extras", "access_level", "access_until",
    "owner_org", "state", "private", "type", "license_id", "relationships_as_object", "periode_data", "plugin_data",
    "satudata_revision", "satudata_form_key", "satudata_seen", "metadata_modified", "unknown",
)  # fmt: skip
OF_RESOURCES = (
    "url", "name", "format", "access_level", "access_until", "id", "url_type", "upload", "clear_upload", "data_format",
    "satudata_revision", "satudata_form_key", "position", "size", "last_modified", "periode_data", "unknown",
)  # fmt: skip


@pytest.fixture(params=["published", "draft"])
def target(request, officers, agency):
    made = make(officers["operator"], agency)
    return publish(made["id"]) if request.param == "published" else made


def tried(person, action, sent):
    """The fields that were refused, empty where it was taken. Whatever else goes wrong is raised."""
    try:
        tk.get_action(action)(as_user(person), asked.looked_at(action, sent))
    except tk.ValidationError as error:
        assert error.error_summary  # the forms tell it
        return set(error.error_dict)
    except Invalid as error:
        return set(translated(error).error_dict)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return set()
    finally:
        model.Session.rollback()
    return set()


def change(name, value):
    return "package_patch", {name: value}, name


def of_file(name, value):
    return "resource_patch", {name: value}, name


TABLE = [
    change("tags", "\0"), change("tags", 1), change("tags", ["a"]), change("tag_string", 0), change("resources", 1),
    change("owner_org", 0),
    change("resources", ["a"]), change("groups", None), change("groups", [{"id": ["a"]}]), change("extras", 1),
    change("extras", [{"key": ["a"]}]), change("access_level", ["a"]), change("private", "xxx"),
    change("license_id", ["a"]), change("resources", [{"access_level": ["a"]}]), of_file("access_level", ["a"]),
    of_file("clear_upload", "xxx"),
    ("resource_create", {"url": "https://a.test/b.csv", "access_level": ["a"]}, "access_level"),
    ("resource_create", {"url": "https://a.test/b.csv", "clear_upload": "xxx"}, "clear_upload"),
    ("package_resource_reorder", {"order": [{"id": 1}]}, "order"),
    ("package_revise", {"update__resources__extend": ["a"]}, "resources"),
    ("package_revise", {"update__groups": 1}, "groups"),
    ("package_revise", {"update__resources__0__access_level": ["a"]}, "resources"),
    ("package_revise", {"update": {"extras": 1}}, "extras"),
    ("package_revise", {"update": '{"license_id": ["a"]}'}, "license_id"),
]  # fmt: skip


def whole(action, target, sent):
    where = {"resource_create": {"package_id": target["id"]}, "package_revise": {"match": {"id": target["id"]}}}
    own = {"id": target["resources"][0]["id"] if action.startswith("resource_") else target["id"]}
    return {**where.get(action, own), **sent}


def test_it_is_refused_by_its_field(officers, target):
    said = {}
    for action, sent, field in TABLE:
        refused = tried(officers["operator"], action, whole(action, target, sent))
        if {"tags": "tag_string"}.get(field, field) not in refused:
            said[action, str(sent)] = refused
    assert said == {}
    for field in ("title", "tags", "resources"):
        refused = tried(officers["operator"], "package_update", {**target, field: {"a": 1}})
        assert {"tags": "tag_string"}.get(field, field) in refused, field


CALLS = {
    "package_patch": [{name: value} for name in FIELDS for value in ODD],
    "package_update": [{name: value} for name in FIELDS for value in PLAIN[::3]],
    "resource_patch": [{name: value} for name in OF_RESOURCES for value in PLAIN],
    "resource_update": [{"name": "a", name: value} for name in OF_RESOURCES for value in PLAIN[::3]],
    "resource_create": [{"url": "https://a.test/b.csv", name: value} for name in OF_RESOURCES for value in PLAIN],
    "package_resource_reorder": [{"order": value} for value in ODD],
    "package_revise": [
        {name: value}
        for name in ("update__resources__extend", "update__resources__0", "update__groups", "update", "filter", "match")
        for value in ODD
    ],
}


@pytest.mark.long
@pytest.mark.parametrize("action", CALLS)
def test_no_kind_of_value_is_a_fault(officers, target, action):
    failed = []
    for sent in CALLS[action]:
        try:
            given = {**target, **sent} if action == "package_update" else whole(action, target, sent)
            tried(officers["operator"], action, given)
        except Exception as error:
            failed.append(f"{action} {sent}: {error!r}"[:300])
    assert "\n".join(failed) == ""
