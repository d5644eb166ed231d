"""The texts that officers write in a report: kept for each period, those of the period before offered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, Several, too_long
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.model.report_text import ReportText
from ckanext.satudata.shared import clock, journal, wording

SUBJECT = "report"
LONGEST = 20_000
"""Characters of one text."""


def texts(session: Any, wanted: Definition, period: Period) -> dict[str, str]:
    """What is written for the period, by key."""
    if not wanted.blocks:
        return {}
    rows = session.scalars(ReportText.of_period(wanted.name, period.from_on, period.until_on))
    return {row.key: row.text for row in rows}


def before(session: Any, wanted: Definition, period: Period) -> dict[str, ReportText]:
    """The newest text of an earlier period for each key that has one."""
    found: dict[str, ReportText] = {}
    for row in session.scalars(ReportText.before(wanted.name, period.from_on)):
        found.setdefault(row.key, row)
    return found


def mark(written: Mapping[str, str]) -> str:
    """What tells these texts from others: a form carries it, so that nobody writes over what he has not seen."""
    return hashlib.sha256(repr(sorted(written.items())).encode()).hexdigest()[:16]


def write(
    session: Any, actor: Actor, wanted: Definition, period: Period, given: Mapping[str, str], seen: str = ""
) -> dict[str, str]:
    """Keeps these texts of the period, in the caller's transaction; returns all of the period.

    `given`: texts by key; what is not in it stays. `seen`: the `mark` of the texts that the writer saw.
    Raises NotAllowed, Conflict (filed already, or somebody else wrote meanwhile), Several with every fault at its key.
    """
    rules.require_writer(actor, wanted.process)
    known = {block.key for block in wanted.blocks}
    faults = [Invalid("This report has no such text.", field=key) for key in given if key not in known]
    faults += [fault for key in given for fault in too_long(given[key], key, LONGEST)]
    Several.refuse(faults)
    _hold(session, wanted, period)
    if session.scalars(FiledReport.of_period(wanted.name, period.from_on, period.until_on)).first():
        raise Conflict("The report of this period is filed already.", field="from_on", mend="Open it in the archive.")
    there = texts(session, wanted, period)
    if seen and seen != mark(there):
        raise Conflict(
            "Somebody else wrote in this report meanwhile.",
            mend="Compare with what stands there now, then save again.",
        )
    changed = {key: text for key, text in given.items() if text != there.get(key, "") or key not in there}
    _keep(session, actor, wanted, period, changed)
    return {**there, **changed}


def _hold(session: Any, wanted: Definition, period: Period) -> None:
    """Whoever writes the texts of a period, or files it, does so alone."""
    name = f"{wanted.name}:{period.from_on}:{period.until_on}"
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 1))))


def _keep(session: Any, actor: Actor, wanted: Definition, period: Period, changed: Mapping[str, str]) -> None:
    user = model.User.get(actor.user_id) if actor.user_id else None
    by = (user.fullname or user.name) if user else actor.name
    for key, text in changed.items():
        row = ReportText(
            name=wanted.name,
            from_on=period.from_on,
            until_on=period.until_on,
            key=key,
            text=text,
            written_by=actor.user_id,
            written_by_name=by,
            written_at=clock.now(),
        )
        session.merge(row)
    session.flush()
    if changed:
        hashes = {key: hashlib.sha256(text.encode()).hexdigest() for key, text in changed.items()}
        about = (SUBJECT, f"{wanted.name}:{period.from_on}:{period.until_on}")
        said = {"name": wanted.name, "texts": hashes}
        journal.append(session, "report_text_written", actor=actor, subject=about, payload=said)


def for_filing(session: Any, wanted: Definition, period: Period) -> None:
    """Holds the texts of the period until the transaction ends. Raises Several where one that is needed is empty."""
    _hold(session, wanted, period)
    there = texts(session, wanted, period)
    missing = [block for block in wanted.blocks if not block.optional and not there.get(block.key, "").strip()]
    message, mend = "“{name}” is not written yet.", "Write it, then file the report."
    language = str(wording.locale_of())
    Several.refuse([Invalid(message, field=one.key, mend=mend, name=one.title.said(language)) for one in missing])
