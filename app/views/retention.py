"""Retention: what does a miss do to buying again, does it pass, and how strong is the evidence?"""

from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import comparisons, evidence
from app.components.curves import curves
from app.components.tile import tiles
from app.estimate import Estimate
from app.frame import Answer, Page, Tab
from app.queries import retention as queries
from app.view import View

# A year of the curve, a point every four days: more could not be told apart on a screen.
_DAYS, _EVERY = 364, 4
AT_RISK_DAYS = (0, 28, 60, 88, 180, 364)
_HORIZON = 90
_MONTHS = 12
_INDEX = "first_order"


def _differences(view: View) -> list[dict]:
    """Every estimate of the difference after a miss at the horizon: by grade, and by how many misses it rests on."""
    rows = [{**row, "missed_order_count": row["order_count"]} for row in queries.comparisons(view.snapshot)]
    rows = [row for row in rows if row["outcome"] == "missed"] + list(queries.estimates(view.snapshot))
    rows = [row for row in rows if row["horizon_days"] == _HORIZON]
    return sorted(rows, key=lambda row: (row["grade"], -(row["missed_order_count"] or 0)))


def _strongest(view: View) -> tuple[dict | None, Estimate]:
    """The difference of the best grade that can be shown; where none can, the first with its reason."""
    rows = _differences(view)
    estimates = [(row, Estimate.of(row, "risk_difference", "points", "missed_order_count")) for row in rows]
    shown = [pair for pair in estimates if pair[1].is_shown]
    return (shown or estimates[-1:] or [(None, Estimate.of(None, "risk_difference", "points"))])[0]


def answer(view: View) -> Answer:
    """How many fewer come back after a missed promise, how sure that is, and how strong the evidence."""
    row, gap = _strongest(view)
    if not gap.is_shown:
        return Answer(messages.RETENTION_WITHHELD, sure=figures.plain(figures.sentence(gap.why)))
    side = gap.side_of(0)
    # Whether it is more or fewer says the word beside it, so no sign stands here.
    if gap.value is None:
        least, most = sorted(abs(end) for end in (gap.low, gap.high))
        size = messages.INTERVAL_ENDS.format(low=figures.number(100 * least, 1), high=figures.points(most))
    else:
        size = figures.points(abs(gap.value))
    sentence = messages.RETENTION_ANSWER[side].format(
        size=size, days=_HORIZON, miss=messages.MISSED_PROMISE[row["index_kind"]]
    )
    parts = [messages.BETWEEN_95.format(ends=gap.ends())] if gap.value is not None and gap.ends() else []
    parts.append(figures.graded(row["grade"]))
    parts.append(messages.RETENTION_SURE.format(count=figures.count(gap.count)))
    parts += [gap.needs] if side == "across" and gap.needs else []
    step = {"below": messages.RETENTION_STEP, "across": messages.RETENTION_STEP_UNSURE, "above": None}[side]
    return Answer(sentence, step, None, figures.plain(figures.sentence("; ".join(parts))))


