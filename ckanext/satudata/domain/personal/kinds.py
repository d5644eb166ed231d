"""Kinds of personal data, where they are found, and what headings say of a column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What a finding is; the values are those of the scan's JSON."""

    NIK = "nik"
    KK = "kk"
    NIK_DAMAGED = "nik_damaged"
    NPWP = "npwp"
    NIP = "nip"
    PASSPORT = "passport"
    BPJS = "bpjs"
    PHONE = "phone"
    EMAIL = "email"
    BANK_ACCOUNT = "bank_account"
    PLATE = "plate"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    NAME = "name"
    COORDINATES = "coordinates"
    FREE_TEXT = "free_text"
    HEALTH = "health"


HINTS = frozenset({Kind.ADDRESS, Kind.NAME, Kind.COORDINATES, Kind.FREE_TEXT, Kind.HEALTH})
"""What a person must judge; the others have a structure."""


class Where(str, Enum):
    """Where it stands."""

    CELLS = "cells"
    HEADER = "header"
    TITLE = "title"
    FOOTER = "footer"
    COMMENT = "comment"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Finding:
    """`sheet` is "" where a file has none; `column` counts from 0, None outside the table; `header` is its heading, or
    the word within the sheet that names the values; `share` of filled cells and `confidence` are 0–1."""

    sheet: str
    column: int | None
    header: str
    kind: Kind
    share: float
    confidence: float
    where: Where

    def as_json(self) -> dict[str, Any]:
        """Plain values, in the order that is told to others."""
        return {
            "sheet": self.sheet,
            "column": self.column,
            "header": self.header,
            "kind": self.kind.value,
            "share": round(self.share, 4),
            "confidence": round(self.confidence, 2),
            "where": self.where.value,
        }


def words_of(head: str) -> str:
    """A heading in small letters with single spaces: `noKtp` as two words, abbreviations with dots as one."""
    text = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda found: found[0].replace(".", "") + " ", head)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.sub(r"[^0-9a-z]+", " ", text.lower()).strip()


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


_HEADS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.KK,
        _said(
            r"(?:no|nomor|nmr|nik)? ?(?:kk|nkk|kartu keluarga|no ?kk)|id keluarga|nomor keluarga|"
            r"family card(?: no| number)?"
        ),
    ),
    (
        Kind.NIP,
        _said(
            r"nip\d*|nipppk|ni pppk|nippppk|nomor induk pegawai|no induk pegawai|nomor induk asn|id peg(?:awai)?|nrk"
        ),
    ),
    (
        Kind.NPWP,
        _said(r"npwp\d*|nomor pokok (?:wajib pajak|wp)|(?:no|nomor) (?:wajib )?pajak|nppwp|tax id(?: number)?"),
    ),
    (
        Kind.BPJS,
        _said(r"bpjs|jkn|kis|jamsostek|kpj|(?:no|nomor) (?:kartu )?(?:peserta )?(?:bpjs|jkn|kis|jaminan kesehatan)"),
    ),
    (
        Kind.NIK,
        _said(
            r"niks?|n i k|e? ?ktp(?: el)?|nomor induk (?:kependudukan|penduduk)|no induk kependudukan|"
            r"(?:no|nomor)? ?(?:identitas|id)(?: (?:penduduk|kependudukan|diri))?|national id|id card|"
            r"noktp|nonik|niknya"
        ),
    ),
    (Kind.PASSPORT, _said(r"(?:no|nomor)? ?(?:pas+port?|passpor|paspor)\w*")),
    (Kind.EMAIL, _said(r"e ?mail|surel|email\w*|surat elektronik|mail|pos ?el")),
    (
        Kind.BANK_ACCOUNT,
        _said(
            r"no ?rek(?:ening)?|nomor rek(?:ening)?|rek(?:ening)?|rekening|rek bank|acc(?:ount)?(?: no|"
            r" number)?|(?:no|nomor) (?:buku )?tabungan"
        ),
    ),
    (
        Kind.PHONE,
        _said(
            r"hp|nohp|h p|handphone|hand phone|ponsel|telp?|telepon|tlp|telephone|phone|mobile|wa|"
            r"whats ?app|kontak|contact|"
            r"no ?hp|no ?wa|no ?telp|no ?tlp|seluler|gsm|cp"
        ),
    ),
    (
        Kind.PLATE,
        _said(
            r"nopol|no pol|(?:no|nomor) polisi|plat|pelat|plat nomor|tnkb|nrkb|(?:no|"
            r"nomor) plat|kendaraan|kend|license plate"
        ),
    ),
    (
        Kind.BIRTH_DATE,
        _said(
            r"lahir|tgllahir|tgl lhr|lhr|ttl|tanggal kelahiran|dob|birth(?: ?date| ?day)?|"
            r"date of birth|kelahiran|tetala"
        ),
    ),
)
_NOT: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.BANK_ACCOUNT,
        _said(
            r"kode|kd|belanja|akun|anggaran|pendapatan|uraian|nama|jenis|kas daerah|rkud|an|atas nama|"
            r"listrik|jumlah|saldo|nilai|nominal|total"
        ),
    ),
    (
        Kind.BIRTH_DATE,
        _said(
            r"tempat lahir|jumlah|angka|tahun lahir|berat|lahir (?:hidup|mati)|bayi|provinsi|kota lahir(?! tgl)|"
            r"ternak|hewan|satwa|sapi|kerbau|kambing|domba|kuda|unggas|pedet"
        ),
    ),
    (Kind.PHONE, _said(r"nama|jumlah|jenis|orang kontak")),
    (Kind.BPJS, _said(r"status|jumlah|jenis|kelas|iuran|nama|kepesertaan|faskes")),
    (Kind.KK, _said(r"jumlah|jml|total|nama|kepala|hubungan|status|anggota")),
    (
        Kind.NIK,
        _said(
            r"jumlah|jml|total|status|nama|jenis|persen\w*|barang|aset|produk|paket|transaksi|kegiatan|dataset|"
            r"id (?:sub ?)?(?:sls|desa|kel\w*|kec\w*|kab\w*|kota|prov\w*|wilayah|blok|bs)"
        ),
    ),
    (Kind.PLATE, _said(r"jenis|warna|jumlah|nama|merk|merek|tipe")),
    (Kind.EMAIL, _said(r"jumlah|status")),
)

