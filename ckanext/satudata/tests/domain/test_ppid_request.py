"""What a request must tell, and what an attestation and a delivery need."""

import pytest

from ckanext.satudata.domain import ppid_request as rules
from ckanext.satudata.domain.applicant import Demands, FileKind, Shown, is_official
from ckanext.satudata.domain.errors import Conflict, Invalid

TYPED = {
    "question": "Jumlah kunjungan pasien per kecamatan",
    "applicant_kind": "person",
    "name": "Siti Contoh",
    "nik": "3573 0145 0899 0001",
    "address": "Jalan Contoh 1",
    "occupation": "Mahasiswa",
    "email": "siti@contoh.example",
    "phone": "",
    "institution": "",
    "purpose": "Penelitian skripsi tentang layanan kesehatan",
    "form": "soft",
}


def fields(consent=True, trap="", citizen=True, files=(), account=False, demands=None, **changes):
    found = rules.faults(
        rules.cleaned(TYPED | changes),
        consent=consent,
        shown=Shown(is_citizen=citizen, files=files, has_agency_account=account),
        demands=demands or Demands(),
        trap=trap,
    )
    return [fault.field for fault in found]


def test_a_whole_request_is_taken():
    assert fields() == []
    assert rules.asked(rules.cleaned(TYPED)).nik == "3573014508990001"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("question", "data"),
        ("purpose", ""),
        ("purpose", "skripsi"),
        ("name", " \x00 "),
        ("address", ""),
        ("occupation", ""),
        ("applicant_kind", "alien"),
        ("form", ""),
        ("nik", "123"),
        ("email", "not an address"),
        ("email", "a@b.example, c@d.example"),
        ("email", "a@b.example\nBcc: c@d.example"),
        ("email", ""),
        ("phone", "abc"),
        ("question", "x" * 5000),
        ("name", ["a", "list"]),
        ("name", {"a": "dict"}),
        ("name", None),
    ],
)
def test_what_is_missing_or_wrong_is_named(field, value):
    assert fields(**{field: value}) == [field]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("copy", "link")),
        ({"form": "hard"}, ("copy", "collect")),
        ({"form": "hard", "sending": "post"}, ("copy", "post")),
        ({"obtain": "see", "form": "hard", "sending": "link"}, ("see", None)),
    ],
)
def test_how_to_obtain_and_to_send_have_a_usual_answer(changes, expected):
    assert fields(**changes) == []
    taken = rules.asked(rules.cleaned(TYPED | changes))
    assert (taken.obtain, taken.sending) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"obtain": "hear"}, "obtain"),
        ({"sending": "pigeon"}, "sending"),
        ({"form": "hard", "sending": "link"}, "sending"),
    ],
)
def test_no_way_that_there_is_not_and_no_link_for_paper(changes, field):
    assert fields(**changes) == [field]


def test_consent_and_the_trap():
    assert fields(consent=False) == ["consent"]
    assert fields(trap="http://spam.example") == ["website"]


def test_a_group_says_its_name():
    group = {"applicant_kind": "group", "institution": "Warga RW 5"}
    assert fields(applicant_kind="group") == ["institution", "power_number", "power"]
    assert fields(**group, power_number="1/SK/2026") == ["power"]
    assert fields(**group, power_number="1/SK/2026", files={FileKind.POWER}) == []


def test_a_legal_entity_names_its_decree_or_deed():
    entity = {"applicant_kind": "legal_entity", "institution": "Yayasan Contoh"}
    assert fields(**entity) == ["legal_number"]
    assert fields(**entity, legal_number="AHU-1.2020") == []


def test_citizens_declare_and_others_are_told_their_route():
    assert fields(citizen=False) == ["citizen"]
    assert fields(citizen=False, demands=Demands(citizens_only=False)) == []
    route = Demands(other_route="lewat kedutaan")
    (fault,) = rules.faults(rules.cleaned(TYPED), consent=True, shown=Shown(), demands=route)
    assert fault.params["route"] == "lewat kedutaan"


@pytest.mark.parametrize(("way", "expected"), [("off", []), ("optional", []), ("required", ["identity"])])
def test_the_identity_document_is_the_governments_choice(way, expected):
    assert fields(demands=Demands(identity=way)) == expected
    assert fields(demands=Demands(identity=way), files={FileKind.IDENTITY}) == []


OFFICE = {"applicant_kind": "government", "institution": "Dinas Contoh", "nik": ""}


def test_an_office_is_known_by_its_account_or_its_official_address():
    assert fields(**OFFICE, citizen=False) == ["email"]
    assert fields(**OFFICE, citizen=False, account=True) == []
    assert fields(**OFFICE, citizen=False, email="data@dinas.nusasari.go.id") == []
    assert fields(email="data@dinas.nusasari.go.id") == ["applicant_kind"]


@pytest.mark.parametrize(
    ("address", "official"),
    [
        ("a@go.id", True),
        ("a@kota.go.id", True),
        ("a@KOTA.GO.ID", True),
        ("a@evilgo.id", False),
        ("a@go.id.evil.example", False),
        ("a.go.id@evil.example", False),
        ("", False),
    ],
)
def test_official_addresses(address, official):
    assert is_official(address, Demands().official) is official


@pytest.mark.parametrize(
    "purpose", ["skripsi skripsi skripsi skripsi", "aaaaaaaaaaaaaaaaaaaaaaaaa", "................ 12345678"]
)
def test_a_purpose_is_said_in_words(purpose):
    assert fields(purpose=purpose) == ["purpose"]


def test_telephone_suffices():
    assert fields(email="", phone="0812 3456 7890") == []


@pytest.mark.parametrize(
    ("decision", "handed_over", "attested"),
    [("", "a", "a"), ("refused", "a", "a"), ("granted", "", ""), ("granted", "a", ""), ("granted", "a", "b")],
)
def test_delivery_needs_decision_and_attestation(decision, handed_over, attested):
    with pytest.raises(Conflict):
        rules.check_deliverable(decision=decision, handed_over=handed_over, attested=attested)


def test_delivery_of_attested_bytes():
    rules.check_deliverable(decision="granted_in_part", handed_over="a", attested="a")


@pytest.mark.parametrize("facts", [{"expired": True, "tries": 0}, {"expired": False, "tries": 5}])
def test_old_or_worn_out_codes(facts):
    with pytest.raises(Invalid):
        rules.check_code_usable(confirmed=False, **facts)


ALL_KINDS = {"institution": "Yayasan Contoh", "legal_number": "AHU-1", "power_number": "Kuasa 2"}


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("person", {"nik"}),
        ("legal_entity", {"nik", "institution", "legal_number"}),
        ("group", {"nik", "institution", "power_number"}),
        ("government", {"institution"}),
    ],
)
def test_what_only_other_applicants_give_is_not_taken(kind, left):
    asked = rules.asked(rules.cleaned(TYPED | ALL_KINDS | {"applicant_kind": kind}))
    assert {name for name in ("nik", *ALL_KINDS) if getattr(asked, name)} == left
