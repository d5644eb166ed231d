"""Ways on which CKAN lets restricted data out, one test for each; `docs/security.md` lists them with their tests.

The words are planted once for the whole module: these tests only read, or try to write what is refused.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from ckanext.activity.model.activity import Activity

from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.tests.access.support import as_user, make, operator, publish
from ckanext.satudata.tests.access.test_leaks import FOREIGN, SEARCHES, found, outcome, planted
from ckanext.satudata.tests.factories import officer

TESTS = Path(__file__).parents[1]
DOCS = Path(__file__).parents[4] / "docs" / "security.md"
ROWS = 26
_kept = {}


@pytest.fixture
def at(request, with_plugins):
    """What `planted` made; `draft`, `limited`: dicts of datasets; a view, a task and an activity tell of the draft."""
    if "at" not in _kept:
        request.getfixturevalue("satudata_db")
        made = planted()
        made.stranger, made.admin = factories.UserWithToken(), factories.SysadminWithToken()
        rid = made.draft["resources"][0]["id"]
        view = model.ResourceView(resource_id=rid, title="kanari tampilan", view_type="text_view", order=0)
        model.Session.add(view)
        model.Session.commit()
        made.view = view.id
        helpers.call_action(
            "task_status_update",
            entity_id=rid,
            entity_type="resource",
            task_type="datapusher",
            key="datapusher",
            value=json.dumps({"job_key": "kanari-kunci"}),
            state="pending",
            last_updated="2026-01-01T00:00:00",
        )
        helpers.call_action("package_patch", as_user(made.mine), id=made.draft["id"], notes="kanari catatan kedua")
        made.words |= made.ids
        made.words.discard(made.limited["resources"][2]["name"])
        _kept["at"] = made
    return _kept["at"]


def told(at, name, /, **data):
    """The planted words that a visitor or a stranger gets from an action which he does not name himself."""
    seen = []
    for user in (None, at.stranger):
        text = outcome(name, as_user(user), data)
        assert "Error: " not in text[:60] or "NotFound" in text or "NotAuthorized" in text, text[:200]
        seen += [word for word in found(text, at.words) if word not in json.dumps(data)]
    return seen


def as_unknown(at, name, key, hidden, /, **data):
    """Whether strangers get the same answer for a hidden thing as for what never was."""
    return all(
        outcome(name, as_user(user), {key: hidden, **data}).replace(hidden, "X")
        == outcome(name, as_user(user), {key: FOREIGN, **data}).replace(FOREIGN, "X")
        for user in (None, at.stranger)
    )


def test_01_resource_search(at):
    for query in ("url:kana", "name:kana", "description:kana", "url:rahasia", "name:a"):
        assert told(at, "resource_search", query=query) == []
    assert helpers.call_action("resource_search", as_user(None), query="url:kana")["count"] == 0


def test_02_package_list(at):
    assert told(at, "package_list") == []
    assert helpers.call_action("package_list", as_user(None)) == [model.Package.get(at.limited["id"]).name]


def test_03_activity_lists(at):
    lists = [name for name in logic._actions if name.endswith("activity_list")]
    assert len(lists) >= 6
    for name in lists:
        for asked in ({}, {"id": at.org["id"]}, {"id": at.mine["id"]}, {"id": at.limited["id"]}):
            assert told(at, name, **asked) == [], (name, asked)
    of_draft = sa.text("select id from activity where object_id = :id")
    ids = model.Session.scalars(of_draft, {"id": at.draft["id"]}).all()
    assert ids and all(as_unknown(at, "activity_show", "id", one, include_data=False) for one in ids)


def test_05_followers(at):
    assert as_unknown(at, "follow_dataset", "id", at.draft["id"])
    follower = factories.UserWithToken()
    model.Session.add(model.UserFollowingDataset(follower["id"], at.draft["id"]))
    model.Session.commit()
    for name in ("dataset_followee_list", "followee_list", "dashboard_activity_list"):
        # He followed it while he held a role, which has ended since.
        assert found(outcome(name, as_user(follower), {"id": follower["id"]}), at.words) == [], name


@pytest.mark.parametrize("number", range(len(SEARCHES)))
def test_06_search_by_fields_facets_and_schema(at, number):
    assert told(at, "package_search", **SEARCHES[number]) == []


def test_06_search_is_no_oracle(at):
    for fq in ("res_url:*kana*", "res_name:kanari*", "res_description:kanari*", "text:kanari", "name:kanari*"):
        answer = helpers.call_action("package_search", as_user(None), fq=fq, rows=0)
        assert answer["count"] == 0, fq


def test_11_table_metadata(at):
    for user in (None, at.stranger):
        with pytest.raises(tk.ObjectNotFound):
            helpers.call_action("datastore_search", as_user(user), resource_id="_table_metadata")


def test_12_no_free_sql(at):
    with pytest.raises(KeyError):
        tk.get_action("datastore_search_sql")


def test_13_resource_views(at, app):
    assert as_unknown(at, "resource_view_show", "id", at.view)
    assert as_unknown(at, "resource_view_list", "id", at.draft["resources"][0]["id"])
    page = app.get(f"/dataset/{at.draft['id']}/resource/{at.draft['resources'][0]['id']}/view/{at.view}")
    assert page.status_code == 404 and "kanari tampilan" not in page.body


def test_14_task_status(at):
    asked = {"task_type": "datapusher", "key": "datapusher", "entity_type": "resource"}
    assert as_unknown(at, "task_status_show", "entity_id", at.draft["resources"][0]["id"], **asked)
    assert told(at, "task_status_show", entity_id=at.draft["resources"][0]["id"], **asked) == []


def test_15_formats_tags_and_counts(at):
    assert helpers.call_action("format_autocomplete", as_user(None), q="xls") == []
    for name in ("tag_list", "tag_autocomplete", "tag_search"):
        assert told(at, name, query="kana", q="kana") == []
    listed = helpers.call_action("organization_list", as_user(None), all_fields=True, include_dataset_count=True)
    assert [one["package_count"] for one in listed if one["id"] == at.org["id"]] == [1]


def test_20_no_commit_shows_it_in_public(at):
    seen = []

    def look(session):
        with model.meta.engine.connect() as other:
            rows = other.execute(sa.text("select private, title from package where title like 'kanari sekejap%'"))
            seen.extend(tuple(row) for row in rows)

    sa.event.listen(model.Session, "after_commit", look)
    try:
        made = make(at.mine, at.org, title="kanari sekejap", private=False)
        helpers.call_action(
            "package_patch", as_user(at.mine), id=made["id"], title="kanari sekejap lagi", private=False
        )
    finally:
        sa.event.remove(model.Session, "after_commit", look)
    assert len(seen) >= 2 and all(private for private, _ in seen)


def test_23_relationships(at):
    link = {"subject": at.limited["id"], "object": at.draft["id"], "type": "depends_on"}
    with pytest.raises(tk.ValidationError):
        helpers.call_action("package_relationship_create", as_user(at.admin), **link)
    with pytest.raises(NotAllowed):
        model.Package.get(at.limited["id"]).add_relationship("depends_on", model.Package.get(at.draft["id"]))
        model.Session.flush()
    model.Session.rollback()
    second = make(at.mine, at.org, title="Data lain", name="data-lain", resources=[])
    model.Package.get(second["id"]).add_relationship("depends_on", model.Package.get(at.draft["id"]))
    model.Session.commit()
    publish(second["id"])
    for name in ("package_relationships_list", "package_show"):
        assert told(at, name, id=second["id"]) == [], name
    assert as_unknown(at, "package_relationships_list", "id2", at.draft["id"], id=second["id"])


def test_24_a_users_activity(at, app):
    assert told(at, "user_activity_list", id=at.mine["id"]) == []
    assert found(app.get(f"/user/activity/{at.mine['id']}").body, at.words) == []


def test_25_datasets_of_tags_groups_and_agencies(at):
    assert as_unknown(at, "tag_show", "id", "kanari-tag-draf", include_datasets=True)
    for name in ("organization_show", "group_package_show"):
        assert told(at, name, id=at.org["id"], include_datasets=True) == []
    assert told(at, "user_show", id=at.mine["id"], include_datasets=True) == []


def test_26_unfollow(at):
    assert as_unknown(at, "unfollow_dataset", "id", at.draft["id"])
    assert as_unknown(at, "am_following_dataset", "id", at.draft["id"])


def test_04_lists_after_a_withdrawal(with_plugins, satudata_db):
    """Last in this file: it makes its own data."""
    _kept.clear()
    mine, admin = operator(), factories.SysadminWithToken()
    made = publish(make(mine, mine["org"], title="kanari semula", name="kanari-semula")["id"])
    rid = made["resources"][0]["id"]
    # As CKAN writes it after a change of what is public.
    stored = {"package": made, "actor": admin["name"]}
    model.Session.add(Activity(admin["id"], made["id"], "changed package", stored, ["public"]))
    model.Session.commit()
    asked = [
        ("recently_changed_packages_activity_list", {}),
        ("package_activity_list", {"id": made["id"]}),
        ("organization_activity_list", {"id": mine["org"]["id"]}),
        ("user_activity_list", {"id": admin["id"]}),
    ]
    assert any("kanari semula" in outcome(name, as_user(None), data) for name, data in asked)
    helpers.call_action("satudata_dataset_withdraw", as_user(officer(Role.WALIDATA)), id=made["id"], reason="Salah")
    for name, data in asked:
        text = outcome(name, as_user(None), data)
        assert "kanari" not in text and rid not in text, name


def named_tests():
    """`{row number: [file::test, …]}` as the table of docs/security.md names them."""
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): re.findall(r"`([\w/]+\.py)::(\w+)`", cell) for number, cell in rows}


def test_every_way_names_tests_that_exist():
    rows = named_tests()
    assert sorted(rows) == list(range(1, ROWS + 1))
    for number, tests in rows.items():
        assert tests, number
        for file, name in tests:
            tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
            defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in defined, f"row {number}: {file}::{name}"
