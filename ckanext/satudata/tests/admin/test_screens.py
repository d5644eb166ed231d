"""The administration's screens: who sees them, what they take, what they say."""

from __future__ import annotations

import io
import itertools
import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.holiday import Holiday
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.care import doctor, first_steps
from ckanext.satudata.shared.people import invitations
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

HOME = "/admin/satudata"
PAGES = [
    HOME,
    f"{HOME}/pejabat",
    f"{HOME}/pejabat/baru",
    f"{HOME}/pejabat/impor",
    f"{HOME}/pemerintah",
    f"{HOME}/hari-libur",
    f"{HOME}/hari-libur/impor",
    f"{HOME}/jam-layanan",
    f"{HOME}/surel",
    f"{HOME}/pemeriksaan",
    f"{HOME}/jurnal",
]


def sign(user):
    return {"Authorization": user["token"]}


def test_walidata_sees_every_page_and_its_entry(app):
    walidata = officer(Role.WALIDATA)
    for page in PAGES:
        answer = app.get(page, headers=sign(walidata))
        assert answer.status_code == 200, page
        assert f'href="{HOME}"' in answer.body
        assert answer.body.count("<h1") == 1


def test_nobody_else_sees_them(app):
    without, other = factories.UserWithToken(), officer(Role.OPERATOR, "agency")
    for page, who in itertools.product(PAGES, (without, other)):
        assert app.get(page, headers=sign(who), status=404)
    assert HOME not in app.get("/about", headers=sign(without)).body
    for page in PAGES:
        answer = app.get(page, follow_redirects=False)
        assert answer.status_code == 302 and "/user/login" in answer.location


def test_the_auditor_sees_the_journal_only(app):
    auditor = officer(Role.AUDITOR)
    for page in PAGES:
        app.get(page, headers=sign(auditor), status=200 if page.endswith("jurnal") else 404)
    assert f"{HOME}/jurnal" in app.get("/about", headers=sign(auditor)).body
    app.get(f"{HOME}/jurnal?since=soon", headers=sign(auditor), status=422)


def test_a_role_is_given_and_a_mistake_keeps_what_was_typed(app):
    walidata, user = officer(Role.WALIDATA), factories.User()
    typed = {"user": user["name"], "role": "ppid", "letter_number": "", "fullname": "Tetap Ada", "kind": "definitive"}
    answer = app.post(f"{HOME}/pejabat/baru", params=typed, headers=sign(walidata), status=422)
    assert 'href="#field-letter_number"' in answer.body and "Tetap Ada" in answer.body
    typed["letter_number"] = "800/7"
    app.post(f"{HOME}/pejabat/baru", params=typed, headers=sign(walidata), follow_redirects=False, status=302)
    end = f"{HOME}/pejabat/{model.Session.query(OfficerRole.id).filter_by(user_id=user['id']).scalar()}/akhiri"
    app.post(end, params={"reason": ""}, headers=sign(walidata), status=422)
    app.post(end, params={"reason": "SK 9"}, headers=sign(walidata))
    assert "SK 9" in app.get(f"{HOME}/pejabat/orang/{user['id']}", headers=sign(walidata)).body


def test_every_fault_of_the_form_is_told_at_once_with_its_field(app):
    walidata = officer(Role.WALIDATA)
    answer = app.post(f"{HOME}/pejabat/baru", params={"kind": "plt"}, headers=sign(walidata), status=422)
    for field in ("email", "role", "letter_number", "valid_until_on"):
        assert f'href="#field-{field}"' in answer.body and f'id="error-{field}"' in answer.body, field
    assert "Peran belum dipilih" in answer.body
    typed = {"user": "tidak-ada", "role": "operator", "kind": "an", "valid_from_on": "kemarin", "letter_number": "1"}
    answer = app.post(f"{HOME}/pejabat/baru", params=typed, headers=sign(walidata), status=422)
    for field in ("user", "organization_id", "processes", "valid_from_on"):
        assert f'href="#field-{field}"' in answer.body, field
    assert model.Session.query(OfficerRole).count() == 1


