"""Requests under attack: what was typed to harm, bytes that were changed, forms of others, words that name a person."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories

from ckanext.satudata.domain import contact, erasing, intake, refusal
from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.giving import COST_MOST, faults
from ckanext.satudata.domain.personal import masking
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.list_candidate import ListCandidate
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import addresses, jobs, routing
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.files import store
from ckanext.satudata.tests.access.support import make, publish
from ckanext.satudata.tests.ppid.conftest import ACCEPTED, EMAIL, NAME, link_of, upload
from ckanext.satudata.tests.ppid.test_objections import REASONS, objected

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def test_texts_that_only_cost_time_are_refused_at_once():
    assert not refusal.names_act("uu " * 200_000) and refusal.names_act("UU Nomor 27 Tahun 2022")
    assert [one.field for one in refusal.faults("17j", "x" * 40, "UU 27/2022 " * 100)] == ["detail"]
    assert [one.field for one in faults({"cost": "9" * 5_000})] == ["cost"]
    assert not list(faults({"cost": str(COST_MOST), "payment": "cash"}))


@pytest.mark.parametrize("typed", ["........", "+------------", "٠٨١٢٣٤٥٦٧٨٩٠", "1" * 20])
def test_a_number_nobody_can_call_is_none(typed):
    assert contact.phone_fault(typed) is not None


@pytest.mark.parametrize("typed", ["2026-03-02 sampah", "2026-03-02 25:00", "2026-03-02Tkapan"])
def test_what_stands_behind_a_day_is_not_passed_over(typed):
    with pytest.raises(Invalid):
        intake.received(typed, clock.now(), clock.zone(), 100_000)


@pytest.mark.parametrize("text", ["Data SITI  CONTOH tahun 2024", "Data Siti\nContoh tahun 2024", "Data Bu Siti"])
def test_a_name_is_left_out_however_it_is_written(text):
    assert "siti" not in erasing.without_person(text, {"name": "Siti Contoh"}).lower()


def test_an_office_stays_an_office(asked, row_of):
    row = row_of(asked(applicant_kind="government", institution="Dinas Contoh", email="orang@contoh.go.id"))
    with pytest.raises(Invalid) as refused:
        addresses.change_email(model.Session, row.id, "orang@contoh.example")
    assert refused.value.field == "email"
    addresses.change_email(model.Session, row.id, "lain@contoh.go.id")
    person = row_of(asked())
    addresses.change_email(model.Session, person.id, "orang@contoh.example")


def test_a_request_with_an_outside_number_can_be_split(asked, row_of, give, people):
    row = row_of(asked())
    row.outside_number = "PPID-17/2026"
    model.Session.commit()
    for field in ("question", "rest"):
        with pytest.raises(Invalid) as refused:
            give(row.case_id, "split", people.ppid, {"question": "Jumlah kunjungan", field: "x" * 4001})
        assert refused.value.field == field
    answer = give(row.case_id, "split", people.ppid, {"question": "Jumlah kunjungan puskesmas saja, per bulan"})
    child = row_of(answer["split"])
    assert child.outside_number is None and row_of({"id": row.id}).outside_number == "PPID-17/2026"


def test_a_promise_is_a_working_day_that_is_near(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    days = [clock.today() + timedelta(days=ahead) for ahead in range(1, 15)]
    off = next(day for day in days if not clock.calendar(model.Session).is_working_day(day))
    for wrong in ("9999-12-31", str(clock.today() + timedelta(days=61)), str(off)):
        with pytest.raises(Invalid) as refused:
            give(routed.case_id, "notify", people.ppid, {"promised_on": wrong})
        assert refused.value.field == "promised_on", wrong
    for wrong in ("-5", "abc", "99999999999999"):
        with pytest.raises(Invalid) as refused:
            give(routed.case_id, "notify", people.ppid, {"promised_on": "", "cost": wrong})
        assert refused.value.field == "cost", wrong


def _attested(routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    (file,) = model.Session.scalars(PpidHandover.latest_of(routed.id))
    give(routed.case_id, "attest", people.ppid, {"sha256": file.sha256, "checked": "true"})
    return model.Session.get(VaultObject, file.vault_id)


def _change_on_disk(kept):
    path = store.local_path("vault", kept.location)
    path.chmod(0o600)
    path.write_bytes(b"kecamatan,jumlah\nKlojen,99\n")


def test_other_bytes_are_neither_delivered_nor_given(routed, give, people, app):
    kept = _attested(routed, give, people)
    before = store.local_path("vault", kept.location).read_bytes()
    _change_on_disk(kept)
    with pytest.raises(Conflict):
        give(routed.case_id, "deliver", people.ppid)
    store.local_path("vault", kept.location).write_bytes(before)
    give(routed.case_id, "deliver", people.ppid)
    link = link_of(routed)
    _change_on_disk(kept)
    assert b"99" not in app.post(link, data=ACCEPTED).data
    store.local_path("vault", kept.location).write_bytes(before)
    assert app.post(link, data=ACCEPTED).data == before


def test_who_asked_stands_neither_among_candidates_nor_later_in_letters(asked, row_of, give, people, monkeypatch):
    row = row_of(asked(question=f"Saya {NAME} ({EMAIL}) minta jumlah kunjungan pasien 2025"))
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    row = row_of({"id": row.id})
    _attested(row, give, people)
    (candidate,) = model.Session.scalars(ListCandidate.of_request(row.id))
    assert "kunjungan pasien 2025" in candidate.title
    assert NAME not in candidate.title and EMAIL not in candidate.title
    give(row.case_id, "deliver", people.ppid)
    row = row_of({"id": row.id})
    row.erased_at = clock.now()
    model.Session.commit()
    monkeypatch.setattr("ckanext.satudata.ppid.privacy.holds", lambda *_args, **_kw: ())
    jobs._erased(row.id)
    letters = model.Session.scalars(sa.select(Letter).where(Letter.subject_id == row.id)).all()
    assert len(letters) > 3 and not any(letter.content for letter in letters)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://jahat.example"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
def test_forms_of_citizens_are_taken_from_the_portals_own_pages(asked, row_of, app, headers, status):
    made = asked()
    sent = {"number": made["number"], "tracking_code": made["tracking_code"]}
    found = app.post("/permohonan/lacak", data=sent, headers=headers, follow_redirects=False)
    assert found.status_code == status


def test_limited_data_are_not_public_already(people):
    admin = factories.Sysadmin()
    named = {level: make(admin, people.agency, level=level, name=level) for level in ("terbatas", "terbuka")}
    for made in named.values():
        publish(made["id"])
    assert routing.public_link("terbuka").endswith("/dataset/terbuka")
    address = routing.public_link("terbuka").replace("terbuka", "terbatas")
    assert routing.public_link("terbatas") == routing.public_link(address) == ""


@pytest.mark.parametrize(
    "sheet",
    [
        {"sheet": []},
        {"sheet": {}},
        {"sheet": "", "columns": {"9" * 5_000: "keep"}},
        {"sheet": "", "columns": {"0": []}},
    ],
)
def test_a_plan_of_odd_types_is_refused(sheet):
    with pytest.raises(Invalid):
        masking.read({"sheets": [sheet]}, [{"sheet": "", "heads": ["a"], "is_hidden": False}])


def test_a_link_ends_where_the_request_is_decided_anew_and_refused(routed, superior, give, people, app):
    _attested(routed, give, people)
    give(routed.case_id, "deliver", people.ppid)
    link = link_of(routed)
    row = objected(routed, ground="e")
    give(row.case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert app.get(link).status_code == 200, "what was rightly given is not taken away by an objection"
    why = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}
    give(routed.case_id, "refuse", people.pembantu, why)
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", people.ppid)
    ended = app.get(link)
    assert ended.status_code == 410 and "diputus ulang" in ended.body


def test_errors_of_the_database_tell_nothing_of_persons():
    with pytest.raises(sa.exc.DBAPIError) as failed:
        model.Session.execute(sa.text("SELECT CAST(:word AS integer)"), {"word": "Kirana Canary"})
    model.Session.rollback()
    assert "Canary" not in str(failed.value).replace(str(failed.value.orig), "")
