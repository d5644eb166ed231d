"""The wizard: choose, see, confirm, read what did happen; errors keep what was typed; a double post is one."""

from __future__ import annotations

import io
import re
import zipfile

import ckan.model as model
import pytest

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.tests.access.support import make, operator, publish
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = "Berisi nama penerima bantuan."


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def public(clerk):
    return publish(make(clerk, clerk["org"])["id"])


def head(user):
    return {"Authorization": user["token"]}


def key_of(body):
    return re.search(r'name="key" value="([0-9a-f]+)"', body)[1]


def test_from_choice_to_summary(app, public):
    user, place = officer(Role.WALIDATA), f"/dataset/{public['id']}/klasifikasi"
    assert place in app.get(f"/dataset/{public['name']}", headers=head(user)).body
    choice = app.get(place, headers=head(user))
    assert "Hanya berkas “Tabel”" in choice.body and 'value="tertutup"' in choice.body
    nothing = app.get(place, query_string={"to_level": "terbuka"}, headers=head(user))
    assert "Ini tidak lebih ketat daripada sekarang (Terbuka)." in nothing.body
    asked = {"what": "dataset", "to_level": "terbatas"}
    preview = app.get(place, query_string=asked, headers=head(user))
    assert "Salinan publik yang disingkirkan" in preview.body and "menunggu" not in preview.body
    typed = {**asked, "key": key_of(preview.body), "reason": "jelek", "access_ground": "17h"}
    wrong = app.post(place, data=typed, headers=head(user))
    assert wrong.status_code == 422 and 'href="#field-reason"' in wrong.body
    assert ">jelek</textarea>" in wrong.body and key_of(wrong.body) == typed["key"]
    assert re.search(r'value="17h"\s+selected', wrong.body)
    assert not model.Session.query(Reclassification).count()
    for _ in range(2):
        done = app.post(place, data={**typed, "reason": REASON}, headers=head(user), follow_redirects=False)
        assert done.status_code == 302
    record = model.Session.query(Reclassification).one()
    assert done.headers["Location"].endswith(f"/meja/reklasifikasi/{record.id}")
    summary = app.get(f"/meja/reklasifikasi/{record.id}", headers=head(user))
    assert REASON in summary.body and "Menunggu uji konsekuensi" in summary.body and record.case_id in summary.body
    again = app.post(place, data={**typed, "key": "sesuatu-lain", "reason": REASON}, headers=head(user))
    assert again.status_code == 409


def test_strangers_find_no_such_page(app, public, clerk):
    place = f"/dataset/{public['id']}/klasifikasi"
    for user in (None, clerk, operator()):
        assert app.get(place, headers=head(user) if user else {}).status_code == 404
        for path in (f"{place}/usul", place):
            assert app.post(path, data={"to_level": "terbatas"}, headers=head(user) if user else {}).status_code == 404
        if user:
            for path in ("/meja/reklasifikasi", "/meja/reklasifikasi.csv", f"/meja/paparan/{public['id']}"):
                assert app.get(path, headers=head(user)).status_code == 404
    assert app.get("/meja/reklasifikasi", follow_redirects=False).status_code == 302
    assert f"{place}" not in app.get(f"/dataset/{public['name']}").body


def test_reports_as_page_and_files(app, public):
    user = officer(Role.PPID)
    place = f"/dataset/{public['id']}/klasifikasi"
    data = {"what": public["resources"][0]["id"], "to_level": "tertutup", "reason": "=1+1 bukan rumus, sungguh."}
    app.post(place, data={**data, "key": "kunci-formulir"}, headers=head(user))
    listed = app.get("/meja/reklasifikasi", headers=head(user))
    assert public["title"] in listed.body and "Terbuka → Tertutup" in listed.body
    table = app.get("/meja/reklasifikasi.csv", headers=head(user))
    assert table.headers["Content-Type"].startswith("text/csv") and "'=1+1" in table.body
    assert public["title"] in table.body and "Diperketat seketika" in table.body
    exposed = app.get(f"/meja/paparan/{public['id']}", headers=head(user))
    assert "Tabel" in exposed.body and "masih terbuka" in exposed.body
    assert "Deskripsi" in app.get(f"/meja/paparan/{public['id']}.csv", headers=head(user)).body
    for path in ("/meja/reklasifikasi.xlsx", f"/meja/paparan/{public['id']}.xlsx"):
        book = app.flask_app.test_client().get(path, headers=head(user)).data
        assert zipfile.ZipFile(io.BytesIO(book)).testzip() is None
    assert app.get("/meja/reklasifikasi.pdf", headers=head(user)).status_code == 404
    assert app.get("/meja/reklasifikasi?jenis=semua&page=1", headers=head(user)).status_code == 200


def test_the_page_of_a_stub_lets_walidata_propose_to_open_it(app, public):
    user = officer(Role.WALIDATA)
    place = f"/dataset/{public['id']}/klasifikasi"
    data = {"what": "dataset", "to_level": "tertutup", "reason": REASON, "key": "kunci-formulir"}
    app.post(place, data=data, headers=head(user))
    page = app.get(f"/dataset/{public['id']}", headers=head(user))
    assert f"{place}/usul" in page.body
    assert f"{place}/usul" not in app.get(f"/dataset/{public['id']}").body
    sent = app.post(f"{place}/usul", headers=head(user), follow_redirects=False)
    assert sent.status_code == 302 and "/meja/" in sent.headers["Location"]
