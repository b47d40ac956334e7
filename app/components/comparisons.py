"""Charts that compare rows: intervals, dumbbells, bars and waterfalls, all lying down so that a phone can show them."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from app import figures
from app.components.charts import PADDING, TICKS, config

_ROW = 30
_HEAD = 30

# Characters of a row's name before it goes on below, so that nothing is cut and a phone keeps room for the marks.
_NAME = 22
# Pixels of a bold character beside a mark, and of the space before it.
_CHARACTER, _SPACE = 6.6, 14
# Characters of a number beside a mark that go on one line, and pixels from line to line.
_LONG, _LINE = 12, 12
# Pixels between the middles of two labels of an axis: of amounts, and of shorter numbers.
_ROOM = {"currency": 58}
_LITTLE_ROOM = 34
# Pixels of the marks on a phone, on which is judged whether a number would cross the line at zero.
_NARROW = 110


def forest(rows: Sequence[dict], unit: str, currency: str | None, ink: dict, zero: bool = True) -> dict:
    """Estimates with their intervals, one a row, against a line at zero or a bound of each row.

    Args:
        rows: dicts of label, value (or None), low, high (or None), text, description, role (a colour of `ink`)
            and, where a row has a bound of its own, bound.
        unit: as in `figures.figure`.
        currency: ISO 4217 code of amounts.
        ink: colours by role.
        zero: draw a line at zero.
    """
    rows = [{**row, "text": _two_lines(row["text"])} for row in rows]
    ends = [row[key] for row in rows for key in ("low", "value", "high", "bound") if row.get(key) is not None]
    span = _span([*ends, 0.0] if zero else ends)
    x = {"type": "quantitative", "title": None, "scale": _scale(*span, rows)}
    axis = _axis_x(unit, currency, ink, rows, span)
    told = {"tooltip": {"field": "description"}, "description": {"field": "description"}}
    color = {"field": "color", "type": "nominal", "scale": None}
    layers: list[dict] = []
    if zero:
        layers.append(
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "color": ink["muted"], "strokeWidth": 1, "aria": False},
                "encoding": {"y": None, "x": {**x, "field": "zero", "axis": axis}},
            }
        )
    # A layer without a mark is an image without a name to a screen reader: where no row has a value, its line speaks.
    has_points = any(row["value"] is not None for row in rows)
    layers.append(
        {
            "mark": {"type": "rule", "strokeWidth": 2.5, "aria": not has_points},
            "encoding": {
                **{"x": {**x, "field": "low", "axis": axis}, "x2": {"field": "high"}, "color": color},
                **({} if has_points else told),
            },
        }
    )
    if any(row.get("bound") is not None for row in rows):
        layers.append(
            {
                "mark": {"type": "tick", "color": ink["ink"], "thickness": 2, "size": 18, "aria": False},
                "encoding": {"x": {**x, "field": "bound", "axis": axis}},
            }
        )
    if has_points:
        layers.append(
            {
                "transform": [{"filter": "isValid(datum.value)"}],
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"x": {**x, "field": "value", "axis": axis}, "color": color, **told},
            }
        )
    text = {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "color": ink["ink"], "aria": False}
    # The first of two lines stands as much higher as the second stands lower.
    shift = {"expr": f"indexof(datum.text, '\\n') < 0 ? 0 : {-_LINE / 2}"}
    layers.append(
        {
            "mark": {**text, "lineBreak": "\n", "lineHeight": _LINE, "dy": shift},
            "encoding": {"x": {**x, "field": "end", "axis": axis}, "text": {"field": "text"}},
        }
    )
    # The number stands right of whatever reaches farthest right, and never on the line at zero.
    low, high = span
    values = []
    for row in rows:
        reach = [row[key] for key in ("low", "value", "high", "bound") if row.get(key) is not None]
        end = max(reach) if reach else None
        if zero and reach and end < 0 < end + (high - low) * _taken([row]) / _NARROW:
            end = 0.0
        values.append({**row, "color": ink[row["role"]], "end": end})
    return _lying(values, layers, ink)


def bars(rows: Sequence[dict], ink: dict) -> dict:
    """Amounts or shares as bars with the number beside each, and the interval where there is one.

    Args:
        rows: dicts of label, value, text, description, role (a colour of `ink`), and low and high or None.
        ink: colours by role.
    """
    reach = [row[key] for row in rows for key in ("value", "high") if row.get(key) is not None]
    low = min([0.0, *(row[key] for row in rows for key in ("value", "low") if row.get(key) is not None)])
    x = {"type": "quantitative", "title": None, "axis": None, "scale": _scale(low, max([*reach, 1e-9]), rows)}
    values = [{**row, "color": ink[row["role"]], "end": max(row["value"] or 0, row.get("high") or 0)} for row in rows]
    return _barred(values, x, {"x": {**x, "field": "value"}}, ink)


def dumbbell(rows: Sequence[dict], unit: str, ink: dict) -> dict:
    """What was expected against what came, row by row, with what would just have done where it is known.

    Args:
        rows: dicts of label, expected, experienced, adequate (or None), text (the gap), role (a colour of `ink`) and
            description.
        unit: as in `figures.figure`.
        ink: colours by role.
    """
    keys = ("expected", "experienced", "adequate")
    ends = [row[key] for row in rows for key in keys if row.get(key) is not None]
    span = _span(ends)
    axis = _axis_x(unit, None, ink, rows, span)
    x = {"type": "quantitative", "title": None, "scale": _scale(*span, rows), "axis": axis}
    color = {"field": "color", "type": "nominal", "scale": None}

    def point(field: str, shape: str, paint: dict, size: int) -> dict:
        return {
            "transform": [{"filter": f"isValid(datum.{field})"}],
            "mark": {"type": "point", "filled": True, "shape": shape, "size": size, "opacity": 1},
            "encoding": {
                "x": {**x, "field": field},
                "color": paint,
                "description": {"field": "description"},
                "tooltip": {"field": "description"},
            },
        }

    layers = [
        {
            "transform": [{"filter": "isValid(datum.adequate)"}],
            "mark": {"type": "bar", "height": 12, "color": ink["grid"], "aria": False},
            "encoding": {"x": {**x, "field": "adequate"}, "x2": {"field": "expected"}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.55, "aria": False},
            "encoding": {"x": {**x, "field": "expected"}, "x2": {"field": "experienced"}, "color": color},
        },
        point("expected", "diamond", {"value": ink["muted"]}, 110),
        point("experienced", "circle", {"value": ink["main"]}, 120),
        {
            "mark": {"type": "text", "align": "left", "dx": 12, "fontWeight": 600, "aria": False},
            "encoding": {"x": {**x, "field": "end"}, "text": {"field": "text"}, "color": {**color, "field": "said"}},
        },
    ]
    values = []
    for row in rows:
        reach = [row[key] for key in keys if row.get(key) is not None]
        # The grey of a mark is too pale for words.
        said = ink["muted" if row["role"] == "neutral" else row["role"]]
        values.append({**row, "color": ink[row["role"]], "said": said, "end": max(reach)})
    return _lying(values, layers, ink)


def waterfall(steps: Sequence[dict], unit: str, currency: str | None, ink: dict) -> dict:
    """Amounts that lead from nothing to a total, each bar from where the one before it ended.

    Args:
        steps: dicts of label, value, text, description, role (a colour of `ink`), is_total, and low and high or None.
        unit: as in `figures.figure`.
        currency: ISO 4217 code of amounts.
        ink: colours by role.
    """
    values, reached = [], 0.0
    for step in steps:
        start, end = (0.0, step["value"]) if step["is_total"] else (reached, reached + step["value"])
        reached = end
        right = max([each for each in (start, end, step.get("high")) if each is not None])
        values.append({**step, "start": start, "finish": end, "end": right, "color": ink[step["role"]]})
    ends = [value[key] for value in values for key in ("start", "finish", "low", "high") if value.get(key) is not None]
    span = _span([*ends, 0.0])
    axis = _axis_x(unit, currency, ink, steps, span)
    x = {"type": "quantitative", "title": None, "scale": _scale(*span, steps), "axis": axis}
    return _barred(values, x, {"x": {**x, "field": "start"}, "x2": {"field": "finish"}}, ink)


def heatmap(cells: Sequence[dict], columns: str, ink: dict) -> dict:
    """Cohorts by months since: the darker (on a dark page the lighter) the more are left.

    Args:
        cells: dicts of row, column (a number), value (0–1 or None) and description, in the order of their rows.
        columns: what the columns are, in words.
        ink: colours by role.
    """
    rows = list(dict.fromkeys(cell["row"] for cell in cells))
    legend = {"title": None, "format": "~%", "orient": "top", "gradientLength": 160, "labelColor": ink["muted"]}
    return {
        "data": {"values": list(cells)},
        "height": max(_ROW * 0.8 * len(rows), 60),
        "mark": {"type": "rect", "stroke": ink["ground"], "strokeWidth": 1},
        "encoding": {
            "y": {**_labels(rows, ink), "field": "row"},
            "x": {
                "field": "column",
                "type": "ordinal",
                "title": columns,
                "axis": {
                    "labelAngle": 0,
                    "ticks": False,
                    "domain": False,
                    "labelOverlap": True,
                    "labelColor": ink["muted"],
                    "titleColor": ink["muted"],
                },
            },
            "color": {
                "field": "value",
                "type": "quantitative",
                "scale": {"range": [ink["faint"], ink["main"]]},
                "legend": legend,
            },
            "tooltip": {"field": "description"},
            "description": {"field": "description"},
        },
        "padding": PADDING,
        "config": config(),
    }


def _barred(values: Sequence[dict], x: dict, place: dict, ink: dict) -> dict:
    """Lying bars with whiskers where there are intervals, and the figure behind each."""
    layers: list[dict] = [
        {
            "mark": {"type": "bar", "height": {"band": 0.64}},
            "encoding": {
                **place,
                "color": {"field": "color", "type": "nominal", "scale": None},
                "description": {"field": "description"},
                "tooltip": {"field": "description"},
            },
        }
    ]
    if any(value.get("high") is not None for value in values):
        layers.append(
            {
                "mark": {"type": "rule", "color": ink["ink"], "strokeWidth": 1.5, "aria": False},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            }
        )
    layers.append(
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "color": ink["ink"], "aria": False},
            "encoding": {"x": {**x, "field": "end"}, "text": {"field": "text"}},
        }
    )
    return _lying(values, layers, ink)


def distinct(rows: Iterable[dict]) -> list[dict]:
    """Rows of which no two have one label, since those would be drawn over each other: the second gets a 2.

    Args:
        rows: with a label each.
    """
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        seen[row["label"]] += 1
        again = seen[row["label"]] > 1
        found.append({**row, "label": f"{row['label']} {seen[row['label']]}"} if again else row)
    return found


def _lying(values: Sequence[dict], layers: Sequence[dict], ink: dict) -> dict:
    values = distinct(values)
    rows = [value["label"] for value in values]
    return {
        "data": {"values": values},
        "height": max(_ROW, 6 + 14 * max(len(textwrap.wrap(row, _NAME)) for row in rows)) * len(rows) + _HEAD,
        "encoding": {"y": {**_labels(rows, ink), "field": "label"}},
        "layer": list(layers),
        "padding": PADDING,
        "config": config(),
    }


def _labels(rows: Sequence[str], ink: dict) -> dict:
    long = {row: textwrap.wrap(row, _NAME) for row in rows if len(row) > _NAME}
    return {
        "type": "nominal",
        "sort": list(rows),
        # Named, since layers of points and layers of bars would each choose a scale of their own.
        "scale": {"type": "band"},
        "title": None,
        "axis": {
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
            "labelColor": ink["ink"],
            "labelLimit": 170,
            "labelFlush": False,
            **({"labelExpr": f"{json.dumps(long)}[datum.value] || datum.label", "labelLineHeight": 12} if long else {}),
        },
    }


def _axis_x(unit: str, currency: str | None, ink: dict, rows: Sequence[dict], span: tuple[float, float]) -> dict:
    factor = "100 * " if unit == "points" else ""
    number = f"format(abs({factor}datum.value), '{TICKS.get(unit, '~f')}')"
    before, _, after = figures.money(0, currency).partition("0.00") if unit == "currency" else ("", "", "")
    sign = f"(datum.value < 0 ? '{figures.MINUS}' : '')"
    text = f"{sign} + '{before}' + {number} + '{after}'"
    # On a phone two labels may be all there are, of which Vega hides neither: the one at 0 stays, with its line.
    near = f"datum.value != 0 && abs(scale('x', datum.value) - scale('x', 0)) < {_ROOM.get(unit, _LITTLE_ROOM)}"
    near = near if span[0] <= 0 <= span[1] else "false"
    return {
        "labelExpr": f"{near} ? '' : {text}",
        "gridOpacity": {"condition": {"test": near, "value": 0}, "value": 1},
        "labelFlush": False,
        "labelOverlap": True,
        "labelSeparation": 16,
        # On a phone two: lines without a number say nothing.
        "tickCount": {"expr": f"clamp(floor((width - {_taken(rows):.0f}) / 90), 2, 5)"},
        "domain": False,
        "ticks": False,
        "gridColor": ink["grid"],
        "labelColor": ink["muted"],
    }


def _scale(low: float, high: float, rows: Sequence[dict]) -> dict:
    """A scale that leaves at the right, however wide the chart is, the pixels that the longest number takes."""
    return {"domain": [low, high], "range": [0, {"expr": f"width - {_taken(rows):.0f}"}], "nice": False, "zero": False}


def _taken(rows: Sequence[dict]) -> float:
    """Pixels that the longest number beside the marks takes."""
    return _SPACE + _CHARACTER * max((len(line) for row in rows for line in row["text"].split("\n")), default=0)


def _two_lines(text: str) -> str:
    """An interval in place of a number, on two lines: on a phone it would take the room of the marks."""
    if len(text) <= _LONG:
        return text
    spaces = [place for place, character in enumerate(text) if character == " "]
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2), default=None)
    return text if middle is None else f"{text[:middle]}\n{text[middle + 1 :]}"


def _span(ends: Sequence[float]) -> tuple[float, float]:
    """A range that holds every mark, with some space at either side."""
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    space = 0.04 * ((high - low) or max(abs(high), 1.0))
    return low - space, high + space
