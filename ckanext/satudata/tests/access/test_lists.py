"""The generated lists: what stands in them, and what nobody can read out of the public ones."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
import sqlalchemy as sa
from ckan.tests import factories

from ckanext.satudata.domain import period
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.dik_row import DikRow
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.publishing import permits
from ckanext.satudata.tests.access.support import as_user, make, operator, publish, upload
from ckanext.satudata.tests.factories import hold, officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

CANARY = "kanari"
PUBLIC = ("/daftar-informasi-publik", "/daftar-informasi-dikecualikan", "/daftar-data/terbatas")
NEUTRAL = "Rahasia pribadi penerima layanan"


def call(name, user, **data):
    return tk.get_action(name)(as_user(user), data)


def day(days):
    return (clock.today() + timedelta(days=days)).isoformat()


def restrict(package_id, **fields):
    """Sets fields of a restriction past the forms, whatever the stage."""
    row = model.Package.get(package_id)
    with permits.permit(model.Session(), package_id):
        row.extras = {**row.extras, **fields}
    model.Session.commit()


def set_file(package_id, **fields):
    """The same for the first resource."""
    row = model.Package.get(package_id).resources[0]
    with permits.permit(model.Session(), package_id):
        row.extras = {**row.extras, **fields}
    model.Session.commit()
    return row.id


@pytest.fixture
def place():
    """Of one agency: an open dataset with a closed file, a limited one, a closed one, and a limited draft."""
    mine = operator()

    def one(title, level, **kw):
        return make(mine, mine["org"], level=level, title=title, name=title.lower().replace(" ", "-"), **kw)["id"]

    files = [
        {"name": "Tabel", "upload": upload("tabel.csv", b"a,b\n1,2\n")},
        {"name": "kanari berkas tertutup", "access_level": "tertutup", "access_ground": "17h", "upload": upload()},
    ]
    found = {
        "mine": mine,
        "open": one("Jumlah murid", "terbuka", penanggung_jawab="Kepala Bidang", periode_data="2024", resources=files),
        "limited": one("Penerima bantuan", "terbatas"),
        "closed": one("kanari judul tertutup", "tertutup"),
        "draft": one("kanari judul draf", "terbatas"),
    }
    for name in ("open", "limited", "closed"):
        publish(found[name])
    restrict(found["limited"], access_ground="17h", access_basis="SK 12/2026", access_until=day(400))
    restrict(found["closed"], access_ground="17c", access_basis="kanari dasar", access_until=day(10))
    return found


def test_the_lists_have_the_columns_of_the_law(place):
    with wording.speaking("id"):
        dip = call("satudata_public_list_show", None, list="dip")
    assert dip["columns"] == [
        "No.",
        "Ringkasan isi informasi",
        "Unit yang menguasai informasi",
        "Penanggung jawab pembuatan",
        "Waktu dan tempat pembuatan",
        "Bentuk informasi yang tersedia",
        "Jangka waktu penyimpanan",
    ]
    agency = model.Group.get(place["mine"]["org"]["id"]).title
    assert [row[1:4] for row in dip["rows"]] == [
        ["Jumlah murid (2024)", agency, "Kepala Bidang"],
        ["Penerima bantuan", agency, ""],
    ]
    assert [row[5] for row in dip["rows"]] == ["Salinan digital (CSV)", "Salinan digital (CSV), atas permohonan"]
    limited = call("satudata_public_list_show", None, list="terbatas")
    assert [row[1] for row in limited["rows"]] == ["Penerima bantuan"]
    assert limited["rows"][0][3] == "Pasal 17 huruf h UU 14/2008; SK 12/2026"
    closed = call("satudata_closed_list_show", place["mine"])
    assert [row[1] for row in closed["rows"]] == ["Jumlah murid: kanari berkas tertutup", "kanari judul tertutup"]


def test_closed_data_stand_in_no_public_list_and_in_no_other_agencys(place, app):
    other, ppid = operator(), officer(Role.PPID)
    for user in (None, factories.UserWithToken(), other):
        for wanted in ("dip", "dik", "terbatas", "tertutup"):
            try:
                told = json.dumps(call("satudata_public_list_show", user, list=wanted))
            except tk.ObjectNotFound as error:
                told = str(error)
            assert CANARY not in told
        for name in ("satudata_closed_list_show", "satudata_restriction_list"):
            try:
                told = json.dumps(call(name, user, list="tertutup", dik="missing"))
            except tk.NotAuthorized:
                told = ""
            assert CANARY not in told
        headers = {"Authorization": user["token"]} if user else {}
        for path in (*PUBLIC, "/meja/daftar-data/tertutup", "/meja/masa-berlaku", "/meja/informasi-dikecualikan"):
            for ending in ("", ".csv", ".xlsx"):
                answer = app.get(path + ending, headers=headers, follow_redirects=False)
                assert CANARY.encode() not in answer.data and answer.status_code in (200, 302, 404), path
    assert call("satudata_closed_list_show", other)["count"] == 0
    for user in (ppid, place["mine"], officer(Role.AUDITOR), officer(Role.WALIDATA)):
        assert call("satudata_closed_list_show", user)["count"] == 2
        page = app.get("/meja/daftar-data/tertutup.csv", headers={"Authorization": user["token"]})
        assert "kanari judul tertutup" in page.body and "draf" not in page.body


def test_the_public_list_of_exclusions_says_only_what_ppid_ticked(place, app):
    ppid = officer(Role.PPID)
    write = {"public_text": NEUTRAL, "is_public": "true"}
    call("satudata_dik_row_set", ppid, id=place["closed"], public_text="kanari teks belum tampil", is_public=False)
    empty = call("satudata_public_list_show", None, list="dik")
    assert (empty["count"], empty["rows"]) == (0, [])
    call("satudata_dik_row_set", ppid, id=place["limited"], **write)
    shown = call("satudata_public_list_show", None, list="dik")
    assert shown["count"] == 1 and shown["rows"][0][:3] == [1, NEUTRAL, "Pasal 17 huruf h UU 14/2008"]
    agency = model.Group.get(place["mine"]["org"]["id"]).title
    bodies = [app.get(PUBLIC[1] + ending).data for ending in ("", ".csv")]
    book = openpyxl.load_workbook(io.BytesIO(app.get(PUBLIC[1] + ".xlsx").data))
    bodies.append(str([[cell.value for cell in row] for sheet in book for row in sheet.rows]).encode())
    for body in bodies:
        assert NEUTRAL.encode() in body
        for hidden in (CANARY, "Penerima bantuan", agency, "SK 12/2026", place["limited"], place["closed"]):
            assert hidden.encode() not in body, hidden
    rows = list(csv.reader(io.StringIO(bodies[1].decode("utf-8-sig"))))
    assert len(rows) == 2 and len(rows[0]) == 5
    entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "dik_row_set").order_by(Journal.at)).all()[
        -1
    ]
    assert entry.payload == {"is_public": True} and entry.actor_id == ppid["id"]
    # What is not restricted any more, or has no ground, stands there no more.
    restrict(place["limited"], access_ground="")
    assert call("satudata_public_list_show", None, list="dik")["count"] == 0


def test_only_ppid_writes_and_only_of_what_is_restricted_and_grounded(place):
    ppid = officer(Role.PPID)
    for user in (officer(Role.WALIDATA), place["mine"], factories.SysadminWithToken(), officer(Role.AUDITOR)):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("satudata_dik_row_set")(
                {**as_user(user), "ignore_auth": True}, {"id": place["limited"], "public_text": NEUTRAL}
            )
    for wrong in (
        {"id": place["open"]},
        {"id": place["draft"]},
        {"id": "x"},
        {"id": place["limited"], "resource_id": "x"},
    ):
        with pytest.raises(tk.ObjectNotFound):
            call("satudata_dik_row_set", ppid, public_text=NEUTRAL, **wrong)
    restrict(place["limited"], access_ground="")
    for field, sent in (
        ("public_text", {"public_text": "pendek"}),
        ("is_public", {"public_text": NEUTRAL, "is_public": 1}),
    ):
        with pytest.raises(tk.ValidationError) as caught:
            call("satudata_dik_row_set", ppid, id=place["limited"], **sent)
        assert set(caught.value.error_dict) == {field}
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(DikRow)) == 0


def test_periods_are_listed_with_counts_and_filters(place, app):
    ppid = officer(Role.PPID)
    found = call("satudata_restriction_list", ppid)
    assert found["counts"] == {"passed": 0, "soon": 1, "later": 1, "permanent": 0, "none": 1} and found["count"] == 3
    assert [row["stand"] for row in found["restrictions"]] == ["soon", "later", "none"]
    assert found["restrictions"][0]["days_left"] == 10
    restrict(place["closed"], access_until=day(0), access_review_on=day(-3))
    restrict(place["limited"], access_until="", access_permanent="true")
    assert [row["package_id"] for row in call("satudata_restriction_list", ppid, stand="passed")["restrictions"]] == [
        place["closed"]
    ]
    assert call("satudata_restriction_list", ppid, level="tertutup")["count"] == 2
    assert call("satudata_restriction_list", ppid, organization_id="x")["count"] == 0
    assert call("satudata_restriction_list", operator())["count"] == 0
    with pytest.raises(tk.ValidationError):
        call("satudata_restriction_list", ppid, stand="x")
    page = app.get("/meja/masa-berlaku?stand=passed", headers={"Authorization": ppid["token"]}).body
    assert "kanari judul tertutup" in page and "3 hari yang lalu" in page and "Penerima bantuan" not in page
    for junk in ("31 Februari", "2026-02-31", "'; drop"):
        restrict(place["closed"], access_until=junk)
        assert call("satudata_restriction_list", ppid)["count"] == 3


def test_a_file_that_is_stricter_has_a_row_of_its_own(place):
    ppid = officer(Role.PPID)
    file_id = set_file(place["open"], access_level="terbatas", access_ground="17b", access_until=day(5))
    rows = {row["resource_id"]: row for row in call("satudata_restriction_list", ppid)["restrictions"]}
    assert rows[file_id]["title"] == "Jumlah murid: Tabel" and rows[file_id]["days_left"] == 5
    limited = call("satudata_public_list_show", None, list="terbatas")
    assert [row[1] for row in limited["rows"]] == ["Jumlah murid: Tabel", "Penerima bantuan"]
    call("satudata_dik_row_set", ppid, id=place["open"], resource_id=file_id, public_text=NEUTRAL, is_public=True)
    assert call("satudata_public_list_show", None, list="dik")["count"] == 1


def test_what_was_public_and_is_closed_now_stands_among_the_closed_by_its_former_title(place):
    walidata = officer(Role.WALIDATA)
    call("satudata_dataset_reclassify", walidata, id=place["open"], to_level="tertutup", reason="Memuat nama murid.")
    titles = [row[1] for row in call("satudata_closed_list_show", walidata)["rows"]]
    assert "Jumlah murid" in titles and len(titles) == 2
    dip = call("satudata_public_list_show", None, list="dip")
    assert [row[1] for row in dip["rows"]] == ["Penerima bantuan"]


@pytest.mark.parametrize("name", ["satudata_public_list_show", "satudata_closed_list_show"])
def test_pages_continue_the_numbers(place, name):
    wanted = {"list": "dip"} if "public" in name else {}
    second = call(name, place["mine"], **wanted, offset=1, limit=1)
    assert second["count"] == 2 and [row[0] for row in second["rows"]] == [2]


@pytest.mark.parametrize(
    ("until", "review", "names"),
    [
        (31, None, []),
        (30, None, ["+30:soon"]),
        (1, None, ["+1:soon"]),
        (0, None, ["+0:day"]),
        (-6, None, ["-6:day"]),
        (-7, None, ["-7:week1"]),
        (-30, None, ["-30:week4"]),
        (10, 10, ["+10:soon"]),
        (10, -8, ["-8:week1", "+10:soon"]),
        (-8, -20, ["-20:week2"]),
        (None, None, []),
    ],
)
def test_each_day_has_one_occasion_at_a_time(until, review, names):
    today = clock.today()
    days = [None if one is None else today + timedelta(days=one) for one in (until, review)]
    found = period.occasions(days, today)
    assert [f"{(one.on - today).days:+d}:{one.name.split(':')[1]}" for one in found] == names


def test_words_that_name_the_data_are_refused_whoever_writes(place):
    walidata = officer(Role.WALIDATA)
    call("satudata_dataset_reclassify", walidata, id=place["open"], to_level="tertutup", reason="Memuat nama murid.")
    both = factories.SysadminWithToken()
    hold(both["id"], Role.PPID)
    agency = model.Group.get(place["mine"]["org"]["id"])
    for package_id, text in (
        (place["closed"], "Tentang KANARI: judul-tertutup, kota"),
        (place["limited"], f"Rahasia {agency.title}"),
        (place["limited"], f"Rahasia {agency.name.upper()}"),
        (place["open"], "Nilai per jumlah murid"),
        (place["open"], "Nama dalam kanari berkas tertutup"),
    ):
        for is_public in (True, False):
            with pytest.raises(tk.ValidationError) as caught:
                tk.get_action("satudata_dik_row_set")(
                    {**as_user(both), "ignore_auth": True},
                    {"id": package_id, "public_text": text, "is_public": is_public},
                )
            assert set(caught.value.error_dict) == {"public_text"}, text
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(DikRow)) == 0


def test_a_row_is_read_as_the_public_would_before_it_is_shown(place, app):
    head = {"Authorization": officer(Role.PPID)["token"]}
    path = f"/meja/informasi-dikecualikan/{place['limited']}"
    assert 'id="baris"' not in app.get(path, headers=head).body
    refused = app.post(path, data={"public_text": "Penerima bantuan kota"}, headers=head)
    assert refused.status_code == 422 and 'href="#field-public_text"' in refused.body
    for typed in ({"public_text": NEUTRAL}, {"public_text": NEUTRAL, "is_public": "true"}):
        stored = app.post(path, data=typed, headers=head, follow_redirects=False)
        assert stored.headers["Location"].endswith(f"{path}#baris")
        assert call("satudata_public_list_show", None, list="dik")["count"] == 0, "storing shows nothing"
    page = app.get(path, headers=head).body
    shown = page[page.index('id="baris"') :]
    for cell in (NEUTRAL, "Pasal 17 huruf h UU 14/2008"):
        assert cell in shown
    assert "Penerima bantuan" not in shown.split("</section>")[0]
    app.post(path, data={"act": "show", "public_text": NEUTRAL}, headers=head)
    assert call("satudata_public_list_show", None, list="dik")["rows"][0][1] == NEUTRAL
    app.post(path, data={"public_text": f"{NEUTRAL} kota"}, headers=head)
    assert call("satudata_public_list_show", None, list="dik")["count"] == 0
