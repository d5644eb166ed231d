"""The form and what is stored: a draft needs three fields, messages name field and mend."""

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.satudata.tests.metadata.samples import full_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def organization():
    return {**factories.Organization(), "by": factories.Sysadmin()["name"]}


def save(organization, **fields):
    given = {"private": True, "owner_org": organization["id"], **fields}
    return helpers.call_action("package_create", {"user": organization["by"]}, **given)


def call(organization, action, **given):
    return helpers.call_action(action, {"user": organization["by"]}, **given)


def test_a_draft_needs_title_producer_and_level_only(organization):
    saved = save(organization, title="Jumlah Murid", access_level="terbuka")
    assert saved["name"]
    with pytest.raises(tk.ValidationError) as refused:
        # Not call_action: that ignores auth, and what the portal itself brings in gets the strictest level.
        tk.get_action("package_create")({"user": factories.Sysadmin()["name"]}, {"private": True})
    assert {"title", "owner_org", "access_level"} <= set(refused.value.error_dict)
    assert "name" not in refused.value.error_dict


def test_everything_is_stored_as_given(organization):
    given = full_dataset()
    saved = save(organization, **given)
    shown = helpers.call_action("package_show", id=saved["id"])
    assert {key: shown[key] for key in given} == given


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("jadwal_pemutakhiran", "kadang", "tahunan"),
        ("periode_data", "2024-2019", "2019-2024"),
        ("cakupan_wilayah", "35.99", "35.73"),
        ("link_portal_sdi", "data.go.id/x", "https://"),
        ("access_until", "31/31/2024", "2024-05-31"),
        ("kontak", "tanya saja", "e-mail"),
    ],
)
def test_a_wrong_value_is_refused_with_its_mend(organization, field, value, part):
    with pytest.raises(tk.ValidationError) as refused:
        save(organization, **full_dataset(**{field: value}))
    assert value in refused.value.error_dict[field][0]
    assert part in refused.value.error_dict[field][0]


def test_a_long_title_and_its_double_get_addresses(organization):
    title = "Jumlah Penduduk " * 12
    first = save(organization, title=title, access_level="terbuka")
    second = save(organization, title=title, access_level="terbuka")
    assert len(first["name"]) <= 100 and len(second["name"]) <= 100
    assert first["name"] != second["name"]


def test_an_edit_without_address_keeps_it(organization):
    saved = save(organization, title="Jumlah Murid", access_level="terbuka")
    given = {key: saved[key] for key in ("id", "owner_org", "access_level", "private")}
    assert call(organization, "package_update", title="Jumlah Siswa", **given)["name"] == saved["name"]


def test_completeness_says_what_is_missing(organization):
    saved = save(organization, title="Jumlah Murid", access_level="terbatas", jenis_data="statistik")
    found = helpers.call_action("satudata_dataset_completeness", id=saved["id"])
    assert not found["ready"]
    assert {"access_basis", "konsep", "satuan"} <= {gap["field"] for gap in found["missing"]}
    full = full_dataset(
        access_level="terbatas", access_ground="17h", access_basis="UU 14/2008 pasal 17 h", access_until="2030-12-31"
    )
    saved = save(organization, **full)
    assert helpers.call_action("satudata_dataset_completeness", id=saved["id"])["ready"]


def test_the_form_shows_every_field_in_its_group(app):
    user = factories.SysadminWithToken()
    factories.Organization()
    page = app.get("/dataset/new", headers={"Authorization": user["token"]})
    assert page.status_code == 200
    for group in ("apa", "siapa", "akses", "kapan", "di_mana", "bagaimana", "rujukan"):
        assert f'id="group-{group}"' in page.body
    for field in ("title", "owner_org", "access_level", "satuan", "cakupan_wilayah"):
        assert f'id="field-{field}"' in page.body
    assert 'id="field-name"' not in page.body
