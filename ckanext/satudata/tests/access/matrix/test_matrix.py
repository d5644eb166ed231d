"""Nobody who may not know finds a planted word by any action or route; whoever may finds each."""

from __future__ import annotations

import itertools
import json

import ckan.logic as logic
import pytest

from ckanext.satudata.tests.access.matrix import actions, oracles, reading, routes
from ckanext.satudata.tests.access.matrix.calls import INSIDERS, OUTSIDERS, WAYS, Caller, expand, unknown
from ckanext.satudata.tests.access.matrix.canaries import SECRET

pytestmark = [pytest.mark.both_engines, pytest.mark.timeout(1200)]

WHERE = "ckanext/satudata/tests/access/matrix"
HIDDEN = {"dataset", "wanted", "resource", "view", "activity", "tag"}
"""Kinds of which even the existence is hidden: they answer like an id that nobody gave."""


def _marked(*long):
    """The outsiders; these of them, who differ in little from the others, in `make test-long`."""
    return [pytest.param(who, marks=pytest.mark.long) if who in long else who for who in OUTSIDERS]


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
        f"{caller.who}: {call}: {caller.at.book.canaries[one].where} ({one})"
        for one in sorted(caller.told(answer, asked))
    ]


@pytest.mark.parametrize("who", _marked(*OUTSIDERS[2:]))
def test_no_action_tells(house, at, tally, who):
    caller, leaks, differences = Caller(at, house, who, tally), [], {}
    for name, sets in actions.ARGUMENTS.items():
        ways = itertools.cycle(WAYS)
        for template in sets:
            made_up, main = None, next(ways)
            if name not in actions.READS:
                main = (main[0], "POST")
            for data, kind, instance in expand(at, template, caller.turn):
                answer = caller.action(name, data, main)
                leaks += _leaks(caller, answer, json.dumps(data), f"{name} {data} {main}")
                if kind not in HIDDEN or instance not in at.hidden[kind]:
                    continue
                # Hidden and made-up are asked the same way.
                made_up = made_up or caller.action(name, unknown(at, template), main)
                one, other = _plain(answer, instance), _plain(made_up, routes.FOREIGN)
                if one != other:
                    differences.setdefault(name, (main, data, one[1][-300:], other[1][-300:]))
        for way in WAYS:
            data, _kind, _instance = next(expand(at, sets[0]))
            leaks += _leaks(caller, caller.action(name, data, way), json.dumps(data), f"{name} {data} {way}")
    _judge(leaks, differences)


def _judge(leaks, differences):
    """One line for each canary and action or route."""
    assert not leaks, (
        f"{len(leaks)} times:\n"
        + "\n".join({one.partition("(zqk")[0][:90] + one[-60:]: one for one in leaks}.values())[:20000]
    )
    told = "\n".join(f"{call}: {said}" for call, said in differences.items())
    assert not differences, f"{len(differences)} calls tell a hidden thing from none:\n{told}"


def _plain(answer, asked):
    return answer.status, reading.same(answer.body.decode(errors="replace"), asked)


VARIANTS = (
    ("GET", {"HX-Request": "true", "HX-Target": "main"}),
    ("HEAD", {}),
    ("GET", {"Range": "bytes=0-4095"}),
    ("GET", {"Range": "bytes=0-9,20-29", "Accept": "application/json"}),
    ("GET", {"Accept": "text/turtle"}),
    ("GET", {"Accept": "application/ld+json", "Accept-Encoding": "gzip"}),
)


@pytest.mark.parametrize("who", _marked(*OUTSIDERS[1:]))
def test_no_route_tells(house, at, tally, who):
    caller, leaks, differences = Caller(at, house, who, tally), [], {}
    for _endpoint, template in routes.templates(house):
        tally.routes.add(template)
        made_up = {}
        for number, (path, kind, instance) in enumerate(routes.addresses(at, template, caller.turn)):
            answer = caller.ask(path)
            leaks += _leaks(caller, answer, path, path)
            for method, headers in VARIANTS if number == 0 else ():
                leaks += _leaks(caller, caller.ask(path, method, headers), path, f"{method} {path} {headers}")
            if kind in HIDDEN and instance in at.hidden[kind]:
                asked = routes.unknown(at, template, kind, instance)
                if asked not in made_up:
                    made_up[asked] = caller.ask(asked)
                one, other = (_page(each, at, instance) for each in (answer, made_up[asked]))
                if one != other:
                    differences.setdefault(template, (path, one[0], other[0], oracles.where(one[1], other[1])))
    _judge(leaks, differences)


@pytest.mark.long
@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_way_of_asking_tells(house, at, tally, who):
    """Each argument set of an action all four ways, and each address in one of the variants by turn."""
    caller, leaks, variants = Caller(at, house, who, tally), [], itertools.cycle(VARIANTS)
    for name, sets in actions.ARGUMENTS.items():
        for template, way in itertools.product(sets, WAYS):
            for data, _kind, _instance in itertools.islice(expand(at, template, caller.turn), 1):
                leaks += _leaks(caller, caller.action(name, data, way), json.dumps(data), f"{name} {data} {way}")
    for _endpoint, template in routes.templates(house):
        for path, _kind, _instance in routes.addresses(at, template, caller.turn):
            method, headers = next(variants)
            leaks += _leaks(caller, caller.ask(path, method, headers), path, f"{method} {path} {headers}")
    _judge(leaks, {})


def _page(answer, at, instance):
    text = answer.body.decode(errors="replace")
    for one in (instance, at.owners.get(instance), routes.FOREIGN):
        if one:
            text = reading.same(text, one)
    return answer.status, oracles.ONCE.sub("T", text)


@pytest.mark.long
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
        if endpoint in routes.DOES or (who != "operator" and not endpoint.startswith(routes.OFFICES)):
            continue
        for path, _kind, _instance in routes.addresses(at, template):
            answer = caller.ask(path)
            found |= caller.told(answer, path)
            if answer.status < 400:
                tally.reached.add(template)
    tally.found[who] = found
    missed = [one for one in at.book.canaries.values() if one.by == who and one.text not in found]
    assert not missed, f"{len(missed)} not found:\n" + "\n".join(f"{one.where} ({one.text})" for one in missed[:100])


@pytest.mark.long
def test_what_is_one_officers_affair_no_other_insider_finds(at, tally):
    assert set(tally.found) == set(INSIDERS), "this one judges what the tests before it found"
    others = {by: set().union(*(tally.found[who] for who in INSIDERS if who != by)) for by in INSIDERS}
    wrong = [one.where for one in at.book.canaries.values() if one.alone and one.text in others[one.by]]
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_no_insider_finds_keys_tokens_and_places(at, tally):
    assert set(tally.found) == set(INSIDERS), "this one judges what the tests before it found"
    read = set().union(*tally.found.values())
    wrong = [one.where for one in at.book.canaries.values() if one.by == SECRET and one.text in read]
    assert not wrong, "\n".join(wrong)
