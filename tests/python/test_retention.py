"""What the retention tables publish, against lifelines and statsmodels on the same orders; when they must be silent."""

import math
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from compiled import failures, world
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from made_up_exports import retail_invoices
from power import needed

from cx_warehouse.sample import write_sample

Z = 1.959963984540054
EVERY_TABLE = {
    "mart_survival_curves", "mart_retention_cohorts", "mart_gap_retention", "mart_gap_retention_estimates",
    "mart_miss_hazard", "mart_miss_forgiveness", "mart_recovery", "mart_gap_dose_response", "mart_account_survival",
    "mart_lost_after_miss", "mart_recovery_queue",
}  # fmt: skip
GAP_TABLES = {
    "mart_gap_retention", "mart_gap_retention_estimates", "mart_miss_hazard", "mart_miss_forgiveness", "mart_recovery",
    "mart_gap_dose_response",
}  # fmt: skip


@pytest.fixture(scope="module")
def landing(tmp_path_factory) -> Path:
    """A sample of 5,000 orders."""
    folder = tmp_path_factory.mktemp("retention")
    write_sample(folder, orders=5000, seed=4)
    return folder


@pytest.fixture(scope="module")
def warehouse(landing, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Every retention table on it."""
    return world(landing, tmp_path_factory.mktemp("retention_warehouse"), select=EVERY_TABLE | {"fct_orders"})


def compared(warehouse, index_kind: str, comparison: str = "missed_and_kept") -> pd.DataFrame:
    """The orders of one comparison, one row each."""
    return warehouse.execute(
        "select *, cast(is_exposed as double) as z, cast(is_reordered as integer) as e from int_orders_compared "
        "where index_kind = ? and comparison = ? order by order_id",
        [index_kind, comparison],
    ).df()


def one_row(warehouse, table: str, **where) -> pd.Series:
    condition = " and ".join(f"{name} = ?" for name in where)
    rows = warehouse.execute(f"select * from {table} where {condition}", [*where.values()]).df()
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("table", "counted"),
    [
        ("mart_gap_retention", "order_count"),
        ("mart_gap_retention_estimates", "missed_order_count"),
        ("mart_recovery", "first_order_count"),
    ],
)
def test_what_would_be_enough_is_said_where_the_interval_holds_0(warehouse, table, counted):
    rows = warehouse.execute(f"select * from {table} where risk_difference_low is not null").df()
    across = (rows.risk_difference_low <= 0) & (rows.risk_difference_high >= 0)
    assert across.any() and not across.all()
    # No number of observations would find a difference of 0.
    is_nothing = (rows.risk_difference_low + rows.risk_difference_high).abs() < 1e-9
    assert (rows.needed_observation_count.notna() == (across & ~is_nothing)).all()
    # The interval of first orders as they are is Newcombe's, which is no multiple of an error.
    rows = rows[across & ((rows.index_kind == "every_order") | (table != "mart_gap_retention"))]
    for row in rows.dropna(subset="risk_difference").itertuples():
        error = (row.risk_difference_high - row.risk_difference_low) / (2 * Z)
        enough = needed(row.risk_difference, error, getattr(row, counted))
        assert row.needed_observation_count == pytest.approx(enough, abs=1, rel=1e-5)


@pytest.mark.parametrize("index_kind", ["first_order", "every_order"])
def test_hazard_ratio_is_that_of_a_stratified_cox_regression(warehouse, index_kind):
    orders = compared(warehouse, index_kind)
    cluster = {"cluster_col": "customer_id"} if index_kind == "every_order" else {}
    columns = ["z", "e", "passed_days", "pace_stratum", *cluster.values()]
    fitted = CoxPHFitter().fit(
        orders[columns], "passed_days", "e", strata=["pace_stratum"], fit_options={"precision": 1e-12}, **cluster
    )
    error = fitted.standard_errors_.iloc[0]
    if cluster:
        clusters = orders.customer_id.nunique()
        error *= math.sqrt(clusters / (clusters - 1))
    row = one_row(warehouse, "mart_miss_hazard", index_kind=index_kind, comparison="missed_and_kept")
    value = fitted.params_.iloc[0]
    assert row.hazard_ratio == pytest.approx(math.exp(value), rel=1e-8)
    assert row.hazard_ratio_low == pytest.approx(math.exp(value - Z * error), rel=1e-7)
    assert row.hazard_ratio_high == pytest.approx(math.exp(value + Z * error), rel=1e-7)


@pytest.mark.parametrize("index_kind", ["first_order", "every_order"])
@pytest.mark.parametrize("kind", ["adjusted", "outside_cause"])
def test_differences_are_those_of_least_squares_with_an_intercept_per_stratum(warehouse, index_kind, kind):
    comparison = {"adjusted": "missed_and_kept", "outside_cause": "outside_cause_and_kept"}[kind]
    orders = compared(warehouse, index_kind, comparison)
    orders = orders[orders.followed_days >= 90]
    both = orders.groupby("stratum").is_exposed.transform("nunique") == 2
    orders = orders[both]
    outcome = ((orders.passed_days <= 90) & orders.is_reordered).astype(float)
    design = pd.get_dummies(orders.stratum).astype(float).assign(z=orders.z)
    fitted = sm.OLS(outcome, design).fit(
        cov_type="cluster", cov_kwds={"groups": orders.customer_id.astype("category").cat.codes}
    )
    row = one_row(warehouse, "mart_gap_retention_estimates", index_kind=index_kind, estimate_kind=kind, horizon_days=90)
    low = fitted.params["z"] - Z * fitted.bse["z"]
    # Under 30 missed orders with their like only the interval is shown.
    assert np.isnan(row.risk_difference) or row.risk_difference == pytest.approx(fitted.params["z"], abs=1e-8)
    assert (row.risk_difference_low + row.risk_difference_high) / 2 == pytest.approx(fitted.params["z"], abs=1e-8)
    assert row.risk_difference_low == pytest.approx(low, abs=1e-7)


def test_difference_of_curves_is_that_of_lifelines_with_greenwoods_variance(warehouse):
    orders = compared(warehouse, "first_order")
    difference, variance = 0.0, 0.0
    for is_exposed, sign in ((True, -1), (False, 1)):
        group = orders[orders.is_exposed == is_exposed]
        fitted = KaplanMeierFitter().fit(group.passed_days, group.e)
        survival = fitted.predict(90)
        table = fitted.event_table[fitted.event_table.index <= 90]
        greenwood = (table.observed / (table.at_risk * (table.at_risk - table.observed))).sum()
        difference += sign * survival
        variance += survival**2 * greenwood
    row = one_row(
        warehouse, "mart_gap_retention_estimates", index_kind="first_order", estimate_kind="km_difference",
        horizon_days=90,
    )  # fmt: skip
    assert row.risk_difference == pytest.approx(difference, abs=1e-8)
    assert row.risk_difference_low == pytest.approx(difference - Z * math.sqrt(variance), abs=1e-8)


def test_difference_of_curves_of_every_order_is_clustered(warehouse):
    """The interval is that of leaving out one customer at a time, which knows no formula."""
    orders = compared(warehouse, "every_order")
    codes = orders.customer_id.astype("category").cat.codes.to_numpy()

    def curve(weights: np.ndarray, is_exposed: bool) -> float:
        chosen = (orders.is_exposed == is_exposed).to_numpy()
        days, events, weight = orders.passed_days[chosen].to_numpy(), orders.e[chosen].to_numpy(), weights[chosen]
        order = np.argsort(days, kind="stable")
        days, events, weight = days[order], events[order], weight[order]
        at_risk = np.cumsum(weight[::-1])[::-1]
        steps = np.where((events == 1) & (days <= 90) & (weight > 0), 1 - weight / np.maximum(at_risk, 1), 1)
        return float(np.prod(steps))

    def difference(weights: np.ndarray) -> float:
        return curve(weights, False) - curve(weights, True)

    count = codes.max() + 1
    without = np.array([difference((codes != code).astype(float)) for code in range(count)])
    error = math.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    row = one_row(
        warehouse, "mart_gap_retention_estimates", index_kind="every_order", estimate_kind="km_difference",
        horizon_days=90,
    )  # fmt: skip
    assert row.risk_difference == pytest.approx(difference(np.ones(len(codes))), abs=1e-8)
    assert (row.risk_difference_high - row.risk_difference_low) / (2 * Z) == pytest.approx(error, rel=0.02)


def test_customers_ever_missed_come_back_more_often_although_every_miss_keeps_some_away(warehouse):
    """The comparison that must never be published has the wrong sign: who orders more often is missed more often."""
    ever_missed, never_missed = warehouse.execute(
        """
        select avg(again) filter (where ever_missed), avg(again) filter (where not ever_missed)
        from (
            select bool_or(outcome = 'missed') as ever_missed, cast(count(*) > 1 as integer) as again
            from fct_orders where customer_id is not null group by customer_id
        )
        """
    ).fetchone()
    row = one_row(warehouse, "mart_miss_hazard", index_kind="every_order", comparison="missed_and_kept")
    assert ever_missed > never_missed
    assert row.hazard_ratio_high < 1


def landed(folder: Path, **tables: str) -> duckdb.DuckDBPyConnection:
    """Every retention table on these CSV files, by system__table."""
    (folder / "landing").mkdir()
    for name, text in tables.items():
        path = (folder / "landing").joinpath(*name.split("__"))
        path.mkdir(parents=True)
        (path / "rows.csv").write_text(text)
    return world(folder / "landing", folder, select=EVERY_TABLE)


def silent(connection, tables: set[str]) -> set[str]:
    """Reasons of tables of which every row is withheld."""
    reasons = set()
    for table in sorted(tables):
        rows = connection.execute(f"select distinct status, reason from {table}").fetchall()
        assert {status for status, _ in rows} == {"withheld"}, table
        reasons |= {reason for _, reason in rows}
    return reasons


ORDERS = "order_id,customer_id,ordered_at,amount,currency,status,promised_by,updated_at\n"


def test_without_any_source_every_table_says_so(tmp_path):
    connection = landed(tmp_path)
    assert silent(connection, GAP_TABLES) == {"source fulfilment.orders is absent"}
    assert silent(connection, {"mart_account_survival"}) == {"source crm.customers is absent"}
    assert connection.execute("select count(*) from mart_recovery_queue").fetchone() == (0,)
    assert failures(connection) == {}


def test_without_a_promise_none_was_missed(tmp_path):
    """Orders that are there and empty: nothing was promised, kept or missed, which is 0 and not unknown."""
    connection = landed(tmp_path, fulfilment__orders=ORDERS)
    for table, column in [
        ("mart_gap_retention", "customer_count"),
        ("mart_gap_retention_estimates", "missed_order_count"),
        ("mart_gap_dose_response", "customer_count"),
        ("mart_survival_curves", "customer_count"),
    ]:
        assert connection.execute(f"select distinct status, {column} from {table}").fetchall() == [("withheld", 0)], (
            table
        )


def test_what_the_firm_cancelled_is_no_evidence_where_nobody_records_deliveries(tmp_path):
    """The firm cancels the first order of forty customers: missed, whatever else happened. Without shipments nobody can
    tell of any other order, so nothing is said of those who were missed."""
    told = [
        order
        for number in range(40)
        for order in [
            f"a{number},p{number},2026-01-{5 + number % 3:02},10,EUR,cancelled,2026-01-12,2026-01-08,firm,2026-01-08",
            f"b{number},p{number},2026-{2 + number % 2 * 8:02}-{10 + number % 7},10,EUR,placed,2026-12-01,,,2026-11-01",
        ]
    ]
    connection = landed(
        tmp_path,
        fulfilment__orders=ORDERS.replace("updated_at", "cancelled_at,cancelled_by,updated_at") + "\n".join(told),
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\n",
    )
    assert failures(connection) == {}
    misses = "select count(*) from int_orders_judged where outcome = 'missed' and order_number = 1"
    assert connection.execute(misses).fetchone() == (40,)
    said = "source fulfilment.shipments is absent, so nobody can tell whether a promise was kept"
    assert silent(connection, GAP_TABLES) == {said}
    assert connection.execute(
        "select outcome, status, reason, customer_count, at_risk_count, count(*) from mart_survival_curves "
        "where outcome in ('kept', 'missed') group by all order by outcome"
    ).fetchall() == [(outcome, "withheld", said, None, None, 1) for outcome in ("kept", "missed")]
    counts = (
        "select distinct customer_count, order_count, retained_rate_low, risk_difference_low from mart_gap_retention"
    )
    assert connection.execute(counts).fetchall() == [(None, None, None, None)]


def test_one_order_is_no_evidence(tmp_path):
    connection = landed(
        tmp_path,
        fulfilment__orders=ORDERS + "a,p,2026-01-05T00:00:00Z,10,EUR,delivered,2026-01-07,2026-03-01\n",
        fulfilment__shipments="shipment_id,order_id,shipped_at,delivered_at,updated_at\n"
        "s,a,2026-01-06T00:00:00Z,2026-01-09T12:00:00Z,2026-03-01\n",
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\n",
    )
    reasons = silent(connection, GAP_TABLES)
    assert "fewer than 5 observations" in reasons
    assert connection.execute("select customer_id, margin_amount from mart_recovery_queue").fetchall() == [("p", None)]
    assert failures(connection) == {}


def one_sided(folder: Path, kept: int) -> duckdb.DuckDBPyConnection:
    """All whose promise was kept come back on day 40, none of 40 who were missed; orders are followed for 74 days."""
    orders, shipments = [], []
    for number in range(kept + 40):
        day = 5 if number < kept else 3
        orders.append(f"a{number},p{number},2026-01-01T00:00:00Z,10,EUR,delivered,2026-01-0{day},2026-03-20\n")
        shipments.append(f"s{number},a{number},2026-01-02T00:00:00Z,2026-01-05T00:00:00Z,2026-03-20\n")
        if number < kept:
            orders.append(f"b{number},p{number},2026-02-14T00:00:00Z,10,EUR,placed,,2026-03-20\n")
    orders.append("last,q,2026-03-20T00:00:00Z,10,EUR,placed,,2026-03-20\n")
    return landed(
        folder,
        fulfilment__orders=ORDERS + "".join(orders),
        fulfilment__shipments="shipment_id,order_id,shipped_at,delivered_at,updated_at\n" + "".join(shipments),
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\n",
    )


def test_what_has_no_interval_says_why(tmp_path):
    connection = one_sided(tmp_path, kept=40)
    nothing = "nothing varies, so there is no interval"
    left = "on one side nobody was left to follow for that long"
    one_side = "while both were followed only one of the two came back, so there is no ratio"
    for table, where, reason in (
        ("mart_gap_retention", "index_kind = 'first_order' and horizon_days <= 60", None),
        ("mart_gap_retention", "index_kind = 'every_order' and horizon_days <= 60", nothing),
        ("mart_gap_retention_estimates", "estimate_kind = 'adjusted' and horizon_days <= 60", nothing),
        ("mart_gap_retention_estimates", "estimate_kind = 'km_difference' and horizon_days = 30", nothing),
        ("mart_gap_retention_estimates", "estimate_kind = 'km_difference' and horizon_days = 60", left),
        ("mart_recovery", "comparison = 'uncompensated_and_kept' and horizon_days <= 60", nothing),
        ("mart_miss_hazard", "comparison = 'missed_and_kept'", one_side),
        ("mart_miss_forgiveness", "horizon_days = 30", one_side),
    ):
        rows = connection.execute(f"select distinct reason from {table} where {where}").fetchall()
        assert rows == [(reason,)], (table, where)
    row = one_row(
        connection,
        "mart_gap_retention_estimates",
        index_kind="first_order",
        estimate_kind="km_difference",
        horizon_days=60,
    )
    assert (row.missed_order_count, row.kept_order_count) == (40, 40)
    assert failures(connection) == {}


def test_a_miss_without_kept_promises_to_compare_it_with_says_so(tmp_path):
    row = one_row(
        one_sided(tmp_path, kept=3), "mart_gap_retention", index_kind="first_order", outcome="missed", horizon_days=60
    )
    assert (row.status, row.retained_rate, row.risk_difference_low) == ("final", 0, pytest.approx(np.nan, nan_ok=True))
    assert row.reason == "fewer than 5 customers with a kept promise to compare with"


def test_without_adjustments_amends_alone_are_silent(landing, tmp_path):
    shutil.copytree(landing, tmp_path / "landing")
    shutil.rmtree(tmp_path / "landing" / "fulfilment" / "adjustments")
    connection = world(tmp_path / "landing", tmp_path, select=EVERY_TABLE)
    assert silent(connection, {"mart_recovery"}) == {"source fulfilment.adjustments is absent"}
    statuses = connection.execute("select comparison, status from mart_miss_hazard where index_kind = 'every_order'")
    assert dict(statuses.fetchall()) == {
        "missed_and_kept": "final",
        "outside_cause_and_kept": "final",
        "compensated_and_kept": "withheld",
        "uncompensated_and_kept": "withheld",
        "compensated_and_uncompensated": "withheld",
    }
    helps = connection.execute("select distinct what_helps, is_compensated from mart_recovery_queue").fetchall()
    assert helps == [("not_known", None)]
    assert failures(connection) == {}


def test_where_contracts_end_accounts_have_curves(tmp_path):
    """Against lifelines: from the start of the account, and from the landmark by outcome with the log-rank test."""
    random = np.random.default_rng(8)
    count = 240
    acquired = pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 200, count), unit="D")
    is_missed = np.arange(count) % 2 == 0
    life = random.exponential(np.where(is_missed, 150, 400)).round(3)
    # The first row is as late as the feed gets: nobody was seen for longer than until 2026-03-01.
    end = pd.Timestamp("2026-03-01")
    churned = acquired + pd.to_timedelta(life, unit="D")
    churned = churned.where(churned < end, pd.NaT)
    churned = churned.where(np.arange(count) != 0, end)
    customers = pd.DataFrame({"customer_id": [f"p{n}" for n in range(count)], "segment": "plan"})
    customers = customers.assign(acquired_at=acquired, churned_at=churned, updated_at=end)
    ordered = acquired + pd.Timedelta(days=1)
    delivered = ordered + pd.to_timedelta(np.where(is_missed, 5, 2), unit="D")
    orders = pd.DataFrame({"order_id": [f"o{n}" for n in range(count)], "customer_id": customers.customer_id})
    orders = orders.assign(ordered_at=ordered, amount=1, currency="EUR", status="delivered")
    orders = orders.assign(promised_by=(ordered + pd.Timedelta(days=3)).strftime("%Y-%m-%d"), updated_at=end)
    shipments = pd.DataFrame({"shipment_id": orders.order_id, "order_id": orders.order_id})
    shipments = shipments.assign(shipped_at=ordered, delivered_at=delivered, updated_at=end)
    form = {"index": False, "date_format": "%Y-%m-%dT%H:%M:%S.%fZ"}
    connection = landed(
        tmp_path,
        crm__customers=customers.to_csv(**form),
        fulfilment__orders=orders.to_csv(**form),
        fulfilment__shipments=shipments.to_csv(**form),
    )

    def days(since) -> tuple[pd.Series, pd.Series]:
        return ((churned.fillna(end) - since) / pd.Timedelta(days=1)), churned.notna()

    lived, events = days(acquired)
    fitted = KaplanMeierFitter().fit(lived, events)
    curve = connection.execute(
        "select day, survival_rate from mart_account_survival where clock = 'acquired' and segment = 'all' order by day"
    ).df()
    assert len(curve) > 40
    assert curve.survival_rate.to_numpy() == pytest.approx(fitted.predict(curve.day).to_numpy(), abs=1e-8)

    since, ended = days(delivered)
    stays = np.asarray(since >= 0)
    tested = logrank_test(
        since[stays & is_missed], since[stays & ~is_missed], ended[stays & is_missed], ended[stays & ~is_missed]
    )
    row = one_row(connection, "mart_account_survival", clock="landmark", outcome="missed", segment="all", day=0)
    assert row.log_rank_chi_square == pytest.approx(tested.test_statistic, rel=1e-8)
    assert row.log_rank_p_value == pytest.approx(tested.p_value, rel=1e-6)
    assert row.churned_before_count == int((~stays & is_missed).sum())
    assert failures(connection) == {}


def without_promises(folder: Path, name: str, export: bytes) -> duckdb.DuckDBPyConnection:
    """Every table of an export of online_retail: curves as lifelines has them, and no gaps for want of promises."""
    landing = folder / "landing" / "online_retail" / "invoice_lines"
    landing.mkdir(parents=True)
    (landing / name).write_bytes(export)
    connection = world(folder / "landing", folder, select=EVERY_TABLE, connectors=["online_retail"])
    assert silent(connection, GAP_TABLES) == {"no order carries a promise"}
    followed = connection.execute(
        "select coalesce(reordered_days, followed_days) as days, is_reordered from int_orders_followed "
        "where order_number = 1 and not is_reordered_before"
    ).df()
    fitted = KaplanMeierFitter().fit(followed.days, followed.is_reordered)
    curve = connection.execute(
        "select day, survival_rate, survival_rate_low, survival_rate_high, status from mart_survival_curves "
        "where outcome = 'all' and segment = 'all' order by day"
    ).df()
    assert len(curve) > 200 and set(curve.status) == {"final"}
    assert curve.survival_rate.to_numpy() == pytest.approx(fitted.predict(curve.day).to_numpy(), abs=1e-8)
    band = fitted.confidence_interval_survival_function_
    at = band.index.searchsorted(curve.day, side="right") - 1
    shown = curve.survival_rate_low.notna().to_numpy()
    assert shown.sum() > 200
    for name, column in (("survival_rate_low", 0), ("survival_rate_high", 1)):
        expected = band.iloc[at, column].to_numpy()[shown]
        assert curve[name].to_numpy()[shown] == pytest.approx(expected, abs=1e-8)
    return connection


COHORTS = "select count(*), sum(retained_count) from mart_retention_cohorts where status = 'final' and months_since = 1"


def test_made_up_orders_without_promises_have_curves_and_no_gaps(tmp_path):
    connection = without_promises(tmp_path, "invoices.csv", retail_invoices().encode())
    months, retained = connection.execute(COHORTS).fetchone()
    assert months > 0 and retained > 10


def test_real_orders_without_promises_have_curves_and_no_gaps(real_data, tmp_path):
    """The same on the real data set, where it is."""
    source = next(path for path in (real_data / "online_retail").iterdir() if "csv" in path.suffixes[0])
    months, retained = without_promises(tmp_path, source.name, source.read_bytes()).execute(COHORTS).fetchone()
    assert months > 6 and retained > 100


def test_shipments_of_which_nobody_records_when_they_arrive_say_so(tmp_path):
    connection = landed(
        tmp_path,
        fulfilment__orders=ORDERS + "a,p,2026-01-05T00:00:00Z,10,EUR,shipped,2026-01-07,2026-03-01\n",
        fulfilment__shipments="shipment_id,order_id,shipped_at,updated_at\ns,a,2026-01-06T00:00:00Z,2026-03-01\n",
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\n",
    )
    said = "nobody records when shipments arrive, so nobody can tell whether a promise was kept"
    for table in GAP_TABLES:
        assert silent(connection, {table}) == {said}, table
    rows = connection.execute("select distinct outcome, reason from mart_survival_curves order by all").fetchall()
    few = "fewer than 5 observations"
    assert rows == [("all", few), ("kept", said), ("missed", said), ("unknown", few)]
