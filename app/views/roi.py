"""ROI: what to fix first, what fixing returned, what another point would be worth, and are we on course?"""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from app import figures, messages
from app.components import charts, comparisons, evidence, filters
from app.estimate import Estimate, alike
from app.frame import Answer, Page, Tab
from app.queries import roi as queries
from app.sign_in import is_on, may_propose
from app.view import View
from cx_warehouse import proposals
from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings
from cx_warehouse.snapshots import Snapshot

_MOST_BARS = 8
_MARGIN = "net_margin_per_customer_month"
_MOST_INITIATIVES = 10
# The initiatives that the Board looks back on.
_LAST = 3
_ROLES = {"below": "bad", "above": "good", "across": "neutral"}


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
        parts.append(messages.ROI_TOP_3.format(chance=_chance(first["top_3_probability"])))
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


def latest(view: View) -> list[dict]:
    """The ledger's rows of the initiatives that started last, the newest first, with assumptions at their base."""
    rows = [row for row in queries.ledger(view.snapshot) if row["scenario"] == "base" and row["initiative_id"] != "all"]
    rows.sort(key=lambda row: (row["start_month"] or "", row["initiative_id"]), reverse=True)
    return rows[:_LAST]


def _lost_margin(view: View, row: dict) -> str:
    amount = row["miss_lost_margin"]
    return messages.DASH if amount is None else figures.money(amount, view.currency)


def returned(view: View) -> Answer:
    """What the last initiatives returned, one by one, and how sure that is."""
    rows = latest(view)
    if not rows:
        return Answer(figures.sentence(messages.ROI_NO_INITIATIVE).rstrip("."))
    lines = []
    for row in rows:
        worth = Estimate.of(row, "npv", "currency")
        name = _initiative(view, row["initiative_id"])
        said = [messages.RETURNED_EACH.format(name=name, worth=worth.cell(view.currency))]
        if not worth.is_shown:
            said = [messages.RETURNED_UNKNOWN.format(name=name, reason=worth.why)]
        elif worth.value is None:
            said.append(messages.TOO_FEW)
        if row["gain_probability"] is not None:
            said.append(messages.MONEY_CHANCE.format(chance=_chance(row["gain_probability"])))
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


def initiatives_in_words(view: View) -> str:
    """How many initiatives changed what they aim at, and how many cannot tell, as a sentence."""
    targets = [row for row in queries.effects(view.snapshot) if row["is_target"] and row["initiative_id"] != "all"]
    if not targets:
        return messages.ROI_NO_INITIATIVE
    named = {
        verdict: [
            messages.QUOTED.format(text=_initiative(view, row["initiative_id"]))
            for row in targets
            if row["verdict"] == verdict
        ]
        for verdict in messages.VERDICTS
    }
    parts = [messages.ROI_STEP[verdict].format(names=", ".join(ids)) for verdict, ids in named.items() if ids]
    return figures.sentence("; ".join(parts))


def at_risk(view: View) -> None:
    """Draws the money at risk by touchpoint, what to fix first at the top."""
    rows = queries.priorities(view.snapshot)
    bars = []
    shown = rows[:_MOST_BARS]
    for row, money in zip(shown, alike(Estimate.of(row, "money_at_risk", "currency") for row in shown), strict=True):
        if money.value is not None:
            bars.append(_mark(row["touchpoint_name"], money, "bad" if money.side_of(0) == "above" else "neutral", view))
    heading = messages.WORST_HEADING.format(touchpoint=bars[0]["label"], amount=bars[0]["text"]) if bars else ""
    evidence.chart(
        heading or messages.WORST_NAME,
        comparisons.forest(bars, "currency", view.currency, view.ink) if bars else None,
        messages.WORST_ALT.format(parts=_parts(bars)),
        messages.WORST_NOTE,
        _why_no_order(rows),
    )


def _why_no_order(rows: Sequence[dict]) -> str | None:
    return next((row["money_reason"] or row["reason"] for row in rows if row["money_reason"] or row["reason"]), None)


