"""`/data-terbuka.atom` holds what is open and nothing else, the newest first."""

from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import ckan.model as model
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.tests.access.support import as_user, make, operator, publish
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.views import opened

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
ATOM = f"{{{opened.NAMESPACE}}}"


def titles(app):
    feed = ElementTree.fromstring(app.get("/data-terbuka.atom", status=200).body)
    return [entry.find(f"{ATOM}title").text for entry in feed.iter(f"{ATOM}entry")]


def test_only_what_is_open_the_newest_first(app):
    user = operator()
    first = publish(make(user, user["org"], title="Jumlah <sekolah> & guru", name="jumlah-sekolah")["id"])
    second = publish(make(user, user["org"], title="Jumlah pasar", name="jumlah-pasar")["id"])
    hidden = [
        publish(make(user, user["org"], "terbatas", title="Gaji", name="gaji")["id"]),
        make(user, user["org"], title="Konsep", name="konsep"),
        make(user, user["org"], "tertutup", title="Rahasia", name="rahasia"),
    ]
    state = model.Session.get(DatasetState, first["id"])
    with raw_writes.writing(model.Session, DatasetState):
        state.first_published_at += timedelta(hours=1)
        model.Session.commit()
    assert titles(app) == ["Jumlah <sekolah> & guru", "Jumlah pasar"]
    answer = app.get("/data-terbuka.atom")
    assert answer.mimetype == "application/atom+xml"
    assert app.get("/data-terbuka.atom", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert not [one for one in hidden if one["id"] in answer.body or one["title"] in answer.body]
    assert 'href="/data-terbuka.atom"' in app.get("/").body
    walidata = factories.UserWithToken()
    hold(walidata["id"], Role.WALIDATA)
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=second["id"], reason="Salah hitung")
    assert titles(app) == ["Jumlah <sekolah> & guru"]
    stale = app.get("/data-terbuka.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert stale.status_code == 200 and "Jumlah pasar" not in stale.body


def test_the_english_feed_leads_to_english_pages_and_its_entries_are_the_same(app):
    user = operator()
    publish(make(user, user["org"], title="Jumlah pasar", name="jumlah-pasar")["id"])
    found = {}
    for path in ("/data-terbuka.atom", "/en/data-terbuka.atom"):
        feed = ElementTree.fromstring(app.get(path).body)
        links = {link.get("rel"): urlsplit(link.get("href")).path for link in feed.findall(f"{ATOM}link")}
        entry = feed.find(f"{ATOM}entry")
        found[path] = entry.find(f"{ATOM}id").text
        language = "/en" if path.startswith("/en/") else ""
        assert links == {"self": path, "alternate": f"{language}/dataset/"}
        assert urlsplit(entry.find(f"{ATOM}link").get("href")).path == f"{language}/dataset/jumlah-pasar"
    assert len(set(found.values())) == 1
