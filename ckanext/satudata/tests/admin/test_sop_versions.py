"""The versions of the SOPs: who reads them, the cases on each, what differs between two."""

from __future__ import annotations

from pathlib import Path

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.plugins import toolkit as tk

from ckanext.satudata.domain import sop_diff, sop_file
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Sop
from ckanext.satudata.domain.sop_diff import Difference, Kind
from ckanext.satudata.model.base import utcnow
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.sop_version import SopVersion
from ckanext.satudata.shared import raw_writes
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import officer

MALANG = Path(sop_file.__file__).parent.parent / "sop" / "malang"


def report(change: tuple[str, str] = ("", "")) -> tuple[Sop, str]:
    """Malang's report, its text changed."""
    form = (MALANG / "formulir" / "penyebarluasan_data.yaml").read_text(encoding="utf-8")
    source = sop_file.stored((MALANG / "report.yaml").read_text(encoding="utf-8"), form).replace(*change)
    return sop_file.read_stored(source), source


def test_a_change_of_time_is_one_difference_and_one_pair_of_lines():
    (old, before), (new, after) = report(("waktu: 1 working_days", "waktu: 9 working_days")), report()
    assert sop_diff.differences(old, new) == [
        Difference(Kind.CHANGED, "11", "waktu", "9 working_days", "1 working_days")
    ]
    lines = sop_diff.text_difference(before, after)
    assert [line for line in lines if line[0] in "+-"] == ["-    waktu: 9 working_days", "+    waktu: 1 working_days"]


def test_steps_exits_and_the_head_are_compared():
    step = "exits: {record: end}"
    more = "exits: {record: 12}\n  - no: 12\n    uraian: Tambahan\n    pelaksana: walidata\n    exits: {record: end}"
    (old, _before), (new, _after) = report(), report((step, more))
    found = {(one.step, one.key): one for one in sop_diff.differences(old, new)}
    assert found["12", "uraian"].kind is Kind.ADDED and found["12", "uraian"].new == "Tambahan"
    assert found["11", "exits"].old == "record: end (walidata)" and found["11", "exits"].new == "record: 12 (walidata)"
    assert {one.kind for one in sop_diff.differences(new, old) if one.step == "12"} == {Kind.REMOVED}
    head = sop_diff.differences(old, report(("Dinas Komunikasi dan Informatika", "Dinas Data"))[0])
    assert ("", "head.perangkat_daerah") in {(one.step, one.key) for one in head}
    assert sop_diff.differences(old, old) == []


@pytest.fixture
def older(with_plugins, satudata_db) -> str:
    """A version that no longer runs, with an open and an ended case, and one case under the running one."""
    sop, source = report(("waktu: 1 working_days", "waktu: 9 working_days"))
    with raw_writes.writing(model.Session, Case):
        running = sops.keep(model.Session, "report").version
        model.Session.add(SopVersion(id=sop.version, government="malang", process="report", source=source))
        for version, ended in ((sop.version, None), (sop.version, utcnow()), (running, None)):
            case = Case(process="report", sop_version_id=version, subject_type="report", subject_id="x")
            case.ended_at = ended
            model.Session.add(case)
        model.Session.commit()
    return sop.version


def call(action: str, name: str, **data):
    return tk.get_action(action)({"user": name, "ignore_auth": True}, data)


def test_the_versions_of_a_process_with_the_cases_on_each(older):
    found = call("satudata_sop_version_list", officer(Role.AUDITOR)["name"])
    versions = next(one for one in found if one["process"] == "report")["versions"]
    assert [(one["running"], one["open"], one["ended"]) for one in versions] == [(True, 1, 0), (False, 1, 1)]
    assert versions[1]["id"] == older and all(one["since"] for one in versions)
    assert sorted(one["number"] for one in versions) == [1, 2]
    others = next(one for one in found if one["process"] == "request")["versions"]
    assert [(one["running"], one["since"], one["number"]) for one in others] == [(True, None, 1)]


def test_only_auditor_walidata_and_system_administrator_read_them(older):
    for name in (officer(Role.OPERATOR)["name"], officer(Role.PPID)["name"]):
        with pytest.raises(tk.NotAuthorized):
            call("satudata_sop_version_list", name)
        with pytest.raises(tk.NotAuthorized):
            call("satudata_sop_version_compare", name, old=older, new=older)
    assert call("satudata_sop_version_compare", officer(Role.WALIDATA)["name"], old=older, new=older)["lines"] == []


def test_the_screen_leads_to_the_differences(app, older):
    auditor = officer(Role.AUDITOR)
    headers = {"Authorization": auditor["token"]}
    page = BeautifulSoup(app.get("/admin/satudata/sop", headers=headers).body, "html.parser")
    link = page.select_one('a[href*="banding"]')["href"]
    row = page.select_one(f'tr:has(a[href*="{older}"])')
    number = row.select_one("th").text.split()
    assert number[0] in ("1", "2") and number[1] == older[:12]
    assert (
        f"Versi {number[0]}, " in row.text
        and str(utcnow().year) in row.select_one('[data-label="Pertama terlihat"]').text
    )
    shown = app.get(link, headers=headers).body
    assert "9 working_days" in shown and "berubah" in shown
    other = next(one.version for name, one in sops.current().items() if name == "request")
    answer = app.get(f"/admin/satudata/sop/banding?lama={older}&baru={other}", headers=headers, follow_redirects=False)
    assert answer.status_code == 302
    app.get(f"/admin/satudata/sop/banding?lama={older}&baru=x", headers=headers, status=404)
    assert app.get("/admin/satudata/sop", follow_redirects=False).status_code == 302
    app.get("/admin/satudata/sop", headers={"Authorization": officer(Role.PPID)["token"]}, status=404)
