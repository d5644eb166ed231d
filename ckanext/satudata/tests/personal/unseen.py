"""The part of the corpus that is kept apart: written before the rules, with headings, layouts, spellings and
look-alikes of its own, and seeds that the other part never uses. The rules are tuned on `tuned.py`
alone; this is run at the end.
"""

from __future__ import annotations

from random import Random

from ckanext.satudata.tests.personal import values as v
from ckanext.satudata.tests.personal.tables import Case, Col

SEED = 910_000
_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]


def _spelt_out(chance: Random) -> str:
    born = v.birth(chance)
    return f"{born.day} {_MONTHS[born.month - 1]} {born.year}"


def _spaced_mobile(chance: Random) -> str:
    number = v.mobile(chance)
    return f"(+62) {number[1:4]}-{number[4:8]}-{number[8:]}"


def _dotted_npwp(chance: Random) -> str:
    one = v.npwp(chance)
    return f"{one[:2]}.{one[2:5]}.{one[5:8]}.{one[8]}-{one[9:12]}.{one[12:]}"


def _spaced_nip(chance: Random) -> str:
    one = v.nip(chance)
    return f"{one[:8]} {one[8:14]} {one[14]} {one[15:]}"


_FOUND = {
    "nik": [
        (("No. KTP", "Nomor KTP", "N.I.K.", "NIK Penerima", "no_ktp_pemohon", "KTP"), v.nik),
        (("nomor", "Kolom C", "uraian", "ref", "kode_unik"), v.nik),
    ],
    "nik_damaged": [
        (("No KTP", "NIK Warga", "identitas"), lambda c: f"'{v.nik(c)}"),
        (("KTP Nomor", "NIK Ibu"), lambda c: f"{v.nik(c)}.0"),
        (("nik_suami", "nomor"), lambda c: (lambda n: f"{n[:4]} {n[4:8]} {n[8:12]} {n[12:]}")(v.nik(c))),
        (("NIK (KTP)",), lambda c: f"{float(v.nik(c)):.14e}".replace("e", "E")),
    ],
    "kk": [(("Nomor Kartu Keluarga", "No.KK", "nkk", "KK Nomor", "id_keluarga"), v.kk)],
    "npwp": [
        (("NPWP Pribadi", "Nomor Pokok WP", "no npwp"), _dotted_npwp),
        (("npwp15", "nomor pajak"), v.npwp),
    ],
    "nip": [
        (("NIP Pegawai", "Nomor Induk Pegawai", "nip_baru", "NIP."), v.nip),
        (("NIP Atasan", "id_peg"), _spaced_nip),
    ],
    "passport": [(("No Paspor", "Nomor Passport", "paspor_jemaah"), v.passport)],
    "bpjs": [(("No. Kartu BPJS", "nomor_jkn", "no_peserta_bpjs"), lambda c: "000" + v.digits(c, 10))],
    "phone": [
        (("No. Handphone", "Nomor WA", "hp", "Kontak Pemohon", "telp_wali"), v.mobile),
        (("kontak", "WhatsApp", "nomor_hp_ortu"), _spaced_mobile),
        (("No HP Ketua", "k7"), lambda c: "62" + v.mobile(c)[1:]),
    ],
    "email": [(("Surel", "alamat_email", "E-mail Pemohon", "kontak_2"), v.mail)],
    "bank_account": [
        (("Norek", "No. Rekening Bank", "nomor rekening penerima", "rek_bank"), v.account),
    ],
    "plate": [
        (("Nopol", "No. Polisi", "plat_nomor", "TNKB"), v.plate),
        (("kendaraan", "x3"), lambda c: v.plate(c).replace(" ", "")),
    ],
    "birth_date": [
        (("Tgl. Lahir", "tgl_lhr", "Tanggal Lahir Anak"), lambda c: f"{v.birth(c):%d/%m/%Y}"),
        (("DOB", "lahir"), _spelt_out),
        (("Tempat/Tgl Lahir", "TTL"), lambda c: f"{c.choice(v.PLACES)}, {v.birth(c):%d-%m-%Y}"),
    ],
}
_HINTS = {
    "name": [(("Nama Penerima Bantuan", "nama_wp", "NAMA LENGKAP SISWA"), v.name)],
    "address": [(("Alamat Rumah", "domisili", "alamat_ktp"), v.address)],
}
_NOTHING = [
    (
        ("Kode Kegiatan", "kd_subkegiatan"),
        lambda c: f"1.0{c.randrange(1, 9)}.02.2.0{c.randrange(1, 9)}.00{v.digits(c, 2)}",
    ),
    (("kode_akun", "Kode Rekening Belanja"), lambda c: f"5.1.02.0{c.randrange(1, 5)}.01.00{v.digits(c, 2)}"),
    (("rekening_belanja",), lambda c: "5102" + v.digits(c, 8)),
    (("id_desa", "Kode Kelurahan"), lambda c: "3573" + f"{c.randrange(1, 6):02}" + f"100{c.randrange(1, 9)}"),
    (("NPSN Sekolah", "npsn"), lambda c: "2053" + v.digits(c, 4)),
    (
        ("nomor_register_aset", "No Inventaris"),
        lambda c: f"12.13.35.11.{v.digits(c, 2)}.{v.digits(c, 4)}.{v.digits(c, 6)}",
    ),
    (("Kode Aset", "nup"), lambda c: "1312" + v.digits(c, 12)),
    (("rasio", "proporsi"), lambda c: f"0.{c.choice('123456789')}{v.digits(c, 15)}"),
    (("koefisien",), lambda c: f".{v.digits(c, 16)}"),
    (("nilai_pagu", "Realisasi (Rp)"), lambda c: str(c.randrange(10**8, 10**11))),
    (("Tahun Anggaran",), lambda c: c.randrange(2015, 2025)),
    (("tgl_surat", "Tanggal Realisasi"), lambda c: f"2023-{c.randrange(1, 13):02}-{c.randrange(1, 29):02}"),
    (("nik_samar", "NIK (disamarkan)"), lambda c: v.nik(c)[:6] + "******" + v.digits(c, 4)),
    (("hp_samar",), lambda c: v.mobile(c)[:4] + "xxxx" + v.digits(c, 3)),
    (("surel_samar",), lambda c: f"{c.choice('abcdef')}****@contoh.id"),
    (("Jalan", "ruas_jalan"), lambda c: f"Jalan {c.choice(v.STREETS)}"),
    (("SATUAN PENDIDIKAN",), lambda c: f"SMA {c.choice(('Kartini', 'Sudirman', 'Ki Hajar'))} {c.randrange(1, 9)}"),
    (("hotline kantor", "Telp. Dinas"), lambda c: f"(0341) {c.randrange(3, 9)}{v.digits(c, 5)}"),
    (("email_dinas", "surel resmi"), lambda c: f"{c.choice(('dinkes', 'dispendik', 'bappeda'))}@nusasari.go.id"),
    (("ALAMAT KANTOR",), lambda c: f"Jl. {c.choice(v.STREETS)} No. {c.randrange(1, 90)}"),
    (("kode_kelas",), lambda c: f"{c.choice('ABC')}{c.randrange(1, 12)}"),
    (("no_surat",), lambda c: f"188.45/{c.randrange(1, 900)}/35.73.411/2024"),
    (("jumlah_penderita",), lambda c: c.randrange(1, 900)),
    (("barcode", "isbn"), lambda c: "978" + v.digits(c, 10)),
    (("waktu_unix",), lambda c: c.randrange(1_600_000_000, 1_700_000_000)),
]
LABELLED = {
    "nik": (("Nomor KTP", "N I K", "NIK Kepala Keluarga", "nik_penerima"), v.nik),
    "kk": (("No. KK", "nkk"), v.kk),
    "npwp": (("No. NPWP", "npwp pribadi"), _dotted_npwp),
    "nip": (("Nomor Induk Pegawai", "nip_baru"), _spaced_nip),
    "passport": (("Nomor Paspor", "paspor"), v.passport),
    "bpjs": (("Nomor Kartu BPJS", "no jkn"), lambda c: "000" + v.digits(c, 10)),
    "phone": (("Telp/WA", "Nomor Handphone", "kontak wali"), _spaced_mobile),
    "email": (("Surel", "Alamat e-mail"), v.mail),
    "bank_account": (("Nomor Rekening", "norek", "No.Rek BRI"), v.account),
    "plate": (("No. Polisi", "TNKB"), v.plate),
    "birth_date": (("Lahir", "Tempat, Tanggal Lahir", "tgl_lhr"), _spelt_out),
}
BESIDE = [
    ("Kode Akun", lambda c: "5102" + v.digits(c, 8)),
    ("Telp. Dinas", lambda c: f"0341-{c.randrange(3, 9)}{v.digits(c, 5)}"),
    ("Surel resmi", lambda c: f"{c.choice(('dinkes', 'dispendik', 'bappeda'))}@nusasari.go.id"),
    ("Iuran JKN", lambda c: c.randrange(10**9, 10**11)),
    ("Lahir hidup", lambda c: c.randrange(17_000, 45_000)),
    ("Saldo tabungan", lambda c: c.randrange(10**10, 10**12)),
    ("Jumlah KK", lambda c: c.randrange(1000, 90_000)),
    ("Koefisien", lambda c: f".{v.digits(c, 16)}"),
    ("Tanggal berdiri", lambda c: f"{v.birth(c):%d-%m-%Y}"),
    ("No Register Aset", lambda c: f"12.13.35.11.{v.digits(c, 2)}.{v.digits(c, 4)}.{v.digits(c, 6)}"),
    ("Kendaraan dinas", lambda c: c.randrange(1, 90)),
]
DATE_PARTS = [("tgl_lhr", "bln_lhr", "thn_lhr"), ("TGL", "BLN", "TAHUN LAHIR")]
_ABOVE = [
    ("DAFTAR PENERIMA MANFAAT TAHUN 2024", None),
    ("Dinas Sosial, Jl. Veteran 10, telp. (0341) 551234", None),
    ("Kode rekening 5.1.02.01.01.0026", None),
]


