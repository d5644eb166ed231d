"""One answer to "may this person download this?": each route and action that serves bytes, rows, previews or what is
made of them asks `domain.access`; everything else is declared not to serve any, and is seen not to.

A new route or action stands in neither list and fails here: put it into `SERVES` with a call that serves, or into
`no_data.txt` where it serves nothing of a file.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import api_token
from ckan.tests import factories, helpers
from ckanext.datastore.backend import postgres as rows_engine

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import access, grants, store
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, republish, upload
from ckanext.satudata.tests.access.test_leaks import UNSAFE_ROUTES, _fill
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.support import worker

pytestmark = [
    pytest.mark.usefixtures("with_plugins", "satudata_db", "datastore"),
    pytest.mark.with_plugins("datatables_view", "resource_proxy", "text_view"),
    pytest.mark.ckan_config("ckan.files.storage.lain.type", "ckan:fs"),
    pytest.mark.ckan_config("ckan.files.storage.lain.path", str(worker.FILES / "lain")),
    pytest.mark.ckan_config("ckan.files.storage.lain.initialize", True),
    pytest.mark.ckan_config("ckan.files.authenticated_uploads.allow", True),
    pytest.mark.ckan_config("ckan.files.authenticated_uploads.storages", ["lain"]),
]

ANSWERS = ("may_download", "may_use_grant", "may_have_case_file")
"""The functions of `domain.access`, as `shared.files.access` alone calls them (see the last test)."""

SERVED = "bytes or rows were taken"


class Place:
    """An open file with rows, view and preview; a limited one; a draft; a file of CKAN's own storage."""

    def __init__(self):
        mine = operator()
        self.admin, self.walidata = factories.SysadminWithToken(), officer(Role.WALIDATA)
        table = b"kecamatan,jumlah\nKlojen,12\nBlimbing,7\n"
        self.open = publish(make(mine, mine["org"], resources=[{"name": "a", "upload": upload("a.csv", table)}])["id"])
        self.rid = self.open["resources"][0]["id"]
        hands = {"ignore_auth": True, "user": self.admin["name"]}
        made = {"fields": [{"id": "a", "type": "text"}], "records": [{"a": "1"}], "force": True}
        helpers.call_action("datastore_create", dict(hands), resource_id=self.rid, **made)
        self.view = helpers.call_action(
            "resource_view_create", dict(hands), resource_id=self.rid, view_type="datatables_view", title="x"
        )["id"]
        self.limited = publish(make(mine, mine["org"], level="terbatas", name="terbatas")["id"])
        self.draft = make(mine, mine["org"], name="draf")
        self.changed = publish(make(mine, mine["org"], name="berubah")["id"])
        for content in (table, table + b"Sukun,3\n"):
            helpers.call_action(
                "resource_patch", as_user(mine), id=self.changed["resources"][0]["id"], upload=upload("b.csv", content)
            )
            if content == table:
                republish(self.changed["id"])
        self.gone = publish(make(mine, mine["org"], name="ditarik")["id"])
        helpers.call_action("satudata_dataset_withdraw", as_user(self.walidata), id=self.gone["id"], reason="x")
        file = helpers.call_action(
            "file_create", as_user(self.admin), storage="lain", name=f"{self.rid}.csv", upload=upload("x.csv", table)
        )
        self.file, self.location = file["id"], file["location"]
        owner = model.Session.get(model.File, self.file).owner
        owner.owner_type, owner.owner_id = "resource", self.rid
        model.Session.commit()

    def values(self, dataset):
        resource = dataset["resources"][0]["id"]
        return {
            "id": dataset["id"],
            "package_id": dataset["id"],
            "resource_id": resource,
            "resource_view_id": self.view,
        } | {
            "view_id": self.view,
            "filename": "x.csv",
            "org_id": dataset["owner_org"],
            "_format": "jsonld",
            "storage_name": "lain",
            "location": self.location,
        }


def trusted(at):
    token = api_token.encode_token({"sub": at.file, "aud": "trusted_download"})
    return f"/file/trusted-download/{token if isinstance(token, str) else token.decode()}"


OWN = "the address of its rule, with what is open"
ELSEWHERE = "its own test"
"""Routes whose files belong to a request and not to a dataset: `ppid/` makes such requests and walks these routes."""

