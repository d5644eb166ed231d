"""Who gets an order, whose word gives a step to somebody, and who stands in for an agency of one officer."""

from dataclasses import replace

import pytest

from ckanext.satudata.domain import disposition, performers, process, sop_file
from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.domain.performers import Office
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.tests.domain.test_process import SOPS, decide, person

MALANG, JEMBER = SOPS["malang/channel_post"], SOPS["jember/channel_post"]
DEFAULT = SOPS["default/preparation"]
CHAIN = """\
process: channel_post
title: Uji
mulai: {by: producer_head}
steps:
  - no: 1
    uraian: Mendisposisikan
    pelaksana: [producer_head, verifier]
    in_turn: true
    disposition: [producer_head, verifier, operator]
    exits: {record: 2}
  - no: 2
    uraian: Mengerjakan
    pelaksana: operator
    exits: {submit: end, return_: 1}
"""


def test_the_order_follows_the_chain_of_the_file():
    given = [disposition.given_with(MALANG, no, MALANG.step(no).pelaksana[0], Command.RECORD) for no in ("5", "6", "7")]
    assert given == [Role.VERIFIER, Role.OPERATOR, None]
    assert disposition.given_with(MALANG, "6", Role.VERIFIER, Command.RETURN) is None
    sop = sop_file.read(CHAIN)
    roles = (Role.PRODUCER_HEAD, Role.VERIFIER, Role.OPERATOR)
    handed = [disposition.given_with(sop, "1", role, Command.RECORD) for role in roles]
    assert handed == [Role.VERIFIER, Role.OPERATOR, None]


def test_in_jember_the_order_begins_the_post_and_is_not_given_again():
    assert disposition.begins(JEMBER) == (Role.PRODUCER_HEAD, Role.OPERATOR)
    assert disposition.begins(MALANG) is None
    assert disposition.given_with(JEMBER, "4", Role.OPERATOR, Command.SUBMIT) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[producer_head, verifier, operator]", "[verifier, operator]", "does not fit"),
        ("in_turn: true\n    ", "", "does not fit"),
        ("[producer_head, verifier, operator]", "[producer_head, verifier, redaktur]", "performs no step"),
        ("pelaksana: operator\n", "pelaksana: operator\n    disposition: [redaktur, operator]\n", "not the first"),
        ("[producer_head, verifier]\n    in_turn: true\n    disposition: [producer_head, verifier, operator]",
         "verifier\n    disposition: [redaktur, verifier]", "may not begin one"),
    ],
)  # fmt: skip
def test_a_chain_that_nobody_could_carry_out_is_a_fault(old, new, says):
    assert old in CHAIN
    with pytest.raises(BadSop, match=says):
        sop_file.read(CHAIN.replace(old, new))


def opened(no, role, sop=DEFAULT, done=(), started_by=None, **kw):
    step = OpenStep("s", no, role, kw.pop("agency", "dinas"), **kw)
    return Instance(sop, "dinas", (step,), tuple(done), started_by), step


DRAFTED = DoneStep("d", "1", Role.OPERATOR, frozenset({"a"}), Command.SUBMIT)


def test_a_step_that_was_given_is_that_persons_alone():
    case, _step = opened("2", Role.VERIFIER, assignee="b")
    with pytest.raises(NotAllowed, match="was given to"):
        decide(case, "approve", person(Role.VERIFIER, name="c"))
    assert process.commands_for(case, person(Role.VERIFIER, name="c")) == []
    assert decide(case, "approve", person(Role.VERIFIER, name="b")).command is Command.APPROVE
    # Who does not perform the step keeps what is his own.
    assert decide(case, "withdraw", person(Role.OPERATOR, name="o")).command is Command.WITHDRAW


def test_a_step_given_to_somebody_barred_is_everybodys():
    case, _step = opened("2", Role.VERIFIER, done=[DRAFTED], assignee="a")
    assert decide(case, "approve", person(Role.VERIFIER, name="c")).command is Command.APPROVE


@pytest.mark.parametrize(
    ("role", "actor", "may"),
    [
        (Role.OPERATOR, person(Role.VERIFIER), True),
        (Role.OPERATOR, person(Role.PRODUCER_HEAD), True),
        (Role.OPERATOR, person(Role.OPERATOR), False),
        (Role.OPERATOR, person(Role.PRODUCER_HEAD, agency="lain"), False),
        (Role.VERIFIER, person(Role.OPERATOR), False),
        (Role.PRODUCER_HEAD, person(Role.WALIDATA), True),
        (Role.OPERATOR, Actor("s", "s", is_sysadmin=True), False),
    ],
)
def test_a_superior_or_walidata_gives_a_step(role, actor, may):
    case, step = opened("2", role)
    if may:
        performers.require_assigner(case, step, actor)
        return
    with pytest.raises(NotAllowed):
        performers.require_assigner(case, step, actor)


def test_a_step_goes_to_no_stranger_and_to_nobody_barred():
    case, step = opened("2", Role.VERIFIER, done=[DRAFTED])
    for whom in (person(Role.OPERATOR, name="x"), person(Role.VERIFIER, name="a"), Actor("s", "s", is_sysadmin=True)):
        with pytest.raises(Invalid):
            performers.check_assignee(case, step, whom, "user")
    performers.check_assignee(case, step, person(Role.VERIFIER, name="b"), "user")


@pytest.mark.parametrize(
    ("holders", "everybody", "needs"),
    [
        ({"a"}, {"a"}, True),
        (set(), {"a"}, True),
        ({"a", "b"}, {"a", "b"}, False),
        (set(), {"a", "b"}, False),
        (set(), set(), False),
        ({"b"}, {"b"}, False),
    ],
)
def test_the_stand_in_is_for_the_only_officer_who_is_barred(holders, everybody, needs):
    case, step = opened("2", Role.VERIFIER, done=[DRAFTED])
    office = Office(frozenset(holders), frozenset(everybody))
    assert performers.needs_stand_in(case, step, office) is needs
    unnamed = replace(DEFAULT, steps={**DEFAULT.steps, "2": replace(DEFAULT.step("2"), stand_in=None)})
    assert not performers.needs_stand_in(replace(case, sop=unnamed), step, office)


def test_the_stand_in_is_another_person_too():
    case, step = opened("2", Role.WALIDATA, done=[DRAFTED], stands_for=Role.VERIFIER, agency=None)
    assert performers.stand_in(case, step, None) == (Role.WALIDATA, None)
    assert decide(case, "approve", person(Role.WALIDATA, name="w")).command is Command.APPROVE
    both = Actor("a", "a", (*person(Role.WALIDATA).held, *person(Role.VERIFIER).held))
    with pytest.raises(NotAllowed, match="another person"):
        decide(case, "approve", both)


def test_one_person_does_not_stand_in_for_two_performers_of_a_row():
    sop = SOPS["malang/preparation"]
    done = DoneStep("v", "8", Role.WALIDATA, frozenset({"w"}), Command.APPROVE, stands_for=Role.VERIFIER)
    case, _step = opened("8", Role.WALIDATA, sop=sop, done=[done], stands_for=Role.PRODUCER_HEAD, agency=None)
    with pytest.raises(NotAllowed, match="another person"):
        decide(case, "approve", person(Role.WALIDATA, name="w"))
    assert decide(case, "approve", person(Role.WALIDATA, name="w2")).opens[0].no == "10"


def test_what_lies_ahead_is_every_step_a_case_may_still_come_to():
    assert set(performers.ahead(DEFAULT, ["3"])) == {"1", "2", "3", "4"}
