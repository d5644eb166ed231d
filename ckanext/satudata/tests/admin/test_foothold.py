"""Who once had an officer's account in hand keeps no key to it."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories as ckan_factories
from click.testing import CliRunner

from ckanext.satudata.cli.officer import officer as commands
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.people import accounts
from ckanext.satudata.tests.admin.test_accounts import PASSWORD, counts, link, log_in, reset
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.publication.test_review import act, as_portal, draft, org, people  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
THEFT = "penyerang-kuat-77"
KEY = "kunci-surat-12345"


def tokens(user):
    return model.Session.query(model.ApiToken).filter_by(user_id=user["id"]).count()


def mail_key(user):
    """As “Forgotten your password?” does: the key goes to the address the account has now."""
    model.User.get(user["id"]).reset_key = KEY
    model.Session.commit()


def desk(client):
    return client.get("/meja", follow_redirects=False).status_code


def call(app, token, action, status=200, **data):
    return app.post(f"/api/3/action/{action}", json=data, headers={"Authorization": token}, status=status)


def taken(app, user):
    """A system administrator has sent the account's mail to himself, chosen a password and logged in."""
    admin, former = ckan_factories.SysadminWithToken(), model.User.get(user["id"]).email
    call(app, admin["token"], "user_patch", id=user["id"], email="jahat@x.test")
    mail_key(user)
    form = {"password1": THEFT, "password2": THEFT}
    assert app.flask_app.test_client().post(f"/user/reset/{user['id']}?key={KEY}", data=form).status_code == 302
    thief = app.flask_app.test_client()
    thief.post("/user/login", data={"login": user["name"], "password": THEFT})
    assert thief.get(f"/user/edit/{user['name']}").status_code == 200 and desk(thief) == 403
    return admin, former, thief


@pytest.fixture
def foreign(app, people):  # noqa: F811
    """Everything he can take along, then the address is as it was."""
    verifier = people["verifier"]
    before = model.User.get(verifier["id"]).password
    admin, former, thief = taken(app, verifier)
    # The portal refuses him a token; should one come about all the same, it ends with the rest.
    page = thief.post(f"/user/{verifier['name']}/api-tokens", data={"name": "t", "expires_in": "30", "unit": "86400"})
    assert page.status_code == 403 and tokens(verifier) == 0
    token = as_portal("api_token_create", user=verifier["name"], name="t")["token"]
    return {"admin": admin, "former": former, "thief": thief, "token": token, "hash": before}


def put_back(app, foreign, user):
    call(app, foreign["admin"]["token"], "user_patch", id=user["id"], email=foreign["former"])


