"""Who may download what, over the whole grid."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from ckanext.satudata.domain.access import (
    AGENCY_READERS,
    STEWARD_READERS,
    Allowed,
    DatasetStage,
    GrantFacts,
    Level,
    Refusal,
    Target,
    effective_level,
    level_of,
    may_download,
)
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.officer import Actor, Held, HoldKind, Role

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
ANYBODY = Actor(user_id=None, name="")
GRANT = GrantFacts(NOW + timedelta(days=1), 0, 1, is_revoked=False, is_for_this_file=True)


def held(role, organization="dinas"):
    return Actor(user_id="u", name="u", held=(Held(role, organization),))


@pytest.mark.parametrize(("stage", "level", "released"), itertools.product(DatasetStage, Level, (True, False)))
def test_the_public_gets_released_open_files_and_nothing_else(stage, level, released):
    verdict = may_download(ANYBODY, Target(stage, level, "dinas", released), NOW)
    is_open = stage is DatasetStage.PUBLISHED and level is Level.TERBUKA and released
    assert isinstance(verdict, Allowed) is is_open


@pytest.mark.parametrize(("role", "stage", "level"), itertools.product(Role, DatasetStage, Level))
def test_officers_read_their_own_agency_only(role, stage, level):
    target = Target(stage, level, "dinas", False)
    decides = role is Role.PPID and (
        stage is DatasetStage.WITHDRAWN
        or stage in (DatasetStage.PUBLISHED, DatasetStage.CLOSED)
        and level is not Level.TERBUKA
    )
    own = role in AGENCY_READERS + STEWARD_READERS or decides
    assert isinstance(may_download(held(role), target, NOW), Allowed) is own
    assert isinstance(may_download(held(role, "lain"), target, NOW), Allowed) is (role in STEWARD_READERS or decides)


@pytest.mark.parametrize(("process", "allowed"), [("classification", True), ("request", True), ("report", False)])
def test_who_stands_in_for_the_ppid_reads_for_what_he_stands_in(process, allowed):
    acting = Held(Role.PPID, None, HoldKind.AN, frozenset({process}))
    target = Target(DatasetStage.PUBLISHED, Level.TERBATAS, "dinas", False)
    assert isinstance(may_download(Actor("u", "u", (acting,)), target, NOW), Allowed) is allowed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_for_this_file": False}, Refusal.GRANT_FOREIGN),
        ({"is_revoked": True}, Refusal.GRANT_REVOKED),
        ({"until_at": NOW}, Refusal.GRANT_EXPIRED),
        ({"downloads": 1}, Refusal.GRANT_SPENT),
    ],
)
def test_a_grant_holds_until_it_does_not(change, reason):
    target = Target(DatasetStage.PUBLISHED, Level.TERBATAS, "dinas", False)
    assert may_download(ANYBODY, target, NOW, GRANT) == Allowed("grant")
    assert may_download(ANYBODY, target, NOW, replace(GRANT, **change)).reason is reason


@pytest.mark.parametrize(("outer", "inner"), itertools.product(Level, Level))
def test_a_resource_is_as_strict_as_its_dataset_or_stricter(outer, inner):
    if inner.strictness < outer.strictness:
        with pytest.raises(Invalid):
            effective_level(outer.value, inner.value)
    else:
        assert effective_level(outer.value, inner.value) is inner
    assert effective_level(outer.value, None) is outer


@pytest.mark.parametrize("value", [None, "", "open", "TERBUKA", 1])
def test_an_unknown_level_is_the_strictest(value):
    assert level_of(value) is Level.TERTUTUP