def after_a_miss(view: View) -> None:
    """Curves of not yet having ordered again, by how the first order went."""
    segment = view.pick.get("segment", "all")
    rows = queries.curves(view.snapshot, segment, _DAYS, _EVERY)
    by_outcome = {outcome: [row for row in rows if row["outcome"] == outcome] for outcome in ("kept", "missed")}
    points = [
        {
            "x": row["day"],
            "value": row["survival_rate"],
            "low": row["survival_rate_low"],
            "high": row["survival_rate_high"],
            "series": messages.CURVE[row["outcome"]],
            "role": {"kept": "good", "missed": "bad"}[row["outcome"]],
            "description": messages.DAY_POINT.format(
                day=row["day"],
                rate=Estimate.of(row, "survival_rate", "share").cell(),
                risk=figures.count(row["at_risk_count"]),
            ),
        }
        for row in rows
        if row["survival_rate"] is not None
    ]
    first = rows[0] if rows else None
    p_value = first["log_rank_p_value"] if first else None
    heading = messages.CURVES_HEADING
    if p_value is not None:
        heading = messages.CURVES_DIFFER[_side_of_missed(by_outcome)] if p_value < 0.05 else messages.CURVES_ALIKE
    note = messages.CURVES_NOTE
    if p_value is not None:
        note = (
            messages.CURVES_TEST.format(p=_p(p_value), chi=figures.number(first["log_rank_chi_square"], 1)) + " " + note
        )
    evidence.chart(
        heading,
        curves(points, messages.CURVES_AXIS, view.ink, _DAYS) if points else None,
        messages.CURVES_ALT.format(
            parts="; ".join(
                f"{messages.CURVE[outcome]}: {Estimate.of(each[-1], 'survival_rate', 'share').cell()}"
                for outcome, each in by_outcome.items()
                if each
            )
        ),
        note,
        Estimate.of(first, "survival_rate", "share").why,
    )
    lines = []
    for outcome, each in by_outcome.items():
        risk = {row["day"]: row["at_risk_count"] for row in each}
        if each:
            counts = (figures.count(risk[day]) if day in risk else messages.DASH for day in AT_RISK_DAYS)
            lines.append((messages.CURVE[outcome], *counts))
    columns = (messages.AT_RISK, *(messages.ON_DAY.format(day=day) for day in AT_RISK_DAYS))
    evidence.table(columns, lines, messages.AT_RISK_ALT)
    evidence.rest(view, ("survival",), {"survival": rows}, {"survival": first["method"] if first else None})


def _side_of_missed(by_outcome: dict[str, list[dict]]) -> str:
    """Where the curve after a missed promise ends against that after a kept one: the test itself has no direction."""
    rates = {
        outcome: {row["day"]: row["survival_rate"] for row in each if row["survival_rate"] is not None}
        for outcome, each in by_outcome.items()
    }
    days = set(rates["kept"]) & set(rates["missed"])
    gap = rates["missed"][max(days)] - rates["kept"][max(days)] if days else 0
    return "above" if gap > 0 else "below" if gap < 0 else "across"


def forgiven(view: View) -> None:
    """Is a miss forgiven? The difference at each horizon."""
    every = [row for row in queries.comparisons(view.snapshot) if row["index_kind"] == _INDEX]
    rows = [row for row in every if row["outcome"] == "missed"]
    marks = [mark for row in rows if (mark := _mark(row, messages.HORIZON.format(days=row["horizon_days"])))]
    last = next((row for row in reversed(rows) if row["risk_difference"] is not None), None)
    heading = messages.FORGIVEN_UNKNOWN
    if last:
        sides = [Estimate.of(row, "risk_difference", "points").side_of(0) for row in rows]
        side = sides[rows.index(last)]
        # What was never seen cannot have passed.
        heading = messages.FORGIVEN[side if side != "across" or "below" in sides else "never"]
        heading = heading.format(days=last["horizon_days"])
    tiles(
        view,
        [
            (
                messages.CAME_BACK.format(outcome=messages.CURVE[row["outcome"]].lower(), days=_HORIZON),
                Estimate.of(row, "retained_rate", "share", "order_count"),
                "gap_retention",
            )
            for row in every
            if row["horizon_days"] == _HORIZON
        ]
        or [(messages.CAME_BACK_NAME, Estimate.of(None, "retained_rate", "share"))],
    )
    spans = queries.forgiveness(view.snapshot, _INDEX)
    left, right = st.columns(2)
    with left:
        _forest(view, heading, marks, messages.FORGIVEN_NOTE, rows)
    with right:
        _pace(view, spans)
    lines = [_line(row) for row in rows]
    evidence.table(messages.COMPARISON_COLUMNS, lines, messages.COMPARISON_ALT, at_need={4: messages.NEEDED_NOTE})
    evidence.rest(
        view,
        ("gap_retention", "miss_hazard"),
        {"gap_retention": every, "forgiveness": spans},
        {
            "gap_retention": rows[0]["method"] if rows else None,
            "miss_hazard": spans[0]["method"] if spans else None,
        },
    )


