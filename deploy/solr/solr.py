"""`make solr`, `make solr-down` and `make test-long`: a Solr 9 with CKAN's own schema, out of Maven Central.

Needs Java 17 and Maven. Everything lies under VAR/solr; cores `ckan` and `ckan_test`. The port is chosen once and
remembered in VAR/settings.json, where `SEARCH=solr make up` finds it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "local"))

from state import VAR, free_port, remember, settings  # noqa: E402

HOME = VAR / "solr"
PID = HOME / "pid"
CORES = ("ckan", "ckan_test")
INTERRUPTED, NOTHING_ASKED_FOR = 2, 5
"""Exit codes of pytest."""


def port() -> int:
    """The remembered port."""
    if "solr_port" not in settings():
        remember(solr_port=free_port())
    return settings()["solr_port"]


def url(core: str) -> str:
    """The address of a core."""
    return f"http://127.0.0.1:{port()}/solr/{core}"


def up() -> None:
    """Starts Solr and waits until it answers."""
    if _answers():
        print(f"Solr: {url('ckan')}")
        return
    for tool in ("java", "javac", "mvn"):
        if not shutil.which(tool):
            sys.exit(f"make solr: {tool} is missing; install Java 17 (JDK) and Maven")
    _fetch()
    _lay_out()
    log = (HOME / "log.txt").open("ab")
    process = subprocess.Popen(
        ["java", "-Xmx512m", "-cp", f"{HOME}/lib/*:{HOME}/classes", "Start", str(HOME / "home"), str(port())],
        stdout=log,
        stderr=log,
        start_new_session=True,
        cwd=HOME,
    )
    PID.write_text(str(process.pid))
    until = time.monotonic() + 300
    while not _answers():
        if process.poll() is not None or time.monotonic() > until:
            print("".join((HOME / "log.txt").read_text(errors="replace").splitlines(keepends=True)[-30:]))
            sys.exit(f"make solr: it did not start; the end of {HOME / 'log.txt'} stands above")
        time.sleep(0.3)
    print(f"Solr: {url('ckan')}")


def down() -> None:
    """Stops the Solr that `up` started."""
    if not PID.exists():
        return
    pid = int(PID.read_text() or 0)
    for number in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + 30
        while _is_ours(pid) and time.monotonic() < until:
            os.kill(pid, number)
            time.sleep(0.3)
    PID.unlink()


def _is_ours(pid: int) -> bool:
    try:
        return os.fsencode(HOME) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def during(command: list[str]) -> None:
    """Runs a command while Solr answers; where there can be none it runs all the same, and we say so."""
    ran = _answers()
    try:
        up()
    except SystemExit as failure:
        print(f"Without Solr, so what compares with it is skipped. {failure}", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # the command ends by itself, we tidy up then
    code = subprocess.run(command).returncode
    if code != INTERRUPTED and _answers():
        code = _on_solr(command) or code
    if not ran:
        down()
    sys.exit(code)


def _on_solr(command: list[str]) -> int:
    """Once more the tests that hold on either engine, of those that were asked for; what pytest answered."""
    print("Once more on Solr: the tests that are marked both_engines.", flush=True)
    code = subprocess.run([*command, "-m", "both_engines"], env=os.environ | {"SEARCH": "solr"}).returncode
    return 0 if code == NOTHING_ASKED_FOR else code


def _fetch() -> None:
    done = HOME / "fetched"
    if done.exists() and done.read_text() == (HERE / "pom.xml").read_text():
        return
    print("Fetching Solr from Maven Central ...", flush=True)
    shutil.rmtree(HOME / "lib", ignore_errors=True)
    (HOME / "classes").mkdir(parents=True, exist_ok=True)
    fetched = subprocess.run(
        [
            *("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"),
            *(f"-DoutputDirectory={HOME}/lib", "-DincludeScope=runtime"),
        ],
    )
    if fetched.returncode:
        sys.exit("make solr: Maven could not fetch Solr; its message stands above")
    subprocess.run(["javac", "-cp", f"{HOME}/lib/*", "-d", HOME / "classes", HERE / "Start.java"], check=True)
    done.write_text((HERE / "pom.xml").read_text())


def _lay_out() -> None:
    home = HOME / "home"
    schema = Path(importlib.util.find_spec("ckan").origin).parent / "config" / "solr" / "schema.xml"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "conf" / "solr.xml", home)
    for core in CORES:
        conf = home / core / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        (home / core / "core.properties").write_text(f"name={core}\n")
        shutil.copy(schema, conf / "schema.xml")
        shutil.copy(HERE / "conf" / "solrconfig.xml", conf)
        for name in ("synonyms.txt", "protwords.txt"):
            (conf / name).touch()


def _answers() -> bool:
    try:
        with urllib.request.urlopen(url("ckan_test") + "/admin/ping", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    try:
        if sys.argv[1] == "during":
            during(sys.argv[2:])
        else:
            {"up": up, "down": down}[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)
