"""Fixtures of the whole suite. CKAN's test fixtures empty what they find, so other databases are refused."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest


def pytest_configure(config):
    """Refuses to start on any database but one named `…_test` and Redis database 0."""
    if not config.getoption("--ckan-ini", default=None):
        return
    for key in ("CKAN_SQLALCHEMY_URL", "CKAN_DATASTORE_WRITE_URL", "CKAN_DATASTORE_READ_URL"):
        name = urlsplit(os.environ.get(key, "")).path.lstrip("/")
        if not name.endswith("_test"):
            pytest.exit(f"{key} must name a database that ends in _test, not {name!r}: tests empty it.", 4)
    redis = urlsplit(os.environ.get("CKAN_REDIS_URL", ""))
    if redis.path.lstrip("/") in ("", "0"):
        pytest.exit("CKAN_REDIS_URL must name a Redis database other than 0: tests empty it.", 4)
