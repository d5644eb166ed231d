"""Periodic work runs when it is due, once, and survives what fails."""

import os
from datetime import datetime, timedelta, timezone

import pytest
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from rq.scheduler import RQScheduler

from ckanext.satudata.shared import periodic

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_redis")


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(periodic, "_registered", {})


def test_a_function_runs_at_its_time_and_not_before(registry):
    ran = []
    periodic.every(minutes=5, name="five")(lambda: ran.append(1))
    assert periodic.tick() == ["five"]
    assert periodic.tick() == []
    connect_to_redis().hincrbyfloat(periodic._key("started"), "five", -299)
    assert periodic.tick() == ["five"]
    assert len(ran) == 2


def test_one_that_fails_hinders_no_other(registry, caplog):
    ran = []

    @periodic.every(minutes=1)
    def a_fails():
        raise RuntimeError("broken")

    periodic.every(minutes=1, name="works")(lambda: ran.append(1))
    assert periodic.tick() == ["a_fails", "works"]
    assert ran == [1] and "broken" in caplog.text


def test_two_ticks_at_once_run_it_once(registry):
    inner = []

    @periodic.every(minutes=1)
    def slow():
        inner.append(periodic.tick(force=True))

    assert periodic.tick() == ["slow"]
    assert inner == [[]]


def test_two_functions_of_one_name_are_refused(registry):
    periodic.every(minutes=1, name="same")(lambda: None)

    def other():
        pass

    with pytest.raises(ValueError):
        periodic.every(minutes=1, name="same")(other)


def test_each_minute_is_scheduled_once(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "testing", False)
    start = datetime.now(timezone.utc)
    periodic.schedule(start)
    periodic.schedule(start)
    periodic.schedule(start + timedelta(minutes=1))
    waiting = jobs.get_queue().scheduled_job_registry.get_job_ids()
    assert len(waiting) == periodic.AHEAD + 1


def ticks() -> list[str]:
    queue = jobs.get_queue()
    return [*queue.get_job_ids(), *queue.scheduled_job_registry.get_job_ids()]


def test_an_emptied_redis_gets_its_ticks_again(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "testing", False)
    periodic.schedule()
    connect_to_redis().flushdb()
    periodic.heal()
    assert len(ticks()) == periodic.AHEAD


def test_without_a_worker_ticks_do_not_gather(monkeypatch, ckan_config):
    monkeypatch.setitem(ckan_config, "testing", False)
    queue = jobs.get_queue()
    periodic.schedule(datetime.now(timezone.utc) - timedelta(minutes=30))
    periodic.heal()
    periodic.heal()
    assert len(queue.get_job_ids()) == 1  # no scheduler moved those whose time has come
    assert len(ticks()) == periodic.AHEAD + 1


def test_a_process_looks_again_and_again(monkeypatch, ckan_config):
    import threading

    monkeypatch.setitem(ckan_config, "testing", False)
    monkeypatch.setattr(periodic, "WATCH_SECONDS", 0.01)
    twice, calls = threading.Event(), []

    def heal():
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("Redis is odd")
        twice.set()
        monkeypatch.setattr(periodic, "WATCH_SECONDS", 3600)

    monkeypatch.setattr(periodic, "heal", heal)
    periodic._watch_in.cache_clear()
    periodic.begin()
    assert twice.wait(10)


@pytest.mark.parametrize(
    ("stamp", "worker", "said"),
    [(None, False, "was emptied"), (1.0, True, "A worker runs"), (1.0, False, "Start ckan")],
)
def test_the_doctor_says_why_nothing_comes_round(stamp, worker, said):
    from rq import Worker

    from ckanext.satudata.shared.care import doctor

    if stamp:
        connect_to_redis().hset(periodic._key("started"), "x", stamp)
    if worker:
        Worker([jobs.get_queue()], connection=connect_to_redis()).register_birth()
    (problem,) = [found for found in doctor.examine() if found.check == "worker"]
    assert said in f"{problem.what} {problem.mend}"


@pytest.mark.long
def test_mails_go_out_after_redis_was_emptied(live_portal, mail_sink):
    """Neither web nor worker starts anew."""
    from ckan import model

    from ckanext.satudata.shared import notices

    connect_to_redis().flushdb()
    notices.queue(model.Session, "account_changed", to_email="siti@dinas.example", key="emptied")
    model.Session.commit()
    mail_sink.wait(to="siti@dinas.example", seconds=180)


def ended_process() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


@pytest.mark.parametrize(("pid", "freed"), [(ended_process, True), (os.getpid, False)])
def test_only_a_dead_workers_lock_is_taken_away(monkeypatch, ckan_config, pid, freed):
    """Else a worker that was killed leaves the next one without scheduler for ten minutes."""
    monkeypatch.setitem(ckan_config, "testing", False)
    queue = jobs.get_queue()
    killed = RQScheduler([queue], connection=queue.connection)
    assert killed.acquire_locks()
    killed.register_birth()
    queue.connection.hset(killed.key, "pid", pid())
    periodic.schedule()
    new = RQScheduler([queue], connection=queue.connection)
    assert bool(new.acquire_locks()) is freed


def test_redis_down_stops_nothing(monkeypatch, ckan_config, caplog):
    from redis.exceptions import ConnectionError

    def refuses(*args):
        raise ConnectionError("refused")

    monkeypatch.setitem(ckan_config, "testing", False)
    monkeypatch.setattr(jobs, "get_queue", refuses)
    periodic.schedule()
    assert "not scheduled" in caplog.text


def test_the_command_runs_what_is_due(registry, cli):
    from ckan.cli.cli import ckan

    periodic.every(minutes=1, name="mine")(lambda: None)
    assert "mine" in cli.invoke(ckan, ["satudata", "tick"]).output
