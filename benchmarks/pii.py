"""What it costs to scan a million rows of twelve columns for personal data, in the process that the command uses.

Half of the columns hold personal data, the others what looks like it. Beside it Presidio on the same file where it is
installed (it is no dependency: `pip install presidio-analyzer`): its recognizers of e-mails and phones, and its pattern
recognizer with sixteen digits for NIK, cell by cell without a language model, on the first rows only and
reckoned up to all. BENCH_ROWS (1,000,000), BENCH_PRESIDIO_ROWS (2,000).
"""

from __future__ import annotations

import csv
import importlib
import itertools
import json
import logging
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ckanext.satudata.tests.personal import values

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
PRESIDIO_ROWS = int(os.environ.get("BENCH_PRESIDIO_ROWS", "2000"))
HEADS = [
    "nik",
    "nama",
    "tgl_lahir",
    "alamat",
    "no_hp",
    "email",
    "jk",
    "kecamatan",
    "kode_rekening",
    "nilai",
    "rasio",
    "catatan",
]
DRAWN = 50_000
"""Rows that are drawn; the others differ in the NIK and the amount."""


def write(path: Path) -> None:
    """The file."""
    chance = random.Random(1)
    drawn = [
        [
            int(values.nik(chance)), values.name(chance), values.birth(chance), values.address(chance),
            values.mobile(chance), values.mail(chance), chance.choice("LP"), chance.choice(values.PLACES),
            f"5.1.02.01.0{chance.randrange(9)}.{values.digits(chance, 4)}", chance.randrange(10**6, 10**10),
            f"0.{values.digits(chance, 16)}", chance.choice(("", "sehat", "rujuk ke puskesmas")),
        ]
        for _ in range(min(ROWS, DRAWN))
    ]  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(HEADS)
        for number in range(ROWS):
            again, at = divmod(number, DRAWN)
            nik, *cells = drawn[at]
            cells[8] += again
            writer.writerow([nik + again, *cells])
            cells[8] -= again


def ours(path: Path) -> None:
    """Seconds by the clock and of processors, and memory at its highest, of the process."""
    begun = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-m", "ckanext.satudata.domain.personal.work"],
        input=json.dumps([[str(path), "csv"]]) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    kinds = [one["kind"] for one in json.loads(process.stdout)["findings"]]
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(f"scan: {ROWS:,} rows, {seconds:.1f} s ({cpu:.1f} s of processors), {memory:.0f} MB; {kinds}", flush=True)


def presidio(path: Path) -> None:
    """The same of Presidio's recognizers."""
    try:
        analyzer = importlib.import_module("presidio_analyzer")
        known = importlib.import_module("presidio_analyzer.predefined_recognizers")
    except ImportError as error:
        print(f"Presidio: not installed ({error})")
        return
    sixteen = analyzer.Pattern("nik", r"\b\d{16}\b", 0.5)
    recognizers = [
        (known.EmailRecognizer(), ["EMAIL_ADDRESS"]),
        (known.PhoneRecognizer(supported_regions=("ID",)), ["PHONE_NUMBER"]),
        (analyzer.PatternRecognizer("NIK", patterns=[sixteen]), ["NIK"]),
    ]
    with path.open(encoding="utf-8") as source:
        rows = list(itertools.islice(csv.reader(source), 1, PRESIDIO_ROWS + 1))
    # It wants a list from the network, falls back on its own, and tells so at length; that is not measured.
    logging.disable(logging.CRITICAL)
    recognizers[0][0].analyze("a@contoh.id", ["EMAIL_ADDRESS"], None)
    begun, found = time.perf_counter(), 0
    for cell in itertools.chain.from_iterable(rows):
        found += sum(bool(one.analyze(cell, kinds, None)) for one, kinds in recognizers)
    seconds = time.perf_counter() - begun
    whole = seconds * ROWS / max(1, len(rows))
    print(f"Presidio: {len(rows):,} rows, {seconds:.1f} s, {found} cells; {ROWS:,} rows would take {whole:.0f} s")


def main() -> None:
    """Prints a line for each."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "persons.csv")
        write(path)
        print(f"load before {os.getloadavg()[0]:.1f}")
        ours(path)
        presidio(path)


if __name__ == "__main__":
    main()