def _pace(view: View, spans: Sequence[dict]) -> None:
    """Pace of coming back span by span: where the line reaches 1 the miss is forgiven."""
    marks = []
    for row in spans:
        pace = Estimate.of(row, "span_hazard_ratio", "ratio")
        if pace.is_shown:
            label = messages.SPAN.format(start=row["from_days"], end=row["horizon_days"])
            role = {"below": "bad", "above": "good", "across": "neutral"}[pace.side_of(1)]
            marks.append({**_plain_mark(label, pace, role), "bound": 1})
    last = spans[-1] if spans else None
    evidence.chart(
        messages.PACE[last["verdict"]].format(days=last["horizon_days"])
        if last and last["verdict"] and marks
        else messages.PACE_NAME,
        comparisons.forest(marks, "ratio", None, view.ink, zero=False) if marks else None,
        messages.FOREST_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
        messages.PACE_NOTE,
        next((row["reason"] for row in spans if row["reason"]), None),
    )


def recovery(view: View) -> None:
    """Does it help to make amends?"""
    # Every order first: more rest on it, and what is known to help is judged by it.
    rows = [row for kind in ("every_order", _INDEX) for row in queries.recovery(view.snapshot, kind)]
    at_horizon = [row for row in rows if row["horizon_days"] == _HORIZON]
    marks = []
    for row in at_horizon:
        gap = Estimate.of(row, "risk_difference", "points")
        if gap.is_shown:
            role = {"below": "bad", "above": "good", "across": "neutral"}[gap.side_of(0)]
            marks.append(_plain_mark(_amends_name(row), gap, role))
    between = next((row for row in at_horizon if row["comparison"] == "compensated_and_uncompensated"), None)
    helps = Estimate.of(between, "risk_difference", "points")
    heading = messages.AMENDS_NAME
    if helps.is_shown:
        heading = messages.AMENDS_HEADING[helps.side_of(0)].format(gap=helps.text(), days=_HORIZON)
    evidence.chart(
        heading,
        comparisons.forest(marks, "points", None, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
        messages.AMENDS_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            messages.AMENDS_WITHIN.format(
                name=_amends_name(row), horizon=messages.HORIZON.format(days=row["horizon_days"])
            ),
            Estimate.of(row, "risk_difference", "points").cell(),
            *(Estimate.of(row, f"{each}_retained_rate", "share").text() for each in ("first", "second")),
            *(figures.count(row[f"{each}_order_count"]) for each in ("first", "second")),
            _needed(row),
        )
        for row in rows
    ]
    needed = {6: messages.NEEDED_NOTE}
    evidence.table(messages.AMENDS_COLUMNS, lines, messages.AMENDS_ALT, at_need=needed)
    method = rows[0]["method"] if rows else None
    evidence.rest(view, ("recovery_effect",), {"recovery": rows}, {"recovery_effect": method})


def cohorts(view: View) -> None:
    """How many of each month's new customers still order, month after month?"""
    rows = queries.cohorts(view.snapshot, _MONTHS)
    months = list(dict.fromkeys(row["acquisition_month"] for row in rows if row["acquisition_month"] != "all"))[-24:]
    cells = [
        {
            "row": figures.month_of(row["acquisition_month"]),
            "column": row["months_since"],
            "value": row["retained_rate"],
            "description": messages.COHORT_CELL.format(
                month=figures.month_of(row["acquisition_month"]),
                since=row["months_since"],
                rate=Estimate.of(row, "retained_rate", "share").cell(),
            ),
        }
        for row in rows
        # Month 0 is everybody, by definition; it would take all the colour.
        if row["acquisition_month"] in months and row["months_since"] > 0 and row["retained_rate"] is not None
    ]
    total = [row for row in rows if row["acquisition_month"] == "all"]
    third = next((row for row in total if row["months_since"] == 3), None)
    rate = Estimate.of(third, "retained_rate", "share", "eligible_count")
    heading = messages.COHORTS_HEADING.format(rate=rate.text()) if rate.is_shown else messages.COHORTS_NAME
    evidence.chart(
        heading,
        comparisons.heatmap(cells, messages.COHORTS_AXIS, view.ink) if cells else None,
        messages.COHORTS_ALT.format(
            first=figures.month_of(months[0]) if months else "", last=figures.month_of(months[-1]) if months else ""
        ),
        messages.COHORTS_NOTE,
        rate.why,
    )
    lines = [
        (
            figures.count(row["months_since"]),
            Estimate.of(row, "retained_rate", "share").cell(),
            figures.count(row["eligible_count"]) if row["eligible_count"] is not None else messages.DASH,
            figures.count(row["retained_count"]) if row["retained_count"] is not None else messages.DASH,
        )
        for row in total
    ]
    evidence.table(messages.COHORTS_COLUMNS, lines, messages.COHORTS_TABLE_ALT)
    evidence.rest(
        view, ("cohort_retention",), {"cohorts": rows}, {"cohort_retention": rows[0]["method"] if rows else None}
    )


