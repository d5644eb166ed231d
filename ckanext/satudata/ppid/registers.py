"""The rows of the registers, read in parts: 100,000 of them take no more memory than a few; and their figures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import objection as objection_rules
from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.applicant import ApplicantKind
from ckanext.satudata.domain.decision import NOT_HELD
from ckanext.satudata.domain.objection import Ground
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.domain.report import Cell, Period
from ckanext.satudata.domain.statutory import DAYS, EXTENSION_DAYS
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.public_answer import PUBLISHED, PublicAnswer
from ckanext.satudata.ppid import clocks, former_giving, requests
from ckanext.satudata.shared import clock, crypto, words
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import answered, objection_words

AT_ONCE = 500
NAMES = ("requests", "objections")
ALL = frozenset(requests.PROCESSES)
"""Both series: the requests that PPID answers, and those of government offices that Walidata does."""
PUBLIC = frozenset({requests.PROCESS})
"""Everybody reads the PPID's register: offices ask outside UU 14/2008, whose figures it tells."""
COLUMNS = {"requests": rules.REQUESTS, "objections": rules.OBJECTIONS}
TITLES = {"requests": N_("Register of requests for data"), "objections": N_("Register of objections")}
OFFICES_TITLE = N_("Register of requests by government offices")
IN_SHORT = {"17h": N_("It would reveal personal secrets")}
"""Reasons without the examples in their brackets."""
FORMS = {"soft": N_("soft copy"), "hard": N_("hard copy")}
MANNERS = {"see": N_("to see"), "copy": N_("to copy")}
PAYMENTS = {"cash": N_("in cash"), "transfer": N_("by bank transfer"), "qris": "QRIS"}
RESPONSES = {"accepted": N_("accepted"), "not_accepted": N_("not accepted")}


def bounds(period: Period) -> tuple[datetime, datetime]:
    """The first instant of the period and the first after it, where the government sits."""
    zone = clock.zone()
    start, end = (datetime.combine(day, time(), zone) for day in (period.from_on, period.until_on + timedelta(days=1)))
    return start, end


def _within(column: Any, period: Period) -> Any:
    start, end = bounds(period)
    return sa.and_(column >= start, column < end)


def _reasons() -> Any:
    """The codes of what was refused, each once, also of parts of a request; the request's own where it has no parts."""
    parts = sa.select(sa.func.string_agg(PpidPart.reason_code.distinct(), "|")).where(
        PpidPart.request_id == PpidRequest.id, PpidPart.replaced_at.is_(None)
    )
    return sa.func.coalesce(parts.correlate(PpidRequest).scalar_subquery(), PpidRequest.refusal_code, "")


def _holders() -> Any:
    """The ids of the agencies that decided on a part which they hold, each once; empty where none has decided yet."""
    parts = sa.select(sa.func.string_agg(PpidPart.organization_id.distinct(), "|")).where(
        PpidPart.request_id == PpidRequest.id, PpidPart.replaced_at.is_(None), PpidPart.decision != NOT_HELD
    )
    return sa.func.coalesce(parts.correlate(PpidRequest).scalar_subquery(), "")


def _extended() -> Any:
    """Whether the time of a request was extended."""
    wanted = sa.select(PpidHandling.extended_at.is_not(None)).where(PpidHandling.request_id == PpidRequest.id)
    return sa.func.coalesce(wanted.correlate(PpidRequest).scalar_subquery(), False)


def _on(at: datetime | None) -> date | None:
    return requests.local_date(at) if at is not None else None


def _said(texts: dict[str, str], code: str | None) -> str:
    return tk._(texts[code]) if code in texts else code or ""


# ---------------------------------------------------------------- the officers' registers


def title(name: str, processes: Collection[str] = ALL) -> str:
    """What the register is called: of requests, by whose rows it has."""
    return OFFICES_TITLE if name == "requests" and set(processes) == {requests.GOVERNMENT} else TITLES[name]


def _of(processes: Collection[str]) -> Any:
    """The requests that are answered in one of these processes."""
    is_office = PpidRequest.applicant_kind == ApplicantKind.GOVERNMENT.value
    return sa.or_(
        sa.and_(is_office, sa.literal(requests.GOVERNMENT in processes)),
        sa.and_(sa.not_(is_office), sa.literal(requests.PROCESS in processes)),
    )


def count(session: Any, name: str, period: Period, processes: Collection[str] = ALL) -> int:
    """How many rows a register has in the period; of requests those of the processes."""
    column = PpidRequest.received_at if name == "requests" else Objection.received_at
    query = sa.select(sa.func.count()).where(_within(column, period))
    return session.scalar(query.where(_of(processes)) if name == "requests" else query) or 0


