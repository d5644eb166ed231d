"""Files of a request: several at once, scanned, masked, attested by their bytes; the chain of custody tells it."""

from __future__ import annotations

import csv
import io
import random
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.look import Look
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_masking import PpidMasking
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import drafts, masking
from ckanext.satudata.shared import clock, process, vault
from ckanext.satudata.shared.files import looks
from ckanext.satudata.tests.personal import values
from ckanext.satudata.tests.ppid.conftest import upload
from ckanext.satudata.tests.support import whole_files

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

CHANCE = random.Random(11)
NIKS = [values.nik(CHANCE) for _ in range(30)]
LOOKED = "Saya membuka semua halamannya; tidak ada nama orang."
PLAN = {"ending": "csv", "sheets": [{"sheet": "", "columns": {"0": "partly", "1": "keep"}}]}


def people_table() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["NIK", "Kecamatan"], *([nik, "Klojen"] for nik in NIKS)])
    return out.getvalue().encode()


def files(row):
    model.Session.expire_all()
    return drafts.files_in_force(model.Session, model.Session.get(PpidRequest, row.id))


@pytest.fixture
def granted(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    return routed


@pytest.fixture
def with_people(granted, give, people):
    """A file with NIKs lies with PPID."""
    give(granted.case_id, "handover", people.pembantu, {"upload": upload(people_table(), "penerima.csv")})
    return granted


def attest(give, people, row, **said):
    sent = {"sha256": [file.sha256 for file in files(row)], "checked": "true", **said}
    return give(row.case_id, "attest", people.ppid, sent)


def mask(user, file, **said):
    return call_action("satudata_handover_mask", {"user": user["name"], "ignore_auth": False}, id=file.id, **said)


def test_several_files_are_handed_over_replaced_and_attested_together(granted, give, people, page):
    both = [upload(name="a.csv"), upload(b"kecamatan,jumlah\nSukun,8\n", "b.csv"), upload(name="sama.csv")]
    give(granted.case_id, "handover", people.pembantu, {"upload": both})
    first = files(granted)
    assert [file.filename for file in first] == ["a.csv", "b.csv"]  # the same bytes once
    give(granted.case_id, "return_", people.ppid, {"note": "b.csv kurang", "organization_id": people.agency["id"]})
    give(granted.case_id, "handover", people.pembantu, {"upload": upload(name="a.csv"), "upload_2": both[1]})
    now = files(granted)
    assert len(now) == 2 and not {file.id for file in first} & {file.id for file in now}
    assert all(model.Session.get(PpidHandover, file.id).replaced_at for file in first)
    with pytest.raises(Conflict):
        attest(give, people, granted, sha256=now[0].sha256)
    attest(give, people, granted, sha256=" ".join(file.sha256 for file in now))
    assert all(file.attested for file in files(granted))
    shown = page(people.ppid, f"/meja/{granted.case_id}").body
    assert shown.count("sudah diganti") + shown.count("diganti") >= 2 and "Petugas Pembantu, Dinas Kesehatan" in shown


def test_what_the_scan_cannot_read_needs_the_officers_own_words(granted, give, people, page):
    give(granted.case_id, "handover", people.pembantu, {"upload": upload(whole_files.pdf(), "daftar.pdf")})
    assert "tidak diperiksa, lihat sendiri" in page(people.ppid, f"/meja/{granted.case_id}?tindakan=attest").body
    for words in ("", "ya"):
        with pytest.raises(Invalid) as refusal:
            attest(give, people, granted, statement=words)
        assert refusal.value.field == "statement"
    attest(give, people, granted, statement=LOOKED)
    assert files(granted)[0].statement == LOOKED
    assert LOOKED in page(people.auditor, f"/meja/{granted.case_id}").body


def test_a_scan_that_is_not_finished_blocks_the_attestation(granted, give, people):
    give(granted.case_id, "handover", people.pembantu, {"upload": upload()})
    model.Session.execute(sa.delete(Look))
    model.Session.commit()
    with pytest.raises(Invalid) as refusal:
        attest(give, people, granted)
    assert refusal.value.field == "statement"


def test_a_masked_copy_takes_the_originals_place_and_needs_its_own_word(with_people, give, people):
    row, (original,) = with_people, files(with_people)
    with pytest.raises(Invalid):
        attest(give, people, row)
    attest_as = {"sha256": original.sha256, "checked": "true", "statement": LOOKED, "ground": "consent"}
    (shown,) = mask(people.ppid, original, plan=PLAN, preview=True)["tables"]
    assert shown["sample"][0] == [f"{NIKS[0][:4]}******", "Klojen"] and len(shown["sample"]) == 20
    made = mask(people.ppid, original, plan=PLAN)
    (copy,) = files(row)
    assert made["state"] == "done" and made["id"] == copy.id and copy.made_from == original.id
    content = vault.read_bytes(model.Session, copy.vault_id)
    assert not [nik for nik in NIKS if nik.encode() in content] and content.count(b"\n") == 31
    assert vault.read_bytes(model.Session, original.vault_id) == people_table()
    with pytest.raises(Conflict):
        give(row.case_id, "attest", people.ppid, attest_as)
    attest(give, people, row)
    assert files(row)[0].attested
    told = {"user": people.ppid["name"], "ignore_auth": False}
    listed = call_action("satudata_handover_list", told, id=row.number)
    assert [(one["source"], one["in_force"], one["attested"]) for one in listed] == [
        ("masked", True, True),
        ("upload", False, False),
    ]
    assert listed[0]["inspection"] == "clean" and listed[0]["made_from"] == original.id
    events = list(model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == row.case_id)))
    assert {"masking_previewed", "file_masked", "personal_data_check_attested"} <= set(events)
    kept = [repr(one) for one in model.Session.scalars(sa.select(Look.result))]
    kept += [repr(one) for one in model.Session.scalars(sa.select(PpidHandover.masking))]
    kept += [repr(one) for one in model.Session.scalars(sa.select(Journal.payload))]
    assert not [nik for nik in NIKS if any(nik in text for text in kept)]


