"""From a name and a period to a report, and to its frozen files."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ckan.lib.munge as munge
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.report import BEFORE, NARROWING, Finding, Period, Question, Report
from ckanext.satudata.domain.report_definition import Definition, Words
from ckanext.satudata.domain.report_facts import FACTS, NARROWED_BY
from ckanext.satudata.domain.vocabulary import vocabulary
from ckanext.satudata.model.journal import JournalSeal
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import definitions, facts, moment, prose, reckoning
from ckanext.satudata.shared import actors, clock, params, vault, wording, words
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.documents import letters, report_files
from ckanext.satudata.shared.sop import sops

PROCESS, SUBJECT = "report", "report"
DISSEMINATION = "dissemination"
"""The name of the site's dissemination report."""
TOPICS = "urusan"
"""The list of topics."""
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


def process_of(name: object) -> str:
    """The process that a report belongs to; of one that the site has no more, the government's own."""
    wanted = definitions.current().get(str(name or DISSEMINATION))
    return wanted.process if wanted else PROCESS


def title_of(wanted: Definition, language: str) -> str:
    """What a report is called; a report of the SOP carries the SOP's own title."""
    return (wanted.title or Words({"id": sops.running(wanted.process).title})).said(language)


def called(name: str) -> str:
    """The title of the report of that name in the reader's language; the name where there is no such report now."""
    wanted = definitions.current().get(name)
    return title_of(wanted, str(wording.locale_of())) if wanted else name


def known(actor: Actor) -> list[Definition]:
    """The reports of this site that the person reads, the dissemination report first."""
    mine = (one for one in definitions.current().values() if rules.may_read(actor, one.process))
    return sorted(mine, key=lambda one: (one.name != DISSEMINATION, one.name))


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
    """The period of `period` (`2026-10`, `2026-Q3`, `2026-S2`, `2026`), else of `from_on` and `until_on`.

    Raises `Invalid` at the field that is wrong.
    """
    named = params.text(data, "period")
    if named:
        period = Period.named(named)
        return Period.checked(period.from_on, period.until_on, clock.today())
    from_on = rules.parse_on(data.get("from_on"), "from_on")
    until_on = rules.parse_on(data.get("until_on"), "until_on")
    return Period.checked(from_on, until_on, clock.today())


def question(data: Mapping[str, Any]) -> Question:
    """What is asked with these parameters; an agency by name or id, a topic by code or name.

    Raises `Invalid` at `name`, `period`, `from_on`, `until_on`, `producer`, `topic`, `channel` or `compare`.
    """
    wanted, period = definition(data.get("name")), period_of(data)
    asked = Question(
        wanted.name,
        period,
        producer=_producer(params.text(data, "producer")),
        topic=_topic(params.text(data, "topic")),
        channel=_channel(wanted, params.text(data, "channel")),
        compare=data.get("compare") == BEFORE or params.flag(data, "compare"),
    )
    for by in NARROWING:
        if getattr(asked, by) and not can_narrow(wanted, by):
            raise Invalid("This report has no figures that could be narrowed by this.", field=by, mend="Leave it out.")
    return asked


def can_narrow(wanted: Definition, by: str) -> bool:
    """Whether any of the report's figures can be narrowed by `producer`, `topic` or `channel`."""
    return any(NARROWED_BY[by] in FACTS[name] for name in wanted.facts)


def asked(data: Mapping[str, Any]) -> dict[str, str]:
    """The parameters `name, from_on, until_on, producer, topic, channel, compare` in their one spelling; what is not
    asked is left out. Two that ask the same are equal. Raises as `question`."""
    return question(data).params


def _producer(given: str) -> str:
    agency = model.Group.get(given) if given else None
    if given and (agency is None or not agency.is_organization):
        raise Invalid("There is no such agency.", field="producer", mend="Choose one from the list.")
    return agency.name if agency else ""


def _topic(given: str) -> str:
    term = vocabulary(TOPICS).find(given) if given else None
    if given and term is None:
        raise Invalid("There is no such topic.", field="topic", mend="Choose one from the list.")
    return term.value if term else ""


