"""The inbox with 100,000 open steps against the bare query on its index, and as the history grows to a million.

In the tests' PostgreSQL, in a database of its own. Two cases go the real way, one to the verifier and one to Walidata;
the others are copies of their rows by INSERT … SELECT, for other agencies and with other due times. The bare query is
what no inbox can do without: one page of the person's open steps with their cases, in the order of work, and how many
there are, by psycopg and without any object made of it. Both are asked in turns, drawn by lot; a figure is the median
of the processor time of this process and its database processes, which a busy machine changes less than the clock.

BENCH_STEPS (100,000) open steps, BENCH_HISTORY (1,000,000) finished ones and as many journal entries, BENCH_PAIRS (40).
"""

from __future__ import annotations

import os
import random
import statistics
import time
from typing import Any

import ckan.config.middleware as middleware
import ckan.model as model
import ckan.plugins.toolkit as tk
import psycopg2
from access import processor
from ckan.cli import load_config
from flask_login import login_user
from pair.portals import Empty

STEPS, HISTORY = (int(os.environ.get(name, most)) for name, most in (("BENCH_STEPS", 10**5), ("BENCH_HISTORY", 10**6)))
PAIRS, PAGE, AGENCIES, COPIES = int(os.environ.get("BENCH_PAIRS", "40")), 25, 40, 10
GOAL = 3.0
PEOPLE = {
    "Walidata (nine of ten steps)": ("walidata", "role = 'walidata'"),
    "verifier of one agency": ("verifier", "role = 'verifier' and organization_id = %(agency)s"),
    "auditor (every case)": ("auditor", "true"),
}
CASES = """
insert into satudata_case
select (jsonb_populate_record(t, jsonb_build_object('id', md5(t.id || n), 'subject_id', md5('data' || n),
    'organization_id', (%(agencies)s::text[])[1 + n %% array_length(%(agencies)s::text[], 1)],
    'ended_at', case when %(ended)s then t.started_at end, 'outcome', case when %(ended)s then 'publish' end))).*
from satudata_case t, generate_series(%(first)s, %(last)s) n where t.id = %(case)s
"""
DATASETS = """
insert into package (id, name, title, type, state, private)
select md5('data' || n), 'data-' || n, 'Data contoh nomor ' || n, 'dataset', 'active', true
from generate_series(1, %(last)s) n
"""
ROWS = """
insert into satudata_case_step
select (jsonb_populate_record(t, jsonb_build_object('id', md5(t.id || n || '.' || k), 'case_id', md5(t.case_id || n),
    'organization_id', case when t.organization_id is not null
        then (%(agencies)s::text[])[1 + n %% array_length(%(agencies)s::text[], 1)] end,
    'opened_at', t.opened_at - (n %% 5000) * interval '1 minute',
    'due_at', t.due_at + ((n::bigint * 7919) %% 20000 - 10000) * interval '1 minute',
    'due_on', t.due_on + n %% 14 - 7,
    'done_at', case when %(ended)s then coalesce(t.done_at, t.opened_at) else t.done_at end))).*
from satudata_case_step t, generate_series(%(first)s, %(last)s) n, generate_series(1, %(rounds)s) k
where t.case_id = %(case)s and (%(ended)s or t.done_at is null or k = 1)
"""
ENTRIES = """
insert into satudata_journal (id, chain, position, at, event, case_id, actor_id, actor_name, payload, previous, hash)
select 1000000 + row_number() over (), md5(case_id || n), n, now(), 'approved', md5(case_id || n), null, 'x', '{}',
    repeat('0', 64), repeat('0', 64)
from (select %(case)s::text case_id) c, generate_series(1, %(last)s) n
"""


def samples() -> dict[str, str]:
    """Officers, and the ids of two cases: one that lies with verifier and head, one with Walidata."""
    from ckanext.satudata.shared import effects, process
    from ckanext.satudata.shared.actors import actor_for
    from ckanext.satudata.tests.factories import hold

    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    made = {}
    for number in range(AGENCIES):
        values = {"name": f"dinas-{number}", "title": f"Dinas Contoh {number}", "users": []}
        context = {"user": site, "auth_user_obj": model.User.get(site)}
        made[f"agency {number}"] = tk.get_action("organization_create")(context, values)["id"]
    for role in ("operator", "verifier", "producer_head", "walidata", "auditor"):
        user = model.User(name=role, email=f"{role}@nusasari.example", fullname=role)
        model.Session.add(user)
        model.Session.commit()
        hold(user.id, role, None if role in ("walidata", "auditor") else made["agency 0"])

    # The cases are about nothing: what a command does to its dataset is not measured.
    effects._effects.clear()

    def actor(role: str) -> Any:
        return actor_for(model.User.get(role))

    for name, way in (("verifier", ()), ("walidata", ("verifier", "producer_head"))):
        about = {"subject_type": "work", "subject_id": name, "organization_id": made["agency 0"]}
        made[name] = process.start(model.Session, "preparation", actor=actor("operator"), **about).id
        model.Session.commit()
        process.apply({}, made[name], "submit", actor=actor("operator"))
        for role in way:
            process.apply({}, made[name], "approve", actor=actor(role))
    return made


