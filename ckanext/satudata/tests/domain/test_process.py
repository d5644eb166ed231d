"""Every step x command is in the table or refused; no walk leaves the file."""

import itertools
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain import process, sop_file
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep
from ckanext.satudata.domain.sop import GOVERNMENT_WIDE, Command
from ckanext.satudata.domain.workdays import Calendar

NOW = datetime(2026, 6, 1, 2, tzinfo=timezone.utc)
SOPS = {
    f"{path.parent.name}/{path.stem}": sop_file.read(path.read_text(encoding="utf-8"))
    for path in sorted((Path(sop_file.__file__).parents[1] / "sop").glob("*/*.yaml"))
}
FULL = {
    "note": "catatan",
    "reason_code": "17j",
    "organization_id": "dinas",
    "missing": "purpose",
    "link": "data/a",
    "body": "BPS",
    "number": "1/PPID/2026",
    "question": "Data tahun 2025",
    "extension_code": "undecided",
    "to_step": "8",
    "settled_on": "2026-03-16",
    "sent_how": "Surat",
}


def person(*roles, name="a", agency="dinas", **kw):
    return Actor(name, name, tuple(Held(role, None if role in GOVERNMENT_WIDE else agency) for role in roles), **kw)


def begin(sop):
    opens = process.opening(sop, "dinas", calendar=Calendar(), now=NOW)
    return Instance(sop, "dinas", tuple(_open(opened, index) for index, opened in enumerate(opens)))


def _open(opened, index):
    return OpenStep(
        f"{opened.no}-{opened.role.value}-{opened.round}-{index}",
        opened.no,
        opened.role,
        opened.organization_id,
        opened.round,
    )


def at_step(sop, no):
    row = sop.step(no)
    # In turn the last of them has it, whose word moves the case on.
    roles = row.pelaksana[-1:] if row.in_turn else row.pelaksana
    rows = [OpenStep(f"{no}-{role.value}", no, role, None if role in GOVERNMENT_WIDE else "dinas") for role in roles]
    return Instance(sop, "dinas", tuple(rows))


def decide(instance, command, actor, payload=FULL, **kw):
    return process.decide(instance, command, actor=actor, payload=payload, calendar=Calendar(), now=NOW, **kw)


def after(instance, moved, actor):
    """The instance as the write path would store it."""
    done = DoneStep(
        moved.step.id,
        moved.step.no,
        moved.step.role,
        frozenset({actor.user_id}),
        moved.command,
        moved.step.round,
        actor.name,
        at := NOW + timedelta(minutes=len(instance.done)),
    )
    closed = [DoneStep(o.id, o.no, o.role, frozenset(), None, o.round, at=at) for o in moved.closes]
    if moved.exit.stays:
        return instance
    gone = {moved.step.id, *(o.id for o in moved.closes)}
    stay = tuple(o for o in instance.open if o.id not in gone)
    opens = tuple(_open(opened, len(instance.done) + index) for index, opened in enumerate(moved.opens))
    return Instance(
        instance.sop, moved.organization_id, stay + opens, (*instance.done, done, *closed), instance.started_by
    )


GRID = [(name, no, command) for name, sop in SOPS.items() for no, command in itertools.product(sop.steps, Command)]


@pytest.mark.parametrize(("name", "no", "command"), GRID)
def test_every_pair_is_in_the_table_or_refused(name, no, command):
    sop, everybody = SOPS[name], person(*Role)
    instance = at_step(sop, no)
    if command in sop.step(no).exits:
        moved = decide(instance, command, everybody)
        waits = len(instance.open) > 1 and not moved.closes
        assert {opened.no for opened in moved.opens} == (set() if waits else set(sop.step(no).exits[command].to))
    else:
        with pytest.raises(Conflict):
            decide(instance, command, everybody)


@pytest.mark.parametrize(("name", "no", "command"), [row for row in GRID if row[2] in SOPS[row[0]].step(row[1]).exits])
def test_only_the_named_roles_may_and_only_for_their_agency(name, no, command):
    sop = SOPS[name]
    by = sop.step(no).exits[command].by
    others = [role for role in Role if role not in by]
    instance = at_step(sop, no)
    for actor in (person(*others, is_sysadmin=True), Actor(None, ""), Actor("x", "x", is_sysadmin=True)):
        with pytest.raises(NotAllowed):
            decide(instance, command, actor)
    local = [role for role in by if role not in GOVERNMENT_WIDE]
    if local and len(local) == len(by):
        with pytest.raises(NotAllowed):
            decide(instance, command, person(*by, agency="dinas lain"))


