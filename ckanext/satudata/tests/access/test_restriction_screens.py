"""What pages and forms say of a restriction: the public's panel, the forms of data and files, the desk."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudata.access import jobs
from ckanext.satudata.domain.classification import FIELDS
from ckanext.satudata.domain.grounds import GROUNDS, LAW
from ckanext.satudata.tests.access.support import MINUTES, decided, make, operator, publish, upload
from ckanext.satudata.tests.access.test_classification import act, cases, command, opened
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.metadata.samples import restricted

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def user():
    return operator()


@pytest.fixture
def look(app):
    """`look(address, person, form)`: the page as that person sees it, after posting the form if there is one."""

    def page(address, person=None, form=None, status=200):
        headers = {"Authorization": person["token"]} if person else {}
        if form is None:
            answer = app.get(address, headers=headers, expect_errors=True)
        else:
            answer = app.post(address, data=form, headers=headers, follow_redirects=False, expect_errors=True)
        assert answer.status_code == status, answer.body
        return BeautifulSoup(answer.body, "html.parser")

    return page


def panel(page):
    return page.select_one(".sd-answer-terbatas")


def said(node):
    return " ".join(node.get_text(" ").split())


def test_the_public_reads_why_until_when_and_asks_with_one_button(look, user):
    dataset = publish(make(user, user["org"], level="terbatas", **restricted(access_review_on="2028-01-03"))["id"])
    decided(dataset["id"])
    found = panel(look(f"/dataset/{dataset['name']}"))
    assert "berlaku" in said(found.select_one(".sd-badge"))
    for words in ("Mengungkap rahasia pribadi", "UU 27/2022 pasal 4", "31 Desember 2030", "3 Januari 2028"):
        assert words in said(found)
    assert found.select_one(f"a[href='{LAW}']").get_text() == "Pasal 17 huruf h UU 14/2008"
    assert len(found.select(".sd-btn")) == 1
    file = look(f"/dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}")
    assert "31 Desember 2030" in said(panel(file)) and len(panel(file).select(".sd-btn")) == 1


def test_a_permanent_restriction_says_so(look, user):
    stated = restricted(access_until="", access_permanent="true", access_review_on="2028-01-03")
    dataset = publish(make(user, user["org"], level="terbatas", **stated)["id"])
    facts = {
        row.dt.get_text(): row.dd.get_text() for row in panel(look(f"/dataset/{dataset['name']}")).select("dl > div")
    }
    assert (
        "Sampai" not in facts
        and facts["Masa berlaku"] == "Berlaku permanen"
        and facts["Ditinjau kembali pada"] == "3 Januari 2028"
    )


@pytest.mark.parametrize(
    ("cause", "word"), [("untested", "menunggu uji konsekuensi"), ("provisional", "sementara"), (None, "menunggu uji")]
)
def test_what_is_not_tested_says_so_to_everybody(look, user, cause, word):
    dataset = publish(make(user, user["org"], level="terbatas")["id"])
    if cause:
        opened(dataset["id"], cause)
    found = panel(look(f"/dataset/{dataset['name']}"))
    assert word in said(found.select_one(".sd-badge")) and "masih harus menguji" in said(found)
    assert found.select_one(".sd-btn")


def test_a_limited_file_of_open_data_says_why_it_is_not_open(look, user):
    files = [{"name": "Buka", "upload": upload()}, {"name": "Batas", "upload": upload(), "access_level": "terbatas"}]
    files[1] |= restricted()
    dataset = publish(make(user, user["org"], resources=files)["id"])
    decided(dataset["id"], next(one["id"] for one in dataset["resources"] if one["name"] == "Batas"))
    (found,) = look(f"/dataset/{dataset['name']}").select(".sd-answer-terbatas")
    assert "Mengungkap rahasia pribadi" in said(found) and "berlaku" in said(found)


def test_english_pages_say_it_in_english(look, user):
    dataset = publish(make(user, user["org"], level="terbatas", **restricted())["id"])
    decided(dataset["id"])
    found = said(panel(look(f"/en/dataset/{dataset['name']}")))
    assert "in force" in found and "personal secrets" in found and "Until" in found


# ---------------------------------------------------------------- forms


def names(page):
    return {field["name"] for field in page.select("form [name]")}


def test_the_forms_ask_for_a_restriction_with_an_example_of_each_level_and_ground(look, user):
    dataset = make(user, user["org"])
    for address in ("/dataset/new", f"/dataset/edit/{dataset['name']}", f"/dataset/{dataset['name']}/resource/new"):
        page = look(address, user)
        assert set(FIELDS) <= names(page), address
        part = page.select_one(".sd-restriction")
        options = [option["value"] for option in part.select("[name=access_ground] option")]
        assert options == ["", *GROUNDS]
        assert said(part).count("Contoh:") == len(GROUNDS)
        levels = page.select("[name=access_level]")
        assert [level["value"] for level in levels][-3:] == ["terbuka", "terbatas", "tertutup"]
        assert len([level for level in levels if "Contoh:" in said(level.find_parent(class_="sd-choice"))]) == 3


def test_a_wrong_restriction_comes_back_with_all_that_was_typed(look, user):
    typed = {"title": "Daftar penerima", "owner_org": user["org"]["id"], "access_level": "terbatas"}
    typed |= {"access_ground": "17a", "access_basis": "SK 1/2026", "access_permanent": "true", "save": "draft"}
    page = look("/dataset/new", user, {**typed, "access_until": "2029-12-31"})
    links = [link["href"] for link in page.select(".sd-error-summary a")]
    assert links == ["#field-access_permanent"] and page.select_one(links[0]).has_attr("checked")
    assert page.select_one("[name=access_ground] option[selected]")["value"] == "17a"
    assert page.select_one("[name=access_basis]").get_text(strip=True) == "SK 1/2026"
    assert page.select_one("[name=access_until]")["value"] == "2029-12-31"
    assert page.select_one("[name=access_level][checked]")["value"] == "terbatas"


def test_the_form_of_a_file_tells_its_own_faults(look, user):
    dataset = make(user, user["org"])
    typed = {"id": "", "save": "go-dataset-complete", "name": "Ketat", "url": "https://data.example/a.csv"}
    typed |= {"access_level": "tertutup", "access_ground": "17h", "access_until": "2020-01-01"}
    page = look(f"/dataset/{dataset['name']}/resource/new", user, typed)
    assert [link["href"] for link in page.select(".sd-error-summary a")] == ["#field-access_until"]
    assert page.select_one("[name=access_until]")["value"] == "2020-01-01"
    look(f"/dataset/{dataset['name']}/resource/new", user, {**typed, "access_until": "2029-12-31"}, status=302)
    (_, file) = act(user, "package_show", id=dataset["id"])["resources"]
    assert (file["access_ground"], file["access_until"]) == ("17h", "2029-12-31")


@pytest.mark.browser
def test_the_fields_come_with_the_level_without_scripts_too(live_portal, new_page, user):
    headers = {"Authorization": user["token"]}
    page = new_page(width=360, height=740, java_script_enabled=False, extra_http_headers=headers)
    page.goto(live_portal.url + "/dataset/new")
    part = page.locator(".sd-restriction")
    for level, shown in (("terbatas", True), ("terbuka", False), ("tertutup", True)):
        page.locator(f"[name=access_level][value={level}]").check()
        assert part.is_visible() is shown


# ---------------------------------------------------------------- the desk


def test_the_desk_leads_from_the_test_to_the_decision(look, user):
    walidata, ppid, auditor = officer("walidata"), officer("ppid"), officer("auditor")
    dataset = publish(make(user, user["org"], level="terbatas", title="Daftar penerima bantuan")["id"])
    jobs.open_untested()
    (case,) = cases()
    row = look("/meja", walidata).select_one(".sd-desk tbody tr")
    assert "Daftar penerima bantuan" in said(row) and "Catat hasil uji konsekuensi" in said(row)
    page = look(f"/meja/{case.id}/record", walidata, {"access_ground": "17h", "access_permanent": "true"}, status=422)
    assert {link["href"] for link in page.select(".sd-error-summary a")} == {
        "#field-access_basis",
        "#field-access_review_on",
        "#field-minutes_id",
    }
    assert page.select_one("#field-minutes_id")
    assert page.select_one("[name=access_permanent]").has_attr("checked")
    minutes = act(
        walidata, "satudata_minutes_create", kind="test", held_on="2026-08-03", case_id=case.id,
        subject="Uji daftar penerima", result="Tetap terbatas",
    )  # fmt: skip
    assert "Uji daftar penerima" in said(look(f"/meja/{case.id}", walidata).select_one("[name=minutes_id]"))
    sent = restricted(minutes_id=minutes["id"])
    look(f"/meja/{case.id}/record", walidata, sent, status=302)
    page = look(f"/meja/{case.id}", ppid)
    facts = {row.dt.get_text(): said(row.dd) for row in page.select(".sd-facts > div")}
    assert facts["Klasifikasi data sekarang"] == "Terbatas" and facts["Pengecualian sekarang"] == "belum disebut"
    assert "Pasal 17 huruf h" in facts["Pengecualian yang diusulkan"]
    assert page.select_one(f"#isi a[href='/berita-acara/{minutes['id']}']")
    assert (facts["Berita acara uji konsekuensi"], facts["Berita acara pembahasan"]) == (
        "3 Agustus 2026",
        "belum dicatat",
    )
    assert "Daftar penerima bantuan" in said(look(f"/meja/{case.id}", auditor))
    page = look(f"/meja/{case.id}/approve", ppid, {}, status=422)
    assert page.select_one(".sd-error-summary a")["href"] == "#field-minutes_id" and page.select_one(
        "#field-minutes_id"
    )
    look(f"/meja/{case.id}/approve", ppid, MINUTES, status=302)
    assert "berlaku" in said(panel(look(f"/dataset/{dataset['name']}")))


def test_opening_further_is_asked_for_on_the_desk_and_needs_two_approvals(look, user):
    walidata, ppid = officer("walidata"), officer("ppid")
    verifier, head = (officer(role, user["org"]["id"]) for role in ("verifier", "producer_head"))
    dataset = publish(make(user, user["org"], level="terbatas", **restricted())["id"])
    case = opened(dataset["id"], "proposed")
    page = look(f"/meja/{case}", walidata)
    assert [level["value"] for level in page.select("[name=to_level]")] == ["terbuka"]
    refused = look(f"/meja/{case}/submit", walidata, {"note": "Sudah boleh"}, status=422)
    assert refused.select_one(".sd-error-summary a")["href"] == "#field-to_level"
    look(f"/meja/{case}/submit", walidata, {"to_level": "terbuka", "note": "Sudah boleh"}, status=302)
    facts = {row.dt.get_text(): said(row.dd) for row in look(f"/meja/{case}", verifier).select(".sd-facts > div")}
    assert (facts["Klasifikasi data sekarang"], facts["Klasifikasi data yang diusulkan"]) == ("Terbatas", "Terbuka")
    for person in (verifier, head):
        assert panel(look(f"/dataset/{dataset['name']}"))
        assert not look(f"/meja/{case}", ppid).select("[data-command]")
        look(f"/meja/{case}/approve", person, {}, status=302)
    assert panel(look(f"/dataset/{dataset['name']}"))
    look(f"/meja/{case}/publish", walidata, {"note": "Sesuai persetujuan"}, status=302)
    assert not panel(look(f"/dataset/{dataset['name']}"))
    assert not set(FIELDS) & {name for name, value in act(user, "package_show", id=dataset["id"]).items() if value}


def test_who_has_no_part_in_it_does_not_learn_of_the_case(look, user):
    dataset = publish(make(user, user["org"], level="terbatas")["id"])
    case = opened(dataset["id"])
    for stranger in (officer("verifier", factories.Organization()["id"]), factories.UserWithToken()):
        look(f"/meja/{case}", stranger, status=404)


def test_a_step_is_another_persons(user):
    both = officer("walidata")
    from ckanext.satudata.tests.factories import hold

    hold(both["id"], "ppid")
    import ckan.plugins.toolkit as tk

    dataset = publish(make(user, user["org"], level="terbatas")["id"])
    case = opened(dataset["id"])
    command(both, case, "record", **restricted())
    with pytest.raises(tk.NotAuthorized):
        command(both, case, "approve")