def worst_first(view: View) -> None:
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
            rates.append({**_mark(row["touchpoint_name"], rate, "main", view), "bound": row["prior_rate"]})
    left, right = st.columns(2)
    with left:
        at_risk(view)
    with right:
        evidence.chart(
            messages.RATES_HEADING,
            comparisons.forest(rates, "share", None, view.ink, zero=False) if rates else None,
            messages.RATES_ALT.format(parts=_parts(rates)),
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
            messages.DASH if row["top_3_probability"] is None else _chance(row["top_3_probability"]),
            Estimate.of(row, "controllable_share", "share").text(),
            _or_needed(messages.PRIORITY_VERDICTS.get(row["verdict"], messages.DASH), row),
            row["grade"] or messages.DASH,
            _count(row["exposure_count"]),
        )
        for row, risk, cost in zip(asked, risks, costs, strict=True)
    ]
    # The mart's reason is that of the rate; whose a miss was is another question.
    told = [{**row, "reason": messages.NO_CAUSE_THERE} for row in asked]
    shares = [(row["touchpoint_name"], Estimate.of(row, "controllable_share", "share")) for row in told]
    evidence.table(messages.WORST_COLUMNS, lines, messages.WORST_TABLE_ALT, reasons=shares)
    others = [row for row in rows if row not in asked]
    if others:
        words = messages.WORST_OTHERS_ONE, messages.WORST_OTHERS
        evidence.note(figures.counted(*words, len(others), reason=figures.told(others[0]["reason"])))
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


def initiatives(view: View) -> None:
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
            label = messages.EFFECT.format(
                initiative=_initiative(view, row["initiative_id"]), metric=_metric(view, row)
            )
            shares.append(_mark(label, effect, role, view))
        if row["metric_id"] == _MARGIN:
            money.append(_mark(_initiative(view, row["initiative_id"]), effect, role, view))
    left, right = st.columns(2)
    reason = next((row["reason"] for row in rows if row["reason"]), None) or messages.ROI_NO_INITIATIVE
    with left:
        evidence.chart(
            messages.EFFECTS_HEADING,
            comparisons.forest(shares[:_MOST_INITIATIVES], "points", None, view.ink) if shares else None,
            messages.FOREST_ALT.format(parts=_parts(shares)),
            messages.EFFECTS_NOTE,
            reason,
        )
    with right:
        evidence.chart(
            messages.MARGIN_HEADING,
            comparisons.forest(money[:_MOST_INITIATIVES], "currency", view.currency, view.ink) if money else None,
            messages.FOREST_ALT.format(parts=_parts(money)),
            messages.MARGIN_NOTE,
            reason,
        )
    lines = [_effect_line(view, row) for row in rows if row["is_target"] or row["metric_id"] == _MARGIN]
    evidence.table(messages.EFFECTS_COLUMNS, lines, messages.EFFECTS_ALT)
    evidence.rest(
        view,
        tuple(dict.fromkeys(row["metric_id"] for row in rows)),
        {"effects": rows},
        {row["metric_id"]: row["method"] for row in rows},
    )


def _effect_line(view: View, row: dict) -> tuple[str, ...]:
    verdict = _or_needed(messages.VERDICTS[row["verdict"]], row)
    return (
        messages.EFFECT.format(initiative=_initiative(view, row["initiative_id"]), metric=_metric(view, row)),
        Estimate.of(row, "effect", _unit(view, row["metric_id"])).cell(view.currency),
        row["grade"] or messages.DASH,
        verdict,
        _count(row["treated_customer_count"]),
        figures.told(row["reason"]) or messages.DASH,
        messages.DASH if row["q_value"] is None else figures.number(row["q_value"], 3),
    )


def _chance(probability: float) -> str:
    """A probability is never written as certain, nor is that of the contrary."""
    if probability > 0.999:
        return messages.NEARLY_CERTAIN
    return messages.NEARLY_IMPOSSIBLE if probability < 0.001 else figures.figure(probability, "share", None)


def _initiative(view: View, initiative_id: str) -> str:
    """The name of an initiative; its id where none is on record."""
    if initiative_id == "all":
        return messages.ALL_INITIATIVES
    return queries.names(view.snapshot).get(initiative_id) or initiative_id


def _metric(view: View, row: dict) -> str:
    return figures.metric(view.definitions.get(row["metric_id"]) or {**row, "metric_name": None})


def _unit(view: View, metric_id: str) -> str:
    unit = (view.definitions.get(metric_id) or {}).get("unit") or "ratio"
    # A change of a share is a distance between two.
    return {"share": "points", "count": "ratio"}.get(unit, unit)


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
        parts.append(messages.MONEY_CHANCE.format(chance=_chance(row["gain_probability"])))
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
    row = next((each for each in rows if (each["initiative_id"], each["metric_id"]) == (initiative_id, _MARGIN)), None)
    return verdict if row is None else _or_needed(verdict, row)


def _or_needed(verdict: str, row: dict) -> str:
    """A verdict, with what would be enough where it is that nothing can be told."""
    needed = row.get("needed_observation_count")
    return f"{verdict}; {messages.NEEDS.format(count=figures.about(needed))}" if needed else verdict


