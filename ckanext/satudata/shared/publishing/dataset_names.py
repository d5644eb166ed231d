"""The names (slugs) that datasets are given where they become public or leave a stub."""

from __future__ import annotations

import re

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.dataset_state import DatasetState

STUB_PREFIX = "ditarik-"
"""The name of what was withdrawn begins so."""
RESERVED = frozenset({"new", "edit", "search"})
"""Names that CKAN refuses (`name_validator`), since its own pages have these addresses."""


def free(session: Session, wanted: str, package_id: str) -> str:
    """The wanted name, or the first of `wanted-2`, `wanted-3`, … that no other dataset has as its name or id.

    Two that want one name wait for each other; the lock holds until the transaction ends.
    """
    base, number = wanted[:95], 1
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"satudata:name:{base}", 0))))
    while True:
        name = base if number == 1 else f"{base}-{number}"
        has_it = sa.or_(model.Package.name == name, model.Package.id == name)
        taken = session.query(model.Package.id).filter(has_it, model.Package.id != package_id)
        if taken.first() is None:
            return name
        number += 1


def check_id(session: Session, wanted: str) -> None:
    """Refuses an id that a caller brings along (harvesters do) and that could take an address from what is here.

    CKAN looks for a dataset by id first and by name then: one with another's name as its id would stand before it.
    Raises Invalid.
    """
    slug, text = wanted.lower(), wanted.strip()
    if not re.fullmatch(r"[\w-]{2,100}", text, re.ASCII) or text != wanted:
        raise Invalid(
            "An id has 2 to 100 letters, digits, hyphens and underscores.",
            field="id",
            mend="Mend the record at its source.",
        )
    taken = sa.select(model.Package.id).where(sa.or_(model.Package.id == wanted, model.Package.name == slug))
    wanted_by = sa.select(DatasetState.package_id).where(
        sa.or_(DatasetState.final_name == slug, DatasetState.former["name"].astext == slug)
    )
    is_kept = slug in RESERVED or slug.startswith(STUB_PREFIX)
    if is_kept or session.execute(taken).first() or session.execute(wanted_by).first():
        raise Invalid(
            "Another dataset, or the portal itself, has this id or name.",
            field="id",
            mend="Leave the record out, or give it another id at its source.",
        )
