"""What two versions of a table differ in: found in small ones, by the real reader."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain import row_diff, table_parts, table_work
from ckanext.satudata.domain.errors import Invalid

HEAD = "kode,nama,tahun,nilai\n"


def table(tmp_path, name, content, format_="CSV"):
    path = tmp_path / f"{name}.file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return table_parts.read(path, format_, tmp_path / name)


def compare(tmp_path, old, new, key=(), formats=("CSV", "CSV")):
    tables = [
        table(tmp_path, name, one, format_)
        for name, one, format_ in zip(("old", "new"), (old, new), formats, strict=True)
    ]
    found = row_diff.compare(*tables, key)
    assert json.loads(json.dumps(found)) == found
    return found


def rows(*cells):
    return "".join(",".join(map(str, row)) + "\n" for row in cells)


def counts(found):
    return {name: found["rows"][name] for name in ("same", "changed", "added", "removed")}


def book(*lines):
    made, out = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        made.active.append(line)
    made.save(out)
    return out.getvalue()


def test_rows_by_a_key_that_is_found(tmp_path):
    old = HEAD + rows(("01", "A", 2023, 5), ("01", "A", 2024, 6), ("02", "B", 2023, 7), ("02", "B", 2024, 8))
    new = HEAD + rows(("02", "B", 2024, 8), ("01", "A", 2023, 5), ("01", "A", 2024, 60), ("03", "C", 2024, 1))
    found = compare(tmp_path, old, new)
    assert found["key"] == {"kind": "guessed", "columns": ["kode", "tahun"], "doubled": 0}
    assert counts(found) == {"same": 2, "changed": 1, "added": 1, "removed": 1}
    assert found["samples"]["changed"] == [
        {"before": 3, "after": 4, "key": ["01", "2024"], "cells": [["nilai", "6", "60"]]}
    ]
    assert found["samples"]["added"] == [{"row": 5, "cells": ["03", "C", "2024", "1"]}]
    assert found["samples"]["removed"] == [{"row": 4, "cells": ["02", "B", "2023", "7"]}]
    assert found["columns"]["changed"] == [["nilai", 1]]


def test_a_declared_key_wins_and_doubles_are_taken_in_their_order(tmp_path):
    old = HEAD + rows(("01", "A", 1, 5), ("01", "A", 1, 6), ("02", "B", 1, 7))
    new = HEAD + rows(("01", "A", 1, 5), ("01", "A", 1, 9), ("02", "B", 1, 7), ("01", "A", 1, 8))
    found = compare(tmp_path, old, new, ["KODE"])
    assert found["key"] == {"kind": "declared", "columns": ["kode"], "doubled": 1}
    assert counts(found) == {"same": 2, "changed": 1, "added": 1, "removed": 0}
    # One that a version does not have is none.
    assert compare(tmp_path / "x", old, new, ["lain"])["key"]["kind"] == "position" if (tmp_path / "x").mkdir() else 1


def test_without_a_key_a_row_put_in_moves_none(tmp_path):
    lines = [("a", "b", 1, chance) for chance in (5, 5, 6, 7, 7, 9)]
    found = compare(tmp_path, HEAD + rows(*lines), HEAD + rows(*lines[:2], ("a", "b", 1, 1), *lines[2:]))
    assert found["key"]["kind"] == "position"
    assert counts(found) == {"same": 6, "changed": 0, "added": 1, "removed": 0}


def test_columns_gone_new_renamed_and_of_another_kind(tmp_path):
    old = "kode,jumlah,luas,lama\n" + rows(*((f"K{n}", n * 3, n + 0.5, "x") for n in range(40)))
    new = "kode,luas,jumlah_siswa,baru\n" + rows(*((f"K{n}", f"kira-kira {n}", n * 3, "y") for n in range(40)))
    found = compare(tmp_path, old, new)["columns"]
    assert found["renamed"] == [["jumlah", "jumlah_siswa"]]
    assert (found["removed"], found["added"]) == (["lama"], ["baru"])
    assert found["types"] == [{"column": "luas", "before": "decimal number", "after": "text"}]


def test_numbers_and_formats_written_otherwise_are_the_same(tmp_path):
    old = "kode;nilai;hari\n" + "".join(f"K{n};1.{n:03},50;2024-01-{n:02}\n" for n in range(1, 20))
    new = book(["kode", "nilai", "hari"], *([f"K{n}", 1000 + n + 0.5, date(2024, 1, n)] for n in range(1, 20)))
    found = compare(tmp_path, old, new, formats=("CSV", "XLSX"))
    assert counts(found) == {"same": 19, "changed": 0, "added": 0, "removed": 0}
    assert found["columns"]["types"] == [] and found["statistics"] == []


def test_figures_that_moved_much(tmp_path):
    old = HEAD + rows(*((f"{n:02}", f"N{n}", 2024, 100 + n) for n in range(50)))
    new = HEAD + rows(*((f"{n:02}", "" if n < 10 else f"N{n}", 2024, 100 + n if n else 100_000) for n in range(50)))
    found = {one["column"]: one["moved"] for one in compare(tmp_path, old, new)["statistics"]}
    assert found == {"nama": ["empty"], "nilai": ["max", "mean", "sum"]}


def test_titles_merged_headings_and_notes(tmp_path):
    old = book(
        ["Jumlah siswa"], [], ["Kecamatan", "2023", None], [None, "L", "P"], ["Klojen", 1, 2], ["Blimbing", 3, 4]
    )
    new = book(["Kecamatan", "2023 / L", "2023 / P"], ["Klojen", 1, 2], ["Blimbing", 3, 5])
    found = compare(tmp_path, old, new, formats=("XLSX", "XLSX"))
    assert found["columns"]["before"] == found["columns"]["after"]
    assert found["samples"]["changed"] == [
        {"before": 6, "after": 3, "key": ["Blimbing"], "cells": [["2023 / P", "4", "5"]]}
    ]


@pytest.mark.parametrize(
    ("content", "format_"),
    [("", "CSV"), ("a,b\n", "CSV"), ("\0\1", "CSV"), (b"PK nothing", "XLSX"), (book(), "XLSX")],
)
def test_no_table_is_refused(tmp_path, content, format_):
    with pytest.raises(Invalid):
        table(tmp_path, "t", content, format_)


CELLS = st.sampled_from(["", "a", "b", "1", "2,5", "x y", "é"])
LINES = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(LINES, LINES)
def test_the_counts_add_up_whatever_the_rows(tmp_path_factory, before, after):
    def text(lines):
        return "p;q;r\n" + "".join(";".join(f'"{cell}"' for cell in line) + "\n" for line in [*lines, ("z", "z", "z")])

    found = compare(tmp_path_factory.mktemp("t"), text(before), text(after))
    told, same = found["rows"], counts(found)
    assert same["same"] + same["changed"] + same["removed"] == told["before"]
    assert same["same"] + same["changed"] + same["added"] == told["after"]
    if sorted(filter(any, before)) == sorted(filter(any, after)) and not found["columns"]["types"]:
        assert same["changed"] == same["added"] == same["removed"] == 0


def test_in_a_process_of_its_own(tmp_path):
    chance, files = random.Random(1), []
    for name in ("old", "new"):
        path = tmp_path / name
        path.write_text(HEAD + rows(*((f"{n:03}", "A", 2024, chance.random()) for n in range(300))))
        files.append([str(path), "CSV"])
    folder = tmp_path / "work"
    folder.mkdir()
    asked = {"work": "diff", "folder": str(folder), "files": files, "key": []}
    command = [sys.executable, "-m", table_work.__name__]
    done = subprocess.run(command, input=json.dumps(asked) + "\n", capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert said[-1]["result"]["rows"]["changed"] == 300
    shares = [one["share"] for one in said[:-1]]
    assert shares == sorted(shares) and len(shares) > 2
