"""The part of the corpus on which the rules were tuned."""

from __future__ import annotations

import itertools
from random import Random

from ckanext.satudata.tests.personal import values as v
from ckanext.satudata.tests.personal.tables import Case, Col

SEED = 20_000


def _written_npwp(chance: Random) -> str:
    one = v.npwp(chance)
    return f"{one[:2]}.{one[2:5]}.{one[5:8]}.{one[8]}-{one[9:12]}.{one[12:]}"


def _grouped(mark: str, text: str) -> str:
    return mark.join(text[at : at + 4] for at in range(0, len(text), 4))


FOUND = {
    "nik": [
        (("NIK", "nik", "no_nik", "Nomor Induk Kependudukan", "NIK/No KTP", "nik_kepala"), v.nik),
        (("", "kode", "keterangan", "id", "F5", "nomor_register"), v.nik),
    ],
    "nik_damaged": [
        (("NIK", "nik"), lambda c: f"'{v.nik(c)}"),
        (("nik", ""), lambda c: _grouped(" ", v.nik(c))),
        (("NIK",), lambda c: _grouped(".", v.nik(c))),
        (("NIK", "id"), lambda c: f"{v.nik(c)}.0"),
        (("NIK",), lambda c: f"{float(v.nik(c)):.5E}"),
        (("NIK",), lambda c: f"{float(v.nik(c)):.5E}".replace(".", ",")),
        (("NIK", "kolom1"), lambda c: v.nik(c)[:-1] + "0"),
    ],
    "kk": [(("No KK", "kk", "nomor_kk", "NO. KARTU KELUARGA", ""), v.kk)],
    "npwp": [(("NPWP", "npwp_wp", "", "kode"), _written_npwp), (("NPWP", "no_npwp"), v.npwp)],
    "nip": [
        (("NIP", "nip_pegawai", "", "kode"), v.nip),
        (("NIP",), lambda c: (lambda n: f"{n[:8]} {n[8:14]} {n[14]} {n[15:]}")(v.nip(c))),
    ],
    "passport": [(("Paspor", "No. Paspor", "passport_number"), v.passport)],
    "bpjs": [(("No BPJS", "bpjs_kesehatan", "NO JKN"), lambda c: "000" + v.digits(c, 10))],
    "phone": [
        (("No HP", "telepon", "no_telp", "WA", "", "kontak"), v.mobile),
        (("HP",), lambda c: "+62" + v.mobile(c)[1:]),
        (("HP", "no_wa"), lambda c: _grouped("-", v.mobile(c))),
        (("HP",), lambda c: v.mobile(c)[1:]),
    ],
    "email": [(("Email", "e_mail", "", "keterangan"), v.mail)],
    "bank_account": [(("No Rekening", "norek", "rekening_bank"), v.account)],
    "plate": [(("Nopol", "plat", ""), v.plate)],
    "birth_date": [
        (("Tanggal Lahir", "tgl_lahir"), lambda c: f"{v.birth(c)}"),
        (("tgl_lahir", "TANGGAL LAHIR"), lambda c: f"{v.birth(c):%d-%m-%Y}"),
        (("TTL", "tempat_tanggal_lahir", ""), lambda c: f"{c.choice(v.PLACES)}, {v.birth(c):%d-%m-%Y}"),
    ],
}
HINTS = {
    "name": [(("Nama", "nama_lengkap", "Nama Penerima", ""), v.name)],
    "address": [(("Alamat", "alamat_rumah"), v.address)],
}
NOTHING = [
    (("Kode Rekening",), lambda c: f"5.1.02.01.0{c.randrange(9)}.{v.digits(c, 4)}"),
    (("kode_rekening", "akun"), lambda c: "51020101" + v.digits(c, 4)),
    (("rekening",), lambda c: f"5.1.02.01.0{c.randrange(9)}.{v.digits(c, 4)}"),
    (("kode_wilayah",), lambda c: f"35.73.0{c.randrange(1, 6)}.100{c.randrange(1, 9)}"),
    (("kode_desa",), lambda c: f"35730{c.randrange(1, 6)}100{c.randrange(1, 9)}"),
    (("npsn", "NPSN"), lambda c: "205" + v.digits(c, 5)),
    (("kode_barang",), lambda c: f"1.3.2.05.01.04.{v.digits(c, 3)}"),
    (("nomor_aset", "kode_aset"), lambda c: v.digits(c, 16)),
    (("nilai", "rasio"), lambda c: f"0.{v.digits(c, 15)}{c.choice('123456789')}"),
    (("bobot",), lambda c: f".{'3' * 16}"),
    (("anggaran", "nilai_kontrak"), lambda c: c.randrange(10**7, 10**11)),
    (("tahun",), lambda c: c.randrange(2010, 2026)),
    (("tanggal", "tgl_kontrak"), lambda c: f"{c.randrange(1, 29):02}/{c.randrange(1, 13):02}/2024"),
    (("nik",), lambda c: f"{v.nik(c)[:4]}********{v.digits(c, 4)}"),
    (("NIK",), lambda c: "X" * 16),
    (("no_hp",), lambda c: f"0812****{v.digits(c, 4)}"),
    (("email",), lambda c: f"{c.choice('abc')}***@contoh.id"),
    (("nama_jalan",), lambda c: f"Jl. {c.choice(v.STREETS)}"),
    (("nama_sekolah",), lambda c: f"SD {c.choice(('Kartini', 'Sudirman', 'Diponegoro'))} {c.randrange(9)}"),
    (("telepon_kantor",), lambda c: f"(0341) {v.digits(c, 6)}"),
    (("telepon",), lambda c: f"0341-{c.randrange(3, 9)}{v.digits(c, 5)}"),
    (("email_kantor", "email"), lambda c: f"{c.choice(('info', 'kel.kauman', 'dispendik'))}@nusasari.go.id"),
    (("alamat_kantor",), lambda c: f"Jl. {c.choice(v.STREETS)} No. {c.randrange(99)}"),
    (("kelas",), lambda c: f"{c.choice('ABC')} {c.randrange(1, 9)}"),
    (("latitude",), lambda c: f"-7.{v.digits(c, 14)}"),
    (("jumlah_kk", "jumlah_nik"), lambda c: c.randrange(10, 4000)),
    (("nomor_dokumen",), lambda c: f"A{v.digits(c, 5)}/{c.randrange(2000, 2024)}"),
    (("id_transaksi",), lambda c: "20240" + v.digits(c, 13)),
]
LABELLED = {
    "nik": (("NIK", "No KTP", "nik:"), v.nik),
    "kk": (("No KK", "Nomor Kartu Keluarga"), v.kk),
    "npwp": (("NPWP",), _written_npwp),
    "nip": (("NIP", "NIP."), v.nip),
    "passport": (("No Paspor",), v.passport),
    "bpjs": (("No BPJS",), lambda c: "000" + v.digits(c, 10)),
    "phone": (("No HP", "HP", "WA"), v.mobile),
    "email": (("Email",), v.mail),
    "bank_account": (("No Rekening", "No. Rekening Bank"), v.account),
    "plate": (("Nopol",), v.plate),
    "birth_date": (("Tgl Lahir", "Tanggal Lahir"), lambda c: f"{v.birth(c):%d/%m/%Y}"),
}
"""What words within a sheet name, left of a value or above some."""
BESIDE = [
    ("Kode Rekening", lambda c: f"5.1.02.01.0{c.randrange(9)}.{v.digits(c, 4)}"),
    ("NPSN", lambda c: "205" + v.digits(c, 5)),
    ("Telepon kantor", lambda c: f"(0341) {c.randrange(3, 9)}{v.digits(c, 5)}"),
    ("BPJS Kesehatan", lambda c: c.randrange(10**9, 10**11)),
    ("Kelahiran", lambda c: c.randrange(17_000, 45_000)),
    ("Tabungan", lambda c: c.randrange(10**10, 10**12)),
    ("Tahun", lambda c: c.randrange(2015, 2026)),
    ("Rasio", lambda c: f"0.{v.digits(c, 16)}"),
    ("Tanggal SK", lambda c: f"{c.randrange(1, 29):02}/{c.randrange(1, 13):02}/2024"),
    ("Kode Desa", lambda c: f"35730{c.randrange(1, 6)}100{c.randrange(1, 9)}"),
]
"""What words within a sheet name and is nothing of a person."""
DATE_PARTS = [("tgl lahir", "bln lahir", "thn lahir"), ("Tanggal", "Bulan", "Tahun Kelahiran")]
ABOVE = [
    ("DATA PENERIMA BANTUAN", None),
    ("Kota Nusasari, Tahun 2024", None),
    ("Kantor: Jl. Melati 2 Telp. (0341) 551000 Hotline 081234567890", None),
    ("Kontak Budi Santoso 081298765432", "phone"),
]


