"""What a report is asked: period, agency, topic, channel, and beside the period before."""

from __future__ import annotations

from datetime import datetime, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from freezegun import freeze_time
from sqlalchemy import orm

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.download import Download
from ckanext.satudata.reports import making
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
AUDITOR = Actor("a", "a", (Held(Role.AUDITOR, None),))
OCTOBER = {"name": "dissemination", "period": "2026-10"}


@pytest.fixture(autouse=True)
def november():
    with freeze_time("2026-11-20 03:00:00"):
        yield


@pytest.fixture
def agencies():
    """A: health, 2 files and 1 forwarded in October, 4 files in September. B: education, 3 files in October."""
    found = {}
    for letter, topic, fetched in (
        ("a", "1.02", (("file", 10), ("file", 10), ("link", 10), ("file", 9), ("file", 9), ("file", 9), ("file", 9))),
        ("b", "1.01", (("file", 10), ("file", 10), ("file", 10))),
    ):
        agency = ckan_factories.Organization(name=f"dinas-{letter}", title=f"Dinas {letter.upper()}")
        package = ckan_factories.Dataset(owner_org=agency["id"], title=f"Data {letter}", urusan=topic)
        found[letter] = agency["id"]
        for channel, month in fetched:
            at = datetime(2026, month, 5, 12, tzinfo=timezone.utc)
            model.Session.add(Download(package_id=package["id"], channel=channel, client="browser", at=at))
    model.Session.commit()
    return found


def made(**asked):
    return making.make(model.Session, AUDITOR, {**OCTOBER, **asked})


def rows(report, key):
    return next(table.rows for table in report.tables if table.key == key)


def downloads(report):
    return {row[0]: row[-1] for row in rows(report, "producers")}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"Dinas A": 3, "Dinas B": 3}),
        ({"producer": "dinas-a"}, {"Dinas A": 3}),
        ({"topic": "1.01"}, {"Dinas B": 3}),
        ({"channel": "link"}, {"Dinas A": 1}),
        ({"producer": "dinas-b", "channel": "link"}, {}),
        ({"topic": "1.02", "channel": "file"}, {"Dinas A": 2}),
        ({"period": "2026-Q3"}, {"Dinas A": 4}),
        ({"period": "2026-S2"}, {"Dinas A": 7, "Dinas B": 3}),
        ({"period": "2025"}, {}),
        ({"period": "", "from_on": "2026-10-05", "until_on": "2026-10-05"}, {"Dinas A": 3, "Dinas B": 3}),
    ],
)
def test_a_report_is_of_what_was_asked(agencies, asked, expected):
    assert downloads(made(**asked)) == expected


def test_what_it_is_narrowed_to_stands_in_it_and_what_is_not_narrowed_is_told(agencies):
    report = made(producer=agencies["a"], topic="1.02", channel="file")
    assert report.narrowed[0] == ("Producer", "Dinas A") and report.narrowed[2][0] == "Channel"
    (told,) = [one for one in report.findings if one.message.startswith("Not narrowed")]
    assert told.params["what"] == "Kanal" and "Langkah yang selesai" in told.params["figures"]
    assert "Unduhan" not in told.params["figures"]


def test_beside_the_period_before(agencies):
    report = made(compare="before")
    table = next(one for one in report.tables if one.key == "producers")
    assert table.names[-2:] == ("downloads", "downloads_before")
    assert [(row[0], *row[-2:]) for row in table.rows] == [("Dinas A", 3, 4), ("Dinas B", 3, 0)]
    now, before = (one for one in report.findings if "unduhan tercatat" in one.message)
    assert (now.params, before.params) == ({"count": 6}, {"count": 4})
    assert "1 September 2026" in before.message and "30 September 2026" in before.message
    # An agency that stands in the period before alone is not left out.
    assert [(row[0], *row[-2:]) for row in rows(made(period="2026-11", compare="before"), "producers")] == [
        ("Dinas A", 0, 3),
        ("Dinas B", 0, 3),
    ]


