"""The search, autocomplete and facet tests of CKAN's tests/logic/action/test_get.py."""

from ckan.tests.logic.action.test_get import (  # noqa: F401
    TestBadLimitQueryParameters,
    TestCollaboratorsSearch,
    TestFormatAutocomplete,
    TestPackageAutocomplete,
    TestPackageAutocompleteWithDatasetForm,
    TestPackageSearch,
    TestResourceSearch,
    TestUserAutocomplete,
)
