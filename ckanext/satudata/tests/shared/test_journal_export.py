"""The journal as a file: who gets what, that it can be checked elsewhere, and that a spreadsheet runs nothing of it."""

import csv
import hashlib
import io
import json
from datetime import date

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan as ckan_cli
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import journal, process
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.care import journal_export
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.shared.test_journal import by_force

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

AUDITOR = Actor("p", "p", (Held(Role.AUDITOR, None),))
ROOT = Actor("s", "s", is_sysadmin=True)
EVIL = '=HYPERLINK("http://jahat.example")'
HOME = "/admin/satudata/jurnal"


@pytest.fixture
def case():
    """A case with a note, an entry outside it, and one of another day."""
    with freeze_time("2026-03-02 05:00"):
        made = process.start(
            model.Session, "preparation", subject_type="dataset", subject_id="d", organization_id="x", actor=SYSTEM
        )
        journal.append(model.Session, "returned", actor=Actor("u", "+62"), case_id=made.id, text="NIK warga")
        journal.append(model.Session, "mail_dropped", actor=AUDITOR, subject=("mail", EVIL), text=EVIL)
    with freeze_time("2026-03-03 17:30"):  # 4 March in Jakarta
        journal.append(model.Session, "noted", actor=AUDITOR, subject=("portal", "x"))
    model.Session.commit()
    return made.id


def lines(actor, **kw):
    out = io.BytesIO()
    done = journal_export.export(model.Session, out, "jsonl", actor=actor, **kw)
    model.Session.commit()
    assert done.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
    return [json.loads(line) for line in out.getvalue().decode().splitlines()]


def test_a_line_holds_what_is_needed_to_check_chain_and_text_elsewhere(case):
    found = [line for line in lines(AUDITOR) if line["chain"] == case]
    previous = "0" * 64
    for line in found:
        said = {
            "chain": line["chain"],
            "position": line["position"],
            "at": line["at"],
            "event": line["event"],
            "case": line["case"],
            "actor": [line["actor"], line["actor_name"]],
            "subject": [line["subject_type"], line["subject"]],
            "payload": line["payload"],
            "text": line["text_hash"],
            "previous": previous,
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert line["hash"] == previous
    noted = found[-1]
    assert hashlib.sha256(f"{noted['salt']}{noted['text']}".encode()).hexdigest() == noted["text_hash"]


def test_the_auditor_gets_notes_of_cases_and_a_mere_sysadmin_does_not(case):
    assert {line["text"] for line in lines(AUDITOR)} == {None, "NIK warga", EVIL}
    seen = lines(ROOT)
    assert {line["text"] for line in seen} == {None, EVIL}
    assert [line["salt"] for line in seen if line["case"]] == [None, None]


def test_nobody_else_exports_and_wrong_wishes_are_refused(case):
    for actor in (Actor("w", "w", (Held(Role.WALIDATA, None),)), Actor(None, ""), Actor("x", "x")):
        with pytest.raises(NotAllowed):
            lines(actor)
    for kw in ({"form": "xml"}, {"form": "csv", "since": date(2026, 3, 2), "until": date(2026, 3, 1)}):
        with pytest.raises(Invalid):
            journal_export.export(model.Session, io.BytesIO(), actor=AUDITOR, **kw)


def test_both_days_count_as_the_government_reckons_them(case):
    assert len(lines(AUDITOR, since=date(2026, 3, 2), until=date(2026, 3, 3))) == 3
    (last,) = lines(AUDITOR, since=date(2026, 3, 4), until=date(2026, 3, 4))
    assert last["event"] == "noted"


def test_each_export_is_an_entry_with_the_hash_of_the_file(case):
    lines(AUDITOR, until=date(2026, 3, 3))
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "journal_exported")).one()
    assert entry.actor_id == "p" and entry.payload["entries"] == 3 and entry.payload["to"] == "2026-03-03"


