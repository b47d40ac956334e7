"""Small published warehouses for tests of the reader and the pages: the tables of the spine, filled by hand."""

import atexit
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

AS_OF = datetime(2026, 11, 21, 12, 0)
AREAS = {
    "kept_rate": ("Promises kept", "promises", "share", "up", 0.9),
    "miss_rate": ("Promises missed", "promises", "share", "down", None),
    "gap_days": ("Gap to the promised day", "gap", "days", "up", None),
    "csat": ("Customer satisfaction", "satisfaction", "share", "up", 0.8),
    "nps": ("Net promoter score", "advocacy", "score", "up", 30.0),
    "ces": ("Customer effort", "satisfaction", "share", "up", None),
    "contact_rate": ("Contacts per 1,000 orders", "cost", "count", "down", None),
    "cost_per_order": ("Cost to serve per delivered order", "cost", "currency", "down", 6.0),
    "retention_90d": ("Ordered again within 90 days", "loyalty", "share", "up", 0.3),
}

_SCHEMA = """
create schema marts;
create table marts.mart_publication (
    version text, as_of timestamp, loaded_at timestamp, published_at timestamp, reporting_currency text,
    check_count bigint, failed_check_count bigint);
create table marts.dim_metrics (
    metric_id text, metric_name text, formula text, unit text, direction text, owner text, caveat text, target double,
    required_tables text, board_area text);
create table marts.mart_metric_trust (
    metric_id text, metric_name text, fitness text, reason text, failing_checks text, required_tables text,
    absent_tables text, observed_until timestamp, observation_count bigint, run_version text, as_of timestamp);
create table marts.mart_scorecard (
    scorecard_id text, month text, month_start_date date, metric_id text, metric_name text, board_area text, unit text,
    direction text, method text, value double, value_low double, value_high double, observation_count bigint,
    target double, is_on_target boolean, change_on_month double, change_on_year double, status text, reason text);
create table marts.mart_promise_reliability (
    promise_reliability_id text, month text, month_start_date date, touchpoint text, segment text, region text,
    service_level text, promise_version text, due_count bigint, kept_count bigint, exceeded_count bigint,
    met_count bigint, missed_count bigint, open_count bigint, overdue_open_count bigint, unknown_count bigint,
    excluded_count bigint, kept_rate double, kept_rate_low double, kept_rate_high double, status text, reason text);
"""


def publish(warehouse: Path, version: str, fill: Callable[[duckdb.DuckDBPyConnection], None]) -> Path:
    """Publishes a world the way a run does: a versioned read-only file, then the link, repointed in one step.

    Args:
        warehouse: folder, made when missing.
        version: stem of the file.
        fill: writes the rows into empty tables.

    Returns:
        The versioned file.
    """
    versions = warehouse / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    path = versions / f"{version}.duckdb"
    # The name of the file while it is built is the name of the database in its views.
    building = warehouse / "warehouse.duckdb"
    shutil.copyfile(_filled(fill), building)
    with duckdb.connect(str(building)) as connection:
        connection.execute(
            "insert into marts.mart_publication values (?, ?, ?, ?, 'GBP', 128, 0)",
            [version, AS_OF, AS_OF, datetime(2026, 11, 21, 22, 17)],
        )
    building.chmod(0o444)
    building.replace(path)
    point_at(warehouse, version)
    return path


@cache
def _filled(fill: Callable[[duckdb.DuckDBPyConnection], None]) -> Path:
    # Hundreds of inserts take seconds: a world is filled once and copied for each version.
    path = Path(_folder()) / f"{len(list(Path(_folder()).iterdir()))}" / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute(_SCHEMA)
        connection.execute("begin")
        for metric_id, (name, area, unit, direction, target) in AREAS.items():
            formula, caveat = f"How {name.lower()} is found", "It costs $5 _or_ more"
            connection.execute(
                "insert into marts.dim_metrics values (?, ?, ?, ?, ?, 'Operations', ?, ?, 'fulfilment.orders', ?)",
                [metric_id, name, formula, unit, direction, caveat, target, area],
            )
        fill(connection)
        connection.execute("commit")
    return path


@cache
def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="cx-worlds-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def point_at(warehouse: Path, version: str) -> None:
    """Repoints the link to a version, whether its file is there or not."""
    link = warehouse / "current.duckdb.new"
    link.symlink_to(Path("versions") / f"{version}.duckdb")
    os.replace(link, warehouse / "current.duckdb")  # noqa: PTH105 - as the publisher does it


