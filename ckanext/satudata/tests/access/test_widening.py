"""Opening further: through verifier, head and Walidata, and nothing before; a stub becomes the dataset again."""

from __future__ import annotations

import json
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.profiles import DCAT, DCT
from freezegun import freeze_time
from rdflib import URIRef

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.model.reclassification import Reclassification
from ckanext.satudata.model.resource_file import ResourceFile
from ckanext.satudata.shared import clock, raw_writes, wording
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.publishing import approved
from ckanext.satudata.shared.work import inbox
from ckanext.satudata.tests.access.support import (
    CSV,
    WHY,
    as_user,
    make,
    operator,
    publish,
    republish,
    upload,
    with_minutes,
)
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

REASON = "Berisi nama penerima bantuan."
PERIOD = {"access_ground": "17a", "access_basis": "SK Wali Kota 1/2026", "access_until": "2029-12-31"}


@pytest.fixture
def clerk():
    return operator()


@pytest.fixture
def team(clerk):
    org = clerk["org"]["id"]
    wide = {role: officer(role) for role in ("walidata", "ppid", "ppid_superior")}
    return wide | {"second": officer("walidata")} | {role: officer(role, org) for role in ("verifier", "producer_head")}


@pytest.fixture
def public(clerk):
    resources = [{"name": "Tabel", "upload": upload()}, {"name": "Tautan", "url": "https://tempat-lain.test/a.xlsx"}]
    tags = [{"name": "kependudukan"}]
    return publish(make(clerk, clerk["org"], notes="Catatan", tags=tags, resources=resources)["id"])


def narrow(user, dataset, to_level, **kw):
    asked = {"id": dataset["id"], "to_level": to_level, "reason": REASON, **kw}
    return helpers.call_action("satudata_dataset_reclassify", as_user(user), **asked)


def command(person, case, name, **payload):
    return helpers.call_action(
        "satudata_case_command", as_user(person), id=case, command=name, **with_minutes(name, payload)
    )


def shown(dataset):
    model.Session.expire_all()
    return helpers.call_action("package_show", {"user": "", "ignore_auth": False}, id=dataset["id"])


def opened(team, case, to_level, **payload):
    """The whole way of a wish for a more open level."""
    command(team["walidata"], case, "submit", note=WHY, to_level=to_level, **payload)
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    return command(team["second"], case, "publish")


def download(app, dataset, resource):
    return app.flask_app.test_client().get(f"/dataset/{dataset['id']}/resource/{resource['id']}/download")


def test_from_terbatas_to_terbuka_nothing_opens_before_walidata_publishes(app, public, team):
    table = public["resources"][0]
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    command(team["walidata"], case, "submit", note=WHY, to_level="terbuka")
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    assert shown(public)["access_level"] == "terbatas" and download(app, public, table).status_code == 403
    command(team["second"], case, "publish")
    now = shown(public)
    assert now["access_level"] == "terbuka" and not now.get("access_ground")
    assert [one["url"] for one in now["resources"]] == [one["url"] for one in public["resources"]]
    assert download(app, public, table).data == CSV
    record = model.Session.query(Reclassification).filter_by(kind="widening").one()
    assert (record.from_level, record.to_level, record.case_id) == ("terbatas", "terbuka", case)
    assert record.finished_at and list(approved.changed(model.Session)) == []


def test_a_stub_becomes_the_dataset_again_under_the_same_id(app, public, team):
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    assert shown(public)["resources"] == []
    opened(team, case, "terbatas", **PERIOD)
    now = shown(public)
    assert (now["id"], now["name"], now["title"]) == (public["id"], public["name"], public["title"])
    assert [tag["name"] for tag in now["tags"]] == ["kependudukan"] and now["access_ground"] == "17a"
    assert [one["format"] for one in now["resources"]] == ["HTML", "HTML"]
    assert "tempat-lain" not in json.dumps(now) and download(app, public, now["resources"][0]).status_code == 403
    state = model.Session.get(DatasetState, public["id"])
    assert (state.state, state.former, state.withdrawn_at) == (DatasetStage.PUBLISHED.value, None, None)
    proposed = helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=public["id"])
    opened(team, proposed["id"], "terbuka")
    assert [one["url"] for one in shown(public)["resources"]] == [one["url"] for one in public["resources"]]
    assert download(app, public, public["resources"][0]).data == CSV
    assert list(approved.changed(model.Session)) == []
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=public["id"])
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_classification_propose", as_user(team["ppid"]), id=public["id"])


