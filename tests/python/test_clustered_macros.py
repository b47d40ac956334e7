"""Intervals clustered by customer against statsmodels, and the comparison that must never be made."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from rendering import render

CALLS = {
    "difference": "clustered_variance('missed_squares', 'kept_squares', 'products', 'missed', 'kept', 'clusters')",
    "log_ratio": "clustered_variance('missed_squares', 'kept_squares', 'products', 'missed_y', 'kept_y', 'clusters')",
    "share": "clustered_variance('missed_squares', '0', '0', 'missed', '1', 'missed_clusters')",
}


@pytest.fixture(scope="session")
def sql(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it."""
    return render(CALLS, tmp_path_factory.mktemp("clustered_macros"))


def summed(orders: pd.DataFrame) -> pd.DataFrame:
    """One row of what the macro takes, from orders with customer, is_missed and is_retained."""
    row = {"clusters": orders.customer.nunique()}
    residuals = {}
    for name, group in (("missed", orders[orders.is_missed == 1]), ("kept", orders[orders.is_missed == 0])):
        off = (group.is_retained - group.is_retained.mean()).groupby(group.customer).sum()
        residuals[name] = off.reindex(orders.customer.unique(), fill_value=0)
        row |= {name: len(group), f"{name}_y": int(group.is_retained.sum()), f"{name}_squares": (off**2).sum()}
        row[f"{name}_clusters"] = group.customer.nunique()
    row["products"] = (residuals["missed"] * residuals["kept"]).sum()
    return pd.DataFrame([row])


def variance(sql, name: str, sums: pd.DataFrame):
    with duckdb.connect() as connection:
        connection.register("sums", sums)
        return connection.execute(f"select {sql[name]} from sums").fetchone()[0]


def robust_variance(model, clusters) -> float:
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}, tol=1e-14)
    number = len(set(clusters))
    return fitted.cov_params().to_numpy()[-1, -1] * number / (number - 1)


@pytest.mark.parametrize("seed", range(6))
def test_clustered_variances_agree_with_statsmodels(sql, seed):
    """Least squares on a dummy gives the difference of the shares, Poisson regression the logarithm of their ratio."""
    random = np.random.default_rng(seed)
    customer = random.integers(0, 200, 1500)
    orders = pd.DataFrame({"customer": customer, "is_missed": (random.random(1500) < 0.3).astype(float)})
    pace = random.beta(2, 2, 200)[customer]
    orders["is_retained"] = (random.random(1500) < pace * (1 - 0.2 * orders.is_missed)).astype(float)
    sums = summed(orders)
    design = sm.add_constant(orders[["is_missed"]])
    difference = robust_variance(sm.OLS(orders.is_retained, design), customer)
    assert variance(sql, "difference", sums) == pytest.approx(difference, rel=1e-8)
    log_ratio = robust_variance(sm.GLM(orders.is_retained, design, family=sm.families.Poisson()), customer)
    assert variance(sql, "log_ratio", sums) == pytest.approx(log_ratio, rel=1e-8)
    missed = orders[orders.is_missed == 1]
    share = robust_variance(
        sm.OLS(missed.is_retained, pd.DataFrame({"one": np.ones(len(missed))}, index=missed.index)), missed.customer
    )
    assert variance(sql, "share", sums) == pytest.approx(share, rel=1e-8)


def test_nothing_that_varies_is_not_certainty(sql):
    """One customer, or everybody the same: no interval, rather than one without width."""
    one = pd.DataFrame({"customer": [1, 1, 1], "is_missed": [1, 0, 0], "is_retained": [1, 0, 1]})
    assert variance(sql, "difference", summed(one)) is None
    same = pd.DataFrame({"customer": range(40), "is_missed": [1, 0] * 20, "is_retained": [1] * 40})
    assert variance(sql, "difference", summed(same)) is None


def test_customers_ever_missed_are_not_the_ones_to_compare():
    """Every miss takes 20 points off the chance of another order, and yet who was ever missed buys again more often:
    who orders more often is missed more often. By the first order the sign is right."""
    random = np.random.default_rng(3)
    size = 20_000
    pace = random.choice([0.35, 0.95], size)
    first_missed = random.random(size) < 0.15
    first_again, ever_missed, ordered_again = None, first_missed.copy(), np.zeros(size, bool)
    is_here, last_missed = np.ones(size, bool), first_missed
    for _ in range(12):
        again = is_here & (random.random(size) < pace - 0.2 * last_missed)
        first_again = again if first_again is None else first_again
        ordered_again |= again
        last_missed = again & (random.random(size) < 0.15)
        ever_missed |= last_missed
        is_here = again
    ever = ordered_again[ever_missed].mean() - ordered_again[~ever_missed].mean()
    first = first_again[first_missed].mean() - first_again[~first_missed].mean()
    assert ever > 0.1
    assert first == pytest.approx(-0.2, abs=0.03)
