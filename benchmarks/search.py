"""The embedded search against Solr, end to end through `package_search`, and its growth from 1,000 datasets.

Runs on the tests' database. Solr is measured too when `make solr` runs. BENCH_DATASETS changes the larger size.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
import uuid
from pathlib import Path

import ckan.config.middleware as middleware
import ckan.lib.plugins as lib_plugins
import ckan.lib.search as search
import ckan.lib.search.query as search_query
import ckan.model as model
import ckan.plugins.toolkit as tk
import pysolr
import sqlalchemy as sa
from ckan.cli import load_config
from ckan.cli.db import _run_migrations
from ckan.common import config

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search.client import Client

FACETS = ["organization", "groups", "tags", "res_format", "license_id"]
WORDS = (
    "jumlah penduduk sekolah pendidikan kesehatan rumah sakit puskesmas pasar harga beras jalan jembatan air bersih "
    "sampah banjir pajak anggaran belanja pendapatan pegawai kecamatan kelurahan desa wisata hotel ikan sawah kebun "
    "ternak listrik energi transportasi kendaraan kecelakaan perumahan sanitasi gizi balita kematian kelahiran miskin"
)
CLASSES = {
    "empty first page": {"q": "*:*"},
    "one word": {"q": "pendidikan"},
    "two words": {"q": "rumah sakit"},
    "filter": {"q": "*:*", "fq": 'organization:"dinas-7" tags:"banjir"'},
    "date sort": {"q": "jalan", "sort": "metadata_modified desc"},
    "page 50": {"q": "*:*", "start": 980, "sort": "metadata_modified desc"},
    "editor with labels": {"q": "air", "labels": ["public", "member-7", "creator-x"]},
}


def documents(count: int):
    """Invented datasets: 100 agencies, a fifth private."""
    chance, words = random.Random(1), WORDS.split()
    for number in range(count):
        text = lambda least, most: " ".join(chance.choices(words, k=chance.randint(least, most)))  # noqa: E731
        agency, private, title = chance.randrange(100), chance.random() < 0.2, text(3, 8)
        day = f"20{chance.randint(15, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T08:00:00.123Z"
        shown = {"id": str(uuid.UUID(int=number)), "title": title, "notes": text(30, 120), "resources": []}
        yield {
            "index_id": f"bench-{number}",
            "id": shown["id"],
            "name": f"bench-{number}",
            "title": title,
            "title_string": title,
            "notes": shown["notes"],
            "site_id": config["ckan.site_id"],
            "state": "active",
            "entity_type": "package",
            "dataset_type": "dataset",
            "organization": f"dinas-{agency}",
            "capacity": "private" if private else "public",
            "tags": chance.sample(words, 3),
            "permission_labels": [f"member-{agency}"] if private else ["public"],
            "groups": [f"g{agency % 12}"],
            "res_format": chance.sample(["CSV", "XLSX", "PDF", "JSON"], 2),
            "license_id": "cc-by",
            "metadata_created": day,
            "metadata_modified": day,
            "validated_data_dict": json.dumps(shown),
        }


def fill(client, count: int) -> float:
    client.delete(q="*:*")
    client.commit()
    began, batch = time.perf_counter(), []
    for document in documents(count):
        batch.append(document)
        if len(batch) == 500:
            client.add(docs=batch)
            batch = []
    client.add(docs=batch) if batch else None
    client.commit()
    return time.perf_counter() - began


class Labels:
    """Whose labels the search is asked with."""

    def __init__(self, labels):
        self.get_user_dataset_labels = lambda user: labels


def asked(engine, params: dict) -> float:
    """Seconds of one `package_search` of the API, from its parameters to its answer."""
    search_query.make_connection = search.make_connection = engine
    query = {"facet.field": FACETS, "facet.limit": 50, "rows": 20, **params}
    labels = Labels(query.pop("labels", ["public"]))
    lib_plugins.get_permission_labels = lambda: labels
    began = time.perf_counter()
    found = tk.get_action("package_search")({"user": ""}, query)
    spent = time.perf_counter() - began
    model.Session.rollback()
    assert found["count"] or "fq" in params, params
    return spent


def processor(way: str) -> float:
    """Seconds of processor that this process and the engine's have had (Linux); of Solr's with BENCH_SOLR_PID."""
    if way.startswith("Solr"):
        pids = [os.environ["BENCH_SOLR_PID"]] if os.environ.get("BENCH_SOLR_PID") else []
    else:
        pids = [model.Session.scalar(sa.text("select pg_backend_pid()"))]
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return time.process_time() + sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def medians(ways: dict, rounds: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Milliseconds by class and way, of the clock and of the processor.

    The ways take turns, so that what else the machine does meets all of them.
    """
    times: dict[str, dict[str, tuple[float, float]]] = {}
    for name, params in CLASSES.items():
        spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for number in range(-2, rounds):
            for way, (engine, before) in ways.items():
                before()
                had = processor(way)
                took = asked(engine, dict(params))
                if number >= 0:
                    spent[way].append((took, processor(way) - had))
        times[name] = {
            way: tuple(statistics.median(values) * 1000 for values in zip(*taken, strict=True))
            for way, taken in spent.items()
        }
    return times