def rows(
    session: Any,
    name: str,
    period: Period,
    processes: Collection[str] = ALL,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[tuple[Cell, ...]]:
    """The rows of a register as its columns are, the oldest first, with the applicants' data in clear.

    Of requests those of the processes: who answers them knows who asks.
    """
    if name == "requests":
        return _request_rows(session, period, processes, limit, offset)
    return _objection_rows(session, period, limit, offset)


def _parts(session: Any, query: Any) -> Iterator[Any]:
    """The rows of a query, a few at a time."""
    for part in session.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        yield from part


def _request_rows(
    session: Any, period: Period, processes: Collection[str], limit: int | None, offset: int
) -> Iterator[tuple[Cell, ...]]:
    query = (
        sa.select(
            PpidRequest,
            PpidGiving,
            former_giving.kept().label("former"),
            PpidHandling.passed_to,
            answered.noticed_at().label("noticed_at"),
            _reasons().label("reasons"),
            _holders().label("holders"),
        )
        .outerjoin(PpidGiving, PpidGiving.request_id == PpidRequest.id)
        .outerjoin(PpidHandling, PpidHandling.request_id == PpidRequest.id)
        .where(_within(PpidRequest.received_at, period), _of(processes))
        .order_by(PpidRequest.received_at, PpidRequest.number_count)
        .limit(limit)
        .offset(offset)
    )
    agencies = _agencies(session)
    # What is alike in many rows is put into words once; of the person only what the register has is opened.
    form, manner, payment = (cache(partial(_said, one)) for one in (FORMS, MANNERS, PAYMENTS))
    outcome, reasons_said = cache(partial(words.code_name, "outcome")), cache(_reasons_said)
    anew = tk._(ANEW)
    for place, (row, giving, former, passed_to, noticed_at, reasons, holders) in enumerate(
        _parts(session, query), start=offset + 1
    ):
        given = former_giving.told(giving, former)
        yield (
            place,
            row.number,
            _on(row.received_at),
            ", ".join(filter(None, map(crypto.unseal, (row.name, row.institution)))),
            crypto.unseal(row.address),
            " · ".join(filter(None, map(crypto.unseal, (row.phone, row.email)))),
            crypto.unseal(row.occupation),
            row.question,
            row.purpose,
            _held(row),
            _holder(row, passed_to, [agencies.get(id_, "") for id_ in _codes(holders) or (row.organization_id or "",)]),
            form(given.form if given else row.form),
            manner(given.manner if given else row.obtain),
            anew if row.decision is None and noticed_at else outcome(row.decision or "open"),
            reasons_said(reasons),
            _on(noticed_at),
            given.given_on if given else None,
            given.cost if given else None,
            payment(given.payment if given else None),
        )


def _held(row: PpidRequest) -> str:
    if row.refusal_code == "6(3)e" or row.decision == "passed_on":
        return tk._("no")
    return tk._("yes") if row.decision in ("granted", "granted_in_part", "refused", "already_public") else ""


def _holder(row: PpidRequest, passed_to: str | None, agencies: list[str]) -> str:
    if row.decision == "passed_on":
        return passed_to or ""
    if row.refusal_code == "6(3)e":
        return row.refusal_detail or ""
    return "; ".join(sorted(filter(None, agencies)))


def _agencies(session: Any) -> dict[str, str]:
    found = session.execute(
        sa.select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.is_organization.is_(True))
    )
    return {row.id: row.title or row.name for row in found}


def _reason(code: str) -> str:
    return f"{REASONS[code].basis}: {tk._(REASONS[code].title)}" if code in REASONS else ""


def _reason_in_short(code: str) -> str:
    """The same without the examples in brackets, for a narrow column; the list of reasons has them."""
    reason = REASONS.get(code)
    return f"{tk._(IN_SHORT.get(code, reason.title))} ({reason.basis})" if reason else ""


def _codes(joined: str) -> tuple[str, ...]:
    return tuple(filter(None, joined.split("|")))


def _reasons_said(joined: str) -> str:
    return "; ".join(filter(None, map(_reason, _codes(joined))))


ANEW = N_("Being decided anew")
"""Of what was answered, and counts no more since an objection."""


def _decision(decision: str | None, noticed_on: date | None) -> str:
    return tk._(ANEW) if decision is None and noticed_on else words.code_name("outcome", decision or "open")


def _is_told(decision: str | None, noticed: date | datetime | None) -> bool:
    return noticed is not None or decision in rules.ENDS_WITHOUT_ANSWER


def _objection_rows(session: Any, period: Period, limit: int | None, offset: int) -> Iterator[tuple[Cell, ...]]:
    query = (
        sa.select(Objection, PpidRequest)
        .join(PpidRequest, PpidRequest.id == Objection.request_id)
        .where(_within(Objection.received_at, period))
        .order_by(Objection.received_at, Objection.number_count)
        .limit(limit)
        .offset(offset)
    )
    for place, (row, request) in enumerate(_parts(session, query), start=offset + 1):
        person = requests.person_of(request)
        yield (
            place,
            row.number,
            _on(row.received_at),
            " / ".join(filter(None, (person["name"], crypto.unseal(row.proxy)))),
            person["address"],
            " · ".join(filter(None, (person["phone"], person["email"]))),
            request.number,
            request.question,
            request.purpose,
            f"{row.ground}. {tk._(objection_rules.GROUNDS[Ground(row.ground)].title)}",
            _said(objection_words.OUTCOMES, row.outcome),
            _on(row.answered_at),
            row.superior_name,
            row.superior_position,
            _said(RESPONSES, row.response),
        )


