"""Promises: do we keep our word, why not, what can be promised, and does what we say agree with itself?"""

from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import charts, comparisons, evidence
from app.components.promises import by_month, outcomes
from app.components.tile import count_tile, tile, tiles
from app.estimate import Estimate
from app.frame import Answer, Page, Tab
from app.queries import promises as queries
from app.view import View

_DIMENSIONS = ("period", "segment", "region", "service_level")
# The level at which the page says in words what can be promised.
_LEVEL = 0.95
_MOST_BARS = 8
_AFTER_ORDER = "after_order"
# Whose cause it is; None where no list says.
_WHOSE = {True: messages.IN_HAND, False: messages.OUT_OF_HAND, None: messages.YES_NO[None]}


def answer(view: View) -> Answer:
    """How many promises are kept, how sure that is, and which cause to take on first."""
    row = queries.of_period(view.snapshot, view.pick)
    kept = Estimate.of(row, "kept_rate", "share", "due_count")
    if row is None:
        return Answer(messages.PROMISES_NO_ROW)
    if not kept.is_shown:
        return Answer(messages.PROMISES_WITHHELD_TITLE, sure=figures.plain(figures.sentence(kept.why)))
    definition = view.definitions.get("kept_rate") or {}
    target = definition.get("target")
    words = messages.PROMISES_KEPT_ONLY
    if target is not None:
        words = messages.PROMISES_KEPT[kept.side_of(target)]
    sentence = words.format(value=kept.text(), target=figures.goal(target, "share", None) if target is not None else "")
    parts = [messages.PROMISES_SURE.format(due=figures.count(row["due_count"]))]
    if kept.value is not None and kept.ends():
        parts.insert(0, messages.BETWEEN_95.format(ends=kept.ends()))
    if row["unknown_count"]:
        parts.append(messages.PROMISES_UNKNOWN.format(count=figures.count(row["unknown_count"])))
    step, owner = _next_step(view, row)
    return Answer(sentence, step, owner, figures.plain(figures.sentence("; ".join(parts))))


def _next_step(view: View, row: dict) -> tuple[str | None, str | None]:
    if row["missed_count"] == 0:
        return None, None
    found = queries.causes(view.snapshot, view.period)
    named = [each for each in found if each["cause"] not in ("all", "unknown") and each["is_controllable"]]
    # A cause of other months has a row here too, with none of its misses.
    shown = [each for each in named if each["missed_count"] != 0 and Estimate.of(each, "share", "share").is_shown]
    if not shown:
        return figures.plain(_no_cause(found)), None
    first = [each for each in shown if each["missed_count"] == shown[0]["missed_count"]]
    # Causes are published over all segments and regions.
    is_whole = all(view.pick.get(name, "all") == "all" for name in _DIMENSIONS if name != "period")
    words = messages.PROMISES_STEP if len(first) == 1 else messages.PROMISES_STEP_TIE
    step = words.format(
        cause=messages.ALTERNATIVE.join(each["cause_name"].lower() for each in first),
        share=Estimate.of(first[0], "share", "share").text(),
        scope="" if is_whole else messages.PROMISES_OVER_ALL,
    )
    return figures.plain(step), (view.definitions.get("kept_rate") or {}).get("owner")


def _no_cause(found: Sequence[dict]) -> str:
    """Why no cause can be named: none is on record, none of those is in the firm's hands, or too little is known."""
    total = next((each for each in found if each["cause"] == "all"), None)
    if not Estimate.of(total, "unattributed_share", "share").is_shown:
        reason = figures.told(total["reason"]) if total else messages.NO_ROW
        return messages.PROMISES_STEP_UNKNOWN.format(reason=(reason or messages.NO_REASON).rstrip("."))
    words = messages.PROMISES_STEP_OUTSIDE
    if total["unattributed_count"] == total["all_missed_count"]:
        words = messages.PROMISES_STEP_NO_CAUSE
    return words.format(
        missed=figures.count(total["all_missed_count"]), unattributed=figures.count(total["unattributed_count"])
    )