def strength(view: View) -> None:
    """All estimates of the same difference beside each other, with how strong each is."""
    rows, others = _differences(view), queries.estimates(view.snapshot)
    marks = [mark for row in rows if (mark := _mark(row, _estimate_name(row)))]
    steps = queries.dose(view.snapshot, _HORIZON)
    left, right = st.columns(2)
    with left:
        _forest(view, messages.EVIDENCE_HEADING.format(days=_HORIZON), marks, messages.EVIDENCE_NOTE, rows)
    with right:
        _dose(view, steps)
    lines = [
        (
            _estimate_name(row),
            Estimate.of(row, "risk_difference", "points").cell(),
            row["grade"],
            figures.count(row["missed_order_count"]),
            _needed(row),
            messages.DASH if row.get("q_value") is None else _q(row["q_value"]),
        )
        for row in rows
    ]
    evidence.table(messages.EVIDENCE_COLUMNS, lines, messages.COMPARISON_ALT, at_need={4: messages.NEEDED_NOTE})
    hazards = queries.hazards(view.snapshot)
    _hazards(view, hazards)
    every = [row for row in queries.comparisons(view.snapshot) if row["outcome"] == "missed"]
    methods = {"gap_retention": every, "miss_effect": others, "gap_dose_response": steps, "miss_hazard": hazards}
    evidence.rest(
        view,
        tuple(methods),
        {"gap_retention": every, "estimates": others, "dose": steps, "hazards": hazards},
        {metric: each[0]["method"] if each else None for metric, each in methods.items()},
    )


def _hazards(view: View, rows: Sequence[dict]) -> None:
    """The same question as one number over the whole follow-up: how much slower do they come back?"""
    marks = []
    for row in rows:
        pace = Estimate.of(row, "hazard_ratio", "ratio")
        if pace.is_shown and row["index_kind"] == _INDEX:
            role = {"below": "bad", "above": "good", "across": "neutral"}[pace.side_of(1)]
            marks.append({**_plain_mark(messages.HAZARD_MARKS[row["comparison"]], pace, role), "bound": 1})
    plain = next((row for row in rows if (row["index_kind"], row["comparison"]) == (_INDEX, "missed_and_kept")), None)
    pace = Estimate.of(plain, "hazard_ratio", "ratio")
    evidence.chart(
        messages.HAZARDS[pace.side_of(1)].format(pace=pace.text()) if pace.is_shown else messages.PACE_NAME,
        comparisons.forest(marks, "ratio", None, view.ink, zero=False) if marks else None,
        messages.FOREST_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
        messages.HAZARDS_NOTE,
        next((row["reason"] for row in rows if row["reason"]), None),
    )
    lines = [
        (
            _hazard_name(row),
            Estimate.of(row, "hazard_ratio", "ratio").cell(),
            row["grade"],
            figures.count(row["first_order_count"]),
            figures.count(row["second_order_count"]),
            messages.DASH if row["q_value"] is None else _q(row["q_value"]),
        )
        for row in rows
    ]
    evidence.table(messages.HAZARDS_COLUMNS, lines, messages.HAZARDS_ALT)


