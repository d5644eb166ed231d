"""Offices of the government ask Walidata: no statement letter, no cost (Perpres 39/2019 art. 37(6), 39).

The process `government_request` has the commands of `request` and means the same by them, with Walidata in place of
PPID. Nothing is worked on, nor given, before it is sure that an office asks.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import effects
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.work import override

SURE_BEFORE = ("route", "deliver")


def has_agency_account(context: dict[str, Any]) -> bool:
    """Whether the caller is logged in with the account of an office: one with a role, or a member of an agency."""
    actor = actor_of(context)
    if actor.user_id is None:
        return False
    if actor.held:
        return True
    member = (
        sa.select(model.Member.id)
        .join(model.Group, model.Group.id == model.Member.group_id)
        .where(
            model.Member.table_id == actor.user_id,
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
        )
    )
    return model.Session.scalar(member.limit(1)) is not None


def is_sure(request: PpidRequest) -> bool:
    """Whether it is sure that who asks is who may ask so: always but for an office without account, confirmation and
    letter."""
    is_office = requests.process_of(request.applicant_kind) == requests.GOVERNMENT
    if not is_office or request.account_id is not None or request.confirmed_at is not None:
        return True
    return request.entered_by is not None and _has_letter(request)


def _has_letter(request: PpidRequest) -> bool:
    """Whether Walidata, who entered the request, has the office's letter. Its address is still confirmed by code."""
    kinds = sa.select(ApplicantFile.kind).where(ApplicantFile.request_id == request.id)
    return FileKind.EVIDENCE.value in model.Session.scalars(kinds).all()


def check_office(run: Run) -> None:
    """Refuses to go on for an office that is not sure to be one: neither an account nor a confirmed address."""
    request = run.session.scalars(sa.select(PpidRequest).where(PpidRequest.id == run.case.subject_id)).one()
    if not is_sure(request):
        raise Conflict(
            "The official address of this office is not confirmed yet.",
            mend="It confirms the address on the tracking page, with the code from the mail.",
        )


def bind() -> None:
    """Gives the commands of `request` the same meaning here; call it once all of them are bound."""
    from ckanext.satudata.ppid import effects as meanings

    for command in SURE_BEFORE:
        effects.on(requests.GOVERNMENT, command)(check_office)
    override.follows(requests.GOVERNMENT)(meanings.follow)
    override.checks(requests.GOVERNMENT)(meanings.may_be_put)
    effects.same(requests.PROCESS, requests.GOVERNMENT)
