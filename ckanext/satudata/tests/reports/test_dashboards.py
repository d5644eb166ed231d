"""Dashboards: the numbers, who sees them, and that the public one knows nothing that is not public."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time

from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.kept_board import KeptBoard
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.ppid_survey import PpidSurvey
from ckanext.satudata.ppid import registers
from ckanext.satudata.reports import dashboards, facts, kept_boards
from ckanext.satudata.shared import clock, process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.finding import search_misses
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.reports.test_report import ask

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
OFFICERS = ("walidata", "ppid", "agency")


def show(person, name, **kw):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])} if person else {"user": ""}
    return tk.get_action("satudata_dashboard_show")({**context, "ignore_auth": True}, {"name": name, **kw})


def tiles(board):
    return {tile["key"]: tile for tile in board["tiles"]}


def groups(tile):
    return {one["label"]: one["value"] for one in tile["groups"]}


def fetch(dataset_id, count, **kw):
    for _ in range(count):
        asked = {"package_id": dataset_id, "resource_id": None, "channel": "file", "client": "browser", **kw}
        downloads.record(model.Session, **asked)


@pytest.fixture
def world():
    """Two agencies: of A one open and one limited dataset and a draft in review, of B one open dataset."""
    orgs = {letter: ckan_factories.Organization(title=f"Dinas {letter}") for letter in "AB"}
    makers = {letter: operator(org) for letter, org in orgs.items()}
    found = {
        "open": publish(make(makers["A"], orgs["A"], title="Jumlah sekolah", name="jumlah-sekolah")["id"]),
        "limited": publish(make(makers["A"], orgs["A"], "terbatas", title="Gaji guru", name="gaji-guru")["id"]),
        "other": publish(make(makers["B"], orgs["B"], title="Jumlah pasar", name="jumlah-pasar")["id"]),
        "draft": make(makers["A"], orgs["A"], title="Konsep rahasia", name="konsep"),
    }
    return {"orgs": orgs, "makers": makers, **found}


def test_the_numbers_are_those_of_a_hand_count(world):
    fetch(world["open"]["id"], 3)
    fetch(world["other"]["id"], 1)
    fetch(world["open"]["id"], 5, client="robot")
    for decision in (None, "withdrawn"):
        ask(world["orgs"]["A"]["id"], decision).dataset_id = world["limited"]["id"]
    ask(world["orgs"]["B"]["id"])
    for fit, service in (("yes", 4), ("no", 2)):
        model.Session.add(PpidSurvey(month=f"{clock.today():%Y-%m}", decision="granted", service=service, fit=fit))
    for back in (3, 2, 1, 0):
        with freeze_time(clock.now() - timedelta(days=back)):
            search_misses.record(model.Session.connection(), "harga cabai")
    search_misses.record(model.Session.connection(), "nama seseorang")
    model.Session.commit()
    steward, ppid = officer("walidata"), officer("ppid")
    found = tiles(show(steward, "walidata"))
    assert found["downloads"]["value"] == 4 and groups(found["downloads"]) == {"Jumlah sekolah": 3, "Jumlah pasar": 1}
    assert found["published"]["value"] == 3 and groups(found["published"]) == {"Dinas A": 2, "Dinas B": 1}
    assert found["wanted"]["value"] == 2 and groups(found["wanted"]) == {"Gaji guru": 2}
    assert found["missed"]["value"] == 5 and groups(found["missed"])["harga cabai"] == 4
    assert "nama seseorang" not in str(found)
    assert len(found["downloads"]["trend"]) == 12 and found["downloads"]["trend"][-1]["value"] == 4
    asked = tiles(show(ppid, "ppid"))
    assert asked["received"]["value"] == 3 and groups(asked["received"]) == {
        "Belum dijawab": 2,
        "Dibatalkan pemohon": 1,
    }
    assert asked["survey"]["value"] == 50 and "2 jawaban survei" in asked["survey"]["note"]


def test_bars_of_shares_are_drawn_of_the_whole(app, world):
    """80 % is no full bar, also where nobody has more."""
    page = BeautifulSoup(
        app.get("/dasbor/walidata", headers={"Authorization": officer("walidata")["token"]}).body, "html.parser"
    )
    tile = page.select_one("section:has(#tile-complete)")
    for row in tile.select(".sd-bars li"):
        share = float(row.select_one(".sd-num").text.removesuffix(" %").replace(",", "."))
        assert row.select_one(".sd-bar span")["style"] == f"width: {max(share, 0.5)}%"
    assert tile.select(".sd-bars li")


def test_everybody_reads_the_same_answers_as_in_the_register(world):
    """Cancelled without a notice is no answer; passed on with a notice is one, in whole working days of the law."""
    org = world["orgs"]["A"]["id"]
    with freeze_time("2026-03-02 02:00"):
        for decision in (None, "withdrawn", "passed_on", "granted"):
            ask(org, decision)
        model.Session.commit()
    for decision, at in (("passed_on", "2026-03-04 03:00"), ("granted", "2026-03-11 03:00")):
        row = model.Session.query(PpidRequest).filter_by(decision=decision).one()
        model.Session.add(PpidHandling(request_id=row.id, notified_at=datetime.fromisoformat(f"{at}+00:00")))
    model.Session.commit()
    with freeze_time("2026-04-01 02:00"):
        told = registers.figures(model.Session, Period(date(2026, 1, 1), date(2026, 12, 31)))
        tile = tiles(show(None, "public"))["answered"]
        assert (told.answered, told.median_days) == (2, tile["value"])
        assert "2 permohonan sudah dijawab" in tile["note"]
        steward = officer("walidata")
        office = tiles(show(steward, "ppid"))
        assert office["days"]["value"] == told.median_days
        # The longest of no answer is no number.
        context = {"user": steward["name"], "auth_user_obj": model.User.get(steward["id"])}
        year = {"name": "service", "from_on": "2026-01-01", "until_on": "2026-12-31"}
        report = tk.get_action("satudata_report_show")(context, year)
        rows = next(table["rows"] for table in report["tables"] if table["key"] == "outcomes")
        assert {row[0]: row[1:4] for row in rows}["open"] == [1, None, None]


def test_what_ppid_tells_is_its_register_and_what_offices_ask_is_walidatas(world):
    """A government office is answered by Walidata, outside UU 14/2008: in no number of the PPID's service."""
    org, today = world["orgs"]["A"]["id"], clock.today()
    for kind, decision in (("person", None), ("group", "refused"), ("government", "refused"), ("government", None)):
        row = ask(org, decision, kind)
        row.dataset_id, row.refusal_code = world["limited"]["id"], "6(3)e" if decision else None
        if decision:
            model.Session.add(PpidHandling(request_id=row.id, notified_at=clock.now()))
    model.Session.commit()
    ppid, steward = officer("ppid"), officer("walidata")
    year = {"name": "service", "from_on": f"{today.year}-01-01", "until_on": f"{today}"}

    def asked(person, action, **data):
        return tk.get_action(action)({"user": person["name"], "auth_user_obj": model.User.get(person["id"])}, data)

    report = asked(ppid, "satudata_report_show", **year)
    found = {table["key"]: table["rows"] for table in report["tables"]}
    register = asked(ppid, "satudata_request_register_full_list")["count"]
    public = tk.get_action("satudata_request_register_list")({"user": ""}, {})
    assert register == public["count"] == public["figures"]["total"] == 2
    assert report["findings"][0].startswith("2 permohonan informasi diterima")
    assert sum(row[1] for row in found["outcomes"]) == sum(row[-1] for row in found["ways"]) == 2
    assert {row[0]: row[-1] for row in found["applicants"]} == {"person": 1, "group": 1}
    assert [row[-1] for row in found["refusals"]] == [1]
    board, everybodys = tiles(show(ppid, "ppid")), tiles(show(None, "public"))
    assert board["received"]["value"] == everybodys["asked"]["value"] == register
    assert board["received"]["link"].startswith("/permohonan/register?") and board["reasons"]["value"] == 1
    # Nothing of the offices is lost to who answers them, nor to the agency that holds the data.
    assert asked(steward, "satudata_request_register_full_list")["count"] == 2
    assert tiles(show(steward, "walidata"))["wanted"]["value"] == 4
    assert tiles(show(officer("producer_head", org), "agency"))["requests"]["value"] == 4
    told = asked(steward, "satudata_report_show", **{**year, "name": "dissemination"})
    assert "4 permohonan data terbatas masuk" in str(told["findings"])
    # No Act sets a time for them.
    every = facts.source(facts.Asked.of(model.Session, Period(date(today.year, 1, 1), today)), "all_requests").c
    rows = model.Session.execute(sa.select(every.kind, every.in_time, every.law_days).where(every.answered)).all()
    assert sorted(map(tuple, rows)) == [("government", None, 0), ("group", True, 0)]


