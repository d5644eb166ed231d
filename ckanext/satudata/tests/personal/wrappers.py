"""One table of persons in whatever shape a program may write it."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from html import escape
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

from ckanext.satudata.tests.personal import values as v

HEADS = ("nama", "tgl_lahir", "no_rekening")
_NAMES = (
    "Kasiyem",
    "Herlambang",
    "Ngatini",
    "Tampubolon",
    "Laisina",
    "Cecep",
    "Neneng",
    "Rumbiak",
    "Pello",
    "Marsinah",
)
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y", "%Y%m%d")
SIGNS = (
    ";",
    "|",
    ",",
    "^",
    "~",
    "#",
    "\t",
    " : ",
    " - ",
    "::",
    "||",
    "/",
    "=",
    "   ",
    " ",
    "_",
    " • ",
    "\\",
    "*",
    "&",
    " > ",
)
Rows = list[list[str]]
Table = tuple[list[str], Rows]


def table(chance: Random, count: int = 40) -> Table:
    """Headings and rows: names that no list knows, days of birth, numbers of accounts."""
    written = chance.choice(_DAYS)
    begin = chance.choice(("0123010", "1400", "70", "00"))
    rows = []
    for _ in range(count):
        name = " ".join(chance.sample(_NAMES, chance.choice((1, 2, 2, 3))))
        born = v.birth(chance) + timedelta(days=0)
        rows.append(
            [name, born.strftime(written), begin + v.digits(chance, 15 - len(begin) - chance.choice((0, 0, 3)))]
        )
    heads = chance.choice((list(HEADS), ["f1", "f2", "f3"], ["a", "b", "c"], []))
    return heads, rows


def _lines(told: Table) -> Rows:
    heads, rows = told
    return [heads, *rows] if heads else rows


# ---------------------------------------------------------------- in JSON


def _objects(told: Table, chance: Random) -> Any:
    heads = told[0] or ["kolom1", "kolom2", "kolom3"]
    wrap = chance.choice(_VALUES)
    return [{head: wrap(cell) for head, cell in zip(heads, row, strict=True)} for row in told[1]]


_VALUES: tuple[Callable[[str], Any], ...] = (
    lambda cell: cell,
    lambda cell: {"type": "literal", "value": cell},
    lambda cell: {"@value": cell},
    lambda cell: [{"@value": cell, "@language": "id"}],
    lambda cell: {"v": cell},
    lambda cell: {"#text": cell},
    lambda cell: {"S": cell},
    lambda cell: {"stringValue": cell},
    lambda cell: [cell],
    lambda cell: {"a": {"b": {"v": cell}}},
)


def _packed_texts(told: Table, chance: Random) -> Any:
    sign = chance.choice(SIGNS)
    texts = [sign.join(row) for row in _lines(told)]
    return texts if chance.random() < 0.7 else [f"{n}{sign}{one}" for n, one in enumerate(texts)]


def _one_text(told: Table, chance: Random) -> Any:
    inner, outer = chance.sample(SIGNS + ("\n",), 2)
    return outer.join(inner.join(row) for row in _lines(told))


def _sentence(told: Table, chance: Random) -> Any:
    return ", ".join(f"{name} ({born}) {number}" for name, born, number in told[1])


def _by_keys(told: Table, chance: Random) -> Any:
    shape = chance.randrange(7)
    if shape == 0:
        return {name: {born: number} for name, born, number in told[1]}
    if shape == 1:
        return {number: {"a": name, "b": born} for name, born, number in told[1]}
    if shape == 2:
        return {f"{name} {number}": born for name, born, number in told[1]}
    if shape == 3:
        return {born: {name: number} for name, born, number in told[1]}
    if shape == 4:
        return {name: [{"x": born, "y": number}] for name, born, number in told[1]}
    if shape == 5:
        return {name + str(n): born + chance.choice(SIGNS) + number for n, (name, born, number) in enumerate(told[1])}
    return {f"{name} {n}": [born, number] for n, (name, born, number) in enumerate(told[1])}


def _lists(told: Table, chance: Random) -> Any:
    shape = chance.randrange(7)
    rows = _lines(told)
    if shape == 0:
        return rows
    if shape == 1:
        return [cell for row in rows for cell in row]
    if shape == 2:
        return [[{"td": cell} for cell in row] for row in rows]
    if shape == 3:
        return [{"row": row} for row in rows]
    if shape == 4:
        return [list(column) for column in zip(*rows, strict=True)]
    if shape == 5:
        return [[[row]] for row in rows]
    return [{"field": head, "val": cell} for row in told[1] for head, cell in zip(told[0] or "xyz", row, strict=True)]


def _html(told: Table, chance: Random) -> Any:
    mark, cell = chance.choice((("tr", "td"), ("ul", "li"), ("div", "span"), ("p", "b")))
    rows = ["".join(f"<{cell}>{one}</{cell}>" for one in row) for row in _lines(told)]
    said = [f"<{mark}>{row}</{mark}>" for row in rows]
    told_ = said if chance.random() < 0.4 else "".join(said)
    return json.loads(escape(json.dumps(told_), quote=False)) if chance.random() < 0.3 else told_


def _coded(told: Table, chance: Random) -> Any:
    lines = [chance.choice((",", ";")).join(row) for row in _lines(told)]

    def code(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    shape = chance.randrange(4)
    if shape == 0:
        return code("\n".join(lines))
    if shape == 1:
        return [code(one) for one in lines]
    if shape == 2:
        return "data:text/csv;base64," + code("\n".join(lines))
    return "\n".join(lines).encode().hex()


def _json_within(told: Table, chance: Random) -> Any:
    made = chance.choice((_objects, _lists, _by_keys, _packed_texts))(told, chance)
    if isinstance(made, list) and chance.random() < 0.5:
        return [json.dumps(one) for one in made]
    return json.dumps(made)


MAKERS = (
    _objects, _packed_texts, _one_text, _sentence, _by_keys, _lists, _html, _coded, _json_within
)  # fmt: skip


def _nested(made: Any, chance: Random) -> Any:
    """Whatever was made below names of no meaning, beside harmless things."""
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        name = chance.choice(("isi", "data", "result", "rows", "Klojen", "hits", "konten", "2024"))
        beside = chance.choice(
            ({}, {"judul": "Rekap", "tahun": 2024}, {"meta": {"n": 3}}, {"desa": [{"n": 1}, {"n": 2}]})
        )
        made = chance.choice(({**beside, name: made}, {name: made, **beside}, [{"kec": "Sukun", name: made}]))
    return made


def wrapped(seed: int, folder: Path) -> Path:
    """A file with the table of this seed."""
    chance = Random(seed)
    told = table(chance)
    form = chance.choice(("json", "json", "csv", "xlsx"))
    if form == "json":
        path = folder / f"w{seed}.json"
        made = _nested(chance.choice(MAKERS)(told, chance), chance)
        path.write_text(json.dumps(made, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1))))
        return path
    return _flat(seed, form, told, chance, folder)


def _flat(seed: int, form: str, told: Table, chance: Random, folder: Path) -> Path:
    rows = _lines(told)
    shape = chance.randrange(8)
    sign = chance.choice(SIGNS)
    texts = [sign.join(row) for row in rows]
    cells: list[list[Any]]
    if shape == 0:
        cells = [[one] for one in texts]
    elif shape == 1:
        cells = [["kec", "ket"], *(["Klojen", one] for one in texts)]
    elif shape == 2:
        cells = [["kec", "jml"], ["Klojen", chance.choice(("\n", " | ", ", ")).join(texts)], ["Sukun", 4]]
    elif shape == 3:
        cells = [[cell for row in rows for cell in row]]
    elif shape == 4:
        cells = [["kec", "jml", "x"], *(["Klojen", n, 2] for n in range(600)), *rows]
    elif shape == 5:
        cells = [["kec", "data"]] + [["Klojen", json.dumps(chance.choice((row, {"x": row})))] for row in rows]
    elif shape == 6:
        cells = [["kec", "data"]] + [["Klojen", base64.b64encode(one.encode()).decode()] for one in texts]
    else:
        cells = [[None, None, *row] for row in rows]
    path = folder / f"w{seed}.{form}"
    if form == "csv":
        if shape == 0 and sign not in ("\n",):
            path.write_text("\n".join(texts))
            return path
        written = io.StringIO()
        csv.writer(written).writerows(cells)
        path.write_text(written.getvalue())
        return path
    book = openpyxl.Workbook()
    sheet = book.active
    if chance.random() < 0.3:
        sheet.append(["kec", "jml"])
        sheet = book.create_sheet()
        sheet.sheet_state = "veryHidden"
    for row in cells:
        sheet.append(row)
    book.save(path)
    return path
