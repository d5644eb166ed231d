"""Giving, ending and importing roles; memberships follow."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers

from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Actor, Role
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import notices
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.care import doctor
from ckanext.satudata.shared.people import invitations, membership, officers
from ckanext.satudata.tests.factories import hold, officer, vouch

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def call(name, who, **data):
    return helpers.call_action(name, {"user": who["name"], "ignore_auth": False}, **data)


def memberships(user):
    rows = model.Session.query(model.Member).filter_by(table_name="user", table_id=user["id"], state="active")
    return {row.group_id: row.capacity for row in rows}


def events():
    return model.Session.scalars(sa.select(Journal.event).order_by(Journal.id)).all()


def assign(who, user, role="operator", **data):
    return call("satudata_officer_assign", who, user=user["name"], role=role, letter_number="800/1", **data)


def test_a_role_is_given_and_ended_with_journal_and_membership():
    walidata, user, agency = officer(Role.WALIDATA), factories.User(), factories.Organization(users=[])
    vouch(user["id"])
    row = assign(walidata, user, organization_id=agency["id"])
    assert row["state"] == "in_force"
    assert actor_for(model.User.get(user["id"])).has(Role.OPERATOR, agency["id"])
    assert memberships(user) == {agency["id"]: "editor"}
    ended = call("satudata_officer_end", walidata, id=row["id"], reason="Pindah tugas")
    assert ended["state"] == "ended"
    assert actor_for(model.User.get(user["id"])).held == ()
    assert memberships(user) == {}
    assert model.Session.get(OfficerRole, row["id"]) is not None
    assert events() == ["officer_assigned", "officer_ended"]
    with pytest.raises(Exception, match="ended already"), helpers.changed_config("ckan.locale_default", "en"):
        call("satudata_officer_end", walidata, id=row["id"], reason="lagi")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.WALIDATA, Role.APPLICANT, Role.SYSTEM)])
def test_no_other_role_may_change_the_table(role):
    who, user = officer(role), factories.User()
    with pytest.raises(Exception) as caught:
        assign(who, user, "ppid")
    assert type(caught.value).__name__ == "NotAuthorized"
    assert model.Session.query(OfficerRole).filter_by(user_id=user["id"]).count() == 0


def test_the_law_holds_without_auth():
    """`ignore_auth` passes CKAN's auth functions by, and still nobody appoints himself."""
    user = factories.User()
    for name in (user["name"], ""):
        with pytest.raises(Exception) as caught:
            helpers.call_action(
                "satudata_officer_assign", {"user": name}, user=user["name"], role="walidata", letter_number="1"
            )
        assert type(caught.value).__name__ == "NotAuthorized"
    with pytest.raises(NotAllowed):
        officers.end(model.Session, Actor(user["id"], user["name"]), "x", "y")
    model.Session.rollback()


def test_a_lapsed_walidata_appoints_nobody(freezer):
    walidata, user = officer(Role.WALIDATA, valid_until_on="2026-03-31"), factories.User()
    freezer.move_to("2026-03-31 16:59:59")
    assign(walidata, user, "auditor")
    freezer.move_to("2026-03-31 17:00:00")
    with pytest.raises(Exception) as caught:
        assign(walidata, user, "redaktur")
    assert type(caught.value).__name__ == "NotAuthorized"


def test_the_same_role_twice_in_one_period_is_refused():
    walidata, user = officer(Role.WALIDATA), factories.User()
    assign(walidata, user, "ppid", valid_until_on="2026-12-31")
    with pytest.raises(Exception) as caught:
        assign(walidata, user, "ppid", valid_from_on="2026-12-31")
    assert "role" in caught.value.error_dict
    assign(walidata, user, "ppid", valid_from_on="2027-01-01")
    assert model.Session.query(OfficerRole).filter_by(user_id=user["id"]).count() == 2


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"role": "raja"}, "role"),
        ({"role": "applicant"}, "role"),
        ({"organization_id": "nowhere", "role": "operator"}, "organization_id"),
        ({"valid_from_on": "31/02/2026"}, "valid_from_on"),
        ({"processes": {"a": 1}}, "processes"),
        ({"letter_number": "x" * 201}, "letter_number"),
        ({"letter_number": {"a": 1}}, "letter_number"),
        ({"user": "", "email": "not an address"}, "email"),
        ({"user": "nobody-here"}, "user"),
        ({"user": ""}, "email"),
    ],
)
def test_bad_input_names_its_field(data, field):
    walidata, user = officer(Role.WALIDATA), factories.User()
    given = {"user": user["name"], "role": "ppid", "letter_number": "1", **data}
    with pytest.raises(Exception) as caught:
        call("satudata_officer_assign", walidata, **given)
    assert list(caught.value.error_dict) == [field]
    assert caught.value.error_dict[field][0]


def csv(*rows):
    return "email,nama,peran,unit,mulai,sampai,nomor_surat\n" + "\n".join(rows)


