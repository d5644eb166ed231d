"""The rules of a head who only has a phone, or only paper."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ckanext.satudata.domain import paper, phone, sop_file
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep
from ckanext.satudata.domain.sop import Command

NOW = datetime(2026, 3, 16, 9, tzinfo=timezone.utc)
SOP = sop_file.read((Path(sop_file.__file__).parents[1] / "sop/default/preparation.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("is_right", "ago", "tries", "passes"),
    [
        (True, timedelta(minutes=15), 0, True),
        (True, timedelta(minutes=15, seconds=1), 0, False),
        (True, timedelta(0), phone.TRIES - 1, True),
        (True, timedelta(0), phone.TRIES, False),
        (False, timedelta(0), 0, False),
        (True, None, 0, True),
    ],
)
def test_a_code_counts_for_fifteen_minutes_and_five_tries(is_right, ago, tries, passes):
    left_at = NOW - ago if ago is not None else None
    try:
        phone.check_code(is_right, left_at=left_at, tries=tries, now=NOW)
    except Invalid as refusal:
        assert not passes and refusal.field == "code"
    else:
        assert passes


def test_a_device_reads_for_thirty_days_and_decides_for_one():
    assert not phone.may_read(None, NOW)
    assert phone.may_read(NOW - timedelta(days=29, hours=23), NOW)
    assert not phone.may_read(NOW - timedelta(days=30), NOW)
    assert phone.may_decide(date(2026, 3, 16), date(2026, 3, 16))
    assert not phone.may_decide(date(2026, 3, 15), date(2026, 3, 16)) and not phone.may_decide(None, date(2026, 3, 16))


def actor(id_, role, agency=None):
    return Actor(user_id=id_, name=id_, held=(Held(role, agency),))


def at_head(**done):
    steps = tuple(
        DoneStep(id=f"d{no}", no=no, role=Role.VERIFIER, hands=frozenset(hands), command=Command.APPROVE)
        for no, hands in done.items()
    )
    return Instance(SOP, "dinas", (OpenStep("s3", "3", Role.PRODUCER_HEAD, "dinas"),), steps, started_by="operator")


@pytest.mark.parametrize(
    ("enterer", "allowed"),
    [
        (actor("w", Role.WALIDATA), True),
        (actor("kepala", Role.WALIDATA), False),
        (actor("operator", Role.WALIDATA), False),
        (actor("penyunting", Role.WALIDATA), False),
        (actor("verifikator", Role.WALIDATA), False),
        (actor("v", Role.VERIFIER, "dinas"), False),
        (Actor(user_id="a", name="a", is_sysadmin=True), False),
    ],
)
def test_walidata_enters_and_nobody_who_worked_on_it(enterer, allowed):
    instance = at_head(**{"1": {"operator", "penyunting"}, "2": {"verifikator"}})
    try:
        paper.check_enterer(instance, instance.open[0], enterer, "kepala")
    except NotAllowed:
        assert not allowed
    else:
        assert allowed


def test_only_a_head_signs_on_paper():
    instance = Instance(SOP, "dinas", (OpenStep("s2", "2", Role.VERIFIER, "dinas"),))
    with pytest.raises(NotAllowed):
        paper.check_enterer(instance, instance.open[0], actor("w", Role.WALIDATA), "verifikator")


def test_another_content_is_not_decided_on():
    paper.check_content("a", "a")
    with pytest.raises(Conflict):
        paper.check_content("a", "b")


def test_who_prints():
    assert paper.may_make(actor("k", Role.PRODUCER_HEAD, "d"), "k", "preparation")
    assert paper.may_make(actor("w", Role.WALIDATA), "k", "preparation")
    assert not paper.may_make(actor("v", Role.VERIFIER, "d"), "k", "preparation")
    assert not paper.may_make(Actor(user_id=None, name=""), "k", "preparation")
