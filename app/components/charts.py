"""Charts as Vega-Lite dicts: building them through Altair costs a page three times the CPU."""

import math
from collections.abc import Sequence

from app import figures, messages, words

TICKS = {"share": "~%", "score": "~f", "days": "~f", "hours": "~f", "count": "~f", "currency": ",.2~f"}

# Streamlit adds 20 pixels below a chart that does not say how much it wants.
PADDING = {"bottom": 1, "left": 1, "right": 1, "top": 1}

# Milliseconds of a month on average, and pixels of its name with the space around it.
_MONTH, _LABEL = 2_629_746_000, 52
# Two months have no line worth the name between them; their intervals are drawn as whiskers.
_FEWEST_FOR_A_BAND = 3


def config() -> dict:
    """What all charts have in common: no frame, and numbers and months as they are written here."""
    shared: dict = {"view": {"stroke": None}}
    if (messages.LANGUAGE, messages.NUMBERS) != ("en", "1,234.5"):
        thousands, decimal = words.separators(messages.NUMBERS)
        unused = {"dateTime": "%x", "date": "%x", "time": "%X", "periods": ["", ""]}
        days = {"days": [""] * 7, "shortDays": [""] * 7}
        names = {"months": list(messages.MONTHS), "shortMonths": list(messages.MONTHS)}
        shared["locale"] = {
            "number": {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]},
            "time": {**unused, **days, **names},
        }
    return shared


def points(
    rows: Sequence[dict], unit: str, currency: str | None, span_label: str = messages.INTERVAL_LABEL
) -> list[dict]:
    """Months as marks: the figures of the mart and the same figures as text for tooltips and screen readers.

    Args:
        rows: of mart_scorecard, or with the same names; months without value and interval are left out.
        unit: of the metric.
        currency: ISO 4217 code of amounts.
        span_label: what lies between low and high.

    Returns:
        One dict a month: month (ISO date), value (or None), low, high, label, text, interval, span, count, status.
    """
    marks = []
    for row in rows:
        if row["value"] is None and row["value_low"] is None:
            continue
        ends = [figures.figure(row[key], unit, currency) for key in ("value_low", "value_high") if row[key] is not None]
        interval = messages.INTERVAL_ENDS.format(low=ends[0], high=ends[1]) if len(ends) == 2 else ""
        marks.append(
            {
                "month": row["month_start_date"].isoformat(),
                "value": row["value"],
                "low": row["value_low"],
                "high": row["value_high"],
                "label": figures.month(row["month_start_date"]),
                "text": messages.NOT_SHOWN if row["value"] is None else figures.figure(row["value"], unit, currency),
                "interval": interval,
                "span": span_label,
                "count": figures.count(row["observation_count"] or 0),
                "status": messages.STATUS.get(row["status"], row["status"]),
                "provisional": row["status"] == "provisional",
            }
        )
    return marks


def span(marks: Sequence[dict], target: float | None, unit: str) -> tuple[float, float]:
    """A round range of the vertical axis that holds every mark and the target.

    Args:
        marks: of `points`.
        target: of the metric, None when there is none.
        unit: a share's range stays within 0 and 1.

    Returns:
        Lower and upper end, in the metric's unit.
    """
    ends = [mark[key] for mark in marks for key in ("low", "value", "high") if mark[key] is not None]
    ends += [] if target is None else [target]
    low, high = min(ends), max(ends)
    step = 10 ** math.floor(math.log10(max(high - low, abs(high) * 0.02, 1e-6)))
    step = step / 2 if (high - low) < 5 * step else step
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if high - low < step / 2:
        low, high = low - step, high + step
    if unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    return round(low, 9), round(high, 9)


def small_trend(marks: Sequence[dict], unit: str, currency: str | None, target: float | None, ink: dict) -> dict:
    """The trend in a card: interval band, line, last month, target as a dashed line.

    Args:
        marks: of `points`, at least one.
        unit: of the metric.
        currency: ISO 4217 code of amounts.
        target: None when there is none.
        ink: colours by role.
    """
    low, high = span(marks, target, unit)
    ends = sorted({marks[0]["month"], marks[-1]["month"]})
    axis_x = {
        "values": [_utc(end) for end in ends],
        "format": "%b %Y",
        "labelFlush": True,
        "grid": False,
        "domain": False,
        "ticks": False,
        "labelColor": ink["muted"],
        "labelFontSize": 11,
        "title": None,
    }
    axis_y = {**_axis_y(unit, currency, ink), "values": [low, high], "title": None, "grid": False, "labelFontSize": 11}
    return _trend(marks, (low, high), axis_x, axis_y, target, ink, height=84, point=28)


