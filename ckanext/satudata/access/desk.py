"""How the classification of data shows itself on the desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.access import case_minutes, effects, records, wording
from ckanext.satudata.access.case_minutes import KEPT
from ckanext.satudata.domain import classification as rules
from ckanext.satudata.domain.access import DatasetStage, Level, level_of
from ckanext.satudata.domain.classification import Cause
from ckanext.satudata.domain.errors import NotAllowed, NotThere
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.decree import Decree
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.levels import classification, decrees, minutes, widening
from ckanext.satudata.shared.words import N_
from ckanext.satudata.shared.work import desk

CAUSES = {
    Cause.UNTESTED: N_("The restriction waits for its consequence test."),
    Cause.PROVISIONAL: N_("The data was restricted at once, for the time being; the test is still to come."),
    Cause.PERIOD: N_("The period of the restriction ends or is over."),
    Cause.PROPOSED: N_("A change of the classification is proposed."),
}
MINUTES = {"test": N_("Minutes of the test"), "discussion": N_("Minutes of the discussion")}
DISCUSSION = "2"
"""The step at which PPID approves (000-2)."""


@desk.presents(effects.PROCESS)
class ClassificationPresenter(desk.DatasetPresenter):
    """Dataset or file, why there is a case, what holds now and what is proposed."""

    def titles(self, cases: Sequence[Case]) -> dict[str, str]:
        """Of what left a stub the title it had: who tests it has to tell one from the other."""
        found = super().titles(cases)
        wanted = sa.select(DatasetState.package_id, DatasetState.former["title"].astext).where(
            DatasetState.package_id.in_([case.subject_id for case in cases]),
            DatasetState.state == DatasetStage.WITHDRAWN.value,
        )
        former = {package_id: title for package_id, title in model.Session.execute(wanted) if title}
        for case in cases:
            if case.subject_id in former:
                found[case.id] = tk._("{title} (withdrawn)").format(title=former[case.subject_id])
        return found

    def facts(self, case: Case, actor: Actor) -> list[tuple[str, Any]]:
        agency = self.reference(case)
        found: list[tuple[str, Any]] = [
            (tk._("Why this case is open"), tk._(CAUSES[Cause(case.data["cause"])])),
            (tk._("Producer"), agency),
        ]
        state = model.Session.get(DatasetState, case.subject_id)
        if state is not None and state.former:
            # A stub tells the public nothing; who tests the restriction has to know what it is about.
            found.insert(0, (tk._("Dataset"), state.former.get("title") or ""))
        try:
            now = classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id"))
        except NotThere:
            return found
        proposal = case.data.get("proposal") or {}
        found += [(tk._("Reason"), record.reason) for record in records.of_case(model.Session(), case.id)]
        if case.data.get("resource_id"):
            found.append((tk._("File"), _file_name(case)))
        before = case.data.get("before")
        if before:
            found.append((tk._("Access level before"), wording.level(before["access_level"])))
            found.append((tk._("Restriction before"), in_words(rules.read(before, level_of(before["access_level"])))))
        found.append((tk._("Access level now"), wording.level(now.level.value)))
        if now.level is not Level.TERBUKA:
            found.append((tk._("Restriction now"), in_words(now)))
        if proposal.get("access_level"):
            found.append((tk._("Why it may be more open"), records.proposed_because(model.Session(), case.id)))
            if not case.ended_at and (changed := _changed(case, proposal)):
                found.append((tk._("Changed since this was proposed"), changed))
        # Once the case has ended, what was proposed is what holds now.
        return found + ([] if case.ended_at else _proposed(proposal, now.level)) + _minutes_facts(case)

    def content(self, case: Case) -> str:
        """What holds and what is proposed, beside what the case keeps of it."""
        return json.dumps([super().content(case), self.facts(case, SYSTEM)], default=str)

    def subject_label(self, case: Case) -> str:
        return tk._("See what was taken back") if _former(case) else super().subject_label(case)

    def subject_url(self, case: Case) -> str | None:
        """Who tests data that left their page has to see them."""
        return _former(case) or super().subject_url(case)

    def step_title(self, case: Case, step: dict[str, Any]) -> str:
        """The step of the test can also be a proposal; it is not called a test where none was made."""
        if step["no"] != effects.TEST_STEP:
            return super().step_title(case, step)
        if step["command"] == "submit":
            return tk._("Propose to open the data further")
        if step["command"] != "record" and case.data["cause"] == Cause.PROPOSED.value:
            return tk._("Consequence test, or proposal to open the data further")
        return super().step_title(case, step)

    def offers(self, case: Case, command: str) -> bool:
        """A restriction is tested, not forgotten: its case is closed without a change only where that is taken."""
        return command != "withdraw" or effects.may_be_closed(model.Session, case)

    def command_label(self, case: Case, command: str, step_no: str) -> str:
        """What comes of it: which level, or the restriction."""
        level = (case.data.get("proposal") or {}).get("access_level")
        if command == "approve" and step_no == DISCUSSION:
            return tk._("Approve the restriction")
        known = {"approve": N_("Approve the change to {level}"), "publish": N_("Change to {level} now")}
        return tk._(known[command]).format(level=wording.level(level)) if level and command in known else ""

    def form(self, case: Case, command: str, step_no: str) -> str | None:
        if command == "approve":
            return "access/desk/discussed.html" if step_no == DISCUSSION else None
        return {"record": "access/desk/record.html", "submit": "access/desk/submit.html"}.get(command)

    def form_data(self, case: Case, command: str, actor: Actor) -> dict[str, Any]:
        if command == "submit":
            return {"levels": _more_open(case), "proposal": case.data.get("proposal") or {}}
        if command == "approve":
            return _minutes_form(case, actor, "discussion")
        if command != "record":
            return {}
        proposal = {name: value for name, value in (case.data.get("proposal") or {}).items() if name in rules.FIELDS}
        if not proposal:
            try:
                now = classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id"))
                proposal = dict(now.values)
            except NotThere:
                proposal = {}
        return {"proposal": proposal, **_minutes_form(case, actor, "test")}

    def panel(self, case: Case, actor: Actor) -> str | None:
        return "access/desk/panel.html" if self.panel_data(case, actor) else None

    def panel_data(self, case: Case, actor: Actor) -> dict[str, Any]:
        """`minutes`: (kind in words, label, address) of test and discussion; `operations`: (id, words, instant) of
        what was narrowed at once, and `exposure`, the address of what had been open, for who reads those."""
        found: dict[str, Any] = {}
        kept = [(kind, model.Session.get(Minutes, case.data.get(key) or "")) for kind, key in KEPT.items()]
        known = [
            (
                tk._(MINUTES[kind]),
                _minutes_label(record),
                tk.h.url_for("satudata_minutes.read", minutes_id=record.id),
            )
            for kind, record in kept
            if record is not None
        ]
        if known:
            found["minutes"] = known
        done = records.of_case(model.Session(), case.id)
        if done and records.may_read(actor, case.organization_id):
            found["operations"] = [(one.id, wording.kind(one.kind), one.at.isoformat()) for one in done]
            found["exposure"] = tk.h.url_for("satudata_reclassification.exposure", id=case.subject_id)
        return found

    def papers(self, case: Case, actor: Actor) -> list[desk.Paper]:
        """The scanned minutes of test and discussion, for who may read minutes of this agency; the decree's scan."""
        kept = [(kind, model.Session.get(Minutes, case.data.get(key) or "")) for kind, key in KEPT.items()]
        found = [_scanned(kind, row, actor) for kind, row in kept if row is not None]
        return [paper for paper in found if paper is not None] + [_decree(row, actor) for row in _decrees(case)]

    def look_first(self, panel_data: dict[str, Any]) -> str:
        return tk._("Read the minutes of the test first") if panel_data.get("minutes") else ""


