"""The charts of a report: one Vega-Lite drawing for the page, the PDF and the DOCX, made here without a browser.

The converter is V8 inside a wheel: about 0.7 s of CPU for the first chart of a process, 0.05 s for each after it
(docs/decisions/report-charts.md). It reads no address and no file: the numbers stand in the drawing itself.
A sign that XML does not hold would end the whole process in it, with all requests that are under way there: `_drawn`
and `png` are its only doors, and nothing goes through them with such a sign.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from ckanext.satudata.domain import signs
from ckanext.satudata.domain.report import Chart, Drawing, Kind, month_start
from ckanext.satudata.shared import wording

WIDE, NARROW = 476, 280
"""Points across: the lines of an A4 page; a phone."""
VEGA_LITE = "5.20"
_FONT = "Libertinus Serif, Liberation Sans, Arial, sans-serif"
"""The first is typst's own, the others are for the page and for pictures."""
_INK, _SOFT, _LINE, _BAR = "#14202b", "#465566", "#d3dae1", "#12406b"
_ASIDE = {"color": _SOFT, "fontSize": 10, "fontWeight": "normal"}
_LETTER, _DIGIT, _TEXT, _THICK, _GAP = 5.6, 6.4, 13, 13, 9
"""Width of a letter and of a digit, height of a line of a label, thickness of a bar, space between two of them."""
_ABOVE, _LINES = 2, 3
"""Space between a label and its bar; lines of a label at most, the table has the whole of it."""


def svg(chart: Chart, *, locale: str | None = None, wide: int = WIDE) -> str:
    """The drawing. No label in it is ever markup."""
    return _drawn(spec(chart, locale=locale, wide=wide), wording.locale_of(locale))


def _drawn(drawing: dict[str, Any], tongue: Locale) -> str:
    import vl_convert  # 30 MB that only who draws needs

    return str(
        vl_convert.vegalite_to_svg(
            signs.held_in(drawing),
            vl_version=VEGA_LITE,
            allowed_base_urls=[],
            show_warnings=False,
            format_locale={
                "decimal": get_decimal_symbol(tongue),
                "thousands": get_group_symbol(tongue),
                "grouping": [3],
                "currency": ["", ""],
            },
        )
    )


def on_page(chart: Chart, links: Sequence[str] = (), *, wide: int = WIDE) -> str:
    """The drawing as part of a page, where its words stand beside it; `links`: where each bar or point leads, or "".

    Hidden from screen readers and left out by Tab: the table below has the same numbers with the same links.
    """
    drawing = re.sub(r"<[a-z][^>]*>", lambda tag: _ROLES.sub("", tag[0]), svg(chart, wide=wide))
    drawing = drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    drawn = [url for url, (_, number) in zip(links, chart.bars, strict=False) if number is not None]
    return _MARKS[chart.drawing].sub(lambda group: _linked(group, drawn), drawing, count=1)


_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_MARKS = {
    Drawing.BARS: re.compile(r'(<g class="mark-rect role-mark layer_0_marks"[^>]*>)(.*?)(</g>)', re.S),
    Drawing.LINE: re.compile(r'(<g class="mark-symbol role-mark layer_1_marks"[^>]*>)(.*?)(</g>)', re.S),
}


def _linked(group: re.Match[str], links: Sequence[str]) -> str:
    """The marks of a group in the order of the chart, each inside its link."""
    marks = re.findall(r"<path [^>]*/>", group[2])
    if len(marks) != len(links):
        return group[0]
    made = (
        f'<a href="{escape(url, quote=True)}" tabindex="-1">{mark}</a>' if url else mark
        for mark, url in zip(marks, links, strict=True)
    )
    return group[1] + "".join(made) + group[3]


