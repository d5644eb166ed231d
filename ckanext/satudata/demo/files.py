"""Seeded files of the demonstration: the same bytes at every load, made instead of committed."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime

import xlsxwriter

from ckanext.satudata.demo.catalogue import DISTRICTS, YEARS, Subject


def rows(subject: Subject) -> Iterator[list]:
    """Header and rows of the long table: kode_kecamatan, nama_kecamatan, [kategori], value, satuan, tahun."""
    dice = random.Random(subject.title)
    head = ["kode_kecamatan", "nama_kecamatan"] + (["kategori"] if subject.dimension else [])
    yield [*head, subject.measure, "satuan", "tahun"]
    for number, district in enumerate(DISTRICTS, start=1):
        base = {kind: dice.uniform(subject.low, subject.high) for kind in subject.dimension or ("",)}
        for year in YEARS:
            for kind in subject.dimension or ("",):
                base[kind] *= dice.uniform(0.94, 1.08)
                value = int(min(max(base[kind], subject.low), subject.high))
                yield [f"{number:02d}", district] + ([kind] if kind else []) + [value, subject.unit, year]


def as_csv(subject: Subject) -> bytes:
    """UTF-8 CSV with a header row."""
    text = io.StringIO()
    csv.writer(text).writerows(rows(subject))
    return text.getvalue().encode()


def as_xlsx(subject: Subject) -> bytes:
    """A workbook as offices make them: a merged title over the table."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2025, 1, 2)})
        sheet = book.add_worksheet("Data")
        bold = book.add_format({"bold": True, "align": "center"})
        table = list(rows(subject))
        sheet.merge_range(0, 0, 0, len(table[0]) - 1, subject.title, bold)
        for number, row in enumerate(table, start=2):
            sheet.write_row(number, 0, row, bold if number == 2 else None)
    return target.getvalue()


def file_of(subject: Subject) -> tuple[str, bytes]:
    """File name and bytes."""
    stem = "-".join(subject.title.lower().split())[:60]
    return (f"{stem}.xlsx", as_xlsx(subject)) if subject.file_format == "xlsx" else (f"{stem}.csv", as_csv(subject))
