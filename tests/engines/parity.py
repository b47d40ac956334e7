"""The same models on another engine: `python tests/engines/parity.py postgres|spark` (make postgres, make spark).

A sample shop is loaded once and built there as a version (macros/cross_db/publish_version.sql). What that publishes is
fetched as `cx fetch` does, and every mart of the manifest compared with DuckDB's, row by row on its key: counts, texts,
dates and instants exactly, doubles to 1e-9 of their size. Ends with 1 where anything differs, is missing, or is empty.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "python")]

from compiled import world  # noqa: E402
from postgres_server import postgres_server  # noqa: E402

from cx_warehouse.engines import postgres, spark  # noqa: E402
from cx_warehouse.sample import write_sample  # noqa: E402

VERSION = "parity"
# The DuckDB file into which the other engine's version is fetched.
THERE = "there.duckdb"
SPARK = PROJECT / ".venv-spark" / "bin" / "python"
RELATIVE = 1e-9
# Below this a difference of two doubles is what their last bits leave.
ABSOLUTE = 1e-12
# Without rows on every engine: nobody has proposed anything, and nothing was published before.
EMPTY = {"mart_proposals", "mart_restatements"}
# PostgreSQL guesses one row where a model joins what it has just computed, and would loop; and it compiles for longer
# than it computes.
PLANS = {"PGOPTIONS": "-c enable_nestloop=off -c jit=off"}
# A Spark that computes little is busy with compiling itself and with plans for much.
FOR_LITTLE = {
    "CX_THREADS": "1",
    "CX_SPARK_PARTITIONS": "1",
    "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC "
    "-Dderby.system.durability=test",
    "SPARK_CONF_DIR": str(PROJECT / "tests" / "engines"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["postgres", "spark"])
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "parity")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve() / chosen.engine
    shutil.rmtree(folder, ignore_errors=True)
    write_sample(folder / "landing", chosen.orders)
    expected = world(folder / "landing", folder / "duckdb")
    if chosen.engine == "spark":
        manifest, broken = on_spark(folder / "duckdb" / "raw", folder)
    else:
        with postgres_server() as environment:
            manifest, broken = on_postgres(folder / "duckdb" / "raw", folder, environment)
    amiss = broken or list(compared(expected, manifest, folder / THERE))
    for sentence in amiss:
        print(sentence)
    names = len(list(marts(manifest)))
    print(f"{len(amiss)} do not agree." if amiss else f"Every one of {names} marts is equal on {chosen.engine}.")
    return min(len(amiss), 1)


def on_postgres(raw: Path, folder: Path, environment: dict[str, str]) -> tuple[dict, list[str]]:
    """Build and publish on a server that `environment` names; returns the manifest and what did not succeed."""
    postgres.copy_raw(raw, "")
    manifest, broken = dbt(Path(sys.executable), "postgres", raw, folder, environment | PLANS)
    if not broken:
        with duckdb.connect(folder / THERE) as there:
            postgres.bring_published("", there)
    return manifest, broken


def on_spark(raw: Path, folder: Path) -> tuple[dict, list[str]]:
    """Build and publish on a Spark of its own below `folder`; returns the manifest and what did not succeed."""
    manifest, broken = dbt(SPARK, "spark", raw, folder, {"CX_SPARK_HOME": str(folder), **FOR_LITTLE})
    if not broken:
        with duckdb.connect(folder / THERE) as there:
            spark.bring_published(folder / "warehouse", there)
    return manifest, broken


def dbt(python: Path, target: str, raw: Path, folder: Path, environment: dict[str, str]) -> tuple[dict, list[str]]:
    """`dbt build` without tests, as equal tables pass the same."""
    command = [python.with_name("dbt"), "build", "--target", target, "--exclude-resource-types", "unit_test", "test"]
    command += ["--vars", json.dumps({"cx_raw_dir": str(raw), "cx_version": VERSION})]
    command += ["--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target-path", folder, "--log-path", folder]
    subprocess.run(command, env={**os.environ, **environment}, cwd=folder, check=False)
    results = json.loads((folder / "run_results.json").read_text())["results"]
    broken = [
        f"{result['unique_id'].split('.', 2)[2]}: {result['status']}. {(result['message'] or '').splitlines()[:3]}"
        for result in results
        if result["status"] in ("error", "fail", "runtime error")
    ]
    return json.loads((folder / "manifest.json").read_text()), broken


def marts(manifest: dict) -> Iterator[tuple[str, str]]:
    """Name and key of every mart: the column that is tested to be unique and not null."""
    tests: dict[str, dict[str, set[str]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node") and node.get("column_name"):
            tests.setdefault(node["attached_node"], {}).setdefault(node["column_name"], set()).add(
                node["test_metadata"]["name"]
            )
    for node in sorted(manifest["nodes"].values(), key=lambda node: node["name"]):
        if node["resource_type"] == "model" and node["config"]["schema"] == "marts":
            keys = [name for name, kinds in tests[node["unique_id"]].items() if {"unique", "not_null"} <= kinds]
            yield node["name"], keys[0]


def compared(expected: duckdb.DuckDBPyConnection, manifest: dict, there: Path) -> Iterator[str]:
    """A sentence for each mart that is not the same on both sides.

    Args:
        expected: DuckDB's own marts.
        manifest: dbt's, which names them.
        there: the file into which the other engine's were fetched.
    """
    expected.execute(f"attach '{there}' as there (read_only)")
    for name, key in marts(manifest):
        kinds, theirs = (
            expected.execute(f"select column_name, column_type from (describe {database}marts.{name})").fetchall()
            for database in ("", "there.")
        )
        (rows,) = expected.execute(f"select count(*) from marts.{name}").fetchone()
        (other,) = expected.execute(f"select count(*) from there.marts.{name}").fetchone()
        if kinds != theirs:
            yield f"{name}: columns {sorted(set(kinds) ^ set(theirs))} differ"
        elif different := differences(expected, name, key):
            yield f"{name}: {rows} rows, there {other}; rows that differ by column: {different}"
        elif not rows and name not in EMPTY:
            yield f"{name}: no rows on either side"


def differences(connection: duckdb.DuckDBPyConnection, name: str, key: str) -> dict[str, int]:
    """How many rows of marts.<name> and there.marts.<name> differ, by column; a row that only one side has differs in
    every column."""
    counts = []
    columns = connection.execute(f"describe marts.{name}").fetchall()
    for column, kind, *_ in columns:
        ours, theirs = f'ours."{column}"', f'theirs."{column}"'
        if kind in ("DOUBLE", "FLOAT"):
            near = f"abs({ours} - {theirs}) <= {RELATIVE} * greatest(abs({ours}), abs({theirs})) + {ABSOLUTE}"
            equal = f"({ours} is null and {theirs} is null or coalesce({near}, false))"
        else:
            equal = f"{ours} is not distinct from {theirs}"
        missing = f'ours."{key}" is null or theirs."{key}" is null'
        counts.append(f'count(*) filter (where {missing} or not {equal}) as "{column}"')
    row = connection.execute(
        f"select {', '.join(counts)} from marts.{name} as ours full join there.marts.{name} as theirs "
        f'on ours."{key}" = theirs."{key}"'
    ).fetchone()
    return {column[0]: count for column, count in zip(columns, row, strict=True) if count}


if __name__ == "__main__":
    sys.exit(main())
