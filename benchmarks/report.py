"""The dissemination report of five years as XLSX, against pandas and openpyxl making the same from the same database.

10,000 datasets, 100,000 requests, a million downloads and a journal of five years are written by SQL into a database of
its own in the tests' PostgreSQL. Each side is a process of its own that makes the whole workbook again and again, in
turns drawn by lot; both are asked with one database process each (no parallel workers). A figure is the median of the
processor time of the process and its database process, without start-up, which a busy machine changes less than the
clock. The cells of both workbooks are compared. Peak memory is what the kernel says of the whole process (`VmHWM`),
with everything that CKAN loads.

BENCH_DATASETS (10,000), BENCH_REQUESTS (100,000), BENCH_DOWNLOADS (1,000,000), BENCH_PAIRS (5); BENCH_REUSE=1 takes
everything but the downloads from the last run.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

if sys.argv[1:2] == ["ours"]:
    # pandas brings it, and what finds it there loads it; a portal has neither.
    sys.modules["numpy"] = None  # type: ignore[assignment]

import psycopg2
from access import processor
from inbox import Desk, vacuum
from pair.portals import FOLDER

DATASETS, REQUESTS, DOWNLOADS, PAIRS = (
    int(os.environ.get(f"BENCH_{name}", most))
    for name, most in (("DATASETS", 10**4), ("REQUESTS", 10**5), ("DOWNLOADS", 10**6), ("PAIRS", 5))
)
AGENCIES, OFFICERS = 40, 200
SHEETS = (
    "Data yang dipublikasikan",
    "Menurut produsen data",
    "Waktu setiap langkah",
    "Permohonan data terbatas",
    "Unduhan",
)
FROM, UNTIL = date(2021, 1, 1), date(2025, 12, 31)
GOAL_TIME, GOAL_MEMORY = 0.5, 250
SIZES = [10**power for power in range(4, 7) if 10**power < DOWNLOADS] + [DOWNLOADS]
ENTRIES = 9
"""Entries of the journal for each case."""

AT = "timestamptz '2021-01-01 08:00+07' + ((n::bigint * 7919) %% 2629440) * interval '1 minute'"
"""An instant of the five years."""
PEOPLE = """
insert into "user" (id, name, fullname, email, state, sysadmin, apikey)
select 'u' || n, 'petugas-' || n, 'Petugas Contoh ' || n, 'p' || n || '@nusasari.example', 'active', false, null
from generate_series(1, {officers}) n;
insert into "group" (id, name, title, type, is_organization, state, approval_status)
select 'o' || n, 'dinas-' || n, 'Dinas Contoh ' || n, 'organization', true, 'active', 'approved'
from generate_series(0, {agencies} - 1) n;
"""
DATA = """
insert into package (id, name, title, type, state, private, owner_org)
select md5('data' || n), 'data-' || n, 'Jumlah kejadian contoh menurut kecamatan, nomor ' || n, 'dataset', 'active',
    false, 'o' || n %% %(agencies)s
from generate_series(1, %(datasets)s) n;
insert into satudata_dataset_state (package_id, state, access_level, final_name, first_published_at, published_at,
    editors, changed_at)
select md5('data' || n), 'published', case n %% 10 when 0 then 'terbatas' else 'terbuka' end, 'data-' || n, at, at,
    '[]', at
from (select n, {at} as at from generate_series(1, %(datasets)s) n) s;
"""
CASES = """
insert into satudata_case (id, process, sop_version_id, subject_type, subject_id, organization_id, started_at,
    received_at, ended_at, outcome, version, data)
select md5(%(process)s || n), %(process)s, %(version)s, %(kind)s, md5(%(subject)s || n), 'o' || n %% %(agencies)s,
    at, at, at + interval '20 days', 'x', 1, '{{}}'
from (select n, {at} as at from generate_series(1, %(count)s) n) s;
insert into satudata_case_step (id, case_id, no, role, organization_id, round, position, opened_at, opened_by_name,
    due_at, due_provisional, due_calendar, done_at, done_by, done_by_name, command, hands)
select md5(%(process)s || n || '.' || k), md5(%(process)s || n), (%(numbers)s::text[])[k], (%(roles)s::text[])[k],
    'o' || n %% %(agencies)s, 1, k, at + (k - 1) * interval '31 hours', '', at + k * interval '50 hours', false, '',
    at + (k - 1) * interval '31 hours' + (n * k * 7 %% 6000) * interval '1 minute', 'u' || 1 + n %% {officers}, '',
    (%(commands)s::text[])[k], '[]'
from (select n, {at} as at from generate_series(1, %(count)s) n) s,
    generate_series(1, array_length(%(numbers)s::text[], 1)) k;
