"""Requested data for next year's Daftar Data: beside the delivery, with attested files only, without the applicant."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests.helpers import call_action

from ckanext.satudata.domain.errors import Conflict
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.ppid.conftest import ASKED, CANARIES, _officer, upload
from ckanext.satudata.tests.sop.test_walks import paper

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def walidata():
    return _officer("Petugas Walidata", Role.WALIDATA)


@pytest.fixture
def checked(routed, give, people):
    """A request whose file PPID answered for; the file."""
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    (file,) = model.Session.scalars(PpidHandover.latest_of(routed.id))
    give(routed.case_id, "attest", people.ppid, {"sha256": file.sha256, "checked": "true"})
    return model.Session.get(PpidHandover, file.id)


def rows(user):
    return call_action("satudata_list_candidate_list", {"user": user["name"], "ignore_auth": False})


def test_walidata_gets_the_attested_file_and_enters_the_row(routed, checked, give, people, walidata, page):
    (case,) = model.Session.scalars(sa.select(Case).where(Case.process == "list_candidate"))
    path, case_id = f"/permohonan/serah/{checked.id}", case.id
    assert page(walidata, path).status_code == 404  # not passed on yet
    (row,) = rows(walidata)
    assert (row["source"], row["year"]) == (routed.number, clock.today().year + 1) and row["listed_at"] is None
    assert row["title"] == ASKED["question"] and not [canary for canary in CANARIES if canary in str(row)]
    shown = page(people.ppid, f"/meja/{case_id}").body
    assert f"Calon Daftar Data: {ASKED['question']} ({routed.number})" in shown and "Kirim berkas ke Walidata" in shown
    assert "Kirim berkas ke Walidata" in page(people.ppid, "/meja").body
    give(case_id, "record", people.ppid)
    assert "Masukkan ke Daftar Data" in page(walidata, f"/meja/{case_id}").body
    assert page(walidata, path).data == b"kecamatan,jumlah\nKlojen,12\n"
    shown = page(walidata, f"/meja/{case_id}").body
    assert checked.sha256 in shown and not [canary for canary in CANARIES if canary in shown]
    give(case_id, "record", walidata, {"output_1_file": paper(1)})
    assert rows(people.ppid)[0]["listed_at"]
    with pytest.raises(tk.NotAuthorized):
        rows(people.pembantu)
    # The answer went its own way.
    give(routed.case_id, "deliver", people.ppid)


def test_what_is_not_attested_is_not_passed_on(routed, checked, give, people, walidata, page):
    (case_id,) = model.Session.scalars(sa.select(Case.id).where(Case.process == "list_candidate"))
    path = f"/permohonan/serah/{checked.id}"
    give(case_id, "record", people.ppid)
    assert page(walidata, path).status_code == 200
    model.Session.execute(sa.update(PpidHandover).values(attested_sha256="0" * 64))
    model.Session.commit()
    assert page(walidata, path).status_code == 404
    with pytest.raises(Conflict):
        give(case_id, "record", walidata, {"output_1_file": paper(1)})
    assert rows(people.ppid)[0]["listed_at"] is None