def test_a_list_is_stored_whole_or_not_at_all():
    walidata, agency = officer(Role.WALIDATA), factories.Organization()
    good = f"a@dinas.example,Ani,operator,{agency['name']},,,1"
    bad = csv(good, "b@dinas.example,Budi,operator,nowhere,,,1")
    report = call("satudata_officer_import", walidata, csv=bad, dry_run=False)
    assert (
        report["counts"] == {"new": 0, "invited": 1, "unchanged": 0, "repeated": 0, "error": 1} and not report["stored"]
    )
    faults = [(line["line"], fault["field"]) for line in report["lines"] for fault in line["errors"]]
    assert faults == [(3, "unit")]
    assert model.Session.query(model.User).filter_by(email="a@dinas.example").count() == 0

    preview = call("satudata_officer_import", walidata, csv=csv(good))
    assert preview["counts"]["invited"] == 1 and not preview["stored"]
    assert model.Session.query(model.User).filter_by(email="a@dinas.example").count() == 0

    assert call("satudata_officer_import", walidata, csv=csv(good), dry_run=False)["stored"]
    again = call("satudata_officer_import", walidata, csv=csv(good), dry_run=False)
    assert again["counts"] == {"new": 0, "invited": 0, "unchanged": 1, "repeated": 0, "error": 0}
    assert model.Session.query(model.User).filter_by(email="a@dinas.example").count() == 1


def test_two_lines_that_contradict_each_other_are_found():
    walidata = officer(Role.WALIDATA)
    report = call(
        "satudata_officer_import",
        walidata,
        csv=csv("a@dinas.example,A,ppid,,2090-01-01,2090-06-30,1", "A@dinas.example,A,ppid,,2090-06-30,,2"),
    )
    assert [line["outcome"] for line in report["lines"]] == ["invited", "error"]
    assert report["lines"][1]["errors"][0]["field"] == "peran"


def test_a_row_that_stands_twice_is_told_and_stored_once():
    walidata, agency = officer(Role.WALIDATA), factories.Organization(title="Dinas Kesehatan")
    given = "a@dinas.example,Ani,operator,dinas  KESEHATAN,3 April 2026,,1"
    report = call("satudata_officer_import", walidata, csv=csv(given, given, given), dry_run=False)
    assert [(line["outcome"], line["same_as"]) for line in report["lines"]] == [
        ("invited", 0), ("repeated", 2), ("repeated", 2)
    ]  # fmt: skip
    assert report["stored"] and report["lines"][0]["organization_id"] == agency["id"]
    assert report["lines"][0]["valid_from_on"] == "2026-04-03"
    assert model.Session.query(OfficerRole).filter_by(role="operator").count() == 1


def test_a_login_name_in_the_list_names_the_account():
    walidata, user = officer(Role.WALIDATA), factories.User()
    head = "akun;email;peran;nomor_surat\n"
    told = call("satudata_officer_import", walidata, csv=head + f"{user['name']};;ppid;1\n", dry_run=False)
    assert told["stored"] and told["counts"]["new"] == 1
    assert model.Session.query(OfficerRole).filter_by(user_id=user["id"], role="ppid").count() == 1
    told = call(
        "satudata_officer_import", walidata, csv=head + f"{user['name']};lain@b.example;auditor;1\nsiapa;;ppid;1"
    )
    assert [line["errors"][0]["field"] for line in told["lines"]] == ["akun", "akun"]


def test_an_invited_officer_holds_nothing_before_accepting():
    walidata, agency = officer(Role.WALIDATA), factories.Organization()
    row = call(
        "satudata_officer_assign",
        walidata,
        email="Baru@Dinas.example",
        role="operator",
        organization_id=agency["id"],
        letter_number="1",
    )
    user = model.User.get(row["user_id"])
    assert user.state == "pending" and row["invitation"] == "open"
    assert actor_for(user).held == ()
    assert memberships({"id": user.id}) == {}


def test_memberships_made_by_hand_are_put_back():
    agency, other = factories.Organization(users=[]), factories.Organization(users=[])
    user, stranger = factories.User(), factories.User()
    hold(user["id"], Role.OPERATOR, agency["id"])
    hold(user["id"], Role.VERIFIER, agency["id"])
    for organization, who in ((other, user), (other, stranger), (agency, stranger)):
        helpers.call_action("organization_member_create", id=organization["id"], username=who["name"], role="admin")
    wanted = membership.sync(model.Session, dry_run=True, everyone=True)
    assert len(wanted) == 4 and memberships(stranger)
    assert set(membership.sync(model.Session, everyone=True)) == set(wanted)
    assert memberships(user) == {agency["id"]: "editor"}
    assert memberships(stranger) == {}
    assert membership.sync(model.Session) == []