insert into satudata_journal (chain, position, at, event, case_id, actor_id, actor_name, subject_type, subject_id,
    payload, previous, hash)
select md5(%(process)s || n), k, at + k * interval '1 hour',
    case when k = 1 and %(kind)s = 'dataset' then 'published' else 'approved' end, md5(%(process)s || n), null,
    'petugas-' || 1 + n %% {officers}, %(kind)s, md5(%(subject)s || n), '{{}}', repeat('0', 64), repeat('0', 64)
from (select n, {at} - interval '1 hour' as at from generate_series(1, %(count)s) n) s, generate_series(1, {entries}) k;
"""
ASKED = """
insert into satudata_ppid_request (id, ref, number, number_count, number_year, received_at, entered_at, channel,
    case_id, applicant_kind, is_citizen, dataset_id, organization_id, question, purpose, form, language, key_hash,
    tracking_hash, confirm_tries, confirm_sent, decision, surveyed)
select 'r' || n, 'r' || n, n || '/PPID', n, 2021, {at}, {at}, 'online', md5('request' || n), 'person', true,
    md5('data' || 1 + n %% %(datasets)s), 'o' || n %% %(agencies)s, '?', '?', 'soft', 'id', 'k' || n, 't', 0, 0,
    (array['granted', 'granted_in_part', 'refused', 'withdrawn', null])[1 + n %% 5], false
from generate_series(1, %(requests)s) n
"""
FETCHED = """
insert into satudata_download (id, at, package_id, resource_id, channel, client, bytes_sent)
select md5('download' || n), {at},
    md5('data' || 1 + floor(%(datasets)s * power(((n::bigint * 48271) %% 99991) / 99991.0, 3))::int), 'x' || n %% 500,
    (array['file', 'file', 'file', 'file', 'link', 'officer'])[1 + n %% 6],
    (array['browser', 'browser', 'browser', 'script', 'robot', 'internal'])[1 + n / 6 %% 6], 0
from generate_series(%(first)s, %(last)s) n
"""


class Reports(Desk):
    """The portal with our plugins and their tables, beside that of the inbox."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = FOLDER / "report"
        self.ini, self.tables_ini = self.folder / "ckan.ini", self.folder / "tables.ini"
        self.url = self.url.replace(self.database, "bench_report_test")
        self.database = "bench_report_test"
        self.env |= {"CKAN_INI": str(self.ini), "CKAN_SQLALCHEMY_URL": self.url}
        self.env |= {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}


def written(connection: Any, kinds: dict[str, Any]) -> None:
    """Everything but the downloads."""
    given = {"datasets": DATASETS, "requests": REQUESTS, "agencies": AGENCIES}
    fixed = {"at": AT, "officers": OFFICERS, "agencies": AGENCIES, "entries": ENTRIES}
    about = {"preparation": ("dataset", "data", DATASETS), "request": ("request", "ask", REQUESTS)}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE.format(**fixed))
        cursor.execute(DATA.format(**fixed), given)
        for process, (kind, subject, count) in about.items():
            asked = {"process": process, "kind": kind, "subject": subject, "count": count, **kinds[process]}
            cursor.execute(CASES.format(**fixed), given | asked)
        cursor.execute(ASKED.format(**fixed), given)
    vacuum(connection)


def fetched(connection: Any, first: int, last: int) -> None:
    """Downloads number `first` to `last`."""
    with connection.cursor() as cursor:
        cursor.execute(FETCHED.format(at=AT), {"datasets": DATASETS, "first": first, "last": last})
    vacuum(connection)


