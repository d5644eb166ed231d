"""CKAN's tests/lib/search/test_query.py."""

from ckan.tests.lib.search.test_query import *  # noqa: F403
