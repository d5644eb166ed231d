"""CKAN's tests/lib/search/test_index.py."""

from ckan.tests.lib.search.test_index import *  # noqa: F403
