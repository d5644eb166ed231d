"""What a refused or resting form says: the field it means, what to do there, and only what is so now."""

import ckan.model as model
import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import clocks, requests
from ckanext.satudata.shared import notices, wording
from ckanext.satudata.tests.ppid.conftest import EMAIL
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def soup(answer):
    return BeautifulSoup(answer.body, "html.parser")


@pytest.fixture
def case(page, asked, row_of, people):
    """Path of an open request's case."""
    return f"/meja/{row_of(asked()).case_id}"


@pytest.mark.parametrize(
    ("command", "sent", "said"),
    [
        ("incomplete", {}, "Centang apa yang kurang."),
        ("already_public", {}, "Tulis di mana data itu terbuka."),
        ("pass_on", {}, "Tulis badan mana yang menguasai datanya."),
        ("merge", {}, "Tulis nomor permohonan yang lebih dahulu."),
        ("extend", {"extension_code": "undecided"}, "Tulis di catatan mengapa perlu tambahan waktu"),
    ],
)
def test_an_empty_field_is_told_in_its_own_words_with_a_way_to_it(page, people, case, command, sent, said):
    answer = page(people.ppid, f"{case}/{command}", sent)
    shown = soup(answer)
    [line] = shown.select(".sd-error-summary a")
    assert answer.status_code == 422 and said in line.text and "Bagian ini wajib diisi" not in shown.text
    target = shown.select_one(line["href"])
    assert target.name in ("input", "textarea"), "the link puts the cursor where it is to be written"
    assert shown.select(f"[data-command={command}] .sd-error")


def test_an_empty_note_of_a_refusal_says_what_it_is_for(page, people, routed):
    for command, said in (
        ("refuse", "mengapa ditolak"),
        ("grant_in_part", "mengapa sebagian"),
        ("not_held", "tidak ada"),
    ):
        shown = soup(page(people.pembantu, f"/meja/{routed.case_id}/{command}", {"reason_code": "17h"}))
        told = shown.select_one(f"[data-command={command}] [id^=error-note]").text
        assert said in told and "apa yang harus diperbaiki" not in told


def test_an_empty_message_to_the_applicant_is_told_at_its_field(page, people, case):
    answer = page(people.ppid, f"{case}/pesan", {"text": " "})
    shown = soup(answer)
    [line] = shown.select(".sd-error-summary a")
    field = shown.select_one(line["href"])
    assert answer.status_code == 422 and line.text.strip() == "Tulis pesannya dahulu."
    assert (
        field["name"] == "text"
        and field["aria-invalid"] == "true"
        and "Tindakan ini tidak dijalankan" not in shown.text
    )


def test_a_part_split_off_is_told_whose_code_confirms_its_address(page, app, asked, row_of, people, give, mail_sink):
    row = row_of(asked(phone=""))
    sent = {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": "Jumlah kunjungan per kecamatan"}
    child = model.Session.get(PpidRequest, give(row.case_id, "split", people.ppid, sent)["split"]["id"])
    notices.send_waiting()
    mails = "\n".join(text_of(one) for one in mail_sink.to(EMAIL))
    assert f"kode yang dikirim untuk permohonan {row.number}" in mails and "tidak perlu berbuat apa-apa" not in mails
    app.post("/permohonan/lacak", data={"number": child.number, "tracking_code": requests.tracking_code(child)})
    card = soup(app.get(f"/permohonan/lacak/{child.ref}")).select_one("section[aria-labelledby=confirm-title]")
    assert f"bagian dari permohonan {row.number}" in card.text and "Tanpa itu permohonan ini ditutup" not in card.text
    assert "akan datang" not in card.text and not card.select("[name=code]")
    assert requests.lapses_at(child) is None and requests.lapses_at(row) is not None
    requests.confirm(model.Session, row.id, requests.confirmation_code(row))
    model.Session.commit()
    page_now = soup(app.get(f"/permohonan/lacak/{child.ref}"))
    assert row_of({"id": child.id}).confirmed_at and not page_now.select("section[aria-labelledby=confirm-title]")


def test_while_the_applicant_completes_nobody_is_told_that_the_time_runs(page, app, asked, row_of, people, give):
    row = row_of(asked())
    due = wording.day(clocks.due(row).due_on, weekday=True)
    assert due in soup(page(people.ppid, f"/meja/{row.case_id}")).select_one(".sd-facts").text
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose"]})
    desk = soup(page(people.ppid, f"/meja/{row.case_id}"))
    top = desk.select_one(".sd-facts").text
    assert "Jangka waktu berhenti sejak" in top and due not in top
    assert "Hari terakhir setiap langkah" not in desk.text
    withdraw = desk.select_one("[data-command=withdraw]").text
    assert "jangka waktu berjalan" not in withdraw and "Hasil pindai surat pencabutan" in withdraw
    assert "wajib jika tanpa hasil pindai" in withdraw and "permohonan di atas kertas" not in withdraw
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    shown = soup(app.get(f"/permohonan/lacak/{row.ref}"))
    assert "tetap berjalan" not in shown.text and "Batas waktu menjawab Anda berhenti" in shown.text
    objection = shown.select_one("section[aria-labelledby=keberatan]").text
    assert "berhenti sampai" in objection and "mulai" not in objection