def test_a_head_sees_his_own_agency_and_no_other(world):
    fetch(world["open"]["id"], 3)
    fetch(world["other"]["id"], 1)
    model.Session.commit()
    head, steward = officer("producer_head", world["orgs"]["A"]["id"]), officer("walidata")
    own = show(head, "agency")
    assert own["agency"] == "Dinas A" and tiles(own)["downloads"]["value"] == 3
    assert tiles(own)["datasets"]["value"] == 3 and "Jumlah pasar" not in str(own)
    with pytest.raises(tk.NotAuthorized):
        show(head, "agency", producer=world["orgs"]["B"]["name"])
    assert tiles(show(steward, "agency", producer=world["orgs"]["B"]["name"]))["downloads"]["value"] == 1


def test_officers_only_whatever_the_context_says(world):
    org = world["orgs"]["A"]["id"]
    wrong = {
        "walidata": [officer("ppid"), officer("producer_head", org), ckan_factories.User(), None],
        "ppid": [officer("verifier", org), officer("producer_head", org), None],
        "agency": [officer("ppid"), officer("operator", org), None],
    }
    for name, people in wrong.items():
        for person in people:
            with pytest.raises(tk.NotAuthorized):
                show(person, name)
    with pytest.raises(tk.ObjectNotFound):
        show(officer("walidata"), "tidak-ada")


