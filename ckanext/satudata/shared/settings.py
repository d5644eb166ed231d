"""The government's own options that Walidata may change while the portal runs.

They are CKAN's runtime-editable options: stored in `system_info`, read by every process through `tk.config`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.lib.app_globals as app_globals
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.common import config_declaration

from ckanext.satudata.domain import appointment, mail_address, reminders, service_hours, workdays
from ckanext.satudata.domain.errors import Invalid, SatudataError
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.shared import journal, numbers

_LOADED = "ckan.config_update"


@dataclass(frozen=True)
class Setting:
    """One option: its key without `ckanext.satudata.` (CKAN's own: whole), label, hint (msgids) and kind."""

    key: str
    label: str
    hint: str = ""
    kind: str = "text"
    required: bool = False

    @property
    def field(self) -> str:
        """The name of its form field."""
        return self.key.replace(".", "_")

    @property
    def option(self) -> str:
        """The full name of the option."""
        return self.key if self.key.startswith("ckan.") else f"ckanext.satudata.{self.key}"


GROUPS: tuple[tuple[str, tuple[Setting, ...]], ...] = (
    (
        "Name and look",
        (
            Setting(
                "ckan.site_title", "Name of the portal", "As the header and the browser's tab show it.", required=True
            ),
            Setting(
                "government_name", "Name of the government", "As header, letters and reports print it.", required=True
            ),
            Setting(
                "logo", "Address of the logo", "A path on this portal, such as /uploads/admin/lambang.svg.", "path"
            ),
            Setting("colour_primary", "Main colour", "Six digits with #, such as #12406b.", "colour", True),
            Setting("colour_accent", "Second colour", "For lines and marks, never for text.", "colour", True),
        ),
    ),
    (
        "Contact, in the footer and the letterhead",
        (
            Setting("contact_address", "Address"),
            Setting("contact_email", "E-mail", kind="email"),
            Setting("contact_phone", "Telephone"),
        ),
    ),
    (
        "Letterhead",
        (
            Setting(
                "letter.agency", "Office in the letterhead", "Second line, below the government's name.", required=True
            ),
            Setting("letter.place", "Place in front of the date", required=True),
            Setting("letter.ppid_position", "Position of the one who signs", required=True),
            Setting("letter.superior_position", "Position of the superior, who answers objections", required=True),
        ),
    ),
    (
        "Numbers",
        (
            Setting(
                "number_pattern",
                "Pattern of letter numbers",
                "Fields: {urut} {tahun} {bulan} {bulan_romawi} {unit} {jenis} {klasifikasi}. {jenis}: kind of letter.",
                "pattern",
                True,
            ),
            Setting("number_pattern.request", "Pattern of request numbers", "The same fields.", "pattern", True),
            Setting("number_pattern.objection", "Pattern of objection numbers", "The same fields.", "pattern", True),
            Setting("number_classification", "Classification code"),
            Setting("number_unit", "Unit code of the PPID"),
        ),
    ),
)
CALENDAR = (
    Setting("service_hours", "Service hours", kind="hours", required=True),
    Setting("ckan.display_timezone", "Time zone", kind="zone", required=True),
    Setting("reminders", "Reminders", kind="reminders"),
    Setting("daily_digest", "One mail a day with all that waits", kind="digest", required=True),
)
"""On the page of service hours."""
SETTINGS = (*(setting for _, settings in GROUPS for setting in settings), *CALENDAR)


def current() -> dict[str, str]:
    """Form field to value in force."""
    return {setting.field: str(tk.config.get(setting.option) or "") for setting in SETTINGS}


def schema() -> dict[str, list[Any]]:
    """What makes CKAN read these options from its table, and checks who sets them through CKAN's own action."""
    checks = [tk.get_validator("ignore_missing"), tk.get_validator("unicode_safe")]
    colour = tk.get_validator("satudata_colour")
    return {one.option: [*checks, colour] if one.kind == "colour" else checks for one in SETTINGS}


def defaults() -> dict[str, str]:
    """Form field to declared default, to tell what nobody has looked at yet."""
    options = {setting.field: config_declaration.get(setting.option) for setting in SETTINGS}
    return {field: str(option.default or "") if option else "" for field, option in options.items()}


def save(session: Any, actor: Actor, values: Mapping[str, Any]) -> dict[str, list[SatudataError]]:
    """Stores the given fields in the caller's transaction; returns errors by field, and then stores nothing.

    Call `spread()` after the commit.
    """
    appointment.require_manager(actor)
    checked, errors = check(values)
    if errors:
        return errors
    before = {option: str(tk.config.get(option) or "") for option in checked}
    changed = {option: value for option, value in checked.items() if value != before[option]}
    known = _stored(session, checked)
    for option, value in checked.items():
        # What was looked at and kept is stored as well: a default that fits is somebody's answer from now on.
        if option in changed or option not in known:
            _store(session, option, value)
    if changed:
        _store(session, _LOADED, str(time.time()))
        journal.append(
            session,
            "settings_changed",
            actor=actor,
            subject=("portal", "settings"),
            payload={option: [before[option], value] for option, value in changed.items()},
        )
    return {}


def answered(session: Any, fields: Iterable[str]) -> set[str]:
    """Those of the form fields that were saved here, or differ from the declared default (the ini file's)."""
    options = {setting.field: setting.option for setting in SETTINGS}
    stored, mine, declared = _stored(session, options.values()), current(), defaults()
    return {field for field in fields if options[field] in stored or mine[field] != declared[field]}


def _stored(session: Any, options: Iterable[str]) -> set[str]:
    query = sa.select(model.SystemInfo.key).where(model.SystemInfo.key.in_(list(options)))
    return set(session.scalars(query))


def check(values: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, list[SatudataError]]]:
    """The given fields as they would be stored, by option, and the errors, by field."""
    errors: dict[str, list[SatudataError]] = {}
    checked: dict[str, str] = {}
    for setting in SETTINGS:
        if setting.field not in values:
            continue
        try:
            checked[setting.option] = _checked(setting, values[setting.field])
        except SatudataError as error:
            errors[setting.field] = [error]
    return checked, errors


