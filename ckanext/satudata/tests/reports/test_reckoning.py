"""The database counts as a slow, plain reference does."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from statistics import median

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.report import Drawing, Period
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.reports import definitions, facts, measuring, reckoning, worked_time
from ckanext.satudata.shared import clock, process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.reports.test_report import ask

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
SPAN = Period.checked(START.date(), datetime(2026, 6, 30).date(), datetime(2026, 11, 1).date())
instants = st.integers(0, 100 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.fixture
def agencies():
    return [ckan_factories.Organization(title=f"Dinas {letter}") for letter in "AB"]


def made(name, period=SPAN):
    report = reckoning.report(model.Session, definitions.current()[name], period, title="t", language="id", mark="")
    return {table.key: table.rows for table in report.tables}, report


def test_every_set_of_facts_gives_the_columns_that_it_names(agencies):
    asked = facts.Asked.of(model.Session, SPAN)
    assert set(facts.known()) == set(FACTS)
    for name, columns in FACTS.items():
        source = facts.source(asked, name)
        assert set(source.c.keys()) == set(columns), name
        model.Session.execute(sa.select(source)).all()


def filled(agencies):
    """Facts of every kind that is put together before it is counted, and finished steps."""
    session = model.Session
    with freeze_time("2026-04-01 02:00"):
        for number, agency in enumerate(agencies):
            ids = publish(make(operator(agency), agency, name=f"data-{number}")["id"])
            file = ids["resources"][0]["id"]
            for client, channel in (("browser", "file"), ("browser", "file"), ("script", "link"), ("robot", "file")):
                for package_id, resource_id, month in ((ids["id"], None, 3), (ids["id"], file, 3), (None, file, 4)):
                    at = datetime(2026, month, 10 + number, tzinfo=timezone.utc)
                    at_once = {"client": client, "channel": channel, "profession": "student"}
                    session.add(Download(package_id=package_id, resource_id=resource_id, at=at, **at_once))
        ask(agencies[0]["id"], "granted")
        ask(agencies[0]["id"])
        ask(agencies[1]["id"], "withdrawn")
    session.flush()


def test_facts_that_are_only_counted_are_as_many_by_each_column(agencies):
    """Put together before anything is looked up for them, or row by row."""
    session = model.Session
    filled(agencies)
    everything = facts.Asked.of(session, SPAN)
    seen = set()
    for name, columns in FACTS.items():
        rows = session.execute(sa.select(facts.source(everything, name))).mappings().all()
        seen |= {name} if rows else set()
        count = Measure(name, What.COUNT)
        whole = facts.source(everything.counting([], [count]), name)
        assert session.scalar(sa.select(measuring.reckoned(whole, count))) == len(rows), name
        for column in columns:
            source = facts.source(everything.counting([column], [count]), name)
            assert set(source.c.keys()) <= {column, facts.WEIGHT}
            query = sa.select(source.c[column], measuring.reckoned(source, count)).group_by(source.c[column])
            assert dict(session.execute(query).tuples().all()) == Counter(row[column] for row in rows), (name, column)
        whole = facts.source(everything.counting([], [count]), name)
        told = session.scalar(sa.select(measuring.reckoned(whole, count)).select_from(whole))
        assert told == len(rows), (name, "as a whole, as a sentence does")
    assert {"downloads", "guestbook", "used", "requests", "asked", "datasets", "metadata"} <= seen


def test_each_of_several_is_of_its_own_agency(agencies):
    for agency in agencies:
        made_id = ckan_factories.Dataset(
            owner_org=agency["id"], title=f"Data {agency['title']}", access_level="terbuka"
        )["id"]
        state = model.Session.get(DatasetState, made_id)
        with raw_writes.writing(model.Session, DatasetState):
            state.state, state.first_published_at = "published", START
    rows = model.Session.execute(sa.select(facts.source(facts.Asked.of(model.Session, SPAN), "published"))).mappings()
    assert {row["producer"] for row in rows} == {"Dinas A", "Dinas B"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(instants, instants), min_size=1, max_size=8))
def test_working_days_are_those_of_the_calendar(pairs):
    model.Session.rollback()
    kind = sa.ARRAY(sa.DateTime(timezone=True))
    arrays = [sa.cast(list(column), kind) for column in zip(*pairs, strict=True)]
    values = sa.func.unnest(*arrays).table_valued("a", "b").render_derived()
    found = worked_time.between(model.Session, values.c.a, values.c.b, sa.true())
    rows = model.Session.execute(sa.select(values.c.a, values.c.b, found)).all()
    model.Session.rollback()
    calendar = clock.calendar(model.Session)
    assert [row[2] for row in rows] == pytest.approx([calendar.worked_days(row[0], row[1]) for row in rows], abs=1e-9)


histories = st.lists(
    st.tuples(st.integers(0, 1), instants, st.integers(0, 20 * 24 * 60), st.booleans()), min_size=1, max_size=12
)
fetches = st.lists(st.tuples(st.sampled_from(["browser", "script", "robot", "internal"]), instants), max_size=12)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    histories, st.lists(st.tuples(st.sampled_from(["browser", "script", "robot", "internal"]), instants), max_size=12)
)
def test_random_histories_are_counted_as_by_hand(agencies, history, fetched):
    model.Session.rollback()  # what a failed example left would fail the next ones
    session, calendar = model.Session, clock.calendar(model.Session)
    expected = defaultdict(list)
    for agency, opened, minutes, has_due in history:
        done = opened + timedelta(minutes=minutes)
        due = opened + timedelta(days=5) if has_due else None
        case = process.start(
            session,
            "report",
            subject_type="report",
            subject_id=f"{len(expected)}-{opened}-{minutes}",
            organization_id=agencies[agency]["id"],
            actor=SYSTEM,
            works=False,
            data={"name": "dissemination", "from_on": "2026-01-01", "until_on": "2026-01-31"},
        )
        step = session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id)).one()
        with raw_writes.writing(session, Case, CaseStep):
            step.opened_at, step.done_at, step.due_at, step.command = opened, done, due, "record"
            step.done_by = "seseorang"
            session.flush()
        if done.astimezone(clock.zone()).date() <= SPAN.until_on:
            worked = calendar.worked_days(opened, done)
            expected[f"Dinas {'AB'[agency]}"].append((worked, due is not None and done > due))
    for client, at in fetched:
        session.add(Download(channel="file", client=client, at=at))
    session.flush()
    rows, _ = made("lateness")
    wanted = {
        name: (
            len(steps),
            sum(late for _, late in steps),
            round(100 * sum(not late for _, late in steps) / len(steps), 2),
            round(median(days for days, _ in steps), 2),
        )
        for name, steps in expected.items()
    }
    # A median that lies midway between two hundredths may be rounded either way.
    assert {row[0]: row[1:] for row in rows["producers"]} == {
        name: pytest.approx(values, abs=0.0101) for name, values in wanted.items()
    }
    counted = Counter(client for client, _ in fetched if client in ("browser", "script"))
    rows, _ = made("dissemination")
    assert {row[2]: row[3] for row in rows["downloads"]} == dict(counted)
    session.rollback()


def test_the_sentence_of_a_chart_names_the_largest(agencies):
    session = model.Session
    for index, count in ((0, 3), (1, 1)):
        package = ckan_factories.Dataset(owner_org=agencies[index]["id"])
        for _ in range(count):
            session.add(Download(package_id=package["id"], channel="file", client="browser", at=START))
    session.flush()
    _, report = made("dissemination")
    assert report.findings[3].params == {"count": 4} and report.findings[1].params == {"late": 0, "count": 0}
    chart = report.charts[0]
    assert chart.said.params == {"share": 75, "label": "Dinas A", "count": 3} and chart.bars == (
        ("Dinas A", 3.0),
        ("Dinas B", 1.0),
    )


@pytest.mark.parametrize(
    ("tied", "said"),
    [
        (["A"], "A"),
        (["A", "B"], "A and B (each)"),
        (["A", "B", "C"], "A, B and C (each)"),
        (["A", "B", "C", "D"], "A and 3 others (each)"),
    ],
)
def test_who_shares_the_first_place_is_not_told_as_the_only_one(tied, said):
    assert reckoning.together(tied) == said


def test_a_tie_is_said_of_all_of_them(agencies):
    for index in (0, 1):
        package = ckan_factories.Dataset(owner_org=agencies[index]["id"])
        model.Session.add(Download(package_id=package["id"], channel="file", client="browser", at=START))
    model.Session.flush()
    _, report = made("dissemination")
    assert report.charts[0].said.params == {"share": 50, "label": "Dinas A and Dinas B (each)", "count": 1}


def test_a_line_goes_through_every_month_of_the_period_up_to_now(agencies):
    session = model.Session
    for at in (START, START + timedelta(days=61), START + timedelta(days=62)):
        session.add(Download(channel="file", client="browser", at=at))
    session.flush()
    with freeze_time("2026-05-20"):
        rows, report = made("dissemination")
    assert [(row[0], row[3]) for row in rows["months"]] == [("2026-03", 1), ("2026-04", 0), ("2026-05", 2)]
    chart = next(one for one in report.charts if one.table == "months")
    assert chart.drawing is Drawing.LINE and chart.bars == (("2026-03", 1), ("2026-04", 0), ("2026-05", 2))
    assert chart.said.params == {"share": 67, "label": "Mei 2026", "count": 2}
    rows, report = made("dissemination", Period.month(2026, 3))
    assert "months" not in rows and all(one.drawing is Drawing.BARS for one in report.charts)


def test_months_begin_at_midnight_of_the_government(agencies):
    model.Session.add(Download(channel="file", client="browser", at=datetime(2026, 3, 31, 17, tzinfo=timezone.utc)))
    model.Session.flush()
    rows, _ = made("dissemination")
    assert {row[0]: row[3] for row in rows["months"] if row[3]} == {"2026-04": 1}


def test_a_period_of_ten_years_is_one_report(agencies):
    rows, report = made("lateness", Period.checked(datetime(2017, 1, 1).date(), SPAN.until_on, SPAN.until_on))
    assert not any(rows.values()) and report.tables
