"""The audit: a clean portal gives nothing; each kind of difference, planted past the portal, is found by its name."""

from __future__ import annotations

import json
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudata.cli import access as access_cli
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.files import store
from ckanext.satudata.tests.access.support import as_user, empty_datastore, make, operator, publish, upload
from ckanext.satudata.tests.access.test_rows import ROWS
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "datastore")


class Portal:
    """Every stage: open with rows, limited with a withheld file, draft, closed, withdrawn."""

    def __init__(self):
        mine, walidata = operator(), officer(Role.WALIDATA)
        org = mine["org"]
        hands = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}

        def made(name, level="terbuka", **kw):
            return make(mine, org, level=level, name=name, title=name, **kw)

        self.open = publish(made("terbuka")["id"])
        helpers.call_action("datastore_create", dict(hands), resource_id=self.open["resources"][0]["id"], **ROWS)
        withheld = {"name": "Rahasia", "access_level": "tertutup", "upload": upload("t.csv")}
        self.limited = publish(
            made("terbatas", "terbatas", resources=[{"name": "a", "upload": upload("a.csv")}, withheld])["id"]
        )
        self.draft = made("draf", resources=[{"name": "a", "url": "https://alamat.test/rahasia.csv"}])
        publish(made("tertutup", "tertutup")["id"])
        self.gone = publish(made("ditarik")["id"])
        rid = self.gone["resources"][0]["id"]
        helpers.call_action("datastore_create", dict(hands), resource_id=rid, **ROWS)
        helpers.call_action("satudata_dataset_withdraw", as_user(walidata), id=self.gone["id"], reason="Salah hitung")


def past_ckan(text, **params):
    engine = sa.create_engine(model.meta.engine.url)
    with engine.begin() as connection:
        connection.execute(sa.text("set local session_replication_role = replica"))
        connection.execute(sa.text(text), params)
    engine.dispose()
    model.Session.rollback()
    model.Session.expire_all()


def path(name, location):
    return store.local_path(name, location)


def stray(name):
    def plant(portal):
        found = path(name, "aa/terbengkalai")
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_bytes(b"x")

    return plant


def file_of(dataset):
    (file,) = model.Session.scalars(sa.select(ResourceFile).where(ResourceFile.package_id == dataset["id"])).all()
    return file


def spoil(name, how):
    def plant(portal):
        file = file_of(portal.open)
        kept = model.Session.scalar(
            sa.text("select location from satudata_vault_object where id = :id"), {"id": file.vault_object_id}
        )
        how(path(name, kept if name == "vault" else file.public_location))

    return plant


def activity(portal, dataset, labels="{creator-x}", **package):
    """A row of activity as an older CKAN, or another program, would leave it."""
    past_ckan(
        "insert into activity (id, timestamp, user_id, object_id, activity_type, data, permission_labels) "
        "values ('a', now(), 'x', :id, 'changed package', :data, :labels)",
        id=dataset["id"],
        data=json.dumps({"package": package}),
        labels=labels,
    )


def index_entry(portal):
    told = {"id": portal.draft["id"], "type": "dataset", "resources": [{"id": "x", "url": "https://alamat.test/r.csv"}]}
    past_ckan(
        "update satudata_search_document set data_dict = :told where fields->'id' ? :id or stored->>'id' = :id",
        told=json.dumps(told),
        id=portal.draft["id"],
    )


def rows(portal):
    from ckanext.datastore.backend import DatastoreBackend

    rid = portal.limited["resources"][0]["id"]
    engine = DatastoreBackend.get_active_backend()._get_write_engine()
    with engine.begin() as connection:
        connection.execute(sa.text(f'create table "{rid}" (_id int, nilai text)'))


def ckan_file(portal):
    folder = Path(tk.config["ckan.storage_path"]) / "resources" / "aaa"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bbb").write_bytes(b"x")


def _withdrawn_row(portal):
    activity(portal, portal.gone, id=portal.gone["id"], type="dataset", title="ditarik", resources=[])


