"""The leak matrix: every action and every GET route, as people who may know nothing, finds nothing.

One draft and one published Terbatas dataset of an agency carry a different word in every field that must stay hidden.
"""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import grants
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

FOREIGN = "11111111-2222-4333-8444-555555555555"
FRAGMENTS = ("/dataset", "/organization", "/group", "/user", "/dashboard")
"""Where CKAN answers HTMX with a part of the page."""
HARVESTED = ("/catalog", "/dataset/<id>", "/dataset/<_id>", "/feeds", "/sitemap")
UNSAFE_ROUTES = ("/user/logout", "/user/_logout", "/static", "/base", "/webassets", "/debug", "/_debug_toolbar")


def planted():
    """The agency's operator, a draft and a Terbatas dataset, and the words nobody else may read."""
    mine = operator()
    org = mine["org"]
    draft = make(
        mine,
        org,
        title="kanari judul draf",
        name="kanari-nama-draf",
        notes="kanari catatan draf",
        tags=[{"name": "kanari-tag-draf"}],
        konsep="kanari konsep draf",
        resources=[
            {"name": "kanari sumber draf", "description": "kanari uraian", "upload": upload("kanari-berkas-draf.csv")},
            {"name": "kanari tautan", "url": "https://kanari-alamat.test/rahasia.xlsx"},
        ],
    )
    limited = make(
        mine,
        org,
        level="terbatas",
        title="Penerima bantuan",
        name="penerima-bantuan",
        resources=[
            {"name": "Daftar", "upload": upload("kanari-berkas-terbatas.csv", b"kanari isi terbatas")},
            {"name": "Tautan", "url": "https://kanari-terbatas.test/rahasia.json"},
            {"name": "kanari tertutup", "access_level": "tertutup", "upload": upload("kanari-t.csv", b"kanari isi t")},
        ],
    )
    publish(limited["id"])
    kept = model.Session.query(VaultObject).all()
    words = {"kanari", *(k.location for k in kept), *(k.sha256 for k in kept)}
    ids = {draft["id"], draft["name"], *(r["id"] for r in draft["resources"]), limited["resources"][2]["id"]}
    return SimpleNamespace(mine=mine, org=org, draft=draft, limited=limited, words=words, ids=ids, kept=kept)


def arguments(at):
    """What each action is asked with. None of it contains a hidden word, some of it hidden ids."""
    plain = [
        {},
        {"id": at.org["id"], "include_datasets": True, "object_type": "package", "include_dataset_count": True},
        {"id": at.mine["id"], "user_id": at.mine["id"], "include_datasets": True, "include_num_followers": True},
        {"id": at.limited["id"], "package_id": at.limited["id"], "name_or_id": at.limited["id"]},
        {"id": at.limited["resources"][0]["id"], "resource_id": at.limited["resources"][0]["id"]},
        {"q": "kana", "query": "name:kana", "limit": 50, "rows": 50},
        {"query": ["url:kana", "name:a"], "entity_type": "resource", "task_type": "datapusher", "key": "datapusher"},
    ]
    hidden = [
        {"id": at.draft["id"], "package_id": at.draft["id"], "object": at.draft["id"], "subject": at.draft["id"]},
        {"id": at.draft["name"], "name": at.draft["name"]},
        {"id": at.draft["resources"][0]["id"], "resource_id": at.draft["resources"][0]["id"]},
        {"id": at.limited["resources"][2]["id"], "resource_id": at.limited["resources"][2]["id"]},
        {"match__id": at.draft["id"], "update__notes": "x", "datasets": [at.draft["id"]], "org_id": at.org["id"]},
    ]
    return plain, hidden


SEARCHES = [
    {"q": "*:*", "include_private": True, "include_drafts": True, "rows": 100},
    {"fl": "id,name,title,validated_data_dict,data_dict,res_url,res_name,extras_konsep", "rows": 100},
    {"use_default_schema": True, "include_private": True},
    {"fq": "res_url:*kana*"},
    {"fq": "+title:kana* OR private:true", "include_private": True},
    {"facet.field": ["res_url", "tags", "res_name", "organization", "access_level", "name"], "rows": 0},
    {"sort": "title_string asc", "rows": 100},
]


def outcome(name, context, data):
    """All that the caller can see of the answer, as text."""
    try:
        return json.dumps(tk.get_action(name)(context, json.loads(json.dumps(data))), default=str, ensure_ascii=False)
    except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound) as error:
        return f"{type(error).__name__} {error} {getattr(error, 'error_dict', '')}"
    except Exception as error:  # a fault of an action is its own matter; what it says is ours
        return f"{type(error).__name__} {str(error).splitlines()[:1]}"
    finally:
        model.Session.rollback()


def found(text, words):
    """The hidden words in a text."""
    lowered = text.lower()
    return [word for word in words if word.lower() in lowered]


def personas(at):
    """Who may know nothing. The stranger had a link to a limited file once; it has ended."""
    stranger = factories.UserWithToken()
    kept = next(k for k in at.kept if "terbatas" in k.original_name)
    with freeze_time(clock.now() - timedelta(days=30)):
        _, at.ended = grants.issue(
            model.Session,
            vault_object_id=kept.id,
            until=clock.now() + timedelta(days=7),
            max_downloads=3,
            reason="001/PPID/2026",
            actor=SYSTEM,
            to_user_id=stranger["id"],
        )
    model.Session.commit()
    return {"visitor": None, "expired grantee": stranger, "other agency": operator()}


