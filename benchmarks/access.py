"""What our plugins cost: requests to two portals in turns, one with them and one without, else alike.

Both are web processes as `make up` runs them, with one worker each, the same other plugins, the same search engine
and the same datasets (benchmarks/pair). Of each pair of requests the first goes to a side drawn by lot, so that what
else the machine does meets both. A figure is the median of the pairs' ratios with its 95 % interval from order
statistics, which supposes nothing about how times are spread; by the clock, and by the processor time of the web
process and its database processes, which a busy machine changes less.

BENCH_DATASETS (10,000), BENCH_PAIRS (100); BENCH_REUSE=1 takes the content of the last run, BENCH_ONLY="page,show"
some kinds only.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from pair.portals import Portal

Request = tuple[str, str, dict[str, str], bytes | None]
FACETS = '["organization","groups","tags","res_format","license_id"]'
SEARCHES = (
    "q=*:*",
    "q=pendidikan",
    "q=rumah+sakit",
    'fq=organization:"dinas-1"+tags:*',
    "q=jalan&sort=metadata_modified+desc",
)
BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Encoding": "gzip, deflate", "Accept-Language": "id"}
PROGRAM = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "ckanapi/1.0"}


def search(portal: Portal, number: int, **headers: str) -> Request:
    """The API's search, five questions in turn, with five facets."""
    query = SEARCHES[number % len(SEARCHES)].replace(" ", "+")
    facets = FACETS.replace('"', "%22").replace("[", "%5B").replace("]", "%5D")
    address = f"/api/3/action/package_search?rows=20&facet.field={facets}&{query}".replace('"', "%22")
    return "GET", address, PROGRAM | headers, None


def anew(portal: Portal, number: int) -> Request:
    """The same, the first one after a dataset has changed."""
    portal.void()
    return search(portal, number)


def as_editor(portal: Portal, number: int) -> Request:
    return search(portal, number, Authorization=portal.made["token"])


def show(portal: Portal, number: int) -> Request:
    return "GET", f"/api/3/action/package_show?id={_public(portal, number)['id']}", PROGRAM, None


def page(portal: Portal, number: int) -> Request:
    return "GET", f"/dataset/{_public(portal, number)['name']}", BROWSER, None


def page_of_editor(portal: Portal, number: int) -> Request:
    return "GET", f"/dataset/{_public(portal, number)['name']}", BROWSER | {"Authorization": portal.made["token"]}, None


def list_page(portal: Portal, number: int) -> Request:
    return "GET", "/dataset/", BROWSER, None


def download(portal: Portal, number: int) -> Request:
    address = _public(portal, number)["file"]
    return "GET", address[address.index("/dataset/") :], PROGRAM, None


def update(portal: Portal, number: int) -> Request:
    """An officer's whole update of a draft, as programs send it: what `package_show` gave, one field changed."""
    asked = "GET", f"/api/3/action/package_show?id={portal.made['hidden'][0]['id']}", _own(portal), None
    shown = json.loads(ask(portal, asked)[1])["result"]
    changed = shown | {"konsep": f"Murid adalah orang yang terdaftar, {number}."}
    body = json.dumps(changed).encode()
    return "POST", "/api/3/action/package_update", _own(portal) | {"Content-Type": "application/json"}, body


def _public(portal: Portal, number: int) -> dict[str, str]:
    return portal.made["public"][number % len(portal.made["public"])]


def _own(portal: Portal) -> dict[str, str]:
    return PROGRAM | {"Accept-Encoding": "identity", "Authorization": portal.made["token"]}


KINDS: dict[str, tuple[str, float | None, Callable[[Portal, int], Request]]] = {
    "search": ("`package_search`", 1.05, search),
    "anew": ("`package_search` after a change", None, anew),
    "editor": ("`package_search` of an officer", None, as_editor),
    "show": ("`package_show`", 1.05, show),
    "download": ("download of an open file", 1.05, download),
    "page": ("dataset page", 1.0, page),
    "own": ("dataset page of an officer", None, page_of_editor),
    "list": ("list of datasets", None, list_page),
    "update": ("`package_update`", 1.10, update),
}
"""Kind of request -> what it is, the goal of its ratio, how it is asked."""

_lines: dict[str, http.client.HTTPConnection] = {}