def large_trend(
    marks: Sequence[dict],
    unit: str,
    currency: str | None,
    target: float | None,
    ink: dict,
    title_x: str,
    target_text: str | None,
) -> dict:
    """The trend over a page's width, with axes, a named target and the last month's value beside its point.

    Args:
        marks: of `points`, at least one.
        unit: of the metric.
        currency: ISO 4217 code of amounts.
        target: None when there is none.
        ink: colours by role.
        title_x: what the months are months of.
        target_text: words beside the target's line.
    """
    low, high = span(marks, target, unit)
    newest = _utc(marks[-1]["month"])
    axis_x = {
        "values": [_utc(mark["month"]) for mark in marks],
        "format": "%b %y",
        # As many as there is room for, counted back from the last month, which is the one that must be named.
        "labelExpr": f"round(({_instant(newest)} - datum.value) / {_MONTH}) % ceil({len(marks) * _LABEL} / width) "
        "? '' : datum.label",
        "labelFlush": False,
        "labelOverlap": False,
        "grid": False,
        "ticks": False,
        "domainColor": ink["grid"],
        "labelColor": ink["muted"],
        "titleColor": ink["muted"],
        "title": title_x,
    }
    ticks, digits = _ticks(low, high, unit)
    axis_y = {**_axis_y(unit, currency, ink, digits), "values": ticks, "title": None}
    spec = _trend(marks, (low, high), axis_x, axis_y, target, ink, height=280, point=44)
    last = ended(marks)
    if last:
        spec["layer"].append(
            {
                "data": {"values": [last]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 8,
                    "fontWeight": 600,
                    "color": ink["main"],
                    "aria": False,
                },
                "encoding": {"y": {"field": "value", "type": "quantitative"}, "text": {"field": "text"}},
            }
        )
    if target is not None and target_text:
        spec["layer"].append(
            {
                "data": {"values": [{"month": marks[0]["month"], "value": target, "text": target_text}]},
                "mark": {"type": "text", "align": "left", "dy": -8, "color": ink["muted"], "aria": False},
                "encoding": {"y": {"field": "value", "type": "quantitative"}, "text": {"field": "text"}},
            }
        )
    return spec


def _ticks(low: float, high: float, unit: str) -> tuple[list[float], int]:
    """About five round values within a range, and the digits behind the decimal mark that tell them all apart."""
    size = 10 ** math.floor(math.log10((high - low) / 5))
    step = size * next(each for each in (1, 2, 5, 10) if (high - low) / (size * each) <= 6)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step * (100 if unit == "share" else 1)) + 1e-9))
    return [round(number * step, 9) for number in range(first, last + 1)], digits


def _axis_y(unit: str, currency: str | None, ink: dict, digits: int | None = None) -> dict:
    written = TICKS.get(unit, "~f") if digits is None else f",.{digits}{'%' if unit == 'share' else 'f'}"
    number = f"format(abs(datum.value), '{written}')"
    sign = f"(datum.value < 0 ? '{figures.MINUS}' : '')"
    before, _, after = figures.money(0, currency).partition("0.00") if unit == "currency" else ("", "", "")
    expression = f"{sign} + '{before}' + {number} + '{after}'"
    return {
        "labelExpr": expression,
        # Streamlit's theme moves the first and the last label off their lines.
        "labelFlush": False,
        "domain": False,
        "ticks": False,
        "grid": True,
        "gridColor": ink["grid"],
        "labelColor": ink["muted"],
        "labelPadding": 6,
    }


