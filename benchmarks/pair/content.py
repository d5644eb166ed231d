"""Fills the portal of `CKAN_INI` with the same datasets, whether our plugins are loaded or not.

`SAMPLES` datasets go the real way: made by an officer, with a file and a link, and four of five of them through review
to release. The other rows are copies of theirs under other names and words, written by SQL, and so are the index's
documents; a real load of 10,000 would take hours and measure nothing else.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import random
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.config.middleware as middleware
import ckan.lib.search as search
import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.cli import load_config
from werkzeug.datastructures import FileStorage

from ckanext.satudata.search.client import Client

SAMPLES, AGENCIES, HIDDEN_EACH = 20, 5, 5
FILE = b"kecamatan,tahun,jumlah\n" + b"".join(b"Tirtamukti,%d,%d\n" % (2000 + n % 25, n * 7) for n in range(3000))
"""What each dataset offers for download: 60 kB."""
WORDS = (
    "jumlah penduduk sekolah pendidikan kesehatan rumah sakit puskesmas pasar harga beras jalan jembatan air bersih "
    "sampah banjir pajak anggaran belanja pendapatan pegawai kecamatan kelurahan desa wisata hotel ikan sawah kebun "
    "ternak listrik energi transportasi kendaraan kecelakaan perumahan sanitasi gizi balita kematian kelahiran miskin"
)
OFFICERS = ("operator", "verifier", "producer_head", "walidata")
EDITOR = "penyunting"
_OF_CASE = "case_id in (select id from satudata_case where subject_id = :id)"
TABLES = {
    "package": "id = :id",
    "resource": "package_id = :id",
    "package_tag": "package_id = :id",
    "satudata_dataset_state": "package_id = :id",
    "satudata_resource_file": "package_id = :id",
    "satudata_case": "subject_id = :id",
    "satudata_case_step": _OF_CASE,
    "satudata_journal": f"subject_id = :id or {_OF_CASE}",
}
"""What is copied, and which rows are a dataset's. In the portal without our plugins ours are empty."""


def described(number: int, organization: str) -> dict[str, Any]:
    """A dataset with every field that review demands; title and notes are marks that each copy has other words for."""
    chance = random.Random(number)
    return {
        "name": f"contoh-{number:02}-bench",
        "title": f"Judul{number:02}bench",
        "notes": f"Uraian{number:02}bench",
        "owner_org": organization,
        "tag_string": ",".join(chance.sample(WORDS.split(), 3)),
        "jenis_data": "statistik",
        "indikator_variabel": "variabel",
        "konsep": "Murid adalah orang yang terdaftar di sekolah.",
        "definisi": "Murid kelas 1 sampai 6 yang terdaftar pada 31 Agustus.",
        "penanggung_jawab": "Kepala Bidang Pendidikan Dasar",
        "walidata": "Dinas Komunikasi dan Informatika",
        "sumber_referensi": "Data pokok pendidikan",
        "access_level": "terbuka",
        "license_id": "cc-by",
        "jadwal_pemutakhiran": "tahunan",
        "periode_data": "2019/2024",
        "cakupan_wilayah": "61.99",
        "ukuran": "Jumlah",
        "satuan": "orang",
        "klasifikasi_penyajian": "kecamatan; jenis kelamin",
        "metode_pengumpulan": "Kompilasi produk administrasi",
        "id_ddd": f"DDD-{number:04}",
        "kode_standar_data": "N/A",
        "resources": [
            {"name": "Peta", "description": "Di tempat lain.", "url": "https://peta.example/wms", "format": "WMS"},
        ],
    }


def act(who: str, action: str, **data: Any) -> Any:
    """Calls an action as that user, with everything that it checks."""
    return tk.get_action(action)({"user": who, "auth_user_obj": model.User.get(who)}, data)


def _person(name: str, agencies: list[str], role: str) -> None:
    values = {"name": name, "email": f"{name}@nusasari.example", "password": uuid.uuid4().hex}
    user = tk.get_action("user_create")({"ignore_auth": True, "user": ""}, values)
    if role == "operator":
        for agency in agencies:
            member = {"id": agency, "object": name, "object_type": "user", "capacity": "editor"}
            tk.get_action("member_create")({"ignore_auth": True, "user": name}, member)
    if p.plugin_loaded("satudata"):
        from ckanext.satudata.tests.factories import hold

        for agency in [None] if role == "walidata" else agencies:
            hold(user["id"], role, agency)


def make_samples() -> dict[str, Any]:
    """Agencies, officers and the samples; returns what the measuring process needs to know."""
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    agencies = []
    for number in range(AGENCIES):
        made = act(site, "organization_create", name=f"dinas-{number}", title=f"Dinas Contoh {number}", users=[])
        agencies.append(made["id"])
    for role in OFFICERS:
        _person(role, agencies, role)
    _person(EDITOR, agencies[:1], "operator")
    made = {"public": [], "hidden": [], "agencies": agencies}
    for number in range(SAMPLES):
        hidden = number % HIDDEN_EACH == 0
        dataset = described(number, agencies[number % AGENCIES]) | {"private": hidden}
        shown = act(OFFICERS[0], "package_create", **dataset)
        table = {"name": "Tabel", "description": "Kolom kecamatan, tahun, jumlah.", "format": "CSV"}
        file = FileStorage(io.BytesIO(FILE), filename="tabel.csv")
        act(OFFICERS[0], "resource_create", package_id=shown["id"], upload=file, **table)
        if p.plugin_loaded("satudata") and not hidden:
            _publish(shown["id"])
        shown = act(site, "package_show", id=shown["id"])
        kept = {"id": shown["id"], "name": shown["name"], "file": shown["resources"][1]["url"]}
        made["hidden" if hidden else "public"].append(kept)
    made["token"] = act(EDITOR, "api_token_create", user=EDITOR, name="bench")["token"]
    return made