def _amends_name(row: dict) -> str:
    name = messages.INDEX_KINDS.get(row["index_kind"], row["index_kind"])
    return f"{messages.AMENDS[row['comparison']]}, {name}"


def _hazard_name(row: dict) -> str:
    name = messages.INDEX_KINDS.get(row["index_kind"], row["index_kind"])
    return f"{messages.HAZARD_KINDS.get(row['comparison'], figures.name(row['comparison']))}, {name}"


def _dose(view: View, steps: Sequence[dict]) -> None:
    """The later, the fewer? Came back by days of gap."""
    marks = []
    for row in steps:
        rate = Estimate.of(row, "retained_rate", "share", "customer_count")
        if rate.is_shown:
            marks.append(_plain_mark(figures.name(row["gap_bucket"]), rate, "main"))
    p_value = steps[0]["trend_p_value"] if steps else None
    heading = messages.DOSE_NAME
    if p_value is not None:
        trend = messages.DOSE_TREND if steps[0]["trend_z"] > 0 else messages.DOSE_OTHER_TREND
        heading = trend if p_value < 0.05 else messages.DOSE_NONE
    evidence.chart(
        heading.format(days=_HORIZON),
        comparisons.forest(marks, "share", None, view.ink, zero=False) if marks else None,
        messages.FOREST_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
        messages.DOSE_NOTE.format(p=messages.DASH if p_value is None else _p(p_value)),
        next((row["reason"] for row in steps if row["reason"]), None),
    )


def queue(view: View) -> None:
    """Whom to get in touch with today."""
    rows = queries.queue(view.snapshot)
    # They come first, so only where there is nobody else in it may the queue hold more of them.
    known = [row for row in rows if row["is_compensated"] is not None]
    waiting = [row for row in known or rows if not row["is_compensated"] and not row["has_reordered"]]
    many = messages.QUEUE_MANY if len(waiting) >= queries.MOST_QUEUED else messages.QUEUE_HEADING
    heading = figures.counted(messages.QUEUE_HEADING_ONE, many, len(waiting))
    if not known:
        heading = messages.QUEUE_UNKNOWN.format(count=figures.count(len(waiting)))
    st.header(heading if rows else _nobody(view, messages.QUEUE_NONE), anchor=False)
    if waiting and len(waiting) < len(rows):
        st.markdown(f":gray[{messages.QUEUE_REST}]")
    if rows:
        first = rows[0]
        helps = Estimate(
            first["helped_difference"], first["helped_difference_low"], first["helped_difference_high"], "points"
        )
        words = messages.HELPS[first["what_helps"]].format(
            gap=helps.cell() if helps.is_shown else "", days=first["helped_horizon_days"]
        )
        st.markdown(f":gray[{figures.plain(words)}]")
    lines = [
        (
            figures.count(row["queue_rank"]),
            row["customer_id"],
            margin,
            messages.DASH if row["since_miss_days"] is None else figures.number(row["since_miss_days"], 0),
            view.name("cause", row["cause"]),
            figures.count(row["order_count"]),
            *(messages.YES_NO[row[name]] for name in ("is_compensated", "has_contacted", "has_reordered")),
        )
        for row, margin in zip(rows, _amounts(view, rows, "margin_amount"), strict=True)
    ]
    evidence.table(messages.QUEUE_COLUMNS, lines, messages.QUEUE_ALT, names_people=True)
    evidence.rest(view, ("customer_value", "recovery_effect"), {"queue": rows})


def _nobody(view: View, words: str) -> str:
    """That nobody was missed, where that could have been seen; else why it could not."""
    trust = view.trust.get("gap_retention") or {}
    reason = figures.told(trust["reason"]) if trust.get("fitness") == "withheld" else None
    if reason is None:
        rows = queries.comparisons(view.snapshot)
        if any(row[name] for row in rows for name in ("order_count", "reordered_before_count", "not_matured_count")):
            return words
        # No order was judged at all: not one promise, or nothing due yet.
        reason = next((figures.told(row["reason"]) for row in rows if row["reason"]), None)
    return figures.plain(messages.NOBODY_UNKNOWN.format(reason=reason or messages.NO_REASON))


