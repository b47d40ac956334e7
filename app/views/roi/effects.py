"""What each initiative changed, beyond what changed for everybody."""

import streamlit as st

from app import figures, messages
from app.components import comparisons, evidence
from app.estimate import Estimate
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import MARGIN, initiative, mark, or_needed, parts_of

_MOST_INITIATIVES = 10


def initiatives_in_words(view: View) -> str:
    """How many initiatives changed what they aim at, and how many cannot tell, as a sentence."""
    targets = [row for row in queries.effects(view.snapshot) if row["is_target"] and row["initiative_id"] != "all"]
    if not targets:
        return messages.ROI_NO_INITIATIVE
    named = {
        verdict: [
            messages.QUOTED.format(text=initiative(view, row["initiative_id"]))
            for row in targets
            if row["verdict"] == verdict
        ]
        for verdict in messages.VERDICTS
    }
    parts = [messages.ROI_STEP[verdict].format(names=", ".join(ids)) for verdict, ids in named.items() if ids]
    return figures.sentence("; ".join(parts))


def draw(view: View) -> None:
    """What did each initiative change, beyond what changed for everybody?"""
    rows = queries.effects(view.snapshot)
    shares, money = [], []
    for row in rows:
        unit = _unit(view, row["metric_id"])
        effect = Estimate.of(row, "effect", unit)
        if not effect.is_shown:
            continue
        better = (view.definitions.get(row["metric_id"]) or {}).get("direction") != "down"
        side = effect.side_of(0)
        role = "neutral" if side == "across" else "good" if (side == "above") == better else "bad"
        if row["is_target"] and unit == "points":
            label = messages.EFFECT.format(initiative=initiative(view, row["initiative_id"]), metric=_metric(view, row))
            shares.append(mark(label, effect, role, view))
        if row["metric_id"] == MARGIN:
            money.append(mark(initiative(view, row["initiative_id"]), effect, role, view))
    left, right = st.columns(2)
    reason = next((row["reason"] for row in rows if row["reason"]), None) or messages.ROI_NO_INITIATIVE
    with left:
        evidence.chart(
            messages.EFFECTS_HEADING,
            comparisons.forest(shares[:_MOST_INITIATIVES], "points", None, view.ink) if shares else None,
            messages.FOREST_ALT.format(parts=parts_of(shares)),
            messages.EFFECTS_NOTE,
            reason,
        )
    with right:
        evidence.chart(
            messages.MARGIN_HEADING,
            comparisons.forest(money[:_MOST_INITIATIVES], "currency", view.currency, view.ink) if money else None,
            messages.FOREST_ALT.format(parts=parts_of(money)),
            messages.MARGIN_NOTE,
            reason,
        )
    lines = [_effect_line(view, row) for row in rows if row["is_target"] or row["metric_id"] == MARGIN]
    evidence.table(messages.EFFECTS_COLUMNS, lines, messages.EFFECTS_ALT)
    evidence.rest(
        view,
        tuple(dict.fromkeys(row["metric_id"] for row in rows)),
        {"effects": rows},
        {row["metric_id"]: row["method"] for row in rows},
    )


def _effect_line(view: View, row: dict) -> tuple[str, ...]:
    verdict = or_needed(messages.VERDICTS[row["verdict"]], row)
    return (
        messages.EFFECT.format(initiative=initiative(view, row["initiative_id"]), metric=_metric(view, row)),
        Estimate.of(row, "effect", _unit(view, row["metric_id"])).cell(view.currency),
        row["grade"] or messages.DASH,
        verdict,
        figures.count(row["treated_customer_count"]),
        figures.told(row["reason"]) or messages.DASH,
        messages.DASH if row["q_value"] is None else figures.number(row["q_value"], 3),
    )


def _metric(view: View, row: dict) -> str:
    return figures.metric(view.definitions.get(row["metric_id"]) or {**row, "metric_name": None})


def _unit(view: View, metric_id: str) -> str:
    unit = (view.definitions.get(metric_id) or {}).get("unit") or "ratio"
    # A change of a share is a distance between two.
    return {"share": "points", "count": "ratio"}.get(unit, unit)
