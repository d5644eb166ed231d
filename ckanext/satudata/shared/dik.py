"""PPID's public words for what is excluded: written, ticked, journalled (PerKI 1/2021; issue B §1)."""

from __future__ import annotations

import re

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain.classification import GROUNDS
from ckanext.satudata.domain.decree import PROCESS
from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.shared import journal, restrictions
from ckanext.satudata.shared.restrictions import Restricted

LONGEST = 500
SHORTEST = 10


def may_write(actor: Actor) -> bool:
    """PPID alone."""
    return actor.has_anywhere(Role.PPID, process=PROCESS)


def set_row(
    session: Session, actor: Actor, package_id: str, resource_id: str, public_text: str, is_public: bool
) -> DikRow:
    """Writes the neutral text of a restriction and whether the public list shows it. Does not commit.

    Raises NotAllowed for everybody but PPID, NotThere where nothing is restricted, Invalid at `public_text` for a
    text that says nothing or names in public what has no public description, and at `is_public` for a restriction
    whose ground is not recorded yet.
    """
    if not may_write(actor):
        raise NotAllowed("Only PPID writes what the public list of excluded information says.", mend="Ask PPID.")
    found = restrictions.one(session, package_id, resource_id)
    if found is None:
        raise NotThere("There is no such restriction.")
    text = " ".join(public_text.split())
    if not SHORTEST <= len(text) <= LONGEST:
        raise Invalid(
            "The public text has {least} to {most} characters.",
            field="public_text",
            mend="Say what kind of information it is, without what must stay hidden.",
            least=SHORTEST,
            most=LONGEST,
        )
    if is_public and found.ground not in GROUNDS:
        raise Invalid(
            "This restriction has no ground yet.", field="is_public", mend="Record the consequence test first."
        )
    if is_public:
        _refuse_telling(found, text)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"satudata:dik:{package_id}", 0))))
    row = session.get(DikRow, (package_id, resource_id), populate_existing=True)
    before = (row.public_text, row.is_public) if row is not None else None
    if row is None:
        row = DikRow(package_id=package_id, resource_id=resource_id)
        session.add(row)
    row.public_text, row.is_public, row.changed_by = text, is_public, actor.user_id
    session.flush()
    if before != (text, is_public):
        journal.append(
            session,
            "dik_row_set",
            actor=actor,
            subject=("dataset", package_id),
            payload={"is_public": is_public, **({"resource_id": resource_id} if resource_id else {})},
            text=text,
        )
    return row


def _refuse_telling(found: Restricted, text: str) -> None:
    """Of what has no public description the list may name neither data nor agency. Raises Invalid."""
    if found.is_described:
        return
    agency = model.Group.get(found.owner_org) if found.owner_org else None
    names = (found.title, found.resource_title, found.name, (agency.title or "") if agency is not None else "")
    said = f" {_words(text)} "
    for name in names:
        sought = _words(name)
        # A title of one word may be the very kind of information that has to be named.
        if (" " in sought and f" {sought} " in said) or sought == said.strip():
            raise Invalid(
                "The text names what must stay hidden: “{name}”.",
                field="public_text",
                mend="Say what kind of information it is, without its title and its agency.",
                name=name,
            )


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def package_of(reference: str) -> str:
    """The id of the dataset of that id or name; the text itself where there is none."""
    package = model.Package.get(reference) if reference else None
    return package.id if package is not None else reference
