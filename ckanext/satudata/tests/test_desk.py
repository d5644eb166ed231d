"""The desk as officers, strangers and API clients meet it."""

import re
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.shared import clock, process, raw_writes
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "unbound")


class Office:
    """One agency with its officers, and a case at its first step."""

    def __init__(self):
        self.agency = factories.Organization()["id"]
        self.operator, self.verifier, self.head = (
            officer(role, self.agency) for role in (Role.OPERATOR, Role.VERIFIER, Role.PRODUCER_HEAD)
        )
        self.walidata = officer(Role.WALIDATA)
        self.case_id = self.start()

    def start(self, subject="Jumlah sekolah"):
        case = process.start(
            model.Session,
            "preparation",
            subject_type="dataset",
            subject_id=subject,
            organization_id=self.agency,
            actor=actor_for(model.User.get(self.operator["id"])),
        )
        model.Session.commit()
        return case.id


@pytest.fixture
def office():
    return Office()


def headers(user):
    return {"Authorization": user["token"]}


def call(action, user, **data):
    return helpers.call_action(action, {"user": user["name"], "ignore_auth": False}, **data)


def give(office, user, command, **data):
    return call("satudata_case_command", user, id=office.case_id, command=command, **data)


def form_of(page, command):
    """The hidden fields of a command's form on a page."""
    part = re.search(rf'data-command="{command}".*?</details>', page, re.S).group(0)
    return dict(re.findall(r'name="(key|step_id)" value="([^"]+)"', part))


def test_the_whole_way_by_api(office):
    assert call("satudata_inbox", office.operator)["count"] == 1
    give(office, office.operator, "submit", key="1")
    give(office, office.verifier, "return_", note="Judul terlalu umum", key="1")
    give(office, office.operator, "submit", key="2")
    give(office, office.verifier, "approve", key="2")
    give(office, office.head, "approve", key="1")
    answer = give(office, office.walidata, "publish", key="1")
    assert answer["outcome"] == "publish"
    shown = call("satudata_case_show", office.operator, id=office.case_id)
    assert [entry["event"] for entry in shown["journal"]][-1] == "published"
    assert [entry["text"] for entry in shown["journal"] if entry["text"]] == ["Judul terlalu umum"]
    assert shown["commands"] == []


def test_refusals_name_their_field(office):
    give(office, office.operator, "submit")
    for command, field in (("return_", "note"), ("terbang", "command"), ("", "command")):
        with pytest.raises(tk.ValidationError) as caught:
            give(office, office.verifier, command)
        assert field in caught.value.error_dict


def test_a_stale_api_call_says_what_happened(office):
    give(office, office.operator, "submit")
    give(office, office.verifier, "return_", note="x")
    with pytest.raises(tk.ValidationError) as caught:
        give(office, office.head, "approve")
    assert model.User.get(office.verifier["id"]).display_name in str(caught.value.error_dict)
    assert caught.value.error_dict["conflict"] == caught.value.error_dict["__all__"]
    assert "“Returned” at step 8" in str(caught.value.error_dict) and "{" not in str(
        caught.value.error_dict["conflict"]
    )


def test_a_command_that_comes_too_early_is_told_who_is_waited_for(office):
    give(office, office.operator, "submit")
    with pytest.raises(tk.ValidationError) as caught:
        give(office, office.walidata, "publish")
    told = caught.value.error_dict["conflict"][0]
    assert "step 8" in told and "Verifier, Head of the producing agency" in told
    assert office.operator["name"] not in told


def test_sysadmins_have_no_role_by_that(office):
    admin = factories.Sysadmin()
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action(
            "satudata_case_command", {"user": admin["name"], "ignore_auth": True}, id=office.case_id, command="submit"
        )
    assert call("satudata_case_show", admin, id=office.case_id)["commands"] == []


def test_people_without_a_role_find_no_desk(app, office):
    stranger, elsewhere = factories.UserWithToken(), officer(Role.OPERATOR, factories.Organization()["id"])
    assert app.get("/meja", headers=headers(stranger), status=403)
    assert "/meja" not in app.get("/", headers=headers(stranger)).body
    for user in (stranger, elsewhere):
        app.get(f"/meja/{office.case_id}", headers=headers(user), status=404)
        app.post(f"/meja/{office.case_id}/submit", headers=headers(user), status=404)
        with pytest.raises(tk.ObjectNotFound):
            call("satudata_case_show", user, id=office.case_id)
    assert "/user/login" in app.get("/meja", follow_redirects=False).headers["Location"]
    app.get("/api/3/action/satudata_inbox", status=403)


