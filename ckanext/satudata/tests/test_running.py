"""The Makefile's contract on a state of its own: starts, kills, stops. Long, since it starts whole portals."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy" / "local"
# Not in pytest's own folder: what a killed run left must be found again.
PLACE = Path(os.environ.get("VAR") or ROOT / "var").resolve() / "test" / "running"
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Checkout:
    """`portal.py` on a VAR and a PORT of its own, with none of the tests' addresses."""

    def __init__(self, var: Path):
        self.var, self.port = var, free_port()
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("CKAN_", "TEST_", "MAKE"))}
        self.env = clean | {"VAR": str(var), "PORT": str(self.port), "DEMO": "no"}

    def make(self, *command: str, **env: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, DEPLOY / "portal.py", *command],
            env=self.env | env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def up(self, **env: str) -> str:
        done = self.make("up", **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begin(self, *command: str) -> subprocess.Popen:
        """The same in the background, in a group of its own."""
        return subprocess.Popen(
            command or [sys.executable, DEPLOY / "portal.py", "up"],
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def exports(self) -> dict[str, str]:
        """What `make env` gives, read by a shell."""
        lines = self.make("env").stdout
        names = [line.split("=")[0].removeprefix("export ") for line in lines.splitlines()]
        print_them = "; ".join(f'printf "%s\\0" "${name}"' for name in names)
        done = subprocess.run(["sh", "-c", f"{lines}\n{print_them}"], capture_output=True, text=True, check=True)
        return dict(zip(names, done.stdout.split("\0"), strict=False))

    def ckan(self, *arguments: str) -> str:
        env = self.env | self.exports()
        command = [Path(sys.executable).parent / "ckan", *arguments]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def psql(self, url: str, sql: str) -> str:
        """Bare rows of a query to the database of this variable."""
        env = self.env | self.exports()
        done = subprocess.run(["psql", "-XqAtd", env[url], "-c", sql], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": token})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ask(self, action: str, token: str = ""):
        status, body = self.get(f"/api/3/action/{action}", token)
        assert status == 200, body
        return json.loads(body)["result"]

    def answers(self) -> bool:
        try:
            return self.get("/api/3/action/status_show")[0] == 200
        except OSError:
            return False

    def pids(self, program: str) -> set[int]:
        return {pid for pid, name in self.processes().items() if name == program}

    def processes(self) -> dict[int, str]:
        code = "import json, daemons; print(json.dumps(daemons.orphans()))"
        done = subprocess.run([sys.executable, "-c", code], env=self.env, cwd=DEPLOY, capture_output=True, text=True)
        return {int(pid): program for pid, program in json.loads(done.stdout).items()}

    def wait_until(self, ready, seconds: float = 600) -> None:
        until = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < until
            time.sleep(0.3)


@pytest.fixture(scope="module", autouse=True)
def place():
    """An empty folder; what a killed run left there is ended."""
    for left in PLACE.glob("*/*/settings.json"):
        Checkout(left.parent).make("services-down")
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    return PLACE


@contextlib.contextmanager
def stopped_at_the_end(var: Path):
    """Its logs stay until the next run."""
    made = Checkout(var)
    var.parent.mkdir(exist_ok=True)
    try:
        yield made
    finally:
        done = made.make("services-down")
        kill(made.processes())
        shutil.rmtree(var / "pgdata", ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def folder(place, request) -> Path:
    """A folder of this test alone; its name is short, or the sockets' paths would be too long."""
    return place / hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]


@pytest.fixture
def checkout(folder):
    """One that was never started."""
    with stopped_at_the_end(folder / "one") as made:
        yield made


@pytest.fixture
def other(folder):
    """A second one that was never started."""
    with stopped_at_the_end(folder / "other") as made:
        yield made


@pytest.fixture(scope="module")
def prepared(place):
    """The state of one whose tables are made, for those tests that are not about the first start."""
    with stopped_at_the_end(place / "prepared" / "var") as made:
        done = made.make("prepare")
        assert done.returncode == 0, done.stdout + done.stderr
        assert made.make("services-down").returncode == 0
        (made.var / "settings.json").unlink()
        yield made.var


@pytest.fixture
def ready(prepared, folder):
    """One whose tables are made; it does not run."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", prepared, folder / "ready"], check=True)
    with stopped_at_the_end(folder / "ready") as made:
        yield made


def kill(pids) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_killed_processes_come_back_and_down_leaves_nothing(ready):
    ready.up()
    for program in ("web", "worker", "redis", "postgres"):
        before = ready.pids(program)
        kill(before)
        ready.wait_until(lambda program=program, before=before: ready.pids(program) - before)
    ready.wait_until(ready.answers)

    kill([int((ready.var / "supervisor" / "supervisord.pid").read_text())])
    ready.up()
    assert ready.answers()
    assert ready.make("down").returncode == 0
    assert ready.processes() == {}
    assert ready.make("down").returncode == 0


def test_the_portal_stays_up_while_the_same_checkout_tests(ready):
    ready.up()

    def oldest() -> dict[str, int]:  # the worker has children that come and go
        return {program: min(ready.pids(program)) for program in ("web", "worker", "redis", "postgres")}

    before = oldest()
    another_shell = {"PATH": "/nowhere:" + os.environ["PATH"], "PORT": ""}
    no_services = {"SEARCH": "solr", "TEST_SOLR_URL": "http://127.0.0.1:9/solr/x", "CKAN_SMTP_SERVER": "127.0.0.1:9"}
    for command, env in (
        (("services",), another_shell),
        (("with-test-services", "true"), another_shell),
        (("with-test-services", "true"), another_shell | no_services),
        (("up",), {"PORT": ""}),
    ):
        done = ready.make(*command, **env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert oldest() == before, command
    assert ready.make("env", PORT="").stdout.count(f"export PORT={ready.port}\n") == 1
    assert ready.answers()


def begin_tests(checkout) -> subprocess.Popen:
    """Tests that run until `end_tests`."""
    tests = checkout.begin(sys.executable, str(DEPLOY / "portal.py"), "with-test-services", "sleep", "3600")
    checkout.wait_until(lambda: child_of(tests))
    return tests


def child_of(tests) -> list[int]:
    children = Path(f"/proc/{tests.pid}/task/{tests.pid}/children").read_text().split()
    return [int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text() == "sleep\n"]


def end_tests(tests) -> None:
    kill(child_of(tests))
    tests.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_tests_end_with_the_make_that_ran_them(ready, number):
    tests = begin_tests(ready)
    (child,) = child_of(tests)
    tests.send_signal(number)
    tests.wait()
    ready.wait_until(lambda: not Path(f"/proc/{child}").exists())
    assert set(ready.processes().values()) == ({"postgres", "redis"} if number == signal.SIGKILL else set())
    assert ready.make("with-test-services", "true").returncode == 0
    ready.make("services-down")
    assert ready.processes() == {}


def test_services_that_tests_started_go_to_a_portal_that_came_meanwhile(ready):
    tests = begin_tests(ready)
    ready.up()
    end_tests(tests)
    assert ready.answers()
    assert ready.make("down").returncode == 0
    assert ready.processes() == {}


def test_services_that_a_portal_started_go_to_tests_that_came_meanwhile(ready):
    ready.up()
    tests = begin_tests(ready)
    assert "stop when they end" in ready.make("down").stdout
    assert set(ready.processes().values()) == {"postgres", "redis"}
    end_tests(tests)
    assert ready.processes() == {}


@pytest.mark.parametrize("moment", ["pgdata.new", "supervisor/supervisord.pid", "pgdata/postmaster.pid", "ckan.ini"])
def test_a_first_start_that_was_killed_is_finished_by_the_next(checkout, moment):
    first = checkout.begin()
    checkout.wait_until((checkout.var / moment).exists)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    checkout.up()
    assert checkout.answers()


def test_databases_that_a_kill_left_half_made_are_completed(checkout):
    assert checkout.make("services").returncode == 0
    psql = ["psql", "-XqAtd", checkout.exports()["CKAN_SQLALCHEMY_URL"], "-c"]
    env = checkout.env | checkout.exports()
    for sql in ("drop database datastore_test", "drop database datastore"):
        subprocess.run([*psql, sql], env=env, check=True)
    checkout.up()
    assert "datastore" in checkout.ask("status_show")["extensions"]
    exports = checkout.env | checkout.exports()
    for key, may in (("CKAN_DATASTORE_WRITE_URL", True), ("CKAN_DATASTORE_READ_URL", False)):
        done = subprocess.run(["psql", "-Xqd", exports[key], "-c", "create table a (b int)"], env=exports)
        assert (done.returncode == 0) is may


def test_a_killed_make_run_stops_what_it_started(ready):
    made = ready.begin("make", "run")
    ready.wait_until(ready.answers)
    made.kill()
    made.wait()
    ready.wait_until(lambda: ready.processes() == {})


def test_two_checkouts_that_start_at_once_stand_side_by_side(ready, other):
    second = other.begin()
    ready.up()
    assert second.wait() == 0
    assert ready.answers() and other.answers()
    assert ready.make("down").returncode == 0
    assert other.answers()
    assert set(ready.processes()) == set()


@pytest.mark.parametrize("datastore", [True, False])
def test_services_named_from_outside_are_used_and_none_started(checkout, other, datastore):
    assert other.make("services").returncode == 0
    theirs = other.exports()
    named = {key: theirs[key] for key in ("CKAN_SQLALCHEMY_URL", "CKAN_REDIS_URL")}
    if datastore:
        named |= {key: theirs[key] for key in ("CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL")}
    checkout.env |= named
    said = checkout.up()
    assert ("the portal runs without DataStore" in said) is not datastore
    assert ("datastore" in checkout.ask("status_show")["extensions"]) is datastore
    assert set(checkout.processes().values()) == {"web", "worker", "mail"}
    assert checkout.exports()["CKAN_SQLALCHEMY_URL"] == named["CKAN_SQLALCHEMY_URL"]
    refused = checkout.make("with-test-services", "true")
    assert refused.returncode != 0 and "TEST_SQLALCHEMY_URL" in refused.stderr
    assert checkout.make("down").returncode == 0
    assert set(other.processes().values()) == {"postgres", "redis"}


def test_without_redis_pages_answer_and_all_is_well_when_it_is_back(ready):
    ready.up()
    kill([int((ready.var / "supervisor" / "supervisord.pid").read_text())])  # nobody brings Redis back
    kill(ready.pids("redis"))
    for path in ("/", "/dataset/", "/user/login", "/permohonan/baru", "/api/3/action/package_search"):
        assert ready.get(path)[0] == 200, path
    ready.up()
    assert ready.answers()


def test_a_killed_workers_successor_schedules_at_once(ready):
    ready.up()
    log = ready.var / "log" / "worker.log"
    ready.wait_until(lambda: log.exists() and "Scheduler for" in log.read_text())
    kill(ready.pids("worker"))
    ready.wait_until(lambda: log.read_text().count("Scheduler for") == 2)


def test_a_backup_restored_into_nothing_is_the_same_portal(checkout, other, tmp_path):
    """Accounts, tokens, files and the DataStore's rights too."""
    checkout.up(DEMO="yes")
    checkout.ckan("user", "add", "penjaga", "email=penjaga@nusasari.example", "password=kata-sandi-panjang")
    checkout.ckan("sysadmin", "add", "penjaga")
    token = checkout.ckan("user", "token", "add", "penjaga", "cadangan", "-q").split()[-1]

    def seen(portal: Checkout) -> dict:
        found = portal.ask("package_search?rows=1000&include_private=true&include_drafts=true", token)
        return {
            "datasets": {row["id"]: row["metadata_modified"] for row in found["results"]},
            "agencies": portal.ask("organization_list?all_fields=true", token),
            "users": sorted(user["name"] for user in portal.ask("user_list", token)),
            "officers": portal.ask("satudata_officer_list", token),
        }

    checkout.psql("CKAN_DATASTORE_WRITE_URL", 'create table "sebuah-tabel" (nilai int)')
    was = seen(checkout)
    checkout.ckan("satudata", "backup", str(tmp_path / "backup"))
    assert checkout.make("down").returncode == 0

    assert other.make("services").returncode == 0
    other.ckan("satudata", "restore", str(tmp_path / "backup"))
    other.up(DEMO="yes")
    assert seen(other) == was
    assert (
        "DANGER\tstores"
        not in subprocess.run(
            [Path(sys.executable).parent / "ckan", "satudata", "doctor"],
            env=other.env | other.exports(),
            cwd=ROOT,
            capture_output=True,
            text=True,
        ).stdout
    )
    sql = """select c.relname, has_table_privilege(c.oid, 'select') from pg_class c
             where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not starts_with(c.relname, '_')"""
    assert other.psql("CKAN_DATASTORE_READ_URL", sql) == "sebuah-tabel|t"


def test_an_interrupted_install_is_finished_and_clean_leaves_the_sources(tmp_path):
    """In a copy of the checkout, since it removes `.venv`."""
    copy, var = tmp_path / "copy", tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("CKAN_", "TEST_", "MAKE"))}
    env = clean | {"VAR": str(var), "PORT": str(free_port())}

    def make(*targets: str) -> None:
        done = subprocess.run(["make", *targets], cwd=copy, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    for sign in ("bin/python", "lib/python3.*/site-packages/sqlalchemy/engine", "bin/ckan"):
        running = subprocess.Popen(
            ["make", "install"], cwd=copy, env=env, start_new_session=True, stdout=subprocess.DEVNULL
        )
        while not list((copy / ".venv").glob(sign)) and running.poll() is None:
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    make("services")
    assert (var / "pgdata").is_dir() and not (copy / "var").exists()
    make("clean")
    assert not var.exists() and not (copy / ".venv").exists()
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=copy, capture_output=True, text=True).stdout
    assert changed == "" and (copy / "Makefile").exists()
    make("clean")


def test_a_taken_port_is_named_and_nothing_stays(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", checkout.port))
        taken.listen()
        done = checkout.make("up")
    assert done.returncode != 0
    assert f"port {checkout.port} is taken" in done.stderr
    assert checkout.processes() == {}


def test_services_that_stood_before_stay_after_down(ready):
    assert ready.make("services").returncode == 0
    assert ready.make("up").returncode == 0
    assert ready.make("down").returncode == 0
    assert set(ready.processes().values()) == {"postgres", "redis"}
