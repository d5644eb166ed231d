"""What a file says beyond its steps: the form, rows that are no steps, time limits, turns, starts, people."""

from datetime import datetime, timezone

import pytest

from ckanext.satudata.domain import process, sop_file
from ckanext.satudata.domain.officer import Actor, Held, Role
from ckanext.satudata.domain.process import DoneStep, Instance, OpenStep
from ckanext.satudata.domain.sop import Command, Process, StandIn
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.domain.workdays import Calendar

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)
TEXT = """\
process: channel_post
title: Uji
waktu: 4 working_days
mulai: {by: [redaktur, producer_head], dates: [01-31, 07-01], after: decree.record, each_agency: true}
reminders: [-1, 0]
stand_in: walidata
override: [walidata, department_head]
steps:
  - no: 1
    uraian: Judul
    not_a_step: Judul tabel
  - no: 2
    uraian: Melihat
    within: 3
    waktu: 1 working_days
    tautan: https://nusasari.example/data
  - no: 3
    uraian: Menyusun
    pelaksana: operator
    waktu: 2 working_days
    disposition: [producer_head, operator]
    exits: {submit: 4}
  - no: 4
    uraian: Menyetujui
    pelaksana: [division_head, department_head]
    in_turn: true
    waktu: 1 working_days
    not_same_as: [3, 4]
    reminders: [2]
    stand_in: parent_agency
    exits: {approve: end, return_: 3}
"""
FORM = """\
head:
  nama: Uji
  nomor: 1/2026
  pembuatan: 1 Januari 2026
  revisi:
  pengesahan:
  jabatan_pengesah: Kepala Dinas
  dasar_hukum: [Undang-Undang]
  kualifikasi: [Paham]
  keterkaitan: []
  peralatan: [Komputer]
  peringatan: []
  pencatatan: []
pelaksana: {operator: Tim Desain}
"""


def test_rows_that_are_no_steps_stand_on_the_form_and_never_open():
    sop = sop_file.read(TEXT)
    assert [row.no for row in sop.rows] == ["1", "2", "3", "4"] and list(sop.steps) == ["3", "4"]
    assert sop.first == "3" and sop.rows[1].tautan == ("https://nusasari.example/data",)


def test_the_time_of_a_row_inside_a_step_counts_for_the_step():
    assert sop_file.read(TEXT).time_of("3").count == 3


def test_no_step_is_due_after_the_limit_of_the_whole():
    sop, later = sop_file.read(TEXT), MONDAY.replace(day=5)
    assert process.due_of(sop, "3", MONDAY, MONDAY, Calendar()).due_on.isoformat() == "2026-03-05"
    assert process.due_of(sop, "3", later, MONDAY, Calendar()).due_on.isoformat() == "2026-03-06"
    assert process.due_of(sop, "3", later, None, Calendar()).due_on.isoformat() == "2026-03-10"


def test_people_and_reminders_of_the_process_hold_where_the_step_says_nothing():
    sop = sop_file.read(TEXT)
    assert sop.step("3").reminders == (-1, 0) and sop.step("4").reminders == (2,)
    assert (sop.step("3").stand_in, sop.step("4").stand_in) == (StandIn.WALIDATA, StandIn.PARENT_AGENCY)
    assert sop.step("4").override == (Role.WALIDATA, Role.DEPARTMENT_HEAD)
    assert sop.step("3").disposition == (Role.PRODUCER_HEAD, Role.OPERATOR)


def test_how_a_case_begins():
    start = sop_file.read(TEXT).start
    assert (start.by, start.dates, start.each_agency) == ((Role.REDAKTUR, Role.PRODUCER_HEAD), ((1, 31), (7, 1)), True)
    assert (start.after, start.after_command) == (Process.DECREE, Command.RECORD)


def head(user: str, role: Role) -> Actor:
    return Actor(user, user, (Held(role, "dinas"),))


def test_in_turn_the_second_performer_follows_the_first_and_is_another_person():
    sop = sop_file.read(TEXT)
    first = OpenStep("a", "4", Role.DIVISION_HEAD, "dinas")
    case = Instance(sop, "dinas", (first,), received_at=MONDAY)
    asked = {"payload": {}, "calendar": Calendar(), "now": MONDAY}
    moved = process.decide(case, "approve", actor=head("u1", Role.DIVISION_HEAD), **asked)
    (opened,) = moved.opens
    assert (opened.no, opened.role, opened.round, moved.ended) == ("4", Role.DEPARTMENT_HEAD, 1, False)

    done = DoneStep("a", "4", Role.DIVISION_HEAD, frozenset({"u1"}), Command.APPROVE)
    case = Instance(sop, "dinas", (OpenStep("b", "4", Role.DEPARTMENT_HEAD, "dinas"),), (done,))
    with pytest.raises(process.NotAllowed):
        process.decide(case, "approve", actor=head("u1", Role.DEPARTMENT_HEAD), **asked)
    moved = process.decide(case, "approve", actor=head("u2", Role.DEPARTMENT_HEAD), **asked)
    assert moved.ended and not moved.opens
    back = process.decide(
        case, "return_", actor=head("u2", Role.DEPARTMENT_HEAD), **{**asked, "payload": {"note": "x"}}
    )
    assert [step.no for step in back.opens] == ["3"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("within: 3", "within: 9", "not there"),
        ("waktu: 1 working_days\n    tautan", "waktu: 1 calendar_days\n    tautan", "units differ"),
        ("waktu: 4 working_days", "waktu: 4", "no unit"),
        ("01-31", "02-30", "no day of every year"),
        ("decree.record", "apa.record", "Unknown process"),
        ("[-1, 0]", "[besok]", "reminders"),
        ("stand_in: walidata", "stand_in: siapa", "stand-in"),
        ("https://nusasari.example/data", "nusasari.example", "no web address"),
        ("in_turn: true", "in_turn: ya", "in_turn"),
        ("not_a_step: Judul tabel", "not_a_step: Judul tabel\n    exits: {submit: 2}", "Unknown key `exits`"),
        ("override: [walidata, department_head]", "override: [bupati]", "Unknown role"),
    ],
)
def test_faults_of_the_new_keys_are_named(old, new, says):
    assert old in TEXT
    with pytest.raises(BadSop) as caught:
        sop_file.read(TEXT.replace(old, new, 1))
    assert any(says in problem.fault and problem.mend for problem in caught.value.problems), caught.value


def test_the_form_is_part_of_the_version_and_of_the_kept_text():
    named = "formulir: uji\n" + TEXT
    sop = sop_file.read(named, "channel_post.yaml", (FORM, "formulir/uji.yaml", "uji"))
    assert sop.head["nomor"] == "1/2026" and sop.form.columns == {Role.OPERATOR: "Tim Desain"}
    kept = sop_file.read_stored(sop_file.stored(named, FORM))
    assert (kept.version, kept.form, kept.rows) == (sop.version, sop.form, sop.rows)
    assert sop.version != sop_file.read(named).version


@pytest.mark.parametrize("line", ["  nomor: 1/2026\n", "  pengesahan:\n", "  dasar_hukum: [Undang-Undang]\n"])
def test_a_form_without_its_head_is_refused(line):
    with pytest.raises(BadSop) as caught:
        sop_file.read("formulir: uji\n" + TEXT, "x.yaml", (FORM.replace(line, ""), "formulir/uji.yaml", "uji"))
    assert caught.value.problems[0].file == "formulir/uji.yaml"