def _channel(wanted: Definition, given: str) -> str:
    if given and given not in channels(wanted):
        raise Invalid("This report knows no such channel.", field="channel", mend="Choose one from the list.")
    return given


def channels(wanted: Definition) -> dict[str, str]:
    """The channels by which a report can be narrowed, each with its word (msgid)."""
    columns = (FACTS[name].get("channel") for name in wanted.facts)
    return {code: word for column in columns if column for code, word in words.VOCABULARIES[column.words].items()}


def narrowed(asked: Question) -> tuple[tuple[str, str], ...]:
    """To what the report is narrowed: label (msgid) and its text in the language of the moment."""
    agency = model.Group.get(asked.producer) if asked.producer else None
    shown = {
        "producer": (agency.title or agency.name) if agency else "",
        "topic": vocabulary(TOPICS).label(asked.topic, str(wording.locale_of())[:2]),
        "channel": tk._(channels(definition(asked.name))[asked.channel]) if asked.channel else "",
    }
    return tuple((reckoning.NARROWED[by], text) for by, text in shown.items() if text)


def narrowing(asked: Question) -> facts.Narrowing:
    """Which facts are asked for."""
    agency = model.Group.get(asked.producer) if asked.producer else None
    return facts.Narrowing(agency.id if agency else "", asked.topic, asked.channel)


def filename(asked: Question, ending: str, part: str = "") -> str:
    """`laporan-penyebarluasan-2026-10.pdf` for a month, else with both days; then what it is narrowed to.

    `part` is the title of one table. What was filed stays, also when the site has no such report any more.
    """
    wanted = definitions.current().get(asked.name)
    period = asked.period
    days = f"{period.from_on:%Y-%m}" if period.is_month else f"{period.from_on}-{period.until_on}"
    table = munge.munge_title_to_name(part) if part else ""
    named = [*(getattr(asked, by) for by in NARROWING), "perbandingan" * asked.compare, table]
    return "-".join(filter(None, [wanted.stem if wanted else asked.name, days, *named])) + f".{ending}"


def parts(data: Mapping[str, Any]) -> int:
    """How often `make` tells that it has come further."""
    return len(definition(data.get("name")).tables) + 1


def make(
    session: Any,
    actor: Actor,
    data: Mapping[str, Any],
    *,
    locale: str | None = None,
    told: Callable[[], None] = lambda: None,
) -> Report:
    """The report as the tables stand at one moment, without what `session` has not committed; texts among its facts
    are in `locale`. `told` is called after each part.

    Raises `NotAllowed` for who may not read it, `Invalid` as `question`.
    """
    wanted = definition(data.get("name"))
    rules.require_reader(actor, wanted.process)
    asked = question(data)
    tongue = str(wording.locale_of(locale))
    with wording.speaking(tongue), moment.held() as counting:
        title, mark = title_of(wanted, tongue), SAMPLE if config.demo() else ""
        made = reckoning.report(
            counting,
            wanted,
            asked.period,
            title=title,
            language=tongue,
            mark=mark,
            narrowing=narrowing(asked),
            compare=asked.compare,
            told=told,
            texts=prose.texts(session, wanted, asked.period),
        )
        return replace(made, narrowed=narrowed(asked))


def filed_of(session: Any, data: Mapping[str, Any]) -> FiledReport | None:
    """What was filed of what is asked: of everything in its period. Raises `Invalid` as `question`."""
    asked = question(data)
    if not asked.is_plain:
        return None
    return session.scalars(FiledReport.of_period(asked.name, asked.period.from_on, asked.period.until_on)).first()


def standing(session: Any, actor: Actor, data: Mapping[str, Any], **how: Any) -> Report:
    """The report of the period as everybody is shown it: as it was filed, else as `make` makes it now (`how`)."""
    rules.require_reader(actor, definition(data.get("name")).process)
    row = filed_of(session, data)
    return as_filed(session, row) if row else make(session, actor, data, **how)


def as_filed(session: Any, row: FiledReport) -> Report:
    """The report as it was filed, in its words then."""
    return report_files.of_dict(json.loads(filed_bytes(session, row, "json")))


