"""Courtesy before the law of `domain.report` and of the report's SOP."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import report as rules
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.shared import actors


def satudata_report_show(context, data_dict):
    """Who reads any report; which, the law says."""
    return {"success": rules.may_read_some(actors.actor_of(context))}


@tk.auth_allow_anonymous_access
def satudata_report_render(context, data_dict):
    """The same; everybody, what was filed to be public."""
    row = model.Session.get(FiledReport, str((data_dict or {}).get("id") or ""))
    return {"success": True} if row is not None and row.is_public else satudata_report_show(context, data_dict)


def satudata_report_list(context, data_dict):
    """As showing one."""
    return satudata_report_show(context, data_dict)


def satudata_report_detail(context, data_dict):
    """As showing one."""
    return satudata_report_show(context, data_dict)


def satudata_report_compare(context, data_dict):
    """As showing one."""
    return satudata_report_show(context, data_dict)


@tk.auth_allow_anonymous_access
def satudata_public_report_list(context, data_dict):
    """Everybody."""
    return {"success": True}


def satudata_report_file(context, data_dict):
    """The offices that write reports; who files which, its SOP says."""
    actor = actors.actor_of(context)
    return {"success": any(rules.may_write(actor, process) for process in rules.WRITERS)}


def satudata_report_write(context, data_dict):
    """The same."""
    return satudata_report_file(context, data_dict)