def test_nobody_delivers_what_nobody_attested(with_people, give, people):
    """Neither a sysadmin with every role nor one who passes by auth, and not after the copy became another."""
    row, (original,) = with_people, files(with_people)
    everything = Actor(people.ppid["id"], "all", tuple(Held(role, None) for role in Role), is_sysadmin=True)
    give(
        row.case_id,
        "attest",
        people.ppid,
        {"sha256": original.sha256, "checked": "true", "statement": LOOKED, "ground": "consent"},
    )
    model.Session.execute(sa.update(PpidHandover).values(attested_sha256=None))
    model.Session.commit()
    with pytest.raises(Conflict):
        process.apply({"ignore_auth": True}, row.case_id, "deliver", actor=everything)


def test_only_ppid_masks_while_it_checks(with_people, give, people, page):
    (original,) = files(with_people)
    path = f"/meja/{with_people.case_id}/samarkan/{original.id}"
    for user in (people.pembantu, people.other, people.auditor):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            mask(user, original, plan=PLAN)
        assert page(user, path).status_code == 404
    assert page(people.ppid, f"/meja/lain/samarkan/{original.id}").status_code == 404
    with pytest.raises(tk.ValidationError):
        mask(people.ppid, original, plan={"sheets": []})
    attest(give, people, with_people, statement=LOOKED, ground="consent")
    with pytest.raises(tk.ValidationError):
        mask(people.ppid, original, plan=PLAN)


def test_the_form_proposes_previews_and_makes(with_people, people, page):
    (original,) = files(with_people)
    path = f"/meja/{with_people.case_id}/samarkan/{original.id}"
    form = page(people.ppid, path).body
    assert "NIK (100%)" in form and '<option value="remove" selected' in form
    typed = {"take-0": "true", "c-0-0": "blank", "c-0-1": "keep", "ending": "xlsx"}
    shown = page(people.ppid, path, {**typed, "do": "preview"}).body
    assert "Pratinjau" in shown and "Klojen" in shown and NIKS[0] not in shown and len(files(with_people)) == 1
    refused = page(people.ppid, path, {**typed, "c-0-0": "remove", "c-0-1": "remove", "do": "make"})
    assert refused.status_code == 422 and "Sekurangnya satu kolom" in refused.body
    page(people.ppid, path, {**typed, "do": "make"})
    (copy,) = files(with_people)
    assert copy.filename == "penerima-samaran.xlsx"
    assert "Salinan yang disamarkan dari" in page(people.ppid, f"/meja/{with_people.case_id}").body
    page(people.ppid, f"/meja/{with_people.case_id}/samarkan/{copy.id}", {"do": "original"})
    assert [file.id for file in files(with_people)] == [original.id]


