"""Actions on objections and disputes. Parameters and results: docs/objections.md."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context

from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere, Several
from ckanext.satudata.domain.objection import PROCESS, Channel, Ground, Outcome
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.report import parse_on
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import disputes, network, objection_standing, objections, requests
from ckanext.satudata.shared import clock, crypto, journal, params, process
from ckanext.satudata.shared.actors import APPLICANT, actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_dispute_record",
    "satudata_objection_create",
    "satudata_objection_enter",
    "satudata_objection_ground_list",
    "satudata_objection_respond",
    "satudata_objection_show",
    "satudata_objection_track",
    "satudata_objection_withdraw",
]


@tk.side_effect_free
def satudata_objection_ground_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The grounds of an objection (UU 14/2008 art. 35(1)).

    :returns: `code` (`a` to `g`), `title`, `hint`, `text` (Indonesian, the law's words), `basis`, `amicable`: whether
        it may be settled by agreement
    """
    tk.check_access("satudata_objection_ground_list", context, data_dict)
    return [
        {
            "code": ground.value,
            "title": tk._(text.title),
            "hint": tk._(text.hint),
            "text": text.text,
            "basis": text.basis,
            "amicable": ground in rules.AMICABLE,
        }
        for ground, text in rules.GROUNDS.items()
    ]


@boundary
def satudata_objection_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Object to how a request was answered, or was not. For who has its number and code.

    :param number: register number of the request
    :param tracking_code: its code
    :param ground: `a` to `g`; which can be used now tells `satudata_objection_track`
    :param words: why, at least 20 characters
    :param proxy: who objects in the applicant's name (optional)
    :param key: any text; the same text with the same objection is stored once (optional)
    :returns: `number`, `received_at`, `due_on`, `created`
    """
    tk.check_access("satudata_objection_create", context, data_dict)
    text = rules.cleaned(data_dict)
    Several.refuse(rules.faults(text, ground=params.text(data_dict, "ground"), trap=params.text(data_dict, "website")))
    request = requests.tracked(model.Session, data_dict)
    typed = objections.Typed(params.text(data_dict, "ground"), **text)
    with transaction():
        row, created = objections.lodge(
            model.Session,
            request.id,
            typed,
            key=params.text(data_dict, "key")[:200],
            language=tk.h.lang() if has_request_context() else str(tk.config["ckan.locale_default"]),
            address=network.caller(),
        )
    return {**_numbered(row), "created": created}


@boundary
def satudata_objection_enter(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Enter an objection that came in at the counter or by letter. PPID's act.

    :param request: id, ref or number of the request
    :param ground: `a` to `g`
    :param words: why, as the applicant says it
    :param proxy: who objects in the applicant's name (optional)
    :param channel: `counter` or `letter`
    :param received_on: the day it came in, never in the future; it runs the clock (optional, default today)
    :param scan: the letter or the signed form, a PDF (optional at the counter)
    :param key: any text; the same text with the same objection is stored once (optional)
    :returns: `number`, `received_at`, `due_on`, `case_id`, `created`
    """
    tk.check_access("satudata_objection_enter", context, data_dict)
    actor = actor_of(context)
    if not actor.has_anywhere(Role.PPID, process=PROCESS):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))
    text = rules.cleaned(data_dict)
    channel = _channel(data_dict)
    found = rules.faults(text, ground=params.text(data_dict, "ground"))
    if channel is Channel.LETTER and not scans.is_given(data_dict.get("scan")):
        found.append(Invalid("The scan of the letter is missing.", field="scan", mend="Choose the PDF."))
    session, asked = model.Session, params.text(data_dict, "request")
    try:
        request = requests.find(session, asked) if asked else None
    except NotThere:
        if not found:
            raise
        request = None
    if request is None:
        missing = "There is no such request." if asked else "Enter the number of the request."
        found.insert(0, Invalid(missing, field="request", mend="It stands on the receipt and in the register."))
    Several.refuse(found)
    received_at = _received_at(data_dict.get("received_on"))
    scan = data_dict.get("scan")
    typed = objections.Typed(
        params.text(data_dict, "ground"), **text, channel=channel, received_at=received_at, scan=scan
    )
    key = params.text(data_dict, "key")[:200]
    with transaction():
        row, created = objections.lodge(session, request.id, typed, key=key, language=request.language, actor=actor)
    return {**_numbered(row), "case_id": row.case_id, "created": created}


def _channel(data_dict: dict[str, Any]) -> Channel:
    typed = params.text(data_dict, "channel") or Channel.COUNTER.value
    if typed not in (Channel.COUNTER.value, Channel.LETTER.value):
        raise Invalid("Choose how the objection came in.", field="channel")
    return Channel(typed)


def _received_at(typed: Any) -> datetime:
    """The last instant of that day, or now where it is today; a day to come is left for the rules to refuse."""
    if not typed:
        return clock.now()
    on: date = parse_on(typed, "received_on")
    if on == clock.today():
        return clock.now()
    return datetime.combine(on, time(23, 59, 59), clock.zone())