def word(view: View) -> None:
    """Do we keep our word?"""
    row = queries.of_period(view.snapshot, view.pick)
    months = queries.by_month(view.snapshot, view.pick)
    touchpoints = queries.by_touchpoint(view.snapshot, view.pick)
    with st.grid(4, min_column_width=220):
        tile(view, messages.KEPT, Estimate.of(row, "kept_rate", "share", "due_count"), "kept_rate")
        tile(view, messages.MISSED, Estimate.of(row, "missed_rate", "share", "due_count"), "miss_rate")
        tile(
            view,
            messages.OTIF,
            Estimate.of(row, "otif_rate", "share", "otif_known_count"),
            "kept_rate",
            messages.OTIF_NOTE,
        )
        count_tile(
            view,
            messages.UNKNOWN,
            None if row is None else row["unknown_count"],
            messages.UNKNOWN_NOTE
            if row is None or row["no_promise_count"] is None
            else messages.UNKNOWN_NO_PROMISE.format(count=figures.count(row["no_promise_count"])),
        )
    left, right = st.columns([3, 2])
    definition = view.definitions.get("kept_rate") or {}
    with left:
        by_month(months, {"target": definition.get("target"), "reason": (row or {}).get("reason")}, view.ink)
    with right:
        outcomes(row, view.ink)
    lines = [
        (
            view.name("touchpoint", each["touchpoint"]),
            Estimate.of(each, "kept_rate", "share").cell(),
            *(figures.count(each[name]) for name in ("due_count", "missed_count", "unknown_count")),
        )
        for each in touchpoints
    ]
    evidence.table(messages.TOUCHPOINT_COLUMNS, lines, messages.TOUCHPOINT_ALT)
    evidence.rest(
        view,
        ("kept_rate", "miss_rate", "gap_days"),
        {"promises": [*months, *filter(None, [row])], "promises_by_touchpoint": touchpoints},
        {"kept_rate": (row or {}).get("method")},
    )


def padding(view: View) -> None:
    """Is it speed or padding? What was promised beside how it went, month by month."""
    months = queries.by_month(view.snapshot, view.pick)
    last = queries.of_period(view.snapshot, view.pick, "last")
    first = queries.of_period(view.snapshot, view.pick)
    reason = (first or {}).get("reason")
    changes = [
        (words, Estimate.of(_or_first(first, name), name, unit, count), metric, note)
        for name, unit, count, metric, (words, note) in (
            ("gap_days_change", "days", "delivered_count", "padding", messages.GAP_CHANGE),
            ("promised_days_change", "days", "delivered_count", "padding", messages.PROMISED_CHANGE),
            ("taken_days_change", "days", "delivered_count", "padding", messages.TAKEN_CHANGE),
            ("reprom_inflation", "points", "reprom_pair_count", "reprom_inflation", messages.INFLATION),
        )
    ]
    tiles(view, changes)
    left, right = st.columns(2)
    with left:
        _months(view, months, "promised_days_mean", messages.PROMISED_DAYS, messages.PROMISED_DAYS_NOTE, reason)
    with right:
        _months(view, months, "gap_days_mean", messages.GAP_DAYS, messages.GAP_DAYS_NOTE, reason)
    lines = []
    for name, row in ((messages.FIRST_PROMISE, first), (messages.LAST_PROMISE, last)):
        if row is not None:
            lines.append(
                (
                    name,
                    Estimate.of(row, "kept_rate", "share").cell(),
                    figures.count(row["due_count"]),
                    Estimate.of(row, "promised_days_mean", "days").cell(),
                    Estimate.of(row, "gap_days_mean", "days").cell(),
                )
            )
    evidence.table(messages.VERSIONS_COLUMNS, lines, messages.VERSIONS_ALT)
    evidence.rest(
        view,
        ("padding", "reprom_inflation", "kept_rate", "gap_days"),
        {"promises": [*months, *filter(None, (first, last))]},
    )


def _or_first(row: dict | None, name: str) -> dict | None:
    """The row, with a reason where it is shown but this change of it is not."""
    if row is None or row[name] is not None or row[f"{name}_low"] is not None or row["reason"]:
        return row
    return {**row, "reason": messages.NO_PREVIOUS}


