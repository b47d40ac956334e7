"""What some points less would be worth."""

import streamlit as st

from app import figures, messages
from app.components import evidence, filters
from app.estimate import Estimate, alike
from app.queries import roi as queries
from app.view import View


def draw(view: View) -> None:
    """What would some points less be worth: a published number times the points asked for, and nothing else."""
    every = queries.slopes(view.snapshot)
    rows = [row for row in every if Estimate.of(row, "money_per_point", "currency").is_shown]
    if not rows:
        reason = next((row["reason"] for row in every if row["reason"]), None)
        evidence.chart(messages.WHAT_IF_NAME, None, "", "", reason)
    else:
        _what_if(view, rows)
    worths_of = alike(Estimate.of(row, "money_per_point", "currency") for row in every)
    lines = [
        (
            row["touchpoint_name"],
            worth.cell(view.currency),
            messages.DASH if row["misses_per_point"] is None else figures.rounded(row["misses_per_point"], 2),
            messages.DASH if row["points_available"] is None else figures.number(row["points_available"], 1),
            row["grade"] or messages.DASH,
        )
        for row, worth in zip(every, worths_of, strict=True)
    ]
    evidence.table(messages.SLOPES_COLUMNS, lines, messages.SLOPES_ALT)
    evidence.rest(view, ("money_at_risk",), {"slopes": queries.slopes(view.snapshot)})


def _what_if(view: View, rows: list[dict]) -> None:
    with st.container(border=True):
        names = {row["touchpoint"]: row["touchpoint_name"] for row in rows}
        chosen = filters.pick("touchpoint", messages.WHAT_IF_TOUCHPOINT, names, rows[0]["touchpoint"])
        points = filters.choose("points", messages.WHAT_IF_POINTS, messages.POINTS, "1")
        row = next(each for each in rows if each["touchpoint"] == chosen)
        # The one product that a page works out: both factors are published, and on the screen.
        asked = min(float(points), row["points_available"] or float(points))
        worth = Estimate(
            *(
                None if row[name] is None else row[name] * asked
                for name in ("money_per_point", "money_per_point_low", "money_per_point_high")
            ),
            "currency",
        )
        words = messages.WHAT_IF if row["is_evident"] else messages.WHAT_IF_UNSURE
        st.header(
            figures.plain(
                words.format(touchpoint=row["touchpoint_name"], points=_points(asked), amount=worth.text(view.currency))
            ),
            anchor=False,
        )
        note = messages.WHAT_IF_NOTE.format(
            ends=worth.ends(view.currency) or messages.NOT_SHOWN,
            points=figures.rounded(asked),
            slope=Estimate.of(row, "money_per_point", "currency").cell(view.currency),
            grade=row["grade"],
        )
        st.markdown(f":gray[{figures.plain(note)}]")


def _points(asked: float) -> str:
    return messages.POINTS.get(f"{asked:g}") or messages.SOME_POINTS.format(points=figures.number(asked, 1))
