"""Files and rows come and go together; what a kill leaves is swept; nothing whole is in memory."""

from __future__ import annotations

import io
import os
import time
import tracemalloc

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.shared import vault
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.files import store

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def put(content=b"isi", name="a.csv", **kw):
    return vault.put(model.Session, io.BytesIO(content), name=name, purpose="letter", created_by=None, **kw)


def test_rolled_back_nothing_stays_and_deleted_goes_on_commit():
    lost = put().location
    model.Session.rollback()
    assert lost not in store.locations("vault")
    kept = put()
    model.Session.commit()
    vault.delete(model.Session, kept.id)
    assert kept.location in store.locations("vault")
    model.Session.commit()
    assert kept.location not in store.locations("vault")
    with pytest.raises(NotThere):
        vault.get(model.Session, kept.id)


def test_a_broken_stream_leaves_nothing():
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() > 5 << 20:
                raise OSError("the line is dead")
            return super().read(min(size, 1 << 20) if size and size > 0 else 1 << 20)

    before = store.locations("vault")
    with pytest.raises(OSError, match="dead"):
        vault.put(model.Session, Broken(bytes(9 << 20)), name="x", purpose="letter", created_by=None)
    model.Session.rollback()
    assert store.locations("vault") == before


def test_the_sweep_takes_what_a_kill_left_and_nothing_younger():
    kept = put()
    model.Session.commit()
    path = store.local_path("vault", kept.location)
    stray = path.with_name("stray")
    stray.write_bytes(b"x")
    assert audit.stores(model.Session)["vault_strays"]
    vault.sweep(model.Session)
    assert stray.exists()
    os.utime(stray, (time.time() - 7200,) * 2)
    assert vault.sweep(model.Session)["vault"] >= 1
    assert not stray.exists() and path.exists()


@pytest.mark.parametrize(("content", "limit"), [(b"", None), (b"12345", 4)])
def test_empty_and_too_large_files_are_refused(content, limit):
    with pytest.raises(Invalid):
        put(content, max_bytes=limit)
    model.Session.rollback()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.csv", "b.csv"), ("", "berkas"), ('x"\n.csv', "x.csv")],
)
def test_a_file_name_is_a_name_only(given, kept):
    assert vault.clean_name(given) == kept


def test_a_large_file_streams(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    tracemalloc.start()
    with path.open("rb") as file:
        vault.put(model.Session, file, name="large.bin", purpose="resource", created_by=None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    model.Session.rollback()
    assert peak < 16 << 20


@pytest.mark.parametrize("key", ["ckanext.satudata.vault.type", "ckanext.satudata.vault.path"])
def test_a_vault_that_cannot_be_made_or_is_reached_by_ckan_stops_the_start(key, monkeypatch):
    wrong = "file_keeper:no_such" if key.endswith("type") else tk.config["ckanext.satudata.public.path"] + "/inside"
    monkeypatch.setitem(tk.config, key, wrong)
    with pytest.raises(CkanConfigurationException):
        store.check()
