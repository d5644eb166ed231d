"""What officers enter: the day of receipt runs the clock, an outside number counts once, good lines are kept."""

import io
import re
from datetime import datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests.helpers import call_action
from freezegun import freeze_time

from ckanext.satudata.domain import intake
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import gaps, government, requests, standing
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.work import desk
from ckanext.satudata.tests.ppid.conftest import ASKED, NAME, NIK, _officer, upload
from ckanext.satudata.tests.ppid.test_government import OFFICE
from ckanext.satudata.tests.support import whole_files

NOW = datetime(2026, 3, 9, 3, tzinfo=timezone.utc)
WIB = timezone(timedelta(hours=7))
PDF = b"%PDF-1.7\nsurat\n%%EOF\n"


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2026-03-05", "2026-03-05T12:00+07:00"),
        ("5 Maret 2026", "2026-03-05T12:00+07:00"),
        ("05/03/2026 09.15", "2026-03-05T09:15+07:00"),
        ("2026-03-05T09:15:00Z", "2026-03-05T16:15+07:00"),
        ("2026-03-05T09:15:00", "2026-03-05T09:15+07:00"),
        ("2026-03-09", "2026-03-09T10:00+07:00"),
    ],
)
def test_the_day_of_receipt(typed, at):
    assert intake.received(typed, NOW, WIB, 90) == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    "typed", ["", "kemarin", "2026-03-10", "2026-03-09T11:00:00", "2025-01-01", "2026-02-30", "2026-03-05Tx"]
)
def test_no_day_a_future_one_or_one_too_old(typed):
    with pytest.raises(Invalid) as refused:
        intake.received(typed, NOW, WIB, 90)
    assert refused.value.field == "received_at"


def as_user(user):
    return {"user": user["name"], "ignore_auth": False, "auth_user_obj": model.User.get(user["name"])}


def entry(**changes):
    typed = {name: value for name, value in ASKED.items() if name != "consent"}
    return {**typed, "channel": "counter", "received_at": "2026-03-05", **changes}


def count():
    return model.Session.scalar(sa.select(sa.func.count()).select_from(PpidRequest))


