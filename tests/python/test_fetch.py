"""What `cx fetch` finds in a folder of Spark's, on files as Spark lays them out; test_on_spark.py has a real one."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import DEMO_ORDERS
from stand_ins import settings_in

from cx_warehouse.engines.spark import bring_published
from cx_warehouse.errors import CxError
from cx_warehouse.versions import versions
from cx_warehouse.warehouse import query
from orchestration.fetch import fetch
from orchestration.progress import Progress


def lay_out(warehouse: Path, version: str, published_at: str | None) -> None:
    """A version with a table in each schema; whole where it says when it was published."""
    instant = "timestamptz '2026-03-01 12:00:00+00'"
    tables = {
        "marts/fct_orders": f"select '{version}' as order_id, {instant} as ordered_at",
        "reference/ref_fx_rates": "select 'EUR' as currency where false",
        "staging/stg_as_of": f"select {instant} as as_of",
        "intermediate/int_reporting_currency": "select 'EUR' as reporting_currency",
    }
    if published_at:
        tables["marts/mart_publication"] = (
            f"select '{version}' as version, timestamptz '{published_at}+00' as published_at"
        )
    for name, rows in tables.items():
        schema, table = name.split("/")
        folder = warehouse / f"{schema}__{version}.db" / table
        folder.mkdir(parents=True)
        duckdb.sql(rows).write_parquet(str(folder / "part-0.parquet"))


def test_the_newest_whole_version_is_brought(tmp_path):
    lay_out(tmp_path, "b_first", "2026-03-01 10:00:00")
    lay_out(tmp_path, "a_second", "2026-03-02 10:00:00")
    lay_out(tmp_path, "c_under_way", None)
    with duckdb.connect() as target:
        assert bring_published(tmp_path, target) == "a_second"
        rows = target.execute("select order_id, ordered_at from marts.fct_orders").fetchall()
        assert rows == [("a_second", datetime(2026, 3, 1, 12))], "instants are UTC without a zone"
        assert target.execute("select count(*) from reference.ref_fx_rates").fetchone() == (0,)
        assert target.execute("select as_of from staging.stg_as_of").fetchone() == (datetime(2026, 3, 1, 12),)


def test_what_live_data_make_unfit_is_withheld(demo_warehouse, tmp_path):
    """Promises of which nobody knows the outcome, in a version that passed every test over there."""
    changed = {
        "mart_publication": "* replace ('one' as version)",
        "mart_promise_reliability": "* replace (cast(2 * due_count as bigint) as unknown_count)",
    }
    with duckdb.connect((demo_warehouse / "current.duckdb").resolve(), read_only=True) as source:
        for schema, table in source.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            folder = tmp_path / "spark" / f"{schema}__one.db" / table
            folder.mkdir(parents=True)
            rows = source.sql(f"select {changed.get(table, '*')} from {schema}.{table}")
            rows.write_parquet(str(folder / "part-0.parquet"))
    settings = settings_in(tmp_path)
    fetch(settings, str(tmp_path / "spark"), Progress())
    (version,) = versions(settings)
    assert "kept_rate" in version.summary["withheld"]
    assert query(settings, "select count(kept_rate) from mart_promise_reliability").rows == [(0,)]
    assert query(settings, "select count(*) from fct_orders").rows == [(DEMO_ORDERS,)]


def test_a_folder_without_a_whole_version_is_refused(tmp_path):
    lay_out(tmp_path, "under_way", None)
    with duckdb.connect() as target, pytest.raises(CxError, match="There is no published version in"):
        bring_published(tmp_path, target)