def _months(view: View, months: Sequence[dict], name: str, heading: str, note: str, reason: str | None) -> None:
    renamed = [
        {
            **month,
            "value": month[name],
            "value_low": month.get(f"{name}_low"),
            "value_high": month.get(f"{name}_high"),
            "observation_count": month["delivered_count"],
        }
        for month in months
    ]
    marks = charts.points(renamed, "days", None)
    if not marks:
        evidence.chart(heading, None, "", "", reason)
        return
    newest = charts.ended(marks) or marks[-1]
    spec = charts.large_trend(marks, "days", None, None, view.ink, messages.PROMISES_MONTH, None)
    alt = messages.TREND_ALT.format(
        name=heading, first=marks[0]["label"], last=marks[-1]["label"], latest=newest["text"], target=""
    )
    title = messages.MONTH_HEADING.format(name=heading, value=newest["text"], month=newest["label"])
    evidence.chart(title, spec, alt, note)


def causes(view: View) -> None:
    """Why are promises missed, and how much of it is in the firm's hands?"""
    found = queries.causes(view.snapshot, view.period)
    total = next((each for each in found if each["cause"] == "all"), None)
    named = [each for each in found if each["cause"] != "all"]
    with st.grid(3, min_column_width=220):
        tile(
            view,
            messages.CONTROLLABLE,
            Estimate.of(total, "controllable_share", "share", "judged_control_count"),
            "controllable_miss_share",
        )
        tile(
            view,
            messages.UNATTRIBUTED,
            Estimate.of(total, "unattributed_share", "share", "all_missed_count"),
            "miss_cause_share",
            messages.UNATTRIBUTED_NOTE,
        )
        count_tile(view, messages.MISSES, None if total is None else total["all_missed_count"], messages.MISSES_NOTE)
    marks = []
    for each in named:
        share = Estimate.of(each, "share", "share")
        if share.value is not None and share.value > 0:
            role = "bad" if each["is_controllable"] else "neutral"
            described = f"{each['cause_name']}: {share.cell()}, {_WHOSE[each['is_controllable']]}"
            marks.append(
                {
                    "label": each["cause_name"],
                    "value": share.value,
                    "low": share.low,
                    "high": share.high,
                    "text": share.text(),
                    "role": role,
                    "description": described,
                }
            )
    reason = (total or {}).get("reason") or messages.NO_MISSES
    heading = messages.CAUSES_HEADING.format(cause=marks[0]["label"], share=marks[0]["text"]) if marks else ""
    evidence.chart(
        heading or messages.CAUSES_HEADING_NONE,
        comparisons.bars(marks, view.ink) if marks else None,
        messages.CAUSES_ALT.format(parts=_parts(marks)),
        messages.CAUSES_NOTE,
        reason,
    )
    lines = [
        (
            each["cause_name"],
            Estimate.of(each, "share", "share").cell(),
            figures.count(each["missed_count"]),
            _WHOSE[each["is_controllable"]],
        )
        for each in named
    ]
    evidence.table(messages.CAUSES_COLUMNS, lines, messages.CAUSES_TABLE_ALT)
    evidence.rest(
        view,
        ("miss_cause_share", "controllable_miss_share"),
        {"causes": found},
        {"miss_cause_share": (total or {}).get("method")},
    )


