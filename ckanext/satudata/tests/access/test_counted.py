"""Whatever form a request takes, what sends a file from its first byte on is counted once."""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.model as model
import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.download import Download
from ckanext.satudata.tests.access.support import CSV, make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHOLE = (None, "bytes=0-", "bytes=00-", "bytes= 0-", "BYTES=0-", "bytes=0 -", f"bytes=-{len(CSV)}", "bytes=-99999")
BEYOND = "bytes=99999-"
PARTS = ("bytes=5-", "bytes=5-6", "bytes=-3", BEYOND)
IGNORED = ("bytes=0-0,1-", "bytes=1-2,4-5", "items=0-", "lines=5-6", "bytes=x", "bytes")
"""RFC 9110 section 14.2: a unit that is no `bytes` is ignored; several parts, and what is none, may be."""


def counted(client, path, headers):
    before = model.Session.query(Download).count()
    answer = client.get(path, headers=headers)
    model.Session.rollback()
    return answer, model.Session.query(Download).count() - before


@pytest.mark.parametrize("level", ["terbuka", "terbatas"])
def test_downloads_are_counted_by_what_was_sent(app, level):
    mine = operator()
    dataset = publish(make(mine, mine["org"], level=level)["id"])
    path = f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/download"
    client = app.flask_app.test_client()
    own = {} if level == "terbuka" else {"Authorization": officer(Role.WALIDATA)["token"]}
    for span in WHOLE:
        answer, count = counted(client, path, {**own, **({"Range": span} if span else {})})
        assert (answer.data, count) == (CSV, 1), span
    for span in IGNORED:
        answer, count = counted(client, path, {**own, "Range": span})
        assert (answer.status_code, answer.data, count) == (200, CSV, 1), span
    for span in PARTS:
        answer, count = counted(client, path, {**own, "Range": span})
        assert answer.status_code == (416 if span == BEYOND else 206), span
        assert answer.data != CSV and count == 0, span
    answer, count = counted(client, path, {**own, "Range": "bytes=5-", "If-Range": '"lain"'})
    assert (answer.data, count) == (CSV, 1), "of another edition the whole is sent"
    sent = client.get(path, headers=own)
    known = {**own, "If-None-Match": sent.headers["ETag"]}
    for more in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=5-"}, {"Range": "items=0-"}):
        answer, count = counted(client, path, {**known, **more})
        assert (answer.status_code, answer.data, count) == (304, b"", 0), more
    answer, count = counted(client, path, {**own, "If-None-Match": '"lain"', "Range": "bytes=5-6"})
    assert (answer.status_code, answer.data, count) == (206, CSV[5:7], 0)


def test_of_an_address_elsewhere_whatever_is_answered_with_the_whole_counts(app):
    mine = operator()
    links = [{"name": "Tautan", "url": "https://tempat-lain.test/data.csv"}]
    dataset = publish(make(mine, mine["org"], resources=links)["id"])
    path = f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/download"
    client = app.flask_app.test_client()
    for span, wanted in ((None, 1), ("bytes=0-", 1), ("bytes=5-", 0), ("items=5-", 1), ("bytes=5-6,8-9", 1)):
        answer, count = counted(client, path, {"Range": span} if span else {})
        assert (answer.status_code, count) == (302, wanted), span
    # The pages' own button leads here, too: else no visitor would be asked or counted.
    for page in (f"/dataset/{dataset['name']}", f"/dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}"):
        button = BeautifulSoup(client.get(page).data, "html.parser").select_one("a.sd-btn-primary[href*='/download']")
        assert counted(client, urlsplit(button["href"]).path, {})[1] == 1, page
