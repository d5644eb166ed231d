"""Invented values with the shape that law and practice give them; every maker draws from the chance it is given."""

from __future__ import annotations

import datetime
from random import Random

from stdnum import luhn

AREAS = ("357301", "350902", "327305", "110105", "517103", "640204", "940107", "320115", "337409", "820401")
FIRST = [
    "Budi",
    "Siti",
    "Agus",
    "Dewi",
    "Ahmad",
    "Sri",
    "Rina",
    "Joko",
    "Nur",
    "Wahyu",
    "Putri",
    "Hendra",
    "Lestari",
    "Eko",
    "Fitri",
    "Dian",
    "Bambang",
    "Ratna",
]
LAST = [
    "Santoso",
    "Wulandari",
    "Prasetyo",
    "Lestari",
    "Hidayat",
    "Saputra",
    "Rahayu",
    "Wijaya",
    "Kurniawan",
    "Setiawan",
    "Handayani",
    "Utomo",
]
PLACES = ("Nusasari", "Bumiayu", "Karangjati", "Sukamaju", "Tegalrejo", "Wonosari")
STREETS = ("Melati", "Kenanga", "Sudirman", "Diponegoro", "Mawar", "Ahmad Yani", "Gajah Mada", "Kartini")
SICK = ("Hipertensi", "TBC paru", "Diabetes melitus", "Demam berdarah", "Asma", "HIV", "Stunting")


def digits(chance: Random, count: int) -> str:
    """So many digits."""
    return "".join(chance.choice("0123456789") for _ in range(count))


def birth(chance: Random) -> datetime.date:
    """A day of birth of somebody alive."""
    return datetime.date(1945, 1, 1) + datetime.timedelta(days=chance.randrange(27_000))


def nik(chance: Random, born: datetime.date | None = None) -> str:
    """Area, day (of women 40 more), month, year, and a running number."""
    born = born or birth(chance)
    day = born.day + (40 if chance.random() < 0.5 else 0)
    return f"{chance.choice(AREAS)}{day:02}{born:%m%y}{chance.randrange(1, 30):04}"


def kk(chance: Random) -> str:
    """Area, the day on which it was issued, and a running number."""
    day = datetime.date(2006, 1, 1) + datetime.timedelta(days=chance.randrange(6900))
    return f"{chance.choice(AREAS)}{day:%d%m%y}{chance.randrange(1, 6000):04}"


def npwp(chance: Random) -> str:
    """Fifteen digits, of which the ninth is a check digit."""
    begin = chance.choice(("04", "06", "07", "08", "09", "47", "58", "64", "75", "82")) + digits(chance, 6)
    return begin + luhn.calc_check_digit(begin) + digits(chance, 3) + "000"


def nip(chance: Random) -> str:
    """Day of birth, month of appointment, sex and a running number."""
    born = datetime.date(1964, 1, 1) + datetime.timedelta(days=chance.randrange(12_500))
    year = born.year + chance.randrange(20, 33)
    return (
        f"{born:%Y%m%d}{min(year, 2024)}{chance.randrange(1, 13):02}{chance.choice('12')}{chance.randrange(1, 20):03}"
    )


def mobile(chance: Random) -> str:
    """A mobile number with its leading nought."""
    return chance.choice(("0812", "0813", "0857", "0838", "0878", "0896", "0821", "0852")) + digits(chance, 8)


def name(chance: Random) -> str:
    """Of a person."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def address(chance: Random) -> str:
    """Of a home."""
    area = f"RT {chance.randrange(1, 20):02}/RW {chance.randrange(1, 12):02}"
    return f"Jl. {chance.choice(STREETS)} No. {chance.randrange(1, 200)} {area}, {chance.choice(PLACES)}"


def plate(chance: Random) -> str:
    """Of a vehicle."""
    letters = "".join(chance.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(chance.choice((2, 2, 3))))
    return f"{chance.choice(('N', 'L', 'B', 'AG', 'AE', 'P', 'DK', 'AB', 'W'))} {chance.randrange(10, 9999)} {letters}"


def account(chance: Random) -> str:
    """Of a bank: ten to fifteen digits."""
    return chance.choice("123456789") + digits(chance, chance.choice((9, 12, 14)))


def passport(chance: Random) -> str:
    """A letter and seven digits."""
    return chance.choice("ABCEX") + digits(chance, 7)


def mail(chance: Random) -> str:
    """Of a person."""
    user = f"{chance.choice(FIRST)}{chance.choice(('.', '_', ''))}{chance.choice(LAST)}{chance.randrange(99)}".lower()
    return f"{user}@{chance.choice(('contoh.id', 'example.com', 'surat.example', 'contoh.co.id'))}"
