"""Which kinds with a structure a column holds, by its heading and by what its cells look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ckanext.satudata.domain.personal import numbers, shapes
from ckanext.satudata.domain.personal.gathered import Gathered
from ckanext.satudata.domain.personal.kinds import (
    AMOUNT,
    NOT_BIRTH,
    NOT_CODES,
    OFFICE,
    PERSON,
    UNSPECIFIC,
    Kind,
    is_office_phone,
    said_by,
    words_of,
)

NAMES_NIK = re.compile(r"\b(?:niks?|n i k|nonik|niknya|no ?ktp|e? ?ktp|kependudukan|penduduk)\b")
"""A heading that names the NIK and no other number of a person; of boys none has a day that tells it from a KK."""
_STAFF = (Kind.NIP, Kind.BPJS)
"""Numbers that some of a list have, and others a NIK in their place."""
_SHORT_NIP = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:19|20)[0-9]{4}[12][0-9]{3}")
"""A NIP without its first two digits, which may pass for an area and a day."""
_NUMBER_OF = re.compile(r"\b(?:no|nomor|nmr|id|kartu|peserta|kpj|kpjk)\b")
_NAMES_DATE = re.compile(r"\b(?:tgl\w*|tanggal|ttl|dob|date|hari)\b")
_NAMES_PLATE = re.compile(r"\b(?:nopol|no pol(?:isi)?|nomor polisi|tnkb|nrkb)\b")
_METERED = re.compile(r"\b(?:sambungan|langganan|id ?pel(?:anggan)?|meter(?:an)?)\b")
"""Numbers of connections to water and power, some of which begin as those of phones do."""
_STRAY, _MANY = 3, 0.25
"""Phone numbers in a column of amounts: that stand there by chance, and rows of persons below (a share)."""
_NUMBERED = re.compile(r" (?:[a-z]|[0-9]{1,2})$")
"""What tells one unspecific heading from the next: "kode a", "kode 2"."""


_DAY_BEGINS = re.compile(r"[0-9]")
_PLACE_WORDS = 3
"""Words that the name of a place has at most: Kota Bandar Lampung."""
_RECORDED = re.compile(
    r"\b(?:tgl|tanggal|surat|berkas|foto|akta|akte|peresmian|arsip|dokumen|sk|laporan|naskah|piagam|notulen|perjanjian|"
    r"pelantikan|pembangunan|kunjungan|upacara|rapat|undangan|peta|gambar|video|rekaman|peringatan|berdiri|sejak|per|"
    r"terbit|nomor|no|keputusan|peraturan|perda|perbup|perwali|kebakaran|banjir|gempa|longsor|kejadian)\b"
)
"""Words of what is done and written on a day, and of nobody's birth."""
_PLATE_WITHIN = re.compile(shapes.PLATE_WITHIN)


@dataclass(frozen=True)
class Verdict:
    """A kind that a column holds, for which share of its filled cells, and how sure that is (0–1)."""

    kind: Kind
    share: float
    confidence: float


