"""What to fix first: the money at risk by touchpoint, and how sure its order is."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from app import figures, messages
from app.components import comparisons, evidence, filters
from app.estimate import Estimate, alike
from app.frame import Answer
from app.queries import roi as queries
from app.view import View
from app.views.roi.shared import chance, mark, or_needed, parts_of
from cx_warehouse.snapshots import Snapshot

_MOST_BARS = 8


def answer(view: View) -> Answer:
    """What to fix first, how sure that is, and where to begin."""
    rows = queries.priorities(view.snapshot)
    first = next((row for row in rows if Estimate.of(row, "money_at_risk", "currency").is_shown), None)
    if first is None:
        reason = next(
            (row["money_reason"] or row["reason"] for row in rows if row["money_reason"] or row["reason"]), None
        )
        return Answer(messages.ROI_WITHHELD, sure=figures.plain(figures.sentence(reason or messages.NO_ROWS)))
    money = Estimate.of(first, "money_at_risk", "currency", "exposure_count")
    sentence = messages.ROI_ANSWER[first["verdict"] == "worst_first"].format(
        touchpoint=first["touchpoint_name"].lower(), amount=money.text(view.currency)
    )
    parts = (
        [messages.BETWEEN_95.format(ends=money.ends(view.currency))] if money.value is not None and money.ends() else []
    )
    if first["top_3_probability"] is not None:
        parts.append(messages.ROI_TOP_3.format(chance=chance(first["top_3_probability"])))
    basis = messages.COST_BASES[first["cost_basis"]].format(margin=_lost_margin(view, first))
    parts.append(messages.ROI_CHANCES.format(count=figures.count(first["exposure_count"] or 0), basis=basis))
    parts.append(figures.graded(first["grade"]))
    return Answer(
        sentence,
        _where_to_begin(first),
        (view.definitions.get("money_at_risk") or {}).get("owner"),
        figures.plain(figures.sentence("; ".join(parts))),
    )


def _where_to_begin(row: dict) -> str:
    """The next step at the touchpoint that costs most."""
    if row["verdict"] != "worst_first":
        return messages.ROI_BEGIN_UNSURE
    ours = Estimate.of(row, "controllable_share", "share")
    if not ours.is_shown:
        return messages.ROI_BEGIN_NO_CAUSE
    return figures.plain(messages.ROI_BEGIN.format(share=ours.text()))


def _lost_margin(view: View, row: dict) -> str:
    amount = row["miss_lost_margin"]
    return messages.DASH if amount is None else figures.money(amount, view.currency)


def at_risk(view: View) -> None:
    """Draws the money at risk by touchpoint, what to fix first at the top."""
    rows = queries.priorities(view.snapshot)
    bars = []
    shown = rows[:_MOST_BARS]
    for row, money in zip(shown, alike(Estimate.of(row, "money_at_risk", "currency") for row in shown), strict=True):
        if money.value is not None:
            bars.append(mark(row["touchpoint_name"], money, "bad" if money.side_of(0) == "above" else "neutral", view))
    heading = messages.WORST_HEADING.format(touchpoint=bars[0]["label"], amount=bars[0]["text"]) if bars else ""
    evidence.chart(
        heading or messages.WORST_NAME,
        comparisons.forest(bars, "currency", view.currency, view.ink) if bars else None,
        messages.WORST_ALT.format(parts=parts_of(bars)),
        messages.WORST_NOTE,
        _why_no_order(rows),
    )


def _why_no_order(rows: Sequence[dict]) -> str | None:
    return next((row["money_reason"] or row["reason"] for row in rows if row["money_reason"] or row["reason"]), None)


def left_out(rows: list[dict]) -> list[str]:
    """How many touchpoints there is nothing to compare of, a sentence for each reason."""
    counts = Counter(row["reason"] for row in rows)
    words = messages.WORST_OTHERS_ONE, messages.WORST_OTHERS
    return [figures.counted(*words, count, reason=figures.told(reason)) for reason, count in counts.items()]


def draw(view: View) -> None:
    """What to fix first: money at risk, and how sure the order is."""
    rows = [
        # Where there is no rate there is no money either, for the same reason.
        {**row, "money_reason": row["money_reason"] or row["reason"]}
        for row in queries.priorities(view.snapshot)
    ]
    rates = []
    for row in rows[:_MOST_BARS]:
        rate = Estimate.of(row, "shrunk_rate", "share")
        if rate.is_shown:
            rates.append({**mark(row["touchpoint_name"], rate, "main", view), "bound": row["prior_rate"]})
    left, right = st.columns(2)
    with left:
        at_risk(view)
    with right:
        evidence.chart(
            messages.RATES_HEADING,
            comparisons.forest(rates, "share", None, view.ink, zero=False) if rates else None,
            messages.RATES_ALT.format(parts=parts_of(rates)),
            messages.RATES_NOTE,
            _why_no_order(rows),
        )
    # Where nothing was ever asked or promised there is nothing to compare; the reason stands once, not in each line.
    asked = [row for row in rows if row["exposure_count"]] or rows[:1]
    risks, costs = (
        alike(Estimate.of(row, name, "currency", None, "status", "money_reason") for row in asked)
        for name in ("money_at_risk", "miss_cost")
    )
    lines = [
        (
            row["touchpoint_name"],
            risk.cell(view.currency),
            cost.cell(view.currency),
            _lost_margin(view, row),
            Estimate.of(row, "shrunk_rate", "share").cell(),
            messages.DASH if row["top_3_probability"] is None else chance(row["top_3_probability"]),
            Estimate.of(row, "controllable_share", "share").text(),
            or_needed(messages.PRIORITY_VERDICTS.get(row["verdict"], messages.DASH), row),
            row["grade"] or messages.DASH,
            figures.count(row["exposure_count"]),
        )
        for row, risk, cost in zip(asked, risks, costs, strict=True)
    ]
    # The mart's reason is that of the rate; whose a miss was is another question.
    told = [{**row, "reason": messages.NO_CAUSE_THERE} for row in asked]
    shares = [(row["touchpoint_name"], Estimate.of(row, "controllable_share", "share")) for row in told]
    evidence.table(messages.WORST_COLUMNS, lines, messages.WORST_TABLE_ALT, reasons=shares)
    for sentence in left_out([row for row in rows if row not in asked]):
        evidence.note(sentence)
    evidence.rest(
        view,
        ("money_at_risk", "miss_rate", "controllable_miss_share"),
        {"priorities": queries.priorities(view.snapshot)},
        {"money_at_risk": rows[0]["method"] if rows else None},
        _counted(rows),
    )


def _counted(rows: Sequence[dict]) -> dict[str, Callable[[Snapshot], tuple[dict, ...]]]:
    """What the miss rate of one touchpoint was counted from, to be asked for on the click."""
    judged = {row["touchpoint"]: row for row in rows if row["exposure_kind"]}
    if not judged:
        return {}
    names = {touchpoint: row["touchpoint_name"] for touchpoint, row in judged.items()}
    chosen = filters.pick("touchpoint", messages.COUNTED_AT, names, next(iter(judged)))
    if judged[chosen]["exposure_kind"] == "promises":
        return {"missed": lambda snapshot: queries.missed(snapshot, chosen)}
    return {"disappointed": lambda snapshot: queries.disappointed(snapshot, chosen)}
