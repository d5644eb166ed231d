"""Dashboards: their figures by API."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.reports import boards
from ckanext.satudata.shared import actors
from ckanext.satudata.shared.boundary import boundary

__all__ = ["satudata_dashboard_show"]


@boundary
@tk.side_effect_free
def satudata_dashboard_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The figures of a dashboard as they stand now. `public` is for everybody; the others for who its file names.

    :param name: `public`, `walidata`, `ppid`, `agency`, or one of the government's own
    :param producer: of a dashboard of one agency, its name or id; without it the caller's own
    :returns: `title`, `agency`, `from_on`, `until_on`, `as_of_at`, `tiles`: each with `key`, `title`, `value`, `unit`,
        `note`, `trend` and `groups` (each `label`, `value`), `left` (groups not shown), `link`
    """
    tk.check_access("satudata_dashboard_show", context, data_dict)
    return boards.as_dict(boards.show(model.Session, actors.actor_of(context), data_dict))
