"""The form above a report: what was typed, what there is to choose, and the usual periods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.report import NARROWING, Period, Span
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.reports import definitions, making
from ckanext.satudata.shared import clock, wording

MORE = (*NARROWING, "compare")
"""Parameters that may be left out."""


def typed(form: Mapping[str, str], first: str = making.DISSEMINATION) -> dict[str, str]:
    """The parameters as they were typed; without a name the `first` report, without a period its last that is over."""
    given = {name: form.get(name, "").strip() for name in ("name", "from_on", "until_on", *MORE)}
    given["name"] = given["name"] or first
    wanted = definitions.current().get(given["name"])
    last = Period.spanning(wanted.spans[0] if wanted else Span.MONTH, clock.today()).before()
    if "from_on" not in form and "until_on" not in form:
        given |= {"from_on": last.from_on.isoformat(), "until_on": last.until_on.isoformat()}
    return {name: value for name, value in given.items() if value or name not in MORE}


def choices(wanted: Definition) -> dict[str, list[tuple[str, str]]]:
    """What the report can be narrowed to: codes and their words, by parameter; nothing where it cannot be."""
    language = str(wording.locale_of())[:2]
    agency = model.Group
    rows = model.Session.execute(
        sa.select(agency.name, agency.title)
        .where(agency.is_organization, agency.state == model.State.ACTIVE)
        .order_by(sa.func.lower(sa.func.coalesce(sa.func.nullif(agency.title, ""), agency.name)))
    )
    found = {
        "producer": [(name, title or name) for name, title in rows],
        "topic": [(term.value, term.label.get(language, term.label["id"])) for term in vocabulary(making.TOPICS).terms],
        "channel": [(code, tk._(word)) for code, word in making.channels(wanted).items()],
    }
    return {by: options for by, options in found.items() if making.can_narrow(wanted, by)}


def shortcuts(wanted: Definition, asked: dict[str, str]) -> list[dict[str, Any]]:
    """The usual periods of the report, each with its parameters; what else is asked stays."""
    today, found = clock.today(), []
    for span in wanted.spans:
        now = Period.spanning(span, today)
        for label, period in zip(_words(span), (now, now.before()), strict=True):
            params = {**asked, "from_on": period.from_on.isoformat(), "until_on": period.until_on.isoformat()}
            found.append({"label": label, "params": params, "current": params == asked})
    return found


def _words(span: Span) -> tuple[str, str]:
    return {
        Span.MONTH: (tk._("This month"), tk._("Last month")),
        Span.QUARTER: (tk._("This quarter"), tk._("Last quarter")),
        Span.SEMESTER: (tk._("This semester"), tk._("Last semester")),
        Span.YEAR: (tk._("This year"), tk._("Last year")),
        Span.FREE: (tk._("Today"), tk._("Yesterday")),
    }[span]
