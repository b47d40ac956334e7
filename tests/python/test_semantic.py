"""The semantic layer: its configuration is valid, and each value is the mart's, in total and month by month."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from compiled import world

from cx_warehouse.project import PROJECT
from cx_warehouse.sample import write_sample

BIN = Path(sys.executable).parent
# Metric -> the mart's column for it and the row of each month, as `select month, value`.
SCORECARD = "select month, value from marts.mart_scorecard where metric_id = '{}'"
CONTACTS = "select month, {} from marts.mart_contact_economics where contact_reason = 'all'"
IN_MARTS = {
    metric: SCORECARD.format(metric)
    for metric in ("kept_rate", "miss_rate", "gap_days", "csat", "nps", "ces", "contact_rate", "cost_per_order")
} | {
    metric: CONTACTS.format(metric)
    for metric in ("contacts_per_1000_orders", "failure_demand_rate", "minutes_per_contact", "cost_per_contact")
}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project folder in which `mf` runs: ours by links, with a warehouse of 3,000 orders and a target of its own."""
    folder = tmp_path_factory.mktemp("semantic")
    write_sample(folder / "landing", 3000)
    connection = world(folder / "landing", folder / "warehouse")
    (database,) = connection.execute("select path from duckdb_databases() where path is not null").fetchone()
    connection.close()
    shutil.move(database, folder / "warehouse" / "dev.duckdb")
    home = folder / "project"
    home.mkdir()
    for name in ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests"):
        (home / name).symlink_to(PROJECT / name)
    run(home, "dbt", "parse", "--quiet")
    return home


def run(home: Path, program: str, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    environment |= {"CX_WAREHOUSE": str(home.with_name("warehouse"))}
    done = subprocess.run(
        [BIN / program, *arguments], cwd=home, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def queried(home: Path, metrics: list[str], *arguments: str) -> list[dict[str, str]]:
    """Rows of `mf query`."""
    result = home / "result.csv"
    run(home, "mf", "query", "--metrics", ",".join(metrics), "--decimals", "12", "--csv", str(result), *arguments)
    with duckdb.connect() as reader:
        rows = reader.sql(f"from read_csv('{result}', header = true)")
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def in_mart(home: Path, metric: str) -> dict[str, float | None]:
    with duckdb.connect(str(home.with_name("warehouse") / "dev.duckdb"), read_only=True) as connection:
        return dict(connection.execute(IN_MARTS[metric]).fetchall())


def test_the_configuration_is_valid(project):
    shown = run(project, "mf", "validate-configs")
    counted = re.findall(r"\(ERRORS: (\d+), FUTURE_ERRORS: (\d+), WARNINGS: (\d+)\)", shown)
    assert len(counted) > 3 and set(counted) == {("0", "0", "0")}, shown


def test_every_board_metric_of_a_fact_is_the_marts(project):
    """In total, and for every month in which the mart shows a point."""
    metrics = list(IN_MARTS)
    (total,) = queried(project, metrics)
    months = {
        row.pop("metric_time__month"): row for row in queried(project, metrics, "--group-by", "metric_time__month")
    }
    compared = 0
    for metric in metrics:
        mart = in_mart(project, metric)
        assert total[metric] == pytest.approx(mart.pop("all"), rel=1e-9), metric
        for month, value in mart.items():
            if value is not None and month != "last_12_months":
                year, number = map(int, month.split("-"))
                row = next(row for day, row in months.items() if (day.year, day.month) == (year, number))
                assert row[metric] == pytest.approx(value, rel=1e-9), (metric, month)
                compared += 1
    assert compared > 50


def test_the_saved_query_of_the_board_has_a_row_per_month(project):
    shown = run(project, "mf", "query", "--saved-query", "board", "--limit", "3", "--order", "metric_time__month")
    assert "kept_rate" in shown
    assert str(date(2025, 1, 1).year)[:2] in shown


def test_metrics_bear_the_names_of_the_registry(project):
    """A metric that the registry knows is described with its words; the rest are the counts that it is made of."""
    manifest = json.loads((project / "target" / "semantic_manifest.json").read_text())
    with duckdb.connect(str(project.with_name("warehouse") / "dev.duckdb"), read_only=True) as connection:
        named = dict(connection.execute("select metric_id, metric_name from reference.ref_metrics").fetchall())
    ours = {metric["name"]: metric["label"] for metric in manifest["metrics"]}
    assert set(IN_MARTS) <= set(ours) & set(named)
    assert {name: label for name, label in ours.items() if name in named} == {
        name: named[name] for name in ours if name in named
    }