def planner(view: View) -> None:
    """What can be promised at each level, and what would a day cost?"""
    plans = queries.plans(view.snapshot, view.pick.get("lane", "all"))
    # Days after the order and days behind a timetable share no chart; the table has both.
    basis = plans[0]["basis"] if plans else _AFTER_ORDER
    marks, backtests = [], []
    for plan in (each for each in plans if each["basis"] == basis):
        level = figures.goal(plan["level"], "share", None)
        days, coverage = (
            Estimate.of(plan, "promise_days", "days"),
            Estimate.of(plan, "coverage", "share", "judged_count"),
        )
        if days.value is not None:
            text = _days(days.value)
            marks.append(
                {
                    "label": messages.LEVEL.format(level=level),
                    "value": days.value,
                    "text": text,
                    "role": "main",
                    "description": f"{messages.LEVEL.format(level=level)}: {text}",
                }
            )
        if coverage.is_shown:
            backtests.append(
                {
                    "label": messages.LEVEL.format(level=level),
                    "value": coverage.value,
                    "low": coverage.low,
                    "high": coverage.high,
                    "bound": plan["level"],
                    "text": coverage.text(),
                    "role": "bad" if coverage.side_of(plan["level"]) == "below" else "main",
                    "description": f"{messages.LEVEL.format(level=level)}: {coverage.cell()}",
                }
            )
    chosen = next((plan for plan in plans if (plan["basis"], plan["level"]) == (basis, _LEVEL)), None)
    reason = next((plan["reason"] for plan in plans if plan["reason"]), None) or messages.NO_PLAN
    heading = messages.PLANNER_HEADING_NONE
    if chosen and chosen["promise_days"] is not None:
        heading = messages.PLANNER_HEADING[basis].format(
            level=figures.goal(_LEVEL, "share", None), days=_days(chosen["promise_days"])
        )
    left, right = st.columns(2)
    with left:
        evidence.chart(
            heading,
            comparisons.bars(marks, view.ink) if marks else None,
            messages.PLANNER_ALT.format(parts=_parts(marks)),
            messages.PLANNER_NOTE[basis],
            reason,
        )
    with right:
        evidence.chart(
            messages.BACKTEST_HEADING,
            comparisons.forest(backtests, "share", None, view.ink, zero=False) if backtests else None,
            messages.BACKTEST_ALT.format(parts=_parts(backtests)),
            messages.BACKTEST_NOTE,
            messages.NO_BACKTEST,
        )
    evidence.table(messages.PLANNER_COLUMNS, [_plan_line(plan) for plan in plans], messages.PLANNER_TABLE_ALT)
    if chosen:
        note = messages.PLANNER_LANES.format(
            unsupported=figures.count(chosen["unsupported_lane_count"]),
            lanes=figures.count(chosen["lane_count"]),
            level=figures.goal(_LEVEL, "share", None),
            cancelled=figures.count(chosen["cancelled_count"]),
        )
        evidence.note(note)
    evidence.rest(
        view,
        ("promise_days",),
        {"planner": plans, "planner_lanes": queries.lanes_planned(view.snapshot, _LEVEL)},
        {"promise_days": (chosen or {}).get("method")},
    )


def _plan_line(plan: dict) -> tuple[str, ...]:
    late = Estimate.of(plan, "late_per_1000", "count")
    days = messages.NOT_SUPPORTED.format(reason=figures.told(plan["reason"]) or messages.NO_REASON)
    if plan["promise_days"] is not None:
        days = _days(plan["promise_days"])
        if plan["pool"] != "lane" and plan["lane"] != "all":
            days = messages.FROM_POOL.format(days=days, place=figures.name(plan["place"]))

    def per_thousand(name: str) -> str:
        return messages.DASH if plan[name] is None else figures.number(plan[name], 0)

    ends = messages.DASH
    if late.low is not None and late.high is not None:
        ends = messages.INTERVAL_ENDS.format(low=figures.number(late.low, 0), high=figures.number(late.high, 0))
    at = messages.MEASURES_VALUE.format(value=per_thousand("late_per_1000"), interval=ends)
    return (
        messages.PLANNER_LEVEL[plan["basis"]].format(level=figures.goal(plan["level"], "share", None)),
        days,
        at if late.value is not None else ends,
        per_thousand("late_per_1000_day_less"),
        per_thousand("late_per_1000_day_more"),
        figures.count(plan["fitted_count"]),
    )


