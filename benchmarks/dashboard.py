"""The first view of each dashboard over the content of benchmarks/report.py, which has to run before.

Each page is asked for as a browser does, without a web server, in one process with one process of the database (no
parallel workers); none of its figures was counted before in that process but those that the worker keeps. A figure is
the median of the processor time of both, which a busy machine changes less than the clock.

BENCH_ROUNDS (7).
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import psycopg2
from access import processor
from pair.five_years import AGENCIES, FiveYears, counts

ROUNDS, GOAL = int(os.environ.get("BENCH_ROUNDS", "7")), 300
PAGES = ("/statistik", "/dasbor/walidata", "/dasbor/ppid", f"/dasbor/agency?producer=dinas-{AGENCIES - 1}")


def main() -> None:
    """Asks for each page again and again, prints a table for docs/cost.md."""
    portal = FiveYears()
    os.environ |= portal.env
    import ckan.config.middleware as middleware
    import ckan.model as model
    from ckan.cli import load_config

    app = middleware.make_app(load_config(str(portal.ini)))
    with app._wsgi_app.test_request_context():
        token = _reader(model)
        _kept()
    print(f"\n{counts(psycopg2.connect(portal.url))}; {ROUNDS} rounds; load {os.getloadavg()[0]:.1f}\n")
    print(f"| dashboard | processor ms (goal ≤ {GOAL}) | of it the database | clock ms |\n|---|---|---|---|")
    client = app._wsgi_app.test_client()
    for page in PAGES:
        headers = {} if page == "/statistik" else {"Authorization": token}
        taken = [_asked(client, page, headers, model) for _ in range(ROUNDS + 1)][1:]
        own, database, clock = (statistics.median(one[place] for one in taken) * 1000 for place in range(3))
        print(f"| `{page.split('?')[0]}` | {own + database:.0f} | {database:.0f} | {clock:.0f} |", flush=True)


def _asked(client: Any, page: str, headers: dict[str, str], model: Any) -> tuple[float, float, float]:
    """Seconds of this process, of the database's, and by the clock."""
    backend = _backends(model)
    had, own, began = processor(backend), time.process_time(), time.perf_counter()
    answer = client.get(page, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"{page}: {answer.status}")
    return time.process_time() - own, processor(backend) - had, time.perf_counter() - began


def _backends(model: Any) -> list[int]:
    """The database's processes that serve CKAN: those of its pool."""
    import sqlalchemy as sa

    mine = sa.text(
        "select pid from pg_stat_activity where datname = current_database() and backend_type like 'client%'"
    )
    found = [*model.Session.scalars(mine)]
    model.Session.remove()
    return found


def _reader(model: Any) -> str:
    """The token of an auditor, who sees every dashboard."""
    import ckan.plugins.toolkit as tk

    from ckanext.satudata.tests.factories import hold

    user = model.User.get("pemeriksa-contoh")
    if user is None:
        user = model.User(name="pemeriksa-contoh", email="pemeriksa@nusasari.example", fullname="Pemeriksa Contoh")
        model.Session.add(user)
        model.Session.commit()
        hold(user.id, "auditor", None)
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    made = tk.get_action("api_token_create")({"user": site, "ignore_auth": True}, {"user": user.name, "name": "bench"})
    token: str = made["token"]
    return token


def _kept() -> None:
    """What the worker does every ten minutes."""
    from ckanext.satudata.reports import kept_boards, metadata_facts

    metadata_facts.look()
    kept_boards.keep()


if __name__ == "__main__":
    main()