def by_invitation(app, foreign, user):
    put_back(app, foreign, user)
    call(app, foreign["admin"]["token"], "satudata_officer_invite", user=user["id"])
    # Made at the last moment.
    foreign["token"] = as_portal("api_token_create", user=user["name"], name="t")["token"]
    owner = app.flask_app.test_client()
    assert owner.post(link(), data={"password": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert "Token akses akun ini" in owner.get("/user/login").text


def by_reset(app, foreign, user):
    put_back(app, foreign, user)
    mail_key(user)
    foreign["token"] = as_portal("api_token_create", user=user["name"], name="t")["token"]
    assert reset(app, user, KEY).status_code == 302


def by_word(app, foreign, user):
    put_back(app, foreign, user)
    foreign["token"] = as_portal("api_token_create", user=user["name"], name="t")["token"]
    model.User.get(user["id"]).password = PASSWORD
    model.Session.commit()
    CliRunner().invoke(commands, ["vouch", user["name"]], catch_exceptions=False)


def by_the_old_hash(app, foreign, user):
    """No link at all: a system administrator reads hashes, and his own reset key lets him write one."""
    mail_key(user)
    token = foreign["admin"]["token"]
    call(app, token, "user_patch", id=user["id"], password_hash=foreign["hash"], reset_key=KEY)
    put_back(app, foreign, user)


@pytest.mark.parametrize("proven", [by_invitation, by_reset, by_word, by_the_old_hash])
def test_nothing_of_it_counts_once_the_account_is_its_owners(app, people, draft, foreign, proven):  # noqa: F811
    verifier = people["verifier"]
    case = act(people["operator"], "satudata_dataset_submit", id=draft())["id"]
    proven(app, foreign, verifier)
    assert counts(verifier) is (proven is not by_the_old_hash)
    call(app, foreign["token"], "satudata_inbox", status=403)
    call(app, foreign["token"], "satudata_case_command", status=404, id=case, command="approve")
    assert tokens(verifier) == 0 and desk(foreign["thief"]) == 302


def test_the_owner_of_the_address_is_told_at_once(app, people):  # noqa: F811
    verifier = people["verifier"]
    _, former, _ = taken(app, verifier)
    accounts.find_foreign_passwords()
    told = model.Session.scalars(sa.select(Outbox.to_email).where(Outbox.kind == "account_changed")).all()
    assert [crypto.unseal(address) for address in told] == [former, former]
    event = sa.select(sa.func.count()).where(Journal.event == "password_set_outside")
    assert model.Session.scalar(event) == 1


def test_the_owners_new_password_ends_the_tokens_too(app):
    walidata = officer(Role.WALIDATA, user={"password": "kata sandi lama", "fullname": "Ani"})
    log_in(app, walidata["name"], "kata sandi lama")
    form = {"name": walidata["name"], "email": walidata["email"], "fullname": "Ani", "old_password": "kata sandi lama"}
    form |= {"password1": PASSWORD, "password2": PASSWORD, "save": ""}
    page = app.post(f"/user/edit/{walidata['name']}", params=form)
    assert "Token akses akun ini" in page.body and tokens(walidata) == 0 and counts(walidata)
    act(walidata, "api_token_create", user=walidata["name"], name="baru")


def test_other_changes_end_no_token(people):  # noqa: F811
    verifier = people["verifier"]
    act(ckan_factories.SysadminWithToken(), "user_patch", id=verifier["id"], fullname="Nama Lain")
    act(verifier, "user_patch", id=verifier["id"], about="x")
    assert tokens(verifier) == 1


def test_a_request_under_way_while_the_owner_chooses_the_password_has_no_roles(app, people):  # noqa: F811
    """It was let in under the password of whoever had the account before."""
    verifier = people["verifier"]
    user = model.User.get(verifier["id"])
    with app.flask_app.test_request_context("/meja"):
        tk.request.environ["satudata.let_in"] = (user.id, accounts.mark_of(user))
        assert counts(verifier)
        user.password = PASSWORD
        accounts.prove(model.Session, user)
        model.Session.commit()
        assert not counts(verifier)
        with pytest.raises(tk.NotAuthorized):
            act(verifier, "api_token_create", user=verifier["name"], name="t")
    assert counts(verifier)
    act(verifier, "api_token_create", user=verifier["name"], name="t")


def test_who_looks_at_the_officers_reads_that_another_set_the_password(app, people):  # noqa: F811
    walidata, verifier = people["walidata"], people["verifier"]
    headers = {"Authorization": walidata["token"]}
    model.User.get(verifier["id"]).password = "dari baris perintah"
    model.Session.commit()
    for _ in range(2):  # before and after the job has seen it
        (row,) = act(walidata, "satudata_officer_list", user_id=verifier["id"])
        assert (row["account"], row["invitation"], row["counts"]) == ("foreign", "", False)
        accounts.find_foreign_passwords()
    listed = CliRunner().invoke(commands, ["list"], catch_exceptions=False).output
    assert [line.split("\t")[-1] for line in listed.splitlines() if verifier["name"] in line] == ["rests:foreign"]
    assert listed.count("in_force") == len(people) - 1
    page = app.get("/admin/satudata/pejabat", headers=headers).body
    assert "kata sandi dipasang orang lain" in page and "Undang" not in page
    sent = app.post(f"/admin/satudata/pejabat/orang/{verifier['id']}/undang", headers=headers).body
    assert "Tautan kata sandi baru dikirim ke" in sent and "Undangan baru" not in sent
    assert "Tautan sudah dikirim; peran berlaku lagi" in sent


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": THEFT}, "dipasang orang lain"),
        ({"password": THEFT, "proof": ""}, "Anda belum memilih kata sandi"),
        ({"password": THEFT, "email": "lain@x.test"}, "Minta Walidata yang bukan pengubahnya"),
    ],
)
def test_whose_roles_rest_is_told_why_and_what_mends_it(app, people, change, said):  # noqa: F811
    verifier = model.User.get(people["verifier"]["id"])
    verifier.password, verifier.email = change["password"], change.get("email", verifier.email)
    if "proof" in change:
        accounts.proof_of(model.Session, verifier).password_mark = change["proof"]
    model.Session.commit()
    log_in(app, verifier.name, THEFT)
    desk_page = app.get("/meja/mulai", status=403)
    link_to = f'href="/user/reset?user={verifier.name}"'
    for page in (desk_page, app.get("/dashboard/datasets")):
        assert "Peran Anda sedang tidak berlaku" in page.body and said in page.body
        assert (link_to in page.body) is ("email" not in change)
    assert f'value="{verifier.name}"' in app.get(f"/user/reset?user={verifier.name}").body


def test_whose_roles_count_and_who_has_none_reads_nothing_of_it(app, people):  # noqa: F811
    for user in (people["verifier"], ckan_factories.UserWithToken()):
        headers = {"Authorization": user["token"]}
        assert "tidak berlaku" not in app.get("/dashboard/datasets", headers=headers).body
