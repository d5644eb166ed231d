"""A personal link: opened, used, resumed, used up, ended, foreign; and never in a log."""

from __future__ import annotations

import io
import logging
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.model.download import Download
from ckanext.satudata.model.grant import Grant
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import clock, vault
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.shared.files import grants

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

BYTES = b"nama;alamat\nWarga;Jalan Rahasia 1\n"


def given(body=BYTES, **kw):
    kept = vault.put(model.Session, io.BytesIO(body), name="data.csv", purpose="handover", created_by=None)
    values = {
        "vault_object_id": kept.id,
        "until": clock.now() + timedelta(days=7),
        "max_downloads": 1,
        "reason": "001/PPID/2026",
        "actor": SYSTEM,
        "to_email": "warga@example.test",
        **kw,
    }
    grant, token = grants.issue(model.Session, **values)
    model.Session.commit()
    return grant, f"/berkas/{token}"


def press(app, path, **kw):
    return app.post(path, follow_redirects=False, **kw)


def test_opening_spends_nothing_and_the_button_downloads_once(app):
    grant, path = given()
    for _ in range(3):
        page = app.get(path)
        assert page.status_code == 200 and "data.csv" in page.body and "Rahasia" not in page.body
    app.flask_app.test_client().head(path)
    began = press(app, path)
    assert began.status_code == 303
    where = began.headers["Location"].removeprefix("http://test.ckan.net")
    assert app.get(where).data == BYTES
    rest = app.get(where, headers={"Range": "bytes=5-"})
    assert rest.status_code == 206 and rest.data == BYTES[5:]
    assert app.client.head(where).status_code == 200
    assert press(app, path).status_code == 410
    model.Session.expire_all()
    assert model.Session.get(Grant, grant.id).downloads == 1
    assert model.Session.query(Download).one().channel == "grant"
    events = model.Session.scalars(
        sa.select(Journal.event).where(Journal.subject_id == grant.id).order_by(Journal.id)
    ).all()
    assert events == ["grant_issued", "grant_used"]


def test_an_ended_or_late_or_unknown_link_says_so(app):
    grant, path = given()
    assert app.get("/berkas/tidak-ada").status_code == 404
    with freeze_time(clock.now() + timedelta(days=8)):
        assert app.get(path).status_code == 410 and press(app, path).status_code == 410
    where = press(app, path).headers["Location"].removeprefix("http://test.ckan.net")
    grants.revoke(model.Session, grant.id, actor=SYSTEM, reason="Salah alamat")
    model.Session.commit()
    for address in (path, where):
        answer = app.get(address)
        assert answer.status_code == 410 and BYTES not in answer.data
    assert app.get(where[:-3] + "xxx").status_code == 410


def test_a_link_for_a_user_is_for_that_user_only(app):
    mine, other = factories.UserWithToken(), factories.UserWithToken()
    _, path = given(to_user_id=mine["id"], to_email=None)
    assert app.get(path).status_code == 403
    assert press(app, path, extra_environ={"REMOTE_USER": other["name"]}).status_code == 403
    assert press(app, path, headers={"Authorization": other["token"]}).status_code == 403
    assert press(app, path, headers={"Authorization": mine["token"]}).status_code == 303


def begun(app, path):
    """The address of a download that was just counted."""
    return press(app, path).headers["Location"].removeprefix("http://test.ckan.net")


def counted(grant):
    model.Session.expire_all()
    rows = model.Session.scalars(sa.select(Download).where(Download.grant_id == grant.id)).all()
    assert len(rows) == model.Session.get(Grant, grant.id).downloads
    return len(rows)


def test_the_whole_file_again_counts_again(app):
    grant, path = given(max_downloads=3)
    where, whole = begun(app, path), 0
    for _ in range(8):
        answer = app.get(where)
        whole += answer.data == BYTES
    assert whole == 3 == counted(grant)
    assert answer.status_code == 410


def test_parts_count_nothing_until_twice_the_file_was_sent(app):
    grant, path = given()
    where = begun(app, path)
    assert app.get(where, headers={"Range": "bytes=0-9"}).status_code == 206
    assert app.get(where).data == BYTES
    sent = 10 + len(BYTES)
    for _ in range(10):
        answer = app.get(where, headers={"Range": "bytes=1-"}, follow_redirects=False)
        sent += len(answer.data) if answer.status_code == 206 else 0
    assert sent <= 2 * len(BYTES) and answer.status_code == 410 and counted(grant) == 1


def test_what_broke_off_is_not_lost(app):
    grant, path = given(body=BYTES * 40_000)
    where = begun(app, path)
    for _ in range(6):
        answer = app.flask_app.test_client().get(where)
        assert answer.status_code == 303  # another browser
        broken = app.client.get(where, buffered=False, follow_redirects=False)
        assert broken.status_code == 200 and next(broken.iter_encoded())
        broken.close()
    rest = app.get(where, headers={"Range": "bytes=1000-"})
    assert rest.status_code == 206 and rest.data == (BYTES * 40_000)[1000:]
    assert app.get(where).status_code == 410 and counted(grant) == 1


