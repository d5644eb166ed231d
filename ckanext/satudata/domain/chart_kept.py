"""A chart as JSON: kept with the version of the data from which it was reckoned."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from ckanext.satudata.domain.chart import Chart, Point
from ckanext.satudata.domain.figures import Time


def plain(chart: Chart) -> dict[str, Any]:
    """The chart in JSON values; its figures stay exact, as texts."""
    points = [
        {
            "label": asdict(point.label) if isinstance(point.label, Time) else point.label,
            "value": str(point.value),
            "rows": point.rows,
        }
        for point in chart.points
    ]
    return {**asdict(chart), "points": points}


def read(data: dict[str, Any]) -> Chart:
    """The same chart again."""
    points = tuple(
        Point(
            Time(**one["label"]) if isinstance(one["label"], dict) else one["label"],
            Decimal(one["value"]),
            one["rows"],
        )
        for one in data["points"]
    )
    return Chart(**{**data, "points": points})
