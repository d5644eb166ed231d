"""Work that comes round: sending the outbox, reminders, expiries, the nightly audit.

A room registers a function in a module that its plugin imports at start (`logic/action/*.py`, `views/*.py`
or the plugin module itself):

    from ckanext.satudata.shared import periodic

    @periodic.every(minutes=1)
    def send_outbox() -> None:
        ...

    @periodic.every(minutes=60, name="reminders")
    def remind(): ...

The function takes no argument, finds its work in the database (so that a run which was missed or killed loses
nothing), commits by itself, and is safe to run twice. It runs inside a CKAN job with a fresh session; when it
raises, the error is logged, the session rolled back, and it is tried again at its next turn.

Who runs it: `ckan jobs worker`, which is RQ's scheduler too. Ticks for the next minutes wait in Redis; each
tick runs what is due and schedules the next ones, so that one lost tick breaks nothing. Where no worker
schedules, call `ckan satudata tick` each minute (cron, systemd timer). Both may run: every function has a lock
and a time of its last start in Redis. A Redis that comes back empty has forgotten the ticks: each CKAN process looks
every minute whether one waits. In tests call `periodic.tick(force=True)` or the function itself.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError, SchedulerNotFound
from rq.job import Job
from rq.queue import Queue
from rq.scheduler import RQScheduler
from rq.worker import Worker

log = logging.getLogger(__name__)

AHEAD = 5  # ticks that wait in Redis; as many may be lost in a row without breaking the chain
LOCK_SECONDS = 900
WATCH_SECONDS = 60
LATE_SECONDS = 180


@dataclass(frozen=True)
class Periodic:
    """A registered function and how often it runs."""

    name: str
    minutes: int
    run: Callable[[], object]


_registered: dict[str, Periodic] = {}


def every(*, minutes: int, name: str | None = None) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Registers the decorated function to run every `minutes` (at least 1) under `name` (default: its own)."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        key = name or function.__name__
        other = _registered.get(key)
        if other and (other.run.__module__, other.run.__qualname__) != (function.__module__, function.__qualname__):
            raise ValueError(f"two periodic functions are named {key!r}")
        _registered[key] = Periodic(key, max(1, minutes), function)
        return function

    return register


def registered() -> list[Periodic]:
    """All registered functions, by name."""
    return sorted(_registered.values(), key=lambda periodic: periodic.name)


def tick(*, force: bool = False) -> list[str]:
    """Runs every function that is due (all of them with `force`) and returns the names of those that ran."""
    return [periodic.name for periodic in registered() if _run(periodic, force)]


def last_tick() -> datetime | None:
    """When something last ran, for the doctor; None if never or if Redis does not know."""
    stamps = connect_to_redis().hvals(_key("started"))
    return datetime.fromtimestamp(max(map(float, stamps)), timezone.utc) if stamps else None


def has_worker() -> bool:
    """Whether a worker of the queue has made itself known to Redis; one that runs is forgotten with the rest."""
    return bool(Worker.all(queue=jobs.get_queue()))


def _key(suffix: str) -> str:
    return f"ckan:{tk.config['ckan.site_id']}:satudata:periodic:{suffix}"


def _run(periodic: Periodic, force: bool) -> bool:
    redis = connect_to_redis()
    lock = redis.lock(_key(f"lock:{periodic.name}"), timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return False
    try:
        started = float(redis.hget(_key("started"), periodic.name) or 0)
        # Half a minute of tolerance: ticks do not come to the second.
        if not force and time.time() - started < periodic.minutes * 60 - 30:
            return False
        redis.hset(_key("started"), periodic.name, time.time())
        try:
            periodic.run()
        except Exception:
            log.exception("Periodic function %s failed; it is tried again at its next turn", periodic.name)
        return True
    finally:
        model.Session.rollback()
        model.Session.remove()
        if lock.owned():
            lock.release()


# ---------------------------------------------------------------- in the worker


def job() -> None:
    """The scheduled job: first the next ticks, then the work, so that a killed tick leaves its successors."""
    schedule()
    tick()


def begin() -> None:
    """Schedules at the start of a CKAN process, and from then on again whenever no tick waits any more."""
    schedule()
    if not tk.asbool(tk.config.get("testing")):
        _watch_in(os.getpid())


@lru_cache(maxsize=1)
def _watch_in(process: int) -> None:
    """Once for each process: a fork has no thread of its own until it loads CKAN again."""
    threading.Thread(target=_watch, name="satudata-periodic", daemon=True).start()


def _watch() -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            heal()
        except Exception:
            log.exception("Periodic work could not be looked after; it is tried again in a minute")


def heal() -> None:
    """Schedules anew where no tick waits: Redis was emptied, or was away when this process started.

    Where one waits past its time, RQ's scheduler has died with its connection and the worker starts another only
    after a while: meanwhile one goes straight into the queue.
    """
    try:
        queue = jobs.get_queue()
        # Where no worker takes them, no more of them may gather each minute.
        if any(job_id.startswith(_ticks()) for job_id in queue.get_job_ids()):
            return
        registry = queue.scheduled_job_registry
        first = next((job_id for job_id in registry.get_job_ids() if job_id.startswith(_ticks())), None)
        if first is None:
            schedule()
        elif datetime.now(timezone.utc) - registry.get_scheduled_time(first) > timedelta(seconds=LATE_SECONDS):
            queue.enqueue(job, job_id=f"{_ticks()}late", result_ttl=300, job_timeout=tk.config["ckan.jobs.timeout"])
    except (RedisError, NoSuchJobError) as error:
        log.warning("Periodic work is not looked after: %s", error)


def _ticks() -> str:
    """How the ids of our ticks begin."""
    return f"satudata-tick-{tk.config['ckan.site_id']}-".replace(".", "-")


def schedule(now: datetime | None = None) -> None:
    """Puts the ticks of the next minutes into Redis, each once (its id names the minute).

    Called when a CKAN process starts, by every tick and by `heal`; without Redis it only logs.
    """
    if tk.asbool(tk.config.get("testing")):
        return
    now = (now or datetime.now(timezone.utc)).replace(second=0, microsecond=0)
    try:
        queue = jobs.get_queue()
        _free_dead_scheduler(queue)
        waiting = set(queue.scheduled_job_registry.get_job_ids())
        for ahead in range(1, AHEAD + 1):
            due = now + timedelta(minutes=ahead)
            job_id = f"{_ticks()}{due:%Y%m%d%H%M}"
            if job_id not in waiting and not Job.exists(job_id, connection=queue.connection):
                queue.enqueue_at(
                    due,
                    job,
                    job_id=job_id,
                    result_ttl=300,
                    failure_ttl=3600,
                    job_timeout=tk.config["ckan.jobs.timeout"],
                    meta={"title": "satudata tick"},
                )
    except RedisError as error:
        log.warning("Periodic work is not scheduled, Redis does not answer: %s", error)


def _free_dead_scheduler(queue: Queue) -> None:
    """Takes the scheduler's lock from a worker of this machine that was killed.

    RQ would let it lapse after a minute, but a new worker asks for it at its start and then only every ten minutes.
    """
    redis = queue.connection
    lock = RQScheduler.get_locking_key(queue.name)
    holder = redis.get(lock)
    if holder is None:
        return
    try:
        scheduler = RQScheduler.fetch(holder.decode(), redis)
    except SchedulerNotFound:
        return
    if scheduler.hostname != socket.gethostname() or _lives(scheduler.pid):
        return
    # Only the dead one's: another worker may have taken the lock meanwhile.
    free = redis.register_script("if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end")
    free(keys=[lock], args=[holder])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # An ended process stays as a zombie until its parent asks for it.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return True
