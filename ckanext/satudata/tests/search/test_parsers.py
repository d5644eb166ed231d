"""edismax, dismax and each query parser that a local parameter may name, on a few documents; the answers are Solr's."""

from __future__ import annotations

import pytest
from ckan.lib.search.common import SearchError, SearchQueryError
from ckan.tests import helpers

from ckanext.satudata.search.client import Client
from ckanext.satudata.tests.search.test_rules import empty  # noqa: F401

SITE = "parsers"
ALL = "lucene dismax edismax bool term terms prefix field"
pytestmark = pytest.mark.usefixtures("with_plugins", "filled", "allowed")


def _document(number, title, notes, tags, day, **more):
    name = title.lower().replace(" ", "-")
    return {
        "index_id": f"{SITE}-{number}", "id": str(number), "site_id": SITE, "entity_type": "package", "name": name,
        "title": title, "notes": notes, "tags": tags, "state": "active", "capacity": "public",
        "permission_labels": ["public"], "metadata_modified": f"2024-01-{day:02}T00:00:00Z",
        "metadata_created": "2024-01-01T00:00:00Z", **more,
    }  # fmt: skip


DOCUMENTS = [
    _document(1, "Roads of the town", "Length of paved streets", ["Road map", "works"], 1, organization="public-works"),
    _document(2, "Rivers", "Water quality along roads", ["water"], 2, organization="environment"),
    _document(3, "Schools", "Pupils and teachers of the town", ["roads"], 3, organization="education"),
    _document(4, "Town roads and rivers", "Nothing to say", ["works", "water"], 4, organization="public-works"),
    _document(5, "Markets", "Prices of rice, daily", ["a;b", "x,y"], 5, organization="trade"),
]


@pytest.fixture
def allowed(request, ckan_config, monkeypatch):
    """The query parsers that the configuration names."""
    names = getattr(request, "param", ALL)
    monkeypatch.setitem(ckan_config, "ckan.search.solr_allowed_query_parsers", names.split())


@pytest.fixture
def filled(empty):  # noqa: F811
    Client().add(DOCUMENTS)


def ask(engine, q, **params):
    """The ids, sorted; in the order of the answer where `sort` is given."""
    found = engine.search(q, fq=[*params.pop("fq", []), f"+site_id:{SITE}"], fl="id", rows=20, **params)
    ids = [int(document["id"]) for document in found.docs]
    return ids if "sort" in params else sorted(ids)


LOCAL = [
    ("{!lucene}title:roads", [1, 4]),
    ("{!lucene df=title}roads town", [1, 4]),
    ("{!lucene df=notes q.op=AND}quality roads", [2]),
    ("{!lucene df=title v='rivers'}", [2, 4]),
    ("{!type=lucene df=title}schools", [3]),
    ("{!dismax qf=title}roads -town", []),
    ('{!dismax qf="title notes" mm=100%}town teachers', [3]),
    ("{!dismax qf=tags}water", [2, 4]),
    ("{!edismax qf=title}roads AND rivers", [4]),
    ('{!edismax qf="title notes"}notes:roads OR schools', [2, 3]),
    ("{!bool must=title:roads must_not=tags:water}", [1]),
    ("{!bool should=title:markets should=title:schools}", [3, 5]),
    ("{!bool filter=tags:works must=title:town}", [1, 4]),
    ("{!term f=tags}Road map", [1]),
    ("{!term f=tags}road map", []),
    ("{!term f=organization}public-works", [1, 4]),
    ("{!terms f=tags}water,roads", [2, 3, 4]),
    ("{!terms f=tags separator=';'}x,y;Road map", [1, 5]),
    ("{!terms f=id}1,5,9", [1, 5]),
    ("{!prefix f=tags}wat", [2, 4]),
    ("{!prefix f=organization}public", [1, 4]),
    ("{!field f=tags}Road map", [1]),
    ("{!field f=title}rivers", [2, 4]),
    ("{!field f=title}town roads", [4]),
    ("{!field f=organization}education", [3]),
]

