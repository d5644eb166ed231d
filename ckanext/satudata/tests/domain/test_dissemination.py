"""The dissemination report against cases counted by hand."""

from datetime import date, datetime, timezone

import pytest

from ckanext.satudata.domain import dissemination as d
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.report import Column, Period, Table, may_read, parse_on

AT = datetime(2026, 7, 6, 3, 0, tzinfo=timezone.utc)
JULY = Period.month(2026, 7)


def made(**facts):
    report = d.report(d.Facts(**facts), name="dissemination", title="t", period=JULY, as_of_at=AT)
    return report, {table.key: table.rows for table in report.tables}


def step(no="8", days=1.0, late=False):
    return d.StepDone("preparation", no, "Memeriksa", "verifier", "Dinas A", days, late)


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


def test_step_times_are_medians_of_working_days_in_the_order_of_the_form():
    _, rows = made(steps=(step("10", 4), step("8", 1), step("8", 2, late=True), step("8", 9)))
    assert rows["steps"] == (
        ("preparation", "8", "Memeriksa", "verifier", 3, 2, 9, 1),
        ("preparation", "10", "Memeriksa", "verifier", 1, 4, 4, 0),
    )


def test_producers_count_what_they_published_were_asked_and_gave():
    report, rows = made(
        published=(d.Published("Murid", "Dinas A", "terbuka", AT, "walidata"),),
        requests=(d.RequestFact("Dinas B", "open"), d.RequestFact("Dinas B", "refused")),
        downloads=(d.DownloadCount("Murid", "Dinas A", "api", 3), d.DownloadCount("Murid", "Dinas A", "person", 4)),
    )
    assert rows["producers"] == (("Dinas A", 1, 0, 7), ("Dinas B", 0, 2, 0))
    assert rows["downloads"] == (("Murid", "Dinas A", "person", 4), ("Murid", "Dinas A", "api", 3))
    assert report.findings[2].params == {"count": 2, "answered": 1}


def test_an_empty_period_is_a_report_that_says_so():
    report, rows = made()
    assert all(not table for table in rows.values())
    assert all(table.empty for table in report.tables)


def test_a_row_that_does_not_fit_its_columns_is_refused():
    with pytest.raises(ValueError, match="row of 2 cells"):
        Table("x", "X", (Column("one"),), (("a", "b"),))


def test_an_empty_period_has_one_sentence():
    report, _ = made()
    assert len(report.findings) == 1 and "nothing was downloaded" in report.findings[0].message


def test_outcomes_stand_in_the_order_of_the_process():
    facts = tuple(d.RequestFact("A", outcome) for outcome in ("open", "refused", "granted", "open"))
    _, rows = made(requests=facts)
    assert rows["requests"] == (("granted", 1), ("refused", 1), ("open", 2))


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
