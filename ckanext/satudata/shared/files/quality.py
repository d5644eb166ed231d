"""The quality of a dataset's files and description before it is sent, in words: warnings with their mends.

What was found in a file stays with that file of the vault, so the verifier sees what the operator saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import metadata, table_keys
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.domain.vocabulary import plainly
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.files import access, looks, preview
from ckanext.satudata.shared.revision import revisions

_NUMBERS = ("count", "rows")


def of_dataset(session: Session, actor: Actor, shown: Mapping[str, Any]) -> dict[str, Any]:
    """`files` and `description` of a dataset as its officers see it (`shown`), or of its working copy.

    A file is `{id, name, state, share, fault, rows, columns, looked_at, findings: [{text, mend}]}`; `state` as that of
    a look. `description` are the labels of fields that are recommended and empty. Only files that the person may have.
    """
    files = _files(session, shown)
    told = []
    for resource in shown["resources"]:
        file = files.get(resource["id"])
        kept = _kept(session, actor, file)
        if file is not None and kept is not None:
            name = resource.get("name") or kept.original_name
            key = table_keys.declared(resource.get("key_columns"))
            look = looks.of(session, "quality", [(kept, file.real_format.upper())], key=key)
            told.append({"id": resource["id"], "name": name, **_told(look, str(shown.get("satuan") or ""))})
    gaps = [gap for gap in metadata.completeness(shown).missing if not gap.demanded]
    return {"files": told, "description": [{"field": gap.field, "label": tk._(gap.label)} for gap in gaps]}


def _files(session: Session, shown: Mapping[str, Any]) -> dict[str, ResourceFile]:
    if revisions.has_working_copy(session, shown["id"]):
        return dict(revisions.read(session, shown["id"]).files)
    ids = [one["id"] for one in shown["resources"]]
    return {file.resource_id: file for file in session.scalars(ResourceFile.newest(ids))} if ids else {}


def _kept(session: Session, actor: Actor, file: ResourceFile | None) -> Any:
    package = session.get(model.Package, file.package_id) if file is not None and file.package_id else None
    if file is None or package is None or file.real_format.upper() not in preview.FORMATS:
        return None
    answer = access.ask_revision(session, actor, package, file)
    is_there = answer.is_allowed and answer.kept is not None and answer.kept.deleted_at is None
    return answer.kept if is_there else None


def _told(look: Any, unit: str) -> dict[str, Any]:
    found = look.result or {}
    findings = [_said(one) for one in found.get("findings", [])]
    if found and unit and found["units"] and plainly(unit) not in map(plainly, found["units"]):
        text = tk._("The file counts in {units}, the description says {unit}.")
        findings.append(
            {
                "text": text.format(units=", ".join(found["units"]), unit=unit),
                "mend": tk._("Write the unit of the description into the file, or correct the description."),
            }
        )
    counts = {name: found.get(name) for name in ("rows", "columns", "looked_at")}
    return {"state": look.state, "share": look.share, "fault": look.fault, **counts, "findings": findings}


def _said(finding: Mapping[str, Any]) -> dict[str, str]:
    params = dict(finding["params"])
    for name, value in params.items():
        if name in _NUMBERS:
            params[name] = wording.number(value)
    if "kind" in params:
        params["kind"] = tk._(params["kind"])
    return {"text": tk._(finding["message"]).format(**params), "mend": tk._(finding["mend"])}