def words(view: View) -> None:
    """Does what customers are told agree with itself and with what happens?"""
    found = queries.defects(view.snapshot)
    current = [each for each in found if each["is_open"]]
    exposed = [each for each in current if each["exposed_order_count"]][:_MOST_BARS]
    marks = [
        {
            "label": _defect(view, each),
            "value": each["exposed_order_count"],
            "text": figures.count(each["exposed_order_count"]),
            "role": "bad" if each["severity"] == "high" else "neutral",
            "description": f"{_defect(view, each)}: {figures.count(each['exposed_order_count'])}",
        }
        for each in exposed
    ]
    untrue = []
    for each in current:
        kept = Estimate.of(each, "kept_rate", "share", "judged_count")
        if each["defect_kind"] == "untrue" and kept.is_shown:
            untrue.append(
                {
                    "label": _place(view, each),
                    "value": kept.value,
                    "low": kept.low,
                    "high": kept.high,
                    "bound": each["required_rate"],
                    "text": kept.text(),
                    "role": "bad",
                    "description": f"{_place(view, each)}: {kept.cell()}",
                }
            )
    kinds = {kind: sum(each["defect_kind"] == kind for each in current) for kind in messages.DEFECTS}
    parts = [words.format(count=kinds[kind]) for kind, words in messages.DEFECT_COUNTS.items() if kinds[kind]]
    heading = messages.DEFECTS_HEADING.format(parts=", ".join(parts)) if parts else messages.DEFECTS_NONE
    # Nothing found is good news only where it could have been found.
    trust = view.trust.get("message_kept_rate") or {}
    unknown = (trust["reason"] or messages.NO_REASON) if trust.get("fitness") == "withheld" else None
    if unknown and not parts:
        heading = messages.DEFECTS_UNKNOWN
    left, right = st.columns(2)
    with left:
        evidence.chart(
            heading,
            comparisons.bars(marks, view.ink) if marks else None,
            messages.DEFECTS_ALT.format(parts=_parts(marks)),
            messages.DEFECTS_NOTE,
            unknown or messages.DEFECTS_MISSING,
        )
    with right:
        evidence.chart(
            messages.UNTRUE_HEADING,
            comparisons.forest(untrue, "share", None, view.ink, zero=False) if untrue else None,
            messages.UNTRUE_ALT.format(parts=_parts(untrue)),
            messages.UNTRUE_NOTE,
            unknown or messages.UNTRUE_NONE,
        )
    evidence.table(messages.DEFECTS_COLUMNS, [_defect_line(view, each) for each in found], messages.DEFECTS_TABLE_ALT)
    evidence.rest(view, ("message_kept_rate",), {"message_defects": found})


def _defect(view: View, row: dict) -> str:
    """A defect in the words by which its line in the table is found."""
    kind = messages.DEFECTS.get(row["defect_kind"], row["defect_kind"])
    return messages.DEFECT.format(kind=kind[:1].upper() + kind[1:], place=_place(view, row))


def _place(view: View, row: dict) -> str:
    """What a message is about and where it is read: `Delivery standard, Website`."""
    about = view.name("touchpoint", row["touchpoint"])
    if row["service_level"] not in (None, "all"):
        about += f" {row['service_level'].replace('_', ' ')}"
    return ", ".join([about, *_channels(row)])


def _channels(row: dict) -> list[str]:
    return [figures.name(each) for each in (row["channel"], row["other_channel"]) if each]


def _defect_line(view: View, row: dict) -> tuple[str, ...]:
    said = [each for each in (row["wording"], row["other_wording"]) if each]
    owners = dict.fromkeys(each for each in (row["owner"], row["other_owner"]) if each)
    state = messages.DEFECT_OPEN if row["is_open"] else messages.DEFECT_ENDED
    kind = messages.DEFECTS.get(row["defect_kind"], row["defect_kind"])
    fact = ""
    if row["kept_rate"] is not None or row["kept_rate_low"] is not None:
        fact = messages.DEFECT_KEPT.format(
            kept=Estimate.of(row, "kept_rate", "share").cell(),
            required=figures.goal(row["required_rate"], "share", None) if row["required_rate"] is not None else "",
        )
    return (
        messages.DEFECT_KIND.format(kind=kind, state=state, touchpoint=view.name("touchpoint", row["touchpoint"])),
        figures.count(row["exposed_order_count"]),
        messages.VERSUS.join(messages.QUOTED.format(text=each) for each in said) + fact or messages.DASH,
        ", ".join(_channels(row)) or messages.DASH,
        ", ".join(owners) or messages.DASH,
    )


def _days(value: float) -> str:
    return messages.DAYS.format(days=figures.rounded(value)) if value != 1 else messages.DAY


def _parts(marks: Sequence[dict]) -> str:
    return "; ".join(mark["description"] for mark in marks)


PAGE = Page(
    slug="promises",
    title=messages.PROMISES_TITLE,
    icon=":material/handshake:",
    question=messages.PROMISES_QUESTION,
    answer=answer,
    tabs=(
        Tab("word", messages.TAB_WORD, word, _DIMENSIONS, "mart_promise_reliability"),
        Tab("padding", messages.TAB_PADDING, padding, _DIMENSIONS, "mart_promise_reliability"),
        Tab("causes", messages.TAB_CAUSES, causes, ("period",)),
        Tab("planner", messages.TAB_PLANNER, planner, ("lane",), "mart_promise_planner"),
        Tab("messages", messages.TAB_MESSAGES, words, ()),
    ),
)
