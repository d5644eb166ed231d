"""Published answers and questions about data: what is narrowed takes them from the public pages with it.

They are written by hand and may tell what the data tell; only a second reading makes them public again.
"""

from __future__ import annotations

from collections.abc import Iterable

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.satudata.domain import dik
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.public_answer import PUBLISHED, WITHDRAWN, PublicAnswer
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.publishing import datasets


def _about(package_id: str) -> sa.Select[tuple[PublicAnswer, PpidRequest]]:
    return (
        sa.select(PublicAnswer, PpidRequest)
        .join(PpidRequest, PpidRequest.id == PublicAnswer.request_id)
        .where(PpidRequest.dataset_id == package_id)
    )


def count(session: Session, package_id: str) -> int:
    """How many texts about requests for these data stand in public."""
    wanted = _about(package_id).where(PublicAnswer.state == PUBLISHED).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def take_down(session: Session, package_id: str, *, actor: Actor) -> int:
    """Takes them from the public pages, in the caller's transaction, which holds the dataset; returns how many."""
    taken = 0
    locked = _about(package_id).order_by(PublicAnswer.id).with_for_update(of=PublicAnswer)
    for row, request in session.execute(locked.execution_options(populate_existing=True)).all():
        if row.state != PUBLISHED:
            continue
        row.state = WITHDRAWN
        subject = ("ppid_request", request.id)
        journal.append(session, "public_text_withdrawn", actor=actor, case_id=request.case_id, subject=subject)
        taken += 1
    session.flush()
    return taken


def require_public(session: Session, package_id: str | None, texts: Iterable[str]) -> None:
    """Refuses to make texts public: about data that is not public, or naming data that is Tertutup or withdrawn.

    Holds the dataset until the transaction ends, so that it is not narrowed meanwhile. Raises Conflict, Invalid.
    """
    if package_id:
        package = session.get(model.Package, package_id)
        state = datasets.lock(session, package) if package is not None else None
        is_open = state is not None and state.state == DatasetStage.PUBLISHED.value
        if not is_open or state.access_level == Level.TERTUTUP.value:
            raise Conflict(
                "The data of this request is not public; nothing is published about it.",
                mend="Publish only once the data is described in public again.",
            )
    require_unnamed(session, texts)


def require_unnamed(session: Session, texts: Iterable[str]) -> None:
    """Raises Invalid at `answer` for words that name data that is Tertutup or withdrawn."""
    told = "\n".join(texts)
    if any(dik.names(told, title) for title in _closed_titles(session)):
        raise Invalid(
            "The text contains the title of data that is not public.",
            field="answer",
            mend="Say only what kind of information it is, in other words than the title's.",
        )


def _closed_titles(session: Session) -> list[str]:
    title = sa.func.coalesce(DatasetState.former["title"].astext, model.Package.title, "")
    closed = sa.or_(
        DatasetState.access_level == Level.TERTUTUP.value, DatasetState.state == DatasetStage.WITHDRAWN.value
    )
    found = sa.select(title).join_from(DatasetState, model.Package, model.Package.id == DatasetState.package_id)
    return list(session.scalars(found.where(closed)))
