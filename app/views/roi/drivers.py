"""What weighs most on satisfaction and on coming back."""

from app import figures, messages
from app.components import comparisons, evidence, filters
from app.estimate import Estimate
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import mark, or_needed, parts_of


def draw(view: View) -> None:
    """What weighs most on satisfaction and on coming back?"""
    rows = queries.drivers(view.snapshot)
    if rows:
        outcomes = {row["outcome"]: row["outcome_name"] or row["outcome"] for row in rows}
        chosen = filters.choose("outcome", messages.OUTCOME, outcomes, rows[0]["outcome"])
        rows = tuple(row for row in rows if row["outcome"] == chosen)
    marks = []
    for row in rows:
        weight = Estimate.of(row, "weight", "share")
        if weight.is_shown:
            role = "bad" if row["quadrant"] == "concentrate_here" else "main"
            role = "neutral" if weight.side_of(0) == "across" else role
            marks.append(mark(row["driver_name"] or row["driver"], weight, role, view))
    whole = Estimate.of(rows[0] if rows else None, "r_squared", "share")
    evidence.chart(
        messages.DRIVERS_HEADING.format(driver=marks[0]["label"], outcome=rows[0]["outcome_name"], share=whole.text())
        # The first is the weightiest; where its interval holds 0 nothing is known to weigh at all.
        if marks and marks[0]["role"] != "neutral"
        else messages.DRIVERS_NAME,
        comparisons.forest(marks, "share", None, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts=parts_of(marks)),
        messages.DRIVERS_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            row["driver_name"] or row["driver"],
            Estimate.of(row, "weight", "share").cell(),
            messages.DASH
            if row["performance_rate"] is None
            else figures.figure(row["performance_rate"], "share", None),
            or_needed(messages.QUADRANTS.get(row["quadrant"], messages.DASH), row),
            row["grade"] or messages.DASH,
            figures.count(row["complete_count"]),
            figures.count(row["dropped_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.DRIVERS_COLUMNS, lines, messages.DRIVERS_ALT)
    evidence.rest(view, ("driver_weight",), {"drivers": rows}, {"driver_weight": rows[0]["method"] if rows else None})
