"""What letters and the tracking page tell of an answer is true: of several agencies, of personal data, of decrees."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.list_candidate import ListCandidate
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import dip, drafts, own_data, requests, standing
from ckanext.satudata.shared import clock, crypto
from ckanext.satudata.tests.access.test_decrees import SK, scan
from ckanext.satudata.tests.ppid.conftest import ASKED, _officer, upload
from ckanext.satudata.tests.ppid.test_masking import NIKS, PLAN, people_table

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
CONSENT = "Semua penerima memberi persetujuan tertulis tanggal 2 Maret."


def letter(row, kind):
    """The newest letter of this kind and everything it prints."""
    model.Session.expire_all()
    found = [one for one in model.Session.scalars(Letter.of_subject("ppid_request", row.id)) if one.kind == kind][-1]
    content = json.loads(crypto.unseal(found.content))
    return found, json.dumps(content["blocks"], ensure_ascii=False), content["attachment"]


def told(row):
    model.Session.expire_all()
    return standing.for_applicant(model.Session, model.Session.get(PpidRequest, row.id))


def attest(give, people, row, **said):
    held = drafts.files_in_force(model.Session, row)
    give(row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in held], "checked": "true", **said})


@pytest.fixture
def promised():
    return {"promised_on": clock.calendar(model.Session).shift(clock.today(), 7).isoformat()}


def test_two_agencies_that_decide_differently_are_told_apart(asked, row_of, give, people, promised):
    second = factories.Organization(title="Dinas Pendidikan")
    giver = _officer("Petugas Kedua", Role.PPID_PEMBANTU, second["id"])
    row = row_of(asked())
    both = [people.agency["id"], second["id"]]
    give(row.case_id, "route", people.ppid, {"organization_id": both, "dip_result": "listed"})
    give(row.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": WHY})
    assert told(row)["sentence"].startswith("Dinas Pendidikan is deciding")
    give(row.case_id, "grant", giver)
    early = told(row)
    assert early["decision"] is None and early["sentence"].startswith("The decision is made."), "not before the notice"
    assert not [one for one in early["timeline"] if "data" in one["title"] and "agency that has" not in one["title"]]
    give(row.case_id, "notify", people.ppid, promised)
    shown = told(row)
    assert shown["sentence"] == "A part of the data may be given. Dinas Pendidikan is preparing the file."
    assert (shown["decision"], shown["agency"]) == ("granted_in_part", "Dinas Kesehatan, Dinas Pendidikan")
    assert any(one["title"].endswith("(Dinas Kesehatan)") for one in shown["timeline"])
    given, withheld = (f"data yang dimohon dari {name}" for name in ("Dinas Pendidikan", "Dinas Kesehatan"))
    _row, notice, _annexes = letter(row, "notice")
    for words in (f'"d. Materi yang diberikan", "{given}"', f'"e. Bagian yang dikecualikan", "{withheld}: dihitamkan'):
        assert words in notice
    assert '"Produsen data", "Dinas Kesehatan, Dinas Pendidikan"' in notice and "seluruh data" not in notice
    (entry,) = call_action("satudata_request_register_full_list", {"user": people.ppid["name"], "ignore_auth": False})[
        "results"
    ]
    assert "Dinas Kesehatan; Dinas Pendidikan" in str(entry)
    give(row.case_id, "forward", people.pembantu)
    give(row.case_id, "handover", giver, {"upload": upload()})
    attest(give, people, row)
    here = next(step for step in model.Session.scalars(CaseStep.open_of(row.case_id)) if step.no == "13")
    give(row.case_id, "deliver", people.ppid, step_id=here.id)
    _row, delivery, _annexes = letter(row, "delivery_applicant")
    assert '["Nama berkas", "kunjungan.csv"], ["Produsen data", "Dinas Pendidikan"]' in delivery
    assert '"data yang dimohon dari Dinas Kesehatan"], ["Produsen data", "Dinas Kesehatan"]' in delivery
    candidate = model.Session.scalars(ListCandidate.of_request(row.id)).one()
    assert candidate.organization_id == second["id"], "the agency of the files"


@pytest.mark.parametrize(
    ("command", "sent"),
    [("already_public", {"link": "https://contoh.example/data"}), ("pass_on", {"body": "BPS Kota Contoh"})],
)
def test_what_one_agency_granted_is_not_thrown_away_with_what_another_sent_back(
    asked, row_of, give, people, command, sent
):
    second = factories.Organization(title="Dinas Pendidikan")
    giver = _officer("Petugas Kedua", Role.PPID_PEMBANTU, second["id"])
    row = row_of(asked())
    both = [people.agency["id"], second["id"]]
    give(row.case_id, "route", people.ppid, {"organization_id": both, "dip_result": "listed"})
    give(row.case_id, "grant", giver)
    give(row.case_id, "return_", people.pembantu, {"note": "Bukan data kami, mohon diarahkan kembali."})
    with pytest.raises(Conflict) as refusal:
        give(row.case_id, command, people.ppid, sent)
    assert refusal.value.params["agencies"] == "Dinas Pendidikan"
    model.Session.rollback()
    assert model.Session.get(PpidRequest, row.id).closed_at is None


def test_found_personal_data_goes_out_whole_only_on_a_ground_and_the_letter_says_so(routed, give, people, page):
    row = routed
    give(row.case_id, "grant", people.pembantu)
    give(row.case_id, "handover", people.pembantu, {"upload": upload(people_table(), "penerima.csv")})
    for said, field in (
        ({"statement": CONSENT}, "ground"),
        ({"statement": CONSENT, "ground": "saya kira"}, "ground"),
        ({"statement": "", "ground": "consent"}, "statement"),
        ({"statement": CONSENT, "ground": "law"}, "statement"),
    ):
        with pytest.raises(Invalid) as refusal:
            attest(give, people, row, **said)
        assert refusal.value.field == field
    choice = BeautifulSoup(page(people.ppid, f"/meja/{row.case_id}?tindakan=attest").body, "html.parser").select_one(
        "select[name^=ground]"
    )
    assert choice.option["value"] == "" and not choice.select("[selected]"), "no ground is chosen beforehand"
    attest(give, people, row, statement=CONSENT, ground="consent")
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "personal_data_check_attested")).one()
    assert entry.payload["ground"] == "consent"
    give(row.case_id, "deliver", people.ppid)
    _row, said, _annexes = letter(row, "delivery_applicant")
    assert "NIK: orang yang bersangkutan memberi persetujuan tertulis" in said and CONSENT in said
    assert "dan tidak memuat data pribadi yang belum disamarkan" not in said and "wajib melindungi" in said


def _hinted(which):
    """Files in which the scan finds nothing that has a structure in a column of its own."""
    names = ("Sri Wahyuni", "Budi Santoso", "Agus Setiawan", "Dewi Lestari", "Siti Aminah")
    said = [
        ["nama", "jabatan"],
        ["tanggal", "isi aduan"],
        ["nama", "diagnosis"],
    ][which]
    rows = [
        [
            [names[n % 5], "Lurah"],
            ["2026-01-02", f"Saya {names[n % 5]}, NIK {NIKS[n % len(NIKS)]}, belum menerima bantuan"],
            [names[n % 5], ("HIV stadium I", "TB paru")[n % 2]],
        ][which]
        for n in range(30)
    ]
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in [said, *rows]).encode()


@pytest.mark.parametrize(("which", "kind"), [(0, "nama orang"), (1, "uraian bebas"), (2, "keterangan kesehatan")])
def test_hints_go_out_with_the_officers_word_only_and_the_letter_does_not_deny_them(
    routed, give, people, page, which, kind
):
    row, field = routed, "ground" if which else "statement"
    give(row.case_id, "grant", people.pembantu)
    give(row.case_id, "handover", people.pembantu, {"upload": upload(_hinted(which), "daftar.csv")})
    with pytest.raises(Invalid) as refusal:
        attest(give, people, row)
    assert refusal.value.field == field
    form = BeautifulSoup(page(people.ppid, f"/meja/{row.case_id}?tindakan=attest").body, "html.parser")
    assert bool(form.select_one("select[name=ground]")) is bool(which)
    assert form.select_one("textarea[name=statement]").get("aria-required") == "true"
    said = "Daftar pejabat kelurahan yang diumumkan pada situs resmi."
    attest(give, people, row, statement=said, ground="not_personal" if which else "")
    give(row.case_id, "deliver", people.ppid)
    _row, told, _annexes = letter(row, "delivery_applicant")
    assert f'"Temuan pemindaian", "{kind}' in told or f", {kind}" in told
    assert said in told and "bersama pernyataan petugas" in told
    assert "dan tidak memuat data pribadi yang belum disamarkan" not in told


@pytest.mark.parametrize("statement", [None, "Sudah saya lihat baris demi baris."])
def test_of_what_was_attested_before_a_ground_was_needed_no_ground_is_told(routed, give, people, statement):
    row = routed
    give(row.case_id, "grant", people.pembantu)
    give(row.case_id, "handover", people.pembantu, {"upload": upload(people_table(), "penerima.csv")})
    attest(give, people, row, statement=CONSENT, ground="consent")
    (file,) = drafts.files_in_force(model.Session, row)
    file.ground, file.statement = None, statement
    model.Session.commit()
    give(row.case_id, "deliver", people.ppid)
    _row, told, _annexes = letter(row, "delivery_applicant")
    assert "bersama dasarnya" not in told and "diberikan utuh" not in told
    assert '"Temuan pemindaian", "NIK' in told and "dan tidak memuat data pribadi" not in told
    assert ("bersama pernyataan petugas" in told) is bool(statement) and (statement or "") in told


def test_each_file_with_personal_data_has_its_own_ground_and_the_letter_tells_them_apart(routed, give, people, page):
    row, law = routed, "Pasal 20 UU 27/2022 mewajibkan daftar ini diberikan."
    give(row.case_id, "grant", people.pembantu)
    files = {"upload": upload(people_table(), "setuju.csv"), "upload_2": upload(people_table() + b"\n", "wajib.csv")}
    give(row.case_id, "handover", people.pembantu, files)
    first, second = sorted(drafts.files_in_force(model.Session, row), key=lambda one: one.filename)
    shown = page(people.ppid, f"/meja/{row.case_id}?tindakan=attest").body
    assert f'name="ground_{first.sha256}"' in shown and f'name="ground_{second.sha256}"' in shown
    assert 'name="ground"' not in shown
    assert 'name="statement"' not in shown
    with pytest.raises(Invalid) as refusal:
        attest(give, people, row, statement=CONSENT, ground="consent")
    assert len(refusal.value.errors) == 4, "one sentence for both is nobody's look at either"
    own = {f"ground_{first.sha256}": "consent", f"statement_{first.sha256}": CONSENT}
    with pytest.raises(Invalid) as refusal:
        attest(give, people, row, statement=law, **own)
    assert refusal.value.field == f"ground_{second.sha256}"
    own |= {f"ground_{second.sha256}": "law", f"statement_{second.sha256}": CONSENT}
    with pytest.raises(Invalid) as refusal:
        attest(give, people, row, **own)
    assert refusal.value.field == f"statement_{second.sha256}", "the Act is named for this file"
    attest(give, people, row, **{**own, f"statement_{second.sha256}": law})
    give(row.case_id, "deliver", people.ppid)
    _row, said, _annexes = letter(row, "delivery_applicant")
    of_first, of_second = said.split("setuju.csv", 1)[1].split("wajib.csv", 1)
    assert "persetujuan tertulis" in of_first and CONSENT in of_first and law not in of_first
    assert "diwajibkan undang-undang" in of_second and law in of_second and CONSENT not in of_second


def test_the_letter_names_the_columns_that_were_masked(routed, give, people):
    row = routed
    give(row.case_id, "grant", people.pembantu)
    told = {"upload": upload(people_table(), "penerima.csv"), "period": "2023–2025"}
    with pytest.raises(Invalid):
        give(row.case_id, "handover", people.pembantu, {**told, "period": "x" * 101})
    model.Session.rollback()
    give(row.case_id, "handover", people.pembantu, told)
    assert '"Periode data", "2023–2025"' in letter(row, "delivery_ppid")[1]
    (original,) = drafts.files_in_force(model.Session, row)
    as_ppid = {"user": people.ppid["name"], "ignore_auth": False}
    call_action("satudata_handover_mask", as_ppid, id=original.id, plan=PLAN)
    model.Session.expire_all()
    attest(give, people, row)
    give(row.case_id, "deliver", people.ppid)
    _row, said, _annexes = letter(row, "delivery_applicant")
    assert '"Data pribadi yang disamarkan", "NIK disamarkan sebagian"' in said
    assert '"Periode data", "2023–2025"' in said
    assert '"Format dan ukuran", "CSV, ' in said and "dan tidak memuat data pribadi yang belum disamarkan" in said


@pytest.mark.parametrize(("level", "goes_along"), [("Terbatas", True), ("Tertutup", False)])
def test_the_decree_of_a_refusal_goes_with_the_letter_where_everybody_may_know_its_lines(
    routed, give, people, page, app, level, goes_along
):
    walidata = _officer("Petugas Walidata", Role.WALIDATA)
    as_walidata = {"user": walidata["name"], "ignore_auth": False}
    rows = [{"what": "Riwayat kesehatan", "level": level, "dataset": ""}]
    paper = scan()
    decree = call_action("satudata_decree_create", as_walidata, **SK, rows=rows, scan=paper)
    row = routed
    give(row.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": WHY})
    model.Session.execute(sa.update(PpidPart).values(decree_id=decree["id"]))
    model.Session.commit()
    give(row.case_id, "forward", people.pembantu)
    give(row.case_id, "deliver", people.ppid)
    sent, said, attachment = letter(row, "refusal_applicant")
    theirs = {one["id"]: one["annexes"] for one in told(row)["letters"]}[sent.id]
    cited = f"Nomor {SK['number']} tanggal"
    if not goes_along:
        assert f'"Dasar penetapan", "Keputusan Kepala Daerah {cited}' in said
        assert "Terlampir" not in said and (attachment, theirs) == ("-", [])
        return
    assert f'"Terlampir", "Keputusan Kepala Daerah {cited}' in said and attachment == "1 keputusan pengecualian"
    (annex,) = theirs
    path = f"/permohonan/lacak/{row.ref}/surat/{sent.id}/lampiran/{annex['id']}"
    proof = (row.number, requests.tracking_code(row))
    got = app.get(path, auth=proof)
    assert got.status_code == 200 and len(got.data) == annex["size"] and got.data.startswith(b"%PDF")
    assert app.get(path, auth=(row.number, "salah")).status_code == 404
    assert app.get(path, follow_redirects=False).status_code == 303
    officers = f"/permohonan/surat/{sent.id}/lampiran/{annex['id']}"
    assert page(people.ppid, officers).status_code == 200 and page(people.other, officers).status_code == 404
    shown = call_action("satudata_case_file_show", {"user": people.ppid["name"], "ignore_auth": False}, id=row.case_id)
    assert annex["sha256"] in json.dumps(shown, default=str)
    with zipfile.ZipFile(io.BytesIO(own_data.archive(model.Session, row))) as packed:
        assert [name for name in packed.namelist() if "/Lampiran-1-" in name]


def test_who_waits_past_the_legal_day_is_not_counted_as_answered_in_time(refused, asked, row_of, freezer, app):
    freezer.move_to(clock.now())
    late = row_of(asked())
    freezer.move_to(f"{clock.calendar().shift(clock.today(), 12)} 03:00:00")
    figures = call_action("satudata_request_register_list")["figures"]
    assert (figures["answered"], figures["overdue"], figures["on_time_share"]) == (1, 1, 50)
    assert "1 dari 2 yang dijawab atau lewat waktu" in app.get("/permohonan/register").body and late.closed_at is None


def test_no_alarm_of_vacant_steps_while_the_agency_is_not_chosen(asked, row_of, people, page):
    row = row_of(asked())
    assert "Tidak ada yang dapat menjalankan langkah ini" not in page(people.ppid, f"/meja/{row.case_id}").body


def test_an_office_is_told_to_confirm_its_address_first_and_that_walidata_answers(asked, row_of):
    office = {
        "applicant_kind": "government",
        "institution": "Dinas Perumahan Contoh",
        "email": "data@perumahan.nusasari.go.id",
        "occupation": "Analis data",
        "nik": "",
        "citizen": "",
    }
    made = asked(**office)
    assert told(row_of(made))["sentence"].startswith("Confirm the official e-mail address")
    proof = {"number": made["number"], "tracking_code": made["tracking_code"]}
    call_action("satudata_ppid_request_confirm", **proof, code=requests.confirmation_code(row_of(made)))
    assert told(row_of(made))["sentence"].startswith("Walidata is checking whether the data exists")


def test_only_wrong_codes_are_limited(asked, monkeypatch):
    monkeypatch.setattr(requests, "WRONG_PER_HOUR", 2)
    made = asked()
    right = {"number": made["number"], "tracking_code": made["tracking_code"]}
    for _ in range(5):
        call_action("satudata_ppid_request_track", **right)
    for _ in range(2):
        with pytest.raises(tk.ValidationError):
            call_action("satudata_ppid_request_track", **{**right, "tracking_code": "salah"})
    with pytest.raises(tk.ValidationError) as refusal:
        call_action("satudata_ppid_request_track", **right)
    assert "Too many attempts" in str(refusal.value.error_dict)


def test_a_request_entered_late_has_its_steps_due_from_the_receipt_and_gives_its_code(people, no_limits, freezer):
    freezer.move_to("2026-03-05 03:00:00")
    as_ppid = {"user": people.ppid["name"], "ignore_auth": False}
    sent = {**ASKED, "channel": "counter", "received_at": "2026-03-02", "key": "k1"}
    made = call_action("satudata_ppid_request_enter", dict(as_ppid), **sent)
    assert (
        call_action("satudata_ppid_request_track", number=made["number"], tracking_code=made["tracking_code"])["ref"]
        == made["ref"]
    )
    dues = {step.no: step.due_on for step in model.Session.scalars(CaseStep.open_of(made["case_id"]))}
    assert (dues["5a"], dues["7"]) == (date(2026, 3, 5), date(2026, 3, 6)), "3 and 1 + 3 days from the receipt"
    again = call_action("satudata_ppid_request_enter", dict(as_ppid), **sent)
    assert (again["created"], again["tracking_code"]) == (False, None)


def test_only_rows_that_are_there_are_recorded_as_found(asked, row_of, give, people):
    row = row_of(asked())
    found = {"organization_id": people.agency["id"], "dip_result": "listed", "dip_found": ["dip:zzz"]}
    with pytest.raises(Invalid) as refusal:
        give(row.case_id, "route", people.ppid, found)
    assert refusal.value.field == "dip_found"


def test_what_could_only_be_refused_is_not_offered(routed, people, freezer):
    def offered():
        shown = call_action(
            "satudata_case_show", {"user": people.ppid["name"], "ignore_auth": False}, id=routed.case_id
        )
        return {one["command"] for one in shown["commands"]} & {"extend", "take_over"}

    assert offered() == {"extend"}
    freezer.move_to(f"{clock.calendar().shift(clock.today(), 12)} 03:00:00")
    assert offered() == {"take_over"}


def test_words_that_every_row_holds_are_no_hint_of_what_is_on_the_list(monkeypatch):
    titles = ["Data curah hujan bulanan per stasiun", *(f"Data bulanan nomor {count}" for count in range(12))]
    columns = (sa.column("title", sa.Text), sa.column("notes", sa.Text))
    rows = sa.select(sa.values(*columns, name="rows").data([(title, "") for title in titles]))
    monkeypatch.setattr(dip.information_lists, "of", lambda *a, **kw: SimpleNamespace(select=lambda actor: rows))
    words = ["data", "curah", "hujan", "bulanan", "2020"]
    assert [row.title for row in dip._rows(model.Session, "dip", ("title", "notes"), words)] == titles[:1]
    assert dip._rows(model.Session, "dip", ("title", "notes"), ["data", "jalan", "bulanan", "rusak"]) == []
