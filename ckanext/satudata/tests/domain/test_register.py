"""The figures of the register, against a plain count; and who may publish a text."""

import random
from datetime import date, timedelta
from statistics import median

import pytest

from ckanext.satudata.domain import register as rules
from ckanext.satudata.domain.errors import Conflict, NotAllowed, Several
from ckanext.satudata.domain.register import Group
from ckanext.satudata.domain.workdays import Calendar

CALENDAR = Calendar(holidays={date(2026, 3, 20): "Hari libur contoh"}, decreed_years=frozenset({2026}))
FIRST = date(2026, 3, 1)


def plain_days(start, end):
    days = (start + timedelta(days=step) for step in range(1, (end - start).days + 1))
    return sum(CALENDAR.is_working_day(day) for day in days)


def test_figures_are_those_of_a_plain_count():
    chance = random.Random(7)
    groups, every = [], []
    for _ in range(200):
        received = FIRST + timedelta(days=chance.randrange(60))
        noticed = received + timedelta(days=chance.randrange(30)) if chance.random() < 0.8 else None
        decision = chance.choice(["granted", "granted_in_part", "refused"]) if noticed else ""
        reasons = {"refused": ("17h",), "granted_in_part": ("17h", "6(3)e")}.get(decision, ())
        count = chance.randrange(1, 5)
        groups.append(Group(received, noticed, decision, reasons, 10, count))
        every += [groups[-1]] * count
    found = rules.figures(groups, CALENDAR)
    spent = [plain_days(one.received_on, one.noticed_on) for one in every if one.noticed_on]
    assert found.total == len(every) and found.answered == len(spent)
    assert found.median_days == median(spent)
    assert found.on_time == sum(days <= 10 for days in spent)
    assert found.decisions["open"] == sum(not one.decision for one in every)
    for code in ("17h", "6(3)e"):
        assert found.reasons[code] == sum(code in one.reasons for one in every)
    assert sum(number for _on, number in found.months) == len(every)


def test_nothing_gives_no_figure_and_no_fault():
    found = rules.figures([], CALENDAR)
    assert (found.total, found.median_days, found.on_time_share, found.months) == (0, None, None, [])


def test_who_wrote_a_text_does_not_release_it():
    rules.check_reviewer("a", "b")
    for reviewer in ("a", None):
        with pytest.raises(NotAllowed):
            rules.check_reviewer("a", reviewer)
    with pytest.raises(Conflict):
        rules.check_publishable("refused", "Jawaban yang berguna", in_register=True)
    with pytest.raises(Several) as faults:
        rules.checked_text("", "", "x")
    assert {one.field for one in faults.value.errors} == {"title", "question", "answer"}
