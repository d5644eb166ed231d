"""Who was invited and has not accepted yet is known to those who invite only: the login name comes from the address."""

from __future__ import annotations

import json

import ckan.model as model
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.tests.access.support import as_user
from ckanext.satudata.tests.access.test_leaks import FOREIGN, outcome
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

ABOUT_A_USER = (
    "user_show",
    "user_activity_list",
    "user_follower_list",
    "user_followee_list",
    "dataset_followee_count",
    "am_following_user",
    "follow_user",
)


def test_an_invited_account_is_none_to_others(app):
    walidata, agency = officer(Role.WALIDATA), factories.Organization()
    person = {"email": "kanari@contoh.example", "fullname": "Kanari Undangan", "letter_number": "800/1/2026"}
    assigned = {"role": "operator", "organization_id": agency["id"]}
    helpers.call_action("satudata_officer_assign", as_user(walidata), **person, **assigned)
    invited = model.Session.query(model.User).filter_by(state="pending").one()
    strangers = (None, factories.UserWithToken(), officer(Role.OPERATOR, agency["id"]))
    for user in strangers:
        for name, asked in (
            ("user_list", {}),
            ("user_list", {"all_fields": False}),
            ("user_list", {"q": "kana"}),
            ("user_autocomplete", {"q": "kana"}),
        ):
            assert "kanari" not in outcome(name, as_user(user), asked).lower(), (name, asked)
        for name in ABOUT_A_USER:
            for reference in (invited.id, invited.name):
                hidden, none = (outcome(name, as_user(user), {"id": one}) for one in (reference, FOREIGN))
                assert hidden.replace(reference, "X") == none.replace(FOREIGN, "X"), name
    for path in ("/user/", "/user/?q=kana", f"/user/{invited.name}", "/api/2/util/user/autocomplete?q=kana"):
        for headers in ({}, {"Authorization": strangers[1]["token"]}):
            assert "kanari" not in app.get(path, headers=headers).body.lower().replace(path, ""), path

    for user in (walidata, factories.SysadminWithToken()):
        assert invited.name in json.dumps(helpers.call_action("user_list", as_user(user)), default=str)
        assert helpers.call_action("user_show", as_user(user), id=invited.id)["fullname"] == "Kanari Undangan"
        assert [one["id"] for one in helpers.call_action("user_autocomplete", as_user(user), q="kana")] == [invited.id]
