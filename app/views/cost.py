"""Cost: what a missed promise costs, and how much of the contacts exists only because something went wrong."""

import re
from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import charts, comparisons, evidence
from app.components.curves import rising
from app.components.tile import tiles
from app.estimate import Estimate, alike
from app.frame import Answer, Page, Tab
from app.queries import cost as queries
from app.view import View


def answer(view: View) -> Answer:
    """What a missed promise costs more than a kept one, how sure that is, and where to begin."""
    rows = queries.of_a_miss(view.snapshot, view.pick.get("segment", "all"))
    total = next((row for row in rows if row["component"] == "total"), None)
    more = Estimate.of(total, "difference", "currency", "matched_count")
    if not more.is_shown:
        return Answer(messages.COST_WITHHELD, sure=figures.plain(figures.sentence(more.why)))
    side = more.side_of(0)
    sentence = messages.COST_ANSWER[side].format(amount=more.text(view.currency))
    if more.value is not None and more.value < 0:
        less = "less_across" if side == "across" else "less"
        sentence = messages.COST_ANSWER[less].format(amount=figures.money(abs(more.value), view.currency))
    parts = (
        [messages.BETWEEN_95.format(ends=more.ends(view.currency))] if more.value is not None and more.ends() else []
    )
    parts.append(messages.COST_SURE.format(count=figures.count(more.count or 0)))
    month = Estimate.of(total, "per_month", "currency")
    if month.is_shown:
        parts.append(messages.COST_MONTH.format(amount=month.cell(view.currency)))
    parts.append(figures.graded(total["grade"]))
    largest = [
        row for row in rows if row["is_in_total"] and Estimate.of(row, "difference", "currency").value is not None
    ]
    largest.sort(key=lambda row: row["difference"], reverse=True)
    step = messages.COST_STEP_MISSES
    if largest and largest[0]["difference"] > 0:
        step = messages.COST_STEP.format(component=messages.COMPONENTS[largest[0]["component"]].lower())
    owner = (view.definitions.get("cost_of_miss") or {}).get("owner")
    return Answer(sentence, figures.plain(step), owner, figures.plain(figures.sentence("; ".join(parts))))


def miss(view: View) -> None:
    """A miss as a waterfall, from contacts to lost margin."""
    rows = queries.of_a_miss(view.snapshot, view.pick.get("segment", "all"))
    total = next((row for row in rows if row["component"] == "total"), None)
    more = Estimate.of(total, "difference", "currency", "matched_count")
    steps = []
    for row in rows:
        part = Estimate.of(row, "difference", "currency")
        if not (row["is_in_total"] or row["component"] == "total") or part.value is None:
            continue
        name, is_total = messages.COMPONENTS[row["component"]], row["component"] == "total"
        text = part.text(view.currency)
        steps.append(
            {
                "label": name,
                "value": part.value,
                "low": part.low if is_total else None,
                "high": part.high if is_total else None,
                "text": text if is_total or part.value < 0 else f"+{figures.WORD_JOINER}{text}",
                "role": "main" if is_total else "bad" if part.value > 0 else "good",
                "is_total": is_total,
                "description": f"{name}: {part.cell(view.currency)}",
            }
        )
    heading = messages.MISS_HEADING.format(amount=more.text(view.currency)) if more.is_shown else messages.MISS_NAME
    tiles(
        view,
        [
            (messages.MISS_NAME, more, "cost_of_miss", messages.MISS_TILE_NOTE),
            (messages.MISS_MONTH, Estimate.of(total, "per_month", "currency", "matched_count"), "cost_of_miss"),
            (
                messages.COMPONENTS["extra_contacts"],
                Estimate.of(
                    next((row for row in rows if row["component"] == "extra_contacts"), None),
                    "difference",
                    "ratio",
                    "matched_count",
                ),
                "cost_of_miss",
            ),
        ],
    )
    evidence.chart(
        heading,
        comparisons.waterfall(steps, "currency", view.currency, view.ink) if steps else None,
        messages.MISS_ALT.format(parts="; ".join(step["description"] for step in steps)),
        messages.MISS_NOTE,
        more.why,
    )
    each_miss, each_month = (
        alike(Estimate.of(row, name, "currency" if row["unit"] == "currency" else other) for row in rows)
        for name, other in (("difference", "ratio"), ("per_month", "count"))
    )
    lines = [
        (
            messages.COMPONENTS[row["component"]],
            of_one.cell(view.currency),
            of_month.cell(view.currency),
            figures.count(row["matched_count"]),
            figures.count(row["unmatched_count"]),
        )
        for row, of_one, of_month in zip(rows, each_miss, each_month, strict=True)
    ]
    evidence.table(messages.MISS_COLUMNS, lines, messages.MISS_TABLE_ALT)
    evidence.rest(view, ("cost_of_miss",), {"cost_of_miss": rows}, {"cost_of_miss": total["method"] if total else None})


