"""Who changes what is published and throws the change away; who reads changes and versions."""

from __future__ import annotations

import ckan.authz as authz
import ckan.model as model

from ckanext.satudata.domain import access
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.orders import stand_ins


def satudata_revision_discard(context, data_dict):
    """Whoever may change the dataset."""
    return authz.is_authorized("package_update", context, data_dict)


def satudata_version_restore(context, data_dict):
    """Whoever may change the dataset."""
    return authz.is_authorized("package_update", context, data_dict)


def satudata_revision_show(context, data_dict):
    """Officers of the agency and Walidata."""
    return _reads(context, data_dict)


def satudata_version_list(context, data_dict):
    """Officers of the agency and Walidata."""
    return _reads(context, data_dict)


def satudata_version_compare(context, data_dict):
    """Officers of the agency and Walidata."""
    return _reads(context, data_dict)


def satudata_quality_show(context, data_dict):
    """Officers of the agency and Walidata."""
    return _reads(context, data_dict)


def _reads(context, data_dict):
    package = model.Package.get((data_dict or {}).get("id"))
    if package is None:
        return {"success": False}
    reader = stand_ins.reader(model.Session, actor_of(context), package)
    return {"success": access.reads_unpublished(reader, package.owner_org)}
