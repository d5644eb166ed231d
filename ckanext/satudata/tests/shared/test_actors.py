"""Roles are evaluated at each decision."""

from __future__ import annotations

from datetime import date, datetime, timezone

import ckan.model as model
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import ANONYMOUS, actor_for, actor_of, users_holding
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def actor(user):
    return actor_of({"user": user["name"]})


def test_an_officer_holds_the_role_for_that_agency_only():
    user = officer(Role.OPERATOR, "agency-1")
    assert actor(user).has(Role.OPERATOR, "agency-1")
    assert not actor(user).has(Role.OPERATOR, "agency-2")
    assert not actor(user).has(Role.VERIFIER, "agency-1")


def test_a_government_wide_role_counts_for_every_agency():
    assert actor(officer(Role.WALIDATA)).has(Role.WALIDATA, "any")


def test_no_user_is_anonymous():
    assert actor_of({}) is ANONYMOUS
    assert actor_of({"user": "", "auth_user_obj": None, "ignore_auth": True}) is ANONYMOUS
    assert actor_of({"user": "127.0.0.1"}) is ANONYMOUS


@pytest.mark.parametrize(
    ("zone", "last_second", "midnight"),
    [
        ("Asia/Jakarta", (16, 59, 59), (17, 0, 0)),
        ("Asia/Jayapura", (14, 59, 59), (15, 0, 0)),
    ],
)
def test_a_role_lapses_at_local_midnight(freezer, zone, last_second, midnight):
    user = officer(Role.PPID, valid_from_on=date(2026, 3, 1), valid_until_on=date(2026, 3, 31))
    with helpers.changed_config("ckan.display_timezone", zone):
        freezer.move_to(datetime(2026, 3, 31, *last_second, tzinfo=timezone.utc))
        assert actor(user).has(Role.PPID)
        freezer.move_to(datetime(2026, 3, 31, *midnight, tzinfo=timezone.utc))
        assert actor(user).held == ()
        assert users_holding(Role.PPID) == []
        freezer.move_to(datetime(2026, 2, 28, *last_second, tzinfo=timezone.utc))
        assert actor(user).held == ()
        freezer.move_to(datetime(2026, 2, 28, *midnight, tzinfo=timezone.utc))
        assert actor(user).has(Role.PPID)


def test_an_ended_role_grants_nothing():
    user = officer(Role.PPID, ended_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert actor(user).held == ()


def test_a_deleted_or_pending_user_holds_nothing():
    user = officer(Role.WALIDATA, user={"sysadmin": True})
    stored = model.User.get(user["id"])
    for state in ("deleted", "pending"):
        stored.state = state
        model.Session.commit()
        assert actor_for(stored).held == ()
        assert not actor_for(stored).is_sysadmin
        assert users_holding(Role.WALIDATA) == []


def test_signing_for_the_head_is_for_named_processes():
    user = officer(Role.PPID_SUPERIOR, kind="an", processes=["objection"])
    assert actor(user).has(Role.PPID_SUPERIOR, process="objection")
    assert not actor(user).has(Role.PPID_SUPERIOR, process="request")
    assert not actor(user).has(Role.PPID_SUPERIOR)


def test_holders_of_an_agency_include_the_government_wide():
    one, wide, other = officer(Role.PPID_PEMBANTU, "a"), officer(Role.PPID_PEMBANTU), factories.User()
    hold(other["id"], Role.PPID_PEMBANTU, "b")
    assert {user.id for user in users_holding(Role.PPID_PEMBANTU, "a")} == {one["id"], wide["id"]}
