"""A legal date that moved with the calendar is told, once; what a running request began with stays."""

from datetime import date

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.statutory import Reading
from ckanext.satudata.model.holiday import LOCAL, Holiday
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_handling import PpidHandling
from ckanext.satudata.ppid import clocks, noticing
from ckanext.satudata.shared import crypto, notices
from ckanext.satudata.shared.calendar import due_dates
from ckanext.satudata.tests.ppid.conftest import CANARIES, EMAIL
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

MONDAY = "2026-03-02 02:00:00"
OFF = date(2026, 3, 5)


def mails(*kinds):
    wanted = sa.select(Outbox).where(Outbox.kind.in_(kinds)).order_by(Outbox.kind, Outbox.to_role)
    return list(model.Session.scalars(wanted))


def day_off(on=OFF):
    model.Session.add(Holiday(on=on, name="Hari jadi", kind=LOCAL, source="188/1/2026"))
    model.Session.commit()


def told(row):
    model.Session.expire_all()
    return model.Session.get(PpidHandling, row.id).told_due_on


def test_officer_and_applicant_are_told_once_of_a_moved_legal_date(asked, row_of, give, people, freezer, mail_sink):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    other = row_of(asked(question="Jumlah puskesmas per kecamatan tahun 2020 sampai 2025", email=""))
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    before = clocks.due(row).due_on
    assert told(row) == before and noticing.tell_moved() == 0
    day_off()
    after = clocks.due(row).due_on
    assert after > before
    assert noticing.tell_moved() == 2 and noticing.tell_moved() == 0
    assert told(row) == after
    officers = mails("ppid_dues_moved")
    assert [(one.to_role, one.params["count"]) for one in officers] == [("ppid", 2), ("ppid_pembantu", 1)]
    (mine,) = mails("ppid_due_moved")
    assert crypto.unseal(mine.to_email) == EMAIL and mine.params["request_id"] == row.id
    events = model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == other.case_id)).all()
    assert events.count("due_followed_calendar") == 1, "who gave no address sees it on the tracking page"
    mail_sink.clear()
    notices.send_waiting()
    (mail,) = [one for one in mail_sink.to(EMAIL) if "Batas akhir baru" in one["Subject"]]
    assert row.number in mail["Subject"] and not any(word in mail["Subject"] for word in CANARIES)
    assert "16 Maret 2026" in text_of(mail) and "17 Maret 2026" in text_of(mail)
    by_case = {one["case_id"]: one["by_hand"] for one in officers[0].params["moved"]}
    assert by_case == {row.case_id: False, other.case_id: True}
    (office,) = [one for one in mail_sink.to("petugas-ppid@dinas.example") if other.number in text_of(one)]
    assert text_of(office).count("beri tahu lewat telepon, pos") == 1, "only of who gave no address"


def test_what_moved_by_a_command_or_moved_back_is_told_to_nobody(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    give(row.case_id, "extend", people.ppid, {"extension_code": "undecided", "note": "Uji konsekuensi berjalan."})
    assert noticing.tell_moved() == 0 and told(row) == clocks.due(row).due_on
    day_off()
    model.Session.delete(model.Session.get(Holiday, OFF))
    model.Session.commit()
    assert noticing.tell_moved() == 0 and not mails("ppid_due_moved", "ppid_dues_moved")


def test_a_moved_day_to_complete_a_request_is_told_to_the_applicant(asked, row_of, give, people, freezer):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose"], "note": "Sebutkan tahun data."})
    day_off(date(2026, 3, 3))
    for _run in range(2):
        due_dates.follow_calendar()
    (mail,) = mails("ppid_repair_moved")
    assert mail.params["to"] > mail.params["from"]
    assert noticing.tell_moved() == 0, "its legal time stands still"


@pytest.mark.ckan_config("ckanext.satudata.ppid.clock_from", "receipt")
def test_a_running_request_keeps_the_reading_it_began_with(asked, row_of, give, people, freezer, ckan_config):
    freezer.move_to(MONDAY)
    row = row_of(asked())
    ckan_config["ckanext.satudata.ppid.clock_from"] = "complete"
    freezer.move_to("2026-03-04 02:00:00")
    later = row_of(asked(question="Jumlah puskesmas per kecamatan tahun 2020 sampai 2025"))
    freezer.move_to("2026-03-05 02:00:00")
    for one in (row, later):
        give(one.case_id, "complete", people.ppid)
    assert clocks.of(model.Session, row).reading is Reading.RECEIPT
    assert clocks.of(model.Session, row).start_at.day == 2
    assert clocks.of(model.Session, later).reading is Reading.COMPLETE
    assert clocks.of(model.Session, later).start_at.day == 5
