"""What initiatives changed and returned, against statsmodels, scipy and worlds in which the answer is known."""

import csv
import math
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from compiled import alone, world
from rendering import render
from scipy import stats
from scipy.optimize import brentq

from cx_warehouse.sample import Effects, simulate, write_world
from cx_warehouse.sample.clock import day_number
from cx_warehouse.sample.orders import CANCELLED_BY_CUSTOMER
from cx_warehouse.sample.shop import REGION_NAMES

COLUMNS = (
    "initiative_id", "name", "touchpoint", "region", "segment", "service_level", "started_on", "deadline_on",
    "target_metric", "target_value", "owner", "updated_at",
)  # fmt: skip
CALLS = {
    "worth": "net_present_value('amount', '0.10', 'year')",
    "payback": "payback('flows', ['plan'], 'year', 'amount')",
    "discounted_payback": "payback('flows', ['plan'], 'year', 'discounted')",
    "rate": "internal_rate_of_return('flows', ['plan'], 'year', 'amount')",
}


def landing(folder: Path, sampled, initiatives: list[tuple[str, str, str]]) -> Path:
    """The sample with other initiatives: (id, region, first day), each of which spent 1,000 at its start."""
    write_world(sampled, folder)
    for table in ("initiatives", "initiative_costs"):
        shutil.rmtree(folder / "crm" / table)
        (folder / "crm" / table).mkdir()
    with (folder / "crm" / "initiatives" / "own.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for code, region, started in initiatives:
            rows.writerow(
                [
                    code,
                    code,
                    "delivery",
                    region,
                    "",
                    "",
                    started,
                    "2026-06-30",
                    "miss_rate",
                    0.05,
                    "",
                    f"{started}T00:00:00Z",
                ]
            )
    with (folder / "crm" / "initiative_costs" / "own.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("cost_id", "initiative_id", "spent_on", "amount", "currency"))
        rows.writerows((f"{code}-1", code, started, 1000, "EUR") for code, _, started in initiatives)
    return folder


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A works alone in the south of Italy; B and C both treat Spain, C two months later."""
    folder = tmp_path_factory.mktemp("overlapping")
    initiatives = [("A", "italy_south", "2025-07-01"), ("B", "spain", "2025-03-01"), ("C", "spain", "2025-05-01")]
    files = landing(folder / "landing", simulate(6000, 11), initiatives)
    models = {"mart_roi_ledger", "mart_roi_tornado", "mart_roi_waterfall", "fct_orders"}
    return world(files, folder / "warehouse", select=models)


def regression(frame: pd.DataFrame, columns: list[str]) -> tuple[float, float]:
    """Coefficient of the last of `columns` and its error clustered by customer, with a dummy per month."""
    design = pd.concat([pd.get_dummies(frame.month, dtype=float), frame[columns]], axis=1)
    clusters = pd.factorize(frame.cluster)[0]
    fitted = sm.OLS(frame.y, design).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
    number = len(set(clusters))
    return fitted.params.iloc[-1], fitted.bse.iloc[-1] * math.sqrt(number / (number - 1))


def designs(frame: pd.DataFrame, start: int) -> dict[str, tuple[float, float]]:
    """Effect, placebo effect and trend before the start by least squares, each with its error."""
    frame = frame.assign(after=frame.treated * (frame.month >= start))
    before = frame[frame.month < start]
    middle = (before.month.min() + before.month.max() + 1) / 2
    before = before.assign(
        placebo=before.treated * (before.month >= middle), slope=before.treated * (before.month - start)
    )
    return {
        "effect": regression(frame, ["treated", "after"]),
        "placebo": regression(before, ["treated", "placebo"]),
        "trend": regression(before, ["treated", "slope"]),
    }


def customer_months(connection, months: range, left_out: list[str]) -> pd.DataFrame:
    """Margin less service cost of every customer and month from the one after the first order on, bought or not."""
    orders = connection.execute("from fct_orders where customer_id is not null order by ordered_at, order_id").df()
    orders["month"] = month(orders.ordered_at)
    earned = orders.margin_amount.astype(float).where(orders.status != "cancelled", 0.0)
    orders["y"] = earned - orders.contact_cost_amount.astype(float) - orders.adjustment_amount.astype(float)
    first = orders[orders.order_number == 1].set_index("customer_id")
    panel = first[["region", "month"]].rename(columns={"month": "first"}).reset_index()
    panel = panel.merge(pd.DataFrame({"month": months}), how="cross")
    # The last month is not covered to its end.
    panel = panel[(panel.month > panel["first"]) & (panel.month < orders.month.max()) & ~panel.region.isin(left_out)]
    sums = orders.groupby(["customer_id", "month"]).y.sum()
    panel = panel.join(sums, on=["customer_id", "month"]).fillna({"y": 0.0})
    panel["treated"] = (panel.region == "italy_south").astype(float)
    panel["cluster"] = panel.customer_id
    return panel


def published(connection, metric: str) -> dict[str, tuple[float, float]]:
    row = connection.execute(
        """
        select effects.effect, effects.effect_error, effects.placebo_effect, errors.placebo_error, effects.trend,
            errors.trend_error
        from mart_initiative_effects as effects
        inner join int_initiatives_clustered as errors
            on effects.initiative_id = errors.estimate_id and effects.metric_id = errors.metric_id
        where effects.initiative_id = 'A' and effects.metric_id = ?
        """,
        [metric],
    ).fetchone()
    return {"effect": row[:2], "placebo": row[2:4], "trend": row[4:]}


def month(dates: pd.Series) -> pd.Series:
    return dates.dt.year * 12 + dates.dt.month - 1


START = 2025 * 12 + 6


def test_effects_on_orders_agree_with_statsmodels(overlapping):
    orders = overlapping.execute(
        "from fct_orders where is_due_passed and outcome in ('exceeded', 'met', 'missed')"
    ).df()
    orders["month"] = month(orders.first_due_date)
    orders = orders[orders.month.between(START - 12, START + 11) & ~orders.region.isin(["spain", "unknown"])].copy()
    orders["treated"] = (orders.region == "italy_south").astype(float)
    orders["y"] = (orders.outcome == "missed").astype(float)
    orders["cluster"] = orders.customer_id.fillna("guest " + orders.order_id)
    for name, (value, error) in designs(orders, START).items():
        assert published(overlapping, "miss_rate")[name] == pytest.approx((value, error), rel=1e-8, abs=1e-8), name


def test_effects_per_customer_and_month_agree_with_statsmodels(overlapping):
    panel = customer_months(overlapping, range(START - 12, START + 12), ["spain", "unknown"])
    for name, (value, error) in designs(panel, START).items():
        found = published(overlapping, "net_margin_per_customer_month")[name]
        assert found == pytest.approx((value, error), rel=1e-8, abs=1e-8), name


def test_who_came_in_the_month_of_a_start_that_is_left_out_stands_from_the_next_on(tmp_path):
    """A starts in the middle of July: July counts on neither side, but not those whose first order was in June."""
    files = landing(tmp_path / "landing", simulate(6000, 11), [("A", "italy_south", "2025-07-15")])
    with world(files, tmp_path / "warehouse", select={"mart_initiative_effects", "fct_orders"}) as connection:
        panel = customer_months(connection, range(START - 12, START + 13), ["unknown"])
        panel = panel[panel.month != START]
        assert (panel["first"] == START - 1).any()
        for name, (value, error) in designs(panel, START + 1).items():
            found = published(connection, "net_margin_per_customer_month")[name]
            assert found == pytest.approx((value, error), rel=1e-8, abs=1e-8), name
        after = panel[panel.month > START]
        counted = connection.execute(
            "select cluster_count, treated_after_customer_count from int_initiatives_clustered "
            "where estimate_id = 'A' and metric_id = 'net_margin_per_customer_month'"
        ).fetchone()
        assert counted == (panel.cluster.nunique(), after[after.treated == 1].cluster.nunique())


def test_of_two_initiatives_for_the_same_customers_one_claims_them(overlapping):
    claimed = dict(
        overlapping.execute(
            "select initiative_id, customer_month_count from mart_roi_ledger where scenario = 'base'"
        ).fetchall()
    )
    treated = overlapping.execute(
        """
        select sum(case when month_number >= entered_month then 1 else 0 end) from int_customers_standing
        cross join (
            select distinct month_number from int_outcomes_grouped where metric_id = 'net_margin_per_customer_month'
        )
        where region = 'spain' and month_number between 2025 * 12 + 2 and 2025 * 12 + 13
        """
    ).fetchone()[0]
    assert claimed["B"] == treated > 0
    assert claimed["C"] == 0
    verdicts = overlapping.execute(
        "select grade, reason from mart_initiative_effects "
        "where initiative_id in ('B', 'C') and metric_id = 'miss_rate'"
    ).fetchall()
    assert [grade for grade, _ in verdicts] == ["D", "D"]
    assert all("cannot be told apart" in reason for _, reason in verdicts)
    # Of grade D, so beside the headline; and whoever may claim nobody is said to, and not to have lost its cost.
    assert overlapping.execute(
        "select status, reason from mart_roi_ledger where initiative_id = 'C' and scenario = 'base'"
    ).fetchone() == ("withheld", "all its customers are claimed by another initiative")


def test_claims_add_up_to_the_joint_effect_at_most(overlapping):
    claims = overlapping.execute(
        "select claimed_amount, customer_month_count from mart_roi_ledger "
        "where scenario = 'base' and initiative_id <> 'all' and claimed_amount is not null"
    ).fetchall()
    margin, cost = (
        overlapping.execute(
            "select effect from mart_initiative_effects where initiative_id = 'all' and metric_id = ?", [metric]
        ).fetchone()[0]
        for metric in ("margin_per_customer_month", "service_cost_per_customer_month")
    )
    share = overlapping.execute("select base from ref_assumptions where assumption = 'marginal_service_cost_share'")
    joint = sum(count for _, count in claims) * (margin - share.fetchone()[0] * cost)
    assert len(claims) >= 2
    assert sum(amount for amount, _ in claims) <= joint + 1e-6 or max(amount for amount, _ in claims) <= 1e-6


def test_joint_effect_weighs_each_by_its_customer_months(overlapping):
    """With each customer in one comparison, the joint effect is the mean of these, by customer-months treated."""
    parts = overlapping.execute(
        """
        select sum(case when is_after then treated_count end), sum(weight * effect_contrast * difference)
        from int_initiatives_weighted where design = 'joint' and metric_id = 'margin_per_customer_month'
        group by initiative_id
        """
    ).fetchall()
    joint = overlapping.execute(
        "select effect from mart_initiative_effects "
        "where initiative_id = 'all' and metric_id = 'margin_per_customer_month'"
    ).fetchone()[0]
    assert joint == pytest.approx(sum(n * value for n, value in parts) / sum(n for n, _ in parts), abs=1e-8)


def test_q_values_of_effects_are_those_of_scipy(overlapping):
    """Three initiatives with six measures each and the joint ones: some look like an effect by chance."""
    rows = overlapping.execute(
        "select q_value, (effect_low + effect_high) / 2 / effect_error as z from mart_initiative_effects"
    ).df()
    tested = rows.dropna(subset="z")
    assert len(tested) > 10 and rows.q_value.notna().sum() == len(tested)
    expected = stats.false_discovery_control(2 * stats.norm.sf(tested.z.abs()))
    np.testing.assert_allclose(tested.q_value, expected, atol=1e-8)


def permuted(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """What int_initiatives_permuted makes of observations (group, month, y): group 0 is treated from month 6 on."""
    rows = (
        frame.assign(square=frame.y**2)
        .groupby(["group", "month"])
        .agg(observation_count=("y", "size"), value_sum=("y", "sum"), value_squares=("square", "sum"))
    )
    rows = rows.reset_index().rename(columns={"month": "month_number"})
    rows = rows.assign(
        initiative_id="i", metric_id="m", design="alone", treated_kind="region", is_after=rows.month_number >= 6,
        arm=np.where(rows.group == 0, "treated", "control"), group_key=rows.group.astype(str),
        value_counts=rows.value_sum, count_squares=rows.observation_count,
    )  # fmt: skip
    return alone("int_initiatives_permuted", folder, int_initiatives_compared=rows)


def studentised(group: pd.DataFrame, rest: pd.DataFrame) -> tuple[float, float]:
    """Effect on a group and its plain error, nan where nobody knows it."""
    effect, variance = 0.0, 0.0
    for after in (False, True):
        sides = [side[(side.month >= 6) == after] for side in (group, rest)]
        means = pd.concat([side.groupby("month").y.mean() for side in sides], axis=1, keys=[0, 1]).dropna()
        counts = pd.concat([side.groupby("month").size() for side in sides], axis=1, keys=[0, 1]).loc[means.index]
        weight = counts[0] * counts[1] / counts.sum(axis=1)
        weight = weight / weight.sum()
        effect += (1 if after else -1) * (weight * (means[0] - means[1])).sum()
        for number, side in enumerate(sides):
            off = side.y - side.groupby("month").y.transform("mean")
            free = len(side) - side.month.nunique()
            variance += (weight**2 * ((off**2).sum() / free if free else np.nan) / counts[number]).sum(skipna=False)
    return effect, math.sqrt(variance)


def test_groups_that_were_not_treated_get_the_date_and_are_compared_with_the_rest(tmp_path):
    """Of group 8 one observation a month is on record before the date: what chance there is in it is not known."""
    random = np.random.default_rng(4)
    sizes = [30, 12, 25, 8, 40, 18, 22, 15, 1]
    frame = pd.DataFrame(
        [
            (group, month, random.normal(10 + group, 1 + group / 4) - (month >= 6) * (0.2 * group or 1.5))
            for group, size in enumerate(sizes)
            for month in range(12)
            for _ in range(9 if group == 8 and month >= 6 else size)
        ],
        columns=["group", "month", "y"],
    )
    found = permuted(tmp_path, frame).iloc[0]
    others = frame[frame.group > 0]
    effect, error = studentised(frame[frame.group == 0], others)
    tried = {n: studentised(others[others.group == n], others[others.group != n]) for n in range(1, 9)}
    assert [n for n, (_, own) in tried.items() if math.isnan(own)] == [8]
    ratios = np.array([value / own for value, own in tried.values() if not math.isnan(own)])
    assert found.group_count == 8
    assert found.permutation_p_value == pytest.approx((1 + (abs(ratios) >= abs(effect / error)).sum()) / 8)
    assert found.group_error == pytest.approx(math.sqrt((ratios**2).mean()) * error, rel=1e-7)


def test_a_treated_group_whose_chance_is_not_known_is_not_permuted(tmp_path):
    frame = pd.DataFrame(
        [
            (group, month, (7 * group + 3 * month + 5 * n) % 11)
            for group in range(7)
            for month in range(12)
            for n in range(1 if group == 0 and month < 6 else 10)
        ],
        columns=["group", "month", "y"],
    ).astype({"y": float})
    assert permuted(tmp_path, frame).empty


def test_intervals_that_allow_for_groups_hold_the_effect_where_customers_differ_for_good(tmp_path):
    """Ten regions of 30 customers, who differ by three times as much as their months do. A change cancels that, and
    so does its error clustered by customer; the plain error by which regions are divided does not."""
    random = np.random.default_rng(5)
    held = []
    for _ in range(40):
        customers = random.normal(0, 3, (10, 30, 1)) + random.normal(0, 1, (10, 30, 12))
        index = pd.MultiIndex.from_product([range(10), range(30), range(12)], names=["group", "customer", "month"])
        frame = pd.Series(customers.ravel(), index, name="y").reset_index()
        half = stats.t.ppf(0.975, 8) * permuted(tmp_path, frame).group_error.iloc[0]
        change = customers[:, :, 6:].mean(axis=2) - customers[:, :, :6].mean(axis=2)
        held.append(abs(change[0].mean() - change[1:].mean()) <= half)
    assert sum(held) >= 34


def test_an_initiative_that_begins_in_the_first_month_compared_treats_on_one_side_of_it(tmp_path):
    """A treats the north from month 100 on, compared from 88 on; B members from 88 on, its first day or a later one."""
    cells = pd.DataFrame(
        [("north", "member"), ("north", "other"), ("south", "other")], columns=["region", "segment"]
    ).assign(service_level="unknown")
    for first_after_month, treated in [(88, ["member", "other"]), (89, ["other"])]:
        windows = pd.DataFrame(
            {
                "initiative_id": ["A", "B"], "touchpoint": "delivery", "treated_kind": ["region", "segment"],
                "region": ["north", None], "segment": [None, "member"],
                "service_level": pd.Series([None] * 2, dtype=str),
                "is_started": True, "started_on": pd.to_datetime(["2020-01-01", "2019-01-01"]),
                "start_month": [100, 88], "first_before_month": [88, 76], "first_after_month": [100, first_after_month],
                "last_after_month": [111, 99],
            }
        )  # fmt: skip
        inputs = {"int_outcomes_grouped": cells, "int_initiatives_windowed": windows}
        found = alone("int_initiatives_assigned", tmp_path, **inputs)
        found = found[(found.initiative_id == "A") & (found.design == "alone") & (found.arm == "treated")]
        assert sorted(found.segment) == treated


def test_the_worst_three_of_a_world_without_any_effect_show_none(tmp_path):
    """Picked by how often promises were missed before the date: "worst first" must not look as if it had helped."""
    sampled = simulate(6000, 23, Effects.none())
    orders = sampled.orders
    since = day_number(pd.Timestamp("2025-06-01").date())
    judged = orders["has_promise"] & (orders["fate"] != CANCELLED_BY_CUSTOMER) & (orders["due_end"] < since * 86400)
    rates = pd.Series(orders["missed"][judged]).groupby(orders["region"][judged]).mean()
    worst = [REGION_NAMES[number] for number in rates.sort_values().index[-3:]]
    files = landing(tmp_path / "landing", sampled, [(f"W{n}", region, "2025-06-01") for n, region in enumerate(worst)])
    with world(files, tmp_path / "warehouse", select={"mart_roi_ledger"}) as connection:
        verdicts = connection.execute(
            "select initiative_id, metric_id, verdict from mart_initiative_effects where verdict = 'effect'"
        ).fetchall()
        assert verdicts == []
        gains = connection.execute("select verdict from mart_roi_ledger where verdict = 'gain'").fetchall()
        assert gains == []
        shown = connection.execute("select count(effect) from mart_initiative_effects").fetchone()[0]
        assert shown >= 8


def test_promises_compared_are_those_of_its_touchpoint(tmp_path):
    """Every order comes late. Of the calls of 40 customers in the north 30 were answered late in May and none in July,
    of 40 in the south 30 in either: kept rate from 0.25 to 1 beside 0.25 throughout, and so says the goal. 30 of 40 are
    satisfied, of the north in July 36; what is told in hours is no satisfaction. Answers name no customer but an
    order, so that those of one customer hang together."""
    customers = [(region, n) for region in ("north", "south") for n in range(40)]
    visits = [(region, n, month) for region, n in customers for month in ("2025-05", "2025-07")]
    late = {(region, n, month) for region, n, month in visits if n < 30 and (region, month) != ("north", "2025-07")}
    files = {
        "crm/customers": "customer_id,region,acquired_at,updated_at",
        "fulfilment/orders": "order_id,customer_id,ordered_at,promised_by,amount,currency,status,updated_at",
        "fulfilment/shipments": "shipment_id,order_id,delivered_at,updated_at",
        "crm/contacts": "contact_id,customer_id,touchpoint,channel,opened_at,promised_response_at,first_response_at,"
        "updated_at",
        "survey/answers": "answer_id,response_id,order_id,touchpoint,question_kind,score,scale_min,scale_max,unit,"
        "responded_at",
        "crm/initiatives": ",".join(COLUMNS),
    }
    rows = {
        "crm/customers": [f"{region}{n},{region},2025-01-01,2025-01-01" for region, n in customers],
        "fulfilment/orders": [
            f"{region}{n}-{month},{region}{n},{month}-01,{month}-05,10,EUR,delivered,{month}-09"
            for region, n, month in visits
        ],
        "fulfilment/shipments": [
            f"{region}{n}-{month},{region}{n}-{month},{month}-09,{month}-09" for region, n, month in visits
        ],
        "crm/contacts": [
            f"{region}{n}-{month},{region}{n},phone_support,phone,{month}-10T10:00Z,{month}-10T10:10Z,"
            f"{month}-10T10:{20 if (region, n, month) in late else 10}Z,{month}-10T11:00Z"
            for region, n, month in visits
        ],
        "survey/answers": [
            f"{region}{n}-{month}-{unit},{region}{n}-{month}-{unit},{region}{n}-{month},phone_support,csat,"
            f"{score},1,5,{unit},{month}-11"
            for region, n, month in visits
            for unit, score in [
                ("", 5 if n < (36 if (region, month) == ("north", "2025-07") else 30) else 1),
                ("hours", 1),
            ]
        ],
        "crm/initiatives": [
            f"{name},{name},{touchpoint},north,,,2025-06-01,2025-12-31,{metric},0.9,,2025-06-01"
            for name, touchpoint, metric in [
                ("phone_support", "phone_support", "kept_rate"),
                ("training", "phone_support", "csat"),
                ("website", "website", "kept_rate"),
            ]
        ],
    }
    for table, header in files.items():
        (tmp_path / "landing" / table).mkdir(parents=True)
        (tmp_path / "landing" / table / "all.csv").write_text("\n".join([header, *rows[table], ""]))
    models = {"mart_initiative_effects", "mart_goals"}
    with world(tmp_path / "landing", tmp_path, as_of="2025-08-15", select=models) as connection:
        effects = connection.execute(
            "select metric_id, treated_before, treated_after, control_before, control_after, effect "
            "from mart_initiative_effects "
            "where initiative_id = 'phone_support' and metric_id in ('kept_rate', 'miss_rate') "
            "or initiative_id = 'training' and metric_id = 'csat' order by metric_id"
        ).fetchall()
        assert effects[0] == ("csat", 0.75, 0.9, 0.75, 0.75, pytest.approx(0.15))
        assert effects[1:] == [("kept_rate", 0.25, 1, 0.25, 0.25, 0.75), ("miss_rate", 0.75, 0, 0.75, 0.75, -0.75)]
        assert connection.execute(
            "select treated_customer_count, cluster_count from mart_initiative_effects where metric_id = 'csat'"
        ).fetchone() == (40, 80)
        assert connection.execute(
            "select count(*), count(distinct cluster_id) from int_goals_observed where initiative_id = 'training'"
        ).fetchone() == (80, 40)
        assert connection.execute(
            "select baseline_value, value from mart_goals where initiative_id = 'phone_support' and is_latest"
        ).fetchone() == (0.25, 1)
        # A website promises nothing.
        assert connection.execute(
            "select distinct status, reason from mart_initiative_effects "
            "where initiative_id = 'website' and metric_id in ('kept_rate', 'miss_rate')"
        ).fetchall() == [("withheld", "no promise at its touchpoint has an outcome on record")]


def test_what_does_not_vary_is_withheld_and_the_return_still_known(tmp_path):
    """Eighty customers are served on the promised day at no cost, forty of them in the treated north, where an order
    brings 2 more from June on. Gap and service cost do not vary: no estimate, but the return is that of the margin."""
    customers = [(region, n) for region in ("north", "south") for n in range(40)]
    orders = [(region, n, month) for region, n in customers for month in range(3, 10)]
    files = {
        "crm/customers": ["customer_id,region,acquired_at,updated_at"]
        + [f"{region}{n},{region},2025-01-01,2025-01-01" for region, n in customers],
        "crm/contacts": ["contact_id,touchpoint,channel,opened_at,updated_at"],
        "fulfilment/adjustments": ["adjustment_id,order_id,kind,amount,currency,adjusted_at"],
        "fulfilment/orders": [
            "order_id,customer_id,ordered_at,promised_by,amount,cost_of_goods_amount,currency,status,updated_at"
        ]
        + [
            f"{region}{n}-{month},{region}{n},2025-0{month}-01,2025-0{month}-05,"
            f"{10 + (month >= 6) * (n % 3 + 2 * (region == 'north'))},4,EUR,delivered,2025-0{month}-05"
            for region, n, month in orders
        ],
        "fulfilment/shipments": ["shipment_id,order_id,delivered_at,updated_at"]
        + [f"{region}{n}-{month},{region}{n}-{month},2025-0{month}-05,2025-0{month}-05" for region, n, month in orders],
        "crm/initiatives": [",".join(COLUMNS), "i,i,delivery,north,,,2025-06-01,2025-12-31,gap_days,1,,2025-06-01"],
        "crm/initiative_costs": ["cost_id,initiative_id,spent_on,amount,currency", "c,i,2025-06-01,100,EUR"],
    }
    for table, rows in files.items():
        (tmp_path / "landing" / table).mkdir(parents=True)
        (tmp_path / "landing" / table / "all.csv").write_text("\n".join([*rows, ""]))
    models = {"mart_roi_ledger", "mart_goals"}
    with world(tmp_path / "landing", tmp_path, as_of="2025-09-20", select=models) as connection:
        effects = connection.execute(
            "select metric_id, effect, status, reason from mart_initiative_effects where initiative_id = 'i'"
        ).df()
        effects = effects.set_index("metric_id")
        for metric in ("gap_days", "service_cost_per_customer_month"):
            assert pd.isna(effects.effect[metric])
            assert effects.status[metric] == "withheld"
            assert effects.reason[metric] == "nothing varies, so there is no interval"
        assert effects.effect["margin_per_customer_month"] == pytest.approx(2)
        status, margin, saved, npv = connection.execute(
            "select status, margin_amount, saved_amount, npv from mart_roi_ledger "
            "where initiative_id = 'i' and scenario = 'base'"
        ).fetchone()
        assert (status, saved) == ("provisional", 0)
        assert npv == pytest.approx(margin - 100) and margin > 40 * 3
        goals = connection.execute("select distinct status, reason, value, value_low, baseline_value from mart_goals")
        assert goals.fetchall() == [("withheld", "nothing varies, so there is no interval", None, None, None)]


JANUARY = 2026 * 12
CASES = pd.DataFrame(
    {
        "case_id": ["base"], "discount_rate": [0.1], "horizon_months": [6], "effect_persistence": [1.0],
        "marginal_service_cost_share": [0.5],
    }
)  # fmt: skip


def costs_projected(folder: Path, spent: list[float | None], horizon: int = 6) -> pd.DataFrame:
    """An initiative that started on 15 January 2026, as seen in April, with what was spent in January and in March."""
    windows = pd.DataFrame(
        {"initiative_id": ["i"], "start_month": [JANUARY], "first_after_month": [JANUARY + 1], "is_started": [True]}
    )
    compared = pd.DataFrame(
        [
            {"initiative_id": "i", "design": design, "metric_id": "net_margin_per_customer_month", "arm": "treated",
             "is_after": True, "month_number": JANUARY + later, "observation_count": 10}
            for design in ("alone", "joint") for later in (1, 2)
        ]
    )  # fmt: skip
    costs = pd.DataFrame({"initiative_id": "i", "spent_month": [JANUARY, JANUARY + 2], "spent_amount": spent})
    return alone(
        "int_initiatives_projected",
        folder,
        int_initiatives_windowed=windows,
        int_assumptions_cased=CASES.assign(horizon_months=horizon),
        int_initiatives_compared=compared,
        int_initiatives_spent=costs.astype({"spent_amount": "Float64"}),
        stg_as_of=pd.DataFrame({"as_of": [pd.Timestamp("2026-04-30 12:00")]}),
        stg_sources=pd.DataFrame({"source_table": ["crm.initiative_costs"], "is_present": [True]}),
    ).sort_values("month_number")


def test_what_a_month_cost_is_unknown_there_in_the_mean_and_in_every_sum(tmp_path):
    """Full months are February and later. What March cost is in a currency without a rate."""
    projected = costs_projected(tmp_path, [100.0, None])
    assert projected.month_number.tolist() == [JANUARY + later for later in range(6)]
    assert projected.is_measured.tolist() == [False, True, True, False, False, False]
    assert [None if pd.isna(one) else one for one in projected.cost_amount] == [100, 0, None, 0, None, None]
    effects = pd.DataFrame(
        [
            {"initiative_id": one, "metric_id": f"{metric}_per_customer_month", "effect": effect, "grade": "C"}
            for one in ("i", "all")
            for metric, effect in (("margin", 2.0), ("service_cost", 0.0), ("net_margin", 2.0))
        ]
    )
    cash = alone(
        "mart_roi_cash",
        tmp_path,
        int_initiatives_projected=projected,
        int_assumptions_cased=CASES,
        mart_initiative_effects=effects,
    ).sort_values("month")
    assert [None if pd.isna(one) else one for one in cash.cumulative_amount] == [-100, -80, None, None, None, None]


def test_a_horizon_is_projected_to_its_end(tmp_path):
    projected = costs_projected(tmp_path, [100.0, 0.0], horizon=300)
    assert projected.month_number.tolist() == [JANUARY + later for later in range(300)]


def test_a_credit_note_is_a_cost_below_zero_and_does_not_come_again(tmp_path):
    projected = costs_projected(tmp_path, [100.0, -40.0])
    assert projected.cost_amount.tolist() == [100, 0, -40, 0, 0, 0]


@pytest.fixture(scope="module")
def sql(tmp_path_factory) -> dict[str, str]:
    """SQL of every call in CALLS, as dbt renders it."""
    return render(CALLS, tmp_path_factory.mktemp("roi_macros"))


def worths(sql, flows: pd.DataFrame) -> dict[str, dict]:
    """Plan → what each macro makes of its flows."""
    flows = flows.assign(discounted=flows.amount * 1.1 ** -flows.year.astype(float))
    with duckdb.connect() as connection:
        connection.register("flows", flows)
        worth = dict(connection.execute(f"select plan, {sql['worth']} from flows group by plan").fetchall())
        return {"worth": worth} | {
            name: dict(connection.execute(sql[name]).fetchall()) for name in ("payback", "discounted_payback", "rate")
        }


def plan(name: str, amounts: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"plan": name, "year": range(len(amounts)), "amount": [float(amount) for amount in amounts]})


def test_published_vector_of_an_investment(sql):
    found = worths(sql, plan("a", [-1000, 500, 500, 500]))
    assert found["worth"]["a"] == pytest.approx(243.43, abs=0.005)
    assert found["rate"]["a"] == pytest.approx(0.23375, abs=5e-6)
    assert found["payback"]["a"] == pytest.approx(2.0)
    assert found["discounted_payback"]["a"] == pytest.approx(2.352, abs=5e-4)


def test_what_never_pays_back_and_what_has_no_rate(sql):
    flows = [
        plan("never", [-1000, 100, 100]),
        plan("free", [0, 5, 5]),
        plan("twice", [-1, 3, -1]),
        plan("lost", [-1, 0]),
        # Nothing is spent in the first year: that is no payback.
        plan("later", [0, -1000, 100]),
        plan("later and back", [0, -100, 200]),
    ]
    found = worths(sql, pd.concat(flows))
    assert found["payback"]["never"] is None
    assert found["payback"]["free"] == 0
    assert found["payback"]["later"] is None
    assert found["payback"]["later and back"] == pytest.approx(1.5)
    assert "free" not in found["rate"]
    assert "twice" not in found["rate"]
    assert "lost" not in found["rate"]


@pytest.mark.parametrize("seed", range(3))
def test_worth_payback_and_rate_agree_with_a_second_source(sql, seed):
    random = np.random.default_rng(seed)
    plans = {
        f"{number}": [-float(random.uniform(50, 2000)), *random.uniform(0, 900, int(random.integers(1, 30)))]
        for number in range(30)
    }
    found = worths(sql, pd.concat([plan(name, amounts) for name, amounts in plans.items()]))
    for name, amounts in plans.items():

        def worth(rate: float, amounts=amounts) -> float:
            return sum(amount / (1 + rate) ** year for year, amount in enumerate(amounts))

        assert found["worth"][name] == pytest.approx(worth(0.1), rel=1e-8, abs=1e-8)
        assert found["discounted_payback"][name] == pytest.approx(payback([a / 1.1**y for y, a in enumerate(amounts)]))
        assert found["payback"][name] == pytest.approx(payback(amounts))
        if worth(-0.9) * worth(10) < 0:
            assert found["rate"][name] == pytest.approx(brentq(worth, -0.9, 10, xtol=1e-13), abs=1e-8)
        else:
            assert name not in found["rate"]


def payback(amounts: list[float]) -> float | None:
    """Years until the amounts add up to 0, by hand."""
    total = 0.0
    for year, amount in enumerate(amounts):
        if total < 0 <= total + amount:
            return year - 1 - total / amount
        total += amount
    return None
