"""What it costs to count a download, and to know who signed: 200 downloads at once, with and without.

Three web processes as `make up` runs them, over one database: one that does not count (its transactions end as they
would without), one that counts, and one whose visitors show the mark of the guestbook. In each round each of them
answers 200 visitors who download at the same time, in an order drawn by lot; a figure is the median of the rounds'
ratios with its 95 % interval (benchmarks/access.py). At the end every download that was answered is in the table.

BENCH_ROUNDS (30), BENCH_VISITORS (200), BENCH_DATASETS (40).
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
from access import median_and_interval
from pair.portals import Portal

GOAL = 1.10
WAYS = {"uncounted": "not counted", "counted": "counted", "signed": "counted, with the mark of the guestbook"}
TYPED = (
    '{"name": "Pengunjung Contoh", "profession": "student", "institution": "Universitas Contoh", '
    '"email": "contoh@contoh.example", "consent": "true"}'
)
_own = threading.local()


def main() -> None:
    """Fills one portal, serves it three ways, prints a table for docs/guestbook.md."""
    rounds, visitors = int(os.environ.get("BENCH_ROUNDS", "30")), int(os.environ.get("BENCH_VISITORS", "200"))
    sides = {way: Portal("ours") for way in WAYS}
    sides["uncounted"].application = "benchmarks.pair.uncounted:application"
    sides["counted"].write_ini()
    sides["counted"].fill(int(os.environ.get("BENCH_DATASETS", "40")))
    try:
        for portal in sides.values():
            portal.start()
        headers: dict[str, dict[str, str]] = {way: {"User-Agent": "curl/8.5"} for way in WAYS}
        headers["signed"]["X-Satudata-Buku-Tamu"] = _sign(sides["signed"])
        before, taken = _rows(sides["counted"]), _measure(sides, headers, rounds, visitors)
        _print(taken, visitors)
        kept, answered = _rows(sides["counted"]) - before, 2 * (rounds + 1) * visitors
        print(f"\n{answered} downloads were answered by the two that count, {kept} are in the table")
        if kept != answered:
            sys.exit("downloads were lost")
    finally:
        for portal in sides.values():
            portal.stop()


def _measure(
    sides: dict[str, Portal], headers: dict[str, dict[str, str]], rounds: int, visitors: int
) -> dict[str, list[float]]:
    """Seconds of each round by way; the first round warms up and is not kept."""
    taken: dict[str, list[float]] = {way: [] for way in sides}
    lot = random.Random(7)
    with ThreadPoolExecutor(visitors) as crowd:
        for number in range(rounds + 1):
            for way in lot.sample(list(sides), len(sides)):
                began = time.perf_counter()
                jobs = [crowd.submit(_download, sides[way], place, headers[way]) for place in range(visitors)]
                for job in jobs:
                    job.result()
                if number:
                    taken[way].append(time.perf_counter() - began)
    return taken


def _download(portal: Portal, place: int, headers: dict[str, str]) -> None:
    """One visitor, whose connection stays open."""
    lines = vars(_own).setdefault("lines", {})
    line = lines.setdefault(portal.port, http.client.HTTPConnection("127.0.0.1", portal.port, timeout=300))
    address = portal.made["public"][place % len(portal.made["public"])]["file"]
    line.request("GET", address[address.index("/dataset/") :], headers=headers)
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {body[:300]!r}")


def _sign(portal: Portal) -> str:
    line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
    line.request("POST", "/api/3/action/satudata_guestbook_sign", TYPED, {"Content-Type": "application/json"})
    return json.loads(line.getresponse().read())["result"]["token"]


def _rows(portal: Portal) -> int:
    connection = psycopg2.connect(portal.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from satudata_download")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def _print(taken: dict[str, list[float]], visitors: int) -> None:
    print(f"\n{visitors} downloads of 60 kB at once, {len(taken['counted'])} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| way | goal | seconds a round | ratio |\n|---|---|---|---|")
    for way, title in WAYS.items():
        seconds = statistics.median(taken[way])
        if way == "uncounted":
            print(f"| {title} | | {seconds:.2f} | 1 |")
            continue
        ratios = [mine / bare for mine, bare in zip(taken[way], taken["uncounted"], strict=True)]
        ratio, low, high = median_and_interval(ratios)
        print(f"| {title} | ≤ {GOAL:.2f} | {seconds:.2f} | {ratio:.2f} ({low:.2f}–{high:.2f}) |")


if __name__ == "__main__":
    main()
