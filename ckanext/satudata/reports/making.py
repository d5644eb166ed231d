"""From a name and a period to a report, and to its frozen files."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ckan.lib.munge as munge
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.officer import Actor, Held, HoldKind, Role
from ckanext.satudata.domain.report import Finding, Period, Report
from ckanext.satudata.domain.report_definition import Definition, Words
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import definitions, reckoning
from ckanext.satudata.shared import actors, clock, vault, wording
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.documents import letters, report_files
from ckanext.satudata.shared.sop import sops

PROCESS, SUBJECT = "report", "report"
DISSEMINATION = "dissemination"
"""The name of the site's dissemination report."""
SAMPLE = "Sample data, not official data"


def definition(name: object) -> Definition:
    """The report of that name. Raises `Invalid`."""
    known = definitions.current()
    try:
        return known[str(name or DISSEMINATION)]
    except KeyError:
        raise Invalid(
            "There is no such report.", field="name", mend="Choose one of {known}.", known=", ".join(sorted(known))
        ) from None


def title_of(wanted: Definition, language: str) -> str:
    """What a report is called; a report of the SOP carries the SOP's own title."""
    return (wanted.title or Words({"id": sops.running(PROCESS).title})).said(language)


def known() -> list[Definition]:
    """Every report of this site, the dissemination report first."""
    return sorted(definitions.current().values(), key=lambda one: (one.name != DISSEMINATION, one.name))


def about(wanted: Definition) -> dict[str, Any]:
    """What a list of reports says of one."""
    title = title_of(wanted, str(wording.locale_of()))
    return {
        "name": wanted.name,
        "title": title,
        "periods": [span.value for span in wanted.spans],
        "filed": wanted.files,
    }


def period_of(data: Mapping[str, Any]) -> Period:
    """The period of `from_on` and `until_on`. Raises `Invalid` at the field that is wrong."""
    from_on = rules.parse_on(data.get("from_on"), "from_on")
    until_on = rules.parse_on(data.get("until_on"), "until_on")
    return Period.checked(from_on, until_on, clock.today())


def filename(name: str, period: Period, ending: str, part: str = "") -> str:
    """`laporan-penyebarluasan-2026-10.pdf` for a month, else with both days; `part` is the title of one table."""
    days = f"{period.from_on:%Y-%m}" if period.is_month else f"{period.from_on}-{period.until_on}"
    named = f"-{munge.munge_title_to_name(part)}" if part else ""
    return f"{definition(name).stem}-{days}{named}.{ending}"


def make(session: Any, actor: Actor, data: Mapping[str, Any], *, locale: str | None = None) -> Report:
    """The report as the tables stand now; texts among its facts are in `locale`.

    Raises `NotAllowed` for who may not read it, `Invalid` at `name`, `from_on` or `until_on`.
    """
    rules.require_reader(actor)
    wanted, period = definition(data.get("name")), period_of(data)
    tongue = str(wording.locale_of(locale))
    with wording.speaking(tongue):
        title, mark = title_of(wanted, tongue), SAMPLE if config.demo() else ""
        return reckoning.report(session, wanted, period, title=title, language=tongue, mark=mark)


def filed_of(session: Any, data: Mapping[str, Any]) -> FiledReport | None:
    """What was filed for the name and period; raises `Invalid` as `make`."""
    wanted, period = definition(data.get("name")), period_of(data)
    return session.scalars(FiledReport.of_period(wanted.name, period.from_on, period.until_on)).first()


def standing(session: Any, actor: Actor, data: Mapping[str, Any]) -> Report:
    """The report of the period as everybody is shown it: as it was filed, else as `make` makes it now."""
    rules.require_reader(actor)
    row = filed_of(session, data)
    if row is None:
        return make(session, actor, data)
    return report_files.of_dict(json.loads(filed_bytes(session, row, "json")))