def ask(portal: Portal, request: Request) -> tuple[float, bytes]:
    """(seconds, body) of one request over a connection that stays open."""
    line = _lines.setdefault(portal.name, http.client.HTTPConnection("127.0.0.1", portal.port, timeout=120))
    method, address, headers, body = request
    began = time.perf_counter()
    line.request(method, address, body, headers)
    answer = line.getresponse()
    read = answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        sys.exit(f"{portal.name}: {method} {address} answered {answer.status}: {read[:500]!r}")
    return took, read


def processor(pids: list[int]) -> float:
    """Seconds of processor that these processes have had (Linux)."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def pairs(sides: list[Portal], asked: Callable[[Portal, int], Request], count: int) -> dict[str, list[tuple]]:
    """(seconds by the clock, of processor, bytes of the answer) by side; what the first few took is not kept."""
    taken: dict[str, list[tuple]] = {side.name: [] for side in sides}
    lot = random.Random(5)
    pids: dict[str, list[int]] = {}
    warm = 6
    for number in range(count + warm):
        if number % 20 == warm:
            pids = {side.name: side.processes() for side in sides}
        for side in lot.sample(sides, 2):
            request = asked(side, number)
            had = processor(pids.get(side.name, []))
            took, body = ask(side, request)
            if number >= warm:
                taken[side.name].append((took, processor(pids[side.name]) - had, len(body)))
    return taken


def median_and_interval(values: list[float]) -> tuple[float, float, float]:
    """The median and the order statistics between which the true one lies in 95 of 100 cases."""
    ordered, count = sorted(values), len(values)
    below, chance = 0, 0.0
    while True:
        chance += math.comb(count, below) / 2**count
        if chance > 0.025 or below >= (count - 1) // 2:
            break
        below += 1
    return statistics.median(ordered), ordered[max(below - 1, 0)], ordered[min(count - below, count - 1)]


def row(title: str, goal: float | None, taken: dict[str, list[tuple]]) -> str:
    """A line of the table."""
    cells = [title, f"≤ {goal:.2f}" if goal else ""]
    for measure in (0, 1):
        bare, ours = ([one[measure] for one in taken[side]] for side in ("bare", "ours"))
        ratio, low, high = median_and_interval([mine / theirs for mine, theirs in zip(ours, bare, strict=True)])
        cells += [f"{statistics.median(bare) * 1000:.1f}", f"{statistics.median(ours) * 1000:.1f}"]
        cells.append(f"{ratio:.2f} ({low:.2f}–{high:.2f})")
    cells.append(" / ".join(f"{statistics.median(one[2] for one in taken[side]) / 1000:.0f}" for side in taken))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Fills both portals, measures, prints a table for docs/security.md."""
    datasets, count = int(os.environ.get("BENCH_DATASETS", "10000")), int(os.environ.get("BENCH_PAIRS", "100"))
    only = os.environ.get("BENCH_ONLY", "").split(",") if os.environ.get("BENCH_ONLY") else list(KINDS)
    sides = [Portal("bare"), Portal("ours")]
    for side in sides:
        side.write_ini()
        if not (os.environ.get("BENCH_REUSE") and side.ini.with_suffix(".json").exists()):
            began = time.monotonic()
            side.fill(datasets)
            print(f"{side.name}: {datasets} datasets in {time.monotonic() - began:.0f} s", flush=True)
    try:
        for side in sides:
            side.start()
        print(f"\n{_where(sides, count)}\n")
        head = ("request", "goal", "bare ms", "ours ms", "ratio", "bare cpu ms", "ours cpu ms", "ratio", "kB")
        print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
        for kind in only:
            title, goal, asked = KINDS[kind]
            print(row(title, goal, pairs(sides, asked, count)), flush=True)
        print(f"\nload at the end {_load()}")
    finally:
        for line in _lines.values():
            line.close()
        for side in sides:
            side.stop()


def _where(sides: list[Portal], count: int) -> str:
    made = ", ".join(f"{side.name} {side.made['datasets']} ({side.made['indexed']} indexed)" for side in sides)
    now = datetime.now(timezone.utc)
    return (
        f"{now:%Y-%m-%d %H:%M} UTC; {platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; load {_load()}; {count} pairs a line; datasets: {made}"
    )


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
