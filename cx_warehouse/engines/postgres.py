"""The loader's raw rows into PostgreSQL, where dbt's `postgres` target reads them, and what it published back."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from cx_warehouse.engines import NEEDED, PUBLISHED
from cx_warehouse.errors import CxError
from cx_warehouse.memory import opened
from cx_warehouse.settings import Settings

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
DUCKDB_TYPES = {theirs: ours for ours, theirs in TYPES.items()} | {
    "character varying": "VARCHAR",
    "timestamp without time zone": "TIMESTAMP",
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
    counts = {}
    with (
        connected(dsn) as connection,
        opened(":memory:", Settings().memory_limit) as reader,
        tempfile.TemporaryDirectory() as folder,
    ):
        for system, table in tables:
            files = str(raw / f"{system}.{table}.*.parquet")
            counts[f"{system}.{table}"] = _copy_table(
                connection, reader, files, system, table, Path(folder) / "rows.csv"
            )
    return counts


def connected(dsn: str, **options) -> psycopg.Connection:
    """A connection.

    Raises:
        CxError: there is none to be had.
    """
    try:
        return psycopg.connect(dsn, **options)
    except psycopg.OperationalError as error:
        raise CxError(f"PostgreSQL does not answer: {str(error).strip()}") from error


def bring_published(dsn: str, target: duckdb.DuckDBPyConnection) -> str:
    """Copy what readers of a PostgreSQL database see into DuckDB, all of one version.

    Args:
        dsn: a libpq connection string; what it leaves out comes from PGHOST and the like.
        target: a database without these schemas.

    Returns:
        The version's name.

    Raises:
        CxError: no version was published there, or no connection.
    """
    with connected(dsn) as connection, tempfile.TemporaryDirectory() as folder:
        if connection.execute("select to_regclass('marts.mart_publication')").fetchone()[0] is None:
            raise CxError(
                "There is no published version in that database. Build one there with "
                "`dbt build --target postgres --vars '{cx_version: <name>}'` (docs/engines.md)."
            )
        # While it is held nothing takes its place: a publication needs every table of the old version for itself.
        connection.execute("lock table marts.mart_publication in access share mode")
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname = any (%s) order by 1, 2", [list(PUBLISHED)]
        ).fetchall()
        for schema, table in [*tables, *NEEDED]:
            target.execute(f"create schema if not exists {schema}")
            bring_table(connection, schema, table, target, Path(folder) / "rows.csv")
        return connection.execute("select version from marts.mart_publication").fetchone()[0]


def bring_table(
    connection: psycopg.Connection, schema: str, table: str, target: duckdb.DuckDBPyConnection, csv: Path
) -> None:
    """One table or view of PostgreSQL as a table of DuckDB, its texts as they are.

    Args:
        connection: may read it.
        schema: the same on both sides, and there.
        table: the same on both sides.
        target: gets it.
        csv: a file that may be written on the way.
    """
    kinds = {
        name: f"DECIMAL({precision}, {scale})" if kind == "numeric" else DUCKDB_TYPES[kind]
        for name, kind, precision, scale in connection.execute(
            "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns "
            "where table_schema = %s and table_name = %s order by ordinal_position",
            [schema, table],
        ).fetchall()
    }
    statement = sql.SQL("copy (select * from {}) to stdout (format csv)").format(sql.Identifier(schema, table))
    with csv.open("wb") as file, connection.cursor().copy(statement) as copy:
        for chunk in copy:
            file.write(chunk)
    target.execute(
        f'create table {schema}."{table}" as from read_csv($1, header = false, columns = {kinds!r}, quote = \'"\', '
        "escape = '\"', parallel = false, auto_detect = false, delim = ',', nullstr = '')",
        [str(csv)],
    )


def _copy_table(
    connection: psycopg.Connection, reader: duckdb.DuckDBPyConnection, files: str, system: str, table: str, csv: Path
) -> int:
    """One raw table, made anew with the columns that its files have."""
    found = "from read_parquet($files, union_by_name = true, hive_partitioning = false)"
    rows = reader.sql(found, params={"files": files})
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
