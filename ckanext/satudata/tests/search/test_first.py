import pytest
from ckan.tests import factories, helpers


@pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")
@pytest.mark.ckan_config("ckanext.satudata.search.language", "indonesian")
class TestFirst:
    def test_word(self):
        factories.Dataset(title="Pendidikan di kota", tags=[{"name": "x y"}])
        factories.Dataset(title="Kesehatan", notes="jumlah")
        answer = helpers.call_action("package_search", q="didik", **{"facet.field": ["tags", "organization"]})
        assert answer["count"] == 1
        assert answer["facets"]["tags"] == {"x y": 1}
        assert helpers.call_action("package_search")["count"] == 2
