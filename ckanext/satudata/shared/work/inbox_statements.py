"""The inbox's statements, each made once for a kind of desk: making one takes longer than asking it.

A `Kind` is what of a person's roles shapes a statement; who asks, for which agencies and when are its parameters, read
anew at each call.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ckanext.satudata.domain import reclassification
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole


class Kind(NamedTuple):
    """`held`: of each role, whether for one agency only and whether for named processes only."""

    held: tuple[tuple[bool, bool], ...]
    audits: bool
    oversees: bool
    of_process: bool


def kind_of(actor: Actor, process: str | None) -> Kind:
    """The kind of the person's desk, whole or of one process."""
    return Kind(
        held=tuple((_agency_of(held) is not None, bool(held.processes)) for held in actor.held),
        audits=actor.has_anywhere(Role.AUDITOR),
        oversees=actor.has_anywhere(*reclassification.OVERSEERS, process=reclassification.PROCESS),
        of_process=bool(process),
    )


def asked(actor: Actor, process: str | None, now: datetime, today: date) -> dict[str, Any]:
    """Who asks, and when: the parameters of every statement here, beside those of its part."""
    found: dict[str, Any] = {"me": actor.user_id, "me_alone": [actor.user_id], "now": now, "today": today}
    found["process"] = process
    for number, held in enumerate(actor.held):
        found[f"role_{number}"] = held.role.value
        found[f"agency_{number}"] = _agency_of(held)
        found[f"processes_{number}"] = sorted(held.processes)
    return found


def _agency_of(held: Held) -> str | None:
    return None if held.role in GOVERNMENT_WIDE else held.organization_id


@lru_cache(maxsize=256)
def count(kind: Kind) -> sa.Select[tuple[int]]:
    """How many steps the person has to do."""
    open_ones = sa.select(sa.func.count()).where(sa.or_(*_held(kind)), *_of(kind))
    # Each by its own index, the first without looking at a row: few are kept from one of the many that one may hold.
    barred, others = open_ones.where(_is_barred()), open_ones.where(_is_anothers(), _is_free())
    return sa.select(open_ones.scalar_subquery() - barred.scalar_subquery() - others.scalar_subquery())


@lru_cache(maxsize=256)
def to_do(kind: Kind) -> sa.Select[tuple[CaseStep, Case, bool]]:
    """What the person may do, in order: `rows` of it, the first `offset` passed over.

    Of several roles the first `most` steps of each are looked at, so that each goes by its index.
    """
    free, held = sa.and_(_is_free(), sa.not_(_is_anothers()), *_of(kind)), _held(kind)
    if len(held) == 1:
        return _shown(held[0], free)
    first = [_in_order(sa.select(CaseStep.id).where(one, free)).limit(_whole("most")).subquery() for one in held]
    return _shown(CaseStep.id.in_(sa.union(*(sa.select(part.c.id) for part in first))))


@lru_cache(maxsize=256)
def with_others(kind: Kind) -> sa.Select[tuple[CaseStep, Case, bool]]:
    """Open steps of cases that the person worked on or sees to, and has nothing to do in; an auditor's are all.

    Of steps side by side the one that is due first. `rows` of them, the first `offset` passed over.
    """
    wanted = [CaseStep.done_at.is_(None), *_of(kind)]
    if not kind.audits:
        worked = sa.select(CaseStep.id).where(CaseStep.done_at.is_(None), CaseStep.worked.contains(_me_alone()))
        wanted.append(CaseStep.id.in_(sa.union(worked, _watched()) if kind.oversees else worked))
    own, beside = sa.orm.aliased(CaseStep), sa.orm.aliased(CaseStep)
    free = sa.and_(_is_free(own), sa.not_(_is_anothers(own)))
    to_do = sa.exists().where(own.case_id == CaseStep.case_id, sa.or_(*_held(kind, own)), free)
    sooner = sa.exists().where(
        beside.case_id == CaseStep.case_id, beside.done_at.is_(None), _due_and_id(beside) < _due_and_id(CaseStep)
    )
    return _shown(*wanted, sa.not_(to_do.correlate(CaseStep)), sa.not_(sooner.correlate(CaseStep)))