def test_processes_are_those_that_run_and_asked_for_only_with_an(app):
    form = app.get(f"{HOME}/pejabat/baru", headers=sign(officer(Role.WALIDATA))).body
    asked = re.findall(r'name="processes" value="(\w+)"', form)
    assert set(asked) == set(sops.current()) and "hanya untuk a.n." in form


def upload(app, who, content, **fields):
    files = {"file": (io.BytesIO(content), "pejabat.csv")} if content is not None else {}
    return app.post(f"{HOME}/pejabat/impor", data={**fields, **files}, headers=sign(who), follow_redirects=False)


def test_a_list_is_previewed_and_then_stored(app):
    walidata = officer(Role.WALIDATA)
    head = "email;nama;peran;nomor_surat\n"
    wrong = upload(app, walidata, (head + "a@b.example;A;ppid;1\nb@b.example;B;raja;1\n").encode())
    assert "peran" in wrong.body and 'name="step"' not in wrong.body
    good = head + "a@b.example;=A;ppid;1\n"
    assert 'name="step"' in upload(app, walidata, good.encode()).body
    assert model.Session.query(OfficerRole).filter_by(role="ppid").count() == 0
    assert upload(app, walidata, None, csv=good, step="store").status_code == 302
    assert model.Session.query(OfficerRole).filter_by(role="ppid").count() == 1
    listed = app.get(f"{HOME}/pejabat?format=csv", headers=sign(walidata)).body
    assert "a@b.example;'=A;ppid" in listed
    assert model.Session.query(model.User).filter_by(email="a@b.example").one().name in listed
    again = upload(app, walidata, listed.encode(), step="store")
    assert 'name="step"' not in again.body


def test_the_preview_shows_what_was_read(app):
    walidata, agency = officer(Role.WALIDATA), factories.Organization(title="Dinas Kesehatan")
    head = "email;peran;unit;jenis;proses;mulai;sampai;nomor_surat;tanggal_surat\n"
    line = f"a@b.example;ppid pembantu;{agency['name']};a.n.;request;03/04/2026;31/12/26;800/7;1 Maret 2026\n"
    page = upload(app, walidata, (head + line + "x;raja;y;;;;;2;\n" + line).encode()).body
    for part in ("3 April 2026", "31 Desember 2026", "800/7", "1 Maret 2026", "Dinas Kesehatan", "a.n.", "baris 2"):
        assert part in page, part
    assert page.index(">3</th>") < page.index(">2</th>") < page.index(">4</th>")
    assert page.count("<strong>") >= 3


def test_a_faulty_line_shows_what_was_typed_and_columns_have_words(app):
    head = "email;peran;unit;mulai;sampai;nomor_surat;tanggal_surat\n"
    page = upload(app, officer(Role.WALIDATA), (head + "x;raja;;1/1/26;besok;;akhir Maret\n").encode()).body
    for typed in ("1/1/26 – besok", "akhir Maret"):
        assert typed in page, typed
    table = page[page.index("<table") : page.index("</table>")]
    assert "<strong>Nomor surat</strong>" in table and "<strong>Peran</strong>" in table
    assert "nomor_surat" not in table and "Person" not in table and ">Pejabat</th>" in table


def test_a_file_that_is_no_list_is_refused(app):
    walidata = officer(Role.WALIDATA)
    for content in (b"", b"\x00\x01", b"PK\x03\x04", b"x" * 400_000):
        answer = upload(app, walidata, content)
        assert answer.status_code == 422 and 'href="#field-file"' in answer.body


def invited(**data):
    walidata = officer(Role.WALIDATA)
    call = {"email": "baru@dinas.example", "role": "ppid", "letter_number": "1", **data}
    row = helpers.call_action("satudata_officer_assign", {"user": walidata["name"], "ignore_auth": False}, **call)
    invitation = model.Session.scalars(sa.select(Invitation)).one()
    return walidata, row, f"/undangan/{invitations.token_of(invitation.id)}"


