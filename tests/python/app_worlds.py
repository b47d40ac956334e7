"""Small published warehouses for tests of the reader and the pages: tables made
from the contracts of the models; the Board's filled by hand, the others by rule."""

import atexit
import itertools
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
import yaml

AS_OF = datetime(2026, 11, 21, 12, 0)
FAILED = "its check failed: half of the rows are unknown"
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

_PUBLICATION = """
create table marts.mart_publication (
    version text, as_of timestamp, loaded_at timestamp, published_at timestamp, reporting_currency text,
    check_count bigint, failed_check_count bigint)
"""
_MARTS = Path(__file__).resolve().parents[2] / "models" / "marts"
# How a dimension names its roll-up; a page asks for that when nothing was chosen.
_ROLLED_UP = ("touchpoint", "segment", "region", "service_level", "lane", "channel", "place")
_NUMBERS = {"level": 0.95, "horizon_days": 90, "months_since": 3, "day": 0, "minute": 0}
_MOST_ROWS = 60


@cache
def contracts() -> dict[str, tuple[dict, ...]]:
    """The columns of every published table, from the contracts that the models are built to.

    Returns:
        Name of the table to its columns, each with name, data_type, closed set of values (or none) and whether it is
        part of an estimate.
    """
    tables = {}
    for path in sorted(_MARTS.glob("*/_*__models.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            tables[model["name"]] = tuple(map(_column, model["columns"]))
    return tables


def _column(column: dict) -> dict:
    tests = [test for test in column.get("data_tests", []) if isinstance(test, dict)]
    values = next((test["accepted_values"]["arguments"]["values"] for test in tests if "accepted_values" in test), ())
    meta = column.get("config", {}).get("meta", {})
    return {
        "name": column["name"],
        "data_type": column["data_type"],
        "values": tuple(values),
        "is_estimate": bool({"metric", "metric_column"} & set(meta)) and "when_withheld" not in meta,
    }


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema marts")
    connection.execute(_PUBLICATION)
    for table, columns in contracts().items():
        listed = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in columns)
        connection.execute(f"create table marts.{table} ({listed})")


def add(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    """Adds one row; what is not named is null."""
    names = ", ".join(f'"{name}"' for name in values)
    connection.execute(
        f"insert into marts.{table} ({names}) values ({', '.join('?' * len(values))})", list(values.values())
    )


def rows_of(table: str, *, is_shown: bool, reason: str | None = None) -> list[dict]:
    """Rows that hold to a table's contract, one for each combination of its closed sets (the first few of many).

    Args:
        table: name of a published table.
        is_shown: give every estimate a value; else each is null and says why.
        reason: why nothing is shown.
    """
    columns = contracts()[table]
    status = "final" if is_shown else "withheld"
    sets = {
        column["name"]: column["values"]
        for column in columns
        if column["values"] and not column["name"].endswith(("status", "fitness", "grade"))
    }
    rows = []
    for number, combination in enumerate(itertools.islice(itertools.product(*sets.values()), _MOST_ROWS)):
        row = dict(zip(sets, combination, strict=True))
        made = {column["name"]: _value(column, number, status, is_shown, reason) for column in columns}
        rows.append({**made, **row})
    return rows


def _value(column: dict, number: int, status: str, is_shown: bool, reason: str | None) -> object:
    name, kind = column["name"], column["data_type"]
    if column["is_estimate"]:
        return 0.5 if is_shown else None
    if name == "fitness":
        return "ok" if is_shown else "withheld"
    if column["values"]:
        return status if status in column["values"] else column["values"][0]
    if name.endswith("reason"):
        return reason
    if kind == "text":
        if name in ("month", "acquisition_month"):
            return "last_12_months" if name == "month" else "all"
        return "all" if name in _ROLLED_UP else f"{name} {number}"
    if kind == "date":
        return None if name == "month_start_date" else AS_OF.date()
    if kind.startswith("timestamp"):
        return AS_OF
    if kind == "boolean":
        return True
    return _NUMBERS.get(name, 1)


def fill(connection: duckdb.DuckDBPyConnection, *, is_shown: bool, reason: str | None = None) -> None:
    """Fills every report table that holds no row yet with rows of its contract."""
    for table in contracts():
        held = connection.execute(f"select count(*) from marts.{table}").fetchone()
        if table.startswith(("mart_", "rejects")) and held == (0,):
            rows = rows_of(table, is_shown=is_shown, reason=reason)
            names = ", ".join(f'"{name}"' for name in rows[0])
            places = ", ".join("?" * len(rows[0]))
            connection.executemany(
                f"insert into marts.{table} ({names}) values ({places})", [list(row.values()) for row in rows]
            )


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
        _create(connection)
        connection.execute("begin")
        for metric_id, (name, area, unit, direction, target) in AREAS.items():
            formula, caveat = f"How {name.lower()} is found", "It costs $5 _or_ more"
            add(
                connection,
                "dim_metrics",
                metric_id=metric_id,
                metric_name=name,
                formula=formula,
                unit=unit,
                direction=direction,
                owner="Operations",
                caveat=caveat,
                target=target,
                required_tables="fulfilment.orders",
                board_area=area,
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
    add(
        connection,
        "mart_scorecard",
        **{"scorecard_id": f"{text}-{metric_id}", "month": text, "month_start_date": start, "metric_id": metric_id},
        **{"metric_name": name, "board_area": area, "unit": unit, "direction": direction, "method": "Wilson"},
        **{"value": value, "value_low": low, "value_high": high, "observation_count": count, "target": target},
        **{"is_on_target": is_on, "change_on_month": changes[0], "change_on_year": changes[1]},
        **{"status": status, "reason": reason},
    )


def trust(connection: duckdb.DuckDBPyConnection, metric_id: str, fitness: str, reason: str | None, absent: str) -> None:
    """Adds one row of mart_metric_trust."""
    add(
        connection,
        "mart_metric_trust",
        **{"metric_id": metric_id, "metric_name": AREAS[metric_id][0], "fitness": fitness, "reason": reason},
        **{"required_tables": "fulfilment.orders", "absent_tables": absent, "observed_until": AS_OF, "as_of": AS_OF},
        observation_count=0,
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
    missed_low, missed_high = (None, None) if low is None else (1 - high, 1 - low)
    add(
        connection,
        "mart_promise_reliability",
        **{"promise_reliability_id": text, "month": text, "month_start_date": start, "promise_version": "first"},
        **dict.fromkeys(("touchpoint", "segment", "region", "service_level"), "all"),
        **{"due_count": due, "kept_count": kept, "exceeded_count": early, "met_count": kept - early},
        **{"missed_count": missed, "open_count": due // 20, "overdue_open_count": 0, "unknown_count": due // 50},
        **{"no_promise_count": due // 100, "excluded_count": due // 40, "delivered_count": kept},
        **{"kept_rate": rate, "kept_rate_low": low, "kept_rate_high": high, "status": status},
        **{"missed_rate": None if rate is None else 1 - rate, "missed_rate_low": missed_low},
        missed_rate_high=missed_high,
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
    fill(connection, is_shown=True)
    # A spreadsheet would run this.
    connection.execute("update marts.mart_message_defects set wording = '=1+1 is what we promise'")


def nothing_at_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables without a row: not even a reason."""


def withheld(connection: duckdb.DuckDBPyConnection) -> None:
    """Every table has its rows, and a failed check has taken every estimate out of them."""
    for metric in AREAS:
        for month in ("last_12_months", "all"):
            score(connection, month, metric, status="withheld", reason=FAILED)
        trust(connection, metric, "withheld", FAILED, "")
    fill(connection, is_shown=False, reason=FAILED)


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
    fill(connection, is_shown=False, reason="fewer than 5 observations")


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


WORLDS = {
    "demo": demo,
    "empty": empty,
    "nothing_at_all": nothing_at_all,
    "one_row": one_row,
    "few": few,
    "withheld": withheld,
}
