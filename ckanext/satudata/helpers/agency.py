"""The agency above another, for its form."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import agency
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.orders import stand_ins


def satudata_agencies_above(own: str | None = None) -> list[dict[str, str]]:
    """Every other agency, `{value, text}` by title."""
    group = model.Group
    wanted = sa.select(group.id, group.title, group.name).where(group.is_organization, group.state == "active")
    rows = model.Session.execute(wanted.where(group.id != (own or "")).order_by(group.title))
    return [{"value": row.id, "text": row.title or row.name} for row in rows]


def satudata_parent_agency(own: str | None) -> dict[str, str]:
    """The agency above, `{value, text}`; nothing where there is none."""
    above = model.Group.get(stand_ins.parent_of(model.Session, own) or "") if own else None
    return {"value": above.id, "text": above.title or above.name} if above is not None else {}


def satudata_may_set_parent() -> bool:
    """Whether the reader says which agency is above another."""
    return agency.may_set_parent(actor_of({"user": tk.current_user.name}))
