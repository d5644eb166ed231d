"""Outside the SOP a case goes back, over mere work, or to its end; never over a check, whoever wants it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from ckanext.satudata.domain import override, process, sop_file
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.process import DoneStep, OpenStep
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.workdays import Calendar
from ckanext.satudata.tests.domain.test_process import FULL, NOW, SOPS, begin, person

MALANG = SOPS["malang/preparation"]
WALIDATA = person(Role.WALIDATA, name="w")
PPID = person(Role.PPID, name="p")
RELEASES = {Command.PUBLISH, Command.DELIVER}
WALKS = 80


def everybody(name):
    """Somebody new who holds every office."""
    return Actor(name, name, tuple(Held(role, None) for role in Role))


def opened(instance, opens):
    at = len(instance.done) + len(instance.open)
    return tuple(
        OpenStep(f"{one.no}-{index + at}", one.no, one.role, one.organization_id, one.round)
        for index, one in enumerate(opens)
    )


def closed(step, command, now, name):
    return DoneStep(step.id, step.no, step.role, frozenset({name}), command, step.round, name, now)


def moved(instance, command, name, now):
    """The case after a command of a new person."""
    did = process.decide(instance, command, actor=everybody(name), payload=FULL, calendar=Calendar(), now=now)
    if did.exit.stays:
        return instance
    gone = {did.step.id, *(step.id for step in did.closes)}
    done = [closed(step, command if step.id == did.step.id else None, now, name) for step in instance.open
            if step.id in gone]  # fmt: skip
    left = tuple(step for step in instance.open if step.id not in gone)
    return replace(instance, open=left + opened(instance, did.opens), done=(*instance.done, *done))


def jumped(instance, to, now):
    """The case after an override."""
    did = override.jump(instance, to, calendar=Calendar(), now=now)
    done = [closed(step, None, now, "w") for step in instance.open]
    return replace(instance, open=opened(instance, did.opens), done=(*instance.done, *done))


def at(*commands, sop=MALANG):
    """The case after these commands, a minute and a person for each."""
    instance, now = begin(sop), NOW
    for number, command in enumerate(commands):
        now += timedelta(minutes=1)
        instance = moved(instance, command, f"x{number}", now)
    return instance


def numbers(instance):
    return [step.no for step in override.targets(instance)]


def test_only_walidata_and_ppid_ask_and_a_sysadmin_does_not():
    instance = at("submit")
    assert override.require_asker(instance, WALIDATA) is Role.WALIDATA
    assert override.require_asker(instance, PPID) is Role.PPID
    for actor in (
        Actor("s", "s", is_sysadmin=True),
        person(Role.OPERATOR, Role.PRODUCER_HEAD),
        person(Role.AUDITOR),
        Actor(None, "system", (Held(Role.SYSTEM, None),)),
    ):
        with pytest.raises(NotAllowed):
            override.require_asker(instance, actor)


def test_another_person_confirms_with_the_role_of_the_file_or_else_ppid_or_walidata():
    instance = at("submit")
    assert override.require_confirmer(instance, PPID, asked_by="w") is Role.PPID
    assert override.require_confirmer(instance, person(Role.WALIDATA, name="w2"), asked_by="w") is Role.WALIDATA
    both = person(Role.WALIDATA, Role.PPID, name="w")
    for actor in (both, Actor("s", "s", is_sysadmin=True), person(Role.VERIFIER)):
        with pytest.raises(NotAllowed):
            override.require_confirmer(instance, actor, asked_by="w")
    step = replace(MALANG.step("8"), override=(Role.DEPARTMENT_HEAD,))
    named = replace(instance, sop=replace(MALANG, steps={**MALANG.steps, "8": step}))
    head = Actor("k", "k", (Held(Role.DEPARTMENT_HEAD, None),))
    assert override.require_confirmer(named, head, asked_by="w") is Role.DEPARTMENT_HEAD
    with pytest.raises(NotAllowed):
        override.require_confirmer(named, PPID, asked_by="w")


@pytest.mark.parametrize(
    ("commands", "to"),
    [
        ((), []),
        (("submit",), ["7"]),
        (("submit", "approve"), ["7"]),
        (("submit", "approve", "approve"), ["7", "8"]),
        (("submit", "approve", "approve", "return_"), []),
    ],
    ids=["draft", "sent", "half checked", "checked", "returned"],
)
def test_nobody_passes_over_the_two_who_check(commands, to):
    assert numbers(at(*commands)) == to


def test_what_was_agreed_to_counts_until_something_before_it_is_done_anew():
    instance = at("submit", "approve", "approve")
    back = jumped(instance, "8", NOW + timedelta(hours=1))
    assert numbers(back) == ["7"], "open again, it is not agreed to"
    to_draft = jumped(instance, "7", NOW + timedelta(hours=1))
    assert numbers(to_draft) == []
    assert [step.no for step in override.passed_over(to_draft, "10")] == ["7", "8"]
    sent = moved(to_draft, "submit", "y", NOW + timedelta(hours=2))
    assert [step.no for step in override.passed_over(sent, "10")] == ["8"]


def test_the_word_of_one_of_two_is_not_the_word_of_both():
    instance = at("submit", "approve")
    half = replace(instance, open=(), done=(*instance.done, closed(instance.open[0], None, NOW, "w")))
    assert [step.no for step in override.passed_over(half, "10")] == ["8"]


def test_who_worked_on_a_round_that_was_moved_is_still_barred():
    instance = jumped(at("submit", "approve"), "7", NOW + timedelta(hours=1))
    again = moved(instance, "submit", "y", NOW + timedelta(hours=2))
    # x1 approved as one of the two in the first round; now he may not be the other.
    step = next(
        one for one in again.open if one.role is not next(d.role for d in instance.done if d.command == "approve")
    )
    assert process.same_person(again, step, Command.APPROVE, everybody("x1")) == "8"


def test_unknown_steps_the_same_step_and_finished_cases_are_refused():
    instance = at("submit")
    for to, kind in (("99", Invalid), ("8", Conflict), ("", Invalid)):
        with pytest.raises(kind):
            override.check(instance, to)
    assert override.jump(instance, "end", calendar=Calendar(), now=NOW) == override.Jump((), ended=True)
    with pytest.raises(Conflict):
        override.check(at("withdraw"), "7")


def test_a_reason_says_something():
    for reason in ("", "   ", "macet", "x" * (override.LEAST_REASON - 1)):
        with pytest.raises(Invalid):
            override.check_reason(reason)
    override.check_reason("Verifikator pensiun dan belum ada penggantinya.")


def test_a_command_on_a_step_that_was_taken_away_is_told_so():
    before = at("submit")
    instance = jumped(before, "7", NOW + timedelta(hours=1))
    with pytest.raises(Conflict) as refusal:
        process.decide(
            instance, "approve", actor=everybody("z"), payload=FULL, calendar=Calendar(), now=NOW,
            step_id=before.open[0].id,
        )  # fmt: skip
    assert "outside the SOP" in refusal.value.message and refusal.value.params["name"] == "w"


def test_the_round_is_a_new_one():
    instance = jumped(at("submit", "approve", "approve"), "8", NOW + timedelta(hours=1))
    assert {(step.no, step.round) for step in instance.open} == {("8", 2)}


@pytest.mark.parametrize("name", SOPS)
def test_no_walk_with_overrides_reaches_a_release_unchecked(name):
    """Against a plain count beside it: each check's word, taken back whenever something before it opens."""
    sop = SOPS[name]
    checks = [no for no, step in sop.steps.items() if not override.is_mere_work(step)]
    before = {
        no: [other for other in sop.steps if other != no and override.lies_before(sop, other, no)] for no in checks
    }
    chance, released = random.Random(name), 0
    for walk in range(WALKS):
        instance, now, agreed, given = begin(sop), NOW, set(), 0
        for turn in range(40):
            now += timedelta(minutes=1)
            if not instance.open:
                break
            known = {step.no for step in instance.open}
            if chance.random() < 0.2:
                try:
                    instance = jumped(instance, chance.choice(list(sop.steps)), now)
                except (Conflict, NotAllowed):
                    continue
            else:
                step = chance.choice(instance.open)
                exits = [one.command for one in sop.step(step.no).exits.values() if not one.stays]
                command = exits[0] if chance.random() < 0.6 else chance.choice(exits)
                instance = moved(instance, command, f"{walk}-{turn}", now)
                last = next(done for done in reversed(instance.done) if done.command)
                onward = command not in (Command.RETURN, Command.WITHDRAW)
                if last.no in checks and onward and last.no not in {one.no for one in instance.open}:
                    agreed.add(last.no)
            fresh = {one.no for one in instance.open} - known
            agreed -= {no for no in checks if no in fresh or fresh & set(before[no])}
            for one in instance.open:
                if RELEASES & sop.step(one.no).exits.keys():
                    given += 1
                    needed = {no for no in checks if no != one.no and override.lies_before(sop, no, one.no)}
                    assert needed <= agreed, (name, one.no, needed - agreed)
        released += bool(given)
    if any(RELEASES & step.exits.keys() for step in sop.steps.values()):
        assert released, "no walk came to a release: the test shows nothing"


def test_the_files_are_all_looked_at():
    assert len(SOPS) >= 9 and sop_file is not None
