"""By when a request is answered, as applicant and office read it: running, standing, moved, over and stopped."""

from contextlib import ExitStack
from datetime import datetime, time, timedelta, timezone

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action

from ckanext.satudata.model.objection import Objection
from ckanext.satudata.ppid import clocks, requests
from ckanext.satudata.shared import clock, wording

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

MONDAY = datetime(2026, 3, 2, 2, tzinfo=timezone.utc)


@pytest.fixture
def move_to():
    """Sets the portal's clock, which leaves the officers' tokens valid: `move_to(instant or day)`."""
    with ExitStack() as stack:

        def moved(at):
            is_instant = isinstance(at, datetime)
            stack.enter_context(clock.set_to(at if is_instant else datetime.combine(at, time(3), timezone.utc)))

        yield moved


@pytest.fixture
def row(asked, row_of, move_to):
    move_to(MONDAY)
    return row_of(asked())


@pytest.fixture
def told(app, page, people, row):
    """What stands beside each word of the time: on the applicant's page, and in the panel of the case."""

    def seen():
        app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
        own = BeautifulSoup(app.get(f"/permohonan/lacak/{row.ref}").body, "html.parser")
        case = BeautifulSoup(page(people.ppid, f"/meja/{row.case_id}").body, "html.parser")
        return [
            {one.dt.text.strip(): one.dd.get_text(" ", strip=True) for one in part.select(".sd-facts > div")}
            for part in (own.select_one("section[aria-labelledby=when-title]"), case.select_one("#isi"))
        ] + [case]

    return seen


def _days(row):
    return [day.date for day in clocks.due(row).days if day.counted]


@pytest.mark.parametrize(
    ("number", "left", "counted"),
    [
        (0, "masih 10 hari kerja", None),
        (3, "masih 7 hari kerja", "3 dari 10"),
        (10, "hari ini hari terakhir", "10 dari 10"),
    ],
)
def test_what_is_left_stands_beside_the_last_day(row, told, move_to, number, left, counted):
    days = _days(row)
    if number:
        move_to(days[number - 1])
    own, panel, case = told()
    by = f"{wording.day(days[-1], weekday=True)} ({left})"
    assert [own["Jawaban paling lambat"], panel["Batas Pemberitahuan Tertulis"]] == [by, by]
    assert panel.get("Hari kerja ke-") == counted and "Hari terakhir setiap langkah" in case.text
    assert by in case.text.split("Yang dapat Anda lakukan sekarang")[0], "the facts on top say the same"


def test_once_it_is_over_it_says_by_how_much_and_plans_no_step_any_more(row, told, move_to):
    due = clocks.due(row)
    move_to(due.due_at + timedelta(days=7))
    own, panel, case = told()
    assert panel["Batas Pemberitahuan Tertulis"].endswith("(terlambat 5 hari kerja)")
    assert own["Jawaban paling lambat"] == panel["Batas Pemberitahuan Tertulis"]
    assert "Tahap ini selesai paling lambat" not in own and "Hari kerja ke-" not in panel
    assert "Hari terakhir setiap langkah" not in case.text, "every step's latest day would be today"


def test_while_it_stands_the_day_is_told_on_which_it_would_end(row, told, give, people, move_to):
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose"]})
    move_to(MONDAY + timedelta(days=3))
    own, panel, _case = told()
    by = wording.day(clocks.due(row).due_on, weekday=True)
    assert "berhenti" in own["Jawaban paling lambat"] and "berhenti" in panel["Batas Pemberitahuan Tertulis"]
    assert own["Jawaban paling lambat, bila dikirim hari ini"] == panel["Batasnya bila dilengkapi hari ini"] == by
    assert "Tahap ini selesai paling lambat" not in own, "until when to send it stands above, beside what is missing"


def test_an_extension_names_the_day_before_it(row, told, give, people):
    before = wording.day(clocks.due(row).due_on)
    give(row.case_id, "extend", people.ppid, {"extension_code": "undecided", "note": "Uji konsekuensi berjalan."})
    own, panel, _case = told()
    assert own["Diperpanjang"] == panel["Diperpanjang"] and f"semula {before}" in own["Diperpanjang"]
    assert "masih 17 hari kerja" in own["Jawaban paling lambat"]


def test_officers_who_read_english_read_no_indonesian_of_the_portals_own(page, people, routed, give):
    give(routed.case_id, "grant", people.pembantu)
    case = BeautifulSoup(page(people.ppid, f"/en/meja/{routed.case_id}").body, "html.parser")
    panel = case.select_one("#isi").get_text(" ", strip=True)
    assert "all data asked for" in panel and "seluruh data" not in panel and " 1 working day " in panel


def test_an_objection_says_what_is_left_too(refused, superior, app, page, move_to):
    proof = {"number": refused.number, "tracking_code": requests.tracking_code(refused)}
    move_to(clocks.due(refused).due_at)
    call_action("satudata_objection_create", **proof, ground="a", words="Data ini perlu untuk penelitian saya.")
    [one] = model.Session.query(Objection).all()
    app.post("/permohonan/lacak", data=proof)
    own = BeautifulSoup(app.get(f"/permohonan/lacak/{refused.ref}").body, "html.parser")
    case = BeautifulSoup(page(superior, f"/meja/{one.case_id}").body, "html.parser")
    assert "(masih 30 hari kerja)" in own.select_one("section[aria-labelledby=keberatan]").text
    assert "(masih 30 hari kerja)" in case.select_one(".sd-facts").text
    notes = case.select("details[data-command] textarea[name=note]")
    assert notes and all("Hanya untuk petugas" in case.select_one(f"#{one['aria-describedby']}").text for one in notes)


def test_the_notice_stops_it_and_its_day_is_counted(row, told, give, people, move_to):
    days = _days(row)
    move_to(days[1])
    give(row.case_id, "already_public", people.ppid, {"link": "https://contoh.example/data"})
    move_to(days[4])
    own, panel, _case = told()
    assert panel["Batas Pemberitahuan Tertulis"] == wording.day(days[-1], weekday=True)
    assert panel["Hari kerja ke-"] == "2 dari 10" and "Jawaban paling lambat" not in own


def test_a_notice_that_went_out_late_is_called_so(row, told, move_to, give, people):
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    give(row.case_id, "grant", people.pembantu)
    move_to(clocks.due(row).due_on + timedelta(days=1))
    promised = clock.calendar(model.Session).shift(clock.today(), 3).isoformat()
    give(row.case_id, "notify", people.ppid, {"promised_on": promised})
    _own, case, _page = told()
    assert any("pemberitahuan terlambat dikirim, pada" in said for said in case.values())
