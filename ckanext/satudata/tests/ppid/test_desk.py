"""The officers' page of a request: only what the person may see and do, stale forms told, files refused with a word."""

import io
from datetime import timedelta

import ckan.model as model
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudata.domain.refusal import REASONS
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.shared import clock
from ckanext.satudata.tests.access.support import make, publish
from ckanext.satudata.tests.ppid.conftest import CANARIES, NAME, upload

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def test_ppid_sees_who_asks_and_routes_the_agency_sees_the_question_only(page, asked, row_of, people):
    row = row_of(asked())
    shown = page(people.ppid, f"/meja/{row.case_id}").body
    assert NAME in shown and 'name="dip_result"' in shown and "Dinas Kesehatan" in shown
    answer = page(
        people.ppid,
        f"/meja/{row.case_id}/route",
        {"organization_id": people.agency["id"], "dip_result": "listed"},
    )
    assert answer.status_code == 302
    shown = page(people.pembantu, f"/meja/{row.case_id}").body
    assert row.question in shown and 'name="reason_code"' in shown
    assert not [canary for canary in CANARIES if canary in shown]
    assert page(people.other, f"/meja/{row.case_id}").status_code == 404
    assert page(people.ppid, "/meja").status_code == 200


def test_refusal_without_ground_keeps_what_was_typed(page, routed, people):
    answer = page(
        people.pembantu, f"/meja/{routed.case_id}/refuse", {"reason_code": "17j", "note": "Data memuat riwayat pasien."}
    )
    assert answer.status_code == 422
    assert "Sebutkan Undang-Undang" in answer.body and "Data memuat riwayat pasien." in answer.body
    assert 'id="field-detail"' in answer.body and answer.body.count('id="field-detail"') == 1


def test_grounds_of_a_refusal_are_chosen_by_their_words(page, routed, give, people):
    shown = BeautifulSoup(page(people.pembantu, f"/meja/{routed.case_id}").body, "html.parser")
    chosen = shown.select("[data-command=refuse] [name=reason_code] option[value=incomplete]")
    assert [one.text for one in chosen] == ["Permohonan tidak lengkap dan tidak dilengkapi"]
    assert not [code for code in REASONS if code in shown.select_one("[data-command=refuse]").text]
    assert "Lihat dulu surat permohonan" in shown.select_one("#lakukan").text
    give(
        routed.case_id, "refuse", people.pembantu, {"reason_code": "withdrawn", "note": "Dicabut oleh pemohon sendiri."}
    )
    give(routed.case_id, "forward", people.pembantu)
    told = BeautifulSoup(page(people.ppid, f"/meja/{routed.case_id}").body, "html.parser")
    facts = told.select_one("[data-command=deliver] .sd-facts").text
    assert "Permohonan dicabut pemohon" in facts and "withdrawn" not in facts


def test_the_letter_is_looked_at_before_and_nothing_is_stored(page, routed, give, people):
    typed = {"reason_code": "17j", "note": "Data memuat riwayat pasien menurut nama.", "detail": "UU 27/2022"}
    address, letters = f"/meja/{routed.case_id}/refuse/pratinjau", sa.select(sa.func.count()).select_from(Letter)
    before = model.Session.scalar(letters)
    shown = page(people.pembantu, f"/meja/{routed.case_id}").body
    assert f'formaction="{address}"' in shown and 'formtarget="_blank"' in shown
    made = page(people.pembantu, address, typed)
    assert made.status_code == 200 and made.mimetype == "application/pdf" and made.data[:5] == b"%PDF-"
    assert "no-store" in made.headers["Cache-Control"]
    faulty = page(people.pembantu, address, typed | {"detail": ""})
    assert faulty.status_code == 422 and "Sebutkan Undang-Undang" in faulty.body
    for user in (people.ppid, people.other, people.auditor):
        assert page(user, address, typed).status_code == 404
    model.Session.expire_all()
    assert model.Session.scalar(letters) == before and routed.decision is None
    give(routed.case_id, "refuse", people.pembantu, typed)
    give(routed.case_id, "forward", people.pembantu)
    before = model.Session.scalar(letters)
    last = page(people.ppid, f"/meja/{routed.case_id}/deliver/pratinjau", {})
    assert last.data[:5] == b"%PDF-" and model.Session.scalar(letters) == before
    done = page(people.ppid, f"/meja/{routed.case_id}/deliver", {})
    assert done.status_code == 302
    told = page(people.ppid, f"/meja/{routed.case_id}").body
    assert model.Session.scalar(letters) == before + 1 and "Pemohon diberi tahu lewat surel" in told


