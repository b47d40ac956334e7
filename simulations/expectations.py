"""Promises and expectations: do the intervals hold, and are the planted contradictions found and no others?

Oracles are told what the estimator must learn: the true probability of each promise; the spread and independence of the
expectations; that waits and patience are exponential, for the variance of a Kaplan–Meier curve; that answers scatter
equally and independently around a line with one kink (least squares).
"""

import math

import numpy as np

from cx_warehouse.sample import World
from cx_warehouse.sample.clock import LAST_SECOND
from cx_warehouse.sample.contacts import CHANNELS, CHAT, OFFERED_WAIT_MINUTES, PATIENCE_MINUTES, PHONE, contacts
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
        *_patience(connection, world),
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


def _patience(connection, world: World) -> list[dict]:
    rows = []
    channels = contacts(world)["channel"]
    for number, mean in PATIENCE_MINUTES.items():
        for minute in ASKED_MINUTES[number]:
            value, low, high = connection.execute(
                "select survival_rate, survival_rate_low, survival_rate_high from mart_patience "
                "where channel = ? and region = 'all' and minute = ?",
                [CHANNELS[number], minute],
            ).fetchone()
            leaves, ends = 1 / mean, 1 / mean + 1 / OFFERED_WAIT_MINUTES[number]
            waits = int(np.sum(channels == number))
            truly = math.exp(-leaves * minute)
            # Greenwood's sum with the true hazard and the true share still waiting.
            half = Z * truly * math.sqrt(leaves * (math.exp(ends * minute) - 1) / (waits * ends))
            rows.append(
                {
                    "name": f"patience_{CHANNELS[number]}_{minute}_minutes",
                    "value": value,
                    "low": low,
                    "high": high,
                    "planted": truly,
                    "oracle_low": value - half,
                    "oracle_high": value + half,
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
        scale, *found = connection.execute(
            f"""
            select scale, {", ".join(f"{name}, {name}_low, {name}_high" for name in planted)} from mart_response_curve
            where metric_id = ? and gap_bucket = 'all' order by slope_count desc limit 1
            """,
            [metric],
        ).fetchone()
        halves = _least_squares(connection, metric, scale)
        for number, (name, truly) in enumerate(planted.items()):
            value, low, high = found[3 * number : 3 * number + 3]
            row = {"name": f"{metric}_{name}", "value": value, "low": low, "high": high, "planted": truly}
            if name in halves:
                row |= {"oracle_low": value - halves[name], "oracle_high": value + halves[name]}
            rows.append(row)
    return rows


def _least_squares(connection, metric: str, scale: str) -> dict[str, float]:
    """Half widths of the slopes where answers scatter equally and independently around the line."""
    gaps, answers = (
        connection.execute(
            "select gap_days, response from int_orders_responded "
            "where metric = ? and scale = ? and gap_days is not null order by all",
            [metric, scale],
        )
        .fetchnumpy()
        .values()
    )
    gaps, answers = np.asarray(gaps, dtype=float), np.asarray(answers, dtype=float)
    design = np.column_stack([np.ones_like(gaps), np.minimum(gaps, 0), np.maximum(gaps, 0)])
    fitted, *_ = np.linalg.lstsq(design, answers, rcond=None)
    variance = np.sum((answers - design @ fitted) ** 2) / (len(answers) - 3)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    return {"slope_below": Z * float(errors[1]), "slope_above": Z * float(errors[2])}
