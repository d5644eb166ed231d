"""The file of a review holds the data files that were reviewed, for who may download them."""

from __future__ import annotations

import io
import zipfile

import ckan.model as model
import pytest
import typst
from ckan.tests import factories

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.tests.access.support import upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import full_dataset, restricted
from ckanext.satudata.tests.publication.support import NEW, OLD, call, command, send, through_review

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def draft(officers, agency):
    files = [{"name": "Satu", "upload": upload("satu.csv", OLD)}]
    return call(officers["operator"], "package_create", **full_dataset(owner_org=agency["id"]), resources=files)


@pytest.fixture
def files_in(browse):
    """What lies in the ZIP of a case, without the sums; None where there is no ZIP for this person."""

    def found(person, case):
        answer = browse(person, f"/meja/{case}/berkas.zip")
        if answer.status_code == 404:
            return None
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
        return {name.split("_", 1)[1]: archive.read(name) for name in archive.namelist() if name != "SHA256SUMS"}

    return found


def test_a_first_draft_for_its_officers_and_what_became_public_for_auditors(draft, officers, files_in, browse):
    auditor, other = officer(Role.AUDITOR), officer(Role.OPERATOR, factories.Organization()["id"])
    case = send(officers, draft)
    for name in ("operator", "verifier", "producer_head", "walidata"):
        assert files_in(officers[name], case) == {"satu.csv": OLD}, name
    assert files_in(auditor, case) == {} and files_in(other, case) is None
    assert "satu.csv" not in str(call(auditor, "satudata_case_file_show", id=case))
    assert "berkas.zip" in browse(officers["verifier"], f"/meja/{case}").body
    for name, word in (("verifier", "approve"), ("producer_head", "approve"), ("walidata", "publish")):
        command(officers[name], case, word)
    assert files_in(auditor, case) == files_in(officers["operator"], case) == {"satu.csv": OLD}


def test_a_change_holds_its_own_files_and_the_first_case_those_of_its_time(draft, officers, files_in):
    first = through_review(officers, draft)
    rid = draft["resources"][0]["id"]
    call(officers["operator"], "resource_patch", id=rid, upload=upload("dua.csv", NEW))
    case, auditor = send(officers, draft), officer(Role.AUDITOR)
    assert files_in(officers["verifier"], case) == {"dua.csv": NEW} and files_in(auditor, case) == {}
    for name, word in (("verifier", "approve"), ("producer_head", "approve"), ("walidata", "publish")):
        command(officers[name], case, word)
    assert files_in(auditor, case) == {"dua.csv": NEW} and files_in(auditor, first) == {}
    assert files_in(officers["walidata"], first) == {"satu.csv": OLD}


def test_a_classification_holds_the_scan_of_its_decree(draft, officers, files_in):
    walidata, text = officers["walidata"], typst.compile(b"Keputusan", format="pdf")
    decree = call(
        walidata,
        "satudata_decree_create",
        kind="head_decree",
        number="188/1",
        title="Informasi yang dikecualikan",
        dated_on="2026-02-03",
        rows=[{"what": "Murid", "level": "tertutup", "dataset": draft["id"]}],
        scan=upload("keputusan.pdf", text),
    )
    closed = restricted() | {"access_level": "tertutup", "access_decree": decree["id"]}
    call(officers["operator"], "package_patch", id=draft["id"], **closed)
    through_review(officers, draft)
    case = classification.open_case(model.Session, draft["id"], "period", actor=SYSTEM)
    model.Session.commit()
    assert files_in(walidata, case.id) == {"keputusan.pdf": text}
    assert files_in(officer(Role.PPID), case.id) == {"keputusan.pdf": text}
