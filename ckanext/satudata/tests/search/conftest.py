"""Search tests run with `satudata_search` alone, as CKAN's own do, and with English stems, as CKAN's schema has."""

from __future__ import annotations

import zlib
from pathlib import Path

import ckan.model as model
import pytest
from alembic import command
from alembic.config import Config
from factory.random import reseed_random

import ckanext.satudata

MIGRATION = Path(ckanext.satudata.__file__).parent / "migration" / "satudata"


def pytest_collection_modifyitems(items):
    """Gives tests of this folder the plugin set of their own, unless they name one."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not _names_plugins(item):
            item.add_marker(pytest.mark.ckan_config("ckan.plugins", "satudata_search"))


def _names_plugins(item) -> bool:
    return any(mark.args[0] == "ckan.plugins" for mark in item.iter_markers("ckan_config"))


def migrate(url: str) -> None:
    """Our tables in the database at `url`, made by the migrations; no plugin need be loaded."""
    config = Config(str(MIGRATION / "alembic.ini"))
    config.set_main_option("script_location", str(MIGRATION))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def migrated(reset_db_once):
    """Our tables in the tests' database."""
    from ckan.common import config as ckan_config

    migrate(ckan_config["sqlalchemy.url"])


#: What CKAN's own test-core.ini says where ours says something else (the wheel does not bring that file).
AS_IN_CKAN = {
    "ckan.auth.create_unowned_dataset": True,
    "ckan.auth.create_dataset_if_not_in_organization": True,
    "ckan.auth.user_create_groups": True,
    "ckan.auth.user_create_organizations": True,
    "ckan.auth.create_user_via_web": True,
    "ckan.extra_resource_fields": ["alt_url"],
    "ckan.locale_default": "en",
    "ckan.locales_offered": [],
    "ckan.locale_order": [],
    "ckan.display_timezone": "UTC",
    "ckan.site_title": "CKAN",
    "scheming.dataset_schemas": "",
    "scheming.organization_schemas": "",
    "ckanext.satudata.search.language": "english",
    "ckanext.satudata.search.kept_answers": 256,
}


@pytest.fixture(autouse=True)
def search_engine(request, migrated, ckan_config, monkeypatch):
    """Every test finds the tables and CKAN's own test configuration, with English stems unless it says otherwise."""
    # CKAN's factories fill descriptions by chance, and some day with a word that a test looks for ("One").
    reseed_random(zlib.crc32(request.node.name.encode()))
    # CKAN reads the list of extra resource fields once and keeps it on the class.
    monkeypatch.setattr(model.Resource, "extra_columns", None)
    said = {mark.args[0] for mark in request.node.iter_markers("ckan_config")}
    for name, value in AS_IN_CKAN.items():
        if name not in said:
            monkeypatch.setitem(ckan_config, name, value)