def test_one_file_comes_back_into_the_description(app, public, team):
    table, link = public["resources"]
    case = narrow(team["walidata"], public, "tertutup", resource_id=table["id"])["case_id"]
    assert [one["id"] for one in shown(public)["resources"]] == [link["id"]]
    opened(team, case, "terbuka")
    now = shown(public)
    assert {one["id"] for one in now["resources"]} == {table["id"], link["id"]}
    back = next(one for one in now["resources"] if one["id"] == table["id"])
    technical = {"id": link["id"], "last_modified": "2026-01-31T00:00:00"}
    tk.get_action("resource_patch")({"ignore_auth": True, "user": team["walidata"]["name"]}, technical)
    assert back["name"] == "Tabel" and not back.get("access_level")
    assert download(app, public, table).data == CSV
    assert model.Session.scalars(ResourceFile.newest([table["id"]])).one().withheld is None


def test_narrowed_meanwhile_nothing_is_opened(public, team):
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    command(team["walidata"], case, "submit", note=WHY, to_level="terbuka")
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")
    narrow(team["ppid"], public, "tertutup")
    with pytest.raises(tk.ValidationError) as refused:
        command(team["second"], case, "publish")
    assert "conflict" in refused.value.error_dict and shown(public)["resources"] == []


def agreed(team, case):
    command(team["walidata"], case, "submit", note=WHY, to_level="terbuka")
    command(team["verifier"], case, "approve")
    command(team["producer_head"], case, "approve")


def refused(team, case, name="publish", who="second"):
    with pytest.raises(tk.ValidationError) as told:
        command(team[who], case, name)
    model.Session.rollback()
    assert "conflict" in told.value.error_dict


@pytest.mark.parametrize("whole", [True, False])
def test_an_opening_opens_only_the_files_that_it_was_approved_for(app, clerk, public, team, whole):
    table = public["resources"][0]
    about = {} if whole else {"resource_id": table["id"]}
    case = narrow(team["walidata"], public, "terbatas", **about, **PERIOD)["case_id"]
    agreed(team, case)
    if whole:
        new = {"package_id": public["id"], "name": "Rincian", "upload": upload("baru.csv", b"nama\nA\n")}
        table = helpers.call_action("resource_create", as_user(clerk), **new)
    else:
        file = {"id": table["id"], "upload": upload("baru.csv", b"nama\nA\n")}
        helpers.call_action("resource_patch", as_user(clerk), **file)
    republish(public["id"])
    refused(team, case)
    assert download(app, public, table).status_code == 403
    page = app.get(f"/meja/{case}", headers={"Authorization": team["second"]["token"]}).body
    assert "Berubah sejak diusulkan" in page and ("Rincian" if whole else "Tabel") in page
    command(team["second"], case, "return_", note="Berkasnya berganti.")
    command(team["walidata"], case, "submit", note=WHY, to_level="terbuka")
    helpers.call_action("resource_patch", as_user(clerk), id=table["id"], upload=upload("c.csv", b"nama\nB\n"))
    republish(public["id"])
    refused(team, case, "approve", "verifier")
    command(team["verifier"], case, "return_", note="Berkasnya berganti lagi.")
    opened(team, case, "terbuka")
    assert download(app, public, table).data == b"nama\nB\n"


def test_a_file_taken_away_or_described_anew_meanwhile_hinders_nothing(app, clerk, public, team):
    table, link = public["resources"]
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    agreed(team, case)
    helpers.call_action("resource_delete", as_user(clerk), id=link["id"])
    helpers.call_action("resource_patch", as_user(clerk), id=table["id"], description="Lain.")
    republish(public["id"])
    command(team["second"], case, "publish")
    assert download(app, public, table).data == CSV


def test_the_opening_of_a_file_does_not_outlive_a_narrowing_of_the_whole(app, public, team):
    table = public["resources"][0]
    mine = narrow(team["walidata"], public, "terbatas", resource_id=table["id"], **PERIOD)["case_id"]
    agreed(team, mine)
    whole = narrow(team["walidata"], public, "tertutup")["case_id"]
    opened(team, whole, "terbuka")
    refused(team, mine)
    assert download(app, public, table).status_code == 403
    command(team["second"], mine, "return_", note="Datanya ditutup sejak disetujui.")
    opened(team, mine, "terbuka")
    assert download(app, public, table).data == CSV


