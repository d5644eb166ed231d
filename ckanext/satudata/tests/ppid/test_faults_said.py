"""What a refused or resting form says: the field it means, what to do there, and only what is so now."""

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import addresses, clocks, requests
from ckanext.satudata.shared import clock, notices, wording
from ckanext.satudata.tests.access.support import make, publish
from ckanext.satudata.tests.ppid.conftest import ASKED, EMAIL, _officer
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
    assert requests.lapses_at(child) is None
    addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
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
    assert "Hari terakhir setiap langkah" not in desk.text and "tidak berhenti karenanya" not in desk.text
    withdraw = desk.select_one("[data-command=withdraw]").text
    assert "jangka waktu berjalan" not in withdraw and "Hasil pindai surat pencabutan" in withdraw
    assert "wajib jika tanpa hasil pindai" in withdraw and "permohonan di atas kertas" not in withdraw
    app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
    shown = soup(app.get(f"/permohonan/lacak/{row.ref}"))
    assert "tetap berjalan" not in shown.text and "Batas waktu menjawab Anda berhenti" in shown.text
    objection = shown.select_one("section[aria-labelledby=keberatan]").text
    assert "berhenti sampai" in objection and "mulai" not in objection


@pytest.fixture
def follow(app):
    """The tracking page of a request, in the browser that proved who asks."""

    def seen(row):
        app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
        return soup(app.get(f"/permohonan/lacak/{row.ref}"))

    return seen


def test_the_note_of_a_command_says_who_reads_it(page, people, case, routed):
    def hints(user, path):
        shown = soup(page(user, path))
        fields = shown.select("details[data-command] textarea[name=note]")
        return {
            one.find_parent("details", attrs={"data-command": True})["data-command"]: shown.select_one(
                f"#{one['aria-describedby']}"
            ).text
            for one in fields
            if one.get("aria-describedby")
        }

    office = hints(people.ppid, case)
    assert "Hanya untuk petugas" in office["complete"] and "dicetak dalam surat" in office["route"]
    assert "incomplete" not in office, "its form says it already"
    assert "Hanya untuk petugas" in hints(people.pembantu, f"/meja/{routed.case_id}")["grant"]


def test_what_was_asked_for_and_is_not_sent_is_told_at_its_field(app, asked, row_of, people, give, follow):
    row = row_of(asked())
    give(row.case_id, "incomplete", people.ppid, {"missing": ["question", "identity", "address"]})
    follow(row)
    sent = {"question": "Jumlah kunjungan pasien per kecamatan 2024, menurut umur", "purpose": row.purpose}
    answer = app.post(f"/permohonan/lacak/{row.ref}/lengkapi", data=sent, follow_redirects=False)
    shown = soup(answer)
    assert answer.status_code == 400 and sent["question"] in shown.text
    assert [one["href"] for one in shown.select(".sd-error-summary a")] == ["#field-address", "#field-identity"]
    assert "Ini diminta dan belum ada" in shown.select_one("#error-address").text
    assert shown.select_one("#field-address").find_parent("details") is None


def test_a_part_that_is_not_given_is_named_on_the_page_once_the_applicant_was_told(
    routed, people, give, follow, row_of
):
    parts = {"part_1_what": "Nama pasien", "part_1_decision": "refused", "part_2_what": "Jumlah kunjungan"}
    why = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
    give(
        routed.case_id,
        "grant_in_part",
        people.pembantu,
        parts | {"part_2_decision": "granted", "reason_code": "17h", "note": why},
    )
    assert "Nama pasien" not in follow(row_of({"id": routed.id})).text, "nobody has told him yet"
    give(
        routed.case_id,
        "notify",
        people.ppid,
        {"promised_on": clock.calendar(model.Session).shift(clock.today(), 7).isoformat()},
    )
    told = follow(row_of({"id": routed.id})).select_one(".sd-notice-info")
    assert "Nama pasien" in told.text and "Pasal 17" in told.text and "Jumlah kunjungan" not in told.text