class Side:
    """One of the two: a process that makes the workbook whenever it is told to."""

    def __init__(self, name: str, portal: Reports):
        self.name, self.target = name, portal.folder / f"{name}.xlsx"
        command = [sys.executable, __file__, name, str(portal.ini), str(self.target)]
        self.process = subprocess.Popen(
            command, env=portal.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.facts = self.told()

    def told(self) -> dict[str, Any]:
        """The next line it says."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.name} ended")

    def ask(self, *words: str) -> dict[str, Any]:
        """Has it do something; `seconds` of processor with its database process, `clock`, `peak` in MB."""
        assert self.process.stdin is not None
        pids = [self.process.pid, self.facts["backend"]]
        had, began = processor(pids), time.perf_counter()
        self.process.stdin.write(" ".join(words) + "\n")
        said = self.told()
        return {**said, "seconds": processor(pids) - had, "clock": time.perf_counter() - began}

    def end(self) -> None:
        """No more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def peak() -> float:
    """The most memory this process ever had, in MB."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def serve(backend: int, acts: dict[str, Any], **facts: Any) -> None:
    """Does what the parent asks for, line by line."""
    print(json.dumps({"backend": backend, "loaded": peak(), **facts}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        acts[name](*words)
        print(json.dumps({"peak": peak()}), flush=True)


# ---------------------------------------------------------------- ours


def ours(ini: str, target: str) -> None:
    """CKAN with our plugins, and the report as the command line makes it."""
    import ckan.config.middleware as middleware
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    from ckan.cli import load_config

    app = middleware.make_app(load_config(ini))

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
        backend = model.Session.connection().connection.dbapi_connection.info.backend_pid
        serve(backend, {"make": make}, kinds=_kinds(model), open=_open_hours(model), words=_words(), counted=_counted())


def _kinds(model: Any) -> dict[str, Any]:
    """Of the processes whose cases are written: the file they run under, and four of its steps."""
    from ckanext.satudata.shared import process
    from ckanext.satudata.shared.actors import SYSTEM
    from ckanext.satudata.shared.sop import sops

    found = {}
    for name in ("preparation", "request"):
        case = process.start(
            model.Session, name, subject_type="x", subject_id=name, organization_id="x", actor=SYSTEM, works=False
        )
        version = case.sop_version_id
        steps = [*sops.of_version(model.Session, version).steps.values()][:4]
        found[name] = {
            "version": version,
            "numbers": [step.no for step in steps],
            "roles": [step.pelaksana[0].value for step in steps],
            "commands": ["approve"] * (len(steps) - 1) + ["deliver" if name == "request" else "publish"],
            "title": sops.of_version(model.Session, version).title or name,
            "what": [step.uraian for step in steps],
        }
    model.Session.commit()
    return found


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


# ---------------------------------------------------------------- pandas


def theirs(ini: str, target: str) -> None:
    """The same workbook as somebody would make it who knows pandas and the tables."""
    import pandas
    import sqlalchemy as sa

    engine = sa.create_engine(os.environ["CKAN_SQLALCHEMY_URL"])
    connection = engine.connect()
    known: dict[str, Any] = {}

    def know(path: str) -> None:
        known.update(json.loads(Path(path).read_text()))

    def make(name: str, format_: str, from_on: str, until_on: str) -> None:
        end = date.fromisoformat(until_on) + timedelta(days=1)
        asked = {"start": f"{from_on} 00:00+07", "end": f"{end} 00:00+07"}

        def read(sql: str) -> Any:
            return pandas.read_sql_query(sa.text(sql), connection, params=asked)

        tables = _tables(pandas, read, known)
        with pandas.ExcelWriter(target, engine="openpyxl", datetime_format="dd/mm/yyyy hh:mm") as book:
            told = [len(tables[0]), len(tables[2]), len(tables[3]), int(tables[4]["count"].sum())]
            pandas.DataFrame({"": told}).to_excel(book, sheet_name="Ringkasan", index=False)
            for title, table in zip(SHEETS, tables, strict=True):
                table.to_excel(book, sheet_name=title, index=False, freeze_panes=(1, 0))
                sheet = book.sheets[title]
                sheet.auto_filter.ref = sheet.dimensions
                for column in sheet.column_dimensions.values():
                    column.width = 24
        connection.rollback()

    backend = connection.connection.dbapi_connection.info.backend_pid
    connection.rollback()
    serve(backend, {"make": make, "know": know})


def _tables(pandas: Any, read: Any, known: dict[str, Any]) -> list[Any]:
    words = known["words"]
    agencies = read('select id as organization_id, title as producer from "group" where is_organization')
    data = read("select id as package_id, title as dataset, owner_org as organization_id from package")
    data = data.merge(agencies, on="organization_id")[["package_id", "dataset", "producer"]]
    published = _published(pandas, read, data, words)
    fetched = read(
        f"select package_id, client from satudata_download where at >= :start and at < :end and {known['counted']}"
    )
    fetched = fetched.groupby(["package_id", "client"]).size().rename("count").reset_index()
    fetched = fetched.merge(data, on="package_id")
    steps, answered = _steps(pandas, read, known)
    asked = read(
        "select case_id, organization_id, decision from satudata_ppid_request "
        "where received_at >= :start and received_at < :end"
    )
    is_told = asked.case_id.isin(answered) | (asked.decision == "withdrawn")
    asked["outcome"] = asked.decision.where(is_told).fillna("open").map(words["outcome"])
    outcomes = asked.groupby("outcome").size().rename("count").reset_index()
    producers = pandas.concat(
        [
            published.groupby("producer").size().rename("published"),
            asked.merge(agencies, on="organization_id").groupby("producer").size().rename("requests"),
            fetched.groupby("producer")["count"].sum().rename("downloads"),
        ],
        axis=1,
    )
    producers = producers.fillna(0).astype(int).rename_axis("producer").reset_index().sort_values("producer")
    fetched["client"] = fetched.client.map(words["client"])
    order = {"by": ["count", "dataset", "producer", "client"], "ascending": [False, True, True, True]}
    fetched = fetched.sort_values(**order)[["dataset", "producer", "client", "count"]]
    return [published, producers, steps, outcomes, fetched]


def _published(pandas: Any, read: Any, data: Any, words: dict[str, Any]) -> Any:
    rows = read(
        "select package_id, access_level as level, first_published_at as at from satudata_dataset_state "
        "where first_published_at >= :start and first_published_at < :end"
    ).merge(data, on="package_id")
    events = read(
        "select id, subject_id as package_id, at as told_at, actor_name from satudata_journal "
        "where event = 'published' and subject_type = 'dataset'"
    )
    people = read('select name as actor_name, fullname as by from "user"')
    events = events.merge(rows[["package_id", "at"]], on="package_id")
    events = events[events.told_at <= events["at"]].sort_values("id").drop_duplicates("package_id", keep="last")
    rows = rows.merge(events[["package_id", "actor_name"]], on="package_id", how="left")
    rows = rows.merge(people, on="actor_name", how="left")
    rows["level"] = rows.level.map(words["level"])
    rows["at"] = pandas.to_datetime(rows["at"], utc=True).dt.tz_convert("Asia/Jakarta").dt.tz_localize(None)
    return rows.sort_values(["at", "dataset"])[["dataset", "producer", "level", "at", "by"]]


def _steps(pandas: Any, read: Any, known: dict[str, Any]) -> tuple[Any, Any]:
    """The table of steps, and the cases whose answer has left."""
    import numpy

    rows = read(
        "select s.case_id, s.no, s.role, s.opened_at, s.done_at, s.due_at, s.command, c.sop_version_id as version "
        "from satudata_case_step s join satudata_case c on c.id = s.case_id "
        "where s.done_at >= :start and s.done_at < :end and s.command is not null"
    )
    opens, seconds, worth, before = (numpy.array(column) for column in zip(*known["open"], strict=True))

    def until(at: Any) -> Any:
        stamps = (pandas.to_datetime(at, utc=True) - pandas.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        place = numpy.searchsorted(opens, stamps, side="right") - 1
        return before[place] + numpy.minimum(stamps - opens[place], seconds[place]) * worth[place]

    rows["days"] = numpy.maximum(until(rows.done_at) - until(rows.opened_at), 0)
    rows["late"] = rows.done_at > rows.due_at
    said = pandas.DataFrame(
        [
            (kind["version"], no, kind["title"], what)
            for kind in known["kinds"].values()
            for no, what in zip(kind["numbers"], kind["what"], strict=True)
        ],
        columns=["version", "no", "process", "what"],
    )
    rows = rows.merge(said, on=["version", "no"])
    rows["role"] = rows.role.map(known["words"]["role"])
    groups = rows.groupby(["process", "no", "what", "role"])
    table = groups.agg(
        count=("days", "size"), median=("days", "median"), longest=("days", "max"), late=("late", "sum")
    ).reset_index()
    return table.round({"median": 2, "longest": 2}), _delivered(read)


def _delivered(read: Any) -> Any:
    sql = "select distinct case_id from satudata_case_step where command = 'deliver' and done_at is not null"
    return read(sql).case_id


# ---------------------------------------------------------------- measuring


def same(portal: Reports) -> None:
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
    portal = Reports()
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


def each(portal: Reports) -> None:
    """Every report and every format, in a process of its own."""
    print(f"\n| report | format | processor s | peak MB (goal ≤ {GOAL_MEMORY}) |\n|---|---|---|---|")
    asked = [(name, "xlsx") for name in ("dissemination", "lateness", "monthly", "classification")]
    for name, format_ in [*asked, *(("dissemination", one) for one in ("csv", "json", "pdf"))]:
        side = Side("ours", portal)
        said = five_years(side, name, format_)
        print(f"| {name} | {format_} | {said['seconds']:.2f} | {said['peak']:.0f} |", flush=True)
        side.end()


def counts(connection: Any) -> str:
    """How much there is."""
    tables = ("package", "satudata_ppid_request", "satudata_case_step", "satudata_journal", "satudata_download")
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select count(*) from {table}")
            found.append(f"{cursor.fetchone()[0]:,} {table.removeprefix('satudata_')}")
    return ", ".join(found)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"ours": ours, "theirs": theirs}[sys.argv[1]](*sys.argv[2:])
    else:
        main()