NEW = {"fullname": "Baru Sekali", "password": "tiga kata saja", "password2": "tiga kata saja"}


def test_an_invited_officer_opens_the_account_once(app):
    _, row, link = invited()
    page = app.get(link)
    assert page.status_code == 200 and page.headers["Referrer-Policy"] == "no-referrer"
    short = app.post(link, params={**NEW, "password": "x", "password2": "x"}, status=422)
    assert 'href="#field-password"' in short.body and "Baru Sekali" in short.body
    app.post(link, params={**NEW, "password2": "lain"}, status=422)
    app.post(link, params=NEW, follow_redirects=False, status=302)
    user = model.User.get(row["user_id"])
    model.Session.refresh(user)
    assert user.state == "active" and user.validate_password(NEW["password"])
    app.post(link, params=NEW, status=404)
    app.get(link, status=404)


def test_every_fault_of_the_acceptance_is_told_at_once(app):
    _, row, link = invited()
    page = app.post(link, params={"fullname": " ", "password": "x", "password2": "y"}, status=422).body
    for field in ("fullname", "password", "password2"):
        assert f'href="#field-{field}"' in page and f'id="error-{field}"' in page, field
    assert model.User.get(row["user_id"]).state == "pending"


def test_the_invitation_names_role_agency_letter_and_sender():
    agency = factories.Organization(title="Dinas Contoh")
    data = {"role": "verifier", "organization_id": agency["id"], "kind": "plt", "letter_number": "800/77"}
    walidata, row, _ = invited(**data, letter_on="2026-03-02", valid_from_on="2026-03-03", valid_until_on="2099-12-31")
    text = mail_of(row)
    for part in ("Plt. Verifikator", "Dinas Contoh", "surat 800/77 tanggal 2 Maret 2026", "mulai 3 Maret 2026"):
        assert part in text, part
    assert "sampai 31 Desember 2099" in text and walidata["display_name"] in text
    again = {"email": "lain@dinas.example", "role": "ppid", "letter_number": "9"}
    portal = helpers.call_action("get_site_user")["name"]
    row = helpers.call_action("satudata_officer_assign", {"user": portal}, **again)
    assert "surat 9" in mail_of(row) and "dikirim oleh" not in mail_of(row)


def mail_of(row):
    invitation = model.Session.scalars(sa.select(Invitation).where(Invitation.user_id == row["user_id"])).one()
    with wording.speaking():
        return invitations._mail({"invitation_id": invitation.id})[1]


def test_a_link_ends_after_seven_days_or_by_a_newer_one(app, freezer):
    freezer.move_to("2026-03-02 08:00:00")
    walidata, row, link = invited()
    freezer.move_to("2026-03-09 08:00:00")
    app.get(link, status=404)
    again = {"user": row["user_id"]}
    helpers.call_action("satudata_officer_invite", {"user": walidata["name"], "ignore_auth": False}, **again)
    newer = model.Session.scalars(sa.select(Invitation).where(Invitation.replaced_at.is_(None))).one()
    app.get(f"/undangan/{invitations.token_of(newer.id)}", status=200)
    freezer.move_to("2026-03-08 08:00:00")
    app.get(link, status=404)
    app.get("/undangan/" + "0" * 64, status=404)


def test_no_table_holds_a_working_link():
    _, _, link = invited()
    token = link.rsplit("/", 1)[1]
    for table in (Invitation, Outbox, Journal):
        for row in model.Session.scalars(sa.select(table)):
            assert token not in str(vars(row))


