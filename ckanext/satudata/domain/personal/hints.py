"""Columns beside each other: hints that a person must judge, and numbers that only their neighbours explain."""

from __future__ import annotations

import re
from statistics import median

from ckanext.satudata.domain.personal import date_parts, numbers
from ckanext.satudata.domain.personal.columns import Column, Verdict
from ckanext.satudata.domain.personal.kinds import (
    ADDRESS,
    CASE,
    COORDINATE,
    COUNTED,
    HEALTH,
    HINTS,
    NAME,
    NOT_NAME,
    OFFICE,
    PERSON,
    Kind,
)

_BANKS = re.compile(r"(?i)\b(?:bank|bri|bca|bni|bsi|btn|mandiri|bpd|bjb|cimb|danamon|permata|bukopin|muamalat)\b")
_HOME = re.compile(r"(?i)\bRT\.? ?/?0*\d|\bRW\.? ?0*\d|\b(?:Gg|Gang|Perum\w*|Komplek|Kost?|Dusun|Dsn|Blok)\b.*\d")
_STREET = re.compile(r"(?i)\b(?:Jl|Jln|Jalan)\b.*\b(?:No\.?|Nomor|Kav\.?)? ?\d")
_STREETS = re.compile(r"\b(?:jalan|ruas|gang|blok|sls|lingkungan)\b")
"""Headings of what a government looks after, in which nobody's home is told."""
_PROSE = 5
"""Words of a text that says more than a number."""
_POINT = re.compile(r"-?\d{1,3}[.,]\d{3,}(?:\s*[,; ]\s*-?\d{1,3}[.,]\d{3,})?")
_WORD = re.compile(r"[A-Z][A-Za-z'’`]*\.?|[A-Z]{1,20}")
_ILL = re.compile(
    r"(?i)\b(?:hipertensi|diabet\w+|tbc?|tuberkulosis|hiv|aids|kanker|stroke|asma|skizofrenia|"
    r"epilepsi|stunting|gizi buruk|"
    r"tuna ?(?:netra|rungu|daksa|grahita|wicara)|disabilitas|demam berdarah|dbd|jantung|hepatitis|"
    r"malaria|kusta|depresi|"
    r"hamil|autis\w*|gagal ginjal|covid\w*|positif|pneumonia|ispa|diare|tifus|tifoid)\b"
)
_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
    abdul abdullah achmad adi aditya agung agus agustina ahmad aisyah ali amelia amin andi andika andri anggraini
    ani anita annisa anton ari arief arif aris arya asep ayu bagus bambang basuki bayu budi budiman cahya cahyono
    candra citra danang darmawan dedi dedy deni denny desi devi dewi dian diana dina dini doni dwi edi edy eka eko
    endang erna erni evi fadli fahmi faisal fajar farida fatimah fauzi ferry fitri fitria fitriani galih gunawan
    hadi hakim halim hamid handayani handoko hari harianto hartati hartono haryanto hasan hasanah hendra heni hendri
    herman heru hesti hidayat husein ibrahim ida iis ika ikhsan ilham imam indah indra intan irawan irfan irma
    iskandar ismail iwan jaya joko julianto kartika khairul kristina kurnia kurniawan kurniawati laila lestari lia
    lilis lina linda lukman mahendra made maria marlina maulana maya mega meri mira mohamad mohammad muhamad
    muhammad mulyadi mulyani mulyono murni mustofa nanda nining novi novita nur nuraini nurhayati nurul oktavia
    pramono prasetya prasetyo pratama pratiwi pujiono purnama purnomo purwanto putra putri putu rachmat rahayu
    rahman rahmat rahmawati rama ratih ratna reni reza rian ria rika rina rini rio riski rizal rizki rizky rohman
    roni rosita rudi rudy rusli saiful salim samsul santi santoso saputra sari satria setiawan setiawati setyawan
    setyo sigit sinta siska siti slamet soleh sri subagyo sudarmono sugeng sugiarto suharto suherman sukardi
    sulastri sulistyo sumarni sumiati sunarto supardi supriadi supriyanto suprapto suryadi suryani susanti susanto
    susilo susi suwarno suyanto syahputra syaiful taufik teguh tini titik titin tono tri triyono ujang umar umi
    untung usman utami utomo vera wahid wahyu wahyudi wahyuni wati wawan wayan wibowo widodo widya wijaya wiwik
    wulan wulandari yanti yanto yudi yulia yuliana yulianti yuni yunita yusuf zainal zainuddin ketut nyoman komang
    gede
    """,
    )
)
"""Words that occur in names of persons."""


def judged(columns: list[Column], titles: list[list[str]]) -> list[list[Verdict]]:
    """The verdicts on each column of a table, in the order of the columns."""
    found = [column.structured() for column in columns]
    persons = [_is_name(column) for column in columns]
    # E-mails, plates and phones alone may be those of offices.
    strong = {Kind.NIK, Kind.KK, Kind.NIK_DAMAGED, Kind.NIP, Kind.BPJS, Kind.PASSPORT, Kind.BIRTH_DATE, Kind.NPWP}
    has_ids = any(one.kind in strong for verdicts in found for one in verdicts)
    has_person = has_ids or any(share >= 0.5 for share in persons)
    has_contacts = any(one.kind in (Kind.PHONE, Kind.EMAIL) for verdicts in found for one in verdicts)
    is_of_offices = not has_ids and any(
        column.is_office and column.cells.written > column.cells.filled / 2 for column in columns
    )
    if is_of_offices and not any(share >= 0.5 for share in persons):
        found = [_of_persons(column, verdicts) for column, verdicts in zip(columns, found, strict=True)]
    is_of_cases = any(CASE.search(column.words) for column in columns) and not any(
        COUNTED.search(column.words) for column in columns
    )
    for at in date_parts.births(columns, has_person):
        found[at].append(Verdict(Kind.BIRTH_DATE, 1.0, 0.8))
    for at, column in enumerate(columns):
        verdicts = found[at]
        if not column.cells.filled:
            continue
        if not verdicts and at and _BANKS.search(" ".join(_kept(columns[at - 1])[:20])):
            verdicts += _account_beside_bank(column)
        if not verdicts and at + 1 < len(columns) and _BANKS.search(" ".join(_kept(columns[at + 1])[:20])):
            verdicts += _account_beside_bank(column)
        if not verdicts and (has_person or has_contacts) and column.may_be_birth_date():
            verdicts.append(Verdict(Kind.BIRTH_DATE, column.cells.share("date"), 0.7))
        if not any(one.kind not in HINTS for one in verdicts):
            verdicts += _hints(column, persons[at], has_person, is_of_offices, is_of_cases)
        verdicts += _in_texts(column, verdicts)
    return found


def _kept(column: Column) -> list[str]:
    return column.cells.texts


def _of_persons(column: Column, verdicts: list[Verdict]) -> list[Verdict]:
    """Without addresses that offices give out, of a table that is about offices."""
    hits = column.cells.hits
    if hits["public_mail"] < 0.8 * max(1, hits["mail_asked"]) or PERSON.search(column.words):
        return verdicts
    return [one for one in verdicts if one.kind is not Kind.EMAIL]


def _account_beside_bank(column: Column) -> list[Verdict]:
    """Numbers of ten digits and more beside the names of banks."""
    share = column.cells.share("account")
    is_number = share >= 0.8 and not column.cells.written and not column.is_code and not column.cells.share("budget")
    of_phone = column.cells.share("mobile") >= 0.5
    return [Verdict(Kind.BANK_ACCOUNT, share, 0.75)] if is_number and not of_phone else []


def _hints(column: Column, named: float, has_person: bool, is_of_offices: bool, is_of_cases: bool) -> list[Verdict]:
    words, texts, filled = column.words, _kept(column), column.cells.filled
    found = []
    if named >= 0.5:
        found.append(Verdict(Kind.NAME, named * column.cells.written / filled, 0.5 + named / 2.5))
    elif _address(column, has_person, is_of_offices):
        share = sum(bool(_HOME.search(one) or _STREET.search(one)) for one in texts) / max(1, len(texts))
        found.append(Verdict(Kind.ADDRESS, share, 0.8 if has_person else 0.6))
    points = sum(bool(_POINT.fullmatch(one)) for one in texts) if texts else 0
    if has_person and not is_of_offices and COORDINATE.search(words) and not column.cells.written and not points:
        found.append(Verdict(Kind.COORDINATES, 1.0, 0.6))
    if has_person and not found and column.cells.written:
        ill = sum(bool(_ILL.search(one)) for one in texts) / max(1, len(texts))
        if ill >= 0.3 or (ill and HEALTH.search(words)) or (HEALTH.search(words) and len(texts) > 1):
            found.append(Verdict(Kind.HEALTH, max(ill, 0.01), 0.7 if HEALTH.search(words) else 0.55))
    elif is_of_cases and not found and column.cells.written and HEALTH.search(words):
        # Age, sex and place tell a neighbour who it is.
        ill = sum(bool(_ILL.search(one)) for one in texts) / max(1, len(texts))
        found += [Verdict(Kind.HEALTH, ill, 0.5)] if ill >= 0.3 else []
    return found


def _address(column: Column, has_person: bool, is_of_offices: bool) -> bool:
    texts = _kept(column)
    if column.is_office or not texts:
        return False
    home = sum(bool(_HOME.search(one)) for one in texts) / len(texts)
    street = sum(bool(_STREET.search(one)) for one in texts) / len(texts)
    if ADDRESS.search(column.words):
        return not is_of_offices and (home + street > 0.1 or has_person)
    return home >= 0.5 and not is_of_offices and not _STREETS.search(column.words)


def _is_name(column: Column) -> float:
    """The share of texts that are names of persons, for a column that may hold them; else 0."""
    words, texts = column.words, _kept(column)
    if not texts or column.cells.written < column.cells.filled / 2:
        return 0.0
    is_named = bool(NAME.search(words)) and not NOT_NAME.search(words)
    if (column.is_office and not is_named) or (NOT_NAME.search(words) and not PERSON.search(words)):
        return 0.0
    known = sum(_names_person(one) for one in texts) / len(texts)
    shaped = sum(_is_shaped(one) for one in texts) / len(texts)
    if is_named and PERSON.search(words) and not OFFICE.search(words):
        return shaped if known > 0.05 else 0.0
    if is_named:
        return shaped if known >= 0.25 and not column.is_office else 0.0
    return known if known >= 0.6 else 0.0


def _is_shaped(text: str) -> bool:
    words = re.split(r"[ ,]+", text.strip())
    is_usual = 1 <= len(words) <= 7 and all(_WORD.fullmatch(word) for word in words if word)
    return is_usual and not OFFICE.search(text.lower()) and not _PLACE.search(text)


_PLACE = re.compile(
    r"(?i)\b(?:jalan|jl|jln|sdn?|smpn?|sman?|smkn?|mi|mts|ma|tk|paud|pt|cv|ud|kab|kota|kec|kel|gang|"
    r"pasar|pondok|ponpes|"
    r"bendungan|jembatan|stadion|terminal|bandara|pelabuhan|monumen|museum|universitas|program|kegiatan)\b"
)


def _names_person(text: str) -> bool:
    if not _is_shaped(text):
        return False
    words = [word.lower().strip(".") for word in re.split(r"[ ,]+", text)]
    return any(word in _NAMES for word in words)


def _in_texts(column: Column, verdicts: list[Verdict]) -> list[Verdict]:
    """Numbers within texts: free text, or where most cells are one number with a word before it, that number's kind."""
    cells, known = column.cells, {one.kind for one in verdicts}
    told = [numbers.in_text(one) for one in cells.in_texts]
    told = [one for one in told if one.keys() - known - _same(known)]
    is_office = column.is_office_phone if column.said is Kind.PHONE else column.is_office
    if not told or (is_office and not _is_complaint(column)):
        return []
    share = cells.found_in_text / cells.filled * len(told) / len(cells.in_texts)
    kinds = {kind for one in told for kind in one}
    found = []
    if share >= 0.6 and len(kinds) == 1 and max(map(len, cells.in_texts)) <= 60:
        found.append(Verdict(kinds.pop(), share, 0.8))
    else:
        found.append(Verdict(Kind.FREE_TEXT, share, 0.85))
    return found


def _is_complaint(column: Column) -> bool:
    """Whether a heading that names an office's service stands above what people write to it."""
    words = [len(text.split()) for text in column.cells.in_texts]
    return not OFFICE.search(column.words.replace("pengaduan", "")) and median(words) >= _PROSE


def _same(known: set[Kind]) -> set[Kind]:
    """Kinds that are found again in the cells of a column that is known to hold another."""
    cards = {Kind.NIK, Kind.KK, Kind.NIK_DAMAGED}
    return cards if known & cards else set()
