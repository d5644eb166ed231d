#!/usr/bin/env python3
"""Starts and stops the portal and its services under the checkout.

The Makefile calls this file; the names of its targets are a contract (docs/development.md). state.py says
where things lie, databases.py and daemons.py how PostgreSQL, Redis, web, worker and the mail sink run.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import daemons
import databases
import state
from state import ACCOUNTS, INI, LOGS, ROOT, VAR, VENV_BIN, Failed

PLUGINS = (
    "satudata satudata_access satudata_publication satudata_ppid satudata_reports satudata_posts satudata_search "
    "scheming_datasets scheming_organizations dcat activity datastore"
)
# What `up` started: "services" when PostgreSQL and Redis too. `down` stops that and forgets it.
STARTED = VAR / "started-by-up"
# There while the tests that run shall stop PostgreSQL and Redis, since `down` left them to them.
LEFT_TO_TESTS = VAR / "services-left-to-tests"
LOADING = VAR / "demo" / "loading"


def services() -> None:
    """PostgreSQL and Redis, with the databases and roles that portal and tests need."""
    wanted = []
    if state.external_postgres():
        print("Using the PostgreSQL of CKAN_SQLALCHEMY_URL; none started.")
    else:
        databases.make_socket_dir()
        wanted.append("postgres")
    if state.external_redis():
        print("Using the Redis of CKAN_REDIS_URL; none started.")
    else:
        wanted.append("redis")
    if not wanted:
        return
    if "postgres" in wanted and not daemons.running("postgres"):
        daemons.alive() or daemons.end_orphans()
        databases.init_data()
    daemons.ensure(*wanted)
    daemons.start(*wanted)
    if "postgres" in wanted:
        state.wait(databases.answers, 120, f"PostgreSQL did not start; see {LOGS}/postgres.log")
        databases.make_databases()
    if not daemons.running("web"):
        write_ini()
    if "redis" in wanted:
        state.wait(
            lambda: state.port_taken(state.settings()["redis_port"]), 60, f"Redis did not start; see {LOGS}/redis.log"
        )


def services_down() -> None:
    """Stops everything this checkout runs: without services the portal cannot stand."""
    daemons.shutdown()
    STARTED.unlink(missing_ok=True)
    LEFT_TO_TESTS.unlink(missing_ok=True)


def services_run() -> bool:
    """Whether PostgreSQL and Redis, as far as they are ours, run."""
    ours = [] if state.external_postgres() else ["postgres"]
    ours += [] if state.external_redis() else ["redis"]
    return all(daemons.running(program) for program in ours)


# ---------------------------------------------------------------- portal


def write_ini() -> None:
    """`var/ckan.ini`, from the template and the remembered secrets."""
    chosen = state.settings()
    _ensure_key()
    template = (ROOT / "deploy" / "local" / "ckan.ini.in").read_text()
    plugins = PLUGINS
    solr_url = ""
    if state.wants_solr():
        solr_url = os.environ.get("SOLR_URL") or state.solr_url("ckan")
    if not state.datastore_there():
        print("No CKAN_DATASTORE_WRITE_URL and CKAN_DATASTORE_READ_URL: the portal runs without DataStore.")
        plugins = plugins.replace(" datastore", "")
    values = {
        "SECRET": state.secret_key(),
        "PLUGINS": plugins,
        "PORT": str(state.web_port()),
        "VAR": str(VAR),
        "SMTP": f"127.0.0.1:{chosen['mail_port']}",
        "SOLR": f"solr_url = {solr_url}" if solr_url else "",
    }
    for key, value in values.items():
        template = template.replace(f"@{key}@", value.replace("%", "%%"))
    if not INI.exists() or INI.read_text() != template:
        state.write_whole(INI, template)


def _ensure_key() -> None:
    """The key of applicants' data, made once; a lost one is never replaced, or the data could not be read."""
    key = VAR / "satudata.key"
    made_before = VAR / "satudata.key.made"
    if key.exists():
        return
    if made_before.exists():
        raise Failed(f"{key} is gone, but this portal's data is encrypted with it: restore it from the backup.")
    state.write_whole(key, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() + "\n")
    made_before.touch()


def _call(*command) -> None:
    done = subprocess.run(command, env=os.environ | state.environment(), cwd=ROOT, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command[1:]))} failed; its message stands above")


