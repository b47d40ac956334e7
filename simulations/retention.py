"""Retention: do the intervals of what a miss does to buying again hold what was planted?

The oracle is told that the segment alone sets the pace of buying: a Cox regression with a baseline per segment on the
simulated orders themselves, and for shares the variance left once segment and length of follow-up are known.
"""

import math

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from cx_warehouse.sample import World
from cx_warehouse.sample.clock import DAY, LAST_SECOND
from cx_warehouse.sample.orders import CANCELLED_BY_CUSTOMER, NEVER

MODELS = {"mart_gap_retention_estimates", "mart_miss_hazard"}
Z = 1.959963984540054
HORIZONS = (30, 90, 365)
# What the hazard ratio of each comparison is planted as: one parameter, or one over another.
PLANTED = {
    "missed_and_kept": ("any_miss_hazard_ratio", None),
    "outside_cause_and_kept": ("any_miss_hazard_ratio", None),
    "compensated_and_kept": ("compensated_hazard_ratio", None),
    "uncompensated_and_kept": ("miss_hazard_ratio", None),
    "compensated_and_uncompensated": ("compensated_hazard_ratio", "miss_hazard_ratio"),
}


def estimates(connection, truth: dict, world: World) -> list[dict]:
    """Rows of name, value, low, high, planted, neutral (no effect) and, for misses, an oracle's interval.

    Args:
        connection: a finished world, `marts` on its search path.
        truth: of cx_warehouse.sample.truth.
        world: the simulated sample.
    """
    journeys = followed(world)
    rows = []
    for index_kind, chosen in (("first_order", journeys[journeys.is_first]), ("every_order", journeys)):
        rows += _hazards(connection, truth, index_kind, oracle_hazard(chosen))
        rows += _differences(connection, truth, index_kind, chosen)
    return rows


def followed(world: World) -> pd.DataFrame:
    """One row per order of a known customer with a promise, not cancelled by them and not followed by another before
    its landmark: segment, is_first, is_missed, days (until the next order or the end), is_again, follow_up_days."""
    orders = world.orders
    index = (orders["customer"] != NEVER) & orders["has_promise"] & ~orders["reordered_early"]
    index &= (orders["fate"] != CANCELLED_BY_CUSTOMER) & (orders["landmark"] <= LAST_SECOND)
    again, landmark = orders["next_ordered"][index], orders["landmark"][index]
    return pd.DataFrame(
        {
            "segment": orders["segment"][index],
            "is_first": orders["number"][index] == 1,
            "is_missed": orders["missed"][index].astype(int),
            "days": (np.minimum(again, LAST_SECOND) - landmark) / DAY,
            "is_again": again <= LAST_SECOND,
            "follow_up_days": (LAST_SECOND - landmark) / DAY,
        }
    )


def oracle_hazard(journeys: pd.DataFrame) -> tuple[float, float]:
    """95 % interval of the hazard ratio by a Cox regression with a baseline per segment."""
    columns = journeys[["days", "is_again", "segment", "is_missed"]]
    fitted = CoxPHFitter().fit(columns, "days", "is_again", strata=["segment"])
    low, high = np.exp(fitted.confidence_intervals_.to_numpy()[0])
    return float(low), float(high)


def oracle_half_width(journeys: pd.DataFrame, days: int) -> float:
    """Half the 95 % interval of the risk difference at a horizon, segments weighed as Mantel and Haenszel do."""
    whole = journeys[journeys.follow_up_days >= days]
    is_retained = whole.is_again & (whole.days <= days)
    weight = variance = 0.0
    for _, segment in whole.assign(is_retained=is_retained).groupby("segment"):
        sizes = segment.groupby("is_missed").is_retained.agg(["size", "mean"])
        if len(sizes) == 2:
            share = sizes["size"].prod() / sizes["size"].sum()
            weight += share
            variance += share**2 * (sizes["mean"] * (1 - sizes["mean"]) / sizes["size"]).sum()
    return Z * math.sqrt(variance) / weight


def _hazards(connection, truth: dict, index_kind: str, oracle: tuple[float, float]) -> list[dict]:
    found = connection.execute(
        "select comparison, hazard_ratio, hazard_ratio_low, hazard_ratio_high from mart_miss_hazard "
        "where index_kind = ? order by comparison",
        [index_kind],
    ).fetchall()
    rows = []
    for comparison, value, low, high in found:
        parameter, over = PLANTED[comparison]
        row = {
            "name": f"hazard_ratio_{index_kind}_{comparison}",
            "value": value,
            "low": low,
            "high": high,
            "planted": truth[parameter] / (truth[over] if over else 1),
            "neutral": 1.0,
        }
        if comparison == "missed_and_kept":
            row |= dict(zip(("oracle_low", "oracle_high"), oracle, strict=True))
        rows.append(row)
    return rows


def _differences(connection, truth: dict, index_kind: str, journeys: pd.DataFrame) -> list[dict]:
    found = connection.execute(
        "select estimate_kind, horizon_days, risk_difference, risk_difference_low, risk_difference_high "
        "from mart_gap_retention_estimates where index_kind = ? order by estimate_kind, horizon_days",
        [index_kind],
    ).fetchall()
    rows = []
    for kind, days, value, low, high in found:
        if days not in HORIZONS:
            continue
        planted = truth[f"risk_difference_{index_kind}_{days}d"]
        row = {"name": f"risk_difference_{index_kind}_{kind}_{days}d", "value": value, "low": low, "high": high}
        row |= {"planted": planted, "neutral": 0.0}
        if kind == "adjusted":
            half = oracle_half_width(journeys, days)
            row |= {"oracle_low": value - half, "oracle_high": value + half}
        rows.append(row)
    return rows
