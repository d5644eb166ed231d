"""When the guestbook asks, of whom, and what it takes."""

from __future__ import annotations

import itertools

import pytest

from ckanext.satudata.domain import clients, guestbook
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.guestbook import Ask, Asked, Mode, Scope
from ckanext.satudata.domain.officer import Actor, Held, Role

GRID = list(itertools.product(Mode, *[(False, True)] * 5))


@pytest.mark.parametrize(("mode", "page", "own", "piece", "signed", "strict"), GRID)
def test_every_way_to_ask_has_its_answer(mode, page, own, piece, signed, strict):
    found = guestbook.answer(mode, Asked(page, own, piece, signed), strict=strict)
    if mode is Mode.OFF or signed:
        assert found is Ask.SERVE
    elif mode is Mode.OPTIONAL:
        assert found is (Ask.FORM if page and own and not piece else Ask.SERVE)
    elif page and not piece:
        assert found is Ask.FORM
    else:
        assert found is (Ask.REFUSE if strict else Ask.SERVE)


def test_the_nearest_rule_counts():
    rules = {Scope.SITE: Mode.REQUIRED, Scope.AGENCY: Mode.OFF, Scope.DATASET: Mode.OPTIONAL}
    assert guestbook.nearest(rules, Mode.OFF) is Mode.OPTIONAL
    del rules[Scope.DATASET]
    assert guestbook.nearest(rules, Mode.OPTIONAL) is Mode.OFF
    del rules[Scope.AGENCY]
    assert guestbook.nearest(rules, Mode.OFF) is Mode.REQUIRED
    assert guestbook.nearest({}, Mode.OPTIONAL) is Mode.OPTIONAL


TYPED = {
    "name": "Budi Contoh",
    "profession": "student",
    "institution": "Universitas Contoh",
    "email": "budi@contoh.example",
    "purpose": "",
}


def test_a_whole_entry_has_no_fault_and_each_missing_part_has_its_own():
    assert guestbook.faults(guestbook.cleaned(TYPED), consent=True) == []
    for name in ("name", "profession", "institution", "email"):
        for wrong in ("", "x" * 2000 if name != "profession" else "raja"):
            faults = guestbook.faults(guestbook.cleaned({**TYPED, name: wrong}), consent=True)
            assert {fault.field for fault in faults} == {name}, (name, wrong)
    assert [fault.field for fault in guestbook.faults(guestbook.cleaned(TYPED), consent=False)] == ["consent"]
    assert [fault.field for fault in guestbook.faults(guestbook.cleaned(TYPED), consent=True, trap="x")] == ["website"]


@pytest.mark.parametrize("written", ["Perorangan", "PRIBADI", "tidak ada", "-", "."])
def test_who_comes_for_no_institution_is_counted_as_that(written):
    assert guestbook.entry({**TYPED, "institution": written}).institution == guestbook.NONE


def test_an_institution_is_the_same_however_its_points_and_capitals_are_written():
    ways = ("Univ. Contoh", "UNIV CONTOH", " univ.  contoh ", "Univ–Cóntoh")
    assert len({guestbook.normalised(way) for way in ways}) == 1
    assert guestbook.normalised("Univ Contoh II") != guestbook.normalised("Univ Contoh")


def test_only_walidata_knows_persons_and_a_head_reads_the_own_agency():
    def actor(*roles, sysadmin=False):
        return Actor("x", "x", tuple(Held(role, org) for role, org in roles), sysadmin)

    for role in Role:
        held = actor((role, "dinas"))
        assert guestbook.reads_persons(held) is (role is Role.WALIDATA)
        assert guestbook.reads_counts(held) is (role in (Role.WALIDATA, Role.AUDITOR, Role.PRODUCER_HEAD))
    assert guestbook.agencies_of(actor((Role.PRODUCER_HEAD, "dinas"))) == {"dinas"}
    assert guestbook.agencies_of(actor((Role.AUDITOR, None))) is None
    with pytest.raises(NotAllowed):
        guestbook.require_persons(actor(sysadmin=True))


AGENTS = {
    "browser": ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Opera/9.80 Version/12.16"),
    "script": ("curl/8.5", "Wget/1.21", "python-requests/2.31", "R (4.3.1 x86_64-pc-linux-gnu)", "Java/17.0.1"),
    "harvester": ("ckanext-harvest/1.5", "pycsw (https://pycsw.org/)"),
    "robot": ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "GPTBot/1.0", "kuda-bot/2"),
    "unknown": ("", "x"),
}


@pytest.mark.parametrize(("kind", "agent"), [(kind, agent) for kind, agents in AGENTS.items() for agent in agents])
def test_programs_are_told_apart(kind, agent):
    assert clients.kind(agent) == kind


def test_a_telephone_whose_maker_ends_in_bot_is_no_robot():
    phone = "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36"
    assert clients.kind(phone) == "browser"
    assert clients.kind(None) == "unknown" and clients.kind("a" * 100_000) == "unknown"
