"""What it costs to compare a million rows of two versions of a file: CSV and XLSX, in processes of its own.

Eight columns as agencies publish them (code, name, number, year, month, a letter, a quantity, a unit); of the new
version one row in a thousand is gone, one in a hundred has another quantity, one in two thousand is new. The work is
that of the job (`domain/table_work.py`); memory is that of all its processes together, asked for every tenth of a
second. BENCH_ROWS (1,000,000).
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
HEADS = ["kode_kelurahan", "nama_kecamatan", "nomor_induk", "tahun", "bulan", "jenis_kelamin", "nilai", "satuan"]


def rows(*, is_new: bool) -> Iterator[list[str | int | float]]:
    """The rows of one version; both draw the same numbers."""
    chance = random.Random(7)
    for at in range(ROWS):
        nilai = round(chance.random() * 100_000, 2)
        code, letter = f"35.73.{at % 40 + 1:02}.{1001 + at % 57}", chance.choice("LP")
        if is_new and at % 100 == 7:
            nilai = round(nilai * 1.1, 2)
        row = [code, f"Kecamatan {at % 40}", f"N{at:09}", 2015 + at % 10, 1 + at % 12, letter, nilai, "jiwa"]
        if is_new and at % 1000 == 3:
            continue
        if is_new and at % 2000 == 5:
            yield [*row[:2], f"B{at:09}", *row[3:]]
        yield row


def write(path: Path, *, is_new: bool) -> None:
    """One version as the ending of its name says."""
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as target:
            writer = csv.writer(target)
            writer.writerow(HEADS)
            writer.writerows(rows(is_new=is_new))
        return
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(itertools.chain([HEADS], rows(is_new=is_new))):
            sheet.write_row(number, 0, row)


def memory_of(parent: int) -> int:
    """Bytes of memory of a process and its children now."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue
        if int(status.parent.name) == parent or int(facts["PPid"]) == parent:
            total += int(facts.get("VmRSS", "0 kB").split()[0]) * 1024
    return total


def measured(folder: Path, kind: str) -> tuple[float, float, int, dict[str, int]]:
    """Seconds by the clock and of processors, bytes at the highest, and what was found."""
    work = folder / f"work-{kind}"
    work.mkdir()
    files = [[str(folder / f"{name}.{kind}"), kind.upper()] for name in ("old", "new")]
    begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, "-m", "ckanext.satudata.domain.table_work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    highest, is_over = [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.1):
            highest[0] = max(highest[0], memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    given = {"work": "diff", "folder": str(work), "files": files, "key": []}
    out, _ = process.communicate(json.dumps(given) + "\n")
    seconds = time.perf_counter() - begun
    is_over.set()
    watcher.join()
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return seconds, cpu, highest[0], json.loads(out.splitlines()[-1])["result"]["rows"]


def main() -> None:
    """Prints a line for each format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("csv", "xlsx"):
            for version in ("old", "new"):
                write(folder / f"{version}.{kind}", is_new=version == "new")
            load = os.getloadavg()[0]
            seconds, cpu, memory, found = measured(folder, kind)
            told = f"{kind}: {ROWS:,} rows, {seconds:.1f} s ({cpu:.1f} s of processors), {memory / 1e6:.0f} MB"
            print(f"{told}, load before {load:.1f}; {found}", flush=True)


if __name__ == "__main__":
    main()
