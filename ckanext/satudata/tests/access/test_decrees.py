"""Decrees and minutes: who records them, who reads what of them, and what stays stored whatever goes wrong."""

from __future__ import annotations

import io

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.decree import Decree, DecreeRow
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.minutes import Minutes
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.levels import decrees
from ckanext.satudata.tests.access.support import as_user, make, operator
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.support.whole_files import pdf

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

SK = {"kind": "head_decree", "number": "188.45/7/KEP/2026", "title": "Daftar Data 2026", "dated_on": "2026-02-03"}
TEST = {"kind": "test", "held_on": "2026-02-01", "subject": "Daftar penerima bantuan", "result": "Dikecualikan, 17h."}


def call(name, user, **data):
    return tk.get_action(name)(as_user(user), data)


def scan(name="sk.pdf", content=None):
    return FileStorage(io.BytesIO(pdf() if content is None else content), filename=name, content_type="application/pdf")


@pytest.fixture
def walidata():
    return officer(Role.WALIDATA)


def test_a_decree_is_recorded_shown_and_cited(walidata):
    mine = operator()
    dataset = make(mine, mine["org"])
    rows = [
        {"what": "Jumlah murid", "level": "Terbuka", "dataset": ""},
        {"what": "Penerima bantuan", "level": "terbatas", "dataset": dataset["id"]},
    ]
    made = call("satudata_decree_create", walidata, **SK, rows=rows, scan=scan())
    assert made["in_force_from_on"] == "2026-02-03" and made["in_force_until_on"] == "" and made["state"] == "in_force"
    assert [(row["no"], row["level"], row["dataset_id"]) for row in made["rows"]] == [
        (1, "terbuka", None),
        (2, "terbatas", dataset["id"]),
    ]
    assert made["scan"]["filename"] == "sk.pdf" and made["scan"]["url"].endswith(f"/keputusan/{made['id']}/pindaian")
    assert decrees.exists(model.Session, made["id"]) and not decrees.exists(model.Session, "x")
    assert decrees.choices(model.Session) == [(made["id"], decrees.label_of(model.Session, made["id"]))]
    assert SK["number"] in decrees.label_of(model.Session, made["id"])
    listed = call("satudata_decree_list", mine)
    assert listed["count"] == 1 and "rows" not in listed["decrees"][0]
    assert model.Session.scalar(sa.select(Journal.event).where(Journal.subject_id == made["id"])) == "decree_recorded"


@pytest.mark.parametrize("who", ["operator", "sysadmin", "auditor", "superior"])
def test_only_walidata_and_ppid_write(who):
    users = {
        "operator": operator,
        "sysadmin": factories.SysadminWithToken,
        "auditor": lambda: officer(Role.AUDITOR),
        "superior": lambda: officer(Role.PPID_SUPERIOR),
    }
    user = users[who]()
    for ignore in (False, True):
        for name, data in (("satudata_decree_create", SK), ("satudata_minutes_create", TEST)):
            with pytest.raises(tk.NotAuthorized):
                tk.get_action(name)({**as_user(user), "ignore_auth": ignore}, dict(data))
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Decree)) == 0
    assert call("satudata_decree_create", officer(Role.PPID), **SK)["number"] == SK["number"]


def test_every_fault_is_told_at_its_field_and_nothing_is_stored(walidata):
    wrong = {"kind": "x", "number": " ", "title": "", "dated_on": "32/13/2026", "in_force_until_on": "2020-01-01"}
    with pytest.raises(tk.ValidationError) as caught:
        call("satudata_decree_create", walidata, **wrong, rows="Murid | Rahasia\nBantuan | Terbatas | tidak-ada")
    assert set(caught.value.error_dict) == {"kind", "number", "title", "dated_on", "rows"}
    assert len(caught.value.error_dict["rows"]) == 2
    for bad, part in ((scan("sk.exe"), "PDF"), (scan(content=b"bukan pdf"), "pdf"), ("teks", "")):
        with pytest.raises(tk.ValidationError) as caught:
            call("satudata_decree_create", walidata, **SK, scan=bad)
        assert part in caught.value.error_dict["scan"][0]
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Decree)) == 0
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(VaultObject)) == 0


