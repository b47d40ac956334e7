"""The baseline by hand is one as long as it computes what is published, row by row."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from cx_warehouse.project import PROJECT

STEPS = PROJECT / "benchmarks" / "steps.py"


def _step(*arguments: object) -> str:
    done = subprocess.run([sys.executable, STEPS, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def by_hand(demo_landing, demo_warehouse, tmp_path_factory) -> Path:
    """The database that by_hand writes from the demo."""
    folder = tmp_path_factory.mktemp("by_hand")
    with duckdb.connect(str((demo_warehouse / "current.duckdb").resolve()), read_only=True) as connection:
        ((as_of,),) = connection.execute("select as_of from marts.mart_publication").fetchall()
    # Of a sample that is there the number of orders is not asked.
    _step("write", folder / "parquet", 0, "parquet", demo_landing)
    _step("by_hand", folder / "parquet", as_of, folder / "by_hand.duckdb")
    return folder / "by_hand.duckdb"


def _differing(by_hand: Path, warehouse: Path) -> dict[str, int]:
    return json.loads(_step("compare", by_hand, warehouse / "current.duckdb"))


def test_by_hand_computes_what_is_published(by_hand: Path, demo_warehouse: Path) -> None:
    found = _differing(by_hand, demo_warehouse)
    with duckdb.connect(str(by_hand), read_only=True) as connection:
        counts = {table: connection.execute(f"select count(*) from {table}").fetchone()[0] for table in found}
    assert found == dict.fromkeys(found, 0)
    assert min(counts.values()) > 0


def test_what_is_computed_otherwise_is_counted(by_hand: Path, demo_warehouse: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.duckdb"
    shutil.copyfile(by_hand, wrong)
    with duckdb.connect(str(wrong)) as connection:
        connection.execute("update fct_orders set amount = amount + 0.01 where order_id = 'O00000001'")
        connection.execute("update mart_survival_curves set survival_rate = survival_rate + 1e-6 where day = 0")
        connection.execute("update fct_contacts set resolved_at = null where resolved_at is not null")
        connection.execute("delete from dim_customers where customer_id = 'C0000001'")
        connection.execute("insert into mart_whale_curve from mart_whale_curve where percentile = 50")
        ((resolved,),) = connection.execute(
            "select count(*) from fct_contacts where resolution_hours is not null"
        ).fetchall()
        ((curves,),) = connection.execute(
            "select count(*) from mart_survival_curves where day = 0 and survival_rate is not null"
        ).fetchall()
    found = _differing(wrong, demo_warehouse)
    assert {table: count for table, count in found.items() if count} == {
        "fct_orders": 1,
        "mart_survival_curves": curves,
        "fct_contacts": resolved,
        "dim_customers": 1,
        "mart_whale_curve": 1,
    }
