"""Secret values survive whatever a stock client does: it shows, sends back what it was shown, and shows again."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import vault
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

RESTRICTED = {"access_ground": "17h", "access_basis": "SK 7/2026 UU 14/2008", "access_until": "2044-12-31"}
ADDRESS = "https://rahasia.example/a.json?kunci=RAHASIA"
SECRETS = ("RAHASIA", "gaji-pegawai", "gaji pegawai")


def files():
    """A file and an address, each of a level of its own."""
    return [
        {"name": "Tabel", "upload": upload()},
        {"name": "Tautan", "url": ADDRESS},
        {"name": "Tertutup", "access_level": "tertutup", "upload": upload("gaji pegawai tertutup.csv"), **RESTRICTED},
    ]


def kept(package_id):
    """What lies behind the resources: names, addresses, bytes, by resource."""
    model.Session.expire_all()
    rows = model.Session.query(ResourceFile).filter_by(package_id=package_id).all()
    return {
        (row.resource_id, row.version): (
            row.address,
            vault.get(model.Session, row.vault_object_id).original_name if row.vault_object_id else None,
            vault.read_bytes(model.Session, row.vault_object_id) if row.vault_object_id else None,
            row.withheld,
        )
        for row in rows
    }


def sent_back(user, package_id):
    """One round of a stock client; how many of its writes were taken."""
    taken = 0

    def call(name, /, **data):
        nonlocal taken
        try:
            tk.get_action(name)(as_user(user), json.loads(json.dumps(data, default=str)))
            taken += 1
        except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
            model.Session.rollback()

    try:
        shown = helpers.call_action("package_show", as_user(user), id=package_id)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        shown = {"id": package_id, "title": "x", "resources": []}
        call("package_patch", **shown)
        call("package_update", **shown)
        return taken
    assert not [one for one in SECRETS if one in json.dumps(shown["resources"], default=str)]
    call("package_patch", **shown)
    call("package_update", **shown)
    call("package_patch", id=package_id, resources=shown["resources"])
    call("package_revise", match__id=package_id, update=shown)
    for resource in shown["resources"]:
        call("resource_update", **resource)
        call("resource_patch", id=resource["id"], url=resource["url"], format=resource.get("format"))
    return taken


@pytest.fixture
def people():
    """Every role in the agency, government-wide ones, and those who have none there."""
    mine = operator()
    agency = mine["org"]["id"]
    inside = (Role.VERIFIER, Role.PRODUCER_HEAD, Role.PPID_PEMBANTU)
    found = {"operator": mine, "sysadmin": factories.SysadminWithToken(), "visitor": None}
    found |= {role.value: officer(role, agency) for role in inside}
    found |= {role.value: officer(role) for role in (Role.WALIDATA, Role.PPID, Role.AUDITOR)}
    return found | {"other agency": operator(), "stranger": factories.UserWithToken()}


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.long)])
@pytest.mark.parametrize("level", ["terbuka", "terbatas"])
def test_no_round_loses_or_shows_a_secret(people, level, rounds):
    mine = people["operator"]
    restricted = RESTRICTED if level == "terbatas" else {}
    draft = make(mine, mine["org"], level=level, resources=files(), **restricted)
    before, takers = kept(draft["id"]), set()
    for _ in range(rounds):
        takers |= {name for name, user in people.items() if sent_back(user, draft["id"])}
    assert kept(draft["id"]) == before and len(before) == 3
    # Otherwise the rounds would prove nothing.
    assert {"operator", "sysadmin"} <= takers and not takers & {"visitor", "stranger", "other agency", "auditor"}
    edit = helpers.call_action("satudata_dataset_show_for_edit", as_user(mine), id=draft["id"])
    assert edit["resources"][1]["satudata_address"] == ADDRESS and edit["resources"][2]["access_until"] == "2044-12-31"

    limited = publish(make(mine, mine["org"], level="terbatas", name="kedua", resources=files(), **RESTRICTED)["id"])
    before = kept(limited["id"])
    for _ in range(rounds):
        for user in people.values():
            sent_back(user, limited["id"])
    assert kept(limited["id"]) == before
    assert CSV in [body for _, _, body, _ in before.values()]