@boundary
def satudata_objection_track(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What can be objected to now, and where objections stand, for the applicant.

    :param number: register number of the request
    :param tracking_code: its code
    :returns: `grounds` that can be used now (`code`, `title`, `hint`, `until`), `until`, `silence_on` (from when
        silence is a ground), `objections` (`number`, `ground`, `received_at`, `due_on`, `outcome`, `answered_at`,
        `sentence`, `response`, `dispute_until`, `dispute`)
    """
    tk.check_access("satudata_objection_track", context, data_dict)
    shown = objection_standing.for_applicant(model.Session, requests.tracked(model.Session, data_dict))
    return {**shown, "until": shown["until"].isoformat() if shown["until"] else None}


@boundary
def satudata_objection_withdraw(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take an objection back that is not answered yet. For who has number and code of the request.

    :param number: register number of the request
    :param tracking_code: its code
    :param objection: number of the objection
    :returns: `number`, `outcome`
    """
    tk.check_access("satudata_objection_withdraw", context, data_dict)
    row = objections.own(model.Session, requests.tracked(model.Session, data_dict), params.text(data_dict, "objection"))
    process.apply(context, row.case_id or "", Command.WITHDRAW.value, actor=APPLICANT)
    return {"number": row.number, "outcome": Outcome.WITHDRAWN.value}


@boundary
def satudata_objection_respond(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say whether the superior's answer is accepted; it stands in the register. Once.

    :param number: register number of the request
    :param tracking_code: its code
    :param objection: number of the objection
    :param response: `accepted` or `not_accepted`
    :returns: `number`, `response`
    """
    tk.check_access("satudata_objection_respond", context, data_dict)
    session = model.Session
    row = objections.own(session, requests.tracked(model.Session, data_dict), params.text(data_dict, "objection"))
    response = params.text(data_dict, "response")
    if response not in {one.value for one in rules.Response}:
        raise Invalid("Choose an answer.", field="response")
    with transaction():
        session.refresh(row, with_for_update=True)
        if row.outcome not in (Outcome.UPHELD.value, Outcome.REJECTED.value):
            raise Invalid("This objection has no answer of the superior.", field="objection")
        if row.response is None:
            row.response, row.responded_at = response, clock.now()
            subject = (rules.SUBJECT, row.id)
            payload = {"response": response}
            journal.append(
                session, "objection_responded", actor=APPLICANT, case_id=row.case_id, subject=subject, payload=payload
            )
    return {"number": row.number, "response": row.response}


@boundary
def satudata_objection_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """One objection, for the officers who serve it.

    :param id: its id or number
    :returns: the objection with its `dispute`; `words`, `proxy`, `reasons` and `applicant` only for the superior and
        PPID, and the look is journalled, once a day
    """
    tk.check_access("satudata_objection_show", context, data_dict)
    session, actor = model.Session, actor_of(context)
    row = objections.find(session, params.text(data_dict, "id"))
    if not (objections.works_on(actor) or actor.has_anywhere(Role.AUDITOR, process=PROCESS)):
        raise NotThere("There is no such objection.")
    shown = _plain(session, row) | {"dispute": disputes.shown(session, row, with_files=objections.works_on(actor))}
    if objections.works_on(actor):
        who = objections.person(session, row, actor)
        sealed = {name: crypto.unseal(getattr(row, name)) for name in ("words", "proxy", "reasons")}
        shown |= {"applicant": dict(who), **sealed}
    return shown


@boundary
def satudata_dispute_record(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record what happened in the dispute before the Komisi Informasi. PPID and the superior do it.

    :param objection: id or number of the objection
    :param kind: `filed` (first), `mediation`, `hearing`, `ruling`, `appeal`, `cassation`, `withdrawn`, `carried_out`
    :param happened_on: the day
    :param body: the commission or court (optional, default Komisi Informasi)
    :param number: its number (optional)
    :param outcome: of a mediation `agreed` or `failed`; of a ruling `granted`, `granted_in_part`, `rejected` or
        `not_admitted`; of an appeal or cassation `confirmed` or `overturned`
    :param note: in words (optional; encrypted)
    :param scan: its document, a PDF (optional)
    :returns: `id`, `kind`, `happened_on`, `late`: brought after the 14 working days
    """
    tk.check_access("satudata_dispute_record", context, data_dict)
    session = model.Session()
    with transaction():
        made = disputes.add(session, params.text(data_dict, "objection"), data_dict, actor=actor_of(context))
    row = session.get_one(Objection, made.objection_id)
    said = {"id": made.id, "kind": made.kind, "happened_on": made.happened_on.isoformat()}
    return {**said, "late": disputes.is_late(row, said)}


def _numbered(row: Objection) -> dict[str, Any]:
    return {
        "number": row.number,
        "received_at": row.received_at.isoformat(),
        "due_on": objections.answer_due(row).due_on.isoformat(),
    }


def _plain(session: Any, row: Objection) -> dict[str, Any]:
    request = session.scalar(sa.select(PpidRequest.number).where(PpidRequest.id == row.request_id))
    return {
        "id": row.id,
        **_numbered(row),
        "request": request,
        "case_id": row.case_id,
        "ground": row.ground,
        "ground_title": tk._(rules.GROUNDS[Ground(row.ground)].title),
        "channel": row.channel,
        "outcome": row.outcome,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "superior_name": row.superior_name,
        "superior_position": row.superior_position,
        "sent_to": row.sent_to,
        "settled_on": row.settled_on.isoformat() if row.settled_on else None,
        "response": row.response,
    }
