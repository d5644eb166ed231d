"""A dataset with everything the verifier needs, for tests of every room."""

from __future__ import annotations

from typing import Any


def full_dataset(**changes: Any) -> dict[str, Any]:
    """All demanded fields of an open statistical dataset but `owner_org` and `resources`, with your changes."""
    return {
        "title": "Jumlah Murid Sekolah Dasar Menurut Kecamatan",
        "notes": "Jumlah murid sekolah dasar negeri dan swasta di setiap kecamatan.",
        "jenis_data": "statistik",
        "indikator_variabel": "variabel",
        "konsep": "Murid adalah orang yang terdaftar di sekolah.",
        "definisi": "Murid kelas 1 sampai 6 yang terdaftar pada 31 Agustus.",
        "penanggung_jawab": "Kepala Bidang Pendidikan Dasar",
        "walidata": "Dinas Komunikasi dan Informatika",
        "sumber_referensi": "Data pokok pendidikan",
        "access_level": "terbuka",
        "license_id": "cc-by",
        "jadwal_pemutakhiran": "tahunan",
        "periode_data": "2019/2024",
        "cakupan_wilayah": "35.73",
        "ukuran": "Jumlah",
        "satuan": "orang",
        "klasifikasi_penyajian": "kecamatan; jenis kelamin",
        "metode_pengumpulan": "Kompilasi produk administrasi",
        "id_ddd": "DDD-0001",
        "kode_standar_data": "N/A",
        **changes,
    }


def restricted(**changes: Any) -> dict[str, Any]:
    """The fields of a whole restriction, with your changes."""
    return {"access_ground": "17h", "access_basis": "UU 27/2022 pasal 4", "access_until": "2030-12-31", **changes}
