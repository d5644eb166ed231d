"""Every name in an `output` column of every file has a maker that is there, a record or an upload slot."""

from __future__ import annotations

import pytest

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.sop_outputs import KNOWN, RECORDS, Maker
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.reports import definitions
from ckanext.satudata.shared.levels import information_lists
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.domain.test_sop_file import GOOD

GOVERNMENTS = ("default", "malang", "magetan", "jember", "maluku_utara")
ROWS = {
    "malang": {"penyebarluasan_data": 11, "pemanfaatan_data": 16},
    "magetan": {"penyebarluasan_data": 8},
    "jember": {"diseminasi_data": 7},
    "maluku_utara": {"data_statistik_sektoral": 6},
}
"""The rows of each signed form."""


def loaded(government):
    return {name: one for name, one in sops._loaded(government).items() if one.government == government}


@pytest.mark.parametrize("government", GOVERNMENTS)
def test_every_output_is_bound(government):
    for name, one in loaded(government).items():
        named = {output for row in one.sop.rows for output in row.output}
        assert named == set(one.sop.outputs), name
        for output in one.sop.outputs.values():
            assert set(output.what) <= KNOWN[output.maker] and bool(output.what) is (output.maker is not Maker.UPLOAD)


@pytest.mark.parametrize("government", ROWS)
def test_every_row_of_every_form_is_run_by_one_process_in_its_order(government):
    found: dict[str, list[str]] = {}
    for name, one in loaded(government).items():
        form = one.sop.form.name
        assert form, f"{name} is part of no form"
        found.setdefault(form, []).extend(row.no for row in one.sop.rows if not row.extra)
    for form, count in ROWS[government].items():
        assert sorted(found[form], key=int) == [str(no) for no in range(1, count + 1)]


def test_the_form_shows_its_rows_with_the_process_that_runs_each(monkeypatch):
    monkeypatch.setitem(sops.tk.config, "ckanext.satudata.sop", "malang")
    rows = sops.form_rows("report")
    assert [row.no for _process, row in rows] == [str(no) for no in range(1, 12)]
    assert {name for name, _row in rows} == {"classification", "decree", "channel_post", "preparation", "report"}
    assert sops.source("report") == "malang" and sops.source("complaint") == "default"


def test_the_makers_are_there():
    assert KNOWN[Maker.LIST] == set(information_lists.LISTS)
    assert KNOWN[Maker.REPORT] == {one.name for one in definitions.every().values() if one.files} and KNOWN[
        Maker.RECORD
    ] == set(RECORDS)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("output: [Draf]\n", "Nothing makes"),
        ("output: [Draf]\noutputs: {Draf: letter surat}\n", "'surat', which is not there"),
        ("output: [Draf]\noutputs: {Draf: letter}\n", "does not say which"),
        ("output: [Draf]\noutputs: {Draf: tangan}\n", "Unknown maker"),
        ("output: [Draf]\noutputs: {Draf: upload, Lain: upload}\n", "No row has"),
    ],
)
def test_an_unbound_output_is_a_fault_with_its_line(new, says):
    output, _newline, bindings = new.partition("\n")
    text = GOOD.replace("    pelaksana: operator\n", f"    pelaksana: operator\n    {output}\n") + bindings
    with pytest.raises(BadSop) as caught:
        sop_file.read(text, "x.yaml")
    assert any(says in problem.fault and problem.line and problem.mend for problem in caught.value.problems)
    assert sop_file.read(text, kept=True) if says == "Nothing makes" else True
