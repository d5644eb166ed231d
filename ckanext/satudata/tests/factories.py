"""Things tests need, each made by the real part."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckan.tests import factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared.people import accounts


def hold(user_id: str, role: Role | str, organization_id: str | None = None, **kw: Any) -> OfficerRole:
    """Gives a user a role; `kw` are columns of the table."""
    values: dict[str, Any] = {"kind": "definitive", "letter_number": "800/1/2026", **kw}
    row = OfficerRole(user_id=user_id, role=Role(role).value, organization_id=organization_id, **values)
    model.Session.add(row)
    vouch(user_id)
    return row


def vouch(user: str) -> None:
    """The account (id or name) is its owner's, as if a mailed link had been opened."""
    found = model.User.get(user)
    if found is not None:
        accounts.vouch(model.Session, found)
    model.Session.commit()


def officer(role: Role | str, organization_id: str | None = None, **kw: Any) -> dict[str, Any]:
    """A new user who holds the role; `kw` are columns of the officers' table, `user` those of the user.

    The dict is CKAN's user dict with an API `token`.
    """
    user = factories.UserWithToken(**kw.pop("user", {}))
    hold(user["id"], role, organization_id, **kw)
    return user
