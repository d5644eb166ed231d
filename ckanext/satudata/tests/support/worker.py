"""What each worker of a run (`pytest -n`) has for itself, so that none sees another's data.

A worker's databases, Redis database and folders are named after it (`gw0`, `gw1`); its ports are chosen free, and
its portal, browser, mail and S3 servers are processes of its own. A run without workers has the plain names.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[4]
NAME = os.environ.get("PYTEST_XDIST_WORKER", "")
FILES = ROOT / "var" / "test" / NAME
"""Storage, vault and public store of this process lie here."""
INI = FILES / "test.ini" if NAME else ROOT / "test.ini"

OVERLAY = """
[app:main]
use = config:{test_ini}
ckan.storage_path = {files}/storage
ckanext.satudata.vault.path = {files}/vault
ckanext.satudata.public.path = {files}/public
"""


_libc = ctypes.CDLL(None)


def end_with_parent() -> None:
    """Whatever a killed run started ends with it: its portal's worker would take the jobs of the next run."""
    _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def named(name: str) -> str:
    """The name of a database of this process: `harvester` is `harvester_test`, for a worker `harvester_gw0_test`."""
    return f"{name}_{NAME}_test" if NAME else f"{name}_test"


def set_apart(config) -> None:
    """Gives a worker its own addresses and configuration file, before CKAN reads them.

    `config` is pytest's.
    """
    if not NAME:
        if config.getoption("tx", None):
            config.pluginmanager.unregister(name="ckan")  # the process that only shares out need not load CKAN
        return
    end_with_parent()
    for key in ("CKAN_SQLALCHEMY_URL", "CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL"):
        os.environ[key] = re.sub(r"_test(?=\?|$)", f"_{NAME}_test", os.environ[key], count=1)
    # Database 0 is the portal's, 1 that of a run without workers.
    number = 2 + int(NAME.removeprefix("gw"))
    os.environ["CKAN_REDIS_URL"] = re.sub(r"/\d+$", f"/{number}", os.environ["CKAN_REDIS_URL"])
    FILES.mkdir(parents=True, exist_ok=True)
    INI.write_text(OVERLAY.format(test_ini=ROOT / "test.ini", files=FILES))
    config.option.ckan_ini = str(INI)


_LIVE, _MATRIX = "the live portal", "the planted world"
SHARED = {
    "look/test_browser.py": _LIVE,
    "look/test_reports_look.py": _LIVE,
    "test_path_api.py": _LIVE,
    "test_path_browser.py": _LIVE,
    "test_unavailable.py": _LIVE,
    "test_harvest.py": _LIVE,
    "test_clients.py": _LIVE,
    "test_support.py": _LIVE,
    "access/test_restriction_screens.py": _LIVE,
    "publication/test_live_forms.py": _LIVE,
    "shared/test_live_uploads.py": _LIVE,
    "shared/test_periodic.py": _LIVE,
    "access/matrix/test_matrix.py": _MATRIX,
    "access/matrix/test_oracles.py": _MATRIX,
}
"""Files that share what takes long to make: one worker runs them, or each worker would make it."""
FIRST = (_LIVE, _MATRIX)
"""What takes longest, so that no worker is left alone with it at the end."""


def _turn(scope: str) -> int:
    return FIRST.index(scope) if scope in FIRST else len(FIRST)


class Scheduler(LoadScopeScheduling):
    """Shares out whole files; those that share something dear go together, and the longest go first."""

    def __init__(self, config, log=None):
        super().__init__(config, log)
        # Not by the number of tests: neighbours want the same plugins, which take seconds to load.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return SHARED.get(path.removeprefix("ckanext/satudata/tests/"), path)

    def _assign_work_unit(self, node) -> None:
        first = min(self.workqueue, key=_turn)
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
