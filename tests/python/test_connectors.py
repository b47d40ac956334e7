"""The connectors, through the whole pipeline: `cx run` on the exports, then what was published.

The real sets have truths that others have established (their README). Each must come out of the marts or the load
audit, and must stop coming out when one row of the export is missing (there the models alone are run).
"""

import csv
import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pytest
from compiled import world
from made_up_exports import write_exports

from cx_warehouse.contract import connector_tables, connectors, contract_tables
from cx_warehouse.project import MODELS
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import open_published

TOOLS = ("boston311", "nycflights13", "online_retail")
# What is asked of the made-up exports, so that no more of the project is built.
READ = {"fct_contacts", "fct_orders", "fct_promises", "rejects"}

# The roll-up over every dimension, judged on the first promise.
ALL_PROMISES = """
    from mart_promise_reliability
    where 'all' = all([month, touchpoint, segment, region, service_level]) and promise_version = 'first'
"""

# name: (query of one value, the value). Shares are rounded as the README rounds them.
TRUTHS: dict[str, dict[str, tuple[str, object]]] = {
    "boston311": {
        "requests": ("select count(*) from fct_contacts", 46_638),
        "requests landed": (
            "select sum(loaded_count) from mart_load_audit where system = 'boston311' and table_name = 'requests'",
            46_638,
        ),
        "no promise": ("select count(*) from fct_contacts where resolution_outcome_reason = 'no_promise'", 18_825),
        "closed with a promise": (
            "select count(*) from fct_promises where promise_kind = 'resolution' and actual_at is not null",
            24_497,
        ),
        "closed late": ("select count(*) from fct_promises where actual_at > due_at", 1_056),
        "closed late, in the report": (f"select delivered_late_count {ALL_PROMISES}", 1_056),
        "share of closed that was late": (
            f"select round(100.0 * delivered_late_count / delivered_count, 2) {ALL_PROMISES}",
            4.31,
        ),
        "promised and never closed": (
            "select count(*) from fct_promises where outcome = 'missed' and actual_at is null",
            3_316,
        ),
        "share missed": (f"select round(100 * missed_rate, 2) {ALL_PROMISES}", 15.72),
        "closed before opened": ("select count(*) from fct_contacts where is_resolved_before_opened", 10),
        "end of the data, on the wall of Boston": (
            "select cast(timezone('America/New_York', timezone('UTC', as_of)) as varchar) from staging.stg_as_of",
            "2022-09-15 11:47:12",
        ),
    },
    "online_retail": {
        "lines": (
            "select sum(loaded_count) from mart_load_audit "
            "where system = 'online_retail' and table_name = 'invoice_lines'",
            525_461,
        ),
        "invoices": (
            "select (select count(*) from fct_orders) + (select sum(current_count) from mart_load_audit "
            "where system = 'fulfilment' and table_name = 'adjustments')",
            28_816,
        ),
        "cancellations": (
            "select sum(current_count) from mart_load_audit where system = 'fulfilment' and table_name = 'adjustments'",
            4_592,
        ),
        "customers": ("select count(*) from dim_customers where is_current", 4_383),
        "lines without a customer": (
            "select sum(empty_count) from mart_load_columns "
            "where system = 'online_retail' and lower(column_name) = 'customerid'",
            107_927,
        ),
        "quantity x price": (
            "select cast(round((select sum(amount) from fct_orders) "
            "- (select sum(amount) from stg_fulfilment__adjustments), 2) as varchar)",
            "9539484.63",
        ),
        "negative quantities": (
            "select sum(negative_count) from mart_load_columns "
            "where system = 'online_retail' and lower(column_name) = 'quantity'",
            12_326,
        ),
        "exact duplicates": (
            "select sum(duplicate_count) from mart_load_audit "
            "where system = 'online_retail' and table_name = 'invoice_lines'",
            6_865,
        ),
        "no promises": ("select count(*) from fct_promises", 0),
    },
    "nycflights13": {
        "flights": ("select count(*) from fct_orders", 336_776),
        "cancelled": ("select count(*) from fct_orders where status = 'cancelled'", 8_255),
        "without arrival delay": ("select count(*) from fct_orders where delivered_at is null", 9_430),
        "mean arrival delay in minutes": (
            "select round(avg(-gap), 3) from fct_promises where promise_kind = 'arrival'",
            6.895,
        ),
        "mean arrival delay in minutes, in the report": (
            f"select round(-1440 * gap_days_mean, 3) {ALL_PROMISES}",
            6.895,
        ),
        "share late": (f"select round(100.0 * delivered_late_count / delivered_count, 2) {ALL_PROMISES}", 24.47),
        "share late in dry hours": (
            "select round(100 * avg(case when gap_days * 1440 <= -14.5 then 1 else 0 end), 1) "
            "from fct_orders where delivered_at is not null and cause is null",
            22.8,
        ),
        "share late in rain": (
            "select round(100 * avg(case when gap_days * 1440 <= -14.5 then 1 else 0 end), 1) "
            "from fct_orders where delivered_at is not null and cause = 'weather'",
            48.6,
        ),
        "planned promises kept within two points of their level, at every level": (
            "select count(*) from mart_promise_planner "
            "where lane = 'all' and abs(coverage - level) <= 0.02 and judged_count > 300000",
            5,
        ),
    },
}


