"""Requests that did not come through the portal's own form: an officer enters them (UU 14/2008 art. 22(1), (4))."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum

from ckanext.satudata.domain import list_file, written
from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.domain.errors import Invalid, too_long


class Channel(str, Enum):
    """How a request came."""

    ONLINE = "online"
    COUNTER = "counter"
    LETTER = "letter"
    TELEPHONE = "telephone"
    PPID_SITE = "ppid_site"
    """The government's separate site of the PPID."""


ENTERED = tuple(one for one in Channel if one is not Channel.ONLINE)
OUTSIDE_LONGEST = 100
COLUMNS = {
    "nomor_luar": "outside_number",
    "diterima": "received_at",
    "jalur": "channel",
    "jenis_pemohon": "applicant_kind",
    "nama": "name",
    "lembaga": "institution",
    "nomor_badan_hukum": "legal_number",
    "nomor_kuasa": "power_number",
    "nik": "nik",
    "alamat": "address",
    "pekerjaan": "occupation",
    "email": "email",
    "telepon": "phone",
    "rincian": "question",
    "tujuan": "purpose",
    "bentuk": "form",
    "cara_memperoleh": "obtain",
    "cara_mengirim": "sending",
    "dataset": "dataset",
}
"""Heads of the list to names of the action's parameters."""
REQUIRED = ("nomor_luar", "diterima", "nama", "rincian", "tujuan")
MOST_LINES = 200
"""Each makes a receipt, while the one who asked waits."""
_KINDS = {
    "": "person",
    "perorangan": "person",
    "orang": "person",
    "pribadi": "person",
    "badan hukum": "legal_entity",
    "badan_hukum": "legal_entity",
    "kelompok": "group",
    "kelompok orang": "group",
}
_FORMS = {"": "soft", "softcopy": "soft", "salinan elektronik": "soft", "hardcopy": "hard", "salinan cetak": "hard"}
_OBTAIN = {"melihat": "see", "membaca": "see", "mencatat": "see", "salinan": "copy", "mendapatkan salinan": "copy"}
_SENDING = {
    "tautan": "link",
    "surel": "link",
    "email": "link",
    "e-mail": "link",
    "mengambil langsung": "collect",
    "diambil langsung": "collect",
    "loket": "collect",
    "kurir": "courier",
    "pos": "post",
}
_CHANNELS = {
    "": Channel.PPID_SITE.value,
    "situs ppid": Channel.PPID_SITE.value,
    "loket": Channel.COUNTER.value,
    "surat": Channel.LETTER.value,
    "telepon": Channel.TELEPHONE.value,
}


TAKES: Mapping[str, tuple[str, ...]] = {
    column: tuple(word for word in words if word and "_" not in word)
    for column, words in (
        ("jalur", _CHANNELS),
        ("jenis_pemohon", _KINDS),
        ("bentuk", _FORMS),
        ("cara_memperoleh", _OBTAIN),
        ("cara_mengirim", _SENDING),
    )
}
"""The words that a column of the list takes, where it takes not any."""


@dataclass(frozen=True)
class Line:
    """One line of the list: its number in the spreadsheet (the header is 1) and its cells by parameter."""

    number: int
    values: Mapping[str, str]


def read(content: bytes | str) -> list[Line]:
    """The lines of a list of requests. Raises Invalid where the file as a whole cannot be read."""
    rows = list_file.rows(list_file.decode(content), tuple(COLUMNS), REQUIRED, MOST_LINES)
    return [Line(number, _values(cells)) for number, cells in rows]


def _values(cells: Mapping[str, str]) -> dict[str, str]:
    values = {name: cells.get(column, "") for column, name in COLUMNS.items()}
    for name, words in (
        ("applicant_kind", _KINDS),
        ("form", _FORMS),
        ("obtain", _OBTAIN),
        ("sending", _SENDING),
        ("channel", _CHANNELS),
    ):
        typed = values[name].strip().lower()
        values[name] = words.get(typed, typed)
    return values


def column_of(name: str) -> str:
    """The head under which a parameter stands in the list."""
    return next((column for column, parameter in COLUMNS.items() if parameter == name), name)


def received(typed: str, now: datetime, zone: tzinfo, most_days: int) -> datetime:
    """The instant of receipt that an officer typed: a day (its noon, or now on the day itself) or an ISO instant.

    It runs the statutory clock, so it is never in the future, nor more than `most_days` calendar days ago.
    Raises Invalid.
    """
    if not typed:
        raise Invalid("Enter when the request was received.", field="received_at")
    at = _instant(typed, now, zone)
    if at > now:
        raise Invalid("The day of receipt lies in the future.", field="received_at", mend="Check the date.")
    if at < now - timedelta(days=most_days):
        raise Invalid(
            "The day of receipt is more than {days} days ago.",
            field="received_at",
            mend="Check the date; an older request is answered outside the portal.",
            days=most_days,
        )
    return at


def _instant(typed: str, now: datetime, zone: tzinfo) -> datetime:
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.+", typed):
        return _iso(typed, zone)
    told = re.fullmatch(r"(.+?)[, ]+(?:pukul )?([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?", typed)
    if told:
        return datetime.combine(_day(told[1]), time(int(told[2]), int(told[3])), zone)
    on = _day(typed)
    noon = datetime.combine(on, time(12), zone)
    return min(noon, now) if on == now.astimezone(zone).date() else noon


def _iso(typed: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(typed.replace("Z", "+00:00"))
    except ValueError:
        raise _no_date() from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _day(typed: str) -> date:
    # What stands behind a day was meant as a time; it is not passed over.
    if re.match(r"\d{4}-\d\d-\d\d\s*\S", typed):
        raise _no_date()
    try:
        return written.day(typed)
    except ValueError:
        raise _no_date() from None


def _no_date() -> Invalid:
    return Invalid("This is no date.", field="received_at", mend="Write it as day, month and year: 3 Agustus 2026.")


def channel_of(typed: str) -> Channel:
    """How the request came. Raises Invalid for what an officer does not enter."""
    if typed not in {one.value for one in ENTERED}:
        raise Invalid("Choose how the request came.", field="channel")
    return Channel(typed)


def faults(
    channel: Channel, outside_number: str, files: Collection[FileKind], *, is_office: bool = False
) -> Iterator[Invalid]:
    """What an entry lacks besides the request itself: of a letter the scan, of the other site the number there.

    `is_office`: a government office asks, which the site of the PPID does not serve.
    """
    if channel is Channel.PPID_SITE and is_office:
        yield Invalid("Choose how the request came.", field="channel")
    if channel is Channel.LETTER and FileKind.EVIDENCE not in files:
        yield Invalid("Attach the scan of the letter.", field="evidence")
    if channel is Channel.PPID_SITE and not outside_number:
        yield Invalid("Enter the number that the request has there.", field="outside_number")
    yield from too_long(outside_number, "outside_number", OUTSIDE_LONGEST)