def signatory(actor: Actor) -> letters.Signatory:
    """Walidata's signature block: whoever acts as Walidata, else the one who holds the office; empty if several do."""
    own = next((held for held in actor.held if held.role is Role.WALIDATA and held.counts_for(PROCESS)), None)
    user = model.User.get(actor.user_id) if own else None
    if user is None:
        holders = actors.users_holding(Role.WALIDATA)
        user = holders[0] if len(holders) == 1 else None
        own = next((held for held in actors.actor_for(user).held if held.role is Role.WALIDATA), None) if user else None
    return letters.Signatory(_office(own), (user.fullname or user.name) if user else "")


def _office(held: Held | None) -> str:
    kind = {HoldKind.PLT: "Plt. ", HoldKind.PLH: "Plh. ", HoldKind.AN: "a.n. "}.get(held.kind, "") if held else ""
    return f"{kind}Walidata {config.government_name()}"


def filed(session: Any, report_id: str) -> FiledReport:
    """A filed report. Raises `NotThere`."""
    row = session.get(FiledReport, report_id)
    if row is None:
        raise NotThere("There is no such report in the archive.")
    return row


def filed_bytes(session: Any, row: FiledReport, format_name: str) -> bytes:
    """A frozen file, checked against its hash. Raises `Invalid` for a format that was not filed, `Conflict`."""
    file = row.files[report_files.format_of(format_name).ending]
    content = vault.read_bytes(session, file["vault_id"])
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise Conflict(
            "The file in the vault is not the one that was filed.", field="format", mend="Tell the operator."
        )
    return content


def require_new(session: Any, name: str, period: Period) -> None:
    """Raises `Conflict` where the period is filed already, `Invalid` where it is not over yet."""
    if period.until_on > clock.today():
        raise Invalid(
            "The period is not over yet.", field="until_on", mend="File the report on its last day or after it."
        )
    row = session.scalars(FiledReport.of_period(name, period.from_on, period.until_on)).first()
    if row is not None:
        raise already_filed(row.as_of_at, row.filed_by_name)


def already_filed(at: Any = None, name: str = "") -> Conflict:
    """The refusal of a second filing."""
    if at is None:
        return Conflict("The report of this period is filed already.", field="from_on", mend="Open it in the archive.")
    return Conflict(
        "The report of this period was filed by {name} on {at}.",
        field="from_on",
        mend="Open it in the archive.",
        name=name,
        at=at,
    )


def _sealed(session: Any, report: Report) -> Report:
    """The report with the journal's newest seal among its sentences: filed papers show later what it was."""
    seal = journal_seals.last(session)
    if seal is None:
        return report
    said = Finding(
        "Seal of the journal for {day}: {hash}",
        {"day": wording.day(seal.day, locale=tk.config["ckan.locale_default"]), "hash": seal.hash},
    )
    return replace(report, findings=(*report.findings, said))


def freeze(session: Any, actor: Actor, data: Mapping[str, Any], case_id: str) -> FiledReport:
    """Makes the report now and keeps every format of it in the vault, in the caller's transaction.

    It speaks the portal's own language, whoever files it. Raises as `make` and `require_new`.
    """
    locale = tk.config["ckan.locale_default"]
    if not definition(data.get("name")).files:
        raise Invalid("This report is not one that is filed.", field="name", mend="Download it instead.")
    report = _sealed(session, make(session, actor, data, locale=locale))
    require_new(session, report.name, report.period)
    user = model.User.get(actor.user_id) if actor.user_id else None
    row = FiledReport(
        name=report.name,
        title=report.title,
        from_on=report.period.from_on,
        until_on=report.period.until_on,
        as_of_at=report.as_of_at,
        filed_by=actor.user_id,
        filed_by_name=(user.fullname or user.name) if user else actor.name,
        case_id=case_id,
        files={},
    )
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError as error:
        # Two officers pressed at once: the second waited here for the first.
        raise already_filed() from error
    files = {}
    for name, about in report_files.FORMATS.items():
        content = report_files.render(report, name, signatory=signatory(actor), filed=True, locale=locale)
        stored = vault.put(
            session,
            io.BytesIO(content),
            name=filename(report.name, report.period, about.ending),
            content_type=about.content_type,
            purpose="report",
            created_by=actor.user_id,
        )
        files[name] = {"vault_id": stored.id, "sha256": stored.sha256, "size": len(content)}
    row.files = files
    session.flush()
    return row
