"""The dissemination report of five years as XLSX, against pandas and openpyxl making the same from the same database.

10,000 datasets, 100,000 requests, a million downloads and a journal of five years are written by SQL into a database of
its own in the tests' PostgreSQL (pair/five_years.py). Each side is a process of its own that makes the whole workbook
again and again, in turns drawn by lot; both are asked with one database process each (no parallel workers). A figure is
the median of the processor time of the process and its database processes, without start-up, which a busy machine
changes less than the clock. Both workbooks have the same sentences, charts and tables; the cells of the tables are
compared. Peak memory is what the kernel says of the whole process (`VmHWM`), with everything that CKAN loads.

BENCH_DATASETS (10,000), BENCH_REQUESTS (100,000), BENCH_DOWNLOADS (1,000,000), BENCH_PAIRS (5); BENCH_REUSE=1 takes
everything but the downloads from the last run.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

if sys.argv[1:2] == ["ours"]:
    # pandas brings it, and what finds it there loads it; a portal has neither.
    sys.modules["numpy"] = None  # type: ignore[assignment]

import psycopg2
from pair import by_pandas
from pair.five_years import DOWNLOADS, FROM, UNTIL, FiveYears, counts, fetched, kinds_of_cases, written
from pair.told import SHEETS, Side, serve

PAIRS = int(os.environ.get("BENCH_PAIRS", "5"))
GOAL_TIME, GOAL_MEMORY = 0.5, 250
SIZES = [10**power for power in range(4, 7) if 10**power < DOWNLOADS] + [DOWNLOADS]


def ours(ini: str, target: str) -> None:
    """CKAN with our plugins, and the report as the command line makes it."""
    import ckan.config.middleware as middleware
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    import sqlalchemy as sa
    from ckan.cli import load_config

    app = middleware.make_app(load_config(ini))
    backends: set[int] = set()
    model.meta.engine.dispose()
    sa.event.listen(model.meta.engine, "connect", lambda opened, _: backends.add(opened.info.backend_pid))

    def make(name: str, format_: str, from_on: str, until_on: str) -> None:
        from ckanext.satudata.reports import making
        from ckanext.satudata.shared.actors import SYSTEM
        from ckanext.satudata.shared.documents import report_files

        asked = {"name": name, "from_on": from_on, "until_on": until_on}
        report = making.make(model.Session, SYSTEM, asked, locale="id")
        signs = making.signatory(SYSTEM)
        Path(target).write_bytes(report_files.render(report, format_, signatory=signs, locale="id"))
        model.Session.rollback()

    with app._wsgi_app.test_request_context():
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        assert site
        known = {"kinds": kinds_of_cases(model), "open": _open_hours(model), "words": _words(), "counted": _counted()}
        serve(backends, {"make": make}, **known)


def _words() -> dict[str, dict[str, str]]:
    """Codes in words, as pandas writes them too."""
    from ckanext.satudata.shared import wording, words

    with wording.speaking("id"):
        known = {"level", "role", "outcome", "client"}
        return {name: {code: words.code_name(name, code) for code in words.VOCABULARIES[name]} for name in known}


def _counted() -> str:
    """Which downloads count, as SQL."""
    from ckanext.satudata.shared.files import downloads

    return str(downloads.counted().compile(compile_kwargs={"literal_binds": True}))


def _open_hours(model: Any) -> list[tuple[float, float, float, float]]:
    """The stretches in which offices are open: where pandas gets the calendar from."""
    from ckanext.satudata.shared import clock

    first = datetime.combine(FROM - timedelta(days=30), datetime.min.time(), clock.zone())
    calendar = clock.calendar(model.Session)
    rows = calendar.stretches(first, first + timedelta(days=366 * 6))
    return [(opens.timestamp(), seconds, worth, before) for opens, seconds, worth, before in rows]


def same(portal: FiveYears) -> None:
    """Ends where the two workbooks do not say the same."""
    import openpyxl

    books = [openpyxl.load_workbook(portal.folder / f"{name}.xlsx", read_only=True) for name in ("ours", "theirs")]
    for title in SHEETS:
        found = [sorted(map(_plain, book[title].iter_rows(min_row=2, values_only=True))) for book in books]
        if found[0] != found[1]:
            odd = next((pair for pair in zip(*found, strict=False) if pair[0] != pair[1]), tuple(map(len, found)))
            sys.exit(f"{title}: {odd}")


def _plain(row: tuple[Any, ...]) -> tuple[str, ...]:
    def one(cell: Any) -> str:
        if isinstance(cell, datetime):
            return f"{cell:%Y-%m-%d %H:%M}"
        return f"{cell:.2f}" if isinstance(cell, (int, float)) else str(cell)

    return tuple(map(one, row))


def five_years(side: Side, name: str = "dissemination", format_: str = "xlsx") -> dict[str, Any]:
    """One report of all there is."""
    return side.ask("make", name, format_, FROM.isoformat(), UNTIL.isoformat())


def main() -> None:
    """Makes the rows, measures, prints tables for docs/cost.md."""
    portal = FiveYears()
    is_there = os.environ.get("BENCH_REUSE") == "1"
    if not is_there:
        portal.make()
    connection = psycopg2.connect(portal.url)
    mine = Side("ours", portal)
    if is_there:
        with connection.cursor() as cursor:
            cursor.execute("truncate satudata_download")
    else:
        written(connection, mine.facts["kinds"])
    known = portal.folder / "known.json"
    known.write_text(json.dumps({key: mine.facts[key] for key in ("kinds", "open", "words", "counted")}))
    grown, before = [], 0
    for size in SIZES:
        fetched(connection, before + 1, size)
        before = size
        five_years(mine)
        grown.append((size, statistics.median(five_years(mine)["seconds"] for _ in range(3))))
    other = Side("theirs", portal)
    other.ask("know", str(known))
    lot, taken = random.Random(7), {"ours": [], "theirs": []}
    for number in range(PAIRS + 1):
        for side in lot.sample((mine, other), 2):
            said = five_years(side)
            if number:
                taken[side.name].append(said)
    same(portal)
    print(f"CKAN alone: {mine.facts['loaded']:.0f} MB")
    print(f"\n{counts(connection)}; {PAIRS} pairs; load {os.getloadavg()[0]:.1f}\n")
    tell(taken)
    print("\n| downloads | report s (processor) |\n|---|---|")
    for size, seconds in grown:
        print(f"| {size:,} | {seconds:.2f} |")
    each(portal)
    for side in (mine, other):
        side.end()


def tell(taken: dict[str, list[dict[str, Any]]]) -> None:
    """Both sides beside each other."""
    print("| | processor s | clock s | peak MB |\n|---|---|---|---|")
    for name, runs in taken.items():
        middle = [statistics.median(run[key] for run in runs) for key in ("seconds", "clock")]
        print(f"| {name} | {middle[0]:.2f} | {middle[1]:.2f} | {max(run['peak'] for run in runs):.0f} |")
    for key in ("seconds", "clock"):
        ratios = [a[key] / b[key] for a, b in zip(taken["ours"], taken["theirs"], strict=True)]
        print(f"ratio ({key}): {statistics.median(ratios):.2f}, goal ≤ {GOAL_TIME}")


def each(portal: FiveYears) -> None:
    """Every report and every format, in a process of its own."""
    print(f"\n| report | format | processor s | peak MB (goal ≤ {GOAL_MEMORY}) |\n|---|---|---|---|")
    asked = [(name, "xlsx") for name in ("dissemination", "lateness", "monthly", "classification")]
    for name, format_ in [*asked, *(("dissemination", one) for one in ("csv", "json", "pdf"))]:
        side = Side("ours", portal)
        said = five_years(side, name, format_)
        print(f"| {name} | {format_} | {said['seconds']:.2f} | {said['peak']:.0f} |", flush=True)
        side.end()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"ours": ours, "theirs": by_pandas.theirs}[sys.argv[1]](*sys.argv[2:])
    else:
        main()
