"""Relative weights against an eigen-decomposition in numpy, and the table against the orders it rests on."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from compiled import alone, world
from rendering import render
from scipy import stats

from cx_warehouse.sample import write_sample

SIZE = 3
DRIVERS = [
    "days_late", "days_early", "response_hours_late", "resolution_hours_late", "contact_count", "wait_minutes",
    "adjustment_amount", "not_in_full",
]  # fmt: skip


def johnson(matrix: np.ndarray, correlations: np.ndarray) -> np.ndarray:
    """Relative weights by eigenvectors (Johnson 2000).

    Args:
        matrix: correlations of the predictors, shape (size, size).
        correlations: of each with the outcome, shape (size,).
    """
    values, vectors = np.linalg.eigh(matrix)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    beta = np.linalg.solve(root, correlations)
    return (root**2) @ beta**2


@pytest.fixture(scope="module")
def sql(tmp_path_factory) -> str:
    """The macro for three predictors over a relation `correlated`, as dbt renders it."""
    call = {"weights": f"relative_weights('correlated', ['id'], {SIZE})"}
    return render(call, tmp_path_factory.mktemp("relative_weights"))["weights"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A sample of 6,000 orders, built as far as the drivers need it."""
    folder = tmp_path_factory.mktemp("drivers")
    write_sample(folder / "landing", orders=6000, seed=3)
    return world(folder / "landing", folder, select={"mart_drivers"})


def weigh(sql: str, matrix: np.ndarray, correlations: np.ndarray) -> dict[str, float]:
    row = {"id": 1} | {f"r_{i + 1}": correlations[i] for i in range(SIZE)}
    row |= {f"a_{i + 1}_{j + 1}": matrix[i, j] for i in range(SIZE) for j in range(i, SIZE)}
    with duckdb.connect() as connection:
        connection.register("correlated", pd.DataFrame([row]))
        return connection.execute(sql).df().iloc[0].to_dict()


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5, 6, 7])
def test_weights_agree_with_an_eigen_decomposition(sql, seed):
    random = np.random.default_rng(seed)
    data = random.normal(size=(200, SIZE)) @ random.normal(size=(SIZE, SIZE))
    outcome = data @ random.normal(size=SIZE) + 2 * random.normal(size=200)
    everything = np.corrcoef(np.column_stack([data, outcome]).T)
    matrix, correlations = everything[:SIZE, :SIZE], everything[:SIZE, SIZE]
    assert np.linalg.cond(matrix) < 500, "choose other seeds: these predictors are as good as the same"
    found = weigh(sql, matrix, correlations)
    weights = [found[f"weight_{i + 1}"] for i in range(SIZE)]
    np.testing.assert_allclose(weights, johnson(matrix, correlations), rtol=0, atol=1e-8)
    assert sum(weights) == pytest.approx(found["r_squared"], abs=1e-8)
    assert found["r_squared"] == pytest.approx(correlations @ np.linalg.solve(matrix, correlations), abs=1e-8)
    assert found["root_error"] < 1e-8


def test_two_drivers_worked_out_by_hand(sql):
    """Correlated by 0.6 with each other and 0.5 and 0.3 with the outcome; the third is apart from everything."""
    matrix = np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1.0]])
    found = weigh(sql, matrix, np.array([0.5, 0.3, 0]))
    assert [found[f"weight_{i}"] for i in (1, 2, 3)] == pytest.approx([0.205, 0.045, 0], abs=1e-8)


def test_predictors_that_are_the_same_are_told_by_the_error(sql):
    matrix = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]])
    assert weigh(sql, matrix, np.array([0.5, 0.5, 0.1]))["root_error"] > 1e-6


def test_drivers_that_account_for_everything_account_for_no_more(tmp_path):
    """The outcome is the first driver itself: R² is 1, and what rounding adds to it may not refuse the build."""
    places = range(1, len(DRIVERS) + 1)
    rows = pd.DataFrame(
        {"outcome": "csat", "left_out": f"{tenth}"}
        | {f"a_{i}_{j}": float(i == j) for i in places for j in places if i <= j}
        | {f"r_{i}": 0.0 for i in places}
        | {"a_1_2": tenth / 10, "r_1": 1.0, "r_2": tenth / 10}
        for tenth in range(-9, 10)
    )
    found = alone("int_drivers_weighed", tmp_path, int_drivers_correlated=rows)
    assert found.r_squared.to_numpy() == pytest.approx(np.ones(len(rows)), abs=1e-8)
    assert found.r_squared.max() <= 1 and found.weight_1.max() <= 1


@pytest.mark.parametrize("outcome", ["csat", "nps", "reordered_90d"])
def test_mart_agrees_with_numpy(warehouse, outcome):
    """Complete cases, weights and the interval of the jackknife from the cases, by another route."""
    cases = warehouse.execute("select * from int_drivers_observed where outcome = ?", [outcome]).df()
    complete = cases.dropna(subset=DRIVERS)
    mart = warehouse.execute("select * from mart_drivers where outcome = ?", [outcome]).df().set_index("driver")
    assert (mart.complete_count == len(complete)).all() and (mart.dropped_count == len(cases) - len(complete)).all()
    shown = [name for name in DRIVERS if complete[name].nunique() > 1]
    assert set(mart.index[mart.status == "final"]) == set(shown) and len(shown) >= 6

    def weights(rows: pd.DataFrame) -> np.ndarray:
        found = np.corrcoef(rows[[*shown, "outcome_value"]].to_numpy().T)
        return johnson(found[:-1, :-1], found[:-1, -1])

    whole = weights(complete)
    np.testing.assert_allclose(mart.weight[shown], whole, rtol=0, atol=1e-8)
    left = np.array([weights(complete[complete.customer_group != group]) for group in "0123456789abcdef"])
    error = np.sqrt(15 / 16 * ((left - left.mean(axis=0)) ** 2).sum(axis=0)) * stats.t.ppf(0.975, 15)
    np.testing.assert_allclose(mart.weight_low[shown], np.maximum(whole - error, 0), rtol=0, atol=1e-8)
    np.testing.assert_allclose(mart.weight_high[shown], whole + error, rtol=0, atol=1e-8)
    assert mart.weight[shown].sum() == pytest.approx(mart.r_squared.iloc[0], abs=1e-8)


def test_days_late_weigh_most_where_a_miss_is_what_was_planted(warehouse):
    rows = warehouse.execute("select driver, correlation from mart_drivers where outcome = 'nps' order by weight desc")
    driver, correlation = rows.fetchone()
    assert driver == "days_late" and correlation < 0