def lost(view: View) -> None:
    """Who has been silent since a miss, longer than customers of their kind take to come back?"""
    rows = queries.lost(view.snapshot)
    first = rows[0] if rows else None
    heading = _nobody(view, messages.LOST_NONE)
    if rows:
        many = messages.LOST_MANY if len(rows) >= queries.MOST_QUEUED else messages.LOST
        heading = figures.counted(messages.LOST_ONE, many, len(rows))
    st.header(heading, anchor=False)
    if first:
        words = messages.LOST_NOTE
        if first["margin_per_month_amount"] is not None:
            most = figures.money(float(first["margin_per_month_amount"]), view.currency)
            words = f"{messages.LOST_MOST.format(amount=most)} {words}"
        st.markdown(f":gray[{figures.plain(words)}]")
    lines = [
        (
            row["customer_id"],
            figures.name(row["segment"]),
            *margins,
            *(
                messages.DASH if row[name] is None else figures.number(row[name], 0)
                for name in ("silent_days", "usual_days")
            ),
            figures.count(row["order_count"]),
            *(messages.YES_NO[row[name]] for name in ("is_compensated", "has_contacted")),
        )
        for row, *margins in zip(
            rows,
            _amounts(view, rows, "margin_per_month_amount"),
            _amounts(view, rows, "margin_amount"),
            strict=True,
        )
    ]
    evidence.table(messages.LOST_COLUMNS, lines, messages.LOST_ALT, names_people=True)
    evidence.rest(view, ("customer_value",), {"lost": rows})


def _amounts(view: View, rows: Sequence[dict], name: str) -> list[str]:
    return figures.amounts((row[name] for row in rows), view.currency)


def accounts(view: View) -> None:
    """Where customers end a contract: do accounts whose first promise was missed end sooner?"""
    rows = queries.accounts(view.snapshot, view.pick.get("segment", "all"))
    clocks = {clock: [row for row in rows if row["clock"] == clock] for clock in ("landmark", "acquired")}
    compared = clocks["landmark"][0] if clocks["landmark"] else None
    p_value = compared["log_rank_p_value"] if compared else None
    heading, note = messages.ACCOUNTS_HEADING, messages.ACCOUNTS_NOTE
    if p_value is not None:
        heading = messages.ACCOUNTS_DIFFER if p_value < 0.05 else messages.CURVES_ALIKE
        test = messages.CURVES_TEST.format(p=_p(p_value), chi=figures.number(compared["log_rank_chi_square"], 1))
        note = f"{test} {note}"
    left, right = st.columns(2)
    for box, clock, title, words in (
        (left, "landmark", heading, note),
        (right, "acquired", messages.ACCOUNTS_AGE, messages.ACCOUNTS_NOTE),
    ):
        each = clocks[clock]
        points = [_account_point(row) for row in each if row["survival_rate"] is not None]
        with box:
            evidence.chart(
                title,
                curves(points, messages.ACCOUNTS_AXIS[clock], view.ink) if points else None,
                messages.ACCOUNTS_ALT.format(parts="; ".join(_account_ends(each))),
                words,
                next((row["reason"] for row in each if row["reason"]), None),
            )
    lines = [
        (
            messages.ACCOUNTS[row["outcome"]],
            messages.ACCOUNTS_AXIS[row["clock"]],
            figures.count(row["customer_count"]),
            figures.count(row["churned_count"]),
            figures.count(row["churned_before_count"]),
            figures.count(row["start_unknown_count"]),
        )
        for row in rows
        if row["day"] == 0
    ]
    evidence.table(messages.ACCOUNTS_COLUMNS, lines, messages.ACCOUNTS_TABLE_ALT)
    method = rows[0]["method"] if rows else None
    evidence.rest(view, ("account_survival",), {"accounts": rows}, {"account_survival": method})