def test_members_of_a_portal_that_was_there_before_are_left_and_named():
    agency = factories.Organization(users=[])
    officer_, stranger = factories.User(), factories.User()
    hold(officer_["id"], Role.VERIFIER, agency["id"], valid_until_on="2020-12-31")
    for who in (officer_, stranger):
        helpers.call_action("organization_member_create", id=agency["id"], username=who["name"], role="editor")
    membership.put_right()
    assert memberships(officer_) == {} and memberships(stranger) == {agency["id"]: "editor"}
    assert [row.user for row in membership.strangers(model.Session)] == [stranger["name"]]
    assert stranger["name"] in str([problem.params for problem in doctor.examine() if problem.check == "memberships"])
    call("satudata_officer_sync", officer(Role.WALIDATA), all=True)
    assert memberships(stranger) == {} and not membership.strangers(model.Session)


def test_a_lapsed_role_loses_its_membership_at_the_next_turn(freezer):
    agency, user = factories.Organization(users=[]), factories.User()
    hold(user["id"], Role.VERIFIER, agency["id"], valid_from_on="2026-03-01", valid_until_on="2026-03-31")
    freezer.move_to("2026-03-10")
    membership.put_right()
    assert memberships(user) == {agency["id"]: "member"}
    freezer.move_to("2026-03-31 17:00:01")
    assert actor_for(model.User.get(user["id"])).held == ()
    membership.put_right()
    assert memberships(user) == {}


def test_an_invitation_goes_by_mail_and_the_queue_holds_no_link(mail_sink):
    from ckanext.satudata.model.outbox import Outbox
    from ckanext.satudata.shared.people import invitations
    from ckanext.satudata.tests.support.mail import text_of

    walidata = officer(Role.WALIDATA)
    call("satudata_officer_assign", walidata, email="baru@dinas.example", role="auditor", letter_number="1")
    row = model.Session.scalars(sa.select(Outbox)).one()
    token = invitations.token_of(row.params["invitation_id"])
    assert token not in str(row.params)
    notices.send_waiting()
    (mail,) = mail_sink.to("baru@dinas.example")
    assert f"/undangan/{token}" in text_of(mail)


def test_an_address_that_nobody_has_proven_brings_no_role():
    """Everybody can write any address into an account of their own."""
    walidata, address = officer(Role.WALIDATA), "kepala.baru@dinas.example"
    stranger = factories.User(email=address)
    wanted = {"role": "walidata", "letter_number": "800/9"}
    with pytest.raises(tk.ValidationError) as refusal:
        call("satudata_officer_assign", walidata, email=address, **wanted)
    assert stranger["name"] in str(refusal.value.error_dict["email"])
    assert call("satudata_officer_assign", walidata, user=stranger["name"], **wanted)["id"]


def test_an_address_proven_by_an_invitation_does():
    walidata, address = officer(Role.WALIDATA), "baru@dinas.example"
    call("satudata_officer_assign", walidata, email=address, role="auditor", letter_number="1")
    call("satudata_officer_assign", walidata, email=address, role="ppid", letter_number="2")
    invitation = model.Session.scalars(sa.select(Invitation)).one()
    invitations.accept(model.Session, invitations.token_of(invitation.id), "Nama Baru", "empat kata sandi panjang")
    model.Session.commit()
    assert call("satudata_officer_assign", walidata, email=address, role="ppid_superior", letter_number="3")["id"]


def test_a_role_that_has_ended_already_is_not_given(freezer):
    freezer.move_to("2026-03-02 08:00:00")
    walidata = officer(Role.WALIDATA)
    late = {"role": "ppid", "letter_number": "1", "valid_until_on": "2026-03-01"}
    with pytest.raises(tk.ValidationError) as refusal:
        call("satudata_officer_assign", walidata, email="lama@dinas.example", **late)
    assert "valid_until_on" in refusal.value.error_dict
    assert not model.User.by_email("lama@dinas.example")
    call("satudata_officer_assign", walidata, email="lama@dinas.example", **{**late, "valid_until_on": "2026-03-02"})
    text = "email,peran,sampai,nomor_surat\nx@dinas.example,auditor,2026-03-01,1\n"
    (line,) = call("satudata_officer_import", walidata, csv=text)["lines"]
    assert [fault["field"] for fault in line["errors"]] == ["sampai"]


def test_who_waits_for_an_account_made_elsewhere_is_invited_too():
    """CKAN's own `user_invite` leaves such an account; its link may have lapsed long ago."""
    walidata, user = officer(Role.WALIDATA), factories.User()
    model.User.get(user["id"]).state = model.State.PENDING
    model.Session.commit()
    assert assign(walidata, user, "ppid")["invitation"] == "open"
    assign(walidata, user, "auditor")
    assert len(model.Session.scalars(sa.select(Invitation)).all()) == 1


def test_a_list_is_no_longer_than_its_reader_waits():
    walidata = officer(Role.WALIDATA)
    lines = "".join(f"a{n}@x.example;operator;1\n" for n in range(1_001))
    with pytest.raises(tk.ValidationError, match="1000|1.000"):
        call("satudata_officer_import", walidata, csv="email;peran;nomor_surat\n" + lines)