def _upgrade() -> None:
    log = LOGS / "upgrade.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, ROOT / "deploy" / "local" / "upgrade.py"],
            env=os.environ | state.environment(),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    if done.returncode:
        raise Failed(f"the tables could not be brought up to date:\n{_tail(log)}")


def prepare() -> None:
    """Everything up to a portal that only needs starting: services, tables, demo data once."""
    if state.wants_solr() and not (os.environ.get("SOLR_URL") or state.solr_url("ckan")):
        raise Failed(state.NO_SOLR)
    services()
    write_ini()
    (VAR / "storage").mkdir(exist_ok=True)
    _upgrade()
    _index_anew()
    if LOADING.exists():
        _load_demo("--reset")
    elif not ACCOUNTS.exists() and os.environ.get("DEMO", "yes") != "no" and _empty():
        _load_demo()


def _index_anew() -> None:
    """The engine that was not used meanwhile knows nothing of what changed."""
    engine = "solr" if state.wants_solr() else "postgresql"
    if state.settings().get("search", "postgresql") != engine:
        print(f"Indexing the datasets for {engine} ...", flush=True)
        _call(VENV_BIN / "ckan", "search-index", "rebuild", "-q")
        state.remember(search=engine)


def _empty() -> bool:
    """Whether the portal holds no agency and no dataset: a restored one gets no demonstration data."""
    import psycopg2

    connection = psycopg2.connect(state.environment()["CKAN_SQLALCHEMY_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute('select exists (select 1 from "group") or exists (select 1 from package)')
        found = cursor.fetchone()[0]
    connection.close()
    return not found


def _load_demo(*arguments: str) -> None:
    # A load that was killed leaves its mark, and the next start begins it anew.
    LOADING.parent.mkdir(parents=True, exist_ok=True)
    print("Loading the demonstration government ...", flush=True)
    os.environ["SATUDATA_DEMO_PASSWORD"] = state.settings()["demo_password"]
    _call(VENV_BIN / "ckan", "satudata", "demo", *arguments)


def up() -> None:
    """Everything in the background; returns when the portal answers."""
    if not daemons.alive():
        daemons.end_orphans()
    if not os.environ.get("PORT") and not daemons.running("web"):
        state.remember(web_port=None)
    port = state.web_port()
    before = services_run()
    if not before or not STARTED.exists():
        state.write_whole(STARTED, "" if before else "services")
    if (not daemons.running("web") or state.settings().get("web_port") != port) and state.port_taken(port):
        if not before:
            STARTED.unlink()
        raise Failed(f"port {port} is taken by another program; choose another: PORT={port + 1} make {sys.argv[1]}")
    state.remember(web_port=port)
    os.environ["PORT"] = str(port)
    url = f"http://127.0.0.1:{port}"
    try:
        prepare()
        daemons.ensure(*daemons.PORTAL)
        log = LOGS / "web.log"
        read_from = log.stat().st_size if log.exists() else 0
        daemons.start(*_programs())
        _wait_for_answer(url, log, read_from)
    except BaseException:
        down()
        raise
    print_welcome(url)


def _programs() -> tuple[str, ...]:
    # A mail server named in the environment is CKAN's own affair.
    return tuple(name for name in daemons.PORTAL if name != "mail" or not os.environ.get("CKAN_SMTP_SERVER"))


def _wait_for_answer(url: str, log, read_from: int) -> None:
    def settled() -> bool:
        if _answers(url):
            return True
        if log.exists() and b"Worker failed to boot" in log.read_bytes()[read_from:]:
            raise Failed("")
        return False

    try:
        state.wait(settled, 300, "")
    except Failed:
        raise Failed(f"the portal does not answer at {url}; the end of {log}:\n{_tail(log)}") from None


def _tail(log, lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/api/3/action/status_show", timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def print_welcome(url: str) -> None:
    """What to open, whom to log in as, where the mails are."""
    print(f"\nPortal: {url}\n")
    if ACCOUNTS.exists():
        _print_accounts(json.loads(ACCOUNTS.read_text()))
        print(f"\nAccounts and API tokens: {ACCOUNTS}")
    if not os.environ.get("CKAN_SMTP_SERVER"):
        print(f"Mails are not sent but kept in {state.MAILS}/*.eml: `make mail` shows the newest.")
    print(f"Logs: {LOGS}\n", flush=True)


def _print_accounts(accounts: list[dict]) -> None:
    print(f"Log in at /user/login; the password of all: {accounts[0]['password']}\n")
    for account in accounts:
        print(f"  {account['name']:<22}{account['note']}")


def down() -> None:
    """Stops what `up` started, and nothing else; also after supervisord was killed."""
    if not STARTED.exists() and daemons.alive():
        daemons.stop(*daemons.PORTAL)
    elif not daemons.alive():
        daemons.end_orphans()
    elif STARTED.read_text() == "services" and not state.held("tests"):
        daemons.shutdown()
    else:
        daemons.stop(*daemons.PORTAL)
        if STARTED.read_text() == "services":
            print("Tests of this checkout are running: PostgreSQL and Redis stop when they end.")
            LEFT_TO_TESTS.touch()
    STARTED.unlink(missing_ok=True)
    if state.SETTINGS_FILE.exists():
        state.remember(web_port=None)


def run() -> None:
    """`up` in the foreground: Ctrl-C, a closed terminal or a killed make stop all it started."""
    _end_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    ran_before = daemons.running("web")
    log = None
    try:
        with state.alone():
            up()
        print("Ctrl-C leaves the portal running." if ran_before else "Ctrl-C stops the portal.", flush=True)
        log = subprocess.Popen(["tail", "-n", "0", "-F", LOGS / "web.log"], start_new_session=True)
        while log.poll() is None:
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if log:
            log.terminate()
        if not ran_before:
            print("Stopping ...", flush=True)
            with state.alone():
                down()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def demo() -> None:
    """Loads the demonstration government again from nothing; a portal that runs stands still meanwhile."""
    before = services_run()
    ran = [program for program in daemons.PORTAL if daemons.running(program)]
    if ran:
        daemons.stop(*ran)
    try:
        services()
        write_ini()
        _upgrade()
        _index_anew()
        _load_demo("--reset")
    finally:
        if ran:
            daemons.start(*ran)
        elif not before:
            services_down()


def env() -> None:
    """Prints `export` lines."""
    for key, value in state.environment().items():
        print(f"export {key}={shlex.quote(value)}")


def mail() -> None:
    """Shows the newest mails the portal sent."""
    import mail_sink

    mail_sink.show(state.MAILS)


# ---------------------------------------------------------------- tests


def with_test_services() -> None:
    """Runs the command that follows with the tests' databases, and stops the services if it started them.

    Two runs would empty each other's databases, so the second waits. A run whose make is killed ends.
    """
    _end_with_parent()
    tests = state.alone("tests", "Waiting for other tests of this checkout ...")
    tests.__enter__()
    with state.alone():
        before = services_run()
        services()
    code = _interruptible(sys.argv[2:], state.test_environment())
    with state.alone():
        if before and not LEFT_TO_TESTS.exists():
            pass
        elif STARTED.exists():
            state.write_whole(STARTED, "services")  # the portal came meanwhile: they are its own now
            LEFT_TO_TESTS.unlink(missing_ok=True)
        else:
            services_down()
    tests.__exit__(None, None, None)
    sys.exit(code)


def _interruptible(command: list[str], env: dict[str, str]) -> int:
    """Runs a command that tidies up when it is interrupted; what ends us interrupts it, and we wait for its end."""

    def prepared() -> None:
        _end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background has it ignored

    running = subprocess.Popen(command, env=env, cwd=ROOT, preexec_fn=prepared)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: running.send_signal(signal.SIGINT))
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal tells the command itself
    return running.wait()


def chromium() -> None:
    """Debian's Chromium for the browser tests, where we may install it."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        print("Browser tests are skipped: install Chromium first (sudo apt-get install chromium).", flush=True)
        return
    print("Installing Chromium for the browser tests ...", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get -qq update", "apt-get -qq -y install --no-install-recommends chromium"):
        done = subprocess.run(command.split(), env=quiet, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            print(f"Browser tests are skipped, {command!r} failed: {done.stderr.strip()[-300:]}", flush=True)
            return


LOCKED = {"services": services, "services-down": services_down, "up": up, "down": down, "demo": demo}
LOCKED |= {"prepare": prepare}
FREE = {"run": run, "env": env, "mail": mail, "with-test-services": with_test_services, "chromium": chromium}

if __name__ == "__main__":
    name = sys.argv[1]
    try:
        if name in LOCKED:
            with state.alone():
                LOCKED[name]()
        else:
            FREE[name]()
    except Failed as failure:
        sys.exit(f"make {name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