@pytest.mark.usefixtures("with_plugins", "satudata_db")
class TestEntered:
    @pytest.fixture(autouse=True)
    def at(self):
        with freeze_time(NOW):
            yield

    def test_the_clock_runs_from_the_day_of_receipt(self, people):
        made = call_action("satudata_ppid_request_enter", as_user(people.ppid), **entry())
        row = model.Session.get(PpidRequest, made["id"])
        assert row.received_at == datetime(2026, 3, 5, 5, tzinfo=timezone.utc) and row.entered_at == NOW
        assert row.entered_by == people.ppid["id"] and row.channel == "counter"
        assert model.Session.get(Case, row.case_id).received_at == row.received_at

    def test_a_letter_comes_with_its_scan_sealed(self, people):
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(people.ppid), **entry(channel="letter"))
        assert set(refused.value.error_dict) == {"evidence"}
        scan = upload(PDF, "surat.pdf")
        made = call_action(
            "satudata_ppid_request_enter", as_user(people.ppid), **entry(channel="letter", evidence=scan)
        )
        assert [one.kind for one in model.Session.scalars(ApplicantFile.of_request(made["id"]))] == ["evidence"]

    def test_walidata_enters_what_an_office_asks_by_letter_and_begins(self, people, give):
        walidata = _officer("Petugas Walidata", Role.WALIDATA)
        letter = {"channel": "letter", "evidence": upload(PDF, "surat.pdf")}
        office = {**OFFICE, "email": "kantor@contoh.example"}
        made = call_action("satudata_ppid_request_enter", as_user(walidata), **entry(**office, **letter))
        row = model.Session.get(PpidRequest, made["id"])
        assert row.number.startswith("1/WALIDATA/") and row.entered_by == walidata["id"] and row.channel == "letter"
        assert row.received_at == datetime(2026, 3, 5, 5, tzinfo=timezone.utc) and row.entered_at == NOW
        assert made["tracking_code"] and row.confirmed_at is None
        assert standing.for_applicant(model.Session, row)["sentence"] != standing.UNSURE
        give(row.case_id, "route", walidata, {"organization_id": people.agency["id"], "dip_result": "listed"})

    def test_without_a_letter_an_office_confirms_its_official_address(self, people, give):
        walidata = _officer("Petugas Walidata", Role.WALIDATA)
        called = entry(**{**OFFICE, "email": "kantor@contoh.example"}, channel="telephone")
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(walidata), **called)
        assert set(refused.value.error_dict) == {"email"} and count() == 0
        made = call_action("satudata_ppid_request_enter", as_user(walidata), **entry(**OFFICE, channel="telephone"))
        row = model.Session.get(PpidRequest, made["id"])
        route = {"organization_id": people.agency["id"], "dip_result": "listed"}
        with pytest.raises(Conflict):
            give(row.case_id, "route", walidata, route)
        proof = {"number": made["number"], "tracking_code": made["tracking_code"]}
        call_action("satudata_ppid_request_confirm", **proof, code=requests.confirmation_code(row))
        give(row.case_id, "route", walidata, route)

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"institution": ""}, {"institution"}),
            ({"channel": "ppid_site", "outside_number": "7/2026"}, {"channel"}),
            ({"channel": "counter", "address": "", "occupation": ""}, {"address", "occupation"}),
        ],
    )
    def test_what_an_office_leaves_out_is_named(self, people, changes, fields):
        walidata = _officer("Petugas Walidata", Role.WALIDATA)
        sent = entry(**{**OFFICE, "channel": "telephone", **changes})
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(walidata), **sent)
        assert set(refused.value.error_dict) == fields and count() == 0

    def test_each_office_enters_its_own_kinds_only(self, people):
        walidata = _officer("Petugas Walidata", Role.WALIDATA)
        with pytest.raises(tk.NotAuthorized):
            call_action("satudata_ppid_request_enter", as_user(walidata), **entry())
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(people.ppid), **entry(**OFFICE))
        assert set(refused.value.error_dict) == {"applicant_kind"}
        with pytest.raises(tk.NotAuthorized):
            call_action("satudata_ppid_request_enter", as_user(people.auditor), **entry(**OFFICE))
        line = "nomor_luar,diterima,jenis_pemohon,nama,rincian,tujuan\n7/2026,2026-03-05,government,Sari,{question},"
        line += "{purpose}"
        [told] = call_action("satudata_ppid_request_import", as_user(people.ppid), csv=line.format(**ASKED))
        assert set(told["errors"]) == {"jenis_pemohon"} and count() == 0

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"applicant_kind": "legal_entity"}, {"institution", "legal_number"}),
            ({"applicant_kind": "group"}, {"institution", "power_number", "power"}),
            ({"citizen": "", "address": "", "occupation": ""}, {"citizen", "address", "occupation"}),
        ],
    )
    def test_at_the_counter_what_the_law_demands_is_given(self, people, changes, fields):
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(people.ppid), **entry(**changes))
        assert set(refused.value.error_dict) == fields and count() == 0

    @pytest.mark.parametrize(
        ("changes", "lacking"),
        [
            ({"applicant_kind": "legal_entity"}, ["institution", "legal_number"]),
            ({"applicant_kind": "group", "institution": "Warga RT 7"}, ["power"]),
            ({"citizen": "", "address": "", "occupation": ""}, ["citizen", "address", "occupation"]),
            ({}, []),
        ],
    )
    def test_what_a_letter_left_out_stands_in_the_completeness_check(self, people, page, give, changes, lacking):
        sent = entry(channel="letter", evidence=upload(PDF, "surat.pdf"), **changes)
        made = call_action("satudata_ppid_request_enter", as_user(people.ppid), **sent)
        row = model.Session.get(PpidRequest, made["id"])
        assert list(gaps.of(model.Session, row)) == lacking
        case, actor = model.Session.get(Case, row.case_id), actor_for(model.User.get(people.ppid["id"]))
        told = dict(desk.presenter(case.process).facts(case, actor))
        assert bool(told.get("Still missing") or told.get("Masih kurang")) is bool(lacking)
        assert list(desk.presenter(case.process).form_data(case, "incomplete", actor)["gaps"]) == lacking
        if lacking:
            give(row.case_id, "incomplete", people.ppid, {"missing": lacking})
            given = {"institution": "PT Contoh", "legal_number": "AHU-1", "power_number": "3/2026"}
            given |= {"address": "Jalan Contoh 1", "occupation": "Guru", "citizen": "true"}
            came = {"channel": "counter", "received_at": "2026-03-09", "power": upload(PDF, "kuasa.pdf")}
            give(row.case_id, "repair", people.ppid, {**given, **came, "note": "Dibawa ke meja layanan."})
            model.Session.expire_all()
            assert gaps.of(model.Session, model.Session.get(PpidRequest, row.id)) == ()

    def test_every_fault_at_once_and_nothing_stored(self, people):
        wrong = entry(received_at="2026-03-10", name="", purpose="", channel="pigeon")
        with pytest.raises(tk.ValidationError) as refused:
            call_action("satudata_ppid_request_enter", as_user(people.ppid), **wrong)
        assert {"received_at", "name", "purpose", "channel"} <= set(refused.value.error_dict) and count() == 0

    def test_ppid_alone_sysadmin_or_not(self, people):
        for context in (as_user(people.pembantu), {"user": "", "ignore_auth": True}):
            with pytest.raises(tk.NotAuthorized):
                call_action("satudata_ppid_request_enter", context, **entry())

    def test_a_list_says_how_to_obtain_and_to_send(self, people):
        head = "nomor_luar;diterima;nama;alamat;rincian;tujuan;bentuk;cara_memperoleh;cara_mengirim;jenis_pemohon;"
        head += "nomor_kuasa;nik\n"
        asked = ";".join((NAME, "Jalan Contoh 1", ASKED["question"], ASKED["purpose"]))
        line = f"P-9;05/03/2026;{asked};hardcopy;Salinan;Pos;Kelompok;SK-7;{NIK}\n"
        call_action("satudata_ppid_request_import", as_user(people.ppid), csv=head + line)
        row = model.Session.scalars(sa.select(PpidRequest)).one()
        assert (row.form, row.obtain, row.sending) == ("hard", "copy", "post")
        letter = model.Session.scalars(Letter.of_subject("ppid_request", row.id)).one()
        said = crypto.unseal(letter.content)
        for words in ('"Nomor surat kuasa", "SK-7"', '"NIK", "3573********0001"', '"Cara mengirim", "pos"'):
            assert words in said
        assert NIK not in said

    def test_a_word_that_a_column_does_not_take_is_answered_with_those_it_takes(self, people):
        head = "nomor_luar;diterima;nama;alamat;telepon;rincian;tujuan;bentuk\n"
        line = "P-1;05/03/2026;Siti;Jalan 1;0812 3456 7890;Jumlah guru 2024;Penelitian skripsi tentang sekolah;kertas\n"
        (told,) = call_action("satudata_ppid_request_import", as_user(people.ppid), csv=head + line)
        assert set(told["errors"]) == {"bentuk"} and "softcopy, salinan elektronik, hardcopy" in str(told["errors"])

    def test_a_list_names_bad_lines_and_enters_nothing_twice(self, people):
        head = "nomor_luar;diterima;nama;alamat;telepon;rincian;tujuan\n"
        good = "P-1;05/03/2026;Siti;Jalan 1;0812 3456 7890;Jumlah guru 2024;Penelitian skripsi tentang sekolah\n"
        bad = "P-2;10/03/2026;;Jalan 2;0812 3456 7890;Jumlah pasar 2024;Penelitian skripsi tentang pasar\n"
        other = good.replace("P-1", "P-3")
        said = call_action("satudata_ppid_request_import", as_user(people.ppid), csv=head + good + bad + other)
        assert [(one["line"], one["outcome"]) for one in said] == [(2, "entered"), (3, "refused"), (4, "entered")]
        assert set(said[1]["errors"]) == {"diterima", "nama"} and count() == 2
        mended = head + good + bad.replace("10/03/2026;", "06/03/2026;Budi") + other
        again = call_action("satudata_ppid_request_import", as_user(people.ppid), csv=mended)
        assert [one["outcome"] for one in again] == ["known", "entered", "known"] and count() == 3
        assert again[0]["number"] == said[0]["number"]


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_the_pages_keep_what_was_typed_and_are_for_ppid_alone(people, page):
    typed = entry(received_at=clock.today().isoformat())
    wrong = page(people.ppid, "/meja/permohonan/baru", {**typed, "purpose": ""})
    assert wrong.status_code == 400 and ASKED["question"] in wrong.text and "field-purpose" in wrong.text
    made = page(people.ppid, "/meja/permohonan/baru", typed)
    assert made.status_code == 302 and count() == 1
    assert page(people.ppid, made.headers["Location"]).status_code == 200
    for address in ("/meja/permohonan/baru", "/meja/permohonan/impor"):
        assert page(people.ppid, address).status_code == 200
    shown = page(people.ppid, "/meja/permohonan/impor").text
    for column, takes in intake.TAKES.items():
        assert column in intake.COLUMNS and all(f"<code>{word}</code>" in shown for word in takes)
        assert page(people.pembantu, address).status_code == 404


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_walidatas_form_is_for_offices_of_the_government_alone(people, page):
    walidata = _officer("Petugas Walidata", Role.WALIDATA)
    form = page(walidata, "/meja/permohonan/baru").text
    assert 'type="hidden" name="applicant_kind" value="government"' in form
    assert 'value="ppid_site"' not in form and 'name="citizen"' not in form and "/meja/permohonan/impor" not in form
    assert 'value="government"' not in page(people.ppid, "/meja/permohonan/baru").text
    assert "/meja/permohonan/baru" in page(walidata, "/meja").text
    assert page(walidata, "/meja/permohonan/impor").status_code == 404
    sent = entry(**OFFICE, channel="telephone", key="k", received_at=clock.today().isoformat())
    wrong = page(walidata, "/meja/permohonan/baru", {**sent, "purpose": ""})
    assert wrong.status_code == 400 and "#field-purpose" in wrong.text
    made = page(walidata, "/meja/permohonan/baru", sent)
    row = model.Session.scalars(sa.select(PpidRequest)).one()
    address = f"/meja/permohonan/{row.ref}/tanda-terima"
    assert made.status_code == 302 and made.headers["Location"].endswith(address)
    assert page(walidata, address).status_code == 200 and page(people.ppid, address).status_code == 404
    case = page(walidata, f"/meja/{row.case_id}").text
    assert "Melalui telepon" in case and address in case


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_an_offices_letter_suffices_where_it_gives_neither_email_nor_telephone(people, page):
    walidata = _officer("Petugas Walidata", Role.WALIDATA)
    sent = entry(**{**OFFICE, "email": "", "phone": "", "address": "", "occupation": ""}, channel="letter")
    sent["received_at"] = clock.today().isoformat()
    refused = page(walidata, "/meja/permohonan/baru", sent)
    assert refused.status_code == 400 and "#field-evidence" in refused.text and "#field-email" in refused.text
    letter = (io.BytesIO(whole_files.pdf()), "surat.pdf")
    made = page(walidata, "/meja/permohonan/baru", {**sent, "evidence": letter})
    row = model.Session.scalars(sa.select(PpidRequest)).one()
    assert made.status_code == 302 and government.is_sure(row) and requests.lapses_at(row) is None
    assert "lewat pos atau di loket" in page(walidata, f"/meja/{row.case_id}").text


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_the_counters_form_says_what_it_demands_and_hides_what_the_kind_does_not_need(page, people):
    shown = BeautifulSoup(page(people.ppid, "/meja/permohonan/baru").body, "html.parser")
    for name in ("address", "occupation"):
        label = shown.select_one(f"label[for=field-{name}]")
        assert "tidak wajib" not in label.text and "Wajib di loket" in label.find_next("p").text
    inside = {
        name: shown.select_one(f"[name={name}]").find_parent("div", class_=re.compile("^sd-of-"))["class"][0]
        for name in ("institution", "legal_number", "power", "citizen")
    }
    assert list(inside.values()) == ["sd-of-others", "sd-of-entity", "sd-of-group", "sd-of-citizens"]
    sent = page(
        people.ppid, "/meja/permohonan/baru", {"channel": "counter", "applicant_kind": "person", "form": "soft"}
    )
    summary = BeautifulSoup(sent.body, "html.parser").select(".sd-error-summary a")
    fields = [one["name"] for one in BeautifulSoup(sent.body, "html.parser").select("main form [name]")]
    wrong = [one["href"].removeprefix("#field-") for one in summary]
    assert wrong == sorted(wrong, key=fields.index) and len(wrong) > 3, "as the fields stand"
