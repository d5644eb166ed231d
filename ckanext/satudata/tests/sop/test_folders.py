"""A folder of SOP files with a fault names file, line and mend; what it lacks comes from `default`."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.tests.domain.test_sop_file import GOOD
from ckanext.satudata.tests.domain.test_sop_shape import FORM

REPORT = """\
process: report
title: Laporan
formulir: induk
steps:
  - no: 1
    uraian: Melaporkan
    pelaksana: walidata
    exits: {record: end}
"""


@pytest.fixture
def folder(tmp_path):
    """Two processes that are parts of one form."""
    (tmp_path / "formulir").mkdir()
    (tmp_path / "formulir" / "induk.yaml").write_text(FORM)
    (tmp_path / "preparation.yaml").write_text(
        "formulir: induk\n" + GOOD.replace("no: 1", "no: 3").replace("[1]", "[3]").replace("return_: 1", "return_: 3")
    )
    (tmp_path / "report.yaml").write_text(REPORT)
    return tmp_path


def faults(folder):
    with pytest.raises(BadSop) as caught:
        sops._loaded(str(folder))
    return caught.value.problems


def test_what_the_folder_lacks_comes_from_default(folder):
    loaded = sops._loaded(str(folder))
    assert loaded["report"].government == str(folder) and loaded["request"].government == "default"
    assert loaded["report"].sop.head["nomor"] == "1/2026"


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "line"),
    [
        ("report.yaml", "title: Laporan", "title: [", "YAML", 4),
        ("report.yaml", "formulir: induk", "formulir: lain", "formulir/lain.yaml is not there", 1),
        ("report.yaml", "formulir: induk", "formulir: ../induk", "is not there", 1),
        ("report.yaml", "process: report", "process: request", "describes the process", 1),
        ("report.yaml", "no: 1", "no: 2", "stands in preparation.yaml too", 5),
        ("formulir/induk.yaml", "  nomor: 1/2026\n", "", "lacks `nomor`", 2),
        ("formulir/induk.yaml", "head:", "head: [", "YAML", 3),
    ],
)
def test_a_fault_stops_the_start_with_its_place(folder, file, old, new, says, line):
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    (found, *_more) = [problem for problem in faults(folder) if says in problem.fault]
    assert found.mend and found.line == line and found.file.endswith(file)


def test_a_row_may_stand_twice_where_one_of_them_is_the_portals(folder):
    path = folder / "report.yaml"
    path.write_text(path.read_text().replace("no: 1", "no: 2\n    extra: true"))
    assert len(sops._loaded(str(folder))["report"].sop.rows) == 1


def test_a_file_that_is_not_utf8_is_named(folder):
    (folder / "report.yaml").write_bytes(b"process: \xff")
    assert "UTF-8" in faults(folder)[0].fault


def test_rows_are_ordered_as_people_number_them():
    assert sorted(["10", "2a", "2", "A.2", "1", "A.10"], key=sops.natural) == ["1", "2", "2a", "10", "A.2", "A.10"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("preparation.yml", "Nothing reads"),
        ("preparation.YAML", "Nothing reads"),
        ("request.yaml.bak", "Nothing reads"),
        ("persiapan.yaml", "Nothing reads"),
        ("forms/induk.yaml", "Nothing reads"),
        ("formulir/induk.yml", "Nothing reads"),
        ("request.yaml/x", "cannot be read"),
    ],
)
def test_what_nothing_reads_stops_the_start(folder, name, says):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(GOOD)
    found = [problem for problem in faults(folder) if says in problem.fault]
    assert found and found[0].mend and found[0].line
    assert found[0].file in (str(path), str(path.parent))


def test_a_folder_without_a_file_stops_the_start_and_does_not_run_default(tmp_path):
    (found,) = faults(tmp_path)
    assert "no SOP file" in found.fault and "ckanext.satudata.sop" in found.mend and found.file == str(tmp_path)
    (tmp_path / "preparation.yml").write_text(GOOD)
    assert {problem.fault for problem in faults(tmp_path)} == {
        "The folder has no SOP file.",
        "Nothing reads this file.",
    }


def test_notes_hidden_files_and_schemas_may_lie_in_the_folder(folder):
    for name in (".gitkeep", ".#report.yaml", "README.md", "schema.json", "formulir/.gitkeep"):
        (folder / name).write_text("")
    assert sops._loaded(str(folder))["report"].government == str(folder)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ("request.settle", "which request does not have"),
        ("decree.attest", "neither this folder nor"),
        ("preparation.approve", "which preparation does not have"),
    ],
)
def test_what_follows_something_that_never_comes_stops_the_start(folder, after, says):
    path = folder / "report.yaml"
    path.write_text(path.read_text().replace("steps:", f"mulai: {{after: {after}}}\nsteps:"))
    (found,) = faults(folder)
    assert says in found.fault and found.mend and (found.file, found.line, found.step) == (str(path), 4, "mulai")


def test_what_follows_something_that_comes_runs(folder):
    path = folder / "report.yaml"
    path.write_text(path.read_text().replace("steps:", "mulai: {after: request.attest}\nsteps:"))
    assert sops._loaded(str(folder))["report"].sop.start.after_command


@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize(
    ("plugin", "option", "says"),
    [
        ("satudata", "ckanext.satudata.sop", "The folder has no SOP file"),
        ("satudata_reports", "ckanext.satudata.reports.folder", "There is no such folder"),
    ],
)
def test_the_start_ends_by_the_faults_words_and_no_traceback_of_its_own(monkeypatch, tmp_path, plugin, option, says):
    (tmp_path / "sop").mkdir()
    monkeypatch.setitem(tk.config, option, str(tmp_path / ("sop" if plugin == "satudata" else "lain")))
    with pytest.raises(CkanConfigurationException, match=says) as caught:
        p.get_plugin(plugin).configure(tk.config)
    assert caught.value.__suppress_context__
