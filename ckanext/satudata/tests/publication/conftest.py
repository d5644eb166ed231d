"""The officers of one agency, and a way to post a form as one of them."""

from __future__ import annotations

import pytest
from ckan.tests import factories, helpers

from ckanext.satudata.tests.access.support import publish, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.publication.support import OLD, call


@pytest.fixture
def agency():
    return factories.Organization()


@pytest.fixture
def officers(agency):
    """`operator`, `colleague` (an operator too), `verifier`, `producer_head`, `walidata`."""
    found = {name: officer(name, agency["id"]) for name in ("operator", "verifier", "producer_head")}
    found["colleague"] = officer("operator", agency["id"])
    for name in ("operator", "colleague"):
        helpers.call_action(
            "member_create", id=agency["id"], object=found[name]["id"], object_type="user", capacity="editor"
        )
    return found | {"walidata": officer("walidata")}


@pytest.fixture
def browse(app):
    """`browse(person, address)` gets, `browse(person, address, {...})` posts a form; nothing is followed."""

    def send(person, address, form=None, **kw):
        headers = {"Authorization": person["token"]}
        if form is None:
            return app.get(address, headers=headers, **kw)
        return app.post(address, data=form, headers=headers, follow_redirects=False, **kw)

    return send


@pytest.fixture
def dataset(officers, agency):
    """A published dataset with two files, `satu.csv` and `dua.csv`."""
    made = call(
        officers["operator"],
        "package_create",
        **full_dataset(owner_org=agency["id"], title="Jumlah siswa", name="jumlah-siswa", tag_string="siswa,sekolah"),
        resources=[
            {"name": "Satu", "upload": upload("satu.csv", OLD)},
            {"name": "Dua", "upload": upload("dua.csv", OLD)},
        ],
    )
    return publish(made["id"])
