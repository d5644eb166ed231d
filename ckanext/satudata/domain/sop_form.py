"""Reads the signed form of an SOP: its head, its columns, 004's worksheet, the service standard."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ckanext.satudata.domain import sop_shapes
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Form
from ckanext.satudata.domain.sop_text import Faults, Lined, load

HEAD_KEYS = (
    "pemerintah",
    "perangkat_daerah",
    "nama",
    "nomor",
    "pembuatan",
    "revisi",
    "revisi_ke",
    "pengesahan",
    "efektif",
    "bidang",
    "seksi",
    "jabatan_pengesah",
    "dasar_hukum",
    "kualifikasi",
    "keterkaitan",
    "peralatan",
    "peringatan",
    "pencatatan",
)
"""The form's head. Never an official's name: that comes from the officers' table when the form is printed."""

HEAD_NEEDS = (
    "nama",
    "nomor",
    "pembuatan",
    "revisi",
    "jabatan_pengesah",
    "dasar_hukum",
    "kualifikasi",
    "keterkaitan",
    "peralatan",
    "peringatan",
    "pencatatan",
)
"""What a form file names, be it empty: a blank of the signed form is shown as one."""

STANDARD_KEYS = (
    "dasar_hukum",
    "jam_pelayanan",
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "produk",
    "sarana",
    "kompetensi",
    "pengawasan",
    "pengaduan",
    "jaminan",
)
"""The twelve components of a service standard, in their order (002)."""

IDENTIFICATION_KEYS = (
    "judul",
    "jenis_kegiatan",
    "penanggung_jawab",
    "produk",
    "kegiatan",
    "ruang_lingkup",
    "langkah_awal",
    "langkah_utama",
    "langkah_akhir",
)
"""The worksheet of 004: the activity (A), its main steps (B, C)."""

FORM_KEYS = ("head", "pelaksana", "identifikasi", "service_standard")


def read(text: str, file: str, name: str = "", *, kept: bool = False) -> Form:
    """A form that stands in a file of its own. `kept`: see `Faults`. Raises BadSop."""
    faults = Faults(file, kept=kept)
    data = load(text, faults)
    if isinstance(data, Lined) and not kept:
        sop_shapes.check(data, sop_shapes.FORM, faults)
    if not isinstance(data, Lined) or not isinstance(data.get("head"), Lined):
        faults.add(1, "", "The form has no `head`.", "Give the form's head (docs/sop.md).")
        faults.stop()
    faults.unknown(data, FORM_KEYS, "")
    head = data["head"]
    for key in HEAD_NEEDS:
        if key not in head:
            faults.add(head.line, "", f"The head lacks `{key}`.", "Add it; leave it empty where the form does.")
    if "pengesahan" not in head and "efektif" not in head:
        faults.add(head.line, "", "The head says neither `pengesahan` nor `efektif`.", "Add the one of the form.")
    form = _form(data, faults, name)
    faults.stop()
    return form


def inline(data: Lined, faults: Faults) -> Form:
    """A form whose head stands in the process file itself."""
    return _form(data, faults, "")


def _form(data: Lined, faults: Faults, name: str) -> Form:
    return Form(
        name=name,
        head=_block(data.get("head"), HEAD_KEYS, faults),
        columns=_columns(data.get("pelaksana"), faults),
        identification=_block(data.get("identifikasi"), IDENTIFICATION_KEYS, faults),
        service_standard=_standard(data.get("service_standard"), faults),
    )


def _block(data: Any, known: tuple[str, ...], faults: Faults) -> Mapping[str, object]:
    if not isinstance(data, Lined):
        return MappingProxyType({})
    faults.unknown(data, known, "")
    return MappingProxyType(dict(data))


def _columns(data: Any, faults: Faults) -> Mapping[Role, str]:
    if not isinstance(data, Lined):
        return MappingProxyType({})
    found = {faults.one(Role, role, data.line, "", "role"): str(name) for role, name in data.items()}
    return MappingProxyType({role: name for role, name in found.items() if role})


def _standard(data: Any, faults: Faults) -> Mapping[str, object]:
    block = _block(data, STANDARD_KEYS, faults)
    if isinstance(data, Lined):
        for key in STANDARD_KEYS:
            if key not in block:
                faults.add(data.line, "", f"The service standard lacks `{key}`.", "It has twelve components.")
    return block
