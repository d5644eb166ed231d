"""Single numbers, asked of the libraries that know their rules; and texts with such numbers in them."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

import phonenumbers
from stdnum.id import npwp
from stdnum.util import clean

from ckanext.satudata.domain.personal import shapes
from ckanext.satudata.domain.personal.kinds import OFFICE, PERSON, Kind, is_office_phone, words_of

_YEARS_BACK = 110
_ROLES = re.compile(
    r"^(?:(?:info|admin|humas|kontak|contact|cs|hello|halo|support|office|ppid|dlh|dprd|bps|bpbd|bpkad|upt|tk|paud|mi|ma|pt|cv|"
    r"ud|tu|data|bidang|seksi|umum|min|bkd|pkm|kec|kel|satpol|setda)(?:[._\-\d]|$)"
    r"|(?:kantor|sekre|layanan|pengaduan|dinas|disp|disd|disk|dish|dink|dpm|dpu|bapp?e|bkpsdm|kecamatan|kelurahan|desa|puskes|"
    r"rsud?|klinik|sdn|sdi|smp|sma|smk|mts|man\d|madrasah|sekwan|inspektorat|webmaster|no-?reply|toko|hotel|koperasi|yayasan|"
    r"umkm|official|kepegawaian|keuangan)\w*)"
)

_AGENCIES = re.compile(
    r"^(?:din(?:as|dik|kes|sos)\w*|dis[a-z]{2,}|b(?:app|ap|ka|kp|pp|pk)\w*|kominfo|dukcapil|kesbang\w*|pupr?|perkim|dpmd?|pmd|perpus\w*|arsip|biro|bagian|bag|"
    r"puskesmas|samsat|sekda|walikota|bupati|gubernur|pengadilan|polres|polsek|kodim)(?:[._\-\d]|$)"
)
_AT = re.compile(r"(?i) ?[\[(]at[\])] ?")
_MASKED_USER = re.compile(r"(?i)^[x._\-]+$|x{3,}")


def digits_of(text: str) -> str:
    """The digits of a number as it is written, without the decimals that a spreadsheet adds."""
    return re.sub(r"\D", "", re.sub(r"[.,]0{1,3}$", "", text) if re.search(r"\d{5}[.,]0{1,3}$", text) else text)


@lru_cache(maxsize=20_000)
def is_nik(digits: str) -> bool:
    """Whether sixteen digits can be a NIK, or a KK: an area, a day that there was, not after today."""
    if not re.fullmatch(shapes.NIK, digits):
        return False
    day, month, year = int(digits[6:8]) % 40, int(digits[8:10]), int(digits[10:12])
    today = datetime.date.today()
    for century in (2000, 1900):
        try:
            born = datetime.date(century + year, month, day)
        except ValueError:
            continue
        if born <= today and today.year - born.year < _YEARS_BACK:
            return True
    return False


def is_npwp(text: str) -> bool:
    """Whether the check digit of a tax number is right."""
    digits = clean(digits_of(text), " .-'")
    return bool(npwp.is_valid(digits[1:] if len(digits) == 16 and digits[0] == "0" else digits))


@lru_cache(maxsize=20_000)
def is_phone(text: str) -> bool:
    """Whether a number can be dialled, with or without the nought before it."""
    digits = digits_of(text)
    digits = digits if digits.startswith(("0", "62")) else "0" + digits
    number = "+" + digits if digits.startswith("62") else digits
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, "ID")) and len(digits) >= 10
    except phonenumbers.NumberParseException:
        return False


def _parted(address: str) -> tuple[str, str]:
    """The name and the host of an address, also of one that hides its sign: nama[at]contoh.id."""
    user, _, host = _AT.sub("@", address).partition("@")
    return user, host


def is_office_mail(address: str) -> bool:
    """Whether an address is that of an office: info@…, smpn3@…"""
    user, domain = _parted(address.lower())
    if _ROLES.search(user):
        return True
    first = domain.partition(".")[0]
    is_own = user in (first, f"{first}kota", f"{first}kab") or bool(_AGENCIES.search(user))
    return is_public_mail(address) and is_own


def is_public_mail(address: str) -> bool:
    """Whether an address is one that only offices give out, to themselves and to those who work there."""
    return address.lower().endswith((".go.id", ".sch.id", ".desa.id", ".mil.id"))


def is_nobodys_mail(address: str) -> bool:
    """Whether an address leads to no person: an office's, or one that is masked."""
    return is_office_mail(address) or is_masked_mail(address)


def is_masked_mail(address: str) -> bool:
    """Whether of the name in an address only marks are left: xxx@…"""
    return bool(_MASKED_USER.search(_parted(address)[0]))


_EMBEDDED = {name: re.compile(pattern) for name, pattern in shapes.EMBEDDED.items()}
CARE = re.compile(
    r"\b(?:call ?cent(?:er|re)|hotline|layanan|pengaduan|kantor|dinas|resmi|sekretariat|informasi)\b", re.I
)


def in_text(text: str) -> dict[Kind, str]:
    """The kinds with a structure that a text holds, each with the first of them as it is written.

    Numbers and addresses that the text calls an office's are left out.
    """
    found: dict[Kind, str] = {}
    for name, pattern in _EMBEDDED.items():
        for match in pattern.finditer(text):
            kind, said = _meant(name, match[0], text[max(0, match.start() - 60) : match.start()])
            if kind is not None and kind not in found:
                found[kind] = said
    return found


def _meant(name: str, said: str, before: str) -> tuple[Kind | None, str]:
    if name in ("nik", "nik_gapped"):
        digits = digits_of(said.strip(" .,;:()"))[-16:]
        if not is_nik(digits):
            return None, ""
        is_card = re.search(r"(?i)\b(?:no\.? ?)?kk\b|kartu keluarga", before[-25:] + said[:8])
        return (Kind.KK if is_card else Kind.NIK), digits
    if name == "email":
        address = said.strip(" ,;:<>()[]\"'")
        return (None, "") if is_nobodys_mail(address) or _is_office(before) else (Kind.EMAIL, address)
    if name == "phone":
        return (Kind.PHONE, said) if is_phone(said) and not _is_office(before) else (None, "")
    return Kind(name), said


def _is_office(before: str) -> bool:
    """Whether the words before a number, of the same line, say that an office answers."""
    words = words_of(re.split(r"[\n;|]", before)[-1])
    if OFFICE.search(words):
        return is_office_phone(words)
    return bool(CARE.search(words)) and not PERSON.search(words)
