"""Giving and ending roles: the one write path of the officers' table.

Who may and what can stand is decided here, by the rules of `domain.appointment`; CKAN's auth functions are
courtesy. Every function works in the caller's transaction and leaves the commit to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain import appointment as rules
from ckanext.satudata.domain import officer_list
from ckanext.satudata.domain.appointment import Appointment
from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere, SatudataError
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.sop import Process
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, journal
from ckanext.satudata.shared.people import accounts, invitations, membership

PROCESSES = frozenset(process.value for process in Process)


@dataclass(frozen=True)
class Imported:
    """What became of one line.

    `new`, `invited` (new, and the person too), `unchanged` (held already), `repeated` (says what the line
    `same_as` of this list said) or `error`.
    """

    line: officer_list.Line
    outcome: str
    errors: tuple[SatudataError, ...] = ()
    same_as: int = 0


def agency_of(session: Any, text: str) -> str | None:
    """The id of an active agency, by id, name or title, blanks folded; None for none or several."""
    wanted = " ".join(text.split())
    title = sa.func.regexp_replace(sa.func.btrim(model.Group.title), r"\s+", " ", "g")
    found = session.scalars(
        sa.select(model.Group.id).where(
            model.Group.is_organization.is_(True),
            model.Group.state == model.State.ACTIVE,
            (model.Group.id == wanted)
            | (model.Group.name == wanted.lower())
            | (sa.func.lower(title) == wanted.lower()),
        )
    ).all()
    return found[0] if len(found) == 1 else None


def person(session: Any, *, user: str = "", email: str = "") -> model.User | None:
    """The user with that id, name or address; None for an address nobody has yet. Raises `Invalid`."""
    if user:
        found = session.query(model.User).filter((model.User.id == user) | (model.User.name == user)).first()
        if found is None or found.state == model.State.DELETED:
            raise Invalid("No such user.", field="user", mend="Choose from the list, or give an e-mail address.")
        return found
    address = officer_list.parse_email(email)
    users = session.query(model.User).filter(sa.func.lower(model.User.email) == address).all()
    living = [found for found in users if found.state != model.State.DELETED]
    if len(living) > 1:
        # Anybody may claim an address; whose it is, only a mail to it can tell.
        living = [found for found in living if invitations.has_proven(session, found)] or living
    if len(living) > 1:
        raise Invalid("Several users have this address.", field="email", mend="Give the user's name instead.")
    return living[0] if living else None


def assign(
    session: Any, actor: Actor, appointment: Appointment, *, user: str = "", email: str = "", fullname: str = ""
) -> OfficerRole:
    """Gives a role to a user, or to an address, whose owner is then invited.

    Raises `NotAllowed`, `Invalid` (with its field) or `Conflict` when the person holds it in that time.
    """
    rules.require_manager(actor)
    rules.check(appointment, PROCESSES)
    rules.refuse_past(appointment, clock.today())
    if appointment.held.organization_id and not agency_of(session, appointment.held.organization_id):
        raise Invalid("No such agency.", field="organization_id", mend="Choose the agency from the list.")
    if not user:
        # Two assignments to one new address must not make two users.
        membership.lock_user(session, officer_list.parse_email(email))
    found = person(session, user=user, email=email)
    if found is None:
        found = invitations.new_user(session, officer_list.parse_email(email), fullname.strip()[:200])
        invitations.invite(session, actor, found)
    elif not user and not invitations.has_proven(session, found):
        raise Invalid(
            "An account named {name} uses this address, but nobody has proven that the address is theirs.",
            field="email",
            mend="Check with the person, then give the role to the account by its login name.",
            name=found.name,
        )
    row = _add(session, actor, appointment, found)
    proof = accounts.pin(session, found)
    waits = not accounts.is_owners(session, found) and proof.email == accounts.address_of(found)
    if waits and not session.scalars(Invitation.open_of(found.id)).first():
        invitations.invite(session, actor, found)
    return row


def _add(session: Any, actor: Actor, appointment: Appointment, user: model.User) -> OfficerRole:
    membership.lock_user(session, user.id)
    held = appointment.held
    rules.refuse_overlap(held, (row.held for row in session.scalars(_rows_of(user.id))))
    row = OfficerRole(
        user_id=user.id,
        role=held.role.value,
        organization_id=held.organization_id,
        kind=held.kind.value,
        processes=sorted(held.processes),
        valid_from_on=held.valid_from_on,
        valid_until_on=held.valid_until_on,
        letter_number=appointment.letter_number,
        letter_on=appointment.letter_on,
        created_by_id=actor.user_id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    journal.append(session, "officer_assigned", actor=actor, subject=("user", user.id), payload=_said(row))
    membership.project(session, user.id)
    return row


def end(session: Any, actor: Actor, role_id: str, reason: str) -> OfficerRole:
    """Ends a role now, with a reason. Raises `NotAllowed`, `NotThere`, `Invalid` or `Conflict`."""
    rules.require_manager(actor)
    reason = reason.strip()
    if not reason:
        raise Invalid("The reason is missing.", field="reason", mend="Say why the role ends, or name the letter.")
    if len(reason) > 1000:
        raise Invalid("The reason is too long.", field="reason", mend="Use at most 1,000 characters.")
    row = session.get(OfficerRole, role_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere("No such row in the officers' table.")
    if row.ended_at is not None:
        raise Conflict("This role was ended already.", mend="Reload the list.")
    row.ended_at, row.ended_by_id, row.end_reason = clock.now(), actor.user_id, reason
    session.flush()
    journal.append(
        session, "officer_ended", actor=actor, subject=("user", row.user_id), payload=_said(row), text=reason
    )
    membership.project(session, row.user_id)
    return row


def import_list(session: Any, actor: Actor, content: bytes | str) -> list[Imported]:
    """Works through a list line by line in the caller's transaction.

    When one line has an error nothing may be kept: the caller rolls back, as it does after a preview.
    Lines that say what is already so are left alone, so that a list can be sent twice.
    """
    rules.require_manager(actor)
    membership.lock_user(session, "import")  # two lists at once could wait for each other
    agencies: dict[str, str | None] = {}

    def agency(text: str) -> str | None:
        if text not in agencies:
            agencies[text] = agency_of(session, text)
        return agencies[text]

    seen: dict[tuple[Any, ...], int] = {}
    return [_import(session, actor, line, seen) for line in officer_list.read(content, agency, PROCESSES)]


def _import(session: Any, actor: Actor, line: officer_list.Line, seen: dict[tuple[Any, ...], int]) -> Imported:
    given = line.appointment
    if line.errors or given is None:
        return Imported(line, "error", line.errors)
    try:
        with session.begin_nested():
            known = _person_of(session, line)
            who = known.id if known else line.email
            first = seen.setdefault((who, given.held, given.letter_number), line.number)
            if first != line.number:
                return Imported(line, "repeated", same_as=first)
            if known and _same(session, known.id, given):
                return Imported(line, "unchanged")
            row = assign(
                session, actor, given, user=line.account, email=line.email, fullname=line.cells.get("nama", "")
            )
            seen[(row.user_id, given.held, given.letter_number)] = line.number
            return Imported(line, "new" if known else "invited")
    except (Invalid, Conflict) as error:
        error.field = officer_list.FIELD_OF.get(error.field, error.field)
        return Imported(line, "error", (error,))


def _person_of(session: Any, line: officer_list.Line) -> model.User | None:
    """The user with the line's login name, or else with its address; the two must not be two people's."""
    if not line.account:
        return person(session, email=line.email)
    found = session.query(model.User).filter(model.User.name == line.account.lower()).first()
    if found is None or found.state == model.State.DELETED:
        raise Invalid(
            "No account is called {value}.",
            field="user",
            mend="Write the login name as on the person’s page, or leave it empty to go by the address.",
            value=line.account[:60],
        )
    if line.email and line.email != (found.email or "").lower():
        raise Invalid(
            "The account {value} has another address than this line.",
            field="user",
            mend="Correct the line, or leave the address empty.",
            value=line.account[:60],
        )
    return found


def _same(session: Any, user_id: str, appointment: Appointment) -> bool:
    return any(
        row.held == appointment.held and row.letter_number == appointment.letter_number
        for row in session.scalars(_rows_of(user_id))
    )


def _rows_of(user_id: str) -> sa.Select:
    return OfficerRole.not_ended().where(OfficerRole.user_id == user_id)


def _said(row: OfficerRole) -> dict[str, Any]:
    """What the journal keeps of a row."""
    return {
        "id": row.id,
        "role": row.role,
        "organization_id": row.organization_id,
        "kind": row.kind,
        "processes": list(row.processes),
        "valid_from_on": row.valid_from_on.isoformat() if row.valid_from_on else None,
        "valid_until_on": row.valid_until_on.isoformat() if row.valid_until_on else None,
        "letter_number": row.letter_number,
    }
