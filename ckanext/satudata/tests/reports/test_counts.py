"""However few statements count what a report asks for, the numbers are those of the facts one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from statistics import median

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.report import Kind
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.reports import facts, measuring
from ckanext.satudata.reports.counts import Counts
from ckanext.satudata.shared import process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.tests.reports.test_reckoning import SPAN, filled, made

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
NAMES = ("downloads", "guestbook", "requests", "steps", "waiting", "waited", "datasets", "published")
_TEXTS = (Kind.TEXT, Kind.CODE, Kind.MONTH)


@pytest.fixture
def rows():
    agencies = [ckan_factories.Organization(title=f"Dinas {letter}") for letter in "AB"]
    filled(agencies)
    stepped(agencies)
    asked = facts.Asked.of(model.Session, SPAN)
    found = {}
    for name in NAMES:
        found[name] = model.Session.execute(sa.select(facts.source(asked, name))).mappings().all()
    assert all(found.values())
    return found


def stepped(agencies):
    """Steps of two processes, some late, one not finished; times of working hours."""
    session = model.Session
    for number in range(9):
        subject = {"subject_type": "x", "subject_id": f"{number}", "organization_id": agencies[number % 2]["id"]}
        name = ("report", "preparation")[number % 2]
        case = process.start(session, name, **subject, actor=SYSTEM, works=False)
        step = session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id)).first()
        with raw_writes.writing(session, Case, CaseStep):
            step.opened_at = datetime(2026, 4, 1 + number, 3, tzinfo=timezone.utc)
            step.due_at = step.opened_at + timedelta(days=4)
            if number:
                step.done_at, step.command = step.opened_at + timedelta(hours=17 * number), "record"
                step.done_by = f"petugas-{number % 3}"
        session.flush()


@st.composite
def needs(draw, rows):
    """A set of facts, and numbers of groups of it: each as (columns, measures)."""
    name = draw(st.sampled_from(NAMES))
    columns, of = FACTS[name], rows[name]
    texts = [column for column in columns if columns[column].kind in _TEXTS]
    numbers = [column for column in columns if columns[column].kind in (Kind.COUNT, Kind.DECIMAL)]
    chosen = {column: sorted({row[column] for row in of} - {None}) for column in columns}
    kinds = (*_TEXTS, Kind.FLAG)
    where = [column for column in columns if columns[column].kind in kinds and chosen[column] and column != "case"]

    def measure():
        what = draw(st.sampled_from([one for one in What if numbers or one in (What.COUNT, What.DISTINCT)]))
        column, values = "", ()
        if (where and draw(st.booleans())) or what is What.SHARE:
            column = draw(st.sampled_from(where))
            value = draw(st.sampled_from(chosen[column]))
            values = (str(value).lower() if isinstance(value, bool) else value,)
        own = texts if what is What.DISTINCT else numbers
        counted = "" if what in (What.COUNT, What.SHARE) else draw(st.sampled_from(own))
        return Measure(name, what, counted, column, values)

    sets = draw(st.lists(st.lists(st.sampled_from(texts), max_size=4, unique=True), min_size=1, max_size=4))
    return name, [(tuple(by), [measure() for _ in range(draw(st.integers(1, 3)))]) for by in sets]


def one_by_one(rows, by, measure):
    """The reference: one fact after the other."""
    groups = defaultdict(list) if by else {(): []}
    for row in rows:
        groups[tuple(row[column] for column in by)].append(row)
    return {group: measuring.number(number(of, measure), measure) for group, of in groups.items()}


def number(rows, measure):
    """Of one group, as the database says it: nothing where there is none."""
    taken = [row for row in rows if not measure.where or told(row[measure.where]) in measure.values]
    if measure.what is What.COUNT:
        return len(taken)
    if measure.what is What.SHARE:
        return 100 * len(taken) / len(rows) if rows else None
    values = [row[measure.of] for row in taken if row[measure.of] is not None]
    if measure.what is What.DISTINCT:
        return len(set(values))
    return {What.SUM: sum, What.LONGEST: max, What.MEDIAN: median}[measure.what](values) if values else None


def told(value):
    return str(value).lower() if isinstance(value, bool) else value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_numbers_are_those_of_the_facts_one_by_one(rows, data):
    name, wanted = data.draw(needs(rows))
    counts = Counts(facts.Asked.of(model.Session, SPAN))
    for by, measures in wanted:
        counts.want(by, measures)
    for by, measures in wanted:
        groups = counts.of(name, by)
        for measure in measures:
            found = {group: measuring.number(numbers[measure], measure) for group, numbers in groups.items()}
            # A number that lies midway between two hundredths may be rounded either way.
            assert found == pytest.approx(one_by_one(rows[name], by, measure), abs=0.0101), (by, measure)


@pytest.mark.parametrize("midway", [0.005, 1.475, 1.025, 1.325, 2.675, 12.345])
def test_a_number_midway_between_two_hundredths_is_the_same_however_it_was_reckoned(midway):
    """Working days are differences of sums since the first stretch of office hours that was looked at."""
    days = Measure("steps", What.MEDIAN, "days")
    assert len({measuring.number(midway + noise, days) for noise in (-1e-13, 0, 1e-13)}) == 1


def test_facts_are_read_once_for_whatever_is_counted_of_them(rows):
    """The recap of agencies and the report on lateness: a statement for each set of facts."""
    for name, statements in (("monthly", 6), ("lateness", 2)):
        seen = []

        def note(*args, seen=seen):
            seen.append(args[2])

        engine = model.meta.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        made(name)
        sa.event.remove(engine, "before_cursor_execute", note)
        assert len([one for one in seen if "AS counted" in one]) == statements


def test_a_sentence_counts_every_fact(rows):
    _, report = made("monthly")
    assert report.findings[0].params == {
        "published": len(rows["published"]),
        "posts": 0,
        "requests": len(rows["requests"]),
        "downloads": len(rows["downloads"]),
    }
    _, report = made("classification")
    assert report.findings[1].params == {"count": 0} and report.findings[0].params["count"] == len(rows["datasets"])
