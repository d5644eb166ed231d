"""From a published dataset to the filed report: the facts, who may read them, filing, screens, command line."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import resource
import zipfile
from datetime import datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pypdf
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.cli.cli import ckan as ckan_cli
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.report import Period, Span
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.model.signature_block import SignatureBlock
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.reports import making
from ckanext.satudata.reports.clicks import Clicks
from ckanext.satudata.shared import actors, clock, raw_writes, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.documents import report_files
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.shared.levels import reclassify
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
EVIL = '=HYPERLINK("http://jahat.example","klik")'


@pytest.fixture
def org():
    return ckan_factories.Organization(title="Dinas Contoh")


@pytest.fixture
def walidata():
    return officer("walidata", user={"fullname": "Wati Walidata"})


def act(person, action, **data):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])} if person else {"user": ""}
    return tk.get_action(action)(context, data)


def today(**kw):
    """The period that ends today, a whole one."""
    month = Period.spanning(Span.MONTH, clock.today())
    return {"name": "dissemination", "from_on": str(month.from_on), "until_on": str(month.until_on), **kw}


@pytest.fixture(autouse=True)
def last_day_of_a_month():
    """To come, since PostgreSQL's own clock tells when a token was made."""
    last = Period.spanning(Span.MONTH, Period.spanning(Span.MONTH, clock.today()).until_on + timedelta(days=1)).until_on
    with freeze_time(f"{last}T02:00:00+00:00", tick=True):
        yield


def publish(org, walidata, title, level="terbuka"):
    people = {role: officer(role, org["id"]) for role in ("operator", "verifier", "producer_head")}
    file = FileStorage(io.BytesIO(b"tahun,nilai\n2024,7\n"), filename="a.csv")
    data = full_dataset(
        owner_org=org["id"],
        resources=[{"name": "T", "upload": file}],
        title=title,
        name=f"data-{hashlib.sha256(title.encode()).hexdigest()[:8]}",
        access_level=level,
    )
    if level != "terbuka":
        data |= {"access_ground": "17h", "access_basis": "UU 14/2008 pasal 17", "access_until": "2030-12-31"}
    portal = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    dataset = tk.get_action("package_create")({"ignore_auth": True, "user": portal}, data)["id"]
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    for who, command in (("verifier", "approve"), ("producer_head", "approve")):
        act(people[who], "satudata_case_command", id=case, command=command)
    act(walidata, "satudata_case_command", id=case, command="publish")
    return dataset


def tables(report):
    return {table["key"]: table["rows"] for table in report["tables"]}


def ask(org_id, decision=None, kind="person"):
    number = model.Session.scalar(sa.select(sa.func.count()).select_from(PpidRequest)) + 1
    row = PpidRequest(
        ref=f"r{number}",
        number=f"{number}/PPID/2026",
        number_count=number,
        number_year=2026,
        received_at=clock.now(),
        applicant_kind=kind,
        organization_id=org_id,
        question="?",
        purpose="?",
        form="soft",
        key_hash=f"k{number}",
        tracking_hash="t",
        decision=decision,
    )
    model.Session.add(row)
    model.Session.flush()
    return row


def test_a_publication_is_told_with_its_steps_downloads_and_requests(org, walidata):
    dataset = publish(org, walidata, EVIL)
    for channel, client in (("file", "browser"), ("file", "script"), ("file", "internal"), ("officer", "browser")):
        downloads.record(model.Session, package_id=dataset, resource_id=None, channel=channel, client=client)
    ask(org["id"])
    ask(None, "withdrawn")
    ask(org["id"], "granted")  # decided, but the answer has not left
    model.Session.commit()
    report = act(walidata, "satudata_report_show", **today())
    found = tables(report)
    assert [row[:3] + row[4:] for row in found["published"]] == [[EVIL, "Dinas Contoh", "terbuka", "Wati Walidata"]]
    assert [(row[1], row[3], row[4], row[7]) for row in found["steps"]] == [
        ("7", "operator", 1, 0),
        ("8", "producer_head", 1, 0),
        ("8", "verifier", 1, 0),
        ("10", "walidata", 1, 0),
    ]
    assert found["requests"] == [["withdrawn", 1], ["open", 2]]
    assert found["downloads"] == [
        [EVIL, "Dinas Contoh", "browser", 1],
        [EVIL, "Dinas Contoh", "script", 1],
    ]
    assert found["producers"] == [["Belum diteruskan ke produsen data", 0, 1, 0], ["Dinas Contoh", 1, 2, 2]]
    assert report["findings"][0] == "1 data dari 1 produsen dipublikasikan."