def months(count: int = 36) -> list[date]:
    """The months that end with that of AS_OF, oldest first; the last is still running."""
    return [date((index := 2026 * 12 + 10 - back) // 12, index % 12 + 1, 1) for back in range(count - 1, -1, -1)]


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959963984540054, hits / cases
    middle, half = share + z * z / (2 * cases), z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return (middle - half) / (1 + z * z / cases), (middle + half) / (1 + z * z / cases)


def score(
    connection: duckdb.DuckDBPyConnection,
    month: str | date,
    metric_id: str,
    estimate: tuple[float | None, float | None, float | None] = (None, None, None),
    count: int = 0,
    changes: tuple[float | None, float | None] = (None, None),
    status: str = "final",
    reason: str | None = None,
) -> None:
    """Adds one row of mart_scorecard; whether it is on target follows from its value."""
    name, area, unit, direction, target = AREAS[metric_id]
    value, low, high = estimate
    is_on = None if value is None or target is None else value >= target if direction == "up" else value <= target
    start = month if isinstance(month, date) else None
    text = month.strftime("%Y-%m") if start else month
    connection.execute(
        f"insert into marts.mart_scorecard values ({', '.join('?' * 19)})",
        [
            *(f"{text}-{metric_id}", text, start, metric_id, name, area, unit, direction, "Wilson"),
            *(value, low, high, count, target, is_on, *changes, status, reason),
        ],
    )


def trust(connection: duckdb.DuckDBPyConnection, metric_id: str, fitness: str, reason: str | None, absent: str) -> None:
    """Adds one row of mart_metric_trust."""
    connection.execute(
        "insert into marts.mart_metric_trust values (?, ?, ?, ?, '', 'fulfilment.orders', ?, ?, 0, '', ?)",
        [metric_id, AREAS[metric_id][0], fitness, reason, absent, AS_OF, AS_OF],
    )


def promises(
    connection: duckdb.DuckDBPyConnection, month: str | date, due: int, missed: int, early: int, status: str = "final"
) -> None:
    """Adds one row of mart_promise_reliability over everything."""
    start = month if isinstance(month, date) else None
    text = month.strftime("%Y-%m") if start else month
    kept = due - missed
    low, high = wilson(kept, due) if due else (None, None)
    rate = kept / due if due >= 30 else None
    if due < 5:
        low = high = None
    connection.execute(
        "insert into marts.mart_promise_reliability values "
        "(?, ?, ?, 'all', 'all', 'all', 'all', 'first', ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, null)",
        [
            *(text, text, start, due, kept, early, kept - early, missed, due // 20, due // 50, due // 40),
            *(rate, low, high, status),
        ],
    )


def demo(connection: duckdb.DuckDBPyConnection, kept: float = 0.82) -> None:
    """36 months of a mid-size shop; survey effort is withheld by a failed check.

    Args:
        connection: of empty tables.
        kept: share of promises kept in the first month.
    """
    spans = [*months(), "last_12_months", "all"]
    last_year: dict[tuple[str, int], float] = {}
    for index, month in enumerate(spans):
        is_month = isinstance(month, date)
        status = "provisional" if is_month and index == 35 else "final"
        size = 12 if month == "last_12_months" else 36 if month == "all" else 1
        wave = math.sin(index * 1.1) * 0.02
        due = (600 + 12 * index) * size
        missed = round(due * (1 - kept - 0.0012 * min(index, 35) - wave / size))
        promises(connection, month, due, missed, round(due * 0.3), status)
        shares = {
            "kept_rate": (1 - missed / due, due),
            "miss_rate": (missed / due, due),
            "csat": (0.78 + 0.001 * min(index, 35) - wave / size, 140 * size),
            "retention_90d": (0.31 + wave / 2 / size, 420 * size),
        }
        estimates = {
            metric: (value, *wilson(round(value * cases), cases), cases) for metric, (value, cases) in shares.items()
        }
        noise = wave / size
        estimates["gap_days"] = (-0.4 + 10 * noise, -0.6 + 10 * noise, -0.2 + 10 * noise, due)
        estimates["nps"] = (23 + 200 * noise, 23 + 200 * noise - 9 / size, 23 + 200 * noise + 9 / size, 130 * size)
        estimates["contact_rate"] = (184.2 + 500 * noise, 170 + 500 * noise, 199 + 500 * noise, due)
        estimates["cost_per_order"] = (6.4 + 8 * noise, 6.1 + 8 * noise, 6.7 + 8 * noise, due)
        for metric, (value, low, high, cases) in estimates.items():
            before, year = last_year.get((metric, index - 1)), last_year.get((metric, index - 12))
            changes = (None, None)
            if is_month:
                changes = (None if before is None else value - before, None if year is None else value - year)
                last_year[metric, index] = value
            score(connection, month, metric, (value, low, high), cases, changes, status)
        score(connection, month, "ces", status="withheld", reason="half of its answers carry no scale")
    for metric in AREAS:
        if metric == "ces":
            trust(connection, metric, "withheld", "half of its answers carry no scale", "")
        else:
            trust(connection, metric, "ok", None, "")


def empty(connection: duckdb.DuckDBPyConnection) -> None:
    """No source table at all: every measure is withheld and says which table is missing."""
    for metric in AREAS:
        for month in ("last_12_months", "all"):
            score(connection, month, metric, status="withheld", reason="no orders were loaded")
        trust(connection, metric, "withheld", "no orders were loaded", "fulfilment.orders")


def one_row(connection: duckdb.DuckDBPyConnection) -> None:
    """One order with one promise: counted everywhere, estimated nowhere."""
    month = months()[-2]
    for each in (month, "last_12_months", "all"):
        promises(connection, each, 1, 0, 1)
        for metric in AREAS:
            score(connection, each, metric, count=1, status="withheld", reason="fewer than 5 observations")
    for metric in AREAS:
        trust(connection, metric, "ok", None, "")


def few(connection: duckdb.DuckDBPyConnection) -> None:
    """Twenty cases: intervals, and no point estimate."""
    reason = "fewer than 30: only the interval is shown"
    for each in (*months()[-4:-1], "last_12_months", "all"):
        promises(connection, each, 20, 4, 6)
        for metric, (_, _, unit, _, _) in AREAS.items():
            low, high = wilson(16, 20) if unit == "share" else (-12.0, 31.0)
            score(connection, each, metric, (None, low, high), 20, reason=reason)
    for metric in AREAS:
        trust(connection, metric, "ok", None, "")


WORLDS = {"demo": demo, "empty": empty, "one_row": one_row, "few": few}
