"""Periods, tables and who may read, against cases counted by hand."""

from datetime import date

import pytest

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.report import Column, Period, Table, may_read, parse_on


def test_month_has_both_ends():
    assert (Period.month(2026, 12).from_on, Period.month(2026, 12).until_on) == (date(2026, 12, 1), date(2026, 12, 31))
    assert Period.month(2028, 2).until_on == date(2028, 2, 29)


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
    assert may_read(actor) == (role in (Role.WALIDATA, Role.AUDITOR))


def test_dates_are_read_as_officers_write_them():
    assert parse_on("31/10/2026", "from_on") == parse_on("2026-10-31", "from_on") == date(2026, 10, 31)
    for text in ("", None, "kemarin", "2026-02-30"):
        with pytest.raises(Invalid) as refusal:
            parse_on(text, "until_on")
        assert refusal.value.field == "until_on"