def test_days_are_the_governments_own(org, walidata):
    """WIB is seven hours ahead: what went public at 23:30 UTC belongs to the next day."""
    package = ckan_factories.Dataset(owner_org=org["id"], title="Data malam", access_level="terbuka")
    state = model.Session.get(DatasetState, package["id"])
    with raw_writes.writing(model.Session, DatasetState):
        state.state, state.first_published_at = "published", datetime(2026, 7, 31, 17, 0, tzinfo=timezone.utc)
        state.access_level = "terbuka"
    model.Session.commit()
    july = act(walidata, "satudata_report_show", from_on="2026-07-01", until_on="2026-07-31")
    august = act(walidata, "satudata_report_show", from_on="2026-08-01", until_on="2026-08-31")
    assert (len(tables(july)["published"]), len(tables(august)["published"])) == (0, 1)


def test_what_is_not_public_any_more_keeps_its_numbers_and_loses_its_title(org, walidata):
    dataset = publish(org, walidata, "Rahasia dapur")
    done = reclassify.withdraw(model.Session, dataset, actor=SYSTEM, reason="Angkanya keliru.")
    model.Session.commit()
    done.finish()
    (change,) = tables(act(walidata, "satudata_report_show", **today(name="narrowed")))["list"]
    assert "Angkanya keliru." in change
    hidden = publish(org, walidata, "Tertutup sejak awal", level="tertutup")
    downloads.record(model.Session, package_id=hidden, resource_id=None, channel="grant", client="browser")
    model.Session.commit()
    for format_ in ("json", "csv"):
        made = act(walidata, "satudata_report_render", **today(format=format_))
        text = base64.b64decode(made["content"]).decode()
        assert "Rahasia" not in text and "Tertutup sejak awal" not in text
        assert f"tidak lagi dipublikasikan ({dataset[:8]})" in text
    found = tables(act(walidata, "satudata_report_show", **today()))
    assert len(found["published"]) == 1  # Tertutup never went public
    assert found["downloads"][0][0].endswith(f"({hidden[:8]})")


def test_only_walidata_and_the_auditor_whatever_the_context_says(org):
    auditor, head = officer("auditor"), officer("producer_head", org["id"])
    assert act(auditor, "satudata_report_show", **today())["name"] == "dissemination"
    for person in (head, ckan_factories.User(), None):
        for action in (
            "satudata_report_show",
            "satudata_report_render",
            "satudata_report_list",
            "satudata_report_file",
        ):
            with pytest.raises(tk.NotAuthorized):
                act(person, action, **today(format="csv"))
            name = person["name"] if person else ""
            with pytest.raises(tk.NotAuthorized):
                tk.get_action(action)({"user": name, "ignore_auth": True}, today(format="csv"))
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("satudata_report_file")({"user": auditor["name"], "ignore_auth": True}, today())
    assert model.Session.query(FiledReport).count() == model.Session.query(Case).count() == 0


def test_a_sysadmin_does_not_file_in_walidatas_place():
    with pytest.raises(tk.NotAuthorized):
        act(ckan_factories.Sysadmin(), "satudata_report_file", **today())
    assert model.Session.query(Case).count() == model.Session.query(VaultObject).count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_on": "2026-02-02", "until_on": "2026-02-01"}, "until_on"),
        ({"from_on": "2999-01-01", "until_on": "2999-01-31"}, "from_on"),
        ({"from_on": "kapan"}, "from_on"),
        ({"until_on": ""}, "until_on"),
        ({"name": "lain"}, "name"),
        ({"format": "odt"}, "format"),
    ],
)
def test_what_is_wrong_names_its_field(walidata, changes, field):
    with pytest.raises(tk.ValidationError) as refusal:
        act(walidata, "satudata_report_render", **today(format="csv") | changes)
    assert list(refusal.value.error_dict) == [field]


