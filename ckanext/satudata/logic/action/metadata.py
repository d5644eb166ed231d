"""Completeness of a dataset's description."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import metadata


@tk.side_effect_free
def satudata_dataset_completeness(context, data_dict):
    """How complete a dataset's description is, for whoever may see the dataset.

    :param id: id or name of the dataset
    :returns: `score` 0–100; `ready` whether it may go to the verifier; `missing`, a list of
        `field`, `label`, `why`, `how` to fill it (all in the caller's language) and `demanded`
    """
    tk.check_access("package_show", context, data_dict)
    dataset = tk.get_action("package_show")(context, {"id": tk.get_or_bust(data_dict, "id")})
    found = metadata.completeness(dataset)
    gaps = [
        {**gap._asdict(), "label": tk._(gap.label), "why": tk._(gap.why), "how": tk._(gap.how) if gap.how else ""}
        for gap in found.missing
    ]
    return {"score": found.score, "ready": not any(gap.demanded for gap in found.missing), "missing": gaps}