def _pick_initiative(view: View, ids: list[str]) -> str:
    names = {each: _initiative(view, each) for each in ids}
    return filters.pick("initiative", messages.INITIATIVE, names, ids[0])


def worths(view: View, rows: Sequence[dict]) -> None:
    """Draws the net present value of initiatives with its interval.

    Args:
        view: for names, currency and colours.
        rows: of the ledger, one scenario.
    """
    marks = []
    for row, worth in zip(rows, alike(Estimate.of(row, "npv", "currency") for row in rows), strict=True):
        if worth.is_shown:
            marks.append(_mark(_initiative(view, row["initiative_id"]), worth, _ROLES[worth.side_of(0)], view))
    evidence.chart(
        messages.NPV_HEADING,
        comparisons.forest(marks, "currency", view.currency, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts=_parts(marks)),
        messages.NPV_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None) or messages.ROI_NO_INITIATIVE,
    )


def ledger(view: View) -> None:
    """What did each initiative bring, cost and leave?"""
    rows = [row for row in queries.ledger(view.snapshot) if row["scenario"] == "base"]
    chosen = _pick_initiative(view, [row["initiative_id"] for row in rows]) if rows else "all"
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
            messages.WATERFALL_HEADING.format(initiative=_initiative(view, chosen), amount=worth.text(view.currency))
            if bars
            else messages.WATERFALL_NAME,
            comparisons.waterfall(bars, "currency", view.currency, view.ink) if bars else None,
            messages.WATERFALL_ALT.format(parts=_parts(bars)),
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
            _initiative(view, each["initiative_id"]),
            worth.cell(view.currency),
            returned_share.cell(),
            _payback(each, "payback_months"),
            messages.DASH if each["gain_probability"] is None else _chance(each["gain_probability"]),
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
        ("npv", "roi", _MARGIN),
        {
            "ledger": queries.ledger(view.snapshot),
            "waterfall": steps,
            "cash": months,
            "margin_effects": [row for row in queries.effects(view.snapshot) if row["metric_id"] == _MARGIN],
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
            _initiative(view, row["initiative_id"]),
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


def assumptions(view: View) -> None:
    """Which assumption moves the return most?"""
    ids = list(dict.fromkeys(row["initiative_id"] for row in queries.ledger(view.snapshot)))
    rows = queries.tornado(view.snapshot, _pick_initiative(view, ids) if ids else "all")
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
        messages.TORNADO_ALT.format(parts=_parts(marks)),
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


def what_if(view: View) -> None:
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


def goals(view: View) -> None:
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
            "text": _chance(row["on_track_probability"]),
            "role": {"reached": "good", "on_track": "good", "at_risk": "bad", "missed": "bad"}.get(
                row["goal_status"], "neutral"
            ),
            "description": f"{row['initiative_name'] or row['initiative_id']}: {_chance(row['on_track_probability'])}",
        }
        for row in rows
        if row["on_track_probability"] is not None
    ]
    evidence.chart(
        messages.GOALS_HEADING.format(parts=", ".join(parts)) if parts else messages.GOALS_NAME,
        comparisons.bars(marks, view.ink) if marks else None,
        messages.GOALS_ALT.format(parts=_parts(marks)),
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


def signals(view: View) -> None:
    """What has changed beyond what months differ by?"""
    rows = queries.signals(view.snapshot)
    months: tuple[dict, ...] = ()
    if not rows:
        evidence.chart(messages.SIGNALS_NONE, None, "", "", _why_no_signal(queries.watched(view.snapshot)))
    else:
        names = {row["signal_id"]: _signal(view, row) for row in rows}
        chosen = filters.pick("signal", messages.SIGNAL, names, rows[0]["signal_id"])
        row = next(each for each in rows if each["signal_id"] == chosen)
        months = queries.series(view.snapshot, row["metric_id"], row["touchpoint"], row["cause"])
        _control_chart(view, row, months)
    lines = [
        (
            _signal(view, row),
            Estimate.of(row, "value", _control_unit(row)).cell(view.currency),
            messages.CHANGES.get(row["change_kind"], messages.DASH),
            messages.DASH
            if row["centre"] is None
            else figures.figure(row["centre"], _control_unit(row), view.currency),
            messages.RULES.get(row["rule_broken"], messages.DASH),
            messages.SIGNAL_KINDS.get(row["signal_kind"], messages.DASH),
            figures.month_of(row["first_seen_month"]) if row["first_seen_month"] else messages.DASH,
            messages.DASH if row["q_value"] is None else figures.number(row["q_value"], 3),
        )
        for row in rows
    ]
    watched = queries.watched(view.snapshot)
    if lines:
        evidence.table(messages.SIGNALS_COLUMNS, lines, messages.SIGNALS_ALT)
    elif quiet := [_quiet_line(view, row) for row in watched if not row["reason"]]:
        evidence.table(messages.QUIET_COLUMNS, quiet, messages.QUIET_ALT)
    evidence.rest(
        view,
        tuple(dict.fromkeys(row["metric_id"] for row in watched)),
        {"signals": rows, "signal_months": months, "watched": watched},
        {row["metric_id"]: row["method"] for row in watched},
    )


def _quiet_line(view: View, row: dict) -> tuple[str, ...]:
    within = Estimate(row["value"], row["control_low"], row["control_high"], _control_unit(row))
    return (
        _signal(view, row),
        within.text(view.currency),
        within.ends(view.currency) or messages.DASH,
        figures.month_of(row["month"]),
        _count(row["observation_count"]),
    )


def _why_no_signal(rows: Sequence[dict]) -> str:
    """How many series were judged and found quiet, and why the others could not be."""
    reasons = Counter(row["reason"] for row in rows if row["reason"])
    quiet = len(rows) - reasons.total()
    parts = [messages.SIGNALS_QUIET.format(quiet=figures.count(quiet), all=figures.count(len(rows)))] if quiet else []
    parts += [
        messages.SIGNALS_WITHHELD.format(count=figures.count(count), reason=figures.told(reason))
        for reason, count in reasons.most_common()
    ]
    return "; ".join(parts) or messages.NO_ROWS


def _signal(view: View, row: dict) -> str:
    parts = [figures.metric(row)]
    parts += [view.name(name, row[name]) for name in ("touchpoint", "cause") if row[name] != "all"]
    return ", ".join(parts)


def _control_unit(row: dict) -> str:
    return row["unit"] or "ratio"


def _control_chart(view: View, row: dict, months: tuple[dict, ...]) -> None:
    unit = _control_unit(row)
    renamed = [
        {**month, "value_low": month["control_low"], "value_high": month["control_high"]}
        for month in months
        if month["value"] is not None
    ]
    marks = charts.points(renamed, unit, view.currency, messages.CONTROL_LABEL)
    heading = messages.SIGNAL_HEADING.format(
        name=_signal(view, row),
        change=messages.CHANGES.get(row["change_kind"], messages.DASH),
        month=figures.month_of(row["first_seen_month"] or row["month"]),
    )
    evidence.chart(
        heading,
        charts.large_trend(marks, unit, view.currency, None, view.ink, messages.MONTH, None) if marks else None,
        messages.SIGNAL_ALT.format(
            name=heading, months="; ".join(f"{mark['label']}: {mark['text']}" for mark in marks)
        ),
        messages.SIGNAL_NOTE,
        row["reason"],
    )


def drivers(view: View) -> None:
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
            marks.append(_mark(row["driver_name"] or row["driver"], weight, role, view))
    whole = Estimate.of(rows[0] if rows else None, "r_squared", "share")
    evidence.chart(
        messages.DRIVERS_HEADING.format(driver=marks[0]["label"], outcome=rows[0]["outcome_name"], share=whole.text())
        # The first is the weightiest; where its interval holds 0 nothing is known to weigh at all.
        if marks and marks[0]["role"] != "neutral"
        else messages.DRIVERS_NAME,
        comparisons.forest(marks, "share", None, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts=_parts(marks)),
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
            _or_needed(messages.QUADRANTS.get(row["quadrant"], messages.DASH), row),
            row["grade"] or messages.DASH,
            _count(row["complete_count"]),
            _count(row["dropped_count"]),
        )
        for row in rows
    ]
    evidence.table(messages.DRIVERS_COLUMNS, lines, messages.DRIVERS_ALT)
    evidence.rest(view, ("driver_weight",), {"drivers": rows}, {"driver_weight": rows[0]["method"] if rows else None})