PLANTED = {
    "vault_strays": stray("vault"),
    "vault_missing": spoil("vault", lambda found: found.unlink()),
    "vault_altered": spoil("vault", lambda found: found.write_bytes(b"lain")),
    "public_strays": stray("public"),
    "public_missing": spoil("public", lambda found: found.unlink()),
    "public_altered": spoil("public", lambda found: found.write_bytes(b"lain")),
    "released_files": lambda portal: past_ckan(
        "update satudata_resource_file set released_at = now() where package_id = :id", id=portal.limited["id"]
    ),
    "opened_datasets": lambda portal: past_ckan(
        "update package set private = false where id = :id", id=portal.draft["id"]
    ),
    "opened_resources": lambda portal: past_ckan(
        "update resource set url = 'https://alamat.test/rahasia.csv' where package_id = :id", id=portal.draft["id"]
    ),
    "changed_datasets": lambda portal: past_ckan("update package set title = 'x' where id = :id", id=portal.open["id"]),
    "unapproved_datasets": lambda portal: past_ckan(
        "delete from satudata_approval where package_id = :id", id=portal.open["id"]
    ),
    "lost_datasets": lambda portal: past_ckan(
        "update package set state = 'deleted' where id = :id", id=portal.open["id"]
    ),
    "without_agency": lambda portal: past_ckan(
        "update \"group\" set state = 'deleted' where id = :id", id=portal.open["owner_org"]
    ),
    "index_differences": lambda portal: past_ckan(
        "update package set private = true where id = :id", id=portal.open["id"]
    ),
    "index_addresses": index_entry,
    "activity_open": lambda portal: activity(portal, portal.draft, "{public}"),
    "activity_addresses": lambda portal: activity(
        portal, portal.draft, id="x", type="dataset", resources=[{"id": "y", "url": "https://alamat.test/rahasia.csv"}]
    ),
    "datastore_rows": rows,
    "datastore_views": lambda portal: past_ckan(
        "insert into resource_view (id, resource_id, view_type, \"order\") values ('v', :id, 'text_view', 0)",
        id=portal.gone["resources"][0]["id"],
    ),
    "tasks": lambda portal: past_ckan(
        "insert into task_status (id, entity_id, entity_type, task_type, key, value) "
        "values ('t', :id, 'resource', 'xloader', 'xloader', 'x')",
        id=portal.limited["resources"][0]["id"],
    ),
    "ckan_files": ckan_file,
}


@pytest.fixture(scope="module")
def counted():
    return {}


def clean_up():
    for name in ("vault", "public"):
        path(name, "aa/terbengkalai").unlink(missing_ok=True)
    (Path(tk.config["ckan.storage_path"]) / "resources" / "aaa" / "bbb").unlink(missing_ok=True)


@pytest.fixture
def portal():
    for name in ("vault", "public"):
        for location in store.locations(name):
            store.remove(name, location)
    empty_datastore()
    made = Portal()
    yield made
    clean_up()


def test_a_clean_portal_gives_nothing(portal):
    for options in ([], ["--contents"]):
        done = CliRunner().invoke(access_cli.audit, options)
        assert done.exit_code == 0, done.output
    assert "the journal is whole" in done.output


def test_every_kind_can_be_planted():
    assert list(PLANTED) == list(audit.KINDS)


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_found_in_words(portal, kind):
    PLANTED[kind](portal)
    model.Session.rollback()
    done = CliRunner().invoke(access_cli.audit)
    assert done.exit_code == 1
    assert f"  {kind}: " in done.output
    what, mend = audit.KINDS[kind]
    assert tk._(what) in done.output and tk._(mend) in done.output


def test_bytes_of_the_same_length_are_told_apart_when_they_are_read(portal):
    file = file_of(portal.open)
    found = path("public", file.public_location)
    found.write_bytes(bytes(found.stat().st_size))
    assert audit.examine(model.Session) == []
    assert [one.kind for one in audit.examine(model.Session, contents=True)] == ["public_altered"]


def test_many_names_are_shortened_and_told_so(portal):
    for number in range(access_cli.MOST + 3):
        path("public", f"aa/terbengkalai-{number}").parent.mkdir(parents=True, exist_ok=True)
        path("public", f"aa/terbengkalai-{number}").write_bytes(b"x")
    try:
        short = CliRunner().invoke(access_cli.audit).output
        assert f"{access_cli.MOST + 3} in all" in short
        assert len(CliRunner().invoke(access_cli.audit, ["--all"]).output.splitlines()) > len(short.splitlines())
    finally:
        for number in range(access_cli.MOST + 3):
            path("public", f"aa/terbengkalai-{number}").unlink()
