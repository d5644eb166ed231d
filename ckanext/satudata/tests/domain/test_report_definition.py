"""Definitions of reports: what is wrong is told with file, line and mend before anything starts."""

from pathlib import Path

import pytest
import yaml

from ckanext.satudata.domain import report_definition
from ckanext.satudata.domain.report import Kind
from ckanext.satudata.domain.report_codes import CODES
from ckanext.satudata.domain.report_measure import Measure, What
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.reports import definitions
from ckanext.satudata.shared import words

OURS = Path(report_definition.__file__).parents[1] / "reports" / "definitions"
GOOD = """\
name: kota
title: {id: "Laporan Kota", en: "City report"}
kind: Laporan kota
findings:
  - text: "{n} unduhan"
    values: {n: downloads count where client=browser|script}
charts:
  - {table: agencies, measure: late, text: "{share} % {label}"}
tables:
  - key: agencies
    title: Menurut perangkat daerah
    by: [producer]
    measures:
      - {key: late, head: Terlambat, is: steps count where late=true}
      - {key: days, head: Median, is: steps median days}
    order: [-late]
  - key: list
    title: Daftar
    from: published
    columns: [dataset, at]
blocks:
  - {key: policy, title: Kebijakan, hint: {id: Dasar hukum, en: Legal basis}}
chapters:
  - {title: Gambaran umum, holds: [policy]}
  - {title: Rincian, holds: [list, agencies]}
"""


def faults(text):
    with pytest.raises(BadSop) as refusal:
        report_definition.read(text, "kota.yaml")
    return [(one.line, f"{one.fault} {one.mend}") for one in refusal.value.problems]


def test_a_chart_says_only_what_it_knows():
    (fault,) = faults(GOOD.replace("{share} % {label}", "{share} % {most}"))
    assert fault == (8, "`{most}` has no value. A chart knows label, count, share.")


def test_what_a_file_says():
    read = report_definition.read(GOOD, "kota.yaml")
    assert (read.title.said("en_GB"), read.title.said("id"), read.called.said("en")) == (
        "City report",
        "Laporan Kota",
        "Laporan kota",
    )
    agencies, listed = read.tables
    assert agencies.measures[0][2] == Measure("steps", What.COUNT, "", "late", ("true",))
    assert [measure.kind for _, _, measure in agencies.measures] == [Kind.COUNT, Kind.DECIMAL]
    assert [column.kind for column in listed.heads] == [Kind.TEXT, Kind.INSTANT]
    assert read.sentences[0].values["n"].values == ("browser", "script")
    assert not read.files and len(read.version) == 64
    assert [(one.key, one.title.said("en"), one.hint.said("en")) for one in read.blocks] == [
        ("policy", "Kebijakan", "Legal basis")
    ]
    assert [one.holds for one in read.chapters] == [("policy",), ("list", "agencies")]


