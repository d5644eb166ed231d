"""Requests that an officer enters: one by one, or as the list of a separate PPID site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import intake, list_file
from ckanext.satudata.domain import ppid_request as rules
from ckanext.satudata.domain.applicant import ApplicantKind, FileKind, Shown
from ckanext.satudata.domain.errors import Invalid, NotAllowed, SatudataError, Several
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, asking, config, requests
from ckanext.satudata.shared import clock, params
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.wording import N_

MOST_BYTES = list_file.MAX_BYTES
TAKES = N_("This column takes: {words}.")
FILES = (FileKind.EVIDENCE, FileKind.IDENTITY, FileKind.POWER)


@dataclass(frozen=True)
class Entered:
    """What came of one line: its number in the spreadsheet, the request (none where there are faults), the faults.

    `created`: False where a request of that outside number was there already.
    """

    line: int
    outside_number: str
    request: PpidRequest | None = None
    number: str = ""
    created: bool = False
    faults: tuple[Invalid, ...] = ()


def kinds(actor: Actor) -> tuple[ApplicantKind, ...]:
    """Whose requests the actor enters: Walidata those of government offices, PPID all others."""
    served = requests.served_by(actor)
    return tuple(kind for kind in ApplicantKind if requests.process_of(kind) in served)


def check_may_enter(actor: Actor) -> None:
    """Raises NotAllowed for whoever is not PPID. Sysadmins too."""
    if not requests.is_ppid(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))


def _check_kind(actor: Actor, kind: str) -> None:
    """Raises NotAllowed for who enters no request of that kind, Invalid for PPID where a government office asks."""
    theirs = kinds(actor)
    if kind in theirs:
        return
    if kind == ApplicantKind.GOVERNMENT and theirs:
        raise Invalid("Walidata enters the request of a government office.", field="applicant_kind")
    if ApplicantKind.PERSON not in theirs:
        roles = (Role.WALIDATA if kind == ApplicantKind.GOVERNMENT else Role.PPID,)
        raise NotAllowed("Only {roles} may do this.", roles=roles)


def enter(
    session: Any, sent: Mapping[str, Any], *, actor: Actor, language: str, is_listed: bool = False
) -> tuple[PpidRequest, bool]:
    """Stores, numbers and dates a request as an officer typed it; no commit. Returns it and whether it is new.

    `sent`: the parameters of `satudata_ppid_request_enter`. The same outside number is entered once, whatever the
    words. At the counter what the law demands is demanded; what came otherwise, or on a list (`is_listed`), may lack
    it, and the completeness check names it. Raises NotAllowed, Several with every fault.
    """
    text = rules.cleaned(sent)
    _check_kind(actor, text["applicant_kind"])
    faults: list[Invalid] = []

    def taken(read: Any, otherwise: Any = None) -> Any:
        try:
            return read()
        except Several as several:
            faults.extend(several.errors)
        except Invalid as fault:
            faults.append(fault)
        return otherwise

    outside = params.text(sent, "outside_number")
    files = taken(lambda: applicant_files.received(sent, FILES, ""), {})
    channel = taken(lambda: intake.channel_of(params.text(sent, "channel")))
    received_at = taken(
        lambda: intake.received(params.text(sent, "received_at"), clock.now(), clock.zone(), config.intake_days())
    )
    if channel is not None:
        is_office = text["applicant_kind"] == ApplicantKind.GOVERNMENT
        faults += intake.faults(channel, outside, files, is_office=is_office)
    is_before_officer = channel is intake.Channel.COUNTER and not is_listed
    shown = Shown(is_citizen=params.flag(sent, "citizen"), files=files)
    demands = config.demands()
    at_counter = demands if is_before_officer else None
    faults += rules.faults(text, consent=True, shown=shown, at_counter=at_counter, official=demands.official)
    target = taken(lambda: asking.target_of(_name_in(params.text(sent, "dataset")), params.text(sent, "resource")), {})
    Several.refuse(faults)
    come = asking.Coming(
        key=params.text(sent, "key")[:200],
        language=language,
        is_citizen=params.flag(sent, "citizen"),
        files=files,
        channel=channel,
        received_at=received_at,
        outside_number=outside,
        entered_by=actor,
    )
    return asking.take(session, rules.asked(text), target, come)


def _name_in(typed: str) -> str:
    """The dataset's name in what was typed: its name, or the address of its page."""
    return typed.split("/dataset/")[-1].split("?")[0].split("/")[0].strip() if "/dataset/" in typed else typed


def enter_list(content: bytes | str, *, actor: Actor, language: str) -> list[Entered]:
    """Enters each line in a transaction of its own: a bad one keeps no good one out, and a list sent again after
    anything went wrong enters what is missing and nothing twice.

    Raises NotAllowed, and Invalid where the file as a whole cannot be read.
    """
    check_may_enter(actor)
    return [_line(line, actor, language) for line in intake.read(content)]


def _line(line: intake.Line, actor: Actor, language: str) -> Entered:
    outside = line.values["outside_number"]
    if not outside:
        fault = Invalid("Enter the number that the request has there.", field="nomor_luar")
        return Entered(line.number, "", faults=(fault,))
    try:
        with transaction():
            request, created = enter(model.Session, line.values, actor=actor, language=language, is_listed=True)
            return Entered(line.number, outside, request, request.number, created)
    except Several as several:
        found = several.errors
    except SatudataError as refusal:
        found = [Invalid(refusal.message, field=refusal.field, mend=refusal.mend, **refusal.params)]
    for fault in found:
        fault.field = intake.column_of(fault.field)
        if takes := intake.TAKES.get(fault.field):
            fault.mend, fault.params = TAKES, {**fault.params, "words": ", ".join(takes)}
    return Entered(line.number, outside, faults=tuple(found))
