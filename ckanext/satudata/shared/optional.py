"""Chains on what plugins that may be absent bring: CKAN refuses to start when a chain finds nothing to hold on to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.revision import Revision
from ckanext.satudata.shared.actors import is_own_hand
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.finding import catalogue, harvesting
from ckanext.satudata.shared.hidden import blind

log = logging.getLogger(__name__)


def actions() -> dict[str, Callable[..., Any]]:
    """The chained actions for the plugins that are loaded."""
    found: dict[str, Callable[..., Any]] = {**catalogue.chains(p.plugin_loaded), **harvesting.actions()}
    if p.plugin_loaded("datastore"):
        found.update(
            datastore_create=_writes_rows,
            datastore_upsert=_writes_rows,
            datastore_delete=_deletes_rows,
            datastore_records_delete=_deletes_rows,
            datastore_run_triggers=_deletes_rows,
            datastore_search=_reads_rows,
            datastore_info=_reads_rows,
        )
    if p.plugin_loaded("xloader"):
        found.update(xloader_submit=_loads_rows)
    if p.plugin_loaded("datapusher"):
        found.update(datapusher_submit=_loads_rows)
    return found


def auth() -> dict[str, Callable[..., Any]]:
    """The chained auth functions for the plugins that are loaded."""
    return harvesting.auth()


class RowsRemain(Exception):
    """Former rows of these resources (ids) are not dropped yet."""


def load_rows(package_id: str, resource_id: str | None = None) -> None:
    """Sends what has just become public to xloader or datapusher, where one is loaded, as a stock upload would be.

    With `resource_id` only that file.

    What is published is published, even where they do not answer. Raises RowsRemain where former rows wait to be
    dropped: the new ones must come after that.
    """
    loaders = {name: _LOADERS[name] for name in _LOADERS if p.plugin_loaded(name)}
    if not loaders:
        return
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    waiting: list[str] = []
    for resource in shown["resources"]:
        if resource_id not in (None, resource["id"]):
            continue
        for name, takes in loaders.items():
            if not access.is_open(model.Session, resource["id"]) or not takes(resource):
                continue
            if _rows_are_stale(resource["id"]):
                waiting.append(resource["id"])
                continue
            try:
                tk.get_action(f"{name}_submit")({"ignore_auth": True}, {"resource_id": resource["id"]})
            except (tk.ValidationError, OSError):
                log.exception("The rows of the published resource %s did not go to %s", resource["id"], name)
    if waiting:
        raise RowsRemain(*waiting)


def _is_for_xloader(resource: dict[str, Any]) -> bool:
    return bool(tk.h.is_resource_supported_by_xloader(resource, check_access=False))


def _is_for_datapusher(resource: dict[str, Any]) -> bool:
    formats = tk.config["ckan.datapusher.formats"]
    return str(resource.get("format") or "").lower() in formats and resource.get("url_type") != "datapusher"


_LOADERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "xloader": _is_for_xloader,
    "datapusher": _is_for_datapusher,
}


@tk.chained_action
def _loads_rows(next_action, context, data_dict):
    """Nothing fetches a file that is not open, or whose former rows are to be dropped, to make rows of it.

    A hidden one answers like an unknown one.
    """
    resource_id = str(data_dict.get("resource_id") or "")
    if resource_id and not context.get("ignore_auth") and not blind.sees_resource(context, resource_id):
        return blind.as_unknown(next_action, context, data_dict, ["resource_id"])
    is_open = model.Resource.get(resource_id) is None or access.is_open(model.Session, resource_id)
    if not is_open or _rows_are_stale(resource_id):
        return False
    return next_action(context, data_dict)


@tk.chained_action
def _writes_rows(next_action, context, data_dict):
    """Rows of what is not open never reach the DataStore, whoever brings them."""
    _one_name(data_dict)
    resource = data_dict.get("resource")
    resource_id = data_dict.get("resource_id") or (resource.get("id") if isinstance(resource, dict) else None)
    if resource_id and not context.get("ignore_auth") and not blind.sees_resource(context, str(resource_id)):
        return blind.as_unknown(next_action, context, data_dict, ["resource_id"])
    if resource_id is None or (model.Resource.get(resource_id) and not access.is_open(model.Session, resource_id)):
        raise tk.ValidationError(
            {"resource_id": [tk._("Only the rows of an open, published resource may go to the DataStore.")]}
        )
    _refuse_by_hand(context, resource_id)
    return next_action(context, data_dict)


def _refuse_by_hand(context: dict[str, Any], resource_id: Any) -> None:
    """The rows of a published file are public at once: they are made of that file by the portal, and by nobody else."""
    if not is_own_hand(context) and access.is_open(model.Session, str(resource_id or "")):
        raise tk.ValidationError(
            {
                "resource_id": [
                    tk._(
                        "Rows of a published file are made from the approved file itself. To change them, hand in a "
                        "new file for review."
                    )
                ]
            }
        )


@tk.chained_action
def _deletes_rows(next_action, context, data_dict):
    """CKAN's own, for the portal alone; a hidden resource answers like an unknown one."""
    _one_name(data_dict)
    key = "resource_id" if data_dict.get("resource_id") else "id"
    if data_dict.get(key) and not context.get("ignore_auth") and not blind.sees_resource(context, data_dict[key]):
        return blind.as_unknown(next_action, context, data_dict, [key])
    _refuse_by_hand(context, data_dict.get(key))
    return next_action(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def _reads_rows(next_action, context, data_dict):
    """Rows are as open as the file they come from; to everybody else there is no such table."""
    _one_name(data_dict)
    resource_id = data_dict.get("resource_id") or data_dict.get("id")
    gone = resource_id and not access.is_open(model.Session, resource_id)
    if gone or (resource_id and not is_own_hand(context) and _rows_are_stale(str(resource_id))):
        key = "resource_id" if data_dict.get("resource_id") else "id"
        return blind.as_unknown(next_action, context, data_dict, [key])
    return next_action(context, data_dict)


def _one_name(data_dict: dict[str, Any]) -> None:
    """Of `id` and `resource_id` CKAN reads the one here and the other there: what is asked about is what is done."""
    resource = data_dict.get("resource")
    given = [
        data_dict.get("id"),
        data_dict.get("resource_id"),
        resource.get("id") if isinstance(resource, dict) else None,
    ]
    if len({str(name) for name in given if name}) > 1:
        raise tk.ValidationError({"id": [tk._("Name the table by resource_id alone.")]})


def _rows_are_stale(resource_id: str) -> bool:
    """Whether rows of before wait to be dropped: of a file that was replaced, or of data that were closed meanwhile.

    Old and new are never read together, and what was closed is not shown by an opening that came before the drop.
    """
    row = model.Resource.get(resource_id)
    if row is None:
        return False
    found = (kind.has_pending(row.package_id, "rows", resource_id) for kind in (Revision, Reclassification))
    return any(model.Session.scalars(asked).first() is not None for asked in found)


for _function in (_loads_rows, _writes_rows, _deletes_rows, _reads_rows):
    _function.auth_audit_exempt = True
