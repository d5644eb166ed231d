"""The portal starts with all its plugins."""

import pytest


@pytest.mark.ckan_config("ckan.plugins", "satudata satudata_search scheming_datasets scheming_organizations")
@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_home_answers(app):
    assert app.get("/").status_code == 200


def test_without_scheming_it_stops_at_the_start_and_says_why():
    from ckan.exceptions import CkanConfigurationException

    from ckanext.satudata.plugin import SatudataPlugin

    with pytest.raises(CkanConfigurationException, match="scheming_datasets") as stopped:
        SatudataPlugin().configure({"ckan.plugins": "satudata scheming_organizations"})
    assert "scheming_organizations" not in str(stopped.value)