def test_an_order_that_was_lost_is_made_once(with_people, people, monkeypatch):
    (original,) = files(with_people)
    monkeypatch.setattr(masking, "begin", lambda masking_id: None)
    assert mask(people.ppid, original, plan=PLAN)["state"] == "waiting"
    model.Session.execute(sa.update(PpidMasking).values(state="running", changed_at=clock.now() - timedelta(hours=1)))
    model.Session.commit()
    masking.make_lost()
    masking.make_lost()
    order = model.Session.scalars(sa.select(PpidMasking)).one()
    (copy,) = files(with_people)
    assert order.state == "done" and order.copy_id == copy.id
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(PpidHandover)) == 2


def look_at(file):
    """The row in which the scan of a file stands."""
    return model.Session.scalars(sa.select(Look).where(Look.first_id == file.vault_id)).one()


def test_a_scan_that_failed_is_tried_once_more(granted, give, people, page):
    give(granted.case_id, "handover", people.pembantu, {"upload": upload()})
    (file,) = files(granted)
    with pytest.raises(tk.ValidationError):
        rescan(people.ppid, file)
    look = look_at(file)
    look.state, look.result, look.fault = "failed", None, {"message": looks.FAILED, "params": {}}
    model.Session.commit()
    shown = page(people.ppid, f"/meja/{granted.case_id}?tindakan=attest").body
    assert "Pindai berkas sekali lagi" in shown and "lihat sendiri" in shown
    assert page(people.other, f"/permohonan/serah/{file.id}/pindai", {}).status_code == 404
    assert page(people.ppid, f"/permohonan/serah/{file.id}/pindai", {}).status_code == 302
    model.Session.expire_all()
    assert look_at(file).state == "done"
    told = sa.select(Journal.actor_name).where(Journal.event == "scan_repeated")
    assert model.Session.scalars(told).all() == [people.ppid["name"]]


def rescan(user, file):
    return call_action("satudata_handover_scan", {"user": user["name"], "ignore_auth": False}, id=file.id)


def test_a_file_that_keeps_the_scan_busy_is_left_to_a_job_and_fails_there(granted, give, people, page, monkeypatch):
    monkeypatch.setattr(looks, "PATIENCE", 0.01)
    body = b"kecamatan,jumlah\n" + b"Klojen,12\n" * 3000
    assert looks.TINY < len(body) < looks.SMALL
    give(granted.case_id, "handover", people.pembantu, {"upload": upload(body)})
    (file,) = files(granted)
    look = look_at(file)
    assert look.state == "waiting" and look.result is None, "the web process did not wait for it"
    monkeypatch.setattr(looks, "SECONDS", 0.01)
    looks.run(look.id)
    model.Session.expire_all()
    assert look_at(file).fault["message"] == "The file takes too long to look into."
    assert "tidak diperiksa" in page(people.ppid, f"/meja/{granted.case_id}?tindakan=attest").body
    with pytest.raises(Invalid) as refusal:
        attest(give, people, granted)
    assert refusal.value.field == "statement"
    monkeypatch.undo()
    assert rescan(people.ppid, file)["inspection"] == "clean"


def test_a_copy_that_takes_long_is_left_to_a_job(with_people, people, monkeypatch):
    (original,) = files(with_people)
    monkeypatch.setattr(looks, "PATIENCE", 0.01)
    assert mask(people.ppid, original, plan=PLAN)["state"] == "waiting"
    (order,) = model.Session.scalars(sa.select(PpidMasking))
    masking.make(order.id)
    assert files(with_people)[0].made_from == original.id
