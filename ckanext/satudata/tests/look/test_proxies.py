"""Limits are for each visitor also behind proxies, and nobody writes himself another address."""

from __future__ import annotations

import flask
import pytest
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.views import proxies


@pytest.mark.parametrize(
    ("count", "header", "address"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.9.9.9, 203.0.113.7", "203.0.113.7"),
        (2, "10.9.9.9, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_so_many_entries_from_the_end_are_believed(count, header, address):
    app = flask.Flask(__name__)
    app.add_url_rule("/", view_func=lambda: flask.request.remote_addr)
    proxies.install(app, count)
    headers = {"X-Forwarded-For": header, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    assert app.test_client().get("/", headers=headers).text == address


def attempts(app, address):
    """Unknown personal links asked for from an address until the answer is 429."""
    for number in range(62):
        if app.get("/berkas/tidak-ada", headers={"X-Forwarded-For": address}).status_code == 429:
            return number
    return None


@pytest.fixture
def _no_attempts():
    redis = connect_to_redis()
    for key in redis.scan_iter("satudata:limit:grant:*"):
        redis.delete(key)


@pytest.mark.usefixtures("with_plugins", "satudata_db", "_no_attempts")
class TestPortal:
    def test_without_the_option_the_header_opens_no_second_purse(self, app):
        assert attempts(app, "203.0.113.1") == 60
        assert attempts(app, "203.0.113.2") == 0

    @pytest.mark.ckan_config("ckanext.satudata.proxies", "1")
    def test_with_it_each_visitor_has_his_own(self, app):
        assert attempts(app, "203.0.113.1") == 60
        assert attempts(app, "203.0.113.2") == 60
        assert attempts(app, "203.0.113.9, 203.0.113.2") == 0
