"""CKAN's tests/lib/search/test_common.py."""

from ckan.tests.lib.search.test_common import *  # noqa: F403
