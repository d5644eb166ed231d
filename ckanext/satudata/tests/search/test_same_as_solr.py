"""The embedded engine answers 200 generated queries as Solr 9.10.1 does."""

import json

import pytest

from ckanext.satudata.search.client import Client
from ckanext.satudata.tests.search import corpus, engines


@pytest.fixture
def embedded(clean_index):
    client = Client()
    engines.fill(client)
    yield client
    client.delete(q=f'+site_id:"{corpus.SITE}"')


def _differences(embedded, expected) -> list[str]:
    found = []
    for query, wanted in zip(corpus.queries(), expected, strict=True):
        given = engines.answer(embedded, query)
        if given != wanted:
            parts = [name for name in wanted if given.get(name) != wanted[name]]
            found.append(f"{query['q']} | {query['fq'][1:]}: {parts} {given['count']} for {wanted['count']}")
    return found


def test_as_solr_answered_when_it_was_recorded(embedded):
    expected = json.loads(engines.RECORDED.read_text(encoding="utf-8"))
    assert sum(bool(one["count"]) for one in expected) > 100
    assert _differences(embedded, expected) == []


@pytest.mark.long
def test_as_solr_answers_now(embedded):
    solr = engines.solr()
    if solr is None:
        pytest.skip("run `make solr` first")
    engines.fill(solr)
    assert _differences(embedded, [engines.answer(solr, query) for query in corpus.queries()]) == []
