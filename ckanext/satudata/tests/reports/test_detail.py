"""A number of a report leads to what it counts: as many facts as it says, and only what the reader may see."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.download import Download
from ckanext.satudata.shared import process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
OCTOBER = {"name": "dissemination", "from_on": "2030-10-01", "until_on": "2030-10-31"}


@pytest.fixture(autouse=True)
def november():
    with freeze_time("2030-11-20 03:00:00"):
        yield


@pytest.fixture
def auditor():
    return officer("auditor")


@pytest.fixture
def data():
    """Of A 3 downloads in October of what is public and 2 of what is not any more, of B 1; of A 1 in September."""
    mine = operator()
    found = {
        "A": mine["org"]["id"],
        "B": ckan_factories.Organization(title="Dinas B")["id"],
        "title": mine["org"]["title"],
    }
    open_ = publish(make(mine, mine["org"], title="Sekolah", name="sekolah")["id"])["id"]
    hidden, other = (
        ckan_factories.Dataset(owner_org=found[letter], title="Gaji rahasia", name=f"gaji-{letter.lower()}")["id"]
        for letter in "AB"
    )
    for package, days in ((open_, (1, 2, 3)), (hidden, (4, 5)), (other, (6,))):
        for day in days:
            at = datetime(2030, 10, day, 12, tzinfo=timezone.utc)
            model.Session.add(Download(package_id=package, channel="file", client="browser", at=at))
    at = datetime(2030, 9, 9, tzinfo=timezone.utc)
    model.Session.add(Download(package_id=open_, channel="file", client="script", at=at))
    model.Session.commit()
    return found


def ask(person, **more):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])} if person else {"user": ""}
    return tk.get_action("satudata_report_detail")(context, {**OCTOBER, **more})


def test_the_facts_of_a_number_are_as_many_as_it_says(data, auditor):
    found = ask(auditor, table="producers", measure="downloads", cell=data["title"])
    assert found["count"] == len(found["table"]["rows"]) == 5
    assert [row[0][:7] for row in found["table"]["rows"]] == ["Sekolah"] * 3 + ["Data ya"] * 2
    assert [link["dataset"] for link in found["links"]] == ["sekolah"] * 3 + [None] * 2
    assert found["of"] == [{"head": "Produsen data", "text": data["title"]}] and found["what"] == "Unduhan"
    assert "rahasia" not in str(found) and "gaji" not in str(found)
    part = ask(auditor, table="producers", measure="downloads", cell=[data["title"]], offset=2, limit=2)
    assert part["count"] == 5 and part["table"]["rows"] == found["table"]["rows"][2:4]
    assert ask(auditor, sentence="3", measure="count")["count"] == 6
    assert ask(auditor, sentence="3", measure="count", producer=data["B"])["count"] == 1


def test_of_the_period_before(data, auditor):
    about = {"table": "producers", "measure": "downloads_before", "cell": data["title"], "compare": "before"}
    found = ask(auditor, **about)
    assert found["count"] == 1 and found["period"]["from_on"] == "2030-09-01"
    assert ask(auditor, sentence="3_before", measure="count")["count"] == 1


def finished(name):
    """A case of that process of which a step was finished in October."""
    about = {"subject_type": "work", "subject_id": name, "organization_id": None, "data": OCTOBER}
    case = process.start(model.Session, name, **about, actor=SYSTEM, works=False)
    step = model.Session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id)).first()
    with raw_writes.writing(model.Session, CaseStep):
        step.done_at, step.command, step.done_by = datetime(2030, 10, 8, tzinfo=timezone.utc), "record", "x"
        model.Session.flush()
    model.Session.commit()
    return case


def test_cases_are_opened_to_who_may_see_them_alone(auditor):
    """Walidata reads every report, and not every case."""
    walidata = officer("walidata")
    foreign = finished(next(name for name, sop in sops.current().items() if Role.WALIDATA not in sop.roles))
    own = finished("report")
    about = {"name": "lateness", "sentence": "0", "measure": "count"}
    for person, expected in ((auditor, {foreign.id, own.id}), (walidata, {own.id})):
        found = ask(person, **about)
        assert found["count"] == 2
        assert {link["case"]["id"] for link in found["links"] if link["case"]} == expected


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "table"),
        ({"table": "published", "measure": "dataset"}, "table"),
        ({"table": "producers", "measure": "umur", "cell": "x"}, "measure"),
        ({"table": "producers", "measure": "downloads"}, "cell"),
        ({"table": "producers", "measure": "downloads", "cell": ["x", "y"]}, "cell"),
        ({"table": "producers", "measure": "downloads", "cell": [{"a": 1}]}, "cell"),
        ({"sentence": "9", "measure": "count"}, "sentence"),
        ({"sentence": "0", "measure": "umur"}, "measure"),
        ({"sentence": "0", "measure": "count", "limit": 5000}, "limit"),
        ({"sentence": "0", "measure": "count", "producer": "x"}, "producer"),
    ],
)
def test_what_is_no_number_of_the_report_is_refused(auditor, more, field):
    with pytest.raises(tk.ValidationError) as refusal:
        ask(auditor, **more)
    assert list(refusal.value.error_dict) == [field]


def test_readers_only(data, app):
    head = officer("producer_head", data["A"])
    for person in (head, None):
        with pytest.raises(tk.NotAuthorized):
            ask(person, sentence="3", measure="count")
        with pytest.raises(tk.NotAuthorized):
            name = person["name"] if person else ""
            about = {**OCTOBER, "sentence": "3", "measure": "count"}
            tk.get_action("satudata_report_detail")({"user": name, "ignore_auth": True}, about)
    for address in ("/laporan/rincian", "/laporan/rincian.csv"):
        assert app.get(address, headers={"Authorization": head["token"]}, expect_errors=True).status_code == 404
        assert app.get(address, follow_redirects=False).status_code == 302


def test_every_number_on_the_page_leads_to_as_many_facts_and_back(data, auditor, app):
    headers = {"Authorization": auditor["token"]}
    query = "&".join(f"{name}={value}" for name, value in OCTOBER.items())
    page = BeautifulSoup(app.get(f"/laporan?{query}&compare=before", headers=headers).body, "html.parser")
    bars = page.select('.sd-report-chart a[href*="/laporan/rincian"]')
    links = [link for link in page.select('a[href*="/laporan/rincian"]') if link not in bars]
    # The bars of both drawings lead where numbers of the table lead.
    assert len(bars) == 4 and {bar["href"] for bar in bars} < {link["href"] for link in links}
    # Downloads in the sentence and beside it before; of A and B now, of A before; of each data set and client.
    assert len(links) == 9
    for link in links:
        asked = parse_qs(urlsplit(link["href"]).query)
        shown = app.get(link["href"], headers=headers)
        body = BeautifulSoup(shown.body, "html.parser")
        expected = int(link.text)
        assert len(body.select("tbody tr")) == expected, asked
        back = next(one for one in body.select("a") if one.text == "Kembali ke laporan")
        assert "compare=before" in back["href"] and "from_on=2030-10-01" in back["href"]
    assert "rahasia" not in shown.body
    csv = app.get(links[1]["href"].replace("/rincian?", "/rincian.csv?"), headers=headers)
    assert csv.headers["Content-Type"].startswith("text/csv")


def test_a_page_that_names_no_number_says_so_and_leads_back(auditor, app):
    page = app.get("/laporan/rincian", headers={"Authorization": auditor["token"]}, expect_errors=True)
    assert page.status_code == 422 and "Kembali ke laporan" in page.body


def test_a_filed_number_whose_group_has_another_name_since_says_what_was_filed(data, auditor, app):
    walidata = officer("walidata")
    context = {"user": walidata["name"], "auth_user_obj": model.User.get(walidata["id"])}
    cell = {"table": "producers", "measure": "downloads", "cell": "Dinas B"}
    tk.get_action("satudata_report_file")(context, dict(OCTOBER))
    assert ask(auditor, **cell)["filed"] is None
    # An agency that is renamed on the day it was registered never had the other name (`shared.people.agency_past`).
    model.Group.get(data["B"]).created = datetime(2030, 11, 20, 1)
    model.Session.commit()
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action("organization_patch")({"ignore_auth": True, "user": user}, {"id": data["B"], "title": "Dinas Be"})
    found = ask(auditor, **cell)
    assert found["count"] == 0 and found["filed"]["number"] == 1 and found["filed"]["at"].startswith("2030-11-20")
    assert ask(auditor, **{**cell, "cell": "Dinas C"})["filed"] is None
    headers = {"Authorization": auditor["token"]}
    query = "&".join(f"{name}={value}" for name, value in OCTOBER.items())
    page = BeautifulSoup(app.get(f"/laporan?{query}", headers=headers).body, "html.parser")
    link = next(one for one in page.select('a[href*="cell=Dinas+B"]') if one.text == "1")
    shown = app.get(link["href"], headers=headers).body
    assert "laporan ini menyebut 1 (keadaan per 20 November 2030)" in shown and "Tidak ada yang tercatat" not in shown
