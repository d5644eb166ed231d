"""Brings the tables of CKAN and its plugins up to date, quickly when they already are."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

if __name__ == "__main__":
    subprocess.run([BIN / "ckan", "db", "upgrade"], check=True, stdout=subprocess.DEVNULL)
