"""Expectations: how far does experience fall short, of what, and how long do customers bear it?"""

from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import charts, comparisons, evidence
from app.components.curves import curves
from app.components.tile import tiles
from app.estimate import Estimate
from app.frame import Answer, Page, Tab
from app.queries import expectations as queries
from app.view import View

_SHARES = {
    "negative_gap_customer_rate": messages.NEGATIVE_CUSTOMERS,
    "negative_gap_order_rate": messages.NEGATIVE_ORDERS,
    "silent_rate": messages.SILENT,
    "great_cx_rate": messages.GREAT,
}
_MOST_ZONES = 10
# Minutes at which the table says how many still wait.
_MINUTES = (0, 1, 2, 5, 10, 20, 30, 60)
_ROLES = ("main", "bad", "neutral", "ink")


def answer(view: View) -> Answer:
    """How many customers fell short of what they expected, and how many of these keep silent about it."""
    rows = queries.prevalence(view.snapshot, view.period)
    short = Estimate.of(rows.get("negative_gap_customer_rate"), "rate", "share", "observation_count")
    silent = Estimate.of(rows.get("silent_rate"), "rate", "share", "observation_count")
    if not short.is_shown:
        return Answer(messages.EXPECTATIONS_WITHHELD, sure=figures.plain(figures.sentence(short.why)))
    sentence = messages.EXPECTATIONS_SHORT.format(share=short.text())
    if silent.is_shown:
        sentence = messages.EXPECTATIONS_SHORT_SILENT.format(share=short.text(), silent=silent.text())
    parts = [messages.BETWEEN_95.format(ends=short.ends())] if short.value is not None and short.ends() else []
    parts.append(messages.CUSTOMERS.format(count=figures.count(short.count or 0)))
    owner = (view.definitions.get("negative_gap_customer_rate") or {}).get("owner")
    return Answer(sentence, _next_step(view), owner, figures.plain(figures.sentence("; ".join(parts))))


def _next_step(view: View) -> str:
    zones = [each for each in queries.zones(view.snapshot, view.period) if each["gap_mean_high"] is not None]
    short = [each for each in zones if each["gap_mean_high"] < 0 and each["unit"] == "score"]
    if not short:
        return messages.EXPECTATIONS_STEP_ASK
    return figures.plain(messages.EXPECTATIONS_STEP.format(item=_item(short[0]).lower()))


def spread_of_gaps(view: View) -> None:
    """How widespread is it that experience falls short?"""
    rows = queries.prevalence(view.snapshot, view.period)
    tiles(
        view,
        [
            (name, Estimate.of(rows.get(metric), "rate", "share", "observation_count"), metric)
            for metric, name in _SHARES.items()
        ],
    )
    months = {}
    for metric, place in zip(("negative_gap_customer_rate", "great_cx_rate"), st.columns(2), strict=True):
        months[metric] = queries.prevalence_by_month(view.snapshot, view.period, metric)
        renamed = [
            {**row, "value": row["rate"], "value_low": row["rate_low"], "value_high": row["rate_high"]}
            for row in months[metric]
        ]
        marks = charts.points(renamed, "share", None)
        with place:
            _months(view, _SHARES[metric], marks, (rows.get(metric) or {}).get("reason"))
    lines = [
        (
            (view.definitions.get(metric) or {}).get("metric_name") or metric,
            Estimate.of(row, "rate", "share").cell(),
            *(_count(row[name]) for name in ("hit_count", "observation_count", "unknown_count")),
        )
        for metric, row in rows.items()
    ]
    evidence.table(messages.PREVALENCE_COLUMNS, lines, messages.PREVALENCE_ALT)
    evidence.rest(
        view,
        tuple(rows),
        {"prevalence": rows.values(), "prevalence_months": [row for each in months.values() for row in each]},
        {metric: row["method"] for metric, row in rows.items()},
    )