# ---------------------------------------------------------------- the public one


def _public_query(period: Period, decision: str = "") -> Any:
    """Nothing of it tells who asked: not a single column of the person is read."""
    query = (
        sa.select(
            PpidRequest.number,
            PpidRequest.received_at,
            PpidRequest.organization_id,
            PpidRequest.decision,
            _reasons().label("reasons"),
            answered.noticed_at().label("noticed_at"),
            PublicAnswer.question,
        )
        .outerjoin(PublicAnswer, sa.and_(PublicAnswer.request_id == PpidRequest.id, PublicAnswer.state == PUBLISHED))
        .where(_within(PpidRequest.received_at, period), _of(PUBLIC))
    )
    if decision:
        wanted = PpidRequest.decision.is_(None) if decision == "open" else PpidRequest.decision == decision
        query = query.where(wanted)
    return query


def public_count(session: Any, period: Period, decision: str = "") -> int:
    """How many rows the public register has."""
    query = _public_query(period, decision).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(query)) or 0


def public_rows(
    session: Any, period: Period, decision: str = "", *, limit: int | None = None, offset: int = 0
) -> Iterator[dict[str, Any]]:
    """The public register in plain values, the newest first. A decision is told once it has gone out."""
    query = _public_query(period, decision).order_by(PpidRequest.received_at.desc(), PpidRequest.number_count.desc())
    query = query.limit(limit).offset(offset)
    agencies = _agencies(session)
    days = rules.Workdays(clock.calendar(session), period.from_on)
    for row in _parts(session, query):
        received_on, noticed_on = _on(row.received_at), _on(row.noticed_at)
        is_told = _is_told(row.decision, noticed_on)
        yield {
            "number": row.number,
            "received_on": received_on,
            "agency": agencies.get(row.organization_id or "", ""),
            "question": row.question,
            "decision": row.decision if is_told else None,
            "reasons": list(_codes(row.reasons)) if is_told else [],
            "noticed_on": noticed_on,
            "days": days.between(received_on, noticed_on) if received_on and noticed_on else None,
        }


def public_cells(row: dict[str, Any], *, in_short: bool = False) -> tuple[Cell, ...]:
    """A row as the columns of `PUBLIC` are; reasons `in_short` for the page."""
    said = _reason_in_short if in_short else _reason
    return (
        row["number"],
        row["received_on"],
        row["agency"],
        row["question"] or "",
        _decision(row["decision"], row["noticed_on"]),
        "; ".join(filter(None, map(said, row["reasons"]))),
        row["noticed_on"],
        row["days"],
    )


def figures(session: Any, period: Period) -> rules.Figures:
    """The figures of the period, from counts of what is alike."""
    zone = str(clock.zone())
    noticed_at = answered.noticed_at()
    one = (
        sa.select(
            sa.cast(sa.func.timezone(zone, PpidRequest.received_at), sa.Date).label("received_on"),
            sa.cast(sa.func.timezone(zone, noticed_at), sa.Date).label("noticed_on"),
            PpidRequest.decision,
            _reasons().label("reasons"),
            _extended().label("extended"),
        )
        .where(_within(PpidRequest.received_at, period), _of(PUBLIC))
        .subquery()
    )
    grouped = sa.select(*one.c, sa.func.count().label("count")).group_by(*one.c)
    groups = [_group(row) for row in session.execute(grouped)]
    return rules.figures(groups, clock.calendar(session), _overdue(session, period))


def _overdue(session: Any, period: Period) -> int:
    """The requests of the period without a notice whose statutory clock has run out."""
    calendar, now = clock.calendar(session), clock.now()
    waiting = sa.select(PpidRequest).where(
        _within(PpidRequest.received_at, period),
        _of(PUBLIC),
        PpidRequest.closed_at.is_(None),
        answered.noticed_at().is_(None),
    )
    found = session.scalars(waiting.execution_options(yield_per=AT_ONCE)).partitions()
    return sum(own.is_late(calendar, now) for part in found for own in clocks.of_many(session, part).values())


def _group(row: Any) -> rules.Group:
    is_told = _is_told(row.decision, row.noticed_on)
    decision, codes = (row.decision or "", _codes(row.reasons)) if is_told else ("", ())
    allowed = DAYS + (EXTENSION_DAYS if row.extended else 0)
    return rules.Group(row.received_on, row.noticed_on, decision, codes, allowed, row.count)


def reasons(found: rules.Figures) -> Sequence[tuple[str, int]]:
    """The reasons of refusals in words, with how often each was given."""
    return [(_reason(code), number) for code, number in found.reasons.items()]
