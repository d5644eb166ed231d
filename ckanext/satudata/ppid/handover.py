"""The file of a request inside the vault: handed over by PPID Pembantu, checked for personal data by PPID.

Runs inside the one transaction of a command; the rules are in `domain.ppid_request` and hold for everybody.
"""

from __future__ import annotations

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.ppid_request import check_attestation
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import config, drafts, requests
from ckanext.satudata.ppid.effects import PROCESS, issue, request_of
from ckanext.satudata.shared import effects, vault
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.effects import Run
from ckanext.satudata.shared.files import access, inspect


@effects.on(PROCESS, "handover")
def handover(run: Run) -> None:
    """PPID Pembantu hands the file over inside the vault, with a letter (001-9)."""
    request = request_of(run)
    stored, version = _stored_file(run)
    source = "dataset" if version else "upload"
    row = PpidHandover(
        request_id=request.id,
        vault_id=stored.id,
        resource_id=version.resource_id if version else None,
        resource_version=version.version if version else None,
        sha256=stored.sha256,
        filename=stored.original_name,
        size=stored.size_bytes,
        source=source,
        given_at=run.now,
        given_by=run.actor.user_id or "",
    )
    run.session.add(row)
    run.session.flush()
    run.journal("file_handed_over", payload={"sha256": row.sha256, "size": row.size, "source": source})
    draft = texts.delivery_to_ppid(
        requests.facts_of(request), drafts.file_facts(row), str(run.payload.get("note") or "").strip()
    )
    agency = run.case.organization_id
    issue(run, request, draft, letters.pembantu_signatory(run.actor, agency), agency)


def _stored_file(run: Run) -> tuple[VaultObject, ResourceFile | None]:
    """The file, and which version of which resource it is where it comes from a dataset."""
    upload = run.payload.get("upload")
    resource_id = str(run.payload.get("resource_id") or "")
    if getattr(upload, "filename", ""):
        most = config.handover_megabytes() * 1024 * 1024
        try:
            if hasattr(upload.stream, "seek"):
                inspect.check(upload.stream, upload.filename)
            stored = vault.put(
                run.session,
                upload.stream,
                name=upload.filename,
                purpose="handover",
                created_by=run.actor.user_id,
                max_bytes=most,
            )
        except Invalid as fault:
            fault.field = "upload"
            raise
        return stored, None
    if not resource_id:
        raise Invalid("Choose the file to hand over.", field="upload", mend="Upload it, or pick it from the dataset.")
    found = access.handable(run.session, resource_id, run.case.organization_id)
    if found is None:
        raise Invalid(
            "This is no approved file of your agency's published data.", field="resource_id", mend="Upload it here."
        )
    return found[1], found[0]


@effects.on(PROCESS, "attest")
def attest(run: Run) -> None:
    """PPID confirms that exactly these bytes hold no personal data that is not masked (001-10)."""
    request = request_of(run)
    row = drafts.latest_handover(run.session, request)
    check_attestation(
        handed_over=row.sha256 if row else "",
        seen=str(run.payload.get("sha256") or ""),
        checked=str(run.payload.get("checked") or "").lower() in ("true", "on", "1"),
    )
    row.attested_sha256, row.attested_at, row.attested_by = row.sha256, run.now, run.actor.user_id
    run.journal("personal_data_check_attested", payload={"sha256": row.sha256})
