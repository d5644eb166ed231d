"""Looking into whole files of the vault: small ones at once, large ones by a job, each only once.

Who asks has asked `shared.files.access` for every file before. What is found lies in `satudata_look` and
nowhere else: not in Redis, logs or mails, which get the look's id only. It is forgotten with a file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ckanext.satudata.domain import packed, table_work
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.model.look import Look
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared import clock, periodic
from ckanext.satudata.shared.files import store

log = logging.getLogger(__name__)

File = tuple[VaultObject, str]
"""A file of the vault and its format."""

VERSION = 1
"""Of what is found: raised where other rules find something else in the same files."""
SMALL = 2_000_000
"""Bytes of a file, unpacked, up to which somebody may wait for it."""
TINY = 20_000
"""Bytes up to which a file from strangers is scanned in the web process itself: what is made to hurt costs little."""
PATIENCE = 10
"""Seconds that a web process waits for what is done apart; what takes longer is left to a job."""
SECONDS = 600
_LOST = {"waiting": timedelta(minutes=2), "running": timedelta(seconds=SECONDS + 60)}
"""A job that says nothing for so long was lost with Redis, or killed."""
_KEPT = timedelta(days=30)
_FOLDER = "satudata-tables-"
FAILED = "The tables could not be read."
GUARDED = ("scan",)
"""Works that no web process does by itself: a file of two million commas keeps it for minutes."""


class TooLong(Invalid):
    """The work was ended because it took longer than it may."""


def of(session: Session, work: str, files: Sequence[File], **asked: Any) -> Look:
    """What was found, is being found, or will be: done at once where the files are small.

    Commits in a session of its own.
    """
    asked = {"formats": [format_ for _, format_ in files], **asked}
    id_ = _id(work, files, asked)
    found = session.get(Look, id_, populate_existing=True)
    if found is not None and not _is_to_do(found):
        return found
    first, second = files[0][0].id, files[1][0].id if len(files) > 1 else None
    with _own_session() as own:
        row = {"id": id_, "work": work, "first_id": first, "second_id": second, "asked": asked}
        own.execute(insert(Look).values(**row, state="waiting", share=0).on_conflict_do_nothing())
        again = own.execute(Look.locked(id_)).scalar_one()
        again.state, again.changed_at = "waiting", clock.now()
        own.commit()
        if sum(kept.size_bytes for kept, _ in files) <= SMALL:
            _work(own, id_, is_small=True)
        if not own.get_one(Look, id_).is_over:
            _queue(id_)
    return session.get_one(Look, id_, populate_existing=True)


def again(session: Session, work: str, files: Sequence[File], **asked: Any) -> Look:
    """As `of`; what failed is tried once more."""
    with _own_session() as own:
        id_ = _id(work, files, {"formats": [format_ for _, format_ in files], **asked})
        row = own.execute(Look.locked(id_)).scalar_one_or_none()
        if row is not None and row.state == "failed":
            own.delete(row)
        own.commit()
    return of(session, work, files, **asked)


def known(session: Session, work: str, files: Sequence[File], **asked: Any) -> Look | None:
    """What `of` has come to so far; begins nothing."""
    asked = {"formats": [format_ for _, format_ in files], **asked}
    return session.get(Look, _id(work, files, asked), populate_existing=True)


def _id(work: str, files: Sequence[File], asked: dict[str, Any]) -> str:
    said = [VERSION, work, [kept.sha256 for kept, _ in files], asked]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _is_to_do(row: Look) -> bool:
    """Whether nobody is at it: it is not over, and its job is lost."""
    return not row.is_over and clock.now() - row.changed_at >= _LOST[row.state]


def _queue(id_: str) -> None:
    try:
        tk.enqueue_job(run, [id_], title="satudata look", rq_kwargs={"timeout": SECONDS + 60})
    except RedisError as error:
        log.warning("A look into files is not queued, Redis does not answer: %s", error)


def run(id_: str) -> None:
    """The job: looks into the files, unless somebody does already."""
    with _own_session() as own:
        row = own.execute(Look.locked(id_)).scalar_one_or_none()
        if row is None or row.is_over or (row.state == "running" and not _is_to_do(row)):
            return
        _work(own, id_)


def _work(session: Session, id_: str, *, is_small: bool = False) -> None:
    """Looks into the files; as a `small` one in this process, and not at all where they unpack to much."""
    row = session.get_one(Look, id_)
    objects = [session.get(VaultObject, one) for one in (row.first_id, row.second_id) if one]
    row.state, row.changed_at = "running", clock.now()
    work, asked = row.work, row.asked
    session.commit()
    result = fault = None
    try:
        with copied([kept for kept in objects if kept is not None]) as (folder, paths):
            given = {
                **asked,
                "work": work,
                "folder": str(folder),
                "files": [*zip(map(str, paths), asked["formats"], strict=True)],
            }
            size = sum(map(packed.unpacked_size, paths)) if is_small else 0
            if not is_small:
                result = apart(given, _telling(session, id_), seconds=SECONDS)
            elif size <= (TINY if work in GUARDED else SMALL):
                result = table_work.done(given, lambda share: None)
            elif size <= SMALL:
                result = apart(given, lambda share: None, seconds=PATIENCE)
            else:
                _set(session, id_, state="waiting")
                return
    except Invalid as error:
        if is_small and isinstance(error, TooLong):
            _set(session, id_, state="waiting")
            return
        fault = {"message": error.message, "params": error.params}
    except Exception as error:
        # Its text may hold cells of the file.
        log.error("A look into files failed: %s", type(error).__name__)
        fault = {"message": FAILED, "params": {}}
    _set(session, id_, state="failed" if fault else "done", share=1, result=result, fault=fault)


def _set(session: Session, id_: str, **values: Any) -> None:
    """Keeps what came of it, unless a file was deleted meanwhile."""
    row = session.execute(Look.locked(id_)).scalar_one_or_none()
    if row is not None:
        for name, value in {**values, "changed_at": clock.now()}.items():
            setattr(row, name, value)
    session.commit()


def _telling(session: Session, id_: str) -> Callable[[float], None]:
    return lambda share: _set(session, id_, share=share)


def apart(given: dict[str, Any], told: Callable[[float], None], *, seconds: float = SECONDS) -> Any:
    """The work in a process of its own, see `domain.table_work`, which is ended after so many seconds.

    Raises TooLong then, and Invalid, with what to do where it is known.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", table_work.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    stop = threading.Timer(seconds, end)
    stop.start()
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.close()
        last = 0.0
        for line in process.stdout:
            said = json.loads(line)
            if "result" in said:
                return said["result"]
            if "fault" in said:
                raise Invalid(said["fault"], mend=said.get("mend", ""), **said["params"])
            if time.monotonic() - last > 1:
                told(said["share"])
                last = time.monotonic()
        if late.is_set():
            raise TooLong("The file takes too long to look into.")
        raise Invalid("The file is too large to look into.")
    finally:
        stop.cancel()
        process.kill()
        process.wait()


@contextmanager
def copied(objects: Sequence[VaultObject]) -> Iterator[tuple[Path, list[Path]]]:
    """The files on this machine's disk, in a folder that only this account reads."""
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as name:
        paths = []
        for number, kept in enumerate(objects):
            path = Path(name, f"file-{number}")
            with path.open("wb") as target:
                for block in store.open_at("vault", kept.location):
                    target.write(block)
            paths.append(path)
        yield Path(name), paths


@contextmanager
def _own_session() -> Iterator[Session]:
    with Session(model.meta.engine, expire_on_commit=True) as own:
        yield own


@periodic.every(minutes=24 * 60, name="forget_looks")
def tidy() -> None:
    """Forgets compared rows of a month ago, and removes what killed jobs left on the disk."""
    model.Session.execute(Look.forget_older("diff", clock.now() - _KEPT))
    model.Session.commit()
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        if time.time() - folder.stat().st_mtime > 4 * SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
