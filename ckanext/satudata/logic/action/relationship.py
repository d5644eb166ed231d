"""CKAN's relationships between datasets, which it neither shows nor can index any more.

Their comment would be public without a review, and a dataset that has one cannot be written to the index.
"""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.publishing import permits


def _not_between_datasets(next_action, context, data_dict):
    for key in ("subject", "object"):
        package = model.Package.get(data_dict.get(key))
        if package is not None and permits.is_governed(package.type):
            raise Invalid(
                "Datasets are not linked in this way.",
                field=key,
                mend="Name the other dataset in the description.",
            )
    return next_action(context, data_dict)


@tk.chained_action
@boundary
def package_relationship_create(next_action, context, data_dict):
    """CKAN's `package_relationship_create`, not between datasets."""
    return _not_between_datasets(next_action, context, data_dict)


@tk.chained_action
@boundary
def package_relationship_update(next_action, context, data_dict):
    """CKAN's `package_relationship_update`, not between datasets."""
    return _not_between_datasets(next_action, context, data_dict)
