"""Addresses and calls that cannot be are refused in words, whosever route or action they are for: never a 500."""

import pytest
from ckan.tests import factories

from ckanext.satudata.shared.hidden import asked
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def dataset():
    return factories.Dataset(**full_dataset(owner_org=factories.Organization()["id"]))


def addresses(app):
    """Every address that takes a part, with NUL in each."""
    for rule in app.flask_app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments and not rule.rule.startswith(("/static", "/webassets", "/api")):
            made = rule.rule
            for name in rule.arguments:
                made = made.replace(f"<{name}>", "a%00b").replace(f"<path:{name}>", "a%00b")
            if "<" not in made and "%00" in made:
                yield made


def test_no_route_takes_nul_in_its_path(app):
    found = sorted(set(addresses(app)))
    assert len(found) > 80 and {"/minta-data/a%00b", "/organization/a%00b", "/user/a%00b"} <= set(found)
    assert {address: app.get(address).status_code for address in found} == dict.fromkeys(found, 404)


def test_the_page_says_so_in_the_language_of_the_address(app):
    assert "Halaman tidak ditemukan" in app.get("/permohonan/lacak/a%00b", status=404).body


@pytest.mark.parametrize("path", ["/user/login?came_from=a%00b", "/laporan?bulan=%00", "/organization/?q=%00"])
def test_nul_in_a_query_is_refused_in_words(app, path):
    assert "karakter yang tidak dapat dibaca" in app.get(path, status=400).body


def test_a_search_page_reads_past_it(app):
    assert app.get("/dataset/?q=data%00", status=200)


@pytest.mark.parametrize("ending", ["foo", "html", "json", "trig"])
def test_an_ending_that_no_format_has_is_no_page(app, ending):
    data = dataset() if ending == "foo" else {"name": "apa"}
    for path in (f"/catalog.{ending}", f"/dataset/{data['name']}.{ending}"):
        assert app.get(path).status_code == 404, path


@pytest.mark.parametrize("action", ["dcat_catalog_show", "dcat_catalog_search", "dcat_dataset_show"])
@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({"format": "KAN"}, "ttl"),
        ({"format": ["x"]}, "ttl"),
        ({"profiles": ["x"]}, "Profil"),
        ({"profiles": 7}, "Profil"),
    ],
)
def test_a_format_or_profile_that_is_not_known_is_named(app, action, sent, word):
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    answer = app.post(f"/api/3/action/{action}", json={"id": dataset()["id"], **sent}, headers=token)
    assert answer.status_code == 409 and word in str(answer.json["error"][next(iter(sent))])


@pytest.mark.parametrize(
    ("action", "sent", "field"),
    [
        ("group_autocomplete", {}, "q"),
        ("organization_autocomplete", {}, "q"),
        ("user_show", {"id": {"id": {}}}, "id"),
        ("user_list", {"q": "\0"}, "q"),
        ("organization_list", {"q": []}, "q"),
        ("organization_list", {"limit": 10**30}, "limit"),
        ("package_search", {"rows": []}, "rows"),
        ("package_search", {"q": "\ud800"}, "q"),
        ("tag_list", {"query": "a\0b"}, "query"),
        ("package_autocomplete", {"q": {"a": 1}}, "q"),
        ("tag_search", {"query": [None]}, "query"),
        ("tag_autocomplete", {"query": "a", "fields": "x"}, "fields"),
        ("resource_search", {"query": True}, "query"),
        ("group_list", {"groups": True}, "groups"),
        ("organization_list", {"organizations": {"a": 1}}, "organizations"),
        ("group_list", {"all_fields": "mungkin"}, "all_fields"),
        ("help_show", {"name": ["a"]}, "name"),
    ],
)
def test_what_an_action_of_ckan_cannot_read_is_refused_by_name(app, action, sent, field):
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    answer = app.post(f"/api/3/action/{action}", json=sent, headers=token)
    assert answer.status_code == 409 and field in answer.json["error"]


def test_nul_in_a_form_of_ckan_is_refused_in_words(app):
    form = {"login": "a\0b", "password": "x"}
    assert "karakter yang tidak dapat dibaca" in app.post("/user/login", params=form, status=400).body


def test_a_body_nested_too_deeply_is_refused(app):
    answer = app.post("/api/3/action/package_search", data="[" * 100_000, content_type="application/json")
    assert answer.status_code == 400 and "terlalu dalam" in str(answer.json["error"])


def test_what_can_be_read_still_is(app):
    ask = {"q": 2024, "rows": "1", "start": 0, "facet.field": ["tags"], "fq": None}
    assert app.post("/api/3/action/package_search", json=ask).json["success"]
    assert app.get("/api/3/action/organization_autocomplete?q=dinas").json["result"] == []
    assert app.get("/api/3/action/status_show").json["success"]
    assert app.get("/api/3/action/package_search?rows=&start=").json["success"]
    assert app.get("/api/3/action/organization_list?limit=&offset=").json["success"]
    assert asked.looked_at("datastore_search", {"sort": ["a", "b"]}) == {"sort": ["a", "b"]}
    assert app.post("/api/3/action/resource_search", json={"query": ["name:a", "format:b"]}).json["success"]
    assert app.post("/api/3/action/group_list", json={"groups": ["a"], "all_fields": "true"}).json["success"]


@pytest.mark.parametrize("path", ["/organization/", "/group/", "/user/"])
@pytest.mark.parametrize("page", ["x", "0", "-1", "9" * 30, ""])
def test_a_page_that_no_list_has_leads_to_the_first(app, path, page):
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    answer = app.get(f"{path}?q=dinas&page={page}", headers=token, follow_redirects=False)
    assert answer.status_code == 302 and answer.headers["Location"].endswith(f"{path}?q=dinas")
    assert app.get(f"{path}?q=dinas&page=1", headers=token).status_code == 200


def test_a_day_that_no_calendar_has(app):
    token = {"Authorization": factories.UserWithToken()["token"]}
    assert app.get("/dashboard/?after=99999-01-01", headers=token).status_code == 400
