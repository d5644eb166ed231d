"""The copies of filed reports that went to the Komisi Informasi (PerKI 1/2021 art. 56), as their cases log them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.report import SERVICE
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case_output import CaseOutput
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.reports import filing
from ckanext.satudata.shared import params
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.sop import sops

HOW = "sent_how"
"""The payload's field that says how a copy left; the SOP of the step demands it."""
LONGEST = 200


def take(run: Run) -> None:
    """The step after filing: day, number and way of the copy are kept with the case. Raises Invalid."""
    if run.case.process != SERVICE or run.command != Command.RECORD.value:
        return
    sop = sops.of_version(run.session, run.case.sop_version_id)
    if HOW not in sop.step(run.step.no).exits[Command.RECORD].needs:
        return
    if len(params.text(run.payload, HOW)) > LONGEST:
        raise Invalid("This is too long: at most {most} characters.", field=HOW, most=LONGEST)
    row = run.session.scalars(sa.select(CaseOutput).where(CaseOutput.step_id == run.step.id)).first()
    if row is None or row.dated_on is None or not row.number:
        mend = "Write the number and the date of the letter, also beside its file."
        raise Invalid("The copy has a number and a date.", field="output_1_number", mend=mend)


def sent(session: Any, report_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By report: `dated_on`, `number` and `how` of the copy, where one was sent."""
    filed = (
        sa.select(Journal.chain, Journal.payload["report"].astext.label("report"))
        .where(Journal.event == filing.EVENT, Journal.payload["report"].astext.in_(list(report_ids)))
        .subquery()
    )
    how = Journal.payload[HOW].astext
    rows = session.execute(
        sa.select(filed.c.report, CaseOutput.dated_on, CaseOutput.number, how)
        .join(CaseOutput, CaseOutput.case_id == filed.c.chain)
        .join(Journal, sa.and_(Journal.chain == filed.c.chain, how.is_not(None)))
        .order_by(CaseOutput.added_at)
    )
    return {report: {"dated_on": on, "number": number, "how": way} for report, on, number, way in rows}
