"""The loader's raw rows in PostgreSQL, where dbt's `postgres` target reads them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from cx_warehouse.errors import CxError

# DuckDB's name of a column's type -> PostgreSQL's. The loader writes no others.
TYPES = {"VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "bigint", "TIMESTAMP": "timestamp"}


def copy_raw(raw: Path, dsn: str) -> dict[str, int]:
    """Replace the raw tables of a PostgreSQL database by the rows that lie in `raw`, in one transaction.

    Args:
        raw: the warehouse's folder of Parquet files, `<system>.<table>.<load>.parquet`.
        dsn: a libpq connection string; what it leaves out comes from PGHOST and the like.

    Returns:
        Rows by source table, `crm.contacts` and so on. Each lies in `raw_<system>.<table>`.

    Raises:
        CxError: there is no raw row, or no connection.
    """
    tables = sorted({tuple(path.name.split(".")[:2]) for path in raw.glob("*.parquet")})
    if not tables:
        raise CxError(f"There are no raw rows in {raw}. Run `cx load` first.")
    try:
        connection = psycopg.connect(dsn)
    except psycopg.OperationalError as error:
        raise CxError(f"PostgreSQL does not answer: {str(error).strip()}") from error
    counts = {}
    with connection, duckdb.connect() as reader, tempfile.TemporaryDirectory() as folder:
        for system, table in tables:
            files = str(raw / f"{system}.{table}.*.parquet")
            counts[f"{system}.{table}"] = _copy_table(
                connection, reader, files, system, table, Path(folder) / "rows.csv"
            )
    return counts


def _copy_table(
    connection: psycopg.Connection, reader: duckdb.DuckDBPyConnection, files: str, system: str, table: str, csv: Path
) -> int:
    """One table, created anew with the columns that its files have."""
    rows = reader.sql("from read_parquet($files, union_by_name = true)", params={"files": files})
    target = sql.Identifier(f"raw_{system}", table)
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(TYPES[str(kind)]))
        for name, kind in zip(rows.columns, rows.types, strict=True)
    ]
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(f"raw_{system}")))
    # Views of connectors hang on it; the next `dbt build` makes them again.
    connection.execute(sql.SQL("drop table if exists {} cascade").format(target))
    connection.execute(sql.SQL("create table {} ({})").format(target, sql.SQL(", ").join(columns)))
    # A null is nothing between two commas, an empty text two quotes: both sides agree on it.
    rows.write_csv(str(csv), header=False)
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("copy {} from stdin (format csv)").format(target)) as copy:
            for chunk in _chunks(csv):
                copy.write(chunk)
        return cursor.rowcount


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
