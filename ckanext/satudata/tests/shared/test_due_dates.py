"""Open due times follow the calendar, tell whom, once, and finished steps stay as they were."""

from datetime import date, datetime, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.holiday import LOCAL, Holiday
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, journal, notices, process, raw_writes
from ckanext.satudata.shared.calendar import due_dates, holidays
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.work import inbox
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")

OPERATOR = Actor("o", "o", (Held(Role.OPERATOR, "dinas"),))


def begun(subject="d1"):
    case = process.start(
        model.Session,
        "preparation",
        subject_type="dataset",
        subject_id=subject,
        organization_id="dinas",
        actor=OPERATOR,
    )
    model.Session.commit()
    return case.id


@pytest.fixture
def case_id():
    id_ = begun()
    process.apply({}, id_, "submit", actor=OPERATOR)
    return id_


def steps(*case_ids):
    model.Session.expire_all()
    return list(model.Session.scalars(CaseStep.of(case_ids)))


def days(*case_ids):
    return {step.id: step.due_on for step in steps(*case_ids)}


def as_walidata(action, **data):
    user = officer("walidata")
    return tk.get_action(action)({"user": user["name"], "auth_user_obj": model.User.get(user["id"])}, data)


def first_working_day_ahead():
    return clock.calendar().shift(clock.today(), 1)


def day_off(on=None, name="Hari jadi kota"):
    model.Session.add(Holiday(on=on or first_working_day_ahead(), name=name, kind=LOCAL, source="188/1/2026"))
    model.Session.commit()


def events(case_id):
    return list(model.Session.scalars(sa.select(Journal.event).where(Journal.case_id == case_id)))


def mails():
    return list(model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "due_moved").order_by(Outbox.to_role)))


def test_a_day_off_moves_what_is_open_and_taking_it_back_moves_it_back(case_id):
    before = days(case_id)
    on = first_working_day_ahead()
    as_walidata("satudata_holiday_add", on=on.isoformat(), name="Hari jadi kota", decree="188/1/2026")
    assert days(case_id) == before, "the request itself moves nothing: there may be very many"
    due_dates.follow_calendar()
    after = days(case_id)
    open_ids = {step.id for step in steps(case_id) if step.done_at is None}
    assert len(open_ids) == 2 and {key for key in before if before[key] != after[key]} == open_ids
    assert all(after[key] > before[key] for key in open_ids)
    assert events(case_id).count("due_moved") == 2
    as_walidata("satudata_holiday_remove", on=on.isoformat(), decree="188/2/2026")
    due_dates.follow_calendar()
    assert days(case_id) == before
    holidays.seed(model.Session)
    assert model.Session.get(Holiday, on).kind == "working", "the package does not take back what a decree said"


def test_a_second_run_finds_nothing_to_do(case_id):
    day_off()
    due_dates.follow_calendar()
    before = days(case_id)
    for _ in range(2):
        due_dates.follow_calendar()
    assert days(case_id) == before and events(case_id).count("due_moved") == 2
    assert len(mails()) == 2
    assert list(journal.verify(model.Session)) == [], "many entries at once are chained as one by one"


def test_who_waits_is_told_once_of_all_that_moved(case_id):
    other = begun("d2")
    process.apply({}, other, "submit", actor=OPERATOR)
    for mail in model.Session.scalars(sa.select(Outbox)):
        model.Session.delete(mail)
    before = days(case_id, other)
    day_off()
    due_dates.follow_calendar()
    told = {(mail.to_role, mail.organization_id): mail.params for mail in mails()}
    assert set(told) == {("verifier", "dinas"), ("producer_head", "dinas")}
    assert {params["count"] for params in told.values()} == {2}
    (one,) = [one for one in told["verifier", "dinas"]["moved"] if one["case_id"] == other]
    assert date.fromisoformat(one["from"]) in before.values() and one["to"] > one["from"]


def test_the_mail_says_from_when_to_when(case_id, monkeypatch):
    sent = []
    monkeypatch.setattr("ckan.lib.mailer.mail_recipient", lambda name, to, subject, body: sent.append((subject, body)))
    officer("verifier", "dinas")
    day_off()
    due_dates.follow_calendar()
    notices.send_waiting()
    (found,) = [body for subject, body in sent if subject == "Batas waktu bergeser"]
    assert "1 batas waktu" in found and f"/meja/{case_id}" in found and "kota" not in found


