"""The shop: who buys, where to, how reliable each lane is. Nothing here is an effect; effects.py holds those."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from cx_warehouse.sample.clock import MONTH_OF_DAY, day_number
from cx_warehouse.sample.effects import Effects


@dataclass(frozen=True)
class Segment:
    """`gap_days`, the scale of the time between orders, is all that tells one customer's appetite from another's."""

    name: str
    share: float
    gap_days: float
    express_share: float
    typical_amount: float


@dataclass(frozen=True)
class Region:
    """`miss_probability` holds for a standard order in a quiet month."""

    name: str
    share: float
    hub: str
    standard_days: int
    express_days: int
    miss_probability: float
    places: tuple[tuple[str, str, float], ...]  # country, time zone, share


SEGMENTS = (
    Segment("consumer", 0.55, 300, 0.15, 58),
    Segment("family", 0.25, 140, 0.18, 72),
    Segment("member", 0.14, 75, 0.40, 66),
    Segment("small_business", 0.06, 38, 0.35, 150),
)

# Shares are relative. There are enough regions for a permutation test over them to reach 5 % with one region treated.
REGIONS = (
    Region("germany_north", 0.066, "LEJ", 3, 1, 0.06, (("DE", "Europe/Berlin", 1.0),)),
    Region("germany_west", 0.070, "LEJ", 3, 1, 0.07, (("DE", "Europe/Berlin", 1.0),)),
    Region("germany_south", 0.066, "LEJ", 3, 1, 0.08, (("DE", "Europe/Berlin", 1.0),)),
    Region("germany_east", 0.052, "LEJ", 2, 1, 0.05, (("DE", "Europe/Berlin", 1.0),)),
    Region("austria", 0.046, "LEJ", 4, 2, 0.08, (("AT", "Europe/Vienna", 1.0),)),
    Region("netherlands", 0.052, "LEJ", 4, 2, 0.07, (("NL", "Europe/Amsterdam", 1.0),)),
    Region("belgium", 0.046, "LEJ", 4, 2, 0.09, (("BE", "Europe/Brussels", 1.0),)),
    Region("france_north", 0.056, "LYS", 4, 2, 0.13, (("FR", "Europe/Paris", 1.0),)),
    Region("france_south", 0.050, "LYS", 3, 1, 0.11, (("FR", "Europe/Paris", 1.0),)),
    Region("spain", 0.056, "LYS", 5, 2, 0.14, (("ES", "Europe/Madrid", 0.93), ("ES", "Atlantic/Canary", 0.07))),
    Region("portugal", 0.040, "LYS", 5, 3, 0.15, (("PT", "Europe/Lisbon", 0.95), ("PT", "Atlantic/Azores", 0.05))),
    Region("italy_north", 0.052, "LYS", 4, 2, 0.12, (("IT", "Europe/Rome", 1.0),)),
    Region("italy_south", 0.072, "LYS", 5, 3, 0.24, (("IT", "Europe/Rome", 1.0),)),
    Region("ireland", 0.042, "LEJ", 6, 3, 0.13, (("IE", "Europe/Dublin", 1.0),)),
    Region("finland", 0.040, "LEJ", 6, 3, 0.12, (("FI", "Europe/Helsinki", 1.0),)),
    Region(
        "baltics", 0.034, "LEJ", 6, 3, 0.14,
        (("EE", "Europe/Tallinn", 0.35), ("LV", "Europe/Riga", 0.30), ("LT", "Europe/Vilnius", 0.35)),
    ),
    Region("poland", 0.044, "LEJ", 4, 2, 0.10, (("PL", "Europe/Warsaw", 1.0),)),
    Region("slovakia", 0.030, "LEJ", 5, 2, 0.11, (("SK", "Europe/Bratislava", 1.0),)),
    Region(
        "slovenia_croatia", 0.030, "LYS", 5, 3, 0.13,
        (("SI", "Europe/Ljubljana", 0.45), ("HR", "Europe/Zagreb", 0.55)),
    ),
    Region("czechia", 0.036, "LEJ", 4, 2, 0.09, (("CZ", "Europe/Prague", 1.0),)),
    Region("hungary", 0.032, "LEJ", 5, 2, 0.12, (("HU", "Europe/Budapest", 1.0),)),
    Region("denmark", 0.036, "LEJ", 4, 2, 0.08, (("DK", "Europe/Copenhagen", 1.0),)),
    Region("greece", 0.032, "LYS", 6, 3, 0.18, (("GR", "Europe/Athens", 1.0),)),
    Region("cyprus_malta", 0.024, "LYS", 6, 4, 0.19, (("CY", "Asia/Nicosia", 0.6), ("MT", "Europe/Malta", 0.4))),
)  # fmt: skip

SERVICE_LEVELS = ("standard", "express")
EXPRESS_EXTRA_MISS = 0.05  # tighter promises are missed more often; members choose express more often
MISS_BY_MONTH = np.array([0.02, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01, 0.0, 0.0, 0.03, 0.06])  # added, by due month

# The shape of the time between orders (Weibull, in busy days, from the landmark), and the share of that pace at which
# people buy again while they still wait for an order.
GAP_SHAPE = 0.85
PACE_BEFORE_LANDMARK = 0.30

GUEST_SHARE = 0.07  # at least: guests fill up to the exact number of orders
NO_PROMISE_SHARE = 0.03
CUSTOMER_CANCEL_SHARE = 0.025
NEVER_ORDERED_SHARE = 0.04  # registered, on top of the customers who bought

# What a miss is: late, lost or cancelled by the firm.
MISS_FATES = (0.93, 0.03, 0.04)
LATE_DAYS = np.array([0.62**day for day in range(8)])  # 1 to 8 days
EARLY_DAYS = (0.45, 0.30, 0.17, 0.08)  # 0 to 3 days, never arriving on the day of the order

DELAY_CAUSES = ("weather", "strike", "customs", "carrier", "stock", "warehouse", "address", "payment", "system")
DELAY_CAUSE_WEIGHTS = (0.15, 0.06, 0.03, 0.30, 0.15, 0.14, 0.04, 0.02, 0.03)  # the rest has no cause on record
NO_CAUSE_WEIGHT = 0.08
OUTSIDE_CAUSES = ("weather", "strike", "customs", "address")  # what the firm does not control

# Initiatives that act on misses: region, service level (None is both), first day due on which they act.
EVENING_PICKUP = ("italy_south", None, date(2025, 7, 1))
ROUTE_PLANNING = ("france_north", None, date(2025, 5, 1))
EXPRESS_PILOT = ("ireland", "express", date(2026, 4, 1))

REGION_NAMES = tuple(region.name for region in REGIONS)
SEGMENT_NAMES = tuple(segment.name for segment in SEGMENTS)


def miss_probability(effects: Effects, region: np.ndarray, is_express: np.ndarray, due_day: np.ndarray) -> np.ndarray:
    """Probability that the first promise of an order is missed, by lane and day due: nothing about the customer.

    Args:
        effects: what the initiatives do.
        region: index into REGIONS.
        is_express: service level.
        due_day: first promised day, days since START.
    """
    probability = np.take([place.miss_probability for place in REGIONS], region)
    probability = probability + EXPRESS_EXTRA_MISS * is_express + MISS_BY_MONTH[MONTH_OF_DAY[due_day]]
    for (name, level, since), points in (
        (EVENING_PICKUP, effects.evening_pickup_points),
        (ROUTE_PLANNING, effects.route_planning_points),
        (EXPRESS_PILOT, effects.express_pilot_points),
    ):
        treated = (region == REGION_NAMES.index(name)) & (due_day >= day_number(since))
        if level is not None:
            treated &= is_express == (level == "express")
        probability = probability - points * treated
    return np.clip(probability, 0.0, 1.0)