def failure(view: View) -> None:
    """How much of the contacts exists only because something went wrong, and what do they cost?"""
    rows = queries.contacts(view.snapshot, view.period)
    months = queries.contacts_by_month(view.snapshot, view.period)
    total = next((row for row in rows if row["contact_reason"] == "all"), None)

    def of_total(name: str, unit: str, count: str) -> Estimate:
        return Estimate.of(total, name, unit, count, f"{name}_status", f"{name}_reason")

    share = of_total("failure_demand_rate", "share", "classified_count")
    bounds = None
    if total and total["failure_demand_least_rate"] is not None and total["unclassified_count"]:
        bounds = messages.FAILURE_BOUNDS.format(
            low=figures.figure(total["failure_demand_least_rate"], "share", None),
            high=figures.figure(total["failure_demand_most_rate"], "share", None),
            count=figures.count(total["unclassified_count"]),
        )
    tiles(
        view,
        [
            (messages.FAILURE, share, "failure_demand_rate", bounds),
            (
                messages.PER_1000,
                of_total("contacts_per_1000_orders", "count", "order_count"),
                "contacts_per_1000_orders",
            ),
            (messages.PER_CONTACT, of_total("cost_per_contact", "currency", "cost_count"), "cost_per_contact"),
            (
                messages.MARGINAL,
                Estimate.of(
                    total,
                    "marginal_cost_per_contact",
                    "currency",
                    "cost_count",
                    "cost_per_contact_status",
                    "cost_per_contact_reason",
                ),
                "cost_per_contact",
                messages.MARGINAL_NOTE,
            ),
        ],
    )
    left, right = st.columns(2)
    with left:
        _months(view, months, "failure_demand_rate", "share", "classified_count", messages.FAILURE, share.why)
    with right:
        why = of_total("contacts_per_1000_orders", "count", "order_count").why
        _months(view, months, "contacts_per_1000_orders", "count", "order_count", messages.PER_1000, why)
    lines = [
        (
            _reason(row),
            messages.FAILURE_KIND.get(row["is_failure_demand"], messages.DASH),
            figures.count(row["contact_count"]),
            *(
                Estimate.of(row, name, unit, None, f"{name}_status", f"{name}_reason").cell(view.currency)
                for name, unit in (("minutes_per_contact", "minutes"), ("cost_per_contact", "currency"))
            ),
        )
        for row in rows
    ]
    evidence.table(messages.CONTACTS_COLUMNS, lines, messages.CONTACTS_ALT)
    evidence.rest(
        view,
        ("contacts_per_1000_orders", "failure_demand_rate", "minutes_per_contact", "cost_per_contact"),
        {"contacts": rows, "contacts_by_month": months},
        {"failure_demand_rate": total["method"] if total else None},
    )


def _reason(row: dict) -> str:
    name = row["contact_reason_name"]
    return figures.told(name) if name and name != row["contact_reason"] else figures.name(row["contact_reason"])


def _classes(text: str | None) -> str | None:
    """Text with the names of classes where it has their slugs."""
    for slug, name in messages.CLASSES.items():
        if text and slug != "all":
            text = re.sub(rf"\b{slug}\b", name.lower(), text)
    return text and text[:1].upper() + text[1:]


def _summed(name: str, measure: Estimate, reason: str | None = None) -> tuple:
    """The tile of a sum: why it has no interval, and what is not in it."""
    parts = [messages.A_SUM, *([figures.sentence(reason)] if reason else [])]
    return name, measure, "cost_of_quality", " ".join(parts) if measure.is_shown else None


def quality(view: View) -> None:
    """What good and bad quality cost, class by class and month by month."""
    rows = queries.quality(view.snapshot, view.period)
    months = queries.quality_by_month(view.snapshot, view.period)
    total = next((row for row in rows if row["cost_class"] == "all"), None)
    amount = Estimate.of(total, "amount", "currency", "item_count")
    tiles(
        view,
        [
            _summed(messages.QUALITY, amount, _classes((total or {}).get("reason"))),
            _summed(messages.OF_REVENUE, Estimate.of(total, "revenue_rate", "share", "order_count")),
            _summed(messages.PER_1000_ORDERS, Estimate.of(total, "per_1000_orders", "currency", "order_count")),
            (
                messages.LOST_MARGIN,
                Estimate.of(total, "lost_margin", "currency", "missed_order_count", "status", "lost_margin_reason"),
                "cost_of_quality",
                messages.LOST_MARGIN_NOTE,
            ),
        ],
    )
    bars = []
    costs = alike(Estimate.of(row, "amount", "currency") for row in rows)
    for row, cost in zip(rows, costs, strict=True):
        if cost.value is not None and row["cost_class"] != "all":
            role = "bad" if row["cost_class"].endswith("failure") else "main"
            bars.append(
                {
                    "label": messages.CLASSES[row["cost_class"]],
                    "value": cost.value,
                    "text": cost.text(view.currency),
                    "role": role,
                    "description": f"{messages.CLASSES[row['cost_class']]}: {cost.text(view.currency)}",
                }
            )
    left, right = st.columns(2)
    with left:
        evidence.chart(
            messages.QUALITY_HEADING.format(amount=amount.text(view.currency)) if bars else messages.QUALITY,
            comparisons.bars(bars, view.ink) if bars else None,
            messages.QUALITY_ALT.format(parts="; ".join(bar["description"] for bar in bars)),
            messages.QUALITY_NOTE,
            amount.why,
        )
    with right:
        named = [{**row, "revenue_rate_low": None, "revenue_rate_high": None} for row in months]
        _months(view, named, "revenue_rate", "share", "order_count", messages.OF_REVENUE, amount.why)
    lines = [
        (
            messages.CLASSES[row["cost_class"]],
            cost.cell(view.currency),
            Estimate.of(row, "revenue_rate", "share").text(),
            figures.count(row["item_count"]),
            figures.count(row["unknown_count"]),
            _classes(row["cost_sources"]) or messages.DASH,
        )
        for row, cost in zip(rows, costs, strict=True)
    ]
    evidence.table(messages.QUALITY_COLUMNS, lines, messages.QUALITY_TABLE_ALT)
    evidence.rest(
        view,
        ("cost_of_quality",),
        {"quality": rows, "quality_by_month": months},
        {"cost_of_quality": total["method"] if total else None},
    )


