"""Dashboards: who sees which, and which files are refused."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from ckanext.satudata.domain import dashboard, dashboard_definition
from ckanext.satudata.domain.dashboard import Audience
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.report_facts import FACTS
from ckanext.satudata.domain.sop_text import BadSop

STEWARD = Audience((Role.WALIDATA, Role.AUDITOR))
HEAD = Audience((Role.PRODUCER_HEAD,), of_agency=True)
GOOD = """
name: uji
title: {id: Uji, en: Test}
lead: Uji
readers: [walidata]
tiles:
  - {key: a, title: A, is: steps count, link: /meja, to: Meja}
"""


def person(*held, **kw):
    return Actor("u", "u", tuple(held), **kw)


def sees(actor, audience, agency=None):
    try:
        dashboard.require(actor, audience, agency)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("role", Role)
def test_that_of_the_government_is_for_its_roles_alone(role):
    of_one = Held(role, "a" if role is Role.PRODUCER_HEAD else None)
    assert sees(person(of_one), STEWARD) == dashboard.may_see(person(of_one), STEWARD) == (role in STEWARD.roles)


@pytest.mark.parametrize(("role", "agency"), itertools.product(Role, "ab"))
def test_a_head_sees_his_own_agency_only(role, agency):
    whole = role in (Role.WALIDATA, Role.AUDITOR, Role.SYSTEM)
    held = person(Held(role, None if whole else "a"))
    assert sees(held, HEAD, agency) == (whole or (role is Role.PRODUCER_HEAD and agency == "a"))


def test_who_holds_nothing_sees_what_is_public():
    for actor in (person(), Actor(None, "")):
        assert sees(actor, Audience()) and not sees(actor, STEWARD) and not sees(actor, HEAD, "a")
    assert sees(person(is_sysadmin=True), STEWARD) and sees(person(is_sysadmin=True), HEAD, "a")


def test_a_role_held_for_another_process_does_not_count():
    ppid = Audience((Role.PPID,), process="request")
    assert sees(person(Held(Role.PPID, None, processes=frozenset({"request"}))), ppid)
    assert not sees(person(Held(Role.PPID, None, processes=frozenset({"objection"}))), ppid)


@pytest.mark.parametrize(("audience", "agency"), [(HEAD, None), (STEWARD, "a"), (Audience(), "a")])
def test_an_agency_is_named_where_there_is_one(audience, agency):
    with pytest.raises(Invalid) as refusal:
        dashboard.require(person(is_sysadmin=True), audience, agency)
    assert refusal.value.field == "producer"


def test_months_and_years():
    assert dashboard.months_until(date(2026, 2, 3), 4) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert dashboard.years_until(date(2026, 2, 3), "2024") == ["2024", "2025", "2026"]
    assert dashboard.years_until(date(2026, 2, 3), None) == ["2026"]


def test_a_good_file_is_read():
    found = dashboard_definition.read(GOOD, "uji.yaml")
    assert found.audience == Audience((Role.WALIDATA,)) and not found.years
    assert found.tiles[0].trend == found.tiles[0].measure


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("is: steps count", "is: steps count where colour=red", 7, "no column 'colour'"),
        ("is: steps count", "is: waiting count", 7, "has no trend"),
        ("is: steps count", "is: steps count, by: warna", 7, "no column 'warna'"),
        ("is: steps count", "is: steps count, of: downloads count, by: what", 7, "other facts"),
        ("is: steps count", "is: steps count, note: '{n}', values: {n: downloads count}", 7, "other facts"),
        ("link: /meja", "link: //jahat.example/meja", 7, "`link`"),
        ("link: /meja", "link: 'javascript:alert(1)'", 7, "`link`"),
        ("link: /meja", "link: '/meja/{nama}'", 7, "`{nama}` has no value"),
        ("readers: [walidata]", "readers: everybody", 7, "not for everybody"),
        ("readers: [walidata]", "readers: [raja]", 5, "Unknown role"),
        ("readers: [walidata]", "reader: [walidata]", 5, "Unknown key"),
        ("is: steps count", "is: misses sum searches", 7, "not told apart by agency"),
        ("is: steps count", "is: steps count, most: banyak", 7, "`most`"),
        ("is: steps count", "is: steps count where late=ja", 7, "'late' is never 'ja'"),
        ("is: steps count", "is: downloads count where client=chrome", 7, "'client' is never 'chrome'"),
        ("is: steps count", "is: steps count, by: late", 7, "'late' is true or false"),
        ("is: steps count", "is: steps count, note: '{n', values: {n: steps count}", 7, "do not pair"),
        ("is: steps count", "is: steps count, note: '{n.a}', values: {n: steps count}", 7, "more than a name"),
        ("is: steps count", "is: steps count, note: '{n}', values: [n]", 7, "`values` cannot be read"),
        ("link: /meja", "link: '/meja/{agency'", 7, "do not pair"),
        ("name: uji", "name: uji\nprocess: gaji", 3, "Unknown process 'gaji'"),
        ("is: steps count", "is: steps count, trend: {is: waiting count, title: A}", 7, "has no trend"),
    ],
)
def test_a_faulty_file_tells_the_line(old, new, line, said):
    text = GOOD.replace(old, new)
    if "agency" in said:
        text = text.replace("tiles:", "agency: true\ntiles:")
    with pytest.raises(BadSop) as refusal:
        dashboard_definition.read(text, "uji.yaml")
    assert any(said in one.fault and one.line in (line, line + 1) for one in refusal.value.problems)


def test_what_everybody_may_count_names_nothing_hidden():
    for name in dashboard.PUBLIC_FACTS:
        assert not {"case", "officer", "number", "what", "question"} & set(FACTS[name]), name
    assert not {"package", "dataset"} & set(FACTS["asked"])
