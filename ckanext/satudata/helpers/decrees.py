"""Decrees in forms and on pages."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import decree as rules
from ckanext.satudata.shared import actors
from ckanext.satudata.shared.levels import decrees


def satudata_decree_choices(field: dict[str, Any] | None = None, keep: str = "") -> list[dict[str, str]]:
    """`value` and `label` of the decrees in force, for a form (also as scheming's `choices_helper`); officers' only.

    `keep`: the id that the form holds already.
    """
    user = tk.current_user
    if not getattr(user, "is_authenticated", False) or not rules.may_read(actors.actor_for(user)):
        return []
    return [{"value": value, "label": label} for value, label in decrees.choices(model.Session, keep=keep)]


def satudata_decree_label(decree_id: str | None) -> str:
    """How the decree is cited; empty for none."""
    return decrees.label_of(model.Session, decree_id)
