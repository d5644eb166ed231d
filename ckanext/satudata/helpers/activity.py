"""Kinds of CKAN's activities in words."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

NAMES = {
    "new package": "Dataset made",
    "changed package": "Dataset changed",
    "deleted package": "Dataset deleted",
    "follow dataset": "Dataset followed",
    "new resource view": "View made",
    "changed resource view": "View changed",
    "deleted resource view": "View deleted",
    "new organization": "Producer made",
    "changed organization": "Producer changed",
    "deleted organization": "Producer deleted",
    "follow organization": "Producer followed",
    "new group": "Group made",
    "changed group": "Group changed",
    "deleted group": "Group deleted",
    "follow group": "Group followed",
    "new user": "Account made",
    "changed user": "Account changed",
    "follow user": "Person followed",
}


def satudata_activity_names() -> dict[str, str]:
    """CKAN's name of each kind of activity to what people read."""
    return {kind: tk._(name) for kind, name in NAMES.items()}
