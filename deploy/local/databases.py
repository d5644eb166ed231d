"""PostgreSQL from a wheel: its data, its user, its databases.

As root, PostgreSQL (which refuses root) runs as `nobody`. Where `nobody` cannot reach the checkout (a
home directory of mode 0700) it keeps root's right to pass through directories, and nothing else of root's.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import state
from state import VAR, Failed

DATA = VAR / "pgdata"
DATABASES = {"ckan": "datastore", "ckan_test": "datastore_test"}
DATABASES |= {f"ckan_gw{number}_test": f"datastore_gw{number}_test" for number in range(state.TEST_WORKERS)}
SERVICE_USER = "nobody"


def _as_root() -> bool:
    return os.geteuid() == 0


@functools.cache
def _lowered() -> list[str]:
    """What stands before PostgreSQL's programs: nothing for a user, a change to `nobody` for root."""
    if not _as_root():
        return []
    if not shutil.which("setpriv"):
        raise Failed("as root, PostgreSQL must run as nobody, and that needs util-linux' setpriv")
    plain = ["setpriv", f"--reuid={SERVICE_USER}", "--regid=nogroup", "--clear-groups"]
    # Without this bit access(2) forgets the right, and PostgreSQL does not find its own programs.
    passing = ["setpriv", "--securebits=+no_setuid_fixup", *plain[1:]]
    passing += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    passing += ["--bounding-set=-all,+dac_override"]
    VAR.mkdir(parents=True, exist_ok=True)
    probe = ["sh", "-c", 'test -x "$0" && test -x "$1" && "$1" --version', str(VAR), str(state.pg_bin() / "postgres")]
    for command in (plain, passing):
        if subprocess.run([*command, *probe], capture_output=True, cwd="/").returncode == 0:
            return command
    raise Failed(
        f"PostgreSQL does not run as root, and its user `{SERVICE_USER}` cannot reach {VAR}: "
        "make the directories above it passable (chmod o+x), clone elsewhere, or run as a normal user"
    )


def server_command() -> list:
    """The server, in the foreground."""
    return [*_lowered(), state.pg_bin() / "postgres", "-D", DATA, "-h", "''", "-k", state.socket_dir()]


def _give_away(path: Path) -> None:
    if _as_root():
        entry = pwd.getpwnam(SERVICE_USER)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def make_socket_dir() -> None:
    """The directory of the sockets; refused when it is someone else's (it may lie in /tmp)."""
    folder = state.socket_dir()
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        allowed = {os.geteuid()} | ({pwd.getpwnam(SERVICE_USER).pw_uid} if _as_root() else set())
        if folder.is_symlink() or folder.stat().st_uid not in allowed:
            raise Failed(f"{folder} belongs to someone else; remove it or set a shorter VAR=") from None
    _give_away(folder)


def init_data() -> None:
    """Makes the data directory, whole or not at all."""
    if (DATA / "PG_VERSION").exists():
        _drop_stale_pid()
        return
    if DATA.exists() and any(DATA.iterdir()):
        raise Failed(f"{DATA} holds something that is no PostgreSQL data; move it away")
    new = VAR / "pgdata.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    _give_away(new)
    command = [*_lowered(), state.pg_bin() / "initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8"]
    done = subprocess.run([*command, "-U", "postgres", "-D", new], capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise Failed(f"initdb failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    with (new / "postgresql.conf").open("a") as conf:
        conf.write("max_connections = 200\nshared_buffers = 256MB\nunix_socket_permissions = 0700\n")
        # A statement that fails has people's data in it.
        conf.write("log_min_error_statement = panic\n")
    if DATA.exists():
        DATA.rmdir()
    new.rename(DATA)


def _drop_stale_pid() -> None:
    """After a kill the pid file may name a process number that something else has now."""
    pid_file = DATA / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = pid_file.read_text().split("\n", 1)[0].strip()
    try:
        command = (Path("/proc") / pid / "cmdline").read_bytes()
    except OSError:
        command = b""
    if os.fsencode(DATA) not in command:
        pid_file.unlink()


def answers() -> bool:
    """Whether the server takes connections."""
    command = [state.pg_bin() / "pg_isready", "-q", "-h", state.socket_dir(), "-U", "postgres"]
    return subprocess.run(command).returncode == 0


def psql(sql: str, database: str = "postgres") -> str:
    """Runs SQL as the superuser and returns the bare rows."""
    command = [state.pg_bin() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", state.socket_dir(), "-U", "postgres"]
    done = subprocess.run([*command, database], input=sql, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"psql: {done.stderr.strip()}")
    return done.stdout


def make_databases() -> None:
    """Roles, databases and the DataStore's permissions; safe to repeat."""
    existing = set(psql("select datname from pg_database").split())
    roles = set(psql("select rolname from pg_roles").split())
    for role in ("datastore_writer", "datastore_reader"):
        if role not in roles:
            psql(f"create role {role} login nosuperuser nocreatedb nocreaterole")
    for portal, datastore in DATABASES.items():
        for name, owner in ((portal, "postgres"), (datastore, "datastore_writer")):
            if name not in existing:
                psql(f"create database {name} owner {owner} encoding 'utf8' template template0")
                if name.endswith("_test"):  # nothing in it need outlive a fall of the machine
                    psql(f"alter database {name} set synchronous_commit to off")
        if psql("select to_regproc('populate_full_text_trigger')", datastore).strip() == "":
            psql(_datastore_permissions(portal, datastore), datastore)


def _datastore_permissions(portal: str, datastore: str) -> str:
    """What `ckan datastore set-permissions` prints, in one transaction so that a kill leaves nothing half."""
    import importlib.util

    ckan = Path(importlib.util.find_spec("ckan").origin).parent.parent
    template = (ckan / "ckanext" / "datastore" / "set_permissions.sql").read_text()
    names = {"maindb": portal, "datastoredb": datastore, "mainuser": "postgres"}
    sql = template.format(**names, writeuser="datastore_writer", readuser="datastore_reader")
    body = sql.split(f"\\connect {datastore}", 1)[1]
    return f"begin;\n{body}\ncommit;\n"
