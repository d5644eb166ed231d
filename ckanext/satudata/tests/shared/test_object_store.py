"""Vault and public store on an S3-compatible server that really runs."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories, helpers
from file_keeper.core.storage import adapters
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import audit, upkeep
from ckanext.satudata.shared.files import grants, object_store, store
from ckanext.satudata.tests.access.support import CSV, as_user, empty_datastore, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def put(content=b"isi", name="a.csv"):
    return vault.put(model.Session, io.BytesIO(content), name=name, purpose="letter", created_by=None)


def path_of(made):
    return f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/download"


def test_a_file_goes_in_out_and_away(app, s3):
    mine, walidata = operator(), officer(Role.WALIDATA)
    made = make(mine, mine["org"])
    assert len(s3.names("brankas")) == 1 and s3.names("publik") == []
    assert s3.names("brankas")[0].startswith("satu/data/")
    assert app.get(path_of(made)).status_code == 404
    assert app.get(path_of(made), headers={"Authorization": mine["token"]}).data == CSV
    made = publish(made["id"])
    assert len(s3.names("publik")) == 1
    answer = app.get(path_of(made))
    assert answer.data == CSV and answer.headers["Accept-Ranges"] == "bytes"
    # Nothing of the store's own address leaves the portal.
    assert str(s3.port) not in f"{made} {answer.headers}"
    assert app.get(path_of(made).removesuffix("/download")).status_code == 200
    assert audit.stores(model.Session)["vault_missing"] == audit.stores(model.Session)["public_altered"] == []
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah hitung")
    assert s3.names("publik") == [] and len(s3.names("brankas")) == 1
    assert CSV not in app.get(path_of(made), status=404).data


@pytest.mark.parametrize(
    ("asked", "status", "wanted"),
    [
        ({"Range": "bytes=6-"}, 206, CSV[6:]),
        ({"Range": "bytes=0-4"}, 206, CSV[:5]),
        ({"Range": "bytes=-3"}, 206, CSV[-3:]),
        ({"Range": "bytes=9999-"}, 416, None),
        ({"Range": "bytes=0-1,4-5"}, 200, CSV),
        ({"Range": "bytes=4-", "If-Range": '"another edition"'}, 200, CSV),
        ({"Range": "kelvin=1-2"}, 200, CSV),
    ],
)
def test_parts_are_those_of_a_folder(app, s3, monkeypatch, asked, status, wanted):
    mine = operator()
    made = publish(make(mine, mine["org"])["id"])
    answer = app.get(path_of(made), headers=asked)
    assert answer.status_code == status
    if wanted is not None:
        assert answer.data == wanted and int(answer.headers["Content-Length"]) == len(wanted)
    tag = app.get(path_of(made)).headers["ETag"]
    assert app.get(path_of(made), headers={"If-None-Match": tag}).status_code == 304
    head = app.client.head(path_of(made))
    assert head.data == b"" and int(head.headers["Content-Length"]) == len(CSV)


def test_a_personal_link_gives_it_once_and_resumes(app, s3):
    kept = put(CSV * 2000, "data.csv")
    grant, token = grants.issue(
        model.Session,
        vault_object_id=kept.id,
        until=clock.now() + timedelta(days=1),
        max_downloads=1,
        reason="001/PPID/2026",
        actor=SYSTEM,
        to_email="warga@example.test",
    )
    model.Session.commit()
    began = app.post(f"/berkas/{token}", follow_redirects=False)
    where = began.headers["Location"].removeprefix("http://test.ckan.net")
    assert app.client.head(where).status_code == 200
    assert app.get(where).data == CSV * 2000
    assert app.get(where, headers={"Range": "bytes=10-"}).data == (CSV * 2000)[10:]
    assert app.post(f"/berkas/{token}").status_code == 410


def test_rolled_back_nothing_stays_and_the_sweep_takes_what_a_kill_left(s3):
    put()
    model.Session.rollback()
    assert s3.names("brankas") == []
    kept = put()
    model.Session.commit()
    s3.client.put_object(Bucket="brankas", Key="satu/data/aa/terbengkalai", Body=b"x")
    s3.client.put_object(Bucket="publik", Key="satu/data/aa/terbengkalai", Body=b"x")
    s3.client.put_object(Bucket="brankas", Key="lain/bukan-milik-kami", Body=b"x")
    empty_datastore()
    found = {one.kind: one.names for one in audit.examine(model.Session)}
    assert found == {"vault_strays": ("aa/terbengkalai",), "public_strays": ("aa/terbengkalai",)}
    upkeep.sweep()
    assert len(store.locations("vault")) == 2
    with freeze_time(clock.now() + timedelta(hours=25)):
        # The server's own clock does not jump with ours: what its client signs must be of today.
        assert vault.old_strays(model.Session, "vault", upkeep.STRAY_SECONDS) == ["aa/terbengkalai"]
    assert vault.sweep(model.Session, older_than_seconds=0) == {"vault": 1, "public": 1}
    assert store.locations("vault") == {kept.location}
    assert "lain/bukan-milik-kami" in s3.names("brankas")


def test_every_file_is_listed_however_many(s3):
    for number in range(1005):
        s3.client.put_object(Bucket="publik", Key=f"satu/data/x/{number}", Body=b"x")
    assert len(store.locations("public")) == 1005


def test_bytes_pass_by_the_memory(s3, tmp_path):
    path = tmp_path / "besar"
    with path.open("wb") as file:
        file.truncate(120 << 20)
    tracemalloc.start()
    with path.open("rb") as file:
        kept = vault.put(model.Session, file, name="besar.bin", purpose="resource", created_by=None)
    size = sum(map(len, vault.open_stream(model.Session, kept.id)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    model.Session.rollback()
    assert size == 120 << 20 and peak < 16 << 20


def test_what_was_changed_in_the_bucket_is_not_released(s3):
    mine = operator()
    made = make(mine, mine["org"])
    (name,) = s3.names("brankas")
    s3.client.put_object(Bucket="brankas", Key=name, Body=b"x" * len(CSV))
    empty_datastore()
    (found,) = audit.examine(model.Session, contents=True)
    assert found.kind == "vault_altered"
    assert audit.examine(model.Session) == []
    with pytest.raises(Exception, match="not the one that was approved"):
        publish(made["id"])
    model.Session.rollback()
    assert s3.names("publik") == [] and not model.Session.query(ResourceFile).one().is_released


def test_no_file_action_reaches_the_buckets(s3):
    admin = factories.Sysadmin()
    put()
    model.Session.commit()
    location = model.Session.query(VaultObject).one().location
    for storage in ("satudata-vault", "vault", "brankas"):
        for action in ("file_create", "file_register"):
            data = {"storage": storage, "location": location, "name": location, "upload": upload("x.csv", b"x")}
            with pytest.raises((tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)):
                helpers.call_action(action, as_user(admin), **data)


def test_a_missing_adapter_stops_the_start_and_names_the_mend(s3, monkeypatch):
    """As where boto3 is not installed: file-keeper then knows no such type."""
    monkeypatch.delitem(adapters.members, object_store.TYPE)
    store._made.cache_clear()
    with pytest.raises(CkanConfigurationException, match=r"no adapter.*pip install 'ckanext-satudata\[s3\]'"):
        store.check()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("bucket", "tidak-ada", "has no bucket 'tidak-ada'"),
        ("endpoint", "http://127.0.0.1:9", "cannot be used"),
        ("bucket", "", "bucket"),
        ("config", "{not json", "is not JSON"),
        ("bucket", "publik", "bucket of its own"),
    ],
)
def test_wrong_options_stop_the_start_in_words(s3, monkeypatch, option, value, said):
    monkeypatch.setitem(tk.config, f"ckanext.satudata.vault.{option}", value)
    with pytest.raises(CkanConfigurationException, match=said):
        store.check()


def test_keys_that_the_store_refuses_stop_the_start_in_words(s3, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudata.vault.key", "AKIASALAHSALAHSALAH1")
    with s3.closed_to_unknown_keys(), pytest.raises(CkanConfigurationException, match="refuses this key and secret"):
        store.check()


def test_the_doctor_tries_the_buckets(s3):
    assert list(upkeep.stores()) == []
    assert s3.names("brankas") == s3.names("publik") == []
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::brankas/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.client.put_bucket_policy(Bucket="publik", Policy=policy.replace("brankas", "publik"))
    assert list(upkeep.stores()) == []
    s3.client.put_bucket_policy(Bucket="brankas", Policy=policy)
    (found,) = upkeep.stores()
    assert "bucket without a key" in found.what and found.danger


def test_a_store_that_is_gone_is_told_by_the_doctor(s3):
    store.store("vault")
    s3.stop()
    try:
        assert len(list(upkeep.stores())) == 2
    finally:
        s3.start()


def test_what_may_be_said_of_bytes_is_not_presigned(s3):
    """No code of ours asks a store for an address."""
    made = store.store("vault")
    for call in ("temporary_link", "permanent_link", "signed", "one_time_link"):
        for name, module in list(sys.modules.items()):
            if name.startswith("ckanext.satudata.") and ".tests." not in name and getattr(module, "__file__", None):
                with open(module.__file__, encoding="utf-8") as source:
                    assert f".{call}(" not in source.read(), (name, call)
    assert object_store.is_one(made)
