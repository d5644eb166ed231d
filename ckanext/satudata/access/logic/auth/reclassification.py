"""Courtesy before the law: who is shown the ways to reclassify."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.access import records
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.reclassification import PROCESS, may_narrow
from ckanext.satudata.shared.actors import actor_of


def satudata_dataset_reclassify(context, data_dict):
    """Walidata, PPID and the head of the agency."""
    package = model.Package.get((data_dict or {}).get("id"))
    owner = package.owner_org if package is not None else None
    if may_narrow(actor_of(context), owner):
        return {"success": True}
    return {"success": False, "msg": tk._("Only Walidata, PPID and the head of the agency narrow the access to data.")}


def satudata_classification_propose(context, data_dict):
    """Walidata."""
    if actor_of(context).has_anywhere(Role.WALIDATA, process=PROCESS):
        return {"success": True}
    return {"success": False, "msg": tk._("Only Walidata proposes to open data further.")}


def satudata_dataset_reclassify_preview(context, data_dict):
    """The same."""
    return satudata_dataset_reclassify(context, data_dict)


def satudata_dataset_exposure_show(context, data_dict):
    """The same, and the auditor."""
    package = model.Package.get((data_dict or {}).get("id"))
    return _reader(context, package.owner_org if package is not None else None)


def satudata_reclassification_show(context, data_dict):
    """The same; whether it is this agency's is asked with the record."""
    return satudata_reclassification_list(context, data_dict)


def satudata_reclassification_list(context, data_dict):
    """Walidata, PPID, the auditor, and heads of agencies."""
    if records.reads_any(actor_of(context)):
        return {"success": True}
    return _refused()


def _reader(context, organization_id):
    return {"success": True} if records.may_read(actor_of(context), organization_id) else _refused()


def _refused():
    return {"success": False, "msg": tk._("Only Walidata, PPID, the auditor and the head of the agency see this.")}
