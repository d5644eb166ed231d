"""The search box answers whatever people type; the API keeps its refusals."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.shared.finding import search_pages
from ckanext.satudata.tests.look.places import settle

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
PAGES = ("/dataset/", "/organization/qx-dinas")
TOLD = "Kami mencari kata-kata apa adanya, tanpa tanda khusus: "


@pytest.fixture
def place():
    return settle()


def _page(app, path, **query):
    answer = app.get(path, query_string=query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.body, "html.parser").main


def _titles(main):
    return [link.get_text(strip=True) for link in main.select(".sd-result a")]


def test_what_the_engine_cannot_read_is_searched_as_plain_words(app, place):
    for typed, words in {
        "Qxcatatan: Qxterbuka": "Qxcatatan Qxterbuka",
        "([Qxterbuka: Qxcatatan": "Qxterbuka Qxcatatan",
        "Qxterbuka " * 300: " ".join(["Qxterbuka"] * 50),
    }.items():
        for path in PAGES:
            main = _page(app, path, q=typed)
            assert main.select_one("#field-q")["value"].strip() == typed.strip()
            assert _titles(main) == ["Qxterbuka"], (path, typed)
            assert TOLD + words in " ".join(main.get_text(" ").split())
    for typed in ("http://nusasari.go.id/x", "{!prefix f=name}Qxterbuka", "///", "{!x", '"', "~5", "?:!", "a:/b"):
        main = _page(app, "/dataset/", q=typed)
        assert main.select_one("#field-q")["value"] == typed and len(main.find_all("h1")) == 1


def test_what_the_engine_understands_stays_as_it_is(app, place):
    for typed in ("title:Qxterbuka", "title:Qxterb*", '"Qxcatatan"', "Qxterbuka -Qxterbatas"):
        main = _page(app, "/dataset/", q=typed)
        assert "Qxterbuka" in _titles(main) and TOLD not in main.get_text(), typed
    main = _page(app, "/dataset/", q="qx:tidakada")
    assert not _titles(main) and TOLD not in main.get_text() and main.select("a[href^='/permohonan/baru']")


def test_parts_of_an_address_that_no_page_offers_are_left_out(app, place):
    for odd in (
        {"sort": "evil"},
        {"sort": ","},
        {"sort": "permission_labels asc"},
        {"page": "abc"},
        {"page": "99999999999999999999999"},
        {"utm_source": "surel"},
        {"ev:il": "1"},
        {"organization": 'x" OR "1'},
    ):
        for path in PAGES:
            answer = app.get(path, query_string={"q": "Qxcatatan", **odd}, follow_redirects=False)
            assert (answer.status_code, answer.headers["Location"]) == (302, f"{path}?q=Qxcatatan"), odd
    assert sorted(_titles(_page(app, "/dataset/", q="Qxcatatan", sort="x"))) == ["Qxterbatas", "Qxterbuka"]


def test_an_address_of_our_own_is_left_as_it_is(app, place):
    for query in (
        "q=a+b&sort=score+desc%2C+metadata_modified+desc&page=1&_organization_limit=0",
        "tags=x&tags=y&vocab_format=CSV&access_level=terbuka&res_format=CSV&ext_x=1",
    ):
        assert app.get(f"/en/dataset/?{query}", follow_redirects=False).status_code == 200
    answer = app.get("/en/dataset/?sort=evil&q=a", follow_redirects=False)
    assert answer.headers["Location"] == "/en/dataset/?q=a"


def test_the_api_still_refuses(app, place):
    for query, reason in (
        ({"q": "http:/x/"}, "Pola (regular expression) tidak dilayani"),
        ({"q": "Qxterbuka " * 300}, "lebih dari 200 kata"),
        ({"sort": "evil"}, "sort berisi nama kolom"),
    ):
        answer = app.get("/api/3/action/package_search", query_string=query)
        assert answer.status_code == 400 and answer.json["success"] is False
        assert reason in answer.json["error"]["message"]


def test_plain_words():
    assert search_pages.plain('AND "COVID-19" (OR) x\\/y: a.b? Papua') == "and COVID-19 or x y a.b Papua"


def test_a_page_behind_the_last_one_leads_to_the_last_one(app, place):
    for path in PAGES:
        answer = app.get(f"{path}?q=Qxcatatan&page=99", follow_redirects=False)
        assert answer.status_code == 302 and answer.location.endswith(f"{path}?q=Qxcatatan&page=1")
        assert "Qxterbuka" in _titles(_page(app, path, q="Qxcatatan", page="99"))
    assert not _titles(_page(app, "/dataset/", q="tidakada", page="99"))
    assert app.get("/dataset/?page=1", follow_redirects=False).status_code == 200