def test_filing_closes_the_step_and_freezes_the_bytes(org, walidata):
    publish(org, walidata, "Jumlah Murid")
    done = act(walidata, "satudata_report_file", **today())
    row = model.Session.get(FiledReport, done["report"])
    case = model.Session.get(Case, done["id"])
    assert case.process == "report" and case.ended_at and case.outcome == "record"
    event = model.Session.scalars(sa.select(Journal).where(Journal.event == "report_filed")).one()
    assert event.chain == case.id and event.actor_name == walidata["name"]
    frozen = {}
    for name, file in row.files.items():
        frozen[name] = base64.b64decode(act(walidata, "satudata_report_render", id=row.id, format=name)["content"])
        assert hashlib.sha256(frozen[name]).hexdigest() == file["sha256"] == event.payload[name]
    publish(org, walidata, "Jumlah Guru")  # changes the figures, not the filed report
    kept = json.loads(base64.b64decode(act(walidata, "satudata_report_render", id=row.id, format="json")["content"]))
    assert [line[0] for line in tables(kept)["published"]] == ["Jumlah Murid"]
    assert "Jumlah Murid" in frozen["csv"].decode() and row.filed_by_name == "Wati Walidata"
    with pytest.raises(tk.ValidationError) as refusal:
        act(walidata, "satudata_report_file", **today())
    assert "Wati Walidata" in refusal.value.error_dict["from_on"][0] and "conflict" in refusal.value.error_dict
    counts = [model.Session.query(kind).filter_by(**by).count() for kind, by in COUNTED]
    assert counts == [1, 1, 5] and not list(journal_seals.verify(model.Session))


def test_a_report_filed_before_there_was_a_format_is_made_of_what_was_kept(org, walidata):
    publish(org, walidata, "Jumlah Murid")
    row = model.Session.get(FiledReport, act(walidata, "satudata_report_file", **today())["report"])
    row.files = {name: file for name, file in row.files.items() if name != "docx"}
    model.Session.commit()
    publish(org, walidata, "Jumlah Guru")  # changes the figures of now
    made = act(walidata, "satudata_report_render", id=row.id, format="docx")
    text = words_of("docx", base64.b64decode(made["content"]))
    assert "Jumlah Murid" in text and "Diarsipkan" in text and "Jumlah Guru" not in text


def test_a_filed_report_prints_the_journals_last_seal_in_every_file(org, walidata):
    publish(org, walidata, "Jumlah Murid")
    with freeze_time(clock.now() + timedelta(days=1)):
        journal_seals.seal()
    sealed = journal_seals.last(model.Session).hash
    assert not any(sealed in said for said in act(walidata, "satudata_report_show", **today())["findings"])
    row = model.Session.get(FiledReport, act(walidata, "satudata_report_file", **today())["report"])
    for name in report_files.FORMATS:
        content = base64.b64decode(act(walidata, "satudata_report_render", id=row.id, format=name)["content"])
        assert sealed in words_of(name, content), name
    changes = act(walidata, "satudata_report_compare", id=row.id)["changes"]
    assert changes and sealed not in str(changes), "filing is a step more; the seal is no figure"


PACKED = {"xlsx": "xl/sharedStrings.xml", "docx": "word/document.xml"}


def words_of(name, content):
    """The text of a file."""
    if name == "pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).replace("\n", "")
    if name in PACKED:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return file.read(PACKED[name]).decode()
    return content.decode()


COUNTED = ((FiledReport, {}), (Case, {"process": "report"}), (VaultObject, {"purpose": "report"}))


