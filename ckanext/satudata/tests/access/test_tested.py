"""No restriction lasts without a decided test: what opening, first release and re-opening leave behind."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.access import jobs
from ckanext.satudata.domain.classification import Standing
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.model.restriction_test import RestrictionTest
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import WHY, as_user, make, operator, publish, upload, with_minutes
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

GROUND = {"access_ground": "17h", "access_basis": "UU 27/2022 (contoh)", "access_until": "2029-12-31"}
OTHER = {**GROUND, "access_basis": "karangan saja", "access_until": "2099-10-01"}


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def team(clerk):
    org = clerk["org"]["id"]
    wide = {role: officer(role) for role in ("walidata", "ppid")}
    return wide | {"second": officer("walidata")} | {role: officer(role, org) for role in ("verifier", "producer_head")}


def act(user, action, **data):
    return helpers.call_action(action, as_user(user), **data)


def command(person, case, name, **payload):
    return act(person, "satudata_case_command", id=case, command=name, **with_minutes(name, payload))


def narrow(user, dataset, to_level, **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": "Berisi nama penerima bantuan.", **kw}
    return act(user, "satudata_dataset_reclassify", **asked)


def opened(team, case, to_level, **payload):
    command(team["walidata"], case, "submit", to_level=to_level, note=WHY, **payload)
    for role in ("verifier", "producer_head"):
        command(team[role], case, "approve")
    return command(team["second"], case, "publish")


def decide(team, case, **stated):
    command(team["walidata"], case, "record", **(stated or GROUND))
    command(team["ppid"], case, "approve")


def case_of(dataset, resource_id=None):
    model.Session.expire_all()
    found = classification.find_case(model.Session, dataset["id"], resource_id)
    return found.id if found is not None else None


def standing(team, dataset, resource_id=None):
    """Where it stands, in the list and on the page alike."""
    model.Session.expire_all()
    now = classification.restriction_of(model.Session, dataset["id"], resource_id)
    found = classification.standing_of(model.Session, dataset["id"], now, resource_id)
    rows = act(team["walidata"], "satudata_restriction_list", package_id=dataset["id"])["restrictions"]
    assert [row["standing"] for row in rows if row["resource_id"] == (resource_id or "")] == [found.value]
    return found


def record_of(team, record):
    return act(team["ppid"], "satudata_reclassification_show", id=record["id"])["standing"]


def test_what_is_opened_as_far_as_terbatas_waits_for_its_own_test(app, clerk, team):
    public = publish(make(clerk, clerk["org"])["id"])
    narrowed = narrow(team["walidata"], public, "tertutup")
    done = opened(team, narrowed["case_id"], "terbatas", **OTHER)
    assert standing(team, public) is Standing.UNTESTED
    assert "menunggu uji konsekuensi" in app.get(f"/dataset/{public['id']}").body
    waiting = case_of(public)
    assert waiting and waiting != narrowed["case_id"] and jobs.open_untested() == 0
    assert record_of(team, narrowed) == "opened"
    assert record_of(team, {"id": done["reclassification"]}) == "untested"
    with pytest.raises(tk.ValidationError):
        command(team["walidata"], waiting, "withdraw", note="Tidak perlu")
    decide(team, waiting)
    assert standing(team, public) is Standing.HELD and case_of(public) is None
    assert record_of(team, {"id": done["reclassification"]}) == "tested"


def test_what_was_tested_at_this_level_before_keeps_its_standing(clerk, team):
    public = publish(make(clerk, clerk["org"])["id"])
    decide(team, narrow(team["walidata"], public, "terbatas")["case_id"])
    narrowed = narrow(team["walidata"], public, "tertutup")
    opened(team, narrowed["case_id"], "terbatas", **GROUND)
    assert standing(team, public) is Standing.HELD and case_of(public) is None
    # Opened wholly, the old test counts for nothing any more.
    proposed = act(team["walidata"], "satudata_classification_propose", id=public["id"])["id"]
    opened(team, proposed, "terbuka")
    assert not model.Session.query(RestrictionTest).count()


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_what_is_released_for_the_first_time_waits_though_all_is_stated(clerk, team, level):
    file = {"name": "Ketat", "upload": upload(), "access_level": level, **GROUND}
    dataset = make(clerk, clerk["org"], level="terbuka", resources=[{"name": "Tabel", "upload": upload()}, file])
    resource = dataset["resources"][1]["id"]
    publish(dataset["id"])
    whole = make(clerk, clerk["org"], level="terbatas", name="seluruhnya", **GROUND)
    publish(whole["id"])
    wanted = [(dataset, resource), (whole, None)]
    assert [standing(team, *one) for one in wanted] == [Standing.UNTESTED] * 2
    assert jobs.open_untested() == 2
    for one in wanted:
        decide(team, case_of(*one))
        assert standing(team, *one) is Standing.HELD
    assert jobs.open_untested() == 0


def test_that_something_was_tested_is_written_by_ppids_approval_alone(clerk, team):
    limited = make(clerk, clerk["org"], level="terbatas", **GROUND)
    publish(limited["id"])
    classification.restate(model.Session, limited["id"], None, OTHER, actor=SYSTEM)
    model.Session.commit()
    assert standing(team, limited) is Standing.UNTESTED
    with pytest.raises(NotAllowed):
        model.Session.add(
            RestrictionTest(package_id=limited["id"], resource_id="", level="terbatas", stated=OTHER, case_id="-")
        )
        model.Session.flush()
    model.Session.rollback()


# ---------------------------------------------------------------- a file of its own


def own_file(clerk, **stated):
    file = {"name": "Ketat", "upload": upload(), **stated}
    made = make(clerk, clerk["org"], resources=[{"name": "Tabel", "upload": upload()}, file])
    return publish(made["id"]), made["resources"][1]["id"]


def test_a_file_of_a_stub_is_restricted_still_and_its_test_is_not_closed(clerk, team):
    public, resource = own_file(clerk)
    narrowed = narrow(team["walidata"], public, "tertutup", resource_id=resource)
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    with pytest.raises(tk.ValidationError):
        command(team["walidata"], narrowed["case_id"], "withdraw", note="Sudah ditarik seluruhnya")
    assert record_of(team, narrowed) == "provisional"
    opened(team, case, "terbuka")
    # One word for one thing: the record says what the restriction is.
    assert standing(team, public, resource) is Standing.PROVISIONAL
    assert record_of(team, narrowed) == "provisional"
    decide(team, narrowed["case_id"])
    assert standing(team, public, resource) is Standing.HELD and record_of(team, narrowed) == "tested"


def test_the_restriction_of_a_file_is_tested_while_its_dataset_is_a_stub(clerk, team):
    public, resource = own_file(clerk, access_level="terbatas", **GROUND)
    jobs.open_untested()
    file_case = case_of(public, resource)
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    decide(team, file_case, **{**GROUND, "access_basis": "SK 1/2026"})
    opened(team, case, "terbuka")
    now = classification.restriction_of(model.Session, public["id"], resource)
    assert now.basis == "SK 1/2026" and standing(team, public, resource) is Standing.HELD


def test_the_tested_restriction_of_a_file_outlives_the_levels_of_its_dataset(clerk, team):
    public, resource = own_file(clerk, access_level="terbatas", **GROUND)
    jobs.open_untested()
    decide(team, case_of(public, resource))
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    opened(team, case, "terbatas", **OTHER)
    shown = helpers.call_action("package_show", id=public["id"])
    mine, other = (
        next(one for one in shown["resources"] if (one["id"] == resource) is is_own) for is_own in (True, False)
    )
    assert {name: mine.get(name) for name in GROUND} == GROUND
    assert not any(other.get(name) for name in GROUND)
    opened(team, case_of(public), "terbuka")
    assert standing(team, public, resource) is Standing.HELD


def test_the_report_tells_tested_from_narrowed_further_and_from_closed(clerk, team):
    public = publish(make(clerk, clerk["org"])["id"])
    first, second = narrow(team["walidata"], public, "terbatas"), narrow(team["ppid"], public, "tertutup")
    assert first["case_id"] == second["case_id"]
    decide(team, first["case_id"])
    assert (record_of(team, first), record_of(team, second)) == ("superseded", "tested")
    other = publish(make(clerk, clerk["org"], name="lain")["id"])
    narrowed = narrow(team["walidata"], other, "terbatas")
    act(team["walidata"], "satudata_dataset_withdraw", id=other["id"], reason="Salah hitung")
    command(team["walidata"], narrowed["case_id"], "withdraw", note="Data ditarik")
    assert record_of(team, narrowed) == "closed"


def test_what_is_ended_outside_the_sop_is_not_called_tested(clerk, team):
    public = publish(make(clerk, clerk["org"])["id"])
    narrowed = narrow(team["walidata"], public, "terbatas")
    act(team["walidata"], "satudata_dataset_withdraw", id=public["id"], reason="Salah hitung")
    asked = act(team["walidata"], "satudata_case_override", id=narrowed["case_id"], end=True, reason=WHY)
    act(team["ppid"], "satudata_case_override_answer", id=asked["id"], agree=True)
    assert record_of(team, narrowed) == "closed"


def test_a_closed_dataset_that_becomes_a_draft_again_is_tested_again(clerk, team):
    closed = publish(make(clerk, clerk["org"], level="tertutup", **GROUND)["id"])
    jobs.open_untested()
    decide(team, case_of(closed))
    assert standing(team, closed) is Standing.HELD
    act(team["walidata"], "satudata_dataset_withdraw", id=closed["id"], reason="Perlu diganti")
    publish(closed["id"])
    assert standing(team, closed) is Standing.UNTESTED


def test_minutes_of_another_level_do_not_count_again(clerk, team):
    public = publish(make(clerk, clerk["org"])["id"])
    case = narrow(team["walidata"], public, "terbatas")["case_id"]
    command(team["walidata"], case, "record", **GROUND)
    narrow(team["walidata"], public, "tertutup")
    command(team["ppid"], case, "return_", note="Uji lagi untuk tingkat ini.")
    with pytest.raises(tk.ValidationError) as refused:
        act(team["walidata"], "satudata_case_command", id=case, command="record", **GROUND)
    assert "minutes_id" in refused.value.error_dict


def test_a_draft_keeps_its_agency_while_its_classification_is_decided(clerk, team):
    closed = publish(make(clerk, clerk["org"], level="tertutup", **GROUND)["id"])
    jobs.open_untested()
    act(team["walidata"], "satudata_dataset_withdraw", id=closed["id"], reason="Perlu diganti")
    admin, other = factories.SysadminWithToken(), factories.Organization()
    moved = {"id": closed["id"], "organization_id": other["id"]}
    with pytest.raises(tk.ValidationError):
        act(admin, "package_owner_org_update", **moved)
    model.Session.rollback()
    command(team["walidata"], case_of(closed), "withdraw", note="Ditulis ulang")
    act(admin, "package_owner_org_update", **moved)


def test_ids_of_files_that_no_table_holds_are_refused_by_name(clerk):
    made = make(clerk, clerk["org"])
    for ids in (["a" * 101], ["satu-dua", "satu-dua"]):
        files = [{"id": one, "url": "https://lain.test/a.csv"} for one in ids]
        with pytest.raises(tk.ValidationError) as refused:
            act(clerk, "package_patch", id=made["id"], resources=files)
        assert refused.value.error_dict["resources"][-1]["id"]
        model.Session.rollback()
