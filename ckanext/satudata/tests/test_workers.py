"""A run shared out among workers: what each has for itself, and what goes to one of them."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest

from ckanext.satudata.tests.support import worker

HERE = Path(__file__).parent


def test_each_process_of_tests_has_databases_and_folders_of_its_own(ckan_config):
    for option, name in (("sqlalchemy.url", "ckan"), ("ckan.datastore.write_url", "datastore")):
        assert worker.NAME in urlsplit(tk.config[option]).path
        # Services named from outside are called as they like, but then there are no workers.
        assert not worker.NAME or urlsplit(tk.config[option]).path == f"/{worker.named(name)}"
    for option in ("ckan.storage_path", "ckanext.satudata.vault.path", "ckanext.satudata.public.path"):
        assert Path(tk.config[option]).parent == worker.FILES
    assert tk.config["ckan.redis.url"] == os.environ["CKAN_REDIS_URL"]
    assert worker.FILES.name == (worker.NAME or "test")


def test_files_with_the_live_portal_go_to_one_worker(request):
    files = {item.path for item in request.session.items if "live_portal" in item.fixturenames}
    assert files <= {HERE / name for name in worker.SHARED}


@pytest.mark.parametrize("name", worker.SHARED)
def test_what_goes_together_is_there(name):
    assert (HERE / name).exists()
