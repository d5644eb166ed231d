"""Work that comes round about asking: what nobody confirmed lapses, what was never sent is deleted."""

from __future__ import annotations

import logging
from datetime import timedelta

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, form_drafts, requests
from ckanext.satudata.shared import clock, periodic, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.transaction import transaction

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
    before = clock.now() - timedelta(days=days)
    rows = session.scalars(
        sa.select(PpidRequest).where(
            PpidRequest.received_at < before,
            PpidRequest.email.is_not(None),
            PpidRequest.phone.is_(None),
            PpidRequest.account_id.is_(None),
            PpidRequest.confirmed_at.is_(None),
            PpidRequest.closed_at.is_(None),
            PpidRequest.entered_by.is_(None),
        )
    ).all()
    lapsed = 0
    for case_id in [row.case_id for row in rows if row.case_id and requests.code_sent_at(session, row)]:
        try:
            process.apply({}, case_id, "expire", actor=SYSTEM)
            lapsed += 1
        except SatudataError as refusal:
            log.info("request of case %s did not lapse: %s", case_id, refusal.message)
    return lapsed


@periodic.every(minutes=60, name="ppid-erase-drafts")
def erase_drafts() -> int:
    """Deletes requests that were never sent, after the time that the form tells; returns how many."""
    with transaction():
        return form_drafts.erase_old(model.Session)
