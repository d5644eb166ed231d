"""A letter's way: looked at, waiting for its number, numbered, signed; both hashes behind the QR."""

from __future__ import annotations

import hashlib
import io
import zipfile
from io import BytesIO

import ckan.model as model
import docx
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action
from pypdf import PdfReader, PdfWriter

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import requests
from ckanext.satudata.shared.documents import letters

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ROUTE = {"dip_result": "listed", "note": "Mohon dijawab segera."}


def words(body: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages).split())


def count(kind) -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(kind))


def letter_of(row, kind) -> Letter:
    model.Session.expire_all()
    return next(one for one in model.Session.scalars(Letter.of_subject("ppid_request", row.id)) if one.kind == kind)


def events(row) -> list[str]:
    return list(model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == row.case_id)))


def scan() -> bytes:
    made, out = PdfWriter(), io.BytesIO()
    made.add_blank_page(200, 200)
    made.write(out)
    return out.getvalue()


@pytest.fixture
def row(asked, row_of):
    """A request that nobody has worked on; it stays readable when a preview gives its transaction back."""
    found = row_of(asked())
    model.Session.expunge(found)
    return found


@pytest.fixture
def typed(people):
    return {**ROUTE, "organization_id": people.agency["id"]}


def test_what_is_looked_at_is_what_is_issued(page, row, people, typed, give):
    before = count(Letter), count(VaultObject), len(events(row))
    address = f"/meja/{row.case_id}/route/pratinjau"
    shown = words(page(people.ppid, address, typed).data)
    edited = docx.Document(BytesIO(page(people.ppid, f"{address}?bentuk=docx", typed).data))
    assert ROUTE["note"] in shown and "DRAF" in shown
    assert any(ROUTE["note"] in paragraph.text for paragraph in edited.paragraphs)
    assert page(people.pembantu, address, typed).status_code == 404
    model.Session.expire_all()
    assert (count(Letter), count(VaultObject), len(events(row))) == before
    give(row.case_id, "route", people.ppid, typed)
    issued = words(letters.content_of(model.Session, letter_of(row, "request_pembantu")))
    body = slice(issued.index("Berdasarkan permohonan"), issued.index("terima kasih"))
    assert issued[body] in shown