def test_the_desk_groups_by_due_time(app, office):
    late, today = office.start("terlambat"), office.start("hari ini")
    now = clock.now()
    for case_id, due_at in ((late, now - timedelta(days=1)), (today, now + timedelta(seconds=50))):
        values = {"due_at": due_at, "due_on": due_at.astimezone(clock.zone()).date()}
        with raw_writes.writing(model.Session, CaseStep):
            model.Session.execute(sa.update(CaseStep).where(CaseStep.case_id == case_id).values(values))
    model.Session.commit()
    found = call("satudata_inbox", office.operator)
    assert found["groups"]["overdue"] == 1 and found["groups"]["today"] >= 1 and found["count"] == 3
    page = app.get("/meja", headers=headers(office.operator)).body
    assert page.index('data-group="overdue"') < page.index("terlambat") < page.index('data-group="today"')
    assert "Kirim ke Verifikator" in page


def test_what_others_have_is_shown_as_waiting(office):
    give(office, office.operator, "submit")
    found = call("satudata_inbox", office.operator)
    assert found["count"] == 0 and found["groups"]["waiting"] == 1


def test_what_others_have_too_long_is_marked_late(app, office):
    give(office, office.operator, "submit")
    past = clock.now() - timedelta(days=1)
    values = {"due_at": past, "due_on": past.astimezone(clock.zone()).date()}
    late = sa.update(CaseStep).where(CaseStep.case_id == office.case_id, CaseStep.done_at.is_(None)).values(values)
    with raw_writes.writing(model.Session, CaseStep):
        model.Session.execute(late)
    model.Session.commit()
    auditor = officer(Role.AUDITOR)
    for user in (office.operator, auditor):
        found = call("satudata_inbox", user)
        assert [row["late"] for row in found["rows"]] == [True] and found["groups"]["waiting"] == 1
        page = BeautifulSoup(app.get("/meja", headers=headers(user)).body, "html.parser")
        assert "terlambat" in page.select_one("[data-group=waiting] td[data-label='Batas waktu']").text.lower()
        assert "1 terlambat" in page.select_one("[data-group=waiting] h2").text


def test_finished_cases_are_found_by_who_worked_on_them_and_by_the_auditor(app, office):
    auditor, stranger = officer(Role.AUDITOR), officer(Role.VERIFIER, office.agency)
    assert call("satudata_case_list_ended", auditor) == []
    for who, command in (("operator", "submit"), ("verifier", "approve"), ("head", "approve"), ("walidata", "publish")):
        give(office, getattr(office, who), command)
    office.start("masih jalan")
    for user in (auditor, office.operator, office.walidata):
        (row,) = call("satudata_case_list_ended", user)
        assert row["case_id"] == office.case_id and row["outcome_name"] == "Published"
        page = app.get("/meja/selesai", headers=headers(user)).body
        assert f"/meja/{office.case_id}" in page and ">Terbit<" in page
        assert 'href="/meja/selesai"' in app.get("/meja", headers=headers(user)).body
    assert call("satudata_case_list_ended", stranger) == []
    app.get("/meja/selesai", headers=headers(factories.UserWithToken()), status=403)


def test_cases_of_an_agency_somebody_left_take_no_place_among_the_finished(office):
    operator, now = office.operator["id"], factories.Organization()["id"]
    office.start("kedua")
    left, office.agency = office.agency, now
    kept = office.start("di unit baru")
    model.Session.execute(sa.update(OfficerRole).where(OfficerRole.user_id == operator).values(organization_id=now))
    with raw_writes.writing(model.Session, Case):
        for agency, ended_at in ((left, clock.now()), (now, clock.now() - timedelta(days=1))):
            cases = sa.update(Case).where(Case.organization_id == agency)
            model.Session.execute(cases.values(ended_at=ended_at, outcome="publish"))
    model.Session.commit()
    (row,) = call("satudata_case_list_ended", office.operator, limit=1)
    assert row["case_id"] == kept
    assert call("satudata_case_list_ended", office.operator, limit=1, offset=1) == []


