"""One system administrator would publish alone, under the names of other officers."""

from __future__ import annotations

import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import crypto, notices
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.people import accounts, invitations
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.publication.test_review import act, as_portal, draft, org, people  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
PASSWORD = "tiga kata saja"


def refused(who, action, **data):
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError)) as caught:
        act(who, action, **data)
    model.Session.rollback()
    return caught.value


def counts(user):
    model.Session.expire_all()
    return bool(actor_for(model.User.get(user["id"])).held)


def link():
    """The newest link that still works."""
    open_ = sa.select(Invitation).where(Invitation.accepted_at.is_(None), Invitation.replaced_at.is_(None))
    found = model.Session.scalars(open_.order_by(Invitation.created_at.desc())).first()
    return f"/undangan/{invitations.token_of(found.id)}" if found else None


def open_link(app, path, status=302):
    data = {"fullname": "Nama Pejabat", "password": PASSWORD, "password2": PASSWORD}
    return app.post(path, params=data, follow_redirects=False, status=status)


def log_in(app, name, password=PASSWORD):
    return app.post("/user/login", params={"login": name, "password": password}, follow_redirects=False)


def is_in(app):
    return app.get("/meja", follow_redirects=False).status_code == 200


@pytest.mark.parametrize("ignore_auth", [False, True])
@pytest.mark.parametrize("action", ["user_patch", "user_update"])
def test_nobody_takes_over_the_officers_of_a_review(people, draft, action, ignore_auth):  # noqa: F811
    admin = ckan_factories.SysadminWithToken()
    case = act(people["operator"], "satudata_dataset_submit", id=draft())["id"]
    for role, command in (("verifier", "approve"), ("producer_head", "approve"), ("walidata", "publish")):
        user = people[role]
        before = model.User.get(user["id"]).password
        whole = {"name": user["name"], "email": user["email"]} if action == "user_update" else {}
        for change in ({"password": "diambil12345"}, {"password_hash": "$pbkdf2-sha512$25000$abc$def"}):
            with pytest.raises(tk.ValidationError) as refusal:
                tk.get_action(action)(
                    {"user": admin["name"], "ignore_auth": ignore_auth}, {"id": user["id"], **whole, **change}
                )
            assert {"password", "conflict"} <= set(refusal.value.error_dict)
        model.Session.expire_all()
        assert model.User.get(user["id"]).password == before
        act(user, "satudata_case_command", id=case, command=command)


def test_a_password_set_past_the_actions_lets_the_roles_lapse(people):  # noqa: F811
    user = model.User.get(people["walidata"]["id"])
    user.password = "dari baris perintah"
    model.Session.commit()
    assert not counts(people["walidata"])
    refused(people["walidata"], "satudata_officer_list")
    for _ in range(2):
        accounts.find_foreign_passwords()
    entries = model.Session.scalars(sa.select(Journal).where(Journal.event == "password_set_outside")).all()
    assert [entry.subject_id for entry in entries] == [people["walidata"]["id"]]
    assert model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "account_changed")).one()


def test_nobody_takes_over_another_administrator():
    admin, other = ckan_factories.SysadminWithToken(), ckan_factories.SysadminWithToken()
    assert "conflict" in refused(admin, "user_patch", id=other["id"], password="diambil12345").error_dict
    act(other, "user_patch", id=other["id"], password="milik sendiri 1")


def test_the_own_password_leaves_the_roles(people):  # noqa: F811
    verifier = people["verifier"]
    act(verifier, "user_patch", id=verifier["id"], password="Rahasia-Baru-1")
    assert counts(verifier)