def _pick(chance: Random, pool: list, kind: str | None) -> Col:
    heads, make = chance.choice(pool)
    return Col(chance.choice(heads), make, kind, 0.03 if chance.random() < 0.08 else 1.0)


def numbered() -> Col:
    """A running number."""
    count = iter(range(1, 10**6))
    return Col("No", lambda chance: next(count))


def cases(count: int, begin: int = 0) -> list[Case]:
    """So many of them; the n-th is always the same."""
    made = []
    for number in range(begin, begin + count):
        chance = Random(SEED + number)
        kinds = chance.sample(sorted(_FOUND), chance.choice((0, 1, 2, 3)))
        cols = [_pick(chance, _FOUND[kind], kind) for kind in kinds]
        if kinds and chance.random() < 0.5:
            cols += [_pick(chance, pool, kind) for kind, pool in _HINTS.items()]
        cols += [Col(chance.choice(heads), make) for heads, make in chance.sample(_NOTHING, chance.choice((4, 5, 6)))]
        chance.shuffle(cols)
        for at, col in enumerate(cols):
            col.head = col.head if col.head not in [other.head for other in cols[:at]] else f"{col.head} {at}"
        cols.insert(0, numbered())
        form = chance.choice(("csv", "xlsx", "ods", "json"))
        case = Case(
            f"unseen{number}", form, cols, chance.choice((60, 150, 400)), sheet="Data", mark=chance.choice(",;\t")
        )
        if form != "json" and chance.random() < 0.5:
            case.above = chance.sample(_ABOVE, 2)
        if form != "json" and chance.random() < 0.25:
            case.below = [("Mengetahui, Kepala Dinas", None), (f"NIP. {_spaced_nip(chance)}", "nip")]
        if form in ("xlsx", "ods"):
            case.is_hidden = form == "xlsx" and chance.random() < 0.2
            if chance.random() < 0.3:
                case.comments = [(len(cols) - 1, f"konfirmasi ke {v.mobile(chance)}", "phone")]
            chance.choice(cols[1:]).is_hidden = chance.random() < 0.3
        made.append(case)
    return made
