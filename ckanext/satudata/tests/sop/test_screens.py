"""Beginning a process on the desk, and ending a step with its document."""

from __future__ import annotations

import io
import re

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def headers(user):
    return {"Authorization": user["token"]}


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


@pytest.fixture
def case_page(app, walidata):
    """The address of a decree that was begun on the desk."""
    page = app.get("/meja/baru", headers=headers(walidata)).body
    form = {
        "process": "decree",
        "title": "Keputusan 2026",
        "key": re.search(r'name="key" value="(.+?)"', page).group(1),
    }
    answer = app.post("/meja/baru", headers=headers(walidata), params=form, follow_redirects=False)
    return answer.headers["Location"].replace("http://test.ckan.net", "")


def record(app, user, url, **sent):
    found = re.search(r'data-command="record".*?</details>', app.get(url, headers=headers(user)).body, re.S).group(0)
    hidden = dict(re.findall(r'name="(key|step_id)" value="([^"]+)"', found))
    return app.post(f"{url}/record", headers=headers(user), data={**hidden, **sent}, content_type="multipart/form-data")


def test_the_desk_offers_what_the_role_begins(app, walidata):
    assert "/meja/baru" in app.get("/meja", headers=headers(walidata)).body
    agency = ckan_factories.Organization()["id"]
    operator = officer(Role.OPERATOR, agency)
    assert "/meja/baru" not in app.get("/meja", headers=headers(operator)).body
    app.get("/meja/baru", headers=headers(operator), status=403)
    page = BeautifulSoup(
        app.get("/meja/baru", headers=headers(officer(Role.PRODUCER_HEAD, agency))).body, "html.parser"
    )
    assert [one["value"] for one in page.select("[name=process]")] == ["channel_post"]
    # Whose only process belongs to an agency, does not begin it for the whole government.
    assert [one["value"] for one in page.select("[name=organization_id] option")] == [agency]
    page = BeautifulSoup(app.get("/meja/baru", headers=headers(walidata)).body, "html.parser")
    offered = page.select("[name=organization_id] option")
    assert not offered or offered[0]["value"] == ""


def test_what_is_missing_is_told_and_what_was_typed_stays(app, walidata):
    sent = {"process": "channel_post", "title": "Poster kemiskinan", "key": "1"}
    page = app.post("/meja/baru", headers=headers(walidata), params=sent, status=422).body
    assert "Poster kemiskinan" in page and "hanya dapat dilakukan oleh Kepala" in page


def test_a_step_ends_with_its_document(app, walidata, case_page):
    page = record(app, walidata, case_page, output_1_number="188/2026").body
    assert 'value="188/2026"' in page and "Tulis juga tanggalnya" in page
    page = record(app, walidata, case_page, output_1_file=(io.BytesIO(b"MZ\x90\x00program"), "rancangan.pdf")).body
    assert "aria-invalid" in page and "Rancangan 1" not in page
    sent = (io.BytesIO(b"a,b\n1,2\n"), "rancangan.csv")
    page = record(app, walidata, case_page, output_1_file=sent, output_1_number="1", output_1_on="2026-01-05").body
    (link,) = BeautifulSoup(page, "html.parser").select("#outputs-title ~ ul a")
    assert link.text == "rancangan.csv"
    assert app.get(link["href"], headers=headers(walidata)).body == "a,b\n1,2\n"
    assert app.get(link["href"], headers=headers(officer(Role.AUDITOR))).body == "a,b\n1,2\n"
    for other in (officer(Role.OPERATOR, ckan_factories.Organization()["id"]), ckan_factories.SysadminWithToken()):
        app.get(link["href"], headers=headers(other), status=404)
    assert "/user/login" in app.get(link["href"], follow_redirects=False).headers["Location"]
    events = [row.event for row in model.Session.query(Journal).order_by(Journal.at)]
    assert events.count("output_added") == 1 and events.count("scan_viewed") == 2


def test_a_later_round_may_keep_the_document_it_has(app, walidata, case_page):
    record(app, walidata, case_page, output_1_number="1", output_1_on="2026-01-05")
    found = app.get(case_page, headers=headers(walidata)).body
    back = re.search(r'data-command="return_".*?</details>', found, re.S).group(0)
    hidden = dict(re.findall(r'name="(key|step_id)" value="([^"]+)"', back))
    app.post(f"{case_page}/return_", headers=headers(walidata), params={**hidden, "note": "Judul keliru"})
    assert "Perkara ini sudah memilikinya" in app.get(case_page, headers=headers(walidata)).body
    assert "Ada masalah" not in record(app, walidata, case_page).body
