"""Expectations: how far does experience fall short, of what, and how long do customers bear it?"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app import figures, messages
from app.components import charts, comparisons, evidence
from app.components.curves import curves
from app.components.tile import tiles
from app.estimate import Estimate, alike
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
_ROLES = ("main", "neutral", "ink", "muted")


def answer(view: View) -> Answer:
    """Whether the gap lies in what is said or in what is done; without answers to tell, how widespread it is."""
    said = gap_answer(view)
    return said or _widespread(view)


def gap_answer(view: View) -> Answer | None:
    """Whether the gap lies in what is said or in what is done; None where nobody said what they expected."""
    row = next(iter(queries.split(view.snapshot, view.period, view.pick.get("segment", "all"))), None)
    message, delivery = (
        Estimate.of(row, f"gap_{part}_mean", "days", "whole_count") for part in ("message", "delivery")
    )
    if not (message.is_shown and delivery.is_shown):
        return None
    sides = message.side_of(0), delivery.side_of(0)
    said = messages.GAP_SAID[sides[0]].format(days=_size(message))
    done = messages.GAP_DONE[sides[1]].format(days=_size(delivery))
    sentence = messages.GAP_ANSWER[sides[0] == "below", sides[1] == "below"].format(said=said, done=done)
    # Neither part alone can be told from nothing, and yet their sum can.
    total = Estimate.of(row, "gap_total_mean", "days")
    if "below" not in sides and total.side_of(0) == "below":
        sentence = messages.GAP_ANSWER_TOTAL.format(days=_size(total), said=said, done=done)
    parts = [
        messages.GAP_SURE.format(said=message.ends(), done=delivery.ends()),
        messages.GAP_EVENTS.format(count=figures.count(message.count or 0)),
    ]
    short = Estimate.of(
        queries.prevalence(view.snapshot, view.period).get("negative_gap_customer_rate"), "rate", "share"
    )
    if short.is_shown:
        # How widespread it is is published over all segments.
        is_whole = view.pick.get("segment", "all") == "all"
        words = messages.GAP_EVEN_SO if is_whole else messages.GAP_EVEN_SO_OVER_ALL
        parts.append(words.format(share=short.text()))
    owner = (view.definitions.get("gap_split") or {}).get("owner")
    step = messages.GAP_STEP[sides[0] == "below", sides[1] == "below"] or _next_step(view)
    return Answer(sentence, step, owner, figures.plain(figures.sentence("; ".join(parts))))


def _size(gap: Estimate) -> str:
    return figures.figure(abs(gap.value), "days", None) if gap.value is not None else messages.SOME_DAYS


def _widespread(view: View) -> Answer:
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
    return figures.plain(messages.EXPECTATIONS_STEP.format(item=_item(view, short[0]).lower()))


def where(view: View) -> None:
    """Is the gap in what is said or in what is done?"""
    rows = queries.split(view.snapshot, view.period, view.pick.get("segment", "all"))
    row = rows[0] if rows else None
    gaps = {name: Estimate.of(row, f"gap_{name}_mean", "days", "whole_count") for name in messages.GAP_PARTS}
    levels = {name: Estimate.of(row, f"{name}_days_mean", "days", "whole_count") for name in messages.GAP_LEVELS}
    tiles(view, [(messages.GAP_PARTS[name], gap, "gap_split", messages.GAP_MEANS[name]) for name, gap in gaps.items()])
    left, right = st.columns(2)
    parts = [
        _mark(messages.GAP_PARTS[name], gap, {"below": "bad", "above": "good", "across": "neutral"}[gap.side_of(0)])
        for name, gap in gaps.items()
        if gap.is_shown
    ]
    bars = [
        _mark(messages.GAP_LEVELS[name], level, "neutral" if name == "expected" else "main")
        for name, level in levels.items()
        if level.value is not None
    ]
    why = gaps["total"].why
    dimension = figures.name(row["dimension"]) if row else ""
    with left:
        evidence.chart(
            messages.GAP_HEADING.format(dimension=dimension) if parts else messages.GAP_HEADING_NONE,
            comparisons.forest(parts, "days", None, view.ink) if parts else None,
            messages.FOREST_ALT.format(parts="; ".join(part["description"] for part in parts)),
            messages.GAP_NOTE,
            why,
        )
    with right:
        evidence.chart(
            messages.LEVELS_HEADING,
            comparisons.bars(bars, view.ink) if bars else None,
            messages.LEVELS_ALT.format(parts="; ".join(bar["description"] for bar in bars)),
            messages.LEVELS_NOTE,
            why,
        )
    lines = [
        (
            figures.name(each["dimension"]),
            *(Estimate.of(each, f"gap_{name}_mean", "days").cell() for name in messages.GAP_PARTS),
            figures.count(each["whole_count"]),
            figures.count(each["event_count"]),
        )
        for each in rows
    ]
    evidence.table(messages.SPLIT_COLUMNS, lines, messages.SPLIT_ALT)
    evidence.rest(view, ("gap_split",), {"gap_split": rows}, {"gap_split": row["method"] if row else None})


def _mark(label: str, estimate: Estimate, role: str) -> dict:
    return {
        "label": label,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "text": estimate.text(),
        "role": role,
        "description": f"{label}: {estimate.cell()}",
    }


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
            figures.metric(view.definitions.get(metric) or {"metric_id": metric, "metric_name": None}),
            Estimate.of(row, "rate", "share").cell(),
            *(figures.count(row[name]) for name in ("hit_count", "observation_count", "unknown_count")),
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
        charts.note(marks),
    )


def zones(view: View) -> None:
    """What did customers expect, what would just have done, and what did they get?"""
    found = queries.zones(view.snapshot, view.period)
    opinions = [_zone(view, each) for each in found if each["unit"] == "score" and each["gap_mean"] is not None]
    times = [_zone(view, each) for each in found if each["unit"] != "score" and each["gap_mean"] is not None]
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
            _item(view, each),
            gap.cell(),
            *(
                Estimate.of(each, name, "share", None, "below_zone_rate_status", "below_zone_rate_reason").text()
                for name in ("below_rate", "inside_rate", "above_rate")
            ),
            figures.count(each["pair_count"]),
        )
        for each, gap in zip(found, alike(Estimate.of(each, "gap_mean", _unit(each)) for each in found), strict=True)
    ]
    evidence.table(
        messages.ZONES_COLUMNS,
        lines,
        messages.ZONES_TABLE_ALT,
        reasons=[
            (
                _item(view, each),
                replace(share, reason=messages.ZONES_WHY.format(reason=share.why)),
            )
            for each in found
            for share in [
                Estimate.of(each, "below_rate", "share", None, "below_zone_rate_status", "below_zone_rate_reason")
            ]
        ],
    )
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


def _zone(view: View, row: dict) -> dict:
    unit = _unit(row)
    gap = Estimate.of(row, "gap_mean", unit)
    side = gap.side_of(0)
    parts = {name: figures.figure(row[f"{name}_mean"], unit, None) for name in ("expected", "experienced")}
    text = gap.text() if gap.value < 0 else f"+{gap.text()}"
    return {
        "label": _item(view, row),
        "unit": row["unit"],
        "expected": row["expected_mean"],
        "experienced": row["experienced_mean"],
        "adequate": row["adequate_mean"],
        "text": text,
        "role": {"below": "bad", "above": "good", "across": "neutral"}[side],
        "description": messages.ZONE.format(item=_item(view, row), gap=text, **parts),
    }


def _item(view: View, row: dict) -> str:
    return f"{view.name('touchpoint', row['touchpoint'])}, {row['item'].replace('_', ' ')}"


def _unit(row: dict) -> str:
    return row["unit"] if row["unit"] in ("days", "hours", "minutes") else "score"


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
        # Where the curve ends above a half there is no median, though nothing is withheld.
        first = {**minutes[0], "reason": minutes[0]["reason"] or messages.NO_MEDIAN}
        risk = {row["minute"]: row["at_risk_count"] for row in minutes}
        lines.append(
            (
                messages.ALL_CHANNELS if channel == "all" else figures.name(channel),
                Estimate.of(first, "median_minutes", "minutes").cell(),
                *(_minutes(first[f"{mood}_minutes"]) for mood in moods),
                figures.count(first["wait_count"]),
                " · ".join(f"{minute}: {figures.count(risk[minute])}" for minute in _MINUTES if risk.get(minute))
                or messages.DASH,
            )
        )
    evidence.table(messages.PATIENCE_COLUMNS, lines, messages.PATIENCE_TABLE_ALT)
    evidence.rest(view, ("patience",), {"patience": rows}, {"patience": rows[0]["method"] if rows else None})


def spread(view: View) -> None:
    """How far do stated expectations lie apart, and do they drift?"""
    rows = queries.stated(view.snapshot, view.period, view.pick.get("segment", "all"))
    reason = next((row["reason"] for row in rows if row["reason"]), None) or messages.NO_STATED
    for unit, heading, place in zip(("score", "days"), messages.SPREAD_HEADINGS, st.columns(2), strict=True):
        marks = [
            {
                "label": _item(view, row),
                "value": row["expected_p50"],
                "low": row["expected_p10"],
                "high": row["expected_p90"],
                "text": figures.figure(row["expected_p50"], _unit(row), None),
                "role": "main",
                "description": messages.SPREAD_POINT.format(
                    item=_item(view, row),
                    **{
                        name: figures.figure(row[f"expected_{name}"], _unit(row), None)
                        for name in ("p10", "p50", "p90")
                        if row[f"expected_{name}"] is not None
                    },
                ),
            }
            for row in rows
            if row["unit"] == unit and all(row[f"expected_{name}"] is not None for name in ("p10", "p50", "p90"))
        ][:_MOST_ZONES]
        with place:
            evidence.chart(
                heading,
                comparisons.forest(marks, unit, None, view.ink, zero=False) if marks else None,
                messages.SPREAD_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
                messages.SPREAD_NOTE,
                reason,
            )
    lines = [
        (
            _item(view, row),
            *(Estimate.of(row, f"expected_{name}", _unit(row)).cell() for name in ("p50", "deviation")),
            Estimate.of(row, "drift", "ratio", None, "drift_status", "drift_reason").cell(),
            messages.DRIFT.get(row["drift_verdict"], messages.DASH),
            figures.count(row["answer_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.SPREAD_COLUMNS, lines, messages.SPREAD_TABLE_ALT)
    evidence.rest(
        view,
        ("stated_expectation", "expectation_drift"),
        {"spread": rows},
        {"stated_expectation": rows[0]["method"] if rows else None},
    )


def response(view: View) -> None:
    """What follows a gap, and does a day late weigh more than a day early?"""
    rows = queries.responses(view.snapshot)
    for metric, place in zip(("response_csat", "response_repeat"), st.columns(2), strict=True):
        found = [row for row in rows if row["metric_id"] == metric]
        marks = []
        for row in found:
            value = Estimate.of(row, "value", "share", "observation_count")
            if row["gap_bucket"] != "all" and value.is_shown:
                marks.append(_mark(figures.name(row["gap_bucket"]), value, "main"))
        total = next((row for row in found if row["gap_bucket"] == "all"), None)
        with place:
            evidence.chart(
                _loss(total, messages.RESPONSES[metric]),
                comparisons.forest(marks, "share", None, view.ink, zero=False) if marks else None,
                messages.RESPONSE_ALT.format(
                    name=messages.RESPONSES[metric], parts="; ".join(mark["description"] for mark in marks)
                ),
                messages.RESPONSE_NOTE,
                (total or {}).get("reason") or messages.NO_RESPONSE,
            )
    lines = [
        (
            messages.RESPONSES[row["metric_id"]],
            *(Estimate.of(row, name, "points").cell() for name in ("slope_below", "slope_above")),
            Estimate.of(row, "loss_aversion", "ratio", None, "status", "loss_aversion_reason").cell(),
            figures.count(row["slope_count"]),
        )
        for row in rows
        if row["gap_bucket"] == "all"
    ]
    evidence.table(messages.RESPONSE_COLUMNS, lines, messages.RESPONSE_TABLE_ALT)
    evidence.rest(
        view,
        tuple(messages.RESPONSES),
        {"response_curve": rows},
        {row["metric_id"]: row["method"] for row in rows},
    )


def _loss(total: dict | None, name: str) -> str:
    ratio = Estimate.of(total, "loss_aversion", "ratio", None, "status", "loss_aversion_reason")
    # A ratio is only worth a headline where both slopes point the same way.
    if ratio.value is None or ratio.side_of(0) != "above":
        return messages.RESPONSE_HEADING.format(name=name)
    return messages.LOSS_HEADING.format(name=name, ratio=ratio.text())


def coverage(view: View) -> None:
    """Where is it known what was expected and how it was?"""
    rows = queries.coverage(view.snapshot)
    both = [row for row in rows if row["has_both"]]
    st.header(messages.COVERAGE_HEADING.format(both=len(both), all=len(rows)), anchor=False)
    lines = [
        (
            figures.name(row["touchpoint_kind"]),
            figures.count(row["interaction_count"]),
            *(messages.YES_NO[row[name]] for name in ("has_experience_data", "has_expectation_data", "has_both")),
            figures.count(row["paired_answer_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.COVERAGE_COLUMNS, lines, messages.COVERAGE_ALT)
    evidence.rest(view, (), {"coverage": rows})


def _point(row: dict, words: str) -> str:
    rate = Estimate.of(row, "survival_rate", "share")
    return words.format(minute=row["minute"], rate=rate.cell(), risk=figures.count(row["at_risk_count"]))


def _minutes(value: float | None) -> str:
    return messages.DASH if value is None else figures.number(value, 1)


PAGE = Page(
    slug="expectations",
    title=messages.EXPECTATIONS_TITLE,
    icon=":material/compare_arrows:",
    question=messages.EXPECTATIONS_QUESTION,
    answer=answer,
    tabs=(
        Tab("gap", messages.TAB_GAP, where, ("period", "segment"), "mart_gap_split"),
        Tab("prevalence", messages.TAB_PREVALENCE, spread_of_gaps, ("period",)),
        Tab("zones", messages.TAB_ZONES, zones, ("period",)),
        Tab("patience", messages.TAB_PATIENCE, patience, ("region",), "mart_patience"),
        Tab("spread", messages.TAB_SPREAD, spread, ("period", "segment"), "mart_expectation_spread"),
        Tab("response", messages.TAB_RESPONSE, response),
        Tab("coverage", messages.TAB_COVERAGE, coverage),
    ),
)
