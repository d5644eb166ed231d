"""Posts, purely: which parts a step may change and must leave, by each government's file; the texts to paste."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ckanext.satudata.domain import chart, chart_kept
from ckanext.satudata.domain import post as rules
from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.post import Channel, Part
from ckanext.satudata.domain.sop import Command
from ckanext.satudata.shared.sop import sops

WHOLE = {Part.SELECTION, Part.DRAWING, Part.CAPTION}
PARTS = {
    ("magetan", "channel_post"): {"2": {Part.SELECTION}, "3": {Part.SELECTION}, "4": WHOLE, "5": WHOLE},
    ("malang", "channel_post"): {"7": WHOLE},
    ("jember", "channel_post"): {"4": WHOLE},
    ("default", "channel_post"): {"1": WHOLE},
    ("maluku_utara", "analysis_report"): {"3": {Part.SELECTION}, "4": WHOLE},
}
LEFT = {
    "2": {Part.SELECTION},
    "3": {Part.SELECTION},
    "4": {Part.SELECTION, Part.DRAWING},
    "5": {Part.POST},
}
"""What Magetan's steps must leave."""
CONTENT = {
    "title": "Sekolah",
    "caption": "Klojen 12.",
    "tags": ["kota"],
    "period": "2025",
    "with_chart": True,
    "sources": [{"chart": {"points": []}}],
    "files": [{"alt": "Peta"}],
}


def sop_of(government, process):
    return sops._loaded(government)[process].sop


@pytest.mark.parametrize(("government", "process"), PARTS)
def test_nobody_changes_it_where_it_is_ordered_checked_or_published(government, process):
    sop = sop_of(government, process)
    found = {no: set(rules.parts_at(sop, no)) for no in sop.steps}
    assert {no: parts for no, parts in found.items() if parts} == PARTS[government, process]


def test_each_step_leaves_what_its_output_says():
    sop = sop_of("magetan", "channel_post")
    for no, wanted in LEFT.items():
        assert rules.demanded(sop, no, next(iter(sop.step(no).exits))) == wanted, no
    for no, command in (("6", Command.RETURN), ("2", Command.WITHDRAW)):
        assert not rules.demanded(sop, no, command)
    order = sop_of("malang", "channel_post")
    assert not rules.demanded(order, "5", Command.RECORD) and not rules.demanded(order, "6", Command.RECORD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sources": []}, "sources"),
        ({"title": ""}, "title"),
        ({"caption": ""}, "caption"),
        ({"files": [{"alt": "Peta"}, {"alt": ""}]}, "alt_2"),
        ({"files": [], "with_chart": False}, "file"),
        ({"files": [], "sources": [{"chart": None}]}, "file"),
    ],
)
def test_what_lacks_a_part_is_told_at_its_field(change, field):
    assert not list(rules.gaps(CONTENT, {Part.POST}))
    assert [gap.field for gap in rules.gaps({**CONTENT, **change}, {Part.POST})] == [field]


def test_a_chart_is_a_drawing_where_the_file_asks_for_no_other():
    drawn = {**CONTENT, "files": []}
    assert not list(rules.gaps(drawn, {Part.POST}))
    assert [gap.field for gap in rules.gaps(drawn, {Part.DRAWING})] == ["file"]
    assert {gap.field for gap in rules.gaps({**drawn, "period": ""}, {Part.ANALYSIS})} == {"file", "period"}


def test_texts_say_by_how_much_they_are_too_long_and_are_never_cut():
    found = {one.channel: one for one in rules.texts({**CONTENT, "caption": "x" * 2300}, "Sumber: A", "https://a.id/1")}
    assert found[Channel.INSTAGRAM].over == len(found[Channel.INSTAGRAM].text) - 2200 > 0
    assert found[Channel.X].text == "Sekolah\n\nhttps://a.id/1\n\n#kota" and not found[Channel.X].over
    assert "Sumber: A" in found[Channel.WHATSAPP].text and not found[Channel.WEBSITE].over
    assert "https://" not in found[Channel.INSTAGRAM].text


def test_hashtags():
    assert rules.clean_tags("#kota, #Sehat  kota_2025") == ["kota", "Sehat", "kota_2025"]
    for wrong in ("#dua-kata", "#" + "x" * 60, " ".join(f"t{n}" for n in range(31))):
        with pytest.raises(Invalid):
            rules.clean_tags(wrong)


@pytest.mark.parametrize(
    "rows",
    [[["A", "1,5"], ["B", "2"]], [["2023/2024", "1"], ["2024/2025", "3"]], [["2024-01-31", "1"], ["2024-02-01", "2"]]],
)
def test_a_chart_comes_back_from_json_as_it_went_in(rows):
    found = chart.of_table(["tahun" if rows[0][0] != "A" else "nama", "jumlah"], rows, unit="unit")
    assert found is not None and isinstance(found.points[0].value, Decimal)
    assert chart_kept.read(chart_kept.plain(found)) == found
