"""Courtesy before the law of `domain.report` and of the report's SOP."""

from __future__ import annotations

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import actors


def satudata_report_show(context, data_dict):
    """Walidata and the auditor."""
    return {"success": rules.may_read(actors.actor_of(context))}


def satudata_report_render(context, data_dict):
    """Walidata and the auditor."""
    return satudata_report_show(context, data_dict)


def satudata_report_list(context, data_dict):
    """Walidata and the auditor."""
    return satudata_report_show(context, data_dict)


def satudata_report_detail(context, data_dict):
    """Walidata and the auditor."""
    return satudata_report_show(context, data_dict)


def satudata_report_file(context, data_dict):
    """Walidata alone."""
    return {"success": actors.actor_of(context).has_anywhere(Role.WALIDATA, process=rules.PROCESS)}