def listed(row: FiledReport) -> dict[str, Any]:
    """What a list of filed reports says of one."""
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "from_on": row.from_on.isoformat(),
        "until_on": row.until_on.isoformat(),
        "as_of_at": row.as_of_at.isoformat(),
        "definition": row.definition,
        "sha256": row.sha256,
        "seal": row.seal,
        "files": {name: {"sha256": file["sha256"], "size": file["size"]} for name, file in sorted(row.files.items())},
    }


def of_row(row: FiledReport) -> Question:
    """What a filed report was asked."""
    return Question(row.name, Period(row.from_on, row.until_on))


def signatory(actor: Actor, process: str = PROCESS) -> letters.Signatory:
    """The signature block of the office whose report it is, Walidata or PPID: whoever acts in it, else the one who
    holds it; empty if several do."""
    role = rules.WRITERS[process][0]
    block = letters.ppid_signatory if role is Role.PPID else letters.walidata_signatory
    if actor.has_anywhere(role, process=process):
        return block(actor, process)
    holders = actors.users_holding(role)
    return block(actors.actor_for(holders[0]) if len(holders) == 1 else actors.SYSTEM, process)


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


def require_fileable(asked: Question) -> None:
    """Raises `Invalid` for a report that is never filed, is not of everything or of none of its periods."""
    wanted = definition(asked.name)
    if not wanted.files:
        raise Invalid("This report is not one that is filed.", field="name", mend="Download it instead.")
    if not asked.is_plain:
        extra = next(name for name in asked.params if name in (*NARROWING, "compare"))
        mend = "Leave this out, or download the report instead."
        raise Invalid("Only the whole report of a period is filed.", field=extra, mend=mend)
    if not asked.period.is_one_of(wanted.spans):
        raise Invalid(
            "This report is not filed for such a period.",
            field="from_on",
            mend="Choose one of its usual periods, or download the report instead.",
        )


def require_new(session: Any, asked: Question) -> None:
    """Raises `Conflict` where the period is filed already, `Invalid` where it is not over yet."""
    period = asked.period
    if period.until_on > clock.today():
        raise not_over()
    row = session.scalars(FiledReport.of_period(asked.name, period.from_on, period.until_on)).first()
    if row is not None:
        raise already_filed(row.as_of_at, row.filed_by_name)


def not_over() -> Invalid:
    """The refusal of a filing before the last day."""
    return Invalid("The period is not over yet.", field="until_on", mend="File the report on its last day or after it.")


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


def _sealed(seal: JournalSeal | None, report: Report) -> Report:
    """The report with the journal's newest seal among its sentences: filed papers show later what it was."""
    if seal is None:
        return report
    said = Finding(
        "Seal of the journal for {day}: {hash}",
        {"day": wording.day(seal.day, locale=tk.config["ckan.locale_default"]), "hash": seal.hash},
    )
    return replace(report, findings=(*report.findings, said))


def freeze(session: Any, actor: Actor, asked: Question, case_id: str) -> FiledReport:
    """Makes the report now and keeps every format of it in the vault, in the caller's transaction.

    It speaks the portal's own language, whoever files it. Raises as `make` and `require_new`, Several where a text
    that it needs is not written.
    """
    locale, wanted = tk.config["ckan.locale_default"], definition(asked.name)
    require_fileable(asked)
    require_new(session, asked)
    prose.for_filing(session, wanted, asked.period)
    seal = journal_seals.last(session)
    report = _sealed(seal, make(session, actor, asked.params, locale=locale))
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
        definition=wanted.version,
        seal=seal.hash if seal else "",
        is_public=wanted.is_public,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError as error:
        # Two officers pressed at once: the second waited here for the first.
        raise already_filed() from error
    files = {}
    for name, about in report_files.FORMATS.items():
        signs = signatory(actor, wanted.process)
        content = report_files.render(report, name, signatory=signs, filed=True, locale=locale)
        stored = vault.put(
            session,
            io.BytesIO(content),
            name=filename(asked, about.ending),
            content_type=about.content_type,
            purpose="report",
            created_by=actor.user_id,
        )
        files[name] = {"vault_id": stored.id, "sha256": stored.sha256, "size": len(content)}
    row.files, row.sha256 = files, files["json"]["sha256"]
    session.flush()
    return row
