"""Dates, roles and commands as people read them, in the language of the moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared import wording


def N_(text: str) -> str:
    """Marks a text for the catalogues; translated where it is shown."""
    return text


ROLES = {
    Role.WALIDATA: N_("Walidata"),
    Role.PPID: N_("PPID"),
    Role.PPID_PEMBANTU: N_("Assistant PPID"),
    Role.PPID_SUPERIOR: N_("Superior of the PPID"),
    Role.PRODUCER_HEAD: N_("Head of the producing agency"),
    Role.VERIFIER: N_("Verifier"),
    Role.OPERATOR: N_("Operator"),
    Role.DESIGNER: N_("Design team"),
    Role.REDAKTUR: N_("Editor"),
    Role.SECTION_HEAD: N_("Head of section"),
    Role.DIVISION_HEAD: N_("Head of division"),
    Role.DEPARTMENT_HEAD: N_("Head of department"),
    Role.AUDITOR: N_("Auditor"),
    Role.APPLICANT: N_("Applicant"),
    Role.SYSTEM: N_("The portal"),
}

COMMANDS = {
    Command.SUBMIT: N_("Send to {to}"),
    Command.APPROVE: N_("Approve"),
    Command.RETURN: N_("Return to {to}"),
    Command.PUBLISH: N_("Publish"),
    Command.ROUTE: N_("Route to {to}"),
    Command.GRANT: N_("Grant"),
    Command.GRANT_IN_PART: N_("Grant in part"),
    Command.REFUSE: N_("Refuse"),
    Command.NOT_HELD: N_("Answer: not held"),
    Command.HANDOVER: N_("Hand over to {to}"),
    Command.ATTEST: N_("Confirm the personal-data check"),
    Command.FORWARD: N_("Forward to {to}"),
    Command.DELIVER: N_("Send the letter to the applicant"),
    Command.CLOSE: N_("Confirm receipt"),
    Command.WITHDRAW: N_("Withdraw"),
    Command.RECORD: N_("Record as done"),
    Command.LAPSE: N_("Let lapse"),
}

DONE = {
    "due_moved": N_("Due time moved"),
    "started": N_("Started"),
    "submitted": N_("Sent"),
    "approved": N_("Approved"),
    "returned": N_("Returned"),
    "published": N_("Published"),
    "routed": N_("Routed"),
    "granted": N_("Granted"),
    "granted_in_part": N_("Granted in part"),
    "refused": N_("Refused"),
    "answered_not_held": N_("Answered: not held"),
    "handed_over": N_("Handed over"),
    "attested": N_("Personal-data check confirmed"),
    "forwarded": N_("Forwarded"),
    "delivered": N_("Letter sent to the applicant"),
    "closed": N_("Receipt confirmed"),
    "withdrawn": N_("Withdrawn"),
    "recorded": N_("Recorded as done"),
    "lapsed": N_("Lapsed"),
}

LEVELS = {"terbuka": "Terbuka", "terbatas": "Terbatas", "tertutup": "Tertutup"}
"""Law, and the same in every language."""

OUTCOMES = {
    "granted": DONE["granted"],
    "granted_in_part": DONE["granted_in_part"],
    "refused": DONE["refused"],
    "withdrawn": N_("Cancelled by the applicant"),
    "open": N_("Not answered yet"),
}

CLIENTS = {
    "browser": N_("Browser (a person)"),
    "script": N_("Program (API)"),
    "robot": N_("Robot or harvester"),
    "unknown": N_("Not known"),
}

VOCABULARIES = {
    "role": {role.value: text for role, text in ROLES.items()},
    "level": LEVELS,
    "outcome": OUTCOMES,
    "client": CLIENTS,
}


def code_name(vocabulary: str, code: str) -> str:
    """A code of a report's column in words; an unknown one stands as it is."""
    text = VOCABULARIES.get(vocabulary, {}).get(code)
    return tk._(text) if text else code


def long_date(on: date) -> str:
    """`Senin, 3 Agustus 2026`."""
    return wording.day(on, weekday=True)


def short_date(on: date) -> str:
    """`3 Agustus 2026`."""
    return wording.day(on)


def role_name(role: Role | str) -> str:
    """The role as the officers' table calls it."""
    return tk._(ROLES[Role(role)])


def role_names(roles: Any) -> str:
    """Several roles joined with commas."""
    return ", ".join(role_name(role) for role in roles)


def event_name(event: str) -> str:
    """What happened, in words; a room's own event in its own words where the catalogue has them."""
    return tk._(DONE.get(event, event.replace("_", " ")))


def error_text(error: SatudataError) -> str:
    """The refusal in the user's language: what happened, then what to do."""
    parts = [tk._(error.message), tk._(error.mend) if error.mend else ""]
    return " ".join(part for part in parts if part).format(**{k: _param(v) for k, v in error.params.items()})


def _param(value: Any) -> Any:
    if isinstance(value, tuple) and value and all(isinstance(item, Role) for item in value):
        return role_names(value)
    if isinstance(value, datetime):
        return wording.instant(value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, Command):
        return tk._(COMMANDS[value]).format(to="").strip()
    return value
