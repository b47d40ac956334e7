"""How far the firm has come, and what keeps it from the next stage."""

from app import figures, messages
from app.components import comparisons, evidence
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import parts_of


def draw(view: View) -> None:
    """How far has the firm come, and what keeps it from the next stage?"""
    rows = queries.maturity(view.snapshot)
    total = next((row for row in rows if row["dimension"] == "all"), None)
    marks = [
        {
            "label": messages.ALL_DIMENSIONS if row["dimension"] == "all" else figures.name(row["dimension"]),
            "value": row["stage"],
            "text": messages.STAGE.format(stage=row["stage"], name=row["stage_name"] or ""),
            "role": "main" if row["dimension"] == "all" else "neutral",
            "description": f"{figures.name(row['dimension'])}: {row['stage']}",
        }
        for row in rows
        if row["stage"] is not None
    ]
    heading = messages.MATURITY_NAME
    if total and total["stage"] is not None:
        heading = messages.MATURITY_HEADING.format(stage=total["stage"], name=total["stage_name"] or "")
    evidence.chart(
        heading,
        comparisons.bars(marks, view.ink) if marks else None,
        messages.MATURITY_ALT.format(parts=parts_of(marks)),
        messages.MATURITY_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            messages.ALL_DIMENSIONS if row["dimension"] == "all" else figures.name(row["dimension"]),
            figures.count(row["stage"]),
            messages.DASH if row["median_answered_stage"] is None else figures.rounded(row["median_answered_stage"]),
            figures.count(row["evidenced_stage"]),
            row["capped_by"] or figures.told(row["reason"]) or messages.DASH,
            figures.count(row["respondent_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.MATURITY_COLUMNS, lines, messages.MATURITY_TABLE_ALT, at_need={5: None})
    demands = queries.evidence(view.snapshot)
    evidence.table(messages.DEMANDS_COLUMNS, [_demand_line(row) for row in demands], messages.DEMANDS_ALT)
    stage = evidence.defined(messages.MATURITY_STAGE, "stage", rows[0]["method"] if rows else None)
    evidence.rest(view, (), {"maturity": rows, "demands": demands}, others=(stage,))


def _demand_line(row: dict) -> tuple[str, ...]:
    # The unit is in the name.
    unit = "share" if row["evidence_id"].endswith("_share") else "count"
    return (
        row["evidence"] or messages.DASH,
        *(
            messages.DASH if row[name] is None else figures.goal(row[name], unit, None)
            for name in ("measured", "required")
        ),
        figures.told(row["reason"]) or messages.YES_NO[row["is_held"]],
        messages.STAGE.format(stage=row["stage"], name=row["stage_name"] or ""),
    )
