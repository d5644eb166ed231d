"""CKAN's relationships between datasets: part of what the public is shown, so they change with drafts only."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.shared import datasets, gate, permits
from ckanext.satudata.shared.boundary import boundary


def _only_drafts(next_action, context, data_dict):
    for key in ("subject", "object"):
        package = model.Package.get(data_dict.get(key))
        if package is not None and permits.is_governed(package.type):
            stage = datasets.stage_of(model.Session, package.id)
            if stage is not DatasetStage.DRAFT:
                raise gate.frozen(stage)
    return next_action(context, data_dict)


@tk.chained_action
@boundary
def package_relationship_create(next_action, context, data_dict):
    """CKAN's `package_relationship_create`, between two drafts."""
    return _only_drafts(next_action, context, data_dict)


@tk.chained_action
@boundary
def package_relationship_update(next_action, context, data_dict):
    """CKAN's `package_relationship_update`, between two drafts."""
    return _only_drafts(next_action, context, data_dict)


@tk.chained_action
@boundary
def package_relationship_delete(next_action, context, data_dict):
    """CKAN's `package_relationship_delete`, between two drafts."""
    return _only_drafts(next_action, context, data_dict)
