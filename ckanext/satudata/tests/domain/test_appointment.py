"""Which roles can be given, and lists of them."""

from datetime import date

import pytest

from ckanext.satudata.domain import officer_list
from ckanext.satudata.domain.appointment import (
    AGENCY_ROLES,
    GOVERNMENT_ROLES,
    GRANTABLE,
    Appointment,
    check,
    overlap,
    require_manager,
)
from ckanext.satudata.domain.errors import Invalid, NotAllowed, Several
from ckanext.satudata.domain.officer import Actor, Held, HoldKind, Role


def given(role=Role.DESIGNER, organization_id=None, letter_number="1", **held):
    return Appointment(Held(role, organization_id, **held), letter_number)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("organization_id", [None, "a"])
def test_each_role_is_held_for_what_it_is_meant(role, organization_id):
    wrong = (
        role not in GRANTABLE
        or (role in AGENCY_ROLES and organization_id is None)
        or (role in GOVERNMENT_ROLES and organization_id is not None)
    )
    if wrong:
        with pytest.raises(Invalid):
            check(given(role, organization_id))
    else:
        assert check(given(role, organization_id))


@pytest.mark.parametrize(
    ("appointment", "field"),
    [
        (given(letter_number=""), "letter_number"),
        (given(valid_from_on=date(2026, 2, 1), valid_until_on=date(2026, 1, 31)), "valid_until_on"),
        (given(kind=HoldKind.PLT), "valid_until_on"),
        (given(kind=HoldKind.PLH), "valid_until_on"),
        (given(kind=HoldKind.AN), "processes"),
        (given(processes=frozenset({"request"})), "processes"),
        (given(kind=HoldKind.AN, processes=frozenset({"cooking"})), "processes"),
    ],
)
def test_what_cannot_stand_names_its_field(appointment, field):
    with pytest.raises(Invalid) as caught:
        check(appointment, {"request"})
    assert caught.value.field == field
    assert caught.value.mend


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(Several) as caught:
        check(given(Role.OPERATOR, kind=HoldKind.PLT, letter_number=""))
    assert [error.field for error in caught.value.errors] == ["organization_id", "valid_until_on", "letter_number"]


@pytest.mark.parametrize("role", list(Role))
def test_only_walidata_and_sysadmin_manage(role):
    actor = Actor("u", "u", (Held(role, None),))
    if role == Role.WALIDATA:
        require_manager(actor)
    else:
        with pytest.raises(NotAllowed):
            require_manager(actor)
    require_manager(Actor("u", "u", is_sysadmin=True))


def test_a_walidata_for_named_processes_does_not_manage():
    with pytest.raises(NotAllowed):
        require_manager(Actor("u", "u", (Held(Role.WALIDATA, None, HoldKind.AN, frozenset({"request"})),)))


def test_periods_overlap_on_a_common_day():
    first = Held(Role.PPID, None, valid_until_on=date(2026, 3, 31))
    assert overlap(first, Held(Role.PPID, None, valid_from_on=date(2026, 3, 31)))
    assert not overlap(first, Held(Role.PPID, None, valid_from_on=date(2026, 4, 1)))
    assert not overlap(first, Held(Role.PPID_SUPERIOR, None))


HEADER = "email;nama;peran;unit;jenis;proses;mulai;sampai;nomor_surat;tanggal_surat\n"


def lines(text):
    return officer_list.read(text, {"dinas": "id-1"}.get, frozenset({"request"}))


