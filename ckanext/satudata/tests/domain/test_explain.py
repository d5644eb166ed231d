"""Every due time says in one sentence how it came about."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from ckanext.satudata.domain.explain import explain
from ckanext.satudata.domain.workdays import Calendar, Pause, parse_hours

WIB = ZoneInfo("Asia/Jakarta")
HOLIDAYS = {
    date(2026, 3, 18): "Cuti Bersama Nyepi",
    date(2026, 3, 19): "Nyepi",
    date(2026, 3, 20): "Cuti Bersama Idul Fitri",
    date(2026, 3, 23): "Cuti Bersama Idul Fitri",
    date(2026, 3, 24): "Cuti Bersama Idul Fitri",
    date(2026, 5, 1): "Hari Buruh",
    date(2027, 1, 1): "Tahun Baru",
}
CALENDAR = Calendar(HOLIDAYS, frozenset({2026}))
EID = "18–24 {month} (Cuti Bersama Nyepi, Nyepi, Cuti Bersama Idul Fitri)"


def at(*parts):
    return datetime(*parts, tzinfo=WIB)


def told(start, count, unit="working_days", pauses=(), calendar=CALENDAR):
    due = calendar.due(start, count, unit, [Pause(*pause) for pause in pauses])
    return explain(due), explain(due, "en")


@pytest.mark.parametrize(
    ("asked", "indonesian", "english"),
    [
        (
            (at(2026, 3, 16, 10), 3),
            f"3 hari kerja sejak Senin 16 Maret; libur: {EID.format(month='Maret')}; jatuh Kamis 26 Maret 2026",
            f"3 working days from Monday 16 March; days off: {EID.format(month='March')}; due Thursday 26 March 2026",
        ),
        (  # the weekend after a holiday is no holiday
            (at(2026, 4, 30, 10), 1),
            "1 hari kerja sejak Kamis 30 April; libur: 1 Mei (Hari Buruh); jatuh Senin 4 Mei 2026",
            "1 working days from Thursday 30 April; days off: 1 May (Hari Buruh); due Monday 4 May 2026",
        ),
        (
            (at(2026, 3, 16, 10), 3, "calendar_days"),
            "3 hari kalender sejak Senin 16 Maret; jatuh Kamis 19 Maret 2026",
            "3 calendar days from Monday 16 March; due Thursday 19 March 2026",
        ),
        (
            (at(2026, 6, 1, 9), 3, "working_days", [(at(2026, 6, 2, 9), at(2026, 6, 5, 9))]),
            "3 hari kerja sejak Senin 1 Juni; jeda: 3–4 Juni; jatuh Senin 8 Juni 2026",
            "3 working days from Monday 1 June; paused: 3–4 June; due Monday 8 June 2026",
        ),
        (  # from one month to the next
            (at(2026, 6, 26, 9), 3, "working_days", [(at(2026, 6, 28, 9), at(2026, 7, 3, 9))]),
            "3 hari kerja sejak Jumat 26 Juni; jeda: 29 Juni–2 Juli; jatuh Selasa 7 Juli 2026",
            "3 working days from Friday 26 June; paused: 29 June–2 July; due Tuesday 7 July 2026",
        ),
        (
            (at(2026, 6, 4, 11, 45), 30, "working_minutes"),
            "30 menit jam layanan sejak Kamis 4 Juni pukul 11.45; jatuh Kamis 4 Juni 2026 pukul 13.15",
            "30 minutes of service hours from Thursday 4 June, 11:45; due Thursday 4 June 2026, 13:15",
        ),
        (
            (at(2026, 6, 4, 9), 60, "working_minutes", [(at(2026, 6, 4, 9, 30), at(2026, 6, 4, 10))]),
            "60 menit jam layanan sejak Kamis 4 Juni pukul 09.00; jeda: 4 Juni pukul 09.30–10.00; "
            "jatuh Kamis 4 Juni 2026 pukul 10.30",
            "60 minutes of service hours from Thursday 4 June, 09:00; paused: 4 June, 09:30–10:00; "
            "due Thursday 4 June 2026, 10:30",
        ),
        (
            (at(2026, 12, 30, 9), 2),
            "2 hari kerja sejak Rabu 30 Desember 2026; libur: 1 Januari 2027 (Tahun Baru); jatuh Senin 4 Januari 2027; "
            "sementara, karena hari libur 2027 belum ditetapkan",
            "2 working days from Wednesday 30 December 2026; days off: 1 January 2027 (Tahun Baru); "
            "due Monday 4 January 2027; provisional, since the holidays of 2027 are not decreed yet",
        ),
    ],
)
def test_how_a_due_time_came_about(asked, indonesian, english):
    assert told(*asked) == (indonesian, english)


def test_the_example_of_the_rules_stands_word_for_word():
    assert told(at(2026, 3, 16, 10), 3)[0].startswith("3 hari kerja sejak Senin 16 Maret; libur: 18–24 Maret")


def test_a_six_day_week_counts_saturday():
    week = Calendar(HOLIDAYS, frozenset({2026}), parse_hours("mon-sat 08:00-14:00"))
    assert week.due(at(2026, 6, 5, 9), 1, "working_days").due_on == date(2026, 6, 6)
    assert CALENDAR.due(at(2026, 6, 5, 9), 1, "working_days").due_on == date(2026, 6, 8)


@pytest.mark.parametrize(
    ("day", "by", "lands"),
    [
        ((2026, 3, 17), 1, (2026, 3, 25)),
        ((2026, 3, 25), -1, (2026, 3, 17)),
        ((2026, 3, 21), 0, (2026, 3, 17)),
        ((2026, 3, 17), 0, (2026, 3, 17)),
        ((2026, 6, 7), -2, (2026, 6, 4)),
    ],
)
def test_days_are_shifted_by_working_days(day, by, lands):
    assert CALENDAR.shift(date(*day), by) == date(*lands)


def test_calendars_that_differ_have_another_version():
    same = Calendar(dict(HOLIDAYS), frozenset({2026}))
    others = [
        Calendar({**HOLIDAYS, date(2026, 4, 1): "Hari Jadi"}, frozenset({2026})),
        Calendar(HOLIDAYS, frozenset({2026, 2027})),
        Calendar(HOLIDAYS, frozenset({2026}), parse_hours("mon-sat 08:00-14:00")),
        Calendar(HOLIDAYS, frozenset({2026}), zone=ZoneInfo("Asia/Jayapura")),
    ]
    assert CALENDAR.version == same.version
    assert len({CALENDAR.version, *(other.version for other in others)}) == 5
