"""A case as one PDF and one ZIP of originals: each person gets what his role may have, and it is journalled."""

import hashlib
import io
import zipfile
from types import SimpleNamespace

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action
from PIL import Image
from pypdf import PdfReader

from ckanext.satudata.model.journal import Journal, JournalHead
from ckanext.satudata.ppid import drafts
from ckanext.satudata.tests.ppid.conftest import CANARIES, NAME, upload

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

DATA = b"kecamatan,jumlah\nKlojen,12\n"


@pytest.fixture
def handed_over(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload(DATA)})
    return routed


def pdf_of(page, user, row):
    answer = page(user, f"/meja/{row.case_id}/berkas.pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


def zip_of(page, user, row):
    """Name -> bytes, each checked against the list of sums that lies in the ZIP."""
    archive = zipfile.ZipFile(io.BytesIO(page(user, f"/meja/{row.case_id}/berkas.zip").data))
    assert archive.testzip() is None
    files = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    return files


def taken(row):
    wanted = sa.select(Journal).where(Journal.chain == row.case_id, Journal.event == "case_file_taken")
    return list(model.Session.scalars(wanted.order_by(Journal.position)))


def test_the_pdf_tells_the_whole_case(handed_over, page, people):
    last = model.Session.get(JournalHead, handed_over.case_id).hash
    text = pdf_of(page, people.pembantu, handed_over)
    assert handed_over.number in text and "Berkas perkara" in text and "Kabupaten" not in text
    assert hashlib.sha256(DATA).hexdigest() in text.replace(" ", "") and "Petugas Pembantu" in text
    assert last in text.replace(" ", "")
    assert not [word for word in CANARIES if word in text]
    (entry,) = taken(handed_over)
    assert (entry.actor_name, entry.payload) == (people.pembantu["name"], {"format": "pdf"})


def test_each_gets_the_originals_of_his_role(handed_over, page, people):
    ppid, pembantu, auditor = (
        zip_of(page, user, handed_over) for user in (people.ppid, people.pembantu, people.auditor)
    )
    assert DATA in ppid.values() and DATA in pembantu.values() and DATA not in auditor.values()
    receipt = [name for name in ppid if "Dokumen-Permohonan-Data" in name]
    assert len(ppid) == len(pembantu) + len(receipt) and receipt
    assert auditor and set(auditor.values()) < set(pembantu.values())
    assert [entry.payload["format"] for entry in taken(handed_over)] == ["zip"] * 3
    assert sorted(taken(handed_over)[2].payload["sha256"]) == sorted(
        hashlib.sha256(body).hexdigest() for body in auditor.values()
    )
    looks = sa.select(Journal.actor_name).where(Journal.event == "identity_viewed")
    assert model.Session.scalars(looks).all() == [people.ppid["name"]]


def test_strangers_and_administrators_get_nothing(handed_over, page, people, app):
    stranger, admin = factories.User(), factories.Sysadmin()
    for user, statuses in ((stranger, (404, 404)), (people.other, (404, 404)), (admin, (200, 403))):
        found = tuple(page(user, f"/meja/{handed_over.case_id}/berkas.{one}").status_code for one in ("pdf", "zip"))
        assert found == statuses, user["name"]
    assert NAME not in pdf_of(page, admin, handed_over)
    anonymous = app.get(f"/meja/{handed_over.case_id}/berkas.zip", follow_redirects=False)
    assert anonymous.status_code == 302
    assert page(people.ppid, "/meja/tidak-ada/berkas.pdf").status_code == 404


def test_the_action_names_what_there_is(handed_over, people):
    def papers(user):
        context = {"user": user["name"], "ignore_auth": False}
        return call_action("satudata_case_file_show", context, id=handed_over.case_id)

    shown = papers(people.auditor)
    assert shown["zip"].endswith(f"/meja/{handed_over.case_id}/berkas.zip")
    handed = next(one for one in shown["papers"] if one["sha256"] == hashlib.sha256(DATA).hexdigest())
    assert (handed["url"], handed["in_zip"]) == (None, False)
    mine = next(one for one in papers(people.pembantu)["papers"] if one["sha256"] == handed["sha256"])
    assert mine["in_zip"] and "/permohonan/serah/" in mine["url"]
    assert taken(handed_over) == []


def test_the_page_of_the_case_leads_to_both(handed_over, page, people):
    body = page(people.pembantu, f"/meja/{handed_over.case_id}").body
    assert "berkas.pdf" in body and "berkas.zip" in body
    assert "berkas.zip" not in page(factories.Sysadmin(), f"/meja/{handed_over.case_id}").body


def test_the_pdf_tells_where_each_file_has_been(handed_over, page, people, give):
    (file,) = drafts.files_in_force(model.Session, handed_over)
    page(people.ppid, f"/permohonan/serah/{file.id}")
    give(handed_over.case_id, "attest", people.ppid, {"sha256": file.sha256, "checked": "true"})
    text = pdf_of(page, people.auditor, handed_over)
    told = text[text.index("Perjalanan setiap berkas") :]
    assert "Petugas Pembantu, Dinas Kesehatan" in told and file.sha256 in told.replace(" ", "")
    assert told.count("Petugas PPID") >= 2, "who opened it, and who answers for it"


def test_the_applicants_documents_are_in_the_zip_of_the_office_only(asked, row_of, give, page, people):
    image = io.BytesIO()
    Image.new("RGB", (40, 30), "#663399").save(image, "JPEG")
    image.seek(0)
    row = row_of(asked(identity=SimpleNamespace(filename="ktp-kirana.jpg", stream=image)))
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    mine = zip_of(page, people.ppid, row)
    (name,) = [one for one in mine if "identity" in one]
    assert mine[name].startswith(b"\xff\xd8\xff") and "kirana" not in name
    for user in (people.pembantu, people.auditor):
        assert not [one for one in zip_of(page, user, row) if "identity" in one]
        assert "Dokumen identitas" not in pdf_of(page, user, row)
    looks = sa.select(Journal.actor_name).where(Journal.event == "applicant_file_viewed")
    assert model.Session.scalars(looks).all() == [people.ppid["name"]]


def test_who_only_runs_the_portal_is_told_why_there_is_no_zip(handed_over, page):
    admin = factories.Sysadmin()
    answer = page(admin, f"/meja/{handed_over.case_id}/berkas.zip")
    assert answer.status_code == 403 and "Pengelola portal" in answer.body
    context = {"user": admin["name"], "ignore_auth": False}
    assert call_action("satudata_case_file_show", context, id=handed_over.case_id)["zip"] is None
    assert not [entry for entry in taken(handed_over) if entry.payload["format"] == "zip"]
