"""What a process of the portal holds in memory from its start."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest
from ckan import authz, logic
from ckan.tests import helpers

LOADED = """
import importlib, pkgutil, sys
import ckan.model, ckanext.satudata as portal
left_out = ("demo", "domain", "migration", "tests")
for found in pkgutil.walk_packages(portal.__path__, "ckanext.satudata."):
    if found.name.split(".")[2] not in left_out:
        importlib.import_module(found.name)
print(*{name.partition(".")[0] for name in sys.modules})
"""


@pytest.fixture(scope="module")
def loaded():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", LOADED], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", ["PIL", "openpyxl", "pillow_heif", "polars", "typst", "vl_convert"])
def test_what_few_need_is_loaded_by_who_needs_it(loaded, library):
    """Together some 70 MB of each web process and worker."""
    assert "xlsxwriter" in loaded and library not in loaded


def test_what_was_loaded_is_not_looked_through_again_for_what_nobody_holds(app):
    assert gc.get_freeze_count() > 100_000


def test_the_first_requests_of_a_process_find_every_action_and_who_may_call_it(app):
    """Also where two come at once: nothing is gathered while another reads."""
    helpers._get_test_app()  # a process starts
    assert {"package_show", "satudata_report_show"} <= set(logic._actions)
    assert {"package_show", "satudata_guestbook_persons"} <= set(authz._AuthFunctions._functions)
    assert {"not_empty", "satudata_required"} <= set(logic._validators_cache)
    taken = {name for name, one in logic._actions.items() if ".logic.auth" in getattr(one, "__module__", "")}
    assert not taken, "auth functions stand where actions should"
