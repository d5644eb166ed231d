"""A government with one agency and its officers, and a citizen who asks."""

from __future__ import annotations

import io
from types import SimpleNamespace

import ckan.model as model
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import links
from ckanext.satudata.shared import process
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.tests.factories import hold
from ckanext.satudata.tests.support import limits

NAME, EMAIL, NIK = "Kirana Canary", "kirana.canary@contoh.example", "3573014508990001"
ASKED = {
    "question": "Jumlah kunjungan pasien per kecamatan 2023 sampai 2025",
    "applicant_kind": "person",
    "name": NAME,
    "nik": NIK,
    "address": "Jalan Canary Nomor 7, Nusasari",
    "occupation": "Mahasiswa Canary",
    "email": EMAIL,
    "phone": "0812 9999 0007",
    "purpose": "Penelitian skripsi tentang pemerataan layanan kesehatan",
    "form": "soft",
    "consent": "true",
    "citizen": "true",
}
ACCEPTED = {"terms": "true"}
"""What the page of a link sends with its button."""
CANARIES = ("Canary", "canary", NIK, "0812 9999 0007")


@pytest.fixture
def people():
    """`agency` (organization), `ppid`, `pembantu`, `other` (pembantu elsewhere), `auditor`: user dicts."""
    agency = factories.Organization(title="Dinas Kesehatan")
    elsewhere = factories.Organization(title="Dinas Perhubungan")
    return SimpleNamespace(
        agency=agency,
        ppid=_officer("Petugas PPID", Role.PPID),
        pembantu=_officer("Petugas Pembantu", Role.PPID_PEMBANTU, agency["id"]),
        other=_officer("Petugas Lain", Role.PPID_PEMBANTU, elsewhere["id"]),
        auditor=_officer("Pengawas", Role.AUDITOR),
    )


def _officer(fullname, role, organization_id=None):
    """A row each: hashing passwords and making tokens for every test would take most of the time."""
    name = fullname.lower().replace(" ", "-")
    user = model.User(name=name, email=f"{name}@dinas.example", fullname=fullname)
    model.Session.add(user)
    model.Session.commit()
    hold(user.id, role, organization_id)
    return {"id": user.id, "name": user.name}


@pytest.fixture
def no_limits():
    """No attempts counted yet."""
    limits.forget()


@pytest.fixture
def asked(no_limits):
    """Sends a request; `asked(**changes)` gives the answer of the action."""
    return lambda **changes: call_action("satudata_ppid_request_create", **{**ASKED, "key": new_id(), **changes})


@pytest.fixture
def row_of():
    """The stored request behind an answer."""

    def found(made):
        model.Session.expire_all()
        return model.Session.get(PpidRequest, made["id"])

    return found


def link_of(row):
    """Path of the link to the first file of a request."""
    return links.given(model.Session, row)[0].path


def upload(body: bytes = b"kecamatan,jumlah\nKlojen,12\n", name: str = "kunjungan.csv"):
    """A file as a browser sends it."""
    return SimpleNamespace(filename=name, stream=io.BytesIO(body))


@pytest.fixture
def give(people):
    """Gives a command as a user: `give(case_id, "route", people.ppid, {...})`."""

    def given(case_id, command, user, payload=None, **kw):
        actor = actor_for(model.User.get(user["id"]))
        return process.apply({}, case_id, command, payload, actor=actor, **kw)

    return given


@pytest.fixture
def routed(asked, row_of, give, people):
    """A request that lies with the agency; its row."""
    row = row_of(asked())
    give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    model.Session.refresh(row)
    return row


@pytest.fixture
def page(app):
    """`page(user, path, post)` as that user."""
    tokens = {}

    def opened(user, path, post=None):
        if user["name"] not in tokens:
            tokens[user["name"]] = call_action("api_token_create", user=user["name"], name="desk")["token"]
        headers = {"Authorization": tokens[user["name"]]}
        if post is None:
            return app.get(path, headers=headers)
        return app.post(path, data=post, headers=headers, follow_redirects=False)

    return opened


@pytest.fixture
def superior(people):
    """The PPID's superior, who answers objections."""
    return _officer("Atasan PPID", Role.PPID_SUPERIOR)


@pytest.fixture
def refused(routed, give, people):
    """A request that was refused on art. 17, its letter sent."""
    why = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."
    give(routed.case_id, "refuse", people.pembantu, {"reason_code": "17h", "note": why})
    give(routed.case_id, "forward", people.pembantu)
    give(routed.case_id, "deliver", people.ppid)
    model.Session.refresh(routed)
    return routed
