"""Courtesy before the law of `domain.report` and `domain.report_job`."""

from __future__ import annotations

from ckanext.satudata.domain import report as rules
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import actors


def satudata_report_job_create(context, data_dict):
    """Who reads any report; which, the law says."""
    return {"success": rules.may_read_some(actors.actor_of(context))}


def satudata_report_job_show(context, data_dict):
    """As asking for one."""
    return satudata_report_job_create(context, data_dict)


def satudata_report_job_list(context, data_dict):
    """As asking for one."""
    return satudata_report_job_create(context, data_dict)


def satudata_report_job_file(context, data_dict):
    """As asking for one."""
    return satudata_report_job_create(context, data_dict)


def satudata_report_job_cancel(context, data_dict):
    """As asking for one; whose report it is, is asked then."""
    return satudata_report_job_create(context, data_dict)


def satudata_report_schedule_list(context, data_dict):
    """Walidata and the auditor."""
    return {"success": rules.may_read(actors.actor_of(context))}


def satudata_report_schedule_create(context, data_dict):
    """Walidata alone."""
    return {"success": actors.actor_of(context).has_anywhere(Role.WALIDATA, process=rules.PROCESS)}


def satudata_report_schedule_delete(context, data_dict):
    """Walidata alone."""
    return satudata_report_schedule_create(context, data_dict)
