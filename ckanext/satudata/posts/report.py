"""An approved analysis report becomes a dataset of the kind `publikasi`, by the release that all data go through."""

from __future__ import annotations

import io
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.access import DatasetStage, Level
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.model.post import Post
from ckanext.satudata.shared import journal, vault
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.publishing import approvals, datasets, gate, release

LICENCE = "cc-by"
"""What the government makes itself may be used with its name; another licence is a change of the dataset."""


def release_as_dataset(run: Run, post: Post, content: dict[str, Any]) -> release.Released:
    """The dataset of exactly what was approved, released. Raises Conflict, Invalid; commits nothing."""
    if run.case.organization_id is None:
        raise Conflict("This report belongs to no agency.", mend="Begin it for the agency that answers for it.")
    package_id = _draft(run, content)
    shown = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    gaps = metadata.missing(shown)
    if gaps:
        raise Invalid("The dataset would lack {what}.", what=", ".join(tk._(gap.label) for gap in gaps))
    datasets.move(run.session, package_id, DatasetStage.IN_REVIEW)
    approvals.agree(run.session, package_id, case_id=run.case.id)
    journal.append(
        run.session,
        "report_became_dataset",
        actor=run.actor,
        case_id=run.case.id,
        subject=("dataset", package_id),
        payload={
            "version": post.version,
            "sha256": [file["sha256"] for file in content["files"]],
            "package_id": [one["package_id"] for one in content["sources"]],
        },
    )
    return release.release(run.context, package_id, actor=run.actor)


def _draft(run: Run, content: dict[str, Any]) -> str:
    made = tk.get_action("package_create")(
        {
            "ignore_auth": True,
            "defer_commit": True,
            "return_id_only": True,
            "user": run.context.get("user") or "",
            "session": run.session,
            gate.OF_REPORT: True,
        },
        {
            "title": content["title"],
            "notes": content["caption"],
            "owner_org": run.case.organization_id,
            "access_level": Level.TERBUKA.value,
            "jenis_data": metadata.PUBLICATION,
            "periode_data": content["period"],
            "license_id": LICENCE,
            "tags": [{"name": tag} for tag in content["tags"]],
            "resources": [_resource(run, file) for file in content["files"]],
        },
    )
    return made if isinstance(made, str) else made["id"]


def _resource(run: Run, file: dict[str, Any]) -> dict[str, Any]:
    body = io.BytesIO(vault.read_bytes(run.session, file["vault_id"]))
    return {
        "name": file["alt"] or file["name"],
        "upload": FileStorage(body, filename=file["name"], content_type=file["type"]),
    }
