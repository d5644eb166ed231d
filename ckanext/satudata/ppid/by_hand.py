"""Applicants without an e-mail address, or with one that is known to be wrong: an officer tells them himself."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.sop import Command
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import reaching
from ckanext.satudata.shared import crypto

TELLING = frozenset(
    {
        Command.INCOMPLETE,
        Command.EXTEND,
        Command.NOTIFY,
        Command.ALREADY_PUBLIC,
        Command.PASS_ON,
        Command.MERGE,
        Command.SPLIT,
        Command.DELIVER,
    }
)
"""The commands of PPID that an applicant with an address gets a mail of."""
ANCHOR = "#tell-applicant"
"""Where the text to send stands on the case's page."""


def is_needed(request: PpidRequest) -> bool:
    """Whether nothing can be mailed to who asks: no address was given, or it is known to be another's."""
    return not reaching.address(model.Session, request)


def tells(command: str) -> bool:
    """Whether the command sends the applicant something."""
    return command in {one.value for one in TELLING}


def said(request: PpidRequest) -> str:
    """What the officer does instead of a mail; empty where one goes out."""
    if not is_needed(request):
        return ""
    has_phone = bool(crypto.unseal(request.phone))
    if request.email is not None and has_phone:
        return tk._("The applicant's e-mail address is wrong, nothing goes there: tell by telephone or WhatsApp.")
    if request.email is not None:
        return tk._("The applicant's e-mail address is wrong, nothing goes there: tell by post or at the counter.")
    if has_phone:
        return tk._("The applicant gave no e-mail address: tell by telephone or WhatsApp.")
    return tk._("The applicant gave neither e-mail address nor telephone number: tell by post or at the counter.")


def after(told: str, request: PpidRequest) -> str:
    """What was done, and what the officer does instead of a mail."""
    return " ".join(filter(None, (told, said(request))))


def texts(request: PpidRequest) -> list[tuple[str, str]]:
    """The link to the text for WhatsApp, where there is somebody to send it to."""
    if is_needed(request) and crypto.unseal(request.phone):
        return [(tk._("Text for WhatsApp to the applicant"), ANCHOR)]
    return []
