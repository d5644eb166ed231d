"""What several people write to one draft in one moment is all there afterwards."""

from __future__ import annotations

import io
import threading
import time

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.access.test_races import at_once
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


class Begins(io.BytesIO):
    """A file at whose first reading something else begins; reading goes on when that waits for a lock, or is done."""

    def __init__(self, other: threading.Thread):
        super().__init__(CSV)
        self.other = other

    def read(self, size=-1):
        if self.other.ident is None:
            self.other.start()
            while self.other.is_alive() and not waiting():
                time.sleep(0.02)
        return super().read(size)


def waiting():
    """How many transactions of this database wait for a lock."""
    query = sa.text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    with model.meta.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def others(mine, made):
    """Calls that read the dataset, change a part of it and write the whole; and what is to be seen of each."""
    rid = made["resources"][0]["id"]
    dataset = {key: made[key] for key in ("id", "owner_org", "access_level")} | {"title": "Judul baru"}
    return {
        "resource_create": ({"package_id": made["id"], "name": "Kedua", "upload": upload("b.csv")}, "Kedua"),
        "resource_update": ({"id": rid, "name": "Kedua"}, "Kedua"),
        "resource_patch": ({"id": rid, "name": "Kedua"}, "Kedua"),
        "package_patch": ({"id": made["id"], "notes": "Kedua"}, "Kedua"),
        "package_revise": ({"match__id": made["id"], "update__notes": "Kedua"}, "Kedua"),
        "package_resource_reorder": ({"id": made["id"], "order": [rid]}, ""),
        "resource_delete": ({"id": rid}, ""),
        "package_update": (dataset | {"notes": "Kedua"}, "Kedua"),
    }


@pytest.mark.parametrize(
    "action",
    [
        "resource_create",
        "resource_update",
        "resource_patch",
        "package_patch",
        "package_revise",
        "package_resource_reorder",
        "resource_delete",
        "package_update",
    ],
)
def test_what_is_written_while_another_write_begins_is_kept_with_it(app, action):
    mine = operator()
    made = make(mine, mine["org"])
    call, seen = others(mine, made)[action]
    got = []

    def second():
        try:
            with app.flask_app.test_request_context("/"):
                got.append(helpers.call_action(action, as_user(mine), **call))
        except Exception as error:
            got.append(error)
        finally:
            model.Session.remove()

    file = FileStorage(Begins(threading.Thread(target=second)), filename="a.csv")
    helpers.call_action(
        "package_revise",
        as_user(mine),
        match__id=made["id"],
        update__title="Judul baru",
        update__resources__extend=[{"name": "Pertama"}],
        **{"update__resources__-1__upload": file},
    )
    file.stream.other.join()
    assert not isinstance(got[0], Exception), got
    model.Session.remove()
    shown = helpers.call_action("package_show", id=made["id"])
    names = [resource["name"] for resource in shown["resources"]]
    assert "Pertama" in names and shown["title"] == "Judul baru"
    assert seen in [*names, shown.get("notes"), ""]
    assert ("Tabel" in names) == (action not in ("resource_delete", "resource_update", "resource_patch"))


def test_a_dataset_read_before_a_file_was_added_cannot_be_written_back_without_it():
    mine = operator()
    read = make(mine, mine["org"])
    helpers.call_action("resource_create", as_user(mine), package_id=read["id"], name="Baru", upload=upload())
    with pytest.raises(Exception, match="metadata_modified") as caught:
        helpers.call_action("package_update", as_user(mine), **{**read, "title": "Judul lain"})
    assert "conflict" in caught.value.error_dict
    shown = helpers.call_action("package_show", id=read["id"])
    assert [one["name"] for one in shown["resources"]] == ["Tabel", "Baru"]
    # Who has seen it may drop it.
    shown["resources"].pop()
    assert len(helpers.call_action("package_update", as_user(mine), **shown)["resources"]) == 1


@pytest.mark.long
def test_twelve_files_added_at_once_are_twelve(app):
    mine = operator()
    made = make(mine, mine["org"], resources=[])
    numbers = iter(range(12))

    def add():
        number = next(numbers)
        with app.flask_app.test_request_context("/"):
            name = f"Berkas {number}"
            helpers.call_action("resource_create", as_user(mine), package_id=made["id"], name=name, upload=upload())
            return name

    got = at_once(12, add)
    model.Session.remove()
    names = [one["name"] for one in helpers.call_action("package_show", id=made["id"])["resources"]]
    assert sorted(names) == sorted(got) and len(names) == 12


@pytest.mark.parametrize("action", ["resource_patch", "resource_update"])
def test_who_writes_to_a_file_that_was_just_withdrawn_is_told_that_it_is_not_there(action):
    """The withdrawal wins the lock; the other then finds no resource at its place."""
    user = operator()
    made = make(user, user["org"])
    publish(made["id"])
    resource, walidata = made["resources"][0]["id"], officer(Role.WALIDATA)
    helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=made["id"], reason="Salah")
    with pytest.raises(tk.ObjectNotFound):
        helpers.call_action(action, {"user": "", "ignore_auth": True}, id=resource, name="Kedua", url="x")
