"""The terms of use of a personal link: accepted once, before the first download, and given along as a text file."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from ckanext.satudata import config
from ckanext.satudata.domain import giving
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import grants


def accept(session: Session, grant: Grant) -> None:
    """Notes that the holder accepted the terms, for every file of the case. Does not commit. Safe to repeat."""
    if not grant.waits_for_terms:
        return
    rows = session.scalars(Grant.waiting_for_terms(grant).execution_options(populate_existing=True)).all()
    for row in rows:
        row.terms_accepted_at = clock.now()
    if rows:  # else another window was first
        digest = hashlib.sha256((grant.terms or "").encode()).hexdigest()
        grants.note(session, "grant_terms_accepted", grant, grants.holder(session, grant), terms=digest)


def text_of(grant: Grant, kept: VaultObject) -> str:
    """The text file that goes with the data; empty where the link has no terms."""
    if not grant.terms:
        return ""
    return giving.terms_file(
        number=grant.reason,
        filename=kept.original_name,
        sha256=kept.sha256,
        terms=grant.terms,
        government=config.government_name(),
    )
