"""What a save of a draft put aside: the frame of a dataset is not the caller's to set, and the answer says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.shared.words import N_

KEY = "satudata_put_aside"
"""Under this key the answer of a save tells what was not taken, field by field; dropped when it is sent back."""

_FRAME = {
    "private": N_("A draft stays private. It becomes public when its review is finished and Walidata publishes it."),
    "state": N_("The state stays as it is: a draft is deleted with package_delete, and published by Walidata."),
    "type": N_("The type of a dataset stays as it was made."),
    "name": N_("The address is kept, and taken when the dataset is published. Until then it has one made by chance."),
}


def told(sent: Mapping[str, Any], answer: Any) -> Any:
    """The answer of a save, with what of `sent` it does not hold; an answer that is no dataset as it is."""
    if not isinstance(answer, dict):
        return answer
    found = [{"field": name, "text": tk._(text)} for name, text in _FRAME.items() if _differs(name, sent, answer)]
    return {**answer, KEY: found} if found else answer


def _differs(name: str, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    if name not in sent:
        return False
    wanted, stored = sent[name], answer.get(name)
    if name == "private":
        return tk.asbool(wanted or False) != stored
    return bool(wanted) and wanted != stored
