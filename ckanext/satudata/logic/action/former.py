"""What was taken out of the public description, for those who may still have it."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.levels import former

__all__ = ["satudata_dataset_former_show"]


@tk.side_effect_free
@boundary
def satudata_dataset_former_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What of a dataset was public and is not any more: of a stub the whole, else the files that became Tertutup.

    `id`. For officers of the agency, Walidata and PPID; to others there is no such dataset. Returns `id`, `stage`,
    `withdrawn_at`, `description` (as `package_show` had it; null where the dataset is public still) and `resources`,
    each with `url`, where the officer downloads it, and `satudata_file` or `satudata_address`.
    """
    wanted = params.text(data_dict, "id")
    if not wanted:
        tk.get_or_bust({}, "id")
    found = former.of(model.Session(), actor_of(context), model.Package.get(wanted))
    tk.check_access("satudata_dataset_former_show", context, {"id": found["id"]})
    return found
