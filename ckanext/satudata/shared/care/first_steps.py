"""What a new portal needs before the first case, with what is done already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import actors, clock, settings
from ckanext.satudata.shared.care import doctor


@dataclass(frozen=True)
class Step:
    """One step: its title and what to do (msgids), where, and whether it is done; `value` is shown as it is."""

    title: str
    text: str
    endpoint: str
    done: bool
    value: str = ""


def steps(problems: Sequence[doctor.Problem]) -> list[Step]:
    """In the order in which to take them; `problems` are the doctor's."""
    failed = {problem.check for problem in problems}
    year = clock.today().year
    letterhead = {"government_name", "letter_agency", "contact_address", "letter_place"}
    answered, mine = settings.answered(model.Session, letterhead), settings.current()
    walidata, ppid = actors.users_holding(Role.WALIDATA), actors.users_holding(Role.PPID)
    mailed = model.Session.scalar(sa.select(sa.exists().where(Outbox.kind == "test_mail", Outbox.sent_at.is_not(None))))
    found = [problem for problem in problems if problem.check == "adoption"]
    of_before = [
        Step(
            "Datasets of before this portal",
            "They are served as they were, without an approval; ckan satudata publication adopt takes them over.",
            "satudata_admin.health",
            False,
            str(problem.params["count"]),
        )
        for problem in found
    ]
    return [
        *of_before,
        Step(
            "SOP",
            "Read the procedure the portal follows; the option ckanext.satudata.sop names another.",
            "/sop",
            bool(tk.config.get("ckanext.satudata.sop")),
            str(tk.config.get("ckanext.satudata.sop") or ""),
        ),
        Step(
            "Time zone",
            "Days begin and end by it; the option is ckan.display_timezone.",
            "satudata_calendar.hours",
            "time zone" not in failed,
            str(tk.config.get("ckan.display_timezone") or ""),
        ),
        Step(
            "Letterhead",
            "Name, logo, address and number patterns of your government.",
            "satudata_admin.government",
            answered == letterhead and all(mine[name] for name in letterhead),
        ),
        Step(
            "Officers",
            "At least one Walidata and one PPID, then operators, verifiers and heads of the agencies.",
            "satudata_officers.index",
            bool(walidata and ppid),
        ),
        Step("Test mail", "Send one to yourself and see it arrive.", "satudata_admin.mails", bool(mailed)),
        Step(
            "Holidays of {year}",
            "Due times count working days.",
            "satudata_calendar.holidays",
            doctor.has_holidays(year),
            str(year),
        ),
        Step(
            "Holidays of {year}",
            "Enter them when the joint decree is out.",
            "satudata_calendar.holidays",
            doctor.has_holidays(year + 1),
            str(year + 1),
        ),
        Step("Doctor", "Settings that are dangerous or missing.", "satudata_admin.health", not problems),
    ]
