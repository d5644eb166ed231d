"""Roles that running cases need and nobody holds, found before a case is stuck.

What is vacant is reckoned from the officers' table whenever it is asked, so it is true the moment a case begins or a
role is given or ends. Every ten minutes what is new is told to Walidata, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import config
from ckanext.satudata.domain import performers
from ckanext.satudata.domain import process as rules
from ckanext.satudata.domain.officer import Held, Role
from ckanext.satudata.domain.process import Instance
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Sop, Step
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.vacancy import Vacancy
from ckanext.satudata.shared import actors, clock, notices, periodic, words
from ckanext.satudata.shared.care import doctor
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import step_mail

KIND = "roles_vacant"
NAMED = 20
"""Gaps that a mail names one by one."""


@dataclass(frozen=True)
class Gap:
    """A role that nobody holds for an agency (None: the government), with the steps that wait for it.

    `now`: open steps; `later`: cases that may still come to one. `case_id`: where four eyes leave an open step
    (`step_id`) to nobody, though the role is held.
    """

    role: Role
    organization_id: str | None
    now: int
    later: int
    oldest_at: datetime | None = None
    case_id: str = ""
    step_id: str = ""


@dataclass
class _Officers:
    """Everybody who holds something now."""

    rows: list[tuple[str, Held]]

    @classmethod
    def now(cls, session: Any) -> _Officers:
        found = OfficerRole.not_ended(clock.today()).where(AccountProof.holds_for(OfficerRole.user_id))
        active = session.query(model.User.id).filter(model.User.state == model.State.ACTIVE)
        return cls([(row.user_id, row.held) for row in session.scalars(found.where(OfficerRole.user_id.in_(active)))])

    def holding(self, role: Role, organization_id: str | None, process: str) -> set[str]:
        return {
            user_id
            for user_id, held in self.rows
            if held.role is role
            and held.counts_for(process)
            and (role in GOVERNMENT_WIDE or held.organization_id in (None, organization_id))
        }

    def anywhere(self, role: Role, process: str) -> set[str]:
        """Those who hold the role at some agency: for a step whose agency is not chosen yet."""
        return {user_id for user_id, held in self.rows if held.role is role and held.counts_for(process)}

    def of_agency(self, organization_id: str | None) -> set[str]:
        return {user_id for user_id, held in self.rows if organization_id and held.organization_id == organization_id}


@dataclass(frozen=True)
class _Waiting:
    """The open steps of one kind: of the same SOP, step, role and agency."""

    process: str
    sop_version_id: str
    agency: str | None
    no: str
    role: Role
    organization_id: str | None
    count: int
    oldest_at: datetime | None


def find(session: Any) -> list[Gap]:
    """Every gap, those that stop a case now first."""
    officers, groups = _Officers.now(session), _waiting(session)
    now: dict[tuple[Role, str | None], int] = defaultdict(int)
    later: dict[tuple[Role, str | None], int] = defaultdict(int)
    oldest: dict[tuple[Role, str | None], datetime] = {}
    barred: list[Gap] = []
    for one in groups:
        sop = sops.of_version(session, one.sop_version_id)
        people = officers.holding(one.role, one.organization_id or one.agency, one.process)
        key = (one.role, one.organization_id)
        if not people and one.role not in performers.NOBODYS:
            now[key] += one.count
            if one.oldest_at:
                oldest[key] = min(one.oldest_at, oldest.get(key, one.oldest_at))
        elif sop.step(one.no).not_same_as and one.role not in performers.NOBODYS:
            barred += _barred(session, one, people)
        for role, agency in _missing_ahead(sop, one, officers):
            later[role, agency] += one.count
    gaps = [
        Gap(role, agency, now[role, agency], later[role, agency], oldest.get((role, agency)))
        for role, agency in {**now, **later}
    ]
    return sorted([*gaps, *barred], key=lambda gap: (not gap.now, gap.role.value, gap.organization_id or ""))


def _waiting(session: Any) -> list[_Waiting]:
    columns = (
        Case.process,
        Case.sop_version_id,
        Case.organization_id,
        CaseStep.no,
        CaseStep.role,
        CaseStep.organization_id,
    )
    query = (
        sa.select(*columns, sa.func.count(), sa.func.min(CaseStep.opened_at))
        .join(Case, Case.id == CaseStep.case_id)
        .where(CaseStep.done_at.is_(None), Case.ended_at.is_(None))
        .group_by(*columns)
    )
    return [
        _Waiting(process, version, agency, no, Role(role), organization_id, count, oldest)
        for process, version, agency, no, role, organization_id, count, oldest in session.execute(query)
    ]


def _missing_ahead(sop: Sop, one: _Waiting, officers: _Officers) -> Iterator[tuple[Role, str | None]]:
    """Role and agency of every step that these cases may still come to and nobody could do."""
    found = set()
    for no in performers.ahead(sop, [one.no]):
        # Who does the same step beside it has an open one too.
        for role in sop.step(no).pelaksana if no != one.no else ():
            agency = None if role in GOVERNMENT_WIDE else one.agency
            if role in performers.NOBODYS:
                continue
            if not _is_covered(sop, sop.step(no), role, agency, one.process, officers):
                found.add((role, agency))
    yield from sorted(found, key=lambda gap: (gap[0].value, gap[1] or ""))


def _is_covered(sop: Sop, step: Step, role: Role, agency: str | None, process: str, officers: _Officers) -> bool:
    """Whether somebody could do this part of a step to come, or the file names a stand-in for an only officer."""
    if agency is None and role not in GOVERNMENT_WIDE:
        return bool(officers.anywhere(role, process))
    people = officers.holding(role, agency, process)
    if not people:
        return step.stand_in is not None and len(officers.of_agency(agency)) == 1
    if len(people) > 1 or step.stand_in is not None:
        return True
    # One person who alone does the other step too will be barred from this one.
    others = ((no, other) for no in step.not_same_as for other in sop.step(no).pelaksana)
    return not any(
        (no, other) != (step.no, role) and officers.holding(other, agency, process) == people for no, other in others
    )


def _barred(session: Any, one: _Waiting, people: set[str]) -> Iterator[Gap]:
    """Open steps that everybody who holds the role has worked before (`shared.work.step_marks`)."""
    query = (
        sa.select(CaseStep.id, CaseStep.case_id, CaseStep.opened_at)
        .join(Case, Case.id == CaseStep.case_id)
        .where(
            CaseStep.done_at.is_(None),
            Case.ended_at.is_(None),
            Case.sop_version_id == one.sop_version_id,
            CaseStep.no == one.no,
            CaseStep.role == one.role.value,
            CaseStep.organization_id.is_not_distinct_from(one.organization_id),
            Case.organization_id.is_not_distinct_from(one.agency),
            CaseStep.barred.contains(sorted(people)),
        )
    )
    for step_id, case_id, opened_at in session.execute(query):
        yield Gap(one.role, one.organization_id, 1, 0, opened_at, case_id, step_id)


def of_case(session: Any, instance: Instance) -> list[dict[str, Any]]:
    """The steps of one case, open or ahead, that nobody could do now: `no`, `role`, `is_open`, and `barred` where the
    role is held, but only by who must not do it."""
    if not instance.open:
        return []
    officers, found = _Officers.now(session), []
    process = instance.sop.process.value
    for step in instance.open:
        if step.role in performers.NOBODYS:
            continue
        people = officers.holding(step.role, step.organization_id or instance.organization_id, process)
        barred = bool(people) and all(rules.barred_by(instance, step, person) for person in people)
        if not people or barred:
            found.append({"no": step.no, "role": step.role.value, "is_open": True, "barred": barred})
    here = {step.no for step in instance.open}
    for no in performers.ahead(instance.sop, here):
        for role in instance.sop.step(no).pelaksana if no not in here else ():
            agency = None if role in GOVERNMENT_WIDE else instance.organization_id
            row = instance.sop.step(no)
            if role in performers.NOBODYS or _is_covered(instance.sop, row, role, agency, process, officers):
                continue
            barred = bool(officers.holding(role, agency, process))
            found.append({"no": no, "role": role.value, "is_open": False, "barred": barred})
    order = list(instance.sop.steps)
    return sorted(found, key=lambda one: order.index(str(one["no"])))


@periodic.every(minutes=10, name="vacancies")
def look() -> None:
    """Settles who stands in, since officers come and go, and tells Walidata of what is new."""
    session = model.Session
    _settle(session)
    tell(session, find(session))
    session.commit()


def _settle(session: Any) -> None:
    """Each case in a transaction of its own."""
    for case_id in _with_stand_in(session):
        case = session.scalars(Case.locked(case_id)).one()
        changed = stand_ins.settle(session, case)
        step_mail.announce(session, case, sops.of_version(session, case.sop_version_id), changed, returned=False)
        session.commit()


def _with_stand_in(session: Any) -> list[str]:
    """Open cases in which somebody stands in, or at whose step nobody is left who could do it."""
    standing = sa.select(CaseStep.case_id).where(CaseStep.done_at.is_(None), CaseStep.stands_for.is_not(None))
    found = set(session.scalars(standing))
    stuck = [gap for gap in find(session) if gap.now]
    found |= {gap.case_id for gap in stuck if gap.case_id}
    for gap in stuck:
        if not gap.case_id:
            waits = sa.select(CaseStep.case_id).where(
                CaseStep.done_at.is_(None),
                CaseStep.role == gap.role.value,
                CaseStep.organization_id.is_not_distinct_from(gap.organization_id),
            )
            found |= set(session.scalars(waits))
    return sorted(found)


def tell(session: Any, gaps: list[Gap]) -> int:
    """Queues one mail to Walidata about the gaps it was not told of, and forgets those that are filled. No commit.

    Returns how many are new. Where nobody is Walidata they stay new until somebody is.
    """
    if not actors.users_holding(Role.WALIDATA):
        return 0
    keys = {(gap.role.value, gap.organization_id or "", gap.step_id): gap for gap in gaps}
    for row in session.scalars(sa.select(Vacancy)).all():
        if (row.role, row.organization_id, row.step_id) not in keys:
            session.delete(row)
    new = []
    for (role, agency, step_id), gap in keys.items():
        row = {"role": role, "organization_id": agency, "step_id": step_id, "found_at": clock.now()}
        if session.execute(insert(Vacancy).values(row).on_conflict_do_nothing()).rowcount:
            new.append(gap)
    if new:
        told = [{"role": gap.role.value, "organization_id": gap.organization_id or ""} for gap in new[:NAMED]]
        notices.queue(session, KIND, to_role=Role.WALIDATA, params={"gaps": told, "count": len(new)})
    return len(new)


def agency_title(organization_id: str | None) -> str:
    """The agency's name; "" for the whole government."""
    agency = model.Session.get(model.Group, organization_id) if organization_id else None
    return (agency.title or agency.name) if agency is not None else ""


