"""Forms on a portal that really runs: a bad token, and what is said after saving."""

from __future__ import annotations

import re

import pytest
import requests
from ckan.tests import factories, helpers

from ckanext.satudata.tests.factories import hold

pytestmark = pytest.mark.usefixtures("with_plugins", "live_portal")


@pytest.fixture
def operator(live_portal):
    user, org = factories.User(password="rahasia-1234"), factories.Organization()
    helpers.call_action("member_create", id=org["id"], object=user["id"], object_type="user", capacity="editor")
    hold(user["id"], "operator", org["id"])
    return {**user, "org": org}


def token_of(page):
    return re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', page).group(1)


@pytest.fixture
def visit(live_portal, operator):
    session = requests.Session()
    form = {"login": operator["name"], "password": "rahasia-1234"}
    form["_csrf_token"] = token_of(session.get(f"{live_portal.url}/user/login").text)
    session.post(f"{live_portal.url}/user/login", data=form)
    return session


def test_a_bad_token_is_told_in_words_and_a_saved_draft_too(live_portal, visit, operator):
    address = f"{live_portal.url}/dataset/new"
    # CKAN would take this for a reason to check nobody's form on that page any more.
    by_token = requests.get(address, headers={"Authorization": live_portal.token(operator["name"])})
    assert by_token.status_code == 200
    form = {"_ckan_phase": "1", "save": "draft", "title": "Uji", "owner_org": operator["org"]["id"],
            "access_level": "terbuka", "_csrf_token": "salah"}  # fmt: skip
    refused = visit.post(address, data=form)
    assert refused.status_code == 400 and "muat ulang halamannya" in refused.text and "CSRF" not in refused.text
    saved = visit.post(address, data=form | {"_csrf_token": token_of(visit.get(address).text)})
    assert saved.status_code == 200 and "Draf sudah disimpan." in saved.text
