"""Who gives one command for many datasets; each command is decided for itself."""

from __future__ import annotations

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.publication.effects import PROCESS
from ckanext.satudata.shared.actors import actor_of


def satudata_dataset_bulk(context, data_dict):
    """Operators and whoever decides in the review."""
    return _is_officer(context)


def satudata_dataset_bulk_show(context, data_dict):
    """Every officer, his own."""
    return _is_officer(context)


def satudata_dataset_copy(context, data_dict):
    """Operators; `package_create` decides for which agency."""
    return {"success": actor_of(context).has_anywhere(Role.OPERATOR, process=PROCESS)}


def _is_officer(context):
    return {"success": bool(actor_of(context).held)}
