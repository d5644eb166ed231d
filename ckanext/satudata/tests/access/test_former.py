"""What left the public description: its officers still read it and have its files, everybody else finds nothing."""

from __future__ import annotations

import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

LINK = "https://tempat-lain.test/gaji.xlsx"
REASON = "Berisi nama penerima bantuan."


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def public(clerk):
    resources = [{"name": "Tabel", "upload": upload()}, {"name": "Tautan", "url": LINK}]
    return publish(make(clerk, clerk["org"], notes="Catatan rahasia", resources=resources)["id"])


def narrow(dataset, to_level="tertutup", **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": REASON, **kw}
    return helpers.call_action("satudata_dataset_reclassify", as_user(officer(Role.WALIDATA)), **asked)


def former(user, dataset):
    return helpers.call_action("satudata_dataset_former_show", as_user(user), id=dataset["id"])


def get(app, user, path):
    headers = {"Authorization": user["token"]} if user else {}
    return app.flask_app.test_client().get(path, headers=headers)


def plain(answer):
    """The page without the form's token, which is new each time."""
    return re.sub(r"[\w-]{40,}\.[\w-]{6}\.[\w-]{27}", "", answer.text)


def readers(org):
    return [officer(role, org["id"]) for role in (Role.OPERATOR, Role.VERIFIER, Role.PRODUCER_HEAD)] + [
        officer(Role.WALIDATA),
        officer(Role.PPID),
    ]


def strangers():
    return [None, factories.UserWithToken(), operator(), officer(Role.AUDITOR), officer(Role.REDAKTUR)]


def test_a_dataset_that_left_a_stub_is_its_officers_still(app, public, clerk):
    table, link = public["resources"]
    case_id = narrow(public)["case_id"]
    page = f"/meja/ditarik/{public['id']}"
    for user in readers(clerk["org"]):
        found = former(user, public)
        assert (found["stage"], found["description"]["title"]) == ("withdrawn", public["title"])
        assert found["description"]["notes"] == "Catatan rahasia"
        assert [one["id"] for one in found["resources"]] == [table["id"], link["id"]]
        assert found["resources"][0]["satudata_file"]["name"] == "gaji pegawai.csv"
        assert found["resources"][0]["url"].endswith(f"{page}/berkas/{table['id']}")
        assert found["resources"][1]["satudata_address"] == LINK
        shown = get(app, user, page)
        assert public["title"] in shown.text and "SANGAT-RAHASIA" not in shown.text
        assert "SANGAT-RAHASIA" in get(app, user, f"{page}?lihat={table['id']}").text
        sent = get(app, user, f"{page}/berkas/{table['id']}")
        assert sent.data == CSV and "no-store" in sent.headers["Cache-Control"]
        assert get(app, user, f"{page}/berkas/{link['id']}").headers["Location"] == LINK
        assert page in get(app, user, f"/dataset/ditarik-{public['id']}").text
    counted = model.Session.query(Download.channel, Download.resource_id).all()
    assert {row.channel for row in counted} == {"officer"} and len(counted) == 2 * len(readers(clerk["org"]))
    assert page in get(app, officer(Role.PPID), f"/meja/{case_id}").text


def test_to_everybody_else_it_is_not_there(app, public):
    table = public["resources"][0]
    narrow(public)
    made_up = "11111111-2222-4333-8444-555555555555"
    for user in strangers():
        with pytest.raises(tk.ObjectNotFound) as hidden:
            former(user, public)
        with pytest.raises(tk.ObjectNotFound) as unknown:
            former(user, {"id": made_up})
        assert str(hidden.value) == str(unknown.value)
        for path in ("/meja/ditarik/{}", "/meja/ditarik/{}?lihat=" + table["id"]):
            answers = [get(app, user, path.format(id_)) for id_ in (public["id"], made_up)]
            texts = [plain(one).replace(public["id"], made_up) for one in answers]
            assert [one.status_code for one in answers] == [404, 404] and texts[0] == texts[1]
        assert get(app, user, f"/meja/ditarik/{public['id']}/berkas/{table['id']}").status_code == 404
        assert "/meja/ditarik/" not in get(app, user, f"/dataset/ditarik-{public['id']}").text


def test_one_file_that_left_a_public_description(app, public, clerk):
    table, link = public["resources"]
    case_id = narrow(public, resource_id=table["id"])["case_id"]
    page = f"/meja/ditarik/{public['id']}"
    for user in readers(clerk["org"]):
        found = former(user, public)
        assert found["description"] is None and [one["id"] for one in found["resources"]] == [table["id"]]
        assert found["resources"][0]["name"] == "Tabel" and found["resources"][0]["format"] == "CSV"
        assert get(app, user, f"{page}/berkas/{table['id']}").data == CSV
        assert get(app, user, f"{page}/berkas/{link['id']}").status_code == 404, "that one is public"
        assert page in get(app, user, f"/dataset/{public['name']}").text
    assert page in get(app, officer(Role.WALIDATA), f"/meja/{case_id}").text
    for user in strangers():
        assert get(app, user, page).status_code == 404
        assert get(app, user, f"{page}/berkas/{table['id']}").status_code == 404
        assert "/meja/ditarik/" not in get(app, user, f"/dataset/{public['name']}").text


def test_what_was_withdrawn_and_what_was_never_taken_back(app, public, clerk):
    table = public["resources"][0]
    page = f"/meja/ditarik/{public['id']}"
    draft = make(clerk, clerk["org"], name="draf")
    for dataset in (public, draft):
        with pytest.raises(tk.ObjectNotFound):
            former(clerk, dataset)
        assert get(app, clerk, f"/meja/ditarik/{dataset['id']}").status_code == 404
        path = f"/meja/ditarik/{dataset['id']}/berkas/{dataset['resources'][0]['id']}"
        assert get(app, clerk, path).status_code == 404
    walidata = officer(Role.WALIDATA)
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=public["id"], reason="Salah tahun.")
    for user in (clerk, walidata, officer(Role.PPID)):
        assert get(app, user, f"{page}/berkas/{table['id']}").data == CSV
    assert get(app, operator(), f"{page}/berkas/{table['id']}").status_code == 404
    assert not model.Session.query(Reclassification).filter_by(kind="narrowing").count()


def test_the_former_address_of_closed_data_is_that_of_none(app, public, clerk):
    """A name tells the title: whoever guesses it may not be told that he is right."""
    other = publish(make(clerk, clerk["org"], title="Salah tahun", name="salah-tahun")["id"])
    helpers.call_action("satudata_dataset_withdraw", as_user(officer(Role.WALIDATA)), id=other["id"], reason="Salah.")
    assert get(app, None, "/dataset/salah-tahun").status_code == 302, "bookmarks of what was merely withdrawn"
    narrow(public)
    rid = public["resources"][0]["id"]
    for path in ("/dataset/{}", "/dataset/{}.ttl", "/dataset/{}/resource/" + rid, "/en/dataset/{}"):
        there, none = (get(app, None, path.format(name)) for name in (public["name"], "tidak-pernah-ada"))
        assert there.status_code == none.status_code == 404, path
        assert plain(there).replace(public["name"], "tidak-pernah-ada") == plain(none)
