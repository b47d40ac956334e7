"""Curves with bands: how many are still there as time passes."""

from collections.abc import Sequence

from app import messages
from app.components.charts import PADDING, config


def curves(points: Sequence[dict], title_x: str, ink: dict, most: float | None = None) -> dict:
    """Step curves with their 95 % bands, each named at its end.

    Args:
        points: dicts of x, value (0–1, or None), low and high (or None), series, role (a colour of `ink`) and
            description, in the order of x within each series.
        title_x: what x is, in words.
        ink: colours by role.
        most: end of the axis; default: the last x.
    """
    last: dict[str, dict] = {}
    for point in points:
        if point["value"] is not None:
            # The grey of a line is too pale for words.
            last[point["series"]] = {**point, "said": ink["muted" if point["role"] == "neutral" else point["role"]]}
    end = most if most is not None else max((point["x"] for point in points), default=1)
    roles = dict.fromkeys((point["series"], point["role"]) for point in points)
    color = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": [series for series, _ in roles], "range": [ink[role] for _, role in roles]},
        "legend": None,
    }
    x = {
        "field": "x",
        "type": "quantitative",
        "title": title_x,
        # Room at the right for the names of the curves.
        "scale": {"domain": [0, end * 1.18 or 1], "nice": False},
        "axis": {
            "grid": False,
            "ticks": False,
            "tickCount": 6,
            "labelExpr": f"datum.value > {end} ? '' : datum.label",
            "labelFlush": False,
            "domainColor": ink["grid"],
            "labelColor": ink["muted"],
            "titleColor": ink["muted"],
        },
    }
    y = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {
            "format": "~%",
            "domain": False,
            "ticks": False,
            "tickCount": 5,
            "labelFlush": False,
            "gridColor": ink["grid"],
            "labelColor": ink["muted"],
        },
    }
    tooltip = [
        {"field": "series", "title": messages.TOOLTIP["series"]},
        {"field": "description", "title": messages.TOOLTIP["value"]},
    ]
    return {
        "data": {"values": list(points)},
        "height": 300,
        "encoding": {"x": x, "color": color},
        "layer": [
            {
                "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.18, "line": False, "aria": False},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "aria": False},
                "encoding": {"y": {**y, "field": "value"}},
            },
            {
                # Each point can be pointed at and read out; none is drawn.
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "point", "size": 60, "opacity": 0, "filled": True},
                "encoding": {
                    "y": {**y, "field": "value"},
                    "tooltip": tooltip,
                    "description": {"field": "description"},
                },
            },
            {
                "data": {"values": _apart(list(last.values()))},
                "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600, "aria": False},
                "encoding": {
                    "y": {**y, "field": "at"},
                    "text": {"field": "series"},
                    "color": {"field": "said", "type": "nominal", "scale": None, "legend": None},
                },
            },
        ],
        "padding": PADDING,
        "config": config(),
    }


def _apart(ends: list[dict]) -> list[dict]:
    """The ends of curves with heights at which their names do not cover each other."""
    placed: list[dict] = []
    for end in sorted(ends, key=lambda each: each["value"]):
        floor = placed[-1]["at"] + 0.07 if placed else 0.0
        placed.append({**end, "at": max(end["value"], floor)})
    return placed


def rising(points: Sequence[dict], title_x: str, ink: dict) -> dict:
    """A curve of a share that may rise above the whole and come back to it, with a line at the whole.

    Args:
        points: dicts of x, value (1 is the whole) and description, in the order of x.
        title_x: what x is, in words.
        ink: colours by role.
    """
    values = [point["value"] for point in points]
    x = {
        "field": "x",
        "type": "quantitative",
        "title": title_x,
        "scale": {"domain": [0, points[-1]["x"] or 1], "nice": False},
        "axis": {
            "grid": False,
            "ticks": False,
            "labelFlush": False,
            "tickCount": 6,
            "labelExpr": "datum.label + '%'",
            "domainColor": ink["grid"],
            "labelColor": ink["muted"],
            "titleColor": ink["muted"],
        },
    }
    y = {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [min(0, *values), max(1, *values) * 1.05], "nice": False},
        "axis": {
            "format": "~%",
            "domain": False,
            "ticks": False,
            "tickCount": 5,
            "labelFlush": False,
            "gridColor": ink["grid"],
            "labelColor": ink["muted"],
        },
    }
    whole = {"type": "rule", "color": ink["muted"], "strokeDash": [5, 4], "aria": False}
    area = {"type": "area", "color": ink["main"], "opacity": 0.15, "aria": False}
    line = {"type": "line", "color": ink["main"], "strokeWidth": 2, "aria": False}
    told = {"description": {"field": "description"}, "tooltip": {"field": "description"}}
    return {
        "data": {"values": list(points)},
        "height": 300,
        "encoding": {"x": x},
        "layer": [
            {
                "data": {"values": [{"whole": 1}]},
                "mark": whole,
                "encoding": {"x": None, "y": {**y, "field": "whole"}},
            },
            {"mark": area, "encoding": {"y": {**y, "field": "value"}}},
            {"mark": line, "encoding": {"y": {**y, "field": "value"}}},
            {
                "mark": {"type": "point", "size": 60, "opacity": 0, "filled": True},
                "encoding": {"y": {**y, "field": "value"}, **told},
            },
        ],
        # Room for half of the last label.
        "padding": {**PADDING, "right": 24},
        "config": config(),
    }
