"""Chains on actions of plugins that may be absent: CKAN refuses to start when a chain finds nothing to hold on to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import access, blind


def actions() -> dict[str, Callable[..., Any]]:
    """The chained actions for the plugins that are loaded."""
    found: dict[str, Callable[..., Any]] = {}
    if p.plugin_loaded("datastore"):
        found.update(
            datastore_create=_writes_rows,
            datastore_upsert=_writes_rows,
            datastore_delete=_deletes_rows,
            datastore_search=_reads_rows,
            datastore_info=_reads_rows,
        )
    if p.plugin_loaded("xloader"):
        found.update(xloader_submit=_loads_rows)
    if p.plugin_loaded("datapusher"):
        found.update(datapusher_submit=_loads_rows)
    return found


@tk.chained_action
def _loads_rows(next_action, context, data_dict):
    """Nothing fetches a file that is not open, to make rows of it; a hidden one answers like an unknown one."""
    resource_id = str(data_dict.get("resource_id") or "")
    if resource_id and not context.get("ignore_auth") and not blind.sees_resource(context, resource_id):
        return blind.as_unknown(next_action, context, data_dict, ["resource_id"])
    if model.Resource.get(resource_id) is not None and not access.is_open(model.Session, resource_id):
        return False
    return next_action(context, data_dict)


@tk.chained_action
def _writes_rows(next_action, context, data_dict):
    """Rows of what is not open never reach the DataStore, whoever brings them."""
    resource = data_dict.get("resource")
    resource_id = data_dict.get("resource_id") or (resource.get("id") if isinstance(resource, dict) else None)
    if resource_id and not context.get("ignore_auth") and not blind.sees_resource(context, str(resource_id)):
        return blind.as_unknown(next_action, context, data_dict, ["resource_id"])
    if resource_id is None or (model.Resource.get(resource_id) and not access.is_open(model.Session, resource_id)):
        raise tk.ValidationError(
            {"resource_id": [tk._("Only the rows of an open, published resource may go to the DataStore.")]}
        )
    return next_action(context, data_dict)


@tk.chained_action
def _deletes_rows(next_action, context, data_dict):
    """CKAN's `datastore_delete`; a hidden resource answers like an unknown one."""
    key = "resource_id" if data_dict.get("resource_id") else "id"
    if data_dict.get(key) and not context.get("ignore_auth") and not blind.sees_resource(context, data_dict[key]):
        return blind.as_unknown(next_action, context, data_dict, [key])
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def _reads_rows(next_action, context, data_dict):
    """Rows are as open as the file they come from; to everybody else there is no such table."""
    resource_id = data_dict.get("resource_id") or data_dict.get("id")
    if resource_id and not access.is_open(model.Session, resource_id):
        key = "resource_id" if data_dict.get("resource_id") else "id"
        return blind.as_unknown(next_action, context, data_dict, [key])
    return next_action(context, data_dict)


for _function in (_loads_rows, _writes_rows, _deletes_rows, _reads_rows):
    _function.auth_audit_exempt = True
