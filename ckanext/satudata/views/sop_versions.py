"""`/admin/satudata/sop`: the versions of the SOPs, what differs between two, the cases on each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.shared import words
from ckanext.satudata.views import gate

satudata_sop_versions = Blueprint("satudata_sop_versions", __name__, url_prefix="/admin/satudata/sop")

SHORT = 12
"""Signs of a version that are shown: enough to tell them apart."""
KINDS = {"added": words.N_("added"), "removed": words.N_("removed"), "changed": words.N_("changed")}


@satudata_sop_versions.before_request
def _gate():
    return gate.only("satudata_sop_version_list")


@satudata_sop_versions.route("")
def index():
    """Every process with its versions."""
    found = tk.get_action("satudata_sop_version_list")(gate.context(), {})
    for one in found:
        one["name"] = tk._(words.PROCESSES[one["process"]])
    return tk.render("satudata/admin/sop_versions.html", {"processes": found, "short": SHORT})


@satudata_sop_versions.route("/banding")
def compare():
    """What differs between the versions `lama` and `baru`."""
    asked = {"old": tk.request.args.get("lama", ""), "new": tk.request.args.get("baru", "")}
    try:
        found = tk.get_action("satudata_sop_version_compare")(gate.context(), asked)
    except tk.ObjectNotFound:
        return tk.abort(404)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(text for texts in gate.errors_of(error).values() for text in texts))
        return tk.redirect_to("satudata_sop_versions.index")
    for one in found["differences"]:
        one["kind_name"] = tk._(KINDS[one["kind"]])
    name = tk._(words.PROCESSES[found["process"]])
    return tk.render("satudata/admin/sop_compare.html", {"found": found, "name": name, **asked, "short": SHORT})
