"""The wizard: choose, see, confirm, read what did happen; errors keep what was typed; a double post is one."""

from __future__ import annotations

import io
import re
import zipfile

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import WHY, as_user, make, operator, publish
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


def main_of(body):
    return body.split("<main", 1)[1].split("</main>", 1)[0]


def key_of(body):
    return re.search(r'name="key" value="([0-9a-f]+)"', body)[1]


def test_from_choice_to_summary(app, public):
    user, place = officer(Role.WALIDATA), f"/dataset/{public['id']}/klasifikasi"
    assert place in app.get(f"/dataset/{public['name']}", headers=head(user)).body
    choice = app.get(place, headers=head(user))
    assert "Hanya berkas “Tabel”" in choice.body and 'value="tertutup"' in choice.body
    assert "Pilih klasifikasi data." not in choice.body
    without = app.get(place, query_string={"what": "dataset"}, headers=head(user))
    assert 'href="#field-to_level' in without.body and without.body.count("Pilih klasifikasi data.") == 2
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
    assert REASON in summary.body and "menunggu uji konsekuensi" in summary.body and record.case_id in summary.body
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
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8" and "'=1+1" in table.body
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
    case_id = classification.find_case(model.Session, public["id"]).id
    page = app.get(f"/dataset/{public['id']}", headers=head(user))
    assert f"/meja/{case_id}" in page.body and f"{place}/usul" not in page.body
    record = model.Session.query(Reclassification).one()
    for text in (public["title"], REASON, f"/meja/reklasifikasi/{record.id}"):
        assert text in page.body
        assert text not in app.get(f"/dataset/{public['id']}", headers=head(operator())).body
    ask = 'href="/permohonan/baru'
    assert ask not in main_of(page.body) and ask in main_of(app.get(f"/dataset/{public['id']}").body)
    for path in ("/meja", f"/meja/{case_id}"):
        assert f"{public['title']} (ditarik)" in app.get(path, headers=head(user)).body
    case = model.Session.get(Case, case_id)
    with raw_writes.writing(model.Session(), Case):
        case.ended_at = case.received_at
        model.Session.commit()
    assert f"{place}/usul" in app.get(f"/dataset/{public['id']}", headers=head(user)).body
    assert f"{place}/usul" not in app.get(f"/dataset/{public['id']}").body
    sent = app.post(f"{place}/usul", headers=head(user), follow_redirects=False)
    assert sent.status_code == 302 and "/meja/" in sent.headers["Location"]


def test_the_case_of_a_file_tells_why_it_was_narrowed_and_which_file_it_was(app, public):
    user, place = officer(Role.WALIDATA), f"/dataset/{public['id']}/klasifikasi"
    asked = {"what": public["resources"][0]["id"], "to_level": "tertutup"}
    shown = app.get(place, query_string=asked, headers=head(user)).body
    assert "Perketat berkas “Tabel” menjadi Tertutup sekarang" in main_of(shown)
    app.post(place, data={**asked, "reason": REASON, "key": "kunci-formulir"}, headers=head(user))
    record = model.Session.query(Reclassification).one()
    for path in ("/meja/reklasifikasi", f"/meja/reklasifikasi/{record.id}"):
        assert "Berkas: Tabel" in app.get(path, headers=head(user)).body
    page = main_of(app.get(f"/meja/{record.case_id}", headers=head(user)).body)
    for text in (REASON, f"/meja/reklasifikasi/{record.id}", f"/meja/paparan/{public['id']}", "Tabel"):
        assert text in page


def test_a_mere_proposal_is_called_no_test(app, public, clerk):
    user, place = officer(Role.WALIDATA), f"/dataset/{public['id']}/klasifikasi"
    app.post(
        place,
        data={"what": "dataset", "to_level": "terbatas", "reason": REASON, "key": "kunci-formulir"},
        headers=head(user),
    )
    case = classification.find_case(model.Session, public["id"])
    test = "uji konsekuensi"
    steps = app.get(f"/meja/{case.id}", headers=head(user)).body.split('id="steps-title"')[1].split("journal-title")[0]
    assert test in steps.lower() and "Usulkan" not in steps
    command(user, case.id, "submit", note=WHY, to_level="terbuka")
    steps = app.get(f"/meja/{case.id}", headers=head(user)).body.split('id="steps-title"')[1].split("journal-title")[0]
    assert "Usulkan agar data lebih terbuka" in steps and test not in steps.lower()


def test_a_level_that_is_not_chosen_is_asked_for(app, public):
    user, place = officer(Role.WALIDATA), f"/dataset/{public['id']}/klasifikasi"
    app.post(
        place,
        data={"what": "dataset", "to_level": "terbatas", "reason": REASON, "key": "kunci-formulir"},
        headers=head(user),
    )
    case = classification.find_case(model.Session, public["id"])
    with pytest.raises(tk.ValidationError) as caught:
        command(user, case.id, "submit", note=WHY)
    assert "Pilih klasifikasi" in str(caught.value.error_dict) or "Choose a level" in str(caught.value.error_dict)


def command(user, case_id, name, **payload):
    return helpers.call_action("satudata_case_command", as_user(user), id=case_id, command=name, **payload)
