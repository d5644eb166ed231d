"""A stuck case on a real database: two persons move it, nothing else happens by that, and it shows for ever."""

from __future__ import annotations

import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.override import Override
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import journal_seals
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.work import override
from ckanext.satudata.tests.access.support import as_user, make, operator
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.shared.test_process import HEAD, OPERATOR, VERIFIER, events, give, person

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WALIDATA = person("w", Role.WALIDATA)
PPID = Actor("p", "p", (Held(Role.PPID, None),))
WHY = "Verifikator pensiun dan belum ada penggantinya."


@pytest.fixture
def case_id(unbound, monkeypatch):
    """A case that was sent, about a dataset that is made up."""
    monkeypatch.setattr(override, "_follows", {})
    case = process.start(
        model.Session, "preparation", subject_type="dataset", subject_id="d1", organization_id="dinas", actor=OPERATOR
    )
    model.Session.commit()
    give(case.id, "submit", OPERATOR)
    return case.id


def ask(case_id, to="7", actor=WALIDATA, reason=WHY, **kw):
    return _done(override.ask, case_id, to, reason, actor=actor, **kw)


def answer(asked, agrees=True, note="", actor=PPID, **kw):
    return _done(override.answer, asked["id"], agrees, note, actor=actor, **kw)


def _done(function, *args, **kw):
    try:
        answered = function(model.Session, *args, **kw)
        model.Session.commit()
        return answered
    except BaseException:
        model.Session.rollback()
        raise


def open_steps(case_id):
    model.Session.expire_all()
    return [(step.no, step.round) for step in model.Session.scalars(CaseStep.open_of(case_id))]


def test_nothing_moves_until_the_second_person_agrees(case_id):
    asked = ask(case_id)
    assert asked["state"] == "asked" and [no for no, _round in open_steps(case_id)] == ["8", "8"]
    assert answer(asked)["state"] == "confirmed"
    assert open_steps(case_id) == [("7", 2)]
    assert events(case_id) == ["started", "submitted", "override_asked", "overridden"]
    assert list(journal_seals.verify(model.Session)) == []
    assert model.Session.get(Case, case_id).version == 2


def test_who_asked_or_answered_keeps_no_sight_of_the_case_without_a_role_for_it(case_id):
    answer(ask(case_id))
    case = model.Session.get(Case, case_id)
    for actor in (WALIDATA, PPID):
        assert process.may_see(model.Session, case, actor)
        elsewhere = Actor(actor.user_id, actor.name, (Held(Role.OPERATOR, "dinas lain"),))
        assert not process.may_see(model.Session, case, elsewhere)


def test_the_case_goes_on_from_there_by_its_commands(case_id):
    answer(ask(case_id))
    give(case_id, "submit", OPERATOR)
    give(case_id, "approve", VERIFIER)
    assert give(case_id, "approve", HEAD)["open_steps"][0]["no"] == "10"


def test_it_can_end_the_case(case_id):
    answer(ask(case_id, "end"))
    case = model.Session.get(Case, case_id)
    assert case.ended_at and case.outcome == "overridden" and open_steps(case_id) == []
    with pytest.raises(Conflict):
        ask(case_id)


def test_who_may_not_is_refused_whatever_else_he_is(case_id):
    root = Actor("s", "s", is_sysadmin=True)
    for actor in (root, OPERATOR, SYSTEM, Actor("a", "a", (Held(Role.AUDITOR, None),))):
        with pytest.raises((NotAllowed, NotThere)):
            ask(case_id, actor=actor)
    asked = ask(case_id)
    for actor in (root, WALIDATA, HEAD, Actor(None, "")):
        with pytest.raises((NotAllowed, NotThere)):
            answer(asked, actor=actor)
    assert events(case_id)[-1] == "override_asked" and len(open_steps(case_id)) == 2


def test_no_check_is_passed_over_and_no_reason_is_no_reason(case_id):
    with pytest.raises(NotAllowed):
        ask(case_id, "10")
    for reason in ("", "macet"):
        with pytest.raises(Invalid):
            ask(case_id, reason=reason)
    assert events(case_id) == ["started", "submitted"]


def test_a_command_meanwhile_overtakes_it(case_id):
    asked = ask(case_id)
    give(case_id, "return_", VERIFIER, {"note": "Perbaiki"})
    with pytest.raises(Conflict, match="went on"):
        answer(asked)
    give(case_id, "submit", OPERATOR)
    again = ask(case_id)
    model.Session.expire_all()
    assert model.Session.get(Override, asked["id"]).state == "overtaken"
    assert answer(again)["state"] == "confirmed"


def test_one_waits_at_a_time_and_a_refusal_says_why(case_id):
    asked = ask(case_id)
    with pytest.raises(Conflict):
        ask(case_id, "end")
    with pytest.raises(Invalid):
        answer(asked, False)
    assert answer(asked, False, "Penggantinya sudah ditunjuk.")["state"] == "declined"
    with pytest.raises(Conflict, match="has answered"):
        answer(asked)
    assert len(open_steps(case_id)) == 2 and ask(case_id)["state"] == "asked"


def test_a_repeat_answers_as_the_first_time(case_id):
    asked = ask(case_id, key="k1")
    assert ask(case_id, key="k1") == asked
    done = answer(asked, key="k2")
    assert answer(asked, key="k2") == done
    with pytest.raises(Conflict):
        answer(asked, False, "x", key="k2")
    assert model.Session.query(Override).count() == 1


