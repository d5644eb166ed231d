"""The yearly service report: its task, its texts, filing that closes what waits, the copy, and what changed since."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, datetime, timezone
from uuid import uuid4

import ckan.model as model
import ckan.plugins.toolkit as tk
import pypdf
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain import report_changes
from ckanext.satudata.domain.report import Column, Kind, Period, Report, Table
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.reports import comparing, definitions, making, metadata_facts
from ckanext.satudata.shared import clock, process, raw_writes, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.documents import report_page
from ckanext.satudata.shared.work import starts
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
YEAR = {"name": "service", "from_on": "2026-01-01", "until_on": "2026-12-31"}
NEW_YEAR = "2027-01-04T02:00:00+00:00"


def act(person, action, **data):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])} if person else {"user": ""}
    return tk.get_action(action)(context, data)


def texts(word="Teks", **other):
    return {block.key: f"{word} {block.key}" for block in definitions.current()["service"].blocks} | other


def refused(person, action, **data):
    with pytest.raises(tk.ValidationError) as refusal:
        act(person, action, **data)
    return refusal.value.error_dict


def asked(number, decision=None, at="2026-05-04"):
    row = PpidRequest(
        ref=f"r{number}",
        number=f"{number}/PPID/2026",
        number_count=number,
        number_year=2026,
        received_at=datetime.fromisoformat(f"{at}T03:00:00+00:00"),
        applicant_kind="person",
        question="?",
        purpose="?",
        form="soft",
        key_hash=f"k{number}",
        tracking_hash="t",
        decision=decision,
    )
    model.Session.add(row)
    model.Session.commit()


def open_steps(process_name):
    query = sa.select(CaseStep.no, CaseStep.due_on).join(Case, Case.id == CaseStep.case_id)
    return list(model.Session.execute(query.where(Case.process == process_name, CaseStep.done_at.is_(None))))


@freeze_time(NEW_YEAR)
def test_the_yearly_report_from_its_task_to_the_copy(app):
    ppid, auditor = officer("ppid"), officer("auditor")
    assert starts.by_dates(model.Session) == 1 and starts.by_dates(model.Session) == 0
    model.Session.commit()
    assert open_steps("service_report") == [("1", date(2027, 3, 31))]
    asked(1, "withdrawn")
    asked(2)
    missing = refused(ppid, "satudata_report_file", **YEAR)
    assert set(missing) >= {"policy", "budget", "follow_up"} and "service_notes" not in missing
    assert model.Session.query(FiledReport).count() == 0 and open_steps("service_report")[0][0] == "1"

    act(ppid, "satudata_report_write", **YEAR, texts=texts(service_notes="", dispute_notes=""))
    answer = act(ppid, "satudata_report_file", **YEAR)
    row = model.Session.query(FiledReport).one()
    case = model.Session.get(Case, row.case_id)
    assert answer["closed"] == [case.id] and case.data["round"] == "2027-01-01"
    assert model.Session.query(Case).count() == 1 and open_steps("service_report") == [("2", date(2027, 3, 31))]
    assert (row.is_public, row.definition) == (True, definitions.current()["service"].version)
    assert row.sha256 == row.files["json"]["sha256"]

    copy = {"id": case.id, "command": "record"}
    assert "sent_how" in refused(ppid, "satudata_case_command", **copy, output_1_number="1", output_1_on="2027-01-04")
    sent = {"sent_how": "Kurir", "output_1_number": "045/12", "output_1_on": "2027-01-04"}
    act(ppid, "satudata_case_command", **copy, **sent)
    assert model.Session.get(Case, case.id).ended_at is not None

    page = app.get("/laporan-layanan")
    assert "045/12" in page.body and "Kurir" in page.body
    for format_ in ("pdf", "xlsx", "csv", "json"):
        assert app.get(f"/laporan-layanan/{row.id}.{format_}").status_code == 200
    paper = pypdf.PdfReader(io.BytesIO(app.get(f"/laporan-layanan/{row.id}.pdf").data))
    said = " ".join(sheet.extract_text() for sheet in paper.pages)
    shown = app.get(
        "/laporan?name=service&from_on=2026-01-01&until_on=2026-12-31", headers={"Authorization": ppid["token"]}
    )
    for text in (said, shown.body):
        # Texts that nobody had to write, and half of no answer, are left out of what is filed.
        assert "2 permohonan informasi" in BeautifulSoup(text, "html.parser").text
        assert "Belum diisi" not in text and "Separuh permohonan" not in text
    told = json.loads(app.get(f"/laporan-layanan/{row.id}.json").data)
    outcomes = next(table["rows"] for table in told["tables"] if table["key"] == "outcomes")
    assert [line[:2] for line in outcomes] == [["withdrawn", 1], ["open", 1]]
    assert [one["id"] for one in act(None, "satudata_public_report_list")] == [row.id]
    assert [one["name"] for one in act(auditor, "satudata_report_list")["filed"]] == ["service"]
    with pytest.raises(tk.NotAuthorized):
        act(None, "satudata_report_show", **YEAR)


@freeze_time(NEW_YEAR)
def test_who_writes_but_does_not_file_is_told_who_does():
    walidata = officer("walidata")
    act(walidata, "satudata_report_write", **YEAR, texts=texts())
    with pytest.raises(tk.NotAuthorized, match="PPID"):
        act(walidata, "satudata_report_file", **YEAR)


@freeze_time(NEW_YEAR)
def test_a_copy_without_number_and_date_is_none(tmp_path):
    ppid = officer("ppid")
    act(ppid, "satudata_report_write", **YEAR, texts=texts())
    case = act(ppid, "satudata_report_file", **YEAR)["id"]
    found = refused(ppid, "satudata_case_command", id=case, command="record", sent_how="Kurir")
    assert found and open_steps("service_report")[0][0] == "2"


@freeze_time(NEW_YEAR)
def test_texts_are_the_offices_own_and_nothing_is_written_over():
    ppid, walidata = officer("ppid"), officer("walidata")
    head, auditor = officer("producer_head", ckan_factories.Organization()["id"]), officer("auditor")
    for person in (head, auditor, ckan_factories.User(), ckan_factories.Sysadmin()):
        with pytest.raises(tk.NotAuthorized):
            act(person, "satudata_report_write", **YEAR, texts={"policy": "x"})
        with pytest.raises(tk.NotAuthorized):
            data = {**YEAR, "texts": {"policy": "x"}}
            tk.get_action("satudata_report_write")({"user": person["name"], "ignore_auth": True}, data)
    first = act(ppid, "satudata_report_write", **YEAR, texts={"policy": "Satu"})
    second = act(walidata, "satudata_report_write", **YEAR, texts={"policy": "Dua"}, seen=first["mark"])
    assert "conflict" in refused(ppid, "satudata_report_write", **YEAR, texts={"policy": "Tiga"}, seen=first["mark"])
    assert act(ppid, "satudata_report_show", **YEAR)["blocks"][0]["text"] == "Dua"
    assert "lain" in refused(ppid, "satudata_report_write", **YEAR, texts={"lain": "x"})
    assert "policy" in refused(ppid, "satudata_report_write", **YEAR, texts={"policy": "x" * 20_001})
    act(ppid, "satudata_report_write", **YEAR, texts=texts(), seen=second["mark"])
    act(ppid, "satudata_report_file", **YEAR)
    assert "from_on" in refused(ppid, "satudata_report_write", **YEAR, texts={"policy": "Sesudahnya"})
    events = model.Session.scalars(sa.select(Journal).where(Journal.event == "report_text_written")).all()
    assert len(events) == 3 and set(events[0].payload["texts"]) == {"policy"}


@freeze_time(NEW_YEAR)
def test_the_page_keeps_what_was_typed_and_offers_last_years_text(app, monkeypatch):
    ppid = officer("ppid")
    last = {**YEAR, "from_on": "2025-01-01", "until_on": "2025-12-31"}
    act(ppid, "satudata_report_write", **last, texts={"policy": "Perwal lama"})
    auth = {"Authorization": ppid["token"]}
    page = BeautifulSoup(app.get("/laporan/uraian", query_string=YEAR, headers=auth).body, "html.parser")
    assert page.select_one("textarea[name=text-policy]").text.strip() == "Perwal lama"
    assert "2025" in page.select_one("#hint-text-policy").text
    act(ppid, "satudata_report_write", **YEAR, texts={"policy": "Rekan menulis"})
    seen = page.select_one("input[name=seen]")["value"]
    sent = {**YEAR, "seen": seen, "text-policy": "Perwal baru", "text-budget": "Rp 1"}
    again = app.post("/laporan/uraian", data=sent, headers=auth, status=409)
    page = BeautifulSoup(again.body, "html.parser")
    kept = {box["name"]: box.text.strip() for box in page.select("textarea")}
    assert (kept["text-policy"], kept["text-budget"]) == ("Perwal baru", "Rp 1") and "Rekan menulis" in again.body
    sent["seen"] = page.select_one("input[name=seen]")["value"]
    assert app.post("/laporan/uraian", data=sent, headers=auth, follow_redirects=False).status_code == 302
    assert act(ppid, "satudata_report_show", **YEAR)["blocks"][0]["text"] == "Perwal baru"
    outsider = {"Authorization": officer("auditor")["token"]}
    assert app.get("/laporan/uraian", query_string=YEAR, headers=outsider, expect_errors=True).status_code == 404
    everybody = "Uraian ini dibaca semua orang"
    assert everybody in page.text
    known = definitions.current()
    own = {**known, "service": replace(known["service"], is_public=False)}
    monkeypatch.setattr(definitions, "current", lambda: own)
    assert everybody not in app.get("/laporan/uraian", query_string=YEAR, headers=auth).body


def begun_after(title):
    """A report case as `mulai: {after: …}` of a government's own file begins it."""
    about = {"subject_type": starts.SUBJECT, "subject_id": str(uuid4()), "organization_id": None}
    case = process.start(model.Session, "report", **about, actor=SYSTEM, data={"title": title}, works=False)
    model.Session.commit()
    return case.id


