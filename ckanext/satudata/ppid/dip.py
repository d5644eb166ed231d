"""The DIP check (001-6): what the lists of information and the datasets hold of what is asked for, and its record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.shared import params
from ckanext.satudata.shared.levels import information_lists

MOST = 8
SHORTEST = 4
"""Letters of a word that is looked for: shorter ones stand everywhere."""


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
    """The rows of a list by how many of the words they hold."""
    rows = information_lists.of(name, public=True).select(None).order_by(None).subquery()
    held = [sa.or_(*(rows.c[column].icontains(word, autoescape=True) for column in columns)) for word in words]
    score = sum((sa.case((one, 1), else_=0) for one in held), sa.literal(0))
    least = 1 if len(words) < 4 else 2
    query = sa.select(rows).where(score >= least).order_by(score.desc(), rows.c[columns[0]]).limit(MOST)
    return list(session.execute(query))


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
    """The check as it is kept: its result, the words, and what was ticked; what no list has is left out."""
    sent = payload.get("dip_found") or []
    keys = [str(one) for one in (sent if isinstance(sent, (list, tuple)) else str(sent).split(","))]
    return {
        "result": str(payload.get("dip_result") or ""),
        "q": params.text(payload, "dip_q")[:300],
        "found": [one for one in (_named(session, key.strip(), user) for key in keys[:50]) if one],
    }


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
