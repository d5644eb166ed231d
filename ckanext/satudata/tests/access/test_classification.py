"""What a restriction must name on its way in, and the cases that decide about it (000-1, 000-2)."""

from __future__ import annotations

import itertools
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from freezegun import freeze_time

from ckanext.satudata.access import jobs
from ckanext.satudata.domain import metadata
from ckanext.satudata.domain.classification import FIELDS, Cause, Standing
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.publishing import approved, release
from ckanext.satudata.tests.access.support import approve, as_user, make, operator, publish, upload, with_minutes
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset, restricted

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

PERIOD = {"access_ground": "17a", "access_basis": "SK Wali Kota 1/2026", "access_until": "2029-12-31"}


@pytest.fixture
def user():
    return operator()


@pytest.fixture
def team(user):
    org = user["org"]["id"]
    wide = {role: officer(role) for role in ("walidata", "ppid")}
    return wide | {role: officer(role, org) for role in ("verifier", "producer_head")}


def act(person, action, **data):
    return helpers.call_action(action, as_user(person), **data)


def command(person, case, name, **payload):
    return act(person, "satudata_case_command", id=case, command=name, **with_minutes(name, payload))


def opened(package_id, cause="untested", resource_id=None):
    case = classification.open_case(model.Session, package_id, cause, resource_id=resource_id, actor=SYSTEM)
    model.Session.commit()
    return case.id


def public(package_id):
    model.Session.expire_all()
    return tk.get_action("package_show")({"user": ""}, {"id": package_id})


def values(shown):
    return {name: shown[name] for name in FIELDS if shown.get(name)}


# ---------------------------------------------------------------- on the way in

