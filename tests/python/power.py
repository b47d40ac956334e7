"""How many observations a test needs, by statsmodels."""

import math

from statsmodels.stats.power import NormalIndPower


def needed(effect: float, error: float, count: float) -> int:
    """Observations at which 80 of 100 tests at 5 % find an effect.

    Args:
        effect: as seen.
        error: its standard error.
        count: observations that it was seen on.
    """
    deviation = error * math.sqrt(count)
    return math.ceil(NormalIndPower().solve_power(abs(effect) / deviation, alpha=0.05, power=0.8, ratio=0))