def test_filing_closes_every_step_that_waits_and_opens_no_case_of_its_own():
    walidata = officer("walidata")
    with freeze_time("2026-10-05T02:00:00+00:00"):
        waiting = [begun_after("Data A"), begun_after("Data B")]
    with freeze_time("2026-11-02T02:00:00+00:00"):
        later = begun_after("Data C")
        october = {"name": "dissemination", "from_on": "2026-10-01", "until_on": "2026-10-31"}
        found = refused(walidata, "satudata_case_command", id=later, command="record", **october)
        assert "from_on" in found and model.Session.query(FiledReport).count() == 0
        answer = act(walidata, "satudata_report_file", **october)
        assert sorted(answer["closed"]) == sorted(waiting)
        row = model.Session.query(FiledReport).one()
        assert row.case_id in waiting and model.Session.query(Case).count() == 3
        ended = {case.id: case.ended_at is not None for case in model.Session.query(Case)}
        assert ended == {waiting[0]: True, waiting[1]: True, later: False}
        told = model.Session.scalars(sa.select(Journal.chain).where(Journal.event == "report_filed"))
        assert sorted(told) == sorted(waiting)
        assert "until_on" in refused(walidata, "satudata_case_command", id=later, command="record")


def test_a_case_on_the_desk_is_closed_by_the_report_that_was_filed_before():
    walidata = officer("walidata")
    with freeze_time("2026-11-02T02:00:00+00:00"):
        act(walidata, "satudata_report_file", name="dissemination", period="2026-10")
    with freeze_time("2026-10-06T02:00:00+00:00"):
        late = begun_after("Data D")
    with freeze_time("2026-11-03T02:00:00+00:00"):
        answer = act(walidata, "satudata_case_command", id=late, command="record")
    assert answer["report"] == model.Session.query(FiledReport).one().id