def test_the_second_of_two_who_press_at_once_leaves_nothing(walidata, monkeypatch):
    act(walidata, "satudata_report_file", **today())
    # Both looked before either wrote.
    monkeypatch.setattr(making, "require_new", lambda *args: None)
    monkeypatch.setattr(making, "filed_of", lambda *args: None)
    with pytest.raises(tk.ValidationError) as refusal:
        act(walidata, "satudata_report_file", **today())
    assert "filed already" in refusal.value.error_dict["from_on"][0]
    assert [model.Session.query(kind).filter_by(**by).count() for kind, by in COUNTED] == [1, 1, 5]


def test_a_period_that_runs_is_shown_but_not_filed(walidata):
    with freeze_time(clock.now() - timedelta(days=1)):
        assert act(walidata, "satudata_report_show", **today())
        with pytest.raises(tk.ValidationError) as refusal:
            act(walidata, "satudata_report_file", **today())
        assert list(refusal.value.error_dict) == ["until_on"]


def test_only_a_whole_period_of_the_report_is_filed(app, walidata):
    odd = today(from_on=today()["until_on"])
    with pytest.raises(tk.ValidationError) as refusal:
        act(walidata, "satudata_report_file", **odd)
    assert list(refusal.value.error_dict) == ["from_on"] and model.Session.query(FiledReport).count() == 0
    address = "/laporan?from_on={from_on}&until_on={until_on}".format(**odd)
    page = app.get(address, headers={"Authorization": walidata["token"]}).body
    assert "/laporan/arsipkan" not in page and "Hanya periode penuh yang diarsipkan" in page


def test_a_changed_file_is_not_given_out(walidata, monkeypatch):
    report = act(walidata, "satudata_report_file", **today())["report"]
    monkeypatch.setattr(vault, "read_bytes", lambda *args: b"lain")
    with pytest.raises(tk.ValidationError, match="not the one that was filed"):
        act(walidata, "satudata_report_render", id=report, format="pdf")


def test_the_page_for_who_may(app, org, walidata):
    publish(org, walidata, EVIL)
    headers = {"Authorization": walidata["token"]}
    day = today()
    asked = f"from_on={day['from_on']}&until_on={day['until_on']}"
    page = app.get(f"/laporan?{asked}", headers=headers).body
    assert "1 data dari 1 produsen dipublikasikan." in BeautifulSoup(page, "html.parser").text
    assert "Arsip laporan" in page and "Unduhan yang selesai dari luar" in page
    assert "=HYPERLINK(&#34;http://jahat.example" in page and 'href="http://jahat' not in page
    answer = app.get(f"/laporan/unduh/dissemination.pdf?{asked}", headers=headers)
    assert answer.data.startswith(b"%PDF") and "attachment" in answer.headers["Content-Disposition"]
    assert app.get("/laporan/unduh/dissemination.odt", headers=headers, expect_errors=True).status_code == 404
    unsure = app.post("/laporan/arsipkan", headers=headers, data=day, expect_errors=True)
    assert unsure.status_code == 422 and "field-sure" in unsure.body
    day = {**day, "sure": "true"}
    done = app.post("/laporan/arsipkan", headers=headers, data=day, follow_redirects=False)
    assert done.status_code == 302
    again = app.post("/laporan/arsipkan", headers=headers, data=day | {"checked": "true"}, expect_errors=True)
    assert again.status_code == 409 and "sudah diarsipkan" in again.body
    row = model.Session.query(FiledReport).one()
    assert app.get(f"/laporan/arsip/{row.id}.xlsx", headers=headers).data.startswith(b"PK")
    assert app.get("/laporan/arsip/x.xlsx", headers=headers, expect_errors=True).status_code == 404
    case = app.get(f"/meja/{row.case_id}", headers=headers).body
    assert row.files["pdf"]["sha256"] in case