def _account_point(row: dict) -> dict:
    return {
        "x": row["day"],
        "value": row["survival_rate"],
        "low": row["survival_rate_low"],
        "high": row["survival_rate_high"],
        "series": messages.ACCOUNTS[row["outcome"]],
        "role": {"kept": "good", "missed": "bad", "all": "main"}[row["outcome"]],
        "description": messages.DAY_POINT.format(
            day=row["day"],
            rate=Estimate.of(row, "survival_rate", "share").cell(),
            risk=figures.count(row["at_risk_count"]),
        ),
    }


def _account_ends(rows: Sequence[dict]) -> list[str]:
    last = {row["outcome"]: row for row in rows if row["survival_rate"] is not None}
    return [
        f"{messages.ACCOUNTS[outcome]}: {Estimate.of(row, 'survival_rate', 'share').cell()}"
        for outcome, row in last.items()
    ]


def _estimate_name(row: dict) -> str:
    name = messages.INDEX_KINDS.get(row["index_kind"], row["index_kind"])
    kind = messages.ESTIMATES[row.get("estimate_kind", "plain")]
    name = f"{kind}, {name}"
    return messages.WITH_GRADE.format(name=name, grade=row["grade"])


def _mark(row: dict, label: str) -> dict | None:
    gap = Estimate.of(row, "risk_difference", "points")
    if not gap.is_shown:
        return None
    return _plain_mark(label, gap, {"below": "bad", "above": "good", "across": "neutral"}[gap.side_of(0)])


def _plain_mark(label: str, estimate: Estimate, role: str) -> dict:
    return {
        "label": label,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "text": estimate.text(),
        "role": role,
        "description": f"{label}: {estimate.cell()}",
    }


def _needed(row: dict) -> str:
    needed = row.get("needed_observation_count")
    return messages.DASH if needed is None else figures.about(needed)


def _forest(view: View, heading: str, marks: list[dict], note: str, rows: list[dict]) -> None:
    reason = next((row["reason"] for row in rows if row["reason"]), None)
    evidence.chart(
        heading,
        comparisons.forest(marks, "points", None, view.ink) if marks else None,
        messages.FOREST_ALT.format(parts="; ".join(mark["description"] for mark in marks)),
        note,
        reason,
    )


def _line(row: dict) -> tuple[str, ...]:
    return (
        messages.HORIZON.format(days=row["horizon_days"]),
        Estimate.of(row, "risk_difference", "points").cell(),
        Estimate.of(row, "risk_ratio", "ratio").cell(),
        figures.count(row["order_count"]) if row["order_count"] is not None else messages.DASH,
        _needed(row),
        figures.count(row["not_matured_count"]) if row["not_matured_count"] is not None else messages.DASH,
    )


def _p(value: float) -> str:
    return (
        messages.P_TINY.format(least=figures.number(0.001, 3))
        if value < 0.001
        else messages.P_VALUE.format(p=figures.number(value, 3))
    )


def _q(value: float) -> str:
    words = messages.Q_TINY if value < 0.001 else messages.Q_VALUE
    return words.format(least=figures.number(0.001, 3), p=figures.number(value, 3))


PAGE = Page(
    slug="retention",
    title=messages.RETENTION_TITLE,
    icon=":material/group:",
    question=messages.RETENTION_QUESTION,
    answer=answer,
    tabs=(
        Tab("curves", messages.TAB_CURVES, after_a_miss, ("segment",), "mart_survival_curves"),
        Tab("forgiven", messages.TAB_FORGIVEN, forgiven),
        Tab("recovery", messages.TAB_RECOVERY, recovery),
        Tab("cohorts", messages.TAB_COHORTS, cohorts),
        Tab("queue", messages.TAB_QUEUE, queue),
        Tab("lost", messages.TAB_LOST, lost),
        Tab("evidence", messages.TAB_EVIDENCE, strength),
        Tab("accounts", messages.TAB_ACCOUNTS, accounts, ("segment",), "mart_account_survival"),
    ),
)
