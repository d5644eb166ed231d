"""`/sitemap.xml` holds the pages of what is public and of nothing else."""

from xml.etree import ElementTree

import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.tests.access.support import as_user, make, operator, publish
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.views import sitemap

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def places(app, path="/sitemap.xml"):
    tree = ElementTree.fromstring(app.get(path, status=200).body)
    return [loc.text.split("://", 1)[1].split("/", 1)[1] for loc in tree.iter(f"{{{sitemap.NAMESPACE}}}loc")]


def test_only_published_datasets(app):
    user = operator()
    open_one = publish(make(user, user["org"], title="Jumlah sekolah", name="jumlah-sekolah")["id"])
    limited = publish(make(user, user["org"], "terbatas", title="Gaji", name="gaji")["id"])
    make(user, user["org"], title="Konsep", name="konsep")
    closed = make(user, user["org"], "tertutup", title="Tertutup", name="tertutup")
    gone = publish(make(user, user["org"], title="Ditarik", name="ditarik")["id"])
    walidata = factories.UserWithToken()
    hold(walidata["id"], Role.WALIDATA)
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=gone["id"], reason="Salah hitung")
    found = places(app)
    assert {"", "dataset/", f"organization/{user['org']['name']}"} <= set(found)
    assert {f"dataset/{one['name']}" for one in (open_one, limited)} <= set(found)
    hidden = ("konsep", "tertutup", "ditarik", closed["id"], gone["id"])
    assert not [place for place in found if any(word in place for word in hidden)]


def test_a_long_list_comes_in_parts(app, monkeypatch):
    user = operator()
    names = {f"dataset/jumlah-{n}" for n in range(3)}
    for n in range(3):
        publish(make(user, user["org"], title=f"Jumlah {n}", name=f"jumlah-{n}")["id"])
    monkeypatch.setattr(sitemap, "MOST", 2)
    assert places(app) == ["sitemap-1.xml", "sitemap-2.xml"]
    parts = [set(places(app, f"/sitemap-{n}.xml")) for n in (1, 2)]
    assert names <= parts[0] | parts[1] and not names & parts[0] & parts[1]
    assert app.get("/sitemap-3.xml").status_code == app.get("/sitemap-0.xml").status_code == 404