def _trend(
    marks: Sequence[dict],
    domain: tuple[float, float],
    axis_x: dict,
    axis_y: dict,
    target: float | None,
    ink: dict,
    height: int,
    point: int,
) -> dict:
    tooltip = [
        {"field": "label", "title": messages.TOOLTIP["month"]},
        {"field": "text", "title": messages.TOOLTIP["value"]},
        {"field": "interval", "title": marks[0]["span"]},
        {"field": "count", "title": messages.TOOLTIP["count"]},
        {"field": "status", "title": messages.TOOLTIP["status"]},
    ]
    told = {"tooltip": tooltip, "description": {"field": "description"}}
    y = {"type": "quantitative", "scale": {"domain": list(domain), "zero": False, "nice": False}, "axis": axis_y}
    few = len(marks) < _FEWEST_FOR_A_BAND
    layers: list[dict] = []
    if not few and any(mark["value"] is not None for mark in marks):
        band = {"type": "area", "line": False, "color": ink["main"], "opacity": 0.18, "aria": False}
        layers.append({"mark": band, "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}}})
    # A layer without a mark is an image without a name to a screen reader, so it is left out.
    if any(few or mark["value"] is None for mark in marks):
        whiskers = {
            "transform": [] if few else [{"filter": "!isValid(datum.value)"}],
            "mark": {"type": "rule", "color": ink["main"], "opacity": 0.6, "strokeWidth": 2},
            "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}, **told},
        }
        layers.append(whiskers)
    if any(mark["value"] is not None for mark in marks):
        line = {"type": "line", "color": ink["main"], "strokeWidth": 2, "aria": False}
        # Each month can be pointed at; only the last, the running and the solitary ones are drawn.
        dots = {
            "transform": [{"filter": "isValid(datum.value)"}],
            "mark": {"type": "point", "size": point, "filled": True, "color": ink["main"]},
            "encoding": {
                "y": {**y, "field": "value"},
                "stroke": {"value": ink["main"]},
                "fill": {"condition": {"test": "datum.provisional", "value": ink["ground"]}, "value": ink["main"]},
                "opacity": {"condition": {"test": "datum.drawn", "value": 1}, "value": 0},
                **told,
            },
        }
        layers += [{"mark": line, "encoding": {"y": {**y, "field": "value"}}}, dots]
    if target is not None:
        layers.insert(
            0,
            {
                "data": {"values": [{"target": target}]},
                "mark": {
                    "type": "rule",
                    "color": ink["muted"],
                    "strokeDash": [5, 4],
                    "strokeWidth": 1.5,
                    "aria": False,
                },
                "encoding": {"x": None, "y": {**y, "field": "target"}},
            },
        )
    last = ended(marks)
    values = [
        {
            **mark,
            "description": _description(mark),
            "drawn": few or mark["provisional"] or mark is last,
        }
        for mark in marks
    ]
    return {
        "data": {"values": values},
        "height": height,
        "encoding": {
            "x": {
                "field": "month",
                "type": "temporal",
                # Dates without a time are read as UTC, and would be drawn as the month before west of Greenwich.
                "scale": {"type": "utc"},
                "axis": axis_x,
            }
        },
        "layer": layers,
        "padding": PADDING,
        "config": config(),
    }


def ended(marks: Sequence[dict]) -> dict | None:
    """The newest month with a value that is not still running, or None.

    Args:
        marks: of `points`.
    """
    return next((mark for mark in reversed(marks) if mark["value"] is not None and not mark["provisional"]), None)


def note(marks: Sequence[dict]) -> str:
    """How to read a trend: what is drawn of it, and nothing else.

    Args:
        marks: of `points`, at least one.
    """
    parts = [messages.LINE_NOTE]
    parts += [messages.BAND_NOTE] if any(mark["low"] is not None for mark in marks) else []
    parts += [messages.RUNNING_NOTE] if any(mark["provisional"] for mark in marks) else []
    return " ".join(parts)


def _instant(date: dict) -> str:
    return f"utc({date['year']}, {date['month'] - 1}, 1)"


def _utc(month: str) -> dict:
    return {"year": int(month[:4]), "month": int(month[5:7]), "date": 1, "utc": True}


def _description(mark: dict) -> str:
    interval = [f"{mark['span']} {mark['interval']}"] if mark["interval"] else []
    return ", ".join([f"{mark['label']}: {mark['text']}", *interval, f"n {mark['count']}"])
