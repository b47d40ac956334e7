"""What promising anew and what promising later do to the figures: intervals against scipy."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from rendering import render
from scipy.stats import norm, ttest_ind

CALLS = {
    "low": "paired_difference_low('gained', 'lost', 'pairs')",
    "high": "paired_difference_high('gained', 'lost', 'pairs')",
    "error": "change_error('s1', 'n1', 's0', 'n0')",
}


@pytest.fixture(scope="module")
def sql(tmp_path_factory) -> dict[str, str]:
    return render(CALLS, tmp_path_factory.mktemp("promises_anew"))


def computed(sql, rows: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        names = [name for name in CALLS if ("s1" in rows) == (name == "error")]
        return connection.execute(f"select {', '.join(f'{sql[name]} as {name}' for name in names)} from rows").df()


@pytest.mark.parametrize(
    ("gained", "lost", "pairs"), [(8, 2, 100), (0, 0, 40), (0, 0, 1), (5, 0, 5), (0, 30, 30), (1, 1, 2)]
)
def test_the_paired_interval_is_that_of_the_pairs_and_one_more_on_each_side(sql, gained, lost, pairs):
    found = computed(sql, pd.DataFrame({"gained": [gained], "lost": [lost], "pairs": [pairs]})).iloc[0]
    differences = np.array([1] * (gained + 1) + [-1] * (lost + 1) + [0] * (pairs - gained - lost))
    low, high = norm.interval(0.95, differences.mean(), differences.std() / np.sqrt(len(differences)))
    assert found.low == pytest.approx(max(low, -1), abs=1e-12)
    assert found.high == pytest.approx(min(high, 1), abs=1e-12)


def test_no_pair_no_interval(sql):
    found = computed(sql, pd.DataFrame({"gained": [0], "lost": [0], "pairs": [0]})).iloc[0]
    assert pd.isna(found.low) and pd.isna(found.high)


def test_the_paired_interval_covers(sql):
    """Of 4,000 samples of 60 pairs, 95 % intervals hold the truth in 93 to 98 of 100."""
    random = np.random.default_rng(2)
    draws = random.multinomial(60, [0.10, 0.03, 0.87], 4_000)
    found = computed(sql, pd.DataFrame({"gained": draws[:, 0], "lost": draws[:, 1], "pairs": 60}))
    assert 0.93 < ((found.low <= 0.07) & (found.high >= 0.07)).mean() < 0.98


def test_the_error_of_a_change_is_that_of_welch(sql):
    random = np.random.default_rng(1)
    now, before = random.normal(5, 2, 57), random.normal(4, 1, 41)
    rows = {"s1": [now.std(ddof=1)], "n1": [57], "s0": [before.std(ddof=1)], "n0": [41]}
    error = computed(sql, pd.DataFrame(rows)).error[0]
    statistic = ttest_ind(now, before, equal_var=False).statistic
    assert error == pytest.approx((now.mean() - before.mean()) / statistic, rel=1e-10)
