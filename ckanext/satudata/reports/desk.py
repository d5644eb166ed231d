"""How the case of a report shows itself on the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import making
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.work import desk


@desk.presents(making.PROCESS)
class ReportPresenter(desk.Presenter):
    """Period, maker and hash; the report itself is one click away."""

    def title(self, case: Case) -> str:
        called = making.definition(case.data.get("name")).called.said(str(wording.locale_of()))
        return f"{called}, {self._period(case)}"

    def _period(self, case: Case) -> str:
        period = Period(*(date.fromisoformat(case.data[day]) for day in ("from_on", "until_on")))
        if period.is_month:
            return wording.month(period.from_on)
        return tk._("{start} to {end}").format(start=wording.day(period.from_on), end=wording.day(period.until_on))

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        row = model.Session.scalars(sa.select(FiledReport).where(FiledReport.case_id == case.id)).first()
        if row is None:
            return [(tk._("Period of the report"), self._period(case))]
        return [
            (tk._("Period of the report"), self._period(case)),
            (tk._("Filed by"), row.filed_by_name),
            (tk._("Figures as of"), wording.instant(row.as_of_at)),
            (tk._("SHA-256 of the PDF"), row.files["pdf"]["sha256"]),
        ]

    def subject_url(self, case: Case) -> str | None:
        return tk.h.url_for("satudata_reports.index", **case.data)
