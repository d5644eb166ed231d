"""The chart of an open file as its page draws it: words and positions, for an SVG that is as wide as the page."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from babel.dates import format_date
from babel.numbers import format_compact_decimal

from ckanext.satudata.domain.chart import BARS, Chart, Point
from ckanext.satudata.domain.errors import SatudataError, TooMany
from ckanext.satudata.domain.figures import Time
from ckanext.satudata.shared import wording, words
from ckanext.satudata.shared.files import chart

__all__ = ["satudata_chart"]

ROW, BELOW = 46, 28
"""Pixels for a bar with its label above; for the axis below."""
TOP, BOTTOM = 20, 220
"""Pixels between which a line is drawn."""
LEFT, RIGHT = 18.0, 96.0
"""Percent of the width between which a line is drawn; the axis is written to the left of it."""
PHONE, LETTER, DIGIT = 286, 7.6, 8.7
"""Pixels of the narrowest drawing, of a letter and of a bold digit: a category's name ends before its value begins."""


def satudata_chart(pkg: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """`title` (the finding), `notes`, `axis`, `height`, `ticks`, `bars` or `dots` and `lines`, `headers`, `rows`.

    Or the `fault`, which passes where it `is_busy`. Horizontal positions are percent, vertical ones pixels.
    """
    told = {"unit": str(pkg.get("satuan") or ""), "measure_kind": str(pkg.get("ukuran") or "")}
    try:
        found = chart.of_resource(model.Session, resource["id"], **told)
    except SatudataError as error:
        return {"fault": words.error_text(error), "is_busy": isinstance(error, TooMany)}
    if found is None:
        return {"fault": tk._("Its columns allow no chart that would be right.")}
    return drawn(replace(found, unit=tk.h.satudata_term("satuan", found.unit) or ""))


def drawn(found: Chart) -> dict[str, Any]:
    """What `satudata_chart` says of a chart, whose unit is a word of the reader's."""
    unit = found.unit
    # "Indeks (indeks)" says it twice.
    said = re.search(rf"\b{re.escape(unit)}\b", _plain(found.measure), re.I)
    found = replace(found, unit="" if said else unit)
    measure, by = _measure(found), _by(found)
    return {
        "title": _finding(found, measure, by),
        "notes": _notes(found),
        "axis": f"{measure} ({found.unit})" if found.unit else measure,
        "headers": [_first_big(by), f"{measure} ({found.unit})" if found.unit else measure]
        + ([tk._("Rows of the file")] if found.how else []),
        "rows": [
            [_label(point), _value(found, point), *([wording.number(point.rows)] if found.how else [])]
            for point in found.points
        ],
        **(_as_line(found) if found.over_time and len(found.points) > 2 else _as_bars(found)),
    }


def _plain(head: str) -> str:
    text = re.sub(r"[_\s]+", " ", head).strip()
    text = re.sub(r"^nama (?=\w)", "", text, flags=re.I)
    return text if text.isupper() and len(text) < 6 else text[:1].lower() + text[1:]


def _first_big(text: str) -> str:
    return text[:1].upper() + text[1:]


def _measure(found: Chart) -> str:
    name = _plain(found.measure)
    if found.how == "mean" and not re.match(r"rata|mean|average", name, re.I):
        return tk._("Mean of {measure}").format(measure=name)
    if found.how == "sum" and not re.match(r"jumlah|total|banyak", name, re.I):
        return tk._("Total of {measure}").format(measure=name)
    return _first_big(name)


def _by(found: Chart) -> str:
    spans = {"month": tk._("month"), "year": tk._("year")}
    return spans.get(found.span) or _plain(found.by)


def _label(point: Point) -> str:
    time = point.label
    if isinstance(time, Time) and time.month:
        return format_date(time.first_day(), "d MMM y" if time.day else "MMM y", locale=wording.locale_of(None))
    return str(time)


def _value(found: Chart, point: Point) -> str:
    """The figure as it is; a mean to two places, a half upwards, as at school."""
    value = point.value.quantize(Decimal("0.01"), ROUND_HALF_UP) if found.how == "mean" else point.value
    return wording.number(value)


def _finding(found: Chart, measure: str, by: str) -> str:
    unit = f" {found.unit}" if found.unit else ""
    first, last = found.points[0], found.points[-1]
    said = {"measure": measure, "by": by, "first": _value(found, first) + unit}
    said |= {"last": _value(found, last) + unit, "start": _label(first), "end": _label(last)}
    if found.over_time and not found.span:
        if last.value > first.value:
            text = tk._("{measure} rose from {first} in {start} to {last} in {end}")
        elif last.value < first.value:
            text = tk._("{measure} fell from {first} in {start} to {last} in {end}")
        else:
            text = tk._("{measure} was the same in {start} and in {end}: {last}")
        return text.format(**said)
    most = max(found.points, key=lambda point: point.value)
    said["first"] = _value(found, most) + unit
    highest = [_label(point) for point in found.points if point.value == most.value]
    if len(highest) == len(found.points):
        return tk._("{measure} is the same for every {by}: {first}").format(**said)
    named = [label if found.span or label.lower().startswith(by.lower()) else f"{by} {label}" for label in highest]
    name = ", ".join(named[:BARS]) + ("…" if len(named) > BARS else "")
    return tk._("{measure} is highest for {name}: {first}").format(**said, name=name)


def _notes(found: Chart) -> list[str]:
    rows = wording.number(sum(point.rows for point in found.points))
    notes = {
        "": tk._("Each value is one row of the file."),
        "sum": tk._("Added up from {rows} rows of the file.").format(rows=rows),
        "mean": tk._("Mean of {rows} rows of the file, each of which counts the same.").format(rows=rows),
    }
    told = [notes[found.how]]
    if found.left_out:
        every = len(found.points) + found.left_out
        told.append(
            tk._("The {count} largest of {every}.").format(
                count=wording.number(len(found.points)), every=wording.number(every)
            )
        )
    spans = {
        "month": tk._("The days of each month stand together; the first and the last month may not be whole."),
        "year": tk._("The days of each year stand together; the first and the last year may not be whole."),
    }
    if found.span:
        told.append(spans[found.span])
    if found.totals:
        told.append(tk._("Rows of totals in the file are left out."))
    return told


def _steps(values: list[float]) -> list[float]:
    """Round numbers from zero (or below the least) to above the largest, about four apart."""
    low, high = min(0.0, *values), max(0.0, *values)
    rough = ((high - low) or 1.0) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(many * size for many in (1, 2, 2.5, 5, 10) if many * size >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _tick(value: float) -> str:
    return format_compact_decimal(value, format_type="long", fraction_digits=2, locale=wording.locale_of(None))


def _as_bars(found: Chart) -> dict[str, Any]:
    values = [float(point.value) for point in found.points]
    steps = _steps(values)
    low, span = steps[0], steps[-1] - steps[0]

    def at(value: float) -> float:
        return round((value - low) / span * 100, 2)

    bottom = ROW * len(values)
    told = {low: "start", steps[-1]: "end"}
    return {
        "height": bottom + BELOW,
        "bottom": bottom,
        "ticks": [
            {"x": at(step), "label": _tick(step) if step in told else "", "side": told.get(step)} for step in steps
        ],
        "bars": [
            {
                "y": ROW * number,
                "x": min(at(value), at(0)),
                "width": max(round(abs(at(value) - at(0)), 2), 0.3),
                "label": _short(_label(point), _value(found, point)),
                "value": _value(found, point),
            }
            for number, (point, value) in enumerate(zip(found.points, values, strict=True))
        ],
    }


def _short(label: str, value: str) -> str:
    """The name as far as a telephone has room for it beside the value; the table has the whole."""
    room = max(10, int((PHONE - DIGIT * len(value)) / LETTER))
    return label if len(label) <= room else f"{label[: room - 1].rstrip()}…"


def _as_line(found: Chart) -> dict[str, Any]:
    values = [float(point.value) for point in found.points]
    steps = _steps(values)
    low, span = steps[0], steps[-1] - steps[0]
    times = [_moment(point.label) for point in found.points if isinstance(point.label, Time)]

    def down(value: float) -> float:
        return round(BOTTOM - (value - low) / span * (BOTTOM - TOP), 1)

    dots = [
        {"x": round(LEFT + (time - times[0]) / (times[-1] - times[0] or 1) * (RIGHT - LEFT), 2), "y": down(value)}
        for time, value in zip(times, values, strict=True)
    ]
    labels = [_label(point) for point in found.points]
    most = 4 if max(map(len, labels)) <= 4 else 2
    last = len(dots) - 1
    step = math.ceil(last / most)
    shown = set(range(last, -1, -step))
    if min(shown) > step / 2:
        shown.add(0)
    return {
        "height": BOTTOM + BELOW,
        "bottom": BOTTOM,
        "ticks": [{"y": down(step), "label": _tick(step)} for step in steps],
        "dots": dots,
        "lines": list(zip(dots, dots[1:], strict=False)),
        "times": [
            {"x": dots[at]["x"], "label": labels[at], "side": "end" if at == last else "middle"} for at in sorted(shown)
        ],
    }


def _moment(time: Time) -> int:
    """A number that grows as time does, for years, school years, months and days among themselves."""
    return time.first_day().toordinal() if time.day else time.year * 12 + time.month
