"""The agency above checks for a small one, and reads what it checks for as long as it has the step."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.hidden import labels
from ckanext.satudata.shared.orders import stand_ins
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.access.support import as_user, make, operator, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.sop.test_walks import governed  # noqa: F401  (a fixture)

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def small(governed, tmp_path):  # noqa: F811
    """A folder of SOPs in which the agency above stands in; an agency of one officer, and the one above it."""
    text = (sops.OURS / "default" / "preparation.yaml").read_text(encoding="utf-8")
    (tmp_path / "preparation.yaml").write_text(text.replace("stand_in: walidata", "stand_in: parent_agency"))
    governed(str(tmp_path))
    alone, above = operator(), factories.Organization()["id"]
    helpers.call_action("organization_patch", as_user(factories.Sysadmin()), id=alone["org"]["id"], induk=above)
    return alone, above


def reads(user, made):
    """Whether the person sees the dataset's page, and whether the file."""
    who = model.User.get(user["name"])
    try:
        tk.check_access("package_show", {"user": user["name"]}, {"id": made["id"]})
        page = True
    except tk.NotAuthorized:
        page = False
    return page, access.ask(model.Session, actor_for(who), made["resources"][0]["id"]).is_allowed


def test_the_agency_above_reads_what_it_checks_and_nothing_else(small):
    alone, above = small
    verifier, stranger = officer(Role.VERIFIER, above), officer(Role.OPERATOR, above)
    files = [{"name": "a", "upload": upload("a.csv", b"a,b\n1,2\n")}]
    made = make(
        alone, alone["org"], **{**full_dataset(owner_org=alone["org"]["id"]), "name": "murid", "resources": files}
    )
    other = make(alone, alone["org"], name="draf-lain", resources=[{"name": "b", "upload": upload("b.csv", b"a\n1\n")}])
    assert reads(verifier, made) == (False, False)
    case = helpers.call_action("satudata_dataset_submit", as_user(alone), id=made["id"])
    assert reads(verifier, made) == (True, True)
    assert reads(stranger, made) == reads(verifier, other) == (False, False)
    helpers.call_action("satudata_case_command", as_user(verifier), id=case["id"], command="return_", note="Perbaiki.")
    assert reads(verifier, made) == (False, False)


def test_no_label_of_a_stand_in_is_on_what_nobody_stands_in_for():
    mine = operator()
    made = make(mine, mine["org"])
    found = labels.of_dataset(model.Package.get(made["id"]))
    assert not [label for label in found if label.startswith("satudata-stand-in")]


def edited(org, **sent):
    return {"id": org["id"], "name": org["name"], "title": org["title"], **sent}


def test_an_administrator_names_the_agency_above_in_its_form(app):
    admin, org, above = (
        factories.SysadminWithToken(),
        factories.Organization(),
        factories.Organization(title="Dinas Induk"),
    )
    address, headers = f"/organization/edit/{org['name']}", {"Authorization": admin["token"]}
    page = app.get(address, headers=headers).body
    assert "Instansi induk" in page and f'<option value="{above["id"]}"' in page
    app.post(address, headers=headers, data=edited(org, induk=above["id"], save=""))
    assert stand_ins.parent_of(model.Session, org["id"]) == above["id"]
    assert f'<option value="{above["id"]}" selected' in app.get(address, headers=headers).body
    app.post(address, headers=headers, data=edited(org, induk="", save=""))
    assert stand_ins.parent_of(model.Session, org["id"]) is None
    helpers.call_action("organization_patch", as_user(admin), id=org["id"], induk=above["name"])
    helpers.call_action("organization_patch", as_user(admin), id=org["id"], description="Lain")
    assert stand_ins.parent_of(model.Session, org["id"]) == above["id"]
    assert "Dinas Induk" in app.get(f"/organization/about/{org['name']}").body


def test_nobody_else_chooses_it_and_none_is_above_itself():
    admin, own, above = as_user(factories.Sysadmin()), factories.Organization(), factories.Organization()
    clerk = factories.User()
    member = {"object": clerk["id"], "object_type": "user", "capacity": "admin"}
    helpers.call_action("member_create", id=own["id"], **member)
    for sent in ({"induk": above["id"]}, {"groups": [{"name": above["name"]}]}):
        with pytest.raises(tk.NotAuthorized):
            helpers.call_action("organization_patch", as_user(clerk), id=own["id"], **sent)
    helpers.call_action("organization_patch", as_user(clerk), id=own["id"], description="Boleh")
    for action in ("member_create", "member_delete"):
        tied = {"id": own["id"], "object": above["id"], "object_type": "group", "capacity": "parent"}
        with pytest.raises(tk.ValidationError):
            helpers.call_action(action, {"ignore_auth": True, "user": clerk["name"]}, **tied)
    helpers.call_action("organization_patch", admin, id=own["id"], induk=above["id"])
    groups = [{"name": above["name"]}, {"name": factories.Organization()["name"]}]
    for wrong in (
        {"id": above["id"], "induk": own["id"]},
        {"id": own["id"], "induk": own["id"]},
        {"id": own["id"], "induk": "tidak-ada"},
        {"id": own["id"], "groups": groups},
    ):
        with pytest.raises(tk.ValidationError) as refused:
            helpers.call_action("organization_patch", admin, **wrong)
        assert "induk" in refused.value.error_dict