def _publish(dataset: str) -> None:
    operator, verifier, head, walidata = OFFICERS
    case = act(operator, "satudata_dataset_submit", id=dataset)["id"]
    for who, command in ((verifier, "approve"), (head, "approve"), (walidata, "publish")):
        act(who, "satudata_case_command", id=case, command=command)


def copies(rows: list[str], kept: list[str], count: int) -> Iterator[tuple[int, str]]:
    """(number, the JSON text of all rows) of each copy, with names, words and every id of `kept` replaced."""
    text = "[" + ",".join(rows) + "]"
    parts = re.compile("|".join(re.escape(part) for part in sorted(kept, key=len, reverse=True)))
    for number in range(count):
        chance = random.Random(f"{number} {kept[0]}")
        new = {part: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number} {part}")) for part in kept}
        for part in kept:
            if re.match(r"Judul\d", part):
                new[part] = " ".join(chance.choices(WORDS.split(), k=chance.randint(3, 8)))
            elif re.match(r"Uraian\d", part):
                new[part] = " ".join(chance.choices(WORDS.split(), k=chance.randint(30, 120)))
            elif not re.fullmatch(r"[0-9a-f-]{36}", part):
                new[part] = f"data-{number}-{hashlib.md5(part.encode()).hexdigest()[:8]}"
        yield number, parts.sub(lambda found, new=new: new[found[0]], text)


def multiply(made: dict[str, Any], total: int) -> None:
    """Copies the samples' rows and index documents until there are `total` datasets."""
    samples = made["public"] + made["hidden"]
    documents = {document["id"]: document for document in _indexed([sample["id"] for sample in samples])}
    each = (total - len(samples)) // len(samples)
    engine, journal = model.meta.engine, itertools.count(1_000_000)
    for sample in samples:
        with engine.connect() as connection:
            found = {
                table: connection.scalars(sa.text(f"select to_jsonb(t)::text from {table} t where {rule}"), sample)
                for table, rule in TABLES.items()
            }
            rows = {table: [json.loads(row) for row in texts] for table, texts in found.items()}
        kept = _parts(rows)
        texts = [json.dumps([table, row]) for table in rows for row in rows[table]]
        texts.append(json.dumps(["document", documents[sample["id"]]]))
        batch: dict[str, list] = {}
        for _, text in copies(texts, kept, each):
            for table, row in json.loads(text):
                if table == "satudata_journal":
                    row["id"] = next(journal)
                batch.setdefault(table, []).append(row)
        _store(batch)


def _parts(rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What every copy has its own of: ids, names, places of files, the words."""
    package = rows["package"][0]
    kept = [package["id"], package["name"], package["title"], package["notes"]]
    kept += [row["final_name"] for row in rows["satudata_dataset_state"]]
    kept += [row["public_location"] for row in rows["satudata_resource_file"] if row["public_location"]]
    kept += [row["id"] for table in rows for row in rows[table] if isinstance(row.get("id"), str)]
    return list(dict.fromkeys(kept))


def _indexed(ids: list[str]) -> list[dict[str, Any]]:
    """The documents that CKAN hands to the engine for these datasets."""
    found: list[dict[str, Any]] = []
    adds, Client.add = Client.add, lambda self, docs, **_: found.extend(docs)
    try:
        for package_id in ids:
            search.rebuild(package_id)
    finally:
        Client.add = adds
    return found


def _store(batch: dict[str, list[dict[str, Any]]]) -> None:
    documents = batch.pop("document")
    site = tk.config["ckan.site_id"]
    for document in documents:
        document["index_id"] = hashlib.md5((document["id"] + site).encode()).hexdigest()
    for start in range(0, len(documents), 250):
        Client().add(docs=documents[start : start + 250])
    # psycopg's own connection: what is written here is the measuring's, not the portal's.
    connection = model.meta.engine.raw_connection()
    with connection.cursor() as cursor:
        for table, rows in batch.items():
            put = f"insert into {table} select * from jsonb_populate_recordset(null::{table}, %s::jsonb)"
            cursor.execute(put, [json.dumps(rows)])
    connection.commit()
    connection.close()


def main() -> None:
    """Fills the portal and writes what the measuring process asks for beside its ini."""
    ini = Path(os.environ["CKAN_INI"])
    app = middleware.make_app(load_config(str(ini)))
    with app._wsgi_app.test_request_context():
        made = make_samples()
        multiply(made, int(os.environ["BENCH_DATASETS"]))
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum analyze"))
        made["datasets"] = connection.scalar(sa.text("select count(*) from package"))
        made["indexed"] = connection.scalar(sa.text("select count(*) from satudata_search_document"))
    ini.with_suffix(".json").write_text(json.dumps(made))


if __name__ == "__main__":
    main()
