"""When each ground of an objection opens and ends, where a request goes back to, and when a dispute may follow."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

import ckanext.satudata as package
from ckanext.satudata.domain import objection as rules
from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.objection import Answered, Ground, Lodged
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep, decide, due_of
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.workdays import Calendar, Unit

SOPS = Path(str(package.__path__[0])) / "sop"
CALENDAR = Calendar(holidays={date(2026, 3, 20): "Hari libur contoh"}, decreed_years=frozenset({2026, 2027}))
RECEIVED = datetime(2026, 3, 2, 3, tzinfo=timezone.utc)
"""Monday noon in Jakarta; ten working days on, over a holiday elsewhere, is Monday 16 March."""
DUE = CALENDAR.due(RECEIVED, 10, Unit.WORKING_DAYS)


def days(count):
    return RECEIVED + timedelta(days=count)


def answered(**changes):
    return Answered(**{"received_at": RECEIVED, "due_at": DUE.due_at, **changes})


def grounds(one, at, before=()):
    return "".join(window.ground.value for window in rules.offered(rules.windows(one, CALENDAR), before, at))


@pytest.mark.parametrize(
    ("changes", "at", "expected"),
    [
        ({}, days(0) + timedelta(minutes=1), "b"),
        ({}, DUE.due_at, "b"),
        ({}, DUE.due_at + timedelta(seconds=1), "bc"),
        ({"noticed_at": days(3), "decision": "refused", "is_excluded": True}, days(4), "abd"),
        ({"noticed_at": days(3), "decision": "refused"}, days(4), "bde"),
        ({"noticed_at": days(3)}, days(4), "bd"),  # it is being decided anew
        ({"noticed_at": days(3), "decision": "granted", "given_at": days(3)}, days(4), "bdef"),
        ({"noticed_at": days(3), "decision": "granted", "give_by": days(9)}, days(8), "bdf"),
        ({"noticed_at": days(3), "decision": "granted", "give_by": days(9)}, days(10), "bdef"),
        (
            {"noticed_at": days(3), "decision": "granted", "give_by": days(9), "given_at": days(11)},
            days(12),
            "bdefg",
        ),
        ({"noticed_at": days(20), "decision": "granted_in_part", "is_excluded": True}, days(21), "abdfg"),
        ({"decision": "withdrawn"}, days(30), ""),
        ({"noticed_at": days(3), "decision": "refused", "is_excluded": True}, days(80), ""),
        ({}, days(80), ""),
    ],
)
def test_what_was_answered_gives_the_grounds(changes, at, expected):
    assert grounds(answered(**changes), at) == expected


def test_a_ground_ends_after_thirty_working_days_and_not_before():
    one = answered(noticed_at=days(3), decision="refused", is_excluded=True)
    until = CALENDAR.due(days(3), 30, Unit.WORKING_DAYS)
    assert until.due_on == date(2026, 4, 17)
    assert "a" in grounds(one, until.due_at)
    assert "a" not in grounds(one, until.due_at + timedelta(seconds=1))
    with pytest.raises(Invalid) as refused:
        rules.check_ground("a", rules.windows(one, CALENDAR), (), until.due_at + timedelta(seconds=1))
    assert refused.value.params["date"] == until.due_on


def test_one_objection_waits_and_an_answered_ground_needs_something_new():
    one = answered(noticed_at=days(3), decision="refused", is_excluded=True)
    found = rules.windows(one, CALENDAR)
    waiting = Lodged(Ground.EXCLUDED, days(4), is_open=True)
    assert grounds(one, days(5), [waiting]) == ""
    with pytest.raises(Conflict):
        rules.check_ground("d", found, [waiting], days(5))
    used = Lodged(Ground.EXCLUDED, days(4))
    assert grounds(one, days(5), [used]) == "bd"
    with pytest.raises(Invalid):
        rules.check_ground("a", found, [used], days(5))
    again = answered(noticed_at=days(40), decision="refused", is_excluded=True)
    assert "a" in grounds(again, days(41), [used])


@pytest.mark.parametrize("ground", ["c", "x", "", "f"])
def test_a_ground_that_is_not_there_is_refused(ground):
    found = rules.windows(answered(noticed_at=days(3), decision="refused", is_excluded=True), CALENDAR)
    with pytest.raises(Invalid) as refused:
        rules.check_ground(ground, found, (), days(4))
    assert refused.value.field == "ground"


def test_the_day_of_receipt_is_never_to_come_nor_before_the_request():
    rules.check_received(days(2), asked_at=RECEIVED, now=days(2))
    for received_at in (days(3), days(-1)):
        with pytest.raises(Invalid):
            rules.check_received(received_at, asked_at=RECEIVED, now=days(2))


@pytest.mark.parametrize("ground", list(Ground))
def test_all_but_a_refusal_by_article_17_can_be_settled(ground):
    on = date(2026, 3, 10)
    if ground is Ground.EXCLUDED:
        with pytest.raises(Conflict):
            rules.check_settlement(ground, on, received_on=on, today=on)
        return
    rules.check_settlement(ground, on, received_on=on, today=on)
    for wrong in (date(2026, 3, 9), date(2026, 3, 11)):
        with pytest.raises(Invalid):
            rules.check_settlement(ground, wrong, received_on=on, today=on)


def test_a_dispute_follows_the_answer_or_the_silence_by_fourteen_working_days():
    late = CALENDAR.due(RECEIVED, 30, Unit.WORKING_DAYS)
    told = rules.dispute_window(RECEIVED, days(9), CALENDAR)
    assert told.until.due_on == CALENDAR.due(days(9), 14, Unit.WORKING_DAYS).due_on
    assert told.is_open(days(10)) and not told.is_open(days(9))
    silent = rules.dispute_window(RECEIVED, None, CALENDAR)
    assert silent.by_silence and silent.opens_at == late.due_at
    assert not silent.is_open(late.due_at) and silent.is_open(late.due_at + timedelta(seconds=1))
    assert silent.is_open(silent.until.due_at) and not silent.is_open(silent.until.due_at + timedelta(seconds=1))


def test_an_answer_after_silence_opens_a_time_of_its_own_beside_that_of_the_silence():
    silent = rules.dispute_window(RECEIVED, None, CALENDAR)
    answered_at = silent.until.due_at + timedelta(days=3)
    first, last = rules.dispute_windows(RECEIVED, answered_at, CALENDAR)
    assert first == silent and not last.by_silence and last.opens_on == answered_at.astimezone(CALENDAR.zone).date()
    assert [one.by_silence for one in rules.dispute_windows(RECEIVED, days(9), CALENDAR)] == [False]
    for on, window in ((date(2026, 1, 1), first), (first.opens_on, first), (last.opens_on, last), (None, last)):
        assert rules.dispute_window(RECEIVED, answered_at, CALENDAR, on) == window


# ---------------------------------------------------------------- back to the right step


def done(no, role, command, at):
    return DoneStep(f"{no}-{at}", no, role, frozenset({f"user-{no}"}), Command(command), at=days(at))


def request_case(*past, waits=()):
    path = SOPS / "default" / "request.yaml"
    return Instance(sop_file.read(path.read_text(), str(path)), "agency", tuple(waits), tuple(past))


ROUTED = (done("5", Role.APPLICANT, "submit", 0), done("7", Role.PPID, "route", 1))
REFUSED = (
    *ROUTED,
    done("8", Role.PPID_PEMBANTU, "refuse", 2),
    done("14", Role.PPID_PEMBANTU, "forward", 3),
    done("15", Role.PPID, "deliver", 4),
)
GRANTED = (
    *ROUTED,
    done("8", Role.PPID_PEMBANTU, "grant", 2),
    done("9", Role.PPID_PEMBANTU, "handover", 3),
    done("10", Role.PPID, "attest", 4),
    done("13", Role.PPID, "deliver", 5),
)


def shown(instance, refused):
    return [(way.step.no, way.forgets) for way in rules.ways_back(instance, is_refused=refused)]


def test_a_refused_request_goes_back_to_a_new_decision_only():
    assert shown(request_case(*REFUSED), True) == [("7", True), ("8", True)]
    ways = rules.ways_back(request_case(*REFUSED), is_refused=True)
    assert rules.usual_way_back(ways, Ground.EXCLUDED) == "8"
    for wrong in ("15", "5", "", "99"):
        with pytest.raises(Invalid):
            rules.check_way_back(ways, wrong)


def test_a_granted_one_can_also_go_back_to_the_data_and_keeps_its_decision_then():
    assert shown(request_case(*GRANTED), False) == [
        ("7", True),
        ("8", True),
        ("9", False),
        ("10", False),
        ("13", False),
    ]
    ways = rules.ways_back(request_case(*GRANTED), is_refused=False)
    assert rules.usual_way_back(ways, Ground.COST) == "9"
    assert rules.usual_way_back(ways, Ground.NOT_AS_ASKED) == "8"


def test_a_second_decision_makes_what_came_of_the_first_the_past():
    twice = request_case(*GRANTED, done("8", Role.PPID_PEMBANTU, "refuse", 8), done("15", Role.PPID, "deliver", 9))
    assert not {"9", "15"} & dict(shown(twice, True)).keys(), "who refused has no file to hand over"


def test_a_silent_one_goes_on_where_it_stands():
    waiting = request_case(*ROUTED, waits=[OpenStep("x", "8", Role.PPID_PEMBANTU, "agency")])
    ways = rules.ways_back(waiting, is_refused=False)
    assert [(way.step.no, way.is_here) for way in ways] == [("7", False), ("8", True)]
    assert rules.usual_way_back(ways, Ground.SILENCE) == "8"


# ---------------------------------------------------------------- who may not answer


def objection_case(**kw):
    path = SOPS / "default" / "objection.yaml"
    waits = (OpenStep("x", "2", Role.PPID_SUPERIOR, None),)
    past = (done("1", Role.APPLICANT, "submit", 0),)
    return Instance(sop_file.read(path.read_text(), str(path)), "agency", waits, past, received_at=RECEIVED, **kw)


def test_who_worked_on_the_request_does_not_answer_the_objection():
    superior = Actor("user-8", "atasan", (Held(Role.PPID_SUPERIOR, None),))
    given = {"actor": superior, "payload": {"to_step": "8"}, "calendar": CALENDAR, "now": days(5)}
    assert decide(objection_case(), "grant", **given).ended
    with pytest.raises(NotAllowed) as refused:
        decide(objection_case(reviewed=frozenset({"user-8"})), "grant", **given)
    assert "looked at here" in refused.value.message


def test_the_superior_has_thirty_working_days_from_the_receipt():
    sop = objection_case().sop
    due = due_of(sop, "2", days(10), RECEIVED, CALENDAR)
    assert due.due_on == CALENDAR.due(RECEIVED, rules.ANSWER_DAYS, Unit.WORKING_DAYS).due_on
