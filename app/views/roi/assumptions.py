"""Which assumption moves the return of an initiative most."""

from app import figures, messages
from app.components import comparisons, evidence
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import parts_of, pick_initiative


def draw(view: View) -> None:
    """Which assumption moves the return most?"""
    ids = list(dict.fromkeys(row["initiative_id"] for row in queries.ledger(view.snapshot)))
    rows = queries.tornado(view.snapshot, pick_initiative(view, ids) if ids else "all")
    marks = []
    for row in rows:
        if row["npv_at_low"] is None or row["npv_at_high"] is None:
            continue
        low, high = sorted((row["npv_at_low"], row["npv_at_high"]))
        name = messages.ASSUMPTIONS.get(row["assumption"], figures.name(row["assumption"]))
        text = messages.INTERVAL_ENDS.format(
            low=figures.money(low, view.currency), high=figures.money(high, view.currency)
        )
        marks.append(
            {
                "label": name,
                "value": None,
                "low": low,
                "high": high,
                "bound": row["npv"],
                "text": text,
                "role": "bad" if high < 0 else "good" if low > 0 else "neutral",
                "description": f"{name}: {text}",
            }
        )
    heading = messages.TORNADO_NAME
    if marks:
        heading = messages.TORNADO_HEADING.format(
            assumption=marks[0]["label"],
            low=figures.money(marks[0]["low"], view.currency),
            high=figures.money(marks[0]["high"], view.currency),
        )
    evidence.chart(
        heading,
        comparisons.forest(marks, "currency", view.currency, view.ink) if marks else None,
        messages.TORNADO_ALT.format(parts=parts_of(marks)),
        messages.TORNADO_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            messages.ASSUMPTIONS.get(row["assumption"], figures.name(row["assumption"])),
            *(
                messages.DASH
                if row[name] is None
                else figures.goal(row[name], messages.ASSUMPTION_UNITS.get(row["assumption"], "ratio"), view.currency)
                for name in ("assumption_at_low", "assumption_at_high")
            ),
            *(
                messages.DASH if row[name] is None else figures.money(row[name], view.currency)
                for name in ("npv_at_low", "npv_at_high")
            ),
        )
        for row in rows
    ]
    evidence.table(messages.TORNADO_COLUMNS, lines, messages.TORNADO_TABLE_ALT)
    evidence.rest(view, ("npv",), {"tornado": rows})
