"""dbt's tests of single columns, asked of a whole table at once.

dbt asks the database one question per test, 650 of them, and spends on each some twenty times what the engine does: 20
CPU seconds of a run of the demo to one. What `not_null`, `unique` and `accepted_values` ask can be asked of all columns
of a table at once. A test counts as passed here only if it is declared with the defaults of dbt and its column plainly
holds; every other one dbt runs itself, so a failure is always its word.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from cx_warehouse.memory import opened

KINDS = ("not_null", "unique", "accepted_values")
# What a test may be told beside its column; anything else is for dbt.
DEFAULTS = {"where": None, "limit": None, "fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "!= 0"}


def tests(manifest: Mapping, built: Collection[str]) -> dict[str, dict]:
    """The tests of columns by their id: those of the three kinds, on models and seeds that were built.

    Args:
        manifest: dbt's, as a dict.
        built: ids of the models and seeds.
    """
    return {name: node for name, node in manifest["nodes"].items() if _kind(node) in KINDS and _on(node) in built}


def passed(database: Path, manifest: Mapping, built: Collection[str], limit: str) -> set[str]:
    """Ids of the tests of columns that plainly hold on a finished build, which is only read.

    Args:
        database: the build.
        manifest: dbt's, as a dict.
        built: ids of the models and seeds.
        limit: of DuckDB's memory.
    """
    by_table: dict[str, dict[str, str]] = {}
    for name, node in tests(manifest, built).items():
        if _is_plain(node):
            by_table.setdefault(_on(node), {})[name] = _holds(node)
    found = set()
    with opened(database, limit, read_only=True) as connection:
        for table, questions in by_table.items():
            node = manifest["nodes"][table]
            sql = f'select {", ".join(questions.values())} from "{node["schema"]}"."{node["alias"]}"'
            try:
                answers = connection.execute(sql).fetchone()
            except duckdb.Error:
                # A column that is not there, say. dbt asks one by one then, and says which of them it was.
                continue
            found |= {name for name, holds in zip(questions, answers, strict=True) if holds}
    return found


def _kind(node: dict) -> str | None:
    metadata = node.get("test_metadata") or {}
    return metadata.get("name") if metadata.get("namespace") is None else None


def _on(node: dict) -> str | None:
    return node.get("attached_node")


def _is_plain(node: dict) -> bool:
    return all(node["config"].get(name) == value for name, value in DEFAULTS.items())


def _holds(node: dict) -> str:
    """SQL over the whole table that is true where dbt's test finds no row; on no rows it is true, as there."""
    arguments = node["test_metadata"]["kwargs"]
    column = arguments["column_name"]
    match node["test_metadata"]["name"]:
        case "not_null":
            return f"count(*) = count({column})"
        case "unique":
            return f"count({column}) = count(distinct {column})"
        case _:
            values = ", ".join(_literal(value, arguments.get("quote", True)) for value in arguments["values"])
            return f"count(case when {column} not in ({values}) then 1 end) = 0"


def _literal(value: object, quoted: bool) -> str:
    return f"'{value}'" if quoted else str(value)
