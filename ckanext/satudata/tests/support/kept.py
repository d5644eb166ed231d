"""Plugins and the application are kept loaded between tests that want the same: loading them takes seconds.

A test that changes options by mark, or asks for other plugins, gets CKAN's own fixture behaviour.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.core as core
import pytest
from ckan.common import config
from ckan.config import middleware
from ckan.tests import helpers

_kept: dict[str, Any] = {}


def _is_plain(request: pytest.FixtureRequest) -> bool:
    marks = ("ckan_config", "with_plugins", "provide_plugin")
    return not any(True for mark in marks for _ in request.node.iter_markers(mark))


def drop() -> None:
    """Unloads what an earlier test left loaded."""
    if _kept:
        _kept.clear()
        p.unload_all()


@pytest.fixture
def with_plugins(request, ckan_config, provide_plugin, monkeypatch):
    """Every plugin of `test.ini`, or what the test's marks ask for."""
    if not _is_plain(request):
        drop()
        names = [name for mark in request.node.iter_markers("with_plugins") for name in mark.args]
        listed = ckan_config["ckan.plugins"]
        listed = listed.split() if isinstance(listed, str) else list(listed)
        monkeypatch.setitem(ckan_config, "ckan.plugins", listed + names)
        p.load_all()
        yield
        p.unload_all()
        return
    if "config" not in _kept or set(core._PLUGINS_SERVICE) != _kept["names"]:
        drop()
        p.load_all()
        _kept["config"] = config.copy()
        _kept["names"] = set(core._PLUGINS_SERVICE)
        _kept["app"] = helpers._get_test_app().app
        _kept["context"] = middleware._internal_test_request_context
    config.clear()
    config.update(_kept["config"])
    # `url_for` outside a request asks the application that was made last.
    middleware._internal_test_request_context = _kept["context"]
    yield


@pytest.fixture
def app(request, ckan_config):
    """CKAN's test application; the same one for every test that wants the same plugins."""
    if not _is_plain(request) or "config" not in _kept:
        return helpers._get_test_app()
    return helpers.CKANTestApp(_kept["app"])
