"""What lies beside the datasets and would tell of hidden ones: tags, members, files; and of people who were invited.

As in `shared.hidden.blind`, what is hidden answers like what does not exist.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.hidden import blind, counted
from ckanext.satudata.shared.transaction import undone_on_error


def actions() -> dict[str, blind.Action]:
    """The chained actions of this module."""
    return {
        **dict.fromkeys(("tag_list", "tag_search", "tag_autocomplete"), _only_public_tags),
        **dict.fromkeys(("user_list", "user_autocomplete"), _seen_users),
        "tag_show": _public_tag,
        "tag_delete": _deletes_public_tag,
        "member_list": _seen_members,
        "file_owner_scan": _scan_of_known,
    }


@tk.chained_action
@tk.side_effect_free
def _scan_of_known(next_action, context, data_dict):
    """CKAN's `file_owner_scan`; a hidden dataset or resource answers like an unknown one."""
    look = {"package": blind.sees_package, "resource": blind.look_at_resource}.get(str(data_dict.get("owner_type")))
    owner = data_dict.get("owner_id")
    if look is None or not owner or context.get("ignore_auth"):
        return next_action(context, data_dict)
    if not blind.may_be_id(owner) or not look(blind.Eyes(context), owner):
        return blind.as_unknown(next_action, context, data_dict, ["owner_id"])
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def _only_public_tags(next_action, context, data_dict):
    """CKAN's own, without the free tags that only hidden datasets have."""
    found = next_action(context, data_dict)
    if context.get("ignore_auth"):
        return found
    rows = found["results"] if isinstance(found, dict) else found
    names = [row["name"] if isinstance(row, dict) else row for row in rows]
    if not names:
        return found
    public = set(model.Session.scalars(counted.public_tags().where(model.Tag.name.in_(names))))
    kept = [row for row, name in zip(rows, names, strict=True) if name in public]
    if not isinstance(found, dict):
        return kept
    return {**found, "results": kept, "count": found["count"] - (len(rows) - len(kept))}


@tk.chained_action
@tk.side_effect_free
def _public_tag(next_action, context, data_dict):
    """CKAN's `tag_show`; a tag that only hidden datasets have answers like an unknown one."""
    return _about_tag(next_action, context, data_dict)


@tk.chained_action
@boundary
def _deletes_public_tag(next_action, context, data_dict):
    """CKAN's `tag_delete`, likewise; that a keyword of a published dataset stays is told as a refusal."""
    return undone_on_error(_about_tag, next_action, context, data_dict)


def _about_tag(next_action: blind.Action, context: Any, data_dict: dict[str, Any]) -> Any:
    tag = model.Tag.get(data_dict.get("id"), vocab_id_or_name=data_dict.get("vocabulary_id"))
    if tag is None or context.get("ignore_auth"):
        return next_action(context, data_dict)
    if model.Session.scalars(counted.public_tags().where(model.Tag.id == tag.id)).first() is None:
        return blind.as_unknown(next_action, context, data_dict, ["id"])
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def _seen_members(next_action, context, data_dict):
    """CKAN's `member_list` without hidden datasets."""
    found = next_action(context, data_dict)
    if context.get("ignore_auth"):
        return found
    packages = {row[0] for row in found if row[1] == "package"}
    if not packages:
        return found
    rows = model.Session.query(model.Package).filter(model.Package.id.in_(packages))
    hidden = {package.id for package in rows if not blind.sees(context, package)}
    return [row for row in found if row[0] not in hidden]


@tk.chained_action
@tk.side_effect_free
def _seen_users(next_action, context, data_dict):
    """CKAN's own without the accounts of persons who were invited: their names come from their mail addresses."""
    found = next_action(context, data_dict)
    if context.get("ignore_auth") or blind.invites(actor_of(context)):
        return found
    if not isinstance(found, list):  # the query itself, which CKAN's page of users divides into pages
        return found.filter(model.User.state != model.State.PENDING)
    invited = set(model.Session.scalars(sa.select(model.User.name).where(model.User.state == model.State.PENDING)))
    sources = counted.sources_by_creator()
    for row in found:
        if isinstance(row, dict) and row["id"] in sources and "number_created_packages" in row:
            row["number_created_packages"] -= sources[row["id"]]
    return [row for row in found if (row["name"] if isinstance(row, dict) else row) not in invited]


for _function in {*actions().values()}:
    vars(_function)["auth_audit_exempt"] = True  # the action behind it asks
