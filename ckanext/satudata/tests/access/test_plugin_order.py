"""Rows of what is not open stay out of the DataStore in whatever order the plugins are named."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs
from ckan.tests import factories, helpers

from ckanext.satudata.tests.access.support import as_user, empty_datastore, make, operator, publish
from ckanext.satudata.tests.access.test_rows import ROWS, has_table

pytestmark = [pytest.mark.usefixtures("ordered", "satudata_db", "datastore"), pytest.mark.timeout(300)]

BESIDE = ["xloader", "datapusher", "datatables_view", "text_view", "resource_proxy"]


@pytest.fixture(params=["last", "first", "backwards"])
def ordered(request, ckan_config, monkeypatch):
    """Every plugin of `test.ini`, with those that make or show rows after ours, before ours, and all turned round."""
    from ckanext.satudata.tests.support import kept

    kept.drop()
    listed = ckan_config["ckan.plugins"]
    listed = listed.split() if isinstance(listed, str) else list(listed)
    orders = {"last": listed + BESIDE, "first": ["datastore", *BESIDE, *listed], "backwards": (listed + BESIDE)[::-1]}
    order = list(dict.fromkeys(orders[request.param]))
    monkeypatch.setitem(ckan_config, "ckan.plugins", order)
    for key, value in {
        "ckanext.xloader.api_token": "made-for-this-test",
        "ckan.datapusher.url": "http://127.0.0.1:9",
        "ckan.datapusher.api_token": "made-for-this-test",
    }.items():
        monkeypatch.setitem(ckan_config, key, value)
    p.load_all()
    yield request.param
    p.unload_all()


def test_no_rows_come_in_or_go_out(ordered):
    mine, admin = operator(), factories.Sysadmin()
    empty_datastore()
    queue = jobs.get_queue()
    queue.empty()
    draft = make(mine, mine["org"])
    limited = publish(make(mine, mine["org"], level="terbatas", name="terbatas")["id"])
    for made in (draft, limited):
        rid = made["resources"][0]["id"]
        for context in (as_user(mine), as_user(admin), {"ignore_auth": True, "user": admin["name"]}):
            for action in ("datastore_create", "datastore_upsert"):
                with pytest.raises((tk.ValidationError, tk.ObjectNotFound)) as caught:
                    tk.get_action(action)(dict(context), {"resource_id": rid, **ROWS})
                said = str(getattr(caught.value, "error_dict", ""))
                assert "DataStore" in said, "it says why"
            for action in ("xloader_submit", "datapusher_submit"):
                assert not tk.get_action(action)(dict(context), {"resource_id": rid})
            with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
                tk.get_action("datastore_search")(dict(context), {"resource_id": rid})
            shown = tk.get_action("resource_show")({"ignore_auth": True}, {"id": rid})
            assert shown["format"] == "HTML" and not shown.get("datastore_active")
        assert not has_table(rid)
        assert helpers.call_action("resource_view_list", id=rid) == []
    assert not [
        job for job in queue.get_jobs() if "xloader" in str(job.func_name) or "datapusher" in str(job.func_name)
    ]
    open_one = publish(make(mine, mine["org"], name="terbuka")["id"])
    sent = [
        job.args[0]["metadata"]["resource_id"] for job in queue.get_jobs() if job.args and "metadata" in job.args[0]
    ]
    assert sent == [open_one["resources"][0]["id"]]
    queue.empty()
