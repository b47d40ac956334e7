"""What to fix first, against the same in Python, and the reason for shrinking: worst first improves by itself."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
from compiled import alone, world
from rendering import render
from scipy.stats import norm
from scipy.stats import t as student

from cx_warehouse.sample import Effects, simulate, write_sample
from cx_warehouse.sample.clock import day_number
from cx_warehouse.sample.orders import CANCELLED_BY_CUSTOMER

CALLS = {
    "correlation": "beta_binomial_correlation('squares', 'rate', 'places', 'trials', 'trials_squared')",
    "weight": "beta_binomial_weight('n', 'correlation')",
}
# What `int_touchpoints_costed` tells of a touchpoint.
COSTS = ["touchpoint", "missed_count", "kept_count", "miss_cost", "miss_cost_error"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A sample of 6,000 orders, built as far as the priorities need it."""
    folder = tmp_path_factory.mktemp("priority")
    write_sample(folder / "landing", orders=6000, seed=3)
    return world(folder / "landing", folder, select={"mart_touchpoint_priority", "mart_driver_slopes", "fct_promises"})


@pytest.fixture(scope="module")
def sql(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it."""
    return render(CALLS, tmp_path_factory.mktemp("beta_binomial"))


def kleinman(missed: np.ndarray, trials: np.ndarray) -> tuple[float, float]:
    """Mean and intraclass correlation of a beta-binomial by moments, weights nᵢ (Kleinman 1973), by its own route.

    Args:
        missed, trials: counts of each group, shape (groups,).
    """
    rates, total, groups = missed / trials, trials.sum(), len(trials)
    mean = missed.sum() / total
    spread = (trials * (rates - mean) ** 2).sum() / (mean * (1 - mean))
    # E[spread] = (1 − ρ)(groups − 1) + ρ (N − Σn²/N), solved for ρ.
    rho = (spread - (groups - 1)) / (total - (trials**2).sum() / total - (groups - 1))
    return mean, float(np.clip(rho, 0, 1))


def shrunk(sql: dict[str, str], counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` (columns missed, n) with raw and shrunk rate, the latter by the macros."""
    totals = pd.DataFrame(
        {
            "rate": [counts.missed.sum() / counts.n.sum()],
            "squares": [(counts.n * (counts.missed / counts.n - counts.missed.sum() / counts.n.sum()) ** 2).sum()],
            "places": [len(counts)],
            "trials": [counts.n.sum()],
            "trials_squared": [(counts.n**2).sum()],
        }
    )
    with duckdb.connect() as connection:
        connection.register("totals", totals)
        connection.register("counts", counts)
        return connection.execute(
            f"select counts.*, missed / n as raw, rate + (missed / n - rate) * {sql['weight']} as shrunk, correlation "
            f"from counts cross join (select *, {sql['correlation']} as correlation from totals) order by place"
        ).df()


@pytest.mark.parametrize("seed", range(5))
def test_shrunk_rates_are_those_of_the_beta_posterior(sql, seed):
    random = np.random.default_rng(seed)
    n = random.integers(5, 400, 12)
    missed = random.binomial(n, random.beta(2, 10, 12))
    mean, rho = kleinman(missed, n)
    strength = (1 - rho) / rho
    expected = (missed + mean * strength) / (n + strength)
    counts = pd.DataFrame({"place": range(12), "missed": missed, "n": n})
    np.testing.assert_allclose(shrunk(sql, counts).shrunk, expected, rtol=0, atol=1e-8)


def test_rates_that_differ_by_chance_alone_are_all_drawn_to_the_mean(sql):
    counts = pd.DataFrame({"place": range(4), "missed": [10, 10, 10, 10], "n": [100, 100, 100, 100]})
    found = shrunk(sql, counts)
    assert (found.correlation == 0).all() and np.allclose(found.shrunk, 0.1, atol=1e-15)


def test_without_a_miss_or_with_one_group_there_is_nothing_to_learn_from(sql):
    for missed, n in (([0, 0], [50, 60]), ([3], [40])):
        found = shrunk(sql, pd.DataFrame({"place": range(len(n)), "missed": missed, "n": n}))
        assert found.correlation.isna().all()


def test_mart_agrees_with_python(warehouse):
    """Counts from the promises themselves, last 12 complete months; the rest from the counts."""
    promises = warehouse.execute(
        """
        select touchpoint, count(*) as n, count(*) filter (where outcome = 'missed') as missed
        from fct_promises cross join stg_as_of
        where is_first and is_due_passed and outcome in ('exceeded', 'met', 'missed')
            and coalesce(due_date, cast(due_at as date)) >= cast(date_trunc('month', as_of) as date) - interval 12 month
            and coalesce(due_date, cast(due_at as date)) < date_trunc('month', as_of)
        group by touchpoint order by touchpoint
        """
    ).df()
    mart = warehouse.execute(
        "select * from mart_touchpoint_priority where exposure_kind = 'promises' order by touchpoint"
    ).df()
    assert list(mart.touchpoint) == list(promises.touchpoint)
    assert list(mart.exposure_count) == list(promises.n) and list(mart.missed_count) == list(promises.missed)
    mean, rho = kleinman(promises.missed.to_numpy(), promises.n.to_numpy())
    strength = (1 - rho) / rho
    shown = mart.exposure_count >= 30
    expected = (promises.missed + mean * strength) / (promises.n + strength)
    np.testing.assert_allclose(mart.shrunk_rate[shown], expected[shown], rtol=0, atol=1e-8)
    assert mart.prior_correlation.iloc[0] == pytest.approx(rho, abs=1e-8)


def test_probability_of_the_first_three_agrees_with_simulation(warehouse):
    """400,000 draws of every touchpoint's money at risk; and somebody has to be among the first three."""
    rows = warehouse.execute(
        """
        select touchpoint, monthly_exposures, shrunk_rate, shrunk_rate_error,
            if(delivery_count = exposure_count, difference, miss_cost) as miss_cost,
            if(delivery_count = exposure_count, (difference_high - difference_low) / (2 * ?), miss_cost_error)
                as miss_cost_error
        from int_touchpoints_shrunk cross join mart_cost_of_miss
        where component = 'total' and segment = 'all' order by touchpoint
        """,
        [norm.ppf(0.975)],
    ).df()
    probability = warehouse.execute(
        "select top_3_probability from mart_touchpoint_priority where exposure_count > 0 order by touchpoint"
    ).df()["top_3_probability"]
    error = np.sqrt(
        rows.shrunk_rate**2 * rows.miss_cost_error**2
        + rows.miss_cost**2 * rows.shrunk_rate_error**2
        + rows.shrunk_rate_error**2 * rows.miss_cost_error**2
    )
    draws = np.random.default_rng(1).normal(
        rows.monthly_exposures * rows.shrunk_rate * rows.miss_cost, rows.monthly_exposures * error, (400_000, len(rows))
    )
    ranks = (-draws).argsort(axis=1).argsort(axis=1)
    assert len(rows) > 4
    assert probability.notna().all(), "every touchpoint of this sample has five chances or more"
    np.testing.assert_allclose(probability, (ranks < 3).mean(axis=0), atol=0.005)
    assert probability.sum() == pytest.approx(3, abs=1e-3)


@pytest.fixture(scope="module")
def nothing_was_done(tmp_path_factory) -> pd.DataFrame:
    """200 shops of 6,000 orders in which nothing is done, two years of the same months: 24 regions, each standing for a
    touchpoint, as `int_touchpoints_shrunk` itself rates them after the first year, and their raw rate in the second.

    Columns shop, touchpoint, missed_rate, shrunk_rate, later_rate among others.
    """
    years = [], []
    for seed in range(200):
        orders = simulate(6000, seed, Effects.none()).orders
        judged = orders["has_promise"] & (orders["fate"] != CANCELLED_BY_CUSTOMER)
        for year, since in zip(years, (date(2024, 7, 1), date(2025, 7, 1)), strict=True):
            days = orders["due_day"] - day_number(since)
            inside = judged & (days >= 0) & (days < 365)
            regions, missed = orders["region"][inside], orders["missed"][inside]
            year.append(pd.DataFrame({"exposure_kind": seed, "touchpoint": regions, "is_missed": missed}))
    before, after = (pd.concat(year) for year in years)
    # What rates shrink towards is worked out within each kind of exposure: a shop stands as one.
    rated = alone(
        "int_touchpoints_shrunk",
        tmp_path_factory.mktemp("nothing_was_done"),
        int_touchpoints_exposed=before.assign(is_controllable=True, is_about_delivery=True, month_count=12),
        int_touchpoints_costed=pd.DataFrame(columns=COSTS),
    )
    later = after.groupby(["exposure_kind", "touchpoint"]).is_missed.mean().rename("later_rate").reset_index()
    return rated.merge(later, on=["exposure_kind", "touchpoint"]).rename(columns={"exposure_kind": "shop"})


def mean_over_shops(rows: pd.DataFrame, estimate: str) -> tuple[float, float, float]:
    """What the worst three by an estimate seem to have gained a year later: mean over shops, and its 95 % interval."""
    worst = rows.sort_values(estimate, ascending=False).groupby("shop").head(3)
    gains = (worst[estimate] - worst.later_rate).groupby(worst.shop).mean()
    half = student.ppf(0.975, len(gains) - 1) * gains.sem()
    return gains.mean(), gains.mean() - half, gains.mean() + half


def test_worst_first_improves_by_itself_and_shrunk_rates_do_not(nothing_was_done):
    """Regression to the mean: the worst three by the raw rate are better a year later, though nobody did anything."""
    assert nothing_was_done.shop.nunique() == 200
    _, low, _ = mean_over_shops(nothing_was_done, "missed_rate")
    _, shrunk_low, shrunk_high = mean_over_shops(nothing_was_done, "shrunk_rate")
    assert low > 0.03
    assert shrunk_low < 0 < shrunk_high, (shrunk_low, shrunk_high)


def test_what_is_at_risk_at_deliveries_is_what_missed_orders_cost(warehouse):
    """One cost of a miss, lost margin included, on the Board and in the ranking; elsewhere lost margin is not known."""
    total, margin = (
        warehouse.execute(
            "select difference, difference_low, difference_high from mart_cost_of_miss "
            "where segment = 'all' and component = ?",
            [component],
        ).fetchone()
        for component in ("total", "lost_margin")
    )
    rows = warehouse.execute("select * from mart_touchpoint_priority where exposure_count > 0").df()
    delivery = rows[rows.touchpoint == "delivery"].iloc[0]
    assert (delivery.cost_basis, delivery.grade) == ("missed_orders", "C")
    np.testing.assert_allclose([delivery.miss_cost, delivery.miss_cost_low, delivery.miss_cost_high], total, atol=1e-8)
    assert delivery.miss_lost_margin == pytest.approx(margin[0], abs=1e-8)
    assert delivery.money_at_risk == pytest.approx(delivery.monthly_exposures * delivery.shrunk_rate * total[0])
    others = rows[rows.touchpoint != "delivery"]
    assert len(others) > 3 and others.miss_lost_margin.isna().all()
    assert set(others.cost_basis) <= {"touchpoint", "all"} and set(others.grade) == {"D"}


def test_what_if_is_a_product_of_published_numbers(warehouse):
    rows = warehouse.execute(
        "select * from mart_driver_slopes inner join mart_touchpoint_priority as priority using (touchpoint)"
    ).df()
    assert len(rows) > 0
    np.testing.assert_allclose(rows.money_per_point, rows.monthly_exposures * rows.miss_cost / 100, atol=1e-8)
    np.testing.assert_allclose(rows.money_per_point * rows.points_available, rows.money_at_risk, atol=1e-6)


def test_where_every_order_costs_the_same_no_cost_of_a_miss_is_shown(tmp_path):
    """Forty missed and forty kept orders, none of which took anything: a cost of 0 without an interval is none."""
    exposures = pd.DataFrame(
        {
            "exposure_kind": "promises", "touchpoint": "delivery", "is_missed": [True] * 40 + [False] * 40,
            "is_controllable": pd.Series([None] * 80, dtype="boolean"), "is_about_delivery": True, "month_count": 2,
        }
    )  # fmt: skip
    costs = pd.DataFrame([(place, 40, 40, 0.0, float("nan")) for place in ("delivery", "all")], columns=COSTS)
    found = alone(
        "int_touchpoints_shrunk",
        tmp_path,
        int_touchpoints_exposed=exposures,
        int_touchpoints_costed=costs,
    ).iloc[0]
    assert (found.exposure_count, found.missed_rate) == (80, 0.5)
    assert pd.isna(found.cost_basis) and pd.isna(found.miss_cost) and pd.isna(found.miss_cost_error)
