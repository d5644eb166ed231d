"""What comes round: every restriction in force that was not tested gets its consequence test."""

from __future__ import annotations

import logging

import ckan.model as model

from ckanext.satudata.domain.classification import Cause, Standing
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.shared import periodic
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification

log = logging.getLogger(__name__)


@periodic.every(minutes=60, name="untested_restrictions")
def open_untested() -> int:
    """Opens one case for each restriction in force that waits for its test; returns how many were opened."""
    session, count = model.Session, 0
    for package_id, resource_id in classification.untested(session):
        try:
            # Somebody may have decided since it was listed.
            now = classification.restriction_of(session, package_id, resource_id)
            if classification.standing_of(session, package_id, now, resource_id) is Standing.UNTESTED:
                classification.open_case(
                    session, package_id, Cause.UNTESTED.value, resource_id=resource_id, actor=SYSTEM
                )
                count += 1
            session.commit()
        except NotThere:
            session.rollback()
        except Exception:
            session.rollback()
            log.exception("No case was opened for the restriction of %s", package_id)
    return count
