"""The description of each dataset of the demonstration: full, believable, invented."""

from __future__ import annotations

from datetime import date
from typing import Any

from ckanext.satudata.demo.catalogue import YEARS, Agency, Subject

AREA = "61.99"
"""A code that no city has: the province must be a real one, the number is not given to anybody."""

# agency: (urusan, kategori_rad, position that answers, register the figures come from)
OFFICES = {
    "diskominfo": ("2.16", "RAD.09", "Kepala Bidang Statistik dan Data", "Catatan pengelolaan layanan Diskominfo"),
    "disdik": ("1.01", "RAD.06", "Kepala Bidang Pendidikan Dasar", "Data pokok pendidikan"),
    "dinkes": ("1.02", "RAD.04", "Kepala Bidang Kesehatan Masyarakat", "Laporan bulanan puskesmas"),
    "disdukcapil": ("2.12", "RAD.09", "Kepala Bidang Pengelolaan Informasi Kependudukan", "Data kependudukan bersih"),
    "dinsos": ("1.06", "RAD.04", "Kepala Bidang Perlindungan dan Jaminan Sosial", "Data penerima bantuan sosial"),
    "dpupr": ("1.03", "RAD.03", "Kepala Bidang Bina Marga", "Survei kondisi jalan dan bangunan"),
    "dishub": ("2.15", "RAD.03", "Kepala Bidang Angkutan", "Catatan operasional perhubungan"),
    "dlh": ("2.11", "RAD.07", "Kepala Bidang Pengendalian Pencemaran", "Hasil pemantauan lingkungan"),
    "dkpp": ("2.09", "RAD.02", "Kepala Bidang Ketahanan Pangan", "Laporan petugas pangan dan pertanian"),
    "bapenda": ("5.02", "RAD.02", "Kepala Bidang Pendataan dan Penetapan", "Sistem informasi pajak daerah"),
    "disnaker": ("2.07", "RAD.06", "Kepala Bidang Penempatan Tenaga Kerja", "Kartu pencari kerja dan wajib lapor"),
    "bpbd": ("1.05", "RAD.05", "Kepala Bidang Kedaruratan dan Logistik", "Laporan pusat pengendalian operasi"),
}
BASIS = {
    "17j": "UU 27/2022 tentang Pelindungan Data Pribadi; SK PPID Nusasari 188/18/2025 (contoh).",
    "": "SK PPID Nusasari 188/17/2025 (contoh), setelah uji konsekuensi.",
}
GROUNDS = {
    "Daftar Aset Server dan Alamat Jaringan Internal": "17c",
    "Gambar Rinci Jaringan Pipa Utama": "17c",
    "Hasil Uji Limbah Cair per Perusahaan": "17b",
    "Lokasi Kamera Pengawas Lalu Lintas": "17a",
    "Perselisihan Hubungan Industrial per Perusahaan": "17b",
}
"""Where it is not people's secrets."""
PERMANENT = "Rekam Kasus Tuberkulosis per Pasien"
CAUTION = "Data contoh: semua angka dibuat untuk memperagakan portal, bukan data resmi."

COMMON = ("Jumlah", "Menurut", "Persentase", "dengan", "Kecamatan", "Tingkat")
"""Words of titles that are no keywords."""