def test_who_has_no_address_is_told_by_hand_and_the_officer_knows_it(page, asked, row_of, people):
    by_mail, by_phone, by_post = (
        f"/meja/{row_of(asked(**who)).case_id}"
        for who in ({}, {"email": "", "question": "Jumlah guru 2024"}, {"email": "", "question": "Jumlah pasar 2024"})
    )
    post = PpidRequest.case_id == by_post.rsplit("/", 1)[-1]
    model.Session.execute(sa.update(PpidRequest).where(post).values(phone=None))
    model.Session.commit()
    for address, said, link in (
        (by_mail, "", False),
        (by_phone, "Pemohon tidak memberi alamat surel: beri tahu lewat telepon atau WhatsApp.", True),
        (by_post, "Pemohon tidak memberi alamat surel maupun nomor telepon", False),
    ):
        shown = BeautifulSoup(page(people.ppid, address).body, "html.parser")
        for command in ("incomplete", "extend", "already_public", "pass_on", "merge", "split"):
            text = " ".join(one.text for one in shown.select(f"[data-command={command}] .sd-notice"))
            assert said in text and ("alamat surel" in text) is bool(said), command
        assert "alamat surel" not in shown.select_one("[data-command=route]").text
        messages = shown.select_one(f'form[action="{address}/pesan"]').text
        assert said in messages and ("diberi tahu lewat surel" in messages) is not bool(said)
        assert bool(shown.select_one("#tell-applicant + details[open] #whatsapp-applicant")) is link
        page(people.ppid, f"{address}/pesan", {"text": "Cukupkah data SD dan SMP?"})
        told = BeautifulSoup(page(people.ppid, address).body, "html.parser").select_one(".flash-messages").text
        assert "Pesan terkirim" in told and said in told and ("alamat surel" in told) is bool(said)
        page(people.ppid, f"{address}/incomplete", {"missing_other": "true", "note": "Sebutkan tahunnya."})
        told = BeautifulSoup(page(people.ppid, address).body, "html.parser").select_one(".flash-messages")
        assert "diterbitkan" in told.text and said in told.text and ("alamat surel" in told.text) is bool(said)
        assert bool(told.select_one('a[href="#tell-applicant"]')) is link


def test_a_case_past_the_legal_date_says_so(page, asked, row_of, people):
    row = row_of(asked())
    assert "sudah lewat" not in page(people.ppid, f"/meja/{row.case_id}").body
    long_ago = {"received_at": clock.now() - timedelta(days=40)}
    model.Session.execute(sa.update(PpidRequest).where(PpidRequest.case_id == row.case_id).values(long_ago))
    model.Session.commit()
    assert "Batas jawaban menurut undang-undang sudah lewat" in page(people.ppid, f"/meja/{row.case_id}").body


