"""Calls the application as one person, over HTTP semantics in process, and reads the answers."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from ckanext.satudata.tests.access.matrix import reading
from ckanext.satudata.tests.access.matrix.planting import World

FOREIGN = "11111111-2222-4333-8444-555555555555"
"""An id that nobody ever gave."""
SITE = "http://test.ckan.net"
WAYS = tuple(itertools.product(("/api/3/action/", "/api/action/"), ("POST", "GET")))
INSIDERS = ("operator", "pembantu", "ppid", "walidata", "admin")
OUTSIDERS = ("visitor", "other agency", "stranger", "grantee", "harvester", "former officer")
THOROUGH = ("visitor", "other agency", *INSIDERS)
"""They ask for everything there is; the others, who differ in little from these, for some of it in turn."""
CLIENT = {"harvester": {"User-Agent": "python-requests/2.32 ckanext-harvest"}}


@dataclass
class Answer:
    """Status, whole text as the caller can read it, and the plain body."""

    status: int
    text: str
    body: bytes


@dataclass
class Tally:
    """What was called and found, over all tests of the package; `docs` prints it."""

    requests: int = 0
    began: float = field(default_factory=time.monotonic)
    actions: set[str] = field(default_factory=set)
    routes: set[str] = field(default_factory=set)
    personas: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)
    """What answered with a fault of the server."""
    found: dict[str, set[str]] = field(default_factory=dict)
    """By insider, the canaries found."""
    reached: set[str] = field(default_factory=set)
    """Actions and routes that answered an insider with success."""


class Caller:
    """One person's client."""

    _numbers = itertools.count(1)

    def __init__(self, at: World, app: Any, who: str, tally: Tally):
        self.at, self.who, self.tally = at, who, tally
        self.client = app.flask_app.test_client()
        token = at.people[who].get("token")
        self.headers = CLIENT.get(who, {}) | ({"Authorization": token} if token else {})
        self._turn = itertools.count(OUTSIDERS.index(who) if who in OUTSIDERS else 0)
        tally.personas.add(who)

    @property
    def turn(self) -> int | None:
        """Which of the planted things come next; None for all of them."""
        return None if self.who in THOROUGH else next(self._turn)

    def action(self, name: str, data: dict[str, Any], way: tuple[str, str] = WAYS[0]) -> Answer:
        """Calls an action one of the four ways."""
        base, method = way
        self.tally.actions.add(name)
        if method == "POST":
            return self.ask(base + name, "POST", json=data)
        flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in data.items()}
        return self.ask(f"{base}{name}?{urlencode(flat)}", "GET")

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, **kw: Any) -> Answer:
        """Any request. A fault that the application lets through is an answer without words."""
        self.tally.requests += 1
        number = next(self._numbers)
        # Limits count by address; no two calls of the matrix come from one.
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        answer = self.client.open(
            path,
            method=method,
            base_url=SITE,
            headers={**self.headers, **(headers or {})},
            environ_overrides={"REMOTE_ADDR": address},
            **kw,
        )
        try:
            body = answer.get_data()
            if answer.status_code >= 500:
                self.tally.faults.add(f"{method} {path.partition('?')[0]}")
        finally:
            answer.close()
        # Who asks gets his own token back nowhere; what he sent himself is no secret to him.
        said = f"{answer.status}\n{answer.headers}"
        return Answer(answer.status_code, reading.texts(said, body), body)

    def told(self, answer: Answer, asked: str) -> set[str]:
        """The canaries in an answer that were not in the question."""
        found = self.at.book.found(answer.text)
        found -= self.at.book.found(asked) if found else set()
        return {one for one in found if self.who not in self.at.book.canaries[one].may}


def expand(at: World, template: dict[str, Any], turn: int | None = None) -> Iterator[tuple[dict[str, Any], str, str]]:
    """The argument sets of a template: `(data, kind, instance)`; `instance` is empty where the template names no kind.

    Only the first placeholder takes every instance; others take the first hidden one, and `"@first"` a public dataset.
    """
    places = [kind for kind in _placeholders(template) if kind != "first"]
    if not places:
        yield _filled(at, template, "", ""), "", ""
        return
    for instance in at.instances(places[0], turn):
        yield _filled(at, template, places[0], instance), places[0], instance


def unknown(at: World, template: dict[str, Any]) -> dict[str, Any]:
    """The argument set of a template with an id that nobody gave."""
    places = [kind for kind in _placeholders(template) if kind != "first"]
    return _filled(at, template, places[0], FOREIGN)


def _placeholders(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for inner in value.values() for one in _placeholders(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in _placeholders(inner)]
    return [value[1:]] if isinstance(value, str) and value.startswith("@") else []


def _filled(at: World, value: Any, kind: str, instance: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(at, inner, kind, instance) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(at, inner, kind, instance) for inner in value]
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    name = value[1:]
    if name == "first":
        return at.public["dataset"][0]
    if name == kind:
        return instance
    return at.instances(name)[0]
