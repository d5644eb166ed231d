"""What CKAN's own edit forms show an editor, and that saving them as they are loses nothing."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

FIELDS = ("id", "name", "url", "url_type", "format", "access_level")


@pytest.fixture
def at():
    mine = operator()
    made = make(
        mine,
        mine["org"],
        resources=[{"name": "a", "upload": upload()}, {"name": "b", "url": "https://rahasia.test/a.xlsx"}],
    )
    return mine, made


def form_of(user, resource_id):
    return tk.get_action("resource_show")({**as_user(user), "for_edit": True}, {"id": resource_id})


def test_the_form_shows_the_operator_his_own_file_and_address(at):
    mine, made = at
    file, link = (form_of(mine, resource["id"]) for resource in made["resources"])
    assert (file["url"], file["url_type"], file["format"]) == ("gaji pegawai.csv", "upload", "CSV")
    assert file["satudata_file"]["name"] == "gaji pegawai.csv"
    assert (link["url"], link["format"]) == ("https://rahasia.test/a.xlsx", "XLSX")
    assert link["satudata_address"] == "https://rahasia.test/a.xlsx"


@pytest.mark.parametrize("rounds", [3])
def test_saving_the_form_as_it_is_changes_nothing(at, rounds):
    mine, made = at
    for _ in range(rounds):
        for resource in made["resources"]:
            shown = form_of(mine, resource["id"])
            typed = {key: shown[key] for key in FIELDS if shown.get(key)}
            tk.get_action("resource_update")({**as_user(mine), "for_edit": True}, typed)
    assert model.Session.query(ResourceFile).count() == 2
    assert {file.real_format for file in model.Session.query(ResourceFile)} == {"CSV", "XLSX"}
    plain = tk.get_action("package_show")(as_user(mine), {"id": made["id"]})
    assert "gaji pegawai.csv" not in str(plain) and "rahasia.test" not in str(plain)


def test_who_may_not_change_it_sees_the_ask_page_in_a_form_too(at):
    mine, _ = at
    limited = make(mine, mine["org"], level="terbatas", name="terbatas-ini")
    publish(limited["id"])
    for user in (None, operator()):
        shown = form_of(user, limited["resources"][0]["id"])
        assert shown["url"].endswith(f"/minta-data/{shown['id']}") and "satudata_file" not in shown


def test_the_page_of_the_form_shows_the_file_name_to_its_operator_only(at, app):
    mine, made = at
    path = f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/edit"
    page = app.get(path, headers={"Authorization": mine["token"]})
    assert page.status_code == 200 and "gaji pegawai.csv" in page.body
    assert "gaji pegawai" not in app.get(path, headers={"Authorization": operator()["token"]}).body