def test_the_same_decree_is_recorded_once(walidata):
    first = call("satudata_decree_create", walidata, **SK)
    with pytest.raises(tk.ValidationError) as caught:
        call("satudata_decree_create", walidata, **SK)
    assert "number" in caught.value.error_dict
    other = call("satudata_decree_create", walidata, **{**SK, "number": "2"})
    with pytest.raises(tk.ValidationError):
        call("satudata_decree_update", walidata, id=other["id"], number=SK["number"])
    assert {one["number"] for one in call("satudata_decree_list", walidata)["decrees"]} == {first["number"], "2"}


def test_what_is_not_sent_stays_and_the_end_closes_the_choice(walidata):
    made = call("satudata_decree_create", walidata, **SK, rows="Murid | Terbuka", scan=scan())
    changed = call("satudata_decree_update", walidata, id=made["id"], in_force_until_on="2026-03-01")
    assert changed["state"] == "ended" and changed["rows"] == made["rows"] and changed["scan"] == made["scan"]
    assert decrees.choices(model.Session) == []
    assert [key for key, _ in decrees.choices(model.Session, keep=made["id"])] == [made["id"]]
    call("satudata_decree_update", walidata, id=made["id"], scan=scan("baru.pdf"))
    kept = model.Session.scalars(sa.select(VaultObject).where(VaultObject.deleted_at.is_(None))).all()
    assert [row.original_name for row in kept] == ["baru.pdf"]


def test_a_decree_in_use_is_not_removed(walidata):
    mine = operator()
    made = call("satudata_decree_create", walidata, **SK, scan=scan())
    row = model.Package.get(make(mine, mine["org"], level="terbatas")["id"])
    row.extras["access_decree"] = made["id"]
    model.Session.commit()
    with pytest.raises(tk.ValidationError) as caught:
        call("satudata_decree_delete", walidata, id=made["id"])
    assert "conflict" in caught.value.error_dict
    del row.extras["access_decree"]
    model.Session.commit()
    call("satudata_decree_delete", walidata, id=made["id"])
    assert not decrees.exists(model.Session, made["id"])
    assert model.Session.scalar(sa.select(VaultObject.deleted_at).where(VaultObject.purpose == "decree")) is not None


def test_a_restriction_names_a_decree_that_is_there(walidata):
    mine = operator()
    made = call("satudata_decree_create", walidata, **SK)
    dataset = make(mine, mine["org"], level="terbatas", access_ground="17h", access_decree=made["id"])
    assert dataset["access_decree"] == made["id"]
    with pytest.raises(tk.ValidationError) as caught:
        make(mine, mine["org"], level="terbatas", name="lain", access_decree="00000000-0000-4000-8000-000000000000")
    assert set(caught.value.error_dict) == {"access_decree"}
    with pytest.raises(tk.ValidationError):
        call("satudata_decree_delete", walidata, id=made["id"])