def test_the_desk_comes_as_csv(app, office):
    office.start("kedua")
    answer = app.get("/meja?format=csv", headers=headers(office.operator))
    assert answer.mimetype == "text/csv" and "no-store" in answer.headers["Cache-Control"]
    assert "Batas waktu" in answer.body and answer.body.count("\n") == 3
    assert 'href="/meja?format=csv"' in app.get("/meja", headers=headers(office.operator)).body


def test_finished_cases_come_as_csv(app, office):
    for who, command in (("operator", "submit"), ("verifier", "approve"), ("head", "approve"), ("walidata", "publish")):
        give(office, getattr(office, who), command)
    who = headers(office.operator)
    assert 'href="/meja/selesai?page=1&amp;format=csv"' in app.get("/meja/selesai", headers=who).body
    answer = app.get("/meja/selesai?page=1&format=csv", headers=who)
    assert answer.mimetype == "text/csv" and "no-store" in answer.headers["Cache-Control"]
    _heads, row = answer.body.splitlines()
    assert row.split(";")[1:] == ["Penyebarluasan Data", *[clock.today().isoformat()] * 2, "Terbit"]


def test_an_empty_desk_of_a_role_without_a_step_says_why(app, office):
    staff, verifier = officer(Role.STAFF), officer(Role.VERIFIER, factories.Organization()["id"])
    assert "belum memberi langkah untuk peran Staf seksi" in app.get("/meja", headers=headers(staff)).body
    assert "belum memberi langkah" not in app.get("/meja", headers=headers(verifier)).body


def test_the_address_of_a_refused_command_leads_back_to_its_form(app, office):
    give(office, office.operator, "submit")
    for address in (f"/meja/{office.case_id}/return_", f"/meja/{office.case_id}/return_/pratinjau"):
        page = app.get(address, headers=headers(office.verifier)).body
        assert re.search(r'data-command="return_" open', page)
        app.get(address, headers=headers(factories.UserWithToken()), status=404)
    app.get(f"/meja/{office.case_id}/terbang", headers=headers(office.verifier), status=404)


def test_a_step_barred_by_four_eyes_is_not_counted(office):
    from ckanext.satudata.tests.factories import hold

    hold(office.operator["id"], Role.VERIFIER, office.agency)
    give(office, office.operator, "submit")
    found = call("satudata_inbox", office.operator)
    assert found["count"] == 0 and not [row for row in found["rows"] if row["commands"]]


def test_the_way_through_forms(app, office):
    url = f"/meja/{office.case_id}"
    page = app.get(url, headers=headers(office.operator)).body
    form = form_of(page, "submit")
    assert form["key"] and form["step_id"]
    done = app.post(f"{url}/submit", headers=headers(office.operator), params=form)
    told = BeautifulSoup(done.body, "html.parser").select_one(".flash-messages").text
    assert "Kirim ke Verifikator" in told and "Sekarang di tangan: Verifikator" in told and "Kembali ke meja" in told
    # The same form again (a double click) does nothing more and shows no error.
    app.post(f"{url}/submit", headers=headers(office.operator), params=form, status=200)
    journal = call("satudata_case_show", office.operator, id=office.case_id)["journal"]
    assert [entry["event"] for entry in journal] == ["started", "submitted"]


def test_a_return_without_a_note_comes_back_with_the_form_open(app, office):
    give(office, office.operator, "submit")
    url = f"/meja/{office.case_id}"
    form = form_of(app.get(url, headers=headers(office.verifier)).body, "return_")
    page = app.post(f"{url}/return_", headers=headers(office.verifier), params={**form, "note": " "}, status=422).body
    assert "aria-invalid" in page and re.search(r'data-command="return_" open', page)


def test_a_stale_form_keeps_what_was_typed_and_tells_who_was_faster(app, office):
    give(office, office.operator, "submit")
    url = f"/meja/{office.case_id}"
    form = form_of(app.get(url, headers=headers(office.head)).body, "return_")
    give(office, office.verifier, "return_", note="lebih dulu")
    typed = "Angka 2025 belum lengkap"
    page = app.post(f"{url}/return_", headers=headers(office.head), params={**form, "note": typed}, status=409).body
    assert typed in page and model.User.get(office.verifier["id"]).display_name in page and "lebih dulu" in page
    assert "“Dikembalikan”" in page


