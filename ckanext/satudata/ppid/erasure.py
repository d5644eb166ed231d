"""The applicant asks that what tells who asked is erased; the office that answers decides, with a reason.

PPID in the process `erasure`; of an office of the government Walidata, in `government_erasure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata import config
from ckanext.satudata.domain import legal_hold
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import privacy, reaching, requests
from ckanext.satudata.shared import effects, notices, process, wording, words
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.wording import N_
from ckanext.satudata.shared.work import desk

PROCESS = privacy.ERASURE
CAUSES = {
    legal_hold.Cause.CASE: N_("the request is not closed yet"),
    legal_hold.Cause.OBJECTION_WINDOW: N_("an objection may still be made"),
    legal_hold.Cause.OBJECTION: N_("an objection is being worked on"),
    legal_hold.Cause.DISPUTE_WINDOW: N_("a dispute may still be begun"),
    legal_hold.Cause.DISPUTE: N_("a dispute is running"),
    legal_hold.Cause.APPEAL_WINDOW: N_("the ruling on the dispute may still be contested in court"),
    legal_hold.Cause.ARCHIVE: N_("the archive schedule keeps the letters"),
}


def ask(session: Any, request_id: str) -> Case:
    """Begins the case that the office decides; one at a time, and asked again it is the same. No commit.

    Raises Conflict where the data is erased already, or its erasure was granted.
    """
    request = session.scalars(
        sa.select(PpidRequest)
        .where(PpidRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if request.erased_at or request.erasure_granted_at:
        raise Conflict("The erasure was decided already.")
    waiting = latest(session, request)
    if waiting is not None and waiting.ended_at is None:
        return waiting
    return process.start(
        session,
        privacy.ERASED_BY[requests.office_of(request)],
        subject_type=PROCESS,
        subject_id=request.id,
        organization_id=None,
        actor=APPLICANT,
        works=False,
        announce=True,
    )


def latest(session: Any, request: PpidRequest) -> Case | None:
    """The newest case about the erasure of a request's data."""
    cases = sa.select(Case).where(Case.process.in_(privacy.ERASURES), Case.subject_id == request.id)
    return session.scalars(cases.order_by(Case.started_at.desc()).limit(1)).first()


def _request_of(run: Run) -> PpidRequest:
    query = sa.select(PpidRequest).where(PpidRequest.id == run.case.subject_id).with_for_update()
    found: PpidRequest = run.session.scalars(query.execution_options(populate_existing=True)).one()
    return found


@effects.on(PROCESS, "approve")
def approve(run: Run) -> None:
    """Erased at once, or as soon as nothing holds the data any more; the daily job does that."""
    request = _request_of(run)
    request.erasure_granted_at = run.now
    _tell(run, request, "ppid_erasure_granted")
    run.session.flush()
    run.answer["waits"] = bool(privacy.holds(run.session, request))
    if not run.answer["waits"]:
        privacy.erase(run.session, request, actor=run.actor, cause="asked", reason=run.payload.get("note"))


@effects.on(PROCESS, "refuse")
def refuse(run: Run) -> None:
    """The data stays until its time is over; the reason stands on the tracking page."""
    _tell(run, _request_of(run), "ppid_erasure_refused")


effects.same(PROCESS, privacy.OFFICE_ERASURE)


def _tell(run: Run, request: PpidRequest, kind: str) -> None:
    """By mail, before the address is erased; to a confirmed one only."""
    if request.confirmed_at:
        # By the request's id it would be dropped with the rest.
        params = {"number": request.number, "office": requests.office_of(request).value}
        reaching.mail(run.session, request, kind, params, key=f"{kind}:{run.case.id}")


@notices.mail("ppid_erasure_granted")
def granted_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """The last mail about the request."""
    said = tk._("The erasure of your personal data of request {number} was granted by {office}.")
    then = (
        tk._("It is erased at once, or as soon as no objection, dispute or open case needs it any more.")
        if _office(params) is Role.PPID
        else tk._("It is erased at once, or as soon as no open case needs it any more.")
    )
    return _mail(params, said, then)


@notices.mail("ppid_erasure_refused")
def refused_mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """Where the reason stands."""
    said = tk._("The erasure of your personal data of request {number} was not granted by {office}.")
    return _mail(params, said, tk._("The reason stands on the page of your request."))


def _office(params: Mapping[str, Any]) -> Role:
    return Role(params.get("office", Role.PPID))


def _mail(params: Mapping[str, Any], *lines: str) -> tuple[str, str]:
    number, office = str(params["number"]), words.office(_office(params))
    told = (line.format(number=number, office=office) for line in lines)
    body = [*told, reaching.page(number), config.government_name()]
    return tk._("Your personal data of request {number}").format(number=number), "\n\n".join(body)


def held(session: Any, request: PpidRequest) -> list[str]:
    """What keeps the data, in words with days."""
    said = []
    for hold in privacy.holds(session, request):
        why = tk._(CAUSES[hold.cause])
        until = tk._("until {date}").format(date=wording.day(hold.until)) if hold.until else ""
        said.append(" ".join(filter(None, (why, until))))
    return said


def standing(session: Any, request: PpidRequest) -> dict[str, Any]:
    """What the tracking page says of the applicant's own data."""
    case = latest(session, request)
    shown: dict[str, Any] = {
        "erased_at": request.erased_at.isoformat() if request.erased_at else None,
        "granted_at": request.erasure_granted_at.isoformat() if request.erasure_granted_at else None,
        "held": held(session, request) if request.erased_at is None else [],
        "asked_at": None,
        "due_on": None,
        "reason": "",
    }
    if case is None:
        return shown
    step = session.scalars(CaseStep.of([case.id])).first()
    due_on = step.due_on if step is not None and case.ended_at is None else None
    refused = step is not None and step.command == "refuse"
    shown |= {"asked_at": case.started_at.isoformat(), "due_on": due_on.isoformat() if due_on else None}
    return shown | {"reason": (step.note or "") if refused and step is not None else ""}


@desk.presents(privacy.OFFICE_ERASURE)
@desk.presents(PROCESS)
class ErasurePresenter(desk.Presenter):
    """Erasures on `/meja`: by the request's number; the person is not shown."""

    def title(self, case: Case) -> str:
        """The request's number."""
        return self.titles([case]).get(case.id, "")

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """The same for many."""
        numbers = dict(
            model.Session.execute(
                sa.select(PpidRequest.id, PpidRequest.number).where(
                    PpidRequest.id.in_([case.subject_id for case in cases])
                )
            ).all()
        )
        said = tk._("Personal data of request {number}")
        return {case.id: said.format(number=numbers.get(case.subject_id, "")) for case in cases}

    def reference(self, case: Case) -> str:
        """The request's register number."""
        return requests.find(model.Session, case.subject_id).number

    def numbered(self, part: str) -> Any:
        """By the register number."""
        return sa.select(PpidRequest.id).where(PpidRequest.number.icontains(part, autoescape=True))

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        """What stands in the way, and until when."""
        request = requests.find(model.Session, case.subject_id)
        return [
            (tk._("Register number"), request.number),
            (tk._("Request closed"), wording.instant(request.closed_at) if request.closed_at else ""),
            (tk._("Must be kept, for"), "; ".join(held(model.Session, request))),
            (tk._("Erased"), wording.instant(request.erased_at) if request.erased_at else ""),
        ]

    def told(self, answer: dict[str, Any]) -> list[str]:
        """Whether it is done or waits."""
        if "waits" not in answer:
            return []
        waits = tk._("The data is erased by itself as soon as nothing holds it any more.")
        return [waits if answer["waits"] else tk._("The applicant's data is erased.")]
