"""Letters that come back signed, over the API."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import reaching
from ckanext.satudata.ppid.presenter import may_read_letter
from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.documents import letter_scans, letters
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_letter_sign"]


@boundary
def satudata_letter_sign(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring the signed letter back as a scan: readers get it from then on, the letter as it was made stays.

    For PPID, for an agency's letter its PPID Pembantu, for an answer to an objection the superior. A better scan may
    follow; the newest counts.

    :param id: id of the letter
    :param scan: the PDF, as a part of multipart/form-data
    :returns: `number`, `letter_sha256` (as it was made), `sha256`, `size` and `added_at` of the scan
    """
    tk.check_access("satudata_letter_sign", context, data_dict)
    session, actor = model.Session, actor_of(context)
    letter = session.get(Letter, params.text(data_dict, "id"), with_for_update=True)
    request = session.get(PpidRequest, letter.subject_id) if letter else None
    if letter is None or request is None or not may_read_letter(actor, letter, request):
        raise NotThere("There is no such letter.")
    if not scans.is_given(data_dict.get(scans.FIELD)):
        raise Invalid("The scan of the signed letter is missing.", field=scans.FIELD, mend="Choose the PDF.")
    with transaction():
        row = letter_scans.add(session, letter, data_dict[scans.FIELD], actor)
        _tell(session, request, letter, row.id)
        return {
            "number": letter.number,
            "letter_sha256": letter.sha256,
            "sha256": row.sha256,
            "size": row.size,
            "added_at": row.added_at.isoformat(),
        }


def _tell(session: Any, request: PpidRequest, letter: Letter, scan_id: str) -> None:
    """Tells the applicant that a letter to him lies signed on the page of the request."""
    if letters.is_for_applicant(letter):
        about = {"request_id": request.id, "letter_id": letter.id}
        reaching.mail(session, request, "ppid_letter_signed", about, key=f"ppid-letter-signed:{scan_id}")
