"""Each letter says what the law and the SOP list for it (UU 14/2008 arts. 22, 35-37; PerKI 1/2021; Malang SOP 001)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ckanext.satudata.domain import letters, refusal

FACTS = letters.RequestFacts(
    number="12/PPID/2026",
    received_on=date(2026, 3, 2),
    due_on=date(2026, 3, 16),
    question="Kunjungan pasien per kecamatan",
    purpose="Penelitian skripsi",
    dataset="Kunjungan Pasien",
    producer="Dinas Kesehatan",
    form="soft",
    name="Siti Contoh",
    address="Jalan Contoh 1",
    occupation="Mahasiswa",
    contact="0812-0000",
    kind="legal_entity",
    nik="3573014508990001",
    legal_number="AHU-0012345.AH.01.07.Tahun 2020",
    power_number="SK-7/2026",
    obtain="copy",
    sending="post",
)
PERSON = (FACTS.name, FACTS.address, FACTS.occupation, FACTS.contact)
KNOWN_BY = ("Pemohon sebagai badan hukum", "NIK 3573********0001", FACTS.legal_number, FACTS.power_number)
WHY = "Data memuat riwayat kesehatan tiap pasien."
SECRET = refusal.checked("17h", WHY)
NOT_HELD = refusal.checked("6(3)e", "Data ini dibuat oleh badan lain.", "BPS Kota Nusasari")
DECREE = "Keputusan Wali Kota Nomor 188/12/2026 tentang Informasi Dikecualikan"
FILE = letters.FileFacts("kunjungan.csv", "2 KB", "a" * 64, "2025", "nama dihapus")
GIVEN, WITHHELD = letters.Part("jumlah kunjungan"), letters.Part("nama pasien", SECRET, DECREE)
ELSEWHERE = letters.Part("jumlah penduduk", NOT_HELD)
OBJECTION = letters.ObjectionFacts("3/KBR/2026", date(2026, 4, 1), date(2026, 5, 20), ("ditanggapi tidak sebagaimana",))
UNTIL = date(2026, 3, 20)


def drafts() -> dict[letters.LetterKind, letters.Draft]:
    made = (
        letters.receipt(FACTS, ""),
        letters.incomplete(FACTS, ["Tujuan penggunaan belum jelas"], UNTIL),
        letters.not_processed(FACTS, "Tidak dilengkapi"),
        letters.request_to_pembantu(FACTS, UNTIL, ""),
        letters.decision(FACTS, [GIVEN, WITHHELD, ELSEWHERE]),
        letters.extension(FACTS, "data belum didokumentasikan", UNTIL),
        letters.notice(FACTS, letters.Notice((GIVEN, WITHHELD), ready_on=UNTIL)),
        letters.forwarding(FACTS, "BPS Kota Nusasari"),
        letters.delivery_to_ppid(FACTS, FILE, ""),
        letters.delivery_to_applicant(FACTS, FILE, UNTIL, "Sebutkan sumbernya."),
        letters.refusal_to_ppid(FACTS, SECRET),
        letters.refusal_to_applicant(FACTS, SECRET, annex=DECREE),
        letters.objection_receipt(FACTS, OBJECTION),
        letters.objection_answer(
            FACTS, letters.ObjectionAnswer(OBJECTION, "upheld", WHY, "Berikan data 2025.", date(2026, 6, 1))
        ),
    )
    return {draft.kind: draft for draft in made}


def text(draft: letters.Draft) -> str:
    said = [*draft.recipient, draft.title or "", draft.attachment]
    for block in draft.blocks:
        said += [block.get("text", ""), *block.get("items", ()), *(" ".join(row) for row in block.get("rows", ()))]
    return " ".join(said)


def test_every_kind_has_words_and_a_mark_of_its_own():
    assert set(drafts()) == set(letters.LetterKind)
    assert len(set(letters.CODES.values())) == len(letters.LetterKind) == len(set(letters.SUBJECTS.values()))


@pytest.mark.parametrize("kind", letters.LetterKind)
def test_every_letter_names_request_and_question(kind):
    said = text(drafts()[kind])
    assert FACTS.number in said and FACTS.question in said


@pytest.mark.parametrize("kind", sorted(set(letters.LetterKind) - letters.FOR_APPLICANT))
def test_letters_between_officers_do_not_name_the_applicant(kind):
    said = text(drafts()[kind])
    assert not [word for word in (*PERSON, *KNOWN_BY, "0001") if word in said]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "receipt",
            [
                "2 Maret 2026",
                "16 Maret 2026",
                *PERSON,
                *KNOWN_BY,
                "Cara memperoleh mendapatkan salinan",
                "Bentuk salinan salinan digital",
                "Cara mengirim pos",
                "Melacak",
            ],
        ),
        ("incomplete", ["Tujuan penggunaan belum jelas", "20 Maret 2026", "permohonan baru"]),
        ("not_processed", ["Tidak dilengkapi", "permohonan baru", "30 hari kerja"]),
        ("request_pembantu", ["20 Maret 2026", "16 Maret 2026", FACTS.purpose]),
        (
            "decision",
            ["jumlah kunjungan", "diberikan", "tidak diberikan", "tidak dikuasai", "Pasal 17 huruf h", DECREE],
        ),
        (
            "extension",
            ["belum didokumentasikan", "16 Maret 2026", "20 Maret 2026", "7 hari kerja", "Pasal 22 ayat (8)"],
        ),
        ("forwarding", ["tidak berada", "BPS Kota Nusasari", "Pasal 22 ayat (7)", "30 hari kerja"]),
        ("delivery_ppid", ["kunjungan.csv", "a" * 64, "Periode data 2025"]),
        (
            "delivery_applicant",
            [
                "kunjungan.csv",
                "2025",
                "nama dihapus",
                "Pasal 17 huruf h",
                "20 Maret 2026",
                "Biaya",
                "Sebutkan sumbernya",
            ],
        ),
        ("refusal_ppid", ["Pasal 17 huruf h", WHY]),
        ("refusal_applicant", [*PERSON, "Pasal 17 huruf h", WHY, DECREE, "1 keputusan", "30 hari kerja", "14 hari"]),
        ("objection_receipt", ["3/KBR/2026", "20 Mei 2026", "Komisi Informasi", *PERSON]),
        ("objection_answer", ["diterima", WHY, "Berikan data 2025.", "1 Juni 2026", "14 hari kerja", *PERSON]),
    ],
)
def test_what_must_stand_in_each_letter(kind, words):
    said = text(drafts()[letters.LetterKind(kind)])
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("notice", "words", "without"),
    [
        (letters.Notice((GIVEN,), ready_on=UNTIL), ["c. Permohonan diterima", "20 Maret 2026"], ["Hak Saudara"]),
        (letters.Notice((GIVEN, WITHHELD)), ["diterima sebagian", "dihitamkan", WHY, DECREE, "Hak Saudara"], []),
        (letters.Notice((WITHHELD,)), ["c. Permohonan ditolak", "tidak ada", "Hak Saudara"], ["Penyampaian data"]),
        (
            letters.Notice((ELSEWHERE,), held=False, holder="BPS Kota Nusasari"),
            [
                "tidak berada di bawah penguasaan",
                "b. Badan Publik yang menguasai BPS Kota Nusasari",
                "e. Bagian yang dikecualikan tidak ada",
                "Hak Saudara",
            ],
            ["Penyampaian data", "dihitamkan"],
        ),
        (
            letters.Notice((GIVEN, WITHHELD, ELSEWHERE), holder="BPS Kota Nusasari"),
            ["kecuali: jumlah penduduk", "e. Bagian yang dikecualikan nama pasien: dihitamkan", "sebagian"],
            ["jumlah penduduk: dihitamkan"],
        ),
        (
            letters.Notice((GIVEN,), ready_on=UNTIL, how="diambil di loket"),
            ["Waktu paling lambat Jumat, 20 Maret 2026", "Cara penyampaian diambil di loket"],
            ["2026, diambil"],
        ),
        (
            letters.Notice((GIVEN,), medium="cakram optik", cost="Rp10.000", payment="transfer ke kas daerah"),
            ["cakram optik", "Rp10.000; transfer ke kas daerah"],
            [],
        ),
    ],
)
def test_the_written_notice_says_a_to_g(notice, words, without):
    said = text(letters.notice(FACTS, notice))
    points = [f"{letter}. " for letter in "abcdefg"]
    assert [word for word in [*points, *words] if word not in said] == []
    assert [word for word in without if word in said] == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        *(
            (typed, "tidak dipungut biaya")
            for typed in ("", "0", " 0 ", "Rp0", "Rp 0,-", "rp. 0,00", "tidak dipungut biaya")
        ),
        ("15000", "Rp15.000"),
        ("Rp10.000", "Rp10.000"),
        ("Rp 500 tiap lembar", "Rp 500 tiap lembar"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_typed_nought_is_no_cost(typed, said):
    assert text(letters.notice(FACTS, letters.Notice((GIVEN,), cost=typed, payment="tunai"))).count(
        f"cara pembayaran {said}" + ("" if said.startswith("tidak") else "; tunai")
    )
    assert letters.cost_said(typed) == said


def test_no_letter_prints_a_whole_identity_number():
    assert not [kind for kind, draft in drafts().items() if FACTS.nik in text(draft)]


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({"sending": "link"}, "tautan pribadi pada halaman lacak"),
        ({"sending": "post"}, "Cara penyampaian pos"),
        ({"obtain": "see"}, "di loket PPID"),
    ],
)
def test_the_notice_tells_the_way_that_was_asked_for(changes, way):
    asked = replace(FACTS, **changes)
    assert way in text(letters.notice(asked, letters.Notice((GIVEN,), ready_on=UNTIL)))
    assert ("Cara mengirim" in text(letters.receipt(asked, ""))) is (asked.obtain != "see")


def test_several_files_and_parts_are_told_one_by_one():
    second = replace(FILE, filename="metadata.pdf", sha256="b" * 64)
    parts = (GIVEN, WITHHELD)
    said = text(letters.delivery_to_applicant(FACTS, (FILE, second), None, "-", parts=parts, how="diambil di loket"))
    for word in ("kunjungan.csv", "metadata.pdf", "dikabulkan sebagian", "nama pasien", "diambil di loket", "30 hari"):
        assert word in said
    assert "Tautan berlaku" not in said and "jumlah kunjungan" not in said


def test_an_office_of_the_government_is_answered_by_walidata_under_no_term_or_objection_of_the_law():
    office = replace(FACTS, kind="government", number="3/WALIDATA/2026", sending="link")
    plain = replace(FILE, masked="")
    for draft in (
        letters.receipt(office, ""),
        letters.request_to_pembantu(office, UNTIL, "Segera"),
        letters.decision(office, [GIVEN]),
        letters.delivery_to_ppid(office, plain, ""),
        letters.delivery_to_applicant(office, plain, UNTIL, "Sebutkan sumbernya."),
        letters.refusal_to_ppid(office, SECRET),
        letters.refusal_to_applicant(office, SECRET),
    ):
        told = str((draft.recipient, draft.blocks, draft.copies)).replace("PPID Pembantu", "")
        assert "PPID" not in told and "Pejabat Pengelola" not in told, draft.kind
        dated = ("16 Maret 2026",) if draft.kind != "receipt" else ()
        assert not [word for word in ("Pasal 22", "keberatan", *dated) if word in told], draft.kind
        assert draft.kind != "receipt" or "Menurut langkah-langkah SOP" in told
        is_own = draft.kind in ("request_pembantu", "delivery_applicant", "refusal_applicant")
        assert draft.unit == ("WALIDATA" if is_own else "")
