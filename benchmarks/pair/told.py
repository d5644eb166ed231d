"""Two processes that make the same thing in turns when they are told to, and what it cost them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from access import processor

from pair.portals import Portal

SHEETS = (
    "Data yang dipublikasikan",
    "Menurut produsen data",
    "Menurut bulan",
    "Waktu setiap langkah",
    "Permohonan data terbatas",
    "Unduhan",
)


class Side:
    """One of the two: a process that makes the workbook whenever it is told to."""

    def __init__(self, name: str, portal: Portal):
        self.name, self.target = name, portal.folder / f"{name}.xlsx"
        script = Path(__file__).parents[1] / "report.py"
        command = [sys.executable, str(script), name, str(portal.ini), str(self.target)]
        self.process = subprocess.Popen(
            command, env=portal.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.facts = self.told()
        self.backends: list[int] = self.facts["backends"]

    def told(self) -> dict[str, Any]:
        """The next line it says."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.name} ended")

    def ask(self, *words: str) -> dict[str, Any]:
        """Has it do something; `seconds` of processor with its database processes, `clock`, `peak` in MB."""
        assert self.process.stdin is not None
        had, began = processor([self.process.pid, *self.backends]), time.perf_counter()
        self.process.stdin.write(" ".join(words) + "\n")
        said = self.told()
        clock = time.perf_counter() - began
        self.backends = said["backends"]  # one that was made meanwhile counts from its first second
        return {**said, "seconds": processor([self.process.pid, *self.backends]) - had, "clock": clock}

    def end(self) -> None:
        """No more."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def peak() -> float:
    """The most memory this process ever had, in MB."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def serve(backends: set[int], acts: dict[str, Any], **facts: Any) -> None:
    """Does what the parent asks for, line by line. `backends`: the database's processes for it, which may grow."""
    print(json.dumps({"backends": [*backends], "loaded": peak(), **facts}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        acts[name](*words)
        print(json.dumps({"backends": [*backends], "peak": peak()}), flush=True)