def png(drawing: str) -> bytes:
    """The picture of what `svg` gave, for programs that show no SVG."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(signs.held(drawing), scale=3))


def spec(chart: Chart, *, locale: str | None = None, wide: int = WIDE) -> dict[str, Any]:
    """The chart as Vega-Lite; `wide` is the width of the whole in points."""
    drawn = _line(chart, locale, wide) if chart.drawing is Drawing.LINE else _bars(chart, locale, wide)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": wide,
        "autosize": {"type": "fit", "contains": "padding"},
        # A number may stand on top of the highest point.
        "padding": {"left": 5, "right": 5, "bottom": 5, "top": 12 if chart.drawing is Drawing.LINE else 5},
        "background": "white",
        "config": {
            "aria": False,
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": _INK,
                "labelFontSize": 10,
                **{f"title{key[:1].upper()}{key[1:]}": value for key, value in _ASIDE.items()},
                "gridColor": _LINE,
                "domainColor": _SOFT,
                "tickColor": _SOFT,
            },
            "text": {"color": _INK, "fontSize": 11},
        },
        **drawn,
    }


def label(chart: Chart, text: str, locale: str | None = None) -> str:
    """What stands at a bar or point: months of a line in words."""
    return wording.month(month_start(text), locale=locale) if chart.drawing is Drawing.LINE else text


def _number(chart: Chart, value: float | None, locale: str | None) -> str:
    if value is None:
        return ""
    return wording.number(value, places=2 if chart.kind is Kind.DECIMAL else 0, locale=locale)


def _numbers(chart: Chart, top: float, ticks: int, wide: int) -> dict[str, Any]:
    """The axis of the numbers from 0, with at most so many steps of 1, 2 or 5; whole ones for what is counted."""
    step = float(max(top, 1e-9)) / ticks
    unit = 10 ** math.floor(math.log10(step))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= step)
    step = max(step, 1) if chart.kind is Kind.COUNT else step
    axis = {
        "title": _wrapped(chart.about, wide) if chart.drawing is Drawing.BARS else None,
        "values": [round(step * number, 6) for number in range(int(top / step) + 1)],
        "format": ",~f",
    }
    return {"field": "number", "type": "quantitative", "scale": {"domain": [0, top], "nice": False}, "axis": axis}


def _bars(chart: Chart, locale: str | None, wide: int) -> dict[str, Any]:
    """Each label above its bar, so that long ones have the whole width, and the number behind it."""
    labels = [_wrapped(text, wide) for text, _ in chart.bars]
    most_lines = max(map(len, labels))
    step = most_lines * _TEXT + _ABOVE + _THICK + _GAP
    values = [
        {"place": place, "label": lines, "lines": len(lines), "number": number, "said": _number(chart, number, locale)}
        for place, (lines, (_, number)) in enumerate(zip(labels, chart.bars, strict=True))
    ]
    room = (max(len(str(value["said"])) for value in values) * _DIGIT + 8) / wide
    numbers = _numbers(chart, max(number or 0 for _, number in chart.bars) / (1 - room), wide // 80, wide)
    numbers["axis"]["grid"] = False
    middle = step / 2 - _GAP - _THICK / 2
    text = {"type": "text", "align": "left"}
    return {
        "height": {"step": step},
        "data": {"values": values},
        "encoding": {"y": {"field": "place", "type": "ordinal", "axis": None, "scale": {"padding": 0}}},
        "layer": [
            {
                "mark": {"type": "bar", "size": _THICK, "color": _BAR, "yOffset": middle},
                "encoding": {"x": numbers},
            },
            {
                "mark": {**text, "baseline": "middle", "dx": 4, "yOffset": middle},
                "encoding": {"x": numbers, "text": {"field": "said"}},
            },
            {
                # The last line of a label stands just above its bar, however many it has.
                "mark": {
                    **text,
                    "baseline": "line-top",
                    "lineHeight": _TEXT,
                    "dy": {"expr": f"({most_lines} - datum.lines) * {_TEXT} - {step / 2}"},
                },
                "encoding": {"x": {"value": 0}, "text": {"field": "label"}},
            },
        ],
    }


def _wrapped(text: str, wide: int) -> list[str]:
    """The lines that a text takes."""
    lines = textwrap.wrap(" ".join(text.split()), int(wide / _LETTER), max_lines=_LINES, placeholder=" …")
    return lines or ["–"]


def _line(chart: Chart, locale: str | None, wide: int) -> dict[str, Any]:
    """Months from left to right, a point for each, with its number where there is room."""
    values = [
        {
            "month": format_date(month_start(month), "MMM y", locale=wording.locale_of(locale)),
            "number": number,
            "said": _number(chart, number, locale),
        }
        for month, number in chart.bars
    ]
    names = [value["month"] for value in values]
    every = math.ceil(len(names) / (wide // 40))
    axis = {"title": None, "labelAngle": 0, "labelExpr": "split(datum.label, ' ')", "values": names[::every]}
    top = 1.12 * max(number or 0 for _, number in chart.bars)
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "color": _BAR, "strokeWidth": 2}},
        {"mark": {"type": "point", "color": _BAR, "filled": True, "opacity": 1, "size": 36 if every == 1 else 10}},
    ]
    if every == 1:
        # On a white rim, so that the line does not run through the digits.
        said = {"encoding": {"text": {"field": "said"}}}
        rim = {"stroke": "white", "strokeWidth": 4, "strokeJoin": "round"}
        layers += [{"mark": {"type": "text", "dy": -11, **look}, **said} for look in (rim, {})]
    return {
        "height": 150,
        # Above, since a long one would not fit beside the axis.
        "title": {"text": _wrapped(chart.about, wide), "anchor": "start", **_ASIDE},
        "data": {"values": values},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "sort": names, "axis": axis},
            "y": _numbers(chart, top, 5, wide),
        },
        "layer": layers,
    }
