"""A file of a Terbatas dataset given to somebody's account: no token, one version, counted, ended at once."""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from freezegun import freeze_time

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


class Place:
    def __init__(self):
        self.mine = operator()
        tables = [
            {"name": "Daftar", "upload": upload()},
            {"name": "Rahasia", "access_level": "tertutup", "upload": upload("t.csv")},
        ]
        self.dataset = publish(make(self.mine, self.mine["org"], level="terbatas", resources=tables)["id"])
        self.rid = self.dataset["resources"][0]["id"]
        self.page = f"/dataset/{self.dataset['name']}/resource/{self.rid}"
        self.ppid, self.walidata = officer(Role.PPID), officer(Role.WALIDATA)
        self.given = factories.UserWithToken()

    def give(self, who=None, **kw):
        until = (clock.today() + timedelta(days=7)).isoformat()
        asked = {"resource_id": self.rid, "user": self.given["name"], "until": until, "max_downloads": 1}
        asked |= {"reason": "014/PPID/2026", **kw}
        return helpers.call_action("satudata_grant_give", as_user(who or self.walidata), **asked)


@pytest.fixture
def place():
    return Place()


def local(address):
    return address.removeprefix("http://test.ckan.net")


def test_the_account_gets_it_and_nobody_else(app, place):
    other = factories.UserWithToken()
    assert app.get(f"{place.page}/download", headers={"Authorization": place.given["token"]}).status_code == 403
    given = place.give()
    mine = {"Authorization": place.given["token"]}
    for headers in ({}, {"Authorization": other["token"]}):
        assert app.get(f"{place.page}/download", headers=headers).status_code == 403
        answer = app.get(local(given["page"]), headers=headers)
        assert answer.status_code == 404 and "gaji" not in answer.body
        assert app.post(local(given["page"]), headers=headers).status_code == 404
    asked = app.get(f"{place.page}/download", headers=mine, follow_redirects=False)
    assert asked.status_code == 303 and asked.headers["Location"].endswith(local(given["page"]))
    for _ in range(3):
        page = app.get(local(given["page"]), headers=mine)
        assert page.status_code == 200 and "gaji pegawai.csv" in page.body and "014/PPID/2026" in page.body
    assert local(given["page"]) in app.get(place.page, headers=mine).body
    assert local(given["page"]) not in app.get(place.page, headers={"Authorization": other["token"]}).body
    began = app.post(local(given["page"]), headers=mine, follow_redirects=False)
    where = local(began.headers["Location"])
    assert app.client.head(where, headers=mine).status_code == 200
    assert (
        app.get(where).status_code == 404 and CSV not in app.get(where, headers={"Authorization": other["token"]}).data
    )
    assert app.get(where, headers=mine).data == CSV
    assert app.get(where, headers={**mine, "Range": "bytes=6-"}).data == CSV[6:]
    (row,) = helpers.call_action("satudata_grant_list", as_user(place.given))
    assert (row["state"], row["downloads"], row["version"]) == ("spent", 1, 1)
    assert app.get(f"{place.page}/download", headers=mine).status_code == 403
    events = model.Session.scalars(
        sa.select(Journal.event).where(Journal.subject_id == given["id"]).order_by(Journal.id)
    ).all()
    assert events == ["grant_issued", "grant_used"]


