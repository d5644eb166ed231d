"""Work that comes round about asking: what nobody confirmed lapses, what was never sent is deleted."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, config, form_drafts, reaching, requests
from ckanext.satudata.shared import clock, periodic, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.transaction import transaction

REMIND_BEFORE = 2
"""Days before the request is closed."""
log = logging.getLogger(__name__)


@periodic.every(minutes=6 * 60, name="ppid-lapse-unconfirmed")
def lapse_unconfirmed() -> int:
    """Closes requests whose only address nobody confirmed in the time of the option; returns how many.

    The number stays, so the register has no gap. Requests that an officer entered or has begun to work on, that
    leave a telephone number, or whose mail with the code never left, do not lapse.
    """
    days, session = config.unconfirmed_days(), model.Session
    if days <= 0:
        return 0
    lapsed = 0
    for case_id in [row.case_id for row in _unconfirmed(session, days) if row.case_id]:
        try:
            process.apply({}, case_id, "expire", actor=SYSTEM)
            lapsed += 1
        except SatudataError as refusal:
            log.info("request of case %s did not lapse: %s", case_id, refusal.message)
    return lapsed


@periodic.every(minutes=6 * 60, name="ppid-remind-unconfirmed")
def remind_unconfirmed() -> int:
    """Tells once, some days before, that a request is closed unless its address is confirmed; returns of how many."""
    days = config.unconfirmed_days()
    if days <= REMIND_BEFORE:
        return 0
    with transaction():
        told = _unconfirmed(model.Session, days - REMIND_BEFORE)
        for row in told:
            reaching.mail(model.Session, row, "ppid_confirm_soon", key=f"ppid-soon:{row.id}")
        return len(told)


def _unconfirmed(session: Any, days: int) -> list[PpidRequest]:
    """Requests of so many days whose only address nobody confirmed, though the mail with the code left."""
    rows = session.scalars(
        sa.select(PpidRequest).where(
            PpidRequest.received_at < clock.now() - timedelta(days=days),
            PpidRequest.email.is_not(None),
            PpidRequest.confirmed_at.is_(None),
            PpidRequest.closed_at.is_(None),
        )
    )
    return [row for row in rows if requests.lapses_at(row) and addresses.code_sent_at(session, row)]


@periodic.every(minutes=60, name="ppid-erase-drafts")
def erase_drafts() -> int:
    """Deletes requests that were never sent, after the time that the form tells; returns how many."""
    with transaction():
        return form_drafts.erase_old(model.Session)