def test_charts_are_drawn_on_the_page_without_script(app, org, walidata):
    dataset = publish(org, walidata, EVIL)
    downloads.record(model.Session, package_id=dataset, resource_id=None, channel="file", client="browser")
    model.Session.commit()
    address = "/laporan?from_on={from_on}&until_on={until_on}".format(**today())
    page = BeautifulSoup(app.get(address, headers={"Authorization": walidata["token"]}).body, "html.parser")
    (chart,) = page.select(".sd-report-chart")
    section = chart.find_parent("section")
    title = page.select_one(f"#{section['aria-labelledby']}").text
    said = section.select_one("p.visually-hidden").text
    assert title == "100 % dari seluruh unduhan adalah data Dinas Contoh." and said.startswith(title)
    wide, narrow = chart.select("svg[aria-hidden=true]")
    assert not chart.select("[role], [aria-roledescription]")
    assert (
        float(wide["width"]) > float(narrow["width"]) and "Dinas Contoh" in wide.text and "Dinas Contoh" in narrow.text
    )
    assert not chart.select("script, foreignObject, image, style, [style]")
    below = section.select_one("a[href^='#']")["href"]
    assert "Dinas Contoh" in page.select_one(below).text
    # The bar leads where the number in the table leads; only the pointer needs it.
    for drawing in (wide, narrow):
        (bar,) = drawing.select("[href]")
        number = page.select_one(f"{below} tbody td:last-child a")
        assert (bar["href"], bar["tabindex"]) == (number["href"], "-1")


def test_the_page_opens_with_the_last_month_that_is_over(app, walidata):
    last = clock.today().replace(day=1) - timedelta(days=1)
    page = app.get("/laporan", headers={"Authorization": walidata["token"]}).body
    assert f'value="{last.replace(day=1)}"' in page and f'value="{last}"' in page


def test_what_was_typed_stays_and_the_error_stands_at_its_field(app, walidata):
    headers = {"Authorization": walidata["token"]}
    page = app.get("/laporan?from_on=2026-03-05&until_on=2026-03-01", headers=headers, expect_errors=True)
    assert page.status_code == 422 and 'value="2026-03-05"' in page.body and 'value="2026-03-01"' in page.body
    assert 'href="#field-until_on"' in page.body and 'id="error-until_on"' in page.body
    empty = app.get("/laporan?from_on=2020-03-01&until_on=2020-03-31", headers=headers).body
    assert "Dalam periode ini tidak ada data" in empty and "Tidak ada unduhan dalam periode ini." in empty


def test_strangers_see_neither_page_nor_menu(app, org, walidata):
    head = officer("producer_head", org["id"])
    for headers in ({"Authorization": head["token"]},):
        assert app.get("/laporan", headers=headers, expect_errors=True).status_code == 404
        assert 'href="/laporan"' not in app.get("/", headers=headers).body
    assert app.get("/laporan", follow_redirects=False).status_code == 302
    assert 'href="/laporan"' in app.get("/", headers={"Authorization": walidata["token"]}).body