def test_a_wish_that_opens_nothing_or_names_no_ground_is_refused(public, team):
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    for asked, field in (
        ({"to_level": "tertutup"}, "to_level"),
        ({"to_level": ""}, "to_level"),
        ({"to_level": "terbatas"}, "access_ground"),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            command(team["walidata"], case, "submit", note=WHY, **asked)
        assert field in refused.value.error_dict


@pytest.mark.parametrize("note", ["", "boleh"])
def test_a_wish_says_why_and_the_reason_is_shown_to_all_who_decide(app, public, team, note):
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    with pytest.raises(tk.ValidationError) as refused:
        command(team["walidata"], case, "submit", to_level="terbuka", note=note)
    assert "note" in refused.value.error_dict
    command(team["walidata"], case, "submit", to_level="terbuka", note=WHY)
    for role in ("verifier", "producer_head", "ppid"):
        assert WHY in app.get(f"/meja/{case}", headers={"Authorization": team[role]["token"]}).body
    for role in ("verifier", "producer_head"):
        command(team[role], case, "approve")
    done = command(team["second"], case, "publish", note="Sudah diperiksa.")["reclassification"]
    listed = helpers.call_action("satudata_reclassification_list", as_user(team["ppid"]), kind="widening")["results"]
    assert [(one["id"], one["reason"]) for one in listed] == [(done, WHY)]


def test_a_stub_tells_neither_who_made_it_nor_when_and_gives_both_back(clerk, public, team):
    before = shown(public)
    assert before["creator_user_id"] == clerk["id"]
    case = narrow(team["walidata"], public, "tertutup")["case_id"]
    stub = shown(public)
    assert not stub["creator_user_id"] and stub["metadata_created"] > before["metadata_created"]
    opened(team, case, "terbuka")
    now = shown(public)
    assert [now[name] for name in ("creator_user_id", "metadata_created")] == [
        before[name] for name in ("creator_user_id", "metadata_created")
    ]


def test_the_test_of_what_left_a_stub_is_recorded_and_decided(public, team):
    record = narrow(team["walidata"], public, "tertutup")
    command(team["walidata"], record["case_id"], "record", **PERIOD)
    command(team["ppid"], record["case_id"], "approve")
    assert model.Session.get(DatasetState, public["id"]).former["access_ground"] == "17a"
    assert "17a" not in json.dumps(shown(public))
    found = helpers.call_action("satudata_reclassification_show", as_user(team["ppid"]), id=record["id"])
    assert found["standing"] == "tested"


def test_an_overdue_test_stands_on_the_desk_of_ppid_and_superior(public, team):
    narrow(team["walidata"], public, "terbatas")
    watching = [actor_for(model.User.get(team[who]["id"])) for who in ("ppid", "ppid_superior")]
    for actor in watching:
        assert not [row for row in inbox.rows(model.Session, actor) if row.case.process == "classification"]
    with freeze_time(clock.now() + timedelta(days=60)):
        for actor in watching:
            rows = [row for row in inbox.rows(model.Session, actor) if row.case.process == "classification"]
            assert [(row.group, row.late, row.exits) for row in rows] == [(inbox.OVERDUE, True, ())]
        other = actor_for(model.User.get(officer(Role.REDAKTUR)["id"]))
        assert not inbox.rows(model.Session, other)


# ---------------------------------------------------------------- licence, files and history as the level goes


def served(dataset, graph=False):
    """What anybody reads of licence and files' levels, and whether DCAT names a licence."""
    now = shown(dataset)
    levels = [(one.get("access_level") or "", one.get("access_level_from") or "") for one in now["resources"]]
    return now["license_id"], now["isopen"], levels, dcat_names_licence(now)


def dcat_names_licence(now):
    serializer = RDFSerializer(profiles=["satudata_dcat_ap_3"])
    serializer.graph_from_dataset(now)
    return (None, DCT.license, None) in serializer.g


CLOSED, LIMITED = ("other-closed", False), [("terbatas", "dataset")] * 2


def test_what_is_limited_is_under_no_open_licence_and_gets_its_own_back(clerk, team):
    resources = [{"name": "Satu", "upload": upload()}, {"name": "Dua", "upload": upload()}]
    public = publish(make(clerk, clerk["org"], license_id="cc-by", resources=resources)["id"])
    assert served(public) == ("cc-by", True, [("", ""), ("", "")], True)
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    assert served(public) == (*CLOSED, LIMITED, False)
    found = helpers.call_action("package_search", {"user": "", "ignore_auth": False}, fq=f"id:{public['id']}")[
        "results"
    ]
    assert (found[0]["license_id"], found[0]["resources"][0]["access_level"]) == ("other-closed", "terbatas")
    alone = helpers.call_action("resource_show", {"user": "", "ignore_auth": False}, id=public["resources"][0]["id"])
    assert alone["access_level"] == "terbatas"
    narrow(team["walidata"], public, "tertutup")
    opened(team, case, "terbatas", **PERIOD)
    assert served(public) == (*CLOSED, LIMITED, False)
    proposed = helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=public["id"])
    opened(team, proposed["id"], "terbuka")
    assert served(public) == ("cc-by", True, [("", ""), ("", "")], True)
    assert list(approved.changed(model.Session)) == []