SERVES = {
    "dataset_resource.download": OWN,
    "resource.download": OWN,
    "dataset_resource.read": OWN,
    "resource.read": OWN,
    "dataset.read": lambda at: f"/dataset/{at.open['name']}?pratinjau={at.rid}",
    "datastore.dump": OWN,
    "datastore.dictionary": OWN,
    "datastore.api_info": OWN,
    "datatablesview.ajax": OWN,
    "datatablesview.filtered_download": OWN,
    "resource_proxy.proxy_view": OWN,
    "file.download": lambda at: f"/file/download/{at.file}",
    "file.trusted_download": trusted,
    "satudata_revision.read": lambda at: f"/meja/data/{at.changed['id']}/perubahan",
    "satudata_revision.download": lambda at: (
        f"/meja/data/{at.changed['id']}/perubahan/berkas/{at.changed['resources'][0]['id']}"
    ),
    "satudata_revision.versions": lambda at: f"/meja/data/{at.changed['id']}/versi?dari=1&ke=2",
    "satudata_former.read": lambda at: f"/meja/ditarik/{at.gone['id']}?lihat={at.gone['resources'][0]['id']}",
    "satudata_former.download": lambda at: f"/meja/ditarik/{at.gone['id']}/berkas/{at.gone['resources'][0]['id']}",
    "satudata_grants.page": lambda at: f"/berkas/akun-{at.granted}",
    "satudata_grants.begin": lambda at: f"/berkas/akun-{at.granted}",
    "satudata_grants.fetch": ELSEWHERE,
    "satudata_grants.program": ELSEWHERE,
    "satudata_ppid.letter": ELSEWHERE,
    "satudata_ppid.officer_letter": ELSEWHERE,
    "satudata_ppid.annex": ELSEWHERE,
    "satudata_ppid.officer_annex": ELSEWHERE,
    "satudata_ppid_letters.made": ELSEWHERE,
    "satudata_ppid_files.handover": ELSEWHERE,
    "satudata_ppid_applicant.file": ELSEWHERE,
    "satudata_desk.draft": ELSEWHERE,
    "satudata_ppid_files.receipt": ELSEWHERE,
    "satudata_ppid_masking.mask": ELSEWHERE,
    "satudata_objection.scan": ELSEWHERE,
    "satudata_desk.read": ELSEWHERE,
    "satudata_case_file.zip": ELSEWHERE,
    "satudata_complaint.attachment": ELSEWHERE,
    "satudata_together.review": ELSEWHERE,
    "satudata_paper.read": ELSEWHERE,
    "satudata_paper.pdf": ELSEWHERE,
    "satudata_phone.read": ELSEWHERE,
}
FORMS = {
    "datatablesview.ajax": {"draw": "1", "search[value]": "", "start": "0", "length": "5"},
    "datatablesview.filtered_download": {
        "params": json.dumps({"search": {"value": ""}, "order": [], "visible": [True], "columns": []}),
        "format": "csv",
    },
}
"""What these views want to be sent."""
ACTIONS = {
    "satudata_revision_show": lambda at: {"id": at.changed["id"]},
    "satudata_quality_show": lambda at: {"id": at.draft["id"]},
    "satudata_version_compare": lambda at: {"id": at.changed["id"], "old": 1, "new": 2},
    "datastore_create": lambda at: {"resource_id": at.rid, "records": [{"a": "2"}], "force": True},
    "datastore_upsert": lambda at: {"resource_id": at.rid, "records": [{"a": "2"}], "method": "insert", "force": True},
    "datastore_delete": lambda at: {"resource_id": at.rid, "filters": {"a": "2"}, "force": True},
    "datastore_records_delete": lambda at: {"resource_id": at.rid, "filters": {"a": "2"}, "force": True},
    "datastore_run_triggers": lambda at: {"resource_id": at.rid},
    "datastore_search": lambda at: {"resource_id": at.rid},
    "datastore_info": lambda at: {"id": at.rid},
}
ALLOWED_READERS = {"satudata_admin.health", "satudata_admin.index"}
"""The doctor looks at folders."""
NO_DATA = Path(__file__).with_name("no_data.txt")


def declared(kind):
    """The names under `[routes]` or `[actions]`."""
    found, here = set(), False
    for line in NO_DATA.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            here = line == f"[{kind}]"
        elif line and here:
            found.add(line)
    return found


@contextmanager
def watched(monkeypatch):
    """Which answers were asked for, and what was taken out of stores and tables, while the block runs."""
    seen = []
    with monkeypatch.context() as patch:
        for name in ANSWERS:
            patch.setattr(access, name, _noting(getattr(access, name), seen, name))
        patch.setattr(grants, "may_use_grant", _noting(grants.may_use_grant, seen, "may_use_grant"))
        patch.setattr(store, "open_at", _noting(store.open_at, seen, SERVED))
        patch.setattr(store, "local_path", _noting(store.local_path, seen, SERVED))
        patch.setattr(rows_engine, "search", _noting(rows_engine.search, seen, SERVED))
        yield seen


def _noting(function, seen, word):
    def noted(*args, **kw):
        seen.append(word)
        return function(*args, **kw)

    return noted


@pytest.fixture
def at():
    place = Place()
    stranger = factories.UserWithToken()
    given = helpers.call_action(
        "satudata_grant_give",
        as_user(place.walidata),
        resource_id=place.limited["resources"][0]["id"],
        user=stranger["name"],
        until=(clock.today() + timedelta(days=3)).isoformat(),
        reason="x",
    )
    place.granted, place.stranger = given["id"], stranger
    return place