@pytest.mark.parametrize("path", sorted(OURS.glob("*.yaml")), ids=lambda path: path.stem)
def test_ours_are_in_both_languages(path):
    read = report_definition.read(path.read_text(encoding="utf-8"), path.name)
    said = [table.title for table in read.tables] + [head for table in read.tables for _, head, _ in table.measures]
    said += [sentence.text for sentence in read.sentences] + [chart.text for chart in read.charts] + [read.called]
    said += [one.title for one in (*read.blocks, *read.chapters)] + [one.hint for one in read.blocks if one.hint]
    assert read.name == path.stem and said
    assert all(set(words.by_language) == {"id", "en"} for words in said)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("columns: [dataset, at]", "columns: [dataset, umur]", 20, "'published' has no column 'umur'. Known are"),
        ("from: published", "from: gaji", 19, "no facts 'gaji'"),
        ("steps median days", "steps median officer", 15, "'officer' holds no numbers"),
        ("steps median days", "steps median", 15, "Write the column after `median`"),
        ("steps median days", "steps share", 15, "a share of what?"),
        ("steps median days", "SELECT 1", 15, "is no measure"),
        ("order: [-late]", "order: [umur]", 16, "`order` names 'umur'"),
        ("by: [producer]", "by: [client]", 12, "'steps' has no column 'client'"),
        ("measure: late", "measure: lain", 8, "names no measure of a table"),
        ("{n} unduhan", "{n} {m}", 5, "`{m}` has no value"),
        ("key: list", "key: agencies", 17, "stands twice"),
        ("name: kota", "name: Kota Kita", 1, "Write small letters"),
        ("name: kota", "nama: kota", 1, "Unknown key `nama`"),
        ("    title: Daftar\n", "", 17, "`title` is missing"),
        ("name: kota", "name: kota\nprocess: gaji", 2, "`process` is 'gaji'"),
        ("name: kota", "name: kota\npublic: true", 18, "A public report lists dataset, at."),
        ("name: kota", "name: kota\npublic: true", 11, "A public report counts 'steps'."),
        ("name: kota", "name: kota\nonly_with: gaji", 2, "'gaji'"),
        ("key: policy", "key: list", 22, "stands twice"),
        ("title: Kebijakan", "judul: Kebijakan", 22, "Unknown key `judul`"),
        ("holds: [policy]", "holds: [aturan]", 23, "no table and no text 'aturan'"),
        ("holds: [policy]", "holds: [policy, list]", 23, "'list' stands in 2 chapters"),
        (", agencies]", "]", 23, "'agencies' stands in 0 chapters"),
        ("late=true", "late=ja", 14, "'late' is never 'ja'. Known are true, false."),
        ("late=true", "late=True", 14, "'late' is never 'True'"),
        ("late=true", "late=true|false", 14, "true and false at once"),
        ("late=true", "role=raja", 14, "'role' is never 'raja'. Known are walidata"),
        ("late=true", "days=5", 14, "'days' holds numbers"),
        ("late=true", "at=2026-10", 14, "'at' holds numbers or times"),
        ("late=true", "month=2026-13", 14, "'month' is never '2026-13'"),
        ("late=true", "producer=dinas|", 14, "'producer' is never ''"),
        ("client=browser|script", "client=browser|chrome", 6, "'client' is never 'chrome'"),
        ("is: steps median days}", "is: steps median days, warna: merah}", 15, "Unknown key `warna`"),
        ("{key: days, ", "{key: late, ", 10, "Two columns are called 'late'"),
        ("{key: days, ", "{key: producer, ", 10, "Two columns are called 'producer'"),
        ("{key: days, ", "{key: late_before, ", 10, "as are those of the period before"),
        ("by: [producer]", "by: [producer, producer]", 10, "Two columns are called 'producer'"),
        ("by: [producer]", "by: [late]", 12, "'late' is true or false and no column"),
        ("columns: [dataset, at]", "columns: [dataset, dataset]", 17, "Two columns are called 'dataset'"),
        ("order: [-late]", "order: [--late]", 16, "`order` names '--late'"),
        ("head: Median", "head: ''", 15, "`head` is empty"),
        ("{n} unduhan", "{n unduhan", 5, "do not pair"),
        ("{n} unduhan", "{n.__class__}", 5, "hold more than a name"),
        ("{n} unduhan", "{n:>999999999}", 5, "hold more than a name"),
        ("{n} unduhan", "{n!r}", 5, "hold more than a name"),
        ("{n} unduhan", "{ n }", 5, "hold more than a name"),
        ("{n} unduhan", "{}", 5, "hold more than a name"),
        ("{share} % {label}", "{share {label}", 8, "do not pair"),
        ("values: {n: downloads count where client=browser|script}", "values: [n]", 6, "`values` cannot be read"),
        ("values: {n: downloads count where client=browser|script}", "values: n", 6, "`values` cannot be read"),
        ("measure: late", "measure: [late]", 8, "names no measure of a table"),
        ('{id: "Laporan Kota", en: "City report"}', "{id: '', en: City report}", 2, "`title` is empty"),
        ('{id: "Laporan Kota", en: "City report"}', "{id: [x]}", 2, "`title` is \"['x']\""),
        ('{id: "Laporan Kota", en: "City report"}', "{fr: Ville}", 2, "no language of the portal"),
        ('{id: "Laporan Kota", en: "City report"}', '"a\\0b"', 2, "`title` is"),
        ("name: kota", "name: kota\nnothing: 'Tidak ada {x}.'", 2, "`{x}` has no value"),
        ("name: kota", "name: kota\nperiods: []", 2, "`periods` names none"),
        ("name: kota", "name: kota\nperiods: [bulan]", 2, "Unknown period 'bulan'"),
        ("name: kota", "name: kota\nfiled: ja", 2, "`filed` is 'ja'"),
        ("name: kota", "name: kota\nwarna: merah", 2, "Unknown key `warna`"),
        ("name: kota", "name: kota\nfile: ../../x", 2, "`file` is '../../x'"),
        ("name: kota", 'name: kota\nfile: "a\\r\\nX-Y: 1"', 2, "`file` is"),
        ("name: kota", "name: kota\nfile: [a]", 2, "`file` is"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old, new, line, told):
    assert old in GOOD
    found = faults(GOOD.replace(old, new, 1))
    assert any(at == line and told in text for at, text in found), found


