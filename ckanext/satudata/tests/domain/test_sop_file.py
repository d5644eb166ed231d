"""Every file we ship runs; every fault is named with file, line, step and mend."""

from pathlib import Path

import pytest

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.domain.workdays import Unit

FILES = sorted((Path(sop_file.__file__).parents[1] / "sop").glob("*/*.yaml"))

GOOD = """\
process: preparation
title: Uji
steps:
  - no: 1
    uraian: Menyusun
    pelaksana: operator
    waktu: 5 working_days
    exits: {submit: 2}
  - no: 2
    uraian: Memeriksa
    pelaksana: verifier
    not_same_as: [1]
    exits:
      publish: end
      return_: 1
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_shipped_files_run(path):
    sop = sop_file.read(path.read_text(encoding="utf-8"), str(path))
    assert sop.process.value == path.stem and len(sop.version) == 64


def test_columns_become_values():
    step = sop_file.read(GOOD).step("1")
    assert (step.pelaksana, step.waktu.count, step.waktu.unit) == ((Role.OPERATOR,), 5, Unit.WORKING_DAYS)


def test_a_return_always_needs_a_note():
    for path in FILES:
        for _step, exit_ in sop_file.read(path.read_text(encoding="utf-8")).exits():
            assert exit_.command is not Command.RETURN or "note" in exit_.needs


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("pelaksana: verifier", "pelaksana: pemeriksa", 9, "role"),
        ("{submit: 2}", "{submit: 3}", 4, "step 3"),
        ("{submit: 2}", "{kirim: 2}", 8, "command"),
        ("{submit: 2}", "{submit: end}", 9, "unreachable"),
        ("publish: end", "publish: 1", 4, "no path leads to an end"),
        ("5 working_days", "5", 4, "no unit"),
        ("5 working_days", "5 hari", 4, "unit of time"),
        ("[1]", "[2]", 9, "Nobody can satisfy"),
        ("[1]", "[9]", 9, "not there"),
        ("no: 2", "no: 1", 9, "same number"),
        ("title: Uji", "judul: Uji", 2, "judul"),
        ("uraian: Menyusun", "uraian: [", 7, "YAML"),
        ("process: preparation", "process: apa_saja", 1, "process"),
        ("    uraian: Menyusun\n", "    uraian: Menyusun\n    uraian: Lagi\n", 6, "twice"),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, line, says):
    with pytest.raises(BadSop) as caught:
        sop_file.read(GOOD.replace(old, new, 1), "x/preparation.yaml")
    found = [problem for problem in caught.value.problems if says in problem.fault]
    assert found, caught.value
    assert found[0].line == line and found[0].mend and str(found[0]).startswith(f"x/preparation.yaml:{line}")


@pytest.mark.parametrize("text", ["", "- a", "steps: 3", "{", "process: x\nsteps: []"])
def test_what_is_no_sop_at_all_is_refused(text):
    with pytest.raises(BadSop):
        sop_file.read(text)


def _shipped(government):
    return (Path(sop_file.__file__).parents[1] / "sop" / government / "preparation.yaml").read_text(encoding="utf-8")


def _faults(text):
    with pytest.raises(BadSop) as refused:
        sop_file.read(text)
    return refused.value.problems


def test_the_exit_that_goes_on_is_named_first_whatever_the_order_of_keys():
    text = _shipped("malang")
    moved = text.replace("      approve: 10\n      return_: 7\n", "      return_: 7\n      approve: 10\n")
    assert moved != text
    (fault,) = _faults(moved)
    assert fault.step == "8" and "Name `approve` first" in fault.mend


def test_nobody_publishes_alone_what_he_wrote():
    text = _shipped("jember")
    alone = text.replace("    not_same_as: [2a]\n", "")
    assert alone != text
    (fault,) = _faults(alone)
    assert fault.step == "3" and "not_same_as: [2a]" in fault.mend
    assert sop_file.read(alone, kept=True).steps, "cases that began under such a file go on"


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("      approve: 10\n", "      approve: 10\n      close: {to: 10, by: operator}\n", "10"),
        ("      submit: 8\n      withdraw: end\n", "      record: 8\n      withdraw: end\n", "7"),
    ],
)
def test_no_side_way_leads_round_the_second_pair_of_eyes(old, new, step):
    text = _shipped("malang")
    assert old in text
    assert step in {fault.step for fault in _faults(text.replace(old, new))}


CORRECTED = """\
process: preparation
title: Uji
steps:
  - {no: 1, uraian: Menyusun, pelaksana: operator, exits: {submit: 2, withdraw: end}}
  - {no: 2, uraian: Memeriksa, pelaksana: verifier, not_same_as: [1], exits: {approve: 4, return_: 3}}
  - {no: 3, uraian: Memperbaiki, pelaksana: operator, exits: {submit: 4, withdraw: end}}
  - {no: 4, uraian: Menerbitkan, pelaksana: walidata, not_same_as: [1], exits: {publish: end, return_: 3}}
"""


def test_nothing_leads_past_the_approval_to_the_step_that_publishes():
    (fault,) = _faults(CORRECTED)
    assert (fault.step, fault.line) == ("3", 6)
    assert "`submit` leads past the approval to step 4" in fault.fault and "`approve`" in fault.mend
    assert sop_file.read(CORRECTED, kept=True).steps, "cases that began under such a file go on"
    assert sop_file.read(CORRECTED.replace("{submit: 4,", "{submit: 2,")).steps, "what is corrected is checked again"


@pytest.mark.parametrize("way", ["record", "close"])
def test_no_step_by_hand_stands_between_approval_and_publishing(way):
    between = f"  - {{no: 3, uraian: Mencatat, pelaksana: walidata, exits: {{{way}: 4}}}}\n"
    text = "".join(between if "no: 3" in line else line for line in CORRECTED.splitlines(keepends=True))
    text = text.replace("approve: 4, return_: 3", "approve: 3, return_: 1").replace(
        "publish: end, return_: 3", "publish: end"
    )
    (fault,) = _faults(text)
    assert fault.step == "3" and f"`{way}` leads past the approval" in fault.fault
