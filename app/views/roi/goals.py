"""Whether goals are going to be reached by their deadlines."""

from app import figures, messages
from app.components import comparisons, evidence
from app.estimate import Estimate
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import chance, parts_of


def draw(view: View) -> None:
    """Are the goals going to be reached by their deadlines?"""
    rows = queries.goals(view.snapshot)
    counted = {status: sum(row["goal_status"] == status for row in rows) for status in messages.GOALS}
    parts = [f"{number} {messages.GOALS[status]}" for status, number in counted.items() if number]
    marks = [
        {
            "label": row["initiative_name"] or row["initiative_id"],
            "value": row["on_track_probability"],
            "low": None,
            "high": None,
            "text": chance(row["on_track_probability"]),
            "role": {"reached": "good", "on_track": "good", "at_risk": "bad", "missed": "bad"}.get(
                row["goal_status"], "neutral"
            ),
            "description": f"{row['initiative_name'] or row['initiative_id']}: {chance(row['on_track_probability'])}",
        }
        for row in rows
        if row["on_track_probability"] is not None
    ]
    evidence.chart(
        messages.GOALS_HEADING.format(parts=", ".join(parts)) if parts else messages.GOALS_NAME,
        comparisons.bars(marks, view.ink) if marks else None,
        messages.GOALS_ALT.format(parts=parts_of(marks)),
        messages.GOALS_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None) or messages.NO_GOALS,
    )
    lines = []
    for row in rows:
        unit = "share" if row["unit"] == "share" else row["unit"]
        target = messages.DASH
        if row["target_value"] is not None:
            target = figures.goal(row["target_value"], unit, view.currency)
        lines.append(
            (
                messages.EFFECT.format(
                    initiative=row["initiative_name"] or row["initiative_id"], metric=figures.metric(row)
                ),
                Estimate.of(row, "value", unit).cell(view.currency),
                target,
                messages.GOALS.get(row["goal_status"], messages.DASH),
                messages.DASH if row["deadline_on"] is None else figures.day(row["deadline_on"]),
                Estimate.of(row, "baseline_value", unit).text(view.currency),
                row["owner"] or messages.DASH,
            )
        )
    evidence.table(messages.GOALS_COLUMNS, lines, messages.GOALS_TABLE_ALT)
    evidence.rest(
        view,
        tuple(dict.fromkeys(row["metric_id"] for row in rows if row["metric_id"])),
        {"goals": rows, "goal_months": queries.goal_months(view.snapshot)},
        {row["metric_id"]: row["method"] for row in rows},
    )