DISMAX = {"qf": "name^4 title^4 tags^2 groups^2 text", "tie": "0.1", "mm": "2<-1 5<80%"}
WRITTEN = [
    ("roads", {}, [1, 2, 3, 4]),
    ("roads rivers", {}, [2, 4]),
    ("roads rivers", {"mm": "1"}, [1, 2, 3, 4]),
    ("roads rivers", {"mm": "100%"}, [2, 4]),
    ("roads rivers", {"q.op": "AND", "mm": None}, [2, 4]),
    ("roads rivers", {"q.op": "OR", "mm": None}, [1, 2, 3, 4]),
    ("+roads -rivers", {}, [1, 3]),
    ('"town roads"', {}, [4]),
    ('"roads town"', {}, []),
    ("roads", {"qf": "title"}, [1, 4]),
    ("roads", {"qf": "title notes"}, [1, 2, 4]),
    ("roads NOT rivers", {}, [1, 3]),
    ("roads AND rivers", {}, [2, 4]),
    ("schools OR markets", {}, []),
    ("schools OR markets", {"mm": "1"}, [3, 5]),
]
EXTENDED = [
    ("title:roads", {}, [1, 4]),
    ("title:roads AND tags:water", {}, [4]),
    ("(schools OR markets) AND title:schools", {}, [3]),
    ("tags:wat*", {}, [2, 4]),
    ("roads (", {}, [1, 2, 3, 4]),
    ('roads "', {}, [1, 2, 3, 4]),
    ("roads:", {}, [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("q", "expected"), LOCAL)
def test_a_local_parameter_in_the_query_and_in_a_filter(q, expected):
    assert ask(Client(), q) == expected
    assert ask(Client(), "*:*", fq=[q]) == expected


@pytest.mark.parametrize("parser", ["dismax", "edismax"])
@pytest.mark.parametrize(("q", "params", "expected"), WRITTEN)
def test_words_as_people_write_them(parser, q, params, expected):
    assert ask(Client(), q, defType=parser, **{**DISMAX, **params}) == expected


@pytest.mark.parametrize(("q", "params", "expected"), EXTENDED)
def test_edismax_reads_fields_and_brackets_and_never_fails_on_text(q, params, expected):
    assert ask(Client(), q, defType="edismax", **{**DISMAX, **params}) == expected


def test_weights_and_tie_order_the_answer():
    def order(**more):
        return ask(Client(), "roads", defType="edismax", **{**DISMAX, "sort": "score desc, id asc", **more})

    assert order(qf="title^10 notes tags") == [1, 4, 2, 3]
    assert order(qf="title notes^10 tags")[0] == 2
    assert order(qf="title notes tags^10")[0] == 3


REFUSED = [
    ("{!term}x", "needs f"),
    ("{!prefix}x", "needs f"),
    ("{!terms f=tags", "bracket"),
    ("{!term f='tags}x", "quotation mark"),
    ("{!term f=$x}y", "name"),
    ("{!=x}y", "parse"),
    ("{!func}x", "not allowed"),
    ("{!knn f=v}[1]", "not allowed"),
    ("{!raw f=tags}x", "not allowed"),
    ("{!bool must=a boost=2}", "boost"),
    ("{!lucene}roads~", "~|similar|[Ff]uzzy"),
    ("{!dismax qf=title^x}roads", "qf"),
    ("{!dismax tie=x}roads", "tie"),
    ("{!term f=data_dict}x", "kept"),
]


@pytest.mark.parametrize(("q", "reason"), REFUSED)
def test_what_is_not_served_says_why(q, reason):
    with pytest.raises(SearchQueryError, match=reason):
        ask(Client(), q)
    with pytest.raises(SearchQueryError, match=reason):
        ask(Client(), "*:*", fq=[q])


@pytest.mark.parametrize("allowed", ["func knn frange"], indirect=True)
@pytest.mark.parametrize("q", ["{!func}x", "{!knn f=v}[1]", "{!frange l=1}x"])
def test_what_is_allowed_but_not_served_is_refused(q):
    with pytest.raises(SearchQueryError, match="not served without Solr"):
        ask(Client(), q)


@pytest.mark.parametrize("allowed", [""], indirect=True)
@pytest.mark.parametrize("parser", ALL.split())
def test_none_is_allowed_unless_the_configuration_names_it(parser):
    q = f"{{!{parser} f=tags}}water"
    with pytest.raises(SearchQueryError, match="not allowed"):
        ask(Client(), q)
    for params in ({"q": q}, {"fq": q}, {"fq_list": [q]}):
        with pytest.raises(SearchError):
            helpers.call_action("package_search", **params)


LONG = [
    ('"' + "road " * 300 + '"', {}),
    ('"' + "road " * 300 + '"', {"defType": "dismax", "qf": "text"}),
    (" ".join(f'"{i} {"road " * 9}"' for i in range(150)), {}),
    ("title:" + "a1" * 600, {}),
    (" ".join(f"a{i}" for i in range(1_100)), {}),
    (" OR ".join(["name:a"] * 1_100), {}),
    (" ".join(["road"] * 1_100), {"defType": "edismax", "qf": "title text"}),
]


@pytest.mark.parametrize(("q", "params"), LONG, ids=range(len(LONG)))
def test_more_words_than_solr_reads_are_refused(q, params):
    """What a long phrase of equal words costs grows with the square of its length."""
    with pytest.raises(SearchQueryError, match="more than"):
        ask(Client(), q, **params)


def test_as_many_as_solr_reads_are_served():
    assert ask(Client(), " OR ".join(["title:nothing"] * 1_000 + ["title:rivers"])) == [2, 4]
    assert ask(Client(), '"' + "road " * 200 + '"') == []
