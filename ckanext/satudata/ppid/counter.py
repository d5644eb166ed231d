"""Data handed over at the counter: what was given, the signed receipt, the payment; then the case closes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import giving as rules
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, Several
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import clock, journal, process, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import grants, scans
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.wording import N_

MANNERS = {"copy": N_("gets a copy"), "see": N_("looks at the data")}
FORMS = {"soft": N_("file"), "hard": N_("paper")}
TYPED = ("manner", "copy_form", "cost", "payment")


def record(
    session: Any, request_id: str, typed: Mapping[str, str], upload: Any, *, actor: Actor
) -> tuple[PpidGiving, list[Callable[[], Any]]]:
    """Notes that the applicant had the data at the counter and signed for it, and closes the case. No commit.

    `typed`: `manner`, `copy_form`, `cost`, `payment` as in `domain.giving`, what is left out as the answer said;
    `paid_on`. Returns the row and what to run after the commit. Raises NotAllowed for whoever is not PPID, Several for
    what was typed, Conflict where the data was not given yet, was erased, was handed over before or costs more than
    the answer said.
    """
    if not requests.is_office(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))
    request = requests.find(session, request_id)
    requests.check_answers(actor, request)
    session.scalars(sa.select(Case).where(Case.id == request.case_id).with_for_update()).one()
    query = sa.select(PpidGiving).where(PpidGiving.request_id == request.id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is not None and row.given_at is not None:
        raise Conflict("That the data was handed over is recorded already.")
    answered = said(row) if row is not None else {}
    payload = {"way": rules.Way.COUNTER.value, **{name: typed.get(name) or answered.get(name, "") for name in TYPED}}
    Several.refuse(rules.faults(payload))
    how, paid_on = rules.checked(payload), _day(typed.get("paid_on", ""), requests.local_date(request.received_at))
    rules.check_receipt(
        is_answered=row is not None,
        is_erased=request.erased_at is not None,
        has_receipt=scans.is_given(upload),
        cost=how.cost,
        paid_on=paid_on,
    )
    assert row is not None  # or it would have been refused
    rules.check_taken(how.cost, row.cost)
    scan = scans.keep(session, upload, "receipt", actor)
    row.way, row.manner, row.form = how.way.value, how.manner.value, how.form.value
    row.cost, row.payment, row.paid_on = how.cost, how.payment, paid_on
    row.given_at, row.given_by = clock.now(), actor.user_id
    row.receipt_id, row.receipt_sha256 = scan.id, scan.sha256
    journal.append(
        session,
        "data_handed_over_counter",
        actor=actor,
        case_id=request.case_id,
        subject=(requests.SUBJECT, request.id),
        payload={"manner": row.manner, "form": row.form, "cost": row.cost, "sha256": scan.sha256},
    )
    session.flush()
    return row, _close(session, request)


def said(row: PpidGiving) -> dict[str, str]:
    """What the answer to the applicant said of how the data comes and what it costs."""
    return {"manner": row.manner, "copy_form": row.form, "cost": str(row.cost), "payment": row.payment}


def facts(session: Any, request: PpidRequest) -> dict[str, Any] | None:
    """How the data was given, for PPID's screen; None where it was not."""
    row = session.get(PpidGiving, request.id)
    if row is None or (row.given_at is None and (request.erased_at is not None or _has_data(session, request, row))):
        return None
    at_counter = tk._("The data lies ready at the counter.")
    shown = [
        (tk._("Handed over"), wording.instant(row.given_at) if row.given_at else ""),
        (tk._("See or copy"), tk._(MANNERS[row.manner])),
        (tk._("Form"), tk._(FORMS[row.form])),
        (tk._("Cost in rupiah"), wording.number(row.cost)),
        (tk._("Paid on"), wording.day(row.paid_on) if row.paid_on else ""),
    ]
    return {
        "given_at": row.given_at,
        "facts": shown,
        "receipt": row.receipt_id,
        "told": at_counter if row.way == rules.Way.COUNTER.value else "",
    }


def _has_data(session: Any, request: PpidRequest, row: PpidGiving) -> bool:
    """Whether the applicant took the data by its link and the request is closed: nothing is left for the counter."""
    is_by_link = row.way == rules.Way.LINK.value and request.closed_at is not None
    return is_by_link and any(grant.downloads for grant in grants.of_case(session, request.case_id or ""))


def _day(typed: str, received_on: date) -> date | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Invalid("Enter the date as year-month-day, such as 2026-03-09.", field="paid_on") from None
    if day > clock.today():
        raise Invalid("This day is still to come.", field="paid_on")
    if day < received_on:
        raise Invalid("The request came on {date}: nothing was paid before.", field="paid_on", date=received_on)
    return day


def _close(session: Any, request: PpidRequest) -> list[Callable[[], Any]]:
    """The signature is the applicant's word that the data is there: the case closes, where it is still open."""
    case = session.get(Case, request.case_id)
    for step in session.scalars(CaseStep.open_of(case.id)):
        if "close" in {exit_.value for exit_ in sops.of_version(session, case.sop_version_id).step(step.no).exits}:
            _answer, afterwards = process.carry_out(session, {}, case.id, "close", actor=SYSTEM, step_id=step.id)
            return afterwards
    return []
