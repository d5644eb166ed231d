"""From draft to the public, and back: what the SOP asks of a dataset (Malang 000, rows 7, 8, 10)."""

from __future__ import annotations

import io
import threading

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories as ckan_factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain import metadata
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.tests.factories import hold, officer
from ckanext.satudata.tests.metadata.samples import full_dataset
from ckanext.satudata.tests.support.whole_files import pdf

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


@pytest.fixture
def org():
    return ckan_factories.Organization()


def join(person, org):
    """The CKAN membership that follows from an operator's role."""
    as_portal("member_create", id=org["id"], object=person["id"], object_type="user", capacity="editor")
    return person


@pytest.fixture
def people(org):
    agency = {role: officer(role, org["id"]) for role in ("operator", "verifier", "producer_head")}
    join(agency["operator"], org)
    return agency | {"walidata": officer("walidata")}


def as_portal(action, **data):
    return tk.get_action(action)(
        {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}, data
    )


def act(person, action, **data):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["id"])}
    return tk.get_action(action)(context, data)


@pytest.fixture
def draft(org):
    def make(**changes):
        file = FileStorage(io.BytesIO(b"tahun,nilai\n2024,7\n"), filename="murid.csv")
        data = full_dataset(owner_org=org["id"], resources=[{"name": "Tabel", "upload": file}], **changes)
        return as_portal("package_create", **data)["id"]

    return make


def command(person, case, name, **payload):
    return act(person, "satudata_case_command", id=case, command=name, **payload)


def stage(dataset):
    model.Session.expire_all()
    return model.Session.get(DatasetState, dataset).state


def anonymously(action, **data):
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, data)


def is_public(dataset):
    try:
        return not anonymously("package_show", id=dataset)["private"]
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return False


def test_the_whole_way_with_a_return(people, draft):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    assert stage(dataset) == "in_review" and not is_public(dataset)
    command(people["verifier"], case, "return_", note="Satuan belum benar")
    assert stage(dataset) == "draft"
    assert act(people["operator"], "satudata_dataset_submit", id=dataset)["id"] == case
    command(people["verifier"], case, "approve")
    assert stage(dataset) == "in_review"
    command(people["producer_head"], case, "approve")
    assert stage(dataset) == "approved" and not is_public(dataset)
    answer = command(people["walidata"], case, "publish")
    assert is_public(dataset) and stage(dataset) == "published"
    assert anonymously("package_show", id=dataset)["name"] == answer["dataset"]


def how_to_write(name):
    return next(field["help_text"] for field in metadata.fields() if field["field_name"] == name)


def test_an_incomplete_draft_is_refused_by_name_of_field_and_stays_a_draft(people, draft):
    dataset = draft(definisi="", satuan="")
    with pytest.raises(tk.ValidationError) as refusal:
        act(people["operator"], "satudata_dataset_submit", id=dataset)
    assert {"definisi", "satuan"} <= set(refusal.value.error_dict)
    said = refusal.value.error_dict["satuan"][0]
    assert "Unit is still empty." in said and said.endswith(how_to_write("satuan"))
    assert stage(dataset) == "draft"
    assert act(people["operator"], "satudata_dataset_review_show", id=dataset)["case"] is None


def test_a_returned_dataset_cannot_be_sent_from_the_desk_while_incomplete(people, draft, org):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    command(people["verifier"], case, "return_", note="Lengkapi")
    as_portal("package_patch", id=dataset, definisi="")
    with pytest.raises(tk.ValidationError) as refusal:
        command(people["operator"], case, "submit")
    assert "definisi" in refusal.value.error_dict
    assert stage(dataset) == "draft"


def test_what_is_reviewed_cannot_change(people, draft):
    dataset = draft()
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    with pytest.raises(tk.ValidationError):
        as_portal("package_patch", id=dataset, title="Lain")


def test_pressing_twice_opens_one_case(people, draft):
    dataset = draft()
    first = act(people["operator"], "satudata_dataset_submit", id=dataset, key="k1")
    again = act(people["operator"], "satudata_dataset_submit", id=dataset, key="k1")
    assert again["id"] == first["id"]


def test_sending_again_without_the_key_says_that_it_was_sent(people, draft):
    dataset = draft()
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    with pytest.raises(tk.ValidationError):
        act(people["operator"], "satudata_dataset_submit", id=dataset)