def test_what_answers_no_request_speaks_of_none_and_the_journal_says_who_got_what(app, place):
    given = place.give(reason="Diminta Inspektorat untuk pemeriksaan")
    mine = {"Authorization": place.given["token"]}
    page = app.get(local(given["page"]), headers=mine).body
    assert "Diberikan untuk" in page and "Diminta Inspektorat" in page
    app.post(local(given["page"]), headers=mine, follow_redirects=False)
    spent = app.get(local(given["page"]), headers=mine)
    assert spent.status_code == 410 and "habis dipakai" in spent.body
    for body in (page, spent.body):
        told = body.split('class="primary')[1].split("</main>")[0].lower()
        assert "permohonan" not in told and "register" not in told, told
    entries = model.Session.scalars(sa.select(Journal).where(Journal.subject_id == given["id"])).all()
    for entry in entries:
        told = {name: entry.payload.get(name) for name in ("account", "package_id", "resource_id", "version")}
        wanted = {"package_id": place.dataset["id"], "resource_id": place.rid, "version": 1}
        assert told == {"account": place.given["name"], **wanted}
    assert [one.actor_id for one in entries if one.event == "grant_used"] == [place.given["id"]]
    asked = {"id": place.dataset["id"]}
    grants = helpers.call_action("satudata_dataset_exposure_show", as_user(place.ppid), **asked)["grants"]
    assert (grants["links"], grants["requests"], grants["request_numbers"]) == (0, 0, [])
    assert (grants["to_accounts"], grants["account_downloads"]) == (1, 1)
    assert grants["accounts"][0]["reasons"] == ["Diminta Inspektorat untuk pemeriksaan"]


def test_the_mail_names_the_page(place):
    given = place.give()
    row = model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "grant_given")).one()
    assert row.to_user == place.given["id"] and row.params == {"grant_id": given["id"]}


def test_it_ends_at_once_by_time_by_hand_and_with_the_dataset(app, place):
    mine = {"Authorization": place.given["token"]}
    given = place.give(max_downloads=5)
    where = local(app.post(local(given["page"]), headers=mine, follow_redirects=False).headers["Location"])
    with freeze_time(clock.now() + timedelta(days=9)):
        assert app.get(local(given["page"]), headers=mine).status_code == 410
        assert app.get(f"{place.page}/download", headers=mine).status_code == 403
    ended = helpers.call_action("satudata_grant_end", as_user(place.ppid), id=given["id"], reason="Salah orang")
    assert ended["state"] == "ended"
    assert app.get(where, headers=mine).status_code == 410
    place.give(max_downloads=5)
    why = "Salah hitung"
    helpers.call_action("satudata_dataset_withdraw", as_user(place.walidata), id=place.dataset["id"], reason=why)
    assert [row["state"] for row in helpers.call_action("satudata_grant_list", as_user(place.given))] == ["ended"] * 2
    assert CSV not in app.get(f"{place.page}/download", headers=mine).data


def test_who_may_give_and_see(place):
    admin, stranger = factories.Sysadmin(), factories.User()
    for who in (place.mine, place.given, admin, stranger):
        with pytest.raises(tk.NotAuthorized):
            place.give(who)
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("satudata_grant_end", as_user(who), id="x", reason="x")
    # The law, not the courtesy: also where nobody asks.
    with pytest.raises(tk.NotAuthorized):
        place.give({**admin})
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_grant_list", as_user(stranger), user=place.given["name"])
    given = place.give(place.ppid)
    rows = helpers.call_action("satudata_grant_list", as_user(place.walidata), user=place.given["name"])
    assert [row["id"] for row in rows] == [given["id"]]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"user": "tidak-ada"}, "user"),
        ({"until": "besok"}, "until"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "2099-01-01"}, "until"),
        ({"max_downloads": 0}, "max_downloads"),
        ({"max_downloads": "seribu"}, "max_downloads"),
        ({"reason": " "}, "reason"),
    ],
)
def test_wrong_gifts_name_their_field(place, wrong, error):
    with pytest.raises(tk.ValidationError) as caught:
        place.give(**wrong)
    assert error in caught.value.error_dict
    assert model.Session.query(Grant).count() == 0


def test_only_published_files_that_are_not_closed_are_given(place):
    draft = make(place.mine, place.mine["org"], level="terbatas", name="draf")["resources"][0]["id"]
    closed = place.dataset["resources"][-1]["id"] if len(place.dataset["resources"]) > 1 else "tidak-ada"
    for rid in (draft, closed if closed != place.rid else "tidak-ada", "tidak-ada"):
        with pytest.raises(tk.ObjectNotFound):
            place.give(resource_id=rid)