def test_who_can_confirm_is_told_and_sees_the_case_from_then_on(case_id):
    people = {role: officer(role) for role in (Role.WALIDATA, Role.PPID)}
    context = as_user(people[Role.PPID])
    with pytest.raises(Exception, match="no such case|tidak ada"):
        helpers.call_action("satudata_case_show", context, id=case_id)
    asked = helpers.call_action(
        "satudata_case_override", as_user(people[Role.WALIDATA]), id=case_id, to_step="7", reason=WHY
    )
    told = model.Session.scalars(sa.select(Outbox.to_user).where(Outbox.kind == "override_asked")).all()
    assert told == [people[Role.PPID]["id"]]
    shown = helpers.call_action("satudata_case_show", context, id=case_id)
    assert shown["overrides"][0]["may_answer"] and shown["overrides"][0]["reason"] == WHY
    helpers.call_action("satudata_case_override_answer", context, id=asked["id"], agree=True)
    shown = helpers.call_action("satudata_case_show", context, id=case_id)
    assert shown["overrides"][0]["state"] == "confirmed" and not shown["overrides"][0]["may_answer"]


def test_both_at_once_with_a_command_make_one_move(case_id):
    """The verifier returns and the PPID confirms in the same moment: one of the two has happened."""
    asked, got, ready = ask(case_id), [], threading.Barrier(2)

    def run(act):
        ready.wait()
        try:
            act()
            got.append("done")
        except Conflict:
            got.append("conflict")
        finally:
            model.Session.remove()

    acts = (lambda: give(case_id, "return_", VERIFIER, {"note": "n"}), lambda: answer(asked))
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(got) == ["conflict", "done"] and open_steps(case_id) == [("7", 2)]


# ---------------------------------------------------------------- what rooms follow


def sent():
    """A dataset in review, with its case."""
    mine = operator()
    described = {name: value for name, value in full_dataset().items() if name != "access_level"}
    made = make(mine, mine["org"], **described)
    case = helpers.call_action("satudata_dataset_submit", as_user(mine), id=made["id"])["id"]
    return mine, made["id"], case


def approve(case_id, agency):
    for role in (Role.VERIFIER, Role.PRODUCER_HEAD):
        helpers.call_action("satudata_case_command", as_user(officer(role, agency)), id=case_id, command="approve")


def test_the_datasets_stage_follows_and_nothing_is_published():
    mine, dataset, case_id = sent()
    approve(case_id, mine["org"]["id"])
    assert datasets.stage_of(model.Session, dataset) is DatasetStage.APPROVED
    for to, stage in (("8", DatasetStage.IN_REVIEW), ("7", DatasetStage.DRAFT)):
        answer(ask(case_id, to))
        model.Session.expire_all()
        assert datasets.stage_of(model.Session, dataset) is stage
        assert model.Package.get(dataset).private
    with pytest.raises(NotAllowed):
        ask(case_id, "10")
    model.Session.expire_all()
    assert model.Session.query(Grant).count() == model.Session.query(Letter).count() == 0


def test_a_dataset_whose_case_was_ended_is_a_draft_that_can_be_sent_again():
    mine, dataset, case_id = sent()
    answer(ask(case_id, "end"))
    assert datasets.stage_of(model.Session, dataset) is DatasetStage.DRAFT
    again = helpers.call_action("satudata_dataset_submit", as_user(mine), id=dataset)
    assert again["id"] != case_id


# ---------------------------------------------------------------- screens


def test_the_case_page_asks_confirms_and_shows_it_for_ever(app):
    mine, _dataset, case_id = sent()
    walidata, ppid = officer(Role.WALIDATA), officer(Role.PPID)
    page = lambda person, **kw: app.get(f"/meja/{case_id}", headers={"Authorization": person["token"]}, **kw)  # noqa: E731
    assert "di-luar-sop" in page(walidata).get_data(as_text=True)
    assert "di-luar-sop" not in page(mine).get_data(as_text=True)
    assert page(ppid).status_code == 404
    post = lambda person, path="", **data: app.post(  # noqa: E731
        f"/meja/{case_id}/di-luar-sop{path}",
        data=data,
        headers={"Authorization": person["token"]},
        follow_redirects=False,
    )
    refused = post(walidata, to_step="7", reason="macet")
    assert refused.status_code == 422 and ">macet</textarea>" in refused.get_data(as_text=True)
    assert post(mine, to_step="7", reason=WHY).status_code == 403
    assert post(walidata, to_step="7", reason=WHY).status_code == 302
    override_id = model.Session.scalars(sa.select(Override.id)).one()
    assert post(walidata, f"/{override_id}", agree="true").status_code == 403
    assert "Konfirmasi: pindahkan perkara" in page(ppid).get_data(as_text=True)
    assert "Konfirmasi: pindahkan perkara" not in page(walidata).get_data(as_text=True)
    assert post(ppid, f"/{override_id}", agree="true").status_code == 302
    for person_ in (mine, walidata, ppid):
        text = page(person_).get_data(as_text=True)
        assert "Dipindahkan di luar SOP" in text and WHY in text


def test_the_list_is_for_auditor_and_walidata(app):
    _mine, _dataset, case_id = sent()
    ask(case_id)
    for role, status in ((Role.AUDITOR, 200), (Role.WALIDATA, 200), (Role.PPID, 404), (Role.OPERATOR, 404)):
        person_ = officer(role, factories.Organization()["id"] if role is Role.OPERATOR else None)
        answered = app.get("/admin/satudata/di-luar-sop", headers={"Authorization": person_["token"]})
        assert answered.status_code == status, role
    auditor = {"Authorization": officer(Role.AUDITOR)["token"]}
    # Two who check stand at one step.
    assert open_steps(case_id) == [("8", 1), ("8", 1)]
    assert ";8;7;" in app.get("/admin/satudata/di-luar-sop?format=csv", headers=auditor).body
    assert ">8</td>" in app.get("/admin/satudata/di-luar-sop", headers=auditor).body
    assert app.get(f"/meja/{case_id}/di-luar-sop", follow_redirects=False).status_code == 302