@pytest.mark.parametrize("role", ["verifier", "producer_head", "walidata"])
def test_only_an_operator_sends(people, draft, role):
    dataset = draft()
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        act(people[role], "satudata_dataset_submit", id=dataset)
    assert stage(dataset) == "draft"


def test_a_sysadmin_without_the_role_publishes_nothing(people, draft):
    dataset, admin = draft(), ckan_factories.Sysadmin()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    for name in ("approve", "publish"):
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            command(admin, case, name)
    assert stage(dataset) == "in_review" and not is_public(dataset)


def test_strangers_learn_nothing(people, draft):
    dataset, stranger = draft(), officer("operator", ckan_factories.Organization()["id"])
    for action in ("satudata_dataset_submit", "satudata_dataset_review_show"):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)) as refusal:
            act(stranger, action, id=dataset)
        assert "Murid" not in str(refusal.value)


def test_the_pages_lead_the_operator(app, people, draft):
    dataset = draft(satuan="")
    headers = {"Authorization": people["operator"]["token"]}
    page = app.get(f"/dataset/{dataset}", headers=headers).body
    assert "#field-satuan" in page and "Kirim ke verifikator" not in page
    as_portal("package_patch", id=dataset, satuan="orang")
    assert "Kirim ke verifikator" in app.get(f"/dataset/{dataset}", headers=headers).body
    assert "Jumlah Murid" in app.get("/meja/data/draf", headers=headers).body
    assert app.get("/meja/data/draf", expect_errors=True).status_code in (403, 404)
    sent = app.post(f"/meja/data/{dataset}/kirim", headers=headers, follow_redirects=False)
    assert sent.status_code == 302 and stage(dataset) == "in_review"


def many(role_or_roles, org):
    """One person with several roles, as a small agency has them."""
    first, *others = role_or_roles
    person = officer(first, org["id"])
    for role in others:
        hold(person["id"], role, org["id"])
    return join(person, org)


@pytest.mark.parametrize("as_sysadmin", [False, True])
def test_who_edited_the_draft_checks_it_by_no_route(people, draft, org, as_sysadmin):
    dataset = draft()
    both = many(["operator", "verifier", "producer_head"], org)
    if as_sysadmin:
        model.User.get(both["id"]).sysadmin = True
        model.Session.commit()
    act(both, "package_patch", id=dataset, satuan="jiwa")
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        command(both, case, "approve")
    command(people["verifier"], case, "approve")
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        command(both, case, "approve")
    assert stage(dataset) == "in_review"


def test_who_mended_a_returned_draft_does_not_check_the_next_round(people, draft, org):
    dataset, both = draft(), many(["operator", "verifier"], org)
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    command(people["verifier"], case, "return_", note="Satuan")
    act(both, "package_patch", id=dataset, satuan="jiwa")
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        command(both, case, "approve")
    command(people["verifier"], case, "approve")


def test_two_simultaneous_submits_open_one_case(app, people, draft):
    dataset, answers, gate = draft(), [], threading.Barrier(3)

    def send():
        with app.flask_app.test_request_context():
            gate.wait()
            try:
                answers.append(act(people["operator"], "satudata_dataset_submit", id=dataset)["id"])
            except tk.ValidationError:
                answers.append(None)
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=send) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    assert len(answers) == 3 and len([answer for answer in answers if answer]) == 1
    assert len(model.Session.scalars(Case.about("dataset", dataset)).all()) == 1


