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
from ckanext.satudata.domain.errors import Invalid, NotAllowed
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
    assert line.error is None
    assert line.appointment.held.role == Role.OPERATOR


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_list_as_a_spreadsheet_saves_it(encoding):
    text = HEADER + "A@B.ID;Renée;Kepala Produsen Data;dinas;Plt.;;01/02/2026;30-04-2026;12/1;2026-01-31\n"
    (line,) = lines(text.encode(encoding))
    assert line.error is None and line.number == 2 and line.email == "a@b.id" and line.cells["nama"] == "Renée"
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
    assert found[0].error is None
    assert found[1].error.field == column


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
