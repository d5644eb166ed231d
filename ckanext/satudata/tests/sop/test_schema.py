"""The published schema takes every file we ship and refuses what the reader refuses of their shape."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from ckanext.satudata.domain import sop_file, sop_form, sop_schema
from ckanext.satudata.domain.sop_text import BadSop
from ckanext.satudata.tests.domain.test_sop_file import FILES, GOOD
from ckanext.satudata.tests.domain.test_sop_shape import FORM, TEXT

FOLDER = Path(sop_file.__file__).parents[1] / "sop"
FORMS = sorted(FOLDER.glob("*/formulir/*.yaml"))
PROCESS, SIGNED = (Draft202012Validator(one) for one in (sop_schema.process_schema(), sop_schema.form_schema()))


class Editors(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `no` is a word, 01-02 no date."""


Editors.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":bool", ":timestamp"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editors.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def faults(validator, text: str) -> list[str]:
    return [fault.message for fault in validator.iter_errors(yaml.load(text, Loader=Editors))]


@pytest.mark.parametrize("path", [*FILES, *FORMS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_fits_and_names_its_schema(path):
    text = path.read_text(encoding="utf-8")
    assert faults(SIGNED if path in FORMS else PROCESS, text) == []
    named = re.search(r"^# yaml-language-server: \$schema=(\S+)$", text, re.M)
    schema = json.loads((path.parent / named.group(1)).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema == (sop_schema.form_schema() if path in FORMS else sop_schema.process_schema())


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (GOOD, "pelaksana: verifier", "pelaksana: pemeriksa"),
        (GOOD, "{submit: 2}", "{kirim: 2}"),
        (GOOD, "5 working_days", "5"),
        (GOOD, "5 working_days", "5 hari"),
        (GOOD, "title: Uji", "judul: Uji"),
        (GOOD, "process: preparation", "process: apa_saja"),
        (GOOD, "    uraian: Menyusun\n", ""),
        (TEXT, "01-31", "besok"),
        (TEXT, "decree.record", "apa.record"),
        (TEXT, "[-1, 0]", "[besok]"),
        (TEXT, "stand_in: walidata", "stand_in: siapa"),
        (TEXT, "https://nusasari.example/data", "nusasari.example"),
        (TEXT, "in_turn: true", "in_turn: ya"),
        (TEXT, "override: [walidata, department_head]", "override: [bupati]"),
        (TEXT, "steps:", "outputs: {Draf: letter surat}\nsteps:"),
        (TEXT, "steps:", "outputs: {Draf: letter}\nsteps:"),
        (TEXT, "steps:", "outputs: {Draf: tangan}\nsteps:"),
    ],
)
def test_a_wrong_shape_is_refused_by_schema_and_reader(text, old, new):
    assert faults(PROCESS, text) == []
    sop_file.read(text)
    assert old in text and faults(PROCESS, text.replace(old, new, 1))
    with pytest.raises(BadSop):
        sop_file.read(text.replace(old, new, 1))


@pytest.mark.parametrize("old", ["  nomor: 1/2026\n", "head:", "operator:"])
def test_a_wrong_form_is_refused_by_both(old):
    wrong = FORM.replace(old, "" if old.endswith("\n") else old.replace(":", "x:"))
    assert faults(SIGNED, FORM) == [] and faults(SIGNED, wrong)
    with pytest.raises(BadSop):
        sop_form.read(wrong, "formulir/uji.yaml")
