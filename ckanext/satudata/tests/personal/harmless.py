"""Files with nothing of persons whose shapes are alike those of `wrappers`: open data as agencies publish it."""

from __future__ import annotations

from typing import Any

_PLACES = ("Klojen", "Sukun", "Blimbing", "Lowokwaru", "Kedungkandang", "Bumiayu")
_AREA = [[[112.6112345678, -7.9123456789], [112.7112345678, -7.8123456789], [112.5, -7.9], [112.6, -7.9]]]
_ID = "0f9a{:04d}-3c1d-4f7e-9b1a-2f4455667{:03d}"

JSON: dict[str, Any] = {
    "tags": {"datasets": [{"nama": "APBD", "tags": ["keuangan", "anggaran"], "tahun": [2022, 2023, 2024]}] * 5},
    "list of tags": ["pendidikan, dasar", "kesehatan; ibu", "perhubungan | darat"],
    "routes": {"rute": [{"nama": "AMG", "koordinat": [[112.61, -7.95], [112.62, -7.96], [112.63, -7.97]]}] * 5},
    "series": {"indikator": "PDRB", "tahun": [2019, 2020, 2021], "nilai": [1.2, 2.3, 3.4]},
    "series by place": {"Klojen": [12, 13, 14], "Sukun": [22, 23, 24]},
    "series in rows": [{"kecamatan": one, "nilai": [12, 13, 14]} for one in _PLACES],
    "daily": {f"2024-01-{day:02}": day * 1000 for day in range(1, 31)},
    "daily by place": {one: {f"2024-01-{day:02}": day * 12345 for day in range(1, 31)} for one in _PLACES},
    "yearly by place": {str(year): dict.fromkeys(_PLACES, year * 3) for year in range(1990, 2024)},
    "polygons": {
        "type": "FeatureCollection",
        "bbox": [112.5, -8.0, 112.7, -7.9],
        "features": [
            {
                "type": "Feature",
                "properties": {"kecamatan": one, "kode": f"35.73.0{n}", "luas": 8.83},
                "geometry": {"type": "MultiPolygon", "coordinates": [_AREA]},
            }
            for n, one in enumerate(_PLACES)
        ],
    },
    "points": {
        "fasilitas": [{"nama": f"Puskesmas {one}", "lokasi": "-7.9831234567, 112.6231234567"} for one in _PLACES]
    },
    "DataStore": {
        "success": True,
        "result": {
            "records": [{"kecamatan": one, "tahun": 2024, "jumlah": 5} for one in _PLACES],
            "fields": [{"id": "kecamatan", "type": "text"}, {"id": "tahun"}, {"id": "jumlah"}],
            "total": 3,
            "_links": {"start": "/a", "next": "/b"},
        },
    },
    "CKAN": {
        "success": True,
        "result": {
            "count": 9,
            "results": [
                {
                    "id": _ID.format(n, n),
                    "title": "APBD",
                    "metadata_created": f"2024-0{n}-12T09:00:00.123456",
                    "metadata_modified": f"2025-0{n}-12T09:00:00.123456",
                    "tags": [{"name": "uang"}, {"name": "anggaran"}],
                    "groups": [],
                    "notes": "Data per 12 Maret 2024 dari Dinas Kesehatan, diperbarui setiap tahun.",
                    "resources": [
                        {"format": "CSV", "size": 12345678, "url": f"https://data.contoh.id/d/{n}/a-20240112.csv"}
                    ],
                }
                for n in range(1, 10)
            ],
        },
    },
    "CKAN, one": {
        "help": "https://data.contoh.id/api/3/action/help_show?name=package_show",
        "success": True,
        "result": {
            "id": _ID.format(1, 1),
            "metadata_created": "2024-01-12T09:00:00.123456",
            "version": "1.0",
            "metadata_modified": "2025-01-12T09:00:00.123456",
            "license_id": "cc-by",
            "maintainer": "Dinas Kominfo",
            "release": "2023-05-01",
            "begin": "2019-01-01",
            "end": "2023-12-31",
            "size": 123456789,
        },
    },
    "list of BPS": {
        "status": "OK",
        "data": [
            {"page": 1, "pages": 1, "total": 2},
            [{"var_id": 1, "title": "Jumlah penduduk"}, {"var_id": 2, "title": "Luas"}],
        ],
    },
    "codes of BPS": {f"35730110{n:02}": f"Kelurahan {one}" for n, one in enumerate(_PLACES)},
    "table of BPS": {
        "var": [{"val": 123, "label": "Penduduk"}],
        "turvar": [{"val": 0, "label": "Tidak ada"}],
        "vervar": [{"val": n, "label": one} for n, one in enumerate(_PLACES)],
        "tahun": [{"val": 120 + n, "label": str(2020 + n)} for n in range(4)],
        "datacontent": {f"{n}1230{year}0": 800000 + n * year for n in range(6) for year in range(120, 124)},
    },
    "rows": {"columns": ["kecamatan", "2022", "2023"], "rows": [["Klojen", 1, 2], ["Sukun", 3, 4]]},
    "chart": {"labels": ["Jan", "Feb", "Mar"], "datasets": [{"label": "2023", "data": [1, 2, 3]}]},
    "timetable": [
        {"halte": "Arjosari", "jam": ["05:00", "05:30", "06:00"]},
        {"halte": "Gadang", "jam": ["05:10", "05:40"]},
    ],
    "budget": {one: 1_000_000_000 * n + 250_000 for n, one in enumerate(_PLACES, 3)},
    "budget by rows": [
        {"urusan": one, "pagu": 12_500_000_000 + n * 1000, "realisasi": 9_123_456_789 * n}
        for n, one in enumerate(_PLACES)
    ],
    "SPARQL": {
        "head": {"vars": ["kecamatan", "jumlah"]},
        "results": {
            "bindings": [
                {"kecamatan": {"type": "literal", "value": one}, "jumlah": {"type": "literal", "value": "12"}}
                for one in _PLACES
            ]
        },
    },
    "JSON-LD": {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "APBD",
        "distribution": [{"@type": "DataDownload", "contentUrl": "https://data.contoh.id/a.csv"}],
        "temporalCoverage": "2019-01-01/2023-12-31",
        "datePublished": "2024-01-12",
    },
    "text of a page": {
        "konten": "<h1>Rekap</h1><p>Data diperbarui 12 Maret 2024 oleh Dinas Kesehatan.</p>",
        "tahun": 2024,
    },
}

