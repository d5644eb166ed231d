"""Decrees and minutes. The law is in `domain/decree.py`, the tables' only writers are `shared/{decrees,minutes}.py`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.model.decree import Decree
from ckanext.satudata.shared import actors, clock, params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.levels import decrees, minutes
from ckanext.satudata.shared.transaction import transaction

__all__ = [
    "satudata_decree_create",
    "satudata_decree_delete",
    "satudata_decree_list",
    "satudata_decree_show",
    "satudata_decree_update",
    "satudata_minutes_create",
    "satudata_minutes_list",
    "satudata_minutes_show",
]


@boundary
def satudata_decree_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record a decree (SK). For Walidata and PPID.

    :param kind: `head_decree`, `head_regulation`, `ppid_decree`, `agency_decree` or `other`
    :param number: its number
    :param title: what it is about
    :param dated_on: the day it is dated
    :param in_force_from_on: first day in force (optional; the day it is dated)
    :param in_force_until_on: last day in force (optional)
    :param rows: the annex (optional): a list of `what`, `level`, `dataset` (id, name or address, may be empty), or a
        text with one `what | level | dataset` in each line
    :param scan: the signed decree as PDF, `multipart/form-data` (optional)
    :returns: as `satudata_decree_show`
    """
    tk.check_access("satudata_decree_create", context, data_dict)
    actor = actors.actor_of(context)
    with transaction():
        row = decrees.create(context, actor, _sent(data_dict, decrees.FIELDS), _rows(data_dict), data_dict.get("scan"))
    return decrees.shown(model.Session(), context, actor, row)


@boundary
def satudata_decree_update(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Correct a decree, or end it by its last day. For Walidata and PPID.

    :param id: the decree
    :param: all others as for `satudata_decree_create`; what is not sent stays, `rows` take the place of the former
        ones, and so does the scan
    :returns: as `satudata_decree_show`
    """
    tk.check_access("satudata_decree_update", context, data_dict)
    actor = actors.actor_of(context)
    with transaction():
        row = decrees.update(
            context,
            actor,
            params.text(data_dict, "id"),
            _sent(data_dict, [name for name in decrees.FIELDS if name in data_dict]),
            _rows(data_dict),
            data_dict.get("scan"),
        )
    return decrees.shown(model.Session(), context, actor, row)


@boundary
def satudata_decree_delete(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Remove a decree `id` that nothing refers to; one in use is ended by its last day. For Walidata and PPID."""
    tk.check_access("satudata_decree_delete", context, data_dict)
    with transaction():
        decrees.delete(model.Session(), actors.actor_of(context), params.text(data_dict, "id"))
    return {"deleted": True}


@boundary
@tk.side_effect_free
def satudata_decree_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """A decree. For officers; lines about closed data of other agencies are left out.

    :param id: the decree
    :returns: the fields of `satudata_decree_create`, `label`, `state` (`future`, `in_force`, `ended`), `in_use`, `rows`
        (`no`, `what`, `level`, `dataset_id`, `dataset`), `scan` (`filename`, `size`, `sha256`, `url`) for who may
        read every line
    """
    tk.check_access("satudata_decree_show", context, data_dict)
    actor, session = actors.actor_of(context), model.Session()
    rules.require_reader(actor)
    return decrees.shown(session, context, actor, decrees.find(session, params.text(data_dict, "id")))


@boundary
@tk.side_effect_free
def satudata_decree_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The decrees, the latest first. For officers.

    :param in_force: only those in force today (optional)
    :param offset: how many to pass by (optional), :param limit: at most so many, 50 by default
    :returns: `count` and `decrees`, each without its lines
    """
    tk.check_access("satudata_decree_list", context, data_dict)
    rules.require_reader(actors.actor_of(context))
    query = Decree.in_force(clock.today()) if params.flag(data_dict, "in_force") else Decree.newest()
    offset, limit = params.whole(data_dict, "offset", 0, 0, 100_000), params.whole(data_dict, "limit", 50, 1, 500)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
    rows = model.Session.scalars(query.offset(offset).limit(limit))
    return {"count": count, "decrees": [decrees.summary(row) for row in rows]}


@boundary
def satudata_minutes_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Record the minutes (berita acara) of a consequence test or a discussion. For Walidata and PPID.

    No persons' names are asked for.

    :param kind: `test` or `discussion`
    :param held_on: the day
    :param subject: what was tested or discussed
    :param result: what was found and decided
    :param dataset: id, name or address of the dataset it is about (optional)
    :param decree_id: the decree it belongs to (optional)
    :param case_id: the case it belongs to (optional)
    :param scan: the signed minutes as PDF, `multipart/form-data` (optional)
    :param key: any text; the same text again answers with the first record (optional)
    :returns: as `satudata_minutes_show`
    """
    tk.check_access("satudata_minutes_create", context, data_dict)
    sent = _sent(data_dict, ("kind", "held_on", "subject", "result", "dataset", "decree_id", "case_id"))
    with transaction():
        row, _ = minutes.create(
            context, actors.actor_of(context), sent, data_dict.get("scan"), params.text(data_dict, "key")[:100]
        )
    return minutes.shown(model.Session(), context, row)


@boundary
@tk.side_effect_free
def satudata_minutes_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Minutes `id`. For Walidata, PPID, auditors, and the officers of the agency whose data they are about.

    :returns: the fields of `satudata_minutes_create`, `kind_label`, `dataset_title`, `decree` (how it is cited),
        `scan` (`filename`, `size`, `sha256`, `url`)
    """
    tk.check_access("satudata_minutes_show", context, data_dict)
    session = model.Session()
    return minutes.shown(
        session, context, minutes.find(session, actors.actor_of(context), params.text(data_dict, "id"))
    )


@boundary
@tk.side_effect_free
def satudata_minutes_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The minutes that the caller may read, the latest first.

    :param dataset_id: only those about this dataset; likewise `decree_id`, `case_id` (all optional)
    :param offset: how many to pass by (optional), :param limit: at most so many, 50 by default
    :returns: `count` and `minutes`
    """
    tk.check_access("satudata_minutes_list", context, data_dict)
    rows, count = minutes.listed(
        model.Session(),
        actors.actor_of(context),
        **{name: params.text(data_dict, name) for name in ("dataset_id", "decree_id", "case_id")},
        offset=params.whole(data_dict, "offset", 0, 0, 100_000),
        limit=params.whole(data_dict, "limit", 50, 1, 500),
    )
    return {"count": count, "minutes": [minutes.summary(row) for row in rows]}


def _sent(data_dict: dict[str, Any], names: Any) -> dict[str, str]:
    return {name: params.text(data_dict, name) for name in names}


def _rows(data_dict: dict[str, Any]) -> Any:
    """The lines as text or as a list; None where they are not sent."""
    rows = data_dict.get("rows")
    return rows if rows is None or isinstance(rows, (list, str)) else []
