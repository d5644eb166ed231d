"""Uploads on a portal that really runs: 2 GB cost it no memory, and what breaks off leaves nothing."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import ckan.model as model
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import vault
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.files import store
from ckanext.satudata.tests.access.support import empty_datastore
from ckanext.satudata.tests.factories import hold

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("with_plugins", "live_portal", "datastore"),
]

BLOCK = (b"2024,Klojen," + b"uraian " * 28 + b"\n") * 5_000
BLOCKS = 2056
"""2 GiB."""
MOST = 64 << 20
END = b"\r\n--batas--\r\n"


@pytest.fixture
def place(live_portal):
    """The portal, an operator's token and a draft."""
    user, agency = factories.User(), factories.Organization()
    helpers.call_action("member_create", id=agency["id"], object=user["id"], object_type="user", capacity="editor")
    hold(user["id"], Role.OPERATOR, agency["id"])
    for name in ("vault", "public"):
        for location in store.locations(name):
            store.remove(name, location)
    empty_datastore()
    token = live_portal.token(user["name"])
    dataset = live_portal.api(token).action.package_create(
        title="Besar", owner_org=agency["id"], access_level="terbatas"
    )
    return live_portal, token, dataset["id"]


def memory(pid):
    """Bytes in memory of the web server's processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(Path(f"/proc/{number}/statm").read_text().split()[1]) for number in (pid, *children)) * 4096


def begun(place, path, fields, name, blocks):
    """A request whose file is still to be sent."""
    portal, token, _ = place
    top = "".join(
        f'--batas\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
    )
    top += f'--batas\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\n\r\n'
    connection = http.client.HTTPConnection(urlsplit(portal.url).netloc, timeout=900)
    connection.putrequest("POST", path)
    connection.putheader("Authorization", token)
    connection.putheader("Content-Type", "multipart/form-data; boundary=batas")
    connection.putheader("Content-Length", str(len(top.encode()) + len(BLOCK) * blocks + len(END)))
    connection.endheaders()
    connection.send(top.encode())
    return connection


WAYS = {
    "api": ("/api/3/action/resource_create", lambda id_: {"package_id": id_, "name": "Besar"}, "besar.csv", 200),
    "form": (
        "/dataset/{id}/resource/new",
        lambda id_: {"id": "", "save": "go-metadata", "name": "Besar", "url": ""},
        "besar.gpx",
        302,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_two_gigabytes_add_no_memory(place, way):
    portal, _, dataset = place
    path, fields, name, status = WAYS[way]
    path = path.format(id=dataset)
    for blocks in (2, BLOCKS):  # the first one warms up: what is loaded once is no cost of a large file
        before = memory(portal.processes["web"].pid)
        connection, grown = begun(place, path, fields(dataset), name, blocks), 0
        for number in range(blocks):
            connection.send(BLOCK)
            if number % 16 == 0:
                grown = max(grown, memory(portal.processes["web"].pid) - before)
        connection.send(END)
        connection.sock.settimeout(0.2)
        while True:
            grown = max(grown, memory(portal.processes["web"].pid) - before)
            try:
                if connection.sock.recv(1, 2):  # MSG_PEEK
                    break
            except TimeoutError:
                continue
        connection.sock.settimeout(900)
        answer = connection.getresponse()
        assert answer.status == status, answer.read()[:800]
    model.Session.rollback()
    sizes = sorted(row.size_bytes for row in model.Session.query(VaultObject))
    assert sizes == [len(BLOCK) * 2, len(BLOCK) * BLOCKS]
    assert grown <= MOST, f"{way}: {sizes[-1]} bytes added {grown}"


def nothing_is_left():
    model.Session.rollback()
    assert model.Session.query(VaultObject).count() == 0
    return {one.kind: one.names for one in audit.examine(model.Session)}


def test_a_client_that_goes_away_leaves_nothing(place):
    path, fields, name, _ = WAYS["api"]
    connection = begun(place, path, fields(place[2]), name, 64)
    for _ in range(32):
        connection.send(BLOCK)
    connection.close()
    time.sleep(2)
    assert nothing_is_left() == {}
    assert json.loads(json.dumps(place[0].api(place[1]).action.package_show(id=place[2])["resources"])) == []


@pytest.mark.parametrize("when", ["on its way", "into the vault"])
def test_a_server_that_is_killed_leaves_nothing_after_a_sweep(place, when):
    portal, _, dataset = place
    path, fields, name, _ = WAYS["form"]
    connection = begun(place, path.format(id=dataset), fields(dataset), name, 300)
    for _ in range(150 if when == "on its way" else 300):
        connection.send(BLOCK)
    if when == "into the vault":
        connection.send(END)
        until = time.monotonic() + 120
        while not store.locations("vault") and time.monotonic() < until:
            time.sleep(0.002)
    os.killpg(portal.processes["web"].pid, signal.SIGKILL)
    portal.processes["web"].wait(20)
    portal.start_web()
    portal.wait_for_web()
    found = nothing_is_left()
    assert list(found) == ([] if when == "on its way" else ["vault_strays"])
    vault.sweep(model.Session)
    assert nothing_is_left() == found  # young: it might still be going on
    vault.sweep(model.Session, older_than_seconds=0)
    assert nothing_is_left() == {} and store.locations("vault") == set()
    assert portal.api(place[1]).action.package_show(id=dataset)["resources"] == []