def test_the_public_one_counts_what_is_public_and_nothing_else(world, app):
    fetch(world["open"]["id"], 3)
    fetch(world["limited"]["id"], 2, channel="grant")
    fetch(world["draft"]["id"], 2, channel="officer")
    ask(world["orgs"]["A"]["id"]).dataset_id = world["draft"]["id"]
    ask(world["orgs"]["A"]["id"], "granted")  # decided, but the answer has not left
    model.Session.commit()
    found = tiles(show(None, "public"))
    assert found["opened"]["value"] == 2 and groups(found["opened"]) == {"Dinas A": 1, "Dinas B": 1}
    assert found["used"]["value"] == 3 and groups(found["used"]) == {"Jumlah sekolah": 3}
    today = clock.today()
    register = registers.figures(model.Session, Period(date(today.year, 1, 1), today))
    assert found["asked"]["value"] == register.total == 2 and groups(found["asked"]) == {"Belum dijawab": 2}
    assert [one["label"] for one in found["opened"]["trend"]] == [str(today.year)]
    assert kept_boards.keep() == 1
    done = reclassify.withdraw(model.Session, world["open"]["id"], actor=SYSTEM)
    model.Session.commit()
    done.finish()
    found = tiles(show(None, "public"))
    assert (found["opened"]["value"], found["used"]["value"], groups(found["used"])) == (1, 0, {})
    for address in ("/statistik", "/statistik.csv", "/en/statistik"):
        body = app.get(address, status=200).body
        for hidden in (world["open"], world["limited"], world["draft"]):
            assert hidden["title"] not in body and hidden["id"][:8] not in body


def test_the_figures_that_the_worker_keeps_are_those_of_their_instant(world):
    fetch(world["open"]["id"], 3)
    model.Session.commit()
    counted = show(None, "public")
    assert (kept_boards.keep(), kept_boards.keep()) == (1, 0), "once, until they are due"
    kept = show(None, "public")
    assert {**kept, "as_of_at": ""} == {**counted, "as_of_at": ""} and kept["as_of_at"] > counted["as_of_at"]
    fetch(world["open"]["id"], 2)
    model.Session.commit()
    assert show(None, "public") == kept
    assert tiles(show(officer("walidata"), "walidata"))["downloads"]["value"] == 5, "officers see those of the moment"
    with freeze_time(clock.now() + kept_boards.LONGEST):
        assert tiles(show(None, "public"))["used"]["value"] == 5, "where no worker runs nobody sees old ones"
    with freeze_time(clock.now() + kept_boards.AGAIN):
        assert kept_boards.keep() == 1 and tiles(show(None, "public"))["used"]["value"] == 5
    row = model.Session.get(KeptBoard, "public")
    assert "Jumlah sekolah" not in str(row.figures), "no name is kept"


