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
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import journal
from ckanext.satudata.shared.publishing import datasets


def hold(session: Session) -> None:
    """Lets no text become public while data are narrowed, and the other way round, until the transaction ends.

    Taken after the dataset and before anything else that both write.
    """
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("satudata:public-answers", 0))))


def _public(session: Session, package_id: str, titles: Iterable[str]) -> list[tuple[PublicAnswer, PpidRequest]]:
    """The public texts about requests for these data, and those that name one of the titles which close."""
    wanted = (
        sa.select(PublicAnswer, PpidRequest)
        .join(PpidRequest, PpidRequest.id == PublicAnswer.request_id)
        .where(PublicAnswer.state == PUBLISHED)
        .order_by(PublicAnswer.id)
        .execution_options(populate_existing=True)
    )
    closed = [title for title in titles if title]
    return [
        (row, request)
        for row, request in session.execute(wanted).tuples()
        if request.dataset_id == package_id
        or any(dik.names("\n".join((row.title, row.question, row.answer)), title) for title in closed)
    ]


def count(session: Session, package_id: str, titles: Iterable[str]) -> int:
    """How many public texts would leave; `titles`: of the data and files that nobody may know of any more."""
    return len(_public(session, package_id, titles))


def take_down(session: Session, package_id: str, titles: Iterable[str], *, actor: Actor) -> int:
    """Takes them from the public pages, in the caller's transaction, which has called `hold`; returns how many."""
    found = _public(session, package_id, titles)
    for row, request in found:
        row.state = WITHDRAWN
        subject = ("ppid_request", request.id)
        journal.append(session, "public_text_withdrawn", actor=actor, case_id=request.case_id, subject=subject)
    session.flush()
    return len(found)


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
    hold(session)
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
    files = sa.select(ResourceFile.withheld["name"].astext).where(ResourceFile.withheld.is_not(None))
    return [told for told in (*session.scalars(found.where(closed)), *session.scalars(files)) if told]