def whale(view: View) -> None:
    """Which customers leave something, and which take it back?"""
    rows = queries.whale(view.snapshot)
    points = []
    for row in rows:
        rate = Estimate.of(row, "cumulative_net_rate", "share")
        if rate.value is not None:
            share = messages.WHALE_POINT.format(percent=row["percentile"], rate=rate.text())
            points.append({"x": row["percentile"], "value": rate.value, "description": share})
    top = max(points, key=lambda point: point["value"], default=None)
    reason = next((row["reason"] for row in rows if row["reason"]), None)
    evidence.chart(
        messages.WHALE_HEADING.format(percent=top["x"], rate=figures.figure(top["value"], "share", None))
        if top and top["value"] > 1
        else messages.WHALE_NAME,
        rising(points, messages.WHALE_AXIS, view.ink) if points else None,
        messages.WHALE_ALT.format(last=top["description"] if top else ""),
        messages.WHALE_NOTE,
        reason,
    )
    groups = queries.deciles(view.snapshot)
    amounts = [
        alike(Estimate.of(row, name, "currency") for row in groups)
        for name in ("margin_amount", "shipping_cost_amount", "contact_cost_amount", "adjustment_amount")
    ]
    nets = alike(Estimate.of(row, "net_amount", "currency") for row in groups)
    lines = [
        (
            messages.DECILE.format(number=row["decile"])
            if row["row_kind"] == "decile"
            else messages.ROW_KINDS[row["row_kind"]],
            net.cell(view.currency),
            figures.count(row["customer_count"]),
            figures.count(row["order_count"]),
            *(part.text(view.currency) for part in parts),
        )
        for row, net, *parts in zip(groups, nets, *amounts, strict=True)
    ]
    evidence.table(messages.SERVE_COLUMNS, lines, messages.SERVE_ALT)
    evidence.rest(
        view,
        ("cost_to_serve",),
        {"whale": rows, "cost_to_serve": groups},
        {"cost_to_serve": groups[0]["method"] if groups else None},
    )


def _months(view: View, months: Sequence[dict], name: str, unit: str, count: str, heading: str, reason: str) -> None:
    renamed = [
        {
            **row,
            "value": row[name],
            "value_low": row[f"{name}_low"],
            "value_high": row[f"{name}_high"],
            "status": row.get(f"{name}_status") or row.get("status"),
            "observation_count": row[count],
        }
        for row in months
    ]
    marks = charts.points(renamed, unit, view.currency)
    if not marks:
        evidence.chart(heading, None, "", "", reason)
        return
    newest = charts.ended(marks) or marks[-1]
    evidence.chart(
        messages.MONTH_HEADING.format(name=heading, value=newest["text"], month=newest["label"]),
        charts.large_trend(marks, unit, view.currency, None, view.ink, messages.MONTH, None),
        messages.TREND_ALT.format(
            name=heading, first=marks[0]["label"], last=marks[-1]["label"], latest=newest["text"], target=""
        ),
        charts.note(marks),
    )


PAGE = Page(
    slug="cost",
    title=messages.COST_TITLE,
    icon=":material/payments:",
    question=messages.COST_QUESTION,
    answer=answer,
    tabs=(
        Tab("miss", messages.TAB_MISS, miss, ("segment",), "mart_cost_of_miss"),
        Tab("failure", messages.TAB_FAILURE, failure, ("period",)),
        Tab("quality", messages.TAB_QUALITY, quality, ("period",)),
        Tab("whale", messages.TAB_WHALE, whale),
    ),
)