def test_the_table_runs_nothing(case):
    out = io.BytesIO()
    journal_export.export(model.Session, out, "csv", actor=AUDITOR)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4 and list(rows[0]) == list(journal_export.FIELDS)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert rows[2]["text"] == f"'{EVIL}" and rows[1]["actor_name"] == "'+62"


def test_the_screen_gives_the_file_to_auditor_and_sysadmin_only(app, case):
    people = {role: officer(role) for role in (Role.AUDITOR, Role.WALIDATA, Role.PPID)}
    asked = {"format": "jsonl", "since": "2026-03-02", "until": "2026-03-03"}
    for person, status in ((people[Role.WALIDATA], 404), (people[Role.PPID], 404), (people[Role.AUDITOR], 200)):
        answer = app.post(f"{HOME}/unduh", data=asked, headers={"Authorization": person["token"]})
        assert answer.status_code == status
    assert len(answer.get_data(as_text=True).splitlines()) == 3 and "no-store" in answer.headers["Cache-Control"]
    root = factories.SysadminWithToken()
    answer = app.post(f"{HOME}/unduh", data=asked, headers={"Authorization": root["token"]})
    assert "NIK warga" not in answer.get_data(as_text=True)
    assert app.get(f"{HOME}/unduh", headers={"Authorization": root["token"]}).status_code in (404, 405)
    for wrong in ({"format": "exe"}, {"format": "csv", "since": "kemarin"}):
        answer = app.post(f"{HOME}/unduh", data=wrong, headers={"Authorization": root["token"]}, follow_redirects=False)
        assert answer.status_code == 302


def test_the_page_shows_seals_the_check_and_how_a_note_is_erased(app, case):
    ppid = officer(Role.PPID)
    walidata = officer(Role.WALIDATA)
    page = app.get(HOME, headers={"Authorization": walidata["token"]}).get_data(as_text=True)
    assert "Segel" in page and "Hapus catatan" in page and "Unduh jejak audit" not in page
    assert app.get(HOME, headers={"Authorization": ppid["token"]}).status_code == 404
    noted = model.Session.scalars(sa.select(Journal).where(Journal.event == "returned")).one().id
    for sent, left in (({}, True), ({"reason": "Data pribadi"}, False)):
        app.post(f"{HOME}/{noted}/hapus-catatan", data=sent, headers={"Authorization": walidata["token"]})
        model.Session.expire_all()
        assert ("NIK warga" in {line["text"] for line in lines(AUDITOR)}) is left
    assert list(journal.verify(model.Session)) == []


def test_the_command_line_writes_the_file_and_names_what_was_changed(cli, case, tmp_path):
    target = tmp_path / "jurnal.csv"
    run = lambda *args: cli.invoke(ckan_cli, ["satudata", "journal", *args])  # noqa: E731
    assert run("export", "--from", "2026-03-02", "--format", "csv", "--output", str(target)).exit_code == 0
    assert len(target.read_text().splitlines()) == 5
    assert run("seal").output.strip().endswith("days sealed")
    assert run("verify").exit_code == 0
    assert json.loads(run("seals").output.splitlines()[0])["hash"]
    by_force("update satudata_journal set event = 'x' where chain = :chain and position = 2", chain=case)
    answer = run("verify")
    assert answer.exit_code == 1 and f"{case} #2: the entry was changed" in answer.output
    assert cli.invoke(ckan_cli, ["satudata", "access", "audit"]).exit_code == 1


def test_the_command_line_erases_for_an_officer_who_may(cli, case):
    noted = model.Session.scalars(sa.select(Journal).where(Journal.event == "returned")).one().id
    ppid, root = officer(Role.PPID), factories.Sysadmin()
    for person, code in ((root, 1), (ppid, 0)):
        args = ["satudata", "journal", "erase", str(noted), "--reason", "Data pribadi", "--by", person["name"]]
        assert cli.invoke(ckan_cli, args).exit_code == code
    assert "NIK warga" not in {line["text"] for line in lines(AUDITOR)}
