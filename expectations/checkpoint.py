"""Check a build against its bounds."""

import logging
import os
from pathlib import Path

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import duckdb
import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from sqlalchemy import text

from cx_warehouse.findings import Finding
from cx_warehouse.memory import memory_limit, opened
from cx_warehouse.versions import Version
from expectations import comparisons
from expectations.bounds import FILE, Bound
from expectations.docs import write
from expectations.duckdb_cursor import buffer_rows
from expectations.suites import SCHEMA, validations

# It announces its temporary folder on the screen.
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

# Rows of a finding that are shown; the rest is counted.
SHOWN = 5


def run(database: Path, bounds: list[Bound], docs: Path, limit: str, before: Version | None = None) -> list[Finding]:
    """Check every bound on the marts of `database`, which is only read.

    Args:
        database: a staged build that nobody writes to.
        bounds: of expectations/bounds.yml.
        docs: folder into which a page of what was seen is written; made here.
        limit: of DuckDB's memory.
        before: the version that comparing bounds compare with; None before the first publication.

    Returns:
        One finding per bound, in their order.
    """
    buffer_rows()
    obstacles = {
        one.name: comparisons.obstacle(database, before, one.table, one.query) for one in bounds if one.is_comparison
    }
    looked_at = [one for one in bounds if not obstacles.get(one.name)]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "build",
        connection_string=f"duckdb:///{database.resolve()}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True, "config": {"memory_limit": memory_limit(limit)}}},
    )
    try:
        # What is attached is seen by every connection to the same file of one process, while one of them is open.
        with source.get_engine().connect() as connection:
            if before is not None:
                connection.execute(text(comparisons.attach(before)))
            results = _results(context, source, looked_at)
    finally:
        # The file is opened for writing and moved when it is published.
        source.get_execution_engine().close()
        source.get_engine().dispose()
    with opened(database, limit, read_only=True) as connection:
        if before is not None:
            connection.execute(comparisons.attach(before))
        found = [
            _skipped(bound, obstacles[bound.name])
            if obstacles.get(bound.name)
            else _finding(bound, results[bound.name], connection)
            for bound in bounds
        ]
    write(docs, bounds, found, database.parent.name)
    return found


def _results(context, source, bounds: list[Bound]) -> dict[str, ExpectationValidationResult]:
    if not bounds:
        return {}
    checkpoint = gx.Checkpoint(name=SCHEMA, validation_definitions=validations(context, source, bounds))
    outcome = context.checkpoints.add_or_update(checkpoint).run()
    return {
        result.expectation_config.meta["name"]: result for run in outcome.run_results.values() for result in run.results
    }


def _skipped(bound: Bound, why: str) -> Finding:
    return Finding(bound.name, bound.table, True, bound.severity, saw=f"Not compared: {why}.", is_skipped=True)


def _finding(bound: Bound, result: ExpectationValidationResult, connection: duckdb.DuckDBPyConnection) -> Finding:
    facts = {"check": bound.name, "table": bound.table}
    if bool(result.success):
        return Finding(**facts, is_passed=True, severity=bound.severity)
    if error := _error(result):
        # What cannot be looked at is no more fit than what was looked at and failed.
        return Finding(
            **facts,
            is_passed=False,
            severity="structural",
            saw=f"could not be checked: {error}",
            what_to_do=f"Mend its entry in expectations/{FILE.name}.",
        )
    rows = _rows(bound, connection)
    by_name: dict[str, list[dict]] = {}
    for row in rows if bound.names else []:
        by_name.setdefault(row[bound.names], []).append({one: row[one] for one in row if one != bound.names})
    return Finding(
        **facts,
        is_passed=False,
        severity=bound.severity,
        saw=f"{bound.what} Found: {_saw(result, rows)}",
        why=bound.why,
        what_to_do=bound.what_to_do,
        columns=bound.columns,
        names=bound.names,
        saw_by_name={name: f"{bound.what} Found: {_saw(result, own)}" for name, own in sorted(by_name.items())},
    )


def _error(result: ExpectationValidationResult) -> str | None:
    # One record, or one for each metric of the library that failed.
    records = [result.exception_info, *(one for one in result.exception_info.values() if isinstance(one, dict))]
    return next((one["exception_message"].split("\n")[0] for one in records if one.get("raised_exception")), None)


def _rows(bound: Bound, connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """The rows that a bound's query finds: the library gives only their number unless it gives everything."""
    if bound.query is None:
        return []
    cursor = connection.execute(comparisons.filled(bound.query, bound.table))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _saw(result: ExpectationValidationResult, rows: list[dict]) -> str:
    if rows:
        shown = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in rows[:SHOWN])
        return shown + (f"; and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
    seen = result.result
    if "unexpected_count" in seen:
        values = ", ".join(str(value) for value in seen["partial_unexpected_list"][:SHOWN])
        return f"{seen['unexpected_count']:,} of {seen['element_count']:,} rows, such as {values}"
    return str(seen["observed_value"])
