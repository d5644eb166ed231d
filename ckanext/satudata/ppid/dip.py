"""The DIP check (001-6): what the lists of information and the datasets hold of what is asked for, and its record."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared import params
from ckanext.satudata.shared.levels import information_lists

MOST = 8
SHORTEST = 4
"""Letters of a word that is looked for: shorter ones stand everywhere."""
LEAST = 0.3
"""Of the weight of all words that a row must hold to be shown."""


@dataclass(frozen=True)
class Hit:
    """A row that was found: on which list (`dip`, `dik`, `dataset`), by which id, and what it is called."""

    list: str
    id: str
    title: str
    url: str = ""

    @property
    def key(self) -> str:
        """What the form sends back."""
        return f"{self.list}:{self.id}"


def search(session: Any, user: str, words: str) -> list[Hit]:
    """Rows of DIP and DIK that hold the words, those with most of them first, then datasets the officer may see."""
    looked_for = list(dict.fromkeys(re.findall(rf"\w{{{SHORTEST},}}", words.casefold())))[:20]
    if not looked_for:
        return []
    found = [*_dip(session, looked_for), *_dik(session, looked_for)]
    known = {hit.id for hit in found}
    return found + [hit for hit in _datasets(user, words) if hit.id not in known]


def _rows(session: Any, name: str, columns: tuple[str, ...], words: list[str]) -> list[Any]:
    """The rows of a list that hold the words which tell something, the best first.

    A word weighs the more the fewer rows hold it: `data` or `jumlah`, which most of them hold, is no hint.
    """
    rows = information_lists.of(name, public=True).select(None).order_by(None).subquery()
    held = [sa.or_(*(rows.c[column].icontains(word, autoescape=True) for column in columns)) for word in words]
    count, *with_word = session.execute(
        sa.select(sa.func.count(), *(sa.func.count().filter(one) for one in held)).select_from(rows)
    ).one()
    weights = [math.log((count + 1) / (number + 0.5)) for number in with_word]
    score = sum((sa.case((one, weight), else_=0.0) for one, weight in zip(held, weights, strict=True)), sa.literal(0.0))
    query = sa.select(rows).where(score >= LEAST * sum(weights), score > 0)
    return list(session.execute(query.order_by(score.desc(), rows.c[columns[0]]).limit(MOST)))


def _dip(session: Any, words: list[str]) -> list[Hit]:
    return [
        Hit("dip", row.id, row.title, tk.url_for("dataset.read", id=row.name))
        for row in _rows(session, "dip", ("title", "notes"), words)
    ]


def _dik(session: Any, words: list[str]) -> list[Hit]:
    return [
        Hit("dik", f"{row.package_id}/{row.resource_id or ''}", row.public_text)
        for row in _rows(session, "dik", ("public_text",), words)
    ]


def _datasets(user: str, words: str) -> list[Hit]:
    """By the portal's own search, as the officer sees it."""
    if len(words) > 100:
        return []
    try:
        found = tk.get_action("package_search")({"user": user}, {"q": words, "rows": MOST})["results"]
    except tk.ValidationError:
        return []
    return [
        Hit("dataset", one["id"], one["title"] or one["name"], tk.url_for("dataset.read", id=one["name"]))
        for one in found
    ]


def recorded(session: Any, payload: Mapping[str, Any], user: str) -> dict[str, Any]:
    """The check as it is kept: its result, the words, and what was ticked. Raises Invalid for what no list has."""
    sent = payload.get("dip_found") or []
    keys = [str(one).strip() for one in (sent if isinstance(sent, (list, tuple)) else str(sent).split(","))][:50]
    found = [_named(session, key, user) for key in keys]
    if None in found:
        raise Invalid(
            "One of the rows found is on no list.", field="dip_found", mend="Search again and tick what is shown."
        )
    return {
        "result": str(payload.get("dip_result") or ""),
        "q": params.text(payload, "dip_q")[:300],
        "found": found,
    }


def named(session: Any, keys: Sequence[str], user: str) -> list[Hit]:
    """The rows of these keys that the officer may see."""
    rows = [row for key in keys[:50] if (row := _named(session, key, user))]
    return [Hit(row["list"], row["id"], row["title"]) for row in rows]


def _named(session: Any, key: str, user: str) -> dict[str, str] | None:
    """Title of a row that was ticked, as far as the officer may see it."""
    name, _colon, id_ = key.partition(":")
    if name == "dik":
        rows = information_lists.of("dik", public=True).select(None).order_by(None).subquery()
        package, _slash, resource = id_.partition("/")
        title = session.scalar(
            sa.select(rows.c.public_text).where(rows.c.package_id == package, rows.c.resource_id == resource).limit(1)
        )
    else:
        title = _title(id_, user) if name in ("dip", "dataset") else None
    return {"list": name, "id": id_, "title": title} if title else None


def _title(id_: str, user: str) -> str | None:
    try:
        shown = tk.get_action("package_show")({"user": user}, {"id": id_})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    return str(shown["title"] or shown["name"])


def ids(kept: Mapping[str, Any]) -> list[str]:
    """What was found, for the journal: lists and ids, no titles."""
    return [f"{one['list']}:{one['id']}" for one in kept.get("found", [])]