def test_two_at_once_are_two(app):
    grant, path = given(body=BYTES * 40_000, max_downloads=2)
    where = begun(app, path)
    first = app.client.get(where, buffered=False, follow_redirects=False)
    second = app.client.get(where, buffered=False, follow_redirects=False)
    assert (first.status_code, second.status_code) == (200, 303)
    assert counted(grant) == 2
    first.close()


def test_the_address_holds_in_one_browser_and_for_an_hour(app):
    grant, path = given(max_downloads=2)
    where = begun(app, path)
    stranger = app.flask_app.test_client()
    answer = stranger.get(where)
    assert answer.status_code == 303 and answer.headers["Location"].endswith(path)
    with freeze_time(clock.now() + timedelta(minutes=61)):
        assert BYTES not in app.get(where).data
    assert counted(grant) == 1


def test_a_link_for_a_user_needs_no_cookie(app):
    mine = factories.UserWithToken()
    _, path = given(to_user_id=mine["id"], to_email=None)
    headers = {"Authorization": mine["token"]}
    where = app.flask_app.test_client().post(path, headers=headers).headers["Location"]
    assert app.flask_app.test_client().get(where, headers=headers).data == BYTES


def test_the_last_download_is_given_once():
    grant, _ = given()
    grants.spend(model.Session, grant.id, user_id=None)
    with pytest.raises(Conflict):
        grants.spend(model.Session, grant.id, user_id=None)


@pytest.mark.parametrize("wrong", [{"until": "past"}, {"max_downloads": 0}, {"to_email": None}])
def test_a_link_without_end_count_or_person_is_refused(wrong):
    if "until" in wrong:
        wrong = {"until": clock.now() - timedelta(seconds=1)}
    with pytest.raises(Invalid):
        given(**wrong)
    model.Session.rollback()


def test_the_token_is_in_no_table_and_no_log(app, caplog, monkeypatch):
    _, path = given()
    token = path.rsplit("/", 1)[1]
    logger = logging.getLogger("ckan.config.middleware.flask_app")
    monkeypatch.setattr(logger, "disabled", False)
    caplog.set_level(logging.DEBUG, logger=logger.name)
    logger.addHandler(caplog.handler)
    app.get(path)
    app.get(press(app, path).headers["Location"])
    logger.removeHandler(caplog.handler)
    assert "/berkas/…" in caplog.text
    assert token not in caplog.text
    for table in ("satudata_grant", "satudata_journal", "satudata_outbox", "satudata_download"):
        rows = model.Session.execute(sa.text(f"select * from {table}")).all()
        assert token not in str(rows)
        assert "warga@example.test" not in str(rows)


def ended(grant):
    """Ways in which a link ends while its download goes on; each gives the time at which it is asked."""
    later = clock.now() + timedelta(hours=1)
    return {
        "revoked": lambda: grants.revoke(model.Session, grant.id, actor=SYSTEM, reason="Salah alamat") and later,
        "expired": lambda: clock.now() + timedelta(days=8),
        "file_gone": lambda: vault.delete(model.Session, grant.vault_object_id) or later,
        "of_another": lambda: setattr(grant, "to_user_id", factories.User()["id"]) or later,
    }


@pytest.mark.parametrize("how", ["revoked", "expired", "file_gone", "of_another"])
def test_an_ended_link_gives_nothing_on_any_route(app, how):
    grant, path = given(max_downloads=5)
    begun = press(app, path).headers["Location"].removeprefix("http://test.ckan.net")
    ticket = begun.rsplit("/", 1)[1]
    grant = model.Session.get(Grant, grant.id)
    at = ended(grant)[how]()
    model.Session.commit()
    client, seen = app.flask_app.test_client(), 0
    with freeze_time(at):
        for rule in app.flask_app.url_map.iter_rules():
            if "token" not in rule.arguments or not rule.endpoint.startswith("satudata_grants."):
                continue
            address = rule.rule.replace("<token>", path.rsplit("/", 1)[1]).replace("<ticket>", ticket)
            for method in rule.methods - {"OPTIONS"}:
                for headers in ({}, {"Range": "bytes=0-3"}, {"HX-Request": "true"}):
                    answer = client.open(address, method=method, headers=headers)
                    assert answer.status_code in (403, 410), (method, address)
                    assert BYTES[:4] not in answer.data and b"data.csv" not in answer.data
                    seen += 1
    assert seen >= 12
    model.Session.expire_all()
    assert model.Session.get(Grant, grant.id).downloads == 1