def _shown(*wanted: sa.ColumnElement[bool]) -> sa.Select[tuple[CaseStep, Case, bool]]:
    """`rows` of these steps after `offset`, in order, each with its case and whether it was sent back to this step.

    What is said of a step is looked up for these rows only.
    """
    page = _in_order(sa.select(CaseStep).where(*wanted)).offset(_whole("offset")).limit(_whole("rows"))
    step, past = sa.orm.aliased(CaseStep, page.subquery()), sa.orm.aliased(CaseStep)
    back = past.command == sa.literal_column(f"'{Command.RETURN.value}'")
    sent_back = sa.exists().where(past.case_id == step.case_id, back, past.done_at == step.opened_at)
    query = sa.select(step, Case, sent_back.correlate(step)).join(Case, Case.id == step.case_id)
    return _in_order(query, step)


def _whole(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer)


def _in_order(query: sa.Select[Any], step: Any = CaseStep) -> sa.Select[Any]:
    return query.order_by(step.due_at.asc().nulls_last(), step.opened_at, step.id)


def _due_and_id(step: Any) -> sa.ColumnElement[Any]:
    """The order in which one step stands for all that are open side by side."""
    return sa.tuple_(sa.func.coalesce(step.due_at, sa.text("'infinity'")), step.id)


def _of(kind: Kind) -> tuple[sa.ColumnElement[bool], ...]:
    """Of one process only."""
    return (CaseStep.case_id.in_(_running(Case.process == sa.bindparam("process"))),) if kind.of_process else ()


def _running(of_process: sa.ColumnElement[bool]) -> sa.Select[tuple[str]]:
    return sa.select(Case.id).where(of_process, Case.ended_at.is_(None))


def _held(kind: Kind, step: Any = CaseStep) -> list[sa.ColumnElement[bool]]:
    """Open steps of each of the person's roles."""
    wanted = []
    for number, (of_agency, of_processes) in enumerate(kind.held):
        found = sa.and_(step.done_at.is_(None), step.role == sa.bindparam(f"role_{number}"))
        if of_agency:
            found &= step.organization_id == sa.bindparam(f"agency_{number}")
        if of_processes:
            named = sa.bindparam(f"processes_{number}", type_=ARRAY(sa.Text))
            found &= step.case_id.in_(_running(Case.process == sa.any_(named)))
        wanted.append(found)
    return wanted


def _me_alone() -> sa.BindParameter[Any]:
    return sa.bindparam("me_alone", type_=JSONB)


def _is_barred() -> sa.ColumnElement[bool]:
    """Steps that four eyes keep from the person."""
    return CaseStep.barred.contains(_me_alone())


def _is_free(step: Any = CaseStep) -> sa.ColumnElement[bool]:
    """Steps that they do not."""
    return sa.or_(step.barred.is_(None), sa.not_(step.barred.contains(_me_alone())))


def _is_anothers(step: Any = CaseStep) -> sa.ColumnElement[bool]:
    """Steps that were given to somebody else, who still holds the role and may do them."""
    held = OfficerRole.not_ended(sa.bindparam("today", type_=sa.Date)).where(
        OfficerRole.user_id == step.assignee_id,
        OfficerRole.role == step.role,
        sa.or_(OfficerRole.organization_id.is_(None), OfficerRole.organization_id == step.organization_id),
        AccountProof.holds_for(OfficerRole.user_id),
    )
    barred = sa.func.coalesce(step.barred, sa.text("'[]'::jsonb")).op("@>")(sa.func.jsonb_build_array(step.assignee_id))
    return sa.and_(
        step.assignee_id.is_not(None),
        step.assignee_id != sa.bindparam("me"),
        sa.not_(barred),
        held.correlate(step).exists(),
    )


def _watched() -> sa.Select[tuple[str]]:
    """Ids of overdue steps that who oversees must see to, whoever has them."""
    overdue = CaseStep.due_at < sa.bindparam("now", type_=sa.DateTime(timezone=True))
    of = CaseStep.case_id.in_(_running(Case.process == sa.literal_column(f"'{reclassification.PROCESS}'")))
    return sa.select(CaseStep.id).where(CaseStep.done_at.is_(None), overdue, of)
