"""Further sets of facts: what is public now, searches in vain, the survey.

`opened`, `used` and `asked` are for everybody: they are read from what is public now, and of requests only what the
public register tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.model.ppid_survey import PpidSurvey
from ckanext.satudata.model.search_miss import SearchMiss
from ckanext.satudata.reports import agencies, facts
from ckanext.satudata.reports.facts import Asked, reads, title
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.publishing import opened


def titles(session: Any, ids: Iterable[str | None]) -> dict[str, str]:
    """The titles of these datasets; what is not public now loses it."""
    return _named(session, ids, title)


def agency_names(session: Any, ids: Iterable[str | None]) -> dict[str, str]:
    """The present names of these agencies."""
    return _named(session, ids, agencies.name)


def _named(session: Any, ids: Iterable[str | None], name: Callable[[Any], Any]) -> dict[str, str]:
    # An array is one parameter: the statement is the same for any number of them, and made once.
    every = sa.cast([one for one in ids if one], sa.ARRAY(sa.Text))
    wanted = sa.func.unnest(every).table_valued(sa.column("id", sa.Text), name="wanted").render_derived()
    return dict(session.execute(sa.select(wanted.c.id, name(wanted.c.id))).tuples().all())


@reads("opened")
def _opened(asked: Asked) -> sa.Select:
    """Each dataset that is open now, by the day on which it became so."""
    found = opened.opened().subquery()
    return sa.select(
        found.c.organization_id.label("agency"),
        found.c.package_id.label("package"),
        title(found.c.package_id).label("dataset"),
        agencies.name(found.c.organization_id).label("producer"),
        found.c.at,
    ).where(asked.within(found.c.at))


@reads("asked")
def _asked(asked: Asked) -> sa.Select:
    """Requests as the public register tells them: not what was asked for, and no decision before it went out."""
    of_requests = {"days": "law_days"}
    names = [name for name in ("producer", "outcome", "reason", "days", "answered") if asked.wants(name)]
    columns = frozenset(["at", *(of_requests.get(name, name) for name in names)])
    found = facts.source(replace(asked, columns=columns, together=False, times=()), "requests").c
    return sa.select(*(found[of_requests.get(name, name)].label(name) for name in names), found.at)


@reads("misses")
def _misses(asked: Asked) -> sa.Select:
    """What visitors looked for in vain, by day; words in clear once they were looked for on several days."""
    told = (
        sa.select(SearchMiss.words_hash, sa.func.max(SearchMiss.words).label("words"))
        .where(SearchMiss.words.is_not(None))
        .group_by(SearchMiss.words_hash)
        .subquery("told")
    )
    at = sa.func.timezone(str(clock.zone()), sa.cast(SearchMiss.on, sa.DateTime))
    return (
        sa.select(
            sa.func.coalesce(told.c.words, tk._("Words looked for on one or two days only")).label("words"),
            SearchMiss.count.label("searches"),
            at.label("at"),
        )
        .outerjoin(told, told.c.words_hash == SearchMiss.words_hash)
        .where(asked.within(at))
    )


@reads("survey")
def _survey(asked: Asked) -> sa.Select:
    """Answers to the two questions; of the day only the month is kept, so each counts on the first of it."""
    first = sa.func.to_date(PpidSurvey.month, "YYYY-MM")
    at = sa.func.timezone(str(clock.zone()), sa.cast(first, sa.DateTime))
    return sa.select(
        PpidSurvey.decision.label("outcome"), PpidSurvey.service.label("service"), PpidSurvey.fit, at.label("at")
    ).where(asked.within(at))
