"""No download is lost: it is counted before its first byte leaves, whoever is killed then."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import time
import urllib.request

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.model.download import Download
from ckanext.satudata.shared.files import downloads
from ckanext.satudata.tests.access.support import CSV, make, operator, publish
from ckanext.satudata.tests.shared.test_kills import killed

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def count():
    model.Session.rollback()
    return model.Session.scalar(sa.select(sa.func.count()).select_from(Download))


def path_of(dataset):
    return f"/dataset/{dataset['id']}/resource/{dataset['resources'][0]['id']}/download"


@pytest.mark.parametrize("after", [False, True])
def test_a_web_process_killed_at_the_count_has_sent_nothing_or_has_counted(app, after):
    mine = operator()
    dataset = publish(make(mine, mine["org"])["id"])
    client = app.flask_app.test_client()
    killed(downloads, "keep", lambda: client.get(path_of(dataset)), after=after)
    assert count() == int(after)


@pytest.mark.long
def test_of_what_came_through_a_web_process_that_was_killed_all_is_counted(live_portal):
    mine = operator()
    dataset = publish(make(mine, mine["org"])["id"])
    address = live_portal.url + path_of(dataset)

    def fetch(_):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.read() == CSV
        except OSError:
            return False

    with concurrent.futures.ThreadPoolExecutor(32) as visitors:
        came = [visitors.submit(fetch, number) for number in range(400)]
        while sum(one.done() for one in came) < 100:
            time.sleep(0.01)
        for name in ("web", "worker"):
            os.killpg(live_portal.processes[name].pid, signal.SIGKILL)
        served = sum(one.result() for one in came)
    found = count()
    live_portal.start_web()
    live_portal.start_worker()
    live_portal.wait_for_web()
    assert 100 <= served <= found < 400, "all came before the kill: make it sooner"
