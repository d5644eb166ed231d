"""Datasets from a list as offices keep it (XLSX of the regional data list), read without losing a cell.

Spellings that are known are mapped and said; what cannot be placed goes word for word into `catatan_impor`.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ckanext.satudata.domain import metadata, naming, written
from ckanext.satudata.domain.vocabulary import Vocabulary, is_area_code, plainly, vocabulary

COLUMNS = {
    "title": ("nama data", "judul", "judul data", "nama dataset", "title"),
    "owner_org": ("produsen data", "produsen", "opd", "skpd", "perangkat daerah", "publisher", "organisasi"),
    "access_level": ("klasifikasi data", "klasifikasi sesuai risiko", "tingkat akses", "klasifikasi", "access level"),
    "notes": ("deskripsi", "keterangan", "description"),
    "tag_string": ("kata kunci", "keyword", "keywords", "tag"),
    "jadwal_pemutakhiran": ("jadwal pemutakhiran", "frekuensi", "frequency", "accrual periodicity"),
    "license_id": ("lisensi", "license", "licence"),
    "periode_data": ("periode data", "periode", "tahun data"),
    "cakupan_wilayah": ("cakupan wilayah", "wilayah", "kode wilayah"),
    "sumber_referensi": ("sumber referensi", "sumber data", "sumber"),
    "rekomendasi_bps_tanggal": ("tanggal rekomendasi bps",),
    "access_basis": ("dasar hukum pengecualian", "dasar hukum"),
    "access_until": ("jangka waktu pengecualian", "jangka waktu"),
    "kategori_rad": ("kategori rad", "kategori"),
    "link_portal_daerah": ("link portal daerah", "tautan portal daerah"),
    "link_portal_sdi": ("link portal sdi", "tautan portal sdi"),
}
"""Heads of columns as written in lists, besides the field names themselves."""

LISTS = {
    "access_level": "access_level",
    "jadwal_pemutakhiran": "frekuensi",
    "license_id": "licence",
    "jenis_data": "jenis_data",
    "indikator_variabel": "indikator_variabel",
    "kategori_rad": "kategori_rad",
    "urusan": "urusan",
    "data_prioritas": "ya_tidak",
    "kode_referensi_wilayah": "kode_referensi_wilayah",
}
EMPTY = {"", "-", "--", "null", "none", "nan", "n/a"}
SAYS_NOTHING = {"license_id": {"notspecified", "not specified", "license not specified", "tidak ditentukan"}}
KEEPS_DASH = {"kode_standar_data", "id_ddp", "link_portal_daerah", "link_portal_sdi", "klasifikasi_penyajian"}


Find = Callable[[str], "tuple[str, str] | None"]
"""The id of an agency for a name as written, and its title where that was only nearly its name; None for none."""


@dataclass(frozen=True)
class Remark:
    """What is said about a cell. `cell` like B7; `text` a msgid with fields from `params`."""

    cell: str
    text: str
    params: dict[str, Any]
    is_error: bool = False


@dataclass
class Row:
    """One line of the list: fields ready for `package_create`, `number` as in the sheet."""

    number: int
    fields: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)


@dataclass
class Reading:
    """The list as read: rows, and remarks in the order of the cells."""

    rows: list[Row] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    """The heads as written, by column (`B`)."""

    @property
    def errors(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_error]

    def say(self, cell: str, text: str, *, error: bool = False, **params: Any) -> None:
        self.remarks.append(Remark(cell, text, params, error))

    def head_of(self, cell: str) -> str:
        """The head of a cell's column as written; empty where it has none."""
        return self.heads.get(cell.rstrip("0123456789"), "").strip(" *")


