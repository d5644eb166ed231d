"""The registers: whole and journalled for who keeps them, masked for everybody; texts that two persons release."""

import csv
import io
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from openpyxl import load_workbook
from pypdf import PdfReader

from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES, NAME, _officer
from ckanext.satudata.tests.ppid.test_objections import WORDS, objected

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

FORMULA = "=HYPERLINK(1) data kunjungan per bulan"


def as_user(user):
    return {"user": user["name"], "ignore_auth": False}


def taken():
    model.Session.expire_all()
    rows = model.Session.scalars(sa.select(Journal).where(Journal.event == "register_taken").order_by(Journal.id))
    return [(row.subject_id, row.payload["format"], row.payload["rows"]) for row in rows]


def test_the_public_register_tells_nobody_and_no_words_that_were_not_released(refused, asked, app):
    asked(question=FORMULA)
    shown = call_action("satudata_request_register_list")
    assert shown["count"] == 2 and [row["question"] for row in shown["results"]] == [None, None]
    assert shown["results"][1]["decision"] == "refused" and shown["results"][1]["reasons"] == ["17h"]
    assert shown["figures"]["decisions"] == {"open": 1, "refused": 1} and shown["figures"]["on_time_share"] == 100
    page, table = app.get("/permohonan/register").body, app.get("/permohonan/register.csv").body
    for text in (page, table, str(shown)):
        assert not [word for word in (*CANARIES, ASKED["question"], ASKED["purpose"], FORMULA) if word in text]
    lines = list(csv.reader(io.StringIO(table.lstrip("\ufeff"))))
    assert len(lines) == 3 and len(lines[0]) == len(rules.PUBLIC)
    short, whole = "Mengungkap rahasia pribadi (Pasal 17 huruf h UU 14/2008)", "rahasia pribadi (keluarga"
    assert short in page and page.count(whole) == 1, "the whole reason once, above the table"
    assert whole in table and short not in table


def test_a_notice_dated_after_today_breaks_no_register(refused, app):
    row = model.Session.scalars(sa.select(PpidHandling).where(PpidHandling.request_id == refused.id)).one()
    with raw_writes.writing(model.Session, PpidHandling):
        row.notified_at += timedelta(days=30)
        model.Session.commit()
    line = list(csv.reader(io.StringIO(app.get("/permohonan/register.csv").body.lstrip("\ufeff"))))[1]
    assert int(line[-1]) > 15, line
    assert app.get("/permohonan/register").status_code == 200


def test_a_decision_that_has_not_gone_out_is_not_public(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    assert call_action("satudata_request_register_list")["results"][0]["decision"] is None


def test_who_keeps_a_register_takes_it_whole_and_each_time_is_journalled(
    refused,
    superior,
    asked,
    people,
    page,
):
    asked(question=FORMULA)
    objected(refused)
    book = page(people.ppid, "/meja/register/permohonan.xlsx")
    sheet = load_workbook(io.BytesIO(book.data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 3 and len(rows[0]) == len(rules.REQUESTS) and NAME in rows[1]
    cell = next(cell for cell in sheet[3] if cell.value == FORMULA)
    assert cell.data_type == "s"
    paper = page(people.ppid, "/meja/register/permohonan.pdf")
    printed = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.data)).pages)
    assert "Canary" in printed and "Periode" in printed and "Masa berlaku" not in printed
    theirs = page(superior, "/meja/register/keberatan.xlsx")
    listed = list(load_workbook(io.BytesIO(theirs.data)).worksheets[0].iter_rows(values_only=True))
    assert len(listed) == 2 and len(listed[0]) == len(rules.OBJECTIONS) and WORDS not in str(listed)
    assert taken() == [("requests", "xlsx", 2), ("requests", "pdf", 2), ("objections", "xlsx", 1)]
    whole = call_action("satudata_request_register_full_list", as_user(people.ppid), limit=1)
    assert whole["count"] == 2 and len(whole["results"]) == 1 and taken()[-1] == ("requests", "json", 1)
    assert page(people.ppid, "/meja/register/permohonan").status_code == 200
    for other in (people.pembantu, people.auditor, superior):
        assert page(other, "/meja/register/permohonan.xlsx").status_code == 404
        with pytest.raises(tk.NotAuthorized):
            call_action("satudata_request_register_full_list", as_user(other))


def test_a_pdf_of_more_than_can_be_printed_is_refused(refused, people, page, monkeypatch):
    monkeypatch.setattr(rules, "PDF_MOST", 0)
    answer = page(people.ppid, "/meja/register/permohonan.pdf")
    assert answer.status_code == 400 and not taken()


def test_two_persons_release_a_text_and_one_takes_it_down(refused, superior, people, app, page):
    question = "Jumlah kunjungan pasien per kecamatan, tiga tahun terakhir"
    propose = {"request": refused.number, "question": question}
    with pytest.raises(tk.ValidationError):
        call_action("satudata_public_answer_propose", as_user(people.ppid), **propose, title="x" * 10, answer="y" * 20)
    made = call_action("satudata_public_answer_propose", as_user(people.ppid), **propose)
    read = {"id": made["id"], "seen": made["proposed_at"], "agrees": True}
    with pytest.raises(tk.NotAuthorized):
        call_action("satudata_public_answer_review", as_user(people.ppid), **read)
    assert call_action("satudata_request_register_list")["results"][0]["question"] is None
    with pytest.raises(tk.ValidationError):
        call_action("satudata_public_answer_review", as_user(superior), **{**read, "seen": "x"})
    call_action("satudata_public_answer_review", as_user(superior), **read)
    assert call_action("satudata_request_register_list")["results"][0]["question"] == question
    assert question in app.get("/permohonan/register").body
    assert page(people.ppid, f"/meja/jawaban/{refused.id}").status_code == 200
    other = _officer("Atasan Kedua", Role.PPID_SUPERIOR)
    call_action("satudata_public_answer_withdraw", as_user(other), id=made["id"])
    assert call_action("satudata_request_register_list")["results"][0]["question"] is None


def test_an_answer_of_general_interest_is_read_by_everybody(routed, give, people, superior, app):
    give(routed.case_id, "grant", people.pembantu)
    text = {
        "question": "Berapa kunjungan pasien per kecamatan?",
        "title": "Kunjungan pasien",
        "answer": "A\n<b>12.345</b>",
    }
    made = call_action("satudata_public_answer_propose", as_user(people.ppid), request=routed.number, **text)
    assert call_action("satudata_public_answer_list")["count"] == 0
    seen = {"id": made["id"], "seen": made["proposed_at"], "agrees": "true"}
    call_action("satudata_public_answer_review", as_user(superior), **seen)
    body = app.get("/permohonan/jawaban").body
    assert "Kunjungan pasien" in body and "<b>12.345" not in body