def test_file_travels_by_form_and_is_looked_at_by_ppid_only(page, routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    empty = page(people.pembantu, f"/meja/{routed.case_id}/handover", {"upload": (io.BytesIO(b""), "kosong.csv")})
    assert empty.status_code == 422
    body = b"kecamatan,jumlah\nKlojen,12\n"
    done = page(people.pembantu, f"/meja/{routed.case_id}/handover", {"upload": (io.BytesIO(body), "data.csv")})
    assert done.status_code == 302
    row = model.Session.scalars(sa.select(PpidHandover)).one()
    path = f"/permohonan/serah/{row.id}"
    assert page(people.ppid, path).data == body
    assert page(people.other, path).status_code == page(people.auditor, path).status_code == 404
    shown = page(people.ppid, f"/meja/{routed.case_id}").body
    assert row.sha256 in shown and 'name="checked"' in shown and f'href="{path}"' in shown
    listed = page(people.auditor, f"/meja/{routed.case_id}").body
    assert "data.csv" in listed and path not in listed, "a link that would be refused"


def test_letters_are_read_by_those_they_concern(page, routed, give, people):
    by_kind = {letter.kind: letter.id for letter in model.Session.scalars(sa.select(Letter))}
    assert page(people.ppid, f"/permohonan/surat/{by_kind['receipt']}").data.startswith(b"%PDF")
    assert page(people.pembantu, f"/permohonan/surat/{by_kind['receipt']}").status_code == 404
    assert page(people.pembantu, f"/permohonan/surat/{by_kind['request_pembantu']}").status_code == 200
    assert page(people.other, f"/permohonan/surat/{by_kind['request_pembantu']}").status_code == 404


def test_stale_form_is_told_who_was_faster(page, routed, give, people):
    stale = page(people.pembantu, f"/meja/{routed.case_id}").body.split('name="step_id" value="')[1].split('"')[0]
    give(routed.case_id, "grant", people.pembantu)
    answer = page(people.pembantu, f"/meja/{routed.case_id}/not_held", {"step_id": stale, "note": "Kata yang diketik"})
    assert answer.status_code == 409 and "Kata yang diketik" in answer.body


def test_delivery_page_tells_the_attested_file(page, routed, give, people):
    give(routed.case_id, "grant", people.pembantu)
    give(routed.case_id, "handover", people.pembantu, {"upload": upload()})
    sha256 = model.Session.scalars(sa.select(PpidHandover.sha256)).one()
    give(routed.case_id, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
    assert "sudah dikonfirmasi" in page(people.ppid, f"/meja/{routed.case_id}").body


def test_a_note_with_an_emoji_moves_the_case(asked, row_of, give, people):
    row = row_of(asked())
    payload = {"organization_id": people.agency["id"], "dip_result": "listed", "note": "segera 🙏"}
    assert give(row.case_id, "route", people.ppid, payload)["open_steps"][0]["no"] == "8"


def boxes(shown, command="route"):
    """The agencies that the form offers, in order, and those that are ticked."""
    found = BeautifulSoup(shown, "html.parser").select(f"[data-command={command}] [name^='agency:']")
    names = {one["name"]: one.find_next("label").text for one in found}
    return list(names.values()), [names[one["name"]] for one in found if one.has_attr("checked")]


def test_ppid_searches_all_agencies_and_routes_to_several_at_once(page, asked, row_of, people):
    row = row_of(asked())
    more = [factories.Organization(title=f"Dinas Contoh {number:02}") for number in range(1, 6)]
    shown = page(people.ppid, f"/meja/{row.case_id}").body
    assert len(boxes(shown)[0]) == 7 and boxes(shown)[1] == []
    ticked = {f"agency:{one['id']}": one["id"] for one in more[:3]}
    typed = {**ticked, "dip_result": "listed", "note": "Mohon segera."}
    sought = page(people.ppid, f"/meja/{row.case_id}/route/cari", {**typed, "agency_q": "hubung"})
    assert sought.status_code == 200 and "Mohon segera." in sought.body
    offered, kept = boxes(sought.body)
    assert kept == [one["title"] for one in more[:3]] and offered == [*kept, "Dinas Perhubungan"]
    assert model.Session.get(PpidRequest, row.id).organization_id is None, "looking for an agency routes nothing"
    elsewhere = model.Session.scalars(sa.select(model.Group).where(model.Group.title == "Dinas Perhubungan")).one()
    assert page(people.pembantu, f"/meja/{row.case_id}/route/cari", typed).status_code == 404
    ticked[f"agency:{elsewhere.id}"] = elsewhere.id
    assert page(people.ppid, f"/meja/{row.case_id}/route", {**ticked, "dip_result": "listed"}).status_code == 302
    model.Session.expire_all()
    steps = model.Session.scalars(CaseStep.open_of(row.case_id))
    assert {step.organization_id for step in steps if step.no == "8"} == set(ticked.values())
    assert page(people.other, f"/meja/{row.case_id}").status_code == 200


def test_what_is_due_first_stands_first_and_what_is_seldom_needed_is_folded(page, asked, row_of, people):
    row = row_of(asked(applicant_kind="person"))
    shown = BeautifulSoup(page(people.ppid, f"/meja/{row.case_id}").body, "html.parser")
    order = [one["data-command"] for one in shown.select("#lakukan [data-command]")]
    assert order[:2] == ["complete", "incomplete"] and set(order[-5:]) >= {"merge", "split", "extend", "pass_on"}
    first = [one.find_parent("details")["data-command"] for one in shown.select("#lakukan summary.sd-btn-primary")]
    assert first == ["complete", "incomplete"]
    folded = shown.select_one("#lakukan .sd-command-more:not([open])")
    assert folded.select_one("[data-command=merge]") and not folded.select("[data-command=route]")
    form = shown.select_one("[data-command=incomplete]")
    assert form.select("[name=missing_address]") and not form.select(
        "[name=missing_power], [name=missing_legal_number]"
    )
    asked_for = BeautifulSoup(page(people.ppid, f"/meja/{row.case_id}?tindakan=merge").body, "html.parser")
    assert asked_for.select("#lakukan .sd-command-more[open] [data-command=merge][open]")


def test_the_lists_are_searched_in_the_form_and_what_was_typed_stays(page, asked, row_of, people):
    admin = factories.Sysadmin()
    empty = BeautifulSoup(page(people.ppid, f"/meja/{row_of(asked()).case_id}/route", {}).body, "html.parser")
    wrong = [one["href"] for one in empty.select(".sd-error-summary a")]
    assert wrong == ["#field-dip_result", "#field-organization_id"], "in the order of the fields"
    data, other = (
        make(admin, people.agency, level="terbatas", title=title) for title in ("Produksi padi sawah", "Puskesmas")
    )
    for one in (data, other):
        publish(one["id"])
    row = row_of(asked())
    typed = {"note": "Catatan yang tidak boleh hilang", "dip_result": "listed", "dip_q": "puskesmas"}
    typed |= {"dip_1": f"dataset:{data['id']}", f"agency:{people.agency['id']}": people.agency["id"]}
    back = page(people.ppid, f"/meja/{row.case_id}/route/cari", typed)
    form = BeautifulSoup(back.body, "html.parser").select_one("[data-command=route][open]")
    assert back.status_code == 200 and form.select_one("textarea[name=note]").text == typed["note"]
    assert form.select_one("[name=dip_result][checked]")["value"] == "listed"
    ticks = {
        box["value"].partition(":")[2]: box.has_attr("checked")
        for box in form.select("input[name^=dip_][type=checkbox]")
    }
    assert ticks[data["id"]] is True and list(ticks)[0] == data["id"]
    assert ticks.get(other["id"]) is False and form.select_one("[name=dip_q]")["value"] == "puskesmas"


def test_a_part_is_refused_on_what_can_be_a_ground_of_a_part(page, routed, people):
    form = BeautifulSoup(page(people.pembantu, f"/meja/{routed.case_id}").body, "html.parser")
    for command in ("grant_in_part", "refuse"):
        box = form.select_one(f"[data-command={command}]")
        offered = {one["value"] for one in box.select("[name=part_1_reason_code] option")}
        assert "17h" in offered and not offered & {"withdrawn", "incomplete", "duplicate"}
        assert [
            one.find_parent("details", class_="sd-fold").summary.text for one in box.select("[name=part_3_what]")
        ] == ["Bagian lain"]