def multiply(made: dict[str, str], connection: Any, first: int, last: int, *, ended: bool) -> None:
    """Copies the samples once for each number, Walidata's 18 times as often; finished steps ten times in history."""
    agencies = [made[f"agency {number}"] for number in range(AGENCIES)]
    for name, times in (("verifier", 1), ("walidata", 18)):
        asked = {"case": made[name], "first": first, "last": first + (last - first + 1) * times - 1}
        asked |= {"ended": ended, "agencies": agencies}
        with connection.cursor() as cursor:
            if name == "walidata" and not ended:
                cursor.execute(DATASETS, asked)
            cursor.execute(CASES, asked)
            cursor.execute(ROWS, asked | {"rounds": COPIES if ended else 1})
    connection.commit()


def grow(made: dict[str, str], connection: Any) -> None:
    """A million finished steps in cases that have ended, and as many entries of the journal."""
    each = HISTORY // (75 * COPIES)
    multiply(made, connection, 10**7, 10**7 + each, ended=True)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"case": made["verifier"], "last": HISTORY})
    connection.commit()


def bare(cursor: Any, rule: str, agency: str) -> None:
    """The query that no inbox can do without."""
    cursor.execute(
        "select s.*, c.* from satudata_case_step s join satudata_case c on c.id = s.case_id where s.done_at is null "
        f"and {rule.replace('role', 's.role').replace('organization_id', 's.organization_id')} "
        f"order by s.due_at, s.opened_at, s.id limit {PAGE}",
        {"agency": agency},
    )
    cursor.fetchall()
    cursor.execute(f"select count(*) from satudata_case_step where done_at is null and {rule}", {"agency": agency})
    cursor.fetchall()


def measure(made: dict[str, str], connection: Any) -> dict[str, list[float]]:
    """Milliseconds of processor of the bare query and of the action for each person."""
    lot, found = random.Random(3), {}
    for title, (name, rule) in PEOPLE.items():
        user = model.User.get(name)
        taken: dict[str, list[float]] = {"bare": [], "action": []}

        def asked(user: Any = user) -> None:
            shown = tk.get_action("satudata_inbox")({"user": user.name, "auth_user_obj": user}, {"limit": PAGE})
            assert len(shown["rows"]) == PAGE, len(shown["rows"])

        # As in a request: who is logged in is known before the action begins, and a transaction is open.
        login_user(user)

        with connection.cursor() as cursor:
            acts = {"bare": lambda rule=rule: bare(cursor, rule, made["agency 0"]), "action": asked}
            for number in range(PAIRS + 3):
                for side in lot.sample(sorted(acts), 2):
                    model.Session.remove()  # as CKAN ends a request
                    pids = [connection.get_backend_pid(), _backend()]
                    had = processor(pids), time.process_time()
                    acts[side]()
                    spent = time.process_time() - had[1] + processor(pids) - had[0]
                    if number >= 3:
                        taken[side].append(spent * 1000)
        found[title] = [statistics.median(taken[side]) for side in ("bare", "action")]
    return found


def _backend() -> int:
    """The database's process that serves CKAN's session."""
    found: int = model.Session.connection().connection.dbapi_connection.info.backend_pid
    return found


def main() -> None:
    """Makes the rows, measures without and with the history, prints a table for docs/cost.md."""
    portal = Empty("inbox")
    portal.make()
    os.environ |= portal.env
    app = middleware.make_app(load_config(str(portal.ini)))
    connection = psycopg2.connect(portal.url)
    with app._wsgi_app.test_request_context():
        made = samples()
        # The verifier's case has two open steps (the head's beside it), Walidata's one.
        multiply(made, connection, 1, STEPS // 20, ended=False)
        vacuum(connection)
        before = measure(made, connection)
        grow(made, connection)
        vacuum(connection)
        after = measure(made, connection)
    print(f"\n{counts(connection)}; {PAIRS} pairs, a page of {PAGE}; load {os.getloadavg()[0]:.1f}\n")
    print(f"| desk of | bare ms | inbox ms | ratio (goal ≤ {GOAL:.0f}) | with the history | ratio | grown |")
    print("|---|---|---|---|---|---|---|")
    for title in PEOPLE:
        (plain, ours), (plain_after, ours_after) = before[title], after[title]
        print(
            f"| {title} | {plain:.1f} | {ours:.1f} | {ours / plain:.2f} | {ours_after:.1f} | "
            f"{ours_after / plain_after:.2f} | {ours_after / ours:.2f} |"
        )


def vacuum(connection: Any) -> None:
    """As autovacuum would have done."""
    connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    connection.autocommit = False


def counts(connection: Any) -> str:
    """How much there is."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) filter (where done_at is null), count(*) from satudata_case_step")
        still_open, steps = cursor.fetchone()
        cursor.execute("select count(*) from satudata_journal")
        return f"{still_open:,} open steps of {steps:,}; {cursor.fetchone()[0]:,} entries of the journal"


if __name__ == "__main__":
    main()