class Column:
    """The verdicts on one column by its heading and cells, without what stands beside it."""

    def __init__(self, head: str, cells: Gathered):
        self.head, self.cells = head, cells
        self.words = words_of(head)
        self.said = said_by(head)
        self.is_office = bool(OFFICE.search(self.words)) and not PERSON.search(self.words)
        # Under the name of a place or a thing stand no numbers of its office.
        is_care = bool(numbers.CARE.search(self.words)) and not PERSON.search(self.words)
        self.is_office_phone = is_office_phone(self.words) if self.said is Kind.PHONE else is_care
        # "Kode" alone may stand over anything.
        self.is_code = (
            bool(NOT_CODES.search(self.words)) and self.said is None and _NUMBERED.sub("", self.words) not in UNSPECIFIC
        )

    def structured(self) -> list[Verdict]:
        """Of the kinds with a structure; a column may hold several."""
        if not self.cells.filled:
            return []
        found = [self._nip(), self._npwp(), self._nik(), self._email(), self._birth_date()]
        if not any(found[:3]):
            found += [self._bpjs(), self._account()]
            if not any(found[5:]):
                found += [self._phone(), self._plate(), self._passport()]
        elif self.said is Kind.BPJS:
            found.append(self._bpjs())
        return [one for one in found if one is not None]

    def _nik(self) -> Verdict | None:
        hits, said = self.cells.hits, self.said
        # The tax number of a person is the NIK.
        if said is Kind.NPWP:
            return None
        valid = self.cells.passing("nik", numbers.is_nik if said is not Kind.NIP else _is_no_short_nip)
        clean = hits["nik"] * valid
        damaged = hits["decimal16"] + hits["gapped16"] * self.cells.passing("gapped16", _gapped_nik)
        of_power = hits["power15"] * self.cells.passing("power15", _power_area)
        is_named = said in (Kind.NIK, Kind.KK) or (said in _STAFF and bool(NAMES_NIK.search(self.words)))
        of_shape = max(1, hits["digits16"] + hits["decimal16"] + hits["gapped16"])
        ratio = (clean + damaged) / of_shape
        if of_power and (is_named or (of_power >= 3 and self.cells.share("power15") > 0.9 and not self.is_code)):
            damaged, ratio = damaged + of_power, max(ratio, 1.0)
        all_ = clean + damaged
        least = 0.3 if is_named else 0.85 if self.is_code or said else 0.7
        # Codes of an account or a thing may have the digits of days and months, but not those of women's.
        if self.is_code and hits["nik"] >= 10 and hits["women"] < hits["nik"] / 10:
            return None
        if all_ < 1 and is_named:
            return self._misfit()
        rare = all_ < 3 and not is_named and self.cells.share("nik", "gapped16", "decimal16") < 0.5
        if is_named and ratio < least:
            return self._misfit()
        # Whoever has no number of that kind is told by the NIK: one is enough.
        rare = rare and said not in _STAFF
        if all_ < 1 or ratio < least or (rare and self.cells.written < self.cells.filled / 2 and not self._lone(ratio)):
            return None
        share = min(1.0, all_ / self.cells.filled)
        kind = self._card(clean) if clean >= damaged else self._damaged()
        # Of digits beyond the fifteenth a spreadsheet keeps noughts.
        if kind is Kind.NIK and hits["nik"] >= 6 and hits["round"] >= 0.98 * hits["nik"]:
            kind = Kind.NIK_DAMAGED
        return Verdict(kind, share, 0.99 if is_named else 0.9 if all_ >= 5 else 0.7)

    def _lone(self, ratio: float) -> bool:
        """Whether the few numbers that can be NIK stand among short ones: no account, no code, no amount is alike."""
        hits = self.cells.hits
        if not hits["nik"] or ratio < 1 or self.said is Kind.BANK_ACCOUNT:
            return False
        if self.is_code and not AMOUNT.search(self.words):
            return hits["likely"] == hits["nik"]
        if self.is_code and self.cells.passing("nik", lambda cell: cell.endswith("00")):
            return False
        # In a form other numbers may be as long, but not many.
        return max(0, hits["long"] - hits["nip"]) + hits["gapped16"] <= hits["nik"]

    def _misfit(self) -> Verdict | None:
        """Digits lost or added, under a heading that names the number; tax numbers are none."""
        share = self.cells.share("nik_misfit", "kk_misfit")
        # Any number may stand under "ID", with days and months by chance or of its own.
        if self.said is Kind.KK or NAMES_NIK.search(self.words):
            share += self.cells.share("nik_elsewhere", "kk_elsewhere")
        if share < 0.5 or self.cells.passing("digits15", numbers.is_npwp) >= 0.8:
            return None
        return Verdict(self._damaged(), min(1.0, share), 0.8)

    def _damaged(self) -> Kind:
        return Kind.KK if self.said is Kind.KK else Kind.NIK_DAMAGED

    def _card(self, clean: float) -> Kind:
        """NIK or KK: of women the day is 40 more, and cards were issued in this century."""
        hits = self.cells.hits
        women, young = hits["women"] / max(1, hits["nik"]), hits["young"] / max(1, hits["nik"])
        if self.said is Kind.KK:
            return Kind.NIK if women > 0.15 and clean >= 10 else Kind.KK
        if self.said is Kind.NIK and NAMES_NIK.search(self.words):
            return Kind.NIK
        is_late = hits["late"] > hits["nik"] / 2
        least = 30 if self.said is Kind.NIK else 2 if is_late else 8
        return Kind.KK if clean >= least and women == 0 and young >= 0.97 else Kind.NIK

    def _nip(self) -> Verdict | None:
        hits, is_named = self.cells.hits, self.said is Kind.NIP
        count = hits["nip"] + (hits["power17"] if is_named else 0)
        if count < 1 or (self.is_code and self.cells.share("nip") < 0.5):
            return None
        return Verdict(Kind.NIP, min(1.0, count / self.cells.filled), 0.99 if is_named else 0.9)

    def _npwp(self) -> Verdict | None:
        hits, is_named = self.cells.hits, self.said is Kind.NPWP
        plain = hits["digits15"] + hits["npwp16"]
        count = hits["npwp_written"]
        checked = self.cells.passing("digits15", numbers.is_npwp)
        if is_named or (checked >= 0.8 and plain >= 5 and self.said in (None, Kind.NIK)):
            count += plain + (hits["nik"] + hits["decimal16"] if is_named else 0)
        if count < 1:
            return None
        return Verdict(Kind.NPWP, min(1.0, count / self.cells.filled), 0.98 if is_named else 0.9)

    def _bpjs(self) -> Verdict | None:
        is_named = self.said is Kind.BPJS
        count = self.cells.hits["bpjs"]
        # What is paid for it is written in as many digits.
        if is_named and _NUMBER_OF.search(self.words):
            count = max(count, self.cells.hits["digits_bpjs"])
        share = min(1.0, count / self.cells.filled)
        if count < 1 or (not is_named and (share < 0.8 or count < 5 or self.is_code or self.said is not None)):
            return None
        return Verdict(Kind.BPJS, share, 0.97 if is_named else 0.75)

    def _account(self) -> Verdict | None:
        share = self.cells.share("account", "power")
        if self.said is not Kind.BANK_ACCOUNT or share < 0.3 or self.cells.share("budget") > 0.2:
            return None
        # No bank's numbers all begin as those of mobile phones do.
        if self.cells.share("mobile") >= 0.95 and self.cells.hits["mobile"] >= 5:
            return None
        return Verdict(Kind.BANK_ACCOUNT, share, 0.9)

    def _email(self) -> Verdict | None:
        hits = self.cells.hits
        if not hits["email"] or self.is_office:
            return None
        of_person = 1 - hits["office_mail"] / max(1, hits["mail_asked"])
        if hits["masked_mail"] > 0.8 * hits["mail_asked"]:
            return None
        if of_person < 0.2 and not PERSON.search(self.words):
            return None
        return Verdict(Kind.EMAIL, self.cells.share("email"), 0.97 if self.said is Kind.EMAIL else 0.93)

    def _phone(self) -> Verdict | None:
        hits, is_named = self.cells.hits, self.said is Kind.PHONE
        if self.is_office_phone:
            return None
        mobile = hits["mobile"] * self.cells.passing("mobile", numbers.is_phone)
        bare = hits["bare_mobile"] * self.cells.passing("bare_mobile", numbers.is_phone) + hits["power_phone"]
        is_bare = is_named or (not self.is_code and self.cells.share("bare_mobile") >= 0.97 and bare >= 20)
        # Landlines are offices' where the heading does not name a person.
        fixed = hits["fixed"] if is_named and PERSON.search(self.words) else 0
        count = mobile + (bare if is_bare else 0) + fixed
        numeric = max(1, self.cells.filled - self.cells.written)
        if not is_named and _METERED.search(self.words):
            return None
        # Few among short numbers are told by what is as long as they are; amounts begin with no nought.
        is_lone = not self.is_code and self.said is None and mobile >= 1 and mobile >= 0.9 * hits["likely"]
        is_stray = bool(AMOUNT.search(self.words)) and self.cells.passing("mobile", _is_dialled) == 1
        is_stray = is_stray and (count <= _STRAY or count >= _MANY * self.cells.filled)
        is_lone = is_lone or (is_stray and mobile >= 1)
        is_other = self.is_office or self.said not in (None, Kind.PHONE, Kind.NIK, Kind.EMAIL, Kind.BANK_ACCOUNT)
        is_rare = count / numeric < (0.9 if self.is_code or is_other else 0.5) and count < 0.9 * numeric
        if count < 1 or (not is_named and is_rare and not is_lone):
            return None
        return Verdict(Kind.PHONE, min(1.0, count / self.cells.filled), 0.98 if is_named else 0.85)

    def _plate(self) -> Verdict | None:
        share, is_named = self.cells.share("plate"), self.said is Kind.PLATE
        if is_named and share > 0:
            return Verdict(Kind.PLATE, share, 0.97)
        if is_named or _NAMES_PLATE.search(self.words):
            # Behind the make of the vehicle; models with letters and digits are few.
            within = sum(bool(_PLATE_WITHIN.search(one)) for one in self.cells.texts) / max(1, len(self.cells.texts))
            return Verdict(Kind.PLATE, within, 0.8) if within >= 0.5 else None
        long = self.cells.passing("plate", lambda cell: sum(map(str.isdigit, cell)) >= 3 and cell.isupper())
        least = 1 if long == 1 else 3
        if share < 0.8 or long < 0.6 or self.cells.hits["plate"] < least or self.is_code or self.said is not None:
            return None
        return Verdict(Kind.PLATE, share, 0.85)

    def _passport(self) -> Verdict | None:
        share, is_named = self.cells.share("passport"), self.said is Kind.PASSPORT
        if is_named and share > 0:
            return Verdict(Kind.PASSPORT, share, 0.97)
        cells = self.cells.examples.get("passport", [])
        letters = {cell[0] for cell in cells}
        running = _running([int(cell[1:]) for cell in cells if cell[1:].isdigit()])
        usual = self.cells.passing(
            "passport", lambda cell: cell[0] in "ABCEXS" and cell[1:].isdigit() and len(cell) == 8
        )
        if share < 0.9 or usual < 0.95 or len(cells) < 10 or self.is_code or self.said is not None:
            return None
        return Verdict(Kind.PASSPORT, share, 0.7) if len(letters) > 1 and not running else None

    def _birth_date(self) -> Verdict | None:
        placed, dates = self.cells.share("place_date"), self.cells.share("date")
        if self.said is Kind.BIRTH_DATE:
            # Births are counted too, in numbers as large as those of days.
            serial = self.cells.share("date_serial", "date_digits") if _NAMES_DATE.search(self.words) else 0
            share = min(1.0, dates + placed + self.cells.share("date_plain", "date_loose") + serial)
            return Verdict(Kind.BIRTH_DATE, share, 0.98) if share > 0 else None
        if placed >= 0.5 and self.spread() >= 20 and not NOT_BIRTH.search(self.words) and self._names_places():
            return Verdict(Kind.BIRTH_DATE, placed, 0.8)
        return None

    def _names_places(self) -> bool:
        """Whether what stands before days is a place: of a paper or a picture there are more words, or its own."""
        texts = self.cells.examples.get("place_date", [])
        return sum(_is_place(words_of(_DAY_BEGINS.split(one, maxsplit=1)[0])) for one in texts) >= 0.7 * len(texts)

    def is_part(self, part: str) -> bool:
        """Whether its heading and cells are those of a part of dates."""
        return self.cells.part == part and self.cells.hits["part"] >= 0.8 * max(1, self.cells.hits["part_asked"])

    def spread(self) -> int:
        """Years between the tenth and the ninetieth of a hundred dates."""
        total, passed, tenth = sum(self.cells.years.values()), 0, None
        for year, count in sorted(self.cells.years.items()):
            passed += count
            tenth = year if tenth is None and passed > total / 10 else tenth
            if tenth is not None and passed >= 0.9 * total:
                return year - tenth
        return 0

    def may_be_birth_date(self) -> bool:
        """Whether dates of an unnamed column, beside persons, are spread as births are."""
        is_free = self.said is None and not NOT_BIRTH.search(self.words)
        return is_free and self.cells.share("date") >= 0.7 and self.spread() >= 20 and min(self.cells.years) >= 1900


def _is_place(words: str) -> bool:
    is_short = len(words.split()) <= _PLACE_WORDS and not _RECORDED.search(words)
    return is_short or said_by(words) is Kind.BIRTH_DATE


def _is_dialled(cell: str) -> bool:
    return cell.lstrip("'( ").startswith(("0", "+"))


def _is_no_short_nip(cell: str) -> bool:
    return numbers.is_nik(cell) and not _SHORT_NIP.fullmatch(cell)


def _gapped_nik(cell: str) -> bool:
    return numbers.is_nik(numbers.digits_of(cell))


def _power_area(cell: str) -> bool:
    return "11" <= numbers.digits_of(cell)[:2] <= "97"


def _running(numbers_: list[int]) -> bool:
    """Whether numbers are given out one after the other."""
    ordered = sorted(set(numbers_))
    steps = [after - before for before, after in zip(ordered, ordered[1:], strict=False)]
    return bool(steps) and sum(step <= 5 for step in steps) > len(steps) / 2
