"""Forms on a portal that really runs: a bad token, what is said after saving, and a very large file."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from ckan.tests import factories, helpers

from ckanext.satudata.tests.factories import hold

pytestmark = pytest.mark.usefixtures("with_plugins", "live_portal")


@pytest.fixture
def operator(live_portal):
    user, org = factories.User(password="rahasia-1234"), factories.Organization()
    helpers.call_action("member_create", id=org["id"], object=user["id"], object_type="user", capacity="editor")
    hold(user["id"], "operator", org["id"])
    return {**user, "org": org}


def token_of(page):
    return re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', page).group(1)


@pytest.fixture
def visit(live_portal, operator):
    session = requests.Session()
    form = {"login": operator["name"], "password": "rahasia-1234"}
    form["_csrf_token"] = token_of(session.get(f"{live_portal.url}/user/login").text)
    session.post(f"{live_portal.url}/user/login", data=form)
    return session


def test_a_bad_token_is_told_in_words_and_a_saved_draft_too(live_portal, visit, operator):
    address = f"{live_portal.url}/dataset/new"
    # CKAN would take this for a reason to check nobody's form on that page any more.
    by_token = requests.get(address, headers={"Authorization": live_portal.token(operator["name"])})
    assert by_token.status_code == 200
    form = {"_ckan_phase": "1", "save": "draft", "title": "Uji", "owner_org": operator["org"]["id"],
            "access_level": "terbuka", "_csrf_token": "salah"}  # fmt: skip
    refused = visit.post(address, data=form)
    assert refused.status_code == 400 and "muat ulang halamannya" in refused.text and "CSRF" not in refused.text
    saved = visit.post(address, data=form | {"_csrf_token": token_of(visit.get(address).text)})
    assert saved.status_code == 200 and "Draf sudah disimpan." in saved.text


def rss(pid):
    """Resident bytes of the process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{number}/statm").read_text().split()[1]) for number in (pid, *children))
    return pages * 4096


@pytest.mark.long
def test_500_megabytes_pass_without_growing_in_memory(live_portal, operator):
    api = live_portal.api(live_portal.token(operator["name"]))
    dataset = api.action.package_create(title="Besar", owner_org=operator["org"]["id"], access_level="terbatas")
    before = rss(live_portal.processes["web"].pid)
    block, blocks = b"2024,Klojen,7\n" * 75_000, 500
    top = (
        f'--batas\r\nContent-Disposition: form-data; name="package_id"\r\n\r\n{dataset["id"]}\r\n'
        '--batas\r\nContent-Disposition: form-data; name="upload"; filename="besar.csv"\r\n\r\n'
    ).encode()
    end, host = b"\r\n--batas--\r\n", urlsplit(live_portal.url).netloc
    connection = http.client.HTTPConnection(host, timeout=300)
    connection.putrequest("POST", "/api/3/action/resource_create")
    connection.putheader("Authorization", live_portal.token(operator["name"]))
    connection.putheader("Content-Type", "multipart/form-data; boundary=batas")
    connection.putheader("Content-Length", str(len(top) + len(block) * blocks + len(end)))
    connection.endheaders()
    connection.send(top)
    grown = 0
    for _ in range(blocks):
        connection.send(block)
        grown = max(grown, rss(live_portal.processes["web"].pid) - before)
    connection.send(end)
    answer = connection.getresponse()
    grown = max(grown, rss(live_portal.processes["web"].pid) - before)
    assert answer.status == 200, answer.read()[:500]
    assert grown < 150 << 20
