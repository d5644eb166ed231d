"""Agencies, districts and datasets of Kota Nusasari. All invented; the portal says so on every page."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

DISTRICTS = (
    "Nusasari Utara",
    "Nusasari Selatan",
    "Tirtamukti",
    "Bukit Arum",
    "Kampung Baru",
    "Sumberjaya",
    "Pasar Lama",
    "Tanjung Rejo",
)
"""The eight invented districts (kecamatan); their numbers 01–08 are codes of this demonstration only."""

YEARS = tuple(range(2019, 2026))


@dataclass(frozen=True)
class Agency:
    """A producer (OPD): slug, full name, what it does in one sentence."""

    name: str
    title: str
    description: str


AGENCIES = (
    Agency("diskominfo", "Dinas Komunikasi dan Informatika", "Walidata Kota Nusasari; mengelola portal dan statistik."),
    Agency("disdik", "Dinas Pendidikan", "Sekolah, murid, guru, dan sarana pendidikan dasar."),
    Agency("dinkes", "Dinas Kesehatan", "Puskesmas, tenaga kesehatan, gizi, dan penyakit menular."),
    Agency("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "Agregat kependudukan dan pelayanan dokumen."),
    Agency("dinsos", "Dinas Sosial", "Bantuan sosial, rehabilitasi, dan data kesejahteraan."),
    Agency("dpupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "Jalan, jembatan, drainase, dan tata ruang."),
    Agency("dishub", "Dinas Perhubungan", "Angkutan umum, parkir, dan keselamatan lalu lintas."),
    Agency("dlh", "Dinas Lingkungan Hidup", "Mutu udara dan air, persampahan, ruang terbuka hijau."),
    Agency("dkpp", "Dinas Ketahanan Pangan dan Pertanian", "Produksi dan harga pangan, lahan, peternakan."),
    Agency("bapenda", "Badan Pendapatan Daerah", "Pajak daerah dan retribusi."),
    Agency("disnaker", "Dinas Tenaga Kerja dan Perindustrian", "Pencari kerja, perusahaan, dan industri kecil."),
    Agency("bpbd", "Badan Penanggulangan Bencana Daerah", "Kejadian bencana, logistik, dan kesiapsiagaan."),
)


@dataclass(frozen=True)
class Subject:
    """One dataset. `measure` heads the value column; `low`–`high` bound the invented values."""

    agency: str
    title: str
    measure: str
    unit: str
    low: int
    high: int
    topic: str
    dimension: tuple[str, ...] = ()
    level: str = "terbuka"
    state: str = "published"
    """draft, in_review (at the verifier), with_head, returned, approved, published or withdrawn."""
    file_format: str = "csv"
    frequency: str = "tahunan"


def subjects() -> list[Subject]:
    """The sixty datasets, from `subjects.csv`; `dimension` is parted by `|`."""
    with (Path(__file__).parent / "subjects.csv").open(encoding="utf-8", newline="") as source:
        return [_subject(row) for row in csv.DictReader(source)]


def _subject(row: dict[str, str]) -> Subject:
    dimension = tuple(part for part in row["dimension"].split("|") if part)
    return Subject(**{**row, "dimension": dimension, "low": int(row["low"]), "high": int(row["high"])})


@dataclass(frozen=True)
class Person:
    """An officer of the demonstration; without `agencies` the roles are government-wide. Names are invented."""

    name: str
    fullname: str
    roles: tuple[str, ...]
    agency: str | None
    note: str
    kind: str = "definitive"
    agencies: tuple[str, ...] = ()
    """The agencies of those who serve several."""

    @property
    def serves(self) -> tuple[str | None, ...]:
        """Agencies for which the roles are held; None stands for the government."""
        return self.agencies or (self.agency,)


OFFICERS = (
    Person("walidata", "Ratna Demo", ("walidata",), None, "Walidata: menerbitkan dan melaporkan"),
    Person("ppid", "Surya Demo", ("ppid",), None, "PPID: menerima permohonan"),
    Person("atasan_ppid", "Lestari Demo", ("ppid_superior",), None, "Atasan PPID"),
    Person("pengawas", "Bagas Demo", ("auditor",), None, "Pengawas: membaca saja"),
    Person("operator_dinkes", "Intan Demo", ("operator",), "dinkes", "Operator Dinas Kesehatan"),
    Person("verifikator_dinkes", "Hendra Demo", ("verifier",), "dinkes", "Verifikator Dinas Kesehatan"),
    Person("kepala_dinkes", "Wulan Demo", ("producer_head",), "dinkes", "Kepala Dinas Kesehatan"),
    Person("ppid_dinkes", "Yoga Demo", ("ppid_pembantu",), "dinkes", "PPID Pembantu Dinas Kesehatan"),
    Person("operator_disdik", "Nadia Demo", ("operator",), "disdik", "Operator Dinas Pendidikan"),
    Person("verifikator_disdik", "Fajar Demo", ("verifier",), "disdik", "Verifikator Dinas Pendidikan"),
    Person("kepala_disdik", "Melati Demo", ("producer_head",), "disdik", "Kepala Dinas Pendidikan"),
    Person("ppid_disdik", "Gilang Demo", ("ppid_pembantu",), "disdik", "PPID Pembantu Dinas Pendidikan"),
    Person("operator_dinsos", "Citra Demo", ("operator",), "dinsos", "Operator Dinas Sosial"),
    Person(
        "verifikator_dinsos",
        "Arif Demo",
        ("verifier", "ppid_pembantu"),
        "dinsos",
        "Verifikator dan PPID Pembantu Dinas Sosial",
    ),
    Person("kepala_dinsos", "Sekar Demo", ("producer_head",), "dinsos", "Kepala Dinas Sosial"),
)

OWN_OFFICERS = frozenset(person.agency for person in OFFICERS if person.agency)
SHARED = tuple(agency.name for agency in AGENCIES if agency.name not in OWN_OFFICERS)
"""The agencies without officers of their own: one team serves them all, so that the demonstration stays small."""

TEAM = (
    Person("operator_bersama", "Dewi Demo", ("operator",), None, "Operator sembilan dinas lain", agencies=SHARED),
    Person(
        "verifikator_bersama",
        "Rudi Demo",
        ("verifier", "ppid_pembantu"),
        None,
        "Verifikator dan PPID Pembantu sembilan dinas lain",
        agencies=SHARED,
    ),
    Person("kepala_bersama", "Hana Demo", ("producer_head",), None, "Plt. kepala sembilan dinas lain", "plt", SHARED),
)
PEOPLE = OFFICERS + TEAM


def holder(role: str, agency: str) -> str:
    """The user name of who holds a role for an agency."""
    return next(person.name for person in PEOPLE if role in person.roles and agency in person.serves)
