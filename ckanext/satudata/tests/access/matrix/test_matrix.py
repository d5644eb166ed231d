"""Nobody who may not know finds a planted word by any action or route; whoever may finds each."""

from __future__ import annotations

import json

import ckan.logic as logic
import pytest

from ckanext.satudata.tests.access.matrix import actions, reading, routes
from ckanext.satudata.tests.access.matrix.calls import INSIDERS, OUTSIDERS, WAYS, Caller, expand, unknown
from ckanext.satudata.tests.access.matrix.canaries import NOBODY

WHERE = "ckanext/satudata/tests/access/matrix"
HIDDEN = {"dataset", "wanted", "resource", "view", "activity", "tag"}
"""Kinds of which even the existence is hidden: they answer like an id that nobody gave."""


def test_every_action_has_arguments(house):
    registered = set(logic._actions) | ({"package_show"} if not logic._actions else set())
    logic.get_action("package_show")
    registered = set(logic._actions)
    missing, gone = registered - set(actions.ARGUMENTS), set(actions.ARGUMENTS) - registered
    assert not missing, f"Say in {WHERE}/actions.py with what these actions are called: {sorted(missing)}"
    assert not gone, f"Take these actions, which are no more, out of {WHERE}/actions.py: {sorted(gone)}"


def test_every_route_has_arguments(house):
    missing = routes.unanswered(house)
    assert not missing, f"Say in {WHERE}/routes.py (VALUES) with what these routes are called: {missing}"


def _leaks(caller, answer, asked, call):
    return [
        f"{caller.who}: {call}: {caller.at.book.canaries[one].where} ({one})" for one in sorted(caller.told(answer, asked))
    ]


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_action_tells(house, at, tally, who):
    caller, leaks, differences = Caller(at, house, who, tally), [], []
    for name, sets in actions.ARGUMENTS.items():
        calls = 0
        for number, template in enumerate(sets):
            made_up = None
            for data, kind, instance in expand(at, template, caller.turn):
                # Hidden and made-up are asked the same way, so that their answers can be compared.
                ways = WAYS[number % 2 :: 2] if calls >= len(WAYS) else WAYS
                for way in ways if calls < len(WAYS) else ways[:1]:
                    calls += 1
                    answer = caller.action(name, data, way)
                    leaks += _leaks(caller, answer, json.dumps(data), f"{name} {data} {way}")
                if kind in HIDDEN and instance in at.hidden[kind]:
                    if made_up is None:
                        asked = unknown(at, template)
                        made_up = caller.action(name, asked, way)
                        made_up_text = _plain(made_up, routes.FOREIGN)
                    if _plain(answer, instance) != made_up_text:
                        differences.append((name, way, data, answer.body[:200], made_up.body[:200]))
    _judge(leaks, differences)


def _judge(leaks, differences):
    """One line for each canary and action or route."""
    assert not leaks, f"{len(leaks)} times:\n" + "\n".join({one.partition("(zqk")[0][:90] + one[-60:]: one for one in leaks}.values())[:20000]
    assert not differences, f"{len(differences)} answers tell a hidden thing from none:\n" + "\n".join(map(str, differences[:40]))


def _plain(answer, asked):
    return answer.status, reading.same(answer.body.decode(errors="replace"), asked)


VARIANTS = (
    ("GET", {"HX-Request": "true", "HX-Target": "main"}),
    ("HEAD", {}),
    ("GET", {"Range": "bytes=0-4095"}),
    ("GET", {"Accept": "text/turtle"}),
    ("GET", {"Accept": "application/ld+json", "Accept-Encoding": "gzip"}),
)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_route_tells(house, at, tally, who):
    caller, leaks, differences, turn = Caller(at, house, who, tally), [], [], 0
    for endpoint, template in routes.templates(house):
        tally.routes.add(template)
        made_up = None
        for number, (path, kind, instance) in enumerate(routes.addresses(at, template, caller.turn)):
            answer = caller.ask(path)
            leaks += _leaks(caller, answer, path, path)
            if number == 0:
                method, headers = VARIANTS[turn % len(VARIANTS)]
                turn += 1
                leaks += _leaks(caller, caller.ask(path, method, headers), path, f"{method} {path} {headers}")
            if kind in HIDDEN and instance in at.hidden[kind]:
                if made_up is None:
                    made_up = caller.ask(routes.unknown(at, template, kind, instance))
                one, other = (_page(each, at, instance) for each in (answer, made_up))
                if one != other:
                    differences.append((endpoint, path, answer.status, made_up.status, len(one[1]), len(other[1])))
    _judge(leaks, differences)


def _page(answer, at, instance):
    text = answer.body.decode(errors="replace")
    for one in (instance, at.owners.get(instance), routes.FOREIGN):
        if one:
            text = reading.same(text, one)
    return answer.status, text


@pytest.mark.parametrize("who", INSIDERS)
def test_who_may_finds_it(house, at, tally, who):
    caller, found = Caller(at, house, who, tally), set()
    for name in sorted(actions.READS):
        for template in actions.ARGUMENTS[name]:
            for data, _kind, _instance in expand(at, template):
                answer = caller.action(name, data)
                found |= caller.told(answer, json.dumps(data))
                if answer.status == 200:
                    tally.reached.add(name)
    for endpoint, template in routes.templates(house):
        if endpoint in routes.DOES:
            continue
        for path, _kind, _instance in routes.addresses(at, template):
            answer = caller.ask(path)
            found |= caller.told(answer, path)
            if answer.status < 400:
                tally.reached.add(template)
    tally.found[who] = found
    missed = [one for one in at.book.canaries.values() if one.by == who and one.text not in found]
    assert not missed, f"{len(missed)} not found:\n" + "\n".join(f"{one.where} ({one.text})" for one in missed[:100])


def test_nothing_that_nobody_reads_was_read(at, tally):
    assert NOBODY
    read = set().union(*tally.found.values())
    wrong = [one.where for one in at.book.canaries.values() if one.by == NOBODY and one.text in read]
    print("NOBODY but read:", len(wrong), *wrong[:100], sep="\n")
    print(tally.requests, len(tally.actions), len(tally.routes), len(at.book.canaries))
    print("unreached:", sorted(set(actions.READS) - tally.reached), sorted(tally.routes - tally.reached))

