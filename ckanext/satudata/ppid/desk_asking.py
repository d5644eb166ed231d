"""What the office that answers sees of the applicant's side: documents, messages, and what to write by WhatsApp."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.intake import Channel
from ckanext.satudata.domain.ppid_request import MISSING
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, by_hand, gaps, messages
from ckanext.satudata.shared import crypto, notices, wording
from ckanext.satudata.shared.work import asking_words


def panel(session: Any, request: PpidRequest, *, is_open: bool) -> dict[str, Any]:
    """For the panel of the case's page; ask first whether the reader belongs to the office that answers."""
    return {
        "case_id": request.case_id,
        "documents": applicant_files.listed(session, request.id),
        "messages": messages.of(session, request),
        "may_write": is_open,
        "key": new_id(),
        "slip_of": request.ref,
        "by_hand": by_hand.said(request),
        "whatsapp": whatsapp(request) if crypto.unseal(request.phone) else "",
    }


def whatsapp(request: PpidRequest) -> str:
    """The text that an officer sends an applicant: number and link, since previews are read by others."""
    said = tk._("There is news on data request {number}. Open this page with number and tracking code:")
    return f"{said.format(number=request.number)}\n{notices.site_url('/permohonan/lacak')}"


def entered(request: PpidRequest) -> list[tuple[str, Any]]:
    """How a request came that was not sent through the form: channel, outside number, when it was entered."""
    if request.channel == Channel.ONLINE.value:
        return []
    return [
        (tk._("How it came"), tk._(asking_words.CHANNELS[request.channel])),
        (tk._("Outside number"), request.outside_number or ""),
        (tk._("Received"), wording.day(request.received_at, weekday=True)),
        (tk._("Entered"), wording.instant(request.entered_at)),
    ]


def wanted(request: PpidRequest) -> str:
    """Form, how to obtain it, how to send it, as the applicant chose."""
    told = (
        asking_words.OBTAIN.get(request.obtain or "", ""),
        asking_words.FORMS.get(request.form, ""),
        asking_words.SENT.get(request.sending or "", ""),
    )
    return " · ".join(tk._(one) for one in told if one)


def who(request: PpidRequest, person: dict[str, str]) -> list[tuple[str, Any]]:
    """What the law demands to know of the applicant's kind."""
    return [
        (tk._("Asks as"), tk._(asking_words.KINDS[request.applicant_kind])),
        (tk._("Identity number (NIK)"), person["nik"]),
        (tk._("Number of the decree or deed"), person["legal_number"]),
        (tk._("Number of the power of attorney"), person["power_number"]),
        (
            tk._("Declares to be an Indonesian citizen or entity"),
            "" if request.applicant_kind == "government" else tk._("yes") if request.is_citizen else tk._("no"),
        ),
    ]


def lacking(session: Any, request: PpidRequest, *, is_open: bool) -> list[tuple[str, Any]]:
    """What the law demands of the applicant and was not given, while it can still be asked for."""
    found = gaps.of(session, request) if is_open else ()
    return [(tk._("Still missing"), "; ".join(tk._(MISSING[code][0]) for code in found))] if found else []