def test_the_template_can_be_read():
    (line,) = officer_list.read(officer_list.template(), lambda _: "id")
    assert not line.errors
    assert line.appointment.held.role == Role.OPERATOR


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_list_as_a_spreadsheet_saves_it(encoding):
    text = HEADER + "A@B.ID;Renée;Kepala Produsen Data;dinas;Plt.;;01/02/2026;30-04-2026;12/1;2026-01-31\n"
    (line,) = lines(text.encode(encoding))
    assert not line.errors and line.number == 2 and line.email == "a@b.id" and line.cells["nama"] == "Renée"
    assert line.appointment.held == Held(
        Role.PRODUCER_HEAD, "id-1", HoldKind.PLT, frozenset(), date(2026, 2, 1), date(2026, 4, 30)
    )


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x;;operator;dinas;;;;;1;", "email"),
        ("a@b.id;;raja;dinas;;;;;1;", "peran"),
        ("a@b.id;;operator;lain;;;;;1;", "unit"),
        ("a@b.id;;operator;;;;;;1;", "unit"),
        ("a@b.id;;operator;dinas;tetap;;;;1;", "jenis"),
        ("a@b.id;;operator;dinas;an;;;;1;", "proses"),
        ("a@b.id;;operator;dinas;;;31/02/2026;;1;", "mulai"),
        ("a@b.id;;operator;dinas;plh;;;;1;", "sampai"),
        ("a@b.id;;operator;dinas;;;;;;", "nomor_surat"),
        ("a@b.id;;operator;dinas;;;;;1;kemarin", "tanggal_surat"),
        ("a@b.id", "peran"),
    ],
)
def test_an_error_names_line_and_column(row, column):
    good = "a@b.id;;operator;dinas;;;;;1;\n"
    found = lines(HEADER + good + "\n" + row + "\n")
    assert [line.number for line in found] == [2, 4]
    assert not found[0].errors
    assert found[1].errors[0].field == column


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"email;peran\n", HEADER.encode(), b"PK\x03\x04xx", b"a\x00b", b"x" * 300_001, b'email,peran\n"a'],
)
def test_a_file_that_is_no_list_is_refused_whole(content):
    with pytest.raises(Invalid) as caught:
        lines(content)
    assert caught.value.field == "file" and caught.value.mend


def test_an_empty_unit_never_gives_an_agency_role_for_the_whole_government():
    (line,) = lines(HEADER + "a@b.id;;verifier;;;;;;1;\n")
    assert line.appointment is None


def test_all_faults_of_a_line_are_told_at_once():
    (line,) = lines(HEADER + "x;;raja;lain;tetap;;31/02/2026;;;kemarin\n")
    assert [error.field for error in line.errors] == [
        "email", "peran", "unit", "jenis", "mulai", "nomor_surat", "tanggal_surat"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["1 Januari 2026", "1/1/26", "01-01-2026", "2026-01-01", "2026-01-01 00:00:00", "01/01/2026 00:00", "46023"],
)
def test_both_lists_read_dates_alike(written):
    (line,) = lines(HEADER + f"a@b.id;;operator;dinas;;;{written};;1;\n")
    assert line.appointment.held.valid_from_on == date(2026, 1, 1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep=@\r\n"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_separator_and_line_end(separator, first, end):
    rows = ["email;nama;peran;unit;nomor_surat", "a@b.id;A, B, C, D, E, F, G;operator; Dinas   Contoh;1"]
    if separator == ",":
        rows[1] = rows[1].replace("A, B, C, D, E, F, G", "A")
    text = first.replace("@", separator).replace("\r\n", end) + end.join(row.replace(";", separator) for row in rows)
    (line,) = officer_list.read(text, {"Dinas Contoh": "id-1"}.get)
    assert line.appointment.held.organization_id == "id-1" and line.number == 2


def test_a_login_name_stands_for_the_address():
    (line,) = officer_list.read("akun;peran;nomor_surat\nsiti;ppid;1\n", lambda _: None)
    assert not line.errors and line.account == "siti"
    with pytest.raises(Invalid) as caught:
        officer_list.read("nama;peran;nomor_surat\nsiti;ppid;1\n", lambda _: None)
    assert caught.value.params["column"] == "email"


def test_what_is_written_out_is_read_again():
    text = officer_list.written_out([["a@b.id", "=A", "ppid", "", "", "", "", "", "+1", "", ""]])
    assert "'=A" in text
    (line,) = officer_list.read(text, lambda _: None)
    assert (line.cells["nama"], line.appointment.letter_number) == ("=A", "+1")