def test_government_options_are_stored_and_shown(app):
    walidata = officer(Role.WALIDATA)
    page = f"{HOME}/pemerintah"
    values = helpers.call_action("satudata_settings_show", {"user": walidata["name"], "ignore_auth": False})
    wrong = {**values, "government_name": "Kota Uji", "colour_primary": "red;}", "number_pattern": "{urut}"}
    answer = app.post(page, params=wrong, headers=sign(walidata), status=422)
    assert 'href="#field-colour_primary"' in answer.body and 'href="#field-number_pattern"' in answer.body
    assert "Kota Uji" in answer.body and "Kota Uji" not in app.get("/about").body
    try:
        app.post(page, params={**values, "government_name": "Kota Uji"}, headers=sign(walidata))
        assert "Kota Uji" in app.get("/about").body
        entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "settings_changed")).one()
        assert list(entry.payload) == ["ckanext.satudata.government_name"]
    finally:
        helpers.call_action("satudata_settings_update", {"user": walidata["name"]}, **values)


def test_local_days_off_are_added_and_removed(app):
    walidata, page = officer(Role.WALIDATA), f"{HOME}/hari-libur"
    on = f"{clock.today().year + 1}-04-01"
    day = {"on": on, "name": "Hari Jadi Kota", "decree": "SK 1/2026"}
    for wrong in ({"on": clock.today().isoformat()}, {"on": "kemarin"}, {"name": ""}, {"decree": ""}):
        answer = app.post(page, params={**day, **wrong}, headers=sign(walidata), status=422)
        assert f'href="#field-{next(iter(wrong))}"' in answer.body
    app.post(page, params=day, headers=sign(walidata), follow_redirects=False, status=302)
    app.post(page, params=day, headers=sign(walidata), status=422)
    assert model.Session.query(Holiday).filter_by(name="Hari Jadi Kota").count() == 1
    address = f"{page}?year={on[:4]}&format=csv"
    assert f'href="{address.replace("&", "&amp;")}"' in app.get(f"{page}?year={on[:4]}", headers=sign(walidata)).body
    listed = app.get(address, headers=sign(walidata))
    assert listed.mimetype == "text/csv" and f"{on};Hari Jadi Kota;Libur daerah;SK 1/2026\r" in listed.data.decode()
    app.post(f"{page}/{on}/hapus", params={"decree": ""}, headers=sign(walidata), status=422)
    app.post(f"{page}/{on}/hapus", params={"decree": "SK 2"}, headers=sign(walidata))
    assert model.Session.query(Holiday).filter_by(name="Hari Jadi Kota").one().kind == "working"
    app.post(f"{page}/{on}/hapus", params={"decree": "SK 2"}, headers=sign(walidata), status=404)
    app.get(f"{page}/nonsense/hapus", headers=sign(walidata), status=404)


def test_waiting_mails_are_retried_and_given_up(app):
    walidata = officer(Role.WALIDATA)
    app.post(f"{HOME}/surel/uji", headers=sign(walidata))
    mail_id = model.Session.scalars(sa.select(Outbox.id)).one()
    assert "Surel uji" in app.get(f"{HOME}/surel", headers=sign(walidata)).body
    app.post(f"{HOME}/surel/{mail_id}/kirim", headers=sign(walidata))
    app.post(f"{HOME}/surel/{mail_id}/batal", params={"reason": ""}, headers=sign(walidata))
    assert model.Session.get(Outbox, mail_id).dropped_at is None
    app.post(f"{HOME}/surel/{mail_id}/batal", params={"reason": "salah"}, headers=sign(walidata))
    assert model.Session.get(Outbox, mail_id, populate_existing=True).dropped_at is not None
    app.post(f"{HOME}/surel/none/kirim", headers=sign(walidata), status=404)


