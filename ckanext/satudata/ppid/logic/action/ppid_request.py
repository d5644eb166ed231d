"""Actions on requests for data. Parameters and results: docs/requests.md."""

from __future__ import annotations

from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context

from ckanext.satudata.domain import ppid_request as rules
from ckanext.satudata.domain.applicant import FileKind, Shown
from ckanext.satudata.domain.errors import Invalid, NotThere, Several
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import (
    addresses,
    applicant_files,
    asking,
    clocks,
    completing,
    config,
    form_drafts,
    government,
    messages,
    network,
    pictures,
    requests,
    standing,
)
from ckanext.satudata.ppid.presenter import may_read_letter
from ckanext.satudata.shared import clock, params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import letter_scans
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text as text_of

__all__ = [
    "satudata_ppid_request_confirm",
    "satudata_ppid_request_create",
    "satudata_ppid_request_list",
    "satudata_ppid_request_repair",
    "satudata_ppid_request_resend",
    "satudata_ppid_request_show",
    "satudata_ppid_request_track",
    "satudata_refusal_reason_list",
]


@boundary
def satudata_ppid_request_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask for data; no account is needed. Stored, numbered and dated at once.

    :param question: which data is needed
    :param purpose: what it will be used for, at least 20 characters
    :param applicant_kind: `person`, `legal_entity`, `group` or `government`; a government office logs in with its
        account or gives an official address, and is led to Walidata
    :param name: full name
    :param address: postal address
    :param occupation: occupation; of a government user the position
    :param email: e-mail address; this or `phone`
    :param phone: telephone number
    :param nik: identity number, 16 digits (optional)
    :param institution: name of the legal entity, group or office
    :param legal_number: number of the decree or deed of a legal entity
    :param power_number: number of the power of attorney of a group
    :param citizen: `true`: declares to be an Indonesian citizen or entity
    :param identity: identity document, a file (multipart): JPEG, PNG, HEIC or PDF to 15 MB
    :param power: power of attorney of a group, a file as above
    :param dataset: id or name of the dataset asked for (optional)
    :param resource: id of its resource (optional)
    :param form: `soft` or `hard` copy
    :param obtain: `see` (look at it, read, listen, note down) or `copy` (optional, default `copy`)
    :param sending: how the copy is to come: `link`, `collect`, `courier` or `post` (optional; else a file comes by
        link, paper is fetched)
    :param consent: `true`: agrees to the privacy notice
    :param key: any text; the same text with the same request is stored once (optional; without it the same request
        within a minute is)
    :param draft: token of a draft whose files go with the request (the portal's own form)
    :returns: `id`, `ref`, `number`, `received_at`, `due_on`, `tracking_code`, `created`
    """
    tk.check_access("satudata_ppid_request_create", context, data_dict)
    session, draft = model.Session, params.text(data_dict, "draft")[:100]
    files, wrong = _files(data_dict)
    shown = Shown(
        is_citizen=params.flag(data_dict, "citizen"),
        files={*files, *form_drafts.kinds(session, draft)},
        has_agency_account=government.has_agency_account(context),
    )
    text = rules.cleaned(data_dict)
    faults = wrong + rules.faults(
        text,
        consent=params.flag(data_dict, "consent"),
        shown=shown,
        demands=config.demands(),
        trap=params.text(data_dict, "website"),
    )
    if faults:
        raise tk.ValidationError(_by_field(faults))
    target = asking.target_of(params.text(data_dict, "dataset"), params.text(data_dict, "resource"))
    come = asking.Coming(
        key=params.text(data_dict, "key")[:200],
        language=_language(),
        address=network.caller(),
        is_citizen=shown.is_citizen,
        account_id=actor_of(context).user_id if shown.has_agency_account else None,
        files=files,
        draft=draft,
    )
    with transaction():
        row, created = asking.take(session, rules.asked(text), target, come)
    return {**_numbered(row), "tracking_code": requests.tracking_code(row), "created": created}


def _files(data_dict: dict[str, Any]) -> tuple[dict[FileKind, pictures.Attached], list[Invalid]]:
    """What was attached and can be kept, and what is wrong with the rest."""
    try:
        return applicant_files.received(data_dict, applicant_files.APPLICANTS, network.caller()), []
    except Several as faults:
        return {}, faults.errors


def _language() -> str:
    return tk.h.lang() if has_request_context() else str(tk.config.get("ckan.locale_default", "id"))


def _by_field(faults: list[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.field, []).append(text_of(fault))
    return found


@boundary
def satudata_ppid_request_track(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where a request stands, for the applicant.

    :param number: the register number
    :param tracking_code: the code shown when the request was sent
    :returns: `ref`, `number`, `received_at`, `due_on`, `sentence`, `state`, `confirmed`, `address_wrong`
        (a link had gone to it: it is corrected before any code is sent), `timeline`, `code_sent_at`
        (empty while the mail with the code waits), `letters` (the `url` of each is fetched with number and code as
        HTTP Basic), `files` (`name`, `size`, `sha256`, `link`, `link_state`, `link_until`, `downloads_left` of each),
        `link` (address of the first file that can be had), `link_state` (`none`, `alive`, `spent`, `expired` or
        `ended`), `link_state_at`, and `link_ended_why` where it was ended, `way` (`link` or `counter`), `given_at`,
        `cost`, `messages` (`sender`, `at`, `text`), `documents` (`kind`, `added_at`) that were attached; nothing
        about the person. The end of a `link` is the token that programs send (docs/requests.md)
    """
    tk.check_access("satudata_ppid_request_track", context, data_dict)
    row = requests.tracked(model.Session, data_dict)
    shown = standing.for_applicant(model.Session, row)
    site = tk.config["ckan.site_url"].rstrip("/")
    for file in shown["files"]:
        file["link"] = site + file["link"] if file["link"] else None
    alive = [file["link"] for file in shown["files"] if file["link"]]
    for letter in shown["letters"]:
        for annex in letter["annexes"]:
            named = {"letter_id": letter["id"], "annex_id": annex["id"]}
            annex["url"] = tk.url_for("satudata_ppid.annex", ref=row.ref, **named, _external=True, locale="default")
        letter["url"] = tk.url_for(
            "satudata_ppid.letter", ref=row.ref, letter_id=letter["id"], _external=True, locale="default"
        )
    shown["messages"] = messages.of(model.Session, row)
    shown["documents"] = [
        {name: one[name] for name in ("kind", "added_at")} for one in applicant_files.listed(model.Session, row.id)
    ]
    return {**shown, "link": alive[0] if alive else None}


@boundary
def satudata_ppid_request_confirm(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm the e-mail address with the mailed code (15 minutes, 5 tries).

    :param number: the register number
    :param tracking_code: the code shown when the request was sent
    :param code: the six digits of the newest mail
    :returns: `{"confirmed": true}`
    """
    tk.check_access("satudata_ppid_request_confirm", context, data_dict)
    session = model.Session
    row, refusal = addresses.confirm(
        session, requests.tracked(model.Session, data_dict).id, params.text(data_dict, "code")
    )
    session.commit()
    if refusal:
        raise refusal
    return {"confirmed": row.confirmed_at is not None}


@boundary
def satudata_ppid_request_resend(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Mail a new confirmation code; the former counts no more. At most 5 for a request.

    :param number: the register number
    :param tracking_code: the code shown when the request was sent
    """
    tk.check_access("satudata_ppid_request_resend", context, data_dict)
    session = model.Session
    row = session.scalars(
        sa.select(PpidRequest).where(PpidRequest.id == requests.tracked(model.Session, data_dict).id).with_for_update()
    ).one()
    session.refresh(row)
    if row.email is None or row.confirmed_at:
        session.rollback()
        return {"sent": False}
    with transaction():
        addresses.send_code(session, row)
    return {"sent": True}


@boundary
def satudata_ppid_request_repair(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Complete a request that was found incomplete, in the three working days that the letter names.

    :param number: the register number
    :param tracking_code: the code shown when the request was sent
    :param question: what is asked for; this and all that follow: left out, it stays as it was
    :param purpose: what the data is used for
    :param name: full name
    :param institution: name of the legal entity or group
    :param legal_number: number of the decree or deed of the legal entity
    :param power_number: number of the power of attorney of the group
    :param citizen: true: declares to be an Indonesian citizen or entity
    :param address: postal address
    :param occupation: occupation
    :param phone: telephone number
    :param identity: identity document, a file (multipart) as in `satudata_ppid_request_create`
    :param power: power of attorney, a file as above
    :returns: as `satudata_ppid_request_track`
    """
    tk.check_access("satudata_ppid_request_repair", context, data_dict)
    row = requests.tracked(model.Session, data_dict)
    completing.send_repair(
        row, data_dict, applicant_files.received(data_dict, applicant_files.APPLICANTS, network.caller())
    )
    return standing.for_applicant(model.Session, requests.find(model.Session, row.id))


@boundary
def satudata_ppid_request_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """One request, for the officers who serve it.

    :param id: id, ref or number
    :returns: the request; `applicant` only for the office that answers (PPID; Walidata for a government user), and the
        look is journalled, once a day; `documents` (`kind`, `title`, `size`, `added_at`, `url`; each look is
        journalled) for the same;
        `handover` (`filename`, `size`, `sha256`, `attested`, `url`) for PPID and the agency once a file was handed
        over; `letters` (`kind`, `number`, `dated_on`, `url`, `sha256` of what that gives, `letter_sha256` of the letter
        as it was made) that the officer may read
    """
    tk.check_access("satudata_ppid_request_show", context, data_dict)
    session = model.Session
    actor = actor_of(context)
    row = requests.find(session, params.text(data_dict, "id"))
    if not _may_see(actor, row):
        raise NotThere("There is no such request.")
    shown = _plain(row) | {"letters": _letters(session, row, actor)}
    if requests.may_look(actor, row):
        shown["handover"] = _handover(session, row)
    if requests.answers(actor, row):
        shown["applicant"] = requests.show_person(session, row, actor)
        shown["documents"] = applicant_files.listed(session, row.id)
    return shown


@tk.side_effect_free
@boundary
def satudata_ppid_request_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The register of requests, newest first, without identities.

    :param year: only this year (optional)
    :param limit: rows, 100 at most (optional, default 20)
    :param offset: rows to pass over (optional)
    :returns: `{"count", "results"}`
    """
    tk.check_access("satudata_ppid_request_list", context, data_dict)
    actor = actor_of(context)
    query = sa.select(PpidRequest)
    if not _sees_all(actor):
        own = [
            held.organization_id
            for held in actor.held
            if held.role == Role.PPID_PEMBANTU and held.counts_for(requests.PROCESS)
        ]
        if None not in own:
            asked = sa.select(CaseStep.case_id).where(CaseStep.organization_id.in_(own))
            query = query.where(sa.or_(PpidRequest.organization_id.in_(own), PpidRequest.case_id.in_(asked)))
    year, offset = (params.whole(data_dict, name, 0, 0, 10**9) for name in ("year", "offset"))
    limit = params.whole(data_dict, "limit", 20, 0, 10**9)
    if year:
        query = query.where(PpidRequest.number_year == year)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
    rows = model.Session.scalars(
        query.order_by(PpidRequest.received_at.desc(), PpidRequest.number_count.desc())
        .limit(min(limit, 100))
        .offset(offset)
    )
    rows, calendar, now = rows.all(), clock.calendar(), clock.now()
    running = clocks.of_many(model.Session, rows)
    return {"count": count, "results": [_plain(row, running[row.id].due(calendar, now).due_on) for row in rows]}


@tk.side_effect_free
def satudata_refusal_reason_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, str]]:
    """The grounds on which a request may be refused.

    :returns: `code`, `group` (`excluded`, `not_held`, `administrative`), `title`, `text` (Indonesian, as letters
        print it), `basis`, `needs` (`act`, `body`, `link` or empty: what `detail` must name)
    """
    tk.check_access("satudata_refusal_reason_list", context, data_dict)
    return [
        {
            "code": reason.code,
            "group": reason.group.value,
            "title": tk._(reason.title),
            "text": reason.text,
            "basis": reason.basis,
            "needs": reason.needs,
        }
        for reason in REASONS.values()
    ]


def _handover(session: Any, row: PpidRequest) -> dict[str, Any] | None:
    found = session.scalars(PpidHandover.latest_of(row.id)).first()
    if found is None:
        return None
    return {
        "filename": found.filename,
        "size": found.size,
        "sha256": found.sha256,
        "attested": found.attested,
        "url": tk.url_for("satudata_ppid_files.handover", handover_id=found.id, _external=True, locale="default"),
    }


def _letters(session: Any, row: PpidRequest, actor: Actor) -> list[dict[str, Any]]:
    rows = session.scalars(Letter.of_subject(requests.SUBJECT, row.id))
    seen = [letter for letter in rows if may_read_letter(actor, letter, row)]
    hashes = letter_scans.hashes(session, seen)
    return [
        {
            "kind": letter.kind,
            "number": letter.number,
            "dated_on": letter.dated_on.isoformat(),
            **hashes[letter.id],
            "url": tk.url_for("satudata_ppid.officer_letter", letter_id=letter.id, _external=True, locale="default"),
        }
        for letter in seen
    ]


def _sees_all(actor: Actor) -> bool:
    return actor.has_anywhere(Role.PPID, Role.PPID_SUPERIOR, Role.WALIDATA, Role.AUDITOR, process=requests.PROCESS)


def _may_see(actor: Actor, row: PpidRequest) -> bool:
    return _sees_all(actor) or requests.is_pembantu_of(actor, row)


def _numbered(row: PpidRequest, due_on: date | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "ref": row.ref,
        "number": row.number,
        "received_at": row.received_at.isoformat(),
        "due_on": (due_on or clocks.due(row).due_on).isoformat(),
    }


def _plain(row: PpidRequest, due_on: date | None = None) -> dict[str, Any]:
    return {
        **_numbered(row, due_on),
        "case_id": row.case_id,
        "applicant_kind": row.applicant_kind,
        "channel": row.channel,
        "entered_at": row.entered_at.isoformat(),
        "outside_number": row.outside_number,
        "dataset_id": row.dataset_id,
        "resource_id": row.resource_id,
        "organization_id": row.organization_id,
        "question": row.question,
        "purpose": row.purpose,
        "form": row.form,
        "obtain": row.obtain,
        "sending": row.sending,
        "email_confirmed": row.confirmed_at is not None,
        "decision": row.decision,
        "refusal_code": row.refusal_code,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
    }
