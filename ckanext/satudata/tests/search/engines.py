"""Filling and asking either engine; `python -m ckanext.satudata.tests.search.engines` records Solr's answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pysolr
from ckan.lib.search.common import SearchError

from ckanext.satudata.tests.search import corpus

RECORDED = Path(__file__).with_name("recorded.json")


def fill(client) -> None:
    """The corpus and nothing else of its site."""
    client.delete(q=f'+site_id:"{corpus.SITE}"')
    client.commit()
    client.add(docs=corpus.documents(), commit=True)


def answer(client, query: dict) -> dict:
    """What is compared: how many, which in which order, and the facets; or that the query is refused."""
    try:
        found = client.search(**query)
    except (pysolr.SolrError, SearchError):
        return {"refused": True, "count": 0}
    facets = found.facets["facet_fields"]
    return {
        "count": found.hits,
        "ids": [document["id"] for document in found.docs],
        "facets": {name: dict(zip(facets[name][::2], facets[name][1::2], strict=True)) for name in corpus.FACETS},
    }


def solr():
    """A client of the real Solr that `make solr` started, or None."""
    url = os.environ.get("TEST_SOLR_URL")
    return pysolr.Solr(url, always_commit=True) if url else None


if __name__ == "__main__":
    engine = solr()
    fill(engine)
    answers = [answer(engine, query) for query in corpus.queries()]
    RECORDED.write_text(json.dumps(answers, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
