"""A refusal under art. 17 of data that is not in the catalogue has its consequence test too (UU 14/2008 art. 19)."""

from datetime import date

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict, Invalid, NotThere
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.ppid import deciding, parts
from ckanext.satudata.tests.ppid.conftest import CANARIES

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}
FOUND = {"held_on": "2026-01-05", "result": "Bila dibuka, pasien dikenali; penolakan dipertahankan."}


def cases_of(row):
    model.Session.expire_all()
    cases = sa.select(Case).where(Case.process == "refusal_test", Case.subject_id == row.id)
    return list(model.Session.scalars(cases.order_by(Case.started_at)))


def refused_part(row):
    model.Session.expire_all()
    return model.Session.scalars(PpidPart.in_force(row.id)).one()


@pytest.fixture
def tested(routed, give, people):
    """A request refused under art. 17, and the case of its test."""
    give(routed.case_id, "refuse", people.pembantu, WHY)
    (case,) = cases_of(routed)
    return case


def test_a_refusal_of_data_outside_the_catalogue_opens_its_test_once(routed, tested):
    part = refused_part(routed)
    assert (part.test_state, part.test_case_id) == ("asked", tested.id)
    deciding.ask_for_test({"part_id": part.id})
    assert [case.id for case in cases_of(routed)] == [tested.id], "done twice it is the same"


def test_a_ground_that_is_not_of_article_17_opens_none(routed, give, people):
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "6(3)e", "note": WHY["note"], "detail": "RSUD"})
    assert not cases_of(routed)


def test_ppid_tests_the_superior_approves_and_the_decree_is_named(app, routed, tested, give, people, superior, page):
    for wrong in ({}, {"held_on": "kapan", "result": "x"}):
        with pytest.raises(Invalid):
            give(tested.id, "record", people.ppid, wrong)
    with pytest.raises(NotThere):
        give(tested.id, "record", people.pembantu, FOUND)
    give(tested.id, "record", people.ppid, FOUND)
    shown = page(superior, f"/meja/{tested.id}").body
    assert FOUND["result"] in shown and not any(word in shown for word in CANARIES)
    give(tested.id, "approve", superior)
    part = refused_part(routed)
    assert (part.test_state, part.test_case_id) == ("tested", tested.id)
    (record,) = model.Session.scalars(sa.select(Minutes))
    assert record.held_on == date(2026, 1, 5) and "Canary" not in record.subject
    assert "Berita Acara Uji Konsekuensi tanggal 5 Januari 2026" in parts.in_letters(model.Session, routed)[0].test
    for wrong in ({}, {"decree_id": "tidak-ada"}):
        with pytest.raises(Invalid):
            give(tested.id, "record", people.ppid, wrong)
    sent = {"kind": "ppid_decree", "number": "188/12/2026", "title": "Informasi yang dikecualikan"}
    days = {"dated_on": "2026-01-06", "in_force_from_on": "2026-01-06"}
    decree = call_action("satudata_decree_create", {"user": people.ppid["name"], "ignore_auth": False}, **sent, **days)
    give(tested.id, "record", people.ppid, {"decree_id": decree["id"]})
    assert refused_part(routed).decree_id == decree["id"] and cases_of(routed)[0].ended_at
    told = model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == routed.case_id)).all()
    assert told.count("refusal_tested") == 2, "when it was asked for, and when it was decided"


def test_a_test_that_does_not_carry_the_refusal_says_so_on_the_request(routed, tested, give, people, superior, page):
    give(tested.id, "record", people.ppid, FOUND)
    give(tested.id, "refuse", superior, {"note": "Rekap per kecamatan tidak menunjuk orang."})
    assert refused_part(routed).test_state == "failed"
    assert "pengujian tidak mendukung penolakan" in page(people.ppid, f"/meja/{routed.case_id}").body
    assert parts.in_letters(model.Session, routed)[0].test == ""


def test_a_refusal_that_counts_is_tested_and_one_that_was_decided_anew_is_closed(routed, tested, give, people):
    with pytest.raises(Conflict):
        give(tested.id, "withdraw", people.ppid, {"note": "Tidak perlu."})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "return_", people.ppid, {"note": "Periksa lagi."})
    with pytest.raises(Conflict):
        give(tested.id, "record", people.ppid, FOUND)
    give(tested.id, "withdraw", people.ppid, {"note": "Diputus kembali."})
    assert cases_of(routed)[0].ended_at


def test_the_same_refusal_decided_anew_keeps_its_test(routed, tested, give, people, superior):
    give(tested.id, "record", people.ppid, FOUND)
    for _round in ("open", "approved"):
        give(routed.case_id, "forward", people.pembantu)
        give(routed.case_id, "return_", people.ppid, {"note": "Lengkapi suratnya."})
        give(routed.case_id, "refuse", people.pembantu, WHY)
        (case,) = cases_of(routed)
        part = refused_part(routed)
        assert case.id == tested.id and case.data["part"] == part.id and part.test_case_id == case.id
        if case.data and part.test_state == "asked":
            give(tested.id, "approve", superior)
    assert refused_part(routed).test_state == "tested"