def spread() -> None:
    """Reads the stored options into this process; the others do so with their next request."""
    app_globals.reset()


def _store(session: Any, key: str, value: str) -> None:
    row = session.query(model.SystemInfo).filter_by(key=key).with_for_update().first()
    if row is None:
        session.add(model.SystemInfo(key, value))
    else:
        row.value = value
    session.flush()


def _checked(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise Invalid("This must be text.", field=setting.field, mend="Enter it again.")
    text = " ".join(value.split())
    if setting.required and not text:
        raise Invalid("This field is empty.", field=setting.field, mend="Enter a value.")
    if len(text) > 300:
        raise Invalid("The text is too long.", field=setting.field, mend="Use at most 300 characters.")
    if not text:
        return text
    if setting.kind == "colour" and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise Invalid("This is not a colour.", field=setting.field, mend="Write # and six digits, such as #12406b.")
    if setting.kind == "email":
        mail_address.checked(text, setting.field)
    if setting.kind == "path" and not re.fullmatch(r"/(?!/)\S*", text):
        raise Invalid(
            "This is not a path on this portal.",
            field=setting.field,
            mend="Begin with one /; other hosts are not loaded.",
        )
    if setting.kind == "pattern":
        numbers.check_pattern(text)
    return _CALENDAR[setting.kind](text, setting.field) if setting.kind in _CALENDAR else text


def _hours(text: str, _field: str) -> str:
    return service_hours.written(workdays.parse_hours(text))


def _zone(text: str, field: str) -> str:
    found = {short: name for name, short in workdays.ZONES.items()}.get(text.upper(), text)
    if found not in workdays.ZONES:
        raise Invalid("This is no time zone of the country.", field=field, mend="Choose WIB, WITA or WIT.")
    return found


def _reminders(text: str, field: str) -> str:
    return " ".join(map(str, reminders.parse(text, field)))


def _digest(text: str, field: str) -> str:
    if text not in reminders.DIGESTS:
        raise Invalid("Choose from the list.", field=field)
    return text


_CALENDAR = {"hours": _hours, "zone": _zone, "reminders": _reminders, "digest": _digest}
