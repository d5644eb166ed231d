"""PPID's public words for what is excluded: written, ticked, journalled (PerKI 1/2021; issue B §1)."""

from __future__ import annotations

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import dik as rules
from ckanext.satudata.domain.decree import PROCESS
from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.grounds import GROUNDS
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.levels import restrictions
from ckanext.satudata.shared.levels.restrictions import Restricted

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
    text that says nothing or that names the data or their agency, and at `is_public` for a restriction whose ground is
    not recorded yet.
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
    _check_neutral(session, found, text)
    if is_public and found.ground not in GROUNDS:
        raise Invalid(
            "This restriction has no ground yet.", field="is_public", mend="Record the consequence test first."
        )
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


def _check_neutral(session: Session, found: Restricted, text: str) -> None:
    """Raises Invalid for words that name the data, one of their files, or the agency."""
    package, group = session.get(model.Package, found.package_id), session.get(model.Group, found.owner_org or "")
    state = session.get(DatasetState, found.package_id)
    former = (state.former if state is not None else None) or {}
    resources = package.resources_all if package is not None else []
    files = [found.resource_title, *(one.name or "" for one in resources)]
    files += [str(one.get("name") or "") for one in former.get("resources") or []]
    for file in session.scalars(ResourceFile.of_package(found.package_id)):
        files.append(str((file.withheld or {}).get("name") or ""))
    rules.check_public_text(
        text,
        titles=[found.title, str(former.get("title") or "")],
        files=files,
        agency=[group.title or "", group.name, str(group.extras.get("singkatan") or "")] if group is not None else [],
    )


def package_of(reference: str) -> str:
    """The id of the dataset of that id or name; the text itself where there is none."""
    package = model.Package.get(reference) if reference else None
    return package.id if package is not None else reference