def test_where_no_page_is_wide_enough_the_period_before_has_a_table_of_its_own(agencies):
    """The monthly recap counts seven things."""
    report = made(name="monthly", compare="before")
    now, before = (one for one in report.tables if one.key.startswith("producers"))
    assert (before.key, before.title) == ("producers_before", "Menurut perangkat daerah, periode sebelumnya")
    assert now.names[-1] == "downloads" and before.names[-1] == "downloads_before"
    assert ([(row[0], row[-1]) for row in now.rows], [(row[0], row[-1]) for row in before.rows]) == (
        [("Dinas A", 3), ("Dinas B", 3)],
        [("Dinas A", 4)],
    )
    for name in ("dissemination", "lateness", "monthly", "classification"):
        assert all(len(one.columns) <= 9 for one in made(name=name, compare="before").tables)


def test_what_stands_now_has_no_period_before():
    report = made(name="classification", compare="before")
    assert not [name for table in report.tables for name in table.names if name.endswith("_before")]
    assert [one.message.startswith("Periode sebelumnya") for one in report.findings] == [False, True]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"producer": "dinas-z"}, "producer"),
        ({"topic": "9.99"}, "topic"),
        ({"channel": "merpati"}, "channel"),
        ({"name": "lateness", "channel": "file"}, "channel"),
        ({"compare": "year"}, "compare"),
        ({"period": "2026-13"}, "period"),
        ({"period": "2027-Q1"}, "from_on"),
        ({"producer": ["dinas-a"]}, "producer"),
    ],
)
def test_what_cannot_be_asked_names_its_field(agencies, asked, field):
    with pytest.raises(Invalid) as refusal:
        made(**asked)
    assert refusal.value.field == field


def test_the_same_question_has_the_same_parameters(agencies):
    one = making.asked({**OCTOBER, "producer": agencies["a"], "topic": "Kesehatan", "compare": "yes", "channel": ""})
    assert one == {
        "name": "dissemination",
        "from_on": "2026-10-01",
        "until_on": "2026-10-31",
        "producer": "dinas-a",
        "topic": "1.02",
        "compare": "before",
    }
    assert making.asked(one) == one
    name = making.filename(making.question(one), "xlsx", "Menurut produsen data")
    assert name == "laporan-penyebarluasan-2026-10-dinas-a-1.02-perbandingan-menurut-produsen-data.xlsx"


def test_only_the_whole_report_is_filed_and_a_part_is_never_taken_for_it(agencies):
    walidata = officer("walidata")
    context = {"user": walidata["name"], "auth_user_obj": model.User.get(walidata["id"])}
    for extra in ({"producer": "dinas-a"}, {"compare": "before"}):
        with pytest.raises(tk.ValidationError) as refusal:
            tk.get_action("satudata_report_file")(dict(context), {**OCTOBER, **extra})
        assert list(refusal.value.error_dict) == list(extra)
    tk.get_action("satudata_report_file")(dict(context), {**OCTOBER})
    part = tk.get_action("satudata_report_show")(dict(context), {**OCTOBER, "producer": "dinas-a"})
    assert [row[0] for table in part["tables"] if table["key"] == "producers" for row in table["rows"]] == ["Dinas A"]
    assert part["narrowed"] == [{"label": "Produsen data", "text": "Dinas A"}]


def test_all_numbers_are_of_one_moment_while_downloads_come_in(agencies):
    package_id = model.Session.scalars(sa.select(Download.package_id)).first()
    model.Session.commit()

    def another():
        with orm.Session(model.meta.engine) as meanwhile:
            at = datetime(2026, 10, 5, 12, tzinfo=timezone.utc)
            meanwhile.add(Download(package_id=package_id, channel="file", client="browser", at=at))
            meanwhile.commit()

    report = making.make(model.Session, AUDITOR, OCTOBER, told=another)
    assert {sum(row[-1] for row in rows(report, key)) for key in ("producers", "downloads")} == {6}
    assert [
        one.params["count"] for one in report.findings if "unduhan" in one.message or "downloads" in one.message
    ] == [6]
    assert sum(downloads(made()).values()) > 6
