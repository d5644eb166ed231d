"""While the database is away, people and programs get 503 in their language; when it is back, all works."""

import json
import socket
import urllib.error
import urllib.request

import pytest
from ckan.tests import factories


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
