"""The numbers of tiles are those of the facts one by one, however few rows the database sends."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories

from ckanext.satudata.domain.report import Period
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.download import Download
from ckanext.satudata.reports import dashboards, facts, tiles
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.reports.test_report import ask

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def agency():
    """Of nine datasets several share a place; of some downloads no dataset is known."""
    agency, session = ckan_factories.Organization(), model.Session
    ids = [ckan_factories.Dataset(owner_org=agency["id"], access_level="terbatas")["id"] for _ in range(9)]
    for place, id_ in enumerate([*ids, None]):
        for number in range((4, 4, 1, 2, 2, 2, 1, 2, 1, 2)[place]):
            at = clock.now() - timedelta(days=30 * number + place)
            session.add(Download(package_id=id_, channel=("file", "link")[number % 2], client="browser", at=at))
            session.add(Download(package_id=id_, channel="file", client="robot", at=at))
            if id_:
                ask(agency["id"]).dataset_id = id_
    session.flush()
    return agency


@pytest.mark.parametrize("name", ["walidata", "ppid", "agency", "public"])
@pytest.mark.parametrize("is_of_one", [True, False])
def test_the_first_groups_and_the_months_are_those_of_the_facts_one_by_one(agency, name, is_of_one):
    spec, agency_id = dashboards.current()[name], agency["id"] if is_of_one else ""
    found = tiles.counted(model.Session, spec, agency_id=agency_id)
    today = clock.today()
    asked = facts.Asked.of(
        model.Session, Period(today - timedelta(days=334), today), facts.Narrowing(producer=agency_id)
    )
    rows = {
        name: model.Session.execute(sa.select(facts.source(asked, name))).mappings().all()
        for name in {one.measure.facts for one in spec.tiles} | {one.trend.facts for one in spec.tiles}
    }

    def by(column: str, measure: Measure) -> Counter:
        taken = (row for row in rows[measure.facts] if not measure.where or _said(row[measure.where]) in measure.values)
        return Counter(row[column] for row in taken)

    of_data = [one for one in spec.tiles if tiles.key_of(one.by, FACTS[one.measure.facts]) == "package"]
    for one in of_data:
        order = sorted(by("package", one.of).items(), key=lambda group: (-group[1], str(group[0])))
        assert list(found[one.key].groups) == order[: one.most], one.key
        assert found[one.key].left == max(len(order) - one.most, 0), one.key
        assert found[one.key].value == by("package", one.measure).total(), one.key
    # Nothing of it is open to everybody.
    assert name in ("ppid", "public") or any(found[one.key].left for one in of_data)
    for one in spec.tiles:
        if one.trend.what is What.COUNT and not spec.years and "month" in FACTS[one.trend.facts]:
            months = {label: value for label, value in found[one.key].trend if value}
            assert months == by("month", one.trend), one.key


def _said(value) -> str:
    """A cell as definitions write it."""
    return str(value).lower() if isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("name", "by", "index"),
    [
        ("downloads", ["package", "channel"], "ix_satudata_download_counted"),
        ("downloads", [], "ix_satudata_download_counted"),
        ("used", ["package", "client"], "ix_satudata_download_counted"),
        ("steps", ["agency", "late", "command"], "ix_satudata_case_step_done_at"),
        ("waited", ["agency", "role", "late"], "ix_satudata_case_step_done_at"),
    ],
)
def test_what_is_counted_most_is_read_from_an_index_alone(name, by, index):
    """Of downloads only while the index takes those that count, as `downloads.counted` says."""
    session, today = model.Session, clock.today()
    asked = facts.Asked.of(session, Period(today, today))
    source = facts.source(asked.counting(by, [Measure(name, What.COUNT)], asked.months()), name)
    # Of a few rows any way is as short: the others are taken away until the end of this transaction.
    for way in ("seqscan", "bitmapscan"):
        session.execute(sa.select(sa.func.set_config(f"enable_{way}", "off", True)))
    table = Download if name in ("downloads", "used") else CaseStep
    for other in sa.inspect(session.connection()).get_indexes(table.__tablename__):
        if other["name"] != index:
            session.execute(sa.text(f"drop index {other['name']}"))
    query = sa.select(source).compile(session.connection(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.connection().exec_driver_sql(f"explain {query}".replace("%", "%%")).scalars())
    session.rollback()
    assert f"Index Only Scan using {index}" in plan, plan
