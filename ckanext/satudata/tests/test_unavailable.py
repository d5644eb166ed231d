"""While the database is away, people and programs get 503 in their language; when it is back, all works."""

import json
import urllib.error
import urllib.request

import pytest


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
