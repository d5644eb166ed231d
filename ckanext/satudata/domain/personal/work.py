"""The scan in a process of its own: `python -m ckanext.satudata.domain.personal.work`.

Files from strangers are read here, with a limit of memory and in one thread. It gets `[[path, ending]…]` as one line of
JSON, and writes for each file, as soon as it is done, a line with what `scan.of_file` gives.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

MEMORY = 3 << 30
"""Bytes of addresses, of which most are never used: a backstop against files made to hurt."""


def main() -> None:
    """Reads what is to be scanned, and tells what each file holds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Before polars is loaded: more threads hold more memory.
    os.environ["POLARS_MAX_THREADS"] = "1"
    from ckanext.satudata.domain.personal import scan

    for path, ending in json.loads(sys.stdin.readline()):
        sys.stdout.write(json.dumps(scan.of_file(Path(path), ending)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