@pytest.mark.parametrize(("name", "no", "command"), [row for row in GRID if row[2] in SOPS[row[0]].step(row[1]).exits])
def test_every_need_is_asked_for(name, no, command):
    for need in SOPS[name].step(no).exits[command].needs:
        for empty in (None, "", "   "):
            with pytest.raises(Invalid) as caught:
                decide(at_step(SOPS[name], no), command, person(*Role), {**FULL, need: empty})
            assert caught.value.field == need


class TestMalangPreparation:
    sop = SOPS["malang/preparation"]
    operator, verifier = person(Role.OPERATOR, name="o"), person(Role.VERIFIER, name="v")
    head, walidata = person(Role.PRODUCER_HEAD, name="h"), person(Role.WALIDATA, name="w")

    def sent(self, by=None):
        instance = begin(self.sop)
        by = by or self.operator
        return after(instance, decide(instance, "submit", by), by)

    def test_the_way_through(self):
        case = self.sent()
        assert {step.role for step in case.open} == {Role.VERIFIER, Role.PRODUCER_HEAD}
        for officer, command in ((self.verifier, "approve"), (self.head, "approve"), (self.walidata, "publish")):
            moved = decide(case, command, officer)
            case = after(case, moved, officer)
        assert moved.ended and not case.open

    @pytest.mark.parametrize(("no", "command"), [("8", "approve"), ("10", "publish")])
    def test_a_check_is_no_ones_own_whoever_else_may_give_it(self, no, command):
        text = (Path(sop_file.__file__).parents[1] / "sop" / "malang" / "preparation.yaml").read_text(encoding="utf-8")
        text = text.replace("approve: 10", "approve: {to: 10, by: [verifier, operator]}")
        text = text.replace("      publish: end", "      publish: {to: end, by: [walidata, operator]}")
        text = text.replace("    pelaksana: walidata\n", "    pelaksana: walidata\n    not_same_as: [7]\n")
        sop = sop_file.read(text)
        both = person(Role.OPERATOR, Role.VERIFIER, Role.WALIDATA, name="o")
        case = begin(sop)
        case = after(case, decide(case, "submit", both), both)
        case = Instance(sop, "dinas", at_step(sop, no).open, case.done, case.started_by)
        with pytest.raises(NotAllowed):
            decide(case, command, both)

    def test_one_approval_does_not_move_the_case(self):
        case = self.sent()
        moved = decide(case, "approve", self.head)
        assert not moved.opens and not moved.ended
        with pytest.raises(Conflict):
            decide(after(case, moved, self.head), "publish", self.walidata)

    def test_one_return_closes_the_other_ones_step(self):
        case = self.sent()
        moved = decide(case, "return_", self.verifier, {"note": "judul"})
        case = after(case, moved, self.verifier)
        assert [(step.no, step.round) for step in case.open] == [("7", 2)]

    @pytest.mark.parametrize("role", [Role.VERIFIER, Role.PRODUCER_HEAD])
    def test_who_drafted_does_not_check(self, role):
        both = person(Role.OPERATOR, role, name="o", is_sysadmin=True)
        with pytest.raises(NotAllowed):
            decide(self.sent(both), "approve", both)

    def test_verifier_and_head_are_two_people_also_a_round_later(self):
        both = person(Role.VERIFIER, Role.PRODUCER_HEAD, name="b")
        case = self.sent()
        case = after(case, decide(case, "approve", both), both)
        with pytest.raises(NotAllowed):
            decide(case, "approve", both)
        case = after(case, decide(case, "return_", self.head), self.head)
        case = after(case, decide(case, "submit", self.operator), self.operator)
        case = after(case, decide(case, "approve", both), both)
        assert case.done[-1].role is Role.VERIFIER

    def test_who_began_the_draft_does_not_check_what_a_colleague_sent(self):
        case = self.sent()
        case = Instance(case.sop, case.organization_id, case.open, case.done, started_by="v")
        with pytest.raises(NotAllowed):
            decide(case, "approve", self.verifier)

    def test_a_colleague_takes_over_after_withdrawing(self):
        case = self.sent()
        case = after(case, decide(case, "withdraw", self.operator), self.operator)
        assert [step.no for step in case.open] == ["7"]

    def test_a_stale_step_says_who_was_faster(self):
        case = self.sent()
        mine = next(step for step in case.open if step.role is Role.PRODUCER_HEAD)
        case = after(case, decide(case, "return_", self.verifier), self.verifier)
        with pytest.raises(Conflict) as caught:
            decide(case, "approve", self.head, step_id=mine.id)
        assert caught.value.params["name"] == "v" and caught.value.params["command"] is Command.RETURN

    def test_too_early_is_not_too_late(self):
        case = self.sent()
        case = after(case, decide(case, "approve", self.verifier), self.verifier)
        with pytest.raises(Conflict) as caught:
            decide(case, "publish", self.walidata)
        assert caught.value.params["step"] == "8" and caught.value.params["roles"] == (Role.PRODUCER_HEAD,)

    def test_what_was_done_before_a_return_is_no_news(self):
        case = self.sent()
        for officer, command in ((self.verifier, "approve"), (self.head, "approve"), (self.walidata, "return_")):
            case = after(case, decide(case, command, officer), officer)
        case = after(case, decide(case, "submit", self.operator), self.operator)
        with pytest.raises(Conflict) as caught:
            decide(case, "publish", self.walidata)
        assert "name" not in caught.value.params

    def test_a_finished_case_says_so(self):
        case = self.sent()
        for officer, command in ((self.verifier, "approve"), (self.head, "approve"), (self.walidata, "publish")):
            case = after(case, decide(case, command, officer), officer)
        with pytest.raises(Conflict, match="finished"):
            decide(case, "submit", self.operator)