def table(small: dict, times: dict, measure: int) -> None:
    """Prints the clock's (0) or the processor's (1) milliseconds."""
    head = ("query", "1,000 kept", "1,000 anew", "kept", "Solr", "ratio", "anew", "Solr anew", "ratio")
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, took in times.items():
        cells = [f"{small[name][way][measure]:.1f}" for way in ("kept", "anew")]
        for way, against in (("kept", "Solr"), ("anew", "Solr anew")):
            own, other = took[way][measure], took.get(against, (float("nan"),) * 2)[measure]
            cells += [f"{own:.1f}", f"{other:.1f}", f"{own / other:.2f}"]
        print(f"| {name} | " + " | ".join(cells) + " |")


def change(client) -> None:
    """One dataset changes: answers and caches of before are void."""
    client.add(docs=[{**next(documents(1)), "notes": uuid.uuid4().hex}])
    client.commit()
    model.Session.rollback()


def resident(pid: int | str) -> float:
    """Megabytes of memory of a process's own."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_", "Pss_Shmem"))) / 1024


def main() -> None:
    middleware.make_app(load_config(os.environ.get("CKAN_INI", "test.ini")))
    model.repo.init_db()
    _run_migrations("satudata")
    large, rounds = int(os.environ.get("BENCH_DATASETS", "10000")), int(os.environ.get("BENCH_ROUNDS", "25"))
    url = os.environ.get("TEST_SOLR_URL")
    solr = pysolr.Solr(url, timeout=60) if url else None
    ways = {"kept": (Client, lambda: None), "anew": (Client, lambda: change(Client()))}
    if solr:
        other = lambda decode_dates=True: solr  # noqa: E731
        ways |= {"Solr": (other, lambda: None), "Solr anew": (other, lambda: change(solr))}
    filled, small = {}, {}
    for count in (1000, large):
        filled[count] = round(fill(Client(), count), 1)
        with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"vacuum analyze {SearchDocument.__tablename__}"))
        if count == 1000:
            small = medians({"kept": ways["kept"], "anew": ways["anew"]}, rounds)
    if solr:
        filled["solr"] = round(fill(solr, large), 1)
    before = resident("self")
    times = medians(ways, rounds)
    print(f"\nmedian of {rounds} of package_search, milliseconds; 100 agencies, five facets; load {os.getloadavg()}")
    print(f"indexing in seconds: {filled}; this process {before:.0f} MB before, {resident('self'):.0f} MB after")
    with model.meta.engine.connect() as connection:
        backend = connection.exec_driver_sql("select pg_backend_pid()").scalar()
        size = f"select pg_size_pretty(pg_total_relation_size('{SearchDocument.__tablename__}'))"
        print(f"index on disk {connection.scalar(sa.text(size))}; a backend {resident(backend):.0f} MB")
    if os.environ.get("BENCH_SOLR_PID"):
        print(f"Solr {resident(os.environ['BENCH_SOLR_PID']):.0f} MB")
    for measure, what in enumerate(("by the clock", "of processor time, this process and the engine's")):
        print(f"\n{what}:")
        table(small, times, measure)
    Client().delete(q="*:*")


if __name__ == "__main__":
    main()
