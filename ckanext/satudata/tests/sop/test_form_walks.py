"""Each SOP of Magetan, Jember and Maluku Utara, from first row to last, through the pages' own forms and real roles.

What a step needs is done where its page leads to; nothing is called that a page does not offer.
"""

from __future__ import annotations

from datetime import datetime

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories as ckan_factories
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import starts
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.posts.support import opened, paper, picture
from ckanext.satudata.tests.sop.test_walks import WHOLE, act, governed  # noqa: F401  (a fixture)
from ckanext.satudata.tests.support.pages import Visitor, stands_in

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ON_THE_WAY = ("return_", "withdraw")
TABLE = (b"kecamatan,jumlah\nKlojen,12\n", "daftar.csv")
NEXT_YEAR = datetime.now().year + 1
"""An API token holds from the real instant on at which it was made."""
POST = {"title": "Sekolah di kota ini", "caption": "Klojen punya 12 sekolah.", "tags": "#sekolah"}


@pytest.fixture
def office(app, governed, monkeypatch):  # noqa: F811
    """`office(government, process)`: an agency with one officer for each role of the process, each at the pages."""

    def settled(government, name, time_zone="Asia/Jakarta"):
        governed(government)
        monkeypatch.setitem(tk.config, "ckan.display_timezone", time_zone)
        return Office(app, name)

    return settled


class Office:
    def __init__(self, app, name):
        self.sop = sops.running(name)
        self.agency = ckan_factories.Organization()["id"]
        roles = self.sop.roles | set(self.sop.start.by if self.sop.start else ())
        self.users = {role: officer(role, None if role in WHOLE else self.agency) for role in roles}
        self.people = {role: Visitor(app, user) for role, user in self.users.items()}
        self.anybody = Visitor(app)

    def begin(self, role):
        """Begins the process on `/meja/baru`; returns the path of its case."""
        starter = self.people[role]
        starter.open("/meja/baru")
        wanted = {"process": self.sop.process.value, "title": "Sekolah 2026"}
        offers = starter.page.select_one("main form [name=organization_id]")
        starter.send("main form[action='/meja/baru']", **wanted, **({"organization_id": self.agency} if offers else {}))
        assert starter.at.startswith("/meja/"), starter.said()
        return starter.at

    def walk(self, case):
        """Each step by who holds its role, who finds it on the desk; returns the numbers of the steps."""
        walked, reader = [], next(iter(self.users.values()))
        while True:
            shown = act("satudata_case_show", reader, id=case.rsplit("/", 1)[1])
            if shown["ended_at"]:
                return walked
            step = shown["open_steps"][0]
            walked += [step["no"]] if step["no"] not in walked else []
            self.do(self.people[Role(step["role"])], case, step["no"])

    def do(self, who, case, no):
        """One step: what it needs first, then the command that agrees."""
        who.open("/meja")
        assert who.page.select(f"a[href^='{case}']"), "it stands on the desk"
        who.open(case)
        draft(who, case)
        offered = who.page.select("details[data-command]")
        agreeing = next(one for one in offered if one["data-command"] not in ON_THE_WAY)
        assert agreeing["data-command"] == next(iter(self.sop.step(no).exits)).value
        form, sent = agreeing.form, {}
        for field in form.select("input[type=file][name^=output_]"):
            sent[field["name"]] = TABLE
        if form.select("[name=channel]"):
            sent |= {"channel": "instagram", "address": "https://instagram.com/p/1"}
            sent |= {"screenshot": (picture().stream.read(), "layar.png")}
        if form.select_one("[name=note][aria-required]"):
            sent["note"] = "Laksanakan"
        who.send(form, **sent)
        assert who.at == case and who.page.select_one(".alert-success"), who.said()


def draft(who, case):
    """A post or report: the data are picked and the text is written on their own pages, where the case leads there."""
    if who.page.select_one(f"#isi a[href='{case}/publikasi/data']"):
        who.follow(f"#isi a[href='{case}/publikasi/data']")
        if not who.page.select("button[name=drop]"):
            who.send("form[role=search]", q="sekolah")
            (pick,) = who.page.select("button[name=pick]")
            who.send(pick.find_parent("form"), pick)
        who.open(case)
    if who.page.select_one(f"#isi a[href='{case}/publikasi']") and not who.page.select_one("#isi .sd-prose"):
        who.follow(f"#isi a[href='{case}/publikasi']")
        form = who.page.select_one("main form[enctype]")
        is_report = bool(form.select("[name=period]"))
        file = paper() if is_report else picture()
        sent = {**POST, "file": (file.stream.read(), file.filename), "alt": "Peta sekolah"}
        who.send(form, **sent, **({"period": "2025"} if is_report else {}))
        who.open(case)


