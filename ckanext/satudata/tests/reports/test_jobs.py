"""Reports in the background: asked at once by two, stopped, failed, resumed, kept, mailed; and by themselves."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import re
import signal
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib import jobs as queues
from freezegun import freeze_time

from ckanext.satudata.domain import report_job as rules
from ckanext.satudata.domain.sop_text import BadSop, Problem
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.report import FiledReport
from ckanext.satudata.model.report_job import ReportJob, ReportSchedule
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.reports import jobs, making, reckoning, schedules
from ckanext.satudata.shared import clock, notices, vault, wording
from ckanext.satudata.shared.documents import report_files
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "clean_queues")
ASKED = {"name": "monthly", "from_on": "2026-03-01", "until_on": "2026-03-31"}
EVERY = set(report_files.FORMATS)


@pytest.fixture
def walidata():
    return officer("walidata", user={"fullname": "Wati Walidata"})


def act(person, action, **data):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])}
    with wording.speaking("id"):
        return tk.get_action(action)(context, data)


def ask(person, **data):
    return act(person, "satudata_report_job_create", **{**ASKED, **data})


def shown(person, job):
    model.Session.rollback()
    return act(person, "satudata_report_job_show", id=job["id"])


def file_of(person, job, name):
    made = act(person, "satudata_report_job_file", id=job["id"], format=name)
    content = base64.b64decode(made["content"])
    assert hashlib.sha256(content).hexdigest() == made["sha256"]
    return content


def mails():
    model.Session.rollback()
    return model.Session.scalars(sa.select(Outbox).where(Outbox.kind == "report_made")).all()


def kept():
    found = sa.select(VaultObject).where(VaultObject.purpose == jobs.PURPOSE, VaultObject.deleted_at.is_(None))
    return model.Session.scalars(found).all()


def test_it_is_made_once_kept_and_told_by_a_link_alone(walidata, mail_sink):
    job = ask(walidata)
    assert (job["state"], job["done"], job["title"]) == ("waiting", 0, "Rekap Bulanan Perangkat Daerah")
    jobs.run(job["id"])
    jobs.run(job["id"])  # the queue may bring it twice
    done = shown(walidata, job)
    assert done["state"] == "done" and set(done["files"]) == EVERY and done["done"] == done["total"]
    assert json.loads(file_of(walidata, job, "json"))["name"] == "monthly"
    assert file_of(walidata, job, "pdf").startswith(b"%PDF") and file_of(walidata, job, "xlsx").startswith(b"PK")
    [mail] = mails()
    assert mail.params == {"job": job["id"], "user": walidata["id"]}
    assert notices.send_waiting() == (1, 0)
    [message] = mail_sink.to(walidata["email"])
    said = message["Subject"] + text_of(message)
    assert f"/laporan/antrean/{job['id']}" in said and not re.search("2026-03|Maret|Rekap", said)
    assert len(kept()) == len(EVERY)


def test_two_officers_who_press_at_once_get_the_same_one_and_both_are_told(walidata):
    auditor = officer("auditor")
    first, second = ask(walidata, formats=["xlsx"]), ask(auditor, formats=["csv"])
    assert first["id"] == second["id"] and second["formats"] == ["xlsx", "csv"]
    assert ask(walidata, until_on="2026-03-30")["id"] != first["id"]
    jobs.run(first["id"])
    assert set(shown(auditor, first)["files"]) == {"xlsx", "csv"}
    assert {mail.to_user for mail in mails()} == {walidata["id"], auditor["id"]}
    assert ask(walidata)["id"] != first["id"]  # what is over is not given again: the figures have changed


def test_ppid_has_the_service_report_made_and_sees_no_other(walidata, mail_sink):
    ppid, other = officer("ppid"), ask(walidata)
    year = {"name": "service", "from_on": "2025-01-01", "until_on": "2025-12-31", "formats": ["csv"]}
    job = ask(ppid, **year)
    jobs.run(job["id"])
    assert shown(ppid, job)["state"] == "done" and file_of(ppid, job, "csv")
    assert notices.send_waiting() == (1, 0) and f"/laporan/antrean/{job['id']}" in text_of(
        mail_sink.to(ppid["email"])[0]
    )
    with pytest.raises(tk.NotAuthorized):
        ask(ppid)
    for action in ("satudata_report_job_show", "satudata_report_job_cancel"):
        with pytest.raises(tk.ObjectNotFound):
            act(ppid, action, id=other["id"])
    assert [one["id"] for one in act(ppid, "satudata_report_job_list")["jobs"]] == [job["id"]]
    assert len(act(walidata, "satudata_report_job_list")["jobs"]) == 2
    with pytest.raises(tk.NotAuthorized):
        act(ppid, "satudata_report_schedule_list")


def test_a_long_period_is_made_in_the_background(app, walidata):
    headers, years = {"Authorization": walidata["token"]}, "from_on=2024-01-01&until_on=2026-02-28"
    page = app.get(f"/laporan?{years}", headers=headers, follow_redirects=False)
    sent = app.get(f"/laporan/unduh/dissemination.pdf?{years}", headers=headers, follow_redirects=False)
    assert page.status_code == 200 and sent.status_code == 302 and sent.headers["Location"].endswith(years)
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(ReportJob)) == 0  # looking starts none
    [form] = BeautifulSoup(page.body, "html.parser").select("form[action='/laporan/antrean']")
    asked = {field["name"]: field.get("value", "") for field in form.select("input[name]")} | {"formats": "pdf"}
    made = app.post("/laporan/antrean", headers=headers, data=asked, follow_redirects=False)
    [row] = model.Session.scalars(sa.select(ReportJob)).all()
    again = app.get(f"/laporan?{years}", headers=headers, follow_redirects=False)
    assert row.people == [walidata["id"]] and row.formats == ["pdf"]
    for answer in (made, again):
        assert answer.status_code == 302 and answer.headers["Location"].endswith(f"/laporan/antrean/{row.id}")
    jobs.run(row.id)
    page = app.get(f"/laporan?{years}", headers=headers, follow_redirects=False)
    assert page.status_code == 200 and "dibuat di latar belakang" in page.body and "Hitung ulang" in page.body
    pdf = app.get(f"/laporan/unduh/dissemination.pdf?{years}", headers=headers)
    assert hashlib.sha256(pdf.data).hexdigest() == shown(walidata, {"id": row.id})["files"]["pdf"]["sha256"]
    one = app.get(f"/laporan/unduh/dissemination.csv?{years}&table=producers", headers=headers)
    assert one.status_code == 200
    # A year is made while one waits; who may not read the report starts nothing.
    assert app.get("/laporan?from_on=2025-01-01&until_on=2025-12-31", headers=headers).status_code == 200
    office = {"Authorization": officer("ppid")["token"]}
    assert app.get(f"/laporan?{years}&name=monthly", headers=office, follow_redirects=False).status_code == 422
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(ReportJob)) == 1


def test_the_queue_holds_nothing_but_an_id(walidata):
    job = ask(walidata)
    [waiting] = [one for one in queues.get_queue().jobs if one.func_name.endswith("jobs.run")]
    assert (waiting.args, waiting.kwargs, waiting.meta) == ([job["id"]], {}, {"title": "satudata report"})
    jobs.resume()
    ask(walidata)  # neither puts it there a second time
    assert len(queues.get_queue().jobs) == 1


def test_what_redis_has_lost_is_put_into_the_queue_again(walidata):
    job = ask(walidata)
    queues.get_queue().empty()
    assert jobs.resume() == 1
    assert [one.args for one in queues.get_queue().jobs] == [[job["id"]]]
    queues.get_queue().empty()
    with jobs._held(job["id"]) as line:
        assert line is not None
        jobs.resume()
        assert not queues.get_queue().jobs  # a worker has it in hand
        jobs.run(job["id"])
    assert shown(walidata, job)["state"] == "waiting"


def test_it_is_stopped_by_who_asked_once_nobody_else_waits(walidata):
    auditor, other = officer("auditor"), officer("auditor")
    job = ask(walidata)
    ask(auditor)
    with pytest.raises(tk.NotAuthorized):
        act(other, "satudata_report_job_cancel", id=job["id"])
    assert act(walidata, "satudata_report_job_cancel", id=job["id"])["state"] == "waiting"
    assert act(auditor, "satudata_report_job_cancel", id=job["id"])["state"] == "cancelled"
    jobs.run(job["id"])
    assert shown(walidata, job)["state"] == "cancelled" and not kept() and not mails()
    with pytest.raises(tk.ValidationError):
        act(auditor, "satudata_report_job_cancel", id=job["id"])


def test_it_stops_while_it_is_being_made_and_leaves_nothing(walidata, monkeypatch):
    job, real = ask(walidata), report_files.render

    def stopped(report, name, **how):
        if name == "pdf":
            act(walidata, "satudata_report_job_cancel", id=job["id"])
        return real(report, name, **how)

    monkeypatch.setattr(report_files, "render", stopped)
    jobs.run(job["id"])
    assert shown(walidata, job)["state"] == "cancelled" and not kept() and not mails()


def full(*args, **kw):
    raise OSError(errno.ENOSPC, "No space left on device", "/rahasia/jalan")


def broken(*args, **kw):
    raise BadSop((Problem("/etc/laporan/kecamatan.yaml", 7, "", "There are no facts 'x'.", "Correct it."),))


@pytest.mark.parametrize(
    ("owner", "name", "fault", "said"),
    [
        (vault, "put", full, "tidak ada ruang lagi"),
        (making, "standing", broken, "kecamatan.yaml, 7"),
        (reckoning, "report", lambda *args, **kw: 1 / 0, "Log portal"),
    ],
)
def test_a_failure_is_told_in_plain_words_and_can_be_repeated(walidata, monkeypatch, owner, name, fault, said):
    job = ask(walidata, formats=["csv"])
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fault)
        jobs.run(job["id"])
    failed = shown(walidata, job)
    assert failed["state"] == "failed" and said.lower() in failed["fault"].lower(), failed["fault"]
    assert "/rahasia" not in failed["fault"] and "/etc" not in failed["fault"] and not kept()
    assert [mail.to_user for mail in mails()] == [walidata["id"]]
    again = ask(walidata, formats=failed["formats"])
    jobs.run(again["id"])
    assert shown(walidata, again)["state"] == "done"


def test_no_room_is_told_where_a_report_is_filed_and_nothing_of_it_stays(app, walidata, monkeypatch):
    day = {"name": "dissemination", "from_on": "2026-03-01", "until_on": "2026-03-31"}
    with monkeypatch.context() as patch:
        patch.setattr(vault, "put", full)
        with pytest.raises(tk.ValidationError) as refusal:
            act(walidata, "satudata_report_file", **day)
        headers = {"Authorization": walidata["token"]}
        page = app.post("/laporan/arsipkan", headers=headers, data={**day, "sure": "true"}, expect_errors=True)
    assert "idak ada ruang lagi" in refusal.value.error_dict["conflict"][0]
    assert page.status_code == 409 and "tidak ada ruang lagi" in page.body.lower() and "/rahasia" not in page.body
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(FiledReport)) == 0
    assert act(walidata, "satudata_report_file", **day)["report"]


def test_a_report_that_ends_its_worker_each_time_is_given_up(walidata):
    job = ask(walidata)
    row = model.Session.get(ReportJob, job["id"])
    row.state, row.starts = "running", rules.MOST_STARTS
    model.Session.commit()
    jobs.run(job["id"])
    failed = shown(walidata, job)
    assert failed["state"] == "failed" and "3 kali" in failed["fault"] and len(mails()) == 1
    # Why it stopped is not known: its log knows, and memory is one possible cause.
    assert "log" in failed["fault"] and "Jika memorinya" in failed["fault"]


def test_what_a_killed_worker_left_says_so_and_tells_no_time(app, walidata):
    job = ask(walidata)
    jobs._started(job["id"])
    with jobs._held(job["id"]):
        assert shown(walidata, job)["is_interrupted"] is False
    left = shown(walidata, job)
    assert (left["state"], left["is_interrupted"], left["seconds_left"]) == ("running", True, None)
    page = app.get(f"/laporan/antrean/{job['id']}", headers={"Authorization": walidata["token"]}).body
    assert "Terputus" in page and "dilanjutkan dengan sendirinya" in page and "Sedang dibuat" not in page


def test_who_lost_the_role_gets_neither_file_nor_mail(walidata, mail_sink):
    auditor = officer("auditor")
    job = ask(auditor)
    other = ask(auditor, until_on="2026-03-30")
    ask(walidata, until_on="2026-03-30")
    model.Session.query(OfficerRole).filter_by(user_id=auditor["id"]).delete()
    model.Session.commit()
    for one in (job, other):
        jobs.run(one["id"])
    assert shown(walidata, job)["state"] == "cancelled"  # nobody is left who may read it
    assert shown(walidata, other)["state"] == "done"
    notices.send_waiting()
    assert mail_sink.to(walidata["email"]) and not mail_sink.to(auditor["email"])
    for action in ("satudata_report_job_show", "satudata_report_job_file", "satudata_report_job_cancel"):
        with pytest.raises(tk.NotAuthorized):
            act(auditor, action, id=other["id"], format="csv")


def test_what_is_filed_is_given_as_it_was_filed(walidata):
    day = {"name": "dissemination", "from_on": "2026-03-01", "until_on": "2026-03-31"}
    act(walidata, "satudata_report_file", **day)
    job = ask(walidata, **day)
    jobs.run(job["id"])
    for name in EVERY:
        filed = act(walidata, "satudata_report_render", **day, format=name)
        assert file_of(walidata, job, name) == base64.b64decode(filed["content"]), name


def test_files_are_forgotten_after_their_days(walidata):
    job = ask(walidata, formats=["csv"])
    jobs.run(job["id"])
    assert jobs.forget() == 0 and len(kept()) == 2
    with freeze_time(clock.now() + timedelta(days=rules.KEPT_DAYS, hours=1)):
        assert jobs.forget() == 1
    assert not kept()
    with pytest.raises(tk.ObjectNotFound):
        shown(walidata, job)


def test_by_itself_once_for_each_period_on_a_working_day(walidata):
    second = officer("walidata")
    with freeze_time("2026-04-20 03:00:00"):
        made = act(walidata, "satudata_report_schedule_create", name="monthly", span="month", day="3")
        again = act(walidata, "satudata_report_schedule_create", name="monthly", span="month", day="3")
        assert again["id"] == made["id"], "pressed twice it is set once"
        assert (made["from_on"], made["next_on"]) == ("2026-04-01", "2026-05-04")  # the 3rd is a Sunday
    for instant, count in (("2026-05-03 10:00", 0), ("2026-05-03 17:30", 1), ("2026-05-20 03:00", 0)):
        with freeze_time(instant):
            assert schedules.ask_for_due() == count, instant
    row = model.Session.query(ReportJob).one()
    assert row.asked == {"name": "monthly", "from_on": "2026-04-01", "until_on": "2026-04-30"}
    jobs.run(row.id)
    assert {mail.to_user for mail in mails()} == {walidata["id"], second["id"]}
    [listed] = act(walidata, "satudata_report_schedule_list")["schedules"]
    act(second, "satudata_report_schedule_delete", id=listed["id"])
    assert not model.Session.query(ReportSchedule).count()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "32"}, "day"),
        ({"day": ""}, "day"),
        ({"span": "year"}, "span"),
        ({"span": "x"}, "span"),
        ({"name": "x"}, "name"),
    ],
)
def test_a_schedule_says_which_field_is_wrong(walidata, changes, field):
    with pytest.raises(tk.ValidationError) as refused:
        act(walidata, "satudata_report_schedule_create", **{"name": "monthly", "span": "month", "day": "3", **changes})
    assert list(refused.value.error_dict) == [field]


def test_only_walidata_sets_a_schedule_and_only_readers_ask(walidata):
    auditor, head = officer("auditor"), officer("ppid_superior")
    context = {"user": auditor["name"], "ignore_auth": True}
    for action in ("satudata_report_schedule_create", "satudata_report_schedule_delete"):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(action)(context, {"name": "monthly", "span": "month", "day": "3", "id": "x"})
    for action in ("satudata_report_job_create", "satudata_report_job_list", "satudata_report_schedule_list"):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(action)({"user": head["name"], "ignore_auth": True}, dict(ASKED))


def test_the_pages(app, walidata):
    headers = {"Authorization": walidata["token"]}

    def get(where, **how):
        return app.get(where, headers=headers, follow_redirects=False, **how)

    offered = get(f"/laporan?name=monthly&from_on={ASKED['from_on']}&until_on={ASKED['until_on']}").body
    assert "Siapkan di latar belakang" in offered and 'action="/laporan/antrean"' in offered
    asked = app.post("/laporan/antrean", headers=headers, data={**ASKED, "formats": "csv"}, follow_redirects=False)
    where = asked.headers["Location"]
    page = get(where).body
    assert 'http-equiv="refresh"' in page and "<progress" in page and "Hentikan" in page
    job_id = where.rsplit("/", 1)[-1]
    jobs.run(job_id)
    page = get(where).body
    assert 'http-equiv="refresh"' not in page and f"/laporan/antrean/{job_id}.csv" in page
    assert get(f"/laporan/antrean/{job_id}.csv").data.startswith(b"\xef\xbb\xbf")
    for missing in (f"{job_id}.xlsx", f"{job_id}.exe", "x", "x.csv"):
        assert get(f"/laporan/antrean/{missing}", expect_errors=True).status_code == 404
    assert "Rekap Bulanan" in get("/laporan/antrean").body
    wrong = app.post("/laporan/antrean", headers=headers, data={**ASKED, "until_on": "2026-02-01"}, expect_errors=True)
    assert wrong.status_code == 422
    form = {"name": "monthly", "span": "month", "day": "40"}
    again = app.post("/laporan/jadwal", headers=headers, data=form, expect_errors=True)
    assert again.status_code == 422 and 'id="error-day"' in again.body and 'value="40"' in again.body
    set_ = app.post("/laporan/jadwal", headers=headers, data={**form, "day": "5"}, follow_redirects=False)
    assert set_.status_code == 302 and "Rekap Bulanan" in get("/laporan/jadwal").body


# ---------------------------------------------------------------- killed


def killed(job, owner, name, *, after, times=1):
    """Makes the report in a process that is ended by SIGKILL at the `times`-th call of `owner.name`."""
    model.Session.remove()
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, "it came to its end"
        return
    try:
        model.meta.engine.dispose(close=False)
        real, calls = getattr(owner, name), []

        def deadly(*args, **kw):
            calls.append(name)
            is_now = len(calls) == times
            made = real(*args, **kw) if after or not is_now else None
            if is_now:
                os.kill(os.getpid(), signal.SIGKILL)
            return made

        setattr(owner, name, deadly)
        jobs.run(job["id"])
    finally:
        os._exit(1)


def finished(job_id):
    """The next worker makes it: a process of its own, too, since what draws charts starts threads that do not survive a
    later fork."""
    model.Session.remove()
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return
    try:
        model.meta.engine.dispose(close=False)
        jobs.run(job_id)
        os._exit(0)
    finally:
        os._exit(1)


STAGES = [
    (jobs, "_started", True, 1),
    (reckoning, "report", False, 1),
    (jobs._Line, "part_done", True, 1),
    *((vault, "put", after, times) for after in (False, True) for times in range(1, len(EVERY) + 1)),
    *((jobs, "_keep", True, times) for times in range(1, len(EVERY) + 1)),
    (jobs, "_end", False, 1),
    (jobs, "_end", True, 1),
    (jobs, "_missing", True, len(EVERY)),
]


@pytest.mark.long
@pytest.mark.draws_in_a_fork
@pytest.mark.parametrize(("owner", "name", "after", "times"), STAGES)
def test_a_killed_worker_is_followed_by_the_next_and_nothing_is_doubled(walidata, owner, name, after, times):
    vault.sweep(model.Session, older_than_seconds=0)  # what tests before this one left in the folder
    job = ask(walidata)
    queues.get_queue().empty()
    killed(job, owner, name, after=after, times=times)
    left = shown(walidata, job)
    made = {format_: file["sha256"] for format_, file in left["files"].items()}
    jobs.resume()
    waiting = [one.args for one in queues.get_queue().jobs]
    assert waiting == ([] if left["state"] == "done" else [[job["id"]]])
    for args in waiting:
        finished(*args)
    done = shown(walidata, job)
    assert done["state"] == "done" and set(done["files"]) == EVERY
    assert {format_: done["files"][format_]["sha256"] for format_ in made} == made  # not made a second time
    assert len(kept()) == len(EVERY) and len(mails()) == 1
    assert vault.sweep(model.Session, older_than_seconds=0)["vault"] <= 1  # of the kill between file and row
    told = json.loads(file_of(walidata, job, "json"))["as_of_at"]
    assert told >= done["asked_at"] and not jobs.resume()
