"""Five years of a portal up to today, written by SQL: datasets, requests, cases with steps and journal, downloads.

One step of fifty was never finished, and what would be finished after today is open too.
BENCH_DATASETS (10,000), BENCH_REQUESTS (100,000), BENCH_DOWNLOADS (1,000,000).
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

from pair.portals import Empty

DATASETS, REQUESTS, DOWNLOADS = (
    int(os.environ.get(f"BENCH_{name}", most))
    for name, most in (("DATASETS", 10**4), ("REQUESTS", 10**5), ("DOWNLOADS", 10**6))
)
AGENCIES, OFFICERS, ENTRIES, DAYS = 40, 200, 9, 5 * 365
"""`ENTRIES`: of the journal for each case."""
UNTIL = date.today()
FROM = UNTIL - timedelta(days=DAYS)

AT = (
    f"timestamptz '{FROM} 00:00+07' + ((n::bigint * 7919) %% {DAYS * 1440}) * interval '1 minute'"
    " + (n %% 60) * interval '1 second'"
)
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
insert into resource (id, url, position, state, name, package_id)
select md5('file' || n), 'data.csv', 0, 'active', 'Data', md5('data' || n) from generate_series(1, %(datasets)s) n;
insert into satudata_resource_file (id, resource_id, package_id, version, real_format, created_at, released_at)
select md5('version' || n), md5('file' || n), md5('data' || n), 1, 'CSV', at, at
from (select n, {at} as at from generate_series(1, %(datasets)s) n) s;
insert into satudata_search_miss (words_hash, "on", count, words)
select md5('words' || w), date '{until}' - d, 1 + (d + w) %% 3, case when w %% 2 = 0 then 'kata contoh ' || w end
from generate_series(0, 399) d, generate_series(1, 20) w;
insert into satudata_ppid_survey (id, month, decision, service, fit)
select 's' || n, to_char(date '{until}' - n %% {days}, 'YYYY-MM'), 'granted', 1 + n %% 4,
    (array['yes', 'partly', 'no'])[1 + n %% 3]
from generate_series(1, %(requests)s / 10) n;
"""
CASES = """
insert into satudata_case (id, process, sop_version_id, subject_type, subject_id, organization_id, started_at,
    received_at, ended_at, outcome, version, data)
select md5(%(process)s || n), %(process)s, %(version)s, %(kind)s, md5(%(subject)s || n), 'o' || n %% %(agencies)s,
    at, at, at + interval '20 days', 'x', 1, '{{}}'
from (select n, {at} as at from generate_series(1, %(count)s) n) s;
insert into satudata_case_step (id, case_id, no, role, organization_id, round, position, opened_at, opened_by_name,
    due_at, due_on, due_provisional, due_calendar, done_at, done_by, done_by_name, command, hands)
select md5(%(process)s || n || '.' || k), md5(%(process)s || n), (%(numbers)s::text[])[k], (%(roles)s::text[])[k],
    'o' || n %% %(agencies)s, 1, k, opened, '', due, due::date, false, '', case when is_done then done end,
    case when is_done then 'u' || 1 + n %% {officers} end, '', case when is_done then (%(commands)s::text[])[k] end,
    '[]'
from (
    select *, done < now() and not (n %% 50 = 0 and k = array_length(%(numbers)s::text[], 1)) as is_done
    from (
        select n, k, at + (k - 1) * interval '31 hours' as opened, at + k * interval '50 hours' as due,
            at + (k - 1) * interval '31 hours' + (n * k * 7 %% 6000) * interval '1 minute' as done
        from (select n, {at} as at from generate_series(1, %(count)s) n) s,
            generate_series(1, array_length(%(numbers)s::text[], 1)) k
    ) t where opened < now()
) u order by opened;
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
select md5('download' || n), {at}, md5('data' || d), md5('file' || d),
    (array['file', 'file', 'file', 'file', 'link', 'officer'])[1 + n %% 6],
    (array['browser', 'browser', 'browser', 'script', 'robot', 'internal'])[1 + n / 6 %% 6], 0
from (
    select n, 1 + floor(%(datasets)s * power(((n::bigint * 48271) %% 99991) / 99991.0, 3))::int as d
    from generate_series(%(first)s, %(last)s) n
) s
order by 2
"""


class FiveYears(Empty):
    """A portal whose queries run on one processor."""

    def __init__(self) -> None:
        super().__init__("report")
        self.env |= {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}


def written(connection: Any, kinds: dict[str, Any]) -> None:
    """Everything but the downloads; `kinds`: of the processes whose cases are written (`kinds_of_cases`)."""
    given = {"datasets": DATASETS, "requests": REQUESTS, "agencies": AGENCIES}
    fixed = {"at": AT, "officers": OFFICERS, "agencies": AGENCIES, "entries": ENTRIES, "until": UNTIL, "days": DAYS}
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


def kinds_of_cases(model: Any) -> dict[str, Any]:
    """Of the processes whose cases are written: the file they run under, and four of its steps. Within CKAN."""
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


def vacuum(connection: Any) -> None:
    """As autovacuum would have done."""
    connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    connection.autocommit = False


def counts(connection: Any) -> str:
    """How much there is."""
    tables = ("package", "satudata_ppid_request", "satudata_case_step", "satudata_journal", "satudata_download")
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select count(*) from {table}")
            found.append(f"{cursor.fetchone()[0]:,} {table.removeprefix('satudata_')}")
    return ", ".join(found)
