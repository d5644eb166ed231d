"""`/pengembang`: how a program reads this portal, on one page."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

satudata_developers = Blueprint("satudata_developers", __name__)


@satudata_developers.route("/pengembang")
def read():
    """Addresses to try, each with what it answers."""
    return tk.render("satudata/developers.html")
