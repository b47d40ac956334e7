"""A measure as a card: value, how sure, on how many, against which target, and where it comes from."""

from collections.abc import Sequence

import streamlit as st

from app import figures, messages
from app.components import charts, show
from app.components.tile import explain, how_sure
from app.estimate import Estimate
from app.view import View


def card(view: View, metric_id: str, row: dict | None, months: Sequence[dict]) -> None:
    """Draws one card.

    Args:
        view: for definitions, trust, currency, instant and colours.
        metric_id: one of messages.CARDS.
        row: the period's row of mart_scorecard, None when the version has none.
        months: rows of mart_scorecard, oldest first.
    """
    name, currency = messages.CARDS[metric_id], view.currency
    with st.container(border=True, height="stretch", gap="small"):
        _figure(view, name, row, metric_id)
        if row is None or (row["value"] is None and row["value_low"] is None):
            return
        st.markdown(_judgement(row, view.trust.get(metric_id), currency))
        st.markdown("  \n".join(f":small[:gray[{line}]]" for line in how_sure(view, estimate(row))))
        _trend(name, row, months, currency, view.ink)


def why(row: dict | None) -> str:
    """Why a measure is not shown, as the end of a sentence.

    Args:
        row: of mart_scorecard, None when the version has none.
    """
    return estimate(row).why if row else messages.NO_ROW


def estimate(row: dict) -> Estimate:
    """A measure as an estimate.

    Args:
        row: of mart_scorecard.
    """
    return Estimate.of(row, "value", row["unit"], "observation_count")


def target(row: dict, currency: str | None) -> str | None:
    """The target with its direction, as text; None when there is none.

    Args:
        row: of mart_scorecard.
        currency: ISO 4217 code of amounts.
    """
    if row["target"] is None:
        return None
    words = messages.TARGET_DOWN if row["direction"] == "down" else messages.TARGET_UP
    return words.format(target=figures.goal(row["target"], row["unit"], currency))


def _figure(view: View, name: str, row: dict | None, metric_id: str) -> None:
    help_text = explain(view, metric_id)
    if row and estimate(row).is_shown:
        st.metric(name, figures.plain(estimate(row).text(view.currency)), help=help_text)
    else:
        # The reason stands where the number would be.
        st.markdown(f":small[{name}]", help=help_text)
        st.markdown(f"**{messages.NOT_SHOWN}.** {figures.plain(figures.sentence(why(row)))}")


def verdict(row: dict, currency: str | None) -> str:
    """The published judgement of a measure against its target, in words.

    Args:
        row: of mart_scorecard.
        currency: ISO 4217 code of amounts.
    """
    goal = target(row, currency)
    if goal is None:
        return messages.NO_TARGET
    words = {True: messages.ON_TARGET, False: messages.OFF_TARGET, None: messages.UNJUDGED_TARGET}
    return words[row["is_on_target"]].format(target=goal)


def _judgement(row: dict, trust: dict | None, currency: str | None) -> str:
    # A sign beside each colour, for whoever does not see the colour.
    looks = {True: ("green", ":material/check: "), False: ("red", ":material/close: "), None: ("gray", "")}
    color, sign = looks[row["is_on_target"] if row["target"] is not None else None]
    badges = [f":{color}-badge[{sign}{figures.plain(verdict(row, currency))}]"]
    if row["status"] != "final":
        badges.append(f":orange-badge[{messages.STATUS.get(row['status'], row['status'])}]")
    if trust and trust["fitness"] == "degraded":
        badges.append(f":orange-badge[{messages.DEGRADED}]")
    return " ".join(badges)


def _trend(name: str, row: dict, months: Sequence[dict], currency: str | None, ink: dict) -> None:
    marks = charts.points(months, row["unit"], currency)
    if not marks:
        st.markdown(f":gray[{messages.NO_TREND}]")
        return
    goal = target(row, currency)
    alt = messages.TREND_ALT.format(
        name=name,
        first=marks[0]["label"],
        last=marks[-1]["label"],
        latest=marks[-1]["text"],
        target=messages.TREND_ALT_TARGET.format(target=goal) if goal else "",
    )
    show.chart(charts.small_trend(marks, row["unit"], currency, row["target"], ink), alt)
    st.markdown(f":small[:gray[{latest(months, row['unit'], currency)}]]")


def latest(months: Sequence[dict], unit: str, currency: str | None) -> str:
    """The newest month with a figure and its published changes, as one line.

    Args:
        months: rows of mart_scorecard, oldest first.
        unit: of the metric.
        currency: ISO 4217 code of amounts.
    """
    shown = [each for each in months if each["value"] is not None or each["value_low"] is not None]
    if not shown:
        return messages.NO_TREND
    # A month still running is compared with no whole one.
    newest = next((each for each in reversed(shown) if each["status"] != "provisional"), shown[-1])
    if newest["value"] is None:
        low, high = (figures.figure(newest[key], unit, currency) for key in ("value_low", "value_high"))
        name = figures.month(newest["month_start_date"])
        return figures.plain(messages.LATEST_INTERVAL.format(month=name, low=low, high=high))
    parts = [
        messages.LATEST_MONTH.format(
            month=figures.month(newest["month_start_date"]), value=figures.figure(newest["value"], unit, currency)
        )
    ]
    if newest["change_on_month"] is not None:
        parts.append(messages.IN_A_MONTH.format(change=figures.change(newest["change_on_month"], unit, currency)))
    if newest["change_on_year"] is not None:
        parts.append(messages.IN_A_YEAR.format(change=figures.change(newest["change_on_year"], unit, currency)))
    return ", ".join(figures.plain(part) for part in parts)
