"""Actions on the officers' table; the rules are in `shared/people/officers.py` and `domain/appointment.py`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import appointment as rules
from ckanext.satudata.domain import officer_list
from ckanext.satudata.domain.appointment import Appointment
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.params import flag, text
from ckanext.satudata.shared.people import accounts, invitations, membership, officers
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text

MAX_ROWS = 5000
DATES = ("valid_from_on", "valid_until_on", "letter_on")


@boundary
@tk.side_effect_free
def satudata_officer_list(context, data_dict):
    """The officers' table, newest first within each person.

    :param q: part of a name or address; :param role:, :param organization_id:, :param user_id: filters
    :param ended: also rows that were ended or have lapsed (default false)
    :returns: rows with `state` (`in_force`, `future`, `lapsed`, `ended`), `user`, `organization_title`,
        whether the row `counts` now, `invitation` (`open`, `lapsed`) where a mailed link waits or should, and
        `account`: `own`, or why the roles rest: `password` (its owner has not chosen one by the mailed link yet),
        `foreign` (somebody else has set the password since: send a link) or `address` (it was changed, and another
        Walidata has not confirmed it by sending a link)
    """
    tk.check_access("satudata_officer_list", context, data_dict)
    actor = actor_of(context)
    if not rules.may_read_journal(actor):
        rules.require_manager(actor)
    rows = _select(data_dict, flag(data_dict, "ended"))
    return [_row_dict(*row) for row in rows]


@boundary
def satudata_officer_assign(context, data_dict):
    """Gives a role to a user (`user`: id or name) or to an address (`email`, `fullname`), who is then invited.

    :param role:, :param organization_id:, :param kind: definitive (default), plt, plh or an
    :param processes: for a.n., a list or names divided by spaces
    :param valid_from_on:, :param valid_until_on: dates, both days count
    :param letter_number:, :param letter_on: the appointment letter
    """
    tk.check_access("satudata_officer_assign", context, data_dict)
    actor = actor_of(context)
    rules.require_manager(actor)
    with transaction():
        row = officers.assign(
            model.Session,
            actor,
            _appointment(data_dict),
            user=text(data_dict, "user"),
            email=text(data_dict, "email"),
            fullname=text(data_dict, "fullname"),
        )
        row_id = row.id
    return _one(row_id)


@boundary
def satudata_officer_end(context, data_dict):
    """Ends the row `id` now; `reason` is kept in the journal."""
    tk.check_access("satudata_officer_end", context, data_dict)
    with transaction():
        officers.end(model.Session, actor_of(context), text(data_dict, "id"), text(data_dict, "reason"))
    return _one(text(data_dict, "id"))


@boundary
def satudata_officer_import(context, data_dict):
    """Gives the roles of a CSV list (`csv`: its text), all of them or none.

    :param dry_run: only say what would happen (default true)
    :returns: `lines`, `counts` by outcome, and whether it is `stored`. A line is what was read: its number
        `line`, `email`, `account`, `name`, `role`, `organization_id`, `kind`, `processes`, `valid_from_on`,
        `valid_until_on`, `letter_number`, `letter_on` (dates of a line with errors stand in `typed` only), then
        `outcome` (`new`, `invited`, `unchanged`, `repeated` with the line number `same_as`, `error`) and all
        `errors` (`field`, `error`)
    """
    tk.check_access("satudata_officer_import", context, data_dict)
    content = data_dict.get("csv") or ""
    if not isinstance(content, (str, bytes)) or not content.strip():
        raise Invalid("There is no list.", field="file", mend="Choose a CSV file.")
    dry_run = flag(data_dict, "dry_run", True)
    with transaction() as done:
        found = officers.import_list(model.Session, actor_of(context), content)
        counts = {
            name: sum(item.outcome == name for item in found)
            for name in ("new", "invited", "unchanged", "repeated", "error")
        }
        lines = [_line_dict(item) for item in found]
        stored = not dry_run and not counts["error"]
        if not stored:
            done.drop = True
    return {"lines": lines, "counts": counts, "stored": stored}


@boundary
def satudata_officer_invite(context, data_dict):
    """Sends the officer `user` a link by which to choose the password; the older link ends.

    It says too that the account's address is the officer's. Where somebody changed the address, only another person
    who is Walidata may say so.

    :returns: `user`, `email`, `expires_at`, and `is_new`: whether it invites a person who has no account yet
    """
    tk.check_access("satudata_officer_invite", context, data_dict)
    with transaction():
        actor = actor_of(context)
        rules.require_manager(actor)
        user = officers.person(model.Session, user=text(data_dict, "user") or "-")
        invitation = invitations.invite(model.Session, actor, user)
        return {
            "user": user.id,
            "email": invitation.email,
            "expires_at": invitation.expires_at.isoformat(),
            "is_new": user.state == model.State.PENDING,
        }


@boundary
def satudata_officer_sync(context, data_dict):
    """Puts the organization memberships of CKAN right for all who hold or held a role.

    :param dry_run: only say what would change
    :param all: also end the memberships of people who never held a role
    """
    tk.check_access("satudata_officer_sync", context, data_dict)
    rules.require_manager(actor_of(context))
    changes = membership.sync(model.Session, dry_run=flag(data_dict, "dry_run"), everyone=flag(data_dict, "all"))
    return [
        {"user_id": c.user_id, "organization_id": c.organization_id, "before": c.before, "after": c.after}
        for c in changes
    ]


def _appointment(data_dict: dict[str, Any]) -> Appointment:
    """What the form or the caller says; raises a ValidationError with every fault at once."""
    processes = data_dict.get("processes") or []
    if isinstance(processes, str):
        processes = processes.split()
    if not isinstance(processes, list) or not all(isinstance(name, str) for name in processes):
        raise Invalid("This must be a list of names.", field="processes", mend="Choose from the list.")
    typed = {name: text(data_dict, name) for name in officer_list.FIELD_OF if name != "processes"}
    taking = officer_list.Taking()
    taking.take("user" if typed["user"] else "email", lambda: _check_person(typed["user"], text(data_dict, "email")))
    unit_id = officers.agency_of(model.Session, typed["organization_id"]) if typed["organization_id"] else None
    found = taking.appointment(typed, unit_id, frozenset(processes), officers.PROCESSES)
    if typed["organization_id"] and unit_id is None:
        taking.errors["organization_id"] = Invalid(
            "No such agency.", field="organization_id", mend="Choose the agency from the list."
        )
    if len(found.letter_number) > 200:
        taking.errors["letter_number"] = Invalid(
            "The letter number is too long.", field="letter_number", mend="Use at most 200 characters."
        )
    if taking.errors:
        raise tk.ValidationError({error.field: [error_text(error)] for error in taking.errors.values()})
    return found


def _check_person(user: str, email: str) -> None:
    if not user and not email:
        raise Invalid("The person is missing.", field="email", mend="Give an e-mail address or a user name.")
    officers.person(model.Session, user=user, email=email)


def _select(filters: dict[str, Any], ended: bool) -> list[Any]:
    on = clock.today()
    query = OfficerRole.not_ended() if not ended else sa.select(OfficerRole)
    query = (
        query.add_columns(model.User, model.Group, Invitation, AccountProof)
        .join(model.User, model.User.id == OfficerRole.user_id)
        .outerjoin(model.Group, model.Group.id == OfficerRole.organization_id)
        .outerjoin(
            Invitation,
            (Invitation.user_id == OfficerRole.user_id)
            & Invitation.accepted_at.is_(None)
            & Invitation.replaced_at.is_(None),
        )
        .outerjoin(AccountProof, AccountProof.user_id == OfficerRole.user_id)
        .order_by(sa.func.coalesce(model.User.fullname, model.User.name), OfficerRole.created_at.desc(), OfficerRole.id)
        .limit(MAX_ROWS)
    )
    if not ended:
        query = query.where((OfficerRole.valid_until_on.is_(None)) | (OfficerRole.valid_until_on >= on))
    for name in ("role", "organization_id", "user_id", "id"):
        if text(filters, name):
            query = query.where(getattr(OfficerRole, name) == text(filters, name))
    if text(filters, "q"):
        named = (model.User.fullname, model.User.name, model.User.email)
        query = query.where(sa.or_(*(column.icontains(text(filters, "q"), autoescape=True) for column in named)))
    return model.Session.execute(query).all()


def _one(row_id: str) -> dict[str, Any]:
    rows = _select({"id": row_id}, True)
    if not rows:
        raise NotThere("No such row in the officers' table.")
    return _row_dict(*rows[0])


def _row_dict(
    row: OfficerRole, user: Any, group: Any, invitation: Invitation | None, proof: AccountProof | None
) -> dict[str, Any]:
    account = accounts.state_of(user, proof)
    return {
        "id": row.id,
        "user_id": row.user_id,
        "user": {
            "name": user.name,
            "fullname": user.fullname or "",
            "email": user.email or "",
            "state": user.state,
            "last_active": _iso(user.last_active),
        },
        "invitation": _invitation_state(user, account, invitation),
        "account": account,
        "counts": account == "own" and _state(row) == "in_force",
        "role": row.role,
        "organization_id": row.organization_id,
        "organization_title": (group.title or group.name) if group else "",
        "kind": row.kind,
        "processes": list(row.processes),
        "valid_from_on": _iso(row.valid_from_on),
        "valid_until_on": _iso(row.valid_until_on),
        "letter_number": row.letter_number,
        "letter_on": _iso(row.letter_on),
        "state": _state(row),
        "created_at": _iso(row.created_at),
        "created_by_id": row.created_by_id,
        "ended_at": _iso(row.ended_at),
        "ended_by_id": row.ended_by_id,
        "end_reason": row.end_reason,
    }


def _state(row: OfficerRole) -> str:
    on = clock.today()
    if row.ended_at is not None:
        return "ended"
    if row.valid_until_on and row.valid_until_on < on:
        return "lapsed"
    if row.valid_from_on and row.valid_from_on > on:
        return "future"
    return "in_force"


def _invitation_state(user: Any, account: str, invitation: Invitation | None) -> str:
    if user.state == model.State.DELETED or account == "own":
        return ""
    if invitation and clock.now() < invitation.expires_at:
        return "open"
    return "lapsed" if account == "password" else ""


def _iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None


def _line_dict(item: officers.Imported) -> dict[str, Any]:
    line, given = item.line, item.line.appointment
    held = given.held if given else None
    return {
        "line": line.number,
        "email": line.email,
        "account": line.account,
        "name": line.cells.get("nama", ""),
        "role": held.role.value if held else line.cells.get("peran", ""),
        "unit": line.cells.get("unit", ""),
        "organization_id": line.unit_id,
        "kind": held.kind.value if held else line.cells.get("jenis", ""),
        "processes": sorted(held.processes) if held else line.cells.get("proses", "").split(),
        "valid_from_on": _iso(held.valid_from_on) if held else None,
        "valid_until_on": _iso(held.valid_until_on) if held else None,
        "letter_number": line.cells.get("nomor_surat", ""),
        "letter_on": _iso(given.letter_on) if given else None,
        "typed": {name: line.cells.get(officer_list.FIELD_OF[name], "") for name in DATES},
        "outcome": item.outcome,
        "same_as": item.same_as,
        "errors": [{"field": error.field, "error": error_text(error)} for error in item.errors],
    }
