"""A form of a file that arrives without its own hidden fields, as from a script or a broken connection.

CKAN takes them for granted and fails with 500.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, request

from ckanext.satudata.shared import hooks

satudata_torn = Blueprint("satudata_torn", __name__)

NEEDED = {"dataset_resource.new": ("save", "id"), "dataset_resource.edit": ("save",)}


@hooks.before(satudata_torn, "dataset_resource")
def refuse() -> Any:
    """400 with the reason; nothing was stored."""
    if request.method == "POST" and any(name not in request.form for name in NEEDED.get(request.endpoint or "", ())):
        return tk.abort(400, tk._("The form arrived incomplete. Open it anew and send it again."))
    return None
