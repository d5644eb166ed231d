"""Documents and messages of an applicant in the export and the erasure of what the portal holds of a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import applicant_files, messages, privacy


def _documents(session: Any, request: PpidRequest) -> list[dict[str, Any]]:
    return [
        {name: one[name] for name in ("kind", "title", "size", "added_at")}
        for one in applicant_files.listed(session, request.id)
    ]


def _files(session: Any, request: PpidRequest) -> Iterable[tuple[str, bytes]]:
    for position, row in enumerate(session.scalars(ApplicantFile.of_request(request.id)), start=1):
        # One came with the request and another when it was completed: each has a name of its own.
        yield f"{position}-{applicant_files.filename(row, request)}", applicant_files.clear(session, row)


def _erase_files(session: Any, request: PpidRequest) -> None:
    applicant_files.erase(session, request.id)


def _no_files(_session: Any, _request: PpidRequest) -> Iterable[tuple[str, bytes]]:
    return ()


def _erase_messages(session: Any, request: PpidRequest) -> None:
    messages.erase(session, request.id)


privacy.keeps(privacy.Kept("documents", _documents, _files, _erase_files))
privacy.keeps(privacy.Kept("messages", messages.of, _no_files, _erase_messages))