def test_a_button_of_the_desk_leads_to_the_open_form(app, office):
    give(office, office.operator, "submit")
    desk = BeautifulSoup(app.get("/meja", headers=headers(office.verifier)).body, "html.parser")
    button = desk.select_one(".sd-desk-do a")
    assert button.text.strip() == "Setujui dataset" and button["href"].endswith("?tindakan=approve#lakukan")
    page = app.get(button["href"].split("#")[0], headers=headers(office.verifier)).body
    case = BeautifulSoup(page, "html.parser")
    assert [fold["data-command"] for fold in case.select("#lakukan details[open]")] == ["approve"]
    assert page.index('id="lakukan"') < page.index('id="steps-title"')
    plain = BeautifulSoup(app.get(f"/meja/{office.case_id}", headers=headers(office.verifier)).body, "html.parser")
    assert not plain.select("#lakukan details[open]")


def test_the_desk_shows_one_kind_of_work(app, office):
    hold(office.operator["id"], Role.WALIDATA)
    process.start(
        model.Session,
        "report",
        subject_type="report",
        subject_id="2026-09",
        data={"from_on": "2026-09-01", "until_on": "2026-09-30"},
        organization_id=office.agency,
        actor=actor_for(model.User.get(office.operator["id"])),
    )
    model.Session.commit()

    def shown(address):
        page = BeautifulSoup(app.get(address, headers=headers(office.operator)).body, "html.parser")
        return len(page.select(".sd-desk tbody tr")), page.text, [one["href"] for one in page.select(".sd-periods a")]

    count, text, filters = shown("/meja")
    assert count == 2 and "Laporan penyebarluasan, September 2026" in text
    assert {"/meja", "/meja?process=report", "/meja?process=preparation"} == set(filters)
    count, text, _filters = shown("/meja?process=report")
    assert count == 1 and "Laporan penyebarluasan, September 2026" in text
    assert shown("/meja?process=preparation")[0] == 1 and shown("/meja?process=apa")[0] == 2


def test_no_letter_is_previewed_by_who_may_not_give_the_command(app, office):
    give(office, office.operator, "submit")
    for user in (office.operator, office.walidata, factories.UserWithToken(), office.verifier):
        app.post(f"/meja/{office.case_id}/approve/pratinjau", headers=headers(user), status=404)


def test_a_get_changes_nothing(app, office):
    answer = app.get(f"/meja/{office.case_id}/submit", headers=headers(office.operator), follow_redirects=False)
    assert answer.status_code == 302
    assert call("satudata_inbox", office.operator)["count"] == 1


def test_the_number_stands_in_the_navigation(app, office):
    body = app.get("/", headers=headers(office.operator)).body
    assert re.search(r'href="/meja".*?sd-count">1<', body, re.S)


def test_everybody_reads_the_sop_as_the_official_form(app):
    overview = app.get("/sop").body
    for name in ("preparation", "request", "report"):
        body = app.get(f"/sop/{name}").body
        assert "hari kerja" in body and "Uraian Prosedur" in body and f"/sop/{name}" in overview
    assert "Susunan umum portal" in overview  # the complaint, which Malang's SOPs do not regulate
    app.get("/sop/apa-saja", status=404)
    app.get("/sop/apa-saja.pdf", status=404)


def test_the_procedure_shows_who_does_what_and_where_it_goes(app):
    page = BeautifulSoup(app.get("/sop/preparation").body, "html.parser")
    roles = [cell.text for cell in page.select(".sd-sop .sd-sop-performer")]
    assert roles[:2] == ["Walidata", "Kepala Produsen Data"]
    check = page.select_one("#baris-8")
    spoken = check.select_one(".sd-sop-cell .visually-hidden").text
    assert spoken == "Kepala Produsen Data: keputusan; berlanjut ke sesuai: baris 9, tidak sesuai: baris 7"
    assert check.select(".sd-sop-cell svg path")
    assert not page.select(".sd-notice-warn")


def test_an_operator_begins_from_the_menu_and_the_phone_shows_the_count(app, office):
    page = BeautifulSoup(app.get("/about", headers=headers(office.operator)).body, "html.parser")
    links = {link["href"] for link in page.select(".sd-account a")}
    assert {"/meja/data/draf", "/dataset/new"} <= links and "/dashboard/datasets" not in links
    assert page.select_one(".sd-menu-button .sd-count").text == "1"
    page = BeautifulSoup(app.get("/about", headers=headers(office.verifier)).body, "html.parser")
    links = {link["href"] for link in page.select(".sd-account a")}
    assert not links & {"/meja/data/draf", "/dataset/new", "/dashboard/datasets"}
    assert page.select_one(".sd-menu-button .sd-count") is None