OFFICE = _said(
    r"kantor|dinas|opd|skpd|sekolah|instansi|lembaga|perusahaan|badan|uptd?|puskesmas|rs|rsud|rumah sakit|kelurahan|"
    r"kecamatan|desa|faskes|resmi|layanan|pengaduan|hotline|call center|callcenter|unit|kedinasan|"
    r"usaha|toko|pasar|hotel|"
    r"satuan pendidikan|universitas|kampus|organisasi|perangkat daerah|umum|humas|sekretariat|cabang|"
    r"balai|klinik|apotek|"
    r"masjid|gereja|posyandu|koperasi|yayasan|restoran|wisata|lokasi|kegiatan|proyek|paket|gedung|aset|objek|ppid"
)
"""What belongs to an office and to no person."""
PERSON = _said(
    r"pemohon|penerima|pegawai|siswa|murid|santri|mahasiswa|guru|orang ?tua|ortu|wali|ayah|ibu|suami|istri|anak|warga|"
    r"penduduk|pasien|peserta|kepala|ketua|anggota|lengkap|pribadi|pemilik|pelaku|nasabah|jemaah|jamaah|pelapor|kader|"
    r"responden|petugas|operator|rumah|tinggal|domisili|ktp|wp|wajib pajak|balita|bayi|lansia|kpm|penyandang|jabatan|"
    r"pejabat|penanggung jawab|pengurus|direktur|karyawan|pekerja|tenaga|relawan|individu|orang|"
    r"alumni|pensiunan|pengguna"
)
"""What belongs to a person, also where an office is named beside it (no_hp_kepala_sekolah)."""
_CONTACT = _said(
    r"person|perorangan|cp|pic|pj|narahubung|bidan|dokter|perawat|perangkat (?:desa|kelurahan|kampung|nagari)|"
    r"aparat\w*|pamong|pedagang|penjual|penjaga|pengelola|admin|kades|lurah|camat|sekdes|kadus|kasun|kasi|kaur|kabid|bendahara|"
    r"sekretaris|pendamping|penyuluh|koordinator|staf|staff|petani|nelayan|peternak|perajin|pengrajin|pengusaha|sopir|"
    r"supir|driver|satpam|takmir|marbot|pembina|pelatih|pemandu|saya"
)
_SERVICE = _said(r"hotline|call ?cent(?:er|re)|layanan|pengaduan|resmi|humas|ppid|informasi")
_POCKET = _said(r"hp|nohp|no ?hp|wa|no ?wa|whats ?app|handphone|hand phone|ponsel|seluler")
_PLACE = _said(r"desa|kelurahan|kecamatan|lokasi|kegiatan|proyek|paket|aset|objek")


def is_office_phone(words: str) -> bool:
    """Whether words beside a phone number say that an office answers it: not who works there or lives in the place."""
    if not OFFICE.search(words) or PERSON.search(words):
        return False
    if _SERVICE.search(words):
        return True
    if _CONTACT.search(words):
        return False
    # A village has no pocket for a phone.
    return not _POCKET.search(words) or bool(OFFICE.search(_PLACE.sub("", words)))