def test_mails_are_shown_by_state_and_page(app, monkeypatch):
    from ckanext.satudata.views import admin

    monkeypatch.setattr(admin, "MAILS", 2)
    walidata = officer(Role.WALIDATA)
    for number in range(5):
        sent_at = clock.now() if number < 3 else None
        mail = Outbox(key=f"m{number}", kind="test_mail", to_user=walidata["id"], sent_at=sent_at, attempts=number)
        model.Session.add(mail)
    model.Session.commit()

    def rows(address):
        return app.get(f"{HOME}/surel{address}", headers=sign(walidata)).body.count('<th scope="row"')

    assert (rows("?state=sent"), rows("?state=sent&page=2"), rows("?state=sent&page=3")) == (2, 1, 0)
    page = app.get(f"{HOME}/surel?state=sent&page=2", headers=sign(walidata)).body
    assert f'href="{HOME}/surel?state=sent&amp;page=2&amp;format=csv"' in page
    listed = app.get(f"{HOME}/surel?state=sent&page=2&format=csv", headers=sign(walidata))
    _heads, mail = listed.data.decode().splitlines()
    assert listed.mimetype == "text/csv" and mail.startswith("Surel uji;;") and ";terkirim;" in mail
    assert rows("?state=failing") == 2 and rows("?state=dropped") == 0 and rows("?page=x&state=apa") == 2
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_mail_list", {"user": walidata["name"]}, state="apa")


def test_officers_stand_once_each_and_on_pages(app, monkeypatch):
    from ckanext.satudata.views import officers

    monkeypatch.setattr(officers, "PEOPLE", 1)
    walidata = officer(Role.WALIDATA)
    hold(walidata["id"], Role.PPID)
    other = officer(Role.AUDITOR)
    names = [f'{HOME}/pejabat/orang/{one["id"]}"' for one in (walidata, other)]
    pages = [app.get(f"{HOME}/pejabat?page={page}", headers=sign(walidata)).body for page in (1, 2)]
    assert sorted(page.count(name) for page in pages for name in names) == [0, 0, 1, 1]
    assert "2 pejabat dengan 3 peran" in pages[0] and "page=2" in pages[0]
    assert app.get(f"{HOME}/pejabat?page=99", headers=sign(walidata)).body.count('<th scope="row"') == 1


def test_the_journal_is_searched_by_day_and_event(freezer):
    auditor = officer(Role.AUDITOR)
    freezer.move_to("2026-03-02 18:00:00")  # 3 March in Jakarta
    invited()
    search = {"user": auditor["name"], "ignore_auth": False}
    found = helpers.call_action("satudata_journal_search", search, since="2026-03-03", until="2026-03-03")
    assert {entry["event"] for entry in found["entries"]} == {"officer_assigned", "officer_invited"}
    assert helpers.call_action("satudata_journal_search", search, until="2026-03-02")["count"] == 0
    assert helpers.call_action("satudata_journal_search", search, event="officer_invited")["count"] == 1


def test_the_doctor_finds_dangerous_settings():
    mend = "Set ckan.datastore.sqlsearch.enabled = false."
    before = doctor.examine()
    assert not {"plugins", "tables"} & {one.check for one in before}
    assert mend not in {one.mend for one in before}
    with helpers.changed_config("ckan.datastore.sqlsearch.enabled", True):
        assert mend in {one.mend for one in doctor.examine() if one.danger}


def test_a_broken_check_is_itself_a_problem(monkeypatch):
    def broken():
        raise RuntimeError("secret")
        yield

    monkeypatch.setitem(doctor._checks, "broken", broken)
    (found,) = [one for one in doctor.examine() if one.check == "broken"]
    assert found.danger and "secret" not in " ".join(found.text())


def test_the_doctor_command_ends_with_an_error(cli):
    from ckan.cli.cli import ckan

    answer = cli.invoke(ckan, ["satudata", "doctor"])
    assert answer.exit_code == 1 and "DANGER" in answer.output and "ckan.site_url" in answer.output


def test_the_officers_command(cli):
    from ckan.cli.cli import ckan

    user = factories.User()
    given = cli.invoke(ckan, ["satudata", "officer", "assign", user["name"], "ppid", "--letter", "1"])
    assert given.exit_code == 0, given.output
    assert user["name"] in cli.invoke(ckan, ["satudata", "officer", "list"]).output
    refused = cli.invoke(ckan, ["satudata", "officer", "assign", user["name"], "ppid", "--letter", "1"])
    assert refused.exit_code == 1
    row_id = given.output.strip().splitlines()[-1]
    assert cli.invoke(ckan, ["satudata", "officer", "end", row_id, "--reason", "x"]).exit_code == 0


