"""Counts, facets, orders, prefixes and whole pages tell nothing of what is hidden; nor does a real client's traffic."""

from __future__ import annotations

import http.client
import json
import threading
from itertools import islice

import ckan.model as model
import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from ckanext.satudata.model.download import Download
from ckanext.satudata.tests.access.matrix import oracles, reading
from ckanext.satudata.tests.access.matrix.calls import Caller
from ckanext.satudata.tests.access.matrix.canaries import WORD

pytestmark = [pytest.mark.both_engines, pytest.mark.timeout(1200)]

NEVER = "zqkppppx"
"""A word that was planted nowhere."""
GUESSES = (
    ("package_search", lambda word: {"q": word}),
    ("package_search", lambda word: {"fq": f"text:{word} OR name:*{word}* OR res_url:*{word}*"}),
    ("package_search", lambda word: {"fq": f"tags:{word} OR res_format:{word.upper()}", "facet.field": ["tags"]}),
    ("package_autocomplete", lambda word: {"q": word}),
    ("dcat_catalog_search", lambda word: {"q": word}),
    ("resource_search", lambda word: {"query": [f"name:{word}"]}),
    ("resource_search", lambda word: {"query": [f"url:{word}"]}),
    ("tag_autocomplete", lambda word: {"q": word[:7]}),
    ("format_autocomplete", lambda word: {"q": word}),
    ("user_autocomplete", lambda word: {"q": word}),
    ("user_list", lambda word: {"q": word}),
    ("organization_autocomplete", lambda word: {"q": word}),
)


def test_numbers_lists_and_pages_are_those_of_a_portal_without_what_is_hidden(house, at, tally):
    # What the other tests of this house downloaded of the public dataset is counted rightly, and who may call himself
    # otherwise did so.
    model.Session.execute(sa.delete(Download).where(Download.resource_id.in_(at.public["resource"])))
    for person in filter(None, at.people.values()):
        model.User.get(person["id"]).fullname = person["fullname"]
    model.Session.commit()
    now = oracles.seen(at, house, tally)
    assert len(at.before) == len(now) > 300
    told = [f"{call}: {oracles.where(at.before[call], text)}" for call, text in now.items() if text != at.before[call]]
    assert not told, f"{len(told)} answers changed:\n" + "\n".join(told)


@pytest.mark.parametrize("who", ["visitor", pytest.param("other agency", marks=pytest.mark.long)])
def test_no_guess_is_confirmed(house, at, tally, who):
    caller, told = Caller(at, house, who, tally), []
    words = [one for one in at.book.canaries.values() if WORD.fullmatch(one.text) and who not in one.may]
    # Every field of two hidden datasets, and a share of all else.
    asked = [one for one in words if one.where.startswith(("closed:", "withdrawn:"))]
    asked += list(islice((one for one in words if one not in asked), who == "visitor", None, 9))
    for name, question in GUESSES:
        none = _told(caller.action(name, question(NEVER)), NEVER)
        for one in asked:
            said = _told(caller.action(name, question(one.text)), one.text)
            if said != none:
                told.append(f"{name} {question(one.text)}: {one.where}: {said[1][:600]}")
    assert not told, "\n".join(told[:40])
    assert len(asked) > 100


def _told(answer, word):
    text = reading.same(answer.body.decode(errors="replace"), word)
    return answer.status, text.replace(word[:7], "X").replace(word.upper(), "X")


@pytest.fixture
def server(house, at):
    """The same application behind a real socket; its port."""
    made = make_server("127.0.0.1", 0, house.app, threaded=False)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made.server_port
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_harvester_fetches_nothing_hidden(server, at, tally):
    from ckanext.harvest.harvesters import CKANHarvester

    client = CKANHarvester()
    client._set_config(json.dumps({"api_key": at.people["harvester"]["token"]}))
    fetched = client._search_for_datasets(f"http://127.0.0.1:{server}", None)
    assert {one["id"] for one in fetched} == set(at.public["dataset"])
    assert not {at.book.canaries[one].where for one in at.book.found(json.dumps(fetched))}


def test_the_bytes_on_the_wire_hold_nothing_hidden(server, at, tally):
    connection, leaks = http.client.HTTPConnection("127.0.0.1", server, timeout=60), []
    hidden, limited = at.datasets["closed"], at.datasets["limited"]
    paths = ["/", "/dataset/", "/catalog.ttl", "/feeds/dataset.atom", "/api/3/action/package_search?rows=100"]
    for made in (hidden, limited, at.datasets["withdrawn"], at.datasets["shut"]):
        rid = made["resources"][0]["id"]
        base = f"/dataset/{made['id']}"
        paths += [base, f"{base}.jsonld", f"{base}/resource/{rid}", f"{base}/resource/{rid}/download/x.csv"]
        paths += [f"/api/action/resource_show?id={rid}", f"/minta-data/{rid}", f"/datastore/dump/{rid}"]
    for path in paths:
        for method, headers in (("GET", {"Accept-Encoding": "gzip"}), ("HEAD", {}), ("GET", {"Range": "bytes=0-"})):
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            tally.requests += 1
            text = reading.texts(str(answer.getheaders()), answer.read())
            found = at.book.found(text) - at.book.found(path)
            leaks += [f"{method} {path}: {at.book.canaries[one].where}" for one in found]
    connection.close()
    assert not leaks, "\n".join(leaks)
