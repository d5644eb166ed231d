"""What the portal could never carry out is a fault: fields no screen asks for, letters nobody writes, wrong parties."""

from __future__ import annotations

import pytest

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.tests.domain.test_sop_file import FILES, GOOD

AFTER = "    not_same_as: [1]\n"
OUTPUT = "    pelaksana: operator\n    output: [Surat]\n"


@pytest.mark.parametrize(
    ("old", "new", "says", "step", "line"),
    [
        (AFTER, AFTER + "    needs: {publish: [ntoe]}\n", "'ntoe', which no screen asks for", "2", 9),
        ("publish: end", "publish: {to: end, needs: [reason_code]}", "'reason_code', which no screen", "2", 9),
        ("publish: end", "record: end", "exit `publish`", "", 1),
        ("{submit: 2}", "{record: 2}", "exit `submit`", "", 1),
        ("pelaksana: verifier", "pelaksana: applicant", "has no part in preparation", "2", 9),
        ("pelaksana: verifier", "pelaksana: auditor", "auditor performs no step", "2", 9),
        ("pelaksana: verifier", "pelaksana: [verifier, system]", "system performs no step", "2", 9),
        ("publish: end", "publish: {to: end, by: auditor}", "auditor performs no step", "2", 9),
        ("publish: end", "publish: {to: end, agency_from: foo}", "names 'foo'", "2", 9),
        ("publish: end", "publish: {to: end, agency_from: note}", "names 'note'", "2", 9),
        ("steps:", "override: [auditor]\nsteps:", "confirms no override", "1", 5),
        ("steps:", "mulai: {by: applicant}\nsteps:", "begins no case", "mulai", 3),
        ("steps:", "mulai: {after: preparation}\nsteps:", "names the process itself", "mulai", 3),
        ("steps:", "anytime: {withdraw: {to: end, by: operator, except: [99]}}\nsteps:", "step 99", "anytime", 3),
        ("    pelaksana: operator\n", OUTPUT, "letter refusal_applicant, which preparation does not", "outputs", 1),
    ],
)
def test_what_nobody_could_carry_out_is_named_and_kept_texts_are_read(old, new, says, step, line):
    assert old in GOOD
    text = GOOD.replace(old, new, 1) + ("outputs: {Surat: letter refusal_applicant}\n" if new is OUTPUT else "")
    with pytest.raises(BadSop) as caught:
        sop_file.read(text, "x.yaml")
    found = [one for one in caught.value.problems if says in one.fault]
    assert found, caught.value
    assert (found[0].step, found[0].line) == (step, line) and found[0].mend
    assert sop_file.read_stored(text).first == "1"


def test_an_agency_is_named_where_the_screen_asks_for_it():
    text = next(path for path in FILES if path.match("default/request.yaml")).read_text(encoding="utf-8")
    assert sop_file.read(text).step("8")
    with pytest.raises(BadSop, match="Write `organization_id` at route or return_"):
        sop_file.read(text.replace("agency_from: organization_id", "agency_from: agency", 1))


@pytest.mark.parametrize("name", ["default/request.yaml", "malang/request.yaml", "default/government_request.yaml"])
@pytest.mark.parametrize(
    ("said", "unsaid", "says"),
    [
        ("deliver: {to: end, cancels: true}", "deliver: end", "a second answer would be owed"),
        (
            "cancels: true}\n      return_: {to: 3, agency_from: organization_id}",
            "cancels: true}\n      return_: 3",
            "3",
        ),
        (
            "agency_from: organization_id}\n    keterangan: Data yang",
            "by: [walidata, ppid]}\n    keterangan: Data yang",
            "",
        ),
    ],
)
def test_a_request_is_answered_once_and_returned_to_a_named_agency(name, said, unsaid, says):
    text = next(path for path in FILES if path.match(name)).read_text(encoding="utf-8")
    said, unsaid = (one.replace("3", "3" if "government" in name else "8") for one in (said, unsaid))
    assert said in text
    loose = text.replace(said, unsaid, 1)
    with pytest.raises(BadSop) as caught:
        sop_file.read(loose, "x.yaml")
    (found,) = caught.value.problems
    wanted = next(line for line, row in enumerate(loose.splitlines(), start=1) if row == f"  - no: {found.step}")
    assert found.line == wanted and f"{found.file}:{found.line}".startswith("x.yaml:")
    assert (says if says != "3" else "which of several agencies") in found.fault
    good, kept = sop_file.read(text), sop_file.read_stored(loose)
    assert all(exit_.cancels for _step, exit_ in kept.exits() if exit_.command is Command.DELIVER)
    assert kept.step(found.step).exits.keys() == good.step(found.step).exits.keys()
    assert kept.step(found.step).exits[Command.RETURN].agency_from == "organization_id"
    assert kept.rows[-1] is kept.steps[kept.rows[-1].no]
