"""The same models on another engine: `python tests/engines/parity.py postgres|spark` (make postgres, make spark).

A sample shop is loaded once; every mart of the manifest is then compared with DuckDB's, row by row on its key: counts,
texts, dates and instants exactly, doubles to 1e-9 of their size. Ends with 1 where anything differs.
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
import psycopg

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests" / "python")]

from compiled import world  # noqa: E402
from postgres_server import postgres_server  # noqa: E402

from cx_warehouse.engines.postgres import copy_raw  # noqa: E402
from cx_warehouse.sample import write_sample  # noqa: E402

RELATIVE = 1e-9
# Below this a difference of two doubles is what their last bits leave.
ABSOLUTE = 1e-12


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["postgres", "spark"])
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "parity")
    parser.add_argument("--python", type=Path, default=PROJECT / ".venv-spark/bin/python", help="that has dbt-spark")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve() / chosen.engine
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_sample(folder / "landing", chosen.orders)
    expected = world(folder / "landing", folder / "duckdb")
    raw = folder / "duckdb" / "raw"
    exported = folder / "exported"
    exported.mkdir()
    run = {"postgres": on_postgres, "spark": on_spark}[chosen.engine]
    manifest, broken = run(chosen, raw, folder, expected, exported)
    return report(manifest, expected, exported, broken)


def dbt(python: Path, arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[dict, list[str]]:
    """`dbt build` without tests, as equal tables pass the same; returns the manifest and what did not succeed."""
    command = [python.with_name("dbt"), "build", "--exclude-resource-types", "unit_test", "test"]
    command += ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
    command += ["--target-path", folder, "--log-path", folder, *arguments]
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
        if node["resource_type"] == "model" and node["schema"] == "marts":
            keys = [name for name, kinds in tests[node["unique_id"]].items() if {"unique", "not_null"} <= kinds]
            yield node["name"], keys[0]


def on_postgres(chosen, raw: Path, folder: Path, expected: duckdb.DuckDBPyConnection, exported: Path):
    with postgres_server() as environment:
        copy_raw(raw, "")
        manifest, broken = dbt(Path(sys.executable), ["--target", "postgres"], folder, environment)
        with psycopg.connect("") as connection:
            for name, _ in marts(manifest):
                if connection.execute("select to_regclass(%s)", [f"marts.{name}"]).fetchone()[0]:
                    _export(connection, expected, name, exported / f"{name}.parquet")
    return manifest, broken


def _export(connection: psycopg.Connection, expected: duckdb.DuckDBPyConnection, name: str, target: Path) -> None:
    """One table of PostgreSQL as Parquet, typed as DuckDB's own; its texts cross as they are."""
    columns = expected.execute(f"describe marts.{name}").fetchall()
    listed = ", ".join(f'"{column[0]}"' for column in columns)
    csv = target.with_suffix(".csv")
    with (
        csv.open("wb") as file,
        connection.cursor().copy(f"copy (select {listed} from marts.{name}) to stdout (format csv)") as copy,
    ):
        for chunk in copy:
            file.write(chunk)
    types = {column[0]: column[1] for column in columns}
    expected.execute(
        f"copy (from read_csv('{csv}', header = false, columns = {types!r}, quote = '\"', escape = '\"', "
        f"parallel = false, auto_detect = false, delim = ',', nullstr = '')) to '{target}' (format parquet)"
    )


def on_spark(chosen, raw: Path, folder: Path, expected: duckdb.DuckDBPyConnection, exported: Path):
    environment = {"CX_SPARK_HOME": str(folder), "CX_RAW_DIR": str(raw)}
    variables = json.dumps({"cx_raw_dir": str(raw)})
    manifest, broken = dbt(chosen.python, ["--target", "spark", "--vars", variables], folder, environment)
    # Parquet of Spark's own lies in the warehouse folder; its instants carry a zone, which is UTC.
    for name, _ in marts(manifest):
        if any((folder / "warehouse" / "marts.db" / name).glob("*.parquet")):
            expected.execute("set TimeZone = 'UTC'")
            columns = ", ".join(
                f'cast("{column}" as {kind}) as "{column}"'
                for column, kind, *_ in expected.execute(f"describe marts.{name}").fetchall()
            )
            files = folder / "warehouse" / "marts.db" / name / "*.parquet"
            expected.execute(
                f"copy (select {columns} from read_parquet('{files}')) to '{exported / name}.parquet' (format parquet)"
            )
    return manifest, broken


def report(manifest: dict, expected: duckdb.DuckDBPyConnection, exported: Path, broken: list[str]) -> int:
    """Print a line per mart and what differs; returns how many marts or steps do not agree."""
    wrong = len(broken)
    print(f"\n{'mart':<40} {'rows':>8} {'other':>8}  columns that differ (rows)")
    for name, key in marts(manifest):
        rows = expected.execute(f"select count(*) from marts.{name}").fetchone()[0]
        file = exported / f"{name}.parquet"
        if not file.exists():
            wrong += 1
            print(f"{name:<40} {rows:>8} {'–':>8}  not built")
            continue
        other = expected.execute(f"select count(*) from '{file}'").fetchone()[0]
        different = differences(expected, name, key, file)
        wrong += bool(different) or rows != other
        print(f"{name:<40} {rows:>8} {other:>8}  {different or 'equal'}")
    for sentence in broken:
        print(sentence)
    print("Every mart is equal." if not wrong else f"{wrong} do not agree.")
    return min(wrong, 1)


def differences(expected: duckdb.DuckDBPyConnection, name: str, key: str, file: Path) -> dict[str, int]:
    """How many rows differ, by column; a row that only one side has differs in every column."""
    counts = []
    columns = expected.execute(f"describe marts.{name}").fetchall()
    for column, kind, *_ in columns:
        ours, theirs = f'ours."{column}"', f'theirs."{column}"'
        if kind in ("DOUBLE", "FLOAT"):
            near = f"abs({ours} - {theirs}) <= {RELATIVE} * greatest(abs({ours}), abs({theirs})) + {ABSOLUTE}"
            equal = f"({ours} is null and {theirs} is null or coalesce({near}, false))"
        else:
            equal = f"{ours} is not distinct from {theirs}"
        missing = f'ours."{key}" is null or theirs."{key}" is null'
        counts.append(f'count(*) filter (where {missing} or not {equal}) as "{column}"')
    row = expected.execute(
        f"select {', '.join(counts)} from marts.{name} as ours full join '{file}' as theirs "
        f'on ours."{key}" = theirs."{key}"'
    ).fetchone()
    return {column[0]: count for column, count in zip(columns, row, strict=True) if count}


if __name__ == "__main__":
    sys.exit(main())
