"""Mails to applicants. Subjects and addresses carry no personal data; the codes are made when a mail is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.giving import Way
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.ppid_request import CODE_MINUTES
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, government, links, reaching, requests, standing
from ckanext.satudata.shared import notices, wording, words
from ckanext.satudata.shared.documents import letter_annexes
from ckanext.satudata.shared.files import link_words


@notices.mail("ppid_request_received")
def received(params: Mapping[str, Any]) -> tuple[str, str]:
    """Number, due date, and the code that confirms the address. The tracking code opens letters and data, so it goes to
    an address that was confirmed only; whoever asked has seen it."""
    request = model.Session.get(PpidRequest, params["request_id"])
    lines = [
        tk._("We have received your request for data. It is registered under number {number}.").format(
            number=request.number
        ),
    ]
    is_answered = bool(requests.answer_letters(model.Session, request))
    if is_answered:  # its address was found to be wrong, and corrected
        lines.append(tk._("It has been answered: the answer is mailed here once this address is confirmed."))
    else:
        due = clocks.due(request)
        told = tk._("You will have an answer by {date} at the latest.")
        lines.append(told.format(date=wording.day(due.due_on, weekday=True)))
    if request.confirmed_at:
        lines.append(_where_with_code(request))
    else:
        lines += [
            tk._("To confirm this e-mail address, type this code within {minutes} minutes: {code}").format(
                minutes=CODE_MINUTES, code=requests.confirmation_code(request)
            )
            + ("" if is_answered else "\n" + _still_counts(request)),
            *closing_told(request),
            tk._("Type it on the page of your request: {url}").format(url=reaching.page(request.number))
            + "\n"
            + _where_code_is(request),
        ]
    lines += [tk._("If you did not send this request, you need do nothing."), config.government_name()]
    return tk._("Request for data {number}").format(number=request.number), "\n\n".join(lines)


def _where_code_is(request: PpidRequest) -> str:
    if request.entered_by is not None:
        return tk._(
            "The page opens with number and tracking code. The tracking code stands on the slip that the office hands "
            "out. It comes by mail only once this address is confirmed."
        )
    return tk._(
        "The page opens by itself in the browser that sent the request; elsewhere with number and tracking "
        "code. The tracking code was shown when the request was sent, and stands on the slip. It comes by "
        "mail only once this address is confirmed."
    )


def _still_counts(request: PpidRequest) -> str:
    if government.is_sure(request):
        return tk._("Your request counts from the moment you sent it, also when the code has run out.")
    return tk._("Work on the request of an office begins once its official address is confirmed.")


def closing_told(request: PpidRequest) -> list[str]:
    """By when the address is confirmed, where the request is closed without it."""
    on = requests.confirm_by(request)
    told = tk._(
        "Confirm the address by {date}: without it this request is closed, since there is no other way to answer you."
    )
    return [told.format(date=wording.day(on, weekday=True))] if on else []


@notices.mail("ppid_address_confirmed")
def address_confirmed(params: Mapping[str, Any]) -> tuple[str, str]:
    """To the address that was confirmed just now: page and tracking code, which went in no mail before."""
    request = model.Session.get(PpidRequest, params["request_id"])
    lines = [
        tk._("This e-mail address is confirmed for your request for data {number}.").format(number=request.number)
        + " "
        + tk._("Letters and the answer are mailed to it."),
        _where_with_code(request),
        tk._("Give the code to nobody: who has both reads your letters and data."),
        config.government_name(),
    ]
    return tk._("Address confirmed for request {number}").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_answer_waits")
def answer_waits(params: Mapping[str, Any]) -> tuple[str, str]:
    """To an address that nobody confirmed: there is an answer, and where; neither what it says nor the link."""
    request = model.Session.get(PpidRequest, params["request_id"])
    lines = [
        tk._("There is an answer to the request for data {number}.").format(number=request.number),
        tk._(
            "This e-mail address is not confirmed, so letter and link are not sent to it. Open the page below with "
            "number and tracking code; they lie there. When you confirm the address there, they are mailed too."
        ),
        reaching.page(request.number),
        tk._("If you did not send this request, you need do nothing."),
        config.government_name(),
    ]
    return tk._("Answer to your request for data {number}").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_request_answered")
def answered(params: Mapping[str, Any]) -> tuple[str, str]:
    """The answer is there: the letter, and the link where data is given."""
    request = model.Session.get(PpidRequest, params["request_id"])
    lines = [tk._("Your request {number} has been answered.").format(number=request.number)]
    giving = model.Session.get(PpidGiving, request.id)
    if giving is not None:
        lines.append(_link_line(request) if giving.way == Way.LINK.value else _at_counter(request))
    else:
        may_object = requests.office_of(request) is Role.PPID
        lines.append(
            tk._("The data cannot be given. The letter says why and how you can object.")
            if may_object
            else tk._("The data cannot be given. The letter says why.")
        )
    lines += [
        *with_letter(requests.answer_letters(model.Session, request)[-1:]),
        tk._("The letter lies here: {url}").format(url=reaching.page(request.number))
        + "\n"
        + tk._("Tracking code: {code}").format(code=requests.tracking_code(request)),
        config.government_name(),
    ]
    return tk._("Answer to your request for data {number}").format(number=request.number), "\n\n".join(lines)


@notices.mail("ppid_link_renewed")
def link_renewed(params: Mapping[str, Any]) -> tuple[str, str]:
    """There is a new link; to an address that nobody confirmed only where it lies."""
    request = model.Session.get(PpidRequest, params["request_id"])
    number = request.number
    said = tk._("A new personal link was issued for your request {number}; the former one ended.")
    lines = [said.format(number=number)]
    if request.confirmed_at:
        lines.append(_link_line(request))
    lines += [_where(request), config.government_name()]
    return tk._("New link for your request for data {number}").format(number=number), "\n\n".join(lines)


@notices.mail("ppid_link_ended")
def link_ended(params: Mapping[str, Any]) -> tuple[str, str]:
    """PPID ended the link: why, as far as the applicant is told, and what to do."""
    request = model.Session.get(PpidRequest, params["request_id"])
    what, mend = link_words.told(
        links.standing_of(model.Session, request, model.Session.get(Grant, params["grant_id"]))
    )
    contact = " · ".join(filter(None, config.contact().values()))
    lines = [what, mend, contact, _where(request), config.government_name()]
    title = tk._("The link of your request for data {number} was ended").format(number=request.number)
    return title, "\n\n".join(filter(None, lines))


def with_letter(found: Sequence[Letter]) -> list[str]:
    """What goes along with letters, each by its name; nothing where they have no annexes."""
    annexes = [one.name for rows in letter_annexes.of(model.Session, found).values() for one in rows]
    return [tk._("With the letter goes: {annexes}.").format(annexes="; ".join(annexes))] if annexes else []


def _where(request: PpidRequest) -> str:
    return tk._("Follow your request here: {url}").format(url=reaching.page(request.number))


def _where_with_code(request: PpidRequest) -> str:
    """For an address that was confirmed only."""
    return _where(request) + "\n" + tk._("Tracking code: {code}").format(code=requests.tracking_code(request))


def _at_counter(request: PpidRequest) -> str:
    """Where the data lies that is not given by link."""
    said = tk._("The data lies ready for you at the counter of {office}. Bring your number along.")
    return said.format(office=words.office(requests.office_of(request)))


def _link_line(request: PpidRequest) -> str:
    """The links as they are when the mail leaves, which may be late."""
    given = links.given(model.Session, request)
    alive = [one for one in given if one.standing.state == "alive"]
    if not alive:
        return " ".join(link_words.told(standing.together(given)))
    until = wording.day(standing.until_of(alive))
    if len(alive) == 1:
        return tk._("Your personal link to the data, until {date}: {url}").format(
            date=until, url=notices.site_url(alive[0].path)
        )
    said = tk._("Your personal links to the {count} files, until {date}:").format(count=len(alive), date=until)
    return "\n".join([said, *(f"{one.file.filename}: {notices.site_url(one.path)}" for one in alive)])
