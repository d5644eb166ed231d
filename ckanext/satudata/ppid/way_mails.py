"""Mails about a request on its way: letters to the applicant, and what PPID and its superior must not overlook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.letters import SUBJECTS, LetterKind
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, mails, reaching, requests
from ckanext.satudata.shared import clock, notices, wording
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import desk


@notices.mail("ppid_letter_came")
def letter_came(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the applicant: which letter lies on the page of the request; what it says stands there only."""
    request = model.Session.get(PpidRequest, params["request_id"])
    letter = model.Session.get(Letter, params["letter_id"])
    lines = [
        tk._("There is a letter for you about your request for data {number}: {title}.").format(
            number=request.number, title=SUBJECTS[LetterKind(letter.kind)]
        ),
        *mails.with_letter([letter]),
        *_where(request),
    ]
    title = tk._("Letter about your request for data {number}").format(number=request.number)
    return title, "\n\n".join(lines)


@notices.mail("ppid_letter_signed")
def letter_signed(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the applicant: which letter lies signed on the page of the request now."""
    request = model.Session.get(PpidRequest, params["request_id"])
    letter = model.Session.get(Letter, params["letter_id"])
    lines = [
        tk._("The letter “{title}” about your request for data {number} is signed now.").format(
            title=SUBJECTS[LetterKind(letter.kind)], number=request.number
        ),
        *_where(request),
    ]
    return tk._("Signed letter about your request for data {number}").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_request_split")
def request_split(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the applicant: a part of the request goes on under a number of its own."""
    request = model.Session.get(PpidRequest, params["request_id"])
    origin = model.Session.get(PpidRequest, params["from_id"])
    lines = [
        tk._("A part of your request {former} goes on as a request of its own, under number {number}.").format(
            former=origin.number, number=request.number
        ),
        _of_part(request, origin),
        *_where(request),
    ]
    return tk._("Request for data {number}").format(number=request.number), "\n\n".join(lines)


def _of_part(request: PpidRequest, origin: PpidRequest) -> str:
    if request.confirmed_at or origin.confirmed_at:
        return tk._("It counts from the same day; you need do nothing.")
    said = tk._(
        "It counts from the same day. Confirm your e-mail address with the code that was mailed for request {former}, "
        "on the page of that request: it counts for both."
    )
    return said.format(former=origin.number)


def _where(request: PpidRequest) -> list[str]:
    """Where it lies; the code only to an address that was confirmed."""
    page = tk._("Follow your request here: {url}").format(url=reaching.page(request.number))
    if request.confirmed_at:
        page += "\n" + tk._("Tracking code: {code}").format(code=requests.tracking_code(request))
    return [page, config.government_name()]


@notices.mail("ppid_due_soon")
def due_soon(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To officer and superior, on days 7 and 9 of the statutory clock."""
    case = model.Session.get(Case, params["case_id"])
    if case is None or case.ended_at is not None:
        return None
    number = desk.presenter(case.process).reference(case)
    due_on = date.fromisoformat(params["due_on"])
    on, is_over = wording.day(due_on, weekday=True), clock.today() > due_on
    said, head = (
        (
            tk._("The written notice on request {number} was due by law on {date} and has not gone out."),
            tk._("The legal time of request {number} ran out on {date}"),
        )
        if is_over
        else (
            tk._("The written notice on request {number} is due by law on {date}; today is working day {day}."),
            tk._("The legal time of request {number} runs out on {date}"),
        )
    )
    lines = [
        said.format(number=number, date=on, day=params["day"]),
        tk._("Open it here: {url}").format(url=notices.site_url(f"/meja/{case.id}")),
        config.government_name(),
    ]
    return head.format(number=number, date=on), "\n\n".join(lines)


@notices.mail("ppid_dues_moved")
def dues_moved(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the officers in charge: `count`, and the first of them as `moved`: [{case_id, from, to (ISO dates),
    by_hand}]."""
    said = tk._("The calendar of working days was changed; the legal time of {count} requests moved with it.")
    lines = [said.format(count=params["count"])]
    for one in params["moved"]:
        case = model.Session.get(Case, one["case_id"])
        if case is not None:
            number = desk.presenter(case.process).reference(case)
            before, after = _days(one)
            told = tk._("{number}: from {before} to {after}. {url}")
            url = notices.site_url(f"/meja/{case.id}")
            line = told.format(number=number, before=before, after=after, url=url)
            by_hand = tk._("No mail can tell the applicant: tell by telephone, by post or at the counter.")
            lines.append(f"{line}\n{by_hand}" if one.get("by_hand") else line)
    if params["count"] > len(params["moved"]):
        lines.append(tk._("All that waits for you: {url}").format(url=notices.site_url("/meja")))
    lines.append(config.government_name())
    return tk._("Legal due dates of requests have moved"), "\n\n".join(lines)


@notices.mail("ppid_due_moved")
def due_moved(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To the applicant: the last day for the answer is another one than was told; nothing once there is an answer."""
    request = model.Session.get(PpidRequest, params["request_id"])
    if request is None or request.closed_at or clocks.of(model.Session, request).notified_at:
        return None
    before, after = _days(params)
    lines = [
        tk._(
            "The last day for the answer to your request for data {number} has moved from {before} to {after}."
        ).format(number=request.number, before=before, after=after),
        tk._("The calendar of days on which offices are closed was changed. You need do nothing."),
        *_where(request),
    ]
    title = tk._("New last day for the answer to your request for data {number}").format(number=request.number)
    return title, "\n\n".join(lines)


@notices.mail("ppid_repair_moved")
def repair_moved(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To the applicant of an incomplete request: until when to send what is missing; nothing once it was sent."""
    request = model.Session.get(PpidRequest, params["request_id"])
    if request is None or request.closed_at or clocks.of(model.Session, request).paused_since is None:
        return None
    before, after = _days(params)
    said = tk._(
        "The last day to send what is missing of your request for data {number} has moved from {before} to {after}."
    )
    lines = [
        said.format(number=request.number, before=before, after=after),
        tk._("The calendar of days on which offices are closed was changed."),
        *_where(request),
    ]
    title = tk._("New last day to complete your request for data {number}").format(number=request.number)
    return title, "\n\n".join(lines)


def _days(moved: Mapping[str, str]) -> tuple[str, str]:
    before, after = (wording.day(date.fromisoformat(moved[end]), weekday=True) for end in ("from", "to"))
    return before, after


@notices.mail("ppid_agency_silent")
def agency_silent(params: Mapping[str, Any]) -> tuple[str, str] | None:
    """To the office that answers: an agency let its day pass, and its step may be taken over."""
    step = model.Session.get(CaseStep, params["step_id"])
    case = model.Session.get(Case, step.case_id) if step is not None else None
    if step is None or case is None or step.done_at is not None or case.ended_at is not None:
        return None
    number = desk.presenter(case.process).reference(case)
    uraian = sops.of_version(model.Session, case.sop_version_id).step(step.no).uraian
    agency = letters.organization_title(step.organization_id)
    lines = [
        tk._("{agency} has not done its step of request {number} in its time: {step}.").format(
            agency=agency, number=number, step=uraian
        ),
        tk._("Remind the agency, or take the step over: {url}").format(url=notices.site_url(f"/meja/{case.id}")),
        config.government_name(),
    ]
    return tk._("{agency} is late with request {number}").format(agency=agency, number=number), "\n\n".join(lines)
