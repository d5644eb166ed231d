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

import ckan.config.middleware as middleware
import ckan.lib.search as search
import ckan.lib.search.query as search_query
import ckan.model as model
import pysolr
import sqlalchemy as sa
from ckan.cli import load_config
from ckan.common import config
from ckan.lib.search.query import PackageSearchQuery

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


def asked(params: dict) -> None:
    query = {"fl": "id validated_data_dict", "facet.field": FACETS, "facet.limit": 50, "rows": 20, "facet": "true"}
    query |= {"sort": "score desc, metadata_modified desc", **params}
    labels = query.pop("labels", ["public"])
    for row in PackageSearchQuery().run(query, permission_labels=labels)["results"]:
        json.loads(row["validated_data_dict"])


def measured(engine, rounds: int = 25) -> dict[str, float]:
    search_query.make_connection = search.make_connection = engine
    times = {}
    for name, params in CLASSES.items():
        asked(dict(params))
        spent = []
        for _ in range(rounds):
            began = time.perf_counter()
            asked(dict(params))
            spent.append(time.perf_counter() - began)
            model.Session.rollback()
        times[name] = statistics.median(spent) * 1000
    return times


def main() -> None:
    middleware.make_app(load_config(os.environ.get("CKAN_INI", "test.ini")))
    large = int(os.environ.get("BENCH_DATASETS", "10000"))
    url = os.environ.get("TEST_SOLR_URL")
    solr = pysolr.Solr(url, timeout=60) if url else None
    filled, small_times, large_times = {}, {}, {}
    for count, times in ((1000, small_times), (large, large_times)):
        filled[count] = fill(Client(), count)
        with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"vacuum analyze {SearchDocument.__tablename__}"))
        times |= measured(Client)
    solr_times = {}
    if solr:
        filled["solr"] = fill(solr, large)
        solr_times = measured(lambda decode_dates=True: solr)
    config["ckanext.satudata.search.kept_answers"] = 0
    fresh = measured(Client)
    print(f"\nmedian of 25, milliseconds; {large} datasets, 100 agencies, five facets; indexing in seconds: {filled}\n")
    head = ("query", "1,000", f"{large:,}", "not kept", "Solr", "ratio")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name in CLASSES:
        other = solr_times.get(name)
        ratio = f"{large_times[name] / other:.2f}" if other else "-"
        cells = [f"{t:.1f}" for t in (small_times[name], large_times[name], fresh[name])]
        print(f"| {name} | " + " | ".join([*cells, f"{other:.1f}" if other else "-", ratio]) + " |")
    Client().delete(q="*:*")


if __name__ == "__main__":
    main()
