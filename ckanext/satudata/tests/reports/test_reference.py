"""Random downloads, renamed agencies and data that change hands, counted as a slow, plain reference does."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import pytest
from ckan.tests import factories as ckan_factories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.agency_past import FormerName, FormerOwner
from ckanext.satudata.model.download import Download
from ckanext.satudata.reports import definitions, facts, reckoning
from ckanext.satudata.shared import clock

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
TOPICS = ("1.01", "1.02")
AGENCIES, PACKAGES = 2, 3

instants = st.integers(0, 120 * 24).map(lambda hours: START + timedelta(hours=hours))
channels, clients = st.sampled_from(["file", "link", "officer"]), st.sampled_from(["browser", "script", "robot"])
fetches = st.lists(st.tuples(st.integers(0, PACKAGES - 1), channels, clients, instants), max_size=25)
renames = st.lists(st.tuples(st.integers(0, AGENCIES - 1), instants), max_size=3, unique_by=lambda one: one[1])
moves = st.lists(st.tuples(st.integers(0, PACKAGES - 1), instants), max_size=3, unique_by=lambda one: one[1])
periods = st.tuples(st.integers(0, 90), st.integers(0, 40)).map(
    lambda days: Period(START.date() + timedelta(days[0]), START.date() + timedelta(sum(days)))
)
asks = st.tuples(st.sampled_from([None, 0, 1]), st.sampled_from(["", *TOPICS]), st.sampled_from(["", "file", "link"]))


@pytest.fixture
def world():
    """Two agencies; data 0 and 1 belong to the first now, 2 to the second."""
    agencies = [ckan_factories.Organization(title=f"Dinas {number}")["id"] for number in range(AGENCIES)]
    packages = [
        ckan_factories.Dataset(owner_org=agencies[number // 2], title=f"Data {number}", urusan=TOPICS[number % 2])["id"]
        for number in range(PACKAGES)
    ]
    return agencies, packages


def name_on(agency, at, renamed):
    """What an agency was called at an instant: each name until the next change, its present one after the last."""
    ends = sorted(end for number, end in renamed if number == agency)
    later = [place for place, end in enumerate(ends) if end > at]
    return f"Dinas {agency} sebelum {later[0]}" if later else f"Dinas {agency}"


def owner_on(package, at, moved):
    """Whose the data were: each move is from the agency with the number of its place among the moves, odd or even."""
    ends = sorted(end for number, end in moved if number == package)
    later = [place for place, end in enumerate(ends) if end > at]
    return later[0] % 2 if later else package // 2


def counted(period, ask, fetched, renamed, moved):
    """The reference: one download after the other."""
    producer, topic, channel = ask
    found = Counter()
    for package, how, client, at in fetched:
        day, owner = at.astimezone(clock.zone()).date(), owner_on(package, at, moved)
        if how == "officer" or client == "robot" or not period.from_on <= day <= period.until_on:
            continue
        if producer not in (None, owner) or topic not in ("", TOPICS[package % 2]) or channel not in ("", how):
            continue
        found[name_on(owner, at, renamed)] += 1
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periods, asks, fetches, renames, moves)
def test_downloads_are_counted_as_by_hand(world, period, ask, fetched, renamed, moved):
    agencies, packages = world
    session = model.Session
    for package, channel, client, at in fetched:
        session.add(Download(package_id=packages[package], channel=channel, client=client, at=at))
    for kept, changes in ((renamed, AGENCIES), (moved, PACKAGES)):
        for number in range(changes):
            for place, end in enumerate(sorted(end for one, end in kept if one == number)):
                session.add(
                    FormerName(organization_id=agencies[number], title=f"Dinas {number} sebelum {place}", until_at=end)
                    if kept is renamed
                    else FormerOwner(package_id=packages[number], organization_id=agencies[place % 2], until_at=end)
                )
    session.flush()
    producer, topic, channel = ask
    narrowing = facts.Narrowing("" if producer is None else agencies[producer], topic, channel)
    about = {"title": "t", "language": "id", "mark": "", "narrowing": narrowing, "compare": True}
    report = reckoning.report(session, definitions.current()["dissemination"], period, **about)
    tables = {table.key: table for table in report.tables}
    now, before = (counted(one, ask, fetched, renamed, moved) for one in (period, period.before()))
    producers = [(row[0], *row[-2:]) for row in tables["producers"].rows]
    expected = sorted((name, now[name], before[name]) for name in now | before)
    assert sorted(row for row in producers if any(row[1:])) == expected
    assert sum(row[-2] for row in tables["downloads"].rows) == now.total()
    assert next((said.params["count"] for said in report.findings if said.key == "3"), 0) == now.total()
    session.rollback()


def test_the_reference_counts_what_a_hand_counts():
    """One case of each kind, so that both cannot be wrong in the same way."""
    noon = datetime(2026, 3, 10, 5, tzinfo=timezone.utc)
    fetched = [(0, "file", "browser", noon), (0, "file", "robot", noon), (2, "link", "script", noon)]
    march = Period(date(2026, 3, 10), date(2026, 3, 10))
    assert counted(march, (None, "", ""), fetched, [], []) == {"Dinas 0": 1, "Dinas 1": 1}
    assert counted(march, (None, "", "link"), fetched, [(1, noon)], []) == {"Dinas 1": 1}
    later = noon + timedelta(seconds=1)
    assert counted(march, (0, "", ""), fetched, [(0, later)], [(2, later)]) == {"Dinas 0 sebelum 0": 2}
    assert not counted(march.before(), (None, "", ""), fetched, [], [])
