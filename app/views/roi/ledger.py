"""What initiatives brought, cost and left."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import comparisons, evidence
from app.estimate import Estimate, alike
from app.frame import Answer
from app.queries import roi as queries
from app.view import View
from app.views.roi.effects import initiatives_in_words
from app.views.roi.shared import MARGIN, chance, initiative, mark, or_needed, parts_of, pick_initiative
from app.views.roi.worst import answer

# The initiatives that the Board looks back on.
_LAST = 3
_ROLES = {"below": "bad", "above": "good", "across": "neutral"}


def latest(view: View) -> list[dict]:
    """The ledger's rows of the initiatives that started last, the newest first, with assumptions at their base."""
    rows = [row for row in queries.ledger(view.snapshot) if row["scenario"] == "base" and row["initiative_id"] != "all"]
    rows.sort(key=lambda row: (row["start_month"] or "", row["initiative_id"]), reverse=True)
    return rows[:_LAST]


def returned(view: View) -> Answer:
    """What the last initiatives returned, one by one, and how sure that is."""
    rows = latest(view)
    if not rows:
        return Answer(figures.sentence(messages.ROI_NO_INITIATIVE).rstrip("."))
    lines = []
    for row in rows:
        worth = Estimate.of(row, "npv", "currency")
        name = initiative(view, row["initiative_id"])
        said = [messages.RETURNED_EACH.format(name=name, worth=worth.cell(view.currency))]
        if not worth.is_shown:
            said = [messages.RETURNED_UNKNOWN.format(name=name, reason=worth.why)]
        elif worth.value is None:
            said.append(messages.TOO_FEW)
        if row["gain_probability"] is not None:
            said.append(messages.MONEY_CHANCE.format(chance=chance(row["gain_probability"])))
        if row["grade"]:
            said.append(figures.graded(row["grade"]))
        lines.append(figures.plain(figures.sentence(", ".join(said))))
    return Answer(
        _returned(rows),
        figures.plain(initiatives_in_words(view)),
        (view.definitions.get("npv") or {}).get("owner"),
        "\n".join(lines),
    )


def _returned(rows: Sequence[dict]) -> str:
    counted = Counter(row["verdict"] for row in rows)
    if not counted["gain"] and not counted["loss"]:
        return figures.counted(messages.RETURNED_UNCLEAR_ONE, messages.RETURNED_UNCLEAR, len(rows))
    parts = [
        words.format(count=figures.count(counted[verdict]))
        for verdict, words in messages.RETURNED_PARTS.items()
        if counted[verdict]
    ]
    return figures.counted(messages.RETURNED_ONE, messages.RETURNED, len(rows), parts=", ".join(parts))


def headline_row(view: View) -> dict | None:
    """The ledger's row of all initiatives of grade A and B, with assumptions at their base."""
    rows = queries.ledger(view.snapshot)
    return next((row for row in rows if (row["initiative_id"], row["scenario"]) == ("all", "base")), None)


def money(view: View) -> Answer | None:
    """Whether what was done for customers pays, and what to fix first; None where the ledger shows nothing."""
    row = headline_row(view)
    worth = Estimate.of(row, "npv", "currency", "initiative_count")
    if not worth.is_shown:
        return None
    parts = (
        [messages.BETWEEN_95.format(ends=worth.ends(view.currency))] if worth.value is not None and worth.ends() else []
    )
    words = messages.MONEY_SURE_ONE, messages.MONEY_SURE
    parts.append(figures.counted(*words, row["initiative_count"] or 0, months=row["horizon_months"]))
    returned_share = Estimate.of(row, "roi", "share")
    if returned_share.is_shown:
        parts.append(messages.MONEY_RETURN.format(roi=returned_share.cell()))
    if row["gain_probability"] is not None:
        parts.append(messages.MONEY_CHANCE.format(chance=chance(row["gain_probability"])))
    if worth.side_of(0) == "across":
        parts.append(_with_needed(view, "all", messages.LEDGER_VERDICTS["not enough evidence"]))
    apart = beside(view, row)
    parts += [apart] if apart else []
    first = answer(view)
    return Answer(
        messages.MONEY_ANSWER[worth.side_of(0)].format(amount=worth.text(view.currency)),
        figures.plain(figures.sentence(first.sentence)),
        first.owner,
        figures.plain(figures.sentence("; ".join(parts))),
    )


def beside(view: View, row: dict | None) -> str | None:
    """What stands beside the headline, not in it: the initiatives of a grade below B; None where there is none."""
    if row is None or not row["other_initiative_count"]:
        return None
    return figures.counted(
        messages.MONEY_BESIDE_ONE,
        messages.MONEY_BESIDE,
        row["other_initiative_count"],
        amount=messages.NOT_SHOWN.lower()
        if row["other_npv"] is None
        else figures.money(float(row["other_npv"]), view.currency),
    )


def _with_needed(view: View, initiative_id: str, verdict: str) -> str:
    """A verdict of not enough evidence with how many customer-months would be enough, where that is known."""
    rows = queries.effects(view.snapshot)
    row = next((each for each in rows if (each["initiative_id"], each["metric_id"]) == (initiative_id, MARGIN)), None)
    return verdict if row is None else or_needed(verdict, row)


