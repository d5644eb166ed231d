"""The one write path on a real database."""

import threading

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import effects, process
from ckanext.satudata.shared.care import journal_seals

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def person(name, *roles, **kw):
    return Actor(name, name, tuple(Held(role, None if role is Role.WALIDATA else "dinas") for role in roles), **kw)


OPERATOR = person("o", Role.OPERATOR)
VERIFIER = person("v", Role.VERIFIER)
HEAD = person("h", Role.PRODUCER_HEAD)
WALIDATA = person("w", Role.WALIDATA)


@pytest.fixture
def case_id():
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    return case.id


@pytest.fixture(autouse=True)
def effect(monkeypatch):
    """Binds effects for one test; the rooms' own are out of the way, since the subjects here are made up."""
    monkeypatch.setattr(effects, "_effects", {})
    return effects.on


def give(case_id, command, actor, payload=None, **kw):
    return process.apply({}, case_id, command, payload, actor=actor, **kw)


def events(case_id):
    model.Session.expire_all()
    return [row.event for row in model.Session.scalars(Journal.of_case(case_id))]


def test_the_whole_way(case_id):
    give(case_id, "submit", OPERATOR)
    give(case_id, "return_", VERIFIER, {"note": "Perbaiki judul"})
    give(case_id, "submit", OPERATOR)
    give(case_id, "approve", HEAD)
    give(case_id, "approve", VERIFIER)
    answer = give(case_id, "publish", WALIDATA)
    assert answer["ended_at"] and answer["outcome"] == "publish" and answer["open_steps"] == []
    assert events(case_id) == [
        "started", "submitted", "returned", "submitted", "approved", "approved", "published",
    ]  # fmt: skip
    assert list(journal_seals.verify(model.Session)) == []
    notes = [step.note for step in model.Session.scalars(CaseStep.of([case_id])) if step.note]
    assert notes == ["Perbaiki judul"]


def test_a_sysadmin_without_the_role_is_refused(case_id):
    with pytest.raises(NotAllowed):
        process.apply({"ignore_auth": True}, case_id, "submit", actor=Actor("s", "s", is_sysadmin=True))
    assert events(case_id) == ["started"]


def test_a_stranger_is_told_there_is_no_such_case(case_id):
    for actor in (Actor(None, ""), person("x"), Actor("y", "y", (Held(Role.OPERATOR, "lain"),))):
        with pytest.raises(NotThere):
            give(case_id, "submit", actor)
    with pytest.raises(NotThere):
        give("no-such-case", "submit", OPERATOR)


def test_a_repeated_key_answers_as_the_first_time(case_id):
    first = give(case_id, "submit", OPERATOR, key="k1")
    assert give(case_id, "submit", OPERATOR, key="k1") == first
    assert events(case_id) == ["started", "submitted"]
    with pytest.raises(Conflict):
        give(case_id, "withdraw", OPERATOR, key="k1")
    for other in ({"note": "Segera"}, {"note": ["x"]}):
        with pytest.raises(Conflict) as refused:
            give(case_id, "submit", OPERATOR, other, key="k1")
        assert refused.value.field == "key"
    assert events(case_id) == ["started", "submitted"]


def test_a_key_of_an_earlier_round_is_refused_at_the_step_of_now(case_id):
    first = give(case_id, "submit", OPERATOR, key="k1")
    give(case_id, "return_", VERIFIER, {"note": "Lengkapi."})
    (step,) = model.Session.scalars(CaseStep.open_of(case_id)).all()
    assert give(case_id, "submit", OPERATOR, key="k1") == first, "a repeat that names no step"
    with pytest.raises(Conflict):
        give(case_id, "submit", OPERATOR, key="k1", step_id=step.id)
    assert give(case_id, "submit", OPERATOR, key="k2", step_id=step.id)["command"] == "submit"


def test_an_effect_that_refuses_undoes_everything(case_id, effect):
    @effect("preparation", "submit")
    def refuse(run):
        run.notify("step_opened", to_user="x", params={})
        run.journal("looked_at")
        raise Invalid("Belum lengkap.", field="title")

    with pytest.raises(Invalid):
        give(case_id, "submit", OPERATOR)
    model.Session.expire_all()
    assert events(case_id) == ["started"]
    assert [step.no for step in model.Session.scalars(CaseStep.open_of(case_id))] == ["7"]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Outbox)) == 0


def test_an_effect_is_bound_to_command_and_step_and_adds_to_the_answer(case_id, effect):
    seen = []

    @effect("preparation", "submit", "7")
    def note(run):
        run.answer["number"] = 7
        run.after_commit(lambda: seen.append(run.case.id))
        run.after_commit(lambda: 1 / 0)

    effect("preparation", "submit", "8")(lambda run: seen.append("wrong"))
    assert give(case_id, "submit", OPERATOR)["number"] == 7
    assert seen == [case_id]


def test_who_touched_the_draft_may_not_check_it(case_id):
    both = person("b", Role.OPERATOR, Role.VERIFIER)
    process.touch(model.Session, case_id, both)
    model.Session.commit()
    give(case_id, "submit", OPERATOR)
    with pytest.raises(NotAllowed):
        give(case_id, "approve", both)


def test_officers_are_told_once_for_each_step(case_id):
    give(case_id, "submit", OPERATOR)
    rows = list(model.Session.scalars(sa.select(Outbox)))
    assert {(row.to_role, row.organization_id) for row in rows} == {("verifier", "dinas"), ("producer_head", "dinas")}
    assert all("'d1'" not in str(row.params) for row in rows)


def test_a_case_keeps_the_sop_it_began_under(case_id, monkeypatch):
    from ckanext.satudata.shared.sop import sops

    version = model.Session.get(Case, case_id).sop_version_id
    monkeypatch.setitem(sops.tk.config, "ckanext.satudata.sop", "default")
    assert sops.running("preparation").first == "1"
    assert sops.of_version(model.Session, version).first == "7"
    give(case_id, "submit", OPERATOR)
    assert {step.no for step in model.Session.scalars(CaseStep.open_of(case_id))} == {"8"}


def race(case_id, count, commands):
    """`count` threads at once, each as another verifier; returns what each got."""
    got, ready = [], threading.Barrier(count)

    def run(number):
        actor = person(f"v{number}", Role.VERIFIER)
        try:
            ready.wait()
            give(case_id, commands[number % len(commands)], actor, {"note": "n"}, key=f"k{number}")
            got.append("done")
        except (Conflict, NotAllowed) as error:
            got.append(type(error).__name__)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def check_race(case_id, count):
    give(case_id, "submit", OPERATOR)
    got = race(case_id, count, ["approve", "return_"])
    assert sorted(got) == ["Conflict"] * (count - 1) + ["done"]
    assert len(events(case_id)) == 3
    assert list(journal_seals.verify(model.Session)) == []


def test_two_officers_at_once_make_one_decision(case_id):
    check_race(case_id, 6)


def test_one_key_from_many_threads_is_carried_out_once(case_id):
    answers, ready = [], threading.Barrier(5)

    def run():
        ready.wait()
        answers.append(give(case_id, "submit", OPERATOR, key="same"))
        model.Session.remove()

    threads = [threading.Thread(target=run) for _ in range(5)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(answers) == 5 and all(answer == answers[0] for answer in answers)
    assert events(case_id) == ["started", "submitted"]
