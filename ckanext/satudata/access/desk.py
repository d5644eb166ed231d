"""How the classification of data shows itself on the desk."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.access import effects
from ckanext.satudata.domain import classification as rules
from ckanext.satudata.domain.access import level_of
from ckanext.satudata.domain.classification import Cause
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.shared import classification, desk
from ckanext.satudata.shared.words import N_

CAUSES = {
    Cause.UNTESTED: N_("The restriction waits for its consequence test."),
    Cause.PROVISIONAL: N_("The data was restricted at once, for the time being; the test is still to come."),
    Cause.PERIOD: N_("The period of the restriction ends or is over."),
    Cause.PROPOSED: N_("A change of the classification is proposed."),
}


@desk.presents(effects.PROCESS)
class ClassificationPresenter(desk.DatasetPresenter):
    """Dataset or file, why there is a case, what holds now and what is proposed."""

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        agency = self.reference(case)
        found: list[tuple[str, Any]] = [
            (tk._("Why this case is open"), tk._(CAUSES[Cause(case.data["cause"])])),
            (tk._("Producer"), agency),
        ]
        try:
            now = classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id"))
        except NotThere:
            return found
        proposal = case.data.get("proposal") or {}
        found.append((tk._("Access level now"), tk._(now.level.value.capitalize())))
        if proposal.get("access_level"):
            found.append((tk._("Access level proposed"), tk._(level_of(proposal["access_level"]).value.capitalize())))
        found.append((tk._("Restriction now"), in_words(now)))
        if any(proposal.get(name) for name in rules.FIELDS):
            found.append((tk._("Restriction proposed"), in_words(rules.read(proposal, now.level))))
        return found

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        return "access/desk/record.html" if command == "record" else None

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        if command != "record":
            return {}
        proposal = {name: value for name, value in (case.data.get("proposal") or {}).items() if name in rules.FIELDS}
        if not proposal:
            try:
                now = classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id"))
                proposal = dict(now.values)
            except NotThere:
                proposal = {}
        return {"proposal": proposal, "minutes_id": case.data.get("minutes_id") or ""}


def in_words(restriction: rules.Restriction) -> str:
    """Ground, reference, period and review in one sentence; what is missing is said."""
    ground = rules.GROUNDS.get(restriction.ground)
    if restriction.is_permanent:
        period = tk._("permanent")
    else:
        period = tk._("until {date}").format(date=_day(restriction.until)) if restriction.until else ""
    review = tk._("looked at again on {date}").format(date=_day(restriction.review_on)) if restriction.review_on else ""
    parts = [f"{tk._(ground.title)} ({ground.basis})" if ground else "", restriction.basis, period, review]
    return "; ".join(part for part in parts if part) or tk._("not stated")


def _day(value: Any) -> str:
    return tk.h.satudata_date(value.isoformat())
