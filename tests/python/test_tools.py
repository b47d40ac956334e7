"""The connectors of the tools people have, from the files of one small shop (shop_exports) to the marts.

Every number was worked out by hand from those files, and each test has a twin in which one line is missing.
"""

from pathlib import Path

import duckdb
import pytest
from compiled import world
from shop_exports import EXPORTS, TABLES, write

TOOLS = ["shopify"]
# What the tests look at, so that no more of the project is built.
READ = {"fct_orders", "dim_customers", "mart_promise_reliability", "stg_fulfilment__adjustments", "stg_rejects"}

ORDERS = """
    select order_id, left(customer_id, 4), cast(ordered_at as varchar), status, cast(amount as varchar)
    from fct_orders order by order_id
"""
KEPT = """
    select promise_version, due_count, kept_count, missed_count from mart_promise_reliability
    where 'all' = all([month, touchpoint, segment, region, service_level]) order by promise_version
"""


def built(folder: Path, files: dict[str, str], without: str = "") -> duckdb.DuckDBPyConnection:
    """A world of these files, personal data hashed."""
    write(folder / "landing", files, without)
    return world(folder / "landing", folder / "warehouse", connectors=TOOLS, pii_key="secret", select=READ)


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """The shop from what its tools export."""
    return built(tmp_path_factory.mktemp("exports"), EXPORTS)


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """The shop from what a managed connector lands."""
    return built(tmp_path_factory.mktemp("tables"), TABLES)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def test_nothing_is_rejected(exports, tables):
    assert rows(exports, "from stg_rejects") == []
    assert rows(tables, "from stg_rejects") == []


def test_shopify_orders_from_the_export(exports):
    """Two lines are one order; a later export wins; the amount is without taxes; a guest is known by the address."""
    guest = rows(exports, "select left(customer_id, 4) from dim_customers where customer_id not like '900_'")[0][0]
    assert rows(exports, ORDERS) == [
        ("5001", "9001", "2026-01-05 09:00:00", "shipped", "50.000000"),
        ("5002", "9002", "2026-01-07 11:00:00", "cancelled", "20.000000"),
        ("5003", guest, "2026-01-08 07:00:00", "shipped", "10.000000"),
        ("5004", "9001", "2026-02-02 09:00:00", "shipped", "30.000000"),
    ]


def test_shopify_refund_of_the_export_is_without_taxes(exports):
    """11.96 of 59.80 of which 9.80 are taxes: 10.00."""
    assert rows(exports, "select order_id, kind, cast(amount as varchar) from stg_fulfilment__adjustments") == [
        ("5001", "refund", "10.000000")
    ]


def test_what_an_export_does_not_tell_is_absent_and_not_empty(exports, tables):
    query = "select source_table from stg_sources where is_present and source_table like 'fulfilment.%' order by 1"
    assert rows(exports, query) == [("fulfilment.adjustments",), ("fulfilment.orders",)]
    assert [name for (name,) in rows(tables, query)] == [
        "fulfilment.adjustments",
        "fulfilment.orders",
        "fulfilment.promises",
        "fulfilment.shipments",
    ]
    assert rows(exports, "select distinct outcome, outcome_reason from fct_orders") == [("unknown", "no_promise")]


def test_shopify_orders_from_the_tables(tables):
    """A deleted order is gone; of a parcel without a message of its carrier nothing is known.

    The last thing that happened is the refund, on the 8th at 9: what was promised last to 6002 is not due yet.
    """
    assert rows(tables, "select order_id, outcome, round(gap_days, 3) from fct_orders order by order_id") == [
        ("6001", "met", 0.125),
        ("6002", "missed", -0.875),
        ("6003", "unknown", None),
        ("6005", "unknown", None),
    ]
    assert rows(tables, KEPT) == [("first", 2, 1, 1), ("last", 1, 1, 0)]
    assert rows(tables, "select order_id, cast(amount as varchar) from stg_fulfilment__adjustments") == [
        ("6002", "10.500000")
    ]


def test_the_numbers_fall_when_a_line_is_missing(tmp_path):
    without_line = built(tmp_path / "exports", EXPORTS, without="#1004")
    assert rows(without_line, "select count(*), cast(sum(amount) as varchar) from fct_orders") == [(3, "80.000000")]
    without_message = built(tmp_path / "tables", TABLES, without="2,70,6001,delivered")
    assert rows(without_message, KEPT) == [("first", 2, 0, 2), ("last", 1, 0, 1)]