@freeze_time(NEW_YEAR)
def test_made_again_a_filed_report_shows_what_differs(app):
    ppid, auditor = officer("ppid"), officer("auditor")
    asked(1)
    act(ppid, "satudata_report_write", **YEAR, texts=texts())
    act(ppid, "satudata_report_file", **YEAR)
    row = model.Session.query(FiledReport).one()
    assert act(auditor, "satudata_report_compare", id=row.id)["changes"] == []
    asked(2, "withdrawn")
    found = act(auditor, "satudata_report_compare", id=row.id)
    assert found["same_definition"] and found["filed"] == row.as_of_at.isoformat()
    assert (tk._("Summary"), tk._("Sentence")) == (found["changes"][0]["table"], found["changes"][0]["column"])
    assert "1 permohonan" in found["changes"][0]["before"] and "2 permohonan" in found["changes"][0]["after"]
    cells = {(one["table"], one["row"], one["column"], one["before"], one["after"]) for one in found["changes"]}
    assert ("Permohonan menurut jenis pemohon", "Perorangan", "Permohonan", "1", "2") in cells
    whole = [one for one in cells if one[1] == "Dibatalkan pemohon"]
    told = "Permohonan: 1 · Tepat waktu menurut undang-undang: 0 · Diperpanjang: 0"
    assert [one[2:] for one in whole] == [("", "", told)]
    page = app.get(f"/laporan/arsip/{row.id}/beda", headers={"Authorization": auditor["token"]})
    assert "Dibatalkan pemohon" in page.body and row.sha256 in page.body
    assert app.get(f"/laporan/arsip/{row.id}/beda", follow_redirects=False).status_code == 302


def test_a_row_that_is_new_or_gone_is_told_as_its_table_shows_it():
    """2.24 is two days and a quarter, not 224."""
    at = datetime(2026, 9, 1, tzinfo=timezone.utc)
    heads = (Column("Bulan", Kind.MONTH), Column("Median", Kind.DECIMAL), Column("Data", Kind.COUNT), Column("Oleh"))
    table = Table("t", "Langkah", heads, (("2026-08", 2.24, 1246, None),))
    then, now = (
        Report("r", "R", Period(date(2026, 8, 1), date(2026, 8, 31)), at, (), (table,) if full else ())
        for full in (True, False)
    )
    (gone,) = report_changes.changes(then, now, {"t": 1})
    with wording.speaking("id"):
        assert comparing._said(gone.before, None) == "Median: 2,24 · Data: 1.246"
        assert comparing._said(gone.after, None) == ""
        assert [report_page.shown(*one) for one in gone.row] == ["Agustus 2026"]
        (row,) = report_changes.changes(then, now, {})
        assert comparing._said(row.before, None) == "1" and len(row.row) == 4


