"""Periods, tables and who may read, against cases counted by hand."""

from datetime import date

import pytest

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.report import (
    PROCESS,
    SERVICE,
    Column,
    Period,
    Question,
    Span,
    Table,
    may_read,
    may_read_some,
    may_write,
    parse_on,
)


def test_month_has_both_ends():
    assert (Period.month(2026, 12).from_on, Period.month(2026, 12).until_on) == (date(2026, 12, 1), date(2026, 12, 31))
    assert Period.month(2028, 2).until_on == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("name", "span", "first", "last", "before", "after"),
    [
        ("2026-10", "month", (10, 1), (10, 31), "2026-09", "2026-11"),
        ("2024-01", "month", (1, 1), (1, 31), "2023-12", "2024-02"),
        ("2026-q3", "quarter", (7, 1), (9, 30), "2026-Q2", "2026-Q4"),
        ("2026-Q1", "quarter", (1, 1), (3, 31), "2025-Q4", "2026-Q2"),
        ("2026-S2", "semester", (7, 1), (12, 31), "2026-S1", "2027-S1"),
        ("2026", "year", (1, 1), (12, 31), "2025", "2027"),
    ],
)
def test_periods_of_the_calendar_and_their_neighbours(name, span, first, last, before, after):
    period = Period.named(name)
    year = int(name[:4])
    assert (period.from_on, period.until_on) == (date(year, *first), date(year, *last))
    assert period.span is Span(span)
    assert (period.before(), period.after()) == (Period.named(before), Period.named(after))
    assert {Period.spanning(Span(span), day) for day in (period.from_on, period.until_on)} == {period}


def test_a_free_period_has_one_of_as_many_days_before_it():
    free = Period(date(2026, 3, 1), date(2026, 3, 30))
    assert free.span is Span.FREE and free.days == 30
    assert free.before() == Period(date(2026, 1, 30), date(2026, 2, 28)) and free.before().after() == free
    assert Period(date(2026, 7, 1), date(2026, 12, 30)).span is Span.FREE


@pytest.mark.parametrize("text", ["2026-13", "2026-Q5", "2026-S3", "26", "1812", "kemarin", "2026-10-01", "٢٠٢٦"])
def test_what_names_no_period_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        Period.named(text)
    assert refusal.value.field == "period"


def test_a_question_has_one_spelling_and_leaves_out_what_is_not_asked():
    plain = Question("monthly", Period.month(2026, 10))
    assert plain.params == {"name": "monthly", "from_on": "2026-10-01", "until_on": "2026-10-31"} and plain.is_plain
    asked = Question("monthly", Period.month(2026, 10), "dinas-a", "", "file", True)
    assert list(asked.params.items())[3:] == [("producer", "dinas-a"), ("channel", "file"), ("compare", "before")]
    assert not asked.is_plain


@pytest.mark.parametrize(
    ("ends", "field"),
    [((date(2026, 7, 2), date(2026, 7, 1)), "until_on"), ((date(2026, 8, 1), date(2026, 8, 2)), "from_on")],
)
def test_wrong_periods_name_the_field(ends, field):
    with pytest.raises(Invalid) as refusal:
        Period.checked(*ends, today=date(2026, 7, 31))
    assert refusal.value.field == field


def test_a_row_that_does_not_fit_its_columns_is_refused():
    with pytest.raises(ValueError, match="row of 2 cells"):
        Table("x", "X", (Column("one"),), (("a", "b"),))


@pytest.mark.parametrize("role", list(Role))
def test_only_walidata_and_the_auditor_read_reports(role):
    actor = Actor("u", "u", (Held(role, None),))
    readers = {Role.WALIDATA, Role.AUDITOR, Role.SYSTEM}
    assert may_read(actor) == (role in readers)
    assert may_read(actor, SERVICE) == may_read_some(actor) == (role in readers | {Role.PPID})
    assert (may_write(actor, PROCESS), may_write(actor, SERVICE)) == (
        role is Role.WALIDATA,
        role in (Role.WALIDATA, Role.PPID),
    )


def test_dates_are_read_as_officers_write_them():
    assert parse_on("31/10/2026", "from_on") == parse_on("2026-10-31", "from_on") == date(2026, 10, 31)
    for text in ("", None, "kemarin", "2026-02-30"):
        with pytest.raises(Invalid) as refusal:
            parse_on(text, "until_on")
        assert refusal.value.field == "until_on"