def worths(view: View, rows: Sequence[dict]) -> None:
    """Draws the net present value of initiatives with its interval.

    Args:
        view: for names, currency and colours.
        rows: of the ledger, one scenario.
    """
    marks = []
    for row, worth in zip(rows, alike(Estimate.of(row, "npv", "currency") for row in rows), strict=True):
        if worth.is_shown:
            marks.append(mark(initiative(view, row["initiative_id"]), worth, _ROLES[worth.side_of(0)], view))
    evidence.chart(
        messages.NPV_HEADING,
        comparisons.forest(marks, "currency", view.currency, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts=parts_of(marks)),
        messages.NPV_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None) or messages.ROI_NO_INITIATIVE,
    )


def draw(view: View) -> None:
    """What did each initiative bring, cost and leave?"""
    rows = [row for row in queries.ledger(view.snapshot) if row["scenario"] == "base"]
    chosen = pick_initiative(view, [row["initiative_id"] for row in rows]) if rows else "all"
    steps = queries.waterfall(view.snapshot, chosen)
    row = next((each for each in rows if each["initiative_id"] == chosen), None)
    worth = Estimate.of(row, "npv", "currency")
    bars = []
    for step, text in zip(steps, figures.amounts((step["amount"] for step in steps), view.currency), strict=True):
        if step["amount"] is None:
            continue
        is_total = step["step"] == "npv"
        name = messages.STEPS[step["step"]]
        bars.append(
            {
                "label": name,
                "value": float(step["amount"]),
                "low": worth.low if is_total else None,
                "high": worth.high if is_total else None,
                "text": text,
                "role": "main" if is_total else "good" if step["amount"] > 0 else "bad",
                "is_total": is_total,
                "description": f"{name}: {text}",
            }
        )
    left, right = st.columns(2)
    with left:
        evidence.chart(
            messages.WATERFALL_HEADING.format(initiative=initiative(view, chosen), amount=worth.text(view.currency))
            if bars
            else messages.WATERFALL_NAME,
            comparisons.waterfall(bars, "currency", view.currency, view.ink) if bars else None,
            messages.WATERFALL_ALT.format(parts=parts_of(bars)),
            messages.WATERFALL_NOTE.format(months=row["horizon_months"] if row else messages.DASH),
            worth.why,
        )
    with right:
        worths(view, rows)
    worth_of, share_of = (
        alike(Estimate.of(each, name, unit) for each in rows) for name, unit in (("npv", "currency"), ("roi", "share"))
    )
    lines = [
        (
            initiative(view, each["initiative_id"]),
            worth.cell(view.currency),
            returned_share.cell(),
            _payback(each, "payback_months"),
            messages.DASH if each["gain_probability"] is None else chance(each["gain_probability"]),
            each["grade"] or messages.DASH,
            _with_needed(view, each["initiative_id"], messages.LEDGER_VERDICTS["not enough evidence"])
            if each["verdict"] == "not enough evidence"
            else messages.LEDGER_VERDICTS.get(each["verdict"], messages.DASH),
        )
        for each, worth, returned_share in zip(rows, worth_of, share_of, strict=True)
    ]
    evidence.table(messages.LEDGER_COLUMNS, lines, messages.LEDGER_ALT)
    apart = beside(view, headline_row(view))
    if apart:
        evidence.note(figures.sentence(apart))
    evidence.table(messages.STANDING_COLUMNS, _standing_lines(view, rows), messages.STANDING_ALT)
    months = queries.cash(view.snapshot, chosen)
    evidence.table(messages.CASH_COLUMNS, _cash_lines(view, months), messages.CASH_ALT)
    method = row["method"] if row else None
    evidence.rest(
        view,
        ("npv", "roi", MARGIN),
        {
            "ledger": queries.ledger(view.snapshot),
            "waterfall": steps,
            "cash": months,
            "margin_effects": [row for row in queries.effects(view.snapshot) if row["metric_id"] == MARGIN],
        },
        {"npv": method, "roi": method},
    )


def _payback(row: dict, name: str) -> str:
    """Months until it has paid for itself; nothing can be said where its worth is not known."""
    if row[name] is not None:
        return messages.UNITS["months"].format(number=figures.number(row[name], 1))
    return messages.NEVER if Estimate.of(row, "npv", "currency").is_shown else messages.DASH


def _standing_lines(view: View, rows: Sequence[dict]) -> list[tuple[str, ...]]:
    effects = alike(Estimate.of(row, "net_effect", "currency") for row in rows)
    costs = figures.amounts((row["cost_amount"] for row in rows), view.currency)
    return [
        (
            initiative(view, row["initiative_id"]),
            messages.STATES.get(row["state"], messages.DASH),
            cost,
            # All together they treat different customers: one effect of each would mean nothing.
            messages.DASH if row["initiative_id"] == "all" else effect.cell(view.currency),
            Estimate.of(row, "break_even_effect", "currency").text(view.currency),
            _payback(row, "discounted_payback_months"),
            messages.DASH if row["internal_rate"] is None else figures.figure(row["internal_rate"], "share", None),
        )
        for row, effect, cost in zip(rows, effects, costs, strict=True)
    ]


def _cash_lines(view: View, rows: Sequence[dict]) -> list[tuple[str, ...]]:
    names = ("discounted_amount", "cumulative_discounted_amount", "margin_amount", "saved_amount", "cost_amount")
    columns = [figures.amounts((row[name] for row in rows), view.currency) for name in names]
    return [
        (figures.month_of(row["month"]), *amounts, messages.CASH_KINDS[row["is_measured"]])
        for row, *amounts in zip(rows, *columns, strict=True)
    ]
