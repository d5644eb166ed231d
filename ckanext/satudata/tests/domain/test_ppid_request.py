"""What a request must tell, and what an attestation and a delivery need."""

import pytest

from ckanext.satudata.domain import ppid_request as rules
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


def fields(consent=True, trap="", **changes):
    return [fault.field for fault in rules.faults(rules.cleaned(TYPED | changes), consent=consent, trap=trap)]


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


def test_consent_and_the_trap():
    assert fields(consent=False) == ["consent"]
    assert fields(trap="http://spam.example") == ["website"]


def test_a_group_says_its_name():
    assert fields(applicant_kind="group") == ["institution"]
    assert fields(applicant_kind="group", institution="Warga RW 5") == []


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
