"""How a complaint shows itself on the desk, what its answer means, its mails, and the end of its personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from ckanext.satudata import config
from ckanext.satudata.domain.complaint import checked_answer
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.complaint import Complaint
from ckanext.satudata.shared import clock, crypto, effects, notices, params, periodic, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import complaints, desk
from ckanext.satudata.shared.work.complaints import PROCESS


@desk.presents(PROCESS)
class ComplaintPresenter(desk.Presenter):
    """By number; who complained only for who answers."""

    def title(self, case: Case) -> str:
        return self.titles([case]).get(case.id, "")

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        wanted = sa.select(Complaint.case_id, Complaint.number).where(
            Complaint.case_id.in_([case.id for case in cases])
        )
        return {
            case_id: tk._("Complaint {number}").format(number=number)
            for case_id, number in model.Session.execute(wanted)
        }

    def reference(self, case: Case) -> str:
        return complaints.of_case(model.Session(), case).number

    def numbered(self, part: str) -> Any:
        return sa.select(Complaint.id).where(Complaint.number.icontains(part, autoescape=True))

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        session = model.Session()
        row = complaints.of_case(session, case)
        found: list[tuple[str, Any]] = [(tk._("Register number"), row.number)]
        if complaints.may_read(session, case, actor):
            found.append((tk._("Complaint"), crypto.unseal(row.text) if row.erased_at is None else tk._("erased")))
            found.append((tk._("Answer"), crypto.unseal(row.answer)))
        if complaints.works_on(session, case, actor):
            person = complaints.person(session, case, actor)
            contact = " · ".join(filter(None, (person["phone"], person["email"])))
            found += [(tk._("Who complains"), person["name"]), (tk._("Contact"), contact)]
        return found

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        return "satudata/complaint/answer.html" if _answers(case, command, step_no) else None

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        return {"has_email": complaints.of_case(model.Session(), case).email is not None}

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        session = model.Session()
        row = complaints.of_case(session, case)
        url = scans.site_url("satudata_complaint.attachment", case_id=case.id)
        kept = scans.about(session, row.attachment_id, url)
        if kept is None or not complaints.may_read(session, case, actor):
            return []
        return [desk.Paper(tk._("Attachment of the complaint"), vault_id=row.attachment_id, serves=True, **kept)]

    def panel(self, case: Case, actor: Actor) -> str | None:
        return "satudata/complaint/panel.html" if self.papers(case, actor) else None

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        return {"papers": self.papers(case, actor)}

    def look_first(self, panel_data: dict[str, Any]) -> str:
        return tk._("Look first at what was attached") if panel_data["papers"] else ""

    def told(self, answer: dict[str, Any]) -> list[str]:
        if "mailed" not in answer:
            return []
        if answer["mailed"]:
            return [tk._("The answer goes out by mail.")]
        return [tk._("No e-mail address was given: tell the answer by telephone. It also stands on the tracking page.")]


def _answers(case: Case, command: str, step_no: str) -> bool:
    """Whether this command ends the case, and so is the answer."""
    exits = sops.of_version(model.Session, case.sop_version_id).step(step_no).exits
    return command == Command.RECORD.value and not exits[Command.RECORD].to


@effects.on(PROCESS, Command.RECORD.value)
def record(run: Run) -> None:
    """Where the case ends with it, the answer to who complained; steps before are done as any by hand."""
    if not run.moved.ended:
        return
    row = complaints.of_case(run.session, run.case)
    complaints.answer(run.session, row, checked_answer(params.text(run.payload, "answer")))
    run.answer["mailed"] = row.email is not None


@notices.mail("complaint_received")
def received(mailed: Mapping[str, Any]) -> tuple[str, str]:
    """Number and due date; nothing of what was written, and not the code: nobody confirmed whose address it is."""
    row = model.Session.get_one(Complaint, mailed["complaint_id"])
    shown = complaints.standing(model.Session(), row)
    lines = [
        tk._("We have received your complaint. It is registered under number {number}.").format(number=row.number),
        tk._("It is answered by: {office}.").format(office=shown["office"]),
        tk._("You will have an answer by {date} at the latest.").format(date=wording.day(shown["due_on"], weekday=True))
        if shown["due_on"]
        else "",
        _where(row),
        tk._("If you did not send this complaint, you need do nothing."),
        config.government_name(),
    ]
    return tk._("Complaint {number}").format(number=row.number), "\n\n".join(filter(None, lines))


@notices.mail("complaint_answered")
def answered(mailed: Mapping[str, Any]) -> tuple[str, str]:
    """The office's answer."""
    row = model.Session.get_one(Complaint, mailed["complaint_id"])
    lines = [
        tk._("Your complaint {number} has been answered.").format(number=row.number),
        crypto.unseal(row.answer),
        _where(row),
        config.government_name(),
    ]
    return tk._("Answer to your complaint {number}").format(number=row.number), "\n\n".join(lines)


def _where(row: Complaint) -> str:
    page = tk._("Follow your complaint here: {url}").format(url=complaints.address_of(row))
    opens = tk._(
        "The page opens with number and tracking code. The code was shown when the complaint was sent; "
        "it is in no mail."
    )
    return f"{page}\n{opens}"


@periodic.every(minutes=24 * 60, name="erase_complaints")
def erase_old() -> int:
    """Empties the personal data of complaints whose case ended longer ago than the form says; returns how many."""
    session, before = model.Session, clock.now() - relativedelta(months=config.complaint_months())
    rows = session.scalars(
        sa.select(Complaint)
        .join(Case, Case.id == Complaint.case_id)
        .where(Case.ended_at < before, Complaint.erased_at.is_(None))
        .with_for_update(of=Complaint, skip_locked=True)
    ).all()
    for row in rows:
        complaints.erase(session(), row, SYSTEM)
    session.commit()
    return len(rows)
