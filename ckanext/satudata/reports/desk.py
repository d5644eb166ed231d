"""How the cases of reports show themselves on the desk."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_definition import Definition
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import definitions, filing, making
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk


def _said(period: Period) -> str:
    if period.is_month:
        return wording.month(period.from_on)
    return tk._("{start} to {end}").format(start=wording.day(period.from_on), end=wording.day(period.until_on))


@desk.presents(rules.PROCESS)
@desk.presents(rules.SERVICE)
class ReportPresenter(desk.Presenter):
    """Period, maker and hash; the report itself is one click away."""

    def title(self, case: Case) -> str:
        wanted, period = self._about(case)
        if wanted is None or period is None:
            return desk.begun_as(case)
        return f"{wanted.called.said(str(wording.locale_of()))}, {_said(period)}"

    def _about(self, case: Case) -> tuple[Definition | None, Period | None]:
        """The report that the case is about, and the first of the periods it asks for; None where it makes none."""
        sop = sops.of_version(model.Session, case.sop_version_id)
        made = (name for no in sop.steps for name in filing.made_by(sop, no))
        wanted = definitions.current().get(case.data.get("name") or next(made, ""))
        if wanted is None:
            return None, None
        row = self._filed(case)
        period = making.of_row(row).period if row else next(filing.periods_of(case, wanted), None)
        return wanted, period

    def _filed(self, case: Case) -> FiledReport | None:
        """The report that one of its steps filed."""
        entry = sa.select(Journal.payload["report"].astext).where(
            Journal.chain == case.id, Journal.event == filing.EVENT
        )
        return model.Session.scalars(sa.select(FiledReport).where(FiledReport.id.in_(entry)).limit(1)).first()

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        _wanted, period = self._about(case)
        found: list[tuple[str, Any]] = [(tk._("Period of the report"), _said(period))] if period else []
        row = self._filed(case)
        if row is not None:
            found += [
                (tk._("Filed by"), row.filed_by_name),
                (tk._("Figures as of"), wording.instant(row.as_of_at)),
                (tk._("SHA-256 of the PDF"), row.files["pdf"]["sha256"]),
            ]
        return found

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        if command != Command.RECORD.value:
            return ""
        return tk._("File the report") if self._makes(case, step_no) else tk._("Record that the copy was sent")

    def _makes(self, case: Case, step_no: str) -> bool:
        sop = sops.of_version(model.Session, case.sop_version_id)
        return bool(filing.made_by(sop, step_no))

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        sends = case.process == rules.SERVICE and command == Command.RECORD.value and not self._makes(case, step_no)
        return "reports/desk/copy.html" if sends else None

    def subject_label(self, case: Case) -> str:
        return tk._("Open the report")

    def subject_url(self, case: Case) -> str | None:
        wanted, period = self._about(case)
        if wanted is None or period is None:
            return None
        return tk.h.url_for("satudata_reports.index", **rules.Question(wanted.name, period).params)
