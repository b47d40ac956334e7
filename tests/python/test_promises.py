"""The promises folder on the sample shop: what was planted is found, and nothing else."""

import math
import shutil
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from compiled import world

from cx_warehouse.sample import write_sample
from cx_warehouse.sample.catalogue import CONTRADICTIONS
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import query


@pytest.fixture(scope="module")
def ask(demo_warehouse):
    """A function: SQL -> all rows of what is published."""
    return lambda sql: query(Settings(_env_file=None, warehouse=demo_warehouse), sql).rows


def test_all_planted_contradictions_are_found_and_no_others(ask):
    found = ask(
        "select message_id, other_message_id from mart_message_defects where defect_kind = 'contradiction' order by all"
    )
    assert [tuple(row) for row in found] == sorted(CONTRADICTIONS)


def test_messages_nobody_looks_after_are_found_and_no_others(ask):
    found = ask("select defect_kind, message_id from mart_message_defects where severity = 'low' order by all")
    planted = [("stale", "M13"), ("stale", "M15"), ("unaudited", "M07"), ("unaudited", "M16"), ("unaudited", "M17")]
    assert [tuple(row) for row in found] == planted


def test_the_advertisement_that_reality_does_not_keep_is_untrue(ask):
    [(judged, rate, high)] = ask(
        "select judged_count, kept_rate, kept_rate_high from mart_message_defects"
        " where defect_kind = 'untrue' and message_id = 'M05'"
    )
    assert judged > 100 and rate < high < 0.9


def test_the_planner_promises_the_order_statistic(ask):
    """Counted a second time: of the sorted waits of the lane the ⌈(n + 1) · level⌉-th, by exact arithmetic."""
    waits: dict[str, list[float]] = {}
    for lane, waited in ask(
        "select waits.lane, waits.waited_days from intermediate.int_orders_awaited as waits"
        " inner join (select distinct fitted_from_date, fitted_to_date from mart_promise_planner) as fitted"
        " on waits.started_date between fitted.fitted_from_date and fitted.fitted_to_date"
        " where waits.basis = 'after_order' and not waits.is_cancelled and not waits.is_unreadable"
        " and waits.followed_days >= 30"
    ):
        waits.setdefault(lane, []).append(math.inf if waited is None or waited > 30 else waited)
    checked = 0
    for lane, level, promised, orders in ask(
        "select lane, level, promise_days, lane_order_count from mart_promise_planner where pool = 'lane'"
    ):
        values = sorted(waits[lane])
        assert orders == len(values)
        assert promised == values[math.ceil((len(values) + 1) * Fraction(str(level))) - 1], (lane, level)
        checked += 1
    assert checked > 50


def test_planned_promises_are_kept_at_least_as_often_as_they_say(ask):
    """Whole days are shared by many orders, so coverage may lie above its level, not below."""
    rows = ask("select level, coverage_high, judged_count from mart_promise_planner where lane = 'all' order by level")
    assert [level for level, _, _ in rows] == [0.5, 0.8, 0.9, 0.95, 0.99]
    assert all(judged > 1_000 and high > level for level, high, judged in rows)


def test_no_rate_where_nobody_records_deliveries(tmp_path):
    """What the firm cancelled is known to be missed, and of the rest nothing: a rate over these alone would be 0 %."""
    write_sample(tmp_path / "landing", orders=2000, seed=4)
    shutil.rmtree(tmp_path / "landing" / "fulfilment" / "shipments")
    connection = world(tmp_path / "landing", tmp_path, select={"mart_promise_reliability", "fct_promises"})
    ((cancelled, unknown),) = connection.execute(
        "select count(*) filter (outcome_reason = 'cancelled_by_firm' and outcome = 'missed'),"
        " count(*) filter (outcome = 'unknown') from fct_promises where is_first and promise_kind like 'delivery%'"
    ).fetchall()
    assert cancelled > 5
    ((due, not_known, rate, high, status, reason),) = connection.execute(
        "select due_count, unknown_count, kept_rate, kept_rate_high, status, reason from mart_promise_reliability"
        " where month = 'all' and promise_version = 'first' and touchpoint = 'delivery'"
        " and segment = 'all' and region = 'all' and service_level = 'all'"
    ).fetchall()
    assert (due, rate, high, status) == (0, None, None, "withheld")
    assert not_known >= cancelled + unknown
    assert reason == "of no promise that has come due is it known whether it was kept"


def test_no_rate_where_nearly_all_that_is_known_was_cancelled(tmp_path):
    """Of the year after the last parcel on record only what the firm cancelled is known, and all of that was missed."""
    write_sample(tmp_path / "landing", orders=4000, seed=4)
    for file in (tmp_path / "landing" / "fulfilment" / "shipments").glob("*.parquet"):
        kept = f"from '{file}' where shipped_at < timestamptz '2025-03-01 00:00:00Z'"
        duckdb.sql(f"copy ({kept}) to '{file}.cut' (format parquet)")
        Path(f"{file}.cut").replace(file)
    connection = world(tmp_path / "landing", tmp_path, select={"mart_promise_reliability"})
    before, year = connection.execute(
        "select due_count, kept_count, missed_count, unknown_count, kept_rate_low, missed_rate_high, status, reason"
        " from mart_promise_reliability where month in ('2025-01', 'last_12_months') and promise_version = 'first'"
        " and touchpoint = 'delivery' and segment = 'all' and region = 'all' and service_level = 'all' order by month"
    ).fetchall()
    assert (before[0] > 30, before[4] > 0.5, before[6]) == (True, True, "final")
    assert 5 <= year[0] == year[2] < year[3] / 10
    assert (year[1], *year[4:7]) == (0, None, None, "withheld")
    assert year[7].startswith("of most promises that came due it is not known whether they were kept")