def test_an_extension_stands_in_the_summary_and_among_what_has_happened(asked, row_of, people, give, follow):
    row = row_of(asked())
    give(row.case_id, "extend", people.ppid, {"extension_code": "undecided", "note": "Uji konsekuensi berjalan."})
    shown = follow(row)
    assert "7 hari kerja pada" in shown.select_one("section[aria-labelledby=when-title]").text
    assert "diperpanjang" in shown.select_one("section[aria-labelledby=past-title]").text


def test_the_body_a_request_was_passed_on_to_is_named(asked, row_of, people, give, follow):
    row = row_of(asked())
    give(row.case_id, "pass_on", people.ppid, {"body": "Kantor Contoh Statistik"})
    assert "Kantor Contoh Statistik" in follow(row).select_one("section[aria-labelledby=when-title]").text


def test_after_a_split_the_officer_is_led_to_the_new_request(page, people, case):
    sent = {"question": "Jumlah tenaga kesehatan per kecamatan", "rest": "Jumlah kunjungan per kecamatan"}
    assert page(people.ppid, f"{case}/split", sent).status_code == 302
    part = model.Session.query(PpidRequest).filter(PpidRequest.question == sent["question"]).one()
    link = soup(page(people.ppid, case)).select_one(f'.flash-messages a[href$="/meja/{part.case_id}"]')
    assert link is not None and part.number in link.text


@pytest.mark.parametrize("outcome", ["refuse", "grant"])
def test_an_answered_objection_leads_the_page_and_stands_among_what_has_happened(
    refused, superior, people, give, follow, row_of, outcome
):
    proof = {"number": refused.number, "tracking_code": requests.tracking_code(refused)}
    call_action("satudata_objection_create", **proof, ground="a", words="Data ini perlu untuk penelitian saya.")
    [objection] = model.Session.query(Objection).all()
    reasons = {"reasons": "Alasan penolakan sudah diuji menurut undang-undang dan tetap berlaku."}
    give(objection.case_id, outcome, superior, reasons | ({"to_step": "8"} if outcome == "grant" else {}))
    shown = follow(row_of({"id": refused.id}))
    lead, past = shown.select_one(".sd-lead").text, shown.select_one("section[aria-labelledby=past-title]").text
    assert objection.number in past and "Anda mengajukan keberatan" in past
    short = shown.select_one("section[aria-labelledby=when-title]").text
    if outcome == "refuse":
        assert "tidak mengabulkan" in lead and "Komisi Informasi sampai" in lead and "sudah selesai" not in lead
        styles = {one["class"][-1] for one in shown.select("button[name=response]")}
        assert len(styles) == 1, "neither answer weighs more"
    else:
        assert "mengabulkan keberatan" in lead and "sedang memutuskan" in lead
        assert "Pertama dijawab pada" in short and "Tahap ini" in short
        assert "Jawabannya ada di halaman ini" not in shown.text


def test_who_enters_a_request_is_told_what_the_applicant_has_to_give_not_addressed_as_him(page, people):
    walidata = _officer("Petugas Walidata", Role.WALIDATA)
    answer = page(walidata, "/meja/permohonan/baru", {"applicant_kind": "government", "channel": "letter"})
    shown = soup(answer)
    told = shown.select_one(".sd-error-summary").text
    assert answer.status_code == 400 and "instansi pemerintah yang memohon" in told and "data yang dimohon" in told
    assert not [word for word in ("Anda perlukan", "Anda wakili", "akan Anda") if word in told]
    assert "tidak wajib" not in shown.select_one("label[for=field-evidence]").text
    assert "salah satu dari keduanya" not in shown.select_one("label[for=field-email]").text


