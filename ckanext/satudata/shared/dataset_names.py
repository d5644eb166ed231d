"""The names (slugs) that datasets are given where they become public or leave a stub."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session


def free(session: Session, wanted: str, package_id: str) -> str:
    """The wanted name, or the first of `wanted-2`, `wanted-3`, … that no other dataset has.

    Two that want one name wait for each other; the lock holds until the transaction ends.
    """
    base, number = wanted[:95], 1
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"satudata:name:{base}", 0))))
    while True:
        name = base if number == 1 else f"{base}-{number}"
        taken = session.query(model.Package.id).filter(model.Package.name == name, model.Package.id != package_id)
        if taken.first() is None:
            return name
        number += 1
