"""What goes out with an answer: headers, names of files, refusals; and that a hidden thing looks like none."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories, helpers

from ckanext.satudata.shared.files import store
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.support import whole_files

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

NAMES = {
    "..\\..\\etc/pass wd.xml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(document.cookie)</script></html>',
    'a"b\r\nSet-Cookie: x=1;é漢.svg': b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "../../../vault.csv": b"a,b\n1,2\n",
}
UNKNOWN = "11111111-2222-4333-8444-777777777777"


def test_a_file_never_runs_in_our_origin_whatever_its_name(app):
    mine = operator()
    files = [{"name": str(number), "upload": upload(name, body)} for number, (name, body) in enumerate(NAMES.items())]
    made = publish(make(mine, mine["org"], resources=files)["id"])
    assert len(made["resources"]) == len(NAMES)
    client = app.flask_app.test_client()
    for resource, body in zip(made["resources"], NAMES.values(), strict=True):
        path = resource["url"].removeprefix("http://test.ckan.net")
        assert ".." not in path and "\\" not in path
        answer = client.get(path)
        assert answer.data == body
        said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment") and "/" not in said and "\\" not in said and "\n" not in said
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == resource["mimetype"]
        tag = answer.headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert client.get(path, headers={"Range": "bytes=2-3"}).data == body[2:4]
        assert client.get(path, headers={"Range": "bytes=9999-"}).status_code == 416
        head = client.head(path)
        assert head.status_code == 200 and head.data == b"" and head.headers["Content-Length"] == str(len(body))
    for location in store.locations("vault") | store.locations("public"):
        assert (
            store.local_path("vault", location)
            .resolve()
            .is_relative_to(store.local_path("vault", "x").parent.resolve())
        )


@pytest.mark.parametrize("name", ["a.xlsx", "a.kml", "a.gpkg", "a.xls"])
def test_the_media_type_is_that_of_the_format_wherever_it_stands(app, name):
    mine = operator()
    file = {"name": "Tabel", "upload": upload(name, whole_files.BY_NAME[name])}
    made = publish(make(mine, mine["org"], resources=[file])["id"])
    (resource,) = made["resources"]
    wanted = {
        "a.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "a.kml": "application/vnd.google-earth.kml+xml",
        "a.gpkg": "application/geopackage+sqlite3",
        "a.xls": "application/vnd.ms-excel",
    }[name]
    assert resource["mimetype"] == wanted and resource["format"] == name[2:].upper()
    assert app.get(resource["url"].removeprefix("http://test.ckan.net")).mimetype == wanted
    assert f"<https://www.iana.org/assignments/media-types/{wanted}>" in app.get(f"/dataset/{made['name']}.ttl").body


def test_a_format_is_one_line_of_plain_signs():
    mine = operator()
    odd = {"name": "Tabel", "upload": upload(), "format": "CSV%0D%0AX: <y>\r\n"}
    address = {"name": "Tautan", "url": "https://contoh.test/x.csv%0D%0AX:%20y"}
    made = make(mine, mine["org"], resources=[odd, address])
    assert [one.get("data_format", "") for one in made["resources"]] == ["CSV 0D 0AX: y", ""]


@pytest.mark.parametrize("name", ["x.csv\r\nX: y", "x.csv%0D%0AX: y", "laporan.htm", "laporan.html"])
def test_a_file_whose_name_tells_no_kind_of_data_is_refused(name):
    mine = operator()
    with pytest.raises(tk.ValidationError) as refusal:
        make(mine, mine["org"], resources=[{"name": "Tabel", "upload": upload(name)}])
    assert "upload" in str(refusal.value.error_dict)


@pytest.mark.parametrize("given", [{}, {"url": " "}, {"upload": ""}, {"upload": "isi"}, {"upload": "isi", "url": "x"}])
def test_a_resource_without_a_file_is_refused_at_its_field(given):
    mine = operator()
    made = make(mine, mine["org"])
    with pytest.raises(tk.ValidationError) as refusal:
        helpers.call_action("resource_create", as_user(mine), package_id=made["id"], name="Kedua", **given)
    assert "upload" in refusal.value.error_dict
    assert len(helpers.call_action("package_show", as_user(mine), id=made["id"])["resources"]) == 1


def test_text_in_the_place_of_a_file_does_not_pass_for_one_that_is_there():
    mine = operator()
    made = make(mine, mine["org"])
    rid = made["resources"][0]["id"]
    for action in ("resource_update", "resource_patch"):
        with pytest.raises(tk.ValidationError):
            helpers.call_action(action, as_user(mine), id=rid, name="Tabel", upload="isi")


def test_the_ask_page_and_the_routes_of_a_hidden_dataset_are_those_of_none(app):
    mine, stranger = operator(), factories.UserWithToken()
    made = make(mine, mine["org"])
    rid = made["resources"][0]["id"]
    routes = (
        "/minta-data/{rid}",
        "/dataset/{id}",
        "/dataset/{id}.ttl",
        "/dataset/{id}.jsonld",
        "/dataset/{id}/resource/{rid}",
        "/dataset/{id}/resource/{rid}/download",
        "/dataset/{id}/resource/{rid}/download/x.csv",
        "/dataset/{id}/resource/{rid}/view",
        "/dataset/{id}/resource/{rid}/edit",
        "/dataset/activity/{id}",
        "/dataset/changes/{id}",
        "/dataset/changes_multiple?old_id={id}&new_id={rid}",
        "/dataset/followers/{id}",
        "/dataset/groups/{id}",
        "/dataset/edit/{id}",
        "/dataset/delete/{id}",
        "/dataset/collaborators/{id}",
        "/dataset/{id}/dictionary/{rid}",
        "/api/3/action/package_show?id={id}",
        "/api/action/resource_show?id={rid}",
        "/api/3/util/snippet/api_info.html?resource_id={rid}",
    )
    different = []
    for headers in ({}, {"Authorization": stranger["token"]}):
        for route in routes:
            answers = []
            for one, two in ((made["id"], rid), (UNKNOWN, UNKNOWN)):
                answer = app.get(route.format(id=one, rid=two), headers=headers, follow_redirects=False)
                text = answer.body.replace(one, "X").replace(two, "X")
                answers.append((answer.status_code, len(text)))
                assert answer.status_code < 500 and "Traceback" not in text, route
            if answers[0] != answers[1]:
                different.append((route, bool(headers), answers))
    assert different == []


def test_a_view_that_lets_a_refusal_through_answers_404(app):
    answer = app.get(f"/dataset/changes_multiple?old_id={UNKNOWN}&new_id={UNKNOWN}")
    assert answer.status_code == 404 and "Traceback" not in answer.body


def test_guessing_tokens_ends(app):
    redis = connect_to_redis()
    for key in redis.scan_iter("satudata:limit:*"):
        redis.delete(key)
    client = app.flask_app.test_client()
    codes = [
        client.get(f"/berkas/tebakan-{number}", base_url="http://test.ckan.net").status_code for number in range(62)
    ]
    assert set(codes[:60]) == {404} and codes[-1] == 429
    assert client.get("/berkas/x", base_url="http://test.ckan.net").headers["Referrer-Policy"] == "no-referrer"
    for key in redis.scan_iter("satudata:limit:*"):
        redis.delete(key)


def test_a_second_plugin_that_decides_who_sees_stops_the_start():
    try:
        with pytest.raises(CkanConfigurationException, match="example_ipermissionlabels"):
            p.load("example_ipermissionlabels")
            p.get_plugin("satudata").configure({})
    finally:
        if p.plugin_loaded("example_ipermissionlabels"):
            p.unload("example_ipermissionlabels")


def test_catalogues_serve_the_public_set_only(app):
    mine = operator()
    make(mine, mine["org"], title="kanari draf")
    assert app.get("/catalog.ttl").status_code == 200
    shown = publish(make(mine, mine["org"], level="terbatas", title="Data terbatas", name="data-terbatas")["id"])
    for path in ("/catalog.ttl", "/catalog.jsonld", "/catalog.xml", "/feeds/dataset.atom"):
        answer = app.get(path)
        assert answer.status_code == 200, path
        assert "kanari" not in answer.body and "gaji pegawai" not in answer.body, path
        assert "Data terbatas" in answer.body, path
    assert model.Package.get(shown["id"]).private is False