@pytest.mark.parametrize(
    ("government", "name", "role", "steps", "time_zone", "zone"),
    [
        ("magetan", "channel_post", "redaktur", "2 3 4 5 6 7 8", "Asia/Jakarta", "WIB"),
        ("jember", "release_check", "walidata", "1 2", "Asia/Jakarta", "WIB"),
        ("jember", "channel_post", "operator", "4 5 6", "Asia/Jakarta", "WIB"),
        ("maluku_utara", "collection", "staff", "1 2 2a", "Asia/Jayapura", "WIT"),
        ("maluku_utara", "analysis_report", "section_head", "3 4 5 6", "Asia/Jayapura", "WIT"),
    ],
)
def test_a_process_begun_at_the_desk(office, government, name, role, steps, time_zone, zone):
    if name in ("channel_post", "analysis_report"):
        opened()
    at = office(government, name, time_zone)
    case = at.begin(Role(role))
    assert at.walk(case) == steps.split()
    last = at.people[Role(role)]
    ended = last.open(case).select_one("main").get_text(" ", strip=True)
    assert "Selesai" in ended and f" {zone}" in ended
    if name == "channel_post":
        at.anybody.open("/publikasi")
        at.anybody.follow("main .sd-posts h2 a")
        assert "Klojen punya 12 sekolah." in at.anybody.page.get_text()
    elif name == "analysis_report":
        at.anybody.open("/dataset/?q=sekolah")
        assert POST["title"] in at.anybody.page.get_text()


def test_a_dataset_of_jember_from_the_form_to_the_public(office):
    at = office("jember", "preparation")
    operator, walidata = at.people[Role.OPERATOR], at.people[Role.WALIDATA]
    user = at.users[Role.OPERATOR]["id"]
    call_action("member_create", id=at.agency, object=user, object_type="user", capacity="editor")
    operator.open("/dataset/new")
    form = operator.page.select_one("form#dataset-edit")
    operator.send(form, form.select_one("[name=save][value=draft]"), **full_dataset(owner_org=at.agency))
    form = operator.page.select_one("form#resource-edit")
    whole = form.select_one("button[name=save][value=go-dataset-complete]")
    operator.send(form, whole, upload=TABLE, name="Tabel")
    title = full_dataset()["title"]
    assert title not in at.anybody.open("/dataset/").get_text()
    operator.send(operator.page.select_one("section[aria-labelledby=review-stage] form"))
    case = operator.at
    walidata.open("/meja/data/terbit")
    assert walidata.page.select("input[name=ids]")
    at.do(walidata, case, "3")
    assert "Selesai" in walidata.page.get_text()
    assert title in at.anybody.open("/dataset/").get_text()


def test_the_report_of_jember_is_filed_on_its_page(office):
    at = office("jember", "report")
    walidata = at.people[Role.WALIDATA]
    walidata.open("/laporan")
    walidata.send("form[action='/laporan/arsipkan']", sure="true")
    links = [str(one["href"]) for one in walidata.page.select("a[href^='/laporan/arsip/']")]
    assert {link.rsplit(".", 1)[1] for link in links if "." in link} == {"xlsx", "pdf", "docx", "csv", "json"}
    assert sops.running("report").step("7").output == ("Laporan Diseminasi Data",)


@pytest.mark.parametrize(
    ("from_on", "until_on"),
    [(f"{NEXT_YEAR}-01-01", f"{NEXT_YEAR}-06-30"), (f"{NEXT_YEAR}-07-01", f"{NEXT_YEAR}-12-31")],
)
def test_the_report_of_maluku_utara_begins_by_its_date_and_is_filed_on_its_page(office, from_on, until_on):
    # Half past midnight in Ternate, the evening before in UTC.
    with freeze_time(f"{until_on}T15:30:00+00:00"):
        at = office("maluku_utara", "report", "Asia/Jayapura")
        starts.by_dates(model.Session)
        model.Session.commit()
    with freeze_time(f"{until_on}T23:30:00+00:00"):
        walidata = at.people[Role.WALIDATA]
        walidata.open("/meja")
        (row,) = (one for one in walidata.page.select(".sd-desk tbody tr") if at.sop.title in one.get_text())
        case = str(row.select_one("th a")["href"])
        walidata.open(case)
        walidata.follow("main a[href^='/laporan?']")
        form = walidata.page.select_one("form[action='/laporan/arsipkan']")
        asked = stands_in(form)
        assert (asked["from_on"], asked["until_on"]) == (from_on, until_on)
        walidata.send(form, sure="true")
        links = [str(one["href"]) for one in walidata.page.select("a[href^='/laporan/arsip/']")]
        assert {link.rsplit(".", 1)[1] for link in links if "." in link} == {"xlsx", "pdf", "docx", "csv", "json"}
        ended = walidata.open(case).select_one("main").get_text(" ", strip=True)
        assert "Selesai" in ended and " WIT" in ended
        assert not walidata.open("/meja").select(f"a[href^='{case}']")


def test_no_sop_of_the_three_is_left_out():
    walked = {
        "magetan": {"channel_post"},
        "jember": {"release_check", "preparation", "channel_post", "report"},
        "maluku_utara": {"collection", "analysis_report", "report"},
    }
    for government, names in walked.items():
        own = {name for name, one in sops._loaded(government).items() if one.government == government}
        assert own == names
