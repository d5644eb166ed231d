"""What letters say about files: format, time, and what became of the personal data in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import ckan.model as model

from ckanext.satudata.domain import letters as texts
from ckanext.satudata.domain.personal.attesting import GROUNDS, NOT_PERSONAL, Inspection
from ckanext.satudata.domain.personal.kinds import Kind
from ckanext.satudata.domain.personal.masking import Method
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared import vault, wording
from ckanext.satudata.shared.documents import letters
from ckanext.satudata.shared.personal import file_scan

KINDS = {
    Kind.NIK: "NIK",
    Kind.KK: "nomor KK",
    Kind.NIK_DAMAGED: "NIK",
    Kind.NPWP: "NPWP",
    Kind.NIP: "NIP",
    Kind.PASSPORT: "nomor paspor",
    Kind.BPJS: "nomor BPJS",
    Kind.PHONE: "nomor telepon",
    Kind.EMAIL: "alamat surel",
    Kind.BANK_ACCOUNT: "nomor rekening",
    Kind.PLATE: "nomor kendaraan",
    Kind.BIRTH_DATE: "tanggal lahir",
    Kind.ADDRESS: "alamat",
    Kind.NAME: "nama orang",
    Kind.COORDINATES: "koordinat",
    Kind.FREE_TEXT: "uraian bebas",
    Kind.HEALTH: "keterangan kesehatan",
}
MASKED = {
    Method.REMOVE: "dihapus",
    Method.BLANK: "dikosongkan",
    Method.PARTLY: "disamarkan sebagian",
    Method.YEAR: "menjadi tahun",
    Method.AGE_BAND: "menjadi kelompok umur",
    Method.DISTRICT: "menjadi kecamatan",
}


def of(row: PpidHandover) -> texts.FileFacts:
    """What letters say about the file as it was handed over."""
    size = wording.size(row.size, locale="id")
    return texts.FileFacts(row.filename, size, row.sha256, format=_format(row), period=_period(row))


def _format(row: PpidHandover) -> str:
    return PurePath(row.filename).suffix.removeprefix(".").upper()


def given(session: Any, request: PpidRequest, rows: Sequence[PpidHandover]) -> list[texts.FileFacts]:
    """What the letter to the applicant says about each file: its agency where there are several, its time, and what
    became of the personal data in it."""
    is_several = len(requests.producers(request)) > 1
    return [
        replace(
            of(row),
            producer=letters.organization_title(row.organization_id) if is_several else "",
            masked=_masked(session, row),
            **_whole(session, row),
        )
        for row in rows
    ]


def _period(row: PpidHandover) -> str:
    """What time the data is about: as it was typed with the file, else as the catalogue says of the dataset's own."""
    if row.period:
        return row.period
    resource = model.Resource.get(row.resource_id) if row.resource_id else None
    package = model.Package.get(resource.package_id) if resource is not None else None
    return str(package.extras.get("periode_data") or "") if package is not None else ""


def _masked(session: Any, row: PpidHandover) -> str:
    """Which columns were masked and how; those that the plan does not name were removed."""
    original = session.get(PpidHandover, row.made_from) if row.made_from else None
    if original is None or not row.masking:
        return ""
    tables = file_scan.known(session, vault.get(session, original.vault_id)).tables
    heads = {one["sheet"]: one["heads"] for one in tables}
    plans, told = row.masking["plan"]["sheets"], []
    for plan in plans:
        columns: dict[str, list[str]] = {}
        for at, head in enumerate(heads.get(plan["sheet"], [])):
            method = Method(plan["columns"].get(str(at), Method.REMOVE.value))
            if method is not Method.KEEP:
                columns.setdefault(MASKED[method], []).append(head or f"kolom {at + 1}")
        said = [f"{', '.join(names)} {how}" for how, names in columns.items()]
        said += ["hanya jumlah baris yang diberikan"] if plan["is_counted"] else []
        if said:
            told.append((f"{plan['sheet']}: " if len(plans) > 1 else "") + "; ".join(said))
    return ". ".join(told)


def _whole(session: Any, row: PpidHandover) -> dict[str, str]:
    """`whole`: the personal data that the scan finds in what is given, with the ground; else `found`, and `stated`:
    what PPID says of it, or of what the scan does not answer for. What was attested before findings needed a ground
    has none, and no ground is told of it."""
    scan = file_scan.known(session, vault.get(session, row.vault_id))
    kinds = ", ".join(dict.fromkeys(KINDS[Kind(one["kind"])] for one in scan.findings))
    why = " – ".join(filter(None, (GROUNDS[row.ground].text if row.ground else "", row.statement)))
    if scan.inspection is not Inspection.FOUND or row.ground in (None, NOT_PERSONAL):
        return {"found": kinds, "stated": why}
    return {"whole": ": ".join(filter(None, (kinds, why)))}
