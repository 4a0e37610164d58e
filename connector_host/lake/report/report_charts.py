"""Charts of a report: Vega-Lite descriptions, drawn as SVG by vl-convert, which needs no network and no browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import FileError

__all__ = ["area_chart", "bar_chart", "line_chart"]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"  # a name, never fetched
WIDTH, HEIGHT = 620, 200
PADDING = {"left": 50, "right": 60, "top": 5, "bottom": 5}  # fonts of browsers are wider than the one that is measured
CONFIG = {
    "font": "sans-serif",
    "axis": {"labelColor": "#1a1a1a", "titleColor": "#1a1a1a", "gridColor": "#e5e5e5"},
    "view": {"stroke": None},
    "range": {"category": {"scheme": "tableau10"}},
}
Point = dict[str, Any]


def line_chart(points: Sequence[Point], value_title: str) -> str:
    """Return a line for each `series` over `day`: points have day, series and value."""
    mark = {"type": "line", "point": True, "interpolate": "step-after"}
    return _draw(points, mark, _over_time(points, value_title, stack=None))


def area_chart(points: Sequence[Point], value_title: str) -> str:
    """Return areas on top of each other, one for each `series`, over `day`."""
    if len({point["day"] for point in points}) < 2:  # an area needs two days
        return _draw(points, {"type": "bar", "size": 30}, _over_time(points, value_title, stack="zero"))
    return _draw(points, {"type": "area", "interpolate": "step-after"}, _over_time(points, value_title, stack="zero"))


def bar_chart(points: Sequence[Point], value_title: str) -> str:
    """Return a bar for each `series`, in the order of the points."""
    names = [point["series"] for point in points]
    encoding = {
        "y": {"field": "series", "type": "nominal", "sort": names, "title": None, "axis": {"labelLimit": 220}},
        "x": {"field": "value", "type": "quantitative", "title": value_title, "axis": {"tickMinStep": 1}},
    }
    return _draw(points, {"type": "bar"}, encoding, height=max(40, 22 * len(points)))


def _over_time(points: Sequence[Point], value_title: str, stack: str | None) -> dict[str, Any]:
    days = sorted({point["day"] for point in points})
    axis: dict[str, Any] = {"format": "%Y-%m-%d", "labelAngle": -40, "tickCount": "day"}
    if len(days) <= 12:
        axis["values"] = [f"{day}T00:00:00Z" for day in days]
    return {
        "x": {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None, "axis": axis},
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": value_title,
            "stack": stack,
            "axis": {"tickMinStep": 1},
        },
        "color": {"field": "series", "type": "nominal", "title": None, "legend": {"labelLimit": 220}},
    }


def _draw(points: Sequence[Point], mark: dict[str, Any], encoding: dict[str, Any], height: int = HEIGHT) -> str:
    try:
        import vl_convert  # noqa: PLC0415 - an extra
    except ImportError:
        raise FileError(
            "A report needs the package vl-convert-python, which is not installed.",
            hint="Install it: pip install 'connector-host[lake,report]'",
        ) from None
    chart = {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": height,
        "padding": PADDING,
        "config": CONFIG,
        "data": {"values": list(points)},
        "mark": mark,
        "encoding": encoding,
    }
    return str(vl_convert.vegalite_to_svg(chart))
