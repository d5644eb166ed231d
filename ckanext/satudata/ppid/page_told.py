"""What the tracking page tells beside where the request stands: what is not given, what was extended, who has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.decision import GRANTED, WHOLE
from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.statutory import EXTENSION_DAYS, EXTENSION_REASONS
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, requests
from ckanext.satudata.shared import crypto, wording
from ckanext.satudata.shared.documents import letters


def dataset(request: PpidRequest) -> str:
    """What the dataset is called that was asked for, while everybody may know of it."""
    package = model.Package.get(request.dataset_id) if request.dataset_id else None
    return requests.title_of(request) if package is not None and not package.private else ""


def not_given(session: Any, request: PpidRequest) -> list[dict[str, str]]:
    """The parts that are not given, each with its ground (`what`, `why`); ask first whether the applicant was told."""
    if request.decision != "granted_in_part":
        return []
    rows = list(session.scalars(PpidPart.in_force(request.id)))
    is_several = len({row.organization_id for row in rows}) > 1
    found = [
        {"what": _what(row, is_several=is_several), "why": ground(row.reason_code)}
        for row in rows
        if row.decision != GRANTED
    ]
    return found or [{"what": "", "why": ground(request.refusal_code)}]


def _what(row: PpidPart, *, is_several: bool) -> str:
    """What is not given, of which agency where several were asked; empty for the whole of the only one's."""
    agency = letters.organization_title(row.organization_id) if is_several else ""
    if row.what == WHOLE:
        return tk._("the data of {agency}").format(agency=agency) if agency else ""
    return f"{row.what} ({agency})" if agency else row.what


def ground(code: str | None) -> str:
    """Why data is not given, as the letter says it; empty without a ground."""
    reason = REASONS.get(code or "")
    return f"{tk._(reason.title)} ({reason.basis})" if reason else ""


def extended(kept: PpidHandling, before: str) -> str:
    """By how much the time was extended, when, from which day (`before`) and why; empty where it was not."""
    if kept.extended_at is None:
        return ""
    said = tk._("by {count} working days on {date}, before that {before}").format(
        count=EXTENSION_DAYS, date=wording.day(kept.extended_at), before=before
    )
    known = EXTENSION_REASONS.get(kept.extension_code or "")
    return f"{said}: {tk._(known[0])}" if known else said


def is_reopened(steps: Iterable[CaseStep]) -> bool:
    """Whether it is worked on anew after an answer that was set aside, and no other answer has gone out."""
    steps = list(steps)
    answered = [one.done_at for one in steps if one.command == Command.DELIVER.value and one.done_at]
    opened = [one.opened_at for one in steps if one.done_at is None and one.role != "applicant"]
    return bool(answered and opened) and max(opened) >= max(answered)


def came_with(request: PpidRequest) -> list[str]:
    """Names of what the applicant gave already and need not give again where it is asked for beside another thing."""
    return ["power_number"] if crypto.unseal(request.power_number) else []


def code_of(session: Any, request: PpidRequest) -> dict[str, str] | None:
    """The request whose code confirms the address of this part of it too; `number` is empty where none is under way.
    None for a request that was mailed a code of its own."""
    if request.email is None or request.confirmed_at is not None or request.confirm_hash:
        return None
    whole: PpidRequest | None = request
    while whole is not None and not (whole.confirm_hash and whole.closed_at is None):
        split_from = clocks.seen(session, whole.id).split_from_id
        whole = session.get(PpidRequest, split_from) if split_from else None
    return {"number": whole.number if whole is not None and whole.confirmed_at is None else ""}
