"""Takes a request: from the portal's own form, or from an officer who enters what came otherwise."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Invalid, TooMany
from ckanext.satudata.domain.explain import explain
from ckanext.satudata.domain.intake import Channel
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.ppid_request import Asked
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_request import PERSONAL, PpidRequest
from ckanext.satudata.ppid import addresses, applicant_files, clocks, config, form_drafts, reaching, requests
from ckanext.satudata.shared import clock, crypto, journal, limits, numbers, process
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.work import tracking

HOUR, DAY = 3600, 24 * 3600


@dataclass(frozen=True)
class Coming:
    """How a request came.

    `key`: the form's own. `address`: the network address of who sent it, for the limits; empty where an officer
    enters it. `draft`: the token of the draft whose files go with it. `entered_by`: the officer.
    """

    key: str = ""
    language: str = "id"
    address: str = ""
    is_citizen: bool = False
    account_id: str | None = None
    files: applicant_files.Files = field(default_factory=dict)
    draft: str = ""
    channel: Channel = Channel.ONLINE
    received_at: datetime | None = None
    outside_number: str = ""
    entered_by: Actor | None = None


def target_of(dataset: str, resource: str) -> dict[str, str]:
    """Which data is meant, as the visitor may see it: ids, title, agency. Empty where nothing was named.

    Raises Invalid where the name leads to nothing the visitor may know of.
    """
    found = {"dataset_id": "", "resource_id": "", "organization_id": "", "title": "", "dataset_name": ""}
    if not dataset:
        if resource:
            raise _no_resource()
        return found
    try:
        shown = tk.get_action("package_show")({"user": user_name()}, {"id": dataset})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        raise Invalid(
            "There is no such dataset.", field="dataset", mend="Describe the data in your own words instead."
        ) from None
    found |= {
        "dataset_id": shown["id"],
        "dataset_name": shown["name"],
        "title": shown.get("title") or shown["name"],
        "organization_id": shown.get("owner_org") or "",
    }
    if not resource:
        return found
    for row in shown.get("resources", []):
        if row["id"] == resource:
            found["resource_id"] = row["id"]
            found["title"] += f" – {row['name']}" if row.get("name") else ""
            return found
    raise _no_resource()


def _no_resource() -> Invalid:
    return Invalid("There is no such file in this dataset.", field="resource", mend="Ask for the whole dataset.")


def user_name() -> str:
    """Who is logged in; empty for visitors and outside of a web request."""
    from flask import has_request_context

    return str(getattr(tk.current_user, "name", "") or "") if has_request_context() else ""


def take(session: Any, asked: Asked, target: dict[str, str], come: Coming) -> tuple[PpidRequest, bool]:
    """Stores, numbers and dates a request; no commit. Returns it and whether it is new.

    The same `key` (the form's own) with the same words gives the same request, also when both come at once; other
    words under the same key (somebody went back and asked for something else) are another request. Without a key
    the same words within a minute are the same request. An outside number is entered once, whatever the words. Case,
    letter and the mail with the code are made in the same transaction.
    """
    hashes = _marks(session, asked, target, come)
    known = _known(session, hashes, come.outside_number)
    if known:
        return known, False
    if come.entered_by is None:
        _spend(asked, come.address)
    request, number = _stored(session, asked, target, come, hashes[0])
    applicant_files.keep(session, come.files, request_id=request.id)
    form_drafts.use(session, come.draft, request.id, without=come.files)
    case = process.start(
        session,
        requests.process_of(asked.applicant_kind),
        subject_type=requests.SUBJECT,
        subject_id=request.id,
        organization_id=request.organization_id,
        actor=APPLICANT,
        received_at=request.received_at,
    )
    request.case_id = case.id
    session.flush()
    if come.entered_by is not None:
        journal.append(
            session,
            "request_entered",
            actor=come.entered_by,
            case_id=case.id,
            subject=(requests.SUBJECT, request.id),
            payload={"channel": come.channel.value, "received_at": request.received_at},
        )
    process.carry_out(session, {}, case.id, "submit", actor=APPLICANT, at=request.received_at)
    clocks.begin(session, request)
    issue_receipt(session, request, number, target["title"])
    if asked.email:
        addresses.send_code(session, request)
    return request, True


def _marks(session: Any, asked: Asked, target: dict[str, str], come: Coming) -> list[str]:
    if come.outside_number:
        return tracking.marks(session, "request-outside", come.outside_number, come.outside_number)
    said = "\0".join(str(value) for value in (asked, *sorted(target.items())))
    return tracking.marks(session, "request", come.key, said)


def _known(session: Any, hashes: list[str], outside_number: str) -> PpidRequest | None:
    if outside_number:
        found: PpidRequest | None = session.scalars(PpidRequest.by_outside_number(outside_number)).first()
        return found
    rows = (session.scalars(PpidRequest.by_key(key_hash)).first() for key_hash in hashes)
    return next((row for row in rows if row is not None), None)


def _spend(asked: Asked, address: str) -> None:
    """Counts against the limits of address, network and contact. Raises TooMany."""
    if not address:
        return
    limits.spend("ppid-request", address, limit=config.requests_per_hour(), seconds=HOUR)
    limits.spend("ppid-request-network", limits.network(address), limit=config.requests_per_network(), seconds=HOUR)
    for contact in filter(None, (asked.email.lower(), "".join(sign for sign in asked.phone if sign.isdigit()))):
        try:
            limits.spend("ppid-request-contact", contact, limit=config.requests_per_contact(), seconds=DAY)
        except TooMany as refusal:
            raise TooMany(
                "Too many requests came from this e-mail address or telephone number today.",
                mend="Send the next one tomorrow; what you typed is kept.",
            ) from refusal


def _stored(
    session: Any, asked: Asked, target: dict[str, str], come: Coming, key_hash: str
) -> tuple[PpidRequest, numbers.Number]:
    now = clock.now()
    number = numbers.take(session, requests.process_of(asked.applicant_kind), requests.local_date(now))
    request = PpidRequest(
        id=new_id(),
        ref=secrets.token_urlsafe(9),
        number=number.text,
        number_count=number.count,
        number_year=number.year,
        received_at=come.received_at or now,
        entered_at=now,
        entered_by=come.entered_by.user_id if come.entered_by else None,
        channel=come.channel.value,
        outside_number=come.outside_number or None,
        applicant_kind=asked.applicant_kind.value,
        is_citizen=come.is_citizen,
        account_id=come.account_id,
        **{name: crypto.seal(getattr(asked, name)) for name in PERSONAL},
        dataset_id=target["dataset_id"] or None,
        resource_id=target["resource_id"] or None,
        organization_id=target["organization_id"] or None,
        question=asked.question,
        purpose=asked.purpose,
        form=asked.form.value,
        obtain=asked.obtain.value,
        sending=asked.sending.value if asked.sending else None,
        language=come.language,
        key_hash=key_hash,
        tracking_hash="",
        confirm_tries=0,
        confirm_sent=0,
    )
    request.tracking_hash = tracking.hash_of(requests.tracking_code(request))
    session.add(request)
    session.flush()
    return request, number


def issue_receipt(session: Any, request: PpidRequest, number: numbers.Number, title: str) -> None:
    """The Dokumen Permohonan with the receipt, under the request's own number."""
    due = clocks.due(request)
    letters.issue(
        session,
        texts.receipt(requests.facts_of(request, title), f"Cara menghitung: {explain(due)}."),
        subject_type=requests.SUBJECT,
        subject_id=request.id,
        case_id=request.case_id,
        signatory=letters.Signatory(requests.office_position(request), ""),
        actor=APPLICANT,
        at=request.entered_at,
        number=number,
        qr_url=reaching.page(request.number),
        qr_note="Lacak permohonan di",
    )
