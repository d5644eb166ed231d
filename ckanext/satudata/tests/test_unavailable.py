"""While the database is away, people and programs get 503 in their language; when it is back, all works."""

import io
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import ckan.model as model
import pytest
import requests
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories
from sqlalchemy.exc import OperationalError

from ckanext.satudata import config
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.ppid.conftest import ASKED
from ckanext.satudata.tests.support.portal import APPLICATION
from ckanext.satudata.views import unavailable


def get(url: str) -> tuple[int, dict, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


@pytest.mark.usefixtures("with_plugins")
def test_a_missing_database_is_503_and_passes(live_portal):
    with live_portal.without_database():
        for path, words in (("/dataset/", "Basis data tidak menjawab"), ("/en/dataset/", "database does not answer")):
            status, headers, page = get(live_portal.url + path)
            assert (status, headers["Retry-After"]) == (503, "30")
            assert words in page and "Traceback" not in page
            assert config.government_name() in BeautifulSoup(page, "html.parser").select_one("body header").text
        status, _, body = get(live_portal.url + "/api/3/action/organization_list?all_fields=true")
        assert status == 503 and json.loads(body)["success"] is False
    assert get(live_portal.url + "/dataset/")[0] == 200
    assert json.loads(get(live_portal.url + "/api/3/action/organization_list")[2])["success"]


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_a_missing_redis_leaves_pages_and_stops_only_what_queues(app, monkeypatch):
    from ckan.lib import jobs, redis
    from redis import ConnectionPool
    from redis.exceptions import ConnectionError

    token = factories.SysadminWithToken()["token"]
    with socket.socket() as closed:  # bound, not listening: whoever connects is refused
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(redis, "_connection_pool", ConnectionPool(host="127.0.0.1", port=closed.getsockname()[1]))
        monkeypatch.setattr(jobs, "_queues", {})
        for path in ("/", "/dataset/", "/user/login", "/api/3/action/status_show", "/permohonan/baru"):
            assert app.get(path).status_code == 200, path
        # CKAN's API would answer 500 itself; a page's error reaches the handler.
        answer = app.get("/api/3/action/job_list", headers={"Authorization": token})
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
        assert answer.json["success"] is False and "Antrean kerja" in answer.json["error"]["message"]
        with app.flask_app.test_request_context("/"), pytest.raises(ConnectionError) as caught:
            jobs.get_queue().get_job_ids()
        with app.flask_app.test_request_context("/"):
            page = app.flask_app.handle_user_exception(caught.value)
        assert page.status_code == 503 and "Antrean kerja" in page.get_data(as_text=True)


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_an_error_of_the_api_stays_one_while_all_services_answer(app, monkeypatch):
    from ckan.logic import _actions, get_action

    get_action("status_show")

    def broken(context, data_dict):
        raise RuntimeError("broken")

    broken.side_effect_free = True
    monkeypatch.setitem(_actions, "status_show", broken)
    assert app.get("/api/3/action/status_show").status_code == 500


@contextmanager
def stopped_inside(portal, table, write):
    """Runs `write` in a thread until it waits for `table`, in the middle of its transaction; there the database
    ends. Yields what `write` answered."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(write()))
    with model.meta.engine.connect() as holding:
        holding.execute(sa.text(f"lock table {table} in exclusive mode"))
        thread.start()
        waits = sa.text(
            "select count(*) from pg_stat_activity where application_name = :name and wait_event_type = 'Lock'"
        )
        until = time.monotonic() + 60
        with model.meta.engine.connect() as looking:
            while not looking.execute(waits, {"name": APPLICATION}).scalar():
                looking.rollback()
                assert time.monotonic() < until and not answers, answers
                time.sleep(0.05)
        with portal.without_database():
            thread.join(60)
            yield answers[0]
        holding.rollback()


def counts():
    """Rows of everything that a request or a command writes."""
    model.Session.rollback()
    tables = (PpidRequest, Letter, Journal, CaseStep)
    series = model.Session.execute(sa.text("select coalesce(sum(last), 0) from satudata_number_series")).scalar()
    return [model.Session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables] + [series]


def assert_told_to_try_again(answer):
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Traceback" not in answer.text


@pytest.mark.usefixtures("with_plugins")
def test_a_form_whose_write_the_database_leaves_is_stored_once_when_sent_again(live_portal):
    browser, address = requests.Session(), f"{live_portal.url}/permohonan/baru"
    hidden = dict(re.findall(r'name="(_csrf_token|key)"[^>]*value="([^"]+)"', browser.get(address, timeout=60).text))
    form = {**ASKED, **hidden, "purpose": 'Tugas akhir <b>"satu"</b>\nbaris dua'}

    def send():
        return browser.post(address, data=form, allow_redirects=False, timeout=60)

    with stopped_inside(live_portal, "satudata_ppid_request", send) as answer:
        assert_told_to_try_again(answer)
        assert "Basis data tidak menjawab" in answer.text
        assert "belum tersimpan" in answer.text and "masih ada di halaman ini" in answer.text
        assert counts() == [0, 0, 0, 0, 0]
        assert_told_to_try_again(send())
        # All that was typed stands on the page itself: going back would ask the portal for an empty form.
        page = BeautifulSoup(answer.text, "html.parser")
        kept = {field["name"]: field.text.removeprefix("\n") for field in page.select("form textarea")}
        mark = {field["name"]: field["value"] for field in page.select("form input[type=hidden]")}
        assert kept | {"_csrf_token": form["_csrf_token"]} == form and set(mark) == {"_csrf_token"}
        assert page.form["action"] == "/permohonan/baru" and page.select_one("form button")
        form = kept | mark
    first, again = send(), send()
    assert first.status_code == again.status_code == 303 and first.headers["Location"] == again.headers["Location"]
    assert counts()[:2] == [1, 1] and counts()[-1] == 1


@pytest.mark.usefixtures("with_plugins")
def test_a_command_whose_write_the_database_leaves_is_done_once_when_sent_again(live_portal):
    ppid = officer(Role.PPID)
    made = live_portal.api().call_action("satudata_ppid_request_create", dict(ASKED))
    case = live_portal.api(ppid["token"]).call_action("satudata_ppid_request_show", {"id": made["id"]})["case_id"]
    agency = factories.Organization()["id"]
    command = {"id": case, "command": "route", "organization_id": agency, "dip_result": "listed", "key": "sekali"}
    before = counts()

    def send():
        address = f"{live_portal.url}/api/action/satudata_case_command"
        return requests.post(address, json=command, headers={"Authorization": ppid["token"]}, timeout=60)

    with stopped_inside(live_portal, "satudata_journal", send) as answer:
        assert_told_to_try_again(answer)
        assert answer.json()["success"] is False and "Basis data tidak menjawab" in answer.json()["error"]["message"]
        assert counts() == before
    first = send()
    after = counts()
    assert first.status_code == 200 and after != before
    assert send().json()["result"] == first.json()["result"] and counts() == after


@pytest.mark.usefixtures("with_plugins")
def test_a_password_and_what_a_program_sends_stand_on_no_page(live_portal):
    own, login = {"Origin": live_portal.url}, f"{live_portal.url}/en/user/login?a=1"
    with live_portal.without_database():
        page = requests.post(login, data={"login": "ani", "password": "rahasia-sekali"}, headers=own, timeout=60).text
        assert "rahasia" not in page and 'action="/en/user/login?a=1"' in page and 'type="password"' in page
        for headers in ({}, {"Origin": "https://lain.example"}):
            page = requests.post(login, data={"login": "tulisan panjang"}, headers=headers, timeout=60).text
            assert "tulisan" not in page and "<form" not in page


@pytest.fixture
def dead(app, monkeypatch):
    """The page on which a form stands whose view finds no database."""

    def sent(path, form, *, method="POST", headers=None, files=None):
        with app.flask_app.test_request_context(
            path, method=method, data={**form, **(files or {})}, headers=headers or {"Sec-Fetch-Site": "same-origin"}
        ):
            return app.flask_app.handle_user_exception(OperationalError("select 1", {}, Exception("away")))

    return sent


@pytest.mark.usefixtures("with_plugins")
def test_the_page_carries_what_was_typed_but_no_secret(dead):
    typed = {
        "fullname": "Sari <b>", "notes": "satu\r\ndua", "password": "rahasia-sekali", "old_password": "lama-sekali",
        "code": "123456", "tracking_code": "ABCD-EFGH", "_csrf_token": "tanda-lama", "key": "kunci-1",
    }  # fmt: skip
    answer = dead("/undangan/x?a=1", typed, files={"letter": (io.BytesIO(b"%PDF"), "surat.pdf")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503 and answer.headers["Cache-Control"] == "no-store"
    assert 'action="/undangan/x?a=1" enctype="multipart/form-data"' in page and "Kirim lagi" in page
    for name in ("fullname", "notes", "key"):
        assert re.search(rf'<textarea name="{name}" hidden>', page)
    assert "Sari &lt;b&gt;" in page and "<b>" not in page and "satu\ndua" in page.replace("\r", "")
    for secret in ("rahasia-sekali", "lama-sekali", "123456", "ABCD-EFGH", "tanda-lama"):
        assert secret not in page
    for kind, name in (("password", "password"), ("password", "old_password"), ("text", "code"), ("file", "letter")):
        assert re.search(rf'<input type="{kind}" id="[a-z]+-\d" name="{name}"', page)
    assert 'value="' in re.search(r'<input type="hidden" name="_csrf_token"[^>]*>', page).group()


@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize(
    ("path", "form", "more"),
    [
        ("/permohonan/baru", {"question": "rahasia"}, {"headers": {"Origin": "https://lain.example"}}),
        ("/permohonan/baru", {"question": "rahasia"}, {"headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"}}),
        ("/permohonan/baru", {"question": "r" * 200_001}, {}),
    ],
)
def test_a_form_of_another_site_or_without_end_is_not_carried(dead, path, form, more):
    page = dead(path, form, **more).get_data(as_text=True)
    assert "<form" not in page and form["question"][:50] not in page and "belum tersimpan" in page


@pytest.mark.usefixtures("with_plugins")
def test_what_cannot_be_read_again_hides_no_503(dead, monkeypatch):
    def broken():
        raise RuntimeError("session")

    monkeypatch.setattr(unavailable, "generate_csrf", broken)
    answer = dead("/permohonan/baru", {"question": "apa"})
    assert answer.status_code == 503 and "<form" not in answer.get_data(as_text=True)
    assert "<form" not in dead("/dataset/", {}, method="GET").get_data(as_text=True)


@pytest.mark.browser
@pytest.mark.usefixtures("with_plugins")
def test_a_browser_sends_the_form_of_the_503_page_until_it_is_stored_once(live_portal, page):
    page.goto(f"{live_portal.url}/permohonan/baru")
    for name, value in ASKED.items():
        field = page.locator(f"main [name={name}]").first
        kind = field.get_attribute("type")
        if kind in ("checkbox", "radio"):
            page.locator(f"main [name={name}][value='{value}']").check() if kind == "radio" else field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        elif kind != "hidden":
            field.fill(value)
    with live_portal.without_database():
        page.locator("form[action$='/permohonan/baru'] button[type=submit]").first.click()
        for _ in range(2):
            assert "Basis data tidak menjawab" in page.inner_text("main")
            assert ASKED["question"] in page.inner_text("dl")
            page.get_by_role("button", name="Kirim lagi").click()
        assert ASKED["question"] in page.inner_text("dl")
    assert counts()[0] == 0
    page.get_by_role("button", name="Kirim lagi").click()
    page.wait_for_url(re.compile("/permohonan/(?!baru)"))
    assert counts()[:2] == [1, 1]
    stored = model.Session.scalars(sa.select(PpidRequest)).one()
    assert stored.question == ASKED["question"]
