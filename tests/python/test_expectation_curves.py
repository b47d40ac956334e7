"""Spread of expectations and the response curve against numpy, scipy and statsmodels, on the sample shop."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from compiled import world
from scipy.stats import moment, norm, quantile_test, t

from cx_warehouse.sample import write_sample

CELLS = [
    ("all", "delivery_days", "days"),
    ("last_12_months", "reliability", "score"),
    ("2025-06", "reliability", "score"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """The tables of this module, built on a sample of 8,000 orders."""
    folder = tmp_path_factory.mktemp("curves")
    write_sample(folder / "landing", orders=8_000)
    return world(
        folder / "landing",
        folder / "warehouse",
        select={"mart_expectation_spread", "mart_response_curve", "fct_answers", "fct_orders"},
    )


def stated(shop, item: str, since: str, until: str) -> pd.DataFrame:
    """Answers of an item from month `since` to month `until`, levels on 0–100 or in days."""
    return shop.execute(
        """
        select customer_id, case unit when 'score' then score_100 else score end as level
        from fct_answers
        where question_kind = 'expected' and item = ? and strftime(responded_at, '%Y-%m') between ? and ?
        """,
        [item, since, until],
    ).df()


def spread(shop, month: str, item: str) -> pd.Series:
    return shop.execute(
        "select * from mart_expectation_spread where month = ? and item = ? and segment = 'all' and touchpoint = 'all'",
        [month, item],
    ).df().iloc[0]  # fmt: skip


SPANS = {
    "all": (("0", "9"), None),
    "last_12_months": (("2025-06", "2026-05"), ("2024-06", "2025-05")),
    "2025-06": (("2025-06", "2025-06"), ("2024-06", "2025-05")),
}


@pytest.mark.parametrize(("month", "item", "unit"), CELLS)
def test_levels_agree_with_numpy_and_statsmodels(shop, month, item, unit):
    found, answers = spread(shop, month, item), stated(shop, item, *SPANS[month][0])
    levels = answers.level.to_numpy()
    assert (found.unit, found.answer_count) == (unit, len(levels))
    if found.customer_count < 30:
        assert pd.isna(found.expected_mean)
    model = sm.OLS(levels, np.ones(len(levels)))
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": answers.customer_id, "use_correction": False})
    clusters = answers.customer_id.nunique()
    half = t.ppf(0.975, clusters - 1) * fitted.bse[0] * np.sqrt(clusters / (clusters - 1))
    # Between tabled degrees of freedom the next lower one is taken: wider, never narrower.
    assert found.expected_mean_low == pytest.approx(levels.mean() - half, rel=2e-4)
    assert found.expected_mean_low <= levels.mean() - half + 1e-9
    if found.customer_count >= 30:
        assert found.expected_mean == pytest.approx(levels.mean(), rel=1e-8)
        assert found.expected_deviation == pytest.approx(levels.std(ddof=1), rel=1e-8)
        for share, name in ((0.1, "p10"), (0.5, "p50"), (0.9, "p90")):
            assert found[f"expected_{name}"] == pytest.approx(np.quantile(levels, share), rel=1e-8)
    error = np.sqrt((moment(levels, 4) - moment(levels, 2) ** 2) / len(levels)) / (2 * levels.std(ddof=1))
    low, high = norm.interval(0.95, levels.std(ddof=1), error)
    assert found.expected_deviation_low == pytest.approx(low, rel=1e-8)
    assert found.expected_deviation_high == pytest.approx(high, rel=1e-8)


@pytest.mark.parametrize(("month", "item", "unit"), CELLS[:2])
def test_ends_of_quantiles_are_those_of_the_binomial_or_one_rank_wider(shop, month, item, unit):
    found, levels = spread(shop, month, item), np.sort(stated(shop, item, *SPANS[month][0]).level.to_numpy())
    for share, name in ((0.1, "p10"), (0.5, "p50"), (0.9, "p90")):
        exact = quantile_test(levels, p=share).confidence_interval(0.95)
        assert found[f"expected_{name}_low"] <= exact.low
        assert found[f"expected_{name}_high"] >= exact.high
        below, above = np.searchsorted(levels, exact.low), np.searchsorted(levels, exact.high, side="right") - 1
        assert found[f"expected_{name}_low"] >= levels[max(below - 2, 0)]
        assert found[f"expected_{name}_high"] <= levels[min(above + 2, len(levels) - 1)]


def index_of(counts: np.ndarray, before: np.ndarray) -> float:
    p, q = ((side + 0.5) / (side.sum() + 0.5 * len(side)) for side in (counts, before))
    return float(((p - q) * np.log(p / q)).sum())


@pytest.mark.parametrize(("month", "item", "unit"), CELLS[1:])
def test_drift_agrees_with_numpy_and_its_error_with_numerical_slopes(shop, month, item, unit):
    found = spread(shop, month, item)
    edges = shop.execute("select bin_from from reference.ref_expectation_bins where unit = ? order by bin_rank", [unit])
    bins = [-np.inf, *[edge for (edge,) in edges.fetchall()[1:]], np.inf]
    now, before = (np.histogram(stated(shop, item, *span).level, bins)[0].astype(float) for span in SPANS[month])
    assert found.reference_count == before.sum()
    index = index_of(now, before)
    if found.customer_count >= 30:
        assert found.drift == pytest.approx(index, abs=1e-8)

    def slopes(counts, of):
        # Of the smoothed shares, one at a time: the index is a function of shares, so each is moved alone.
        p = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
        steps = np.eye(len(p)) * 1e-6
        return p, np.array([(of(p + step) - of(p - step)) / 2e-6 for step in steps])

    q = (before + 0.5) / (before.sum() + 0.5 * len(before))
    p, along_now = slopes(now, lambda shares: ((shares - q) * np.log(shares / q)).sum())
    _, along_before = slopes(before, lambda shares: ((p - shares) * np.log(p / shares)).sum())
    variance = ((p * along_now**2).sum() - (p * along_now).sum() ** 2) / now.sum()
    variance += ((q * along_before**2).sum() - (q * along_before).sum() ** 2) / before.sum()
    assert found.drift_high == pytest.approx(index + norm.ppf(0.975) * np.sqrt(variance), abs=1e-7)
    assert found.drift_low == pytest.approx(max(index - norm.ppf(0.975) * np.sqrt(variance), 0), abs=1e-7)


def responses(shop, metric: str) -> pd.DataFrame:
    return shop.execute(
        "select * from intermediate.int_orders_responded where metric = ? and gap_days is not null",
        [metric],
    ).df()


@pytest.mark.parametrize("metric", ["response_csat", "response_nps", "response_repeat", "response_contact"])
def test_slopes_agree_with_least_squares_clustered_by_customer(shop, metric):
    rows = responses(shop, metric)
    design = sm.add_constant(np.column_stack([rows.gap_days.clip(upper=0), rows.gap_days.clip(lower=0)]))
    fitted = sm.OLS(rows.response, design).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows.cluster_id)[0], "use_correction": True}
    )
    found = shop.execute("select * from intermediate.int_responses_sloped where metric = ?", [metric]).df().iloc[0]
    below, above = np.asarray(fitted.params)[1:]
    covariance = np.asarray(fitted.cov_params())[1:, 1:]
    assert (found.observation_count, found.cluster_count) == (len(rows), rows.cluster_id.nunique())
    assert found.slope_below == pytest.approx(below, abs=1e-8)
    assert found.slope_above == pytest.approx(above, abs=1e-8)
    assert found.below_variance == pytest.approx(covariance[0, 0], rel=1e-8)
    assert found.above_variance == pytest.approx(covariance[1, 1], rel=1e-8)
    assert found.product_variance == pytest.approx(covariance[0, 1], rel=1e-6)

    published = shop.execute(
        "select * from mart_response_curve where metric_id = ? and gap_bucket = 'all'", [metric]
    ).df().iloc[0]  # fmt: skip
    half = (published.slope_below_high - published.slope_below_low) / 2
    quantile = half / np.sqrt(covariance[0, 0])
    # The table of quantiles ends at 1,000 degrees of freedom.
    assert quantile == pytest.approx(t.ppf(0.975, rows.cluster_id.nunique() - 1), rel=1e-3)
    # Fieller: the ratios that a test of slope below − ratio · slope above = 0 does not refuse.
    leading = above**2 - quantile**2 * covariance[1, 1]
    if leading <= 0:
        assert pd.isna(published.loss_aversion)
        assert published.loss_aversion_reason == "the slope above 0 does not differ from 0"
        return
    middle = above * below - quantile**2 * covariance[0, 1]
    last = below**2 - quantile**2 * covariance[0, 0]
    low, high = np.sort(np.roots([leading, -2 * middle, last]))
    assert published.loss_aversion == pytest.approx(below / above, rel=1e-7)
    assert published.loss_aversion_low == pytest.approx(low, rel=1e-6)
    assert published.loss_aversion_high == pytest.approx(high, rel=1e-6)


def test_the_planted_loss_aversion_is_found(shop):
    """A day late costs 0.05 of the scale, a day early brings 0.02."""
    found = shop.execute(
        "select * from mart_response_curve where metric_id = 'response_nps' and gap_bucket = 'all'"
    ).df()
    row = found.iloc[0]
    assert row.slope_below_low < 0.05 < row.slope_below_high
    assert row.slope_above_low < 0.02 < row.slope_above_high
    assert row.loss_aversion_low < 2.5 < row.loss_aversion_high


def test_buckets_share_out_all_orders(shop):
    wrong = shop.execute(
        """
        select metric_id, scale,
            sum(case when gap_bucket = 'all' then observation_count else -observation_count end) as missing
        from mart_response_curve group by metric_id, scale having missing <> 0
        """
    ).fetchall()
    assert wrong == []


def test_without_answers_there_are_rows_that_say_so(tmp_path):
    """An absent table withholds by name; orders alone have neither answers nor a promise that came due."""
    folder = tmp_path / "landing" / "fulfilment" / "orders"
    folder.mkdir(parents=True)
    (folder / "o.csv").write_text(
        "order_id,ordered_at,promised_by,amount,currency,status,updated_at\n"
        "o1,2026-01-02T10:00:00Z,2026-01-05,10,EUR,placed,2026-01-02T10:00:00Z\n"
    )
    alone = world(tmp_path / "landing", tmp_path / "w", select={"mart_expectation_spread", "mart_response_curve"})
    assert alone.execute(
        "select distinct status, reason, answer_count, drift_status from mart_expectation_spread"
    ).fetchall() == [("withheld", "source survey.answers is absent", None, "withheld")]
    curve = dict(alone.execute("select metric_id, reason from mart_response_curve where gap_bucket = 'all'").fetchall())
    assert set(curve) == {"response_csat", "response_nps", "response_repeat", "response_contact"}
    assert curve["response_csat"] == "source missing: fulfilment.shipments, survey.answers"
    assert alone.execute(
        "select count(value_low), count(slope_below_low), count(loss_aversion) from mart_response_curve"
    ).fetchone() == (0, 0, 0)