def test_a_handover_is_looked_at_without_keeping_the_file(page, routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    before = count(VaultObject)
    sent = {"upload": (BytesIO(b"kecamatan,jumlah\nKlojen,12\n"), "kunjungan.csv")}
    shown = words(page(people.pembantu, f"/meja/{routed.case_id}/handover/pratinjau", sent).data)
    assert "kunjungan.csv" in shown and count(VaultObject) == before


def test_a_letter_waits_for_the_number_of_the_registry(page, row, people, typed):
    kept = page(people.ppid, f"/meja/{row.case_id}/route/konsep", typed)
    assert kept.status_code == 302 and "letter_drafted" in events(row) and count(LetterDraft) == 1
    draft = model.Session.scalars(sa.select(LetterDraft)).one()
    assert b"Mohon dijawab" not in draft.payload + draft.content
    address = f"/meja/{row.case_id}/konsep/{draft.id}"
    assert "menunggu nomor" in words(page(people.ppid, f"{address}.pdf").data)
    assert page(people.ppid, f"{address}.docx").data[:2] == b"PK"
    assert page(people.pembantu, f"{address}.pdf").status_code == 404
    case = page(people.ppid, f"/meja/{row.case_id}").body
    assert "Surat ini menunggu nomor" in case and ROUTE["note"] in case
    done = page(people.ppid, f"/meja/{row.case_id}/route", {**typed, "letter_number": " 500.12 / 77 / 2026 "})
    assert done.status_code == 302 and count(LetterDraft) == 0
    letter = letter_of(row, "request_pembantu")
    assert letter.number == "500.12 / 77 / 2026" and letter.number in words(letters.content_of(model.Session, letter))
    assert page(people.ppid, f"{address}.pdf").status_code == 404


def test_a_typed_number_counts_the_same_and_may_not_collide(asked, row_of, give, people, typed):
    rows = [row_of(asked(question=f"Kunjungan pasien tahun {year}")) for year in (2021, 2022, 2023)]
    give(rows[0].case_id, "route", people.ppid, typed)
    first = letter_of(rows[0], "request_pembantu")
    for taken in (first.number, first.number.lower(), f" {first.number} ", first.number.replace("/", " / ")):
        with pytest.raises(Invalid) as refusal:
            give(rows[1].case_id, "route", people.ppid, {**typed, "letter_number": taken})
        assert refusal.value.field == "letter_number"
        model.Session.rollback()
    second = first.number.replace("/1/", "/2/")
    assert second != first.number
    give(rows[1].case_id, "route", people.ppid, {**typed, "letter_number": second})
    give(rows[2].case_id, "route", people.ppid, typed)
    assert letter_of(rows[2], "request_pembantu").number == first.number.replace("/1/", "/3/")


def test_where_the_registry_numbers_a_kind_no_letter_goes_without_its_number(row, give, people, typed, monkeypatch):
    monkeypatch.setitem(letters.tk.config, "ckanext.satudata.letter.registry_kinds", "notice request_pembantu")
    with pytest.raises(Invalid) as refusal:
        give(row.case_id, "route", people.ppid, typed)
    assert refusal.value.field == "letter_number"
    model.Session.rollback()
    give(row.case_id, "route", people.ppid, {**typed, "letter_number": "77"})
    assert letter_of(row, "request_pembantu").number == "77"


def test_an_agency_has_a_pattern_of_its_own(routed, give, people):
    agency = model.Group.get(people.agency["id"])
    agency.extras["pola_nomor"] = "DINKES/{jenis}/{urut}/{tahun}"
    model.Session.commit()
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": "Memuat riwayat kesehatan pasien."})
    give(routed.case_id, "forward", people.pembantu)
    assert letter_of(routed, "refusal_ppid").number.startswith("DINKES/STL-P/1/")


def test_the_signed_letter_comes_back_and_the_made_one_stays(page, routed, give, people, app):
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": "Memuat riwayat kesehatan pasien."})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", people.ppid)
    letter = letter_of(routed, "refusal_applicant")
    own, address = letters.content_of(model.Session, letter), f"/permohonan/surat/{letter.id}/pindaian"
    assert page(people.ppid, address).status_code == 200
    for user in (people.pembantu, people.other, people.auditor):
        assert page(user, address, {"scan": (BytesIO(scan()), "surat.pdf")}).status_code == 404
    assert page(people.ppid, address, {"scan": (BytesIO(b"gambar"), "surat.png")}).status_code == 422
    assert page(people.ppid, address, {}).status_code == 422
    signed = scan()
    assert page(people.ppid, address, {"scan": (BytesIO(signed), "surat.pdf")}).status_code == 302
    letter, digest = letter_of(routed, "refusal_applicant"), hashlib.sha256(signed).hexdigest()
    assert letter.status == letters.SIGNED and "letter_signed" in events(routed)
    assert page(people.ppid, f"/permohonan/surat/{letter.id}").data == signed
    assert page(people.ppid, f"/permohonan/surat/{letter.id}/asli").data == own
    assert letter.number in str(
        docx.Document(BytesIO(page(people.ppid, f"/permohonan/surat/{letter.id}/docx").data)).core_properties.title
    )
    checked = app.get(f"/surat/{letter.check_code}").body
    assert letter.sha256 in checked and digest in checked and letter.number in checked and "Canary" not in checked
    with zipfile.ZipFile(BytesIO(page(people.ppid, f"/meja/{routed.case_id}/berkas.zip").data)) as archive:
        kept = [archive.read(name) for name in archive.namelist()]
    assert signed in kept and own in kept


def test_the_applicant_gets_the_signed_letter(page, routed, give, people, app):
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": "Memuat riwayat kesehatan pasien."})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", people.ppid)
    letter, signed = letter_of(routed, "refusal_applicant"), scan()
    page(people.ppid, f"/permohonan/surat/{letter.id}/pindaian", {"scan": (BytesIO(signed), "surat.pdf")})
    code = requests.tracking_code(routed)
    got = app.get(f"/permohonan/lacak/{routed.ref}/surat/{letter.id}", auth=(routed.number, code))
    told = call_action("satudata_ppid_request_track", number=routed.number, tracking_code=code)["letters"][-1]
    assert got.data == signed and told["sha256"] == hashlib.sha256(signed).hexdigest()
    assert told["letter_sha256"] == letter_of(routed, "refusal_applicant").sha256 != told["sha256"]


def test_the_signatory_writes_the_block_and_the_officers_table_its_footing(page, row, people, typed, give):
    block = {"name": "Contoh, S.Kom., M.M.", "position": "Sekretaris Dinas", "rank": "Pembina", "nip": "1" * 18}
    assert page(people.ppid, "/meja/tanda-tangan").status_code == 200
    assert page(people.ppid, "/meja/tanda-tangan", {**block, "nip": "12"}).status_code == 422
    assert page(people.ppid, "/meja/tanda-tangan", block).status_code == 302
    model.Session.execute(sa.update(OfficerRole).where(OfficerRole.user_id == people.ppid["id"]).values(kind="an"))
    model.Session.commit()
    give(row.case_id, "route", people.ppid, typed)
    printed = words(letters.content_of(model.Session, letter_of(row, "request_pembantu")))
    assert (
        "a.n. Pejabat Pengelola Informasi dan Dokumentasi, Sekretaris Dinas, Contoh, S.Kom., M.M. Pembina NIP"
        in printed
    )
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "signature_block_changed")).one()
    assert entry.payload == {"fields": ["name", "position", "rank", "nip"]}