def test_options_set_through_ckan_are_checked_and_journalled_too(monkeypatch):
    for option in ("ckan.site_title", "ckan.site_about"):
        monkeypatch.setitem(tk.config, option, tk.config[option])
    admin = factories.Sysadmin()
    context = {"user": admin["name"], "ignore_auth": False}
    with pytest.raises(tk.ValidationError) as refusal:
        helpers.call_action("config_option_update", context, **{"ckanext.satudata.number_pattern": "TETAP"})
    assert "ckanext.satudata.number_pattern" in refusal.value.error_dict
    helpers.call_action(
        "config_option_update", context, **{"ckan.site_title": "Satu Data Lain", "ckan.site_about": "Tentang"}
    )
    assert (tk.config["ckan.site_title"], tk.config["ckan.site_about"]) == ("Satu Data Lain", "Tentang")
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "settings_changed")).one()
    assert entry.actor_name == admin["name"] and "Satu Data Lain" in str(entry.payload)


def _letterhead_done():
    return next(step.done for step in first_steps.steps([]) if step.title == "Letterhead")


def test_a_letterhead_that_keeps_the_default_is_done_once_it_is_saved(app):
    walidata, page = officer(Role.WALIDATA), f"{HOME}/pemerintah"
    values = helpers.call_action("satudata_settings_show", {"user": walidata["name"], "ignore_auth": False})
    assert not _letterhead_done()
    try:
        app.post(page, params={**values, "contact_address": ""}, headers=sign(walidata))
        assert not _letterhead_done(), "no address"
        app.post(page, params={**values, "contact_address": "Jalan Uji 1"}, headers=sign(walidata))
        assert _letterhead_done()
        entries = model.Session.scalars(sa.select(Journal).where(Journal.event == "settings_changed")).all()
        assert [list(entry.payload) for entry in entries] == [["ckanext.satudata.contact_address"]]
    finally:
        helpers.call_action("satudata_settings_update", {"user": walidata["name"]}, **values)


def test_the_summary_of_the_government_page_names_each_field(app):
    walidata, page = officer(Role.WALIDATA), f"{HOME}/pemerintah"
    answer = app.post(page, params={"logo": "http://jahat.example/x.svg"}, headers=sign(walidata), status=422)
    found = BeautifulSoup(answer.body, "html.parser")
    links = found.select(".sd-error-summary a")
    assert len(links) > 8
    for link in links:
        label = found.select_one(f"label[for={link['href'][1:]}]").find(string=True).strip()
        assert link.get_text().startswith(f"{label}: "), link


def test_a_day_off_is_added_above_the_list(app):
    year, who = clock.today().year + 1, officer(Role.WALIDATA)
    day = {"on": f"{year}-04-01", "name": "Hari Jadi Kota", "decree": "SK 1/2026"}
    app.post(f"{HOME}/hari-libur", params=day, headers=sign(who))
    page = app.get(f"{HOME}/hari-libur?year={year}", headers=sign(who)).body
    assert "Hari Jadi Kota" in page and page.index('id="field-decree"') < page.index("<caption")


def test_the_doctor_counts_the_mails_of_the_queue_and_leads_to_them(monkeypatch):
    manager = factories.Sysadmin()
    for attempts in (0, 1, 7):
        model.Session.add(Outbox(kind="test", to_user=manager["id"], attempts=attempts, last_error="away"))
    model.Session.commit()
    monkeypatch.setitem(tk.config, "smtp.server", "127.0.0.1:1")
    asked = {"user": manager["name"], "ignore_auth": False}
    found = helpers.call_action("satudata_doctor_show", asked)
    (mails,) = [one for one in found if one["page"].endswith("/admin/satudata/surel?state=failing")]
    assert mails["check"] == "mail" and "2 " in mails["what"]
    assert len(helpers.call_action("satudata_mail_list", asked, state="failing")) == 2
    bad = {one["check"] for one in found}
    assert len(doctor.well(bad)) == len(doctor.names()) - len(bad) > 3
