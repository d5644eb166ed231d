"""Looks for what must stand nowhere in clear: in a dump of the database, in Redis, in the logs, in mail subjects."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import ckan.model as model
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.tests.support.mail import MailSink
from ckanext.satudata.tests.support.portal import LivePortal


def written(value: str) -> Iterator[bytes]:
    """The value as it may be written: plain, in an address, as hexadecimal (bytea), in base64."""
    plain = value.encode()
    yield from {plain, quote(value).encode(), quote_plus(value).encode(), plain.hex().encode()}
    yield base64.b64encode(plain)[:-4]


def dumped() -> bytes:
    """The whole database of the portal as SQL."""
    found = shutil.which("pg_dump") or next(Path(sys.prefix).glob("lib/*/site-packages/**/bin/pg_dump"))
    url = model.meta.engine.url
    host = url.query.get("host") or url.host
    command = [str(found), "--no-owner", "-U", str(url.username), "-d", str(url.database)]
    command += ["-h", str(host)] if host else []
    command += ["-p", str(url.port)] if url.port else []
    ran = subprocess.run(
        command, capture_output=True, env={"PGPASSWORD": str(url.password or ""), "PATH": "/usr/bin:/bin"}
    )
    assert ran.returncode == 0, ran.stderr.decode()[-500:]
    return ran.stdout


def places(portal: LivePortal, mails: MailSink) -> dict[str, bytes]:
    """Everything that is kept or written beside the vault, by its name."""
    redis = connect_to_redis()
    kept = b"\0".join(key + b"=" + (redis.dump(key) or b"") for key in redis.scan_iter("*"))
    subjects = "\n".join(str(mail["Subject"]) for mail in mails.messages)
    logs = {name: portal.log(name).encode() for name in ("web", "worker")}
    return {"database": dumped(), "redis": kept, "subjects": subjects.encode(), **logs}


def found(values: Iterable[str], where: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which value stands in which place."""
    return [
        (value, name)
        for value in values
        for name, body in where.items()
        if any(sign and sign in body for sign in written(value))
    ]
