"""What waited when months ended, and how complete descriptions were then."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.completeness import KeptCompleteness, MonthCompleteness
from ckanext.satudata.reports import dashboards, facts, metadata_facts, tiles
from ckanext.satudata.reports.counts import Counts
from ckanext.satudata.shared import clock, process, raw_writes
from ckanext.satudata.shared.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
START, NOW = datetime(2026, 2, 20, tzinfo=timezone.utc), datetime(2026, 7, 9, 3, 30, tzinfo=timezone.utc)
HOURS = int((NOW - START).total_seconds()) // 3600
_LASTS = st.one_of(st.none(), st.integers(0, HOURS))
waits = st.lists(st.tuples(st.integers(0, 1), st.integers(0, HOURS), _LASTS, _LASTS, st.booleans()), max_size=12)
periods = st.tuples(st.integers(0, 139), st.integers(0, 139)).map(
    lambda days: Period(START.date() + timedelta(min(days)), START.date() + timedelta(max(days)))
)


@pytest.fixture
def cases():
    """Of each of two agencies a case whose own step is over."""
    found = []
    for title in ("Dinas A", "Dinas B"):
        about = {"subject_type": "x", "subject_id": title, "organization_id": ckan_factories.Organization()["id"]}
        case = process.start(model.Session, "report", **about, actor=SYSTEM, works=False)
        step = model.Session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id)).one()
        with raw_writes.writing(model.Session, CaseStep):
            step.opened_at = step.done_at = START - timedelta(days=400)
            model.Session.flush()
        found.append((case.id, case.organization_id, step.no))
    model.Session.commit()
    return found


def by_hand(period, rows):
    """The reference: each day of the period one after the other; a month ends with its last day, the last one now."""
    found = Counter()
    for offset in range((period.until_on - period.from_on).days + 1):
        day = period.from_on + timedelta(offset)
        tomorrow = day + timedelta(days=1)
        if day > NOW.astimezone(clock.zone()).date() or (tomorrow.day != 1 and day != period.until_on):
            continue
        at = min(NOW, datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=clock.zone()))
        for agency, opened_at, done_at, due_at, _ in rows:
            if opened_at < at and (done_at is None or done_at >= at):
                found[f"{day:%Y-%m}", agency, due_at is not None and due_at < at] += 1
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periods, waits)
def test_what_waited_when_months_ended_is_counted_as_by_hand(cases, period, drawn):
    session, rows = model.Session, []
    for which, since, lasts, due, commanded in drawn:
        case_id, agency, no = cases[which]
        opened_at = START + timedelta(hours=since)
        done_at = None if lasts is None else min(opened_at + timedelta(hours=lasts), NOW)
        due_at = None if due is None else opened_at + timedelta(hours=due)
        rows.append((agency, opened_at, done_at, due_at, commanded))
        times = {"opened_at": opened_at, "done_at": done_at, "due_at": due_at}
        with raw_writes.writing(session, CaseStep):
            command = "record" if commanded and done_at else None  # without one it was closed by another's
            session.add(
                CaseStep(case_id=case_id, no=no, role="walidata", organization_id=agency, command=command, **times)
            )
            session.flush()
    with freeze_time(NOW):
        asked, expected = facts.Asked.of(session, period), by_hand(period, rows)
        each = session.execute(sa.select(facts.source(asked, "waited"))).mappings().all()
        counts, count = Counts(asked), Measure("waited", What.COUNT)
        counts.want(("month", "agency", "late"), [count])
        groups = counts.of("waited", ("month", "agency", "late"))
    assert Counter((row["month"], row["agency"], row["late"]) for row in each) == expected
    assert {group: numbers[count] for group, numbers in groups.items()} == dict(expected)
    session.rollback()


def test_the_reference_counts_what_a_hand_counts():
    """One of each kind, so that both cannot be wrong in the same way."""
    april = datetime(2026, 4, 10, tzinfo=timezone.utc)
    rows = [
        ("a", april, april + timedelta(days=30), april + timedelta(days=5), True),
        ("a", april, april + timedelta(days=3), None, True),
        ("b", april, None, NOW, False),
    ]
    found = by_hand(Period(date(2026, 4, 1), date(2026, 7, 9)), rows)
    still = {(f"2026-0{month}", "b", False): 1 for month in (4, 5, 6, 7)}
    assert found == {("2026-04", "a", True): 1, **still}


def test_the_last_look_of_a_month_stays_and_the_months_before_the_first_are_unknown():
    session, agency = model.Session, ckan_factories.Organization()
    ids = [ckan_factories.Dataset(owner_org=agency["id"])["id"] for _ in range(3)]
    for at in ("2026-05-03", "2026-05-31 16:59", "2026-05-31 17:01", "2026-07-09"):  # 17:00 is midnight there
        with freeze_time(at, tick=True):
            metadata_facts.look()
        if at == "2026-05-31 16:59":
            model.Package.get(ids[0]).state = "deleted"
            session.commit()
    kept = session.scalars(sa.select(MonthCompleteness).order_by(MonthCompleteness.month)).all()
    numbers = {"2026-05": 3, "2026-06": 2, "2026-07": 2}
    assert {row.month: row.complete + row.incomplete for row in kept} == numbers
    assert session.scalar(sa.select(sa.func.count()).select_from(KeptCompleteness)) == 2
    with freeze_time("2026-07-09 05:00"):
        spec = dashboards.current()["agency"]
        found = tiles.counted(session, spec, agency_id=agency["id"])["datasets"]
        other = tiles.counted(session, spec, agency_id=ckan_factories.Organization()["id"])["datasets"]
        asked = facts.Asked.of(session, Period(date(2026, 5, 1), date(2026, 7, 9)))
        each = session.execute(sa.select(facts.source(asked, "descriptions"))).mappings().all()
    unknown = {label: None for label, _ in found.trend[:9]}
    assert found.value == 2 and dict(found.trend) == unknown | numbers
    assert {value for _, value in other.trend} == {None}
    assert Counter(row["month"] for row in each) == numbers
