"""Sheets that are no single table with its headings on top: tables below each other, forms, tables that lie on their
side, a number that does not belong where it stands, dates in three columns. Words and spellings are those of a corpus.
"""

from __future__ import annotations

from random import Random
from types import ModuleType
from typing import Any

from ckanext.satudata.tests.personal import values as v
from ckanext.satudata.tests.personal.tables import Laid

Lines = list[list[Any]]
Found = set[tuple[int | None, str]]


def _counted(chance: Random, rows: int) -> Lines:
    """A table of numbers by place."""
    lines: Lines = [["Kecamatan", "Jumlah", "Tahun"]]
    return lines + [[chance.choice(v.PLACES), chance.randrange(900), chance.randrange(2015, 2026)] for _ in range(rows)]


def _picked(corpus: ModuleType, chance: Random, count: int) -> list[tuple[str, str, Any]]:
    """Labels with their kinds and makers."""
    kinds = chance.sample(sorted(corpus.LABELLED), count)
    return [(chance.choice(corpus.LABELLED[kind][0]), kind, corpus.LABELLED[kind][1]) for kind in kinds]


def _below(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    picked = _picked(corpus, chance, chance.choice((1, 2)))
    lines = _counted(chance, chance.choice((8, 40, 300))) + [[]]
    lines += [["Daftar penerima"]] if chance.random() < 0.5 else []
    lines.append(["Nama", *(label for label, _, _ in picked)])
    lines += [[v.name(chance), *(make(chance) for _, _, make in picked)] for _ in range(chance.choice((2, 5, 30)))]
    if chance.random() < 0.3:
        lines += [[], *_counted(chance, 60)]
    return lines, {(at, kind) for at, (_, kind, _) in enumerate(picked, 1)}


def _form(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    picked, lines = _picked(corpus, chance, chance.choice((2, 3, 5))), []
    between = [":"] if chance.random() < 0.5 else []
    for _ in range(chance.choice((1, 1, 3))):
        lines += [["FORMULIR BANTUAN"], ["Nama", *between, v.name(chance)]]
        lines += [[label, *between, make(chance)] for label, _, make in picked] + [[]]
    return lines, {(1 + len(between), kind) for _, kind, _ in picked}


def _sideways(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    picked, persons = _picked(corpus, chance, chance.choice((2, 3, 4))), chance.choice((3, 8, 15))
    lines = [["Nama", *(v.name(chance) for _ in range(persons))]]
    lines += [[label, *(make(chance) for _ in range(persons))] for label, _, make in picked]
    return lines, {(at, kind) for at in range(1, persons + 1) for _, kind, _ in picked}


def _stray(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    lines = _counted(chance, 300)[chance.randrange(2) :]
    lines[chance.randrange(5, 290)][1] = v.nik(chance)
    return lines, {(1, "nik")}


def _date_parts(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    lines: Lines = [["Nama", *chance.choice(corpus.DATE_PARTS)]]
    for _ in range(50):
        born = v.birth(chance)
        lines.append([v.name(chance), born.day, born.month, born.year])
    return lines, {(at, "birth_date") for at in (1, 2, 3)}


def _of_offices(corpus: ModuleType, chance: Random) -> tuple[Lines, Found]:
    """The same shapes with nothing of persons."""
    beside = chance.sample(corpus.BESIDE, 5)
    shape = chance.randrange(3)
    if shape == 0:
        return [["PROFIL DINAS"], *([label, ":", make(chance)] for label, make in beside)], set()
    if shape == 1:
        heads = ["Uraian", *range(2019, 2026)]
        return [heads, *([label, *(make(chance) for _ in range(7))] for label, make in beside)], set()
    rows = [["Dinas Sosial", *(make(chance) for _, make in beside[:2])] for _ in range(20)]
    return [*_counted(chance, 40), [], ["Dinas", *(label for label, _ in beside[:2])], *rows], set()


_LAYOUTS = (_below, _form, _sideways, _stray, _date_parts, _of_offices, _of_offices)


def cases(corpus: ModuleType, count: int) -> list[Laid]:
    """So many of them with the words of a corpus; the n-th is always the same."""
    made = []
    for number in range(count):
        chance = Random(corpus.SEED + 500_000 + number)
        lines, found = _LAYOUTS[number % len(_LAYOUTS)](corpus, chance)
        form = chance.choice(("csv", "xlsx", "ods"))
        case = Laid(f"laid{number}", form, [], len(lines), sheet="Data", mark=chance.choice(",;\t"))
        case.lines, case.found = lines, found
        made.append(case)
    return made
