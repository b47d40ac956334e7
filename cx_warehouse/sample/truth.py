"""What is true of one simulated world, computed from its hazards and probabilities instead of its outcomes."""

import numpy as np

from cx_warehouse.sample.clock import DAY, LAST_SECOND
from cx_warehouse.sample.effects import planted
from cx_warehouse.sample.orders import CANCELLED_BY_CUSTOMER, NEVER, World, baseline, scales

HORIZONS = (30, 60, 90, 180, 365)


def truth(world: World) -> dict[str, float | None]:
    """Planted truths of this world: `planted(effects)` and those below.

    Returns:
        `missed_rate`: mean true probability of a miss over promises that are due by the end of the calendar and not
        cancelled by the customer;
        `risk_difference_<index>_<days>d` with index `first_order` or `every_order`: probability of ordering again
        within so many days of the landmark had the promise been missed (compensated at the planted rate) minus had
        it been kept, averaged over all index orders of known customers that have a promise, were not cancelled by
        the customer, were not followed by another before the landmark and have the full follow-up (None: there is
        none such); `..._missed` the same averaged over the orders that were missed.
    """
    orders, effects = world.orders, world.effects
    promised = orders["has_promise"] & (orders["fate"] != CANCELLED_BY_CUSTOMER)
    due = promised & (orders["due_end"] <= LAST_SECOND)
    truths = planted(effects) | {"missed_rate": _mean(orders["probability"][due])}
    index = promised & (orders["customer"] != NEVER) & ~orders["reordered_early"]
    for name, numbered in (("first_order", index & (orders["number"] == 1)), ("every_order", index)):
        for days in HORIZONS:
            followed = numbered & (orders["landmark"] + days * DAY <= LAST_SECOND)
            difference = _risk_difference(world, followed, days)
            truths[f"risk_difference_{name}_{days}d"] = _mean(difference)
            truths[f"risk_difference_{name}_{days}d_missed"] = _mean(difference[orders["missed"][followed]])
    return truths


def _risk_difference(world: World, rows: np.ndarray, days: int) -> np.ndarray:
    orders, effects = world.orders, world.effects
    landmark, scale = orders["landmark"][rows], scales(orders["segment"][rows])
    cumulative = baseline(landmark, days * DAY, scale)
    within = cumulative
    if effects.forgiven_after_days is not None:
        within = np.minimum(cumulative, baseline(landmark, effects.forgiven_after_days * DAY, scale))

    def reorders(ratio: float) -> np.ndarray:
        return 1 - np.exp(-(ratio * within + cumulative - within))

    # A promise that is kept is either met or exceeded, and only the sample knows how often.
    kept = ~orders["missed"][rows]
    exceeded = np.mean(orders["gap_days"][rows][kept] >= 1) if kept.any() else 0.0
    if_kept = exceeded * reorders(effects.exceeded_hazard_ratio) + (1 - exceeded) * reorders(1.0)
    rate = effects.compensation_rate
    if_missed = rate * reorders(effects.compensated_hazard_ratio) + (1 - rate) * reorders(effects.miss_hazard_ratio)
    return if_missed - if_kept


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
