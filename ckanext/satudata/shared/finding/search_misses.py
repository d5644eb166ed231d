"""Counting what visitors looked for and did not find (`domain.search_miss`)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from ckanext.satudata.domain import clients
from ckanext.satudata.domain import search_miss as rules
from ckanext.satudata.model.search_miss import SearchMiss
from ckanext.satudata.shared import clock, crypto, periodic

log = logging.getLogger(__name__)


def look(typed: str) -> None:
    """Called with what was typed into the search page and found nothing; the page goes on whatever happens here.

    Counted are people without an account, and words alone: with a filter it is not the words that found nothing.
    """
    if tk.request.endpoint != "dataset.search" or set(tk.request.args) != {"q"} or not tk.current_user.is_anonymous:
        return
    words = rules.normalised(typed)
    if not words or clients.kind(tk.request.headers.get("User-Agent")) != "browser":
        return
    try:
        # A transaction of its own: that of the page only reads, and has nothing to store.
        with model.Session.get_bind().begin() as connection:
            record(connection, words)
    except SQLAlchemyError as error:
        # Not its text: that would tell what was typed.
        log.warning("A search without a hit could not be counted: %s", type(error).__name__)


def record(connection: Any, words: str) -> None:
    """Counts words once more today; they are written in clear from the day on which that is allowed."""
    today, digest = clock.today(), crypto.digest("search-miss", words)
    if connection.scalar(sa.select(sa.func.count()).where(SearchMiss.on == today)) >= rules.A_DAY:
        return
    others = sa.select(sa.func.count()).where(SearchMiss.words_hash == digest, SearchMiss.on != today)
    told = words if connection.scalar(others) + 1 >= rules.DAYS else None
    row = insert(SearchMiss).values(words_hash=digest, on=today, count=1, words=told)
    connection.execute(
        row.on_conflict_do_update(index_elements=["words_hash", "on"], set_={"count": SearchMiss.count + 1})
    )


@periodic.every(minutes=24 * 60, name="search_misses")
def forget() -> None:
    """Removes what is kept long enough; sooner what was not looked for often enough to be read."""
    today = clock.today()
    read = sa.select(SearchMiss.words_hash).where(SearchMiss.words.is_not(None))
    old = sa.and_(SearchMiss.on < today - timedelta(days=rules.UNREAD_DAYS), SearchMiss.words_hash.not_in(read))
    model.Session.execute(
        sa.delete(SearchMiss).where(sa.or_(SearchMiss.on < today - timedelta(days=rules.KEPT_DAYS), old))
    )
    model.Session.commit()
