"""What the API says of its actions."""

from __future__ import annotations

import pytest
from ckan.logic.action import create, get, update
from ckan.tests.helpers import call_action

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.mark.parametrize(
    ("name", "core", "ours"),
    [
        ("package_update", update.package_update, "of what is published the working copy is changed"),
        ("package_create", create.package_create, "the dataset is a private draft"),
        ("package_search", get.package_search, "g.satudata_plain_words"),
        ("resource_show", get.resource_show, "sees by its id what its working copy alone has"),
    ],
)
def test_ckans_own_help_is_whole_and_ours_follows(name, core, ours):
    said = call_action("help_show", name=name)
    lines = [line.strip() for line in core.__doc__.splitlines() if line.strip()]
    assert [line for line in lines if line not in said] == []
    before, _, after = said.partition("In this portal:")
    assert ours in after and ours not in before


def test_an_action_that_nobody_changes_has_its_own_help_and_ours_too():
    assert call_action("help_show", name="vocabulary_list").strip() == get.vocabulary_list.__doc__.strip()
    assert "In this portal" not in call_action("help_show", name="satudata_inbox")
