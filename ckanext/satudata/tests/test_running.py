"""The Makefile's contract on a state of its own: starts, kills, stops. Long, since it starts whole portals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy" / "local"
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Checkout:
    """`portal.py` on a VAR and a PORT of its own, with none of the tests' addresses."""

    def __init__(self, var: Path):
        self.var, self.port = var, free_port()
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("CKAN_", "TEST_"))}
        self.env = clean | {"VAR": str(var), "PORT": str(self.port)}

    def make(self, target: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, DEPLOY / "portal.py", target], env=self.env, cwd=ROOT, capture_output=True, text=True
        )

    def answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/api/3/action/status_show"
            return json.load(urllib.request.urlopen(url, timeout=20))["success"]
        except OSError:
            return False

    def processes(self) -> dict[int, str]:
        code = "import json, daemons; print(json.dumps(daemons.orphans()))"
        done = subprocess.run([sys.executable, "-c", code], env=self.env, cwd=DEPLOY, capture_output=True, text=True)
        return {int(pid): program for pid, program in json.loads(done.stdout).items()}

    def wait_until(self, ready, seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < until
            time.sleep(0.3)


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path / "var")
    yield made
    made.make("services-down")


def test_killed_processes_come_back_and_down_leaves_nothing(checkout):
    done = checkout.make("up")
    assert done.returncode == 0, done.stdout + done.stderr
    for program in ("web", "worker", "redis", "postgres"):
        before = {pid for pid, name in checkout.processes().items() if name == program}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        checkout.wait_until(
            lambda program=program, before=before: (
                {pid for pid, name in checkout.processes().items() if name == program} - before
            )
        )
    checkout.wait_until(checkout.answers)

    os.kill(int((checkout.var / "supervisor" / "supervisord.pid").read_text()), signal.SIGKILL)
    assert checkout.make("up").returncode == 0
    assert checkout.answers()
    assert checkout.make("down").returncode == 0
    assert checkout.processes() == {}
    assert checkout.make("down").returncode == 0


def test_a_taken_port_is_named_and_nothing_stays(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", checkout.port))
        taken.listen()
        done = checkout.make("up")
    assert done.returncode != 0
    assert f"port {checkout.port} is taken" in done.stderr
    assert checkout.processes() == {}


def test_services_that_stood_before_stay_after_down(checkout):
    assert checkout.make("services").returncode == 0
    assert checkout.make("up").returncode == 0
    assert checkout.make("down").returncode == 0
    assert set(checkout.processes().values()) == {"postgres", "redis"}