def test_a_draft_has_what_the_form_offers_in_advance(people, org, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.walidata_name", "Dinas Kominfo")
    monkeypatch.setitem(ckan_config, "ckanext.satudata.area_code", "35.73")
    made = act(people["operator"], "package_create", title="Jumlah Guru", owner_org=org["id"], access_level="terbuka")
    gaps = {gap["field"] for gap in act(people["operator"], "satudata_dataset_review_show", id=made["id"])["missing"]}
    assert "satuan" in gaps and not {"walidata", "cakupan_wilayah"} & gaps


@pytest.mark.parametrize("key", ["0c2cf0a7-92f6-4f39-8f35-5a4a46b8ac6c", "guru 2026", "x" * 100])
def test_a_form_sent_twice_makes_one_dataset(people, org, key):
    given = {"title": "Jumlah Guru", "owner_org": org["id"], "access_level": "terbuka"}
    first, again = (act(people["operator"], "package_create", satudata_form_key=key, **given)["id"] for _ in range(2))
    assert first == again
    assert act(people["operator"], "package_create", **given)["id"] != first
    colleague = join(officer("operator", org["id"]), org)
    assert act(colleague, "package_create", satudata_form_key=key, **given)["id"] != first


@pytest.mark.parametrize("key", ["k2-1", "x" * 101, ["a"]])
def test_a_form_key_that_is_too_short_or_long_is_named(people, org, key):
    with pytest.raises(tk.ValidationError) as refusal:
        act(people["operator"], "package_create", title="x", owner_org=org["id"], satudata_form_key=key)
    assert "satudata_form_key" in refusal.value.error_dict


def test_one_key_in_two_datasets_makes_a_file_of_each(people, draft):
    for dataset in (draft(), draft(id_ddd="DDD-2")):
        file = {"package_id": dataset, "url": "https://contoh.example/a.csv", "satudata_form_key": "berkas satu"}
        for _ in range(2):
            act(people["operator"], "resource_create", **file)
        assert len(act(people["operator"], "package_show", id=dataset)["resources"]) == 2


def test_who_reviews_looks_at_the_first_rows_of_what_is_not_public(app, people, draft):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    resource = as_portal("package_show", id=dataset)["resources"][0]["id"]
    page = app.get(f"/meja/{case}", headers={"Authorization": people["verifier"]["token"]}).body
    assert f"lihat={resource}" in page and "<td>2024</td>" not in page.replace(' class="sd-num"', "")
    rows = app.get(f"/meja/{case}?lihat={resource}", headers={"Authorization": people["verifier"]["token"]}).body
    assert "<td>2024</td>" in rows.replace(' class="sd-num"', "")
    auditor = officer("auditor")
    seen = app.get(f"/meja/{case}?lihat={resource}", headers={"Authorization": auditor["token"]})
    assert seen.status_code == 200 and "2024</td>" not in seen.body
    # The way to the dataset's page stands only where the reader may open it.
    operator = app.get(f"/meja/{case}", headers={"Authorization": people["operator"]["token"]}).body
    assert "Buka halaman dataset" in operator and "Buka halaman dataset" not in seen.body


def test_first_rows_are_offered_of_tables_only(app, people, draft):
    dataset = draft()
    letter = FileStorage(io.BytesIO(pdf()), filename="surat.pdf")
    table = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="tabel.csv")
    one, other = (
        act(people["operator"], "resource_create", package_id=dataset, name=name, upload=upload)["id"]
        for name, upload in (("surat", letter), ("tabel", table))
    )
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
    page = app.get(f"/meja/{case}", headers={"Authorization": people["verifier"]["token"]}).body
    assert "surat.pdf" in page and f"lihat={other}" in page and f"lihat={one}" not in page


def test_what_was_sent_back_says_so_on_top_with_the_way_to_mend_it(app, people, draft):
    dataset = draft()
    case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]

    def read(person, address):
        return BeautifulSoup(app.get(address, headers={"Authorization": people[person]["token"]}).body, "html.parser")

    assert not read("operator", f"/meja/{case}").select(".sd-notice-warn")
    command(people["verifier"], case, "return_", note="Satuan keliru: orang")
    for address in (f"/meja/{case}", f"/dataset/{dataset}"):
        page = read("operator", address)
        (notice,) = [one for one in page.select(".sd-notice-warn") if "Dikembalikan oleh Verifikator" in one.text]
        assert "Satuan keliru: orang" in notice.text and people["verifier"]["fullname"] in notice.text
        assert page.text.index("Satuan keliru") < page.text.index("Ubah keterangan")
        assert [one for one in page.select("a[href*='/dataset/edit/']") if "Ubah keterangan" in one.text]
    row = next(row for row in act(people["operator"], "satudata_inbox")["rows"] if row["case_id"] == case)
    assert (
        row["returned"] and "dikembalikan" in read("operator", "/meja").select_one("table.sd-desk th[scope=row]").text
    )
    assert "/dataset/edit/" not in str(read("walidata", f"/meja/{case}").select(".sd-notice-warn"))
    act(people["operator"], "package_patch", id=dataset, satuan="jiwa")
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    for person in ("operator", "verifier"):
        assert (
            "Dikembalikan oleh" not in read(person, f"/meja/{case}").select_one("#content, main").find("h1").parent.text
        )
    assert not any(row["returned"] for row in act(people["verifier"], "satudata_inbox")["rows"])