@pytest.mark.parametrize(
    ("is_", "by", "told"),
    [
        ("datasets count", "stage", "counts 'datasets'"),
        ("datasets count where stage=published", "producer", "counts 'datasets'"),
        ("reclassifications count", "basis", "counts 'reclassifications'"),
        ("misses count", "words", "counts 'misses'"),
        ("metadata count", "gaps", "counts 'metadata'"),
        ("requests count", "level", "shows 'level'"),
        ("requests count where level=tertutup", "producer", "shows 'level'"),
        ("requests distinct package", "producer", "shows 'package'"),
        ("downloads count", "dataset", "shows 'dataset'"),
        ("catalogue count where level=terbatas", "producer", ""),
    ],
)
def test_everybody_is_shown_no_count_of_what_is_not_public(is_, by, told):
    head = "name: umum\nkind: Umum\ntitle: Umum\npublic: true\ntables:\n"
    text = f"{head}  - {{key: t, title: T, by: [{by}], measures: [{{key: n, head: N, is: {is_}}}]}}\n"
    if not told:
        assert report_definition.read(text, "umum.yaml").is_public
        return
    found = faults(text)
    assert all(told in said for _line, said in found), found


def nodes(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from nodes(inner, (*path, key))


def with_other(value, path, other):
    if not path:
        return other
    copied = value.copy()
    copied[path[0]] = with_other(value[path[0]], path[1:], other)
    return copied


@pytest.mark.parametrize(
    "other", ["", "x", "{", "{x}", 5, [], ["x"], {}, {"x": "y"}, [["x"]], [{"x": ["y"]}]], ids=repr
)
def test_whatever_stands_anywhere_is_read_or_told_with_its_line(other):
    good = yaml.safe_load(GOOD)
    for path in nodes(good):
        text = yaml.safe_dump(with_other(good, path, other), sort_keys=False)
        try:
            report_definition.read(text, "kota.yaml")
        except BadSop as refusal:
            last = text.count("\n")
            assert all(0 < one.line <= last and one.file == "kota.yaml" for one in refusal.problems), (path, refusal)


def test_the_codes_that_may_be_chosen_are_those_that_have_words():
    assert {name: set(codes) for name, codes in CODES.items()} == {
        name: set(known) - {"robot"}  # recorded, and of no fact
        for name, known in words.VOCABULARIES.items()
    }


def test_two_files_of_one_name_and_one_that_would_not_be_read_are_told(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    assert definitions.read_all([tmp_path], report_definition.read)["kota"].name == "kota"
    (tmp_path / "b.yaml").write_text(GOOD)
    (tmp_path / "c.yml").write_text(GOOD)
    with pytest.raises(BadSop) as refusal:
        definitions.read_all([tmp_path], report_definition.read)
    told = [(Path(one.file).name, one.fault) for one in refusal.value.problems]
    assert told == [("c.yml", "The file would not be read."), ("b.yaml", "`name` is 'kota', as in a.yaml.")]


def test_what_is_no_mapping_is_told():
    assert faults("- a")[0][0] == 1
    assert faults("name: [")[0][0] >= 1
