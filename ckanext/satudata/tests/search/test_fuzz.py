"""Whatever is typed: rows the labels admit or a refusal with its reason, and the transaction goes on."""

from __future__ import annotations

import random

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.search.common import SearchError

from ckanext.satudata.search.client import Client
from ckanext.satudata.tests.search import corpus
from ckanext.satudata.tests.search.test_rules import empty  # noqa: F401

PIECES = [
    *'():"[]{}*?~^+-!&|/\\ \t', "AND", "OR", "NOT", "TO", "&&", "||", "{!", "}", "{!term f=tags}", "{!bool must=",
    "v='", "$q", "*:*", "title:", "tags:", "_query_:", "metadata_modified:", "permission_labels:", "data_dict:",
    "NOW-7DAYS/DAY", "2020-01-01T00:00:00Z", "1e400", "-1", "\x00", "\ud800", "é", "資料", "😀", "''", "%s", ":x", "--",
    "x" * 300, "member-a", "public", *corpus.WORDS[:12], *corpus.TAGS,
]  # fmt: skip
SORTS = ["", "score desc", "id asc", "metadata_modified desc, id asc", "title_string desc", "tags asc", "x y z", "a,,"]
LABELS = '+permission_labels:("public")'
pytestmark = pytest.mark.usefixtures("with_plugins", "filled")


@pytest.fixture
def filled(empty):  # noqa: F811
    Client().add(corpus.documents(40))


def asked(chance: random.Random) -> dict:
    def text() -> str:
        return chance.choice(["", " "]).join(chance.choices(PIECES, k=chance.randint(1, 9)))

    return {
        "q": text(),
        "fq": [*(text() for _ in range(chance.randint(0, 2))), LABELS],
        "defType": chance.choice(["lucene", "dismax", "edismax", None]),
        "qf": chance.choice(["title^4 tags text", "title_ngram name_ngram", "notes^0.5", "x y"]),
        "mm": chance.choice(["1", "100%", "2<-1 5<80%", "-1", "x"]),
        "tie": chance.choice(["0", "0.1", "1"]),
        "sort": chance.choice(SORTS),
        "q.op": chance.choice(["AND", "OR"]),
        "fl": chance.choice(["*", "id,score"]),
        "facet": "true",
        "facet.field": ["tags", "organization"],
        "facet.mincount": chance.choice([0, 1]),
    }


def tried(seed: int) -> bool:
    """Whether the search was answered; every other outcome but a refusal fails."""
    params = asked(random.Random(seed))
    try:
        found = Client().search(**params)
    except SearchError as refusal:
        assert len(str(refusal)) > 5, params
        return False
    finally:
        assert model.Session.scalar(sa.text("select 1")) == 1, params
    hidden = {one["id"] for one in corpus.documents(40) if one["permission_labels"] != ["public"]}
    assert not hidden & {document["id"] for document in found.docs}, params
    assert found.hits <= 40 - len(hidden) and "member-" not in str(found.facets), params
    return True


ALLOWED = pytest.mark.ckan_config(
    "ckan.search.solr_allowed_query_parsers", "lucene dismax edismax bool term terms prefix field"
)


@ALLOWED
def test_some_texts():
    answered = sum(tried(seed) for seed in range(120))
    assert 10 < answered < 110


@ALLOWED
@pytest.mark.long
def test_very_many_texts():
    first = random.SystemRandom().randrange(1 << 40)
    for seed in range(first, first + 6000):
        try:
            tried(seed)
        except Exception as fault:
            raise AssertionError(f"seed {seed}") from fault