def test_closed_lines_are_their_agencys_only_and_so_is_the_paper(walidata, app):
    mine, other = operator(), operator()
    secret = make(mine, mine["org"], level="tertutup", title="kanari judul tertutup")
    text = f"Murid | Terbuka\nkanari baris tertutup | Tertutup | {secret['id']}\nkanari lain | Tertutup"
    made = call("satudata_decree_create", walidata, **SK, rows=text, scan=scan("kanari-sk.pdf"))

    def told(user):
        return [row["what"] for row in call("satudata_decree_show", user, id=made["id"])["rows"]]

    assert told(officer(Role.AUDITOR)) == ["Murid", "kanari baris tertutup", "kanari lain"]
    assert told(mine) == ["Murid", "kanari baris tertutup"]
    assert told(other) == ["Murid"]
    # A line that calls open what is closed now tells no more.
    model.Session.execute(sa.update(DecreeRow).where(DecreeRow.no == 2).values(level="terbuka"))
    model.Session.commit()
    assert told(other) == ["Murid"]
    path = f"/keputusan/{made['id']}/pindaian"
    for user, status in ((None, 302), (factories.UserWithToken(), 404), (other, 404), (mine, 404), (walidata, 200)):
        headers = {"Authorization": user["token"]} if user else {}
        answer = app.get(path, headers=headers, follow_redirects=False)
        assert answer.status_code == status and b"kanari" not in answer.data
        page = app.get(f"/keputusan/{made['id']}", headers=headers, follow_redirects=False)
        assert ("kanari lain" in page.body) == (user is walidata)
    viewed = model.Session.scalars(sa.select(Journal).where(Journal.event == "scan_viewed")).all()
    assert [row.actor_id for row in viewed] == [walidata["id"]]
    model.Session.execute(sa.delete(DecreeRow).where(DecreeRow.no > 1))
    model.Session.commit()
    assert app.get(path, headers={"Authorization": other["token"]}).status_code == 200


def test_minutes_are_read_by_the_agency_they_are_about(walidata, app):
    mine, other = operator(), operator()
    dataset = make(mine, mine["org"], level="tertutup", title="kanari judul tertutup")
    made = call("satudata_minutes_create", walidata, **TEST, dataset=dataset["id"], scan=scan(), key="formulir-1")
    again = call("satudata_minutes_create", walidata, **TEST, dataset=dataset["id"], scan=scan(), key="formulir-1")
    assert made["id"] == again["id"]
    general = call("satudata_minutes_create", walidata, **{**TEST, "kind": "discussion", "subject": "Semua daftar"})
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Minutes)) == 2

    def seen(user):
        return {one["id"] for one in call("satudata_minutes_list", user)["minutes"]}

    assert seen(officer(Role.PPID)) == {made["id"], general["id"]} and seen(mine) == {made["id"]} and not seen(other)
    with pytest.raises(tk.ObjectNotFound):
        call("satudata_minutes_show", other, id=made["id"])
    assert call("satudata_minutes_show", mine, id=made["id"])["dataset_title"] == "kanari judul tertutup"
    for user, status in ((other, 404), (mine, 200)):
        for path in (f"/berita-acara/{made['id']}", f"/berita-acara/{made['id']}/pindaian"):
            assert app.get(path, headers={"Authorization": user["token"]}).status_code == status, path
    with pytest.raises(tk.ValidationError) as caught:
        call("satudata_minutes_create", walidata, kind="test", dataset="x", decree_id="x", case_id="x")
    assert set(caught.value.error_dict) == {"held_on", "subject", "result", "dataset", "decree_id", "case_id"}


def test_a_form_with_faults_keeps_what_was_typed(walidata, app):
    head = {"Authorization": walidata["token"]}
    typed = {**SK, "title": "Judul yang diketik", "number": "", "rows": "Murid | Terbuka"}
    page = app.post("/keputusan/baru", data=typed, headers=head, status=422)
    assert "Judul yang diketik" in page.body and "Murid | Terbuka" in page.body and "#field-number" in page.body
    page = app.post("/berita-acara/baru", data={**TEST, "held_on": ""}, headers=head, status=422)
    assert TEST["result"] in page.body and "#field-held_on" in page.body
    made = app.post("/keputusan/baru", data=SK, headers=head, follow_redirects=False)
    assert made.status_code == 302
    edit = f"{made.headers['Location'].split('test.ckan.net')[-1]}/ubah"
    assert "Daftar Data 2026" in app.get(edit, headers=head).body
    assert app.get("/keputusan/baru", headers={"Authorization": operator()["token"]}).status_code == 404