ROWS: dict[str, list[list[Any]]] = {
    "papers": [
        ["Nomor dan tanggal SK", "Perihal"],
        *([f"SK Nomor 188.45/{n}/35.73.112/2024 tanggal 12 Maret 2024", "Izin"] for n in range(40)),
    ],
    "orders": [
        ["No SP2D", "Keterangan"],
        *([f"0012{n:06}/SP2D/2024", f"SP2D Nomor 00123456{n:02} tgl 1{n % 9}/03/2024"] for n in range(40)),
    ],
    "periods": [
        ["Kegiatan", "Waktu"],
        *([f"Pelatihan {n}", f"{n % 20 + 1:02}/01/2024 s.d. {n % 20 + 5:02}/02/2024"] for n in range(40)),
    ],
    "reports": [
        ["Tanggal", "Uraian"],
        *(["2024-01-12", f"Rapat koordinasi {n} pada 12 Maret 2024 di balai kota bersama warga."] for n in range(40)),
    ],
    "places": [["Puskesmas", "Lokasi"], *([f"Puskesmas {n}", f"-7.98{n:08}, 112.62{n:08}"] for n in range(40))],
    "shapes": [
        ["Nama", "wkt"],
        *([f"Taman {n}", f"POLYGON((112.6{n:08} -7.9{n:08}, 112.7 -7.8, 112.5 -7.9))"] for n in range(40)),
    ],
    "links": [
        ["Judul", "Tautan"],
        *([f"Laporan {n}", f"https://contoh.id/berkas/2024/03/12/laporan-20240312{n:04}.pdf"] for n in range(40)),
    ],
    "offices": [
        ["Kantor", "Kontak"],
        *([f"Dinas {n}", f"Jl. Tugu No. {n}, Telp. (0341) 5512{n:02}, Fax 0341-5513{n:02}"] for n in range(40)),
    ],
    "amounts": [["Uraian", "Anggaran"], *([f"Belanja {n}", f"Rp {n + 1}.250.000.000 (2024)"] for n in range(40))],
    "schools": [["NPSN", "Sekolah"], *([20530000 + n, f"SDN {n} Klojen"] for n in range(40))],
    "columns of years": [
        ["Uraian", *range(2018, 2025)],
        *([f"Belanja {n}", *(12_345_678_901 + n * year for year in range(7))] for n in range(40)),
    ],
    "weather": [["waktu", "suhu", "hujan"], *([f"20{n % 24:02}-01-12T09:00:00+07:00", 21.5, 3] for n in range(60))],
    "lists": [["kode", "komoditas"], *([n, "padi; jagung; kedelai"] for n in range(40))],
    "monuments": [
        ["objek", "tahun", "keterangan"],
        *([f"Gedung {n}", 1930 + n, "baik, terawat, dipakai"] for n in range(40)),
    ],
}
