"""Control charts: limits against numpy, few false alarms where nothing changed, and the season that is planted."""

from pathlib import Path

import duckdb
import numpy as np
import pytest
from compiled import world

from cx_warehouse.sample import Effects, write_sample

# The chance of a miss depends on the season (docs/sample_data.md): those months and the ones they are compared with
# differ in truth, so only what has no season can show a false alarm.
WITHOUT_SEASON = "(metric_id in ('csat', 'ces', 'nps') or touchpoint like '%_support')"


@pytest.fixture(scope="module", params=[11, 12])
def quiet(request, tmp_path_factory):
    """A sample of 20,000 orders in which a miss has no effect on anything."""
    folder = tmp_path_factory.mktemp("quiet")
    write_sample(folder / "landing", orders=20_000, seed=request.param, effects=Effects.none())
    return world(folder / "landing", folder, select={"mart_signals"})


def test_where_nothing_changed_few_months_break_a_rule(quiet):
    """The rules together should break in 1 to 2 of 100 months of a normal distribution; at most 5 of 100 pass here."""
    tested, alarms = quiet.execute(
        f"select count(z), count(rule_broken) from mart_signals where {WITHOUT_SEASON}"
    ).fetchone()
    assert tested > 60
    assert alarms <= 0.05 * tested + 1


def test_december_is_found_and_passes(quiet):
    """The chance of a miss is 0.06 higher in December than in most months, and no higher in the spring after."""
    found = quiet.execute(
        "select change_kind, is_open from mart_signals where month = '2025-12' "
        "and metric_id = 'miss_rate' and touchpoint = 'delivery' and cause = 'all' and rule_broken = 'beyond_3'"
    ).fetchall()
    assert found == [("worse", False)]


def test_limits_are_those_of_the_months_before(quiet):
    """p-chart with Laney's correction and the uncertainty of the baseline, from the counts alone."""
    rows = quiet.execute(
        "select month, missed_count, due_count from mart_promise_reliability cross join stg_as_of "
        "where promise_version = 'first' and touchpoint = 'delivery' and segment = 'all' and region = 'all' "
        "and service_level = 'all' and month_start_date < date_trunc('month', as_of) order by month"
    ).df()
    found = quiet.execute(
        "select month, centre, control_low, control_high, z from mart_signals "
        "where metric_id = 'miss_rate' and touchpoint = 'delivery' and cause = 'all' and z is not null order by month"
    ).df()
    assert len(found) >= 20
    for _, row in found.iterrows():
        at = rows.index[rows.month == row.month][0]
        before = rows.iloc[max(0, at - 12) : at]
        share = before.missed_count.sum() / before.due_count.sum()
        errors = (before.missed_count / before.due_count - share) / np.sqrt(share * (1 - share) / before.due_count)
        laney = max(1.0, errors.diff().abs().mean() / 1.128)
        variance = share * (1 - share) * (1 / rows.due_count[at] + 1 / before.due_count.sum())
        error = laney * np.sqrt(variance)
        assert row.centre == pytest.approx(share, abs=1e-8)
        assert row.control_low == pytest.approx(max(0, share - 3 * error), abs=1e-8)
        assert row.control_high == pytest.approx(share + 3 * error, abs=1e-8)
        assert row.z == pytest.approx((rows.missed_count[at] / rows.due_count[at] - share) / error, abs=1e-6)


def test_q_values_are_those_of_scipy(quiet):
    stats = pytest.importorskip("scipy.stats", reason="the second source is scipy")
    rows = quiet.execute("select z, q_value from mart_signals where month = '2025-12' and z is not null").df()
    expected = stats.false_discovery_control(2 * stats.norm.sf(rows.z.abs()))
    np.testing.assert_allclose(rows.q_value, expected, atol=1e-8)