@notices.mail(KIND)
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    """`params`: gaps: [{role, organization_id}], the first of them; count."""
    lines = [tk._("Cases that run need these roles, and nobody can act in them:")]
    lines += [f"- {_named(gap['role'], gap['organization_id'])}" for gap in params["gaps"]]
    more = params["count"] - len(params["gaps"])
    if more > 0:
        lines.append(tk._("And {count} more.").format(count=more))
    lines.append(
        tk._("Appoint somebody, acting (Plt./Plh.) if need be, before the cases are stuck: {url}").format(
            url=notices.site_url("/admin/satudata")
        )
    )
    lines.append(config.government_name())
    return tk._("{count} roles are vacant and needed").format(count=params["count"]), "\n\n".join(lines)


def _named(role: str, organization_id: str | None) -> str:
    return ", ".join(filter(None, (words.role_name(role), agency_title(organization_id))))


@doctor.check("vacancies", "Every role that a running case needs is held by somebody.")
def check() -> Iterator[doctor.Problem]:
    """Cases that are stuck, or will be, because nobody can act."""
    gaps = find(model.Session)
    if gaps:
        names = dict.fromkeys(_named(gap.role.value, gap.organization_id) for gap in gaps)
        yield doctor.Problem(
            "Running cases need roles in which nobody can act: {names}.",
            "Appoint somebody, acting (Plt./Plh.) if need be.",
            any(gap.now for gap in gaps),
            {"names": "; ".join(list(names)[:5])},
            page="satudata_admin.index",
        )
