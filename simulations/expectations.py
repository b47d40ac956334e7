"""Promises and expectations: do the intervals hold, and are the planted contradictions found and no others?

Oracles are told what the estimator must learn: the true probability of each promise; the spread and independence of the
expectations.
"""

import math

import numpy as np

from cx_warehouse.sample import World
from cx_warehouse.sample.clock import LAST_SECOND
from cx_warehouse.sample.contacts import CHANNELS, CHAT, PATIENCE_MINUTES, PHONE
from cx_warehouse.sample.orders import CANCELLED_BY_CUSTOMER
from cx_warehouse.sample.surveys import EXPECTED_DAYS_OFFSET

MODELS = {
    "mart_promise_reliability",
    "mart_patience",
    "mart_gap_split",
    "mart_message_defects",
    "mart_response_curve",
}
Z = 1.959963984540054
# Where ten are still waiting on every seed, so that the curve is not cut.
ASKED_MINUTES = {PHONE: (3, 6, 9), CHAT: (3, 6)}
CONTRADICTIONS = {("M04", "M05"), ("M06", "M07"), ("M08", "M09")}


def estimates(connection, truth: dict, world: World) -> list[dict]:
    """Rows of name, value, low, high, planted and the oracle's interval.

    Args:
        connection: a finished world, `marts` on its search path.
        truth: of cx_warehouse.sample.truth.
        world: the simulated sample.
    """
    return [
        _missed_rate(connection, truth, world),
        *_patience(connection),
        _gap_message(connection),
        _contradictions(connection),
        *_slopes(connection, truth),
    ]


def _missed_rate(connection, truth: dict, world: World) -> dict:
    value, low, high, due = connection.execute(
        """
        select missed_rate, missed_rate_low, missed_rate_high, due_count from mart_promise_reliability
        where month = 'all' and promise_version = 'first' and touchpoint = 'delivery' and segment = 'all'
            and region = 'all' and service_level = 'all'
        """
    ).fetchone()
    orders = world.orders
    judged = orders["has_promise"] & (orders["fate"] != CANCELLED_BY_CUSTOMER) & (orders["due_end"] <= LAST_SECOND)
    chances = orders["probability"][judged]
    half = Z * math.sqrt(float(np.sum(chances * (1 - chances)))) / due
    return {
        "name": "missed_rate",
        "value": value,
        "low": low,
        "high": high,
        "planted": truth["missed_rate"],
        "oracle_low": value - half,
        "oracle_high": value + half,
    }


def _patience(connection) -> list[dict]:
    rows = []
    for number, mean in PATIENCE_MINUTES.items():
        for minute in ASKED_MINUTES[number]:
            value, low, high = connection.execute(
                "select survival_rate, survival_rate_low, survival_rate_high from mart_patience "
                "where channel = ? and region = 'all' and minute = ?",
                [CHANNELS[number], minute],
            ).fetchone()
            rows.append(
                {
                    "name": f"patience_{CHANNELS[number]}_{minute}_minutes",
                    "value": value,
                    "low": low,
                    "high": high,
                    "planted": math.exp(-minute / mean),
                }
            )
    return rows


def _gap_message(connection) -> dict:
    value, low, high, count = connection.execute(
        """
        select gap_message_mean, gap_message_mean_low, gap_message_mean_high, whole_count from mart_gap_split
        where month = 'all' and dimension = 'delivered' and segment = 'all'
        """
    ).fetchone()
    mean = sum(days * share for days, share in EXPECTED_DAYS_OFFSET.items())
    deviation = math.sqrt(sum((days - mean) ** 2 * share for days, share in EXPECTED_DAYS_OFFSET.items()))
    half = Z * deviation / math.sqrt(count)
    return {
        "name": "gap_message_days",
        "value": value,
        "low": low,
        "high": high,
        "planted": mean,
        "oracle_low": value - half,
        "oracle_high": value + half,
    }


def _contradictions(connection) -> dict:
    found = connection.execute(
        "select message_id, other_message_id from mart_message_defects where defect_kind = 'contradiction'"
    ).fetchall()
    # A count with no uncertainty: 3 where exactly the planted pairs are found, −1 where any other is.
    pairs = {tuple(sorted(pair)) for pair in found}
    count = len(pairs & CONTRADICTIONS) if pairs <= CONTRADICTIONS else -1
    return {"name": "contradictions_found", "value": count, "low": count, "high": count, "planted": len(CONTRADICTIONS)}


def _slopes(connection, truth: dict) -> list[dict]:
    """Answers after a delivery: points of the scale per day late and per day early, and one over the other."""
    planted = {
        "slope_below": truth["score_loss_per_day_late"],
        "slope_above": truth["score_gain_per_day_early"],
        "loss_aversion": truth["loss_aversion_ratio"],
    }
    rows = []
    for metric in ("response_csat", "response_nps"):
        found = connection.execute(
            f"""
            select {", ".join(f"{name}, {name}_low, {name}_high" for name in planted)} from mart_response_curve
            where metric_id = ? and gap_bucket = 'all' order by slope_count desc limit 1
            """,
            [metric],
        ).fetchone()
        for number, (name, truly) in enumerate(planted.items()):
            value, low, high = found[3 * number : 3 * number + 3]
            rows.append({"name": f"{metric}_{name}", "value": value, "low": low, "high": high, "planted": truly})
    return rows
