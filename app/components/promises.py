"""Promises kept by month, and what became of each."""

from collections.abc import Sequence

from app import figures, messages
from app.components import charts, comparisons, evidence

# Kept and missed are coloured; what is counted beside the rate is grey.
_ROLES = {"exceeded_count": "good", "met_count": "good", "missed_count": "bad"}


def by_month(months: Sequence[dict], row: dict | None, ink: dict) -> None:
    """Draws the share of promises kept by month, with its interval and target.

    Args:
        months: rows of mart_promise_reliability, oldest first.
        row: the period's row of mart_scorecard for the kept rate.
        ink: colours by role.
    """
    names = {"kept_rate": "value", "kept_rate_low": "value_low", "kept_rate_high": "value_high"}
    renamed = [
        {names.get(key, key): value for key, value in month.items()} | {"observation_count": month["due_count"]}
        for month in months
    ]
    marks = charts.points(renamed, "share", None)
    last = charts.ended(marks) if marks else None
    heading = messages.PROMISES_HEADING_PLAIN
    if last:
        heading = messages.PROMISES_HEADING.format(value=last["text"], month=last["label"])
    spec, alt, note = None, "", ""
    if marks:
        goal = row["target"] if row else None
        goal_text = messages.PROMISES_TARGET.format(target=figures.goal(goal, "share", None)) if goal else None
        low, high = (figures.goal(end, "share", None) for end in charts.span(marks, goal, "share"))
        spec = charts.large_trend(marks, "share", None, goal, ink, messages.PROMISES_MONTH, goal_text)
        alt = messages.TREND_ALT.format(
            name=messages.PROMISES_NAME,
            first=marks[0]["label"],
            last=marks[-1]["label"],
            latest=marks[-1]["text"],
            target=f"{goal_text}. " if goal_text else "",
        )
        # Not along the axis: turned by 90 degrees nobody reads it, and a phone cuts it off.
        parts = [messages.PROMISES_AXIS.format(low=low, high=high), messages.PROMISES_NOTE]
        parts += [messages.RUNNING_NOTE] if any(mark["provisional"] for mark in marks) else []
        note = " ".join(parts)
    evidence.chart(heading, spec, alt, note, messages.PROMISES_WITHHELD.format(reason=_why(row)))


def outcomes(row: dict | None, ink: dict) -> None:
    """Draws how many promises were kept early, on time, missed, and counted beside.

    Args:
        row: the period's row of mart_promise_reliability, None when there is none.
        ink: colours by role.
    """
    if row is None:
        evidence.chart(messages.OUTCOMES_HEADING_NONE, None, "", "", messages.OUTCOMES_NONE)
        return
    parts = []
    for column, label in messages.OUTCOMES.items():
        if row[column] is not None:
            text = figures.count(row[column])
            role = _ROLES.get(column, "neutral")
            described = {"text": text, "role": role, "description": f"{label}: {text}"}
            parts.append({"label": label, "value": row[column], **described})
    if row["missed_count"] is None or row["due_count"] is None or not parts:
        missing = messages.PROMISES_WITHHELD.format(reason=_why(row))
        evidence.chart(messages.OUTCOMES_HEADING_NONE, None, "", "", missing)
        return
    evidence.chart(
        messages.OUTCOMES_HEADING.format(
            missed=figures.count(row["missed_count"]), due=figures.count(row["due_count"])
        ),
        comparisons.bars(parts, ink),
        messages.OUTCOMES_ALT.format(parts=", ".join(part["description"] for part in parts)),
        messages.OUTCOMES_NOTE,
    )


def _why(row: dict | None) -> str:
    return messages.NO_ROW if row is None else (figures.told(row["reason"]) or messages.NO_REASON).rstrip(".")
