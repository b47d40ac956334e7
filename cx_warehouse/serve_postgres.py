"""The published marts in a PostgreSQL schema, for BI tools: always one version, whole.

Every table is filled beside the schema that readers see, and takes its place in one transaction that holds every table
of the old version. So a reader who has begun with the old version ends with it, and one who begins later sees the new
one only, in every statement of a transaction.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
from psycopg import errors, sql

from cx_warehouse.engines.postgres import connected, copy_rows
from cx_warehouse.errors import CxError
from cx_warehouse.memory import opened
from cx_warehouse.project import MODELS
from cx_warehouse.settings import Settings
from cx_warehouse.warehouse import published_file
from cx_warehouse.yaml_files import read_yaml

# Shorter than PostgreSQL waits before it ends one of two sessions that wait for each other: we step back first.
PATIENCE = "300ms"
# Columns by which report tables are asked; with the ids of facts they get an index.
ASKED_BY = ("month", "period", "metric_id")


@dataclass(frozen=True)
class Paper:
    """What the project says about a table: `key` is the column that is tested to be unique and not null."""

    description: str = ""
    key: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


def serve(
    settings: Settings, dsn: str = "", schema: str = "cx", reader: str = "cx_reader", wait_seconds: float = 60
) -> dict[str, int]:
    """Make the published version what readers of a PostgreSQL schema see.

    Args:
        settings: the warehouse folder is taken from it.
        dsn: a libpq connection string; what it leaves out comes from PGHOST and the like.
        schema: the schema; it belongs to this command, which replaces it as a whole.
        reader: a role that may read it and no more; created without login where absent.
        wait_seconds: how long to wait for readers who are in the middle of something.

    Returns:
        Rows by table.

    Raises:
        CxError: nothing is published, no connection, somebody else is publishing, something of the user's own hangs on
            the old tables, or readers did not finish; readers then see what they saw before.
    """
    published = published_file(settings)
    with (
        connected(dsn, autocommit=True) as connection,
        opened(published, settings.memory_limit, read_only=True) as source,
    ):
        if not connection.execute("select pg_try_advisory_lock(hashtext(%s))", [f"cx serve {schema}"]).fetchone()[0]:
            raise CxError(f"Somebody else is publishing to the schema {schema} at this moment. Try again after that.")
        beside = f"{schema}__next"
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(beside)))
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(beside)))
        documented = papers()
        counts = {}
        for (table,) in source.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"
        ).fetchall():
            counts[table] = _fill(connection, source, beside, table, documented.get(table, Paper()))
        _grant(connection, beside, reader)
        _swap(connection, schema, beside, wait_seconds)
    return counts


def papers() -> dict[str, Paper]:
    """Descriptions and keys of the marts, by table, from the YAML in which dbt reads them."""
    blocks = dict(
        block
        for path in sorted(MODELS.glob("marts/*/_*__docs.md"))
        for block in re.findall(r"{% docs (\w+) %}\s*(.*?)\s*{% enddocs %}", path.read_text(), re.DOTALL)
    )
    found = {}
    for path in sorted(MODELS.glob("marts/*/_*__models.yml")):
        for model in read_yaml(path)["models"]:
            columns = model.get("columns", [])
            keys = [column["name"] for column in columns if {"unique", "not_null"} <= set(_tests(column))]
            found[model["name"]] = Paper(
                description=re.sub(
                    r"{{\s*doc\(.(\w+).\)\s*}}", lambda name: blocks[name[1]], model["description"]
                ).strip(),
                key=keys[0] if keys else None,
                columns={column["name"]: column["description"] for column in columns},
            )
    return found


def _tests(column: dict) -> Iterator[str]:
    for test in column.get("data_tests", []):
        yield test if isinstance(test, str) else next(iter(test))


def _fill(
    connection: psycopg.Connection, source: duckdb.DuckDBPyConnection, schema: str, table: str, paper: Paper
) -> int:
    """One table with its rows, key, indexes and comments; returns how many rows."""
    target = sql.Identifier(schema, table)
    rows = source.sql(f'from marts."{table}"')
    with tempfile.TemporaryDirectory() as folder, connection.transaction():
        # Frozen, so that a transaction that began before now sees these rows too when it first looks after the swap.
        count = copy_rows(connection, rows, target, Path(folder) / "rows.csv", freeze=True)
        if paper.key in rows.columns:
            connection.execute(sql.SQL("alter table {} add primary key ({})").format(target, sql.Identifier(paper.key)))
        for column in rows.columns:
            if column != paper.key and (
                column in ASKED_BY or (column.endswith("_id") and not table.startswith("mart_"))
            ):
                connection.execute(sql.SQL("create index on {} ({})").format(target, sql.Identifier(column)))
        if paper.description:
            _comment(connection, sql.SQL("table {}").format(target), paper.description)
        for column, description in paper.columns.items():
            if column in rows.columns:
                _comment(connection, sql.SQL("column {}").format(sql.Identifier(schema, table, column)), description)
    connection.execute(sql.SQL("analyze {}").format(target))
    return count


def _comment(connection: psycopg.Connection, what: sql.Composable, text: str) -> None:
    connection.execute(sql.SQL("comment on {} is {}").format(what, sql.Literal(text)))


def _grant(connection: psycopg.Connection, schema: str, reader: str) -> None:
    role, within = sql.Identifier(reader), sql.Identifier(schema)
    try:
        if not connection.execute("select 1 from pg_roles where rolname = %s", [reader]).fetchone():
            connection.execute(sql.SQL("create role {} nologin").format(role))
        connection.execute(sql.SQL("grant usage on schema {} to {}").format(within, role))
        connection.execute(
            sql.SQL("grant select on all tables in schema {} to {}").format(sql.Identifier(schema), role)
        )
    except errors.InsufficientPrivilege as error:
        raise CxError(
            f"The role {reader} is not there and this user may not create it. Have it created first."
        ) from error


def _swap(connection: psycopg.Connection, schema: str, beside: str, wait_seconds: float) -> None:
    """Let `beside` take the place of `schema`, between two transactions of every reader."""
    until = time.monotonic() + wait_seconds
    while True:
        try:
            with connection.transaction():
                _replace(connection, schema, beside)
            return
        except errors.LockNotAvailable:
            if time.monotonic() > until:
                raise CxError(
                    f"After {wait_seconds:.0f} s there is still a transaction that reads the schema {schema}; it stays "
                    "as it was. End that transaction (pg_stat_activity names it), then try again."
                ) from None
            time.sleep(0.1)
        except errors.DependentObjectsStillExist as error:
            hanging = (error.diag.message_detail or str(error)).splitlines()[0]
            raise CxError(
                f"Something of yours hangs on the schema {schema}: {hanging}. Readers still see the older version. "
                "Drop it, and let it be a query in the BI tool, which finds the tables by name each time."
            ) from None


def _replace(connection: psycopg.Connection, schema: str, beside: str) -> None:
    old = [
        sql.Identifier(schema, name)
        for (name,) in connection.execute("select tablename from pg_tables where schemaname = %s order by 1", [schema])
    ]
    connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(PATIENCE)))
    if old:
        listed = sql.SQL(", ").join(old)
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(listed))
        connection.execute(sql.SQL("drop table {} restrict").format(listed))
    connection.execute(sql.SQL("drop schema if exists {} restrict").format(sql.Identifier(schema)))
    connection.execute(sql.SQL("alter schema {} rename to {}").format(sql.Identifier(beside), sql.Identifier(schema)))
