"""The government, its officers and its files for the tests that go the whole way."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ckan.model as model
import sqlalchemy as sa
import typst
import xlsxwriter
from ckan.tests import factories

from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.tests.factories import vouch
from ckanext.satudata.tests.support.portal import LivePortal

PASSWORD = "Kata-sandi-uji-7391"
ROWS = 50_000
SECRET = "ISI-BERKAS-TERBATAS"
"""Stands in every file that is not open: no anonymous answer may hold it."""
SECRET_NAME = "pasien-terbatas"
"""Part of the name of every file that is not open."""
NOTE = "Satuan belum benar: murid dihitung per orang."
WHY = "Data memuat riwayat kesehatan perorangan yang dapat dikenali."

CITIZEN = {
    "name": "Kirana Contoh",
    "address": "Jalan Contoh Nomor 7, Nusasari",
    "occupation": "Mahasiswa",
    "email": "kirana@contoh.example",
    "purpose": "Penelitian skripsi tentang pemerataan layanan kesehatan",
}

OFFICERS = {
    "operator": ("operator", "Operator Dinas Kesehatan", True),
    "verifier": ("verifier", "Verifikator Dinas Kesehatan", True),
    "head": ("producer_head", "Kepala Dinas Kesehatan", True),
    "pembantu": ("ppid_pembantu", "PPID Pembantu Dinas Kesehatan", True),
    "walidata": ("walidata", "Walidata Kota Nusasari", False),
    "ppid": ("ppid", "PPID Kota Nusasari", False),
}


@dataclass
class Government:
    """Two agencies; `names[key]` is a user name, `tokens[key]` an API token. Keys: OFFICERS, `stranger`, `admin`."""

    agency: dict[str, Any]
    elsewhere: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def settle(portal: LivePortal) -> Government:
    """Makes agencies, people and, by the portal's own action, their roles."""
    admin = factories.Sysadmin()
    made = Government(
        agency=factories.Organization(name="dinas-kesehatan", title="Dinas Kesehatan", description="Urusan kesehatan."),
        elsewhere=factories.Organization(
            name="dinas-perhubungan", title="Dinas Perhubungan", description="Urusan perhubungan."
        ),
    )
    made.names["admin"], made.tokens["admin"] = admin["name"], portal.token(admin["name"])
    api = portal.api(made.tokens["admin"])
    people = {**OFFICERS, "stranger": ("operator", "Operator Dinas Perhubungan", True)}
    for key, (role, fullname, in_agency) in people.items():
        name = f"petugas-{key}"
        factories.User(name=name, fullname=fullname, email=f"{name}@nusasari.example", password=PASSWORD)
        vouch(name)
        home = made.elsewhere if key == "stranger" else made.agency
        api.action.satudata_officer_assign(
            user=name, role=role, letter_number="800/1/2026", **({"organization_id": home["id"]} if in_agency else {})
        )
        made.names[key], made.tokens[key] = name, portal.token(name)
    return made


DOCUMENT = b"= Metodologi\nKunjungan dihitung per hari di setiap puskesmas."


@dataclass
class Files:
    """The real input: a big CSV, a workbook with merged headings, a PDF."""

    csv: Path
    xlsx: Path
    pdf: Path


def files(folder: Path) -> Files:
    """Writes the three files."""
    made = Files(folder / "kunjungan-pasien.csv", folder / f"{SECRET_NAME}.xlsx", folder / "metodologi.pdf")
    made.csv.write_bytes(big_csv())
    made.xlsx.write_bytes(merged_workbook())
    made.pdf.write_bytes(typst.compile(DOCUMENT, format="pdf"))
    return made


def big_csv(rows: int = ROWS) -> bytes:
    """`rows` visits, by day and district."""
    out = io.StringIO()
    out.write("tanggal,kecamatan,puskesmas,jumlah_kunjungan\n")
    for number in range(rows):
        day = f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}"
        out.write(f"{day},Kecamatan {number % 5 + 1},P{number % 16:02},{number % 97}\n")
    return out.getvalue().encode()


def merged_workbook() -> bytes:
    """A table as offices make it: a title over all columns, two rows of headings, a total."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet("Tabel 1"), book.add_format({"bold": True, "align": "center"})
        sheet.merge_range(0, 0, 0, 4, f"PASIEN MENURUT KECAMATAN {SECRET}", bold)
        sheet.merge_range(1, 0, 2, 0, "Kecamatan", bold)
        sheet.merge_range(1, 1, 1, 2, "2023", bold)
        sheet.merge_range(1, 3, 1, 4, "2024", bold)
        sheet.write_row(2, 1, ["Laki-laki", "Perempuan"] * 2)
        for row in range(5):
            sheet.write_row(3 + row, 0, [f"Kecamatan {row + 1}", *(row * 10 + column for column in range(4))])
    return out.getvalue()


def hidden_in_vault() -> tuple[str, ...]:
    """What no anonymous answer may hold: words in the limited file, its name, its names on disk."""
    locations = [row.location for row in model.Session.scalars(sa.select(VaultObject))]
    assert locations
    return SECRET, SECRET_NAME, *locations, *(Path(location).name for location in locations)


def nothing_of(secrets: Iterable[str | bytes], *texts: str | bytes) -> None:
    """Fails when one of the texts holds one of the secrets."""
    wanted = [secret if isinstance(secret, bytes) else secret.encode() for secret in secrets]
    for text in texts:
        plain = text if isinstance(text, bytes) else text.encode()
        assert not [secret for secret in wanted if secret in plain]
