"""Whatever shape a value has, the reader answers with an SOP or with faults that say where; the schema takes it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.domain import sop_file, sop_form
from ckanext.satudata.domain.sop_text import BadSop, Faults, load
from ckanext.satudata.tests.domain.test_sop_file import FILES, GOOD
from ckanext.satudata.tests.domain.test_sop_shape import FORM, TEXT
from ckanext.satudata.tests.sop.test_schema import PROCESS, SIGNED, faults

EVERY_KEY = (
    TEXT.replace("channel_post", "request")
    .replace(
        "steps:",
        "reading: Begini\nstart: 3\nuntil: 03-31\nanytime: {withdraw: {to: end, by: operator, except: [4]}}\nsteps:",
    )
    .replace(
        "exits: {submit: 4}", "needs: {submit: [note]}\n    exits: {submit: 4}\n    output: [Draf]\n    guestbook: off"
    )
    .replace("approve: end", "approve: {to: end, by: operator, needs: [note], cancels: false, closes: [3], label: Ya}")
    .replace(
        "    in_turn: true",
        "    extra: true\n    pauses: true\n    kelengkapan: [Draf]\n    keterangan: x\n    in_turn: true",
    )
    + "outputs: {Draf: upload}\nhead: {nama: Uji}\n"
)
WRONG: tuple[Any, ...] = (
    *([], ["x", "x"], [""], [["x"]], [{"a": "b"}]),
    *({}, {"a": "b"}, {"a": {"b": ["c"]}}),
    *("", "x", "7", "-1", "end"),
)


class Plain(yaml.SafeDumper):
    """Writes words without quotes where that can be read again, as people do."""

    yaml_implicit_resolvers: dict = {}
    ignore_aliases = staticmethod(lambda data: True)


Plain.add_multi_representer(dict, Plain.represent_dict)
Plain.add_representer(type(None), lambda dumper, _none: dumper.represent_scalar("tag:yaml.org,2002:str", ""))


def dumped(data: Any) -> str:
    return yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False)


def places(data: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*above, key)
        yield from places(value, *above, key)


def put(text: str, place: tuple[Any, ...], value: Any) -> str:
    data = load(text, Faults("x.yaml"))
    at = data
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return dumped(data)


def answer(read, text: str) -> bool:
    """Whether it is taken; what is not is told in full."""
    try:
        read(text, "x.yaml")
    except BadSop as error:
        assert error.problems
        assert all(one.file == "x.yaml" and one.line and one.fault and one.mend for one in error.problems), str(error)
        return False
    return True


def test_the_text_has_every_key():
    assert answer(sop_file.read, dumped(load(EVERY_KEY, Faults("x.yaml")))), "it must run before it is spoiled"
    assert faults(PROCESS, EVERY_KEY) == []
    known = {*sop_file.TOP_KEYS, *sop_file.STEP_KEYS, *sop_file.ANYTIME_KEYS, *sop_file.START_KEYS}
    named = {place[-1] for place in places(load(EVERY_KEY, Faults("x.yaml")))}
    assert known - named == {"formulir", "agency_from"}


@pytest.mark.parametrize("place", list(places(load(EVERY_KEY, Faults("x.yaml")))), ids=str)
def test_no_value_of_a_wrong_shape_crashes_the_reader_or_is_dropped(place):
    for value in WRONG:
        text = put(EVERY_KEY, place, value)
        if answer(sop_file.read, text) and value not in ("", None):
            assert faults(PROCESS, text) == [], text


@pytest.mark.parametrize("place", list(places(load(FORM, Faults("x.yaml")))), ids=str)
def test_no_value_of_a_wrong_shape_crashes_the_reader_of_forms(place):
    for value in WRONG:
        text = put(FORM, place, value)
        if answer(sop_form.read, text) and value not in ("", None):
            assert faults(SIGNED, text) == [], text


VALUES = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["end", "stay", "note", "operator", "submit", "3 working_days"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_nor_does_any_value_in_the_files_we_ship(data):
    text = data.draw(st.sampled_from(FILES)).read_text(encoding="utf-8")
    place = data.draw(st.sampled_from(list(places(load(text, Faults("x.yaml"))))))
    answer(sop_file.read, put(text, place, data.draw(VALUES)))


@pytest.mark.parametrize(
    ("old", "new", "says", "step", "line"),
    [
        ("steps:", "anytime: [withdraw]\nsteps:", "`anytime` is a list", "", 3),
        ("steps:", "anytime: withdraw\nsteps:", "`anytime` is the text", "", 3),
        ("steps:", "start: [1]\nsteps:", "`start` is a list", "", 3),
        ("steps:", "mulai: [operator]\nsteps:", "`mulai` is a list", "", 3),
        ("steps:", "mulai: {each_agency: true}\nsteps:", "neither who begins", "mulai", 3),
        ("steps:", "mulai: {by: {a: b}}\nsteps:", "`by` is a mapping", "mulai", 3),
        ("steps:", "waktu: satu minggu\nsteps:", "no number", "", 3),
        ("    not_same", "    needs: [note]\n    not_same", "`needs` is a list", "2", 12),
        ("    not_same", "    needs: 7\n    not_same", "`needs` is the text", "2", 12),
        ("    not_same", "    needs: {return_: {a: b}}\n    not_same", "`return_` is a mapping", "2", 12),
        ("5 working_days", "-3 working_days", "neither a time nor a word", "1", 4),
        ("5 working_days", "working_days 3", "neither a time nor a word", "1", 4),
        ("5 working_days", "0 working_days", "is none", "1", 4),
        ("5 working_days", "[3, working_days]", "`waktu` is a list", "1", 7),
        ("5 working_days", "{n: 3}", "`waktu` is a mapping", "1", 7),
        ("{submit: 2}", "{submit: [2, end]}", "stands beside steps", "1", 8),
        ("{submit: 2}", "{submit: [2, 2]}", "twice", "1", 8),
        ("{submit: 2}", "{submit: {to: 2, except: [2]}}", "Unknown key `except`", "1", 8),
        ("  - no: 2", "  - no: end", "cannot be numbered", "end", 9),
        ("title: Uji", "title: [Uji]", "`title` is a list", "", 2),
        ("uraian: Menyusun", "uraian: !!set {a}", "YAML", "", 5),
        ("uraian: Menyusun", "uraian: !!timestamp x", "YAML", "", 5),
        ("uraian: Menyusun", "uraian: !!map [a]", "YAML", "", 5),
        ("uraian: Menyusun", "uraian: \0", "#x0000", "", 5),
        ("uraian: Menyusun", f"uraian: {'[' * 5000}", "nested too deeply", "", 1),
        ("uraian: Menyusun", "? [uraian]\n    : Menyusun", "a key is no text", "", 5),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(old, new, says, step, line):
    assert old in GOOD
    with pytest.raises(BadSop) as caught:
        sop_file.read(GOOD.replace(old, new, 1), "x.yaml")
    found = [one for one in caught.value.problems if says in one.fault]
    assert found, caught.value
    assert (found[0].step, found[0].line) == (step, line) and found[0].mend


def test_a_row_that_is_no_step_says_why():
    with pytest.raises(BadSop, match="does not say why"):
        sop_file.read(TEXT.replace("not_a_step: Judul tabel", "not_a_step:"))


def test_a_text_under_which_cases_began_is_still_read():
    for old, new in (
        ("5 working_days", "0 working_days"),
        ("{submit: 2}", "{submit: [2, end]}"),
        ("    not_same", "    needs: [note]\n    not_same"),
    ):
        assert sop_file.read_stored(GOOD.replace(old, new, 1)).first == "1"