def _months(view: View, name: str, marks: Sequence[dict], reason: str | None) -> None:
    if not marks:
        evidence.chart(name, None, "", "", reason)
        return
    newest = charts.ended(marks) or marks[-1]
    evidence.chart(
        messages.MONTH_HEADING.format(name=name, value=newest["text"], month=newest["label"]),
        charts.large_trend(marks, "share", None, None, view.ink, messages.MONTH, None),
        messages.TREND_ALT.format(
            name=name, first=marks[0]["label"], last=marks[-1]["label"], latest=newest["text"], target=""
        ),
        messages.BAND_NOTE,
    )


def zones(view: View) -> None:
    """What did customers expect, what would just have done, and what did they get?"""
    found = queries.zones(view.snapshot, view.period)
    opinions = [_zone(each) for each in found if each["unit"] == "score" and each["gap_mean"] is not None]
    times = [_zone(each) for each in found if each["unit"] != "score" and each["gap_mean"] is not None]
    reason = next((each["reason"] for each in found if each["reason"]), None) or messages.NO_ZONES
    unit = next((each["unit"] for each in found if each["unit"] != "score" and each["gap_mean"] is not None), "days")
    left, right = st.columns(2)
    with left:
        _dumbbell(view, opinions, "score", messages.ZONES_HEADING, messages.ZONES_NOTE, reason)
    with right:
        # One unit a chart: hours and days share no axis.
        same = [each for each in times if each["unit"] == unit]
        _dumbbell(view, same, unit, messages.ZONES_TIMES_HEADING, messages.ZONES_TIMES_NOTE, reason)
    lines = [
        (
            _item(each),
            Estimate.of(each, "gap_mean", _unit(each)).cell(),
            *(
                Estimate.of(each, name, "share", None, "below_zone_rate_status", "below_zone_rate_reason").text()
                for name in ("below_rate", "inside_rate", "above_rate")
            ),
            _count(each["pair_count"]),
        )
        for each in found
    ]
    evidence.table(messages.ZONES_COLUMNS, lines, messages.ZONES_TABLE_ALT)
    evidence.rest(
        view,
        ("service_gap", "below_zone_rate"),
        {"zones": found},
        {"service_gap": found[0]["method"] if found else None},
    )


def _dumbbell(view: View, rows: Sequence[dict], unit: str, heading: str, note: str, reason: str) -> None:
    shown = rows[:_MOST_ZONES]
    title = heading.format(item=shown[0]["label"], gap=shown[0]["text"]) if shown else messages.ZONES_NONE
    evidence.chart(
        title,
        comparisons.dumbbell(shown, unit, view.ink) if shown else None,
        messages.ZONES_ALT.format(parts="; ".join(each["description"] for each in shown)),
        note,
        reason,
    )


def _zone(row: dict) -> dict:
    unit = _unit(row)
    gap = Estimate.of(row, "gap_mean", unit)
    side = gap.side_of(0)
    parts = {name: figures.figure(row[f"{name}_mean"], unit, None) for name in ("expected", "experienced")}
    text = gap.text() if gap.value < 0 else f"+{gap.text()}"
    return {
        "label": _item(row),
        "unit": row["unit"],
        "expected": row["expected_mean"],
        "experienced": row["experienced_mean"],
        "adequate": row["adequate_mean"],
        "text": text,
        "role": {"below": "bad", "above": "good", "across": "neutral"}[side],
        "description": messages.ZONE.format(item=_item(row), gap=text, **parts),
    }


def _item(row: dict) -> str:
    return f"{figures.name(row['touchpoint'])}, {row['item'].replace('_', ' ')}"


def _unit(row: dict) -> str:
    return row["unit"] if row["unit"] in ("days", "minutes") else "score"