WRONG = [
    ({"access_ground": "6(3)e"}, "access_ground"),
    ({"access_ground": "duplicate"}, "access_ground"),
    ({"access_ground": "17z"}, "access_ground"),
    ({"access_ground": "17j", "access_basis": "SK Wali Kota"}, "access_basis"),
    ({"access_permanent": "true"}, "access_permanent"),
    ({"access_until": "", "access_permanent": True}, "access_permanent"),
    ({"access_until": "2020-01-01"}, "access_until"),
    ({"access_until": "kapan-kapan"}, "access_until"),
    ({"access_review_on": "2030-01-01"}, "access_review_on"),
    ({"access_review_on": "2020-01-01"}, "access_review_on"),
    ({"access_decree": "no-such-decree"}, "access_decree"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
@pytest.mark.parametrize("who", ["operator", "sysadmin", "ignore_auth"])
def test_what_is_wrong_is_refused_at_save_whoever_saves(user, changes, field, who):
    context = {"operator": as_user(user), "ignore_auth": {"ignore_auth": True, "user": user["name"]}}.get(who)
    context = context or as_user(factories.Sysadmin())
    dataset = make(user, user["org"], level="terbatas", **PERIOD)
    with pytest.raises(tk.ValidationError) as refusal:
        helpers.call_action("package_patch", context, id=dataset["id"], **changes)
    assert set(refusal.value.error_dict) == {field} and len(refusal.value.error_dict[field][0]) > 20
    with pytest.raises(tk.ValidationError) as refusal:
        file = {"name": "Ketat", "upload": upload(), "access_level": "tertutup", **PERIOD, **changes}
        helpers.call_action("resource_create", context, package_id=dataset["id"], **file)
    assert field in refusal.value.error_dict
    model.Session.expire_all()
    assert values(model.Package.get(dataset["id"]).extras) == PERIOD


def test_every_fault_is_told_at_once(user):
    with pytest.raises(tk.ValidationError) as refusal:
        make(user, user["org"], level="tertutup", access_ground="17", access_until="2020-01-01", access_permanent="ya")
    assert set(refusal.value.error_dict) == {"access_ground", "access_until", "access_permanent"}


@pytest.mark.parametrize("given", itertools.product((True, False), repeat=3))
def test_a_draft_may_lack_what_is_missing(user, given):
    some = {name: value for (name, value), there in zip(PERIOD.items(), given, strict=True) if there}
    assert values(make(user, user["org"], level="terbatas", **some)) == some


def test_values_are_stored_as_they_are_meant(user):
    typed = {"access_ground": "Pasal 17 huruf h", "access_until": "31/12/2029", "access_review_on": "1 Mei 2028"}
    stored = values(make(user, user["org"], level="terbatas", **typed))
    assert stored == {"access_ground": "17h", "access_until": "2029-12-31", "access_review_on": "2028-05-01"}
    permanent = make(user, user["org"], level="terbatas", name="lain", access_ground="17h", access_permanent=True)
    assert permanent["access_permanent"] == "true"


def test_a_stock_client_that_reads_and_patches_loses_nothing(user):
    file = {
        "name": "Ketat",
        "upload": upload(),
        "access_level": "tertutup",
        **restricted(access_review_on="2028-01-01"),
    }
    dataset = make(user, user["org"], level="terbatas", **PERIOD, resources=[file])
    stored = values(dataset), values(dataset["resources"][0])
    for number in range(10):
        shown = act(user, "package_show", id=dataset["id"])
        act(user, "package_patch", id=dataset["id"], notes=f"Keterangan {number}")
        act(user, "package_update", **{**shown, "version": str(number)})
        act(user, "resource_patch", id=shown["resources"][0]["id"], description=f"Kolom {number}")
    shown = act(user, "package_show", id=dataset["id"])
    assert (values(shown), values(shown["resources"][0])) == stored


def test_a_stored_day_that_has_passed_does_not_stop_a_save(user):
    dataset = make(user, user["org"], level="terbatas", **PERIOD)
    package = model.Package.get(dataset["id"])
    package.extras = {**package.extras, "access_until": "2020-01-01"}
    package.metadata_modified += timedelta(seconds=1)
    model.Session.commit()
    assert act(user, "package_patch", id=dataset["id"], notes="Lain")["access_until"] == "2020-01-01"
    with pytest.raises(tk.ValidationError):
        act(user, "package_patch", id=dataset["id"], access_until="2020-01-02")


# ---------------------------------------------------------------- at the release


def test_open_data_say_nothing_of_a_restriction(user):
    dataset = make(user, user["org"], **restricted())
    assert values(dataset) and not values(publish(dataset["id"]))


def test_limited_data_say_it_and_a_file_without_a_level_of_its_own_says_nothing(user):
    files = [
        {"name": "Ikut", "upload": upload(), **restricted(access_basis="KANARI")},
        {"name": "Sama", "upload": upload(), "access_level": "terbatas", **restricted()},
    ]
    shown = publish(make(user, user["org"], level="terbatas", **PERIOD, resources=files)["id"])
    assert values(shown) == PERIOD and "KANARI" not in str(shown)
    assert values(shown["resources"][1]) == restricted()


def test_a_stricter_file_states_its_own(user):
    files = [
        {"name": "Terbatas", "upload": upload(), "access_level": "terbatas", **restricted()},
        {"name": "Tertutup", "upload": upload(), "access_level": "tertutup", **restricted(access_basis="KANARI")},
    ]
    shown = publish(make(user, user["org"], resources=files)["id"])
    assert [values(resource) for resource in shown["resources"]] == [restricted()]
    assert "KANARI" not in str(shown)


# ---------------------------------------------------------------- cases


def test_a_test_is_recorded_by_walidata_and_written_once_ppid_approves(user, team):
    dataset = make(user, user["org"], level="terbatas")
    publish(dataset["id"])
    case = opened(dataset["id"])
    assert standing(dataset["id"]) is Standing.UNTESTED
    with pytest.raises(tk.ValidationError) as refusal:
        command(team["walidata"], case, "record", access_ground="17h")
    assert {"access_basis", "access_until"} <= set(refusal.value.error_dict)
    with pytest.raises(tk.ValidationError) as refusal:
        command(team["walidata"], case, "record", **restricted(), minutes_id="made-up")
    assert set(refusal.value.error_dict) == {"minutes_id"}
    command(team["walidata"], case, "record", **restricted(), note="Berita acara 3/2026")
    assert not values(public(dataset["id"]))
    with pytest.raises(tk.NotAuthorized):
        command(team["walidata"], case, "approve")
    before = public(dataset["id"])
    command(team["ppid"], case, "return_", note="Sebutkan pasalnya")
    command(team["walidata"], case, "record", **PERIOD)
    answer = command(team["ppid"], case, "approve")
    assert answer["ended_at"] and model.Session.get(Case, case).data["proposal"] == PERIOD | {"from_level": "terbatas"}
    shown = public(dataset["id"])
    assert values(shown) == PERIOD and shown["metadata_modified"] > before["metadata_modified"]
    assert shown["access_level"] == "terbatas" and standing(dataset["id"]) is Standing.HELD
    assert list(approved.changed(model.Session)) == []
    found = tk.get_action("package_search")({"user": ""}, {"fq": f"id:{dataset['id']}"})["results"]
    assert values(found[0]) == PERIOD


def test_a_test_and_a_discussion_carry_their_minutes(user, team):
    dataset = publish(make(user, user["org"], level="terbatas", title="Daftar penerima")["id"])
    case, said = opened(dataset["id"]), {"held_on": "2026-03-02", "result": "Memuat alamat."}
    with pytest.raises(tk.ValidationError) as refusal:
        act(team["walidata"], "satudata_case_command", id=case, command="record", **restricted())
    assert set(refusal.value.error_dict) == {"minutes_id"}
    with pytest.raises(tk.ValidationError) as refusal:
        command(team["walidata"], case, "record", **restricted(), held_on="2026-03-02", result="")
    assert set(refusal.value.error_dict) == {"result"}
    command(team["walidata"], case, "record", **restricted(), **said)
    with pytest.raises(tk.ValidationError) as refusal:
        act(team["ppid"], "satudata_case_command", id=case, command="approve")
    assert set(refusal.value.error_dict) == {"minutes_id"} and not values(public(dataset["id"]))
    tested = model.Session.get(Case, case).data["minutes_id"]
    with pytest.raises(tk.ValidationError):
        act(team["ppid"], "satudata_case_command", id=case, command="approve", minutes_id=tested)
    command(team["ppid"], case, "approve", **said)
    model.Session.expire_all()
    data = model.Session.get(Case, case).data
    rows = [model.Session.get(Minutes, data[key]) for key in ("minutes_id", "discussion_id")]
    assert [(row.kind, row.subject, row.dataset_id, row.case_id) for row in rows] == [
        (kind, "Daftar penerima", dataset["id"], case) for kind in ("test", "discussion")
    ]
    assert values(public(dataset["id"])) == restricted()


def test_what_was_recorded_without_minutes_goes_back(user, team):
    dataset = publish(make(user, user["org"], level="terbatas")["id"])
    case = opened(dataset["id"])
    command(team["walidata"], case, "record", **restricted())
    process.stamp_data(model.Session, case, minutes_id=None)
    model.Session.commit()
    with pytest.raises(tk.ValidationError) as refusal:
        command(team["ppid"], case, "approve")
    assert "conflict" in refusal.value.error_dict and not values(public(dataset["id"]))
    command(team["ppid"], case, "return_", note="Berita acaranya?")
    command(team["walidata"], case, "record", **restricted())
    assert command(team["ppid"], case, "approve")["ended_at"]


def standing(package_id, resource_id=None):
    model.Session.expire_all()
    now = classification.restriction_of(model.Session, package_id, resource_id)
    return classification.standing_of(model.Session, package_id, now, resource_id)


def test_a_file_that_nobody_sees_is_restated_where_it_is_kept(user, team):
    file = {"name": "Tertutup", "upload": upload(), "access_level": "tertutup"}
    dataset = make(user, user["org"], resources=[file])
    resource = dataset["resources"][0]["id"]
    publish(dataset["id"])
    case = opened(dataset["id"], resource_id=resource)
    command(team["walidata"], case, "record", **restricted(access_basis="KANARI"))
    command(team["ppid"], case, "approve")
    assert "KANARI" not in str(public(dataset["id"]))
    withheld = model.Session.scalars(ResourceFile.newest([resource])).one().withheld
    assert values(withheld) == restricted(access_basis="KANARI")
    assert standing(dataset["id"], resource) is Standing.HELD


def test_the_file_of_open_data_that_is_limited_is_restated_on_the_public_page(user, team):
    file = {"name": "Terbatas", "upload": upload(), "access_level": "terbatas"}
    dataset = make(user, user["org"], resources=[file])
    resource = dataset["resources"][0]["id"]
    publish(dataset["id"])
    case = opened(dataset["id"], resource_id=resource)
    command(team["walidata"], case, "record", **restricted())
    command(team["ppid"], case, "approve")
    shown = public(dataset["id"])
    assert not values(shown) and values(shown["resources"][0]) == restricted()
    assert list(approved.changed(model.Session)) == []


def test_one_open_case_for_each_and_the_stronger_cause_counts(user):
    file = {"name": "Tertutup", "upload": upload(), "access_level": "tertutup"}
    dataset = make(user, user["org"], level="terbatas", resources=[file])
    publish(dataset["id"])
    case, other = opened(dataset["id"]), opened(dataset["id"], resource_id=dataset["resources"][0]["id"])
    assert case != other
    for cause, counts in (("proposed", "untested"), ("provisional", "provisional"), ("period", "provisional")):
        assert opened(dataset["id"], cause) == case
        model.Session.expire_all()
        assert model.Session.get(Case, case).data["cause"] == counts
    assert standing(dataset["id"]) is Standing.PROVISIONAL


@pytest.mark.parametrize("cause", [cause.value for cause in Cause])
def test_only_a_mere_proposal_is_given_up(user, team, cause):
    dataset = make(user, user["org"], level="terbatas")
    publish(dataset["id"])
    case = opened(dataset["id"], cause)
    if cause == "proposed":
        assert command(team["walidata"], case, "withdraw", note="Tidak jadi")["ended_at"]
        return
    with pytest.raises(tk.ValidationError) as refusal:
        command(team["walidata"], case, "withdraw", note="Tidak jadi")
    assert "conflict" in refusal.value.error_dict
    act(team["walidata"], "satudata_dataset_withdraw", id=dataset["id"], reason="Salah hitung")
    with pytest.raises(tk.ValidationError):
        command(team["walidata"], case, "record", **restricted())
    assert command(team["walidata"], case, "withdraw", note="Data ditarik")["ended_at"]


# ---------------------------------------------------------------- what has no ground yet


def test_each_untested_restriction_in_force_gets_one_case(user, team):
    files = [
        {"name": "Terbatas", "upload": upload(), "access_level": "terbatas"},
        {"name": "Tertutup", "upload": upload(), "access_level": "tertutup"},
        {"name": "Beralasan", "upload": upload(), "access_level": "tertutup", **restricted()},
    ]
    mixed = make(user, user["org"], resources=files, name="campuran")
    limited = make(user, user["org"], level="terbatas", name="terbatas")
    closed = make(user, user["org"], level="tertutup", name="tertutup")
    whole = make(user, user["org"], level="tertutup", name="beralasan", **restricted())
    for dataset in (mixed, limited):
        publish(dataset["id"])
    for dataset in (closed, whole):
        close(dataset["id"])
    make(user, user["org"], level="terbatas", name="draf")
    taken_back = make(user, user["org"], level="terbatas", name="ditarik")
    publish(taken_back["id"])
    act(team["walidata"], "satudata_dataset_withdraw", id=taken_back["id"], reason="Salah hitung")
    wanted = {(limited["id"], None), (closed["id"], None), (whole["id"], None)}
    wanted |= {(mixed["id"], resource["id"]) for resource in mixed["resources"]}
    assert jobs.open_untested() == len(wanted)
    assert {(case.subject_id, case.data["resource_id"]) for case in cases()} == wanted
    assert {case.data["cause"] for case in cases()} == {"untested"}
    assert jobs.open_untested() == 0 and len(cases()) == len(wanted)
    waiting = [row["process"] for row in act(team["walidata"], "satudata_inbox")["rows"]]
    assert waiting.count("classification") == len(wanted)


def cases():
    model.Session.expire_all()
    return list(model.Session.scalars(sa.select(Case).where(Case.process == "classification")))


def close(package_id):
    approve(package_id)
    release.release({"user": ""}, package_id, actor=SYSTEM)
    model.Session.commit()


def test_a_case_that_was_decided_is_not_opened_again(user, team):
    dataset = make(user, user["org"], level="terbatas")
    publish(dataset["id"])
    jobs.open_untested()
    (case,) = cases()
    command(team["walidata"], case.id, "record", **restricted())
    assert jobs.open_untested() == 0
    command(team["ppid"], case.id, "approve")
    assert jobs.open_untested() == 0 and len(cases()) == 1


# ---------------------------------------------------------------- the review


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_what_is_missing_is_refused_before_the_verifier_sees_it(user, team, level):
    dataset = helpers.call_action(
        "package_create", as_user(user), **full_dataset(access_level=level, owner_org=user["org"]["id"])
    )
    with pytest.raises(tk.ValidationError) as refusal:
        act(user, "satudata_dataset_submit", id=dataset["id"])
    assert set(refusal.value.error_dict) == {"access_ground", "access_basis", "access_until"}
    file = {"name": "Ketat", "upload": upload(), "access_level": "tertutup"}
    act(user, "package_patch", id=dataset["id"], **restricted(), resources=[file])
    if level == "terbatas":
        with pytest.raises(tk.ValidationError) as refusal:
            act(user, "satudata_dataset_submit", id=dataset["id"])
        assert set(refusal.value.error_dict) == {metadata.FILES}
        resource = act(user, "package_show", id=dataset["id"])["resources"][0]["id"]
        act(user, "resource_patch", id=resource, **restricted())
    act(user, "satudata_dataset_submit", id=dataset["id"])


def test_a_day_that_passed_while_it_was_a_draft_is_refused_before_the_verifier_sees_it(user):
    values = full_dataset(access_level="terbatas", owner_org=user["org"]["id"], **restricted())
    dataset = helpers.call_action("package_create", as_user(user), **values)
    with freeze_time("2031-01-02"), pytest.raises(tk.ValidationError) as refusal:
        act(user, "satudata_dataset_submit", id=dataset["id"])
    assert set(refusal.value.error_dict) == {"access_until"}