def test_the_command_line_writes_whole_files(cli, tmp_path, org, walidata):
    publish(org, walidata, "Jumlah Murid")
    day, target = clock.today().isoformat(), tmp_path / "laporan.json"
    words = ["satudata", "report", "dissemination", "--from", day, "--to", day, "--output", str(target), "--format"]
    done = cli.invoke(ckan_cli, [*words, "json"])
    assert not done.exit_code, done.output
    assert tables(json.loads(target.read_text()))["published"][0][0] == "Jumlah Murid"
    before = target.read_bytes()
    wrong = cli.invoke(ckan_cli, [*words, "odt"])
    assert wrong.exit_code == 1 and "format" in wrong.output and target.read_bytes() == before
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))  # as on a disk that is full then
    try:
        full = cli.invoke(ckan_cli, [*words, "json"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.exit_code == 1 and str(target) in full.output and target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_filed_is_one_truth_on_page_and_in_files(app, org, walidata):
    publish(org, walidata, "Jumlah Murid")
    day, headers = today(), {"Authorization": walidata["token"]}
    row = model.Session.get(FiledReport, act(walidata, "satudata_report_file", **day)["report"])
    publish(org, walidata, "Jumlah Guru")  # changes the figures of now
    asked = f"from_on={day['from_on']}&until_on={day['until_on']}"
    page = app.get(f"/laporan?{asked}", headers=headers).body
    assert "Jumlah Murid" in page and "Jumlah Guru" not in page and "Konsep, belum diarsipkan" not in page
    said = BeautifulSoup(page, "html.parser").select(".sd-findings li")
    assert said[0].text == "1 data dari 1 produsen dipublikasikan." and "Dinas Contoh" in page
    # Its numbers lead on as those of a report that is not filed; which sentence it is, an other definition may not say.
    assert [link.text for link in said[0].select("a")] == ["1", "1"]
    assert app.get(said[0].a["href"], headers=headers).status_code == 200
    older = Clicks(making.definition("dissemination"), day, "another")
    assert "<a" not in older.sentence(making.as_filed(model.Session, row).findings[0])
    for name, file in row.files.items():
        answer = app.get(f"/laporan/unduh/dissemination.{name}?{asked}", headers=headers)
        assert hashlib.sha256(answer.data).hexdigest() == file["sha256"], name
        assert f'laporan-penyebarluasan-{day["from_on"][:7]}.{name}"' in str(answer.headers)
    one = app.get(f"/laporan/unduh/dissemination.csv?{asked}&table=published", headers=headers)
    assert "Jumlah Murid" in one.data.decode() and "Jumlah Guru" not in one.data.decode()
    assert re.search(r'filename="laporan-penyebarluasan-[0-9-]+-[a-z-]+\.csv"', str(one.headers))
    kept = json.loads(base64.b64decode(act(walidata, "satudata_report_render", id=row.id, format="json")["content"]))
    assert act(walidata, "satudata_report_show", **day) == kept
    made = act(walidata, "satudata_report_render", **today(format="pdf"))
    assert made["sha256"] == row.files["pdf"]["sha256"]


def test_the_desk_names_a_report_by_kind_and_month(app, walidata):
    made = act(walidata, "satudata_report_render", from_on="2026-03-01", until_on="2026-03-31", format="xlsx")
    assert made["filename"] == "laporan-penyebarluasan-2026-03.xlsx"
    act(walidata, "satudata_report_file", from_on="2026-03-01", until_on="2026-03-31")
    act(walidata, "satudata_report_file", from_on="2026-01-01", until_on="2026-03-31")
    page = BeautifulSoup(app.get("/meja/selesai", headers={"Authorization": walidata["token"]}).body, "html.parser")
    assert {link.text for link in page.select(".sd-desk tbody th a")} == {
        "Laporan penyebarluasan, Maret 2026",
        "Laporan penyebarluasan, 1 Januari 2026 sampai 31 Maret 2026",
    }


def test_the_officers_own_signature_block_stands_below_a_report(walidata):
    words = {"name": "Wati, S.Kom.", "position": "Kepala Bidang Data", "rank": "Pembina", "nip": "1" * 18}
    model.Session.add(SignatureBlock(user_id=walidata["id"], **words))
    model.Session.execute(sa.update(OfficerRole).where(OfficerRole.user_id == walidata["id"]).values(kind="an"))
    model.Session.commit()
    own = making.signatory(actors.actor_for(model.User.get(walidata["id"])))
    assert own.shown == {**words, "position": own.title, "own_position": words["position"]}
    assert own.title.startswith("a.n. Walidata ")
    # Made by somebody else, it is signed by the one who holds the office, and by nobody where several do.
    assert making.signatory(actors.SYSTEM) == own
    text = pypdf.PdfReader(io.BytesIO(base64.b64decode(_made(walidata)))).pages[-1].extract_text()
    assert all(word in text for word in ("a.n. Walidata", "Kepala Bidang Data,", "Wati, S.Kom.", "Pembina"))
    officer("walidata")
    assert (making.signatory(actors.SYSTEM).name, making.signatory(actors.SYSTEM).nip) == ("", "")


def _made(person):
    return act(person, "satudata_report_render", **today(format="pdf"))["content"]
