"""The cost tables against statsmodels, computed anew from the facts with pandas."""

from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from compiled import failures, world
from scipy import stats

from cx_warehouse.sample import write_sample

MODELS = {"mart_contact_economics", "mart_cost_of_miss", "fct_orders", "fct_adjustments"}
STRATUM = ["segment", "region", "service_level", "due_month"]
KINDS = {"refunds": "refund", "credits": "credit", "returns": "return", "reshipments": "reshipment"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A sample of 12,000 orders, built as far as the cost tables need it."""
    folder = tmp_path_factory.mktemp("cost")
    write_sample(folder / "landing", orders=12_000, seed=3)
    return world(folder / "landing", folder, select=MODELS)


def quantile(warehouse, clusters: int) -> float:
    """Student's t of the largest tabled number of degrees of freedom that there is."""
    degrees = warehouse.execute(
        "select max(degrees_of_freedom) from ref_student_t where degrees_of_freedom < $1", [clusters]
    ).fetchone()[0]
    return stats.t.ppf(0.975, degrees)


def clustered(outcome, design, weights, clusters) -> tuple[float, float]:
    """Last coefficient of weighted least squares and its standard error, clustered, with factor G ÷ (G − 1)."""
    fitted = sm.WLS(outcome, design, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    number = len(set(clusters))
    return fitted.params.iloc[-1], float(np.sqrt(fitted.cov_params().to_numpy()[-1, -1] * number / (number - 1)))


def settled(warehouse) -> pd.DataFrame:
    """Orders kept or missed with everything that a component is computed from, by another route than the model's:
    every order of a customer is held against every other."""
    orders = warehouse.execute("select * from fct_orders").df()
    adjustments = warehouse.execute("select order_id, kind, adjustment_amount from fct_adjustments").df()
    ends = dict(warehouse.execute("select source_table, observed_until from int_sources_observed").fetchall())
    found = orders[orders.outcome.isin(["met", "exceeded", "missed"]) & orders.landmark_at.notna()].copy()
    for component, kind in KINDS.items():
        amounts = adjustments[adjustments.kind == kind].groupby("order_id").adjustment_amount.sum()
        found[component] = found.order_id.map(amounts).fillna(0)
    pairs = found[["order_id", "customer_id", "landmark_at"]].merge(
        orders.loc[orders.status != "cancelled", ["customer_id", "ordered_at", "margin_amount"]].dropna(
            subset="customer_id"
        ),
        on="customer_id",
    )
    pairs = pairs[
        (pairs.ordered_at > pairs.landmark_at) & (pairs.ordered_at <= pairs.landmark_at + timedelta(days=180))
    ]
    found["lost_margin"] = -found.order_id.map(pairs.groupby("order_id").margin_amount.sum()).fillna(0)
    unknown = pairs[pairs.margin_amount.isna()].order_id
    comparable = found.customer_id.notna() & ~(found.next_order_at < found.landmark_at) & ~found.order_id.isin(unknown)
    matured = found.landmark_at + timedelta(days=180) <= ends["fulfilment.orders"]
    found.loc[~(comparable & matured), "lost_margin"] = np.nan
    found = found.rename(columns={"contact_count": "extra_contacts", "contact_cost_amount": "contact_cost"})
    for components, feed in (
        (["extra_contacts", "contact_cost"], "crm.contacts"),
        (list(KINDS), "fulfilment.adjustments"),
    ):
        late = found.landmark_at + timedelta(days=30) > ends[feed]
        found[components] = found[components].astype(float).mask(late)
    found["cluster"] = found.customer_id.fillna("guest " + found.order_id)
    found["due_month"] = found.first_due_date.fillna(found.first_due_at).dt.strftime("%Y-%m")
    found["is_missed"] = (found.outcome == "missed").astype(float)
    return found


def matched(orders: pd.DataFrame, component: str) -> pd.DataFrame:
    """Orders of strata with both outcomes; a kept one weighs the missed of its stratum ÷ the kept of it."""
    known = orders.dropna(subset=component).copy()
    counts = known.groupby(STRATUM).is_missed.agg(["sum", "count"])
    known = known.join(counts, on=STRATUM)
    known = known[(known["sum"] > 0) & (known["sum"] < known["count"])]
    known["weight"] = np.where(known.is_missed == 1, 1.0, known["sum"] / (known["count"] - known["sum"]))
    return known


@pytest.mark.parametrize("component", ["extra_contacts", "contact_cost", *KINDS, "lost_margin"])
def test_a_miss_costs_what_weighted_least_squares_say(warehouse, component):
    compared = matched(settled(warehouse), component)
    segment_means = compared[compared.is_missed == 0].groupby("segment")[component].mean()
    centred = compared[component] - compared.segment.map(segment_means)
    design = sm.add_constant(compared[["is_missed"]])
    difference, error = clustered(centred, design, compared.weight, compared.cluster)
    missed, kept = compared[compared.is_missed == 1], compared[compared.is_missed == 0]
    half = quantile(warehouse, min(missed.cluster.nunique(), kept.cluster.nunique())) * error
    row = warehouse.execute(
        "select difference, difference_low, difference_high, missed_mean, kept_mean, matched_count, kept_order_count "
        "from mart_cost_of_miss where segment = 'all' and component = $1",
        [component],
    ).fetchone()
    expected = [difference, difference - half, difference + half, missed[component].mean()]
    expected += [np.average(kept[component], weights=kept.weight), len(missed), len(kept)]
    assert row == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_components_add_up_to_the_total_of_every_segment_and_segments_to_all(warehouse):
    found = warehouse.execute("select * from mart_cost_of_miss").df()
    totals = found[found.component == "total"].set_index("segment").difference.dropna()
    shown = found[found.segment.isin(totals.index)]
    assert len(totals) >= 3
    np.testing.assert_allclose(
        shown[shown.is_in_total].groupby("segment").difference.sum()[totals.index], totals, atol=1e-8
    )
    contacts = found[found.component == "contact_cost"].set_index("segment")
    weighted = (contacts.difference * contacts.matched_count).drop("all")
    assert weighted.notna().all()
    assert weighted.sum() == pytest.approx(contacts.difference["all"] * contacts.matched_count["all"], abs=1e-6)


def test_the_interval_of_the_total_lets_the_parts_of_a_customer_move_together(warehouse):
    """The influence of each customer on each part, added up, as statsmodels' scores have it."""
    orders, influence = settled(warehouse), 0
    for component in ("contact_cost", *KINDS, "lost_margin"):
        compared = matched(orders, component)
        centre = compared[compared.is_missed == 0].groupby("segment")[component].mean()
        centred = compared[component] - compared.segment.map(centre)
        design = sm.add_constant(compared[["is_missed"]])
        fitted = sm.WLS(centred, design, weights=compared.weight).fit()
        scores = design.mul(fitted.resid * compared.weight, axis=0) @ np.linalg.inv(
            (design.mul(compared.weight, axis=0)).T @ design
        )
        influence = scores.iloc[:, -1].groupby(compared.cluster).sum().add(influence, fill_value=0)
    number = len(influence)
    error = np.sqrt((influence**2).sum() * number / (number - 1))
    low, high, fewest = warehouse.execute(
        "select difference_low, difference_high, least(missed_customer_count, kept_customer_count) "
        "from mart_cost_of_miss where segment = 'all' and component = 'total'"
    ).fetchone()
    assert (high - low) / 2 == pytest.approx(quantile(warehouse, fewest) * error, rel=1e-3)


@pytest.mark.parametrize("measure", ["minutes", "cost"])
def test_means_per_contact_are_clustered_by_customer(warehouse, measure):
    column = {"minutes": "handle_minutes", "cost": "cost_amount"}[measure]
    contacts = warehouse.execute(
        "select contacts.*, orders.customer_id as buyer_id from fct_contacts as contacts "
        "left join fct_orders as orders on contacts.order_id = orders.order_id"
    ).df()
    cluster = contacts.customer_id.fillna(contacts.buyer_id).fillna(contacts.order_id).fillna(contacts.contact_id)
    known = contacts[column].notna()
    mean, error = clustered(
        contacts.loc[known, column].astype(float), np.ones((known.sum(), 1)), np.ones(known.sum()), cluster[known]
    )
    half = quantile(warehouse, cluster[known].nunique()) * error
    row = warehouse.execute(
        f"select {measure}_per_contact, {measure}_per_contact_low, {measure}_per_contact_high "
        "from mart_contact_economics where month = 'all' and contact_reason = 'all'"
    ).fetchone()
    assert row == pytest.approx((mean, mean - half, mean + half), rel=1e-8)


def test_contacts_per_order_are_a_ratio_of_sums_over_customers(warehouse):
    """The linearised error of a ratio, with customers who never came among the clusters (Cochran 1977, §6.3)."""
    contacts = warehouse.execute(
        "select coalesce(contacts.customer_id, orders.customer_id, contacts.order_id, contact_id) as cluster, "
        "count(*) as contacts from fct_contacts as contacts "
        "left join fct_orders as orders on contacts.order_id = orders.order_id where contacts.reason = 'complaint' "
        "group by all"
    ).df()
    orders = warehouse.execute(
        "select coalesce(customer_id, order_id) as cluster, count(*) as orders from fct_orders group by all"
    ).df()
    both = orders.merge(contacts, how="outer", on="cluster").fillna({"orders": 0, "contacts": 0})
    rate = both.contacts.sum() / both.orders.sum()
    error = np.sqrt(((both.contacts - rate * both.orders) ** 2).sum()) / both.orders.sum()
    row = warehouse.execute(
        "select contacts_per_1000_orders, contacts_per_1000_orders_low, contacts_per_1000_orders_high "
        "from mart_contact_economics where month = 'all' and contact_reason = 'complaint'"
    ).fetchone()
    assert row[0] == pytest.approx(1000 * rate, rel=1e-12)
    # The model counts the customers of any contact in G ÷ (G − 1), which is next to 1.
    assert row[2] - row[0] == pytest.approx(1000 * quantile(warehouse, 1000) * error, rel=2e-3)


EVERY_COST_TABLE = {
    "mart_contact_economics", "mart_cost_of_miss", "mart_cost_of_quality", "mart_cost_to_serve", "mart_whale_curve",
}  # fmt: skip
CONTACTS = "contact_id,customer_id,touchpoint,channel,reason,opened_at,cost_amount,currency,updated_at\n" + "".join(
    f"c{number},p{number},phone_support,phone,complaint,2026-0{1 + number % 2}-05T00:00:00Z,4,EUR,2026-03-01\n"
    for number in range(40)
)
ORDERS = "order_id,customer_id,ordered_at,amount,currency,status,updated_at\n"
HOME = "a,p1,2026-01-05T00:00:00Z,10,EUR,placed,2026-03-01\nc,p2,2026-02-05T00:00:00Z,5,EUR,placed,2026-03-01\n"
ABROAD = "b,p2,2026-01-05T00:00:00Z,5,USD,placed,2026-03-01\n"


def landed(folder, select=EVERY_COST_TABLE, **tables):
    """A landing folder with these CSV files, by system__table."""
    (folder / "landing").mkdir()
    for name, text in tables.items():
        path = (folder / "landing").joinpath(*name.split("__"))
        path.mkdir(parents=True)
        (path / "rows.csv").write_text(text)
    return world(folder / "landing", folder, select=select)


def test_without_any_source_every_table_says_so(tmp_path):
    connection = landed(tmp_path, EVERY_COST_TABLE | {"mart_touchpoint_priority"})
    assert failures(connection) == {}
    assert connection.execute(
        "select distinct status, exposure_count, missed_count, controllable_count from mart_touchpoint_priority"
    ).fetchall() == [("withheld", None, None, None)]
    rows = connection.execute("select status, reason, difference from mart_cost_of_miss").fetchall()
    assert set(rows) == {("withheld", "source missing: fulfilment.orders, fulfilment.shipments", None)}
    assert connection.execute("select status, net_amount from mart_cost_to_serve").fetchall() == [("withheld", None)]
    assert connection.execute(
        "select status, cumulative_net_rate, customer_count from mart_whale_curve group by all"
    ).fetchall() == [("withheld", None, None)]


def test_of_misses_without_a_source_nothing_is_counted(tmp_path):
    """The firm cancels the orders of forty customers, so these are missed. Without shipments nobody knows of any other;
    without adjustments nobody knows what was refunded."""
    orders = ORDERS.replace("updated_at", "promised_by,cancelled_at,cancelled_by,updated_at") + "".join(
        f"o{number},p{number},2026-01-05,10,EUR,cancelled,2026-01-09,2026-01-07,firm,2026-01-07\n"
        for number in range(40)
    )
    shipments = "shipment_id,order_id,delivered_at,updated_at\ns,gone,2026-06-01,2026-06-01\n"
    counts = (
        "matched_count", "kept_order_count", "missed_customer_count", "kept_customer_count", "unmatched_count",
        "not_matured_count", "not_comparable_count", "unknown_count",
    )  # fmt: skip
    for folder, files in (("neither", {}), ("no_adjustments", {"fulfilment__shipments": shipments})):
        (tmp_path / folder).mkdir()
        connection = landed(
            tmp_path / folder, {"mart_cost_of_miss"}, crm__contacts=CONTACTS, fulfilment__orders=orders, **files
        )
        rows = connection.execute(
            f"select component, missed_order_count, {', '.join(counts)}, unmatched_rate from mart_cost_of_miss "
            "where segment = 'all'"
        ).df()
        rows = rows.set_index("component")
        assert rows.missed_order_count.notna().all() == bool(files)
        absent = rows.loc[[*KINDS, "total"] if files else list(rows.index), [*counts, "unmatched_rate"]]
        assert absent.isna().all(axis=None)
        # A table that is there and holds no order like them is counted.
        assert not files or rows.matched_count["contact_cost"] == 0


def test_contacts_without_orders_have_a_cost_and_no_rate(tmp_path):
    connection = landed(tmp_path, crm__contacts=CONTACTS)
    assert failures(connection) == {}
    row = connection.execute(
        "select contacts_per_1000_orders, contacts_per_1000_orders_reason, order_count, cost_per_contact, "
        "failure_demand_rate from mart_contact_economics where month = 'all' and contact_reason = 'all'"
    ).fetchone()
    assert row == (None, "source missing: fulfilment.orders", None, 4, 1)
    amounts = connection.execute(
        "select cost_class, amount, per_1000_orders, reason from mart_cost_of_quality where month = 'all'"
    ).fetchall()
    assert ("prevention", None, None, "source missing: crm.initiative_costs") in amounts
    assert ("external_failure", None, None, "source missing: fulfilment.adjustments") in amounts
    assert all(amount is None for _, amount, _, _ in amounts)


def test_a_currency_without_a_rate_is_named_and_withholds_what_it_is_part_of(tmp_path):
    costs = "cost_id,initiative_id,spent_on,amount,currency,updated_at\nk,i,2026-01-05,7,SEK,2026-03-01\n"
    adjustments = "adjustment_id,order_id,kind,amount,currency,adjusted_at\nr,a,refund,3,EUR,2026-02-06T00:00:00Z\n"
    connection = landed(
        tmp_path,
        crm__contacts=CONTACTS,
        crm__initiative_costs=costs,
        fulfilment__orders=ORDERS + HOME + ABROAD,
        fulfilment__adjustments=adjustments,
    )
    assert failures(connection) == {}
    assert connection.execute("from int_currencies_unpriced order by all").fetchall() == [
        ("crm.initiative_costs", "SEK", "2026-01", 1),
        ("fulfilment.orders", "USD", "2026-01", 1),
    ]
    # Contacts are paid in euro: what an order or an initiative was paid in changes nothing about them.
    assert connection.execute(
        "select cost_per_contact, known_cost_amount from mart_contact_economics "
        "where month = 'all' and contact_reason = 'all'"
    ).fetchall() == [(4, 160)]
    assert connection.execute(
        "select cost_class, amount, revenue_rate, reason from mart_cost_of_quality "
        "where month = 'all' and cost_class in ('prevention', 'external_failure') order by 1"
    ).fetchall() == [
        ("external_failure", 163, None, "revenue is not known: no rate in fx_rates for USD"),
        ("prevention", None, None, "no rate in fx_rates for SEK"),
    ]


def test_an_empty_table_is_nothing_spent_and_an_absent_one_unknown(tmp_path):
    connection = landed(
        tmp_path,
        crm__contacts=CONTACTS,
        fulfilment__orders=ORDERS + HOME,
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\n",
    )
    assert failures(connection) == {}
    amounts = dict(
        connection.execute("select cost_class, amount from mart_cost_of_quality where month = 'all'").fetchall()
    )
    assert amounts == {
        "prevention": None,
        "appraisal": None,
        "internal_failure": None,
        "external_failure": 160,
        "all": 160,
    }


def test_where_no_cost_is_on_record_none_is_said_to_be_0(tmp_path):
    """Eighty orders, forty late. Every fourth customer complains, every second one buys again; what a contact, goods or
    shipping cost nobody writes down. So it is known only of who cost nothing anyway: they do not stand for the rest."""
    days = [("a", "2025-01-05", range(80)), ("b", "2025-03-05", range(0, 80, 2)), ("z", "2025-12-05", range(1))]
    orders = [
        f"{name}{number},p{number},{day},10,EUR,delivered,{day[:-2]}08,2025-12-09"
        for name, day, numbers in days
        for number in numbers
    ]
    shipments = [
        f"{name}{number},{name}{number},{day[:-2]}{'10' if number < 40 else '07'},2025-12-09"
        for name, day, numbers in days
        for number in numbers
    ]
    contacts = [f"c{number},a{number},phone,phone,{{reason}},2025-01-11,2025-12-09" for number in range(0, 80, 4)]
    contacts.append("late,z0,phone,phone,{reason},2025-12-09,2025-12-09")
    adjustments = [f"r{number},a{number},refund,{1 + number % 3},EUR,2025-01-12" for number in range(0, 80, 5)]
    adjustments.append("late,z0,refund,1,EUR,2025-12-09")
    files = {
        "fulfilment__orders": [ORDERS.replace("updated_at", "promised_by,updated_at").strip(), *orders],
        "fulfilment__shipments": ["shipment_id,order_id,delivered_at,updated_at", *shipments],
        "fulfilment__adjustments": ["adjustment_id,order_id,kind,amount,currency,adjusted_at", *adjustments],
        "crm__contacts": ["contact_id,order_id,touchpoint,channel,reason,opened_at,updated_at", *contacts],
    }
    texts = {name: "\n".join(lines) for name, lines in files.items()}
    texts["crm__contacts"] = texts["crm__contacts"].replace("{reason}", "complaint")
    connection = landed(tmp_path, EVERY_COST_TABLE | {"mart_touchpoint_priority"}, **texts)
    assert failures(connection) == {}
    silent = "amount on record only where it is 0"
    assert connection.execute(
        "select component, status, reason, difference from mart_cost_of_miss "
        "where segment = 'all' and component in ('contact_cost', 'lost_margin', 'total') order by component"
    ).fetchall() == [(name, "withheld", silent, None) for name in ("contact_cost", "lost_margin", "total")]
    assert (
        connection.execute(
            "select missed_mean from mart_cost_of_miss where segment = 'all' and component = 'refunds'"
        ).fetchone()[0]
        > 0
    )
    assert connection.execute(
        "select status, reason, amount from mart_cost_of_quality "
        "where month = 'all' and cost_class = 'external_failure'"
    ).fetchall() == [("withheld", "amount not on record for any row of crm.contacts", None)]
    assert connection.execute(
        "select margin_amount, shipping_cost_amount, contact_cost_amount, adjustment_amount > 0, net_amount "
        "from mart_cost_to_serve where row_kind = 'all'"
    ).fetchall() == [(None, None, None, True, None)]
    assert connection.execute(
        "select cost_basis, miss_cost, money_at_risk, money_reason is not null from mart_touchpoint_priority "
        "where touchpoint = 'delivery'"
    ).fetchall() == [(None, None, None, True)]


def test_where_no_contact_says_why_it_came_the_cost_of_failure_is_unknown(tmp_path):
    connection = landed(
        tmp_path,
        crm__contacts=CONTACTS.replace("complaint", ""),
        fulfilment__orders=ORDERS + HOME,
        fulfilment__adjustments="adjustment_id,order_id,kind,amount,currency,adjusted_at\nr,a,refund,3,EUR,2026-02-06\n",
    )
    assert failures(connection) == {}
    assert connection.execute(
        "select status, reason, amount from mart_cost_of_quality "
        "where month = 'all' and cost_class = 'external_failure'"
    ).fetchall() == [("withheld", "no contact has a reason that is classified", None)]


def test_what_a_feed_ended_before_is_unknown_and_a_month_without_contacts_before_that_is_0(tmp_path):
    """Forty customers order every month until May. They call in January and in March, and no later contact is on
    record; refunds come until May."""
    months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
    orders = "".join(
        f"o{number}-{month},p{number},{month}-02T00:00:00Z,10,EUR,placed,2026-06-01\n"
        for month in months
        for number in range(40)
    )
    contacts = CONTACTS.splitlines(keepends=True)[0].replace(",customer_id", ",customer_id,order_id") + "".join(
        f"c{number}-{month},p{number},o{number}-{month},phone_support,phone,complaint,{month}-10T00:00:00Z,4,EUR,2026-06-01\n"
        for month in ("2026-01", "2026-03")
        for number in range(40)
    )
    refunds = "adjustment_id,order_id,kind,amount,currency,adjusted_at\n" + "".join(
        f"r{month},o1-{month},refund,3,EUR,{month}-20T00:00:00Z\n" for month in months
    )
    connection = landed(
        tmp_path,
        EVERY_COST_TABLE | {"mart_scorecard"},
        crm__contacts=contacts,
        crm__initiative_costs="cost_id,initiative_id,spent_on,amount,currency,updated_at\nk,i,2026-04-05,70,EUR,2026-06-01\n",
        fulfilment__orders=ORDERS + orders,
        fulfilment__adjustments=refunds,
    )
    assert failures(connection) == {}
    ended = "contacts on record end in 2026-03"
    rate = pytest.approx(2 / 3)
    assert connection.execute(
        "select month, order_count, contact_count, contacts_per_1000_orders / 1000, contacts_per_1000_orders_status, "
        "contacts_per_1000_orders_reason, known_cost_amount "
        "from mart_contact_economics where contact_reason = 'all' order by month"
    ).fetchall() == [
        ("2026-01", 40, 40, 1, "final", None, 160),
        ("2026-02", 40, 0, 0, "final", None, 0),
        ("2026-03", 40, 40, 1, "provisional", ended, 160),
        ("2026-04", 40, None, None, "withheld", ended, None),
        ("2026-05", 40, None, None, "withheld", ended, None),
        ("all", 120, 80, rate, "provisional", ended, 320),
        # January to April: the 12 months before the running one.
        ("last_12_months", 120, 80, rate, "provisional", ended, 320),
    ]
    assert connection.execute(
        "select month, status, reason, amount, order_count, per_1000_orders "
        "from mart_cost_of_quality where cost_class = 'external_failure' order by month"
    ).fetchall() == [
        ("2026-01", "final", None, 163, 40, 4075),
        ("2026-02", "final", None, 3, 40, 75),
        ("2026-03", "provisional", ended, 163, 40, 4075),
        ("2026-04", "withheld", ended, None, 40, None),
        ("2026-05", "withheld", ended, None, 40, None),
        ("all", "provisional", ended, 329, 120, pytest.approx(329000 / 120)),
        ("last_12_months", "provisional", ended, 329, 120, pytest.approx(329000 / 120)),
    ]
    # What is spent on initiatives rests on neither, and is known of all months.
    assert connection.execute(
        "select cost_class, status, amount, order_count, per_1000_orders from mart_cost_of_quality "
        "where cost_class in ('prevention', 'all') and month = 'all' order by cost_class"
    ).fetchall() == [
        ("all", "provisional", 399, 200, pytest.approx(329000 / 120 + 350)),
        ("prevention", "final", 70, 200, 350),
    ]
    assert connection.execute(
        "select month, status, reason, observation_count, value from mart_scorecard "
        "where metric_id = 'contact_rate' order by month"
    ).fetchall() == [
        ("2026-01", "final", None, 40, 1),
        ("2026-02", "final", None, 40, 0),
        ("2026-03", "provisional", ended, 40, 1),
        ("all", "provisional", ended, 120, rate),
        ("last_12_months", "provisional", ended, 120, rate),
    ]
