"""`/meja/impor-daftar`: drafts for many datasets from one list."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.common import current_user
from flask import Blueprint, Response
from werkzeug.datastructures import FileStorage

from ckanext.satudata.shared.finding import dataset_list

satudata_dataset_list = Blueprint("satudata_dataset_list", __name__)
_KEPT = 300_000
"""Bytes of a checked list that the page carries on to the import; a larger one is chosen again."""


def _check() -> None:
    if current_user.is_anonymous:
        tk.abort(403, tk._("Log in to work here."))
    try:
        tk.check_access("satudata_dataset_list_import", {"user": current_user.name}, {})
    except tk.NotAuthorized:
        tk.abort(404, tk._("Page not found"))


@satudata_dataset_list.route("/meja/impor-daftar", methods=["GET"])
def show():
    """The empty page."""
    _check()
    return tk.render("satudata/dataset_list.html", {"result": None, "errors": {}, "kept": ""})


@satudata_dataset_list.route("/meja/impor-daftar", methods=["POST"])
def send():
    """Checks the list, or imports it."""
    _check()
    content, name = _content()
    is_import = tk.request.form.get("do") == "import"
    data = {"upload": FileStorage(io.BytesIO(content), filename=name), "dry_run": not is_import}
    result, errors = None, {}
    try:
        result = _imported(data)
    except tk.ValidationError as error:
        errors = error.error_dict
        if is_import and "upload" not in errors:
            # What is wrong with single cells is told as the check tells it.
            upload = FileStorage(io.BytesIO(content), filename=name)
            result = _imported({"upload": upload, "dry_run": True})
    kept = base64.b64encode(content).decode() if content and len(content) <= _KEPT else ""
    page = {"result": result, "errors": errors, "kept": kept, "kept_name": name}
    return tk.render("satudata/dataset_list.html", page), 409 if errors else 200


def _imported(data: dict[str, Any]) -> dict[str, Any]:
    return tk.get_action("satudata_dataset_list_import")({"user": current_user.name}, data)


@satudata_dataset_list.route("/meja/impor-daftar/templat.xlsx")
def template():
    """The list to fill in."""
    _check()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    head = {"Content-Disposition": 'attachment; filename="daftar-data.xlsx"'}
    return Response(dataset_list.template(), mimetype=kind, headers=head)


def _content() -> tuple[bytes, str]:
    upload = tk.request.files.get("upload")
    if upload and upload.filename:
        return upload.read(dataset_list.LARGEST + 1), upload.filename
    try:
        return base64.b64decode(tk.request.form.get("kept", ""), validate=True), tk.request.form.get("kept_name", "")
    except binascii.Error:
        return b"", ""
