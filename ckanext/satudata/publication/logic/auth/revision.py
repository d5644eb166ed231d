"""Who changes what is published, throws the change away, compares versions."""

from __future__ import annotations

import ckan.authz as authz


def satudata_revision_discard(context, data_dict):
    """Whoever may change the dataset."""
    return authz.is_authorized("package_update", context, data_dict)
