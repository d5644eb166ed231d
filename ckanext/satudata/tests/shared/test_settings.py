"""The doctor names each setting of CKAN that opens what must stay closed, with what to change."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.domain.dangerous_options import DANGEROUS
from ckanext.satudata.shared.care import doctor, upkeep
from ckanext.satudata.shared.files import store

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def well(monkeypatch):
    """A configuration in which nothing is dangerous."""
    for option, bad, _what, _mend in DANGEROUS:
        monkeypatch.setitem(tk.config, option, not bad)
    monkeypatch.setitem(tk.config, "ckan.datastore.public_table_search", [])
    monkeypatch.setitem(tk.config, "ckan.search.solr_allowed_query_parsers", [])
    monkeypatch.setitem(tk.config, "ckan.site_url", "https://data.nusasari.test")


def said():
    return [(problem.what, problem.mend) for problem in doctor.settings()]


def test_nothing_is_said_where_all_is_well(well):
    assert said() == []


@pytest.mark.parametrize(("option", "bad", "what", "mend"), DANGEROUS)
def test_each_dangerous_setting_is_named_with_its_mend(well, monkeypatch, option, bad, what, mend):
    monkeypatch.setitem(tk.config, option, str(bad).lower())
    assert said() == [(what, mend)]
    assert option in mend and tk._(what) != "" and tk._(mend) != ""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("ckan.datastore.public_table_search", ["_table_metadata"]),
        ("ckan.search.solr_allowed_query_parsers", ["bool"]),
        ("ckan.site_url", "http://data.nusasari.test"),
    ],
)
def test_values_that_are_no_switches(well, monkeypatch, option, value):
    monkeypatch.setitem(tk.config, option, value)
    ((_what, mend),) = said()
    assert option in mend


@pytest.mark.with_plugins("resource_proxy")
def test_the_proxy_is_named(well):
    ((what, _mend),) = said()
    assert "resource_proxy" in what


@pytest.mark.parametrize("option", ["extra_public_paths", "plugin_public_paths", "ckan.webassets.path"])
def test_a_vault_in_a_folder_that_is_given_out(monkeypatch, option):
    store.store("vault")
    assert not any("gives out" in problem.what for problem in upkeep.stores())
    folder = str(Path(tk.config["ckanext.satudata.vault.path"]).parent)
    monkeypatch.setitem(tk.config, option, [folder] if option == "plugin_public_paths" else folder)
    assert any("gives out" in problem.what and folder in problem.text()[0] for problem in upkeep.stores())
    with pytest.raises(CkanConfigurationException, match="gives to everybody"):
        store.check()


def test_a_vault_among_the_files_of_ckan_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setitem(tk.config, "ckan.storage_path", str(tmp_path))
    monkeypatch.setitem(tk.config, "ckanext.satudata.vault.path", str(tmp_path / "storage" / "uploads" / "vault"))
    with pytest.raises(CkanConfigurationException, match="gives to everybody|overlaps"):
        store.check()