def patience(view: View) -> None:
    """How long do customers wait before they give up?"""
    rows = queries.patience(view.snapshot, view.pick.get("region", "all"))
    by_channel: dict[str, list[dict]] = {}
    for row in rows:
        by_channel.setdefault(row["channel"], []).append(row)
    drawn = [channel for channel, minutes in by_channel.items() if any(m["survival_rate"] is not None for m in minutes)]
    # The roll-up would hide behind the largest channel; where there is one channel it is that channel.
    drawn = [channel for channel in drawn if channel != "all"][: len(_ROLES)]
    points = [
        {
            "x": row["minute"],
            "value": row["survival_rate"],
            "low": row["survival_rate_low"],
            "high": row["survival_rate_high"],
            "series": figures.name(channel),
            "role": role,
            "description": _point(row, messages.MINUTE),
        }
        for channel, role in zip(drawn, _ROLES, strict=False)
        for row in by_channel[channel]
    ]
    total = by_channel.get("all", [None])[0]
    median = Estimate.of(total, "median_minutes", "minutes", "wait_count")
    heading = messages.PATIENCE_HEADING.format(minutes=median.text()) if median.is_shown else messages.PATIENCE_NAME
    evidence.chart(
        heading,
        curves(points, messages.PATIENCE_AXIS, view.ink) if points else None,
        messages.PATIENCE_ALT.format(channels=", ".join(figures.name(channel) for channel in drawn)),
        messages.PATIENCE_NOTE,
        median.why if total else messages.NO_WAITS,
    )
    moods = ("tense", "agitated", "angry", "gone")
    lines = []
    for channel, minutes in by_channel.items():
        first = minutes[0]
        risk = {row["minute"]: row["at_risk_count"] for row in minutes}
        lines.append(
            (
                messages.ALL_CHANNELS if channel == "all" else figures.name(channel),
                Estimate.of(first, "median_minutes", "minutes").cell(),
                *(_minutes(first[f"{mood}_minutes"]) for mood in moods),
                _count(first["wait_count"]),
                ", ".join(f"{minute}: {_count(risk[minute])}" for minute in _MINUTES if risk.get(minute)),
            )
        )
    evidence.table(messages.PATIENCE_COLUMNS, lines, messages.PATIENCE_TABLE_ALT)
    evidence.rest(view, ("patience",), {"patience": rows}, {"patience": rows[0]["method"] if rows else None})


def coverage(view: View) -> None:
    """Where is it known what was expected and how it was?"""
    rows = queries.coverage(view.snapshot)
    both = [row for row in rows if row["has_both"]]
    st.header(messages.COVERAGE_HEADING.format(both=len(both), all=len(rows)), anchor=False)
    lines = [
        (
            figures.name(row["touchpoint_kind"]),
            _count(row["interaction_count"]),
            *(messages.YES_NO[row[name]] for name in ("has_experience_data", "has_expectation_data", "has_both")),
            _count(row["paired_answer_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.COVERAGE_COLUMNS, lines, messages.COVERAGE_ALT)
    evidence.rest(view, (), {"coverage": rows})


def _point(row: dict, words: str) -> str:
    rate = Estimate.of(row, "survival_rate", "share")
    return words.format(minute=row["minute"], rate=rate.cell(), risk=_count(row["at_risk_count"]))


def _minutes(value: float | None) -> str:
    return messages.DASH if value is None else f"{value:.1f}"


def _count(value: int | None) -> str:
    return messages.DASH if value is None else figures.count(value)


PAGE = Page(
    slug="expectations",
    title=messages.EXPECTATIONS_TITLE,
    icon=":material/compare_arrows:",
    question=messages.EXPECTATIONS_QUESTION,
    answer=answer,
    tabs=(
        Tab("prevalence", messages.TAB_PREVALENCE, spread_of_gaps, ("period",)),
        Tab("zones", messages.TAB_ZONES, zones, ("period",)),
        Tab("patience", messages.TAB_PATIENCE, patience, ("region",), "mart_patience"),
        Tab("coverage", messages.TAB_COVERAGE, coverage),
    ),
)
