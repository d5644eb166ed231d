"""The end of a period makes work for Walidata and PPID, once for each occasion, and opens nothing."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from ckanext.satudata.access import periods
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import actors, clock, notices, process
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import decided, make, operator, publish
from ckanext.satudata.tests.access.test_lists import restrict
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

END = "2030-06-30"


def mails():
    """(role, occasion) of every mail that was queued."""
    rows = model.Session.scalars(sa.select(Outbox).where(Outbox.kind == periods.MAIL))
    return sorted((row.to_role, row.key.split(":", 3)[3].rsplit(":", 1)[0]) for row in rows if row.to_role)


def cases():
    return list(model.Session.scalars(sa.select(Case).where(Case.process == "classification")))


def on(day):
    return freeze_time(f"{day} 03:00")


@pytest.fixture
def limited():
    mine = operator()
    found = make(mine, mine["org"], level="terbatas", title="Penerima bantuan")
    publish(found["id"])
    restrict(found["id"], access_ground="17h", access_basis="SK 12/2026", access_until=END)
    return found


def test_a_period_reminds_before_on_and_after_its_day_and_opens_nothing(limited):
    resource = limited["resources"][0]["id"]
    both = [Role.PPID.value, Role.WALIDATA.value]

    def occasions(*names):
        return sorted((role, f"{END}:{name}") for role in both for name in names)

    with on("2030-05-30"):
        assert periods.watch() == 0 and mails() == [] and cases() == []
    with on("2030-05-31"):
        assert periods.watch() == 1
        assert periods.watch() == 0
    assert mails() == occasions("soon") and len(cases()) == 1
    with on("2030-06-29"):
        assert periods.watch() == 0
    with on("2030-06-30"):
        periods.watch()
    assert mails() == occasions("soon", "day")
    # The job was down for three weeks and tells once of what is now, not of each week that it missed.
    with on("2030-07-25"):
        periods.watch()
        periods.watch()
        assert mails() == occasions("soon", "day", "week3")
        assert not access.ask(model.Session, actors.ANONYMOUS, resource).is_allowed
    with on("2030-07-29"):
        periods.watch()
    assert mails() == occasions("soon", "day", "week3", "week4")
    found = cases()
    assert len(found) == 1 and found[0].data["cause"] == "period" and found[0].ended_at is None
    assert process.summary(model.Session, found[0])["open_steps"][0]["role"] == Role.WALIDATA.value
    row = model.Session.get(DatasetState, limited["id"])
    assert (row.access_level, row.state) == ("terbatas", "published")
    assert model.Package.get(limited["id"]).extras["access_level"] == "terbatas"


def test_a_new_period_is_a_new_occasion(limited):
    with on("2030-06-30"):
        periods.watch()
        restrict(limited["id"], access_until="2030-07-10")
        assert periods.watch() == 1
    assert {name for _, name in mails()} == {f"{END}:day", "2030-07-10:soon"}
    with on("2030-07-10"):
        restrict(limited["id"], access_until="2040-01-01")
        assert periods.watch() == 0


def test_what_is_closed_counts_and_is_not_named_and_drafts_do_not_count(limited):
    mine = operator()
    closed = make(mine, mine["org"], level="tertutup", title="kanari judul tertutup")
    publish(closed["id"])
    draft = make(mine, mine["org"], level="terbatas", title="kanari draf")
    for found in (closed, draft):
        restrict(found["id"], access_until=END, access_review_on="2030-06-20")
    with on("2030-06-25"):
        assert periods.watch() == 2
    assert {case.subject_id for case in cases()} == {limited["id"], closed["id"]}
    texts = {}
    for row in model.Session.scalars(sa.select(Outbox).where(Outbox.kind == periods.MAIL)):
        texts.setdefault(row.params["package_id"], []).append("\n".join(periods.period_ends(row.params)))
    assert len(texts[closed["id"]]) == 4, "the review day and the last day, to two roles"
    assert all("Penerima bantuan" in text for text in texts[limited["id"]])
    assert not any("kanari" in text for one in texts.values() for text in one)


def test_the_mails_reach_the_holders_of_both_roles_once(limited):
    users = [officer(role) for role in (Role.WALIDATA, Role.PPID, Role.AUDITOR)]
    with on("2030-06-30"):
        for _ in range(2):
            periods.watch()
            notices.send_waiting()
    told = model.Session.scalars(sa.select(Outbox).where(Outbox.to_user.is_not(None)))
    assert sorted(row.to_user for row in told) == sorted(user["id"] for user in users[:2])


def test_one_that_fails_stops_no_other(limited, monkeypatch):
    mine = operator()
    other = make(mine, mine["org"], level="terbatas", title="Lain")
    publish(other["id"])
    restrict(other["id"], access_until=END)
    real = periods.classification.open_case

    def broken(session, package_id, *args, **kw):
        if package_id == min(limited["id"], other["id"]):
            raise RuntimeError("rusak")
        return real(session, package_id, *args, **kw)

    with on("2030-06-30"):
        monkeypatch.setattr(periods.classification, "open_case", broken)
        assert periods.watch() == 1
        monkeypatch.undo()
        assert periods.watch() == 1
    assert len(cases()) == 2 and len(mails()) == 4


def test_a_day_is_the_governments_not_greenwichs(limited):
    with freeze_time("2030-06-29 17:30"):  # 00.30 of the 30th in Jakarta
        assert clock.today() - timedelta(days=1) == clock.now().date()
        periods.watch()
    assert {name for _, name in mails()} == {f"{END}:day"}


def test_the_page_of_periods_speaks_as_the_public_page_does(app, limited):
    user = officer(Role.PPID)
    place, at = "/meja/masa-berlaku", {"headers": {"Authorization": user["token"]}}
    restrict(limited["id"], access_until="", access_permanent="true", access_review_on="2035-01-01")
    decided(limited["id"])

    def listed():
        found = tk.get_action("satudata_restriction_list")({"user": user["name"]}, {})
        return found["restrictions"][0]["standing"], found["restrictions"][0]["stand"], found["counts"]["permanent"]

    with on("2030-05-30"):
        assert listed() == ("held", "permanent", 1)
        body = app.get(place, query_string={"stand": "permanent"}, **at).body
        assert "Permanen, ditinjau nanti" in body and limited["title"] in body and "Alasan pengecualian" in body
        assert ">sementara<" not in body.replace("\n", "")
        classification.open_case(model.Session, limited["id"], "provisional", actor=actors.SYSTEM)
        model.Session.commit()
        assert listed() == ("provisional", "permanent", 1) and "sementara" in app.get(place, **at).body
        restrict(limited["id"], access_ground="")
        body = app.get(place, **at).body
        assert "sementara" in body and "menunggu uji" not in body
