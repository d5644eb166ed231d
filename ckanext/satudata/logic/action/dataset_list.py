"""Drafts for many datasets from one list."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import imports
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.finding import dataset_list
from ckanext.satudata.shared.params import flag


@boundary
def satudata_dataset_list_import(context, data_dict):
    """Make a private draft of each row of a list; all or none, and none twice.

    A row whose ID DDD (or, without one, title and agency) a dataset has already that the caller may see is
    passed over.

    :param upload: an XLSX or CSV file (`multipart/form-data`)
    :param rows: instead of `upload`, the cells as a list of lists, head first
    :param dry_run: only say what would happen
    :returns: `dry_run`, `rows`, `created` (ids; in a dry run empty), `to_create`, `existing` (row numbers),
        `remarks`, a list of `cell` (like B7), `column` (its head as written), `text` (in the caller's language) and
        `is_error`
    :raises ValidationError: when a cell is wrong (not in a dry run); keyed by cell, nothing is made
    """
    tk.check_access("satudata_dataset_list_import", context, data_dict)
    dry_run = flag(data_dict, "dry_run")
    session = model.Session
    # Read first: while a large list is read nobody else has to wait.
    find = dataset_list.Organizations(session).find
    reading = imports.read(_table(data_dict), find, dataset_list.labels())
    _check_agencies(context, reading)
    if not dry_run:
        dataset_list.lock(session)
    known = dataset_list.existing(context, reading.rows)
    if reading.errors and not dry_run:
        session.rollback()
        raise tk.ValidationError(_errors(reading))
    to_create = [row for row in reading.rows if row.number not in known]
    created = [] if dry_run else dataset_list.create_all(context, to_create)
    session.rollback()
    return {
        "dry_run": dry_run,
        "rows": len(reading.rows),
        "created": created,
        "to_create": len(to_create),
        "existing": sorted(known),
        "remarks": [
            {
                "cell": mark.cell,
                "column": reading.head_of(mark.cell),
                "text": _said(mark),
                "is_error": mark.is_error,
            }
            for mark in reading.remarks
        ],
    }


def _table(data_dict: dict[str, Any]) -> list[list[Any]]:
    upload = data_dict.get("upload")
    if upload is not None and hasattr(upload, "read"):
        return dataset_list.table_of(upload.read(dataset_list.LARGEST + 1), getattr(upload, "filename", "") or "")
    rows = data_dict.get("rows")
    if isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return dataset_list.bounded(rows)
    raise Invalid("No list was given.", field="upload", mend="Choose an XLSX file.")


def _check_agencies(context: dict[str, Any], reading: imports.Reading) -> None:
    """A row for an agency whose drafts the caller may not write is an error at its cell."""
    allowed: dict[str, bool] = {}
    for row in reading.rows:
        agency = row.fields.get("owner_org")
        if not agency:
            continue
        if agency not in allowed:
            try:
                tk.check_access("package_create", dict(context), {"owner_org": agency})
                allowed[agency] = True
            except tk.NotAuthorized:
                allowed[agency] = False
        if not allowed[agency]:
            reading.say(row.cells["owner_org"], "You may not write drafts for this agency.", error=True)


def _said(remark: imports.Remark) -> str:
    params = {key: tk._(value) if key == "field" else value for key, value in remark.params.items()}
    return tk._(remark.text).format(**params)


def _errors(reading: imports.Reading) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for remark in reading.errors:
        found.setdefault(remark.cell, []).append(_said(remark))
    return found