def maturity(view: View) -> None:
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
        messages.MATURITY_ALT.format(parts=_parts(marks)),
        messages.MATURITY_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            messages.ALL_DIMENSIONS if row["dimension"] == "all" else figures.name(row["dimension"]),
            _count(row["stage"]),
            messages.DASH if row["median_answered_stage"] is None else figures.rounded(row["median_answered_stage"]),
            _count(row["evidenced_stage"]),
            row["capped_by"] or figures.told(row["reason"]) or messages.DASH,
            _count(row["respondent_count"]),
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


def propose(view: View) -> None:
    """A form for an assumption or a goal; the next run takes it, and the warehouse stays as it is until then."""
    settings = Settings()
    # The board pack is drawn without a session: there is no user to ask for, and Streamlit would put all that is drawn
    # later into the form.
    if get_script_run_ctx(suppress_warning=True) is None:
        _proposed(view)
        return
    user = st.user.to_dict() if is_on(settings) else {}
    if not may_propose(settings, user):
        needed = " or ".join(settings.oidc_proposing_roles)
        st.info(messages.PROPOSE_MAY_NOT.format(roles=needed), icon=":material/lock:")
        return
    kind = filters.choose("kind", messages.PROPOSE_KIND, messages.PROPOSE_KINDS, "assumption")
    # A key of each kind: the names of one are none of the other.
    with st.form(f"proposal_{kind}", border=True):
        name = st.selectbox(messages.PROPOSE_NAME, proposals.known(kind), format_func=lambda each: _named(view, each))
        low = base = high = None
        with st.container(horizontal=True):
            if kind == "assumption":
                low = st.number_input(messages.PROPOSE_LOW, value=None, format="%g")
            base = st.number_input(messages.PROPOSE_BASE[kind], value=None, format="%g")
            if kind == "assumption":
                high = st.number_input(messages.PROPOSE_HIGH, value=None, format="%g")
        who = st.text_input(messages.PROPOSE_WHO, max_chars=200)
        why = st.text_input(messages.PROPOSE_WHY, max_chars=1000)
        is_sent = st.form_submit_button(messages.PROPOSE_SEND)
    st.markdown(f":small[:gray[{messages.PROPOSE_NOTE}]]")
    _proposed(view)
    if not is_sent:
        return
    if base is None:
        st.error(messages.PROPOSE_NO_NUMBER, icon=":material/error:")
        return
    try:
        proposals.propose(settings, kind, name, base=base, low=low, high=high, who=who, why=why)
    except (CxError, OSError) as error:
        st.error(messages.PROPOSE_REFUSED.format(reason=figures.plain(str(error))), icon=":material/error:")
        return
    st.success(messages.PROPOSE_DONE, icon=":material/check:")


