"""Ways round the release that somebody with a role, a plugin or patience would try. Each is closed."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudata.cli import access as access_cli
from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.errors import NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.care import audit
from ckanext.satudata.shared.files import store
from ckanext.satudata.shared.publishing import approved, datasets, permits
from ckanext.satudata.tests.access.support import CSV, as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import hold

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

OPEN = {"access_level": "terbuka", "title": "Umpan", "name": "umpan"}


def mixed(user, name="campuran"):
    """An open dataset with one file that is closed."""
    return make(
        user,
        user["org"],
        name=name,
        resources=[
            {"name": "terbuka", "upload": upload("terbuka.csv", b"a\n1\n")},
            {"name": "tertutup", "access_level": "tertutup", "upload": upload("tertutup.csv")},
        ],
    )


@pytest.mark.parametrize("how", ["create", "update", "resource_create", "revise"])
def test_a_withheld_file_cannot_be_had_by_its_resource_id(how):
    mine, other = operator(), operator()
    made = mixed(mine)
    closed = made["resources"][1]["id"]
    publish(made["id"])
    theft = {"id": closed, "name": "curian", "url": ""}
    with pytest.raises(tk.ValidationError) as caught:
        if how == "create":
            make(other, other["org"], **OPEN, resources=[theft])
        else:
            bait = make(other, other["org"], **OPEN, resources=[])
            if how == "update":
                helpers.call_action("package_patch", as_user(other), id=bait["id"], resources=[theft])
            elif how == "resource_create":
                theft["url"] = "https://lain.test/x"  # without any it is refused for that
                helpers.call_action("resource_create", as_user(other), package_id=bait["id"], **theft)
            else:
                revise = {"match": {"id": bait["id"]}, "update": {"resources": [theft]}}
                helpers.call_action("package_revise", as_user(other), **revise)
    assert "id of another one" in str(caught.value.error_dict)
    assert model.Session.query(model.Resource).filter_by(name="curian").count() == 0


def test_the_file_of_another_draft_cannot_be_had_by_its_resource_id():
    mine, other = operator(), operator()
    theirs = make(mine, mine["org"])["resources"][0]["id"]
    with pytest.raises(tk.ValidationError):
        make(other, other["org"], **OPEN, resources=[{"id": theirs, "name": "x", "url": ""}])
    assert model.Resource.get(theirs).package.owner_org == mine["org"]["id"]


CLAIMS = [
    {"url": "tertutup.csv", "url_type": "upload"},
    {"url": "../../vault/ab/cdef", "url_type": "upload"},
    {"url": "", "url_type": "upload", "satudata_file": {"id": "x"}, "satudata_address": "https://rahasia.test/"},
    {"url": "", "hash": "a" * 64, "size": 3, "cache_url": "https://rahasia.test/x", "datastore_active": True},
]


def test_what_a_resource_says_of_itself_brings_no_file():
    mine, before = operator(), store.locations("public")
    made = make(mine, mine["org"], resources=[{"name": "x", **claim} for claim in CLAIMS])
    for kept in made["resources"]:
        assert kept["url"].endswith(f"/minta-data/{kept['id']}")
        assert not kept.get("url_type") and not kept.get("hash") and not kept.get("cache_url")
    assert "rahasia.test" not in json.dumps(made)
    publish(made["id"])
    assert store.locations("public") == before


SAID = [
    {"private": False, "state": "active"},
    {"state": "deleted", "private": "false"},
    {"state": "draft", "private": False},
    {"plugin_data": {"satudata": {"state": "published"}}},
    {"satudata_stage": "published", "satudata_final_name": "x", "satudata_former": {"a": 1}},
    {"id": "11111111-2222-4333-8444-666666666666"},
    {"type": "harvest"},
    {"type": "lain"},
    {"isopen": True, "metadata_modified": "2001-01-01"},
]


def test_nothing_said_at_creation_opens_a_dataset():
    mine, admin = operator(), factories.SysadminWithToken()
    made = 0
    for user in (mine, admin):
        for number, said in enumerate(SAID):
            try:
                shown = make(user, mine["org"], name=f"coba-{number}", **said)
            except (tk.ValidationError, tk.NotAuthorized):
                model.Session.rollback()
                continue
            made += 1
            row = model.Package.get(shown["id"])
            assert row.private is True and row.name.startswith("data-"), said
            assert datasets.stage_of(model.Session, row.id) is DatasetStage.DRAFT
    assert made > len(SAID)
    assert model.Session.query(model.Package).filter_by(private=False).count() == 0
    assert helpers.call_action("package_search", {"user": "", "ignore_auth": False})["count"] == 0


def test_a_level_cannot_be_said_twice():
    mine = operator()
    for extras in ([{"key": "access_level", "value": "terbuka"}], [{"key": "Access_Level", "value": "terbuka"}]):
        try:
            made = make(mine, mine["org"], level="tertutup", name="dua-kali", extras=extras)
        except tk.ValidationError:
            continue
        assert datasets.state_of(model.Session, made["id"]).access_level == "tertutup"
        assert made["access_level"] == "tertutup"


REVISIONS = [
    {"update": {"private": False, "title": "x"}},
    {"update__private": False},
    {"update__resources__0__url": "https://rahasia.test/x", "update__resources__0__url_type": ""},
    {"update": {"resources": []}},
    {"filter": ["-resources", "+title", "+name", "+owner_org"], "update": {}},
    {"update__owner_org": "OTHER"},
    {"update__type": "harvest"},
    {"update__state": "deleted"},
]


def test_no_revision_by_key_changes_what_is_published():
    mine, other = operator(), factories.Organization()
    helpers.call_action("member_create", id=other["id"], object=mine["id"], object_type="user", capacity="editor")
    hold(mine["id"], Role.OPERATOR, other["id"])
    before = publish(make(mine, mine["org"])["id"])
    same = ("title", "name", "owner_org", "type", "state", "private", "access_level")
    for update in REVISIONS:
        data = json.loads(json.dumps(update).replace("OTHER", other["id"]))
        try:
            helpers.call_action("package_revise", as_user(mine), match={"id": before["id"]}, **data)
        except (tk.ValidationError, tk.NotAuthorized):
            model.Session.rollback()
        after = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": before["id"]})
        assert {key: after[key] for key in same} == {key: before[key] for key in same}, update
        assert [r["url"] for r in after["resources"]] == [r["url"] for r in before["resources"]], update


def test_nothing_is_added_to_a_published_dataset():
    mine = operator()
    shown = publish(make(mine, mine["org"])["id"])
    rid = shown["resources"][0]["id"]
    for action, data in (
        ("resource_create", {"package_id": shown["id"], "name": "x", "upload": upload()}),
        ("resource_create", {"package_id": shown["id"], "name": "x", "url": "https://lain.test/x"}),
        ("resource_update", {"id": rid, "upload": upload("lain.csv", b"x")}),
        ("resource_patch", {"id": rid, "url": "https://lain.test/x"}),
        ("resource_patch", {"id": rid, "access_level": "terbatas"}),
        ("package_resource_reorder", {"id": shown["id"], "order": [rid]}),
        ("resource_delete", {"id": rid}),
    ):
        try:
            helpers.call_action(action, as_user(mine), **data)
        except tk.ValidationError:
            # What is public is not closed by a change; everything else is one of its working copy.
            assert data.get("access_level")
    after = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": shown["id"]})
    assert [(r["id"], r["url"]) for r in after["resources"]] == [(rid, shown["resources"][0]["url"])]


def test_during_review_the_agency_stays():
    admin, mine, other = factories.SysadminWithToken(), operator(), factories.Organization()
    made = make(mine, mine["org"])
    datasets.move(model.Session, made["id"], DatasetStage.IN_REVIEW)
    model.Session.commit()
    with pytest.raises(tk.ValidationError):
        helpers.call_action("package_owner_org_update", as_user(admin), id=made["id"], organization_id=other["id"])
    model.Session.expire_all()
    assert model.Package.get(made["id"]).owner_org == mine["org"]["id"]


def test_an_agency_with_published_data_is_not_removed_from_under_them():
    admin, mine = factories.SysadminWithToken(), operator()
    shown = publish(make(mine, mine["org"])["id"])
    refused = {
        "organization_delete": tk.ValidationError,
        "organization_purge": tk.ValidationError,
        "organization_patch": tk.ValidationError,
        "group_delete": tk.ObjectNotFound,
        "group_purge": tk.ObjectNotFound,
        "group_update": tk.ObjectNotFound,
    }
    for action, error in refused.items():
        with pytest.raises(error):
            helpers.call_action(action, as_user(admin), id=mine["org"]["id"], name=mine["org"]["name"], state="deleted")
        model.Session.rollback()
    with pytest.raises(tk.ValidationError):
        helpers.call_action("organization_patch", as_user(admin), id=mine["org"]["id"], is_organization=False)
    model.Session.rollback()
    for agency in ({"type": "organization"}, {"is_organization": True}):
        with pytest.raises(tk.ValidationError):
            helpers.call_action("group_create", as_user(admin), name="badan-baru", **agency)
        model.Session.rollback()
    assert model.Group.get("badan-baru") is None
    assert model.Group.get(mine["org"]["id"]).state == "active" and model.Group.get(mine["org"]["id"]).is_organization
    assert model.Package.get(shown["id"]).owner_org == mine["org"]["id"]


def _in_two_steps(package):
    package.state, package.private = "deleted", False
    model.Session.flush()
    package.state = "active"
    model.Session.commit()


def _by_another_type(package):
    package.type, package.private = "harvest", False
    model.Session.commit()


def _by_type_alone(package):
    package.type = "harvest"
    model.Session.commit()


def _by_table(package):
    table = model.Package.__table__
    model.Session.execute(sa.update(table).where(table.c.id == package.id).values(private=False))
    model.Session.commit()


def _by_table_values(package):
    table = model.Package.__table__
    model.Session.execute(sa.update(table).where(table.c.id == package.id), {"private": False})
    model.Session.commit()


def _by_insert(package):
    table = model.Package.__table__
    model.Session.execute(sa.insert(table).values(id="x", name="sisipan", private=False, state="active"))
    model.Session.commit()


def _by_query(package):
    model.Session.query(model.Package).update({"type": "harvest", "private": False})
    model.Session.commit()


def _by_new_row(package):
    model.Session.add(model.Package(name="baru-di-luar", private=False, state="deleted", type="dataset"))
    model.Session.commit()


def _by_bulk_update(package):
    model.Session.bulk_update_mappings(model.Package, [{"id": package.id, "private": False}])
    model.Session.commit()


def _by_bulk_insert(package):
    model.Session.bulk_insert_mappings(model.Package, [{"id": "x", "name": "sisipan", "private": False}])
    model.Session.commit()


def _by_bulk_save(package):
    model.Session.bulk_save_objects([model.Package(id="y", name="sisipan-lain", private=False)])
    model.Session.commit()


def _by_text(package):
    model.Session.execute(sa.text("update package set private = false where id = :id"), {"id": package.id})
    model.Session.commit()


def _by_text_in_a_with(package):
    text = 'with x as (UPDATE only public."package" set "private" = false returning id) select * from x'
    model.Session.execute(sa.text(text))
    model.Session.commit()


def _by_text_in_capitals(package):
    model.Session.execute(sa.text("UPDATE PACKAGE SET PRIVATE = FALSE"))


def _by_text_with_comments(package):
    model.Session.execute(sa.text("update/* x */package set --\n private = false"))


def _by_text_after_a_good_flush(package):
    package.notes = "Kalimat lain."
    model.Session.flush()
    _by_text(package)


def _by_text_after_a_failed_flush(package):
    package.notes = "Kalimat lain."
    model.Session.add(model.Package(name=package.name, private=True))
    with pytest.raises(sa.exc.IntegrityError):
        model.Session.flush()
    model.Session.rollback()
    _by_text(package)


def _by_connection(package):
    with model.meta.engine.begin() as connection:
        connection.exec_driver_sql("update package set private = false")


def _by_resource_text(package):
    model.Session.execute(
        sa.text("insert into resource (id, package_id, url) values ('x', :id, 'u')"), {"id": package.id}
    )
    model.Session.commit()


def _by_resource_address(package):
    model.Session.execute(sa.text("update resource set url = 'https://rahasia.test/x.csv'"))
    model.Session.commit()


def _by_extras(package):
    package.resources[0].extras = {**package.resources[0].extras, "access_level": "terbuka"}


def _by_extras_query(package):
    model.Session.query(model.Resource).update({"extras": {"catatan": "selundup"}}, synchronize_session=False)


def _by_extras_text(package):
    model.Session.execute(sa.text("update resource set extras = '{}'"))


def _by_hash(package):
    package.resources[0].hash = "0" * 64


def _by_tag(package):
    package.add_tag_by_name("selundup")


def _by_tag_removed(package):
    model.Session.delete(package.package_tags[0])


def _by_tag_hidden(package):
    package.package_tags[0].state = "deleted"


def _by_tag_text(package):
    text = "insert into package_tag (id, package_id, tag_id, state) select 'x', :id, id, 'active' from tag limit 1"
    model.Session.execute(sa.text(text), {"id": package.id})


def _by_contact(package):
    package.author_email = "x@selundup.test"


def _by_other_contact(package):
    package.maintainer_email = "x@selundup.test"


def _by_title_text(package):
    model.Session.execute(sa.text("update package set title = 'Selundup' where not private"))


CHANGES = (
    _by_extras,
    _by_extras_query,
    _by_extras_text,
    _by_hash,
    _by_tag,
    _by_tag_removed,
    _by_tag_hidden,
    _by_tag_text,
    _by_contact,
    _by_other_contact,
    _by_title_text,
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_approved_is_not_changed_by_code_of_a_plugin(change):
    mine = operator()
    made = make(mine, mine["org"], level="terbatas", tags=[{"name": "gaji"}])
    publish(made["id"])
    with pytest.raises(NotAllowed):
        change(model.Package.get(made["id"]))
        model.Session.flush()
    model.Session.rollback()


def test_statements_that_open_nothing_pass():
    mine = operator()
    made = make(mine, mine["org"])
    for text in (
        "update package set metadata_modified = now() where private",
        "update resource set last_modified = now() where url <> ''",
        "select url, private from package for update of package",
        "delete from resource where id = 'x'",
    ):
        model.Session.execute(sa.text(text))
    model.Session.query(model.Package).update({"private": True})
    model.Session.commit()
    publish(made["id"])
    model.Session.query(model.Package).update({"private": True})
    model.Session.commit()
    assert model.Session.query(model.Package).filter_by(private=False).count() == 0


WRITES = (
    _in_two_steps,
    _by_another_type,
    _by_type_alone,
    _by_table,
    _by_table_values,
    _by_insert,
    _by_query,
    _by_new_row,
    _by_bulk_update,
    _by_bulk_insert,
    _by_bulk_save,
    _by_text,
    _by_text_in_a_with,
    _by_text_in_capitals,
    _by_text_with_comments,
    _by_text_after_a_good_flush,
    _by_text_after_a_failed_flush,
    _by_connection,
    _by_resource_text,
    _by_resource_address,
)


def test_no_write_of_a_plugin_makes_it_public(monkeypatch):
    mine = operator()
    made = make(mine, mine["org"])
    monkeypatch.setattr(permits, "is_governed", lambda kind: kind != "harvest")
    for write in WRITES:
        with pytest.raises(NotAllowed):
            write(model.Package.get(made["id"]))
            pytest.fail(write.__name__)
        model.Session.rollback()
        model.Session.expire_all()
        assert model.Session.query(model.Package).filter_by(private=False).count() == 0
        assert model.Package.get(made["id"]).type == "dataset"


def test_what_is_no_data_has_no_files(monkeypatch):
    mine = operator()
    monkeypatch.setattr(permits, "is_governed", lambda kind: kind != "harvest")
    with pytest.raises(tk.ValidationError):
        make(mine, mine["org"], type="harvest", resources=[{"url": "https://rahasia.test/x"}])
    model.Session.rollback()
    assert model.Session.query(model.Resource).count() == 0


def test_a_hidden_resource_cannot_be_found_by_its_name():
    mine, stranger = operator(), factories.UserWithToken()
    make(mine, mine["org"], resources=[{"name": "nama-rahasia", "upload": upload()}])
    answers = []
    for reference in ("nama-rahasia", "nama-takada"):
        for action in ("resource_show", "resource_patch", "resource_view_list"):
            with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as caught:
                helpers.call_action(action, as_user(stranger), id=reference)
            answers.append((reference, type(caught.value), str(caught.value).replace(reference, "X")))
    assert [a[1:] for a in answers[:3]] == [a[1:] for a in answers[3:]]


def test_no_file_action_reaches_our_stores():
    mine, admin = operator(), factories.SysadminWithToken()
    make(mine, mine["org"])
    location = next(iter(store.locations("vault")))
    for storage in ("vault", "satudata-vault", "satudata_vault", "public", "satudata-public"):
        for action in ("file_create", "file_register"):
            data = {"storage": storage, "location": location, "name": location, "upload": upload("x.csv", b"x")}
            with pytest.raises((tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)):
                helpers.call_action(action, as_user(admin), **data)


def test_the_bytes_of_a_draft_are_its_officers_only(app):
    mine, other, admin = operator(), operator(), factories.SysadminWithToken()
    made = make(mine, mine["org"])
    path = f"/dataset/{made['id']}/resource/{made['resources'][0]['id']}/download"
    for user in (None, factories.UserWithToken(), other):
        answer = app.get(path, headers={"Authorization": user["token"]} if user else {})
        assert answer.status_code == 404 and b"RAHASIA" not in answer.data
    for user in (mine, admin):
        answer = app.get(path, headers={"Authorization": user["token"]})
        assert answer.data == CSV and answer.headers["Cache-Control"] == "private, no-store"


def test_the_audit_finds_what_was_opened_past_ckan():
    mine = operator()
    draft = make(mine, mine["org"])
    publish(make(mine, mine["org"], level="terbatas", name="terbatas")["id"])
    publish(make(mine, mine["org"], name="terbuka")["id"])
    assert not any(audit.stores(model.Session)[kind] for kind in ("opened_datasets", "opened_resources"))
    elsewhere = sa.create_engine(model.meta.engine.url)
    with elsewhere.begin() as connection:
        connection.execute(sa.text("update package set private = false where id = :id"), {"id": draft["id"]})
        connection.execute(
            sa.text("update resource set url = 'https://rahasia.test/x' where package_id = :id"), {"id": draft["id"]}
        )
    elsewhere.dispose()
    found = {one.kind: one.names for one in audit.examine(model.Session)}
    assert found["opened_datasets"] == found["index_differences"] == (draft["id"],)
    assert found["opened_resources"] == (draft["resources"][0]["id"],)


def _past_ckan(text, package_id):
    elsewhere = sa.create_engine(model.meta.engine.url)
    with elsewhere.begin() as connection:
        connection.execute(sa.text(text), {"id": package_id})
    elsewhere.dispose()


def test_the_audit_finds_what_is_not_as_it_was_approved():
    mine = operator()
    shown = publish(make(mine, mine["org"], tags=[{"name": "gaji"}], author_email="dinas@nusasari.test")["id"])
    publish(make(mine, mine["org"], name="lain", tags=[{"name": "gaji"}])["id"])
    assert list(approved.changed(model.Session)) == []
    # What the portal's own hands set is no change.
    hands = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    helpers.call_action("resource_patch", dict(hands), id=shown["resources"][0]["id"], datastore_active=True)
    assert list(approved.changed(model.Session)) == []
    loosened = "extras = replace(extras, 'CSV', 'XLS')", "extras = replace(extras, 'XLS', 'CSV')"
    for table, change, back in (
        ("package", "title = 'x'", f"title = '{shown['title']}'"),
        ("package", "author_email = 'x'", "author_email = 'dinas@nusasari.test'"),
        ("package", 'extras = extras || \'{"satuan": "x"}\'', "extras = extras - 'satuan'"),
        ("package_tag", "state = 'deleted'", "state = 'active'"),
        ("resource", "description = 'x'", "description = ''"),
        ("resource", *loosened),
        ("resource", "state = 'deleted'", "state = 'active'"),
        ("resource", "hash = 'x'", None),
    ):
        where = "id = :id" if table == "package" else "package_id = :id"
        _past_ckan(f"update {table} set {change} where {where}", shown["id"])
        model.Session.rollback()
        assert audit.stores(model.Session)["changed_datasets"] == [shown["id"]], change
        if back:
            _past_ckan(f"update {table} set {back} where {where}", shown["id"])
            model.Session.rollback()
            assert list(approved.changed(model.Session)) == [], back
    done = CliRunner().invoke(access_cli.audit)
    assert done.exit_code == 1 and f"changed_datasets: {shown['id']}" in done.output


def test_the_audit_checks_the_journal():
    mine = operator()
    shown = publish(make(mine, mine["org"])["id"])
    assert "journal: " not in CliRunner().invoke(access_cli.audit).output
    _past_ckan("delete from satudata_journal_head where chain = 'dataset:' || :id", shown["id"])
    done = CliRunner().invoke(access_cli.audit)
    assert done.exit_code == 1 and f"journal: dataset:{shown['id']} #2" in done.output
