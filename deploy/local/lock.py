"""Locks the dependencies with hashes: `make lock` after a change of a requirements*.in file.

psycopg2 is left out, because it would need a compiler and libpq; psycopg2-binary is the same
code with libpq inside. Releases of the last two weeks are not taken: mirrors lag behind.
"""

import datetime
import subprocess
import sys
from pathlib import Path

UV = Path(sys.executable).parent / "uv"
COMMON = "pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-package psycopg2 --no-header"
COMMON += " --no-emit-index-url --no-annotate"

if __name__ == "__main__":
    until = (datetime.date.today() - datetime.timedelta(days=14)).isoformat()
    for sources, target in (
        (["requirements.in"], "requirements.txt"),
        (["requirements.in", "requirements-dev.in"], "requirements-dev.txt"),
    ):
        subprocess.run([UV, *COMMON.split(), "--exclude-newer", until, *sources, "-o", target], check=True)