def _proposed(view: View) -> None:
    """What became of what was proposed before."""
    rows = queries.proposals(view.snapshot)
    if not rows:
        return
    lines = [
        (
            _named(view, row["name"] or row["file"]),
            *(_number(row[name]) for name in ("low", "base", "high")),
            row["proposed_by"] or messages.DASH,
            messages.DASH if row["proposed_at"] is None else figures.day(row["proposed_at"]),
            row["problem"] or messages.PROPOSALS.get(row["outcome"], messages.DASH),
        )
        for row in rows
    ]
    evidence.table(messages.PROPOSALS_COLUMNS, lines, messages.PROPOSALS_ALT)
    evidence.rest(view, (), {"proposals": rows})


def _named(view: View, name: str) -> str:
    return figures.metric(view.definitions[name]) if name in view.definitions else figures.name(name)


def _mark(label: str, estimate: Estimate, role: str, view: View) -> dict:
    return {
        "label": label,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "text": estimate.text(view.currency),
        "role": role,
        "description": f"{label}: {estimate.cell(view.currency)}",
    }


def _parts(marks: list[dict]) -> str:
    return "; ".join(mark["description"] for mark in marks)


def _number(value: float | None) -> str:
    """A number whose unit differs from line to line."""
    if value is None:
        return messages.DASH
    return figures.count(int(value)) if value == int(value) else figures.rounded(value, 4)


def _count(value: int | None) -> str:
    return messages.DASH if value is None else figures.count(value)


PAGE = Page(
    slug="roi",
    title=messages.ROI_TITLE,
    icon=":material/trending_up:",
    question=messages.ROI_QUESTION,
    answer=answer,
    tabs=(
        Tab("worst", messages.TAB_WORST, worst_first),
        Tab("initiatives", messages.TAB_INITIATIVES, initiatives, answer=returned),
        Tab("return", messages.TAB_RETURN, ledger, answer=returned),
        Tab("assumptions", messages.TAB_ASSUMPTIONS, assumptions, answer=returned),
        Tab("whatif", messages.TAB_WHAT_IF, what_if),
        Tab("goals", messages.TAB_GOALS, goals),
        Tab("signals", messages.TAB_SIGNALS, signals),
        Tab("drivers", messages.TAB_DRIVERS, drivers),
        Tab("maturity", messages.TAB_MATURITY, maturity),
        Tab("propose", messages.TAB_PROPOSE, propose),
    ),
)
