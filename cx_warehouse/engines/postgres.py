"""The loader's raw rows in PostgreSQL, where dbt's `postgres` target reads them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from cx_warehouse.errors import CxError

# DuckDB's name of a column's type -> PostgreSQL's; decimals beside. No raw or published table has another.
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "INTEGER": "integer",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "text",
}


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
    """One raw table, made anew with the columns that its files have."""
    rows = reader.sql("from read_parquet($files, union_by_name = true)", params={"files": files})
    target = sql.Identifier(f"raw_{system}", table)
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(f"raw_{system}")))
    # Views of connectors hang on it; the next `dbt build` makes them again.
    connection.execute(sql.SQL("drop table if exists {} cascade").format(target))
    return copy_rows(connection, rows, target, csv)


def copy_rows(
    connection: psycopg.Connection,
    rows: duckdb.DuckDBPyRelation,
    target: sql.Identifier,
    csv: Path,
    freeze: bool = False,
) -> int:
    """Create a table and fill it.

    Args:
        connection: in a transaction where `freeze` is set.
        rows: its columns and their types become those of the table.
        target: schema and name of a table that is not there.
        csv: a file that may be written on the way.
        freeze: transactions that began before see the rows too.

    Returns:
        How many rows.
    """
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_type(str(kind))))
        for name, kind in zip(rows.columns, rows.types, strict=True)
    ]
    connection.execute(sql.SQL("create table {} ({})").format(target, sql.SQL(", ").join(columns)))
    # A null is nothing between two commas, an empty text two quotes: both sides agree on it.
    rows.write_csv(str(csv), header=False)
    options = sql.SQL("format csv, freeze" if freeze else "format csv")
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("copy {} from stdin ({})").format(target, options)) as copy:
            for chunk in _chunks(csv):
                copy.write(chunk)
        return cursor.rowcount


def _type(duckdb_type: str) -> str:
    """PostgreSQL's name of a DuckDB type."""
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.replace("DECIMAL", "numeric")
    return TYPES[duckdb_type]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
