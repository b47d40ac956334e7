"""What a `dbt build` on Spark published, from the folder in which Spark keeps its tables."""

from pathlib import Path

import duckdb

from cx_warehouse.engines import NEEDED, PUBLISHED
from cx_warehouse.errors import CxError


def bring_published(warehouse: Path, target: duckdb.DuckDBPyConnection) -> str:
    """Copy the newest whole version of a Spark warehouse into DuckDB.

    Args:
        warehouse: `spark.sql.warehouse.dir`, where this machine can read it; its tables are Parquet.
        target: a database without these schemas.

    Returns:
        The version's name.

    Raises:
        CxError: no version was published there.
    """
    version = _newest(warehouse, target)
    target.execute("set TimeZone = 'UTC'")
    for schema in PUBLISHED:
        for folder in sorted((warehouse / f"{schema}__{version}.db").iterdir()):
            _bring(target, folder, schema)
    for schema, table in NEEDED:
        _bring(target, warehouse / f"{schema}__{version}.db" / table, schema)
    return version


def _newest(warehouse: Path, target: duckdb.DuckDBPyConnection) -> str:
    """mart_publication is made when a version is whole, as its last table."""
    written = sorted(warehouse.glob("marts__*.db/mart_publication/*.parquet"))
    if not written:
        raise CxError(
            f"There is no published version in {warehouse}. Build one there with "
            "`dbt build --target spark --vars '{cx_version: <name>}'` (docs/engines.md)."
        )
    return target.execute(
        "select version from read_parquet($1) order by published_at desc, version desc limit 1",
        [[str(path) for path in written]],
    ).fetchone()[0]


def _bring(target: duckdb.DuckDBPyConnection, folder: Path, schema: str) -> None:
    target.execute(f"create schema if not exists {schema}")
    rows = target.read_parquet(f"{folder}/*.parquet", hive_partitioning=False)
    # Spark's instants carry a zone, which is UTC.
    columns = ", ".join(
        f'cast("{name}" as timestamp) as "{name}"' if str(kind) == "TIMESTAMP WITH TIME ZONE" else f'"{name}"'
        for name, kind in zip(rows.columns, rows.types, strict=True)
    )
    rows.project(columns).create(f'{schema}."{folder.name}"')