def test_an_account_that_another_made_counts_once_its_owner_chose_the_password(app):
    admin, walidata = ckan_factories.SysadminWithToken(), officer(Role.WALIDATA)
    made = act(admin, "user_create", name="kepala", email="k@x.test", password="dipilih admin")
    as_portal("api_token_create", user="kepala", name="lama")
    assert log_in(app, "kepala", "dipilih admin").status_code == 302
    row = act(walidata, "satudata_officer_assign", user="kepala", role="ppid", letter_number="1")
    assert row["account"] == "password" and row["invitation"] == "open" and not counts(made)
    refused(admin, "user_patch", id=made["id"], password="lain lagi 12")
    assert model.Session.query(model.ApiToken).filter_by(user_id=made["id"]).count() == 1
    path = link()
    owner = app.flask_app.test_client()
    page = owner.get(path)
    assert page.status_code == 200 and "fullname" not in page.text
    assert owner.post(path, data={"password": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert counts(made) and not is_in(app)
    assert model.Session.query(model.ApiToken).filter_by(user_id=made["id"]).count() == 0
    assert log_in(app, "kepala").status_code == 302 and is_in(app)


def test_a_session_ends_with_the_password_it_began_under(app):
    walidata = officer(Role.WALIDATA, user={"password": "kata sandi lama"})
    log_in(app, walidata["name"], "kata sandi lama")
    assert is_in(app)
    act(walidata, "user_patch", id=walidata["id"], password=PASSWORD)
    assert not is_in(app)


def test_the_own_session_goes_on_after_changing_the_password(app):
    walidata = officer(Role.WALIDATA, user={"password": "kata sandi lama", "fullname": "Ani"})
    log_in(app, walidata["name"], "kata sandi lama")
    form = {"name": walidata["name"], "email": walidata["email"], "fullname": "Ani", "old_password": "kata sandi lama"}
    form |= {"password1": PASSWORD, "password2": PASSWORD, "save": ""}
    app.post(f"/user/edit/{walidata['name']}", params=form, follow_redirects=False, status=302)
    assert counts(walidata) and is_in(app)


def test_with_the_address_the_roles_lapse_until_another_walidata_confirms(app, people):  # noqa: F811
    admin, walidata, verifier = ckan_factories.SysadminWithToken(), people["walidata"], people["verifier"]
    known = model.User.get(verifier["id"])
    former, known.reset_key = known.email, "kunci-lama-12345"
    model.Session.commit()
    act(admin, "user_patch", id=verifier["id"], email="admin@x.test")
    assert not counts(verifier) and not model.User.get(verifier["id"]).reset_key
    told = model.Session.scalars(sa.select(Outbox.to_email).where(Outbox.kind == "account_changed")).one()
    assert crypto.unseal(told) == former
    # The administrator has the mailbox: neither link helps.
    assert "conflict" in refused(admin, "satudata_officer_invite", user=verifier["id"]).error_dict
    model.User.get(verifier["id"]).reset_key = "kunci-baru-12345"
    model.Session.commit()
    reset(app, verifier, "kunci-baru-12345")
    assert not counts(verifier)
    # Putting the address back does not make a password good that was chosen elsewhere.
    act(admin, "user_patch", id=verifier["id"], email=former)
    assert not counts(verifier)
    act(admin, "user_patch", id=verifier["id"], email="baru@x.test")
    act(walidata, "satudata_officer_invite", user=verifier["id"])
    assert not counts(verifier)
    open_link(app, link())
    assert counts(verifier)
    events = set(model.Session.scalars(sa.select(Journal.event)))
    assert {"account_changed", "address_confirmed", "password_chosen"} <= events


def reset(app, user, key):
    form = {"password1": PASSWORD, "password2": PASSWORD}
    return app.post(f"/user/reset/{user['id']}?key={key}", params=form, follow_redirects=False)


def test_a_link_to_the_standing_address_keeps_the_roles(app, people):  # noqa: F811
    model.User.get(people["verifier"]["id"]).reset_key = "kunci-surat-12345"
    model.Session.commit()
    assert reset(app, people["verifier"], "kunci-surat-12345").status_code == 302
    assert counts(people["verifier"]) and model.User.get(people["verifier"]["id"]).validate_password(PASSWORD)


def test_nobody_chooses_the_key_of_a_reset(people):  # noqa: F811
    admin = ckan_factories.SysadminWithToken()
    act(admin, "user_patch", id=people["verifier"]["id"], about="x", reset_key="pilihan-sendiri")
    assert model.User.get(people["verifier"]["id"]).reset_key != "pilihan-sendiri"


def test_the_button_sends_the_link(app, people):  # noqa: F811
    walidata, verifier = people["walidata"], people["verifier"]
    headers = {"Authorization": walidata["token"]}
    page = app.get("/admin/satudata/pejabat", headers=headers).body
    action = f"/admin/satudata/pejabat/orang/{verifier['id']}/undang"
    assert re.search(f'action="{action}"', page)
    app.post(action, headers=headers, follow_redirects=False, status=302)
    open_link(app, link())
    assert counts(verifier) and model.User.get(verifier["id"]).validate_password(PASSWORD)


def test_an_unproven_claim_gives_way_to_the_invited_officer(app):
    walidata, address = officer(Role.WALIDATA), "kepala@dinas.example"
    row = act(walidata, "satudata_officer_assign", email=address, role="ppid", letter_number="1")
    stranger = ckan_factories.UserWithToken()
    act(stranger, "user_patch", id=stranger["id"], email=address.upper())
    again = act(walidata, "satudata_officer_assign", email=address, role="auditor", letter_number="2")
    assert again["user_id"] == row["user_id"]
    open_link(app, link())
    model.Session.expire_all()
    assert model.User.get(row["user_id"]).state == "active" and counts({"id": row["user_id"]})
    assert model.User.get(stranger["id"]).email is None
    assert "address_taken_back" in model.Session.scalars(sa.select(Journal.event)).all()


def test_who_registers_with_an_invited_address_gives_way_and_is_told(app):
    walidata, address = officer(Role.WALIDATA), "kepala@dinas.example"
    act(walidata, "satudata_officer_assign", email=address, role="ppid", letter_number="1")
    registered = {"name": "penumpang", "email": address, "password": "sandi penumpang"}
    tk.get_action("user_create")({"user": "", "ignore_auth": True}, registered)
    open_link(app, link())
    log_in(app, "penumpang", "sandi penumpang")
    assert "alamat" in app.get("/", follow_redirects=True).body.lower() and model.User.get("penumpang").email is None


def test_two_proven_accounts_do_not_share_an_address(app):
    walidata, address = officer(Role.WALIDATA), "kepala@dinas.example"
    act(walidata, "satudata_officer_assign", email=address, role="ppid", letter_number="1")
    path, other = link(), ckan_factories.User(email=address)
    hold(other["id"], Role.AUDITOR)
    answer = open_link(app, path, status=422)
    assert other["name"] in answer.body
    assert model.User.get(other["id"]).email == address


def test_no_notice_goes_to_an_account_that_is_not_its_officers(people):  # noqa: F811
    """Its address may be somebody else's."""
    other, lost = officer(Role.WALIDATA), people["walidata"]
    model.User.get(lost["id"]).email = "lain@x.test"
    model.Session.commit()
    params = {"request": "1/PPID", "case_id": None}
    notices.queue(model.Session, "grant_ended", to_role=Role.WALIDATA, params=params, key="uji")
    model.Session.commit()
    notices.send_waiting()
    told = model.Session.scalars(sa.select(Outbox.to_user).where(Outbox.to_user.is_not(None))).all()
    assert told == [other["id"]]