def _listed(app, person):
    """Answers of every case the person's desk and list of finished cases lead to, by address."""
    headers = {"Authorization": person["token"]}
    found = {}
    for path in ("/meja", "/meja/selesai"):
        page = BeautifulSoup(app.get(path, headers=headers).body, "html.parser")
        for link in page.select(".sd-desk tbody th a[href^='/meja/']"):
            found[link["href"]] = app.get(link["href"], headers=headers, expect_errors=True)
    return found


@pytest.mark.parametrize("level", ["terbuka", "terbatas", "tertutup"])
def test_every_listed_case_opens_for_every_role_that_is_shown_it(app, people, draft, level):
    limits = (
        {}
        if level == "terbuka"
        else {"access_ground": "17h", "access_basis": "UU 14/2008 pasal 17", "access_until": "2030-12-31"}
    )
    for commands in ((), ("verifier",), ("verifier", "producer_head", "walidata"), ("withdrawn",)):
        dataset = draft(access_level=level, title=f"Jumlah {len(commands)} {commands}", name=None, **limits)
        case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
        for who in ("verifier", "producer_head", "walidata") if commands == ("withdrawn",) else commands:
            command(people[who], case, "publish" if who == "walidata" else "approve")
        if commands == ("withdrawn",) and level != "tertutup":
            act(people["walidata"], "satudata_dataset_withdraw", id=dataset, reason="Salah hitung")
    act(people["walidata"], "satudata_report_file", from_on="2026-10-01", until_on="2026-10-31")
    auditor, ppid = officer("auditor"), officer("ppid")
    for person in (*people.values(), auditor, ppid):
        answers = _listed(app, person)
        assert answers or person is ppid
        for path, answer in answers.items():
            assert answer.status_code == 200, (person["name"], path)
            page = BeautifulSoup(answer.body, "html.parser")
            for link in page.select("a[href^='/dataset/']"):
                read = app.get(link["href"], headers={"Authorization": person["token"]}, expect_errors=True)
                assert read.status_code == 200, (person["name"], path, link["href"])


def test_what_publishing_does_is_told_before_the_button(app, people, draft):
    limits = {"access_ground": "17h", "access_basis": "UU 14/2008 pasal 17", "access_until": "2030-12-31"}
    for level, said, later in (
        ("terbuka", "mengunduh berkas yang terbuka", "diperiksa dahulu"),
        ("terbatas", "hanya diberikan atas permohonan", "diperiksa dahulu"),
        ("tertutup", "Tidak ada yang menjadi publik", "tidak dapat diubah lagi"),
    ):
        dataset = draft(access_level=level, title=f"Jumlah {level}", **({} if level == "terbuka" else limits))
        case = act(people["operator"], "satudata_dataset_submit", id=dataset)["id"]
        for who in ("verifier", "producer_head"):
            command(people[who], case, "approve")
        page = app.get(f"/meja/{case}", headers={"Authorization": people["walidata"]["token"]}).body
        form = BeautifulSoup(page, "html.parser").select_one("[data-command=publish]").get_text(" ")
        assert "Yang akan terjadi" in form and said in form and later in form
        assert ("hanya dapat ditarik" in form) is (level != "tertutup")
        other = BeautifulSoup(page, "html.parser").select("[data-command]:not([data-command=publish])")
        assert not [one for one in other if "Yang akan terjadi" in one.get_text()]


def test_my_drafts_are_offered_to_operators_only(app, people):
    for role, person in people.items():
        headers = {"Authorization": person["token"]}
        page = BeautifulSoup(app.get("/meja", headers=headers).body, "html.parser")
        offered = bool(page.select("a[href='/meja/data/draf']"))
        assert offered is (role == "operator")
        assert app.get("/meja/data/draf", headers=headers, expect_errors=True).status_code == (200 if offered else 404)


def test_the_files_of_what_is_public_are_shown_without_the_way_of_a_draft(app, people, draft):
    dataset = draft()
    headers = {"Authorization": people["operator"]["token"]}
    told = "form-help-way"
    assert told in app.get(f"/dataset/resources/{dataset}", headers=headers).body
    act(people["operator"], "satudata_dataset_submit", id=dataset)
    assert told not in app.get(f"/dataset/resources/{dataset}", headers=headers).body
