"""Queues mails and follow-ups in the caller's transaction; mails are sent later, follow-ups done after the commit.

A room says once how a kind of mail reads:

    @notices.mail("step_opened")
    def step_opened(params): return subject, body      # in the current language; None: there is nothing to say any more

and what a kind of follow-up does, which must bear to be done twice:

    @notices.work("dataset_released")
    def finish(params): ...

`params` hold no personal data: what a mail needs of that kind it looks up when it is written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import mailer
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE
from ckanext.satudata.model.account_proof import AccountProof
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.officer_mail import OfficerMail
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, crypto, wording

log = logging.getLogger(__name__)

Mail = Callable[[Mapping[str, Any]], tuple[str, str] | None]
Work = Callable[[Mapping[str, Any]], None]
Withheld = Callable[[Any, Outbox], str]
_mails: dict[str, Mail] = {}
_work: dict[str, Work] = {}
_withheld: list[Withheld] = []
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
LEASE = timedelta(minutes=10)
"""As long as nobody else takes up a follow-up that was begun; one whose process was killed is begun again then."""


def mail(kind: str) -> Callable[[Mail], Mail]:
    """Binds the text of a kind of mail: params -> (subject, body)."""

    def bind(function: Mail) -> Mail:
        _mails[kind] = function
        return function

    return bind


def bound() -> frozenset[str]:
    """The kinds of mail that have a text."""
    return frozenset(_mails)


def work(kind: str) -> Callable[[Work], Work]:
    """Binds what a kind of follow-up does. It may commit, and is done again after a kill or an error."""

    def bind(function: Work) -> Work:
        _work[kind] = function
        return function

    return bind


def withholds(function: Withheld) -> Withheld:
    """Binds what is asked right before a mail leaves for an address: why it must not (a word), empty where it may.

    Such a mail is given up; the word stands where the last error does.
    """
    if function not in _withheld:
        _withheld.append(function)
    return function


def works() -> frozenset[str]:
    """The kinds of follow-ups."""
    return frozenset(_work)


def queue(
    session: Any,
    kind: str,
    *,
    to_user: str | None = None,
    to_role: Role | str | None = None,
    organization_id: str | None = None,
    to_email: str | None = None,
    params: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Adds a mail to one of: a user (id), the holders of a role for an agency, an address.

    The same `key` is queued once, however often it is asked for.
    """
    now = clock.now()
    row = {
        "id": new_id(),
        "key": key,
        "kind": kind,
        "to_user": to_user,
        "to_role": Role(to_role).value if to_role else None,
        "organization_id": organization_id,
        "to_email": crypto.seal(to_email),
        "params": dict(params or {}),
        "created_at": now,
        "next_try_at": now,
        "attempts": 0,
    }
    session.execute(insert(Outbox).values(row).on_conflict_do_nothing(index_elements=["key"]))


def follow_up(session: Any, kind: str, params: Mapping[str, Any]) -> str:
    """Adds a follow-up and returns its id; call `begin` with it after the commit, or leave it to the worker."""
    now = clock.now()
    row = Outbox(id=new_id(), kind=kind, params=dict(params), created_at=now, next_try_at=now, attempts=0)
    session.add(row)
    return row.id


def begin(row_id: str) -> None:
    """Does a follow-up now. What goes wrong is kept with it, and the worker tries again."""
    session = model.Session
    row = session.get(Outbox, row_id, with_for_update={"skip_locked": True}, populate_existing=True)
    waits = row is not None and row.sent_at is None and row.dropped_at is None
    # Where the worker has taken it already, it lies ahead.
    if waits and row.next_try_at <= clock.now():
        _try(session, row)
    session.commit()


def send_waiting(session: Any = None, limit: int = 500) -> tuple[int, int]:
    """Sends and does what is due, one transaction for each; returns (done, failed).

    A worker killed between the mail server's "yes" and the commit sends that one mail again: at least once.
    """
    session = session or model.Session
    sent = failed = 0
    for _ in range(limit):
        row = session.scalars(Outbox.next_due(clock.now())).first()
        if row is None:
            session.commit()
            break
        done = _try(session, row)
        sent, failed = sent + done, failed + (not done)
        session.commit()
    return sent, failed


def _try(session: Any, row: Outbox) -> bool:
    """One try; its row says how it went. No commit, but that of a follow-up."""
    try:
        if row.kind in _work:
            _do(session, row)
        elif why := _reason_against(session, row):
            row.dropped_at, row.last_error, row.to_email = clock.now(), why, None
            return True
        else:
            with wording.speaking(_language(session, row)):
                _send(session, row)
        row.sent_at, row.last_error, row.to_email = clock.now(), None, None
        return True
    except Exception as error:
        # Whatever the mail server does, the row stays. Errors may name the recipient: the log gets their kind.
        if row.kind in _work:
            session.rollback()
        row.attempts += 1
        row.last_error = _told(error, row)
        row.next_try_at = clock.now() + min(FIRST_WAIT * 2 ** (row.attempts - 1), LONGEST_WAIT)
        log.warning("%s (%s) not done, attempt %s: %s", row.id, row.kind, row.attempts, type(error).__name__)
        return False


def _reason_against(session: Any, row: Outbox) -> str:
    return next(filter(None, (ask(session, row) for ask in _withheld)), "") if row.to_email else ""


def _do(session: Any, row: Outbox) -> None:
    """A follow-up commits as it likes, so its row cannot stay locked: it is taken for some minutes instead."""
    kind, params = row.kind, dict(row.params)
    row.next_try_at = clock.now() + LEASE
    session.commit()
    _work[kind](params)


def waiting(session: Any = None) -> list[Outbox]:
    """What is not sent yet, oldest first."""
    query = sa.select(Outbox).where(Outbox.waits()).order_by(Outbox.created_at)
    return list((session or model.Session).scalars(query))


def _told(error: Exception, row: Outbox) -> str:
    text = f"{type(error).__name__}: {error}"
    return (text.replace(crypto.unseal(row.to_email), "…") if row.to_email else text)[:500]


def _language(session: Any, row: Outbox) -> str | None:
    """The one the officer chose; None is the portal's."""
    chosen = sa.select(OfficerMail.language).where(OfficerMail.user_id == row.to_user)
    return (session.scalar(chosen) or None) if row.to_user else None


def _send(session: Any, row: Outbox) -> None:
    if row.to_role:
        _spread(session, row)
        return
    written = _mails[row.kind](row.params)
    if written is None:
        return
    subject, body = written
    if row.to_user:
        user = model.User.get(row.to_user)
        if user is None or user.state != model.State.ACTIVE or not user.email:
            log.info("mail %s (%s) has nobody to go to", row.id, row.kind)
            return
        mailer.mail_recipient(user.display_name, user.email, subject, body)
    elif row.to_email:
        mailer.mail_recipient("", crypto.unseal(row.to_email), subject, body)


def _spread(session: Any, row: Outbox) -> None:
    """One row for each holder, in the same commit that marks this one as done."""
    role = Role(row.to_role)
    query = OfficerRole.holders(role, row.organization_id, clock.today())
    if role in GOVERNMENT_WIDE:
        in_force = OfficerRole.not_ended(clock.today()).where(OfficerRole.role == role.value)
        query = in_force.where(AccountProof.holds_for(OfficerRole.user_id))
    for user_id in {held.user_id for held in session.scalars(query)}:
        queue(session, row.kind, to_user=user_id, params=row.params, key=f"{row.id}:{user_id}")


def site_url(path: str) -> str:
    """An absolute address for a mail."""
    return tk.config["ckan.site_url"].rstrip("/") + path