def test_a_dataset_is_chosen_by_its_title_or_named_by_the_address_of_its_page(page, people, row_of):
    admin = factories.Sysadmin()
    dataset = publish(make(admin, people.agency, title="Kunjungan pasien", name="kunjungan-pasien")["id"])
    draft = make(admin, people.agency, title="Draf lain", name="draf-lain")
    options = soup(page(people.ppid, "/meja/permohonan/baru")).select("#list-dataset option")
    assert [(one["value"], one.text) for one in options] == [(dataset["name"], "Kunjungan pasien")], draft["name"]
    sent = {**ASKED, "channel": "telephone", "received_at": clock.today().isoformat(), "key": "k"}
    address = f"http://contoh.example/en/dataset/{dataset['name']}?x=1"
    assert page(people.ppid, "/meja/permohonan/baru", sent | {"dataset": address}).status_code == 302
    assert model.Session.query(PpidRequest).one().dataset_id == dataset["id"]


def test_an_objection_entered_empty_names_all_that_is_missing_at_once(page, people):
    told = soup(page(people.ppid, "/meja/keberatan/baru", {"channel": "letter"})).select(".sd-error-summary a")
    assert {one["href"] for one in told} >= {"#field-request", "#field-ground", "#field-words", "#field-scan"}
    told = soup(page(people.ppid, "/meja/keberatan/baru", {"request": "9/X", "ground": "a"})).select(
        ".sd-error-summary a"
    )
    assert {"#field-request", "#field-words"} == {one["href"] for one in told}


def test_a_letter_that_waits_for_its_number_is_named_on_the_case_and_on_the_desk(page, people, case):
    typed = {"organization_id": people.agency["id"], "dip_result": "listed", "note": "Mohon segera."}
    assert "menunggu nomor" not in page(people.ppid, "/meja").body
    assert page(people.ppid, f"{case}/route/konsep", typed).status_code == 302
    told = soup(page(people.ppid, case)).select_one("#lakukan > .sd-notice")
    assert "Permohonan Data kepada PPID Pembantu” menunggu nomor" in told.text.replace("Surat ", "")
    assert told.select_one(f'a[href="{case}?tindakan=route#lakukan"]') and told.select_one('a[href$=".pdf"]')
    assert "surat menunggu nomor" in " ".join(one.text for one in soup(page(people.ppid, "/meja")).select(".sd-desk"))


def test_letters_of_an_offices_request_are_called_by_whom_they_go_to(asked, row_of, people, give, page):
    walidata = _officer("Petugas Walidata", Role.WALIDATA)
    office = {"applicant_kind": "government", "institution": "Dinas Contoh", "email": "a@dinas.go.id", "nik": ""}
    row = row_of(asked(**office))
    addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
    model.Session.commit()
    give(row.case_id, "route", walidata, {"organization_id": people.agency["id"], "dip_result": "listed"})
    why = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}
    give(row.case_id, "refuse", people.pembantu, why)
    assert page(people.pembantu, f"/meja/{row.case_id}/forward", {}).status_code == 302
    shown = soup(page(people.pembantu, f"/meja/{row.case_id}"))
    said = shown.select_one(".flash-messages").text + shown.select_one("#isi").text
    assert said.count("Penolakan Permohonan Data kepada Walidata") == 2 and "kepada PPID”" not in said


def test_what_an_officer_entered_was_received_on_a_day_not_at_noon(page, people):
    sent = {**ASKED, "channel": "telephone", "received_at": clock.today().isoformat(), "key": "k"}
    assert page(people.ppid, "/meja/permohonan/baru", sent).status_code == 302
    row = model.Session.query(PpidRequest).one()
    facts = soup(page(people.ppid, f"/meja/{row.case_id}")).select_one(".sd-facts")
    told = [one.select_one("dd").text for one in facts.select("div") if one.select_one("dt").text == "Diterima"]
    assert told == [wording.day(row.received_at, weekday=True, locale="id")]