def _scanned(kind: str, row: Minutes, actor: Actor) -> desk.Paper | None:
    try:
        minutes.find(model.Session(), actor, row.id)
    except (NotThere, NotAllowed):
        return None
    url = scans.site_url("satudata_minutes.scan", minutes_id=row.id)
    scan = scans.about(model.Session(), row.scan_id, url)
    if scan is None:
        return desk.Paper(tk._(MINUTES[kind]), dated_on=row.held_on)
    facts = {name: scan[name] for name in ("filename", "size", "sha256", "url")}
    return desk.Paper(tk._(MINUTES[kind]), vault_id=row.scan_id, dated_on=row.held_on, serves=True, **facts)


def _decrees(case: Case) -> list[Decree]:
    """The decrees that the restriction in force, and the one that is proposed, refer to."""
    named = [(case.data.get("proposal") or {}).get("access_decree")]
    with suppress(NotThere):
        named.append(classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id")).decree)
    rows = [model.Session.get(Decree, id_) for id_ in dict.fromkeys(filter(None, named))]
    return [row for row in rows if row is not None]


def _decree(row: Decree, actor: Actor) -> desk.Paper:
    """Its number and day for every officer; the scan for who may read each line of it."""
    about = {"number": row.number, "dated_on": row.dated_on}
    url = scans.site_url("satudata_decrees.scan", decree_id=row.id)
    scan = scans.about(model.Session(), row.scan_id, url)
    if scan is None:
        return desk.Paper(tk._("Decree"), **about)
    facts = {name: scan[name] for name in ("filename", "size", "sha256")}
    serves = decrees.may_take_scan(model.Session(), actor, row)
    return desk.Paper(tk._("Decree"), vault_id=row.scan_id, url=url, serves=serves, **about, **facts)


def _proposed(proposal: dict[str, Any], now: Level) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if proposal.get("access_level"):
        found.append((tk._("Access level proposed"), wording.level(proposal["access_level"])))
    if any(proposal.get(name) for name in rules.FIELDS):
        found.append((tk._("Restriction proposed"), in_words(rules.read(proposal, now))))
    return found


def _changed(case: Case, proposal: dict[str, Any]) -> str:
    """What is not as it was when the opening was proposed: it must be sent through review again."""
    about = case.subject_id, proposal["access_level"], case.data.get("resource_id")
    sealed = proposal.get("sealed") or {}
    is_narrowed, names = widening.changed_since(model.Session(), *about, sealed)
    said = [tk._("The access was narrowed again.")] if is_narrowed else []
    if files := [name for name in names if name]:
        said.append(tk._("New or other files: {names}.").format(names=", ".join(files)))
    if "" in names:
        said.append(tk._("The description is another one."))
    return " ".join([*said, tk._("It must be sent through review again.")]) if said else ""


def _former(case: Case) -> str:
    """Where the officer sees the data of this case, if they left the public description."""
    state, resource_id = model.Session.get(DatasetState, case.subject_id), case.data.get("resource_id")
    if state is None:
        return ""
    file = model.Session.scalars(ResourceFile.newest([resource_id])).one_or_none() if resource_id else None
    is_gone = access.is_kept(state, file, case.subject_id) or bool(state.former and not resource_id)
    return tk.h.satudata_former_url(case.subject_id) if is_gone else ""


def _more_open(case: Case) -> list[tuple[str, Any, str]]:
    """The levels more open than the one that holds, as (value, label, meaning)."""
    try:
        now = classification.restriction_of(model.Session, case.subject_id, case.data.get("resource_id"))
    except NotThere:
        return []
    state = model.Session.get(DatasetState, case.subject_id)
    # A file is never more open than its dataset.
    least = level_of(state.access_level).strictness if state is not None and case.data.get("resource_id") else 0
    wanted = [level for level in Level if least <= level.strictness < now.level.strictness]
    known = [tk.h.satudata_level(level.value) for level in wanted]
    return [(level["code"], level["label"], level["meaning"]) for level in known]


def _file_name(case: Case) -> str:
    resource_id = case.data["resource_id"]
    names = records.file_names(model.Session(), [(case.subject_id, resource_id)])
    return names.get(resource_id) or tk._("File without a name")


def _minutes_facts(case: Case) -> list[tuple[str, str]]:
    """Whether test and discussion have their minutes; a wish to open further has none of either."""
    if (case.data.get("proposal") or {}).get("access_level"):
        return []
    found = []
    for kind, key in KEPT.items():
        record = model.Session.get(Minutes, case.data.get(key) or "")
        said = _day(record.held_on) if record is not None else _only_stored(case, kind)
        found.append((tk._(MINUTES[kind]), said))
    return found


def _only_stored(case: Case, kind: str) -> str:
    """Of minutes that were stored for this case but are not handed in with a command yet."""
    wanted = sa.select(Minutes.held_on).where(Minutes.case_id == case.id, Minutes.kind == kind)
    day = model.Session.scalar(wanted.order_by(Minutes.held_on.desc()).limit(1))
    if day is None:
        return tk._("not recorded yet")
    return tk._("{date}, stored; not handed in with the form yet").format(date=_day(day))


def _minutes_form(case: Case, actor: Actor, kind: str) -> dict[str, Any]:
    """What the forms of test and discussion ask for; those of this case are offered first."""
    known = _minutes_of(case, actor, kind)
    address = tk.h.url_for("satudata_minutes.new", case_id=case.id, kind=kind, subject=case_minutes.title(case))
    own = next((row.id for row in known if row.case_id == case.id), "")
    return {
        "minutes_id": case.data.get(KEPT[kind]) or own,
        "minutes_label": tk._(MINUTES[kind]),
        "minutes": [(row.id, _minutes_label(row)) for row in known],
        "new_minutes": address,
    }


def _minutes_of(case: Case, actor: Actor, kind: str) -> list[Minutes]:
    """The minutes of that kind about the dataset that the person may read, the latest first."""
    try:
        rows, _count = minutes.listed(model.Session(), actor, dataset_id=case.subject_id)
    except NotAllowed:
        return []
    return [row for row in rows if row.kind == kind]


def _minutes_label(row: Minutes) -> str:
    return tk._("{subject}, {date}").format(subject=row.subject, date=_day(row.held_on))


def in_words(restriction: rules.Restriction) -> str:
    """Ground, reference, period and review in one sentence; what is missing is said."""
    ground = GROUNDS.get(restriction.ground)
    if restriction.is_permanent:
        period = tk._("permanent")
    else:
        period = tk._("until {date}").format(date=_day(restriction.until)) if restriction.until else ""
    review = tk._("looked at again on {date}").format(date=_day(restriction.review_on)) if restriction.review_on else ""
    parts = [f"{tk._(ground.title)} ({ground.basis})" if ground else "", restriction.basis.rstrip(". "), period, review]
    return "; ".join(part for part in parts if part) or tk._("not stated")


def _day(value: Any) -> str:
    return tk.h.satudata_date(value.isoformat())
