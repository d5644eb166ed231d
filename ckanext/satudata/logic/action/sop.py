"""Actions on the versions of the SOPs under which cases ran and run."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import appointment, sop_diff
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.sop import sop_versions

__all__ = ["satudata_sop_version_compare", "satudata_sop_version_list"]


def _reader(action: str, context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    tk.check_access(action, context, data_dict)
    if not appointment.may_read_journal(actor_of(context)):
        raise NotAllowed("Only auditor and Walidata read the versions of SOPs.")


@tk.side_effect_free
@boundary
def satudata_sop_version_list(context, data_dict):
    """The versions of every process, for auditor and Walidata.

    :returns: for each process `process`, `title` and `versions`, the running one first, then the newest: `id` (sha256),
        `number` (1 for the oldest), `government` (the folder), `running`, `since` (when the first case began under it,
        null before), `open` and `ended` (how many cases)
    """
    _reader("satudata_sop_version_list", context, data_dict)
    return [
        {
            "process": process,
            "title": found[0].title,
            "versions": [
                {
                    "id": one.id,
                    "number": one.number,
                    "government": one.government,
                    "running": one.running,
                    "since": one.since.isoformat() if one.since else None,
                    "open": one.open,
                    "ended": one.ended,
                }
                for one in found
            ],
        }
        for process, found in sop_versions.by_process(model.Session).items()
    ]


@tk.side_effect_free
@boundary
def satudata_sop_version_compare(context, data_dict):
    """What differs between two versions of one process, for auditor and Walidata.

    :param old: id of the one; :param new: id of the other
    :returns: `process`, `differences` (`kind`: added, removed or changed; `step`: its number, empty for the process
        itself; `key`; `old`; `new`) and `lines` (the texts' difference as `diff -u` writes it)
    """
    _reader("satudata_sop_version_compare", context, data_dict)
    old, new = (sop_versions.text(model.Session, params.text(data_dict, name), name) for name in ("old", "new"))
    if old.sop.process is not new.sop.process:
        raise Invalid("The versions are of different processes.", field="new", mend="Choose two of the same process.")
    return {
        "process": new.sop.process.value,
        "differences": [
            {"kind": one.kind.value, "step": one.step, "key": one.key, "old": one.old, "new": one.new}
            for one in sop_diff.differences(old.sop, new.sop)
        ],
        "lines": sop_diff.text_difference(old.source, new.source),
    }