def test_a_mail_names_the_agency_and_no_title(office):
    from ckanext.satudata.shared.work import step_mail

    give(office, office.operator, "submit")
    params = {"case_id": office.case_id, "process": "Penyebarluasan Data", "step": "Memeriksa", "due_on": None}
    subject, body = step_mail.step_opened(params)
    assert model.Group.get(office.agency).title in subject and f"/meja/{office.case_id}" in body
    assert "Jumlah sekolah" not in subject + body
    assert "(" not in step_mail.step_opened({**params, "case_id": "gone"})[0]


def test_words_are_indonesian(app, office):
    give(office, office.operator, "submit")
    page = app.get(f"/meja/{office.case_id}", headers=headers(office.verifier)).body
    for word in ("Setujui", "Kembalikan ke Operator", "Jejak audit", "Langkah"):
        assert word in page
    assert "Return to" not in page


def test_due_dates_explain_themselves():
    from ckanext.satudata.shared.calendar import holidays

    holidays.seed(model.Session, [2026])
    model.Session.commit()
    due = helpers.call_action("satudata_due_date_show", start="2026-03-16T10:00:00+07:00", count=3, unit="working_days")
    assert due["due_on"] == "2026-03-26" and due["due_at"] == "2026-03-26T23:59:59+07:00"
    assert {"date": "2026-03-19", "counted": False, "reason": "Hari Suci Nyepi"} in due["days"]
    assert "Hari Suci Nyepi" in due["explanation"] and not due["provisional"]
    paused = helpers.call_action(
        "satudata_due_date_show",
        start="2026-06-01T09:00:00+07:00",
        count=3,
        unit="working_days",
        pauses=[{"from": "2026-06-02T09:00:00+07:00", "to": "2026-06-05T09:00:00+07:00"}],
    )
    assert paused["due_on"] == "2026-06-08"


def test_bad_due_date_questions_are_refused():
    start = "2026-03-16T10:00:00+07:00"
    for data, field in (
        ({"start": "kemarin", "count": 1}, "start"),
        ({"start": "2026-03-16T10:00:00", "count": 1}, "start"),
        ({"start": "9999-12-30T10:00:00+07:00", "count": 1000}, "start"),
        ({"start": start, "count": "x"}, "count"),
        ({"start": start, "count": -1}, "count"),
        ({"start": start, "count": 1, "unit": "hari"}, "unit"),
        ({"start": start, "count": 1, "pauses": "x"}, "pauses"),
        ({"start": start, "count": 1, "pauses": [{"from": "x"}]}, "pauses"),
    ):
        with pytest.raises(tk.ValidationError) as caught:
            helpers.call_action("satudata_due_date_show", **data)
        assert field in caught.value.error_dict, data


def test_holidays_of_a_decree_survive_a_seed():
    from datetime import date

    from ckanext.satudata.model.holiday import LOCAL, Holiday
    from ckanext.satudata.shared import clock
    from ckanext.satudata.shared.calendar import holidays

    model.Session.add(Holiday(on=date(2026, 4, 1), name="HUT Kota", kind=LOCAL, source="SK 1/2026", estimated=False))
    model.Session.commit()
    assert holidays.seed(model.Session, [2026]) > 20
    assert holidays.seed(model.Session, [2026]) == 0
    model.Session.commit()
    calendar = clock.calendar()
    assert calendar.holidays[date(2026, 4, 1)] == "HUT Kota" and 2026 in calendar.decreed_years


def test_buttons_of_one_name_say_for_which_role_and_calling_back_stands_once(office):
    give(office, office.operator, "submit")
    both = office.verifier
    hold(both["id"], Role.PRODUCER_HEAD, office.agency)
    labels = [item["label"] for item in call("satudata_case_show", both, id=office.case_id)["commands"]]
    assert len(set(labels)) == len(labels) > 2
    commands = [item["command"] for item in call("satudata_case_show", office.operator, id=office.case_id)["commands"]]
    assert commands == ["withdraw"]
