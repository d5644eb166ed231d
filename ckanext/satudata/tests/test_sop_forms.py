"""`/sop` and `/standar-pelayanan`: the paper of every government, and how long steps really take."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from io import BytesIO

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from pypdf import PdfReader

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.shared import process as work
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.sop import lent, service_standard, sop_forms, sops, step_times
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

OPENED = datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def government(monkeypatch):
    return lambda name: monkeypatch.setattr(sops, "chosen", lambda: name)


def passed(days: float, *, process: str = "report", no: str = "11", subject: tuple[str, str] = ("report", "x")) -> None:
    """One case whose step took so many days."""
    with raw_writes.writing(model.Session, Case, CaseStep):
        sop = sops.keep(model.Session, process)
        case = Case(process=process, sop_version_id=sop.version, subject_type=subject[0], subject_id=subject[1])
        model.Session.add(case)
        model.Session.flush()
        step = CaseStep(case_id=case.id, no=no, role="walidata", opened_at=OPENED, command="record")
        step.done_at = OPENED + timedelta(days=days)
        model.Session.add(step)
        model.Session.commit()


@pytest.mark.parametrize("name", ["malang", "magetan", "jember", "maluku_utara", "default"])
def test_every_form_is_printed_on_the_pages_it_was_laid_out_for(government, name):
    government(name)
    seen = set()
    for process in sops.current():
        form = sop_forms.printed(process)
        if form.title in seen or sops.source(process) != name:
            continue
        seen.add(form.title)
        data = sop_forms.page_data(form)
        paper = PdfReader(BytesIO(sop_forms.as_pdf(process)))
        assert len(paper.pages) == len(data["pages"]) + bool(data["head"]) + bool(data["worksheet"])
        text = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
        assert all(step.uraian.split()[0] in text for _process, step in sops.form_rows(process))
        assert paper.pages[0].mediabox.width > paper.pages[0].mediabox.height
        if data["head"]:
            assert data["head"]["position"].upper() in text


def test_the_officer_who_ratified_is_printed_from_the_officers_table_only():
    assert sop_forms.printed("request").head.officer == ""
    head = officer(Role.DEPARTMENT_HEAD)
    assert sop_forms.printed("request").head.officer == head["fullname"]


def test_times_are_told_from_three_cases_on(app):
    passed(1)
    passed(3)
    assert step_times.of(model.Session, sops.running("report")) == {}
    passed(2)
    took = step_times.of(model.Session, sops.running("report"))["11"]
    assert (took.cases, took.median, took.nine_in_ten) == (3, timedelta(days=2), timedelta(days=2.8))
    row = BeautifulSoup(app.get("/sop/report").body, "html.parser").select(".sd-table tbody tr")[-1]
    assert "2 hari" in row.text and "2,8 hari" in row.text


def test_one_case_of_three_rounds_is_one_case():
    passed(1)
    with raw_writes.writing(model.Session, CaseStep):
        step = model.Session.query(CaseStep).one()
        for round_ in (2, 3):
            again = CaseStep(case_id=step.case_id, no="11", role="walidata", opened_at=OPENED, command="record")
            again.done_at, again.round = OPENED + timedelta(days=1), round_
            model.Session.add(again)
        model.Session.commit()
    assert step_times.of(model.Session, sops.running("report")) == {}


def test_work_on_data_that_are_not_public_is_not_counted():
    hidden = [factories.Dataset(private=True, owner_org=factories.Organization()["id"])["id"] for _ in range(3)]
    for dataset in hidden:
        passed(5, process="preparation", no="10", subject=("dataset", dataset))
    assert step_times.of(model.Session, sops.running("preparation")) == {}


def test_the_standard_has_its_twelve_components_and_says_whose_it_is(app, government):
    page = BeautifulSoup(app.get("/standar-pelayanan").body, "html.parser")
    assert len(page.select(".sd-table tbody tr")) == 12 and "Dari default" in page.text
    assert page.select_one('footer a[href="/standar-pelayanan"]')
    government("magetan")
    own = service_standard.running()
    assert own.own and dict(own.components)["biaya"] == ("-",)
    text = PdfReader(BytesIO(service_standard.as_pdf())).pages[0].extract_text()
    assert "Penanganan pengaduan" in text and "MAGETAN" in text.upper()


def test_a_process_that_the_government_does_not_regulate_says_so(app, government):
    government("magetan")
    assert "Dari default" in app.get("/sop/request").body
    assert "Dari default" not in app.get("/sop/channel_post").body
    assert app.get("/sop/request.pdf").headers["Content-Type"] == "application/pdf"


def test_a_demonstration_names_whose_procedure_it_shows(app, government, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudata.demo", True)
    for folder, process, lender in (
        ("malang", "preparation", "Malang"),
        ("magetan", "channel_post", "Pemerintah Kabupaten Magetan"),
    ):
        government(folder)
        body = app.get(f"/sop/{process}").body
        assert f"Pemerintah Kota Nusasari adalah pemerintah rekaan. Prosedurnya mengikuti prosedur {lender};" in body
    monkeypatch.setitem(tk.config, "ckanext.satudata.government_name", "Pemerintah Kabupaten Magetan")
    assert "pemerintah rekaan" not in app.get("/sop/channel_post").body
    banner = BeautifulSoup(app.get("/sop").body, "html.parser").select_one(".sd-demo")
    assert banner.name == "aside" and banner["aria-label"], "in a landmark of its own"


def test_a_demonstration_calls_its_own_portal_where_it_works(app, government, monkeypatch):
    government("malang")
    official = "Mempublikasikan data statistik sektoral pada Portal Malang Satu Data dan/atau media sosial"
    assert sops.running("preparation").step("10").uraian == official and lent.said(official) == official
    monkeypatch.setitem(tk.config, "ckanext.satudata.demo", True)
    monkeypatch.setitem(tk.config, "ckan.site_title", "Nusasari Satu Data")
    at_work = official.replace("Portal Malang Satu Data", "Nusasari Satu Data")
    with raw_writes.writing(model.Session, Case, CaseStep):
        sop = sops.keep(model.Session, "preparation")
        case = Case(process="preparation", sop_version_id=sop.version, subject_type="dataset", subject_id="x")
        model.Session.add(case)
        model.Session.flush()
        model.Session.add(CaseStep(case_id=case.id, no="10", role="walidata", opened_at=OPENED))
        model.Session.commit()
    assert at_work in str(work.summary(model.Session, case))
    quoted = app.get("/sop/preparation").body
    assert official in " ".join(quoted.split()) and "peraturan, jabatan, dan portal" in quoted