def test_a_file_with_a_level_of_its_own_keeps_it_as_its_dataset_opens(clerk, team):
    """That dataset and file were both Terbatas for a while opens nothing."""
    resources = [{"name": "Satu", "upload": upload()}, {"name": "Dua", "upload": upload(), "access_level": "terbatas"}]
    public = publish(make(clerk, clerk["org"], license_id="cc-by", resources=resources)["id"])
    case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    assert served(public)[2] == [("terbatas", "dataset"), ("terbatas", "")]
    opened(team, case, "terbuka")
    assert served(public)[2] == [("", ""), ("terbatas", "")]


def test_the_licence_of_a_dataset_is_that_of_what_is_open_in_it(clerk, team):
    resources = [{"name": "Satu", "upload": upload()}, {"name": "Dua", "upload": upload(), "access_level": "terbatas"}]
    public = publish(make(clerk, clerk["org"], license_id="cc-by", resources=resources)["id"])
    first, second = (one["id"] for one in public["resources"])
    limited = URIRef("http://publications.europa.eu/resource/authority/access-right/RESTRICTED")

    def said():
        """Licence, `isopen`, and of dataset and files: whether DCAT says RESTRICTED, whether a licence."""
        now = shown(public)
        serializer = RDFSerializer(profiles=["satudata_dcat_ap_3"])
        whole, graph = serializer.graph_from_dataset(now), serializer.g
        parts = sorted(graph.objects(whole, DCAT.distribution), key=lambda one: str(one).endswith(second))
        told = [((one, DCT.accessRights, limited) in graph, (one, DCT.license, None) in graph) for one in parts]
        return now["license_id"], now["isopen"], (whole, DCT.accessRights, limited) in graph, told

    mixed = ("cc-by", True, False, [(False, True), (True, False)])
    assert said() == mixed
    case = narrow(team["walidata"], public, "terbatas", resource_id=first, **PERIOD)["case_id"]
    assert said() == (*CLOSED, True, [(True, False)] * 2)
    opened(team, case, "terbuka")
    assert said() == mixed
    assert list(approved.changed(model.Session)) == []


def test_where_the_only_file_is_closed_nothing_is_under_an_open_licence(clerk, team):
    public = publish(make(clerk, clerk["org"], license_id="cc-by")["id"])
    (file,) = (one["id"] for one in public["resources"])
    limited = URIRef("http://publications.europa.eu/resource/authority/access-right/RESTRICTED")
    for level in ("terbatas", "tertutup"):
        narrow(team["walidata"], public, level, resource_id=file, **PERIOD)
        now = shown(public)
        serializer = RDFSerializer(profiles=["satudata_dcat_ap_3"])
        whole = serializer.graph_from_dataset(now)
        assert (now["license_id"], now["isopen"]) == CLOSED, level
        assert (whole, DCT.accessRights, limited) in serializer.g, level
    assert list(approved.changed(model.Session)) == []


def test_released_as_terbatas_is_under_no_open_licence(clerk, team):
    limited = make(clerk, clerk["org"], level="terbatas", license_id="cc-by", **PERIOD)
    assert limited["license_id"] == "cc-by" and not limited["resources"][0].get("access_level")
    publish(limited["id"])
    assert served(limited) == (*CLOSED, LIMITED[:1], False)
    proposed = helpers.call_action("satudata_classification_propose", as_user(team["walidata"]), id=limited["id"])
    opened(team, proposed["id"], "terbuka")
    assert served(limited) == ("cc-by", True, [("", "")], True)


def test_a_copy_of_a_limited_description_follows_its_own_dataset(clerk, public, team):
    narrow(team["walidata"], public, "terbatas", **PERIOD)
    copied = [{**one, "id": None, "url": "https://contoh.test/a"} for one in shown(public)["resources"]]
    draft = make(clerk, clerk["org"], name="salinan", resources=copied)
    assert not [one for one in draft["resources"] if one.get("access_level") or one.get("access_level_from")]


def test_the_public_history_tells_each_change_of_the_level_with_its_day(app, public, team):
    state = model.Session.get(DatasetState, public["id"])
    with raw_writes.writing(model.Session, DatasetState):
        state.first_published_at = state.published_at = clock.now() - timedelta(days=40)
    model.Session.commit()
    with freeze_time(clock.now() - timedelta(days=20)):
        restricted_on = wording.day(clock.today(), locale="id")
        case = narrow(team["walidata"], public, "terbatas", **PERIOD)["case_id"]
    page = app.get(f"/dataset/{public['id']}").body
    assert f"Dibatasi {restricted_on}" in page and "Dirilis" in page and "Keterangannya dirilis" not in page
    assert f"sejak {restricted_on}" in page
    opened(team, case, "terbuka")
    page = app.get(f"/dataset/{public['id']}").body
    assert f"Dibatasi {restricted_on}" in page and f"Dibuka {wording.day(clock.today(), locale='id')}" in page
    assert "sejak" not in page and "Diubah" not in page