def cx_run(landing: Path, warehouse: Path, *tools: str) -> duckdb.DuckDBPyConnection:
    """Run `cx run` as a person would; returns a connection to what it published."""
    # Settings of the machine that runs the tests must not reach the run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    command = [Path(sys.executable).with_name("cx"), "run", "--landing", landing, "--warehouse", warehouse]
    for tool in tools:
        command += ["--connector", tool]
    warehouse.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(command, cwd=warehouse, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return open_published(Settings(_env_file=None, landing=landing, warehouse=warehouse))


def untrue(connection: duckdb.DuckDBPyConnection, tool: str) -> dict[str, tuple[object, object]]:
    """The truths that do not hold: name to (found, expected)."""
    found = {name: connection.execute(query).fetchone()[0] for name, (query, _) in TRUTHS[tool].items()}
    return {
        name: (found[name], expected)
        for name, (_, expected) in TRUTHS[tool].items()
        if found[name] is None or found[name] != expected
    }


def drop_line(source: Path, target: Path, is_dropped: Callable[[dict[str, str]], bool]) -> None:
    """Copy a gzipped CSV without the first record for which `is_dropped` holds."""
    with gzip.open(source, "rt", newline="") as old, gzip.open(target, "wt", newline="") as new:
        rows = csv.DictReader(old)
        writer = csv.DictWriter(new, rows.fieldnames)
        writer.writeheader()
        writer.writerows(_without_first(rows, is_dropped))


def _without_first(rows: Iterable[dict[str, str]], is_dropped: Callable[[dict[str, str]], bool]):
    is_found = False
    for row in rows:
        if not is_found and is_dropped(row):
            is_found = True
        else:
            yield row
    assert is_found, "no row was dropped"


def without_one_row(tool: str, export: Path, landing: Path) -> None:
    """Copy the export of `tool` to `landing` without one row."""
    landing.mkdir(parents=True)
    if tool == "boston311":
        # Promised, and closed late.
        drop_line(
            export / "requests.csv.gz",
            landing / "requests.csv.gz",
            lambda row: bool(row["sla_target_dt"]) and row["closed_dt"] > row["sla_target_dt"],
        )
    elif tool == "online_retail":
        # A line of a cancellation without a customer.
        drop_line(
            export / "invoice_lines_2009_2010.csv.gz",
            landing / "invoice_lines_2009_2010.csv.gz",
            lambda row: row["Invoice"].startswith("C") and not row["CustomerID"],
        )
    else:
        shutil.copy(export / "weather.parquet", landing)
        # An arrival that was late.
        duckdb.connect().execute(
            f"copy (from read_parquet('{export}/flights.parquet', file_row_number = true) select * exclude "
            f"(file_row_number) where file_row_number != (select min(file_row_number) from "
            f"read_parquet('{export}/flights.parquet', file_row_number = true) where arr_delay > 60)) "
            f"to '{landing}/flights.parquet' (format parquet)"
        )


@pytest.fixture(scope="module")
def published(real_data, tmp_path_factory) -> Callable[[str], duckdb.DuckDBPyConnection]:
    """The published warehouse of one tool's whole export; built once per tool."""
    built: dict[str, duckdb.DuckDBPyConnection] = {}

    def build(tool: str) -> duckdb.DuckDBPyConnection:
        if tool not in built:
            built[tool] = cx_run(real_data / tool, tmp_path_factory.mktemp(tool), tool)
        return built[tool]

    return build


@pytest.mark.realdata
@pytest.mark.parametrize("tool", TOOLS)
def test_truths_of_the_real_set_are_published(tool, published):
    assert untrue(published(tool), tool) == {}


@pytest.mark.realdata
@pytest.mark.parametrize("tool", TOOLS)
def test_truths_fail_when_one_row_is_missing(tool, real_data, tmp_path):
    without_one_row(tool, real_data / tool, tmp_path / "landing")
    with world(tmp_path / "landing", tmp_path / "warehouse", connectors=[tool]) as connection:
        broken = untrue(connection, tool)
    expected = {
        "boston311": {
            "requests",
            "requests landed",
            "closed with a promise",
            "closed late",
            "closed late, in the report",
        },
        "online_retail": {"lines", "lines without a customer", "quantity x price", "negative quantities"},
        "nycflights13": {"flights"},
    }[tool]
    assert expected <= broken.keys(), broken


@pytest.mark.realdata
@pytest.mark.parametrize("tool", TOOLS)
def test_every_row_of_the_real_set_is_accepted(tool, published):
    connection = published(tool)
    assert connection.execute("select * from rejects").fetchall() == []
    assert connection.execute("select sum(unreadable_count) from mart_load_audit").fetchone() == (0,)


def test_there_are_the_three_connectors():
    assert set(TOOLS) <= set(connectors())


@pytest.mark.parametrize("tool", TOOLS)
def test_a_connector_names_its_files_and_what_a_file_must_have(tool):
    for table in connector_tables(tool):
        assert table.files, table.id
        assert table.required, table.id
        assert {column.data_type for column in table.columns} == {"text"}, table.id


@pytest.mark.parametrize("tool", TOOLS)
def test_a_connector_has_one_model_per_table_it_fills(tool):
    filled = {table.id for table in contract_tables()}
    models = [path.stem.split("__") for path in (MODELS / "connectors" / tool).glob("*__*__*.sql")]
    assert models
    for name, system, table in models:
        assert name == tool
        assert f"{system}.{table}" in filled


@pytest.fixture(scope="module")
def made_up(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """What becomes of three small exports at once."""
    folder = tmp_path_factory.mktemp("made_up")
    write_exports(folder / "landing")
    return world(folder / "landing", folder / "warehouse", connectors=TOOLS, select=READ)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def test_local_time_becomes_utc_across_the_change_of_clocks(made_up):
    assert rows(
        made_up,
        "select contact_id, cast(opened_at as varchar), cast(resolution_due_at as varchar), resolution_outcome "
        "from fct_contacts order by contact_id",
    ) == [
        ("a1", "2019-03-09 17:00:00", "2019-03-10 16:00:00", "met"),
        ("a2", "2019-07-01 14:00:00", None, "unknown"),
        ("a4", "2019-07-01 14:00:00", None, "unknown"),
    ]


def test_a_later_export_of_a_request_wins(made_up):
    assert rows(made_up, "select cast(resolved_at as varchar) from fct_contacts where contact_id = 'a2'") == [
        ("2020-01-02 15:00:00",)
    ]


def test_ways_in_are_mapped_and_new_ones_pass(made_up):
    assert rows(made_up, "select channel from fct_contacts order by contact_id") == [
        ("phone",),
        ("social",),
        ("Carrier Pigeon",),
    ]


def test_what_cannot_be_read_is_rejected_with_what_was_found(made_up):
    assert set(
        rows(
            made_up,
            "select system, table_name, line, column_name, found from rejects where column_name != 'updated_at'",
        )
    ) == {
        ("crm", "contacts", 4, "opened_at", "yesterday"),
        ("fulfilment", "orders", 5, "amount", "many × 1.00"),
        ("fulfilment", "promises", 7, "promised_by", "nothing"),
    }


def test_overlapping_exports_count_an_invoice_once_and_keep_its_equal_lines(made_up):
    assert rows(
        made_up,
        "select order_id, cast(amount as varchar), cast(ordered_at as varchar), region from fct_orders "
        "where customer_id is not null order by order_id",
    ) == [
        ("1", "10.995000", "2010-01-04 10:00:00", "EIRE"),
        ("5", "3.300000", "2010-07-01 09:00:00", "France"),
    ]


def test_a_cancellation_finds_its_order_or_is_an_orphan(made_up):
    assert rows(
        made_up,
        "select adjustment_id, order_id, cast(amount as varchar), is_orphan from "
        "stg_fulfilment__adjustments order by adjustment_id",
    ) == [
        ("C3", "1", "2.500000", False),
        ("C4", "C4", "1.000000", True),
        ("C6", "C6", "1.000000", True),
    ]


def test_a_flight_is_late_from_the_fifteenth_minute(made_up):
    assert rows(
        made_up,
        "select order_id, outcome, outcome_reason, round(gap), cast(due_at as varchar) from fct_promises "
        "where promise_kind = 'arrival' order by order_id",
    ) == [
        ("2013-01-05-UA-1-EWR", "met", "in_time", -14, "2013-01-05 14:19:00"),
        ("2013-01-05-UA-2-EWR", "missed", "late", -15, "2013-01-05 13:19:00"),
        ("2013-01-05-UA-3-JFK", "exceeded", "in_time", 20, "2013-01-06 07:45:00"),
        ("2013-01-05-UA-4-LGA", "missed", "nothing_came", None, "2013-01-05 15:00:00"),
        ("2013-01-05-UA-5-LGA", "unknown", "cancelled_by_unknown", None, "2013-01-05 15:00:00"),
        ("2013-01-05-UA-7-LGA", "unknown", "actual_unknown", None, "2013-01-05 15:00:00"),
    ]


def test_rain_is_a_cause_in_its_hour_and_airport_alone(made_up):
    assert rows(made_up, "select order_id from fct_orders where cause = 'weather'") == [("2013-01-05-UA-1-EWR",)]


def test_unknown_revenue_is_not_a_number_of_money(made_up):
    assert rows(made_up, "select distinct amount from fct_orders where customer_id is null") == [(None,)]