def pick(chance: Random, pool: list, kind: str | None) -> Col:
    """A column of the pool, sometimes almost empty."""
    heads, make = chance.choice(pool)
    return Col(chance.choice(heads), make, kind, 0.03 if chance.random() < 0.1 else 1.0)


def distinct(cols: list[Col]) -> None:
    """No two columns with the same heading, which JSON would merge."""
    for at, col in enumerate(cols):
        if col.head in [other.head for other in cols[:at]]:
            col.head = f"{col.head} {at}".strip()


def numbered() -> Col:
    """A running number."""
    count = itertools.count(1)
    return Col("No", lambda chance: next(count))


def cases(count: int, begin: int = 0) -> list[Case]:
    """So many of them; the n-th is always the same."""
    made = []
    for number in range(begin, begin + count):
        chance = Random(SEED + number)
        kinds = chance.sample(sorted(FOUND), chance.choice((0, 1, 2, 3, 4)))
        cols = [pick(chance, FOUND[kind], kind) for kind in kinds]
        if kinds and chance.random() < 0.5:
            cols += [pick(chance, pool, kind) for kind, pool in HINTS.items()]
        cols += [Col(chance.choice(heads), make) for heads, make in chance.sample(NOTHING, chance.choice((3, 4, 5)))]
        chance.shuffle(cols)
        cols.insert(0, numbered())
        distinct(cols)
        form = chance.choice(("csv", "xlsx", "ods", "json"))
        rows, mark = chance.choice((50, 120, 300)), chance.choice(",;\t|")
        case = Case(f"tuned{number}", form, cols, rows, sheet="Lembar 1", mark=mark)
        if form != "json":
            case.above = chance.sample(ABOVE, 2) if chance.random() < 0.5 else []
            # Without headings nobody can tell an account from another number.
            is_named = {"bank_account", "passport", "bpjs"} & {col.kind for col in cols}
            case.has_heads = bool(is_named) or chance.random() > 0.1
            if chance.random() < 0.3:
                case.below = [("Sumber: Dinas Sosial", None), ("NIP 19800101 200501 1 001", "nip")]
        if form in ("xlsx", "ods"):
            case.is_hidden = chance.random() < 0.2 and form == "xlsx"
            if chance.random() < 0.3:
                case.comments = [(1, f"NIK {v.nik(chance)}", "nik")]
            cols[-1].is_hidden = chance.random() < 0.3
        made.append(case)
    return made
