"""Agencies and officers of the demonstration, made by the portal's own actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.demo.catalogue import AGENCIES, PEOPLE, Agency, Person
from ckanext.satudata.demo.wording import OFFICES
from ckanext.satudata.shared.people import accounts as owners

ADMIN = Person("admin", "Pengelola Demo", ("sysadmin",), None, "Pengelola sistem: menu Pengelolaan dan semua setelan")

BELOW, ABOVE = "bpbd", "dinsos"
ACTING = timedelta(days=2 * 365)
"""An acting officer is appointed for a time only."""


def act(who: str, action: str, **data: Any) -> Any:
    """Calls an action as that user, with everything an action checks."""
    return tk.get_action(action)({"user": who, "auth_user_obj": model.User.get(who)}, data)


def make_admin(password: str) -> None:
    """The system administrator, who makes the rest."""
    _make_user(ADMIN, password)
    admin = model.User.get(ADMIN.name)
    admin.sysadmin = True
    model.Session.commit()


def make_agencies(agencies: Sequence[Agency] = AGENCIES) -> dict[str, str]:
    """Every agency; returns its id by its short name."""
    ids = {}
    for number, agency in enumerate(agencies, start=1):
        made = act(
            ADMIN.name,
            "organization_create",
            name=agency.name,
            title=agency.title,
            description=f"{agency.description} Dinas contoh dari Kota Nusasari yang rekaan.",
            singkatan=agency.name.capitalize() if len(agency.name) > 5 else agency.name.upper(),
            kode_unit=f"{number:02d}",
            urusan=OFFICES[agency.name][0],
            email=f"{agency.name}@nusasari.example",
            telepon=f"(000) 555-{number:04d}",
            alamat=f"Jalan Contoh Nomor {number}, Nusasari 00000",
            users=[],
        )
        ids[agency.name] = made["id"]
    # The office that shares its team with others has one above it, for procedures in which that one stands in.
    if {BELOW, ABOVE} <= set(ids):
        act(ADMIN.name, "organization_patch", id=ids[BELOW], induk=ids[ABOVE])
    return ids


def make_officers(agencies: dict[str, str], password: str, since: date) -> None:
    """Every officer with roles from `since` on, by an invented letter."""
    for number, person in enumerate(PEOPLE, start=1):
        _make_user(person, password)
        for role in person.roles:
            for agency in person.serves:
                if agency is not None and agency not in agencies:
                    continue
                act(
                    ADMIN.name,
                    "satudata_officer_assign",
                    user=person.name,
                    role=role,
                    organization_id=agencies[agency] if agency else "",
                    kind=person.kind,
                    letter_number=f"800/{number}/DEMO/{since.year}",
                    letter_on=since.isoformat(),
                    valid_from_on=since.isoformat(),
                    valid_until_on="" if person.kind == "definitive" else (since + ACTING).isoformat(),
                )


def _make_user(person: Person, password: str) -> None:
    tk.get_action("user_create")(
        {"ignore_auth": True, "user": ""},
        {
            "name": person.name,
            "fullname": person.fullname,
            "email": f"{person.name}@nusasari.example",
            "password": password,
        },
    )
    owners.vouch(model.Session, model.User.get(person.name))
    model.Session.commit()


def accounts(agencies: dict[str, str], password: str) -> list[dict[str, Any]]:
    """What `accounts.json` holds: one entry for each person, with a new API token."""
    return [
        {
            "name": person.name,
            "password": password,
            "api_token": act(person.name, "api_token_create", user=person.name, name="demo")["token"],
            "roles": list(person.roles),
            "organization": person.agency,
            "note": person.note,
            **({"organizations": [name for name in person.agencies if name in agencies]} if person.agencies else {}),
        }
        for person in (ADMIN, *PEOPLE)
    ]
