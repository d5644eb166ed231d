"""The portal starts with all its plugins."""

import pytest


@pytest.mark.ckan_config("ckan.plugins", "satudata satudata_search scheming_datasets scheming_organizations")
@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_home_answers(app):
    assert app.get("/").status_code == 200
