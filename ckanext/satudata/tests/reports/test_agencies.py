"""Agencies that were renamed, ended or gave their data away within a period; and facts of no agency."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time

from ckanext.satudata.domain.report import Period
from ckanext.satudata.model.agency_past import FormerName, FormerOwner
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.download import Download
from ckanext.satudata.reports import definitions, facts, reckoning
from ckanext.satudata.shared import process, raw_writes, wording
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.documents import sheets

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
FIRST = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def agency():
    """Registered in January, with a dataset that is public and was fetched on the 10th of each month."""
    with freeze_time(FIRST):
        made = ckan_factories.Organization(name="dinas-lama", title="Dinas Lama")
        model.Group.get(made["id"]).created = FIRST.replace(tzinfo=None)  # CKAN's clock does not freeze
        package = ckan_factories.Dataset(owner_org=made["id"], title="Data")["id"]
    for month in range(1, 7):
        at = datetime(2026, month, 10, tzinfo=timezone.utc)
        model.Session.add(Download(package_id=package, channel="file", client="browser", at=at))
    state = model.Session.get(DatasetState, package)
    with raw_writes.writing(model.Session, DatasetState):
        state.first_published_at = FIRST + timedelta(days=4)
        model.Session.flush()
    model.Session.commit()
    return {**made, "package": package}


def portal(action, **data):
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"ignore_auth": True, "user": user}, data)


def told(first, last, name="monthly", producer="", compare=False):
    """Downloads (the last column) by agency, and what is explained."""
    period = Period(date(2026, first, 1), Period.month(2026, last).until_on)
    with wording.speaking("id"):
        about = {"title": "t", "language": "id", "mark": ""}
        narrowing = facts.Narrowing(producer)
        wanted = definitions.current()[name]
        report = reckoning.report(model.Session, wanted, period, **about, narrowing=narrowing, compare=compare)
        said = [sheets.sentence(one, tk._) for one in report.findings]
    rows = next(table.rows for table in report.tables if table.key == "producers")
    return {row[0]: row[-1] for row in rows}, [text for text in said if "dicatat" in text]


def rename(agency, title, on):
    with freeze_time(on):
        portal("organization_patch", id=agency["id"], title=title)


def test_a_renamed_agency_stands_under_both_names(agency):
    rename(agency, "Dinas Baru", "2026-03-15")
    rows, said = told(1, 6)
    assert rows == {"Dinas Lama": 3, "Dinas Baru": 3}
    assert said == [
        "Dinas Lama bernama Dinas Baru sejak 15 Maret 2026; yang terjadi sebelum hari itu dicatat dengan nama lamanya."
    ]
    assert told(1, 6, producer=agency["id"])[0] == rows
    # A period that ended before it has the old name alone, and says why; one after it has nothing to explain.
    assert told(1, 2) == ({"Dinas Lama": 2}, said)
    assert told(4, 6) == ({"Dinas Baru": 3}, [])
    rename(agency, "Dinas Terbaru", "2026-05-15")
    rows, said = told(1, 6)
    assert rows == {"Dinas Lama": 3, "Dinas Baru": 2, "Dinas Terbaru": 1} and len(said) == 2
    assert told(4, 4, compare=True)[1] == said


def test_what_happened_on_the_very_instant_stands_under_the_new_name(agency):
    rename(agency, "Dinas Baru", datetime(2026, 3, 10, tzinfo=timezone.utc))
    assert told(1, 6)[0] == {"Dinas Lama": 2, "Dinas Baru": 4}


def test_every_set_of_facts_knows_the_name_of_its_day(agency):
    rename(agency, "Dinas Baru", "2026-03-15")
    assert told(1, 1, "dissemination")[0] == {"Dinas Lama": 1}
    with freeze_time("2026-02-01"):
        case = process.start(
            model.Session,
            "report",
            subject_type="report",
            subject_id="x",
            organization_id=agency["id"],
            actor=SYSTEM,
            works=False,
            data={"name": "dissemination", "from_on": "2026-01-01", "until_on": "2026-01-31"},
        )
    finish(case, datetime(2026, 2, 2, tzinfo=timezone.utc))
    assert [*told(1, 6, "lateness")[0]] == ["Dinas Lama"]


def finish(case, at):
    step = model.Session.scalars(sa.select(CaseStep).where(CaseStep.case_id == case.id)).one()
    with raw_writes.writing(model.Session, CaseStep):
        step.done_at, step.command, step.done_by = at, "record", "seseorang"
        model.Session.flush()


def test_a_slip_of_the_pen_is_no_name(agency):
    rename(agency, "Dinas Barru", "2026-03-15")
    rename(agency, "Dinas Baru", datetime(2026, 3, 15, 12, tzinfo=timezone.utc))
    assert told(1, 6)[0] == {"Dinas Lama": 3, "Dinas Baru": 3}
    assert [row.title for row in model.Session.scalars(sa.select(FormerName))] == ["Dinas Lama"]
    portal("organization_patch", id=agency["id"], description="Lain")
    assert model.Session.query(FormerName).count() == 1


def test_data_that_went_to_another_agency_leave_their_past_behind(agency):
    other = ckan_factories.Organization(title="Dinas Gabungan")
    with freeze_time("2026-04-01"):
        model.Package.get(agency["package"]).owner_org = other["id"]
        model.Session.commit()
    rows, said = told(1, 6)
    assert rows == {"Dinas Lama": 3, "Dinas Gabungan": 3}
    assert said == [
        "1 data Dinas Lama beralih ke Dinas Gabungan, terakhir pada 1 April 2026; "
        "yang terjadi sebelumnya dicatat pada Dinas Lama."
    ]
    assert told(1, 6, producer=agency["id"])[0] == {"Dinas Lama": 3}
    assert told(5, 6) == ({"Dinas Gabungan": 2}, [])


def test_data_of_several_agencies_are_each_looked_up(agency):
    other = ckan_factories.Organization(title="Dinas Lain")
    package = ckan_factories.Dataset(owner_org=other["id"], title="Data lain")["id"]
    state = model.Session.get(DatasetState, package)
    with raw_writes.writing(model.Session, DatasetState):
        state.first_published_at = FIRST + timedelta(days=40)
        model.Session.flush()
    for changed in (False, True):
        if changed:
            rename(agency, "Dinas Baru", "2026-06-15")
        wanted = definitions.current()["dissemination"]
        about = {"title": "t", "language": "id", "mark": ""}
        report = reckoning.report(model.Session, wanted, Period(date(2026, 1, 1), date(2026, 6, 30)), **about)
        rows = next(table.rows for table in report.tables if table.key == "published")
        assert [row[1] for row in rows] == ["Dinas Lama", "Dinas Lain"]


def test_a_draft_leaves_no_past(agency):
    draft = ckan_factories.Dataset(owner_org=agency["id"])["id"]
    model.Package.get(draft).owner_org = ckan_factories.Organization()["id"]
    model.Session.commit()
    assert model.Session.query(FormerOwner).count() == 0


def test_an_agency_that_is_no_more_keeps_its_name_in_what_it_did(agency):
    other = ckan_factories.Organization(title="Dinas Gabungan")
    with freeze_time("2026-04-01"):
        model.Package.get(agency["package"]).owner_org = other["id"]
        model.Session.commit()
        portal("organization_purge", id=agency["id"])
    rows, said = told(1, 6)
    assert rows == {"Dinas Lama": 3, "Dinas Gabungan": 3}
    assert (
        said[0] == "Dinas Lama berakhir pada 1 April 2026; yang terjadi sebelum hari itu tetap dicatat dengan namanya."
    )


def test_what_belongs_to_no_agency_has_a_name_too():
    case = process.start(
        model.Session,
        "report",
        subject_type="report",
        subject_id="x",
        organization_id=None,
        actor=SYSTEM,
        works=False,
        data={"name": "dissemination", "from_on": "2026-01-01", "until_on": "2026-01-31"},
    )
    finish(case, datetime(2026, 2, 2, tzinfo=timezone.utc))
    assert [*told(1, 6, "lateness")[0]] == ["Bukan satu perangkat daerah"]