def test_the_form_says_of_each_field_what_the_kind_of_applicant_needs(app, no_limits):
    form = soup(app.get("/permohonan/baru"))
    hint = form.select_one("#hint-occupation")
    assert hint.select_one(".sd-of-offices").text == "Instansi pemerintah: jabatan Anda."
    assert not [one for one in form.select(".sd-hint") if "<span" in one.text], "no mark-up is told as words"
    for kept in form.select(".sd-where-all-show, .sd-of-offices, .sd-of-people"):
        kept.extract()
    told = " ".join(one.text for one in form.select("section[aria-labelledby=part-who] .sd-hint"))
    assert "Instansi pemerintah" not in told and "Hanya untuk" not in told
    sent = {**ASKED, "key": "k", "citizen": "", "address": "", "email": "a@contoh.example"}
    refused = soup(app.post("/permohonan/baru", data=sent))
    lines = refused.select(".sd-error-summary a")
    assert [one["href"] for one in lines] == ["#field-citizen", "#field-address"], "as the form stands"
    assert len(lines[0].text.split()) < 15
    office = {**sent, "applicant_kind": "government", "institution": "Dinas Contoh", "citizen": "true", "address": "x"}
    told = soup(app.post("/permohonan/baru", data=office)).select_one("#error-email").text
    assert "berakhiran go.id," in told and "*" not in told


def test_the_page_names_the_dataset_that_was_asked_for_while_it_is_public(people, asked, row_of, follow):
    admin = factories.Sysadmin()
    dataset = publish(make(admin, people.agency, title="Kunjungan pasien", name="kunjungan-pasien")["id"])
    row = row_of(asked(dataset=dataset["name"]))
    short = follow(row).select_one("section[aria-labelledby=when-title]")
    assert "Kunjungan pasien" in [one.text for one in short.select("dd")]
    model.Session.get(model.Package, dataset["id"]).private = True
    model.Session.commit()
    assert "Kunjungan pasien" not in [one.text for one in follow(row).select("section[aria-labelledby=when-title] dd")]


def test_what_a_command_did_stands_line_by_line(page, people, case):
    typed = {"organization_id": people.agency["id"], "dip_result": "listed", "note": "Mohon segera."}
    assert page(people.ppid, f"{case}/route", typed).status_code == 302
    lines = [one.text for one in soup(page(people.ppid, case)).select(".flash-messages .sd-told > li")]
    assert lines[0].startswith("Selesai: ") and "diterbitkan dengan nomor" in lines[1] and len(lines) >= 4


def test_an_office_is_told_that_objecting_is_not_its_way(app, asked, row_of, follow):
    office = {"applicant_kind": "government", "institution": "Dinas Contoh", "email": "a@dinas.go.id", "nik": ""}
    row = row_of(asked(**office))
    follow(row)
    told = app.get(f"/permohonan/lacak/{row.ref}/keberatan").body
    assert "Instansi pemerintah tidak mengajukan keberatan di sini" in told and "masih dalam waktu" not in told


def test_a_part_of_a_request_for_a_dataset_keeps_its_agency(people, asked, row_of, give):
    admin = factories.Sysadmin()
    dataset = publish(make(admin, people.agency, title="Kunjungan pasien", name="kunjungan-pasien")["id"])
    row, free = row_of(asked(dataset=dataset["name"])), row_of(asked(question="Jumlah guru per kecamatan 2025"))
    for one, agency in ((row, people.agency["id"]), (free, None)):
        sent = {"question": f"Jumlah tenaga kesehatan {one.number}", "rest": "Jumlah kunjungan per kecamatan"}
        part = row_of(give(one.case_id, "split", people.ppid, sent)["split"])
        assert part.organization_id == agency


def test_an_objection_leads_to_its_request_where_that_case_opens(refused, superior, page, people):
    proof = {"number": refused.number, "tracking_code": requests.tracking_code(refused)}
    call_action("satudata_objection_create", **proof, ground="a", words="Data ini perlu untuk penelitian saya.")
    [objection] = model.Session.query(Objection).all()
    found = []
    for one in (superior, people.ppid, people.auditor):
        shown = page(one, f"/meja/{objection.case_id}")
        opens = page(one, f"/meja/{refused.case_id}").status_code == 200
        if shown.status_code == 200:
            links = soup(shown).select(f'.sd-facts + p a[href="/meja/{refused.case_id}"]')
            assert bool(links) is opens
            found += links
            assert " ".join(refused.question.split())[:40] in soup(shown).select_one("h1").text
    assert found
