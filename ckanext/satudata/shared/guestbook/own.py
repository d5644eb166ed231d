"""A person's own entries: found by a code that goes to the address, given out, erased (UU 27/2022 arts. 7, 8, 13)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain import mail_address
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.domain.ppid_request import CODE_MINUTES, check_code_usable
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.guest import Guest, GuestCode
from ckanext.satudata.model.institution import Spelling
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, crypto, journal, limits, notices
from ckanext.satudata.shared.actors import APPLICANT
from ckanext.satudata.shared.guestbook import retention, signing

PER_ADDRESS, PER_NETWORK = 5, 30
"""Codes in an hour."""


def send_code(session: Session, email: str, network: str) -> GuestCode:
    """Begins: a code goes to the address where it stands in the guestbook, and nothing tells whether it did. No commit.

    Raises Invalid, TooMany.
    """
    address = mail_address.checked(email.strip())
    mark = signing.mark_of(address)
    limits.spend("guestbook-network", network or "-", limit=PER_NETWORK, seconds=3600)
    limits.spend("guestbook-code", mark, limit=PER_ADDRESS, seconds=3600)
    row = GuestCode(id=new_id(), email_mark=mark, code_hash="", tries=0, made_at=clock.now())
    row.code_hash = _hash(row.id, _code(row.id))
    session.add(row)
    if session.scalars(Guest.of_address(mark).limit(1)).first() is not None:
        params = {"code_id": row.id}
        notices.queue(session, "guestbook_code", to_email=address, params=params, key=f"guestbook-code:{row.id}")
    return row


def _code(code_id: str) -> str:
    """The six digits; stored nowhere."""
    return crypto.digits("guestbook-digits", code_id)


def _hash(code_id: str, digits: str) -> str:
    return crypto.digest("guestbook-code", f"{code_id}:{digits}")


@notices.mail("guestbook_code")
def _mail(params: Mapping[str, Any]) -> tuple[str, str]:
    code = _code(str(params["code_id"]))
    lines = [
        tk._("Somebody asked on {title} for what the guestbook of downloads holds under this address."),
        tk._("Code: {code}"),
        tk._("It holds for {minutes} minutes. If it was not you, do nothing: nobody sees anything without the code."),
    ]
    said = {"title": tk.config["ckan.site_title"], "code": code, "minutes": CODE_MINUTES}
    body = "\n\n".join([*(line.format(**said) for line in lines), config.government_name()])
    return tk._("Your code for the guestbook of downloads"), body


def confirm(session: Session, code_id: str, digits: str) -> tuple[GuestCode, Invalid | None]:
    """Checks a code; the caller commits in any case, so that a wrong try counts. Raises NotThere."""
    row = session.scalars(GuestCode.locked(code_id).execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotThere("This page has lapsed.", mend="Ask for a new code.")
    try:
        expired = row.made_at + timedelta(minutes=CODE_MINUTES) < clock.now()
        check_code_usable(confirmed=False, expired=expired, tries=row.tries)
    except Invalid as refusal:
        return row, refusal
    typed = "".join(digits.split())
    if typed and hmac.compare_digest(_hash(row.id, typed), row.code_hash):
        row.code_hash = secrets.token_hex(32)  # one code, one time
        return row, None
    row.tries += 1
    return row, Invalid("The code is not right.", field="code", mend="Look at the newest mail and type its six digits.")


def entries(session: Session, email_mark: str) -> list[dict[str, Any]]:
    """Everything that is held of who signed under an address, as JSON values."""
    guests = list(session.scalars(Guest.of_address(email_mark)))
    written: dict[str, bytes | None] = dict(
        session.execute(
            sa.select(Spelling.id, Spelling.written).where(Spelling.id.in_([one.spelling_id for one in guests]))
        ).all()
    )
    return [
        {
            "signed_at": one.at.isoformat(),
            "name": crypto.unseal(one.name),
            "email": crypto.unseal(one.email),
            "profession": one.profession,
            "institution": crypto.unseal(written.get(one.spelling_id)),
            "purpose": crypto.unseal(one.purpose),
            "downloads": _downloads(session, one.id),
        }
        for one in guests
    ]


def _downloads(session: Session, guest_id: str) -> list[dict[str, Any]]:
    """What was downloaded, by ids: the titles of what is closed now are nobody's."""
    rows = session.execute(
        sa.select(Download.at, Download.package_id, Download.resource_id, Download.resource_version)
        .where(Download.guest_id == guest_id)
        .order_by(Download.at)
    )
    return [
        {"at": at.isoformat(), "dataset_id": package, "resource_id": resource, "version": version}
        for at, package, resource, version in rows
    ]


def export(session: Session, code: GuestCode) -> dict[str, Any]:
    """The same with its instant; that it was taken is journalled, without saying by whom. No commit."""
    found = entries(session, code.email_mark)
    _note(session, "guestbook_exported", len(found))
    return {"exported_at": clock.now().isoformat(), "entries": found}


def erase(session: Session, code: GuestCode) -> int:
    """Deletes every entry under the address, and mails that wait for it; returns how many entries. No commit."""
    count = retention.drop(session, Guest.email_mark == code.email_mark)
    codes = [*session.scalars(sa.select(GuestCode.id).where(GuestCode.email_mark == code.email_mark))]
    waiting = sa.update(Outbox).where(Outbox.key.in_([f"guestbook-code:{one}" for one in codes]), Outbox.waits())
    session.execute(waiting.values(to_email=None, dropped_at=clock.now()))
    session.execute(sa.delete(GuestCode).where(GuestCode.email_mark == code.email_mark))
    _note(session, "guestbook_erased", count)
    return count


def _note(session: Session, event: str, count: int) -> None:
    journal.append(session, event, actor=APPLICANT, subject=retention.SUBJECT, payload={"count": count})


def held(session: Session, code_id: str) -> GuestCode:
    """The code's row, for a browser that has shown the code. Raises NotThere."""
    row = session.get(GuestCode, code_id)
    if row is None:
        raise NotThere("This page has lapsed.", mend="Ask for a new code.")
    return row
