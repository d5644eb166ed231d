"""Posts by every government's file: what each step must leave, who changes it, what the public sees and when not."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.post import Post
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.shared.levels import classification, reclassify
from ckanext.satudata.shared.publishing import posts
from ckanext.satudata.tests.access.support import MINUTES, make, publish, republish, upload
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.posts.support import act, opened, picture, write
from ckanext.satudata.tests.support.pages import Visitor, stands_in

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

WHY = "Memuat data pribadi yang terlewat."
SHOWN = {"channel": "instagram", "address": "https://instagram.com/p/1"}


@pytest.fixture
def governed(monkeypatch):
    return lambda name: monkeypatch.setitem(tk.config, "ckanext.satudata.sop", name)


class Office:
    """An agency with operator, verifier and head, and open data; the default file."""

    def __init__(self):
        self.agency = ckan_factories.Organization(title="Dinas Pendidikan")["id"]
        self.operator, self.verifier = officer(Role.OPERATOR, self.agency), officer(Role.VERIFIER, self.agency)
        self.data = opened()
        self.file = self.data["resources"][0]["id"]
        self.case = begun(self.operator, self.agency)

    def give(self, who, command, **payload):
        return act("satudata_case_command", who, id=self.case, command=command, **payload)

    def written(self):
        write(self.operator, self.case, self.file)
        return self

    def published(self):
        self.written()
        self.give(self.operator, "submit")
        self.give(self.verifier, "approve")
        return self.give(self.operator, "publish", **SHOWN)


def begun(user, agency, process="channel_post"):
    return act("satudata_case_start", user, process=process, organization_id=agency, title="Poster")["id"]


@pytest.fixture
def at(governed):
    governed("default")
    return Office()


def refused(error, name, user, /, **data):
    with pytest.raises(error) as caught:
        act(name, user, **data)
    return caught.value


def test_only_published_open_data_are_picked(at):
    owner = at.data["operator"]
    draft = make(owner, owner["org"], title="Draf", name="draf")
    limited = publish(make(owner, owner["org"], "terbatas", title="Gaji", name="gaji")["id"])
    at.written()
    for hidden in (draft, limited):
        wrong = [at.file, hidden["resources"][0]["id"]]
        error = refused(tk.ValidationError, "satudata_post_save", at.operator, id=at.case, version=1, sources=wrong)
        assert "sources" in error.error_dict
    refused(tk.ValidationError, "satudata_post_save", at.operator, id=at.case, version=1, sources=["x"])


def test_what_is_picked_keeps_its_version_and_its_chart(at):
    shown = write(at.operator, at.case, at.file)
    assert [one["version"] for one in shown["sources"]] == [1]
    points = {point["label"]: point["value"] for point in shown["sources"][0]["chart"]["points"]}
    assert points == {"Klojen": "12", "Sukun": "9", "Blimbing": "7"}
    act("resource_patch", at.data["operator"], id=at.file, upload=upload("b.csv", b"kecamatan,jumlah\nA,1\nB,2\n"))
    republish(at.data["id"])
    again = act("satudata_post_save", at.operator, id=at.case, version=1, sources=[at.file], title="Lain")
    assert again["sources"][0]["version"] == 1 and again["sources"][0]["has_newer"]
    assert again["sources"][0]["chart"] == shown["sources"][0]["chart"]


def test_every_saving_is_a_version_and_a_stale_one_is_refused(at):
    write(at.operator, at.case, at.file)
    shown = act("satudata_post_save", at.operator, id=at.case, version=1, title="Baru", drop_1="true")
    assert [one["number"] for one in shown["versions"]] == [2, 1] and not shown["files"]
    assert shown["versions"][1]["files"][0]["name"] == "poster.png"
    error = refused(tk.ValidationError, "satudata_post_save", at.operator, id=at.case, version=1, title="Lama")
    assert "conflict" in error.error_dict
    same = act("satudata_post_save", at.operator, id=at.case, version=2, title="Baru")
    assert same["version"] == 2 and not same["saved"]


def test_whoever_saves_second_reads_what_the_other_stored_and_decides(at, app):
    at.written()
    who, address = Visitor(app, at.operator), f"/meja/{at.case}/publikasi"
    form = who.open(address).select_one("main form[enctype]")
    act("satudata_post_save", at.operator, id=at.case, version=1, title="Judul orang lain")
    sent = stands_in(form) | {"title": "Judul saya"}
    stale = app.post(address, data=sent, headers=who.headers, status=422)
    page = BeautifulSoup(stale.body, "html.parser")
    told = page.select_one(".sd-error-summary").get_text(" ", strip=True)
    assert "Judul orang lain" in told and "Judul saya" in told and "Muat ulang" not in told
    again = page.select_one("main form[enctype]")
    assert stands_in(again)["title"] == "Judul saya"
    who.send(again)
    shown = act("satudata_post_draft_show", at.operator, id=at.case)
    assert shown["title"] == "Judul saya" and [one["title"] for one in shown["versions"]][:2] == [
        "Judul saya",
        "Judul orang lain",
    ]


@pytest.mark.parametrize(
    ("name", "body"),
    [("x.svg", b"<svg/>"), ("x.png", b"kecamatan,jumlah\n"), ("x.pdf", b"%PDF-1.7"), ("x.html", b"<html>")],
)
def test_only_pictures_are_taken(at, name, body):
    sent = {"file": FileStorage(io.BytesIO(body), filename=name), "alt": "x"}
    error = refused(tk.ValidationError, "satudata_post_save", at.operator, id=at.case, version=0, **sent)
    assert list(error.error_dict) == ["file"]
    assert not model.Session.query(VaultObject).filter_by(purpose="post").count()


def test_who_drafts_is_led_to_what_is_lacking(at, app):
    def page(who=at.operator):
        return app.get(f"/meja/{at.case}", headers={"Authorization": who["token"]}).body

    assert "Lihat dahulu apa yang belum ada" in page()
    at.written()
    assert "Lihat dahulu keterangan dan gambarnya" in page()
    at.give(at.operator, "submit")
    assert "Setujui publikasi" in page(at.verifier)
    at.give(at.verifier, "approve")
    assert "Terbitkan publikasi" in page()


def test_nothing_is_sent_that_is_not_whole(at):
    sent = {"version": 0, "sources": [at.file], "title": "Judul", "caption": "Isi", "file": picture()}
    act("satudata_post_save", at.operator, id=at.case, **sent)
    error = refused(tk.ValidationError, "satudata_case_command", at.operator, id=at.case, command="submit")
    assert "no alternative text" in str(error.error_dict)
    act("satudata_post_save", at.operator, id=at.case, version=1, alt_1="Peta sekolah")
    assert at.give(at.operator, "submit")["open_steps"][0]["no"] == "2"


def test_only_who_drafts_it_changes_it_and_who_drafted_it_does_not_check_it(at):
    both = at.operator
    at.written().give(both, "submit")
    admin = ckan_factories.Sysadmin()
    for who in (both, at.verifier, admin):
        refused(tk.NotAuthorized, "satudata_post_save", who, id=at.case, version=1, title="Lain")
    at.give(at.verifier, "return_", note="Angkanya salah.")
    act("satudata_post_save", both, id=at.case, version=1, title="Judul baru")
    at.give(both, "submit")
    at.give(at.verifier, "approve")
    refused(tk.NotAuthorized, "satudata_post_save", both, id=at.case, version=2, title="Setelah disetujui")


def test_a_draft_is_known_to_the_officers_of_its_agency_alone(at, app):
    at.written()
    kept = model.Session.query(VaultObject).filter_by(purpose="post").one().id
    other = officer(Role.OPERATOR, ckan_factories.Organization()["id"])
    paths = [f"/meja/{at.case}/publikasi{more}" for more in ("", "/data", "/kanal", f"/berkas/{kept}")]
    for who, status in ((at.operator, 200), (at.verifier, 200), (other, 404), (ckan_factories.UserWithToken(), 404)):
        for path in paths:
            assert app.get(path, headers={"Authorization": who["token"]}).status_code == status, path
    refused(tk.ObjectNotFound, "satudata_post_draft_show", other, id=at.case)
    assert act("satudata_post_list", None) == []
    assert "Sekolah di kota ini" not in app.get("/publikasi").body
    # A file of the vault that is no drawing of this case.
    foreign = model.Session.query(VaultObject).filter_by(purpose="resource").first().id
    headers = {"Authorization": at.operator["token"]}
    assert app.get(f"/meja/{at.case}/publikasi/berkas/{foreign}", headers=headers).status_code == 404


def test_magetan_picks_first_draws_then_writes_and_loops_to_the_design(governed):
    governed("magetan")
    agency = ckan_factories.Organization()["id"]
    redaktur, designer = officer(Role.REDAKTUR, agency), officer(Role.DESIGNER, agency)
    data = opened()["resources"][0]["id"]
    case = begun(redaktur, agency)

    def give(who, command, **payload):
        return act("satudata_case_command", who, id=case, command=command, **payload)["open_steps"]

    refused(tk.ValidationError, "satudata_case_command", redaktur, id=case, command="record")
    refused(tk.NotAuthorized, "satudata_post_save", redaktur, id=case, version=0, caption="Oleh redaktur")
    act("satudata_post_save", redaktur, id=case, version=0, sources=[data])
    give(redaktur, "record")
    give(designer, "record")
    refused(tk.ValidationError, "satudata_case_command", designer, id=case, command="record")
    act("satudata_post_save", designer, id=case, version=1, file=picture(), alt="Peta")
    give(designer, "record")
    refused(tk.ValidationError, "satudata_case_command", designer, id=case, command="submit")
    act("satudata_post_save", designer, id=case, version=2, title="Sekolah", caption="Isi")
    give(designer, "submit")
    assert [one["no"] for one in give(redaktur, "return_", note="Warnanya.")] == ["4"]
    act("satudata_post_save", designer, id=case, version=3, file=picture("kedua.png", 10), alt="Peta dua", drop_1=True)
    give(designer, "record")
    give(designer, "submit")
    give(redaktur, "approve")
    give(redaktur, "approve")
    # What may not be shown any more goes back to the design: else the case would have no way on.
    assert [one["no"] for one in give(designer, "return_", note="Data akan ditutup.")] == ["4"]
    give(designer, "record")
    give(designer, "submit")
    give(redaktur, "approve")
    give(redaktur, "approve")
    assert give(designer, "publish", **SHOWN) == []
    shown = act("satudata_post_draft_show", designer, id=case)
    assert [one["number"] for one in shown["versions"]] == [4, 3, 2, 1]
    assert [one["name"] for one in shown["files"]] == ["kedua.png"]


def test_a_published_post_is_shown_with_its_data_and_logged(at, app):
    answer = at.published()
    path = f"/publikasi/{answer['post']}"
    page = app.get(path).body
    assert "Sekolah di kota ini" in page and "Klojen punya 12 sekolah." in page
    assert "Sumber: Sekolah menurut kecamatan" in page and "sd-chart-bar" in page
    drawn = app.get(f"{path}/gambar/1")
    assert drawn.status_code == 200 and drawn.mimetype == "image/png" and drawn.headers["ETag"]
    assert app.get(f"{path}/gambar/2").status_code == 404
    agency = model.Session.get(model.Group, at.agency)
    agency.title = "Dinas\x07 \uffffPendidikan"  # as an older portal may have left it
    model.Session.commit()
    feed = app.get("/publikasi/umpan.atom")
    assert "<name>Dinas Pendidikan</name>" in feed.body and ElementTree.fromstring(feed.body) is not None
    assert feed.mimetype == "application/atom+xml" and path in feed.body and "Klojen" in feed.body
    assert feed.headers["Cache-Control"] == app.get("/data-terbuka.atom").headers["Cache-Control"]
    assert app.get("/publikasi/umpan.atom", headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304
    for where in ("/", "/publikasi", f"/dataset/{at.data['name']}"):
        assert path in app.get(where).body, where
    shown = act("satudata_post_draft_show", at.operator, id=at.case)
    assert [one["channel"] for one in shown["channels"]] == ["portal", "instagram"]
    more = {"channel": "x", "address": "https://x.example/1", "screenshot": picture("layar.png")}
    assert act("satudata_post_channel_add", at.operator, id=at.case, **more)["channels"][2]["screenshot"]
    refused(tk.NotAuthorized, "satudata_post_channel_add", at.verifier, id=at.case, **SHOWN)
    texts = {one["channel"]: one for one in shown["texts"]}
    assert texts["whatsapp"]["text"].startswith("*Sekolah di kota ini*") and path in texts["whatsapp"]["text"]


def narrow(at, level, **of):
    walidata = officer(Role.WALIDATA)
    ground = {"access_ground": "17h", "access_basis": "UU 27/2022", "access_until": "2030-12-31"}
    act("satudata_dataset_reclassify", walidata, id=at.data["id"], to_level=level, reason=WHY, **of, **ground)
    return walidata


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_with_the_level_of_its_data_a_post_leaves_the_public_page(at, app, level):
    path = f"/publikasi/{at.published()['post']}"
    walidata = narrow(at, level)
    for where in (path, f"{path}/gambar/1"):
        assert app.get(where).status_code == 404, where
    for where in ("/", "/publikasi", "/publikasi/umpan.atom", f"/dataset/{at.data['id']}"):
        page = app.get(where, expect_errors=True).body if where.startswith("/dataset") else app.get(where).body
        assert "Sekolah di kota ini" not in page and path not in page, where
    assert act("satudata_post_list", None, package_id=at.data["id"]) == []
    refused(tk.ObjectNotFound, "satudata_post_show", None, number=int(path.rpartition("/")[2]))
    record = act("satudata_reclassification_list", walidata)["results"][0]
    assert record["counts"]["posts"] == 1
    assert [one["address"] for one in record["elsewhere"]] == [SHOWN["address"]]
    shown = act("satudata_post_draft_show", at.operator, id=at.case)
    assert shown["withdrawn_at"] and shown["sources"][0]["chart"] is None and not shown["source_line"]
    events = [one["event"] for one in act("satudata_case_show", at.operator, id=at.case)["journal"]]
    assert events[-1] == "post_withdrawn"


def test_it_leaves_in_the_same_transaction(at):
    number = at.published()["post"]
    walidata = officer(Role.WALIDATA)
    session = model.Session()
    actor = reclassify.actors.actor_for(model.User.get(walidata["id"]))
    reclassify.narrow(session, at.data["id"], "terbatas", actor=actor, reason=WHY)
    assert posts.find(session, number) is None
    session.rollback()
    assert posts.find(session, number) is not None
    reclassify.narrow(session, at.data["id"], "terbatas", actor=actor, reason=WHY)
    session.commit()
    assert session.query(Post).one().withdrawn_at is not None


def test_a_post_leaves_with_the_file_that_a_change_of_its_data_takes_out(at, app):
    path = f"/publikasi/{at.published()['post']}"
    other = [{"name": "Lain", "upload": upload("lain.csv", b"a,b\n1,2\n")}]
    act("package_patch", at.data["operator"], id=at.data["id"], resources=other)
    assert app.get(path).status_code == 200
    republish(at.data["id"])
    assert app.get(path).status_code == 404 and act("satudata_post_list", None) == []


def test_a_draft_of_data_that_are_not_open_any_more_goes_no_further(at):
    at.written().give(at.operator, "submit")
    narrow(at, "terbatas")
    error = refused(tk.ValidationError, "satudata_case_command", at.verifier, id=at.case, command="approve")
    assert "conflict" in error.error_dict
    at.give(at.verifier, "return_", note="Datanya tidak lagi terbuka.")
    shown = act("satudata_post_draft_show", at.operator, id=at.case)
    assert not shown["data_open"] and shown["sources"][0]["title"] == ""


def test_a_post_is_taken_down_by_who_answers_for_it(at, app):
    path = f"/publikasi/{at.published()['post']}"
    stranger = officer(Role.OPERATOR, ckan_factories.Organization()["id"])
    refused(tk.ObjectNotFound, "satudata_post_withdraw", stranger, id=at.case, reason="x")
    refused(tk.ValidationError, "satudata_post_withdraw", at.verifier, id=at.case)
    number = int(path.rpartition("/")[2])
    refused(tk.NotAuthorized, "satudata_post_withdraw", stranger, number=number, reason="x")
    walidata = officer(Role.WALIDATA)
    page = app.get(path, headers={"Authorization": walidata["token"]}).body
    assert "Turunkan dari halaman publik" in page and "Turunkan" not in app.get(path).body
    headers = {"Authorization": walidata["token"]}
    assert app.post(path, headers=headers, data={"reason": ""}).status_code == 422
    assert app.post(path, headers={"Authorization": stranger["token"]}, data={"reason": "x"}).status_code == 404
    assert (
        app.post(path, headers=headers, data={"reason": "Angkanya keliru."}, follow_redirects=False).status_code == 302
    )
    assert app.get(path).status_code == 404
    refused(tk.ValidationError, "satudata_post_withdraw", at.verifier, id=at.case, reason="lagi")


REDACTED = b"kecamatan,jumlah\nKlojen,1\nBlimbing,1\n"


def narrowed_and_held(at):
    """The file is Terbatas, tested and decided."""
    walidata = narrow(at, "terbatas", resource_id=at.file)
    case = classification.find_case(model.Session, at.data["id"], at.file).id
    ground = {"access_ground": "17h", "access_basis": "UU 27/2022", "access_until": "2030-12-31"}
    act("satudata_case_command", walidata, id=case, command="record", **ground, **MINUTES)
    act("satudata_case_command", officer(Role.PPID), id=case, command="approve", **MINUTES)


def reopened(at, **changes):
    """The file opened again by a change that was begun after the narrowing, and reviewed."""
    token = act("package_patch", at.data["operator"], id=at.data["id"], notes="Dibuka lagi.")["satudata_revision"]
    act("resource_patch", at.data["operator"], id=at.file, satudata_revision=token, access_level="terbuka", **changes)
    republish(at.data["id"])


def narrowed_and_replaced(at):
    """The picked version was narrowed, with its file; another one, with less in it, was opened after a review."""
    narrowed_and_held(at)
    reopened(at, upload=upload("b.csv", REDACTED))


def test_a_draft_does_not_bring_back_the_figures_of_a_version_that_was_narrowed(at):
    at.written().give(at.operator, "submit")
    narrowed_and_replaced(at)
    shown = act("satudata_post_draft_show", at.operator, id=at.case)
    assert not shown["data_open"] and shown["sources"][0]["chart"] is None
    error = refused(tk.ValidationError, "satudata_case_command", at.verifier, id=at.case, command="approve")
    assert "conflict" in error.error_dict
    at.give(at.verifier, "return_", note="Gambar dan datanya dari berkas lama.")
    again = act("satudata_post_save", at.operator, id=at.case, version=1, sources=[at.file])["sources"][0]
    assert (again["version"], again["is_open"]) == (2, True) and "12" not in str(again["chart"])


def test_what_is_published_of_a_version_that_was_narrowed_is_not_shown(at, app):
    answer = at.published()
    narrowed_and_replaced(at)
    # Even if it had not been taken down, with the file.
    model.Session.query(Post).update({"withdrawn_at": None})
    model.Session.commit()
    assert act("satudata_post_list", None) == []
    assert app.get(f"/publikasi/{answer['post']}").status_code == 404


def test_the_picked_version_is_open_again_once_it_is_released_again(at):
    at.written().give(at.operator, "submit")
    narrowed_and_held(at)
    reopened(at)
    assert act("satudata_post_draft_show", at.operator, id=at.case)["sources"][0]["chart"]
    at.give(at.verifier, "approve")
