"""What the engine must never do: show what the labels do not admit, or touch the caller's transaction."""

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.search import SearchIndexError, clear_all
from ckan.lib.search.common import SearchError, SearchQueryError
from ckan.lib.search.query import PackageSearchQuery
from ckan.tests import factories, helpers

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search.client import NO_TABLE, Client

TABLE = SearchDocument.__table__
pytestmark = pytest.mark.usefixtures("with_plugins", "empty")


def _document(number, label="public", **more):
    return {
        "index_id": f"rule-{number}",
        "id": f"rule-{number}",
        "site_id": "rules",
        "title": "Roads",
        "permission_labels": [label],
        "tags": [f"tag-{label}"],
        **more,
    }


@pytest.fixture
def empty(with_plugins):
    """An index without any document, of whatever site."""
    model.Session.rollback()
    Client().delete(q="*:*")
    yield
    model.Session.rollback()
    Client().delete(q="*:*")


@pytest.fixture
def two_labels():
    client = Client()
    client.add([_document(1), _document(2, "member-a", notes="secret")])
    return client


LABELS = '+permission_labels:("public")'
PRYING = [
    {"q": "*:*"},
    {"q": "secret OR *:*"},
    {"q": "roads", "defType": "dismax", "qf": "title", "mm": "1"},
    {"q": "-nothing"},
    {"q": '*:* OR permission_labels:"member-a"'},
    {"q": "*:*", "fq": ['+permission_labels:("member-a") OR *:*']},
    {"q": "*:*", "facet.mincount": 0},
    {"q": "*:*", "facet.mincount": 0, "facet.limit": -1},
    {"q": 'title:"--" OR *:*'},
    {"q": "+title:\\-\\- +*:*"},
]


@pytest.mark.parametrize("params", PRYING, ids=lambda params: str(params)[:60])
def test_neither_rows_nor_counts_nor_facet_values_of_what_labels_hide(two_labels, params):
    params = {"facet": "true", "facet.field": ["tags", "title"], "fl": "*", **params}
    params["fq"] = [*params.get("fq", []), LABELS]
    found = two_labels.search(**params)
    assert found.hits <= 1
    assert "rule-2" not in str(found.docs)
    assert "member-a" not in str(found.facets) and "member-a" not in str(found.docs)


def test_without_the_label_filter_both_are_there(two_labels):
    assert two_labels.search("*:*", fq="+site_id:rules").hits == 2


@pytest.mark.parametrize("name", ["permission_labels", "validated_data_dict"])
def test_who_may_see_what_is_not_counted(two_labels, name):
    with pytest.raises(SearchQueryError):
        two_labels.search("*:*", facet="true", **{"facet.field": [name]})


def test_labels_are_not_given_back(two_labels):
    assert "permission_labels" not in two_labels.search("*:*", fl="*,permission_labels").docs[0]


@pytest.mark.parametrize(
    ("asked", "given"),
    [("id", {"id"}), ("title,id,xyz", {"id", "title"}), ("ta*", {"tags"}), ("id,ta*", {"id", "tags"})],
)
def test_the_fields_asked_for_are_given(two_labels, asked, given):
    assert set(two_labels.search("*:*", fq="+site_id:rules", fl=asked).docs[0]) == given


def test_a_kept_count_is_not_given_to_someone_with_other_labels(two_labels):
    asked = {"facet": "true", "facet.field": ["tags"]}
    wide = two_labels.search("*:*", fq=['+permission_labels:("public" OR "member-a")'], **asked)
    narrow = two_labels.search("*:*", fq=[LABELS], **asked)
    assert (wide.hits, narrow.hits) == (2, 1)


def test_a_kept_count_ends_with_the_index_it_was_made_of(two_labels):
    def ask():
        return two_labels.search("*:*", fq="+site_id:rules").hits

    assert ask() == ask() == 2
    two_labels.add([_document(3)])
    assert ask() == 3
    two_labels.delete(id="rule-3")
    assert ask() == 2
    model.Session.rollback()


@pytest.mark.parametrize(
    "params",
    [
        {"q": "roads~"},
        {"q": "/r.*s/"},
        {"q": "roads", "bf": "x"},
        {"q": '"a b c"~3'},
        {"q": "*:*", "sort": "tags asc"},
        {"q": "*:*", "sort": "random() asc"},
        {"q": "*:*", "sort": "metadata_modified"},
        {"q": "*:*", "rows": "x"},
        {"q": "metadata_modified:[yesterday TO *]"},
        {"q": "a", "defType": "func"},
        {"q": "{!knn f=x}[1]"},
        {"q": "data_dict:x"},
        {"q": "*:*", "hl": "true"},
        {"q": "bad'name:x"},
    ],
    ids=str,
)
def test_what_is_not_served_is_refused_with_a_reason(params):
    with pytest.raises(SearchQueryError) as refused:
        Client().search(**params)
    assert len(str(refused.value)) > 10


