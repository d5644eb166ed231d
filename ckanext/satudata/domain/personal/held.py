"""Values that stand in one text beside each other: days, long numbers, words; and whether they tell of persons, however
they are parted. What is read is weighed without regard to signs between values: of these there are too many.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from ckanext.satudata.domain.personal.shapes import DAY, MONTHS

_MOST = 20_000
"""Characters of a text that are looked at."""
_BINARY = 200
"""Characters without a blank that are no words."""
SPREAD = 20
"""Years over which days of birth are spread, and others seldom are."""
_LEAST, _MOST_WORDS, _MANY = 3, 10, 10
"""Days or numbers that make a list; words for each of them that a list may have, and a report has more of; days that
are many."""
_AMPLE = 9
"""Digits of a number that is written in groups."""
_OF_BANKS, _AMOUNT, _FIRSTS, _FEWEST = 10, 12, 3, 0.03
"""Digits that numbers of banks have at least, and amounts at most; first digits that differ where amounts do; the share
of those of another length."""

_LINK = re.compile(r"(?i)\b(?:https?://|www\.)[^\s?\"'<>]*")
_HASH = re.compile(
    r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{16,}\b|"
    r"[^\s\"';|,<>]+\.(?:pdf|jpe?g|png|gif|xlsx?|csv|zip|docx?|geojson|json|html?)\b"
)
_PAPER = re.compile(
    r"(?i)\b(?:surat|sk|spm|sp2d|spp|spk|kontrak|faktur|invoice|nib|siup|register|kuitansi|nota|dokumen|per(?:da|bup|wali)|"
    r"imb|pbg|bast|dpa|tiket|resi|npsn|nop|barcode|isbn|seri(?:al)?|te?lp|telepon|fax?|faks(?:imile)?|phone|hotline|"
    r"call center)"
    r"\b[^0-9;|\n]{0,14}[0-9A-Z/.\-() ]*?[0-9]{5,}[0-9\-]*"
)
"""Numbers of papers, things and offices."""
_FRACTION = re.compile(
    r"(?i)\b(?:rp|idr)\b\.? ?[0-9][0-9.,]*|"
    r"(?<![0-9.\-])[1-9][0-9]{0,2}(?:[.,][0-9]{3}){2,}(?:[.,][0-9]{1,2})?(?![0-9])|"
    r"(?<![0-9.])-?[0-9]{1,3}\.[0-9]{3,}(?![0-9])"
)
"""Amounts and places."""
_TIME = r"(?:[ T][0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?:\.[0-9]{1,9})?(?: ?Z|[+\-][0-9]{2}:?[0-9]{2})?)?"
_DATE = re.compile(
    rf"(?<![0-9])(?:{DAY}|(?i:{MONTHS})\.? [0-3]?[0-9](?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}){_TIME}(?![0-9])"
    r"|(?<![0-9A-Za-z])(?:19[0-9]{2}|20[0-2][0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9A-Za-z])"
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NUMBER = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=[A-Za-z]{5}))[0-9]{8,}(?![0-9A-Za-z])")
_GROUPED = re.compile(r"(?<![0-9A-Za-z])[0-9]{3,}(?:[ \-.][0-9]{2,}){1,5}(?![0-9A-Za-z])")
_LANDLINE = re.compile(r"0(?:2[1-9]|[3-79])")
_WORD = re.compile(r"[^\W\d_]{3,}")
_MARK = re.compile(r"<[^<>]{1,300}>")
_CODED = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{20,}={0,2}(?![A-Za-z0-9+/_\-=])")
_HEXES = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SPOKEN = re.compile(rf"(?i)^(?:{MONTHS}|sampai|hingga|dan|tanggal|pukul|wib)$")
_AREA = re.compile(r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])[0-9]{6,11}")


@dataclass(frozen=True)
class Held:
    """The years of its days, its long numbers, its words; `is_opaque` where it is no text at all."""

    years: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    is_opaque: bool = False
    has_more: bool = False
    """Whether letters stand beside days and numbers."""

    @property
    def is_record(self) -> bool:
        """Whether it tells of a person, or of several, in several values."""
        if self.is_opaque:
            return True
        count = len(self.years) + len(self.numbers)
        if len(self.words) > _MOST_WORDS * count:
            return False
        if (self.years and self.numbers) or (len(self.years) >= _MANY and are_births(self.years)):
            return True
        if len(self.words) < 2:
            return False
        is_list = len(self.numbers) >= _LEAST and are_numbers_of_something(self.numbers)
        is_dated = len(self.years) >= _LEAST and len(self.words) >= len(self.years) / 2
        return is_list or (is_dated and are_births(self.years))

    @property
    def is_mass(self) -> bool:
        """Whether days or numbers of persons stand in it among much else."""
        zeros = [one for one in self.numbers if one.startswith("0")]
        is_any = are_births(self.years) if len(self.years) >= _MANY else len(zeros) >= _MANY
        return is_any and len(self.words) >= _MANY

    @property
    def is_half(self) -> bool:
        """Whether it tells one thing beside words, as a record of two values does."""
        count = len(self.years) + len(self.numbers)
        return count > 0 and self.has_more and len(self.words) <= _MOST_WORDS * count


def held(text: str) -> Held:
    """What a text holds beside each other."""
    text = text[:_MOST]
    plain = _plain(text)
    if plain is None:
        return Held(is_opaque=True)
    rest = _PAPER.sub(" ", _HASH.sub(" ", _LINK.sub(" ", plain)))
    years = tuple(_year(one) for one in _DATE.findall(rest))
    rest = _FRACTION.sub(" ", _DATE.sub(" ; ", rest))
    numbers = [*_NUMBER.findall(rest), *(one for one in _GROUPED.findall(rest) if _is_one(one))]
    words = tuple(one for one in _WORD.findall(rest) if not _SPOKEN.match(one))
    return Held(years, tuple(numbers), words, has_more=any(map(str.isalpha, rest)))


def _plain(text: str) -> str | None:
    """A text as it is read, without marks and codes; None where it is none."""
    if "<" in text:
        text = _MARK.sub(" ; ", text)
    if "&" in text:
        text = unescape(text)
    if "%" in text:
        text = unquote(text)
    for coded in _CODED.findall(text)[:50]:
        said = _uncoded(coded)
        if said is not None:
            text = text.replace(coded, f" {said} ")
        elif len(coded) >= _BINARY and not _HEXES.fullmatch(coded):
            return None
    return text


def _uncoded(coded: str) -> str | None:
    """The text that base64 or hexadecimal digits stand for, None where they stand for none."""
    if coded.isdecimal() or coded.isalpha() and coded.islower():
        return None
    found = [_of_hexes(coded)] if _HEXES.fullmatch(coded) else []
    for said in [*found, _of_base64(coded)]:
        if said and sum(map(str.isprintable, said)) > 0.9 * len(said):
            return said
    return None


def _of_hexes(coded: str) -> str | None:
    try:
        return bytes.fromhex(coded).decode()
    except ValueError:
        return None


def _of_base64(coded: str) -> str | None:
    bare = coded.rstrip("=").replace("-", "+").replace("_", "/")
    # A text that was cut ends anywhere.
    bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


def _year(date: str) -> int:
    if found := _YEAR.search(date):
        return int(found[0])
    return 1900 + int(date[-2:]) if date[-2:].isdecimal() and int(date[-2:]) > 30 else 2000


def _is_one(grouped: str) -> bool:
    """Whether groups of digits are one number."""
    groups = re.split(r"[ \-.]", grouped)
    digits = "".join(groups)
    return len(digits) >= _AMPLE and not _LANDLINE.match(digits) and not all(map(_YEAR.fullmatch, groups))


def are_births(years: Sequence[int]) -> bool:
    """Whether days are spread over years as those of births are."""
    told = sorted(years)
    tenth = len(told) // 10
    return len(told) > 1 and told[-1 - tenth] - told[tenth] >= SPREAD and told[tenth] >= 1900


def are_numbers_of_something(numbers: Sequence[str]) -> bool:
    """Whether long numbers are those of accounts, cards, phones: neither amounts nor codes of areas."""
    digits = [re.sub(r"\D", "", one) for one in numbers]
    long = [one for one in digits if len(one) >= 8]
    if not digits or len(long) < 0.9 * len(digits) or len(set(digits)) < len(digits) / 2:
        return False
    if sum(one.endswith("00") for one in digits) > 0.2 * len(digits):
        return False
    is_of_areas = all(_AREA.fullmatch(one) for one in digits) and len({one[:4] for one in digits}) == 1
    if any(one.startswith("0") for one in digits):
        return True
    # Amounts are as long as they are great.
    widths = {len(one) for one in digits}
    return not is_of_areas and (len(widths) <= 2 or max(widths) >= 13)


def are_amounts(numbers: Sequence[str]) -> bool:
    """Whether long numbers without a nought before them are as sums of money: of two lengths, one digit apart, or too
    short for a bank's; numbers that lost their nought are as long as others but for a tenth, and begin with any digit.
    """
    digits = [re.sub(r"\D", "", one) for one in numbers]
    widths = Counter(map(len, digits))
    least, most = min(widths), max(widths)
    if any(one.startswith("0") for one in digits) or len({one[0] for one in digits}) < _FIRSTS:
        return False
    if most < _OF_BANKS:
        return True
    long = [one for one in digits if len(one) == most]
    if most > _AMOUNT or most - least != 1 or len(digits) - len(long) < _FEWEST * len(digits):
        return False
    return len(long) < 0.75 * len(digits) or sum(one >= "5" for one in long) < 0.45 * len(long)