def test_what_moved_back_before_anybody_was_told_is_told_to_nobody(case_id):
    on = first_working_day_ahead()
    day_off(on)
    due_dates.move_some(model.Session, clock.calendar(), 500)
    model.Session.commit()
    model.Session.delete(model.Session.get(Holiday, on))
    model.Session.commit()
    due_dates.follow_calendar()
    assert mails() == [] and {step.due_was_on for step in steps(case_id)} == {None}


def test_a_run_killed_between_batches_goes_on_where_it_stopped(monkeypatch):
    cases = [begun(f"d{number}") for number in range(5)]
    before = days(*cases)
    day_off()
    monkeypatch.setattr(due_dates, "BATCH", 2)
    calendar = clock.calendar()
    assert due_dates.move_some(model.Session, calendar, 2) == 2
    model.Session.commit()
    due_dates.move_some(model.Session, calendar, 2)
    model.Session.rollback()  # killed before the commit
    assert len([key for key, on in days(*cases).items() if on != before[key]]) == 2
    assert mails() == [], "nobody is told of a part"
    due_dates.follow_calendar()
    assert all(on > before[key] for key, on in days(*cases).items())
    assert [events(id_).count("due_moved") for id_ in cases] == [1] * 5
    (told,) = mails()
    assert told.params["count"] == 5


def test_a_case_whose_sop_cannot_be_read_holds_up_no_other():
    broken, whole = begun("d1"), begun("d2")
    before = days(broken, whole)
    (step,) = steps(broken)
    with raw_writes.writing(model.Session, CaseStep):
        step.no = "99"
    model.Session.commit()
    day_off()
    due_dates.follow_calendar()
    after = days(broken, whole)
    assert [after[key] != before[key] for key in (step.id, *(set(before) - {step.id}))] == [False, True]
    assert due_dates.move_some(model.Session, clock.calendar(), 500) == 0


def test_a_run_that_takes_long_stops_and_the_next_one_goes_on(monkeypatch):
    cases = [begun(f"d{number}") for number in range(3)]
    day_off()
    before = days(*cases)
    monkeypatch.setattr(due_dates, "SECONDS", -1)
    monkeypatch.setattr(due_dates, "BATCH", 1)
    for moved in (1, 2, 3):
        due_dates.follow_calendar()
        assert len([key for key, on in days(*cases).items() if on != before[key]]) == moved
        assert mails() == []
    due_dates.follow_calendar()
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_hours", "mon-sat 08:00-12:00"),
        ("ckan_display_timezone", "WIT"),
    ],
)
def test_hours_and_zone_move_due_times_too(case_id, field, value):
    option = {"service_hours": "ckanext.satudata.service_hours"}.get(field, "ckan.display_timezone")
    kept = tk.config[option]
    before = {step.id: step.due_at for step in steps(case_id)}
    try:
        as_walidata("satudata_settings_update", **{field: value})
        due_dates.follow_calendar()
        moved = [step.id for step in steps(case_id) if step.due_at != before[step.id]]
        open_ids = [step.id for step in steps(case_id) if step.done_at is None]
        assert set(moved) <= set(open_ids)
        if field == "ckan_display_timezone":
            assert set(moved) == set(open_ids)
    finally:
        model.Session.query(model.SystemInfo).filter_by(key=option).delete()
        model.Session.commit()
        tk.config[option] = kept


@freeze_time("2026-12-28T03:00:00+00:00")
def test_the_decree_makes_provisional_due_times_final():
    holidays.seed(model.Session, [2026])
    model.Session.commit()
    case_id = begun()
    (step,) = steps(case_id)
    assert step.due_on.year == 2027 and step.due_provisional
    model.Session.add(Holiday(on=date(2027, 3, 9), name="Cuti bersama", kind="collective_leave", source="SKB 1/2026"))
    model.Session.commit()
    due_dates.follow_calendar()
    (after,) = steps(case_id)
    assert not after.due_provisional and "due_moved" not in events(case_id)


