"""Withhold the metrics whose data are not fit, in the build itself, so that every reader sees the same.

A mart says in its YAML which column holds which metric: `config.meta.metric: kept_rate`. A table with one row per
metric says instead which column names it: `config.meta.metric_column: metric_id`. What a column concludes from the
metric (a verdict, a grade) says beside that what it is without: `when_withheld: not enough evidence`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_warehouse.errors import CxError
from cx_warehouse.memory import opened


@dataclass(frozen=True)
class FitnessFailure:
    """A check that found data unfit. `saw` is a clause such as '62 % of promises without an outcome (at most 50 %)'."""

    check: str
    metrics: tuple[str, ...]
    saw: str
    what_to_do: str = ""


@dataclass(frozen=True)
class MetricColumns:
    """Columns of one mart that hold one metric; with `named_by`, only in rows where that names it.

    `conclusions` are drawn from it: each column with what it says when the metric is withheld.
    """

    table: str
    metric: str | None
    named_by: str | None
    columns: tuple[str, ...]
    conclusions: tuple[tuple[str, str | bool | None], ...] = ()


def withhold(database: Path, manifest: dict, failures: list[FitnessFailure], limit: str) -> dict[str, str]:
    """Null every column of the failing metrics in `database` and say why beside it.

    Args:
        database: a staged build that nobody else has open.
        manifest: dbt's manifest, whose marts say which column holds which metric.
        failures: fitness checks that failed.
        limit: of memory, as for `memory_limit`.

    Returns:
        The reason by metric id, for every metric withheld here.

    Raises:
        CxError: a check names a metric that the build does not know.
    """
    by_metric: dict[str, list[FitnessFailure]] = {}
    for failure in failures:
        for metric in failure.metrics:
            by_metric.setdefault(metric, []).append(failure)
    if not by_metric:
        return {}
    reasons = {metric: "; ".join(dict.fromkeys(one.saw for one in found)) for metric, found in by_metric.items()}
    with opened(database, limit) as connection:
        known = {row[0] for row in connection.execute("select metric_id from marts.mart_metric_trust").fetchall()}
        for metric, found in by_metric.items():
            if metric not in known:
                listed = ", ".join(sorted(known))
                raise CxError(f"Check {found[0].check} withholds '{metric}', which is no metric. There are: {listed}.")
        connection.execute("begin")
        for table, held in _by_table(metric_columns(manifest)).items():
            _null(connection, table, held, reasons)
        for metric, found in by_metric.items():
            _distrust(connection, metric, reasons[metric], ", ".join(dict.fromkeys(one.check for one in found)))
        connection.execute("commit")
    return reasons


def newly_withheld(database: Path, before: Path | None) -> dict[str, str]:
    """Metrics that a build withholds, for whatever reason, and that the version before showed.

    Args:
        database: the build; nobody writes to it.
        before: the file of the version before; None where nothing was published.

    Returns:
        The reason by metric id.
    """
    if before is None:
        return {}
    now, then = _fitness(database), _fitness(before)
    return {
        metric: reason or "no reason given"
        for metric, (fitness, reason) in now.items()
        if fitness == "withheld" and then.get(metric, ("withheld", None))[0] != "withheld"
    }


def _fitness(database: Path) -> dict[str, tuple[str, str | None]]:
    with duckdb.connect(database, read_only=True) as connection:
        rows = connection.execute(
            "select metric_id, fitness, reason from marts.mart_metric_trust order by metric_id"
        ).fetchall()
    return {metric: (fitness, reason) for metric, fitness, reason in rows}


def metric_columns(manifest: dict) -> Iterator[MetricColumns]:
    """What the marts in `manifest` say about which metric is where."""
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != "marts":
            continue
        columns: dict[tuple, list[str]] = {}
        conclusions: dict[tuple, list[tuple]] = {}
        for column in node["columns"].values():
            meta = column.get("meta", {}) | column.get("config", {}).get("meta", {})
            of = (meta.get("metric"), meta.get("metric_column"))
            if "when_withheld" in meta:
                conclusions.setdefault(of, []).append((column["name"], meta["when_withheld"]))
            elif any(of):
                columns.setdefault(of, []).append(column["name"])
        for of, names in columns.items():
            yield MetricColumns(node["name"], *of, tuple(names), tuple(conclusions.get(of, ())))


def _by_table(held: Iterator[MetricColumns]) -> dict[str, list[MetricColumns]]:
    tables: dict[str, list[MetricColumns]] = {}
    for one in held:
        tables.setdefault(one.table, []).append(one)
    return tables


def _null(connection, table: str, held: list[MetricColumns], reasons: dict[str, str]) -> None:
    existing = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = $1", [table]
        ).fetchall()
    }
    in_columns = {one.metric for one in held if one.metric and f"{one.metric}_status" not in existing}
    # A row says 'withheld' when nothing is left of it; if other metrics stand in it, the reason names those that went.
    all_gone = in_columns <= reasons.keys()
    for one in held:
        if one.metric in reasons and f"{one.metric}_status" in existing:
            # A metric with a status of its own leaves the row's, which is another metric's, alone.
            _update(connection, one, reasons[one.metric], True, existing, "", f"{one.metric}_")
        elif one.named_by:
            for metric, reason in reasons.items():
                where = f"where {_name(one.named_by)} = {_text(metric)}"
                _update(connection, one, reason, True, existing, where)
        elif one.metric in reasons:
            reason = reasons[one.metric] if all_gone else f"{one.metric} is withheld: {reasons[one.metric]}"
            _update(connection, one, reason, all_gone, existing, "")


def _update(connection, held: MetricColumns, reason, is_gone, existing, where, prefix="") -> None:
    values = [f"{_name(column)} = null" for column in held.columns]
    values += [f"{_name(column)} = {_literal(value)}" for column, value in held.conclusions]
    if f"{prefix}reason" in existing:
        name = _name(f"{prefix}reason")
        values.append(f"{name} = concat_ws('; ', {name}, {_text(reason)})")
    if f"{prefix}status" in existing and is_gone:
        values.append(f"{_name(f'{prefix}status')} = 'withheld'")
    connection.execute(f"update marts.{_name(held.table)} set {', '.join(values)} {where}")


def _distrust(connection, metric: str, reason: str, checks: str) -> None:
    connection.execute(
        """
        update marts.mart_metric_trust
        set
            fitness = 'withheld',
            reason = concat_ws('; ', reason, $reason),
            failing_checks = concat_ws(', ', failing_checks, $checks)
        where metric_id = $metric
        """,
        {"reason": reason, "checks": checks, "metric": metric},
    )


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(value: str | bool | None) -> str:
    return _text(value) if isinstance(value, str) else "null" if value is None else str(value).lower()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