@freeze_time(NEW_YEAR)
def test_what_was_filed_is_given_out_after_its_definition_is_gone(app, monkeypatch):
    ppid, auditor = officer("ppid"), officer("auditor")
    act(ppid, "satudata_report_write", **YEAR, texts=texts())
    act(ppid, "satudata_report_file", **YEAR)
    row = model.Session.query(FiledReport).one()
    left = {name: one for name, one in definitions.current().items() if name != "service"}
    monkeypatch.setattr(definitions, "current", lambda: left)
    for format_ in ("pdf", "json"):
        given = act(auditor, "satudata_report_render", id=row.id, format=format_)
        assert (
            given["sha256"] == row.files[format_]["sha256"]
            and given["filename"] == f"service-2026-01-01-2026-12-31.{format_}"
        )
        assert app.get(f"/laporan-layanan/{row.id}.{format_}").status_code == 200
    assert "conflict" in refused(auditor, "satudata_report_compare", id=row.id)
    headers = {"Authorization": auditor["token"]}
    page = app.get("/laporan", headers=headers).body
    assert f"/laporan/arsip/{row.id}.pdf" in page and "name=service" not in page
    assert "tidak dapat dibuat lagi" in app.get(f"/laporan/arsip/{row.id}/beda", headers=headers).body


def test_each_set_of_facts_is_read_as_it_is_described():
    """Columns of `domain.report_facts` and of the statements are the same, and PostgreSQL takes each statement."""
    from ckanext.satudata.domain.report import Period
    from ckanext.satudata.domain.report_facts import FACTS
    from ckanext.satudata.reports import facts, reckoning

    assert set(facts.known()) == set(FACTS) and reckoning
    wide = facts.Asked.of(model.Session, Period(date(2026, 1, 1), clock.today()))
    for name, columns in FACTS.items():
        source = facts.source(wide, name)
        assert set(columns) <= set(source.c.keys()), name
        assert list(model.Session.execute(sa.select(source))) == []


def test_metadata_is_as_complete_as_the_form_says():
    walidata, org = officer("walidata"), ckan_factories.Organization(title="Dinas Contoh")
    file = FileStorage(io.BytesIO(b"tahun,nilai\n2024,7\n"), filename="a.csv")
    files = {"resources": [{"name": "T", "upload": file}]}
    full = full_dataset(owner_org=org["id"], name="lengkap", title="Data lengkap", **files)
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    lacking = {**full, "name": "kurang", "title": "Data kurang", "definisi": "", "satuan": "", "resources": []}
    made = [tk.get_action("package_create")({"ignore_auth": True, "user": user}, data) for data in (full, lacking)]
    today = clock.today().isoformat()
    report = act(walidata, "satudata_report_show", name="completeness", from_on=today, until_on=today)
    rows = next(table["rows"] for table in report["tables"] if table["key"] == "list")
    shown = [tk.get_action("package_show")({"ignore_auth": True, "user": user}, {"id": one["id"]}) for one in made]
    said = {one["id"][:8]: tk.h.satudata_completeness(one)["score"] for one in shown}
    assert {row[0][-9:-1]: row[3] for row in rows} == said and len(set(said.values())) == 2
    assert all(row[0].startswith("Data yang belum dipublikasikan (") for row in rows)
    agencies = next(table["rows"] for table in report["tables"] if table["key"] == "producers")
    assert agencies[0][:4] == ["Dinas Contoh", 2, 1, 50.0]
    # The dashboard has the same from the last look, which forgets what is gone.

    def tile():
        shown = act(walidata, "satudata_dashboard_show", name="walidata")["tiles"]
        return next(one for one in shown if one["key"] == "complete")

    assert tile()["value"] == 50.0 and tile()["groups"] == [{"label": "Dinas Contoh", "value": 50.0}]
    assert metadata_facts.look() == 2
    assert tile()["value"] == 50.0
    with raw_writes.writing(model.Session, DatasetState):
        model.Session.delete(model.Session.get(DatasetState, made[1]["id"]))
        model.Session.commit()
    assert metadata_facts.look() == 1 and tile()["value"] == 100.0


def test_signs_the_office_whose_report_it_is():
    officer("ppid", user={"fullname": "Pipit PPID"})
    signs = making.signatory(SYSTEM, "service_report")
    assert (signs.name, signs.position) == ("Pipit PPID", tk.config["ckanext.satudata.letter.ppid_position"])