def address(row: int, column: int) -> str:
    """`B7` for row 7, column 2 (both from 1)."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def read(table: Iterable[Sequence[Any]], find: Find, labels: Mapping[str, str] | None = None) -> Reading:
    """The rows of a sheet. `labels` are further heads by field, as the template writes them.

    The head is the first row that holds a column for the name of the data; titles above it are passed over.
    """
    reading = Reading()
    columns: dict[int, str] = {}
    seen: dict[str, str] = {}
    for number, cells in enumerate(table, start=1):
        if not columns:
            columns = _head(reading, number, cells, labels or {})
        elif any(text_of(cell) for cell in cells):
            row = _row(reading, number, columns, cells, find)
            _once(reading, row, seen)
            reading.rows.append(row)
    if not columns:
        reading.say(
            "A1", "No row of column heads was found. Use the template; one column must be Nama Data.", error=True
        )
    elif not reading.rows:
        reading.say("A2", "The list holds no data.", error=True)
    return reading


def known_heads(labels: Mapping[str, str]) -> dict[str, str]:
    """Every way of writing a head (see `plainly`), and its field."""
    known = {plainly(field["field_name"]): field["field_name"] for field in metadata.fields()}
    known |= {plainly(word): name for name, word in labels.items()}
    return known | {plainly(word): name for name, words in COLUMNS.items() for word in words}


def _head(reading: Reading, number: int, cells: Sequence[Any], labels: Mapping[str, str]) -> dict[int, str]:
    known = known_heads(labels)
    found: dict[int, str] = {}
    guessed: list[tuple[int, str, str]] = []
    for place, cell in enumerate(cells):
        word = plainly(re.sub(r"\*", "", text_of(cell)))
        name = known.get(word)
        if not name and (near := difflib.get_close_matches(word, known, 1, 0.88)):
            name = known[near[0]]
            guessed.append((place, text_of(cell), name))
        if name and name not in found.values():
            found[place] = name
    if "title" not in found.values():
        return {}
    reading.heads = {address(number, place + 1).rstrip("0123456789"): text_of(cell) for place, cell in enumerate(cells)}
    called = {field["field_name"]: field["label"] for field in metadata.fields()}
    for place, text, name in guessed:
        if found.get(place) == name:
            say = 'The column "{name}" was read as "{field}".'
            reading.say(address(number, place + 1), say, name=text, field=called[name])
    for place, cell in enumerate(cells):
        if text_of(cell) and place not in found:
            found[place] = f"?{text_of(cell)}"
            reading.say(
                address(number, place + 1), 'The column "{name}" is unknown; it is kept as a note.', name=text_of(cell)
            )
    return found


def _row(reading: Reading, number: int, columns: dict[int, str], cells: Sequence[Any], find: Find) -> Row:
    row, notes = Row(number), []
    for place, name in columns.items():
        raw = cells[place] if place < len(cells) else None
        text, where = text_of(raw), address(number, place + 1)
        row.cells[name] = where
        if text.lower() in EMPTY | SAYS_NOTHING.get(name, set()) and not (text and name in KEEPS_DASH):
            continue
        value = None if name.startswith("?") else value_of(reading, where, name, raw, text, find)
        if value is None:
            notes.append(f"{name.lstrip('?')}: {text}")
        elif value:
            row.fields[name] = value
    if notes:
        row.fields["catatan_impor"] = "\n".join(notes)
    for gap in metadata.missing_of_draft(row.fields):
        if row.cells.get(gap.field) not in {remark.cell for remark in reading.errors}:
            where = row.cells.get(gap.field, address(number, 1))
            reading.say(where, "{field} is empty. Fill it in; even a draft needs it.", error=True, field=gap.label)
    return row


def _once(reading: Reading, row: Row, seen: dict[str, str]) -> None:
    number = row.fields.get("id_ddd")
    if not number:
        return
    if number in seen:
        text = "ID DDD {number} stands in {other} too. Give each row its own."
        reading.say(row.cells["id_ddd"], text, error=True, number=number, other=seen[number])
    seen.setdefault(number, row.cells["id_ddd"])


def value_of(reading: Reading, where: str, name: str, raw: Any, text: str, find: Find) -> str | None:
    """The value to store; None when it must go into the note."""
    if name == "owner_org":
        found = find(text)
        if not found:
            mend = 'No agency "{value}" was found. Write its name as on the portal.'
            reading.say(where, mend, error=True, value=text)
            return ""
        organization_id, title = found
        if title:
            reading.say(where, '"{value}" was read as "{stored}".', value=text, stored=title)
        return organization_id
    if name in LISTS:
        return _term(reading, where, name, vocabulary(LISTS[name]), text)
    if name in ("periode_data", "access_until", "rekomendasi_bps_tanggal"):
        return _time(reading, where, name, raw, text)
    if name == "tag_string":
        return _said(reading, where, text, ",".join(naming.tags(text)))
    if name == "cakupan_wilayah":
        text = re.sub(r"^kab\b\.?\s*", "Kabupaten ", text, flags=re.IGNORECASE)
        code = f"{text[:2]}.{text[2:]}" if re.fullmatch(r"\d{4}", text) else text
        term = vocabulary("wilayah").find(code)
        return _said(reading, where, text, term.value if term else code if is_area_code(code) else None)
    if name.startswith("link_") and text != "-":
        link = text.replace(" ", "%20")
        return _said(reading, where, text, link if re.match(r"https?://[^/]+\S*$", link) else None)
    if name == "notes":
        return _said(reading, where, text, without_html(text))
    return text


def _term(reading: Reading, where: str, name: str, terms: Vocabulary, text: str) -> str | None:
    term = terms.find(text) or (frequency(terms, text) if name == "jadwal_pemutakhiran" else None)
    if not term and name != "access_level":
        term = terms.get(_near(terms.name, plainly(text)))
    if not term and name == "access_level":
        known = ", ".join(term.label["id"] for term in terms.terms)
        text_ = '"{value}" is no level of access. Write one of: {known}.'
        reading.say(where, text_, error=True, value=text, known=known)
        return ""
    if term and (name, term.value) == ("jenis_data", metadata.PUBLICATION):
        # Only an approved analysis report becomes one here.
        term = None
    return _said(reading, where, text, term.value if term else None)


@lru_cache(maxsize=1000)
def _near(terms: str, text: str) -> str | None:
    """The value of the term that is nearly written so. Kept: a slip is in every row of a list."""
    words = {
        plainly(word): term.value
        for term in vocabulary(terms).terms
        for word in (term.value, *term.label.values(), *term.spellings)
    }
    near = difflib.get_close_matches(text, words, 1, 0.85)
    return words[near[0]] if near else None


def frequency(terms: Vocabulary, text: str):
    """The term for `3 Bulan Sekali`, `setiap 6 bulan`, `R/P1Y`; None where it says no unit."""
    if match := re.search(
        r"(\d+|satu|dua|tiga|empat)\s*(?:kali|x)\s*(?:dalam\s*)?(?:se|per\s*|1\s*|satu\s*)?tahun", text.casefold()
    ):
        times = {"satu": 1, "dua": 2, "tiga": 3, "empat": 4}.get(match[1]) or int(match[1])
        return terms.get({1: "tahunan", 2: "semesteran", 3: "empat_bulanan", 4: "triwulanan", 12: "bulanan"}.get(times))
    words = {"satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "sepuluh": 10}
    match = re.search(r"(\d+|" + "|".join(words) + r")\s*(tahun|bulan|minggu|hari)", text.casefold())
    if not match:
        return None
    count = words.get(match[1]) or int(match[1])
    months = {"tahun": 12, "bulan": 1}.get(match[2], 0) * count
    if months > 24:
        return terms.get("lebih_dari_dua_tahunan")
    by_months = {1: "bulanan", 3: "triwulanan", 4: "empat_bulanan", 6: "semesteran", 12: "tahunan", 24: "dua_tahunan"}
    by_days = {"hari": {1: "harian", 7: "mingguan"}, "minggu": {1: "mingguan"}}
    return terms.get(by_months.get(months) or by_days.get(match[2], {}).get(count))


def _time(reading: Reading, where: str, name: str, raw: Any, text: str) -> str | None:
    try:
        if name == "periode_data" and not isinstance(raw, (date, datetime)):
            return _said(reading, where, text, written.iso_period(text))
        return _said(reading, where, text, written.as_day(raw).isoformat())
    except ValueError:
        return _said(reading, where, text, None)


def _said(reading: Reading, where: str, text: str, value: str | None) -> str | None:
    """Says what became of a cell: mapped, or kept as a note."""
    if value is None or (text and not value):
        reading.say(where, '"{value}" is not known here; it is kept as a note.', value=text)
        return None
    if plainly(text) != plainly(value):
        reading.say(where, '"{value}" was read as "{stored}".', value=text, stored=value)
    return value


def without_html(text: str) -> str:
    """The text without marks of HTML."""
    return re.sub(r"[ \t]+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text))).strip()


def text_of(cell: Any) -> str:
    """A cell as one line of text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return re.sub(r"\s+", " ", str(cell)).strip()