def test_the_case_names_the_holiday_on_the_way(case_id):
    day_off()
    auditor = officer("auditor")
    context = {"user": auditor["name"], "auth_user_obj": model.User.get(auditor["id"])}
    shown = tk.get_action("satudata_case_show")(context, {"id": case_id})
    told = [step["due_explanation"] for step in shown["steps"]]
    assert told[0] == "" and all("Hari jadi kota" in text for text in told[1:])


class TestInTheEast:
    """004 runs in Maluku Utara: WIT, nine hours before UTC, no summer time."""

    @pytest.fixture(autouse=True)
    def in_sofifi(self, with_plugins, satudata_db):
        with (
            helpers.changed_config("ckan.display_timezone", "Asia/Jayapura"),
            helpers.changed_config("ckanext.satudata.sop", "maluku_utara"),
        ):
            yield

    def opened(self, at):
        """The first step of a round of collection, five working days by row 1."""
        with freeze_time(at):
            case = process.start(
                model.Session,
                "collection",
                subject_type="collection",
                subject_id="r1",
                organization_id="dinas",
                actor=Actor("s", "s", (Held(Role.STAFF, "dinas"),)),
            )
            model.Session.commit()
        return case.id

    @pytest.mark.parametrize(
        ("at", "due_on"),
        [
            ("2026-06-01T14:59:59+00:00", date(2026, 6, 8)),  # Monday 23.59 in Sofifi: Tuesday is the first day
            ("2026-06-01T15:00:00+00:00", date(2026, 6, 9)),  # Tuesday 00.00 there, still Monday for UTC and in Jakarta
            ("2026-06-01T21:30:00+00:00", date(2026, 6, 9)),  # Tuesday 06.30 there, late in the evening for UTC
            ("2026-06-05T15:30:00+00:00", date(2026, 6, 12)),  # Saturday there: Monday is the first day
        ],
    )
    def test_five_working_days_begin_on_the_local_day(self, at, due_on):
        (step,) = steps(self.opened(at))
        assert step.due_on == due_on
        # Its last second is 14.59.59 of the same day for UTC.
        assert step.due_at == datetime(due_on.year, due_on.month, due_on.day, 14, 59, 59, tzinfo=timezone.utc)

    def test_a_step_is_late_from_local_midnight_on(self):
        (step,) = steps(self.opened("2026-06-01T21:30:00+00:00"))
        for at, late in (("2026-06-09T14:59:59+00:00", False), ("2026-06-09T15:00:00+00:00", True)):
            with freeze_time(at):
                assert (inbox.group_of(step.due_at, step.due_on, clock.now(), clock.today()) == inbox.OVERDUE) is late

    def test_the_sentence_and_the_mail_name_the_local_day(self):
        case_id = self.opened("2026-06-01T21:30:00+00:00")
        (step,) = steps(case_id)
        told = due_dates.explanation_of(step, sops.running("collection"), clock.calendar(), None)
        assert told.startswith("5 hari kerja sejak Selasa 2 Juni; ") and "jatuh Selasa 9 Juni 2026" in told


@pytest.mark.long
def test_a_hundred_thousand_open_steps_follow_without_keeping_a_request_waiting():
    case_id = begun()
    before = steps(case_id)[0].due_on
    copied = "insert into {0} ({1}) select {2} from {0} c, generate_series(1, 100000) n"
    with raw_writes.hand(model.Session.connection()):
        for table, own in ((Case.__table__, ("id",)), (CaseStep.__table__, ("id", "case_id"))):
            names = [column.name for column in table.columns]
            picked = (f"c.{name} || n" if name in own else f"c.{name}" for name in names)
            model.Session.execute(sa.text(copied.format(table.name, ", ".join(names), ", ".join(picked))))
    model.Session.commit()
    as_walidata("satudata_holiday_add", on=first_working_day_ahead().isoformat(), name="Hari jadi", decree="1")
    while not mails():
        due_dates.follow_calendar()
    behind = sa.select(sa.func.count()).where(CaseStep.due_on == before)
    assert model.Session.scalar(behind) == 0
    (told,) = mails()
    assert told.params["count"] == 100_001 and len(told.params["moved"]) == due_dates.TOLD
