"""How the data was given, as it is told while a request is worked on again: what was given stays given.

An objection that sends a request back makes room for what is given anew and keeps how it was given before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ckanext.satudata.domain.giving import Way
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests

TOLD = ("way", "manner", "form", "cost", "payment")


@dataclass(frozen=True)
class Given:
    """How it was given; `given_at` is empty while it lies at the counter."""

    way: str
    manner: str
    form: str
    cost: int
    payment: str
    given_at: datetime | None

    @property
    def given_on(self) -> date | None:
        """The day, where the government sits."""
        return requests.local_date(self.given_at) if self.given_at else None


def came_at(giving: PpidGiving) -> datetime | None:
    """When the data came: by link with the answer, over the counter when it was handed over."""
    return giving.answered_at if giving.way == Way.LINK.value else giving.given_at


def put_aside(giving: PpidGiving) -> dict[str, Any] | None:
    """What an objection keeps of a giving that makes room; None where nothing had been given."""
    at = came_at(giving)
    return {**{name: getattr(giving, name) for name in TOLD}, "given_at": at.isoformat()} if at else None


def told(giving: PpidGiving | None, former: Mapping[str, Any] | None) -> Given | None:
    """The giving that is told: what was given last. `former`: what `put_aside` kept."""
    at = came_at(giving) if giving is not None else None
    if giving is not None and (at is not None or not former):
        return Given(**{name: getattr(giving, name) for name in TOLD}, given_at=at)
    if not former:
        return None
    return Given(**{name: former[name] for name in TOLD}, given_at=datetime.fromisoformat(former["given_at"]))


def kept() -> Any:
    """What was kept last of a request's former givings, as a column beside `PpidRequest`."""
    wanted = sa.select(Objection.former_giving).where(
        Objection.request_id == PpidRequest.id, Objection.former_giving.is_not(None)
    )
    return wanted.order_by(Objection.answered_at.desc()).limit(1).correlate(PpidRequest).scalar_subquery()


def of_request(session: Any, request: PpidRequest) -> Given | None:
    """The same of one request."""
    former = session.scalar(sa.select(kept()).select_from(PpidRequest).where(PpidRequest.id == request.id))
    return told(session.get(PpidGiving, request.id), former)
