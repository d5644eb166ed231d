"""Each room but the base can be left out, and the portal works beside the common extensions.

On a portal that holds something nothing opens then, and what is open goes on.

What was drafted, closed or limited while every room was there must stay so when one is taken out.
"""

from __future__ import annotations

from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.test_rooms import ROOMS

BESIDE = "scheming_datasets scheming_organizations dcat activity datastore"
EVERYTHING = "satudata " + " ".join(f"satudata_{room}" for room in ROOMS) + f" satudata_search {BESIDE}"
SETS = {f"without_{room}": EVERYTHING.replace(f" satudata_{room} ", " ") for room in ROOMS} | {
    "base_alone": f"satudata satudata_search {BESIDE}",
    "beside_xloader_and_harvest": EVERYTHING + " xloader harvest ckan_harvester",
}

SECRET = b"SANGAT-RAHASIA"
OPEN = b"tahun,nilai\n2024,terbuka\n"
REFUSALS = (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)
ROUTES = {
    "satudata_publication": "/meja/data/draf",
    "satudata_ppid": "/permohonan/baru",
    "satudata_reports": "/laporan",
    "satudata_posts": "/publikasi",
}
"""A page that only this room brings."""


def filled():
    """An agency with a dataset of each kind, its operator, the operator of another one, a sysadmin."""
    mine, other = operator(), operator()
    org = mine["org"]
    draft = make(mine, org, title="Kanari draf", name="kanari-draf")
    closed = make(mine, org, "tertutup", title="Kanari tertutup", name="kanari-tertutup")
    limited = make(mine, org, "terbatas", title="Gaji menurut jabatan", name="gaji")
    files = [{"name": "Tabel", "upload": upload("terbuka.csv", OPEN)}]
    shown = make(mine, org, title="Jumlah pegawai", name="jumlah-pegawai", resources=files)
    for made in (closed, limited, shown):
        publish(made["id"])
    return SimpleNamespace(
        mine=mine,
        other=other,
        admin=factories.SysadminWithToken(),
        hidden=[draft, closed],
        limited=limited,
        shown=tk.get_action("package_show")({"ignore_auth": True}, {"id": shown["id"]}),
    )


@pytest.mark.parametrize("plugins", SETS.values(), ids=SETS)
def test_nothing_opens_and_the_rest_works(plugins, ckan_config, monkeypatch, make_app, request):
    monkeypatch.setitem(ckan_config, "ckan.plugins", plugins)
    for fixture in ("with_plugins", "satudata_db"):
        request.getfixturevalue(fixture)
    if "harvest" in plugins.split():
        request.getfixturevalue("migrate_db_for")("harvest")
    app = make_app()
    status = app.get("/api/3/action/status_show").json["result"]
    assert set(plugins.split()) <= set(status["extensions"])
    at = filled()
    _hidden_stays_hidden(app, at)
    _nobody_opens_by_a_patch(app, at)
    _limited_gives_its_description(app, at)
    _open_goes_on(app, at, plugins.split())


def _as(who):
    return {"Authorization": who["token"]} if who else {}


def _addresses(made):
    for resource in made["resources"]:
        base = f"/dataset/{made['id']}/resource/{resource['id']}"
        yield from (f"{base}/download", f"{base}/download/gaji-pegawai.csv")


def _hidden_stays_hidden(app, at):
    for who in (None, at.other):
        context = as_user(who)
        found = tk.get_action("package_search")(context, {"q": "", "include_private": True, "include_drafts": True})
        assert {row["name"] for row in found["results"]} == {"gaji", "jumlah-pegawai"}
        for made in at.hidden:
            with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
                tk.get_action("package_show")(as_user(who), {"id": made["id"]})
            for path in (f"/dataset/{made['id']}", f"/dataset/{made['id']}.ttl", *_addresses(made)):
                answer = app.get(path, headers=_as(who), follow_redirects=False)
                assert answer.status_code in (302, 403, 404) and SECRET not in answer.data, path
        for path in ("/dataset/", "/catalog.ttl", "/feeds/dataset.atom", "/sitemap.xml"):
            assert "anari" not in app.get(path, headers=_as(who)).body, path


def _nobody_opens_by_a_patch(app, at):
    change = {"private": False, "state": "active", "access_level": "terbuka"}
    for made in (*at.hidden, at.limited):
        for who in (at.mine, at.admin):
            try:
                tk.get_action("package_patch")(as_user(who), {"id": made["id"], **change})
            except REFUSALS:
                model.Session.rollback()
        for path in _addresses(made):
            assert SECRET not in app.get(path, follow_redirects=False).data, path
    for made in at.hidden:
        assert model.Package.get(made["id"]).private
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            tk.get_action("package_show")(as_user(None), {"id": made["id"]})


def _limited_gives_its_description(app, at):
    assert at.limited["title"] in app.get("/dataset/gaji").body
    for who in (None, at.other):
        for path in _addresses(at.limited):
            answer = app.get(path, headers=_as(who), follow_redirects=False)
            assert SECRET not in answer.data, path


def _open_goes_on(app, at, loaded):
    assert at.shown["title"] in app.get(f"/dataset/{at.shown['name']}").body
    assert app.get(at.shown["resources"][0]["url"]).data == OPEN
    for path in (
        "/",
        "/dataset/?q=pegawai",
        f"/organization/{at.mine['org']['name']}",
        "/catalog.ttl",
        "/sop",
        "/user/login",
    ):
        assert app.get(path).status_code == 200, path
    assert app.get("/meja", headers=_as(at.mine)).status_code == 200
    routes = {rule.rule for rule in app.flask_app.url_map.iter_rules()}
    for room, path in ROUTES.items():
        assert (path in routes) is (room in loaded), path
    # A draft goes on being written, whatever is missing.
    assert make(at.mine, at.mine["org"], title="Draf baru", name="draf-baru")["private"]
