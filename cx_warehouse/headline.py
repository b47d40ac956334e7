"""The published figures and papers in a few lines of text."""

from datetime import UTC, datetime

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings
from cx_warehouse.versions import Version, versions
from cx_warehouse.warehouse import open_published

METRICS = ("kept_rate", "csat", "retention_90d", "cost_per_order")


def headline(settings: Settings) -> list[str]:
    """One line per headline metric of the last twelve complete months: value, interval, n; or why there is none."""
    with open_published(settings) as connection:
        rows = _dicts(
            connection,
            "select scorecard.*, mart_publication.reporting_currency from mart_scorecard as scorecard "
            "cross join mart_publication where month = 'last_12_months' and list_contains($1, metric_id) "
            "order by list_position($1, metric_id)",
            [list(METRICS)],
        )
        degraded = _degraded(connection)
    width = max((len(row["metric_name"]) for row in rows), default=0)
    return [
        *(f"{row['metric_name']:<{width}}  {_figure(row)}" for row in rows),
        *(f"Degraded: {one['metrics']} ({one['reason']})" for one in degraded),
    ]


def status(settings: Settings) -> list[str]:
    """What is published, when, from which loads, how many rows, and what is withheld.

    Raises:
        CxError: nothing is published.
    """
    current = next((one for one in versions(settings) if one.is_current), None)
    if current is None:
        raise CxError(f"Nothing is published in {settings.warehouse}. Run `cx run` first.")
    with open_published(settings) as connection:
        withheld = _dicts(
            connection,
            "select metric_id, reason from mart_metric_trust where fitness = 'withheld' order by metric_id",
        )
        degraded = _degraded(connection)
        loads = _dicts(
            connection,
            "select load_id, sum(loaded_count) as rows from mart_load_audit group by load_id order by load_id desc",
        )
    paper = current.summary
    lines = [
        f"version    {current.id}",
        f"published  {paper['published_at']} ({age(paper['published_at'])} ago), as of {paper['as_of']}",
        f"file       {current.path} ({paper['bytes'] / 1e6:,.1f} MB)",
        f"checks     {paper['check_count'] - paper['failed_check_count']} of {paper['check_count']} passed",
        *(f"           failed: {sentence}" for sentence in paper["failed_checks"]),
        f"loads      {len(loads)}",
        *(f"           {load['load_id']}: {load['rows'] or 0:,} rows" for load in loads),
        f"rows       {sum(paper['rows'].values()):,} in {len(paper['rows'])} tables",
        *(f"           {table}: {count:,}" for table, count in paper["rows"].items()),
        f"withheld   {len(withheld)} metric{'' if len(withheld) == 1 else 's'}",
        *(f"           {row['metric_id']}: {row['reason']}" for row in withheld),
        *(f"degraded   {one['metrics']}: {one['reason']}" for one in degraded),
    ]
    return lines


def _degraded(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    return _dicts(
        connection,
        "select string_agg(metric_id, ', ' order by metric_id) as metrics, reason from mart_metric_trust "
        "where fitness = 'degraded' group by reason order by reason",
    )


def version_line(version: Version) -> str:
    """One version in a line; a star marks the one that readers see."""
    paper = version.summary
    words = [f"{'*' if version.is_current else ' '} {version.id}"]
    if paper:
        words.append(f"published {paper['published_at']}, as of {paper['as_of']}, {sum(paper['rows'].values()):,} rows")
        if paper.get("withheld"):
            words.append(f"withheld by checks: {', '.join(sorted(paper['withheld']))}")
    return "  ".join(words)


def age(instant: str) -> str:
    """How long ago an instant was, against the wall clock, in its largest unit."""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(instant)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _figure(row: dict) -> str:
    if row["status"] == "withheld":
        return f"withheld: {row['reason']}"
    unit, currency = row["unit"], row["reporting_currency"]
    value = "no single value" if row["value"] is None else _number(row["value"], unit, currency)
    # Of one customer a mean is known and no interval: nothing tells how far customers differ.
    interval = "no interval"
    if row["value_low"] is not None and row["value_high"] is not None:
        low, high = (_number(row[end], unit, currency) for end in ("value_low", "value_high"))
        interval = f"95 %: {low} to {high}"
    note = f", {row['reason']}" if row["reason"] else ""
    return f"{value} ({interval}), n = {row['observation_count']:,}{note}"


def _number(value: float, unit: str, currency: str | None) -> str:
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "currency":
        return f"{value:,.2f} {currency or ''}".rstrip()
    return f"{value:,.1f}{' days' if unit == 'days' else ''}"


def _dicts(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list | None = None) -> list[dict]:
    cursor = connection.execute(sql, parameters or [])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
