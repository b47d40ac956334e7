"""How likely a test finds an effect, by statsmodels."""

import math

from statsmodels.stats.power import NormalIndPower


def power(effect: float, error: float, count: float, enough: float) -> float:
    """Share of tests at 5 % that would find an effect on more observations.

    Args:
        effect: as seen.
        error: its standard error.
        count: observations that it was seen on.
        enough: observations of the tests.
    """
    return NormalIndPower().power(abs(effect) / (error * math.sqrt(count)), nobs1=enough, alpha=0.05, ratio=0)
