"""Mails about asking: a request that lapsed, messages that wait. None says what was asked or written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config as portal
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, mails, messages, reaching, requests
from ckanext.satudata.shared import notices


@notices.mail("ppid_request_lapsed")
def lapsed(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the address that nobody confirmed: the request is closed, and how to ask again."""
    number = model.Session.get(PpidRequest, params["request_id"]).number
    closed = tk._(
        "The request for data {number} was closed, because nobody confirmed this e-mail address within {days} days."
    )
    lines = [
        closed.format(number=number, days=config.unconfirmed_days()),
        tk._("You can send it again at any time: {url}").format(url=notices.site_url("/permohonan/baru")),
        tk._("If you did not send this request, you need do nothing."),
        portal.government_name(),
    ]
    return tk._("Request for data {number} was closed").format(number=number), "\n\n".join(lines)


@notices.mail("ppid_confirm_soon")
def confirm_soon(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To the address that nobody confirmed yet: until when; nothing once it was, or the request is closed."""
    request = model.Session.get(PpidRequest, params["request_id"])
    if requests.lapses_at(request) is None:
        return None
    lines = [
        tk._("The e-mail address of your request for data {number} is not confirmed yet.").format(
            number=request.number
        ),
        *mails.closing_told(request),
        tk._("Open the page with number and tracking code and let a new code be sent: {url}").format(
            url=reaching.page(request.number)
        ),
        tk._("If you did not send this request, you need do nothing."),
        portal.government_name(),
    ]
    return tk._("Confirm the address of request {number}").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_address_corrected")
def address_corrected(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the office: the link that went to a wrong address can be followed by one that goes to the right one."""
    request = model.Session.get(PpidRequest, params["request_id"])
    lines = [
        tk._("The applicant of request {number} corrected the e-mail address and confirmed it.").format(
            number=request.number
        ),
        tk._("The link to the data had been ended for the wrong one. Issue a new link here: {url}").format(
            url=notices.site_url(f"/meja/{request.case_id}")
        ),
        portal.government_name(),
    ]
    return tk._("Address of request {number} corrected").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_message_waits")
def message_waits(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the applicant: the office wrote something; it stands on the tracking page."""
    number = model.Session.get(PpidRequest, params["request_id"]).number
    lines = [
        tk._("The office has written to you about your request for data {number}.").format(number=number),
        tk._("Read and answer it here, with number and tracking code: {url}").format(url=reaching.page(number)),
        tk._("If you did not send this request, you need do nothing."),
        portal.government_name(),
    ]
    return tk._("Message about your request for data {number}").format(number=number), "\n\n".join(lines)


@notices.mail("ppid_message_came")
def message_came(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To the office: the applicant wrote something; nothing where it was answered meanwhile."""
    request = model.Session.get(PpidRequest, params["request_id"])
    if not messages.waiting(model.Session, request.id):
        return None
    lines = [
        tk._("The applicant of request {number} has written something.").format(number=request.number),
        notices.site_url(f"/meja/{request.case_id}"),
    ]
    return tk._("Message on request {number}").format(number=request.number), "\n\n".join(lines)