def described(subject: Subject, number: int, agency: Agency, until: date) -> dict[str, Any]:
    """All fields of the description but files; `number` counts the list, `until` is where a restriction ends."""
    affair, category, position, source = OFFICES[subject.agency]
    measured = subject.measure.replace("_", " ")
    breakdown = "; ".join(("kecamatan", "tahun", *(["kategori"] if subject.dimension else [])))
    kinds = f", dipisahkan menurut {_listed(subject.dimension)}" if subject.dimension else ""
    described = {
        "title": subject.title,
        "notes": (
            f"Dicatat {agency.title} dari {source[0].lower()}{source[1:]} untuk delapan kecamatan Kota Nusasari, "
            f"tahun {YEARS[0]}–{YEARS[-1]}{kinds}. {CAUTION}"
        ),
        "tag_string": ",".join(dict.fromkeys((subject.topic, *_words(subject.title)))),
        "jenis_data": "keuangan" if subject.unit.startswith("rupiah") else "statistik",
        "indikator_variabel": "indikator" if subject.unit in ("persen", "indeks") else "variabel",
        "konsep": f"{measured.capitalize()} adalah keterangan tentang {subject.topic} yang dicatat {agency.title}.",
        "definisi": (
            f"Nilai kolom {subject.measure} dalam satuan {subject.unit} untuk tiap kecamatan pada akhir tahun data"
            f"{kinds}; yang belum diverifikasi tidak dihitung."
        ),
        "urusan": affair,
        "kategori_rad": category,
        "penanggung_jawab": position,
        "walidata": "Dinas Komunikasi dan Informatika",
        "kontak": f"{subject.agency}@nusasari.example",
        "sumber_referensi": source,
        "access_level": subject.level,
        "license_id": "cc-by" if subject.level == "terbuka" else "other-closed",
        "jadwal_pemutakhiran": subject.frequency,
        "periode_data": f"{YEARS[0]}/{YEARS[-1]}",
        "cakupan_wilayah": AREA,
        "kode_referensi_wilayah": "tanpa",
        "ukuran": {"persen": "Persentase", "indeks": "Indeks"}.get(
            subject.unit, "Nilai" if subject.unit.startswith("rupiah") else "Jumlah"
        ),
        "satuan": subject.unit,
        "klasifikasi_penyajian": breakdown,
        "metode_pengumpulan": "Survei" if subject.agency in ("dpupr", "dlh") else "Kompilasi produk administrasi",
        "level_estimasi": "Kecamatan",
        "id_ddd": f"DDD-NSR-{number:04d}",
        "kode_standar_data": "N/A",
        "id_ddp": "-",
    }
    if number % 3 == 0:
        described |= {"kode_metadata": f"MS-Var-NSR-{number:03d}"}
    if subject.level != "terbuka":
        described |= restriction(subject, until)
    return described


def restriction(subject: Subject, until: date) -> dict[str, str]:
    """Ground, legal basis and period of what is not open."""
    ground = GROUNDS.get(subject.title) or ("17h" if subject.level == "terbatas" else "17j")
    stated = {"access_ground": ground, "access_basis": BASIS.get(ground) or BASIS[""]}
    if subject.title == PERMANENT:
        return {**stated, "access_permanent": "true", "access_review_on": until.isoformat()}
    return {
        **stated,
        "access_until": until.isoformat(),
        "access_review_on": until.replace(year=until.year - 1).isoformat(),
    }


# What an operator has not found out yet.
LATER = ("definisi", "sumber_referensi", "klasifikasi_penyajian", "metode_pengumpulan", "id_ddd", "access_basis")


def unfinished(description: dict[str, Any], number: int) -> dict[str, Any]:
    """The description of a draft: some of what is demanded is not there yet."""
    left_out = LATER[: 2 + number % (len(LATER) - 1)]
    return {name: value for name, value in description.items() if name not in left_out}


def columns(subject: Subject) -> str:
    """What the columns of the file mean, in one sentence."""
    kinds = f" dan kategori ({_listed(subject.dimension)})" if subject.dimension else ""
    return (
        f"Satu baris untuk tiap kecamatan{kinds} dan tahun; nilainya di kolom {subject.measure}, "
        "satuannya di kolom satuan. Nomor kecamatan hanya untuk contoh ini."
    )


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])}{',' * (len(words) > 2)} dan {words[-1]}" if len(words) > 1 else words[0]


def _words(title: str) -> list[str]:
    return [word.lower() for word in title.replace("/", " ").split() if len(word) > 5 and word not in COMMON][:3]