@pytest.fixture(scope="module")
def rescaled(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Nine months of 30 answers on 1–5, 24 of them satisfied; October on 1–7, 12 of 30; in November 30 satisfied on 1–5
    and 20 dissatisfied on 1–7; one answer on 1 December. An initiative aims at satisfaction from September on."""
    folder = tmp_path_factory.mktemp("rescaled")
    answers = [(month, 5 if n < 24 else 1, 5) for month in range(1, 10) for n in range(30)]
    answers += [(10, 7 if n < 12 else 1, 7) for n in range(30)]
    answers += [(11, 5, 5)] * 30 + [(11, 1, 7)] * 20 + [(12, 5, 5)]
    header = "answer_id,response_id,touchpoint,question_kind,score,scale_min,scale_max,responded_at"
    rows = [
        f"a{n},r{n},delivery,csat,{score},1,{most},2024-{month:02}-{'01' if month == 12 else '15'}T12:00:00Z"
        for n, (month, score, most) in enumerate(answers)
    ]
    landed(folder / "landing" / "survey" / "answers", header, rows)
    header = "initiative_id,name,touchpoint,started_on,deadline_on,target_metric,target_value,updated_at"
    row = "i,Packaging,delivery,2024-09-01,2025-08-31,csat,0.95,2024-08-01T00:00:00Z"
    landed(folder / "landing" / "crm" / "initiatives", header, [row])
    return world(folder / "landing", folder, select={"mart_signals", "mart_scorecard", "mart_goals"})


def landed(folder: Path, header: str, rows: list[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "all.csv").write_text("\n".join([header, *rows, ""]))


def test_a_new_scale_is_no_signal(rescaled):
    found = rescaled.execute(
        "select month, rule_broken, reason from mart_signals "
        "where metric_id = 'csat' and touchpoint = 'all' and month >= '2024-09' order by month"
    ).fetchall()
    assert found == [
        ("2024-09", None, None),
        ("2024-10", None, "fewer than 8 complete months before it"),
        ("2024-11", None, "answers on several scales cannot be mixed"),
    ]


def test_from_one_scale_to_another_nothing_changed(rescaled):
    found = rescaled.execute(
        "select month, value, change_on_month from mart_scorecard "
        "where metric_id = 'csat' and month between '2024-09' and '2024-10' order by month"
    ).fetchall()
    assert found == [("2024-09", 0.8, 0.0), ("2024-10", 0.4, None)]


def test_a_goal_reads_one_scale(rescaled):
    """Three months since 2 September: 30 of September, 30 of November and one, of whom 24 + 30 + 1 were satisfied."""
    assert rescaled.execute(
        "select observation_count, value, baseline_count, baseline_value from mart_goals where month = '2024-12'"
    ).fetchone() == (61, 55 / 61, 240, 0.8)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Each month of 2024 sixty flights, fifty of them late by weather, and forty parcels, eight late by the carrier.

    In December ten are; in October the parcels are first orders. Twenty of the hundred write to the firm, until
    contacts end on 5 November with five. One order on 9 January 2025. Of two initiatives one ends before it starts.
    """
    folder = tmp_path_factory.mktemp("mixed")
    orders, promises, shipments, contacts = [], [], [], []
    for month in range(1, 13):
        day = f"2024-{month:02}"
        for n in range(100):
            code, at = f"{day}-{n}", f"{day}-05T08:00:00Z"
            if n < 60:
                promises.append(f"{code},{code},arrival,{at},{day}-06T10:00:00Z,{at}")
                due, came, cause = "", f"{day}-06T1{2 if n < 50 else 0}:00:00Z", "weather" if n < 50 else ""
            else:
                is_late = n >= (90 if month == 12 else 92)
                due, came = f"{day}-09", f"{day}-{12 if is_late else '08'}T10:00:00Z"
                cause = "carrier" if is_late else ""
            customer = f"{'new' if month == 10 and n >= 60 else 'c'}{n}"
            orders.append(f"{code},{customer},{at},{due},10,EUR,delivered,{came}")
            shipments.append(f"{code},{code},{came},{cause},{came}")
            if n < (20 if month < 11 else 5 if month == 11 else 0):
                contacts.append(f"{code},{customer},{code},phone_support,phone,{at},{at}")
    orders.append("last,x,2025-01-09T12:00:00Z,,1,EUR,placed,2025-01-09T12:00:00Z")
    for table, header, rows in (
        ("fulfilment/orders", "order_id,customer_id,ordered_at,promised_by,amount,currency,status,updated_at", orders),
        ("fulfilment/promises", "promise_id,order_id,promise_kind,made_at,promised_by,updated_at", promises),
        ("fulfilment/shipments", "shipment_id,order_id,delivered_at,delay_cause,updated_at", shipments),
        ("crm/contacts", "contact_id,customer_id,order_id,touchpoint,channel,opened_at,updated_at", contacts),
        (
            "crm/initiatives",
            "initiative_id,name,touchpoint,started_on,deadline_on,target_metric,target_value,updated_at",
            [
                "fewer,Answers,delivery,2024-09-01,2025-06-30,contact_rate,0.19,2024-08-01T00:00:00Z",
                "backwards,Typing,delivery,2024-09-01,2024-08-01,contact_rate,0.19,2024-08-01T00:00:00Z",
            ],
        ),
    ):
        landed(folder / "landing" / table, header, rows)
    return world(folder / "landing", folder, select={"mart_signals", "mart_scorecard", "mart_goals"})


def test_causes_stand_beside_the_orders_of_their_touchpoint(mixed):
    found = mixed.execute(
        "select touchpoint, cause, observation_count, round(value * observation_count) from mart_signals "
        "where metric_id = 'miss_rate' and month = '2024-12' and touchpoint <> 'all' order by all"
    ).fetchall()
    assert found == [
        ("delivery", "all", 40, 10),
        ("delivery", "carrier", 40, 10),
        ("flight", "all", 60, 50),
        ("flight", "weather", 60, 50),
    ]


def test_a_month_in_which_contacts_end_is_no_signal(mixed):
    found = mixed.execute(
        "select month, rule_broken, reason from mart_signals "
        "where metric_id = 'contact_rate' and month >= '2024-10' order by month"
    ).fetchall()
    assert found == [("2024-10", None, None), ("2024-12", None, "contacts on record end in 2024-11")]


def test_a_goal_of_contacts_is_provisional_from_the_month_on_in_which_they_end(mixed):
    found = mixed.execute(
        "select month, observation_count, status, reason from mart_goals where initiative_id = 'fewer' order by month"
    ).fetchall()
    ended = "contacts on record end in 2024-11"
    assert found == [
        ("2024-09", 100, "final", None),
        ("2024-10", 200, "final", None),
        ("2024-11", 300, "provisional", ended),
        ("2024-12", 200, "provisional", ended),
        ("2025-01", 100, "provisional", ended),
    ]


def test_a_deadline_before_the_start_is_told(mixed):
    assert mixed.execute("select reason, path_value from mart_goals where initiative_id = 'backwards'").fetchall() == [
        ("its deadline is not after its start", None)
    ]


def test_a_month_not_yet_followed_for_90_days_says_so(mixed):
    """Of October's first orders 32 came on the 8th, 8 on the 12th: 90 days later is 6 and 10 January."""
    assert mixed.execute(
        "select observation_count, status, reason from mart_scorecard "
        "where metric_id = 'retention_90d' and month = '2024-10'"
    ).fetchone() == (32, "provisional", "not all followed for 90 days yet")