@pytest.mark.parametrize("value", ["'; drop table package; -", "%s", "a\\'b", "\\", "x' & 'y", ":param", '""""'])
@pytest.mark.parametrize("field", ["title", "tags", "title_ngram"])
def test_text_is_only_ever_text(field, value):
    Client().add([_document(1)])
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert Client().search(f'{field}:"{quoted}"').hits == 0
    assert Client().search(value, defType="dismax", qf="title tags text", mm="100%").hits in (0, 1)


@pytest.mark.usefixtures("clean_db")
def test_a_refused_search_leaves_the_transaction_usable():
    factories.Dataset(title="before")
    model.Session.execute(sa.text("update package set title = 'changed'"))
    with pytest.raises(SearchQueryError):
        Client().search("*:*", sort="views_total asc", fq="views_total:[a TO b]")
    assert model.Session.execute(sa.text("select title from package")).scalar() == "changed"
    model.Session.rollback()


def _seen_from_outside() -> int:
    with model.meta.engine.connect() as other:
        return other.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar()


def test_what_is_indexed_within_a_transaction_falls_with_it():
    model.Session.execute(sa.text("create temporary table pending (n int) on commit drop"))
    Client().add([_document(1)], commit=True)
    Client().commit()
    assert Client().search("*:*").hits == 1 and _seen_from_outside() == 0
    model.Session.rollback()
    assert Client().search("*:*").hits == 0


def test_what_is_indexed_alone_stays():
    model.Session.rollback()
    Client().add([_document(1)], commit=True)
    model.Session.rollback()
    assert _seen_from_outside() == 1
    clear_all()
    Client().delete(q="+site_id:rules")
    model.Session.rollback()
    assert _seen_from_outside() == 0


@pytest.mark.usefixtures("clean_db")
def test_a_dataset_refused_at_commit_is_not_found(monkeypatch):
    class Refused(Exception):
        pass

    def refuse():
        model.Session.rollback()
        raise Refused

    with monkeypatch.context() as patched, pytest.raises(Refused):
        patched.setattr(model.repo, "commit", refuse)
        factories.Dataset(title="Refused roads")
    assert Client().search("*:*").hits == 0


@pytest.mark.usefixtures("clean_db")
def test_package_show_is_served_from_the_index():
    dataset = factories.Dataset(title="Kept")
    model.Session.execute(
        sa.update(TABLE).values(validated_data_dict=sa.func.replace(TABLE.c.validated_data_dict, "Kept", "Served"))
    )
    assert helpers.call_action("package_show", id=dataset["name"])["title"] == "Served"
    model.Session.rollback()


def test_a_missing_table_is_said_with_the_command():
    model.Session.execute(sa.text("alter table satudata_search_document rename to elsewhere"))
    try:
        with pytest.raises(SearchError, match="ckan db upgrade -p satudata"):
            PackageSearchQuery().run({"q": "*:*"})
        with pytest.raises(SearchIndexError, match="ckan db upgrade -p satudata"):
            Client().add([_document(1)])
        assert "upgrade" in NO_TABLE
    finally:
        model.Session.rollback()


@pytest.mark.ckan_config("ckanext.satudata.search.language", "indonesian")
@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("pendidikan", "Didik"),
        ("didik", "Pendidikan"),
        ("sekolah-sekolah", "Sekolah"),
        ("cafe", "Café"),
        ("PETA", "peta"),
    ],
)
def test_indonesian_words_are_found_by_their_stem(asked, title):
    Client().add([_document(1, title=title)])
    assert Client().search(asked, defType="dismax", qf="title^4 text", mm="100%").hits == 1


@pytest.mark.usefixtures("clean_db")
def test_a_title_counts_more_than_a_description():
    factories.Dataset(name="second", title="Other", notes="roads roads roads")
    factories.Dataset(name="first", title="Roads")
    found = helpers.call_action("package_search", q="roads", sort="score desc")
    assert [dataset["name"] for dataset in found["results"]] == ["first", "second"]


def test_filters_given_as_a_list_hold():
    kept, left_out = factories.Dataset(title="Jalan"), factories.Dataset(title="Jembatan")
    found = helpers.call_action("package_search", fq_list=["title:Jalan", "-dataset_type:harvest"])
    assert [row["id"] for row in found["results"]] == [kept["id"]] and left_out["id"] != kept["id"]