def test_the_public_report_counts_what_everybody_finds(world):
    asked = {"name": "service", "from_on": f"{clock.today().year}-01-01", "until_on": f"{clock.today().year}-12-31"}
    context = {"user": officer("ppid")["name"], "ignore_auth": False}
    made = tk.get_action("satudata_report_show")(context, asked)
    (table,) = [one for one in made["tables"] if one["key"] == "information"]
    assert sorted(tuple(row) for row in table["rows"]) == [("terbatas", 1), ("terbuka", 2)], "no draft, no empty row"


def test_a_file_that_is_closed_leaves_the_public_number_of_downloads(world):
    (kept,) = world["open"]["resources"]
    walidata = actor_for(model.User.get(officer("walidata")["id"]))
    fetch(world["open"]["id"], 2, resource_id=kept["id"])
    model.Session.commit()
    assert tiles(show(None, "public"))["used"]["value"] == 2
    assert kept_boards.keep() == 1
    done = reclassify.narrow(
        model.Session, world["open"]["id"], "terbatas", actor=walidata, reason="Memuat nama.", resource_id=kept["id"]
    )
    model.Session.commit()
    done.finish()
    found = tiles(show(None, "public"))
    assert (found["used"]["value"], groups(found["used"])) == (0, {})


def test_each_reader_gets_page_csv_and_where_the_links_lead(world, app):
    org = world["orgs"]["A"]["id"]
    readers = {
        "walidata": [officer("walidata"), officer("auditor")],
        "ppid": [officer("ppid"), officer("ppid_superior")],
        "agency": [officer("producer_head", org)],
    }
    for name, people in readers.items():
        for person in people:
            headers = {"Authorization": person["token"]}
            page = app.get(f"/dasbor/{name}", headers=headers, status=200).body
            board = show(person, name)
            rows = list(csv.reader(io.StringIO(app.get(f"/dasbor/{name}.csv", headers=headers).body.lstrip("\ufeff"))))
            numbers = {row[0]: row[3] for row in rows[1:] if row[2] == "semua"}
            assert numbers == {
                tile["title"]: "" if tile["value"] is None else str(tile["value"]) for tile in board["tiles"]
            }
            for tile in board["tiles"]:
                assert tile["title"] in page
                assert app.get(tile["link"], headers=headers).status_code == 200, (name, person["name"], tile["link"])
    assert app.get("/dasbor", headers=headers, follow_redirects=False).headers["Location"].endswith("/dasbor/agency")


def test_others_are_told_that_there_is_no_such_page(app):
    token = ckan_factories.UserWithToken()["token"]
    for name in OFFICERS:
        assert "/user/login" in app.get(f"/dasbor/{name}", follow_redirects=False).headers["Location"]
        assert app.get(f"/dasbor/{name}", headers={"Authorization": token}).status_code == 404
        assert app.get(f"/dasbor/{name}.csv", headers={"Authorization": token}).status_code == 404
    assert app.get("/dasbor/tidak-ada").status_code == 404
    assert 'href="/dasbor' not in app.get("/").body and 'href="/statistik"' in app.get("/").body


def test_every_file_of_ours_is_for_somebody():
    assert set(dashboards.current()) == {*OFFICERS, "public"}


def test_a_head_is_told_apart_what_waits_for_others_than_the_officers_of_the_agency(world):
    org = world["orgs"]["A"]["id"]
    head, about = officer("producer_head", org), {"subject_type": "report", "subject_id": "x", "organization_id": org}
    case = process.start(model.Session, "report", **about, actor=SYSTEM, works=False)
    found = []
    for role in ("verifier", "ppid"):
        step = model.Session.scalars(CaseStep.open_of(case.id)).first()
        with raw_writes.writing(model.Session, CaseStep):
            step.role = role
            model.Session.flush()
        model.Session.commit()
        found.append(tiles(show(head, "agency"))["waiting"])
    own, others = found
    assert (own["value"], others["value"]) == (1, 0)
    assert "0 langkah tentang data" in own["note"] and "1 langkah tentang data" in others["note"], found