NAME = _said(r"nama|name|nm|a n|an|atas nama|pemohon|penerima|nama lengkap|pic|penanggung jawab")
NOT_NAME = _said(
    r"jalan|barang|paket|kegiatan|program|file|bank|dataset|data|produk|aset|obat|penyakit|bulan|"
    r"provinsi|prov|kabupaten|"
    r"kab|kota|kec|kel|wilayah|daerah|ruas|sungai|indikator|variabel|rekening|akun|komoditas|spesies|latin|tanaman|"
    r"jenis|jabatan|kolom|user|pengguna|domain|aplikasi|sistem|hewan|ternak|event|acara|rt|rw|dusun|kampung|taman|"
    r"diklat|pelatihan|jurusan|prodi|mata pelajaran|penerbit|buku|judul|merk|merek|kapal|tempat"
)
ADDRESS = _said(r"alamat|address|domisili|tempat tinggal|jln|rumah")
COORDINATE = _said(r"lat|lon|long|lng|latitude|longitude|lintang|bujur|koordinat|coordinates?|geo ?tag|titik")
HEALTH = _said(
    r"diagnos\w*|penyakit|riwayat(?: penyakit| kesehatan)?|keluhan|disabilitas|difabel|"
    r"kondisi kesehatan|status gizi|hiv|"
    r"golongan darah|gangguan|kehamilan|alergi|icd(?: ?10)?|ragam disabilitas|hasil (?:lab|tes|"
    r"pemeriksaan)|medis|vaksin\w*"
)
CASE = _said(
    r"umur|usia|age|jenis kelamin|jk|gender|sex|inisial|id ?(?:kasus|pasien)|"
    r"(?:no|nomor) (?:kasus|pasien|rm|rekam medis)"
)
"""Headings of what is told of one person in each row, though nobody is named."""
COUNTED = _said(
    r"jumlah|jml|total|banyak\w*|persen\w*|prevalensi|insiden\w*|cakupan|target|laki\w*|perempuan|kelompok|rentang|"
    r"rata|golongan|kategori|proporsi|rasio"
)
"""Headings of tables that count persons."""
NOT_CODES = _said(
    r"kode|kd|code|npsn|nss|nisn|inventaris|aset|asset|barang|register|registrasi|seri|serial|"
    r"rekening|akun|belanja|pagu|"
    r"anggaran|nilai|harga|jumlah|jml|total|luas|volume|realisasi|rasio|persen\w*|proporsi|koefisien|"
    r"indeks|barcode|isbn|"
    r"wilayah|surat|sk|kontrak|faktur|invoice|spm|sp2d|nup|kelas|blok|ruang|polis|nib|siup|dpa|imb|pbg|unix|timestamp|"
    r"hash|id desa|(?:id ?)?(?:sub ?)?sls|blok sensus|kelurahan|kecamatan|nop|sppt|tiket|resi|versi|"
    r"ukuran|panjang|lebar|tinggi|berat"
)
"""Headings of what has digits and is no number of a person."""
AMOUNT = _said(
    r"nilai|harga|jumlah|jml|total|luas|volume|realisasi|pagu|anggaran|panjang|lebar|tinggi|berat|ukuran|rasio|"
    r"persen\w*|proporsi|indeks"
)
"""Those of them with numbers that are as long as they are great."""
UNSPECIFIC = frozenset({"kode", "kd", "code", "kode unik"})
NOT_BIRTH = _said(
    r"surat|realisasi|terbit|berdiri|perolehan|mulai|selesai|kontrak|input|update|entry|bayar|transaksi|kejadian|"
    r"pelaksanaan|daftar|masuk|keluar|cetak|kunjungan|periksa|sk|tmt|akhir|awal|berlaku|pengajuan|permohonan|laporan|"
    r"beli|pembelian|pendirian|pencatatan|created|updated|posting|rilis|pelantikan|pengangkatan|wafat|"
    r"kematian|meninggal|nikah"
)


_WITHIN = re.compile(r"(?<=[0-9A-Za-z_])\.(?=[A-Za-z_]{2})| / ")
"""Between a heading and one above it: in JSON, in merged cells."""
_CARD = _said(r"niks?|n i k|e? ?ktp|kependudukan|penduduk")


def said_by(head: str) -> Kind | None:
    """The kind that a heading names, None where it names none; of one below another the lower counts."""
    words = words_of(head)
    *above, last = _WITHIN.split(head)
    if above and (kind := _named(words_of(last), words)) and (" / " not in head or not _CARD.search(words)):
        return kind
    return _named(words, words)


def _named(words: str, whole: str) -> Kind | None:
    for kind, pattern in _HEADS:
        if pattern.search(words) and not any(not_ is kind and no.search(whole) for not_, no in _NOT):
            return kind
    return None