def test_a_request_is_routed_to_the_agency_the_ppid_names():
    sop = SOPS["malang/request"]
    moved = decide(at_step(sop, "7"), "route", person(Role.PPID), {"organization_id": "dinas baru"})
    assert moved.organization_id == "dinas baru" and moved.opens[0].organization_id == "dinas baru"


def test_due_times_come_from_the_file():
    moved = decide(at_step(SOPS["malang/preparation"], "7"), "submit", person(Role.OPERATOR))
    assert {opened.due.count for opened in moved.opens} == {5}
    assert decide(at_step(SOPS["default/preparation"], "3"), "approve", person(*Role)).opens[0].due.count == 2


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-01-01", "2027-03-31"),
        ("2028-02-29", "2028-03-31"),
        ("2027-03-31", "2027-03-31"),
        ("2027-04-01", "2028-03-31"),
    ],
)
def test_a_day_of_the_year_ends_the_time_of_every_step(received, due):
    sop, at = SOPS["default/service_report"], datetime.fromisoformat(f"{received}T03:00:00+00:00")
    first = process.opening(sop, None, calendar=Calendar(), now=at)[0]
    assert first.due.due_on.isoformat() == due
    later = process.due_of(sop, "2", at, at, Calendar())
    assert later.due_on == first.due.due_on


@pytest.mark.parametrize("name", SOPS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_random_walks_never_leave_the_file(name, data):
    sop = SOPS[name]
    case, people = begin(sop), [person(role, name=role.value) for role in Role]
    for _ in range(25):
        if not case.open:
            break
        choices = [(actor, step, exit_) for actor in people for step, exit_ in process.commands_for(case, actor)]
        assert choices, "a case must never be stuck while every role is held by somebody"
        actor, step, exit_ = data.draw(st.sampled_from(choices))
        moved = decide(case, exit_.command, actor, step_id=step.id)
        case = after(case, moved, actor)
        assert {step.no for step in case.open} <= set(sop.steps)
        assert moved.ended is (not case.open)
    for _ in range(3 * len(sop.steps)):
        if not case.open:
            break
        step = case.open[0]
        agreeing = next(iter(sop.step(step.no).exits.values()))
        actor = next(one for one in people if (step, agreeing) in process.commands_for(case, one))
        case = after(case, decide(case, agreeing.command, actor, step_id=step.id), actor)
    assert not case.open, "from wherever a case stands it ends when everybody agrees"


@pytest.mark.parametrize("name", sorted(SOPS))
def test_who_is_barred_is_the_same_for_lists_and_for_the_law(name):
    sop = SOPS[name]
    done = tuple(
        DoneStep(f"d{index}", no, role, frozenset({f"did {no} as {role.value}"}), None)
        for index, (no, role) in enumerate((no, role) for no, row in sop.steps.items() for role in row.pelaksana)
    )
    for no in sop.steps:
        instance = at_step(sop, no)
        instance = Instance(sop, "dinas", instance.open, done, started_by="beginner")
        everybody = process.worked_on(instance)
        assert everybody == {"beginner"}.union(*(one.hands for one in done))
        commands = [one for one, exit_ in sop.step(no).exits.items() if exit_.by == sop.step(no).pelaksana]
        for step in instance.open if commands else ():
            law = {id_ for id_ in everybody if process.same_person(instance, step, commands[0], Actor(id_, id_))}
            assert process.barred_from(instance, step) == law
