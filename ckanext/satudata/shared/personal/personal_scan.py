"""The scan for personal data of files on this machine's disk; what is found is given to the caller and kept nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ckanext.satudata.domain.personal import work
from ckanext.satudata.shared.personal import scan_words

SECONDS = 600
"""For one file; whoever waits for the answer allows less."""
_ENDED = "Too large or too slow to read"

File = tuple[Path, str]
"""Where a file lies, and the name it goes by."""


def of_files(files: Sequence[File], *, seconds: float | None = None) -> list[dict[str, Any]]:
    """One object for each file, in their order: `{"file", "findings": [{sheet, column, header, kind, share, confidence,
    where}]}`; where something was not read also `"not_inspected": [text…]`, and `findings` is None where nothing was.
    """
    told: list[dict[str, Any]] = []
    while len(told) < len(files):
        rest = files[len(told) :]
        found = _apart(rest, SECONDS if seconds is None else seconds)
        # Whichever ended the process is passed over; those behind it are read by another.
        if len(found) < len(rest):
            found.append({"findings": None, "not_inspected": [{"why": _ENDED, "params": {}}]})
        told += found
    return [{"file": name, **_said(one)} for (_, name), one in zip(files, told, strict=True)]


def _said(one: dict[str, Any]) -> dict[str, Any]:
    passed = one.get("not_inspected")
    return {**one, "not_inspected": [scan_words.not_inspected(what) for what in passed]} if passed else one


def _apart(files: Sequence[File], seconds: float) -> list[dict[str, Any]]:
    """What a process tells of these files, up to the one at which it ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", work.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    found: list[dict[str, Any]] = []
    try:
        assert process.stdin is not None and process.stdout is not None
        asked = [[str(path), Path(name).suffix.removeprefix(".").lower()] for path, name in files]
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.close()
        while len(found) < len(files):
            stop = threading.Timer(seconds, process.kill)
            stop.start()
            line = process.stdout.readline()
            stop.cancel()
            if not line.endswith("\n"):
                break
            found.append(json.loads(line))
        return found
    finally:
        process.kill()
        process.wait()