def test_no_action_tells(app):
    at = planted()
    who = personas(at)
    tk.get_action("package_show")
    plain, hidden = arguments(at)
    leaks, calls = [], 0
    for name in sorted(logic._actions):
        action = logic._actions[name]
        reads = getattr(action, "side_effect_free", False)
        for label, user in who.items():
            for data in [*(plain if reads else ()), *hidden, *(SEARCHES if name == "package_search" else ())]:
                text = outcome(name, as_user(user), data)
                calls += 1
                echoed = json.dumps(data)
                words = at.words | {known for known in at.ids if known not in echoed}
                leaks += [(name, label, data, word) for word in found(text, words)]
    assert calls > 500
    assert not leaks, "\n".join(map(str, leaks[:60]))
    assert datasets.stage_of(model.Session, at.draft["id"]).value == "draft"
    assert model.Package.get(at.draft["id"]).title == "kanari judul draf"


def test_no_route_tells(app):
    at = planted()
    who = personas(at)
    client, leaks, count = app.flask_app.test_client(), [], 0
    for rule in app.flask_app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith(UNSAFE_ROUTES):
            continue
        for dataset, resource in ((at.draft, at.draft["resources"][0]), (at.limited, at.limited["resources"][0])):
            values = {"id": dataset["id"], "package_id": dataset["id"], "resource_id": resource["id"]}
            values |= {"filename": "x.csv", "org_id": at.org["id"], "ver": 3, "_format": "jsonld", "view_id": FOREIGN}
            path = rule.rule
            for argument in rule.arguments:
                path = _fill(path, argument, str(values.get(argument, dataset["id"])))
            asked = [{}, {"Authorization": who["other agency"]["token"]}]
            if rule.rule.startswith(FRAGMENTS):
                asked.append({"HX-Request": "true", "Authorization": who["expired grantee"]["token"]})
            if rule.rule.startswith(HARVESTED):
                asked += [{"Accept": "text/turtle"}, {"Accept": "application/ld+json"}]
            for headers in asked:
                count += 1
                try:
                    answer = client.get(path, headers=headers, base_url="http://test.ckan.net")
                except Exception:
                    # The application's own answer would be a page that says nothing; a fault is its room's matter.
                    continue
                words = at.words | {known for known in at.ids if known not in path}
                text = f"{answer.get_data().decode(errors='replace')}\n{answer.headers}"
                leaks += [(path, headers, word) for word in found(text, words)]
    page = client.get(
        f"/berkas/{at.ended}",
        headers={"Authorization": who["expired grantee"]["token"]},
        base_url="http://test.ckan.net",
    )
    assert page.status_code == 410 and not found(page.get_data(as_text=True), at.words)
    assert count > 200
    assert not leaks, "\n".join(map(str, leaks[:60]))


def _fill(path, argument, value):
    before, _, rest = path.partition("<")
    while rest:
        inner, _, after = rest.partition(">")
        if inner.split(":")[-1] == argument:
            return f"{before}{value}{after}"
        more, _, rest = after.partition("<")
        before = f"{before}<{inner}>{more}"
    return path


def test_hidden_and_unknown_answer_alike(app):
    at = planted()
    user = personas(at)["other agency"]
    differences = []
    tk.get_action("package_show")
    # Actions on requests count attempts, so the same question twice has two answers; their ids are never a dataset's.
    for name in sorted(found for found in logic._actions if not found.startswith("satudata_ppid_request_")):
        unknown = {key: outcome(name, as_user(user), {key: FOREIGN}) for key in ("id", "resource_id", "package_id")}
        for key, hidden in (
            ("id", at.draft["id"]),
            ("id", at.draft["resources"][0]["id"]),
            ("id", at.limited["resources"][2]["id"]),
            ("resource_id", at.draft["resources"][0]["id"]),
            ("package_id", at.draft["id"]),
        ):
            known = outcome(name, as_user(user), {key: hidden})
            if known.replace(hidden, "X") != unknown[key].replace(FOREIGN, "X"):
                differences.append((name, key, known[:120], unknown[key][:120]))
    assert not differences, "\n".join(map(str, differences))


def test_those_who_may_see_it_do(app):
    at = planted()
    shown = outcome("package_show", as_user(at.mine), {"id": at.draft["id"]})
    assert {"kanari judul draf", "kanari catatan draf"} <= {
        w for w in ("kanari judul draf", "kanari catatan draf") if w in shown
    }
    edit = outcome("satudata_dataset_show_for_edit", as_user(at.mine), {"id": at.draft["id"]})
    assert "kanari-berkas-draf.csv" in edit and "kanari-alamat.test" in edit
    assert at.draft["id"] in outcome("package_search", as_user(at.mine), {"include_private": True})
    verifier = officer(Role.VERIFIER, at.org["id"])
    assert "kanari judul draf" in outcome("package_show", as_user(verifier), {"id": at.draft["id"]})
    kept = next(k for k in at.kept if "terbatas" in k.original_name)
    assert vault.read_bytes(model.Session, kept.id) == b"kanari isi terbatas"
    path = f"/dataset/{at.limited['id']}/resource/{at.limited['resources'][0]['id']}/download"
    assert app.get(path).status_code == 403
    assert app.get(path, headers={"Authorization": verifier["token"]}).data == b"kanari isi terbatas"


def test_a_lapsed_role_reads_and_writes_nothing(app):
    at = planted()
    old = factories.UserWithToken()
    tk.get_action("member_create")(
        {"ignore_auth": True}, {"id": at.org["id"], "object": old["id"], "object_type": "user", "capacity": "admin"}
    )
    assert "NotFound" in outcome("package_show", as_user(old), {"id": at.draft["id"]})
    assert "NotFound" in outcome("package_patch", as_user(old), {"id": at.draft["id"], "title": "x"})
    limited = outcome("package_patch", as_user(old), {"id": at.limited["id"], "title": "x"})
    assert "NotAuthorized" in limited