@pytest.mark.parametrize("which", ["open", pytest.param("limited draft", marks=pytest.mark.long)])
def test_every_route_is_known_and_every_one_that_serves_asks(app, at, monkeypatch, which):
    client = app.flask_app.test_client()
    rules = [rule for rule in app.flask_app.url_map.iter_rules() if rule.methods & {"GET", "POST"}]
    endpoints = {rule.endpoint for rule in rules if "GET" in rule.methods}
    asking, unasked = set(), set()
    for rule in rules:
        how = SERVES.get(rule.endpoint)
        if "GET" not in rule.methods and how is None or rule.rule.startswith(UNSAFE_ROUTES):
            continue
        who = at.stranger if rule.endpoint.startswith("satudata_grants.") else at.admin
        asked = {"headers": {"Authorization": who["token"]}, "base_url": "http://test.ckan.net"}
        call = client.get
        if "GET" not in rule.methods:
            call, asked["data"] = client.post, FORMS.get(rule.endpoint, {})
        paths = [how(at)] if callable(how) else [_path(rule, at, getattr(at, one)) for one in which.split()]
        for path in paths:
            with watched(monkeypatch) as seen:
                try:
                    call(path, **asked).get_data()
                except Exception:  # a fault of a view is its room's matter
                    model.Session.rollback()
            answers = set(seen) & set(ANSWERS)
            if answers:
                asking.add(rule.endpoint)
            elif SERVED in seen and rule.endpoint not in ALLOWED_READERS:
                unasked.add(rule.endpoint)
    assert not unasked, f"these took bytes or rows and asked nobody: {sorted(unasked)}"
    if which != "open":
        return
    silent = {name for name, how in SERVES.items() if how is not ELSEWHERE} - asking
    assert not silent, f"these serve and do not ask: {sorted(silent)}"
    unknown = endpoints - set(SERVES) - declared("routes")
    assert not unknown, f"say whether these serve data: {sorted(unknown)}"


def _path(rule, at, dataset):
    path, values = rule.rule, at.values(dataset)
    for argument in rule.arguments:
        path = _fill(path, argument, str(values.get(argument, dataset["id"])))
    return path


def test_every_action_is_known_and_every_one_that_serves_asks(at, monkeypatch):
    tk.get_action("package_show")
    known = set(ACTIONS) | declared("actions")
    assert not set(logic._actions) - known, f"say whether these serve data: {sorted(set(logic._actions) - known)}"
    for name, data in ACTIONS.items():
        with watched(monkeypatch) as seen:
            try:
                tk.get_action(name)(
                    {"user": at.admin["name"], "auth_user_obj": model.User.get(at.admin["name"])}, data(at)
                )
            except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound):
                model.Session.rollback()
        assert set(seen) & set(ANSWERS), f"{name} does not ask"
    plain = [{"id": at.rid, "resource_id": at.rid}, {"id": at.open["id"]}, {"id": at.draft["resources"][0]["id"]}]
    for name in sorted(set(logic._actions) - set(ACTIONS)):
        if not getattr(logic._actions[name], "side_effect_free", False):
            continue
        for data in plain:
            with watched(monkeypatch) as seen:
                try:
                    tk.get_action(name)({"user": at.admin["name"]}, json.loads(json.dumps(data)))
                except Exception:
                    model.Session.rollback()
            assert SERVED not in seen or set(seen) & set(ANSWERS) or name in {"satudata_doctor_show"}, name


def test_a_file_of_ckans_own_storage_goes_by_the_same_answer(app, at):
    """`/file/…` serves what another plugin put there, to whom the dataset's own file would go."""
    for dataset, status in ((at.open, 200), (at.limited, 404), (at.draft, 404)):
        owner = model.Session.get(model.File, at.file).owner
        owner.owner_type, owner.owner_id = "resource", dataset["resources"][0]["id"]
        model.Session.commit()
        for path in (trusted(at),):
            assert app.get(path).status_code == status, dataset["name"]
        owner = model.Session.get(model.File, at.file).owner
        owner.owner_type, owner.owner_id = "package", dataset["id"]
        model.Session.commit()
        assert app.get(trusted(at)).status_code == status


def test_the_proxy_passes_on_what_is_open_only(app, at):
    for dataset in (at.limited, at.draft):
        path = f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/proxy"
        assert app.get(path, headers={"Authorization": at.admin["token"]}).status_code == 404


def test_the_law_is_asked_in_one_place():
    """Nobody but `shared.files.access` (and `domain`) calls the functions that allow a download."""
    root = Path(access.__file__).parents[1]
    for path in root.rglob("*.py"):
        if "tests" in path.parts or path.parts[-2:] in (("domain", "access.py"), ("files", "access.py")):
            continue
        text = path.read_text()
        for name in ("may_download", "may_have_case_file"):
            assert f"{name}(" not in text, path
        if path.name != "grants.py":
            assert "may_use_grant(" not in text, path
