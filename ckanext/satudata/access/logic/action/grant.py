"""Files of Terbatas datasets given to somebody's account, by Walidata and PPID."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import GIVERS, may_give
from ckanext.satudata.domain.errors import Invalid, NotAllowed, NotThere
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.shared import clock, params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import grants
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_grant_end", "satudata_grant_give", "satudata_grant_list"]

MOST_DAYS = 366
MOST_DOWNLOADS = 100


@boundary
def satudata_grant_give(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give one account one file of a published Terbatas dataset, in its present version. Walidata's and PPID's act.

    The person is told by mail, logs in and downloads it from the page of the file; others get nothing by that address.

    :param resource_id: id of the resource
    :param user: name or id of the account
    :param until: last day on which it may be downloaded (YYYY-MM-DD), at most 366 days ahead
    :param max_downloads: how many downloads to the end are allowed, 1 to 100; 3 where it is left out
    :param reason: number of the request, or why it is given; stands in the journal
    :returns: the permission as `satudata_grant_list` lists it
    """
    tk.check_access("satudata_grant_give", context, data_dict)
    session = model.Session
    _require_giver(context)
    user = model.User.get(params.text(data_dict, "user"))
    if user is None or user.state != model.State.ACTIVE:
        raise Invalid("There is no such account.", field="user", mend="Write the name of an account that is in use.")
    with transaction():
        grant = grants.give(
            session,
            resource_id=params.text(data_dict, "resource_id"),
            user=user,
            until=_until(params.text(data_dict, "until")),
            max_downloads=params.whole(data_dict, "max_downloads", 3, 1, MOST_DOWNLOADS),
            reason=params.text(data_dict, "reason"),
            actor=actor_of(context),
        )
        # It may have waited for a withdrawal; a role can have ended meanwhile.
        _require_giver(context)
        return _shown(grant)


@boundary
def satudata_grant_end(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """End at once a permission that was given to an account; a download under way cannot be resumed.

    Walidata's and PPID's act. Safe to repeat.

    :param id: id of the permission
    :param reason: why; stands in the journal
    """
    tk.check_access("satudata_grant_end", context, data_dict)
    _require_giver(context)
    reason = params.text(data_dict, "reason")
    if not reason:
        raise Invalid("A reason is needed.", field="reason", mend="Write why the link is ended.")
    with transaction():
        grant = model.Session.get(Grant, params.text(data_dict, "id"))
        if grant is None or grant.to_user_id is None or grant.case_id is not None:
            raise NotThere("This link is not known.")
        return _shown(grants.revoke(model.Session, grant.id, actor=actor_of(context), reason=reason))


@boundary
@tk.side_effect_free
def satudata_grant_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What was given to accounts, the newest first: one's own; of anybody for Walidata and PPID, who name `user`.

    :param user: name or id of the account; one's own where it is left out
    :returns: `id`, `user`, `resource_id`, `version`, `until`, `downloads`, `max_downloads`, `reason`, `state` (`alive`,
        `spent`, `expired`, `ended`) and `page`, the address for that account
    """
    tk.check_access("satudata_grant_list", context, data_dict)
    actor, asked = actor_of(context), params.text(data_dict, "user")
    user = model.User.get(asked) if asked else model.User.get(actor.user_id)
    if user is None or (user.id != actor.user_id and not may_give(actor)):
        raise NotAllowed("Only {roles} may do this.", roles=GIVERS)
    return [_shown(grant) for grant in model.Session.scalars(Grant.of_account(user.id))]


def _require_giver(context: dict[str, Any]) -> None:
    if not may_give(actor_of(context)):
        raise NotAllowed("Only {roles} may do this.", roles=GIVERS)


def _until(typed: str) -> datetime:
    try:
        day = datetime.strptime(typed, "%Y-%m-%d").date()
    except ValueError:
        raise Invalid("This is not a date.", field="until", mend="Write it as YYYY-MM-DD.") from None
    end = datetime.combine(day, time(23, 59, 59), clock.zone())
    if end > clock.now() + timedelta(days=MOST_DAYS):
        raise Invalid("A file is given for a year at most.", field="until", mend="Choose an earlier day.")
    return end


def _shown(grant: Grant) -> dict[str, Any]:
    standing = grants.standing(model.Session, grant)
    user = model.User.get(grant.to_user_id)
    return {
        "id": grant.id,
        "user": user.name if user else None,
        "resource_id": grant.resource_id,
        "version": grant.resource_version,
        "until": grant.until_at.astimezone(clock.zone()).isoformat(),
        "downloads": grant.downloads,
        "max_downloads": grant.max_downloads,
        "reason": grant.reason,
        "state": standing.state,
        "page": tk.url_for("satudata_grants.page", token=grants.for_account(grant), _external=True, locale="default"),
    }
